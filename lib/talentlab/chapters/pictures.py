"""Rows of pictures, boxes on them, and masks in colour: chapter 3.4b."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from talentlab import plots
from talentlab.data.images import Boxes

MASK_COLOURS = ("#e8e8e8", plots.BLUE, plots.ORANGE, plots.GREEN, plots.VERMILION, "#56B4E9", "#CC79A7")


def gallery(
    pictures: Sequence[npt.NDArray[Any]], titles: Sequence[str] = (), *, columns: int = 8, side: float = 1.15
) -> tuple[Figure, list[Axes]]:
    """Images [H, W, 1 or 3] of 0 … 255, or masks [H, W] of classes, side by side.

    Args:
        pictures: In the order of reading.
        titles: One above each picture, if any.
        columns: Pictures in a row.
        side: Of each picture [inches].
    """
    rows = -(-len(pictures) // columns)
    height = rows * (side + (0.26 if titles else 0))
    figure, grid = plt.subplots(rows, columns, figsize=(columns * side, height), squeeze=False, layout="constrained")
    for axes in grid.flat:
        axes.set_axis_off()
    for number, (axes, picture) in enumerate(zip(grid.flat, pictures, strict=False)):
        height, width = picture.shape[:2]
        area = (0, width, height, 0)  # so that a pixel's corner, not its middle, is at a whole number
        if picture.ndim == 2:
            colours = ListedColormap(MASK_COLOURS)
            axes.imshow(picture, cmap=colours, vmin=0, vmax=len(MASK_COLOURS) - 1, extent=area, interpolation="nearest")
        else:
            shown = np.repeat(picture, 3, 2) if picture.shape[2] == 1 else picture
            axes.imshow(shown, extent=area, interpolation="nearest")
        if titles:
            axes.set_title(titles[number], fontsize=9)
    return figure, list(grid.flat)


def add_boxes(axes: Axes, boxes: Boxes, class_names: Sequence[str], colour: str, *, dashed: bool = False) -> None:
    """Draw boxes into a picture, each with its class's name, and its score where it is not 1."""
    named: list[tuple[float, float]] = []
    for (left, top, right, bottom), label, score in zip(boxes.xyxy, boxes.labels, boxes.scores, strict=True):
        style: dict[str, Any] = {"edgecolor": colour, "linewidth": 1.6, "linestyle": "--" if dashed else "-"}
        axes.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, **style))
        text = class_names[label] + ("" if score == 1 else f" {score:.2f}")
        back = {"facecolor": colour, "edgecolor": "none", "pad": 0.8}
        if not dashed:
            height = axes.get_ylim()[0]
            line = height / 14
            places = [max(top, line), min(bottom + line, height), (top + bottom) / 2]  # else one name hides another
            free = [y for y in places if all(abs(left - x) > 5 * line or abs(y - other) > line for x, other in named)]
            place = (free or places)[0]
            axes.text(left, place, text, fontsize=7, color="white", bbox=back, va="bottom", clip_on=True)
            named.append((left, place))
