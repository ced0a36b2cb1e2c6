"""Answers to the exercises of chapter 8.2: right ones, and wrong ones with what is said."""

import numpy as np
from functions import fails, takes_two

from talentlab.training.state import History


def cost(layers, frozen, epochs):
    return frozen + epochs * 3 * (layers - frozen)


def cost_by_loop(layers, frozen, epochs):
    total = float(frozen)
    for _ in range(epochs):
        total += 3 * (layers - frozen)
    return total


def cost_other_order(layers, frozen, epochs):
    return np.int64(3 * layers * epochs - frozen * (3 * epochs - 1))


def as_planted(layers, frozen, epochs):
    return epochs * (frozen + 3 * (layers - frozen))


def never_filled(layers, frozen, epochs):
    return epochs * 3 * (layers - frozen)


def with_way_back(layers, frozen, epochs):
    return 3 * frozen + epochs * 3 * (layers - frozen)


def forward_only(layers, frozen, epochs):
    return frozen + epochs * (layers - frozen)


def el2n(logits, labels):
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.linalg.norm(powers / powers.sum(1, keepdims=True) - np.eye(logits.shape[1])[labels], axis=1)


def el2n_by_scipy(logits, labels):
    from scipy.special import softmax

    gaps = softmax(logits, axis=1)
    gaps[np.arange(len(labels)), labels] -= 1
    return np.sqrt((gaps**2).sum(axis=1))


def el2n_by_rows(logits, labels):
    scores = []
    for row, label in zip(logits, labels, strict=True):
        shares = np.exp(row - max(row)) / np.exp(row - max(row)).sum()
        scores.append(sum((share - (place == label)) ** 2 for place, share in enumerate(shares)) ** 0.5)
    return scores


def squared(logits, labels):
    return el2n(logits, labels) ** 2


def without_softmax(logits, labels):
    return np.linalg.norm(logits - np.eye(logits.shape[1])[labels], axis=1)


def right_class_only(logits, labels):
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return 1 - (powers / powers.sum(1, keepdims=True))[np.arange(len(labels)), labels]


def overflows(logits, labels):
    powers = np.exp(logits)
    return np.linalg.norm(powers / powers.sum(1, keepdims=True) - np.eye(logits.shape[1])[labels], axis=1)


def one_number(logits, labels):
    return el2n(logits, labels).mean()


def front(costs, accuracies):
    pairs = list(zip(costs, accuracies, strict=True))
    beaten = lambda pair: any(c <= pair[0] and a >= pair[1] and (c, a) != pair for c, a in pairs)  # noqa: E731
    return {place for place, pair in enumerate(pairs) if not beaten(pair)}


def front_as_list(costs, accuracies):
    return sorted(front(costs, accuracies))


def front_by_numpy(costs, accuracies):
    c, a = np.array(costs), np.array(accuracies)
    beats = (c[:, None] <= c) & (a[:, None] >= a) & ((c[:, None] < c) | (a[:, None] > a))
    return np.flatnonzero(~beats.any(0))


def beats_itself(costs, accuracies):
    pairs = list(zip(costs, accuracies, strict=True))
    return {i for i, p in enumerate(pairs) if not any(c <= p[0] and a >= p[1] for c, a in pairs)}


def strictly_beaten(costs, accuracies):
    pairs = list(zip(costs, accuracies, strict=True))
    return {i for i, p in enumerate(pairs) if not any(c < p[0] and a > p[1] for c, a in pairs)}


def first_of_equals(costs, accuracies):
    found, best = set(), -1.0
    for place in sorted(range(len(costs)), key=lambda place: (costs[place], -accuracies[place])):
        if accuracies[place] > best:
            found.add(place)
            best = accuracies[place]
    return found


def from_one(costs, accuracies):
    return {place + 1 for place in front(costs, accuracies)}


def cheapest(costs, accuracies):
    return {int(np.argmin(costs))}


def history(steps, last, peak=5e-4):
    """A training whose last loss is `last`."""
    found = History()
    found.steps = [
        {"step": n + 1, "loss": last if n == steps - 1 else 1.4, "learning_rate": peak} for n in range(steps)
    ]
    return found


GOOD = {16: history(8, 1.2), 64: history(2, 1.38), "lower at the end": 16}

NUMBER = {
    "8.2.A": (10 / 18, 0.54, {1 / 3: "a cache would leave", 2 / 3: "share of the frozen layers", 0.44: "what is saved",
        1.0: "still take", 0.2: "still take", 33: "a cache would leave"}),
    "8.2.4": (250, 250.0, {100: "whole training", 450 / 2.7: "60 % is what remains", 375: "not yet money",
        750: "takes 3 hours", 450: "what the work costs", 5: "not 9"}),
}  # fmt: skip

LETTERS = {
    "8.2.3": ("abce", "abcde", {"abcde": "seconds hold more", "abc": "without any idea", "ace": "any half",
        "abe": "one training against one", "bce": "no pruned half"}),
}  # fmt: skip

FORMS = {
    "8.2.B": (
        (cost, cost_by_loop, cost_other_order),
        ((as_planted, "what runs once"), (never_filled, "to fill the cache"), (with_way_back, "no way back"),
         (forward_only, "costs 3 in each pass"), (lambda layers, frozen, n: 3 * layers * n, "training all layers"),
         (takes_two, "of three arguments"), (34, "without brackets")),
    ),
    "8.2.C": (
        (el2n, el2n_by_scipy, el2n_by_rows),
        ((squared, "root is missing"), (without_softmax, "softmax first"), (right_class_only, "right class alone"),
         (overflows, "largest logit"), (one_number, "the shape"),
         (fails, "of two arguments"), (1.4, "without brackets")),
    ),
    "8.2.1": (
        (front, front_as_list, front_by_numpy),
        ((beats_itself, "dominate itself"), (strictly_beaten, "at the same cost"), (first_of_equals, "both stay"),
         (from_one, "count from 0"), (cheapest, "cheapest alone"), (lambda costs, accuracies: 3, "a set of places"),
         ({0, 1}, "without brackets")),
    ),
    "8.2.2": (
        (GOOD, GOOD | {"note": "x"}, {64: history(2, 1.1), 16: history(8, 1.2), "lower at the end": 64}),
        ((GOOD | {"lower at the end": 64}, "lower loss in its last step"),
         ({16: history(8, 1.2)}, "a dictionary with 16"), (GOOD | {16: history(4, 1.2)}, "there are 4 steps"),
         (GOOD | {64: history(2, 1.38, peak=1e-3)}, "peak rate"),
         (GOOD | {16: 1.2}, "no history"), (3, "a dictionary with 16")),
    ),
}  # fmt: skip
