"""A plan as tables: schedule, load, money, what the date hangs on, where the team is tight, and what was assumed."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from talentlab.language import tr
from talentlab.talent.plan import Plan
from talentlab.talent.problem import DAYS_PER_MONTH, date_of, day_of, work_days


def schedule(plan: Plan) -> pd.DataFrame:
    """One row per task, in order: `task, name, step, people, start, end` (dates), `first_day, days, pause`.

    `days` are working days of the team, `pause` those within it on which one of them is on leave.
    """
    needed, rows = work_days(plan.problem, plan.teams)[0], []
    for t in plan.order:
        if plan.problem["tasks"][t]["seats"] and not any(plan.teams[t]):
            continue
        start, end = int(plan.done.starts[0, t]), int(plan.done.ends[0, t])
        task = plan.startup.tasks[t] if t < len(plan.startup.tasks) else None
        rows.append({
            "task": plan.task_names[t], "name": task.name if task else plan.task_names[t],
            "step": task.step if task else 0, "people": ", ".join(_names(plan, t)),
            "start": date_of(plan.startup.settings, start), "end": date_of(plan.startup.settings, max(start, end - 1)),
            "first_day": start, "days": int(needed[t]), "pause": end - start - int(needed[t]),
        })  # fmt: skip
    return pd.DataFrame(rows).set_index("task")


def load(plan: Plan) -> pd.DataFrame:
    """Per person: `role, hired, there` (days until delivery, without leave), `assigned` (days), `share`."""
    needed, rows = work_days(plan.problem, plan.teams)[0], []
    for p, person in enumerate(plan.people):
        hired = person.person in plan.hired
        if p >= len(plan.startup.people) and not hired:
            continue
        row = plan.problem["people"][p]
        there = plan.end - min(plan.end, row["ready"]) - sum(
            max(0, min(b, plan.end) - max(a, row["ready"])) for a, b in row["leave"])  # fmt: skip
        assigned = sum(int(needed[t]) for t, team in enumerate(plan.teams) for seat in team for q in seat if q == p)
        rows.append({"person": person.person, "role": person.role, "hired": hired, "there": there,
                     "assigned": assigned, "share": assigned / there if there else 0.0})  # fmt: skip
    return pd.DataFrame(rows).set_index("person")


def responsibility(plan: Plan) -> pd.DataFrame:
    """Person-days of each role [rows] in each of the six steps [columns]."""
    needed = work_days(plan.problem, plan.teams)[0]
    rows = [(plan.people[p].role, task.step, int(needed[t])) for t, task in enumerate(plan.startup.tasks)
            for seat in plan.teams[t] for p in seat]  # fmt: skip
    table = pd.DataFrame(rows, columns=["role", "step", "days"])
    return table.pivot_table(index="role", columns="step", values="days", aggfunc="sum", fill_value=0)


def money(plan: Plan) -> dict[str, float]:
    """What is spent until delivery: `payroll, contractors, hiring, machines, total` [currency]."""
    needed, settings = work_days(plan.problem, plan.teams)[0], plan.startup.settings
    spent = dict.fromkeys(("payroll", "contractors", "hiring", "machines"), 0.0)
    for p, person in enumerate(plan.people):
        per_day = person.cost_per_month / DAYS_PER_MONTH
        is_hire = p >= len(plan.startup.people)
        if is_hire and person.person not in plan.hired:
            continue
        if person.contract == "employee":
            first = max(day_of(settings, person.start) if person.start else 0, person.time_to_hire_days)
            spent["payroll"] += per_day * max(0, plan.end - first)
        else:
            days = sum(int(needed[t]) for t, team in enumerate(plan.teams) for seat in team if p in seat)
            spent["contractors"] += per_day * days
        spent["hiring"] += person.hiring_cost * is_hire
    spent["machines"] = sum(task.machine_cost for task in plan.startup.tasks)
    return spent | {"total": sum(spent.values())}


def critical_path(plan: Plan) -> list[tuple[str, str]]:
    """The tasks that the date hangs on, first to last, each with why it could not begin sooner."""
    starts, ends, tasks = plan.done.starts[0], plan.done.ends[0], plan.problem["tasks"]
    work = [t for t in plan.order if tasks[t]["hire"] is None]
    t: int | None = max(work, key=lambda t: ends[t] + tasks[t]["lag"])
    chain: list[tuple[str, str]] = []
    while t is not None:
        waited = list(_waits(plan, t))
        day, t_before, why = max(waited, key=lambda wait: wait[0], default=(0, None, tr("nothing before it")))
        leave = tr(", then leave") if day < starts[t] else ""
        chain.append((plan.task_names[t], why + leave))
        t = t_before
    return chain[::-1]


def _waits(plan: Plan, t: int) -> Iterator[tuple[int, int | None, str]]:
    """What a task could have waited for: day, task, words."""
    ends, tasks = plan.done.ends[0], plan.problem["tasks"]
    earlier = plan.order[: plan.order.index(t)]
    for before in tasks[t]["after"]:
        yield int(ends[before]) + tasks[before]["lag"], before, tr("needs {task}", task=plan.task_names[before])
    for p in (p for seat in plan.teams[t] for p in seat):
        for other in reversed(earlier):
            if any(p in seat for seat in plan.teams[other]):
                said = tr("{person} was in {task}", person=plan.people[p].person, task=plan.task_names[other])
                yield int(ends[other]), other, said
                break
        if ready := plan.problem["people"][p]["ready"]:
            yield ready, None, tr("{person} starts then", person=plan.people[p].person)


def tightness(plan: Plan) -> pd.DataFrame:
    """Share of each skill's people who are busy, by week [rows] and skill [columns]; leave does not count as free.

    A skill is tight where it nears 1: who needs one of its people then, waits. Its people hold it at level 2 or more.
    """
    busy, there = _days_by_person(plan)
    weeks = range(0, max(1, plan.end), 5)
    table = {}
    for skill in plan.startup.skills:
        held = [p for p, person in enumerate(plan.people) if person.skills.get(skill, 0) >= 2]
        held = [p for p in held if p < len(plan.startup.people) or plan.people[p].person in plan.hired]
        parts = [(busy[held, w : w + 5].sum(), there[held, w : w + 5].sum()) for w in weeks]
        table[skill] = [float(b / t) if t else np.nan for b, t in parts]
    return pd.DataFrame(table, index=pd.RangeIndex(1, len(weeks) + 1, name="week"))


def bottlenecks(plan: Plan) -> pd.DataFrame:
    """The tightest skill of each week: `skill, busy`."""
    table = tightness(plan).dropna(axis=1, how="all")
    return pd.DataFrame({"skill": table.idxmax(axis=1), "busy": table.max(axis=1)})


def _days_by_person(plan: Plan) -> tuple[Any, Any]:
    shape = len(plan.people), max(1, plan.end)
    busy, there = np.zeros(shape, bool), np.ones(shape, bool)
    for t, team in enumerate(plan.teams):
        for p in (p for seat in team for p in seat):
            busy[p, plan.done.starts[0, t] : plan.done.ends[0, t]] = True
    for p, person in enumerate(plan.problem["people"]):
        there[p, : person["ready"]] = False
        for a, b in person["leave"]:
            there[p, a:b] = False
    return busy & there, there


def assumptions(plan: Plan) -> str:
    """One paragraph on the model, which belongs beside every date."""
    settings = plan.startup.settings
    waits = tr("waits while one of its team is on leave") if settings.pausing else tr("may not span anybody's leave")
    open_ = tr("at best it is {day} (gap {gap:.0%})", day=plan.bound, gap=plan.gap)
    quality = {"optimal": tr("no plan of this model is earlier"), "feasible": open_,
               "greedy": tr("found by rule, {rest}", rest=open_)}  # fmt: skip
    return tr(
        "{days} working days; {quality}. The model: a task keeps its team from start to end, is not split, and "
        "{waits}. Levels 1 to 4 work at speeds {speeds}; each further person costs {overhead:.0%} of one. "
        "Another model gives another date, and that difference can be larger than the gap. The date is the one where "
        "everything takes exactly what the table says: read it beside the simulated P50 and P90.",
        days=plan.end, quality=quality[plan.status], waits=waits, overhead=settings.team_overhead,
        speeds=", ".join(f"{speed:g}" for speed in settings.level_speeds),
    )  # fmt: skip


def _names(plan: Plan, t: int) -> list[str]:
    return [plan.people[p].person for seat in plan.teams[t] for p in seat]
