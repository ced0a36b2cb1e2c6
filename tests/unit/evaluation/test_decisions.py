"""Costs, thresholds, net benefit, splits and short lists: by hand on a few rows, and by their laws on many."""

import numpy as np
import pytest

from talentlab.errors import DataError
from talentlab.evaluation import decisions

LABELS, PROBS = [1, 0, 1, 0, 0], [0.9, 0.6, 0.3, 0.2, 0.1]


@pytest.fixture(scope="module")
def calibrated():
    """Many rows whose probabilities are true."""
    generator = np.random.default_rng(0)
    probs = generator.beta(1, 3, 40_000)
    return (generator.random(40_000) < probs).astype(int), probs


def test_case_costs_by_hand():
    costs = decisions.case_costs([1, 1, 0, 0], [False, True, True, False], miss=5, false_alarm=2)
    assert costs.tolist() == [5, 0, 2, 0]


def test_cost_curve_by_hand():
    curve = decisions.cost_curve(LABELS, PROBS, miss=5, false_alarm=1, thresholds=[0, 0.5, 0.95])
    assert curve.index.name == "threshold"
    assert curve["cost"].tolist() == pytest.approx([3 / 5, (5 + 1) / 5, 10 / 5])  # all refused; one each; none refused
    assert curve["missed"].tolist() == pytest.approx([0, 0.2, 0.4])
    assert curve["false_alarms"].tolist() == pytest.approx([0.6, 0.2, 0])
    assert curve["acted"].tolist() == pytest.approx([1, 0.4, 0])


def test_the_curve_is_the_mean_of_the_case_costs(calibrated):
    labels, probs = calibrated
    at = decisions.cost_curve(labels, probs, miss=5, false_alarm=2, thresholds=[0.3]).loc[0.3, "cost"]
    assert at == pytest.approx(decisions.case_costs(labels, probs >= 0.3, miss=5, false_alarm=2).mean())


def test_a_probability_equal_to_the_threshold_acts():
    assert decisions.cost_curve([1], [0.5], miss=1, false_alarm=1, thresholds=[0.5])["acted"].tolist() == [1]


def test_without_thresholds_whole_per_cents_are_tried():
    index = decisions.cost_curve(LABELS, PROBS, miss=1, false_alarm=1).index
    assert (len(index), index[0], index[17], index[-1]) == (101, 0, 0.17, 1)


@pytest.mark.parametrize(("miss", "false_alarm", "expected"), [(5, 1, 1 / 6), (1, 1, 0.5), (1, 4, 0.8)])
def test_the_cheapest_threshold_of_calibrated_probabilities_is_the_theoretical_one(
    calibrated, miss, false_alarm, expected
):
    assert decisions.theoretical_threshold(miss=miss, false_alarm=false_alarm) == pytest.approx(expected)
    found = decisions.cheapest_threshold(*calibrated, miss=miss, false_alarm=false_alarm)
    assert found == pytest.approx(expected, abs=0.06)


def test_of_a_flat_stretch_the_middle_is_taken():
    assert decisions.cheapest_threshold([0, 1], [0.2, 0.8], miss=1, false_alarm=1) == pytest.approx(0.51)


def test_decision_curve_by_hand():
    curve = decisions.decision_curve(LABELS, PROBS, [0.25])
    assert curve.loc[0.25].tolist() == pytest.approx([2 / 5 - 1 / 5 / 3, 2 / 5 - 3 / 5 / 3, 0])


def test_true_probabilities_beat_both_simple_rules(calibrated):
    curve = decisions.decision_curve(*calibrated, np.linspace(0.05, 0.6, 12))
    assert (curve["model"] > curve["always"]).all() and (curve["model"] > 0).all()


def test_walk_forward_tests_only_what_comes_later():
    pairs = decisions.walk_forward(20, folds=3, gap=2, window=5)
    assert [test.tolist() for _, test in pairs] == [list(range(a, a + 5)) for a in (5, 10, 15)]
    assert [train.tolist() for train, _ in pairs] == [[0, 1, 2], [3, 4, 5, 6, 7], [8, 9, 10, 11, 12]]
    whole = decisions.walk_forward(20, folds=3)
    assert [len(train) for train, _ in whole] == [5, 10, 15]


def test_group_folds_keep_groups_whole_and_use_every_row_once():
    groups = [f"plant {number % 7}" for number in range(50)]
    pairs = decisions.group_folds(groups, folds=3, seed=1)
    assert sorted(row for _, test in pairs for row in test) == list(range(50))
    for train, test in pairs:
        assert not {groups[row] for row in train} & {groups[row] for row in test}
        assert len(train) + len(test) == 50
    other = decisions.group_folds(groups, folds=3, seed=2)
    assert [test.tolist() for _, test in pairs] != [test.tolist() for _, test in other]


def test_hits_by_hand():
    scores = [[0.9, 0.5, 0.1], [0.1, 0.5, 0.9], [0.5, 0.5, 0.5]]
    assert decisions.hit_at_k(scores, [1, 1, 0], k=1).tolist() == [0, 0, 0]
    assert decisions.hit_at_k(scores, [0, 1, 0], k=2).tolist() == [1, 1, 0]  # a tie with all is no hit
    assert decisions.hit_at_k([[-np.inf, 1.0]], [1], k=1).tolist() == [1]


def test_ndcg_by_hand():
    gains = decisions.ndcg_at_k([[3, 2, 1], [1, 2, 3]], [[1, 0, 0], [1, 0, 0]], k=3)
    assert gains.tolist() == pytest.approx([1, 1 / np.log2(4)])
    assert decisions.ndcg_at_k([[1, 2, 3]], [[1, 0, 0]], k=2).tolist() == [0]


@pytest.mark.parametrize("labels", [[0, 2], [0.5, 1], []])
def test_other_labels_are_refused(labels):
    with pytest.raises(DataError, match="each 0 or 1"):
        decisions.case_costs(labels, labels, miss=1, false_alarm=1)


def test_too_few_groups_are_refused():
    with pytest.raises(DataError, match="2 groups for 3 folds"):
        decisions.group_folds(["a", "b", "a"], folds=3)
