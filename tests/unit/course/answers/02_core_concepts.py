"""Answers to the exercises of chapter 2: right ones, and wrong ones with what is said."""

import numpy as np
import torch
from functions import fails, takes_two

from talentlab.training import History


def lora(x, weight, down, up, alpha):
    return x @ weight.T + alpha / len(down) * (x @ down.T @ up.T)


def merged(x, weight, down, up, alpha):
    return torch.nn.functional.linear(x, weight + alpha / down.shape[0] * up @ down)


def by_einsum(x, weight, down, up, alpha):
    change = torch.einsum("nh,rh,kr->nk", x, down, up)
    return torch.einsum("nh,kh->nk", x, weight) + change * alpha / up.size(1)


def soft(members):
    return np.mean(members, axis=0).argmax(axis=1)


def by_loop(members):
    return [max(range(4), key=lambda c: sum(member[n][c] for member in members)) for n in range(len(members[0]))]


def by_torch(members):
    return torch.stack([torch.as_tensor(member) for member in members]).sum(0).argmax(-1)


def hard(members):
    return [np.bincount([member[n].argmax() for member in members]).argmax() for n in range(len(members[0]))]


def history(rate, losses):
    return History(steps=[{"step": n, "loss": loss, "learning_rate": rate} for n, loss in enumerate(losses, 1)])


USUAL, SLOW = history(1e-2, [1.4, 1.3, 0.9, 0.8, 0.7, 0.6, 0.6]), history(2e-4, [1.4, 1.4, 1.3, 1.4, 1.3, 1.3, 1.2])

ATTENTION = np.full((3, 3, 4, 4), 0.1)
ATTENTION[1, 2, :, -1], ATTENTION[0, 0, :, 0] = 0.9, 0.8  # (2, 3) looks at [SEP], (1, 1) at [CLS]

CONTEXT = {
    "2.6": {"usual": USUAL, "rate": 2e-4},
    "2.5": {"weights": ATTENTION},
}  # fmt: skip

NUMBER = {
    "2.1": (7_087_872, 7_087_872.0, {7.087872: "millions", 7_080_960: "biases", 7_084_800: "norms",
        7_087_871: "which matrices", 768: "which"}),
    "2.2": (294_912, 294_912.0, {294.912: "thousands", 147_456: "half", 36_864: "rank 1", 294_911: "beside a matrix",
        8: "beside"}),
    "2.3": (0.0035369, 0.0035, {0.35369: "per cent", 0.003681: "positions", 0.0036: "how large", 0.524: "how large",
        35: "per cent"}),
    "2.4": (7, 7.0, {7.9: "whole number", 7.39: "whole number", 8: "round down", 12: "weights of the whole",
        11: "means", 3: "what takes"}),
}  # fmt: skip

SEVERAL = {
    "2.5": ((2, 3), ("layer", "head"), {(1, 1): "[CLS]", (1, 2): "counted from 0", (3, 2): "other way",
        (3, 1): "four axes", (2.5, 3): "whole"}),
}  # fmt: skip

LETTERS = {
    "2.B": ("BCF", "ABCDEF", {"BC": "from task to task", "BCDF": "all of the layers", "ABCF": "stay in memory",
        "BCEF": "lowest layer", "CF": "gradient is kept", "BF": "two means"}),
}  # fmt: skip

FORMS = {
    "2.A": (
        (lora, merged, by_einsum),
        ((lambda x, weight, down, up, alpha: x @ weight.T + x @ down.T @ up.T, "scale is missing"),
         (lambda x, weight, down, up, alpha: x @ weight.T + alpha * (x @ down.T @ up.T), "by the rank"),
         (lambda x, weight, down, up, alpha: x @ weight.T + alpha / 4 * (x @ down.T @ up.T), "by the width"),
         (lambda x, weight, down, up, alpha: alpha / len(down) * (x @ down.T @ up.T), "frozen layer is missing"),
         (lambda x, weight, down, up, alpha: x @ weight.T, "frozen layer alone"),
         (lambda x, weight, down, up, alpha: lora(x, weight.T, down, up, alpha), "its transpose"),
         (lambda x, weight, down, up, alpha: x @ weight.T + alpha / len(down) * (x @ up @ down), "three matrices"),
         (lambda x, weight, down, up, alpha: alpha / len(down) * (x @ weight.T + x @ down.T @ up.T), "scale belongs"),
         (lambda x, weight, down, up, alpha: x @ weight.T + len(down) / alpha * (x @ down.T @ up.T), "turned over"),
         (lambda x, weight, down, up, alpha: x @ down.T, "the shape (2, 4)"), (fails, "of five arguments"),
         (takes_two, "of five arguments"), (0.5, "without brackets")),
    ),
    "2.C": (
        (soft, by_loop, by_torch),
        ((lambda members: np.mean([m.argmax(1) for m in members], axis=0).round().astype(int), "class numbers"),
         (hard, "hard vote"), (lambda members: np.max(members, axis=0).argmax(1), "surest member"),
         (lambda members: members[0].argmax(1), "first member"),
         (lambda members: np.mean(members, axis=0), "the shape (2,)"),
         (lambda members: np.mean(members, axis=0).argmin(1), "lowest mean"),
         (lambda members: np.mean(members, axis=0).argmax(0), "the shape (2,)"), (fails, "raised AttributeError"),
         (lambda members: members[1].argmax(1), "what is averaged")),
    ),
    "2.6": (
        ((SLOW, 0.58), [SLOW, 0.58], (SLOW, np.float64(0.5799)), (SLOW, torch.tensor(0.5799))),
        (((SLOW, -0.58), "sign"), ((SLOW, 1.3), "itself"), ((SLOW, 0.6), "last step alone"),
         ((USUAL, 0.58), "asked is"),
         ((SLOW, 0.43), "over all steps"), ((SLOW, 1.81), "ratio"), (0.58, "a pair"), ((SLOW, 0.1), "which of the two"),
         ((history(2e-4, [1.4] * 3), 0.1), "3 steps"), ((SLOW, "higher"), "is text")),
    ),
}  # fmt: skip
