"""Answers to the exercises of chapter 3.2e: right ones, and wrong ones with what is said."""

import numpy as np
import torch
from functions import fails, takes_two

from talentlab.training import History

FIRST = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.3, 0.7]])
SECOND = np.array([[0.6, 0.4], [0.3, 0.7], [0.02, 0.98], [0.8, 0.2]])

SOFT = np.array([[0.9, 0.1], [0.6, 0.4]] * 48)
FLOOR = float(-(SOFT * np.log(SOFT)).sum(1).mean())


def history(losses, rate=6e-4):
    """Of a training with these losses."""
    return History(steps=[{"step": n, "loss": loss, "learning_rate": rate} for n, loss in enumerate(losses, 1)])


BOTH = {"soft": history([0.72, 0.7, 0.69, 0.66, 0.65, 0.64]), "hard": history([0.7, 0.69, 0.66, 0.6, 0.5, 0.4])}


def by_loop(probs, weights):
    mixed = np.zeros(probs.shape[1:])
    for member, weight in zip(probs, weights, strict=True):
        mixed += weight * member
    return mixed / sum(weights)


def by_rows(probs, weights):
    mixed = (probs * weights[:, None, None]).sum(0)
    return mixed / mixed.sum(1, keepdims=True)


def softened(probs, weights):
    return by_loop(probs, np.exp(weights))


def geometric(probs, weights):
    return by_rows(np.log(probs), weights)


def by_torch(logits, soft):
    return torch.nn.functional.cross_entropy(logits, soft)


def in_full(logits, soft):
    return -(soft * torch.log(torch.softmax(logits, 1))).sum() / len(logits)


def with_divergence(logits, soft):
    entropy = -(soft * soft.log()).sum(-1).mean()
    return torch.nn.functional.kl_div(logits.log_softmax(-1), soft, reduction="batchmean") + entropy


CONTEXT = {
    "3.2e.6": {"soft": SOFT, "learning_rate": 6e-4},
    "3.2e.4": {"first": FIRST, "second": SECOND, "labels": np.array([0, 0, 1, 1])},
}  # fmt: skip

NUMBER = {
    "3.2e.1": (0.84375, 0.84, {84.375: "per cent", 0.984: "at least one", 0.421875: "alone", 0.5625: "any",
        0.85: "in which cases"}),
    "3.2e.3": (15, 15.0, {18: "number of trainings", 12: "folds' share", 5: "one member", 6: "own fifth",
        14: "how many", 0: "how"}),
    "3.2e.4": (0.9, 0.9000001, {90: "per cent", 0.1: "second", 18: "place", 0.65: "highest accuracy",
        0.85: "which prob", 1: "which"}),
}  # fmt: skip

SEVERAL = {
    "3.2e.A": ((9, 4), ("most", "least"), {(4, 9): "larger", (10, 4): "20 right", (6, 4): "wasted", (8, 4): "most: ",
        (9, 6): "least: ", (9, 0): "least: ", (9.5, 4): "whole"}),
    "3.2e.2": ((1, 0), ("hard", "soft"), {(0, 1): "other way", (0, 0): "hard vote", (1, 1): "soft vote",
        (2, 0): "0 and 1", (0.55, 0): "whole"}),
}  # fmt: skip

LETTERS = {
    "3.2e.5": ("ace", "abcde", {"abce": "members", "acde": "validation", "ce": "trained on", "ae": "unseen",
        "ac": "best of several"}),
}  # fmt: skip

FORMS = {
    "3.2e.B": (
        (by_loop, by_rows, lambda p, w: np.tensordot(w, p, axes=1) / w.sum(),
         lambda probs, weights: np.average(probs, axis=0, weights=weights), lambda p, w: torch.tensor(by_loop(p, w))),
        ((lambda p, w: (p * w[:, None, None]).mean(0), "is a weighted mean divided"),
         (lambda p, w: p.mean(0), "change nothing"),
         (lambda p, w: (p * w[:, None, None]).sum(0), "adds up to 3.00"), (softened, "another mean"),
         (geometric, "plain mean"), (lambda p, w: (p * w[:, None, None]).sum(0) / len(w), "0.5, 0.3, 0.2 the rows"),
         (lambda p, w: by_loop(p, w).argmax(1), "shape"), (lambda p, w: p * w, "raised ValueError"),
         (lambda p, w: by_loop(p, w) if w.sum() < 2 else by_loop(p, w + 1), "the weights 0, 0, 2"),
         (fails, "of two arguments"), (takes_two, "shape"), (0.5, "without brackets")),
    ),
    "3.2e.C": (
        (by_torch, in_full, with_divergence, lambda logits, soft: -(soft * logits.log_softmax(-1)).sum(-1).mean(),
         lambda logits, soft: (logits.logsumexp(-1) - (soft * logits).sum(-1)).mean()),
        ((lambda z, t: -(t * z.log_softmax(-1)).sum(), "sum over the texts"),
         (lambda z, t: by_torch(z, t) / np.log(2), "bits"),
         (lambda z, t: -(t * z.log_softmax(-1)).mean(), "over the classes, too"),
         (lambda z, t: by_torch(z, t.argmax(1)), "alone"),
         (lambda z, t: torch.nn.functional.kl_div(z.log_softmax(-1), t, reduction="batchmean"), "Kullback"),
         (lambda z, t: -(z.softmax(-1) * t.log()).sum(-1).mean(), "swapped"), (lambda z, t: -by_torch(z, t), "sign"),
         (lambda z, t: -(t * z).sum(-1).mean(), "scores"),
         (lambda z, t: -(t * z.log_softmax(0)).sum(-1).mean(), "over the texts"),
         (lambda z, t: by_torch(z, t).item(), "no gradient"),
         (lambda z, t: ((z.softmax(-1) - t) ** 2).mean(), "not sure"),
         (lambda z, t: z - t, "these are eight"), (fails, "of two arguments"), (0.5, "without brackets")),
    ),
    "3.2e.6": (
        ((BOTH, FLOOR), [BOTH, round(FLOOR, 2)], (dict(reversed(BOTH.items())), np.float64(FLOOR)),
         (BOTH, torch.tensor(FLOOR))),
        (((BOTH, 0), "other loss"), ((BOTH, 0.69), "nothing"), ((BOTH, 0.64), "lowest loss"),
         ((BOTH, FLOOR / np.log(2)), "bits"),
         ((BOTH, 96 * FLOOR), "sum"), ((BOTH, FLOOR / 2), "add up"), ((BOTH, 0.55), "have to say"),
          (BOTH, "a pair"), (0.5, "a pair"),
         (({"soft": BOTH["soft"]}, FLOOR), "has ['soft']"), (({"soft": [0.7], "hard": [0.6]}, FLOOR), "histories"),
         (({"soft": BOTH["soft"], "hard": BOTH["soft"]}, FLOOR), "the same"),
         (({"soft": history([0.7] * 12), "hard": BOTH["hard"]}, FLOOR), "6 steps"),
         (({"soft": history([0.7] * 6, 1e-3), "hard": BOTH["hard"]}, FLOOR), "rate"), ((BOTH, "low"), "is text")),
    ),
}  # fmt: skip
