"""A plan that people make with paper and pencil: who takes which task, in which order; checked, and scored."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import combinations

import pandas as pd

from talentlab.errors import TalentError
from talentlab.talent.plan import Plan, check
from talentlab.talent.problem import build, walk, work_days
from talentlab.talent.risk import simulate
from talentlab.talent.tables import Startup
from talentlab.talent.verify import violations
from talentlab.talent.views import money


def sheet(plan: Plan) -> pd.DataFrame:
    """A plan as a sheet that people fill in: `task, name, people`, in the order in which tasks are begun.

    Who hires adds the row `onboarding NAME` with the mentor; the tasks of NAME come below it.
    """
    names = {task.task: task.name for task in plan.startup.tasks}
    rows = [
        (plan.task_names[t], names.get(plan.task_names[t], ""), _people(plan, t))
        for t in plan.order
        if _people(plan, t)
    ]
    return pd.DataFrame(rows, columns=["task", "name", "people"])


def _people(plan: Plan, t: int) -> str:
    count = len(plan.startup.tasks)
    people = [plan.people[p].person for seat in plan.teams[t] for p in seat]
    return "; ".join(people[:1] if t >= count else people)  # of an onboarding the mentor; the hire is in its name


def staff(startup: Startup, rows: pd.DataFrame) -> Plan:
    """The plan of a filled sheet: every task as early as its team can, in the order of the rows.

    Args:
        startup: With the candidates who may be hired.
        rows: Columns `task` and `people` (names, separated by `;`), a row for every task. Who fits more than one seat
            gets the one in which the team is fastest.

    Raises:
        TalentError: Naming the row: an unknown or missing task, an unknown person, a team that cannot do the task, or
            a task above one that it comes after.
    """
    check(startup)
    problem = build(startup)
    empty = Plan(startup, problem, "greedy", 0, [[] for _ in problem["tasks"]], [], walk(problem, [], [], work_days(
        problem, [[] for _ in problem["tasks"]])), 0.0, [])  # fmt: skip
    number = {name: t for t, name in enumerate(empty.task_names)}
    person = {p.person: n for n, p in enumerate(empty.people)}
    teams: list[list[list[int]]] = [[] for _ in problem["tasks"]]
    order: list[int] = []
    for place, row in enumerate(rows.to_dict("records"), start=1):
        fault = _fault(row, number, person, order, problem)
        if fault:
            raise _refused(place, row, fault)
        t, members = number[row["task"].strip()], [person[name] for name in _names(row)]
        if problem["tasks"][t]["hire"] is not None:
            teams[t] = [members, [problem["tasks"][t]["hire"]]]
        else:
            ways = list(_seated(problem["tasks"][t]["seats"], members))
            teams[t] = min(ways, key=partial(_days, problem, t), default=[])
            if problem["tasks"][t]["seats"] and not teams[t]:
                raise _refused(place, row, f"these people do not fit what it needs: {_needs(startup, t)}")
        order.append(t)
    missing = [t for t, task in enumerate(problem["tasks"]) if t not in order and task["hire"] is None]
    if missing:
        raise TalentError(f"{empty.task_names[missing[0]]} has no row.", expected="a row for every task",
                          remedy="add it, below the tasks that it comes after.")  # fmt: skip
    done = walk(problem, teams, order, work_days(problem, teams))
    return replace(empty, teams=teams, order=order, done=done)


def scoreboard(plans: dict[str, Plan], best: Plan | None = None, *, runs: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Groups against each other: the earliest date first, then the cheapest; broken rules come last.

    Args:
        plans: Group → plan, of `staff`.
        best: Of `plan.solve`; shown as a row of its own.
        runs: Simulated projects for P90.
        seed: Of all draws, the same for all.

    Returns:
        Indexed by group: `place`, `days`, `P90`, `cost`, `hired`, `behind` (days after the best), `broken` (a rule).
    """
    rows = {}
    for name, plan in plans.items() if best is None else [*plans.items(), ("solver", best)]:
        late = simulate(plan, runs=runs, seed=seed).quantile(0.9).value
        rows[name] = (plan.end, round(late), round(money(plan)["total"]), ", ".join(plan.hired),
                      (violations(plan) or [""])[0])  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["days", "P90", "cost", "hired", "broken"])
    table["behind"] = table["days"] - (table["days"].min() if best is None else best.end)
    table = table.assign(fair=table["broken"] != "").sort_values(["fair", "days", "cost"], kind="stable")
    return table.drop(columns="fair").assign(place=range(1, len(table) + 1))[
        ["place", "days", "P90", "cost", "hired", "behind", "broken"]
    ]


def _names(row: dict[str, object]) -> list[str]:
    return [name.strip() for name in str(row["people"]).split(";") if name.strip() and name != "nan"]


def _fault(row: dict, number: dict[str, int], person: dict[str, int], order: list[int], problem: dict) -> str:
    """What is wrong with a row, in words; empty where nothing is."""
    task = str(row["task"]).strip()
    if task not in number:
        return "there is no such task"
    if number[task] in order:
        return "it is there twice"
    if unknown := [name for name in _names(row) if name not in person]:
        return f"nobody is called {unknown[0]!r}"
    if len(set(_names(row))) < len(_names(row)):
        return "somebody is in it twice"
    t = number[task]
    names = {t: name for name, t in number.items()}
    if above := [names[b] for b in problem["tasks"][t]["after"] if b not in order]:
        return f"it comes after {above[0]}, which stands below it"
    for name in _names(row):
        begun = problem["people"][person[name]]["onboarding"]
        if begun is not None and begun not in order:
            return f"{name} is a candidate; put the row 'onboarding {name}', with a mentor, above it"
    if problem["tasks"][t]["hire"] is not None and len(_names(row)) != 1:
        return "an onboarding has one mentor"
    return ""


def _seated(seats: list[dict], members: list[int]) -> Iterator[list[list[int]]]:
    """Ways to seat exactly these people."""
    if not seats:
        if not members:
            yield []
        return
    first, *others = seats
    able = [p for p in members if str(p) in first["people"]]
    for size in range(min(first["max"], len(able)), first["min"] - 1, -1):
        for chosen in combinations(able, size):
            for rest in _seated(others, [p for p in members if p not in chosen]):
                yield [list(chosen), *rest]


def _days(problem: dict, t: int, team: list[list[int]]) -> int:
    """Working days of one task with a team."""
    one = problem | {"tasks": [problem["tasks"][t]]}
    return int(work_days(one, [team])[0, 0])


def _needs(startup: Startup, t: int) -> str:
    task = startup.tasks[t]
    needs = ", ".join(f"{need.count} × {need.skill} at level {need.level} or more" for need in task.needs)
    return f"{needs}; at most {1 if task.fixed else task.max_team} of the first skill"


def _refused(place: int, row: dict, fault: str) -> TalentError:
    return TalentError(f"Row {place}, task {row['task']}: {fault}.", expected="a row that can be carried out",
                       remedy="correct the row; `staffing.sheet` shows a whole one.")  # fmt: skip
