"""Who does what when: the earliest delivery, then the cheapest; solved in a child process, with a stated gap."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from talentlab.errors import TalentError
from talentlab.language import tr
from talentlab.talent.greedy import end_of, in_order, plan_greedily, tails
from talentlab.talent.problem import Teams, Walk, build, date_of, walk, work_days
from talentlab.talent.rows import Person, Task
from talentlab.talent.tables import Startup

_SOLVER = Path(__file__).with_name("solver.py")
# what was tried, in this order, where the solver's process was aborted
_ATTEMPTS = ("as asked", "without a hint", "without a hint, with one worker")


@dataclass(frozen=True)
class Plan:
    """Who does what when, and how good that is.

    Attributes:
        startup: What was planned.
        problem: The same in whole numbers, of `problem.build`.
        status: `optimal`, `feasible` (better ones may exist), or `greedy` (the solver found none in its time).
        bound: No plan of this model ends before this day.
        teams: Of each task of `problem`, by seat: numbers of people.
        order: Tasks in which they are begun.
        done: Start and end days, [1, T].
        seconds: That the solver took.
        history: Of (seconds, end): when each better plan was found.
        attempt: "as asked", or what the solver needed after it was aborted.
    """

    startup: Startup
    problem: dict[str, Any]
    status: str
    bound: int
    teams: Teams
    order: list[int]
    done: Walk
    seconds: float
    history: list[tuple[float, int]]
    attempt: str = _ATTEMPTS[0]

    @property
    def end(self) -> int:
        """Working days from the start to the delivery."""
        return end_of(self.problem, self.done)

    @property
    def gap(self) -> float:
        """Share of the end by which a better plan might be earlier."""
        return (self.end - self.bound) / self.end if self.end else 0.0

    @property
    def delivery(self) -> date:
        """The last working day."""
        return date_of(self.startup.settings, max(0, self.end - 1))

    @property
    def people(self) -> tuple[Person, ...]:
        """By number: the team, then the candidates."""
        return (*self.startup.people, *self.startup.candidates)

    @property
    def hired(self) -> list[str]:
        """Candidates that the plan hires."""
        staff = len(self.startup.people)
        used = {p for team in self.teams for seat in team for p in seat if p >= staff}
        return [self.people[p].person for p in sorted(used)]

    @property
    def task_names(self) -> list[str]:
        """By number: the tasks, then the candidates' onboarding."""
        return [t.task for t in self.startup.tasks] + [f"onboarding {c.person}" for c in self.startup.candidates]


def solve(
    startup: Startup, *, seconds: float = 10.0, workers: int = 2, seed: int = 0, known: Plan | None = None
) -> Plan:
    """The plan that delivers first; of those, one that spends least. Candidates are hired where that helps.

    A team stays together from start to end of a task and does nothing else meanwhile; tasks are not split. See
    `views.assumptions`.

    Args:
        startup: Of `load_startup`.
        seconds: For the search; the best plan found so far is returned with its gap.
        workers: Threads of the solver. With one, and a proof within `seconds`, the plan is the same every time.
        seed: Of the solver.
        known: A plan of the same team and tasks that hires nobody, and is possible here too: no later one is returned.

    Raises:
        TalentError: If nothing fits; says which task, skill, days or money is in the way.
    """
    check(startup)
    problem = build(startup)
    start = plan_greedily(problem)
    if known is not None and not known.hired and known.end <= end_of(problem, start[1]):
        count = len(startup.tasks)
        teams = [*known.teams[:count], *([] for _ in problem["tasks"][count:])]
        order = [t for t in known.order if t < count]
        start = teams, walk(problem, teams, order, work_days(problem, teams))
    end, bound, horizon = end_of(problem, start[1]), max(tails(problem)), problem["horizon"]
    fits = end <= horizon and (problem["cash"] + problem["income"] * end >= money_spent(problem, start[0], end))
    search = {"seconds": seconds, "workers": workers, "seed": seed, "lower": bound, "upper": end if fits else horizon}
    answer, attempt = run_solver(problem | search | ({"hint": _hint(start)} if fits else {}))
    if "teams" in answer:
        done = answer["starts"], answer["ends"]
        status, bound = answer["status"].lower(), max(bound, answer["bound"])
        return _plan(startup, problem, status, bound, answer["teams"], done, answer, attempt)
    if fits:
        done = start[1].starts[0].tolist(), start[1].ends[0].tolist()
        return _plan(startup, problem, "greedy", bound, start[0], done, answer, attempt)
    if answer["status"] == "INFEASIBLE":
        raise _relief(startup, problem, search)
    raise TalentError(
        f"No plan was found in {seconds:g} s that ends by day {horizon}.", expected="a plan, or the proof of none",
        remedy="give more seconds, a longer horizon, or more cash.",
    )  # fmt: skip


def plan_by_hand(startup: Startup) -> Plan:
    """The plan of `greedy.plan_greedily`, whatever it costs and however late it is: what a solver is compared with."""
    check(startup)
    problem = build(startup)
    teams, done = plan_greedily(problem)
    days = done.starts[0].tolist(), done.ends[0].tolist()
    return _plan(startup, problem, "greedy", max(tails(problem)), teams, days, {"seconds": 0.0, "history": []})


def _plan(
    startup: Startup, problem: dict[str, Any], status: str, bound: int, teams: Teams, days: tuple[list[int], list[int]],
    answer: dict[str, Any], attempt: str = _ATTEMPTS[0],
) -> Plan:  # fmt: skip
    """The same teams and order with every task as early as it can be."""
    place = {t: number for number, t in enumerate(in_order(problem))}
    order = sorted(range(len(teams)), key=lambda t: (days[0][t], days[1][t], place[t]))
    done = walk(problem, teams, order, work_days(problem, teams))
    return Plan(startup, problem, status, min(bound, end_of(problem, done)), teams, order, done, answer["seconds"],
                answer["history"], attempt)  # fmt: skip


def _hint(plan: tuple[Teams, Walk]) -> dict[str, Any]:
    seats = [[t, s, p] for t, team in enumerate(plan[0]) for s, seat in enumerate(team) for p in seat]
    starts = [[[t], int(day)] for t, day in enumerate(plan[1].starts[0]) if plan[0][t]]
    return {"assigned": [[seat, 1] for seat in seats], "start": starts}


def run_solver(problem: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The solver's answer from a child process; where that was aborted, again without hint, then with one worker.

    Raises:
        TalentError: If OR-tools is missing, or three processes died.
    """
    for attempt in _ATTEMPTS:
        changed: dict[str, Any] = {} if attempt == _ATTEMPTS[0] else {"hint": None}
        changed |= {"workers": 1} if attempt == _ATTEMPTS[2] else {}
        child = subprocess.run(
            [sys.executable, str(_SOLVER)], input=json.dumps(problem | changed), capture_output=True, text=True
        )
        if child.returncode == 0:
            return json.loads(child.stdout), attempt
        if "ModuleNotFoundError" in child.stderr:
            raise TalentError("OR-tools is not installed.", expected="the extra of this package that brings it",
                              remedy="pip install -c constraints.txt -e '.[talent]'")  # fmt: skip
    raise TalentError(
        f"The solver's process ended {len(_ATTEMPTS)} times with status {child.returncode}: {child.stderr[-300:]}",
        expected="an answer", remedy="give another seed; `plan_by_hand` plans without the solver.",
    )  # fmt: skip


def money_spent(problem: dict[str, Any], teams: Teams, end: int) -> int:
    """Contractors, hires, later starters and machines until a day, in hundredths; what all are paid anyway is not in.

    Args:
        problem: Of `problem.build`.
        teams: Of each task, by seat.
        end: The day of delivery.
    """
    days = work_days(problem, teams)[0]
    inside = [(t, p) for t, team in enumerate(teams) for seat in team for p in seat]
    spent = sum(problem["people"][p]["rate"] * int(days[t]) for t, p in inside) + problem["machine_cost"]
    for p in {p for p, person in enumerate(problem["people"]) if not person["hire"] or any(q == p for _, q in inside)}:
        person = problem["people"][p]
        spent += person["hire"] + person["pay"] * max(0, end - person["paid_from"])
    return spent


def check(startup: Startup) -> None:
    """What can be seen without solving: seats that nobody can take, a chain or a skill's work beyond the horizon.

    Raises:
        TalentError: For the first of them.
    """
    problem, horizon = build(startup), startup.settings.horizon_days
    if not startup.tasks or not startup.people:
        raise TalentError("No task, or nobody to do it.", expected="at least one of each", remedy="fill the tables.")
    for task, built in zip(startup.tasks, problem["tasks"], strict=False):
        if fault := _empty_seat(task, built["seats"], problem):
            raise TalentError(
                f"Task {task.task} ({task.name}) needs {fault}.", expected="enough different people for every seat",
                remedy="lower the level in work.csv, train or add somebody, or name a candidate.",
            )  # fmt: skip
    chain = max(tails(problem))
    if chain > horizon:
        raise TalentError(
            f"With the fastest teams the longest chain of tasks takes {chain} days, the horizon is {horizon}.",
            expected="chains that fit the horizon", remedy="lengthen horizon_days, or cut efforts or dependencies.",
        )  # fmt: skip
    for skill in startup.skills:
        wanted, there = _workload(startup, problem, skill)
        if wanted > there:
            raise TalentError(
                f"The work on {skill} is {wanted:.0f} days of those who can do it; they have {there} in the horizon.",
                expected="less work than days",
                remedy="lengthen horizon_days, hire or train for the skill, or cut efforts.",
            )


def _empty_seat(task: Task, seats: Sequence[dict[str, Any]], problem: dict[str, Any]) -> str:
    """What a task lacks, in words: a need that too few people meet within the horizon; empty where nothing."""
    here = [{int(p) for p in seat["people"] if problem["people"][int(p)]["ready"] < problem["horizon"]}
            for seat in seats]  # fmt: skip
    for need, able in zip(task.needs, here, strict=True):
        if len(able) < need.count:
            return tr("{n} × {skill} at level {level}; {able} of the people have it in time", n=need.count,
                      skill=need.skill, level=need.level, able=len(able))  # fmt: skip
    rows = [able for seat, able in zip(seats, here, strict=True) for _ in range(seat["min"])]
    grid = np.array([[p in able for p in range(len(problem["people"]))] for able in rows], int)
    if rows and (maximum_bipartite_matching(csr_array(grid), perm_type="column") < 0).any():
        return tr("{n} people at once, and fewer fill its seats: somebody would sit in two", n=len(rows))
    return ""


def _workload(startup: Startup, problem: dict[str, Any], skill: str) -> tuple[float, int]:
    """Least days that tasks led by a skill take of its holders, and the days that those have within the horizon."""
    mine = [t for t, task in enumerate(startup.tasks) if task.needs and task.needs[0].skill == skill]
    holders = {int(p) for t in mine for p in problem["tasks"][t]["seats"][0]["people"]}
    wanted = sum(
        problem["tasks"][t]["work"] / (100 if problem["tasks"][t]["fixed"] else
                                       max(problem["tasks"][t]["seats"][0]["people"].values()))
        for t in mine)  # fmt: skip
    horizon, people = problem["horizon"], [problem["people"][p] for p in holders]
    off = [min(horizon, person["ready"]) + sum(max(0, min(b, horizon) - max(a, person["ready"]))
                                               for a, b in person["leave"]) for person in people]  # fmt: skip
    return wanted, sum(horizon - days for days in off)


def _relief(startup: Startup, problem: dict[str, Any], search: dict[str, Any]) -> TalentError:
    """The smallest change that makes a plan possible: days first, then money."""
    longer = 4 * problem["horizon"] + 500
    easy = problem | search | {"horizon": longer, "cash": None, "upper": longer, "hint": None}
    answer, _ = run_solver(easy)
    if "teams" not in answer:
        return TalentError("Not even with four times the days and any money was a plan found.", expected="a plan",
                           remedy="give more seconds, or look for somebody who is always on leave.")  # fmt: skip
    late = answer["end"] - problem["horizon"]
    if late > 0:
        return TalentError(
            f"Nothing ends within the horizon of {problem['horizon']} days; a plan was found {late} days later, "
            f"and none can be earlier than {max(0, answer['bound'] - problem['horizon'])} days later.",
            expected="work that fits the horizon", remedy=f"set horizon_days to {answer['end']}, or add people.",
        )  # fmt: skip
    answer, _ = run_solver(problem | search | {"objective": "shortfall", "upper": problem["horizon"], "hint": None})
    missing = -(-answer["objective"] // 100) if "objective" in answer else "some"
    return TalentError(
        f"The money reaches to no delivery within the horizon: {missing} {startup.settings.currency} are missing.",
        expected="cash and income that cover pay, hiring and machines until delivery",
        remedy=f"add {missing} to cash, or cut pay, machine costs or work.",
    )
