"""The figures of chapter 5."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure
from sklearn.metrics import ConfusionMatrixDisplay, precision_score, recall_score

from talentlab.language import tr
from talentlab.plots import BLUE, GREY, ORANGE, VERMILION, new_axes


def plot_lengths(lengths: Sequence[int], max_length: int) -> Figure:
    """Histogram of text lengths [tokens], with the limit where it cuts something."""
    figure, (axes,) = new_axes()
    axes.hist(lengths, bins=min(40, max(lengths)), color=BLUE, edgecolor="white", linewidth=0.5)
    if max(lengths) >= max_length:
        axes.axvline(max_length, color=VERMILION, linestyle="--", label=f"limit: {max_length} tokens")
        axes.legend(frameon=False)
    axes.set(xlabel="length [tokens]", ylabel="texts")
    return figure


def plot_padding(lengths: Sequence[int], batches: Mapping[str, Sequence[Sequence[int]]]) -> Figure:
    """The first batches of each ordering as bars: real tokens and padding [positions].

    Args:
        lengths: Tokens of each row.
        batches: Ordering's name → its batches of row indices; the first 30 are drawn.
    """
    figure, panels = new_axes(len(batches), width=8.4)
    for axes, (name, groups) in zip(panels, batches.items(), strict=True):
        real = np.array([sum(lengths[i] for i in group) for group in groups[:30]])
        whole = np.array([len(group) * max(lengths[i] for i in group) for group in groups[:30]])
        axes.bar(range(len(real)), real, color=BLUE, label="tokens")
        axes.bar(range(len(real)), whole - real, bottom=real, color=ORANGE, label="padding")
        axes.set(title=name, xlabel="batch", ylabel="positions computed")
    panels[0].legend(frameon=False, loc="upper left", ncols=2)
    top = max(axes.get_ylim()[1] for axes in panels) * 1.12  # room for the legend
    for axes in panels:
        axes.set_ylim(0, top)
    return figure


def plot_curves(roc: pd.DataFrame, pr: pd.DataFrame, threshold: float) -> Figure:
    """ROC and precision-recall curve side by side, with the point of one threshold marked.

    Args:
        roc: `evaluation.curves(…)["roc"]`.
        pr: `evaluation.curves(…)["pr"]`.
        threshold: Probability from which the answer is "positive".
    """
    figure, (left, right) = new_axes(2, width=8.4, height=3.6)
    left.plot(roc["false_positive_rate"], roc["true_positive_rate"], color=BLUE)
    left.plot([0, 1], [0, 1], color=GREY, linestyle="--")
    left.set(xlabel="false positive rate", ylabel="true positive rate (recall)", title="ROC")
    right.step(pr["recall"], pr["precision"], color=BLUE, where="post")
    right.set(xlabel="recall", ylabel="precision", title="Precision-recall", ylim=(0, 1.04))
    at = roc[roc["threshold"] >= threshold].iloc[-1]
    left.plot(at["false_positive_rate"], at["true_positive_rate"], "o", color=VERMILION)
    at = pr[pr["threshold"] >= threshold].iloc[0]
    right.plot(at["recall"], at["precision"], "o", color=VERMILION, label=f"threshold {threshold:.2f}")
    right.legend(frameon=False, loc="lower left")
    return figure


def plot_threshold(
    labels: Sequence[int], scores: npt.NDArray[np.float64], positive: int, threshold: float, name: str
) -> tuple[Figure, str]:
    """Score histogram of both sides, cut at a threshold, and the four counts that follow.

    Args:
        labels: N true classes.
        scores: N probabilities of the positive class.
        positive: Its index; every other class counts as negative.
        threshold: Probability from which the answer is positive.
        name: The positive class's name.

    Returns:
        The figure, and a sentence with precision and recall.
    """
    true, said = np.asarray(labels) == positive, scores >= threshold
    figure, (left, right) = new_axes(2, width=8.4)
    bins = np.linspace(0, 1, 21).tolist()
    left.hist([scores[true], scores[~true]], bins=bins, color=[BLUE, ORANGE], label=[name, "other"], stacked=True)
    left.axvline(threshold, color=VERMILION, linestyle="--", label=f"threshold {threshold:.2f}")
    left.set(xlabel=tr("probability of {name}", name=name), ylabel="test texts")
    left.legend(edgecolor="none", framealpha=1, loc="upper center")
    ConfusionMatrixDisplay.from_predictions(
        true, said, labels=[False, True], display_labels=["other", name], cmap="Blues", colorbar=False, ax=right
    )
    precision = precision_score(true, said, zero_division=0)
    recall = recall_score(true, said, zero_division=0)
    return figure, tr(
        "At threshold {threshold:.2f} for {name}: precision {precision:.2f}, recall {recall:.2f}.",
        threshold=threshold, name=name, precision=precision, recall=recall,
    )  # fmt: skip
