"""Labels that contradict a model, and the agreement of annotators, against values worked out by hand."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from talentlab import evaluation
from talentlab.errors import DataError


def test_out_of_fold_means_that_no_row_helped_to_predict_itself():
    features = np.eye(40)  # each row has a feature of its own: only a leak could know its label
    labels = np.arange(40) % 2
    probabilities = evaluation.out_of_fold_probabilities(features, labels)
    leaked = LogisticRegression(C=10.0).fit(features, labels).predict(features)
    assert (leaked == labels).all() and probabilities == pytest.approx(np.full((40, 2), 0.5), abs=1e-6)
    with pytest.raises(DataError, match="5 folds"):
        evaluation.out_of_fold_probabilities(features, [0] * 36 + [1] * 4)


def test_confident_learning_by_hand():
    labels = [0, 0, 0, 1, 1]
    p_one = np.array([0.1, 0.2, 0.9, 0.6, 0.8])  # thresholds: class 0 (0.9+0.8+0.1)/3 = 0.6, class 1 0.7
    issues = evaluation.label_issues(labels, np.c_[1 - p_one, p_one])
    assert issues["suspect"].tolist() == [False, False, True, False, False]
    assert issues["suggested"].tolist() == [0, 0, 1, 1, 1]
    assert issues["confidence"].to_numpy() == pytest.approx([0.9, 0.8, 0.1, 0.6, 0.8])


def test_the_best_of_the_classes_that_pass_is_suggested_even_below_a_half():
    """Thresholds 0.45, 0.35 and 0.6, the mean of each class over its rows. Row 5 passes two, row 6 none."""
    labels = [0, 0, 1, 1, 2, 2, 2]
    probabilities = np.array(
        [[0.4, 0.2, 0.4], [0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.1, 0.4, 0.5],
         [0.1, 0.1, 0.8], [0.48, 0.45, 0.07], [0.04, 0.03, 0.93]]
    )  # fmt: skip
    issues = evaluation.label_issues(labels, probabilities)
    assert issues["given"].tolist() == labels
    assert issues["suggested"].tolist() == [0, 0, 1, 1, 2, 0, 2]
    assert issues["suspect"].tolist() == [False] * 5 + [True, False]
    assert issues["confidence"].tolist() == [0.4, 0.5, 0.3, 0.4, 0.8, 0.07, 0.93]


def test_a_class_that_nobody_gave_is_suggested_only_where_it_is_certain():
    issues = evaluation.label_issues([0, 0, 1], np.array([[0.5, 0.2, 0.3], [0.0, 0.0, 1.0], [0.0, 0.1, 0.9]]))
    assert issues["suggested"].tolist() == [0, 2, 1]


def test_a_label_whose_threshold_is_just_reached_is_no_suspect():
    issues = evaluation.label_issues([0, 1], np.array([[0.3, 0.7], [0.2, 0.8]]))
    assert issues["suggested"].tolist() == [0, 1]  # each class has one row, whose probability is its threshold


def out_of_fold(features, labels, **settings):
    return evaluation.out_of_fold_probabilities(features, labels, **settings)


def test_out_of_fold_asks_the_estimator_given_and_needs_two_rows_of_each_class():
    """Floats will do as labels, as a table with gaps has them."""
    always_1 = DummyClassifier(strategy="constant", constant=1)
    found = out_of_fold(np.zeros((4, 1)), [0.0, 1.0, 1.0, 0.0], estimator=always_1, folds=2)
    assert found.tolist() == [[0, 1]] * 4


def test_out_of_fold_is_five_seeded_folds_of_a_lightly_held_logistic_regression():
    random = np.random.default_rng(0)
    features, labels = random.normal(size=(60, 3)), np.arange(60) % 2
    usual = out_of_fold(features, labels)
    assert np.array_equal(usual, out_of_fold(features, labels, folds=5, seed=0))
    assert usual == pytest.approx(out_of_fold(sparse.csr_matrix(features), labels), abs=1e-4)
    assert not np.allclose(usual, out_of_fold(features, labels, seed=1), atol=1e-3)
    assert not np.allclose(usual, out_of_fold(features, labels, folds=4), atol=1e-3)
    loose = LogisticRegression(C=10.0, max_iter=2000)
    assert usual == pytest.approx(out_of_fold(features, labels, estimator=loose), abs=1e-9)


@pytest.mark.parametrize(
    ("labels", "folds", "rows"), [([0, 0, 0], 2, r"\[3\]"), ([0, 1], 1, r"\[1, 1\]"), ([1, 1, 2, 2], 2, r"\[0, 2, 2\]")]
)
def test_too_few_folds_classes_or_rows_are_refused(labels, folds, rows):
    with pytest.raises(DataError, match=rf"^{folds} folds for classes of {rows} rows"):
        out_of_fold(np.zeros((len(labels), 1)), labels, folds=folds)


def test_kappa_by_hand_and_its_interval():
    one = ["a"] * 50 + ["b"] * 50
    other = ["a"] * 40 + ["b"] * 10 + ["a"] * 20 + ["b"] * 30  # observed 0.7, by chance 0.5*0.6 + 0.5*0.4 = 0.5
    kappa = evaluation.kappa_interval(one, other)
    assert kappa.value == pytest.approx(0.4) and kappa.high - kappa.low == pytest.approx(2 * 1.96 * 0.092, rel=0.1)
    assert evaluation.kappa_interval(["a", "a"], ["a", "a"]) == (1, 1, 1)
    rng = np.random.default_rng(0)
    assert abs(evaluation.kappa_interval(rng.integers(3, size=2000), rng.integers(3, size=2000)).value) < 0.05
    for unequal, words in (([1, 2], [1]), "2 and 1 labels"), (([], []), "0 and 0 labels"):
        with pytest.raises(DataError, match=words):
            evaluation.kappa_interval(*unequal)


def test_kappa_where_one_annotator_never_says_the_last_class():
    """Agreed 3/4; by chance 3/4 · 1/2 for a and 1/4 · 1/4 for b: 0.4375."""
    one, other = ["a", "a", "a", "b"], ["a", "a", "c", "b"]
    assert evaluation.kappa_interval(one, other).value == pytest.approx((0.75 - 0.4375) / (1 - 0.4375))
    assert evaluation.kappa_interval(other, one).value == pytest.approx((0.75 - 0.4375) / (1 - 0.4375))


def test_kappas_interval_is_seeded():
    one, other = np.random.default_rng(3).integers(3, size=(2, 40))
    assert evaluation.kappa_interval(one, other) == evaluation.kappa_interval(one, other)
