"""A start-up as whole numbers: what the solver gets, the plan that people make by hand, and when a given plan ends."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from talentlab.talent.rows import Person, Settings, Task
from talentlab.talent.tables import Startup

Days = npt.NDArray[np.int64]
DAYS_PER_MONTH, DAYS_PER_YEAR = 21, 252  # working days
Teams = Sequence[Sequence[Sequence[int]]]  # of each task, by seat: numbers of people


def day_of(settings: Settings, day: date, *, after: bool = False) -> int:
    """Working days from the plan's start to `day`; with `after`, to the end of it. Not below 0."""
    holidays = [np.datetime64(h) for h in settings.holidays]
    return max(0, int(np.busday_count(settings.start, day, holidays=holidays))
               + (after and bool(np.is_busday(day, holidays=holidays))))  # fmt: skip


def date_of(settings: Settings, day: int) -> date:
    """The calendar day of a working day's number: 0 is the plan's first."""
    holidays = [np.datetime64(h) for h in settings.holidays]
    return np.busday_offset(settings.start, day, roll="forward", holidays=holidays).astype(object)


def build(startup: Startup) -> dict[str, Any]:
    """The solver's problem. Candidates are people who may be hired or not; each has a task of its own, the onboarding.

    Days count from 0, the plan's first; money is in hundredths.
    """
    settings = startup.settings
    people = (*startup.people, *startup.candidates)
    hired = range(len(startup.people), len(people))
    tasks = [_task(task, startup, people) for task in startup.tasks]
    number = {task.task: t for t, task in enumerate(startup.tasks)}
    for built, task in zip(tasks, startup.tasks, strict=True):
        built["after"] = [number[name] for name in task.after]
    rows = [_person(person, settings) for person in people]
    for p in hired:
        rows[p]["hire"] = max(1, round(100 * people[p].hiring_cost))
        rows[p]["onboarding"] = len(tasks)
        mentors = {str(m): 100 for m in range(len(startup.people))}
        seats = [{"people": mentors, "min": 1, "max": 1}, {"people": {str(p): 100}, "min": 1, "max": 1}]
        tasks.append({"work": 100 * max(1, people[p].onboarding_days), "fixed": True, "seats": seats, "after": [],
                      "lag": 0, "release": rows[p]["ready"], "hire": p})  # fmt: skip
    payroll = sum(row["pay"] for row in rows[: len(startup.people)] if not row["paid_from"])
    for row in rows[: len(startup.people)]:
        row["pay"] *= row["paid_from"] > 0  # what all are paid from the first day follows from the date alone
    return {
        "people": rows, "tasks": tasks, "horizon": settings.horizon_days, "pausing": settings.pausing,
        "overhead": round(100 * settings.team_overhead), "cash": round(100 * settings.cash), "payroll": payroll,
        "machine_cost": round(100 * sum(task.machine_cost for task in startup.tasks)),
        "income": round(100 * settings.cash_per_month / DAYS_PER_MONTH) - payroll,
    }  # fmt: skip


def _person(person: Person, settings: Settings) -> dict[str, Any]:
    start = day_of(settings, person.start) if person.start else 0
    leave = sorted([day_of(settings, a), day_of(settings, b, after=True)] for a, b in person.leave)
    merged: list[list[int]] = []
    for a, b in (span for span in leave if span[0] < span[1]):
        if merged and a <= merged[-1][1]:
            merged[-1][1] = max(b, merged[-1][1])
        else:
            merged.append([a, b])
    rate = round(100 * person.cost_per_month / DAYS_PER_MONTH)
    ready = max(start, person.time_to_hire_days)
    is_employee = person.contract == "employee"
    return {"ready": ready, "leave": merged, "rate": 0 if is_employee else rate, "pay": rate if is_employee else 0,
            "paid_from": ready, "hire": 0, "onboarding": None}  # fmt: skip


def _task(task: Task, startup: Startup, people: Sequence[Person]) -> dict[str, Any]:
    seats = []
    for s, need in enumerate(task.needs):
        able = {str(p): speed_of(person, need.skill, startup.settings) for p, person in enumerate(people)
                if person.skills.get(need.skill, 0) >= need.level}  # fmt: skip
        most = need.count if task.fixed or s else max(need.count, task.max_team)
        seats.append({"people": able, "min": need.count, "max": most})
    work = max(1, round(100 * task.effort_days)) if seats else 0
    return {"work": work, "fixed": task.fixed, "seats": seats, "lag": task.machine_days, "release": 0, "hire": None}


def speed_of(person: Person, skill: str, settings: Settings) -> int:
    """Hundredths of the work that somebody at level 3 does full time; at least 1."""
    level = person.skills.get(skill, 0)
    return max(1, round(100 * settings.level_speeds[level - 1] * person.availability)) if level else 0


def work_days(problem: dict[str, Any], teams: Teams, factors: npt.ArrayLike = 1.0) -> Days:
    """Working days of each task with its team: [R, T] for [R, T] factors on the effort."""
    work = np.array([task["work"] for task in problem["tasks"]], float)
    speed = np.array([_speed(problem, task, team) for task, team in zip(problem["tasks"], teams, strict=True)])
    # the small subtraction: 7.000000000000001 days are 7
    return np.atleast_2d(np.ceil(work * np.asarray(factors) / speed - 1e-9)).astype(np.int64)


def _speed(problem: dict[str, Any], task: dict[str, Any], team: Sequence[Sequence[int]]) -> int:
    if task["fixed"] or not team or not team[0]:
        return 100
    return max(1, sum(task["seats"][0]["people"][str(p)] for p in team[0]) - problem["overhead"] * (len(team[0]) - 1))


class _Calendar:
    """Common working days of some people: all days but those on which one of them is on leave."""

    def __init__(self, leaves: Sequence[Sequence[int]]) -> None:
        self.leaves = sorted(map(tuple, leaves))
        self.last = max((b for _, b in leaves), default=0)
        free = np.ones(self.last, bool)
        for a, b in leaves:
            free[a:b] = False
        self.days = np.flatnonzero(free)

    def before(self, day: Days) -> Days:
        """Working days before `day`."""
        return np.searchsorted(self.days, np.minimum(day, self.last)) + np.maximum(day - self.last, 0)

    def nth(self, number: Days) -> Days:
        """The day of the working day with this number."""
        inside = number < len(self.days)
        known = self.days[np.where(inside, number, 0)] if len(self.days) else number
        return np.where(inside, known, self.last + number - len(self.days))

    def first_block(self, day: Days, length: Days) -> Days:
        """First day from which `length` working days follow without a leave between them."""
        for a, b in self.leaves:
            day = np.where((day < b) & (day + length > a), b, day)
        return day


class Walk(NamedTuple):
    """Days on which tasks begin and are done, [R, T]: the day after the last one of work."""

    starts: Days
    ends: Days


def walk(
    problem: dict[str, Any], teams: Teams, order: Sequence[int], days: Days, away: tuple[Days, Days] | None = None
) -> Walk:
    """Every task as early as its team, in this order, can do it.

    Args:
        problem: Of `build`.
        teams: Of each task, by seat. A task that nobody sits in, though it has seats, is left out: 0 days at day 0.
        order: Tasks, none before those that it comes after.
        days: Working days of each task [R, T].
        away: First and last + 1 day on which each person is missing, [R, P] each: a task waits meanwhile.
    """
    starts, ends = np.zeros_like(days), np.zeros_like(days)
    free = np.tile([person["ready"] for person in problem["people"]], (len(days), 1))
    for t in order:
        if teams[t] or not problem["tasks"][t]["seats"]:
            starts[:, t] = place(problem, t, teams[t], days[:, t], ends, free, away)
    return Walk(starts, ends)


def place(
    problem: dict[str, Any], t: int, team: Sequence[Sequence[int]], days: Days, ends: Days, free: Days,
    away: tuple[Days, Days] | None = None,
) -> Days:  # fmt: skip
    """One task as early as it can be: its first day [R]; its end is written into `ends`, and into `free`."""
    task, members = problem["tasks"][t], [p for seat in team for p in seat]
    begin = np.full(len(days), task["release"])
    for before in task["after"]:
        begin = np.maximum(begin, ends[:, before] + problem["tasks"][before]["lag"])
    begin = np.maximum(begin, free[:, members].max(axis=1)) if members else begin
    calendar = _Calendar([span for p in members for span in problem["people"][p]["leave"]])
    if not problem["pausing"]:
        begin = calendar.first_block(begin, days)
    absent = (away[0][:, members], away[1][:, members]) if away is not None and members else None
    start, ends[:, t] = _work_through(calendar, begin, days, absent)
    free[:, members] = ends[:, t, None]
    return start


def _work_through(calendar: _Calendar, day: Days, left: Days, away: tuple[Days, Days] | None) -> tuple[Days, Days]:
    """First day of work and the day after the last one."""
    start = np.full(len(day), -1)
    if away is not None:
        order = np.argsort(away[0], axis=1)
        for first, last in zip(*(np.take_along_axis(part, order, 1).T for part in away), strict=True):
            hit = (_end(calendar, day, left) > first) & (day < last)
            done = np.where(hit, np.clip(calendar.before(first) - calendar.before(day), 0, left), 0)
            start = np.where((start < 0) & (done > 0), calendar.nth(calendar.before(day)), start)
            left, day = left - done, np.where(hit, np.maximum(day, last), day)
    begun = np.where(left > 0, calendar.nth(calendar.before(day)), day)
    return np.where(start < 0, begun, start), _end(calendar, day, left)


def _end(calendar: _Calendar, day: Days, left: Days) -> Days:
    return np.where(left > 0, calendar.nth(calendar.before(day) + left - 1) + 1, day)
