"""Answers to the exercises of chapter 3.2f: right ones, and wrong ones with what is said."""

from itertools import chain

import numpy as np
import pandas as pd
from functions import fails, takes_two

from talentlab import evaluation
from talentlab.training import History

LABELS = np.array([0, 1, 1, 0, 1, 0, 1, 0])
TIMID = np.where(np.eye(2)[LABELS] > 0, 0.2, 0.0)  # right, and hardly sure
TIMID[0] = TIMID[0, ::-1]
SURE = 20 * TIMID
COOL, WARM = (evaluation.fit_temperature(LABELS, logits) for logits in (TIMID, SURE))


def history(steps, rate=2e-4):
    """Of a training with so many steps."""
    return History(steps=[{"step": n, "loss": 0.7 - 0.01 * n, "learning_rate": rate} for n in range(1, steps + 1)])


def trained(one=(3, TIMID, COOL), five=(15, SURE, WARM), rate=2e-4):
    """Steps, logits and temperature of both trainings."""
    return {n: (history(steps, rate), *rest) for n, (steps, *rest) in zip((1, 5), (one, five), strict=True)}


def by_indices(one, other, seed):
    drawn = np.random.default_rng(seed).integers(0, len(one), len(one))
    return np.mean(one[drawn] - other[drawn])


def by_choice(one, other, seed, size=8, replace=True):
    return np.random.default_rng(seed).choice(one - other, size, replace=replace).mean()


def by_table(one, other, seed):
    pairs = pd.DataFrame({"one": one, "other": other}).sample(len(one), replace=True, random_state=seed)
    return pairs["one"].mean() - pairs["other"].mean()


def apart(one, other, seed):
    rng = np.random.default_rng(seed)
    return rng.choice(one, len(one)).mean() - rng.choice(other, len(other)).mean()


def grams(ids, n):
    return {tuple(ids[start : start + n]) for start in range(len(ids) - n + 1)}


def by_sets(text, training, n):
    own = grams(text, n)
    return len(own & {gram for row in training for gram in grams(row, n)}) / (len(own) or 1)


def by_strings(text, training, n):
    own = {" ".join(map(str, text[k : k + n])) for k in range(len(text) - n + 1)}
    rows = [f" {' '.join(map(str, row))} " for row in training]
    return np.mean([any(f" {gram} " in row for row in rows) for gram in own])


def by_counting(text, training, n):
    own, seen = grams(text, n), [grams(row, n) for row in training]
    return sum(any(gram in row for row in seen) for gram in own) / len(own)


def by_places(text, training, n):
    seen = set().union(*(grams(row, n) for row in training))
    return np.mean([tuple(text[k : k + n]) in seen for k in range(len(text) - n + 1)])


def of_the_training(text, training, n):
    seen = set().union(*(grams(row, n) for row in training))
    return len(grams(text, n) & seen) / len(seen)


def twice(text, training, n):
    return sum(gram in grams(row, n) for gram in grams(text, n) for row in training) / len(grams(text, n))


def any_token(text, training, n):
    return np.mean([any(token in row for row in training) for token in text])


def by_row(weights):
    scales = np.abs(weights).max(axis=1, keepdims=True) / 127
    safe = np.where(scales == 0, 1.0, scales)
    return np.rint(weights / safe).astype(np.int8), safe


def by_list(weights):
    scales = [[max(abs(value) for value in row) / 127 or 1.0] for row in weights]
    return [[round(value / scale[0]) for value in row] for row, scale in zip(weights, scales, strict=True)], scales


def by_zero(weights):
    scales = np.abs(weights).max(1)[:, None] / 127
    return np.nan_to_num(np.round(weights / np.maximum(scales, 1e-12))), scales


def scaled_by(rule):
    """Rounds by the scales of a rule."""
    return lambda weights: (np.round(weights / rule(weights)), rule(weights))


def rounded_by(rule):
    """Whole numbers by a rule, with the right scales."""
    return lambda weights: (rule(weights / by_row(weights)[1]), by_row(weights)[1])


CONTEXT = {
    "3.2f.5": {"twelve": pd.DataFrame({
        "group": list("aaaaaabbbbbb"),
        "label": [1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0],
        "said": [1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0],
    })},
    "3.2f.6": {"labels": LABELS, "learning_rate": 2e-4},
}  # fmt: skip

NUMBER = {
    "3.2f.1": (1537, 1537.0, {0.15366: "shares", 384.16: "8 points", 1536.64: "whole", 1536: "whole",
        1600: "how wide", 300: "how"}),
    "3.2f.2": (0.022656, 0.023, {2.2656: "per cent", 0.011328: "one side", 0.0143: "chi-squared",
        0.024: "which texts", 0: "which"}),
    "3.2f.3": (1 - 0.975**20, 0.40, {39.7: "per cent", 0.6415: "both sides", 0.5: "adding up", 0.603: "none",
        0.41: "with which"}),
    "3.2f.4": (0.731059, 0.73, {73.1: "per cent", 0.8808: "temperature 1", 0.982: "multiplied", 0.2689: "second",
        0.75: "what does"}),
    "3.2f.5": (5 / 12, -0.42, {42: "per cent", 1 / 6: "accuracy", 0.333: "whatever is true", 0.25: "precision",
        0.45: "which rows", 1: "which"}),
}  # fmt: skip

SEVERAL = {
    "3.2f.A": ((1, 0.8389), ("bootstrap", "Wilson"), {(0.84, 1): "swapped", (1, 1): "would not",
        (0.95, 0.95): "how often",
        (1, 0.861): "one-sided", (1, 0.832): "Clopper", (0.9, 0.84): "bootstrap: ",
        (1, 0.8): "Wilson: ", (1, 8400): "share"}),
}  # fmt: skip

FORMS = {
    "3.2f.B": (
        (by_indices, by_choice, by_table),
        ((apart, "same redrawn texts"), (lambda a, b, seed: a.mean() - b.mean(), "always returns the same"),
         (lambda a, b, seed: -by_choice(a, b, seed), "sign"),
         (lambda a, b, seed: by_choice(a, b, seed, 7), "another size"),
         (lambda a, b, seed: by_choice(a, b, seed, replace=False), "always returns the same"),
         (lambda a, b, seed: 8 * by_choice(a, b, seed), "its mean"),
         (lambda a, b, seed: by_choice(a, b, seed, 2), "spread"),
         (lambda a, b, seed: by_choice(a, b, 0), "always returns the same"),
         (lambda a, b, seed: None, "`return` missing"), (takes_two, "of three arguments"),
         (fails, "of three arguments"),
         (0.25, "without brackets")),
    ),
    "3.2f.C": (
        (by_sets, by_strings, by_counting),
        ((lambda text, training, n: by_sets(text[:-1], training, n), "last sequence"),
         (lambda text, training, n: by_sets(text, [[*chain(*training)]], n), "ends in the next"),
         (by_places, "different ones"),
         (lambda text, training, n: by_sets(sorted(text), map(sorted, training), n), "order"),
         (of_the_training, "not of those of the training"), (any_token, "which sequences"), (twice, "counts once"),
         (lambda text, training, n: 0.5, "which sequences"),
         (lambda text, training, n: float(by_sets(text, training, n) > 0), "a half"),
         (fails, "of three arguments"), (takes_two, "of three arguments"),
         (lambda text, training, n: None, "`return` missing"),
         (lambda text, training, n: "half", "is text"), (0.5, "without brackets")),
    ),
    "3.2f.D": (
        (by_row, by_list, by_zero),
        ((scaled_by(lambda w: abs(w).max() / 127), "whole matrix"),
         (scaled_by(lambda w: abs(w).max(0) / 127), "each column"),
         (scaled_by(lambda w: w.max(1, keepdims=True) / 127), "negative"), (rounded_by(np.trunc), "cut off"),
         (scaled_by(lambda w: abs(w).max(1, keepdims=True) / 128), "both signs have room"),
         (rounded_by(np.floor), "cut off"),
         (scaled_by(lambda w: abs(w).max(1, keepdims=True) / 255), "255 steps"), (rounded_by(lambda z: z), "not whole"),
         (scaled_by(lambda w: 127 / abs(w).max(1, keepdims=True)), "one over"),
         (rounded_by(lambda z: np.round(z) + 1), "rounded"),
         (scaled_by(lambda w: w.std(1, keepdims=True)), "the scale of a row"),
         (scaled_by(lambda w: abs(w).max(1, keepdims=True) / 127), "row of zeros"),
         (lambda w: (by_row(w)[0], by_row(w)[1][:, 0]), "the shape (2,)"), (lambda w: (by_row(w)[0],), "a pair"),
         (fails, "raised AttributeError"), (takes_two, "of one argument"), (127, "without brackets")),
    ),
    "3.2f.6": (
        (trained(), dict(reversed(trained().items())), {str(n): list(value) for n, value in trained().items()}),
        ((trained(one=(15, TIMID, COOL)), "3 steps"), (trained(rate=2e-3), "rate"),
         (trained(five=(15, SURE, COOL)), "most probable"),
         (trained(one=(3, TIMID[:5], COOL)), "one row of logits"), (trained(five=(15, TIMID, COOL)), "same logits"),
         (trained(five=(15, evaluation.probabilities(SURE), 1.0)), "probabilities"),
         ({1: trained()[1]}, "the keys 1 and 5"),
         (0.5, "a dictionary"), ({n: value[0] for n, value in trained().items()}, "a temperature"),
         (trained(five=(15, SURE, "hot")), "is text")),
    ),
}  # fmt: skip
