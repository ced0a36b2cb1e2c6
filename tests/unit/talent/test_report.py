import re

import numpy as np
import pandas as pd
import pytest

from talentlab import language, plots
from talentlab.talent import figures, report, risk, views
from talentlab.talent.plan import plan_by_hand


@pytest.fixture(scope="module")
def plan(startup):
    people = [p.model_copy(update={"person": "<b>Ada</b>"}) if p.person == "Ada" else p for p in startup.people]
    return plan_by_hand(startup.with_people(people))


@pytest.fixture(scope="module")
def forecast(plan):
    return risk.simulate(plan, runs=500)


HIRES = pd.DataFrame({"days": [7.0, 0.0], "low": [5.0, 0.0], "high": [9.0, 2.0], "money": [10.0, -5.0],
                      "place": [1, 2]}, index=["Ines", "Jun"])  # fmt: skip


def test_the_page_needs_nothing_from_elsewhere_and_escapes_names(plan, forecast, tmp_path):
    page = report.write_report(plan, tmp_path / "new", forecast=forecast, hires=HIRES).read_text(encoding="utf-8")
    assert not re.findall(r"(?:src|href)=['\"](?!data:)|@import|https?://", page)
    assert "&lt;b&gt;Ada&lt;/b&gt;" in page and "<b>Ada" not in page
    for said in (str(plan.delivery), "P50", "P90", "not split", "not for: judging", "Ines"):
        assert said in page
    assert page.count("data:image/png;base64,") == 5


def test_the_tables_are_csv(plan, forecast, tmp_path):
    report.write_report(plan, tmp_path, forecast=forecast)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"report.html", "delivery.csv", "plan.csv", "critical_path.csv", "load.csv", "bottlenecks.csv",
                     "money.csv", "bus_factors.csv", "cross_training.csv"}  # fmt: skip
    written = pd.read_csv(tmp_path / "plan.csv", index_col=0)
    assert list(written.index) == list(views.schedule(plan).index) and (written["end"] <= str(plan.delivery)).all()


def test_the_gantt_chart_shows_every_task_and_outlines_the_critical_path(plan):
    (axes,) = figures.plot_gantt(plan).axes
    table, critical = views.schedule(plan), {name for name, _ in views.critical_path(plan)}
    assert [bar.get_width() for bar in axes.patches] == (table["days"] + table["pause"]).tolist()
    outlined = [name for bar, name in zip(axes.patches, table.index, strict=True) if bar.get_edgecolor()[3] > 0]
    assert set(outlined) == critical and axes.get_xlabel() == "working day"


def test_the_forecast_ends_at_all_and_marks_its_quantiles(plan, forecast):
    (axes,) = figures.plot_forecast(forecast).axes
    curve, *marks = axes.get_lines()
    assert curve.get_ydata()[-1] == 1 and (np.diff(curve.get_xdata()) >= 0).all()
    assert [mark.get_xdata()[0] for mark in marks] == [
        forecast.quantile(0.5).value, forecast.quantile(0.9).value, plan.end]  # fmt: skip


def test_the_other_figures_draw_their_tables(plan):
    (load,) = figures.plot_load(plan).axes
    assert [bar.get_width() for bar in load.containers[1]] == views.load(plan)["assigned"].tolist()
    tight = figures.plot_tightness(plan).axes[0]
    assert tight.get_images()[0].get_array().shape == views.tightness(plan).T.shape
    (values,) = figures.plot_values(HIRES).axes
    assert values.get_lines()[0].get_xdata().tolist() == [7.0, 0.0]
    assert plots.png(figures.plot_values(HIRES)).startswith(b"\x89PNG")


def test_the_matrix_shows_every_number_and_outlines_what_is_named(plan):
    table = views.responsibility(plan)
    (axes,) = figures.plot_responsibility(table, {"data scientist": (1,), "nobody here": (2,)}).axes
    assert [float(text.get_text()) for text in axes.texts] == table.to_numpy().ravel().tolist()
    (outlined,) = axes.patches
    assert outlined.get_x() == pytest.approx(-0.46)
    assert round(outlined.get_y() + 0.44) == list(table.index).index("data scientist")


def test_the_page_of_a_chinese_reader_is_chinese_and_its_files_keep_their_columns(plan, tmp_path, monkeypatch):
    monkeypatch.setenv(language.VARIABLE, "zh")
    forecast = risk.simulate(plan, runs=500)
    page = report.write_report(plan, tmp_path, forecast=forecast, hires=HIRES).read_text(encoding="utf-8")
    assert "lang='zh'" in page
    for said in ("谁在什么时候做什么", "个工作日", "不拆分", "个模拟项目", "不能用来评判", "不能更早开始的原因"):
        assert said in page
    said = re.sub(r"<(style|td|img)\b.*?>.*?(?=<)|<[^>]+>", " ", page)  # cells hold names of people, skills and tasks
    latin = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"`[^`]*`", "", said)))
    assert latin <= {plan.startup.settings.currency, *re.findall("[A-Za-z]+", " ".join(plan.hired))}, latin
    assert pd.read_csv(tmp_path / "bus_factors.csv").columns[0] == "skill"
