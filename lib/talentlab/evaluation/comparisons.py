"""Is one model better than another? Differences on the same texts, with intervals, tests and verdicts."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest
from scipy.stats import t as student_t

from talentlab.evaluation.metrics import Interval, bootstrap_ends
from talentlab.models.inference import Floats, Labels


def difference(one: npt.ArrayLike, other: npt.ArrayLike, *, seed_spread: float | None = None) -> Interval:
    """How much better `one` is than `other` on the same texts, with a 95 % interval.

    Two kinds of chance are in it. Other test texts: from the spread of the differences text by text. Another seed of
    training: from the spread of the seeds' means where there are two or more, else from `seed_spread`; with one seed
    and no `seed_spread` it is left out, and the interval is too short for a statement about the method. Few seeds say
    little of their own spread: Student's t makes the interval longer for it, with two seeds up to sixfold.

    Args:
        one: 1 where a model is right, 0 where it is wrong, or any other score per text: [N], or [S, N] for S seeds.
        other: The same of the other model, on the same texts and seeds.
        seed_spread: Standard deviation of the difference over seeds, where it is known from elsewhere.

    Source: the two variances add up; degrees of freedom by Satterthwaite 1946, Biometrics 2(6).
    """
    gaps = np.atleast_2d(np.asarray(one, float)) - np.atleast_2d(np.asarray(other, float))  # [S, N]
    seeds, texts = gaps.shape
    of_texts = gaps.mean(0).var(ddof=1) / texts
    estimated = seed_spread is None and seeds > 1
    of_seeds = (gaps.mean(1).var(ddof=1) if estimated else (seed_spread or 0.0) ** 2) / seeds
    uncertainty = of_texts**2 / (texts - 1) + (of_seeds**2 / (seeds - 1) if estimated else 0.0)
    degrees = (of_texts + of_seeds) ** 2 / uncertainty if uncertainty else np.inf
    half = student_t.ppf(0.975, degrees) * np.sqrt(of_texts + of_seeds)
    return Interval(float(gaps.mean()), float(gaps.mean() - half), float(gaps.mean() + half))


def mean_interval(values: npt.ArrayLike) -> Interval:
    """Mean of N values, or of [S, N] over S seeds, with the interval of `difference`."""
    return difference(values, 0.0)


def verdict(
    gain: Interval, at_least: float = 0.0, *, seeds: int | None, seed_spread: float | None = None
) -> bool | None:
    """True where the whole interval lies above `at_least`, False where it lies below, None where it contains it.

    None also where the luck of training is not known: fewer than five seeds, and no `seed_spread` in the interval.

    Args:
        gain: What `difference` gave.
        at_least: The border.
        seeds: Number of seeds behind `gain`; None for a statement about models as they are, or without seeds.
        seed_spread: What `difference` was told.
    """
    if seeds is not None and seeds < 5 and seed_spread is None:
        return None
    return True if gain.low > at_least else False if gain.high < at_least else None


def mcnemar(one: npt.ArrayLike, other: npt.ArrayLike) -> tuple[int, int, float]:
    """McNemar's exact test on the texts that only one of two models gets right.

    Args:
        one: True where the first model is right, [N].
        other: The same of the second.

    Returns:
        Texts that only the first gets right, only the second, and the two-sided p-value of "both are equally good".

    Source: McNemar 1947 (Psychometrika 12); exact binomial form.
    """
    one, other = np.asarray(one, bool), np.asarray(other, bool)
    first, second = int((one & ~other).sum()), int((other & ~one).sum())
    p = binomtest(first, first + second).pvalue if first + second else 1.0
    return first, second, float(p)


def paired_bootstrap(
    metric: Callable[[Any, Any], float],
    labels: Labels,
    one: Sequence[int] | Floats,
    other: Sequence[int] | Floats,
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval:
    """Difference of any metric, such as F1, between two models on the same texts, with a 95 % bootstrap interval.

    Args:
        metric: Called with true labels and predictions (or scores), returns a number.
        labels: N true classes.
        one: Predictions of the first model, as `metric` wants them.
        other: The same of the second.
        resamples: Draws of N texts with replacement, the same for both models.
        seed: Seed of the draws.
    """
    labels, one, other = np.asarray(labels), np.asarray(one), np.asarray(other)

    def gap(rows: npt.NDArray[np.int64]) -> float:
        return metric(labels[rows], one[rows]) - metric(labels[rows], other[rows])

    low, high = bootstrap_ends(gap, len(labels), resamples, seed)
    return Interval(gap(np.arange(len(labels))), low, high)
