"""Answers to the exercises of chapter 4: right ones, and wrong ones with what is said."""

import numpy as np
import torch
from functions import fails, naive, softmax, takes_two

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
    "4.3": (
        (softmax, lambda z: naive(z - z.max(-1, keepdims=True)), lambda z: torch.tensor(z).softmax(-1)),
        ((naive, "too large"), (lambda z: naive(z - z.max()), "each row"), (lambda z: np.exp(z), "add up"),
         (lambda z: np.full(z.shape, 1 / z.shape[-1]), "add up"), (lambda z: 1.0, "the shape ()"),
         (np.array([0.5, 0.5]), "without brackets"), (takes_two, "of one argument"),
         (lambda z: "0.5", "returned text"), (fails, "argument.no_such_method()")),
    ),
}  # fmt: skip
