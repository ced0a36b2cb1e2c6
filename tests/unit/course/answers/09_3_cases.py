"""Answers to the exercises of chapter 9.3: right ones, and wrong ones with what is said."""

import numpy as np
import pandas as pd
from functions import fails, takes_two

from talentlab.talent import plan, risk
from talentlab.talent.rows import Need, Person, Settings, Task
from talentlab.talent.tables import Startup

# found by rule, so that no solver is needed: two people, one task after the other
BASE = plan.plan_by_hand(
    Startup(
        people=tuple(Person(person=name, role="any", cost_per_month=5000, skills={"a": 3}) for name in ("Ana", "Ben")),
        tasks=(
            Task(task="A", name="one", step=1, needs=(Need(skill="a"),), effort_days=30, low_days=20, high_days=50),
            Task(task="B", name="two", step=6, needs=(Need(skill="a"),), effort_days=30, low_days=20, high_days=50,
                 after=("A",)),
        ),
        settings=Settings(start="2026-01-12", sick_days_per_year=20, resignations_per_year=0.4),
        skills={"a": ""},
    )
)  # fmt: skip
LATE, CALM, WELL, LOYAL = (
    risk.simulate(BASE, runs=2000, seed=0, **less).quantile(0.9).value
    for less in ({}, {"sick_days": 0, "resignations": 0}, {"sick_days": 0}, {"resignations": 0})
)
WORLD = pd.DataFrame(
    {"strong": [True] * 40 + [False] * 40, "success": [True] * 8 + [False] * 32 + [True] * 4 + [False] * 36}
)
RATIO = 8 * 36 / (32 * 4)

CONTEXT = {"9.3.3": {"world": WORLD}, "9.3.4": {"base": BASE, "runs": 2000, "seed": 0}}

NUMBER = {
    "9.3.1": (1 / 0.729, 1.37, {1.11: "one success", 0.73: "without effect", 3.33: "multiply", 10: "already",
        1: "may help", 5: "how likely"}),
    "9.3.4": (LATE - CALM, LATE - CALM + 0.4, {CALM - LATE: "sign", CALM: "P90 without", LATE - LOYAL: "fall ill",
        LATE - WELL: "still resign", LATE - BASE.end: "to the plan", 0.5: "two simulations"}),
}  # fmt: skip


def pairs(x, y, rng):
    rows = rng.integers(len(x), size=len(x))
    return x[rows], y[rows]


def by_choice(x, y, rng):
    rows = rng.choice(len(x), len(x), replace=True)
    return np.take(x, rows), np.take(y, rows)


def as_lists(x, y, rng):
    rows = [int(rng.integers(len(x))) for _ in x]
    return [x[row] for row in rows], [y[row] for row in rows]


def apart(x, y, rng):
    return rng.choice(x, len(x)), rng.choice(y, len(y))


def shuffled(x, y, rng):
    rows = rng.permutation(len(x))
    return x[rows], y[rows]


def frozen(x, y, rng):
    return pairs(x, y, np.random.default_rng(1))


def short(x, y, rng):
    return x[:3], y[:3]


def swapped(x, y, rng):
    return pairs(x, y, rng)[::-1]


def alone(x, y, rng):
    return x


def bayes(strong, helped, alone, n):
    return (strong * helped / (strong * helped + (1 - strong) * alone)) ** n


def by_odds(strong, helped, alone, n):
    return (1 + (1 - strong) * alone / (strong * helped)) ** -n


def as_array(strong, helped, alone, n):
    return np.float64(bayes(strong, helped, alone, 1)) ** n


FORMS = {
    "9.3.A": (
        ("ABC", "a, b, c", {"A", "B", "C"}, ["C", "B", "A"]),
        (("AB", "strong success"), ("ABCD", "counts nobody"), ("D", "counts nobody"), ("AC", "not needed"),
         ("ABE", "none of them"), (7, "letters")),
    ),
    "9.3.B": (
        (pairs, by_choice, as_lists),
        ((apart, "what is drawn"), (shuffled, "with replacement"), (frozen, "same sample"), (short, "as long"),
         (swapped, "in this order"), (alone, "a pair"), (fails, "three arguments"), (takes_two, "three arguments"),
         (0.5, "without brackets")),
    ),
    "9.3.2": (
        (bayes, by_odds, as_array),
        ((lambda strong, helped, alone, n: strong * helped, "be strong and to succeed"),
         (lambda strong, helped, alone, n: helped / (helped + alone), "what share"),
         (lambda strong, helped, alone, n: strong**n, "three of four"),
         (lambda strong, helped, alone, n: bayes(strong, helped, alone, 1), "chances multiply"),
         (lambda strong, helped, alone, n: bayes(strong, helped, alone, n) * (0.99 if alone == 0 else 1), "to be 1"),
         (fails, "four arguments"), (0.5, "without brackets")),
    ),
    "9.3.3": (
        (({"all": (2.2, RATIO), "successes": (9.0, 40.0)}, "successes"),
         [{"successes": [9, 40], "all": [2.2, 2.25]}, "successes"],
         ({"all": np.array([2.2, RATIO]), "successes": (9.0, 11.0)}, "successes")),
        ((({"all": (2.2, RATIO), "successes": (9.0, 40.0)}, "all"), "nearer to 0"),
         (({"all": (0.8, np.log(RATIO)), "successes": (9.0, 40.0)}, "successes"), "logarithm"),
         (({"all": (2.2, 4.0), "successes": (9.0, 40.0)}, "successes"), "another odds ratio"),
         (({"all": (RATIO, RATIO), "successes": (9.0, 40.0)}, "successes"), "were both run"),
         (({"all": (2.2, RATIO), "successes": (40.0, 9.0)}, "successes"), "in this order"),
         (({"all": (2.2, RATIO), "successes": (9.0, 40.0)}, "luck"), "no group"),
         (({"all": (2.2, RATIO)}, "all"), "both groups"), (2.25, "a pair"),
         (({"all": 2.2, "successes": 1}, "all"), "two numbers")),
    ),
}  # fmt: skip
