"""Figures of many runs: learning curves, parameters beside a metric, the best value so far."""

from collections.abc import Collection, Hashable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from talentlab.errors import RunError
from talentlab.experiments import tables
from talentlab.experiments.records import Record
from talentlab.plots import BLUE, GREEN, GREY, ORANGE, VERMILION, new_axes

# Okabe & Ito's colours without yellow, which is too pale for a line, each with a marker of its own.
STYLES = tuple(zip((BLUE, ORANGE, GREEN, VERMILION, "#CC79A7", "#56B4E9", "#000000"), "osD^vPX", strict=True))
_WORSE_TO_BETTER = LinearSegmentedColormap.from_list("worse to better", [ORANGE, BLUE])
_PAPER = {"color": "white", "alpha": 0.7, "pad": 1}  # behind the labels of an axis, so that no line hides them
_LOG_FROM = 20  # an axis whose largest value is this many times its smallest is logarithmic


def plot_learning_curves(runs: Sequence[Record], metric: str = "f1") -> Figure:
    """A number of the validation after each epoch, one line per training; the seeds of a configuration share a colour.

    Args:
        runs: Their configurations are coloured in this order, so give the most interesting first; after seven: grey.
        metric: What the validation returned.

    Raises:
        RunError: If no training of these runs recorded it.
    """
    epochs = tables.epoch_table(runs)
    _demand(epochs, metric, "in the training histories of these runs")
    labels = tables.configurations(runs)
    styles = _assign(labels.values())
    figure, (axes,) = new_axes(width=8.4, height=3.4 + 0.22 * min(len(styles), len(STYLES) + 1))
    lines = {}
    for (run, _), curve in epochs.groupby(["run", "fit"], sort=False):
        color, marker = styles[labels[run]]
        name = f"{len(styles) - len(STYLES)} others" if color == GREY else labels[run]
        lines[name] = axes.plot(curve["epoch"], curve[metric], color=color, marker=marker, markersize=4, linewidth=1.2)
    figure.legend([line for (line,) in lines.values()], list(lines), frameon=False, loc="outside lower left")
    axes.set(xlabel="epoch", ylabel=f"validation {metric}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def plot_best_so_far(table: pd.DataFrame, metric: str = "f1") -> Figure:
    """Each run in order of time as a point, and the largest value until then as a line, per sweep.

    Args:
        table: As `tables.table` returns it.
        metric: One of its columns; larger is better.

    Raises:
        RunError: If no run has it.
    """
    _demand(table, metric, "in the table")
    done = table.dropna(subset=[metric]).sort_values("started")
    sweeps = done["sweep"].fillna("runs outside of sweeps")
    styles = _assign(sweeps)
    figure, (axes,) = new_axes(width=8.4, height=3.8)
    first, third = done[metric].quantile([0.25, 0.75])
    bottom = min(done[metric].groupby(sweeps).first().min(), first - 3 * (third - first))  # a collapsed run lies below
    for sweep, runs in done.groupby(sweeps, sort=False):
        color, marker = styles[sweep]
        number = range(1, len(runs) + 1)
        axes.plot(number, runs[metric], marker, color=color, markersize=4, alpha=0.6)
        axes.step(number, runs[metric].cummax(), color=color, where="post", marker=marker, label=sweep, markevery=[-1])
    figure.legend(frameon=False, loc="outside upper left")
    axes.set(xlabel="runs of the sweep in order of time", ylabel=f"{metric}: each run, and the best so far")
    if below := (done[metric] < bottom).sum():
        axes.set_ylim(bottom=bottom - 0.05 * (done[metric].max() - bottom))
        axes.text(1, 0.02, f"not shown, below: {below}", transform=axes.transAxes, ha="right", color=GREY)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def plot_parallel(
    table: pd.DataFrame, names: Sequence[str], metric: str = "f1", shown: Collection[Hashable] | None = None
) -> Figure:
    """Each run as a line across the axes of its parameters, which ends and has its colour at the value of a metric.

    Args:
        table: As `tables.table` returns it. Runs without the metric are left out; a line has a gap where a run lacks
            a parameter.
        names: Columns that become axes. One that reaches from a number to its twentyfold is logarithmic; one that is
            not numeric has a place for each of its values.
        metric: The column at the colour bar.
        shown: Runs to colour, over whose values the metric's scale reaches; the others stay grey behind them and may
            end beyond it. All if None.

    Raises:
        RunError: If no run has the metric.
    """
    _demand(table, metric, "in the table")
    done = table.dropna(subset=[metric]).sort_values(metric)
    figure, (axes,) = new_axes(width=max(6.4, 1.9 * len(names) + 2), height=3.8)
    heights = []
    for x, name in enumerate(names):
        height, ticks = _place(done[name])
        heights.append(height)
        axes.axvline(x, color=GREY, linewidth=1)
        for label, y in ticks.items():
            axes.text(x + 0.02, y, label, size=9, va="center", zorder=3, bbox=_PAPER)
    coloured = done[metric] if shown is None else done.loc[done.index.isin(list(shown)), metric]
    low, high = (coloured.min(), coloured.max()) if len(coloured) else (done[metric].min(), done[metric].max())
    high = high if high > low else low + 0.01
    scale = ScalarMappable(Normalize(low, high), _WORSE_TO_BETTER)
    ends = (done[metric] - low) / (high - low)
    for run, *ys, end in zip(done.index, *heights, ends, strict=True):
        style = {"color": scale.cmap(end), "zorder": 2} if run in coloured.index else {"color": "#dddddd"}
        axes.plot([*ys, end], linewidth=1.3, **style)
    figure.colorbar(scale, ax=axes, label=metric, pad=0, fraction=0.04)
    axes.set(xlim=(0, len(names)), ylim=(0, 1), yticks=[])
    axes.set_xticks(range(len(names)), names)
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def _place(column: pd.Series) -> tuple[npt.NDArray[np.float64], dict[str, float]]:
    """Heights of the values on their axis [0 to 1], NaN where there is none, and the axis' labels with theirs."""
    given = column.dropna()
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in given):
        values = column.to_numpy(float)
        low, high = given.min(), given.max()
        is_log = low > 0 and high / low >= _LOG_FROM
        ticks = np.unique(given.to_numpy(float))
        if len(ticks) > 6:
            subs = (1.0,) if is_log and high / low >= 100 else (1.0, 2.0, 5.0)
            ticks = np.asarray((LogLocator(subs=subs) if is_log else MaxNLocator(5)).tick_values(low, high))
            ticks = ticks[(ticks >= low) & (ticks <= high)]
        labels = [f"{tick:g}" for tick in ticks]
    else:
        labels = list(dict.fromkeys(map(str, given)))
        values = given.map(str).map(labels.index).reindex(column.index).to_numpy(float)
        ticks, is_log = np.arange(len(labels)), False
    scale = np.log if is_log else np.asarray
    start, length = scale(np.nanmin(values)), np.ptp(scale(values[~np.isnan(values)]))
    heights, places = (((scale(v) - start) / length if length else v * 0 + 0.5) for v in (values, ticks))
    return heights, dict(zip(labels, places.tolist(), strict=True))


def _assign(names: Iterable[str]) -> dict[str, tuple[str, str]]:
    """A colour and a marker for each name, in order of appearance; grey after the last one."""
    distinct = list(dict.fromkeys(names))
    return {name: STYLES[i] if i < len(STYLES) else (GREY, ".") for i, name in enumerate(distinct)}


def _demand(table: pd.DataFrame, metric: str, where: str) -> None:
    if metric not in table or table[metric].isna().all():
        numbers = table.select_dtypes("number").columns
        raise RunError(
            f"No {metric!r} {where}.",
            expected=f"one of {', '.join(numbers)}" if len(numbers) else "runs that recorded numbers",
            remedy="name another metric.",
        )
