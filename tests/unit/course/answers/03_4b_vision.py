"""Answers to the exercises of chapter 3.4b: right ones, and wrong ones with what is said."""

import numpy as np
import torch
from functions import fails, takes_two

from talentlab.training import History


def iou(one, other):
    width = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0, min(one[3], other[3]) - max(one[1], other[1]))
    together = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return width * height / (together - width * height)


def in_numpy(one, other):
    one, other = np.array(one), np.array(other)
    shared = np.clip(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0, None).prod()
    return shared / ((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - shared)


def as_tensor(one, other):
    return torch.tensor(iou(one, other))


def planted(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    together = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return width * height / (together - width * height)


def product_cut(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0, width * height)
    together = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return shared / (together - shared)


def by_sum(one, other):
    share = iou(one, other)
    return share / (1 + share)


def by_one(one, other):
    share, area = iou(one, other), (one[2] - one[0]) * (one[3] - one[1])
    together = area + (other[2] - other[0]) * (other[3] - other[1])
    return share * together / (1 + share) / area


def mean_iou(predicted, true, num_classes):
    found = []
    for label in range(num_classes):
        union = ((predicted == label) | (true == label)).sum()
        if union:
            found.append(((predicted == label) & (true == label)).sum() / union)
    return np.mean(found)


def by_table(predicted, true, num_classes):
    table = np.bincount((num_classes * true + predicted).ravel(), minlength=num_classes**2)
    table = table.reshape(num_classes, num_classes)
    union = table.sum(0) + table.sum(1) - table.diagonal()
    return (table.diagonal()[union > 0] / union[union > 0]).mean()


def by_sets(predicted, true, num_classes):
    shares = []
    for label in range(num_classes):
        one, other = set(np.flatnonzero(predicted == label)), set(np.flatnonzero(true == label))
        shares += [len(one & other) / len(one | other)] if one | other else []
    return torch.tensor(shares).mean()


def with_absent(predicted, true, num_classes):
    return mean_iou(predicted, true, 3) * 3 / num_classes


def divides_by_nought(predicted, true, num_classes):
    return sum(int(((predicted == k) & (true == k)).sum()) / int(((predicted == k) | (true == k)).sum())
               for k in range(num_classes)) / num_classes  # fmt: skip


def dice(predicted, true, num_classes):
    return np.mean([2 * ((predicted == k) & (true == k)).sum() / ((predicted == k).sum() + (true == k).sum())
                    for k in range(num_classes)])  # fmt: skip


def recall(predicted, true, num_classes):
    return np.mean([((predicted == k) & (true == k)).sum() / (true == k).sum() for k in range(num_classes)])


def euler(velocity, state, steps):
    for step in range(steps):
        state = state + velocity(state, step / steps) / steps
    return state


def by_while(velocity, state, steps):
    time, length = 0.0, 1 / steps
    while time < 1 - 1e-9:
        state, time = state + length * velocity(state, time), time + length
    return np.array(state)


def by_linspace(velocity, state, steps):
    for time in torch.linspace(0, 1, steps + 1)[:-1]:
        state = state + velocity(state, time) / steps
    return state


def whole_steps(velocity, state, steps):
    for step in range(steps):
        state = state + velocity(state, step / steps)
    return state


def at_the_end(velocity, state, steps):
    for step in range(1, steps + 1):
        state = state + velocity(state, step / steps) / steps
    return state


def oldest_state(velocity, state, steps):
    return state + sum(velocity(state, step / steps) / steps for step in range(steps))


def counts_steps(velocity, state, steps):
    for step in range(steps):
        state = state + velocity(state, step) / steps
    return state


def once(velocity, state, steps):
    return state + velocity(state, 0.0)


def history(rate, losses=(2.3, 0.5), steps=60):
    rates = [rate * min(1, (n + 1) / 6) for n in range(steps)]
    return History(steps=[{"step": n + 1, "loss": losses[min(n, 1)], "learning_rate": rates[n]} for n in range(steps)])


FAST, SLOW = history(5e-3), history(5e-4, (2.3, 1.9))


def rates(fast=FAST, slow=SLOW, lower="5e-3"):
    return {"5e-3": fast, "5e-4": slow, "lower at the end": lower}


NUMBER = {
    "3.4b.1": (4640, 4640, {4608: "biases are missing", 4624: "not for each input", 5120: "not for each kernel",
        320: "all 16 input", 176: "kernels of its own", 544: "1 × 1", 1568: "nine numbers", 7: "how many numbers"}),
}  # fmt: skip

LETTERS = {
    "3.4b.B": ("b", "abcd", {"a": "those are right", "c": "by the ground, too", "d": "which is high",
        "ab": "those are right", "bd": "which is high"}),
}  # fmt: skip

FUNCTION = {
    "3.4b.A": (
        (iou, in_numpy, as_tensor),
        ((planted, "What do they have in common"), (product_cut, "What do they have in common"),
         (by_sum, "counted twice"), (by_one, "one box's area"), (lambda one, other: 0.0, "shared by covered"),
         (fails, "of two arguments"), (0.5, "without brackets"), (lambda one, other: None, "`return` missing")),
    ),
    "3.4b.2": (
        (mean_iou, by_table, by_sets),
        ((lambda predicted, true, n: (predicted == true).mean(), "share of right pixels"), (dice, "Dice"),
         (recall, "true pixels alone"), (with_absent, "left out"), (divides_by_nought, "left out"),
         (lambda predicted, true, n: 3 * mean_iou(predicted, true, n), "the sum over"),
         (lambda predicted, true, n: 0.9, "What is divided"), (takes_two, "of three arguments"),
         (0.5, "without brackets")),
    ),
    "3.4b.3": (
        (euler, by_while, by_linspace),
        ((whole_steps, "after the whole way"), (at_the_end, "at the beginning"), (oldest_state, "newest"),
         (counts_steps, "the times 0"), (once, "asked 1 times"), (takes_two, "of three arguments"),
         (0.5, "without brackets"), (lambda velocity, state, steps: None, "`return` missing")),
    ),
}  # fmt: skip

FORMS = {
    "3.4b.4": (
        (rates(), dict(reversed(rates().items())), rates(history(5e-3, (2.3, 2.2)), lower="5e-4")),
        ((rates(lower="5e-4"), "which is lower"), (rates(SLOW, FAST, "5e-4"), "peak rate"),
         (rates(history(5e-3, steps=30), history(5e-4, steps=30)), "60 steps"),
         (rates(slow=history(5e-4, (2.9, 1.9))), "same loss"), (rates(fast=[2.3, 0.5]), "no history"),
         ({"5e-3": FAST}, "with the keys"), ("5e-3", "with the keys")),
    ),
}  # fmt: skip
