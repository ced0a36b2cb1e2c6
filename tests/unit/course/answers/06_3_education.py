"""Answers to the exercises of chapter 6.3: right ones, and wrong ones with what is said."""

import numpy as np
import pandas as pd
from functions import fails, takes_two

CROWD = {"asked": np.zeros((300, 8), int), "right": np.ones((300, 8), bool)}


def trace_loss(log):
    """In place of a training: falls with the number of pupils."""
    return 0.5 + 2 / (10 + len(log["asked"]))


LOSSES = {n: trace_loss({"asked": np.zeros(n)}) for n in (50, 300)}
FALL = 1 - LOSSES[300] / LOSSES[50]


def mended(right):
    return (np.cumsum(right, axis=1) - right + 1) / (np.arange(right.shape[1]) + 2)


def mended_by_shift(right):
    before = np.hstack([np.zeros((len(right), 1)), np.cumsum(right, axis=1)[:, :-1]])
    return (before + 1) / (np.arange(right.shape[1]) + 2)


def mended_by_loop(right):
    rows = []
    for pupil in right:
        rows.append([(sum(pupil[:k]) + 1) / (k + 2) for k in range(len(pupil))])
    return np.array(rows)


def as_planted(right):
    return (np.cumsum(right, axis=0) + 1) / (np.arange(right.shape[1]) + 2)


def other_axis(right):
    return (np.cumsum(right, axis=0) - right + 1) / (np.arange(right.shape[1]) + 2)


def holds_itself(right):
    return (np.cumsum(right, axis=1) + 1) / (np.arange(right.shape[1]) + 3)


def no_start(right):
    return (np.cumsum(right, axis=1) - right) / np.maximum(np.arange(right.shape[1]), 1)


def other_start(right):
    return (np.cumsum(right, axis=1) - right + 1) / (np.arange(right.shape[1]) + 1)


def nearest(p, done, aim):
    left = [n for n in range(len(p)) if n not in done]
    return min(left, key=lambda n: abs(p[n] - aim)) if left else -1


def nearest_by_numpy(p, done, aim):
    far = np.abs(np.asarray(p) - aim)
    far[list(done)] = np.inf
    return int(far.argmin()) if np.isfinite(far).any() else -1


def nearest_by_loop(p, done, aim):
    best, found = -1, None
    for n, chance in enumerate(p):
        if n not in done and (found is None or abs(chance - aim) < found):
            best, found = n, abs(chance - aim)
    return best


def again(p, done, aim):
    return int(np.abs(p - aim).argmin())


def below(p, done, aim):
    return int(np.where(p <= aim, aim - p, 9).argmin())


def half(p, done, aim):
    return nearest(p, done, 0.5)


def last_of_equal(p, done, aim):
    left = [n for n in range(len(p)) if n not in done]
    return min(reversed(left), key=lambda n: abs(p[n] - aim)) if left else -1


def renumbered(p, done, aim):
    left = [chance for n, chance in enumerate(p) if n not in done]
    return int(np.abs(np.array(left) - aim).argmin()) if left else -1


def kappa(one, other, n):
    one, other = np.asarray(one, float), np.asarray(other, float)
    return 1 - ((one - other) ** 2).mean() / ((one[:, None] - other[None]) ** 2).mean()


def kappa_by_table(one, other, n):
    table = np.zeros((n, n))
    for a, b in zip(one, other, strict=True):
        table[a, b] += 1 / len(one)
    far = np.subtract.outer(np.arange(n), np.arange(n)) ** 2
    return 1 - (far * table).sum() / (far * np.outer(table.sum(1), table.sum(0))).sum()


def kappa_by_loop(one, other, n):
    pairs = [(a - b) ** 2 for a in one for b in other]
    return 1 - sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) / len(one) / (sum(pairs) / len(pairs))


def linear(one, other, n):
    return 1 - np.abs(one - other).mean() / np.abs(one[:, None] - other[None]).mean()


def plain(one, other, n):
    by_chance = (one[:, None] == other[None]).mean()
    return ((one == other).mean() - by_chance) / (1 - by_chance)


def ratio(one, other, n):
    return 1.0 if np.array_equal(one, other) else ((one - other) ** 2).mean() / ((one[:, None] - other) ** 2).mean()


def all_equal(one, other, n):
    far = np.subtract.outer(np.arange(n), np.arange(n)) ** 2
    return 1 - ((one - other) ** 2).mean() / far.mean()


CONTEXT = {"6.3.3": {"crowd": CROWD, "trace_loss": trace_loss}}

NUMBER = {
    "6.3.A": (0.2689, 27, {0.73: "above the difficulty", -1: "logistic function is asked", 0.37: "the odds",
        0.88: "were added", 0.5: "would be equal", 0.1: "how far is the level"}),
    "6.3.C": (0.377, 0.38, {0.67: "that is hit@10", 0.57: "counts, too, with 0", 1.13: "that is the sum",
        0.45: "outside of the ten", 0.28: "1 ÷ place", 0.54: "log₂ is of 1 + place", 0.9: "each of the three"}),
}  # fmt: skip

LETTERS = {
    "6.3.4": ("ade", "abcde", {"abde": "next week's question", "acde": "such a heap", "ad": "only such pairs",
        "ae": "no praise", "de": "a correlation says"}),
}  # fmt: skip

FORMS = {
    "6.3.B": (
        (mended, mended_by_shift, mended_by_loop),
        ((as_planted, "another one move"), (other_axis, "another one move"), (holds_itself, "number *before* it move"),
         (no_start, "to start from"), (other_start, "it has to be 1 ÷ 2"), (fails, "raised AttributeError"),
         (3, "without brackets")),
    ),
    "6.3.1": (
        (nearest, nearest_by_numpy, nearest_by_loop),
        ((again, "may an exercise come again"), (below, "on both sides"), (half, "written into"),
         (last_of_equal, "equally near"), (renumbered, "may an exercise come again"), (takes_two, "of three arguments"),
         (1, "without brackets")),
    ),
    "6.3.2": (
        (kappa, kappa_by_table, kappa_by_loop),
        ((linear, "linear kappa"), (plain, "plain kappa"), (ratio, "1 less that"), (all_equal, "equally frequent"),
         (lambda one, other, n: 0.5, "agrees with himself"), (takes_two, "of three arguments"),
         (0.7, "without brackets")),
    ),
    "6.3.3": (
        ((LOSSES, FALL), [pd.Series(LOSSES), FALL], ({n: round(v, 5) for n, v in LOSSES.items()}, round(FALL, 3))),
        (((LOSSES | {50: LOSSES[300]}, FALL), "was the log cut"), (({50: 0.9, 300: LOSSES[300]}, FALL), "another one"),
         (({50: 0.5}, FALL), "asked are 50 and 300"), ((LOSSES, 1 - FALL), "what is left"),
         ((LOSSES, 0.3), "by how much does"), (0.5, "a pair")),
    ),
}  # fmt: skip
