"""Answers to the exercises of chapter 1: right ones, and wrong ones with what is said."""

from types import SimpleNamespace

import numpy as np
import torch
from functions import fails, takes_two

from talentlab.training import History


def masked_mean(states, mask):
    return (states * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)


def by_einsum(states, mask):
    return torch.einsum("bth,bt->bh", states, mask / mask.sum(1, keepdim=True))


def text_by_text(states, mask):
    return np.array([s[m.bool()].mean(0).tolist() for s, m in zip(states, mask, strict=True)])


def paired(one, other):
    ahead = one.astype(float) - other
    return ahead.mean(), ahead.std(ddof=1) / len(ahead) ** 0.5


def paired_counts(one, other):
    n, wins, losses = len(one), (one & ~other).sum(), (other & ~one).sum()
    gain = (wins - losses) / n
    return {"standard error": (((wins + losses) / n - gain**2) / n) ** 0.5, "difference": gain}


def paired_ints(one, other):
    ahead = np.array(one, int) - np.array(other, int)
    return np.array([np.mean(ahead), np.std(ahead) / np.sqrt(ahead.size)])


def unpaired(one, other):
    return one.mean() - other.mean(), (one.var() / len(one) + other.var() / len(other)) ** 0.5


def history(losses):
    return History(steps=[{"step": n, "loss": loss, "learning_rate": 1e-4} for n, loss in enumerate(losses, 1)])


SHORT, LONG, FLAT = history([0.7] * 3), history([0.7, 0.6, 0.4, 0.3, 0.4, 0.2, 0.1, 0.1]), history([0.7] * 8)


def lead(value, low):
    return SimpleNamespace(value=value, low=low)


CONTEXT = {
    "1.6": {"settings": {"batch_size": 8, "num_epochs": 2}},
    "1.1": {"gains": {
        "word counts": {16: lead(0.1, -0.1), 64: lead(0.1, 0.02), 256: lead(0.2, 0.1)},
        "random weights": {16: lead(0.1, 0.1), 64: lead(0.1, -0.02), 256: lead(0.2, -0.1)},
    }},
}  # fmt: skip

NUMBER = {
    "1.C": (4.0003, 4.0, {0.25: "upside down", 1.11: "how slowly", 3.5: "10 % lower is", 1.3158: "no simple quotient",
        1.19: "other way round", 40: "which factor"}),
    "1.3": (62.58, 63, {225_288: "seconds", 2.61: "days", 10.4: "factor 6", 61.5: "how many operations",
        0: "how many"}),
    "1.4": (3.4, 3.42, {3.4e9: "bytes", 5.44: "all parameters", 2.72: "frozen weights", 3.17: "GiB", 3.3: "how many"}),
    "1.5": (3.445e9, 3.44e9, {3.445: "billions", 6.89e10: "tokens", 8.44e9: "factor 6", 3.3e9: "which formula",
        1: "which"}),
}  # fmt: skip

SEVERAL = {
    "1.1": ((64, 0), ("word counts", "random weights"), {(64, 16): "lower ends|which end", (16, 0): "starts at",
        (256, 0): "smaller size", (0, 0): "which end", (6.4, 0): "whole", (65, 0): "none of the sizes"}),
}  # fmt: skip

LETTERS = {
    "1.2": ("BCD", "ABCDE", {"BC": "took part", "BCDE": "balance", "ABCD": "it is fair", "CD": "lucky",
        "BD": "choose the epoch"}),
}  # fmt: skip

FORMS = {
    "1.A": (
        (masked_mean, by_einsum, text_by_text),
        ((lambda states, mask: (states * mask[..., None]).mean(1), "all 4 positions"),
         (lambda states, mask: states.mean(1), "padding takes part"),
         (lambda states, mask: (states * mask[..., None]).sum(1), "that is the sum"),
         (lambda states, mask: (states * mask[..., None]).sum(1) / mask.sum(), "whole batch"),
         (lambda states, mask: states[:, :2].mean(1), "loses tokens"),
         (lambda states, mask: states[:, 0], "what is summed"),
         (lambda states, mask: states.mean(2), "shape (2, 3)"), (fails, "of two arguments"), (0.5, "without brackets"),
         (lambda states, mask: (states * mask).sum(1), "raised RuntimeError")),
    ),
    "1.B": (
        (paired, paired_counts, paired_ints),
        ((unpaired, "different texts"), (lambda one, other: paired(other, one), "sign"),
         (lambda one, other: (paired(one, other)[0], (one * 1.0 - other).std()), "varies less"),
         (lambda one, other: (paired(one, other)[0], 0.1), "standard deviation"),
         (lambda one, other: (paired(one, other)[0], paired(one, other)[1] ** 2), "take the root"),
         (lambda one, other: ((one != other).mean(), 0.1), "cancel"),
         (lambda one, other: (0.25, 0.1), "by which share"),
         (lambda one, other: (one & ~other).sum() - (other & ~one).sum(), "two numbers"), (takes_two, "two numbers"),
         (lambda one, other: one - other, "raised TypeError"), (fails, "of two arguments")),
    ),
    "1.6": (
        ((SHORT, LONG, 4), [SHORT, LONG, np.int64(4)], (SHORT, FLAT, 0), (SHORT, LONG, 4.0)),
        (((LONG, SHORT, 4), "swapped"), ((SHORT, LONG, 6), "an earlier one"), ((SHORT, LONG, 3), "from 0"),
         ((SHORT, LONG, 0), "which column"), ((SHORT, SHORT, 0), "asked are 3 and 8"), (4, "three things"),
         ((SHORT.steps, LONG.steps, 4), "two histories"), ((SHORT, LONG, 4.5), "whole number")),
    ),
}  # fmt: skip
