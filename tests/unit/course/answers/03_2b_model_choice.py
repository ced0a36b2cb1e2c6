"""Answers to the exercises of chapter 3.2b: right ones, and wrong ones with what is said."""

from math import log

import numpy as np
import torch
from functions import fails

from talentlab.training import History


def front(quality, cost):
    def beats(one, other):
        no_worse = quality[one] >= quality[other] and cost[one] <= cost[other]
        return no_worse and (quality[one] > quality[other] or cost[one] < cost[other])

    return [name for name in quality.index if not any(beats(other, name) for other in quality.index)]


def sorted_front(quality, cost):  # as the chapter's own; of equal ones the first stays
    found = []
    for name in cost.to_frame("cost").assign(quality=-quality).sort_values(["cost", "quality"]).index:
        if not found or quality[name] > quality[found[-1]]:
            found.append(name)
    return found


def set_of_front(quality, cost):
    q, c = quality.to_numpy(), cost.to_numpy()
    no_worse = (q[:, None] >= q) & (c[:, None] <= c)  # [better, worse]
    return set(quality.index[~(no_worse & ((q[:, None] > q) | (c[:, None] < c))).any(0)])


def itself(quality, cost):
    return [a for a in quality.index if not any(quality[b] >= quality[a] and cost[b] <= cost[a] for b in quality.index)]


def others(quality, cost):
    def beaten(a):
        return any(b != a and quality[b] >= quality[a] and cost[b] <= cost[a] for b in quality.index)

    return [a for a in quality.index if not beaten(a)]


def strict(quality, cost):
    return [a for a in quality.index if not any(quality[b] > quality[a] and cost[b] < cost[a] for b in quality.index)]


def strict_in_quality(quality, cost):
    return [a for a in quality.index if not any(quality[b] > quality[a] and cost[b] <= cost[a] for b in quality.index)]


def strict_in_cost(quality, cost):
    return [a for a in quality.index if not any(quality[b] >= quality[a] and cost[b] < cost[a] for b in quality.index)]


def most_accurate(quality, cost):
    return [quality.idxmax()]


def by_cosine(texts, names):
    return (texts @ (names / np.linalg.norm(names, axis=1, keepdims=True)).T).argmax(1)


def one_by_one(texts, names):
    cosines = [[t @ n / np.sqrt((t @ t) * (n @ n)) for n in names] for t in texts]
    return [row.index(max(row)) for row in cosines]


def in_torch(texts, names):
    texts, names = (torch.nn.functional.normalize(torch.as_tensor(part)) for part in (texts, names))
    return (texts @ names.T).argmax(1)


def by_product(texts, names):
    return (texts @ names.T).argmax(1)


def by_distance(texts, names):
    return np.linalg.norm(texts[:, None] - names, axis=2).argmin(1)


def least(texts, names):
    return (texts @ (names / np.linalg.norm(names, axis=1, keepdims=True)).T).argmin(1)


def along_texts(texts, names):
    return (texts @ (names / np.linalg.norm(names, axis=1, keepdims=True)).T).argmax(0)


def looked_up(texts, names):
    return [1, 2]


def history(rate, losses):
    rates = [rate] * len(losses)
    steps = zip(losses, rates, strict=True)
    return History(steps=[{"step": n, "loss": loss, "learning_rate": now} for n, (loss, now) in enumerate(steps, 1)])


SLOW, FAST = history(5e-4, [1.39] * 12), history(5e-2, [1.40] * 6 + [1.3] * 3 + [1.2, 1.2, 1.1])  # falls by 0.167
TWO = {5e-4: SLOW, 5e-2: FAST}

CONTEXT = {"3.2b.6": {"learning_rate": 5e-4}}

NUMBER = {
    "3.2b.A": (13.85 / 22.7, 61, {1 / 6: "nothing but layers", 39: "that goes", 0.53: "no layer", 13.85: "millions",
        0.65: "how many layers"}),
    "3.2b.1": (1472, 1472.4, {1.472: "gigabytes", 1760: "everything", 1376: "still lie", 1450: "what has",
        110: "what"}),
    "3.2b.3": (log(5), 1.61, {2.3219: "bits", 0.69897: "base 10", 0.2: "1/5", -1.61: "sign",
        1.63: "which probability"}),
    "3.2b.4": (0.8, 0.80, {80: "between", -0.8: "sign", 0.6: "Kendall", 0.2: "formula", 0.78: "by how much", 1: "by"}),
}  # fmt: skip

SEVERAL = {
    "3.2b.D": ((112, 384), ("same", "different"), {(384, 112): "swapped", (28, 468): "four classes",
        (112, 496): "all pairs", (224, 768): "both orders", (128, 384): "itself", (256, 768): "itself",
        (100, 300): "how many pairs", (112.5, 384): "whole"}),
}  # fmt: skip

LETTERS = {
    "3.2b.2": ("abd", "abcde", {"abc": "b is more", "abde": "d is as", "bd": "nothing is as fast",
        "ad": "faster is less", "ab": "more accurate"}),
    "3.2b.5": ("ef", "abcdef", {"aef": "the file", "bef": "same pieces", "def": "tokenizer", "f": "which rows",
        "e": "written down"}),
}  # fmt: skip

FORMS = {
    "3.2b.B": (
        (front, sorted_front, set_of_front),
        ((itself, "still nobody"), (others, "throw each other out"), (strict, "same accuracy"),
         (strict_in_quality, "same accuracy"), (strict_in_cost, "same cost"), (most_accurate, "both stay"),
         (lambda quality, cost: list(quality.index), "and still on your front"), (fails, "of two arguments"),
         (lambda quality, cost: None, "`return` missing"), (lambda quality, cost: 2, "list of names"),
         (lambda quality, cost: [0, 1], "list of names"), ("ab", "this is text")),
    ),
    "3.2b.C": (
        (by_cosine, one_by_one, in_torch),
        ((by_product, "longest vector"), (by_distance, "shortest distance"), (least, "lowest cosine"),
         (along_texts, "shape (3,)"), (looked_up, "same direction"), (fails, "of two arguments"),
         (lambda texts, names: None, "`return` missing"), ([1, 2], "function of two")),
    ),
    "3.2b.6": (
        ((TWO, 1.4 - 7.4 / 6), [TWO, 0.17], ({"low": SLOW, "high": FAST}, np.float64(0.167))),
        (((TWO, 1.2333), "at the end"), ((TWO, -0.17), "the sign"), ((TWO, 0), "at the lower rate"),
         ((TWO, 0.3), "last six"),
         ((TWO, 0.25), "where does the loss"), (0.18, "a pair"), (({5e-2: FAST}, 0.18), "1 entries"),
         (({5e-4: SLOW, 5e-3: history(5e-3, [1.39] * 12)}, 0.0), "a hundred times"), ((TWO, "0.18"), "is text"),
         (({5e-4: history(5e-4, [1.39] * 24), 5e-2: FAST}, 0.18), "12 steps"),
         (({5e-4: history(5e-4, [1.39] * 6 + [0.9] * 6), 5e-2: FAST}, 0.18), "frozen")),
    ),
}  # fmt: skip
