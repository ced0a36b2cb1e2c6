"""Checks of the exercises of chapter 5: each returns None for a right answer, else a hint."""

import numpy as np


def exercise_1(answer):
    precision, recall = answer
    if np.isclose(precision, 36 / 40, atol=5e-3) and np.isclose(recall, 36 / 48, atol=5e-3):
        return "the two are swapped: precision looks at what was called positive."
    if not np.isclose(precision, 36 / 48, atol=5e-3):
        return "precision = true positives / everything that was called positive, right or wrong."
    if not np.isclose(recall, 36 / 40, atol=5e-3):
        return "recall = true positives / all texts that are positive."
    return None


def exercise_2(answer):
    if np.isclose(answer, 44 / 90, atol=5e-3):
        return "that is the share of real tokens; padding is the rest."
    if not np.isclose(answer, 46 / 90, atol=5e-3):
        return "the batch has 3 rows of 30 positions; count those without a token."
    return None


def exercise_3(answer):
    if np.isclose(answer, 2e-4 * 0.44 / 0.9, rtol=5e-3):
        return "off by one: the line starts at step 11, not at step 10, and reaches 0 at step 101."
    if not np.isclose(answer, 1e-4, rtol=5e-3):
        return "from step 11 to step 101 the rate falls by 90 equal parts; how many are left at step 56?"
    return None


def exercise_4(answer, probabilities, is_positive):
    def at(threshold):
        said = probabilities >= threshold
        hits = (said & is_positive).sum()
        return hits / max(said.sum(), 1), hits / is_positive.sum()

    precision, recall = at(answer)
    if recall < 0.9:
        return f"its recall is {recall:.3f}; lower the threshold."
    best = max(p for p, r in map(at, np.unique(probabilities)) if r >= 0.9)
    if precision < best - 1e-9:
        return f"its precision is {precision:.3f}, but {best:.3f} is possible with a recall of at least 0.90."
    return None


def exercise_5(answer):
    if 0.9 * 300 <= answer <= 1.1 * 306:
        return "that gives ± 4 points: half the width needs four times the texts."
    if not 0.9 * 1225 <= answer <= 1.1 * 1225:
        return "the half-width is 1.96 · sqrt(p (1 - p) / n); set it to 0.02 and solve for n."
    return None
