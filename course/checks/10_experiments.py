"""Checks of the exercises of chapter 10: each returns None for a right answer, else a hint."""

import numpy as np
from scipy import stats


def exercise_1(answer):
    answer = {str(letter).lower() for letter in answer}
    if "a" in answer:
        return "comments count: only prose and outputs do not. Who reads the code to see whether a change matters?"
    if "c" in answer:
        return "the content of the data files that parameters name is part of the key."
    if "d" not in answer:
        return "it is the content of a data file that counts, not its date."
    if "e" not in answer:
        return "versions stand in the record, not in the key: after an update it is you who has to ask for new runs."
    if "b" not in answer:
        return "prose does not count."
    return None if answer == {"b", "d", "e"} else "letters from a to e, please."


def exercise_2(answer):
    seeds, texts = 1.6 / np.sqrt(8), 100 * np.sqrt(0.78 * 0.22 / 300)
    known = {
        "the variances add, not the standard errors.": seeds + texts,
        "that is the error of one run; the mean of eight has an eighth of the seeds' variance.": np.hypot(1.6, texts),
        "averaging over seeds does not shrink the texts' part: all runs answered the same texts.": (
            np.hypot(1.6, texts) / np.sqrt(8)
        ),
        "that is the seeds' part alone.": seeds,
        "that is the texts' part alone.": texts,
        "that is half of the 95 % interval; one standard error is asked for.": 1.96 * np.hypot(seeds, texts),
    }
    right = np.hypot(seeds, texts)
    if np.isclose(answer, right, atol=0.02):
        return None
    for hint, value in known.items():
        if np.isclose(answer, value, atol=0.02):
            return hint
    return "the seeds' variance divided by 8, plus the texts' variance p (1 - p) / n in points²; then the root."


def exercise_3(answer):
    of_holm, of_bonferroni = answer
    if (of_holm, of_bonferroni) == (1, 2):
        return "the two are swapped: Holm's is the more generous one."
    if of_holm == 3:
        return "0.030 is the third of four, so it is multiplied by 2: 0.060."
    if (of_holm, of_bonferroni) == (1, 1):
        return "Holm multiplies the second smallest by 3, not by 4."
    if (of_holm, of_bonferroni) != (2, 1):
        return "sort them; Holm multiplies by 4, 3, 2, 1, Bonferroni all by 4; then count those below 0.05."
    return None


def exercise_4(answer, spread):
    def power(seeds):  # of the paired t test for a lead of one point
        limit, shift = stats.t.ppf(0.975, seeds - 1), np.sqrt(seeds) / spread
        return stats.nct.sf(limit, seeds - 1, shift) + stats.nct.cdf(-limit, seeds - 1, shift)

    needed = next(seeds for seeds in range(2, 10_000) if power(seeds) >= 0.8)
    if abs(answer - needed) <= max(2, 0.15 * needed):
        return None
    if power(max(2, answer)) < 0.8:
        return f"with {answer} seeds the power is only about {power(max(2, answer)):.0%}; take more."
    return f"{answer} seeds are more than enough: the power is about {power(answer):.0%}. Where does it cross 80 %?"


def exercise_5(answer):
    answer = {str(letter).lower() for letter in answer}
    hints = {
        "a": "a: zero lies inside the interval; B may be the better one.",
        "b": "b: so does 1.3 points. That a difference was not shown does not show that there is none.",
        "d": "d: the interval is over seeds, on one set of texts; other texts add their own chance.",
        "f": "f: whoever looks again and again finds a difference far more often than in 5 % (10.7).",
    }
    for letter, hint in hints.items():
        if letter in answer:
            return hint
    if "c" not in answer:
        return "c: two points lie well outside the interval."
    if "e" not in answer:
        return "e: a decision weighs costs. Where both cost the same, the likelier winner is a reasonable choice."
    return None
