"""A plan, its risks and its values as figures; each function draws one and returns it."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from talentlab import language
from talentlab.language import tr
from talentlab.plots import BLUE, GREEN, GREY, ORANGE, VERMILION, new_axes
from talentlab.talent.plan import Plan
from talentlab.talent.risk import Forecast
from talentlab.talent.views import critical_path, load, schedule, tightness

STEPS = ("onboarding", "data", "model choice", "fine-tuning", "tuning", "ensembling", "release")
_COLORS = (GREY, BLUE, ORANGE, GREEN, VERMILION, "#56B4E9", "#CC79A7")  # Okabe & Ito
_WHITE_TO_RED = LinearSegmentedColormap.from_list("tight", ["white", VERMILION])
_WHITE_TO_BLUE = LinearSegmentedColormap.from_list("days", ["white", BLUE])


def plot_gantt(plan: Plan, steps: Sequence[str] = STEPS) -> Figure:
    """Every task from its first to its last day, coloured by step, with its people; outlined: what the date hangs on.

    Args:
        plan: Of `plan.solve`.
        steps: Names of step 0, the onboarding, to 6.
    """
    table, critical = schedule(plan), {name for name, _ in critical_path(plan)}
    figure, (axes,) = new_axes(width=9.2, height=1.3 + 0.24 * len(table))
    width = table["days"] + table["pause"]
    for row, (name, task) in enumerate(table.iterrows()):
        edge = "black" if name in critical else "none"
        axes.barh(row, width[name], left=task["first_day"], color=_COLORS[task["step"]], edgecolor=edge, linewidth=1.6)
        axes.text(task["first_day"] + width[name] + 1, row, task["people"], va="center", fontsize=7.5,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip
    axes.set_yticks(range(len(table)), [f"{n} {t}" if n != t else n for n, t in table["name"].items()], fontsize=8)
    axes.axvline(plan.end, color=GREY, linestyle="--", zorder=0.5)
    axes.set(xlabel="working day", xlim=(0, plan.end * 1.25), ylim=(len(table) - 0.4, -0.6))
    shown = sorted(set(table["step"]))
    patches = [Patch(color=_COLORS[step], label=steps[step]) for step in shown]
    patches.append(Patch(facecolor="none", edgecolor="black", label="decides the date"))
    axes.legend(handles=patches, frameon=False, fontsize=8, loc="lower left")
    return figure


def plot_load(plan: Plan) -> Figure:
    """Days of work of each person, beside the days that the person is there."""
    table = load(plan)
    figure, (axes,) = new_axes(height=1.2 + 0.3 * len(table))
    axes.barh(table.index, table["there"], color="#dddddd", label="there, until delivery")
    axes.barh(table.index, table["assigned"], color=BLUE, label="at work in the plan")
    axes.set(xlabel="working days")
    axes.invert_yaxis()
    figure.legend(frameon=False, loc="outside upper center", ncols=2)
    return figure


def plot_tightness(plan: Plan) -> Figure:
    """Share of each skill's people who are busy, week by week; red: who needs one of them waits."""
    table = tightness(plan).T
    figure, (axes,) = new_axes(width=7.6, height=1.3 + 0.32 * len(table))
    image = axes.imshow(table, aspect="auto", cmap=_WHITE_TO_RED, vmin=0, vmax=1, extent=(0.5, table.shape[1] + 0.5,
                        len(table) - 0.5, -0.5))  # fmt: skip
    axes.set_yticks(range(len(table)), table.index)
    axes.set(xlabel="week")
    figure.colorbar(image, ax=axes, label="share of its people busy")
    return figure


def plot_forecast(forecast: Forecast) -> Figure:
    """Chance of having delivered by each day, with the planned day, P50 and P90."""
    days = np.sort(forecast.ends)
    figure, (axes,) = new_axes()
    axes.plot(days, np.arange(1, len(days) + 1) / len(days), color=BLUE)
    for share, style in ((0.5, "-."), (0.9, ":")):
        day = forecast.quantile(share).value
        axes.axvline(day, color=GREEN, linestyle=style, label=f"P{share * 100:.0f}: day {day:.0f}")
    axes.axvline(forecast.planned, color=VERMILION, linestyle="--",
                 label=f"planned: day {forecast.planned}, kept in {forecast.chance().value:.1%}")  # fmt: skip
    top = np.quantile(days, 0.995)
    axes.set(xlabel="working day", ylabel="share of runs that have delivered", ylim=(0, 1.02), xlim=(days[0] - 2, top))
    axes.legend(facecolor="white", edgecolor="none", framealpha=1, loc="lower right")
    return figure


def plot_values(table: pd.DataFrame) -> Figure:
    """Days that each hire or training saves, with what the bounds of the two plans leave open.

    Args:
        table: Of `value.hires` or `value.compare`.
    """
    figure, (axes,) = new_axes(height=1.2 + 0.36 * len(table))
    rows = range(len(table))
    axes.hlines(rows, table["low"], table["high"], color=BLUE, linewidth=2)
    axes.plot(table["days"], rows, "o", color=BLUE)
    axes.axvline(0, color=GREY, linestyle="--")
    axes.set_yticks(rows, [tr("{name} (place {place})", name=language.name(name), place=place)
                           for name, place in table["place"].items()])  # fmt: skip
    axes.set(xlabel="working days saved (line: what the solver's bounds leave open)")
    axes.invert_yaxis()
    return figure


def plot_responsibility(
    table: pd.DataFrame, named: Mapping[str, Sequence[int]] | None = None, steps: Sequence[str] = STEPS
) -> Figure:
    """Person-days of each role in each of the six steps; outlined: the steps that somebody names for a role.

    Args:
        table: Of `views.responsibility`.
        named: Role → steps, for example those that the document gives it.
        steps: Names of step 0, the onboarding, to 6.
    """
    named = named or {}
    figure, (axes,) = new_axes(width=7.6, height=1.4 + 0.42 * len(table))
    axes.imshow(table, aspect="auto", cmap=_WHITE_TO_BLUE, vmin=0)
    dark = 0.9 * table.to_numpy().max()
    for row, role in enumerate(table.index):
        for column, step in enumerate(table):
            days = table.loc[role, step]
            axes.text(column, row, f"{days:.0f}", ha="center", va="center", color="white" if days > dark else "black")
            if step in named.get(role, ()):
                axes.add_patch(Rectangle((column - 0.46, row - 0.44), 0.92, 0.88, fill=False, ec="black", lw=1.8))
    axes.set_yticks(range(len(table)), table.index)
    axes.set_xticks(range(table.shape[1]), [f"{step} {steps[step]}" for step in table], fontsize=9)
    axes.set(xlabel="step [working days of people in it]")
    return figure
