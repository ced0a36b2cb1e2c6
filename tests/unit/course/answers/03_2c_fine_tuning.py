"""Answers to the exercises of chapter 3.2c: right ones, and wrong ones with what is said."""

from math import log

import numpy as np
import torch
from functions import fails, takes_two

from talentlab.training import History

RUINED, FRESH = [1.4, 3.0, 4.1, 2.0, 1.5, 1.44], [1.39, 1.4, 1.2, 0.9, 0.8, 0.7]


def history(losses, rate=5e-4):
    """Of a training with these losses."""
    return History(steps=[{"step": n, "loss": loss, "learning_rate": rate} for n, loss in enumerate(losses, 1)])


AGAIN = history([1.43, 1.41, 1.39, 1.37, 1.38, 1.36])
LAST = (1.39 + 1.37 + 1.38 + 1.36) / 4


def by_torch(logits, labels, smoothing):
    return torch.nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing)


def by_hand(logits, labels, smoothing):
    target = torch.full_like(logits, smoothing / logits.shape[1])
    target[torch.arange(len(labels)), labels] += 1 - smoothing
    return -(target * torch.log(torch.softmax(logits, 1))).sum() / len(labels)


def in_two_parts(logits, labels, smoothing):
    log_p = logits.log_softmax(-1)
    return -((1 - smoothing) * log_p.gather(1, labels[:, None])[:, 0] + smoothing * log_p.mean(-1)).mean()


def with_target(logits, labels, target):
    return -(target * logits.log_softmax(-1)).sum(-1).mean()


def sure(logits, labels):
    return torch.nn.functional.one_hot(labels, logits.shape[1])


def rates(peak, decay, depth):
    return [peak * decay ** (depth + 1 - part) for part in range(depth + 2)]


def downward(peak, decay, depth):
    found = [peak]
    for _ in range(depth + 1):
        found.insert(0, found[0] * decay)
    return found


CONTEXT = {"3.2c.6": {"ruined": RUINED, "undisturbed": FRESH, "learning_rate": 5e-4}}

NUMBER = {
    "3.2c.1": (1.005556e-4, 1e-4, {0.5: "share", 9e-5: "from the peak", 2e-4: "is the peak", 1.05e-4: "which part",
        0: "which"}),
    "3.2c.2": (0.8**7, 0.21, {21: "per cent", 0.262: "lowest", 0.328: "top layer", 4.768: "larger",
        0.22: "how many steps", 1: "how"}),
    "3.2c.3": (9.995e-4, 0.001, {0.1: "percent", 1e-6: "one step", 0.999: "what is left", 0.002: "in one step",
        0: "in one"}),
    "3.2c.4": (log(19), 2.94, {2.197: "0.9 and 0.1", 0.9: "difference", 19: "ratio", -2.944: "sign",
        2.9: "which probabilities", 0: "which"}),
}  # fmt: skip

SEVERAL = {
    "3.2c.A": ((1e-3, 1e-3), ("small gradient", "large gradient"), {(1e-6, 7e-3): "plain SGD", (1, 1): "the rate is",
        (-1e-3, -1e-3): "sign", (1e-4, 1e-4): "correction", (0.499, 0.499): "after the step", (0, 0): "earlier",
        (1e-3, 7): "earlier", (1e-6, 1e-3): "earlier"}),
    "3.2c.5": ((6, 4), ("ends after", "keeps"), {(8, 8): "never reached", (4, 6): "other way",
        (6, 6): "equals epoch 4", (5, 4): "one epoch", (7, 4): "which epoch", (0, 0): "which epoch",
        (5, 3): "from 0"}),
}  # fmt: skip

FORMS = {
    "3.2c.B": (
        (rates, downward, lambda p, d, n: p * d ** np.arange(n + 1, -1, -1.0),
         lambda peak, decay, depth: tuple(reversed([peak * decay**k for k in range(depth + 2)])),
         lambda p, d, n: torch.tensor(rates(p, d, n))),
        ((lambda p, d, n: rates(p, d, n)[::-1], "from which end"), (lambda p, d, n: rates(p, d, n)[1:], "shape"),
         (lambda p, d, n: [p * d ** (n + 2 - k) for k in range(n + 2)], "full rate"),
         (lambda p, d, n: [p * d**n, *rates(p, d, n)[1:]], "one factor more"),
         (lambda p, d, n: [p * (1 - (1 - d) * (n + 1 - k) / 4) for k in range(n + 2)], "ratio"),
         (lambda p, d, n: rates(p, 0.5, n), "all rates are equal"),
         (lambda p, d, n: rates(8 if p == 8 else 1.0, d, n), "another peak"),
         (rates(1, 0.5, 2), "a function of three"), (takes_two, "yours takes"), (0.5, "without brackets"),
         (lambda p, d, n: None, "returned nothing")),
    ),
    "3.2c.C": (
        (by_torch, by_hand, in_two_parts),
        ((lambda z, y, s: with_target(z, y, sure(z, y)), "changes nothing"),
         (lambda z, y, s: by_torch(z, y, s) * len(y), "usual cross-entropy"),
         (lambda z, y, s: by_torch(z, y, s) * (2 if s else 1), "sum over the texts"),
         (lambda z, y, s: with_target(z, y, (1 - s) * sure(z, y) + (1 - sure(z, y)) * s / 3), "gets its share"),
         (lambda z, y, s: with_target(z, y, sure(z, y) + s / 4), "more than 1"),
         (lambda z, y, s: with_target(z, y, (1 - s) * sure(z, y)), "has to go to"),
         (lambda z, y, s: with_target(z, y, (1 - s) * sure(z, y) + s), "not all of it"),
         (lambda z, y, s: by_torch(z, y, s) / (np.log(2) if s else 1), "bits"),
         (lambda z, y, s: by_torch(z, y, s / 2), "which distribution"), (lambda z, y, s: -by_torch(z, y, s), "usual"),
         (lambda z, y, s: by_torch(z, y, s).item(), "no gradient"), (lambda z, y, s: z, "these are eight"),
         (fails, "yours takes"), (0.5, "without brackets")),
    ),
    "3.2c.6": (
        ((AGAIN, LAST), [AGAIN, round(LAST, 2)], (AGAIN, np.float64(LAST)), (AGAIN, torch.tensor(LAST))),
        (((AGAIN, 1.36), "last step alone"), ((AGAIN, 1.4), "first four"), ((AGAIN, 1.44), "had ended"),
         ((AGAIN, 0.9), "fresh model ends"), ((AGAIN, LAST / np.log(2)), "bits"), ((AGAIN, 1.2), "where does"),
         (AGAIN, "a pair"), (0.5, "a pair"), ((LAST, AGAIN), "a pair"), ((AGAIN, "low"), "is text"),
         ((history(FRESH), 0.9), "fresh one|fresh model"), ((history([1.4] * 12), 1.4), "12 steps"),
         ((history([1.43, 1.41, 1.39, 1.37, 1.38, 1.36], 1e-3), LAST), "rate")),
    ),
}  # fmt: skip
