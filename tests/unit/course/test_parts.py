"""Claims, widgets, figures and the doctor: what cells call."""

import re

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from talentlab import doctor, evaluation, language, plots
from talentlab.chapters import figures
from talentlab.course import claims
from talentlab.errors import ChapterError
from talentlab.runtime import repository_root


@pytest.fixture
def shown(monkeypatch):
    """What cells display, as mime bundles."""
    bundles = []
    for module in (claims, plots):
        monkeypatch.setattr(module, "display", lambda bundle, **_: bundles.append(bundle))
    monkeypatch.setattr(claims, "recorded", dict)  # what the course has measured decides no test
    return bundles


def test_a_claim_stands_with_its_measurement_and_verdict(shown):
    claims.record("3.2-tuning", measured="88 %", reference="90 %", holds=False)
    assert shown[0][claims.CLAIM_MIME]["verdict"] == "does not hold" and "88 %" in shown[0]["text/markdown"]
    for holds, verdict in ((True, "holds"), (None, "not decided")):
        claims.record("3.2-tuning", measured="", reference="", holds=holds)
        assert shown[-1][claims.CLAIM_MIME]["verdict"] == verdict
    with pytest.raises(ChapterError, match="unknown-claim"):
        claims.record("unknown-claim", measured="", reference="", holds=None)


def test_a_claim_speaks_the_chinese_of_its_statement(shown, monkeypatch):
    claims.record("3.2-tuning", measured="88 %", reference="90 %", holds=None)
    monkeypatch.setenv(language.VARIABLE, "zh")
    claims.record("3.2-tuning", measured="88 %", reference="90 %", holds=None)
    chinese = shown[1]
    statement = {number: text for rows in claims.statements().values() for number, _, text in rows}["3.2-4"]
    assert f"| **原文的说法** | {statement} |" in chinese["text/markdown"]
    assert "| **结论** | 还不能得出结论 |" in chinese["text/markdown"]
    assert chinese[claims.CLAIM_MIME] == shown[0][claims.CLAIM_MIME]  # what is collected is the same in both


def test_the_record_stands_beside_the_run_and_decides(shown, monkeypatch):
    row = {"measured": "+3 % [+1 %, +5 %]", "verdict": "holds", "data": "SST-2, 5 seeds", "date": "2026-11-25"}
    monkeypatch.setattr(claims, "recorded", lambda: {"3.2-tuning": row})
    claims.record("3.2-tuning", measured="+2 % [-4 %, +8 %]", reference="0", holds=None)
    assert shown[0][claims.CLAIM_MIME]["verdict"] == "not decided"  # what this run found: a bench collects it
    lines = shown[0]["text/plain"].splitlines()
    assert lines[3:] == ["verdict of this run: not decided", f"record: {row['measured']} (SST-2, 5 seeds, 2026-11-25)",
                         "verdict: holds"]  # fmt: skip
    assert "**Record**" in shown[0]["text/markdown"]


def test_claims_and_verdicts_are_said_in_the_language_in_use(monkeypatch):
    claim = "3.3-data-scarce"
    assert claims.in_words(claim) == "Data are hard to get." and claims.in_words("holds") == "holds"
    monkeypatch.setenv(language.VARIABLE, "zh")
    assert claims.in_words(claim) == "缺点：对数据质量要求高，数据又难得。" and claims.in_words("holds") == "成立"


def test_a_question_of_the_courses_own_is_not_put_into_the_documents_mouth(monkeypatch):
    monkeypatch.setenv(language.VARIABLE, "zh")
    own = [name for name, claim in claims.outline()["claims"].items() if claim["text"].startswith("The course's own")]
    assert own and all(claims.in_words(name).startswith("本课程自己的问题") for name in own)


def test_run_and_record_are_drawn_where_both_have_an_interval(shown, monkeypatch):
    drawn = []
    monkeypatch.setattr(plots, "show", lambda figure, alt: drawn.append((figure.axes[0], alt)))
    for measured, count in (("keeps +3.0% [-1.0%, +7.0%] more, +1.0% [-9.0%, +9.0%]", 1), ("20 [4, 90] times", 0)):
        row = {"measured": "+2.0% [+1.5%, +2.5%]", "verdict": "holds", "data": "SST-2", "date": "2026-11-25"}
        monkeypatch.setattr(claims, "recorded", lambda row=row: {"3.2-tuning": row})
        drawn.clear()
        claims.record("3.2-tuning", measured=measured, reference="0", holds=None)
        assert len(drawn) == count
        for axes, alt in drawn:
            ends = [line.get_segments()[0][:, 0].tolist() for line in axes.collections]
            assert ends == [[-1, 7], [1.5, 2.5]]
            assert [line.get_xdata()[0] for line in axes.get_lines()[:2]] == [3, 2]
            assert alt.startswith(
                "This run: +3.0% [-1.0%, +7.0%]; the record: +2.0% [+1.5%, +2.5%]. At its size a difference of"
            )
    plt.close("all")


def test_every_record_is_of_a_claim_and_says_where_it_comes_from():
    readme = (repository_root() / "course" / "data" / "records" / "README.md").read_text(encoding="utf-8")
    for claim, row in claims.recorded().items():
        assert f"`{claim}`" in readme  # what its size can find is stated there
        assert not re.search(r"/\D", row["measured"])  # the name of the data, not their folder on one machine
        assert claim in claims.outline()["claims"] and all(row.values())
        assert row["verdict"] in (*claims.MEASURED.values(), *claims.UNMEASURED)
        assert row["command"].startswith(("talentlab run ", "python tests/bench/"))


@pytest.mark.parametrize(
    "path", sorted((repository_root() / "course" / "data" / "records").glob("*.csv")), ids=lambda p: p.stem
)
def test_what_the_record_measured_is_told_in_chinese(path, monkeypatch):
    monkeypatch.setattr(language, "set_font", bool)
    language.use("zh", path.stem)
    try:
        for claim in pd.read_csv(path)["claim"]:
            assert not re.search(r"[a-z]{2,} [a-z]{2,}", claims.told(claim)), claims.told(claim)
    finally:
        language.use("en")


def test_a_claim_that_no_measurement_decides_has_a_verdict_in_words(shown):
    for verdict in ("true as a description", "not testable here"):
        claims.record("3.2-data", measured="carried out", reference="a step", verdict=verdict)
        assert shown[-1][claims.CLAIM_MIME]["verdict"] == verdict and verdict in shown[-1]["text/markdown"]


@pytest.mark.parametrize(
    "given",
    [
        {"verdict": "holds"},
        {"verdict": "probably"},
        {"verdict": ""},
        {"holds": True, "verdict": "not testable here"},
        {"holds": "holds"},
        {"holds": 0.5},
    ],
)
def test_any_other_verdict_is_refused(shown, given):
    with pytest.raises(ChapterError, match="true as a description"):
        claims.record("3.2-data", measured="", reference="", **given)
    assert shown == []


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
