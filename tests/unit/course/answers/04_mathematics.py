"""Answers to the exercises of chapter 4: right ones, and wrong ones with what is said."""

import numpy as np
import torch
from functions import fails, naive, softmax, takes_two

H = np.array([[1.0, 0.2], [1.0, -0.3], [0.9, 0.1], [1.1, 0.4], [1.0, -0.2]])
Y = np.array([0, 1, 1, 0, 1])
EXTENDED = np.hstack([H, np.ones((5, 1))])
STEADY = 2 / np.linalg.eigvalsh(EXTENDED.T @ EXTENDED / 5).max()


def losses(multiple, start=0.0, after=False):
    weight, found = np.full((2, 3), start) * [[1], [0]], []
    for _ in range(201):
        p = softmax(EXTENDED @ weight.T)
        found.append(-np.log(p[np.arange(5), Y]).mean())
        weight = weight - multiple * STEADY * (p - np.eye(2)[Y]).T @ EXTENDED / 5
    return found[1:] if after else found[:200]


def curves(**changes):
    return {multiple: losses(multiple, **changes) for multiple in (1, 2, 4, 8)}


FALLS = max(multiple for multiple, found in curves().items() if (np.diff(found) < 1e-12).all())


def hidden(scores, mask):
    return softmax(np.where(mask == 1, scores, -np.inf))


def divided(scores, mask):
    return softmax(scores) * mask / (softmax(scores) * mask).sum(-1, keepdims=True)


def in_torch(scores, mask):
    return torch.tensor(scores).masked_fill(torch.tensor(mask) == 0, -torch.inf).softmax(-1)


def rotary(x, start=0, base=100.0, sign=1):
    x = np.asarray(x)
    angle = (np.arange(len(x)) + start)[:, None] * base ** -np.array([0, 0.5])
    a, b = x[:, :2], x[:, 2:]
    return np.hstack([a * np.cos(angle) - sign * b * np.sin(angle), sign * a * np.sin(angle) + b * np.cos(angle)])


def rotary_by_pairs(x):
    turned = [list(row) for row in x]
    for t, row in enumerate(x):
        for i in range(2):
            point = complex(row[i], row[i + 2]) * np.exp(1j * t * 0.1**i)
            turned[t][i], turned[t][i + 2] = point.real, point.imag
    return turned


def rotary_in_torch(x):
    x = torch.as_tensor(x)
    points = torch.complex(x[:, :2], x[:, 2:])
    points = points * torch.exp(1j * torch.arange(2)[:, None] * torch.tensor([1.0, 0.1]))
    return torch.cat([points.real, points.imag], 1)


def shortened(gradient, limit):
    length = np.sqrt((gradient**2).sum())
    return gradient * limit / length if length > limit else gradient


def as_in_torch(gradient, limit):
    return gradient * min(1.0, limit / (np.linalg.norm(gradient) + 1e-6))


def by_torch(gradient, limit):
    weight = torch.zeros(2, 4, requires_grad=True)
    weight.grad = torch.tensor(gradient).float()
    torch.nn.utils.clip_grad_norm_([weight], float(limit))
    return weight.grad


def always(gradient, limit):
    return gradient * limit / np.linalg.norm(gradient)


def row_by_row(gradient, limit):
    return gradient * np.minimum(1, limit / np.linalg.norm(gradient, axis=1, keepdims=True))


CONTEXT = {
    "4.6": {"h": H, "y": Y, "steady": STEADY},
}  # fmt: skip

LETTERS = {
    "4.A": ("ABCD", "ABCDEFG", {"AB": "fewer positions", "ABC": "fewer positions", "ABCDE": "the mean over",
        "G": "the mean over",
        "ABCDEFG": "the mean over"}),
}  # fmt: skip

FORMS = {
    "4.6": (
        ((curves(), FALLS), [curves(), float(FALLS)], ({k: np.array(v) for k, v in curves().items()}, FALLS)),
        (((curves(), 1 if FALLS != 1 else 2), "neighbouring"), ((curves(), 8), "neighbouring"),
         ((curves(after=True), FALLS), "log C"), ((curves(start=0.1), FALLS), "log C"),
         ((curves() | {2: losses(1)}, FALLS), "with 2 times"), ((curves() | {4: losses(4)[:50]}, FALLS), "200"),
         (({1: losses(1)}, 1), "keys 1, 2, 4 and 8"), (curves(), "a pair"), (2, "a pair"),
         ((curves(), "two"), "is text")),
    ),
}  # fmt: skip

NUMBER = {
    "4.2": (8, 8.004, {4.2: "bits", 120.2: "base 10", 2.08: "loss itself", 0.125: "each class", 7.9: "what does",
        1: "what"}),
}  # fmt: skip

SEVERAL = {
    "4.1": ((0.665, -0.755, 0.090), (), {(66.5, -75.5, 9.0): "per cent", (0.665, 0.245, 0.090): "probabilities",
        (-0.665, 0.755, -0.090): "falls", (-0.335, 0.245, 0.090): "the first", (0.7, -0.7, 0.1): "which prob",
        (0, 0, 0): "which"}),
    "4.4": ((0.98, 0.18), ("1", "4"), {(98.2, 18.3): "per cent", (0.982, 0.731): "also divides",
        (-0.98, 0.18): "sign", (0.982, 0.2455): "divided by T", (0.982, 0.19): "chain", (0, 0): "derivative",
        (0.18, 0.98): "other way"}),
    "4.5": ((1.988, 2.008), (), {(-0.012, 0.008): "change", (1.99, 2.01): "decay is missing",
        (2.008, 1.988): "against", (1.998, 2.048): "plain", (1.79, 1.81): "too", (2, 2): "by which number"}),
}  # fmt: skip

FUNCTION = {
    "4.B": (
        (hidden, divided, in_torch, lambda scores, mask: softmax(np.where(mask == 1, scores, -1e9))),
        ((lambda scores, mask: softmax(scores) * mask, "add up to"),
         (lambda scores, mask: softmax(scores * mask), "e to the 0"),
         (lambda scores, mask: softmax(scores), "full share"),
         (lambda scores, mask: hidden(scores, 1 - mask), "get nothing"),
         (lambda scores, mask: softmax(scores - (1 - mask)), "still has a weight"),
         (lambda scores, mask: np.tile(mask / mask.sum(), (2, 1)), "not softmax"),
         (lambda scores, mask: hidden(scores, mask)[0], "the shape"), (fails, "of two arguments"),
         (0.5, "without brackets")),
    ),
    "4.D": (
        (rotary, rotary_by_pairs, rotary_in_torch),
        ((lambda x: x, "turns nothing"), (lambda x: rotary(x, start=1), "places count from 0"),
         (lambda x: rotary(x, base=1.0), "same angle"),
         (lambda x: rotary(x[:, [0, 2, 1, 3]])[:, [0, 2, 1, 3]], "neighbours"),
         (lambda x: rotary(x, sign=-1), "other way"),
         (lambda x: rotary(x[:, [1, 0, 3, 2]])[:, [1, 0, 3, 2]], "swapped"),
         (lambda x: rotary(x, base=10.0), "exponent"), (lambda x: rotary(x) * 2, "no length"),
         (lambda x: rotary(x)[::-1], "no length"), (lambda x: rotary(x)[0], "the shape"),
         (lambda x: -x, "which components"),
         (fails, "raised AttributeError"), (takes_two, "of one argument"), (0.1, "without brackets")),
    ),
    "4.C": (
        (shortened, as_in_torch, by_torch),
        ((always, "comes back changed"), (row_by_row, "each row"), (lambda gradient, limit: gradient, "not shortened"),
         (lambda gradient, limit: gradient / np.linalg.norm(gradient), "length is 1"),
         (lambda gradient, limit: np.clip(gradient, -limit / 4, limit / 4), "as long as it"),
         (lambda gradient, limit: min(limit, np.linalg.norm(gradient)), "the shape"),
         (lambda gradient, limit: shortened(gradient, limit) / (gradient != 0), "zeros"),
         (fails, "of two arguments"), (5, "without brackets")),
    ),
    "4.3": (
        (softmax, lambda z: naive(z - z.max(-1, keepdims=True)), lambda z: torch.tensor(z).softmax(-1)),
        ((naive, "too large"), (lambda z: naive(z - z.max()), "each row"), (lambda z: np.exp(z), "add up"),
         (lambda z: np.full(z.shape, 1 / z.shape[-1]), "add up"), (lambda z: 1.0, "the shape ()"),
         (np.array([0.5, 0.5]), "without brackets"), (takes_two, "of one argument"),
         (lambda z: "0.5", "returned text"), (fails, "argument.no_such_method()")),
    ),
}  # fmt: skip
