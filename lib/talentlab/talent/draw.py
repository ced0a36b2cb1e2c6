"""Invented start-ups of any size, for benches, tests and a room that plans against the clock."""

from datetime import date

import numpy as np

from talentlab.talent.problem import date_of
from talentlab.talent.rows import Need, Person, Settings, Task
from talentlab.talent.tables import Startup

SKILLS = ("data", "modelling", "engineering", "product", "domain", "operations")


def draw_startup(
    tasks: int = 24, people: int = 8, *, seed: int = 0, max_team: int = 3, leave_days: int = 10,
    mean_effort: float = 10.0,
) -> Startup:  # fmt: skip
    """A start-up bound by its people: six stages of tasks, each after one or two of the stage before.

    Everybody has one or two skills at level 2 to 4, perhaps one at 1; every skill has somebody.

    Args:
        tasks: Number of tasks.
        people: Number of people, on `leave_days` of leave each.
        seed: Of the draw.
        max_team: People per task at most.
        leave_days: Working days, in one piece.
        mean_effort: Of a task [person-days].
    """
    random = np.random.default_rng(seed)
    settings = Settings(start=date(2026, 1, 5), horizon_days=2000)
    span = max(20, int(tasks * mean_effort / people))  # about when all could be done
    staff = []
    for p in range(people):
        levels = {str(random.choice(SKILLS)): 1}
        levels |= {skill: int(random.integers(2, 5)) for skill in (SKILLS[p % 6], random.choice(SKILLS))}
        off = int(random.integers(span))
        leave = ((date_of(settings, off), date_of(settings, off + leave_days - 1)),) if leave_days else ()
        staff.append(Person(person=f"P{p:02}", role=SKILLS[p % 6], cost_per_month=6000, leave=leave, skills=levels))
    held = sorted({skill for person in staff for skill, level in person.skills.items() if level > 1})
    work: list[Task] = []
    for t in range(tasks):
        step = 1 + t * 6 // tasks
        before = [task.task for task in work if task.step == step - 1]
        after = random.choice(before, min(len(before), int(random.integers(1, 3))), replace=False) if before else ()
        needs = (Need(skill=str(random.choice(held))),)
        effort = float(np.round(random.uniform(0.3, 1.7) * mean_effort, 1))
        work.append(Task(
            task=f"T{t:03}", name=f"task {t}", step=step, needs=needs, effort_days=effort, max_team=max_team,
            low_days=0.7 * effort, high_days=1.6 * effort, after=tuple(map(str, after)),
        ))  # fmt: skip
    return Startup(tuple(staff), tuple(work), settings, dict.fromkeys(SKILLS, ""))
