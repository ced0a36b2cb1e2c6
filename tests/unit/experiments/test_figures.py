"""Figures of many runs draw the numbers that were recorded."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from talentlab.errors import RunError
from talentlab.experiments import figures, tables
from talentlab.plots import BLUE, GREY, ORANGE


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def test_learning_curves_have_one_line_per_run_and_one_colour_per_configuration(write_run, tmp_path):
    for rate, seed in ((0.1, 0), (0.1, 1), (0.2, 0)):
        write_run(0.5, curve=(rate, rate + seed), rate=rate, seed=seed)
    figure = figures.plot_learning_curves(tables.select(tmp_path))
    drawn = [(line.get_color(), line.get_ydata().tolist()) for line in figure.axes[0].get_lines()]
    assert drawn == [(BLUE, [0.1, 0.1]), (BLUE, [0.1, 1.1]), (ORANGE, [0.2, 0.2])]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["rate=0.1", "rate=0.2"]


def test_more_configurations_than_colours_share_grey(write_run, tmp_path):
    for k in range(9):
        write_run(0.5, curve=(0.1,), k=k)
    figure = figures.plot_learning_curves(tables.select(tmp_path))
    assert [line.get_color() for line in figure.axes[0].get_lines()].count(GREY) == 2
    assert figure.legends[0].get_texts()[-1].get_text() == "2 others"


def test_best_so_far_rises_in_order_of_time_per_sweep(write_run, tmp_path):
    for f1, sweep in ((0.5, "a"), (0.9, "b"), (0.4, "a"), (None, "a"), (0.7, "a"), (0.6, None)):
        write_run(f1, sweep=sweep)
    table = tables.table(tmp_path).iloc[::-1]
    (axes,) = figures.plot_best_so_far(table).axes
    best = {line.get_label(): list(line.get_ydata()) for line in axes.get_lines() if line.get_drawstyle() != "default"}
    assert best == {"a": [0.5, 0.5, 0.7], "b": [0.9], "runs outside of sweeps": [0.6]}


def test_a_collapsed_run_does_not_flatten_the_figure_and_is_counted(write_run, tmp_path):
    for f1 in (0.7, 0.71, 0.0, 0.72, 0.73):
        write_run(f1)
    (axes,) = figures.plot_best_so_far(tables.table(tmp_path)).axes
    assert axes.get_ylim()[0] > 0.6 and [t.get_text() for t in axes.texts] == ["not shown, below: 1"]


def test_parallel_lines_cross_each_axis_at_their_value_and_end_at_the_metric(write_run, tmp_path):
    write_run(0.2, rate=1e-4, layers=2, mode="slow")
    write_run(0.6, rate=1e-2, layers=4, mode="fast")
    write_run(0.4, rate=1e-3, layers=3, mode="slow")
    write_run(None, rate=1.0, layers=99, mode="dead")
    table = tables.table(tmp_path)
    figure = figures.plot_parallel(table, ["rate", "layers", "mode"])
    lines = [line.get_ydata() for line in figure.axes[0].get_lines() if len(line.get_ydata()) == 4]
    assert np.allclose(lines, [[0, 0, 0, 0], [0.5, 0.5, 0, 0.5], [1, 1, 1, 1]])  # the rate on a logarithmic axis
    assert {"0.0001", "0.001", "0.01", "2", "4", "slow", "fast"} < {t.get_text() for t in figure.axes[0].texts}
    assert figure.axes[1].get_ylim() == (0.2, 0.6)


def test_runs_that_are_not_shown_are_grey_and_do_not_stretch_the_scale(write_run, tmp_path):
    for f1, k in ((0.0, 1), (0.5, 2), (0.7, 3)):
        write_run(f1, k=k)
    table = tables.table(tmp_path)
    figure = figures.plot_parallel(table, ["k"], shown=table.index[1:])
    colors = [to_hex(line.get_color()) for line in figure.axes[0].get_lines() if len(line.get_ydata()) == 2][1:]
    assert [color.upper() for color in colors] == ["#DDDDDD", ORANGE, BLUE] and figure.axes[1].get_ylim() == (0.5, 0.7)


@pytest.mark.parametrize(
    ("values", "heights", "labels"),
    [
        ([1, 3, 5], [0, 0.5, 1], ["1", "3", "5"]),
        ([7, 7], [0.5, 0.5], ["7"]),
        ([0.0, 1000.0], [0, 1], ["0", "1000"]),  # 0 has no logarithm
        ([-1.0, np.nan, 1.0], [0, np.nan, 1], ["-1", "1"]),
        ([True, False], [0, 1], ["True", "False"]),
        (["b", None, "a", "b"], [0, np.nan, 1, 0], ["b", "a"]),
        ([[1, 2], [3]], [0, 1], ["[1, 2]", "[3]"]),
        (list(range(11)), [i / 10 for i in range(11)], ["0", "2", "4", "6", "8", "10"]),
        ([10.0**-i for i in range(7)], [1 - i / 6 for i in range(7)], [f"{10.0**-i:g}" for i in range(6, -1, -1)]),
    ],
)
def test_values_have_their_places_on_an_axis(values, heights, labels):
    found, ticks = figures._place(pd.Series(values))
    assert np.allclose(found, heights, equal_nan=True) and list(ticks) == labels


def test_a_metric_that_nobody_recorded_is_refused_with_those_that_are_there(write_run, tmp_path):
    write_run(0.5, curve=(0.5,))
    table = tables.table(tmp_path)
    for draw in (
        lambda: figures.plot_best_so_far(table, "f2"),
        lambda: figures.plot_parallel(table, [], "f2"),
        lambda: figures.plot_learning_curves(tables.select(tmp_path), "f2"),
    ):
        with pytest.raises(RunError, match="f1"):
            draw()
