"""Start-ups small enough to try every plan of them."""

import itertools

import numpy as np

from talentlab.talent.problem import build
from talentlab.talent.rows import Need, Person, Settings, Task
from talentlab.talent.tables import Startup

SKILLS = {"a": "", "b": ""}


def tiny_startup(seed: int, *, tasks: int = 4, people: int = 3, **settings) -> Startup:
    """Two skills, teams of one or two, a leave for most, dependencies, fixed tasks, second seats and machine days."""
    random = np.random.default_rng(seed)
    given = Settings(start="2026-01-05", horizon_days=200, **{"pausing": bool(random.integers(2))} | settings)
    staff = []
    for p in range(people):
        off = int(random.integers(1, 25))
        leave = ((f"2026-01-{off:02}", f"2026-01-{off + int(random.integers(6)):02}"),) if random.random() < 0.7 else ()
        levels = {"a": int(random.integers(1, 5)), "b": int(random.integers(0, 5))}
        staff.append(Person(person=f"P{p}", role="any", cost_per_month=2100, skills=levels, leave=leave))
    able = "ab" if any(person.skills["b"] for person in staff) else "a"
    work = []
    for t in range(tasks):
        before = [f"T{b}" for b in range(t) if random.random() < 0.35]
        needs = [Need(skill=random.choice(list(able)))]
        if random.random() < 0.2 and people > 2:
            needs.append(Need(skill="a"))
        work.append(Task(
            task=f"T{t}", name=f"task {t}", step=1, needs=tuple(needs), effort_days=float(random.integers(1, 9)),
            fixed=bool(random.random() < 0.2), max_team=int(random.integers(1, 3)), after=tuple(before),
            machine_days=int(random.integers(3)) if random.random() < 0.3 else 0,
        ))  # fmt: skip
    return Startup(tuple(staff), tuple(work), given, SKILLS)


def teams_of(task: dict) -> list[tuple[tuple[int, ...], ...]]:
    """Every way to fill a task's seats with different people."""
    sizes = [range(seat["min"], seat["max"] + 1) for seat in task["seats"]]
    by_seat = [
        [team for size in row for team in itertools.combinations(map(int, seat["people"]), size)]
        for seat, row in zip(task["seats"], sizes, strict=True)
    ]
    return [teams for teams in itertools.product(*by_seat) if len(set(sum(teams, ()))) == len(sum(teams, ()))]


def best_end(startup: Startup) -> int:
    """The end of the best of all plans: every team for every task, in every order that the dependencies allow."""
    problem = build(startup)
    tasks = problem["tasks"]
    pairs = [(b, t) for t, task in enumerate(tasks) for b in task["after"]]
    orders = [
        order
        for order in itertools.permutations(range(len(tasks)))
        if all(order.index(b) < order.index(t) for b, t in pairs)
    ]
    return min(_end(problem, order, teams) for teams in itertools.product(*map(teams_of, tasks)) for order in orders)


def _end(problem: dict, order: tuple[int, ...], teams: tuple) -> int:
    """Every task as early as it can be, found day by day."""
    free = [0] * len(problem["people"])
    ends: dict[int, int] = {}
    for t in order:
        task, members = problem["tasks"][t], sum(teams[t], ())
        off = {day for p in members for a, b in problem["people"][p]["leave"] for day in range(a, b)}
        day = max([free[p] for p in members] + [ends[b] + problem["tasks"][b]["lag"] for b in task["after"]])
        speed = sum(task["seats"][0]["people"][str(p)] for p in teams[t][0]) - problem["overhead"] * (
            len(teams[t][0]) - 1
        )
        left = -(-task["work"] // (100 if task["fixed"] else speed))
        while not problem["pausing"] and off & set(range(day, day + left)):
            day += 1
        while left:
            left -= day not in off
            day += 1
        ends[t] = day
        for p in members:
            free[p] = day
    return max(end + problem["tasks"][t]["lag"] for t, end in ends.items())
