"""Answers to the exercises of chapter 3.1b: right ones, and wrong ones with what is said."""

import numpy as np
import torch
from functions import fails, takes_two

from talentlab.training import History


def top_p(shares, p):
    falling, order = shares.sort(descending=True)
    kept = torch.zeros_like(shares).scatter(-1, order, falling * (falling.cumsum(-1) - falling < p))
    return kept / kept.sum(-1, keepdim=True)


def row_by_row(shares, p):
    rows = []
    for row in shares.tolist():
        kept, total = [0.0] * len(row), 0.0
        for place in sorted(range(len(row)), key=lambda place: -row[place]):
            if total < p:
                kept[place] = row[place]
                total += row[place]
        rows.append([share / total for share in kept])
    return rows


def in_numpy(shares, p):
    shares = shares.numpy()
    order = np.argsort(-shares, axis=1)
    falling = np.take_along_axis(shares, order, 1)
    kept = np.zeros_like(shares)
    np.put_along_axis(kept, order, np.where(np.cumsum(falling, 1) - falling < p, falling, 0), 1)
    return kept / kept.sum(1, keepdims=True)


def not_again_one(shares, p):
    return torch.where(top_p(shares, p) > 0, shares, 0)


def crossing_lost(shares, p):
    falling, order = shares.sort(descending=True)
    kept = torch.zeros_like(shares).scatter(-1, order, falling * (falling.cumsum(-1) <= p))
    return kept / kept.sum(-1, keepdim=True)


def out_of_order(shares, p):
    falling, _ = shares.sort(descending=True)
    kept = falling * (falling.cumsum(-1) - falling < p)
    return kept / kept.sum(-1, keepdim=True)


def dpo(preferred, other, reference_preferred, reference_other, beta):
    margin = (preferred.sum(1) - reference_preferred.sum(1)) - (other.sum(1) - reference_other.sum(1))
    return -torch.nn.functional.logsigmoid(beta * margin).mean()


def by_softplus(preferred, other, reference_preferred, reference_other, beta):
    gap = (preferred - other - reference_preferred + reference_other).sum(-1)
    return torch.nn.functional.softplus(-beta * gap).mean().item()


def by_numpy(preferred, other, reference_preferred, reference_other, beta):
    margin = beta * (preferred - reference_preferred - other + reference_other).numpy().sum(1)
    return np.log1p(np.exp(-margin)).mean()


def swapped(preferred, other, reference_preferred, reference_other, beta):
    return dpo(other, preferred, reference_other, reference_preferred, beta)


def no_reference(preferred, other, reference_preferred, reference_other, beta):
    return dpo(preferred, other, torch.zeros(2, 4), torch.zeros(2, 4), beta)


def beta_outside(preferred, other, reference_preferred, reference_other, beta):
    return beta * dpo(preferred, other, reference_preferred, reference_other, 1.0)


def history(losses):
    return History(steps=[{"step": n, "loss": loss, "learning_rate": 5e-3} for n, loss in enumerate(losses, 1)])


AHEAD, BEHIND = history([5.0] + [3.0] * 9), history([6.0] + [4.0] * 9)


def starts(pretrained=AHEAD, random=BEHIND, lower="pretrained"):
    return {"pretrained": pretrained, "random": random, "lower at the end": lower}


CONTEXT = {"3.1b.4": {"steps": 10}}

NUMBER = {
    "3.1b.2": (9.663676416, 9.7, {4.83: "one factor", 2.416: "two factors", 19.33: "four bytes", 9663676416: "bytes",
        9: "2³⁰", 5: "what does one layer", 0.1: "one layer", 0.00472: "one token"}),
}  # fmt: skip

SEVERAL = {
    "3.1b.1": ((6950, 119), ("without", "with"), {(119, 6950): "swapped", (7070, 120): "last new token",
        (6950, 120): "not read", (6950, 100): "prompt", (7070, 119): "reading 20", (12000, 119): "beginning",
        (5, 5): "how many tokens"}),
}  # fmt: skip

LETTERS = {
    "3.1b.C": ("b", "abcd", {"a": "not 0", "c": "numerator", "d": "a difference", "bc": "numerator", "abcd": "not 0"}),
}

FUNCTION = {
    "3.1b.A": (
        (lambda block: (block[:-1], block[1:]), lambda block: [block[:-1].tolist(), list(block[1:])],
         lambda block: (torch.tensor(block)[:4], torch.tensor(block)[1:])),
        ((lambda block: (block[:-1], block[:-1]), "copies its input"),
         (lambda block: (block[1:], block[:-1]), "swapped"),
         (lambda block: (block, block), "5 inputs"), (lambda block: (block[1:], block[1:]), "first four"),
         (lambda block: (block[:-1], block[1:][::-1]), "right after"), (lambda block: block[1:], "in this order"),
         (takes_two, "of one argument"), (5, "without brackets"), (lambda block: None, "`return` missing")),
    ),
    "3.1b.B": (
        (top_p, row_by_row, in_numpy),
        ((not_again_one, "add up to 1 again"), (lambda shares, p: shares, "nothing has changed"),
         (crossing_lost, "crosses p"), (out_of_order, "In which order"),
         (lambda shares, p: top_p(shares, 0.6), "small p"), (lambda shares, p: top_p(shares, min(p, 0.6)), "at p = 1"),
         (lambda shares, p: top_p(shares, p)[0], "the shape"), (fails, "of two arguments"), (0.5, "without brackets")),
    ),
    "3.1b.3": (
        (dpo, by_softplus, by_numpy),
        ((swapped, "other answer is preferred"), (no_reference, "reference is missing"), (beta_outside, "inside"),
         (lambda *given: dpo(*given[:4], 1.0), "β is missing"), (lambda *given: -dpo(*given), "a loss is not"),
         (lambda *given: dpo(*given[:4], given[4] / 4), "not their mean"), (lambda *given: 2 * dpo(*given), "the sum"),
         (lambda *given: 1.5, "Which numbers"), (fails, "of five arguments"), (takes_two, "of five arguments"),
         (0.5, "without brackets"), (lambda *given: None, "`return` missing")),
    ),
}  # fmt: skip

FORMS = {
    "3.1b.4": (
        (starts(), dict(reversed(starts().items())), starts(history([5.0] + [4.5] * 9), lower="random")),
        ((starts(lower="random"), "which is lower"), (starts(BEHIND, AHEAD, "random"), "swapped"),
         (starts(random=AHEAD), "two different models"), (starts(random=[8.2, 6.3]), "no history"),
         (starts(random=history([6.0] * 7)), "10 steps"), ({"pretrained": AHEAD}, "with the keys"),
         ("pretrained", "with the keys")),
    ),
}  # fmt: skip
