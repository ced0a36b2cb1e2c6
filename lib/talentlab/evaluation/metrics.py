"""Predictions and what they are worth: metrics with intervals, slices, calibration, mistakes."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest, bootstrap
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    precision_recall_fscore_support,
    roc_auc_score,
    roc_curve,
)
from torch import Tensor, nn

from talentlab.data.batching import TokenizedText
from talentlab.errors import DataError
from talentlab.models.inference import Floats, Labels, compute_rows
from talentlab.runtime import Precision


class Interval(NamedTuple):
    """A measured value with the ends of its interval."""

    value: float
    low: float
    high: float

    def __format__(self, spec: str) -> str:
        spec = spec or ".3f"
        return f"{self.value:{spec}} [{self.low:{spec}}, {self.high:{spec}}]"


def predict(model: nn.Module, data: TokenizedText, *, batch_size: int = 64, precision: Precision = "auto") -> Floats:
    """Logits of every text, or of every row of another data set, in the rows' order.

    Args:
        model: A classifier; evaluation mode is set, and its former mode put back.
        data: N tokenised texts, or any data set with `lengths` and `collate`.
        batch_size: Rows per forward.
        precision: As in training; `auto` means bf16 where the hardware has it.

    Returns:
        Logits [N, C].
    """

    def logits_of(batch: dict[str, Tensor]) -> Tensor:
        return model(**{name: tensor for name, tensor in batch.items() if name != "labels"}).logits  # [B, C]

    classes = getattr(getattr(model, "config", None), "num_labels", 0)
    return compute_rows(model, data, logits_of, classes, batch_size=batch_size, precision=precision)


def probabilities(logits: Floats, temperature: float = 1.0) -> Floats:
    """Softmax of `logits / temperature` over the classes: [N, C] → [N, C]."""
    return softmax(np.asarray(logits) / temperature, axis=1)


def scores(labels: Labels, predictions: Labels, *, num_classes: int) -> dict[str, float]:
    """Accuracy, precision, recall and F1.

    With two classes, of class 1 (the positive one); with more, the unweighted mean over classes (macro). A class that
    is neither among the labels nor the predictions counts as 0: nothing of it was found.

    Args:
        labels: N true classes.
        predictions: N predicted classes.
        num_classes: C, of the task: a small test set may lack one.
    """
    return _scores(np.asarray(labels), np.asarray(predictions), [1] if num_classes == 2 else range(num_classes))


def _scores(labels: Any, predictions: Any, classes: Sequence[int]) -> dict[str, float]:
    precision, recall, f1, _ = precision_recall_fscore_support(
        labels, predictions, labels=classes, average="macro", zero_division=0
    )
    accuracy = (labels == predictions).mean()
    return {"accuracy": float(accuracy), "precision": float(precision), "recall": float(recall), "f1": float(f1)}


def evaluate(model: nn.Module, data: TokenizedText, *, precision: Precision = "auto") -> dict[str, float]:
    """`scores` of the model on `data`, and its `loss` [nats/example]. What `fit` takes as `validate`.

    Where the labels are distributions over the classes, the loss is their cross-entropy, and the most probable class
    counts as the true one.
    """
    logits = predict(model, data, precision=precision)
    classes = logits.shape[1]
    given = np.asarray(data.labels)
    shares = given if given.ndim == 2 else np.eye(classes)[given]  # [N, C]
    loss = -(shares * log_softmax(logits, axis=1)).sum(1).mean()
    return {"loss": float(loss), **scores(shares.argmax(1), logits.argmax(1), num_classes=classes)}


def per_class(labels: Labels, predictions: Labels, class_names: Sequence[str]) -> pd.DataFrame:
    """Precision, recall, F1 and support of each class, with the macro mean as the last row."""
    columns = precision_recall_fscore_support(labels, predictions, labels=range(len(class_names)), zero_division=0)
    table = np.vstack([np.column_stack(columns), [*(column.mean() for column in columns[:3]), len(labels)]])
    names = [*class_names, "macro avg"]  # by place: a class may have any name
    return pd.DataFrame(table, names, ["precision", "recall", "f1-score", "support"])


def score_intervals(
    labels: Labels, predictions: Labels, *, num_classes: int, resamples: int = 1000, seed: int = 0
) -> dict[str, Interval]:
    """`scores`, each with a 95 % percentile bootstrap interval over the examples.

    The interval speaks of other test examples of the same kind, not of other seeds of training.

    Args:
        labels: N true classes.
        predictions: N predicted classes.
        num_classes: C, of the task.
        resamples: Draws of N examples with replacement.
        seed: Seed of the draws.
    """
    true, said = np.asarray(labels), np.asarray(predictions)

    def values(rows: npt.NDArray[np.int64]) -> list[float]:
        lost = {*true, *said} - {*true[rows], *said[rows]}  # a draw may lack a rare class: that is no failure
        classes = [1] if num_classes == 2 else [c for c in range(num_classes) if c not in lost]
        return list(_scores(true[rows], said[rows], classes).values())

    low, high = bootstrap_ends(values, len(true), resamples, seed)
    found = scores(true, said, num_classes=num_classes)
    return {name: Interval(*numbers) for name, *numbers in zip(found, found.values(), low, high, strict=True)}


def bootstrap_ends(
    statistic: Callable[[npt.NDArray[np.int64]], Any], count: int, resamples: int = 1000, seed: int = 0
) -> tuple[Any, Any]:
    """The ends of a 95 % percentile bootstrap interval.

    Args:
        statistic: Called with `count` row numbers, drawn with replacement; returns one number or several.
        count: N rows.
        resamples: Draws.
        seed: Of the draws.

    Raises:
        DataError: If there are fewer than two rows.

    Source: Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, chapter 13.
    """
    if count < 2:
        raise DataError(f"{count} row(s).", expected="at least two rows to resample", remedy="give more test texts.")
    found = bootstrap(
        (np.arange(count),), statistic, vectorized=False, method="percentile", n_resamples=resamples,
        confidence_level=0.95, rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    return found.low.tolist(), found.high.tolist()


def proportion_interval(successes: int, trials: int) -> Interval:
    """Share of successes with Wilson's 95 % interval, which stays sensible for few trials."""
    ends = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    return Interval(successes / trials, float(ends.low), float(ends.high))


def slices(values: Sequence[object], labels: Labels, predictions: Labels) -> pd.DataFrame:
    """Accuracy for each value of a column (a missing one too), hardest first.

    Returns:
        Indexed by value: `n`, `accuracy`, `low`, `high` (95 % Wilson interval).
    """
    right = pd.Series(np.asarray(labels) == np.asarray(predictions))
    rows = {}
    for value, part in right.groupby(pd.Series(list(values)).to_numpy(), dropna=False):
        rows[value] = (len(part), *proportion_interval(int(part.sum()), len(part)))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["n", "accuracy", "low", "high"])
    return table.sort_values("accuracy", kind="stable")


def confident_mistakes(frame: pd.DataFrame, probs: Floats, class_names: Sequence[str], k: int = 5) -> pd.DataFrame:
    """The wrong answers that the model was surest of.

    Args:
        frame: N rows with `text` and `label`.
        probs: Probabilities [N, C].
        class_names: C names.
        k: How many.
    """
    predictions = probs.argmax(1)
    names = np.asarray(class_names)
    table = frame.assign(
        true=names[frame["label"]], predicted=names[predictions], confidence=probs[np.arange(len(probs)), predictions]
    )
    return table[predictions != frame["label"].to_numpy()].nlargest(k, "confidence")


def worst_pairs(labels: Labels, predictions: Labels, class_names: Sequence[str], k: int = 10) -> pd.DataFrame:
    """The confusions that occur most: with many classes, what a confusion matrix hides among its empty cells.

    Args:
        labels: N true classes.
        predictions: N predicted classes.
        class_names: C names.
        k: How many pairs.

    Returns:
        The most frequent first: `true`, `predicted`, `n` texts, and their `share` of the true class's texts.
    """
    answers = pd.DataFrame({"true": np.asarray(labels), "predicted": np.asarray(predictions)})
    pairs = answers[answers["true"] != answers["predicted"]].value_counts().rename("n").reset_index()
    pairs["share"] = pairs["n"] / pairs["true"].map(answers["true"].value_counts())
    worst = pairs.sort_values(["n", "share", "true", "predicted"], ascending=[False, False, True, True]).head(k)
    names = dict(enumerate(class_names))
    return worst.assign(true=worst["true"].map(names), predicted=worst["predicted"].map(names)).reset_index(drop=True)


def curves(labels: Labels, probs: Floats, positive: int = 1) -> dict[str, pd.DataFrame | float]:
    """ROC and precision-recall curve of one class against the rest, with the areas under them.

    Returns:
        `roc` (false_positive_rate, true_positive_rate, threshold), `pr` (recall, precision, threshold), `roc_auc` and
        `average_precision`.
    """
    is_positive, score = np.asarray(labels) == positive, probs[:, positive]
    false_rate, true_rate, roc_threshold = roc_curve(is_positive, score)
    precision, recall, pr_threshold = precision_recall_curve(is_positive, score)
    return {
        "roc": pd.DataFrame(
            {"false_positive_rate": false_rate, "true_positive_rate": true_rate, "threshold": roc_threshold}
        ),
        "pr": pd.DataFrame({"recall": recall, "precision": precision, "threshold": np.append(pr_threshold, 1.0)}),
        "roc_auc": float(roc_auc_score(is_positive, score)),
        "average_precision": float(average_precision_score(is_positive, score)),
    }


def reliability(labels: Labels, probs: Floats, bins: int = 10) -> pd.DataFrame:
    """How often the answer is right, by the probability that the model gave to it.

    Returns:
        One row per non-empty bin of equal width: `n`, mean `confidence`, `accuracy`.
    """
    confidence = probs.max(1)
    right = probs.argmax(1) == np.asarray(labels)
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    table = pd.DataFrame({"bin": index, "confidence": confidence, "accuracy": right})
    return table.groupby("bin").agg(n=("bin", "size"), confidence=("confidence", "mean"), accuracy=("accuracy", "mean"))


def expected_calibration_error(labels: Labels, probs: Floats, bins: int = 10) -> float:
    """Mean distance between confidence and accuracy over the bins of `reliability`, weighted by their size.

    Source: Guo et al. 2017 (arXiv 1706.04599), equation 3.
    """
    table = reliability(labels, probs, bins)
    return float(np.average((table["confidence"] - table["accuracy"]).abs(), weights=table["n"]))


def fit_temperature(labels: Labels, logits: Floats) -> float:
    """The temperature that makes held-out `labels` most probable; above 1 it cools an over-confident model.

    Fit it on validation rows, never on the test rows that it is judged on.

    Source: Guo et al. 2017 (arXiv 1706.04599), section 4.2.
    """
    rows, labels = np.arange(len(logits)), np.asarray(labels)

    def negative_log_likelihood(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=1)[rows, labels].mean())

    return float(np.exp(minimize_scalar(negative_log_likelihood, bounds=(-3, 3)).x))


def validator(data: TokenizedText, precision: Precision = "auto") -> Callable[[nn.Module], dict[str, float]]:
    """`evaluate` bound to `data`, as `fit(validate=…)` takes it."""
    return lambda model: evaluate(model, data, precision=precision)
