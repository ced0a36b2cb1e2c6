"""Answers to the exercises of chapter 9.1: right ones, and wrong ones with what is said."""

import math

import numpy as np
import pandas as pd
from functions import fails


def days(effort, levels, speeds, overhead, *, extra=1, first=1, rounded=lambda x: math.ceil(x - 1e-9)):
    speed = sum(speeds[min(level - first, 3)] for level in levels) - overhead * (len(levels) - extra)
    return rounded(effort / speed)


def days_by_loop(effort, levels, speeds, overhead):
    speed = -overhead * (len(levels) - 1)
    for level in levels:
        speed += dict(enumerate(speeds, start=1))[level]
    return np.ceil(round(effort / speed, 6))


def of_level(people, skill, level):
    return len([p for p in people if skill in p and p[skill] >= level])


def of_level_by_loop(people, skill, level):
    count = 0
    for person in people:
        if person.get(skill, 0) >= level:
            count += 1
    return float(count)


def cut(without, other):
    return max(0, without[1] - other[0]), max(0, without[0] - other[1])


def clipped(without, other):
    return {"high": max(without[0] - other[1], 0), "low": max(without[1] - other[0], 0)}


def chain(days, after, pick=max):
    def end(task):
        return days[task] + pick([end(before) for before in after.get(task, [])] or [0])

    return max(map(end, days))


def chain_by_rounds(days, after):
    ends = dict(days)
    for _ in days:
        ends = {t: d + max([ends[b] for b in after.get(t, [])], default=0) for t, d in days.items()}
    return [max(ends.values())]


FINISHED = pd.DataFrame({"level": [1, 2, 3, 4] * 20, "effort": 10.0, "days": [20.0, 12.5, 10.0, 8.0] * 20})


def fitted(rate, steps=100, start=(0.4, 0.7, 1.0, 1.3), sign=-1):
    which, target = np.eye(4)[FINISHED["level"] - 1], np.log(FINISHED["effort"] / FINISHED["days"]).to_numpy()
    logs, losses = np.log(np.array(start)), []
    for _ in range(steps):
        error = which @ logs - target
        losses.append(float((error**2).mean()))
        logs = logs + sign * rate * 2 * which.T @ error / len(error)
    return losses, np.exp(np.clip(logs, -20, 20))


TRAINED = {rate: fitted(rate) for rate in (0.1, 1.0, 8.0)}
CONTEXT = {"9.1.3": {"finished": FINISHED}}

NUMBER = {
    "9.1.A": (24, 24, {22: "second person costs", 23: "is begun", 15: "beginner", 30: "helps a little", 25: "further",
        40: "how much"}),
}  # fmt: skip

SEVERAL = {
    "9.1.4": ((-2, 1), ("low", "high"), {(1, -2): "swapped", (-1, -1): "as exact", (-1, 2): "minus together",
        (8, 9): "goes off", (8, 10): "subtracted", (0, 0): "which of the figures"}),
}  # fmt: skip

LETTERS = {
    "9.1.1": ("bdf", "abcdefg", {"abdf": "another", "bcdf": "five hundred", "bdef": "overlap", "bd": "nine in ten",
        "bdfg": "everybody needs", "df": "optimal"}),
}  # fmt: skip

FORMS = {
    "9.1.B": (
        (days, days_by_loop, lambda e, ls, s, o: [days(e, ls, s, o)]),
        ((lambda e, ls, s, o: days(e, ls, s, o, rounded=float), "whole days"),
         (lambda e, ls, s, o: days(e, ls, s, o, rounded=math.floor), "round up"),
         (lambda e, ls, s, o: days(e, ls, s, 0), "each further person"),
         (lambda e, ls, s, o: days(e, ls, s, o, extra=0), "first person costs nothing"),
         (lambda e, ls, s, o: days(e, ls, s, o, first=0), "number 0"),
         (lambda e, ls, s, o: days(e, ls, s, o, rounded=math.ceil), "last digit"),
         (lambda e, ls, s, o: 24, "differ for one person"), (fails, "arguments"), (24, "without brackets"),
         (lambda e, ls, s, o: None, "`return` missing")),
    ),
    "9.1.C": (
        (of_level, of_level_by_loop, lambda people, s, n: sum(p.get(s, 0) >= n for p in people)),
        ((lambda people, s, n: sum(s in p for p in people), "entries"),
         (lambda people, s, n: sum(p.get(s, 0) > 0 for p in people), "some of it"),
         (lambda people, s, n: sum(p.get(s, 0) > n for p in people), "exactly"),
         (lambda people, s, n: sum(p.get(s, 0) == n for p in people), "above the level"),
         (lambda people, s, n: sum(p[s] >= n for p in people), "KeyError"),
         (lambda people, s, n: 7, "how many can do"), (2, "without brackets")),
    ),
    "9.1.D": (
        (cut, clipped, lambda a, b: np.maximum(0, [a[1] - b[0], a[0] - b[1]])),
        ((lambda a, b: cut(a, b)[::-1], "swapped"), (lambda a, b: (a[1] - b[0], a[0] - b[1]), "nothing below 0"),
         (lambda a, b: (a[0] - b[0],) * 2, "leave open"),
         (lambda a, b: tuple(sorted((a[0] - b[0], a[1] - b[1]))), "crosswise"),
         (lambda a, b: (cut(a, b)[0], a[0] - b[0]), "Most|most is saved"),
         (lambda a, b: (7, 9), "how early"), (lambda a, b: a[0] - b[0], "two numbers"), (fails, "two arguments"),
         ((0, 5), "without brackets")),
    ),
    "9.1.2": (
        (chain, chain_by_rounds, lambda d, a: float(chain(d, a))),
        ((lambda d, a: sum(d.values()), "overlap"), (lambda d, a: max(d.values()), "longest task"),
         (lambda d, a: chain(d, a, min), "latest of those"), (lambda d, a: chain(d, a, sum), "not the sum"),
         (lambda d, a: max(d[t] + max([d[b] for b in a.get(t, [])], default=0) for t in d), "which chain"),
         (lambda d, a: max(d[t] + sum(d[b] for b in a[t]) for t in d), "KeyError"), (9, "without brackets")),
    ),
    "9.1.3": (
        ((TRAINED, 1.0), [TRAINED, 1], ({k: [np.array(v[0]), list(v[1])] for k, v in TRAINED.items()}, np.float64(1))),
        (((TRAINED, 0.1), "which is the lowest"), (TRAINED, "a pair"), (({1.0: TRAINED[1.0]}, 1.0), "the rates"),
         (({0.1: 1, 1.0: 2, 8.0: 3}, 1.0), "pairs"), (({**TRAINED, 0.1: fitted(0.1, 50)}, 1.0), "100 losses"),
         (({**TRAINED, 0.1: fitted(0.1, start=(1, 1, 1, 1))}, 1.0), "same loss"),
         (({**TRAINED, 8.0: fitted(2.0)}, 1.0), "longer than the valley"),
         (({**TRAINED, 1.0: fitted(1.0, sign=1)}, 1.0), "against the gradient"),
         (({**TRAINED, 1.0: (TRAINED[1.0][0], np.log(TRAINED[1.0][1]))}, 1.0), "logarithms"),
         (({**TRAINED, 1.0: (TRAINED[1.0][0], [1, 1, 1, 1])}, 1.0), "where the loss is least"),
         ((TRAINED, "one"), "is text")),
    ),
}  # fmt: skip
