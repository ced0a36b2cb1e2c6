"""Predictions and what they are worth: metrics with intervals, slices, calibration, mistakes."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    classification_report,
    log_loss,
    precision_recall_curve,
    precision_recall_fscore_support,
    roc_auc_score,
    roc_curve,
)
from torch import nn

from talentlab.data.batching import TokenizedText
from talentlab.models.inference import Floats, Labels
from talentlab.runtime import Precision, choose_precision


class Interval(NamedTuple):
    """A measured value with the ends of its interval."""

    value: float
    low: float
    high: float

    def __format__(self, spec: str) -> str:
        spec = spec or ".3f"
        return f"{self.value:{spec}} [{self.low:{spec}}, {self.high:{spec}}]"


def predict(model: nn.Module, data: TokenizedText, *, batch_size: int = 64, precision: Precision = "auto") -> Floats:
    """Logits of every row, in the rows' order.

    Rows are computed in order of length, so that hardly any padding is. Memory grows with `batch_size`.

    Args:
        model: A classifier; evaluation mode is set, and its former mode put back.
        data: N tokenised texts.
        batch_size: Sequences per forward.
        precision: As in training; `auto` means bf16 where the hardware has it.

    Returns:
        Logits [N, C].
    """
    device = next(model.parameters()).device
    bf16 = choose_precision(precision, device) == "bf16"
    order = sorted(range(len(data)), key=data.lengths.__getitem__)
    was_training, parts = model.training, []
    model.eval()
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        for start in range(0, len(order), batch_size):
            batch = data.collate([data[i] for i in order[start : start + batch_size]])
            inputs = {name: batch[name].to(device) for name in ("input_ids", "attention_mask")}
            parts.append(model(**inputs).logits.double().cpu().numpy())
    model.train(was_training)
    logits = np.concatenate(parts)  # [N, C] in order of length
    return logits[np.argsort(order)]


def probabilities(logits: Floats, temperature: float = 1.0) -> Floats:
    """Softmax of `logits / temperature` over the classes: [N, C] → [N, C]."""
    return softmax(np.asarray(logits) / temperature, axis=1)


def scores(labels: Labels, predictions: Labels) -> dict[str, float]:
    """Accuracy, precision, recall and F1.

    With two classes, of class 1 (the positive one); with more, the unweighted mean over classes (macro).
    """
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    return _scores(labels, predictions, _average(labels, predictions))


def _average(labels: Labels, predictions: Labels) -> str:
    return "binary" if max(np.max(labels, initial=0), np.max(predictions, initial=0)) < 2 else "macro"


def _scores(labels: Labels, predictions: Labels, average: str) -> dict[str, float]:
    precision, recall, f1, _ = precision_recall_fscore_support(labels, predictions, average=average, zero_division=0)
    accuracy = accuracy_score(labels, predictions)
    return {"accuracy": float(accuracy), "precision": float(precision), "recall": float(recall), "f1": float(f1)}


def evaluate(model: nn.Module, data: TokenizedText, *, precision: Precision = "auto") -> dict[str, float]:
    """`scores` of the model on `data`, and its `loss` [nats/example]. What `fit` takes as `validate`."""
    logits = predict(model, data, precision=precision)
    classes = logits.shape[1]
    loss = log_loss(data.labels, probabilities(logits), labels=list(range(classes)))
    average = "binary" if classes == 2 else "macro"  # by the head: a small set may lack a class
    return {"loss": float(loss), **_scores(data.labels, logits.argmax(1), average)}


def per_class(labels: Labels, predictions: Labels, class_names: Sequence[str]) -> pd.DataFrame:
    """Precision, recall, F1 and support of each class, with the macro mean as the last row."""
    report = classification_report(
        labels, predictions, labels=range(len(class_names)), target_names=class_names, output_dict=True, zero_division=0
    )
    return pd.DataFrame(report).T.loc[[*class_names, "macro avg"]]


def score_intervals(
    labels: Labels, predictions: Labels, *, level: float = 0.95, resamples: int = 1000, seed: int = 0
) -> dict[str, Interval]:
    """`scores`, each with a percentile bootstrap interval over the examples.

    The interval speaks of other test examples of the same kind, not of other seeds of training.

    Args:
        labels: N true classes.
        predictions: N predicted classes.
        level: Share of resamples inside the interval.
        resamples: Draws of N examples with replacement.
        seed: Seed of the draws.

    Source: Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, chapter 13.
    """
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    draws = np.random.default_rng(seed).integers(len(labels), size=(resamples, len(labels)))
    average = _average(labels, predictions)  # of the whole set: a draw may lack a class
    table = pd.DataFrame([_scores(labels[draw], predictions[draw], average) for draw in draws])
    ends = table.quantile([(1 - level) / 2, (1 + level) / 2]).to_numpy()
    values = scores(labels, predictions)
    return {name: Interval(values[name], *ends[:, column]) for column, name in enumerate(table)}


def proportion_interval(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Share of successes with Wilson's interval, which stays sensible for few trials."""
    ends = binomtest(successes, trials).proportion_ci(level, method="wilson")
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

    return float(np.exp(minimize_scalar(negative_log_likelihood, bounds=(-3, 3), method="bounded").x))


def validator(data: TokenizedText, precision: Precision = "auto") -> Callable[[nn.Module], dict[str, float]]:
    """`evaluate` bound to `data`, as `fit(validate=…)` takes it."""
    return lambda model: evaluate(model, data, precision=precision)
