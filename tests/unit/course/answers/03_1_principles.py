"""Answers to the exercises of chapter 3.1: right ones, and wrong ones with what is said."""

from math import exp, log

import numpy as np
import torch
from functions import fails, takes_two

from talentlab.training import History


def masked_loss(logits, labels, chosen):
    return -logits.log_softmax(-1).gather(-1, labels[..., None])[..., 0][chosen].mean()


def by_library(logits, labels, chosen):
    return torch.nn.functional.cross_entropy(logits[chosen], labels[chosen]).item()


def by_weights(logits, labels, chosen):
    losses = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
    return float((losses * chosen.flatten()).sum() / chosen.sum())


def over_all(logits, labels, chosen):
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())


def others_counted(logits, labels, chosen):
    return by_weights(logits, labels, chosen) * chosen.float().mean()


def means_of_rows(logits, labels, chosen):
    return torch.stack([masked_loss(*row) for row in zip(logits, labels, chosen, strict=True)]).mean()


def wrong_axis(logits, labels, chosen):
    return -logits.log_softmax(1).gather(-1, labels[..., None])[..., 0][chosen].mean()


def scores_alone(logits, labels, chosen):
    return -logits.gather(-1, labels[..., None])[..., 0][chosen].mean()


def probability(logits, labels, chosen):
    return logits.softmax(-1).gather(-1, labels[..., None])[..., 0][chosen].mean()


def example(ids, chosen, shown):
    seen = ids.copy()
    seen[chosen] = shown
    return seen, ids[chosen]


def labels_first(ids, chosen, shown):
    labels, seen = ids[chosen], np.array(ids)
    seen[chosen] = shown
    return [seen.tolist(), labels.tolist()]


def by_where(ids, chosen, shown):
    replaced = dict(zip(chosen.tolist(), shown.tolist(), strict=True))
    return np.array([replaced.get(place, i) for place, i in enumerate(ids)]), ids[chosen]


def too_late(ids, chosen, shown):
    seen = ids.copy()
    seen[chosen] = shown
    return seen, seen[chosen]


def in_place(ids, chosen, shown):
    labels = ids[chosen]
    ids[chosen] = shown
    return ids, labels


def history(losses, rate=2e-3):
    return History(steps=[{"step": n, "loss": loss, "learning_rate": rate} for n, loss in enumerate(losses, 1)])


AHEAD, BEHIND = history([7.0] + [6.0] * 9), history([8.2] + [6.3] * 9)


def starts(pretrained=AHEAD, random=BEHIND, lower="pretrained"):
    return {"pretrained": pretrained, "random": random, "lower at the end": lower}


CONTEXT = {
    "3.1.6": {"blocks": 240},
    "3.1.4": {"pairs": {"train": [7, 7, 7, 5], "held out": [7, 5, 5, 5, 6, 6, 6, 9]}},
}  # fmt: skip

NUMBER = {
    "3.1.1": (54, 54.0, {60: "60 are chosen", 48: "random token", 13.5: "per cent", 53: "what happens", 0: "what"}),
    "3.1.2": (log(30_522), 10.33, {14.897: "bits", 4.48: "base 10", 30_522: "perplexity", -10.33: "sign",
        10.2: "which probability"}),
    "3.1.3": (exp(0.7), 2.01, {1.146: "ratio of the losses", 0.7: "difference", 0.4966: "what is left",
        2.03: "how does", 1: "how"}),
    "3.1.4": (0.125, 0.12504, {12.5: "per cent", 0.75: "training blocks", 0.375: "whoever guesses",
        0.1252: "which token", 7: "itself"}),
}  # fmt: skip

LETTERS = {
    "3.1.B": ("c", "abcd", {"a": "told the architecture", "b": "equal scores", "d": "has to be learned",
        "bc": "equal scores", "abcd": "told the architecture"}),
    "3.1.5": ("b", "abcd", {"a": "no easier", "c": "time", "d": "how often", "ab": "no easier", "abcd": "no easier"}),
}  # fmt: skip

FUNCTION = {
    "3.1.C": (
        (masked_loss, by_library, by_weights),
        ((over_all, "over all places"), (others_counted, "are counted"), (means_of_rows, "the rows' means"),
         (wrong_axis, "wrong axis"), (scores_alone, "softmax is missing"), (probability, "mean probability"),
         (lambda *given: -masked_loss(*given), "the sign"), (lambda *given: 4 * masked_loss(*given), "the sum"),
         (lambda logits, labels, chosen: -log(probability(logits, labels, chosen)), "before the mean"),
         (lambda logits, labels, chosen: 1.5, "which places"), (fails, "of three arguments"),
         (takes_two, "of three arguments"), (0.5, "without brackets"),
         (lambda logits, labels, chosen: None, "`return` missing"),
         (lambda logits, labels, chosen: logits, "one number")),
    ),
    "3.1.A": (
        (example, labels_first, by_where),
        ((too_late, "asked for what it sees"), (in_place, "next epoch"),
         (lambda ids, chosen, shown: (ids, ids[chosen]), "has to see"),
         (lambda ids, chosen, shown: (example(ids, chosen, shown)[0], chosen), "stood at"),
         (lambda ids, chosen, shown: (np.full(8, 4), ids[chosen]), "has to see"),
         (lambda ids, chosen, shown: (ids[chosen], example(ids, chosen, shown)[0]), "shapes"),
         (lambda ids, chosen, shown: ids, "in this order"), (takes_two, "of three arguments"), (5, "without brackets")),
    ),
}  # fmt: skip

FORMS = {
    "3.1.6": (
        (starts(), dict(reversed(starts().items())), starts(history([7.0] + [6.4] * 9), lower="random")),
        ((starts(lower="random"), "which is lower|Which is lower"), (starts(BEHIND, AHEAD, "random"), "swapped"),
         (starts(random=AHEAD), "two different models"), (starts(random=[8.2, 6.3]), "no history"),
         (starts(random=history([8.2] + [6.3] * 7)), "10 steps"),
         (starts(random=history([8.2] + [6.3] * 9, rate=1e-3)), "another rate"),
         ({"pretrained": AHEAD}, "with the keys"), ("pretrained", "with the keys")),
    ),
}  # fmt: skip
