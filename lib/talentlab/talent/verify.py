"""Is a plan what it says it is? Looked at day by day, from the tables, by code that shares none with the solver."""

import math
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import pairwise

import numpy as np

from talentlab.language import tr
from talentlab.talent.plan import Plan
from talentlab.talent.rows import Person


def violations(plan: Plan) -> list[str]:
    """Every rule of the tables that a plan breaks, in words; empty for a plan that can be carried out."""
    return [*_tasks(plan), *_people(plan)] or [*_money(plan)]


def _away(plan: Plan, person: Person, last: int) -> set[int]:
    """Days below `last` on which somebody is on leave."""
    return {day for day in range(last) for a, b in person.leave if a <= _date(plan, day) <= b}


def _date(plan: Plan, day: int) -> date:
    holidays = [np.datetime64(holiday) for holiday in plan.startup.settings.holidays]
    return np.busday_offset(plan.startup.settings.start, day, roll="forward", holidays=holidays).astype(object)


def _tasks(plan: Plan) -> Iterator[str]:
    settings, people = plan.startup.settings, plan.people
    starts, ends = plan.done.starts[0].tolist(), plan.done.ends[0].tolist()
    number = {task.task: t for t, task in enumerate(plan.startup.tasks)}
    for t, task in enumerate(plan.startup.tasks):
        for other in (number[name] for name in task.after):
            if starts[t] < ends[other] + plan.startup.tasks[other].machine_days:
                before = plan.startup.tasks[other].task
                yield tr(
                    "{task} begins on day {day}, before {before} is done", task=task.task, day=starts[t], before=before
                )
        if ends[t] + task.machine_days > settings.horizon_days:
            yield tr("{task} ends after the horizon", task=task.task)
        for s, (need, seat) in enumerate(zip(task.needs, plan.teams[t], strict=True)):
            most = need.count if s or task.fixed else max(need.count, task.max_team)
            if not need.count <= len(seat) <= most:
                yield tr("{task}: {n} people for {skill}, {least} to {most} wanted", task=task.task, n=len(seat),
                         skill=need.skill, least=need.count, most=most)  # fmt: skip
            weak = (people[p].person for p in seat if people[p].skills.get(need.skill, 0) < need.level)
            yield from (
                tr("{task}: {person} has too little {skill}", task=task.task, person=person, skill=need.skill)
                for person in weak
            )
        members = [people[p] for seat in plan.teams[t] for p in seat]
        away = set().union(*(_away(plan, person, ends[t]) for person in members))
        worked = [day for day in range(starts[t], ends[t]) if day not in away]
        if len(worked) != _days(plan, t):
            yield tr("{task}: {n} days of work in the plan, {needed} needed", task=task.task, n=len(worked),
                     needed=_days(plan, t))  # fmt: skip
        if not settings.pausing and len(worked) != ends[t] - starts[t]:
            yield tr("{task} spans a leave", task=task.task)


def _days(plan: Plan, t: int) -> int:
    """Working days of a task with its team, in fractions."""
    task, settings = plan.startup.tasks[t], plan.startup.settings
    effort = Fraction(str(task.effort_days)).limit_denominator(100)
    if task.fixed or not task.needs:
        return math.ceil(effort) if task.needs else 0
    team = [plan.people[p] for p in plan.teams[t][0]]
    speed = sum(Fraction(round(100 * settings.level_speeds[p.skills[task.needs[0].skill] - 1] * p.availability), 100)
                for p in team)  # fmt: skip
    return math.ceil(effort / (speed - Fraction(round(100 * settings.team_overhead), 100) * (len(team) - 1)))


def _people(plan: Plan) -> Iterator[str]:
    starts, ends = plan.done.starts[0].tolist(), plan.done.ends[0].tolist()
    staff = len(plan.startup.people)
    for p, person in enumerate(plan.people):
        mine = sorted((starts[t], ends[t], t) for t, team in enumerate(plan.teams) for seat in team for q in seat
                      if q == p)  # fmt: skip
        yield from (tr("{person} is in two tasks on day {day}", person=person.person, day=two[0])
                    for one, two in pairwise(mine) if two[0] < one[1])  # fmt: skip
        if mine and (
            mine[0][0] < person.time_to_hire_days or (person.start and _date(plan, mine[0][0]) < person.start)
        ):
            yield tr("{person} works before the first day", person=person.person)
        if p >= staff and mine and mine[0][2] != len(plan.startup.tasks) + p - staff:
            yield tr("{person} works before the onboarding", person=person.person)


def _money(plan: Plan) -> Iterator[str]:
    from talentlab.talent.views import money

    settings = plan.startup.settings
    there = settings.cash + settings.cash_per_month * plan.end / 21
    if (needed := money(plan)["total"]) > there + 1 + 0.01 * plan.end * len(plan.people):  # cents, rounded once a day
        yield tr("{needed:,.0f} {currency} are spent until delivery, {there:,.0f} are there", needed=needed,
                 currency=settings.currency, there=there)  # fmt: skip
