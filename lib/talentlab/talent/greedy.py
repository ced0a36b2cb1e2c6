"""The plan that people make by hand: whatever can start, starts, with the best person who is free."""

from typing import Any

import numpy as np

from talentlab.talent.problem import Teams, Walk, place, work_days


def plan_greedily(problem: dict[str, Any]) -> tuple[Teams, Walk]:
    """Earliest start, best skill first; with at most one, two or three people per task, whichever ends first.

    Nobody is hired. Tasks compete in the order of the work that hangs on them (the longest chain first).
    """
    found = [_plan(problem, team_size) for team_size in (1, 2, 3)]
    return min(found, key=lambda plan: end_of(problem, plan[1]))


def end_of(problem: dict[str, Any], done: Walk) -> int:
    """The first day on which all is done, machines included; onboarding does not count. Of the first run."""
    work = [t for t, task in enumerate(problem["tasks"]) if task["hire"] is None]
    return int(max(done.ends[0, t] + problem["tasks"][t]["lag"] for t in work))


def tails(problem: dict[str, Any]) -> list[int]:
    """Days from the start of each task to the end of all, with the fastest team there is: a bound from below."""
    tasks = problem["tasks"]
    after: dict[int, list[int]] = {t: [] for t in range(len(tasks))}
    for t, task in enumerate(tasks):
        for before in task["after"]:
            after[before].append(t)
    longest = [0] * len(tasks)
    for t in reversed(in_order(problem)):
        longest[t] = fewest_days(problem, t) + tasks[t]["lag"] + max((longest[u] for u in after[t]), default=0)
    return longest


def fewest_days(problem: dict[str, Any], t: int) -> int:
    """Working days of a task with the fastest team there is."""
    task = problem["tasks"][t]
    if task["fixed"] or not task["seats"]:
        return -(-task["work"] // 100)
    best = sorted(task["seats"][0]["people"].values(), reverse=True)[: task["seats"][0]["max"]]
    speeds = np.cumsum(best) - problem["overhead"] * np.arange(len(best))
    return int(-(-task["work"] // max(speeds.max(), 1)))


def in_order(problem: dict[str, Any]) -> list[int]:
    """Tasks, each after those that it comes after."""
    order: list[int] = []
    left = dict(enumerate(problem["tasks"]))
    while left:
        ready = [t for t, task in left.items() if not set(task["after"]) & set(left)]
        order += ready
        left = {t: task for t, task in left.items() if t not in ready}
    return order


def _plan(problem: dict[str, Any], team_size: int) -> tuple[Teams, Walk]:
    tasks, urgent = problem["tasks"], tails(problem)
    free = np.array([[person["ready"] for person in problem["people"]]])
    starts, ends = np.zeros((1, len(tasks)), np.int64), np.zeros((1, len(tasks)), np.int64)
    teams: list[list[list[int]]] = [[] for _ in tasks]
    waiting = {t for t, task in enumerate(tasks) if task["hire"] is None}
    while waiting:
        soonest = {}
        for t in (t for t in waiting if not waiting & set(tasks[t]["after"])):
            people = [int(p) for p in tasks[t]["seats"][0]["people"]] if tasks[t]["seats"] else []
            ready = max((int(ends[0, b]) + tasks[b]["lag"] for b in tasks[t]["after"]), default=0)
            soonest[t] = max(ready, int(free[0, people].min()) if people else 0)
        t = min(soonest, key=lambda t: (soonest[t], -urgent[t]))
        teams[t] = _team(problem, t, soonest[t], free[0].tolist(), team_size)
        days = work_days(problem, teams)[:, t]
        starts[:, t] = place(problem, t, teams[t], days, ends, free)
        waiting.remove(t)
    return teams, Walk(starts, ends)


def _team(problem: dict[str, Any], t: int, day: int, free: list[int], team_size: int) -> list[list[int]]:
    """By seat the people who would finish first, one after the other; of those who are free then, the fastest."""
    team: list[list[int]] = []
    for s, seat in enumerate(problem["tasks"][t]["seats"]):
        taken = {p for people in team for p in people}
        here = [int(p) for p in seat["people"] if int(p) not in taken and not problem["people"][int(p)]["hire"]]
        work = problem["tasks"][t]["work"]
        here.sort(key=lambda p: max(day, free[p]) + work / seat["people"][str(p)])
        size = max(seat["min"], min(seat["max"], team_size) if not s else seat["min"])
        team.append(here[: seat["min"]] + [p for p in here[seat["min"] :] if free[p] <= day][: size - seat["min"]])
    return team
