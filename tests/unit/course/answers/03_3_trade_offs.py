"""Answers to the exercises of chapter 3.3: right ones, and wrong ones with what is said."""

import numpy as np
from functions import fails, takes_two

from talentlab.training import History


def leads(a_few, b_few, a_many, b_many):
    return (a_few.mean() - b_few.mean()) - (a_many.mean() - b_many.mean())


def text_by_text(a_few, b_few, a_many, b_many):
    gap = a_few.astype(float) - b_few - (a_many.astype(float) - b_many)
    return gap.mean(0).mean()


def in_integers(a_few, b_few, a_many, b_many):
    return np.mean(a_few * 1 - b_few * 1 - a_many * 1 + b_many * 1)


def slope_of(labels, values):
    return np.polyfit(np.log(labels), np.log(values), 1)[0]


def exponent(labels, accuracies):
    return -slope_of(labels, 1 - np.array(accuracies))


def by_least_squares(labels, accuracies):
    x = np.log10(labels)
    y = np.log10([1 - a for a in accuracies])
    return -np.linalg.lstsq(np.stack([x, np.ones_like(x)], 1), y, rcond=None)[0][0]


def by_the_ends(labels, accuracies):
    return [np.log((1 - accuracies[0]) / (1 - accuracies[-1])) / np.log(labels[-1] / labels[0])]


def history(losses, rate=1e-3):
    """Of a training with these losses, whose rate falls from its peak."""
    rates = [rate * (1 - n / len(losses)) for n in range(len(losses))]
    steps = [
        {"step": n, "loss": loss, "learning_rate": r} for n, (loss, r) in enumerate(zip(losses, rates, strict=True))
    ]
    return History(steps=steps)


LEARNT, ALSO, HIGH = (history([0.7] * 32 + [end] * 8) for end in (0.01, 0.02, 0.5))
BOTH = {"clean": LEARNT, "flipped": ALSO}

CONTEXT = {
    "3.3.4": {"accuracies": [0.5, 0.6, 0.685, 0.7]},
}  # fmt: skip

NUMBER = {
    "3.3.C": (7.68, 7.7, {115.2: "right labels only", 38.4: "square", 76.8: "flipped", 0.04: "factor", 69.12: "1 - 2e",
        8: "pull", 0: "pull"}),
    "3.3.1": (32, 32.04, {1.1487: "doubling", 4: "four times", 10: "2 / b", 0.03: "more", 31: "what becomes",
        1: "what"}),
    "3.3.2": (1500, 1500.4, {540: "other way", 2500: "square already", 1260: "on top", 900: "perfect",
        1501: "what are"}),
    "3.3.3": (1530, 1530.4, {25.5: "minutes", 0.425: "hours", 510: "a third", 30.6: "texts", 1500: "how many",
        0: "how"}),
    "3.3.4": (31 / 32, 0.97, {96.875: "per cent", 0.5: "one draw", 2.5: "add up", 1 - 0.75**5: "one point",
        0.98: "how likely", 0: "how"}),
}  # fmt: skip

LETTERS = {
    "3.3.5": ("BCE", "ABCDE", {"BC": "one seed", "ABCE": "above all", "BCDE": "same texts", "CE": "lucky",
        "BE": "2,000"}),
}  # fmt: skip

FORMS = {
    "3.3.A": (
        (leads, text_by_text, in_integers, lambda *four: [leads(*four)]),
        ((lambda a, b, c, d: leads(c, d, a, b), "sign"), (lambda a, b, c, d: a.mean() - b.mean(), "still to be taken"),
         (lambda *four: 100 * leads(*four), "in points"), (lambda *four: abs(leads(*four)), "without its sign"),
         (lambda *four: 4 * leads(*four), "counts"), (lambda a, b, c, d: (a - b).mean(), "raised TypeError"),
         (lambda *four: 0.123, "what is the lead"), (lambda *four: None, "`return` missing"), (fails, "four arguments"),
         (takes_two, "four arguments"), (0.1, "without brackets")),
    ),
    "3.3.B": (
        (exponent, by_least_squares, by_the_ends),
        ((lambda n, a: -slope_of(n, a), "still fits the accuracy"), (slope_of, "turning the sign"),
         (lambda n, a: -exponent(n, a), "slope of the line"), (lambda n, a: 1 / exponent(n, a), "1 / b"),
         (lambda n, a: 2 ** (1 / exponent(n, a)), "halves the error"), (lambda n, a: 0.5, "which quantity"),
         (lambda n, a: -np.polyfit(n, np.log(1 - np.array(a)), 1)[0], "one logarithm"),
         (lambda n, a: exponent(n, 1 - a), "raised TypeError"), (fails, "two arguments"), (0.5, "without brackets"),
         (lambda n, a: "0.5", "quotation marks")),
    ),
    "3.3.6": (
        ((BOTH, "C"), [BOTH, "c"], ({"flipped": HIGH, "clean": LEARNT}, "A"), (BOTH, {"C"})),
        (((BOTH, "A"), "A does not belong"), (({"clean": LEARNT, "flipped": HIGH}, "C"), "A is missing|C does not"),
         (BOTH, "a pair"), ("C", "a pair"), (({"a": LEARNT, "b": ALSO}, "C"), "the keys a, b"),
         (({"clean": [0.1], "flipped": [0.2]}, "C"), "histories of"), ((BOTH, "D"), "none of them"),
         (({"clean": LEARNT, "flipped": LEARNT}, "C"), "same at every step"),
         (({"clean": history([0.7] * 24), "flipped": history([0.6] * 24)}, "C"), "40 steps"),
         (({"clean": history([0.5] * 40, 2e-4), "flipped": ALSO}, "C"), "peak learning rate")),
    ),
}  # fmt: skip
