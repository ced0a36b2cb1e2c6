"""Checks of the exercises of chapter 10: None for a right answer, else a hint or three graded ones."""

from math import hypot, sqrt

import numpy as np
from scipy import stats

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number, numbers


def exercise_A(answer):
    return compare_letters(
        answer,
        "C",
        "Which of the two parts of the variance is the larger one, and which of the offers makes it smaller?",
        {
            "A": "runs shrink the seeds' part only, and all eight answered the same texts",
            "B": "with ever more runs the texts' part stays whole, and here it is the larger one",
            "C": "ten times the texts shrink the larger part, to less than what the seeds add",
            "D": "twice the texts leave more of the larger part than ten times, whatever becomes of the smaller one",
        },
    )


def exercise_B(answer):
    for seed, n in ((0, 4), (1, 4), (2, 8)):
        generator = np.random.default_rng(seed)
        first = 0.7 + 0.05 * generator.standard_normal(n)
        second = first + 0.02 * generator.standard_normal(n) + 0.03
        difference, half = numbers(call(answer, first, second), 2, names=("difference", "half"))
        gaps, quantile = first - second, stats.t.ppf(0.975, n - 1)
        right = gaps.mean(), quantile * gaps.std(ddof=1) / sqrt(n)
        if close((difference, half), right, within=1e-4):
            continue
        if not close(difference, right[0], within=1e-4):
            slips = {-right[0]: "the sign is turned: first minus second."}
            hints = (
                "the first of your two numbers differs: whose mean is it?",
                "the mean difference is the mean of first minus second, seed by seed.",
                "start with `gaps = first - second`; its mean is the first number.",
            )
            return compare(difference, right[0], slips, hints, within=1e-4)
        apart = sqrt(first.var(ddof=1) / n + second.var(ddof=1) / n)
        slips = {
            1.96 * gaps.std(ddof=1) / sqrt(n): "1.96 is for many seeds; Student's t of few is larger.",
            quantile * gaps.std() / sqrt(n): "NumPy's `std` divides by n; with few seeds it takes n - 1 (`ddof=1`).",
            quantile * gaps.std(ddof=1): "that is for one difference; the mean of n scatters less.",
            2 * right[1]: "that is the whole width; half of it is asked for.",
            gaps.std(ddof=1) / sqrt(n): "that is the standard error; half the interval is a multiple of it.",
            stats.t.ppf(0.95, n - 1) * gaps.std(ddof=1) / sqrt(n): "95 % leave 2.5 % at each end, not 5 %.",
            stats.t.ppf(0.975, n) * gaps.std(ddof=1) / sqrt(n): "of n differences n - 1 degrees of freedom are left.",
            quantile * apart: "that treats the two as unrelated: what do runs of the same seed share?",
            1.96 * apart: "that treats the two as unrelated: what do runs of the same seed share?",
            stats.t.ppf(0.975, 2 * n - 2) * apart: "that treats the two as unrelated: what do runs of one seed share?",
        }
        hints = (
            "the second number differs: of which n values is this the interval of the mean?",
            "of the n differences: their standard deviation / √n, times Student's t of n - 1 degrees of freedom.",
            "`stats.t.ppf(0.975, n - 1) * gaps.std(ddof=1) / np.sqrt(n)`, with `gaps = first - second`.",
        )
        return compare(half, right[1], slips, hints, within=1e-4)
    return None


def exercise_C(answer):
    for seed in (0, 1, 2):
        generator = np.random.default_rng(seed)
        luck = 5 * generator.standard_normal((3, 4))
        validation = 70 + luck + generator.standard_normal((3, 4))
        test = 72 + luck + 3 * generator.standard_normal((3, 4)) + generator.permutation(3)[:, None]
        best = validation.mean(1).argmax()
        value = number(call(answer, validation, test))
        if close(value, test[best].mean(), within=1e-6):
            continue
        each = validation.argmax(0)
        slips = {
            test[each, np.arange(4)].mean(): "it still chooses anew for every seed; how many settings are deployed?",
            test.mean(1).max(): "that chooses by the test figures, which then flatter.",
            test.max(0).mean(): "that chooses by the test figures, and anew for every seed.",
            test.max(): "that chooses by the test figures.",
            validation[best].mean(): "that is the figure by which it was chosen; the test figure is reported.",
            test[best].max(): "the setting is right; report its mean over the seeds, not its best seed.",
            test[np.unravel_index(validation.argmax(), validation.shape)]: "that is one lucky seed of one setting.",
            test[validation.max(1).argmax()].mean(): "chosen by its luckiest seed; choose by the mean over the seeds.",
            test.mean(): "that is the mean of all settings; one is chosen.",
        }
        hints = (
            "how many settings does the colleague's line choose, and how many can be deployed?",
            "choose one row by its validation figures over all seeds, then look at that row of `test`.",
            "`validation.mean(1)` has one number for each setting; take the row of its largest.",
        )
        return compare(value, test[best].mean(), slips, hints, within=1e-6)
    return None


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


def exercise_6(answer):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], dict):
        raise AnswerError("this is something else", expected="a pair (dictionary, seed)",
                          remedy="write `trained, seed`, the first a dictionary seed → (losses, accuracy)")  # fmt: skip
    trained, seed = answer[0], number(answer[1], whole=True)
    if set(trained) != {0, 1, 2}:
        raise AnswerError(f"the keys are {', '.join(map(str, trained)) or 'none'}", expected="the seeds 0, 1 and 2",
                          remedy="keep each training under its seed")  # fmt: skip
    if not all(isinstance(kept, (tuple, list)) and len(kept) == 2 for kept in trained.values()):
        raise AnswerError("its values are something else", expected="pairs (losses, accuracy)",
                          remedy="store `losses, accuracy` under each seed")  # fmt: skip
    losses = {name: tuple(np.ravel(np.asarray(kept[0], float)).tolist()) for name, kept in trained.items()}
    if {len(of_one) for of_one in losses.values()} != {150}:
        return "each training has 150 losses, one for each step."
    accuracies = [number(kept[1]) for kept in trained.values()]
    if not all(0.4 < accuracy <= 1 for accuracy in accuracies):
        return "an accuracy on the test texts is a share between 0 and 1, here above one half."
    if len(set(losses.values())) < 3:
        return "two trainings have the same losses: does each start from its own seed?"
    ends = {name: float(np.mean(of_one[-20:])) for name, of_one in losses.items()}
    if any(end > np.mean(losses[name][:20]) - 0.1 for name, end in ends.items()):
        return "a loss does not fall: are the gradients cleared, is the rate 1e-3, and does the optimizer step?"
    if seed != min(ends, key=ends.get):
        said = ", ".join(f"seed {name}: {end:.3f}" for name, end in ends.items())
        return f"the mean losses of the last 20 steps are: {said}; which is the lowest?"
    return None
