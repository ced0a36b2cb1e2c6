"""What labels are worth: those that contradict a model which did not see them, and how far two annotators agree."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from talentlab.errors import DataError
from talentlab.evaluation.metrics import Interval, bootstrap_ends
from talentlab.models.inference import Floats, Labels


def out_of_fold_probabilities(
    features: Any, labels: Labels, *, estimator: Any = None, folds: int = 5, seed: int = 0
) -> Floats:
    """Class probabilities of every row by a model that did not see this row.

    Args:
        features: [N, H], dense or sparse, or whatever `estimator` takes.
        labels: N classes 0 … C-1, each at least `folds` times.
        estimator: A scikit-learn classifier with `predict_proba`; logistic regression if None.
        folds: Parts; each is predicted by a model trained on the others.
        seed: Of the parts.

    Returns:
        [N, C].

    Raises:
        DataError: If a class is too rare for the folds.
    """
    counts = np.bincount(np.asarray(labels, int))
    if folds < 2 or len(counts) < 2 or counts.min() < folds:
        raise DataError(
            f"{folds} folds for classes of {counts.tolist()} rows.",
            expected="at least 2 folds, and in each class 0 … C-1 at least as many rows as folds",
            remedy="take fewer folds, or merge rare classes.",
        )
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    classifier = LogisticRegression(C=10.0, max_iter=2000) if estimator is None else estimator
    return cross_val_predict(classifier, features, np.asarray(labels), cv=parts, method="predict_proba")


def label_issues(labels: Labels, probabilities: Floats) -> pd.DataFrame:
    """Which labels contradict a model that did not see them: confident learning.

    A class's threshold is the mean probability of this class over the rows that carry its label. A row is suspect if,
    of the classes that pass their thresholds, the most probable one is not its label. So the rows of a class that the
    model is generally unsure of are not all suspect.

    Args:
        labels: N given classes.
        probabilities: [N, C], out of fold.

    Returns:
        One row per label: `given`, `suggested` (class), `confidence` (probability of the given class), `suspect`.

    Source: Northcutt, Jiang & Chuang 2021 (JAIR 70, arXiv 1911.00068), section 3.1, the confident joint.
    """
    given, rows = np.asarray(labels, int), np.arange(len(labels))
    classes = probabilities.shape[1]
    thresholds = np.array([probabilities[given == c, c].mean() if (given == c).any() else 1.0 for c in range(classes)])
    passes = probabilities >= thresholds  # [N, C]
    suggested = np.where(passes.any(1), np.where(passes, probabilities, -1.0).argmax(1), given)
    return pd.DataFrame(
        {
            "given": given,
            "suggested": suggested,
            "confidence": probabilities[rows, given],
            "suspect": suggested != given,
        }
    )


def kappa_interval(one: Sequence[Any] | npt.NDArray[Any], other: Sequence[Any] | npt.NDArray[Any]) -> Interval:
    """Cohen's kappa of two annotators of the same N texts, with a 95 % bootstrap interval over the texts.

    Args:
        one: N labels of the first.
        other: N labels of the second.

    Raises:
        DataError: If the lengths differ or there are no labels.

    Source: Cohen 1960, Educational and Psychological Measurement 20(1).
    """
    if len(one) != len(other) or not len(one):
        raise DataError(
            f"{len(one)} and {len(other)} labels.",
            expected="labels of the same texts, at least one",
            remedy="keep the texts that both have labelled.",
        )
    codes, classes = pd.factorize(np.r_[np.asarray(one), np.asarray(other)])
    first, second = np.split(codes, 2)

    def kappa(rows: npt.NDArray[np.int64]) -> float:
        counts = [np.bincount(part[rows], minlength=len(classes)) / len(rows) for part in (first, second)]
        by_chance = counts[0] @ counts[1]
        agreed = (first[rows] == second[rows]).mean()
        # where both always give the same one class, nothing is left to agree on beyond chance
        return 1.0 if by_chance == 1 else float((agreed - by_chance) / (1 - by_chance))

    low, high = bootstrap_ends(kappa, len(first))
    return Interval(kappa(np.arange(len(first))), low, high)
