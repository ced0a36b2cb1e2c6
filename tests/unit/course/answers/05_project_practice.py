"""Answers to the exercises of chapter 5: right ones, and wrong ones with what is said."""

import numpy as np
import torch
from functions import fails, takes_two

from talentlab.training import History

SCORES, TRUTH = np.array([0.1, 0.4, 0.6, 0.8, 0.9]), np.array([False, True, False, True, True])


def right(model, optimizer, inputs, labels):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(inputs), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def cleared_afterwards(model, optimizer, inputs, labels):
    loss = -model(inputs).log_softmax(-1).gather(1, labels[:, None]).mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return float(loss.detach())


def by_model(model, optimizer, inputs, labels):
    model.zero_grad()
    loss = torch.nn.CrossEntropyLoss()(model(inputs), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def cleared_between(model, optimizer, inputs, labels):
    loss = torch.nn.functional.cross_entropy(model(inputs), labels)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


def never_cleared(model, optimizer, inputs, labels):
    loss = torch.nn.functional.cross_entropy(model(inputs), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def uphill(model, optimizer, inputs, labels):
    optimizer.zero_grad()
    loss = -torch.nn.functional.cross_entropy(model(inputs), labels)
    loss.backward()
    optimizer.step()
    return -loss.item()


def a_tensor(model, optimizer, inputs, labels):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(inputs), labels)
    loss.backward()
    optimizer.step()
    return loss


def the_next_loss(model, optimizer, inputs, labels):
    right(model, optimizer, inputs, labels)
    return torch.nn.functional.cross_entropy(model(inputs), labels).item()


def history(rate, losses):
    """Of a training with these losses, whose rate falls from its peak."""
    rates = [rate * (1 - n / len(losses)) for n in range(len(losses))]
    steps = [
        {"step": n, "loss": loss, "learning_rate": now}
        for n, (loss, now) in enumerate(zip(losses, rates, strict=True), 1)
    ]
    return History(steps=steps)


SLOW, FAST = history(2e-4, [0.7] * 6), history(2e-3, [0.7, 0.8, 0.7, 0.6, 0.6, 0.6])

CONTEXT = {
    "5.6": {"learning_rate": 2e-4},
    "5.4": {"probabilities": SCORES, "is_positive": TRUTH},
}  # fmt: skip

NUMBER = {
    "5.2": (46 / 90, 51, {5111: "share", 44 / 90: "real tokens", 46: "of how many", 0.52: "how many", 0: "nothing"}),
    "5.3": (1e-4, 1.0001e-4, {0.5: "share", 2e-4: "peak", 9.78e-5: "off by one", 1.02e-4: "between which",
        0: "between"}),
    "5.4": (0.4, 0.4004, {40: "per cent", 0.85: "recall is", 0.1: "precision is", 0.42: "recall is", 1: "recall is"}),
    "5.5": (1225, 1300, {0.1225: "shares", 306: "± 4", 4898: "± 1", 1400: "how wide", 9: "how", 0: "how"}),
}  # fmt: skip

SEVERAL = {
    "5.1": ((0.75, 0.9), ("precision", "recall"), {(0.9, 0.75): "swapped", (36, 36): "true positives",
        (0.75, 0.88): "recall: ", (0.77, 0.9): "which of", (0, 0): "which of", (7500, 0.9): "share"}),
}  # fmt: skip

FORMS = {
    "5.A": (
        ("125", 125, {1, 2, 5}, [1, 2, 5], ("1", "2", "5"), "1, 2, 5"),
        (("15", "three dots"), ("12345", "CUDA"), ("1245", "misleads"), ("25", "optimizer"), ("12", "a dictionary"),
         ("16", "none of them"), ("nonsense", "none of them")),
    ),
    "5.B": (
        (right, cleared_afterwards, by_model),
        ((cleared_between, "do not move"), (never_cleared, "of the first"), (uphill, "plain one"),
         (a_tensor, "returned"), (the_next_loss, "before the step"), (fails, "of four arguments"),
         (takes_two, "of four arguments"), (0.5, "without brackets"),
         (lambda model, optimizer, inputs, labels: None, "`return` missing")),
    ),
    "5.6": (
        (({2e-4: SLOW, 2e-3: FAST}, 2e-3), [{2e-4: SLOW, 2e-3: FAST}, 0.002], ({"slow": SLOW, 2e-3: FAST}, 2e-3)),
        ((({2e-4: SLOW, 2e-3: FAST}, 2e-4), "which is lower"), (({2e-4: SLOW}, 2e-4), "1 entries"), (2e-3, "a pair"),
         (({2e-4: SLOW, 1e-3: history(1e-3, [0.5] * 6)}, 1e-3), "ten times"),
         (({2e-4: [0.7], 2e-3: [0.6]}, 2e-3), "two histories"),
         (({2e-4: history(2e-4, [0.7] * 9), 2e-3: history(2e-3, [0.6] * 9)}, 2e-3), "6 steps"),
         (({2e-4: SLOW, 2e-3: FAST}, "fast"), "is text")),
    ),
}  # fmt: skip
