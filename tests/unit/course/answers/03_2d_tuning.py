"""Answers to the exercises of chapter 3.2d: right ones, and wrong ones with what is said."""

import numpy as np
import torch
from functions import fails, takes_two

from talentlab.training import History


def history(steps, warmup, rate=2e-4):
    """Of a training with that many steps."""
    rates = [rate * min(n / warmup, (steps - n + 1) / max(1, steps - warmup)) for n in range(1, steps + 1)]
    return History(steps=[{"step": n, "loss": 0.7, "learning_rate": each} for n, each in enumerate(rates, 1)])


BOTH = {8: history(16, 2), 32: history(4, 1)}
FACTOR = 3.0  # 1.5 + 15 / 2 peaks against 1 + 2


def left(means):
    return means - means.mean(1, keepdims=True) - means.mean(0, keepdims=True) + means.mean()


def by_loop(means):
    found = np.zeros(means.shape)
    for row, column in np.ndindex(means.shape):
        found[row, column] = means[row, column] - means[row].mean() - means[:, column].mean() + means.mean()
    return found


def centred_twice(means):
    once = means - means.mean(0)
    return once - once.mean(1)[:, None]


def median(curve, others):
    return curve[-1] < np.median(others[:, len(curve) - 1])


def by_rank(curve, others):
    column = sorted(others[:, len(curve) - 1].tolist())
    return curve[-1] < (column[(len(column) - 1) // 2] + column[len(column) // 2]) / 2


CONTEXT = {"3.2d.6": {"texts": 128}}

NUMBER = {
    "3.2d.1": (34.1333, 34, {2048: "hours", 11.4: "three epochs", 20.83: "power 4", 33: "how many trainings",
        0: "how"}),
    "3.2d.2": (0.24, 0.2400001, {24: "points", -0.24: "sign", 0.08: "subtract", -0.08: "sum", 0.26: "what does",
        0: "what"}),
    "3.2d.3": (59, 59.0, {58: "one more", 58.4: "round", 20: "36 %", 90: "compare", 60: "how likely", 0: "how"}),
    "3.2d.4": (40, 40.0, {64: "where it stopped", 128: "without", 48: "two are left", 0.3125: "share", 41: "how many",
        0: "how"}),
    "3.2d.5": (9, 9.0, {3: "number of trials", 8: "pruned", 15: "before the last", 10: "which trial", 0: "which"}),
}  # fmt: skip

SEVERAL = {
    "3.2d.C": ((150 / 1950, float(np.log(4) / np.log(40))), ("even", "over logs"), {(0.376, 0.077): "even draw first",
        (0.1, 0.376): "begin at zero", (0.92, 0.62): "above", (0.077, 0.077): "over the logarithm",
        (0.376, 0.376): "even draw is another", (0.2, 0.5): "how long", (-1, 0.3): "lies outside"}),
}  # fmt: skip

FORMS = {
    "3.2d.A": (
        (left, by_loop, centred_twice, lambda m: torch.tensor(left(m)), lambda m: left(m).tolist()),
        ((lambda m: m - m.mean(1, keepdims=True) - m.mean(0), "taken away twice"),
         (lambda m: left(m) + m.mean(), "as well"),
         (lambda m: m - m.mean(1, keepdims=True), "nothing is to be left"), (lambda m: m - m.mean(0), "nothing is"),
         (lambda m: m - m.mean(), "nothing is to be"), (lambda m: -left(m), "sign"), (lambda m: 2 * left(m), "factor"),
         (lambda m: left(m) if len(m) == 2 else m, "four rows"), (lambda m: left(m).sum(), "shape"),
         (lambda m: m - m.mean(1) - m.mean(0), "raised ValueError"), (fails, "AttributeError"),
         (takes_two, "yours takes"),         (0.24, "without brackets")),
    ),
    "3.2d.B": (
        (median, by_rank, lambda c, o: bool(median(c, o)), lambda c, o: int(median(c, o))),
        ((lambda c, o: c[-1] < np.median(o[:, -1]), "at which epoch"), (lambda c, o: not median(c, o), "at which"),
         (lambda c, o: False, "goes on"), (lambda c, o: c[-1] < np.median(o[:, 0]), "which column"),
         (lambda c, o: c[0] < np.median(o[:, 0]) or median(c, o), "caught up"),
         (lambda c, o: c[-1] <= np.median(o[:, len(c) - 1]), "equals"),
         (lambda c, o: c[-1] < np.sort(o[:, len(c) - 1])[1] - 0.001, "not the median"),
         (lambda c, o: c[-1] < o[:, len(c) - 1].mean(), "not the median"),
         (lambda c, o: median(c, o) if len(c) < 4 else False, "last epoch"),
         (lambda c, o: c < o[:, len(c) - 1].mean(), "something else"), (lambda c, o: None, "returned nothing"),
         (lambda c, o: median(c, o.T[:3]), "raised|at which|goes on"), (fails, "of two arguments"),
         (True, "without brackets")),
    ),
    "3.2d.6": (
        ((BOTH, FACTOR), [BOTH, 3], ({"8": BOTH[8], "32": BOTH[32]}, np.float64(FACTOR)), (BOTH, torch.tensor(3.04))),
        (((BOTH, 1 / 3), "larger batch's"), ((BOTH, 4), "numbers of steps"), ((BOTH, 1), "peaks"),
         ((BOTH, 9 * 2e-4), "divide it"), ((BOTH, 2.5), "how many steps"), (BOTH, "a pair"), (3, "a pair"),
         (({8: BOTH[8]}, 3), "has ['8']"), (({8: [0.7], 32: [0.7]}, 3), "histories"),
         (({8: BOTH[32], 32: BOTH[32]}, 1), "16 steps"), (({8: history(16, 2, 1e-3), 32: BOTH[32]}, 3), "peak rate"),
         ((BOTH, "three"), "is text")),
    ),
}  # fmt: skip
