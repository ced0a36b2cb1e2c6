"""Answers to the exercises of chapter 8.1: right ones, and wrong ones with what is said."""

from collections import Counter

import numpy as np
import pandas as pd
from functions import fails, takes_two
from sklearn.linear_model import LogisticRegression

GENERATOR = np.random.default_rng(0)
CENTRES = GENERATOR.normal(size=(3, 6))
CLASSES, TEST_CLASSES = GENERATOR.integers(3, size=150), GENERATOR.integers(3, size=200)
VECTORS = CENTRES[CLASSES] + 1.5 * GENERATOR.normal(size=(150, 6))
TEST_VECTORS = CENTRES[TEST_CLASSES] + 1.5 * GENERATOR.normal(size=(200, 6))
LABELS = np.where(GENERATOR.random(150) < 0.2, (CLASSES + 1) % 3, CLASSES)


def accuracies(vectors, truth):
    return {
        c: float((LogisticRegression(C=c, max_iter=1000).fit(VECTORS, LABELS).predict(vectors) == truth).mean())
        for c in (0.1, 1, 10, 100)
    }


BY_C, ON_OWN = accuracies(TEST_VECTORS, TEST_CLASSES), accuracies(VECTORS, LABELS)
BEST, WORST = max(BY_C, key=BY_C.get), min(BY_C, key=BY_C.get)


def pick(p, k):
    ordered = np.sort(p, axis=1)
    return np.argsort(ordered[:, -1] - ordered[:, -2])[:k]


def pick_by_partition(p, k):
    top = -np.partition(-p, 1, axis=1)[:, :2]
    return (top[:, 0] - top[:, 1]).argsort()[:k].tolist()


def pick_by_loop(p, k):
    margins = []
    for row in p:
        first, second = sorted(row, reverse=True)[:2]
        margins.append(first - second)
    return pd.Series(margins).sort_values().index[:k]


def as_planted(p, k):
    ordered = np.sort(p, axis=1)
    return np.argsort(ordered[:, 0] - ordered[:, 1])[:k]


def surest(p, k):
    return np.argsort(-p.max(1))[:k]


def four_only(p, k):
    ordered = np.sort(p, axis=1)
    return np.argsort(ordered[:, -1] - ordered[:, p.shape[1] // 2])[:k]  # right for four classes alone


def vote(row, classes):
    counts = [list(row).count(c) for c in range(classes)]
    best = max(counts)
    return counts.index(best) if best > 0 and counts.count(best) == 1 else -1


def vote_by_counter(row, classes):
    common = Counter(c for c in row if c >= 0).most_common(2)
    if not common or (len(common) == 2 and common[0][1] == common[1][1]):
        return -1
    return common[0][0]


def vote_by_numpy(row, classes):
    counts = np.bincount([c for c in row if c >= 0], minlength=classes)
    best = np.flatnonzero(counts == counts.max())
    return int(best[0]) if len(best) == 1 and counts.max() else -1


def vote_of_all(row, classes):
    return max(set(row), key=list(row).count)


def vote_without_ties(row, classes):
    counts = [list(row).count(c) for c in range(classes)]
    return int(np.argmax(counts)) if max(counts) else -1


def vote_never_silent(row, classes):
    counts = np.array([list(row).count(c) for c in range(classes)])
    return int(counts.argmax()) if (counts == counts.max()).sum() == 1 or counts.max() == 0 else -1


def shares(votes):
    named = [set(row[row >= 0].tolist()) for row in votes]
    return np.mean([len(n) > 0 for n in named]), np.mean([len(n) > 1 for n in named])


def shares_by_numpy(votes):
    high = votes.max(1)
    low = np.where(votes < 0, 99, votes).min(1)
    return [(high >= 0).mean(), ((high >= 0) & (low != high)).mean()]


def shares_by_name(votes):
    one, two = shares(votes)
    return {"coverage": one, "conflict": two}


def of_the_covered(votes):
    one, two = shares(votes)
    return one, two / one


def with_silence(votes):
    return shares(votes)[0], np.mean([len(set(row.tolist())) > 1 for row in votes])


def two_speak(votes):
    return shares(votes)[0], ((votes >= 0).sum(1) > 1).mean()


def saved(curve, target, label_seconds, rule_minutes):
    enough = [n for n, accuracy in curve.items() if accuracy >= target]
    return min(enough) * label_seconds / 60 - rule_minutes if enough else "never"


def saved_sorted(curve, target, label_seconds, rule_minutes):
    for n in sorted(curve):
        if curve[n] >= target:
            return n * label_seconds / 60 - rule_minutes
    return "never"


def saved_by_series(curve, target, label_seconds, rule_minutes):
    line = pd.Series(curve)
    return line[line >= target].index.min() * label_seconds / 60 - rule_minutes if (line >= target).any() else "never"


def never_said(curve, target, label_seconds, rule_minutes):
    enough = [n for n, accuracy in curve.items() if accuracy >= target]
    return min(enough, default=10**6) * label_seconds / 60 - rule_minutes


def above_only(curve, target, label_seconds, rule_minutes):
    enough = [n for n, accuracy in curve.items() if accuracy > target]
    return min(enough) * label_seconds / 60 - rule_minutes if enough else "never"


def first_found(curve, target, label_seconds, rule_minutes):
    return next((n for n in curve if curve[n] >= target), np.inf) * label_seconds / 60 - rule_minutes


def largest(curve, target, label_seconds, rule_minutes):
    return max(curve) * label_seconds / 60 - rule_minutes


CONTEXT = {"8.1.C": {"vectors": VECTORS, "labels": LABELS, "test_vectors": TEST_VECTORS, "truth": TEST_CLASSES}}
NUMBER = {
    "8.1.A": (6 / 7, 0.86, {0.9: "contradicts it", 0.36: "one of the two cases", 0.54: "both right", 0.6: "a product",
        0.14: "the second is right", 0.7: "which two cases"}),
    "8.1.5": (0.9**2 + 0.1**2 / 3, 0.813, {0.81: "same wrong label", 0.82: "two classes", 0.9: "one of them",
        0.2: "in which two ways"}),
}  # fmt: skip

LETTERS = {
    "8.1.4": ("acd", "abcde", {"abcd": "both may be wrong together", "ac": "only true labels", "acde": "average out",
        "ad": "a shared error", "cd": "kappa of 0.9 says"}),
}  # fmt: skip

FORMS = {
    "8.1.B": (
        (pick, pick_by_partition, pick_by_loop),
        ((as_planted, "not the least likely ones"), (surest, "surest"),
         (lambda p, k: pick(p, k)[::-1], "smallest margin first"),
         (lambda p, k: pick(p, k + 1), "asked for 2 texts"), (four_only, "from the end"),
         (lambda p, k: np.array([0, 1]), "0.55, 0.05"), (fails, "of two arguments"), ([3, 1], "without brackets")),
    ),
    "8.1.C": (
        ((BY_C, BEST), [pd.Series(BY_C), BEST], ({c: round(v, 3) for c, v in BY_C.items()}, BEST)),
        (((BY_C, WORST), "largest accuracy"), ((ON_OWN, BEST), "that it learnt"), (({1: 0.5}, 1), "asked are 0.1"),
         ((BY_C | {10: 0.01}, BEST), "another one"), (0.5, "a pair"), ((BY_C, "one"), "is text")),
    ),
    "8.1.1": (
        (vote, vote_by_counter, vote_by_numpy),
        ((vote_of_all, "silent voters"), (vote_without_ties, "are level"), (vote_never_silent, "nobody speaks"),
         (lambda row, classes: 1, "silent voters"),
         (lambda row, classes: vote(row[:4], classes), "3 is named three times"),
         (fails, "of two arguments"), (1, "without brackets")),
    ),
    "8.1.2": (
        (shares, shares_by_numpy, shares_by_name),
        ((of_the_covered, "not of the covered"), (lambda votes: shares(votes)[::-1], "comes first"),
         (lambda votes: tuple(len(votes) * s for s in shares(votes)), "numbers of texts"), (two_speak, "no conflict"),
         (with_silence, "silence, -1"), (lambda votes: 0.75, "this is one"), (takes_two, "of one argument")),
    ),
    "8.1.3": (
        (saved, saved_sorted, saved_by_series),
        ((above_only, "just reaches"), (lambda c, t, s, m: saved(c, t, s, 0), "taken off"),
         (lambda c, t, s, m: saved(c, t, 60 * s, m), "divide by 60"), (first_found, "just reaches"),
         (largest, "just reaches"), (never_said, "reaches 0.9"),
         (lambda c, t, s, m: abs(saved(c, t, s, m)), "negative"),
         (fails, "of four arguments"), (0, "without brackets")),
    ),
}  # fmt: skip
