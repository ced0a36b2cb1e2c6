"""Answers to the exercises of chapter 10: right ones, and wrong ones with what is said."""

import numpy as np
from functions import fails, takes_two
from scipy import stats


def paired(first, second, quantile=None, ddof=1):
    gaps = first - second
    quantile = quantile or stats.t.ppf(0.975, len(gaps) - 1)
    return gaps.mean(), quantile * gaps.std(ddof=ddof) / len(gaps) ** 0.5


def by_interval(first, second):
    gaps = first - second
    low, high = stats.t.interval(0.95, len(gaps) - 1, gaps.mean(), stats.sem(gaps))
    return [(low + high) / 2, (high - low) / 2]


def by_scipy(first, second):
    low, high = stats.ttest_rel(first, second).confidence_interval(0.95)
    return {"half": (high - low) / 2, "difference": first.mean() - second.mean()}


def unrelated(first, second):
    error = ((first.var(ddof=1) + second.var(ddof=1)) / len(first)) ** 0.5
    return first.mean() - second.mean(), stats.t.ppf(0.975, len(first) - 1) * error


def chosen_once(validation, test):
    return test[validation.mean(1).argmax()].mean()


def chosen_by_sum(validation, test):
    rows = sorted(zip(validation.sum(1), test.mean(1), strict=True))
    return [float(rows[-1][1])]


def chosen_by_loop(validation, test):
    means = [sum(row) / len(row) for row in validation.tolist()]
    best = means.index(max(means))
    return sum(test[best]) / len(test[best])


def chosen_per_seed(validation, test):
    return test[validation.argmax(0), np.arange(test.shape[1])].mean()


def losses(end, bend=0.0):
    return [0.7 - (0.7 - end) * n / 149 + bend * (n == 5) for n in range(150)]


TRAINED = {0: (losses(0.2), 0.69), 1: (losses(0.1), 0.68), 2: (losses(0.15), 0.7)}

CONTEXT = {
    "10.4": {"spread": 1.42},
}  # fmt: skip

NUMBER = {
    "10.2": (2.4576, 2.46, {0.024576: "share", 2.958: "variances add", 2.878: "one run", 0.5657: "seeds' part",
        2.5: "which two"}),
    "10.4": (18, 17, {8: "power", 40: "more than enough", 17.5: "whole number", 14: "power", 1: "at least two"}),
}  # fmt: skip

SEVERAL = {
    "10.3": ((2, 1), ("Holm", "Bonferroni"), {(1, 2): "swapped", (3, 1): "third", (1, 1): "by 3", (0, 0): "by what",
        (0.06, 0.12): "whole", (2, 2): "by what"}),
}  # fmt: skip

LETTERS = {
    "10.A": ("C", "ABCD", {"A": "same texts", "B": "stays whole", "D": "Which of the two parts", "AC": "same texts",
        "CD": "twice the texts", "ABCD": "same texts"}),
    "10.1": ("bde", "abcde", {"abde": "comments", "bcde": "data files", "be": "not its date", "bd": "not in the key",
        "de": "prose"}),
    "10.5": ("ce", "abcdef", {"ace": "zero", "bce": "1.3 points", "cde": "one set", "cef": "again", "c": "costs",
        "e": "two points"}),
}  # fmt: skip

FORMS = {
    "10.B": (
        (paired, by_interval, by_scipy, lambda a, b: np.array(paired(a, b))),
        ((lambda a, b: paired(a, b, 1.96), "for many seeds"), (lambda a, b: paired(a, b, ddof=0), "n - 1"),
         (lambda a, b: paired(b, a), "sign is turned"), (unrelated, "unrelated"),
         (lambda a, b: paired(a, b, 2 * stats.t.ppf(0.975, len(a) - 1)), "whole width"),
         (lambda a, b: paired(a, b, 1.0), "standard error"),
         (lambda a, b: paired(a, b, stats.t.ppf(0.95, len(a) - 1)), "each end"),
         (lambda a, b: (paired(a, b)[0], 0.123), "second number"), (lambda a, b: (0.5, 0.1), "whose mean"),
         (lambda a, b: paired(a, b)[0], "two numbers"), (fails, "two arguments"), (0.1, "without brackets"),
         (lambda a, b: None, "`return` missing")),
    ),
    "10.C": (
        (chosen_once, chosen_by_sum, chosen_by_loop),
        ((chosen_per_seed, "anew for every seed"), (lambda v, t: t.mean(1).max(), "by the test figures"),
         (lambda v, t: v[v.mean(1).argmax()].mean(), "by which it was chosen"),
         (lambda v, t: t[v.mean(1).argmax()].max(), "not its best seed"), (lambda v, t: t.mean(), "one is chosen"),
         (lambda v, t: t[v.max(1).argmax()].mean(), "by the mean over|by the test figures"),
         (lambda v, t: 70.0, "how many settings"), (lambda v, t: t[v.mean(1).argmax()], "one number"),
         (fails, "two arguments"), (takes_two, "one number"), (70, "without brackets")),
    ),
    "10.6": (
        ((TRAINED, 1), [TRAINED, 1.0], ({**TRAINED, 1: [np.array(losses(0.1)), np.float64(0.68)]}, np.int64(1))),
        (((TRAINED, 2), "which is the lowest"), (TRAINED, "a pair"), ((TRAINED, "one"), "is text"),
         (({0: TRAINED[0]}, 0), "the seeds 0, 1 and 2"), (({0: 0.7, 1: 0.7, 2: 0.7}, 1), "pairs (losses"),
         (({**TRAINED, 0: (losses(0.2), 69.0)}, 1), "between 0 and 1"), (({**TRAINED, 0: TRAINED[1]}, 1), "own seed"),
         (({**TRAINED, 0: (losses(0.69), 0.6)}, 1), "does not fall"),
         (({**TRAINED, 0: (losses(0.2)[:90], 0.6)}, 1), "150"),
         ((TRAINED, 0.5), "whole number")),
    ),
}  # fmt: skip
