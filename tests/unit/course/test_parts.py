"""Exercises, claims, widgets, figures and the doctor: what cells call."""

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from talentlab import data, doctor, evaluation, plots
from talentlab.chapters import figures
from talentlab.course import claims, exercises
from talentlab.errors import ChapterError


@pytest.fixture
def shown(monkeypatch):
    """What cells display, as mime bundles."""
    bundles = []
    for module in (exercises, claims, plots):
        monkeypatch.setattr(module, "display", lambda bundle, **_: bundles.append(bundle))
    return bundles


@pytest.fixture(autouse=True)
def no_progress_file(monkeypatch, tmp_path):
    monkeypatch.setattr(exercises, "_progress_file", lambda: tmp_path / "progress.json")


@pytest.mark.parametrize(
    ("exercise", "wrong", "right"),
    [
        ("2.1", 7_087_872 - 9 * 768, 7_087_872),
        ("2.2", 147_456, 294_912),
        ("2.3", 0.524, 0.003537),
        ("2.4", 12, 7),
        ("3.2b.1", 1760, 1472),
        ("3.2b.3", 2.3219, 1.6094),
        ("3.2b.4", 0.6, 0.8),
        ("3.2a.1", 0.7, 0.185 / 0.485),
        ("3.2a.2", 2 / 7, 1 / 3),
        ("3.2a.3", 0.24, 0.036),
        ("3.2a.5", 0.8, 40 / 135),
        ("3.2e.1", 0.421875, 0.84375),
        ("3.2e.2", (0, 1), (1, 0)),
        ("3.2e.3", 18, 15),
        ("3.2c.1", 9e-5, 1.005e-4),
        ("3.2c.2", 0.262, 0.2097),
        ("3.2c.3", 1e-6, 0.001),
        ("3.2c.4", 2.197, 2.944),
        ("3.2c.5", (8, 8), (6, 4)),
        ("3.2d.1", 20.8, 34.1),
        ("3.2d.2", -0.24, 0.24),
        ("3.2d.3", 58, 59),
        ("3.2d.4", 64, 40),
        ("3.2f.1", 384.16, 1537),
        ("3.2f.2", 0.011328, 0.022656),
        ("3.2f.3", 0.6415, 0.3973),
        ("3.2f.4", 0.8808, 0.7311),
        ("3.2d.5", 8, 9),
        ("3.3.1", 2**0.2, 32),
        ("3.3.2", 540, 1500),
        ("3.3.3", 510, 1530),
        ("4.1", (0.665, 0.245, 0.090), (0.665, -0.755, 0.090)),
        ("4.2", 4.2, 8),
        ("4.4", (0.982, 0.731), (0.982, 0.183)),
        ("4.5", (1.99, 2.01), (1.988, 2.008)),
        ("5.1", (0.9, 0.75), (0.75, 0.9)),
        ("5.2", 44 / 90, 46 / 90),
        ("5.3", 2e-4, 1e-4),
        ("5.5", 306, 1225),
        ("10.2", 2.958, 2.458),
        ("10.3", (1, 2), (2, 1)),
    ],
)
def test_an_exercise_tells_right_from_wrong_from_not_attempted(shown, exercise, wrong, right):
    for answer in (None, wrong, right, "nonsense"):
        exercises.check(exercise, answer)
    texts = [bundle["text/plain"] for bundle in shown]
    assert "not attempted yet" in texts[0] and "not yet: " in texts[1] and "correct" in texts[2]
    assert "could not be checked" in texts[3]


def test_the_attention_exercise_wants_the_column_of_the_last_token(shown):
    weights = np.full((3, 3, 4, 4), 0.1)
    weights[1, 2, :, -1], weights[0, 0, :, 0] = 0.9, 0.8  # (2, 3) looks at [SEP], (1, 1) at [CLS]
    for answer in ((1, 1), (1, 2), (3, 1), (2, 3)):
        exercises.check("2.5", answer, weights=weights)
    words = (
        "not yet: that is the head for [CLS]",
        "not yet: counted from 0",
        "not yet: take the last column",
        "correct",
    )
    assert all(word in bundle["text/plain"] for word, bundle in zip(words, shown, strict=True))


def test_the_softmax_exercise_wants_large_logits_and_rows_of_their_own(shown):
    def naive(z):
        return np.exp(z) / np.exp(z).sum(-1, keepdims=True)

    for answer in (naive, lambda z: naive(z - z.max()), lambda z: naive(z - z.max(-1, keepdims=True))):
        exercises.check("4.3", answer)
    words = ("largest logit first", "each row", "correct")
    assert all(word in bundle["text/plain"] for word, bundle in zip(words, shown, strict=True))


@pytest.mark.parametrize(
    ("exercise", "answers", "words"),
    [
        ("10.1", ({"a", "b"}, {"b", "c"}, {"b", "e"}, {"b", "d"}, {"b", "d", "e"}),
         ("comments count", "data files", "not its date", "not in the key", "correct")),
        ("3.2e.5", ({"a", "b"}, {"a", "c", "d", "e"}, {"c", "e"}, {"a", "e"}, {"a", "c"}, {"a", "c", "e"}),
         ("b: the members", "d: validation", "trained on", "unseen", "best of several", "correct")),
        ("3.3.5", ({"A", "B", "C"}, {"B", "C", "E"}, {"A", "B", "C", "D", "E"}, {"A", "B", "C", "E"}),
         ("E: ten points", "A: if the lead", "D: the same texts", "correct")),
        ("3.2b.2", ({"a", "c"}, {"a", "d", "e"}, {"b", "d"}, {"a", "d"}, {"a", "b", "d"}),
         ("c: b is", "e: d is", "a: nothing", "from the cheapest", "correct")),
        ("3.2b.5", ({"a", "e"}, {"b", "e"}, {"d"}, {"f"}, {"e"}, {"e", "f"}),
         ("a: the file", "b and c", "d: the tokenizer", "e: which rows", "f: numbers", "correct")),
        ("10.4", (8, 40, 18, 17), ("take more", "more than enough", "correct", "correct")),
        ("10.5", ({"a"}, {"c", "d"}, {"c"}, {"e"}, {"c", "e"}),
         ("a: zero", "d: the interval", "e: a", "c: two", "correct")),
    ],
)  # fmt: skip
def test_the_exercises_on_experiments_name_what_is_wrong(shown, exercise, answers, words):
    for answer in answers:
        exercises.check(exercise, answer, **({"spread": 1.42} if exercise == "10.4" else {}))
    assert all(word in bundle["text/plain"] for word, bundle in zip(words, shown, strict=True))


def test_the_exercise_on_random_draws_wants_one_of_five_within_two_points(shown):
    for answer in (1 / 2, 1 / 32, 5 / 2, 1 - 0.75**5, 96.875, 31 / 32):  # two of the four lie within two points
        exercises.check("3.3.4", answer, accuracies=[0.5, 0.6, 0.685, 0.7])
    words = ("one draw", "all five", "add up", "one point", "in percent", "correct")
    assert all(word in bundle["text/plain"] for word, bundle in zip(words, shown, strict=True))


def test_the_mojibake_exercise_wants_the_last_deed_undone_first(shown):
    strip, repair = data.strip_html, data.repair_mojibake
    for answer in (
        repair,
        lambda text: strip(repair(text)),
        lambda text: repair(strip(text)).upper(),
        lambda text: repair(strip(text)),
    ):
        exercises.check("3.2a.4", answer)
    words = ("entities", "done last", "nothing but", "correct")
    assert all(word in bundle["text/plain"] for word, bundle in zip(words, shown, strict=True))


def test_the_threshold_exercise_wants_recall_first_then_precision(shown):
    scores, truth = np.array([0.1, 0.4, 0.6, 0.8, 0.9]), np.array([False, True, False, True, True])
    for answer in (0.85, 0.1, 0.4):
        exercises.check("5.4", answer, probabilities=scores, is_positive=truth)
    assert [
        next(word for word in ("recall is", "precision is", "correct") if word in b["text/plain"]) for b in shown
    ] == ["recall is", "precision is", "correct"]


def test_solved_exercises_are_remembered_but_not_those_of_tests(shown, monkeypatch, tmp_path):
    exercises.check("5.2", 46 / 90)
    assert exercises.passed() == []
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    exercises.check("5.2", 46 / 90)
    assert exercises.passed(tmp_path / "progress.json") == ["5.2"]


def test_an_exercise_without_a_check_is_the_chapters_mistake():
    with pytest.raises(ChapterError, match=r"5\.99"):
        exercises.check("5.99", 1)


def test_a_claim_stands_with_its_measurement_and_verdict(shown):
    claims.record("5.4-recall", measured="88 %", reference="90 %", holds=False)
    assert shown[0][claims.CLAIM_MIME]["verdict"] == "does not hold" and "88 %" in shown[0]["text/markdown"]
    with pytest.raises(ChapterError, match="unknown-claim"):
        claims.record("unknown-claim", measured="", reference="", holds=None)


def test_a_slider_redraws_picture_and_sentence(shown):
    def draw(x):
        figure, axes = plt.subplots()
        axes.plot([0, x])
        return figure, f"x is {x}"

    slider = ipywidgets.IntSlider(value=1)
    box = plots.explore(draw, x=slider)
    before = box.children[-2].value
    slider.value = 5
    assert "x is 5" in box.children[-1].value and box.children[-2].value != before
    assert shown[0]["text/plain"] == "x is 1" and "image/png" in shown[0]
    assert "application/vnd.jupyter.widget-view+json" in shown[0]


def test_a_figure_is_shown_once_with_its_sentence(monkeypatch):
    seen = []
    monkeypatch.setattr(plots, "display", lambda *objects: seen.extend(objects))
    plots.show(figures.plot_lengths([3, 4, 4], 128), alt="two b, one a")
    picture, caption = seen
    assert picture.alt == "two b, one a" and caption.data == "*two b, one a*" and not plt.get_fignums()


def test_figures_draw_the_numbers_they_are_given():
    figure = figures.plot_padding([3, 5, 5], {"one": [[0, 1], [2]]})
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == [8, 5, 2, 0]
    table = pd.DataFrame({"n": [4], "accuracy": [0.75], "low": [0.3], "high": [0.95]}, index=["slice"])
    (points,) = [
        line for line in plots.plot_intervals(table, "accuracy").axes[0].get_lines() if line.get_marker() == "o"
    ]
    assert points.get_xdata().tolist() == [0.75]
    probabilities = np.array([[0.2, 0.8], [0.6, 0.4], [0.3, 0.7], [0.9, 0.1]])
    figure, sentence = figures.plot_threshold([1, 1, 0, 0], probabilities[:, 1], 1, 0.5, "yes")
    assert "precision 0.50, recall 0.50" in sentence
    curve = evaluation.curves([1, 1, 0, 0], probabilities)
    left = figures.plot_curves(curve["roc"], curve["pr"], 0.5).axes[0]
    assert [tuple(line.get_xydata()[0]) for line in left.get_lines() if line.get_marker() == "o"] == [(0.5, 0.5)]
    plt.close("all")


def test_the_doctor_finds_this_environment_well():
    findings = list(doctor.examine())
    assert [f.what for f in findings] == ["Python", "packages", "cores", "memory", "bf16", "GPU", "model", "kernel"]
    assert all(str(f).startswith("✓") for f in findings if f.what in ("Python", "packages", "model", "kernel"))


def test_the_doctor_names_a_package_that_is_not_as_pinned(monkeypatch):
    monkeypatch.setattr(doctor, "pins", lambda: {"numpy": "0.1"})
    finding = next(f for f in doctor.examine() if f.what == "packages")
    assert not finding.ok and "not 0.1" in str(finding) and "pip install" in str(finding)
