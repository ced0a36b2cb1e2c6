"""Figures are tested on what they draw: the data of their lines and patches, beside the labels that name them."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from talentlab import evaluation, plots
from talentlab.training import History


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    plt.close("all")


def drawn(axes) -> dict[str, tuple[list[float], list[float]]]:
    """Label → x and y of each line."""
    return {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.get_lines()}


STEPS = [{"step": n + 1, "loss": 2.0 / (n + 1), "learning_rate": 1e-4 * (6 - n)} for n in range(6)]
EPOCHS = [{"epoch": 1, "loss": 0.9, "f1": 0.5, "accuracy": 0.6}, {"epoch": 2, "loss": 0.7, "f1": 0.8, "accuracy": 0.7}]


def test_training_curves_hold_each_number_under_its_own_name():
    history = History(STEPS, EPOCHS)
    left, right, rate = plots.plot_training(history.step_table(), history.epoch_table()).axes
    steps, losses = [row["step"] for row in STEPS], [row["loss"] for row in STEPS]
    assert drawn(left)["each step"] == (steps, losses)
    smooth = drawn(left)["smoothed"][1]
    assert smooth[0] == losses[0] and all(value > loss for value, loss in zip(smooth[1:], losses[1:], strict=True))
    assert drawn(rate) == {"learning rate": (steps, [row["learning_rate"] for row in STEPS])}
    assert drawn(right)["validation f1"] == ([1, 2], [0.5, 0.8])
    assert drawn(right)["validation loss [nats/example]"] == ([1, 2], [0.9, 0.7])
    assert left.get_ylabel() == "loss [nats/example]" and rate.get_ylabel() == "learning rate"


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [
        ([], None),
        ([{"epoch": 1}], None),
        ([{"epoch": 1, "loss": 0.5, "perplexity": 1.6}], ["validation loss [nats/example]"]),
        ([{"epoch": 1, "f1": 0.5}], ["validation f1"]),
    ],
    ids=["no epoch", "no validation", "another metric", "no loss"],
)
def test_a_training_without_f1_or_without_validation_is_drawn_all_the_same(epochs, expected):
    history = History(STEPS, epochs)
    axes = plots.plot_training(history.step_table(), history.epoch_table()).axes
    assert len(axes) == (2 if expected is None else 3)
    if expected:
        assert list(drawn(axes[1])) == expected


def test_the_reliability_curve_has_confidence_across_and_accuracy_up():
    probs = np.array([[0.9, 0.1], [0.9, 0.1], [0.3, 0.7], [0.4, 0.6]])
    table = evaluation.reliability([0, 1, 1, 0], probs)
    axes = plots.plot_reliability({"model": table}).axes[0]
    assert drawn(axes)["model"] == (pytest.approx([0.6, 0.7, 0.9]), pytest.approx([0.0, 1.0, 0.5]))
    assert axes.get_xlabel().startswith("confidence") and axes.get_ylabel().startswith("accuracy")
    assert drawn(axes)["confidence = accuracy"] == ([0, 1], [0, 1])


def test_the_confusion_matrix_has_true_classes_down_and_answers_across():
    axes = plots.plot_confusion([0, 0, 0, 1, 2], [0, 1, 1, 1, 0], ["a", "b", "c"]).axes[0]
    cells = np.array([int(text.get_text()) for text in axes.texts]).reshape(3, 3)
    assert cells.tolist() == [[1, 2, 0], [0, 1, 0], [1, 0, 0]]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    assert axes.get_xlabel() == "Predicted label" and axes.get_ylabel() == "True label"


def test_of_many_classes_the_pairs_that_are_confused_most_are_drawn():
    names = [f"class {n}" for n in range(77)]
    labels = [*range(77), 3, 3, 3, 8]
    said = [*range(77), 7, 7, 9, 1]
    axes = plots.plot_confusion(labels, said, names).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "class 3 → class 7", "class 8 → class 1", "class 3 → class 9",
    ]  # fmt: skip
    assert [bar.get_width() for bar in axes.patches] == [2, 1, 1]
    assert [text.get_text().strip() for text in axes.texts] == ["50%", "50%", "25%"]
    assert axes.get_xlabel().startswith("texts") and axes.yaxis_inverted()
    nothing = plots.plot_confusion(range(77), range(77), names).axes[0]
    assert not nothing.patches


def test_intervals_stand_at_their_values_and_reach_to_their_ends():
    table = pd.DataFrame({"n": [4, 9], "accuracy": [0.75, 0.5], "low": [0.3, 0.4], "high": [0.95, 0.6]}, ["x", "y"])
    axes = plots.plot_intervals(table, "accuracy (share)", reference=0.6).axes[0]
    points = next(line for line in axes.get_lines() if line.get_marker() == "o")
    assert list(zip(points.get_xdata(), points.get_ydata(), strict=True)) == [(0.75, 0), (0.5, 1)]
    ends = [segment[:, 0].tolist() for segment in axes.collections[0].get_segments()]
    assert ends == [[0.3, 0.95], [0.4, 0.6]]
    assert drawn(axes)["all: 0.60"][0] == [0.6, 0.6] and axes.get_xlabel() == "accuracy (share)"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["x  (n = 4)", "y  (n = 9)"]
