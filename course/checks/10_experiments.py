"""Checks of the exercises of chapter 10: None for a right answer, else a hint or three graded ones."""

from math import hypot, sqrt

import numpy as np
from scipy import stats

from talentlab.course.answers import compare, compare_letters, number, numbers


def exercise_1(answer):
    return compare_letters(
        answer,
        "bde",
        "What makes two runs the same run, to `--resume`: what stands in the key, and what only in the record?",
        {
            "a": "comments count, for only prose and outputs do not; who reads the code to see if a change matters?",
            "b": "prose does not count",
            "c": "the content of the data files that parameters name is part of the key",
            "d": "it is the content of a data file that counts, not its date",
            "e": "versions stand in the record, not in the key: after an update it is you who has to ask for new runs",
        },
    )


def exercise_2(answer):
    seeds, texts = 1.6 / sqrt(8), 100 * sqrt(0.78 * 0.22 / 300)
    slips = {
        seeds + texts: "the variances add, not the standard errors.",
        hypot(1.6, texts): "that is the error of one run; the mean of eight has an eighth of the seeds' variance.",
        hypot(1.6, texts) / sqrt(8): (
            "averaging over seeds does not shrink the texts' part: all runs answered the same texts."
        ),
        seeds: "that is the seeds' part alone.",
        texts: "that is the texts' part alone.",
        1.96 * hypot(seeds, texts): "that is half of the 95 % interval; one standard error is asked for.",
        hypot(seeds, texts) ** 2: "that is the variance; the standard error is its root.",
        hypot(seeds, texts) / 100: "that is a share; points are asked for.",
    }
    hints = (
        "which two things are drawn by chance here, and which of them differs between the eight runs?",
        "add the two variances of the mean: of the seeds, over 8 runs, and of the texts, over 300.",
        "the seeds' variance divided by 8, plus the texts' variance p (1 - p) / n in points²; then the root.",
    )
    return compare(number(answer), hypot(seeds, texts), slips, hints, rounding=0.01)


def exercise_3(answer):
    of_holm, of_bonferroni = numbers(answer, 2, names=("Holm", "Bonferroni"), whole=True)
    if (of_holm, of_bonferroni) == (1, 2):
        return "the two are swapped: Holm's is the more generous one."
    if of_holm == 3:
        return "0.030 is the third of four, so it is multiplied by 2: 0.060."
    if (of_holm, of_bonferroni) == (1, 1):
        return "Holm multiplies the second smallest by 3, not by 4."
    hints = (
        "by what does each method multiply the smallest p, and by what the next?",
        "Holm multiplies the sorted p by 4, 3, 2, 1, Bonferroni all of them by 4.",
        "sort them; Holm multiplies by 4, 3, 2, 1, Bonferroni all by 4; then count those below 0.05.",
    )
    return None if (of_holm, of_bonferroni) == (2, 1) else hints


def exercise_4(answer, spread):
    def power(seeds):  # of the paired t test for a lead of one point
        limit, shift = stats.t.ppf(0.975, seeds - 1), np.sqrt(seeds) / spread
        return stats.nct.sf(limit, seeds - 1, shift) + stats.nct.cdf(-limit, seeds - 1, shift)

    seeds = round(number(answer, whole=True))
    needed = next(count for count in range(2, 10_000) if power(count) >= 0.8)
    if abs(seeds - needed) <= max(2, 0.15 * needed):
        return None
    if seeds < 2:
        return "a test over seeds takes at least two of them."
    if power(seeds) < 0.8:
        return (
            f"with {seeds} seeds the power is only about {power(seeds):.0%}; how does it change with their number?",
            f"with {seeds} seeds the power is only about {power(seeds):.0%}; take more.",
            f"call `power(1.0, count)` for counts above {seeds}, and take the first with 0.8 or more.",
        )
    return (
        f"{seeds} seeds are more than enough: what is the power with fewer?",
        f"{seeds} seeds are more than enough: the power is about {power(seeds):.0%}. Where does it cross 80 %?",
        f"call `power(1.0, count)` for counts below {seeds}, and take the first with 0.8 or more.",
    )


def exercise_5(answer):
    return compare_letters(
        answer,
        "ce",
        "What is the interval about: which lead, on which texts, over what drawn by chance?",
        {
            "a": "zero lies inside the interval; B may be the better one",
            "b": "so does 1.3 points: that a difference was not shown does not show that there is none",
            "c": "two points lie well outside the interval",
            "d": "the interval is over seeds, on one set of texts; other texts add their own chance",
            "e": "a decision weighs costs; where both cost the same, the likelier winner is a reasonable choice",
            "f": "whoever looks again and again finds a difference far more often than in 5 % (10.7)",
        },
    )
