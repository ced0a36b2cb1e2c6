"""Answers to the exercises of chapter 3.2a: right ones, and wrong ones with what is said."""

import numpy as np
from functions import constant, fails, takes_two

from talentlab import data
from talentlab.evaluation import Interval
from talentlab.training import History


def repaired(text):
    return data.repair_mojibake(data.strip_html(text))


def kappa(one, other):
    agree = (one == other).mean()
    by_chance = sum((one == c).mean() * (other == c).mean() for c in np.union1d(one, other))
    return float((agree - by_chance) / (1 - by_chance))


def from_a_table(one, other):
    table = np.zeros((one.max() + 1 + other.max(),) * 2)
    np.add.at(table, (one, other), 1 / len(one))
    by_chance = table.sum(0) @ table.sum(1)
    return (np.trace(table) - by_chance) / (1 - by_chance)


def one_by_one(one, other):
    one, other = one.tolist(), other.tolist()
    agree = sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
    by_chance = sum(one.count(c) * other.count(c) for c in set(one)) / len(one) ** 2
    return (agree - by_chance) / (1 - by_chance)


def one_half(one, other):
    return 2 * ((one == other).mean() - 0.5)


def not_divided(one, other):
    return (one == other).mean() - sum((one == c).mean() * (other == c).mean() for c in (0, 1, 2))


def squared(one, other):
    chance = sum((one == c).mean() ** 2 for c in np.union1d(one, other))
    return ((one == other).mean() - chance) / (1 - chance)


def two_classes(one, other):
    chance = sum((one == c).mean() * (other == c).mean() for c in (0, 1))
    return ((one == other).mean() - chance) / (1 - chance)


def agreement(one, other):
    return (one == other).mean()


def history(losses):
    return History(steps=[{"step": n, "loss": loss} for n, loss in enumerate(losses, 1)])


LEARNED = history([1.4] * 10 + [0.6, 0.8] + [0.5] * 20)  # stays below 0.7 from step 13 on

CONTEXT = {
    "3.2a.B": {
        "curve": {
            threshold: {"recall": Interval(recall, recall - 0.05, min(1, recall + 0.05))}
            for threshold, recall in {0.2: 1, 0.3: 0.98, 0.4: 0.96, 0.5: 0.8, 0.6: 0.5}.items()
        }
    },
}  # fmt: skip

NUMBER = {
    "3.2a.B": (0.4, 0.4, {0.3: "a higher one", 40: "hundredths", 0.5: "where does recall", 1: "that is a recall",
        0: "where does recall"}),
    "3.2a.1": (0.185 / 0.485, 0.38, {38.1: "not 100", 0.7: "agreement", 0.515: "by chance", 0.4: "one half",
        0.37: "how often", 0: "how"}),
    "3.2a.2": (1 / 3, 0.33, {33.3: "per cent", 2 / 7: "twice", 2 / 3: "one word", 0.35: "which three", 0: "which"}),
    "3.2a.3": (0.036, 0.0362, {3.6: "points", 0.756: "reported", 0.24: "every test", 0.04: "which accuracy",
        0: "which"}),
    "3.2a.5": (40 / 135, 29.6, {2963: "share", 0.8: "recall", 0.04: "count rows", 0.31: "how many rows", 0: "how"}),
}  # fmt: skip

FUNCTION = {
    "3.2a.4": (
        (repaired, lambda text: repaired(text), lambda text: data.repair_mojibake(data.strip_html(text))),
        ((data.repair_mojibake, "entities"), (data.strip_html, "done last"), (constant, "nothing but"),
         (lambda text: data.strip_html(data.repair_mojibake(text)), "done last"), ("text", "function of one"),
         (lambda text: repaired(text).upper(), "nothing but"), (takes_two, "yours takes"),
         (lambda text: None, "`return` missing"), (lambda text: 3, "asks for text"), (fails, "no_such_method")),
    ),
}  # fmt: skip

LETTERS = {
    "3.2a.A": ("acf", "abcdef", {"abcf": "a tag", "acdf": "valid", "acef": "another text", "cf": "blanks", "af": "lost",
        "ac": "two splits"}),
}  # fmt: skip

FORMS = {
    "3.2a.C": (
        (kappa, from_a_table, one_by_one),
        ((one_half, "one half"), (not_divided, "full agreement"), (squared, "not a square"), (agreement, "0 is chance"),
         (two_classes, "three"), (lambda one, other: None, "`return` missing"),
         (fails, "of two arguments"), (0.5, "without brackets"),
         (lambda one, other: "0.2", "is text")),
    ),
    "3.2a.6": (
        ((LEARNED, 13), [LEARNED, 13], (LEARNED, np.int64(13))),
        ((13, "a pair"), ((LEARNED, 12), "off by one"), ((LEARNED, 11), "comes back"),
         ((LEARNED, 14), "an earlier step"), ((history([1.4] * 16), 13), "16 steps"),
         ((history([1.4] * 32), 13), "above half"),
         (([1.4, 0.6], 2), "a pair"), ((LEARNED, "13"), "is text")),
    ),
}  # fmt: skip
