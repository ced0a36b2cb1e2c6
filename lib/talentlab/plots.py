"""Figures: each function draws one and returns it; `show` puts it into the notebook with its text alternative."""

import base64
import html
import io
from collections.abc import Callable, Mapping, Sequence

import ipywidgets
import matplotlib.pyplot as plt
import pandas as pd
import PIL.Image
from IPython.display import Image, Markdown, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from sklearn.metrics import ConfusionMatrixDisplay

from talentlab import language
from talentlab.escaping import markdown_text
from talentlab.evaluation.metrics import worst_pairs

# Okabe & Ito's colours, which people with colour-blindness tell apart (jfly.uni-koeln.de/color).
BLUE, ORANGE, GREEN, VERMILION, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#6b6b6b"
_MATRIX_CLASSES = 15  # more do not fit into a matrix that can be read


def show(figure: Figure, *, alt: str) -> None:
    """Display a figure and, under it, the sentence that says what it shows.

    Args:
        figure: Closed afterwards, so that no second copy appears.
        alt: The text alternative; also the caption, because JupyterLab drops the attribute.
    """
    drawn, alt = png(figure), language.with_names(alt)
    written = language.written_in(figure)
    image = Image(data=drawn, alt=alt, width=int(figure.get_figwidth() * 96), metadata=written)
    display(image, Markdown(f"*{markdown_text(alt)}*"))


def png(figure: Figure) -> bytes:
    """The figure as a PNG file, small enough for a notebook under version control; closes it."""
    drawn, small = io.BytesIO(), io.BytesIO()
    language.name_figure(figure)
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


def plot_training(steps: pd.DataFrame, epochs: pd.DataFrame, metric: str = "f1") -> Figure:
    """Loss and learning rate per optimizer step and, where something was validated, its numbers per epoch.

    Args:
        steps: `History.step_table()`.
        epochs: `History.epoch_table()`.
        metric: Column of `epochs` to draw; left out if validation did not return it.
    """
    styles = {metric: (GREEN, "o", f"validation {metric}"), "loss": (BLUE, "s", "validation loss [nats/example]")}
    styles = {name: style for name, style in styles.items() if name in epochs}
    figure, (left, *others) = new_axes(2 if styles else 1, width=9.2 if styles else 5.4)
    left.plot(steps["step"], steps["loss"], color=BLUE, alpha=0.35, linewidth=1, label="each step")
    smooth = steps["loss"].ewm(span=max(2, len(steps) // 12)).mean()
    left.plot(steps["step"], smooth, color=BLUE, label="smoothed")
    left.set(xlabel="optimizer step", ylabel="loss [nats/example]", ylim=(0, None))
    rate = left.twinx()
    rate.plot(steps["step"], steps["learning_rate"], color=GREY, linestyle=":", label="learning rate")
    rate.set(ylabel="learning rate", ylim=(0, None))
    rate.ticklabel_format(style="sci", scilimits=(0, 0), axis="y")
    lines = [*left.get_lines(), *rate.get_lines()]
    left.legend(lines, [str(line.get_label()) for line in lines], frameon=False, loc="upper right")
    for right in others:
        for name, (color, marker, label) in styles.items():
            right.plot(epochs.index, epochs[name], color=color, marker=marker, label=label)
        right.set(xlabel="epoch", xticks=epochs.index, ylim=(0, 1.25 * max(1, epochs[list(styles)].max(axis=None))))
        right.legend(frameon=False, loc="upper center", ncols=2)
    return figure


def plot_confusion(labels: Sequence[int], predictions: Sequence[int], class_names: Sequence[str]) -> Figure:
    """Counts of true against predicted classes; of more than fifteen classes the pairs that are confused most.

    A matrix of 77 classes has 5,929 cells, nearly all of them empty, and names that nobody can read.
    """
    if len(class_names) > _MATRIX_CLASSES:
        return _plot_worst_pairs(worst_pairs(labels, predictions, class_names, k=12))
    size = 3.2 + 0.5 * max(0, len(class_names) - 2)
    figure, (axes,) = new_axes(width=size * 1.25, height=size)
    ConfusionMatrixDisplay.from_predictions(
        labels, predictions, labels=range(len(class_names)), display_labels=class_names, cmap="Blues", colorbar=False,
        ax=axes, xticks_rotation=0 if len(class_names) < 4 else 45,
    )  # fmt: skip
    return figure


def _plot_worst_pairs(pairs: pd.DataFrame) -> Figure:
    """One bar per pair of classes: how many texts of the one got the answer of the other."""
    figure, (axes,) = new_axes(width=7.4, height=1.2 + 0.34 * max(1, len(pairs)))
    axes.barh(range(len(pairs)), pairs["n"], color=VERMILION)
    names = zip(pairs["true"], pairs["predicted"], strict=True)
    axes.set_yticks(range(len(pairs)), [f"{true[:24]} → {said[:24]}" for true, said in names])
    for place, (n, share) in enumerate(zip(pairs["n"], pairs["share"], strict=True)):
        axes.text(n, place, f" {share:.0%}", va="center")
    axes.set(xlabel="texts (per cent: share of the true class)", ylabel="true → answered", xlim=(0, None))
    axes.margins(x=0.12)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.invert_yaxis()
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
    axes.set_yticks(
        rows, [f"{language.name(name)}  (n = {n})" for name, n in zip(table.index, table["n"], strict=True)]
    )
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


Draw = Callable[..., tuple[Figure, str]]


def explore(draw: Draw, **controls: ipywidgets.ValueWidget) -> ipywidgets.VBox:
    """Show `controls` above the figure that `draw` makes of their values, and redraw on every change.

    One output carries both forms: the live controls, and the first figure as a picture for GitHub, HTML copies and
    JupyterLab before the first run. Only `observe` and plain widgets are used: `interact` and `Output` can hang a
    headless run, and swallow errors.

    Args:
        draw: Called with the controls' values by name; returns the figure and one sentence on what it shows.
        **controls: One widget with a `value` per argument of `draw`.

    Returns:
        The box of controls, picture and sentence; its parts are reachable for tests as `children`.
    """
    picture = ipywidgets.Image(format="png", layout=ipywidgets.Layout(max_width="100%"))
    caption = ipywidgets.HTML()

    written: dict[str, list[str]] = {}

    def redraw(_: object = None) -> str:
        figure, sentence = draw(**{name: control.value for name, control in controls.items()})
        picture.width = str(int(figure.get_figwidth() * 96))
        picture.value = png(figure)
        written.update(language.written_in(figure))
        caption.value = f"<em>{html.escape(sentence)}</em>"
        return sentence

    sentence = redraw()
    for control in controls.values():
        control.description = language.name(control.description)
        control.observe(redraw, names="value")
    box = ipywidgets.VBox([*controls.values(), picture, caption])
    bundle = box._repr_mimebundle_()
    bundle["text/plain"] = sentence
    bundle["image/png"] = base64.b64encode(picture.value).decode()
    display(bundle, raw=True, metadata={"image/png": {"width": int(picture.width), **written}})
    return box
