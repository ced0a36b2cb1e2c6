"""Differences, tests and verdicts against values worked out by hand or by simulation."""

import numpy as np
import pytest
from scipy.stats import t, ttest_rel
from sklearn.metrics import f1_score

from talentlab.evaluation.comparisons import difference, mcnemar, mean_interval, paired_bootstrap, verdict
from talentlab.evaluation.metrics import Interval


def test_the_difference_over_texts_is_that_of_a_paired_test():
    one, other = np.random.default_rng(0).integers(0, 2, size=(2, 400))
    gain, (low, high) = difference(one, other), ttest_rel(one, other).confidence_interval()
    assert gain.value == pytest.approx(one.mean() - other.mean())
    assert gain == pytest.approx((gain.value, low, high), abs=1e-3)  # Student's t and the normal, 399 degrees


def test_seeds_widen_the_interval_by_their_spread():
    flat = np.tile([1, 0, 1, 1], (2, 25))  # two seeds that agree on every text
    moved = flat.copy()
    moved[1, :20] = 1 - moved[1, :20]
    nothing = np.zeros_like(flat)
    assert difference(flat, nothing) == difference(flat[0], nothing[0])
    spread = np.var([moved[0].mean(), moved[1].mean()], ddof=1) / 2
    texts = moved.mean(0).var(ddof=1) / 100
    degrees = (texts + spread) ** 2 / (texts**2 / 99 + spread**2 / 1)
    half = t.ppf(0.975, degrees) * np.sqrt(texts + spread)
    assert difference(moved, nothing).high - difference(moved, nothing).value == pytest.approx(half)
    assert 2 < degrees < 99
    one_seed = difference(flat[0], nothing[0], seed_spread=0.04)
    texts = flat[0].var(ddof=1) / 100  # a stated spread is certain: all the doubt is about the texts'
    half = t.ppf(0.975, (texts + 0.04**2) ** 2 / (texts**2 / 99)) * np.sqrt(texts + 0.04**2)
    assert one_seed.high - one_seed.value == pytest.approx(half)


def test_three_seeds_on_two_texts_by_hand():
    """Texts' means 1 and 3: variance 2 / 2. Seeds' means 1, 2, 3: variance 1 / 3. Degrees (4/3)² / (1/1 + (1/9)/2)."""
    interval = difference([[0, 2], [1, 3], [2, 4]], 0.0)
    half = t.ppf(0.975, 32 / 19) * np.sqrt(4 / 3)
    assert interval == pytest.approx((2, 2 - half, 2 + half))


def test_right_and_wrong_may_be_truth_values():
    one, other = np.array([True, True, False, True]), np.array([False, True, False, True])
    assert difference(one, other) == difference(one.astype(int), other.astype(int))
    assert difference(one, other).value == 1 / 4


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_few_seeds_cover_the_truth_about_as_often_as_they_promise(seeds):
    """1,000 studies of 300 texts whose seeds differ by 4 points; with 1.96 in place of t, two seeds cover 92 %."""
    generator, hits = np.random.default_rng(7), 0
    for _ in range(1000):
        means = 0.1 + 0.04 * generator.standard_normal((seeds, 1))
        gaps = means + 0.5 * (generator.standard_normal(300) + generator.standard_normal((seeds, 300)))
        interval = difference(gaps, 0.0)
        hits += interval.low <= 0.1 <= interval.high
    assert 0.93 <= hits / 1000 <= 0.99


def test_95_of_100_intervals_contain_the_truth():
    generator = np.random.default_rng(1)
    hits = 0
    for _ in range(400):
        interval = mean_interval(generator.random(300) < 0.7)
        hits += interval.low <= 0.7 <= interval.high
    assert 0.92 <= hits / 400 <= 0.98


@pytest.mark.parametrize(
    ("low", "high", "holds"),
    [(0.01, 0.1, True), (-0.2, -0.1, False), (-0.1, 0.1, None), (0.0, 0.1, None), (-0.1, 0.0, None)],
)
def test_a_verdict_needs_an_interval_on_one_side(low, high, holds):
    assert verdict(Interval((low + high) / 2, low, high), seeds=None) is holds
    assert verdict(Interval((low + high) / 2 + 1, low + 1, high + 1), at_least=1.0, seeds=5) is holds


@pytest.mark.parametrize("gain", [Interval(0.1, 0.05, 0.15), Interval(-0.1, -0.15, -0.05)])
def test_a_verdict_needs_five_seeds_or_a_stated_spread(gain):
    assert [verdict(gain, seeds=seeds) is None for seeds in (1, 2, 3, 4, 5, 8)] == [True] * 4 + [False] * 2
    assert verdict(gain, seeds=1, seed_spread=0.04) is (gain.value > 0)


def test_mcnemar_counts_the_texts_that_one_alone_gets_right():
    one, other = np.array([1, 1, 1, 1, 1, 1, 0, 1]), np.array([0, 0, 0, 0, 0, 0, 0, 1])
    assert mcnemar(one, other) == (6, 0, pytest.approx(2 * 0.5**6))
    assert mcnemar(one, one) == (0, 0, 1.0)
    # three against one: both tails of four coins, 2 · (4 + 1) / 16; scores as 1.0 and 0.0 will do
    assert mcnemar([1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]) == (3, 1, pytest.approx(10 / 16))


def test_the_bootstrap_of_accuracy_is_close_to_the_normal_interval():
    generator = np.random.default_rng(2)
    labels = generator.integers(0, 2, 500)
    one, other = (np.where(generator.random(500) < share, labels, 1 - labels) for share in (0.8, 0.7))
    gain = difference(one == labels, other == labels)
    drawn = paired_bootstrap(lambda y, p: float(np.mean(y == p)), labels, one, other)
    assert drawn == pytest.approx(gain, abs=0.01)
    f1 = paired_bootstrap(f1_score, labels, one, other, resamples=100)
    assert f1.low < f1.value == f1_score(labels, one) - f1_score(labels, other) < f1.high


def test_the_bootstrap_is_of_a_thousand_seeded_draws():
    labels, one, other = np.random.default_rng(3).integers(2, size=(3, 30))

    def drawn(**settings):
        return paired_bootstrap(lambda y, p: float(np.mean(y == p)), labels, one, other, **settings)

    assert drawn() == drawn(resamples=1000, seed=0)
    assert drawn() != drawn(seed=1)
    assert drawn() != drawn(resamples=100)
