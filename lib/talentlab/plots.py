"""Figures: each function draws one and returns it; `show` puts it into the notebook with its text alternative."""

import io
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
import PIL.Image
from IPython.display import Image, Markdown, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import ConfusionMatrixDisplay, precision_score, recall_score

# Okabe & Ito's colours, which people with colour-blindness tell apart (jfly.uni-koeln.de/color).
BLUE, ORANGE, GREEN, VERMILION, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#6b6b6b"


def show(figure: Figure, *, alt: str) -> None:
    """Display a figure and, under it, the sentence that says what it shows.

    Args:
        figure: Closed afterwards, so that no second copy appears.
        alt: The text alternative; also the caption, because JupyterLab drops the attribute.
    """
    display(Image(data=png(figure), alt=alt, width=int(figure.get_figwidth() * 96)), Markdown(f"*{alt}*"))


def png(figure: Figure) -> bytes:
    """The figure as a PNG file, small enough for a notebook under version control; closes it."""
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)
    # a palette of 256 colours: a third of the bytes, and no difference that the eye finds in a diagram
    PIL.Image.open(drawn).convert("RGB").quantize(256, dither=PIL.Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()


def new_axes(columns: int = 1, width: float = 6.4, height: float = 3.4) -> tuple[Figure, list[Axes]]:
    """A figure with one row of axes, in the course's plain style; `width` and `height` in inches."""
    figure, grid = plt.subplots(1, columns, figsize=(width, height), squeeze=False, layout="constrained")
    for axes in grid[0]:
        axes.spines[["top", "right"]].set_visible(False)
    return figure, list(grid[0])


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


def plot_training(steps: pd.DataFrame, epochs: pd.DataFrame, metric: str = "f1") -> Figure:
    """Loss and learning rate per optimizer step, and the validation metric per epoch.

    Args:
        steps: `History.step_table()`.
        epochs: `History.epoch_table()`.
        metric: Column of `epochs` to draw.
    """
    figure, (left, right) = new_axes(2, width=9.2)
    left.plot(steps["step"], steps["loss"], color=BLUE, alpha=0.35, linewidth=1, label="each step")
    smooth = steps["loss"].ewm(span=max(2, len(steps) // 12)).mean()
    left.plot(steps["step"], smooth, color=BLUE, label="smoothed")
    left.set(xlabel="optimizer step", ylabel="loss [nats/example]")
    rate = left.twinx()
    rate.plot(steps["step"], steps["learning_rate"], color=GREY, linestyle=":", label="learning rate")
    rate.set(ylabel="learning rate", ylim=(0, None))
    rate.ticklabel_format(style="sci", scilimits=(0, 0), axis="y")
    lines = [*left.get_lines(), *rate.get_lines()]
    left.legend(lines, [str(line.get_label()) for line in lines], frameon=False, loc="upper right")
    left.set_ylim(0, None)
    right.plot(epochs.index, epochs[metric], color=GREEN, marker="o", label=f"validation {metric}")
    right.plot(epochs.index, epochs["loss"], color=BLUE, marker="s", label="validation loss [nats]")
    right.set(xlabel="epoch", xticks=epochs.index, ylim=(0, 1.25 * max(1, epochs["loss"].max())))
    right.legend(frameon=False, loc="upper center", ncols=2)
    return figure


def plot_confusion(labels: Sequence[int], predictions: Sequence[int], class_names: Sequence[str]) -> Figure:
    """Counts of true against predicted classes."""
    size = 3.2 + 0.5 * max(0, len(class_names) - 2)
    figure, (axes,) = new_axes(width=size * 1.25, height=size)
    ConfusionMatrixDisplay.from_predictions(
        labels, predictions, labels=range(len(class_names)), display_labels=class_names, cmap="Blues", colorbar=False,
        ax=axes, xticks_rotation=0 if len(class_names) < 4 else 45,
    )  # fmt: skip
    return figure


def plot_intervals(table: pd.DataFrame, xlabel: str, reference: float | None = None) -> Figure:
    """One line per row: value with its interval; `n` behind the name.

    Args:
        table: Indexed by name, columns `n`, a value column, `low`, `high` (as `evaluation.slices` returns).
        xlabel: The value's name and unit.
        reference: Drawn as a dashed line, for example the value over all rows.
    """
    value = next(column for column in table.columns if column not in ("n", "low", "high"))
    figure, (axes,) = new_axes(height=1.2 + 0.34 * len(table))
    rows = range(len(table))
    axes.hlines(rows, table["low"], table["high"], color=BLUE, linewidth=2)
    axes.plot(table[value], rows, "o", color=BLUE)
    axes.set_yticks(rows, [f"{name}  (n = {n})" for name, n in zip(table.index, table["n"], strict=True)])
    if reference is not None:
        axes.axvline(reference, color=GREY, linestyle="--", label=f"all: {reference:.2f}")
        axes.legend(frameon=False, loc="lower left")
    axes.set(xlabel=xlabel, xlim=(0, 1.02))
    axes.invert_yaxis()
    return figure


def plot_reliability(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Accuracy against confidence; on the diagonal a model is as right as it says.

    Args:
        tables: Name → `evaluation.reliability` table.
    """
    figure, (axes,) = new_axes(width=4.8, height=4.0)
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", label="confidence = accuracy")
    for (name, table), color, marker in zip(tables.items(), (VERMILION, BLUE, GREEN), "os^", strict=False):
        axes.plot(table["confidence"], table["accuracy"], color=color, marker=marker, label=name)
    low = min(table["confidence"].min() for table in tables.values())
    axes.set(xlabel="confidence (mean in bin)", ylabel="accuracy (share right in bin)", xlim=(low - 0.05, 1.02))
    axes.set_ylim(0, 1.04)
    axes.legend(frameon=False, loc="lower right")
    return figure


def plot_curves(roc: pd.DataFrame, pr: pd.DataFrame, threshold: float | None = None) -> Figure:
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
    if threshold is not None:
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
    left.set(xlabel=f"probability of {name}", ylabel="test texts")
    left.legend(edgecolor="none", framealpha=1, loc="upper center")
    ConfusionMatrixDisplay.from_predictions(
        true, said, labels=[False, True], display_labels=["other", name], cmap="Blues", colorbar=False, ax=right
    )
    precision = precision_score(true, said, zero_division=0)
    recall = recall_score(true, said, zero_division=0)
    return figure, f"At threshold {threshold:.2f} for {name}: precision {precision:.2f}, recall {recall:.2f}."


def plot_map(places: Mapping[str, tuple[float, float]], arrows: Sequence[tuple[str, str, str, str]]) -> Figure:
    """Named boxes, and arrows between them with a label in the middle.

    Args:
        places: Name → position of its box, in units of a box and a half.
        arrows: From, to, label, colour.
    """
    figure, (axes,) = new_axes(width=9.2, height=4.4)
    frame = {"boxstyle": "round,pad=0.6", "facecolor": "white"}
    boxes = {
        name: axes.text(x, y, name, ha="center", va="center", weight="bold", bbox=frame).get_bbox_patch()
        for name, (x, y) in places.items()
    }
    for start, end, label, color in arrows:
        ends = {"patchA": boxes[start], "patchB": boxes[end], "shrinkA": 3, "shrinkB": 3}
        style = {"arrowstyle": "-|>", "color": color, "linewidth": 2, "mutation_scale": 18, **ends}
        axes.annotate("", places[end], places[start], arrowprops=style)
        x, y = np.mean([places[start], places[end]], axis=0)
        axes.text(x, y, label, ha="center", va="center", size=9, backgroundcolor="white")
    xs, ys = zip(*places.values(), strict=True)
    axes.set(xlim=(min(xs) - 0.3, max(xs) + 0.3), ylim=(min(ys) - 0.25, max(ys) + 0.25))
    axes.axis("off")
    return figure
