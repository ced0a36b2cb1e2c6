"""The map of chapter 2: named boxes, and arrows between them."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from talentlab.plots import new_axes


def plot_map(places: Mapping[str, tuple[float, float]], arrows: Sequence[tuple[str, str, str, str]]) -> Figure:
    """Named boxes, and arrows between them with a label in the middle.

    Args:
        places: Name → position of its box, in units of a box and a half.
        arrows: From, to, label, colour.
    """
    figure, (axes,) = new_axes(width=7.9, height=4.4)  # as wide as a column of 760 pixels
    frame = {"boxstyle": "round,pad=0.5", "facecolor": "white"}
    boxes = {
        name: axes.text(x, y, name, ha="center", va="center", weight="bold", size=11, bbox=frame).get_bbox_patch()
        for name, (x, y) in places.items()
    }
    for start, end, label, color in arrows:
        ends = {"patchA": boxes[start], "patchB": boxes[end], "shrinkA": 3, "shrinkB": 3}
        style = {"arrowstyle": "-|>", "color": color, "linewidth": 2, "mutation_scale": 18, **ends}
        axes.annotate("", places[end], places[start], arrowprops=style)
        x, y = np.mean([places[start], places[end]], axis=0)
        axes.text(x, y, label, ha="center", va="center", size=10.5, backgroundcolor="white")
    xs, ys = zip(*places.values(), strict=True)
    axes.set(xlim=(min(xs) - 0.3, max(xs) + 0.3), ylim=(min(ys) - 0.25, max(ys) + 0.25))
    axes.axis("off")
    return figure
