"""What data may hold is shown as it is written, wherever a run, a claim, a caption or a card puts it."""

import ast
import csv
import html
import io
import json

import ipywidgets
import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from IPython.core.formatters import DisplayFormatter
from IPython.display import Markdown

from talentlab import plots
from talentlab.chapters import model_card
from talentlab.cli.main import main
from talentlab.cli.share import format_table
from talentlab.course import claims
from talentlab.data.labelled import CleaningReport, LabelledText
from talentlab.escaping import listed, markdown_text, spreadsheet_csv, spreadsheet_text, terminal_text
from talentlab.evaluation.metrics import Interval, slices
from talentlab.experiments import pages
from talentlab.runtime import repository_root

NAMES = [
    "yes|<svg onload=alert(4)>",
    "x<img src=x onerror=alert(5)>.csv",
    "</td></table><script>alert(6)</script>",
    "[here](javascript:alert(7))",
    "![](http://tracker.invalid/a.png)",
    "`**a** \\| <b>b</b>",
    "&lt;iframe src=javascript:alert(8)&gt;",
    "*bold* $x$ &amp; \\*",
    "\" onerror=alert(9) x='",
]


def to_page(*shown):
    """The HTML copy of a run whose one cell displayed these objects or mime bundles."""
    outputs = []
    for one in shown:
        data, metadata = (one, {}) if isinstance(one, dict) else DisplayFormatter().format(one)
        outputs.append(nbformat.v4.new_output("display_data", data, metadata=metadata))
    cell = nbformat.v4.new_code_cell("x", outputs=outputs)
    return BeautifulSoup(pages.to_html(nbformat.v4.new_notebook(cells=[cell])), "html.parser").find("main")


def assert_only_text(page, name):
    """No tag, no attribute of the name's took effect, and it can be read."""
    plain = to_page(Markdown("nothing"))
    known = {tag.name for tag in plain.find_all()} | {"table", "thead", "tbody", "tr", "th", "td", "em", "strong"}
    known |= {"a", "img", "h1", "h2", "li", "ul", "style"}
    for tag in page.find_all():
        assert tag.name in known, tag
        assert not [attribute for attribute in tag.attrs if attribute.startswith("on")], tag
        assert tag.name != "a" or tag["href"][0] == "#" or tag["href"] == tag.get_text(), tag  # an address, as it reads
        assert tag.name != "img" or tag["src"].startswith("data:"), tag
    assert " ".join(name.split()) in " ".join(page.get_text().split())


@pytest.fixture
def shown(monkeypatch):
    """What cells display."""
    seen = []
    for module in (claims, plots):
        monkeypatch.setattr(module, "display", lambda *objects, **_: seen.extend(objects))
    monkeypatch.setattr(claims, "recorded", dict)  # no row of the course's own record
    return seen


@pytest.mark.parametrize("name", NAMES)
def test_a_claim_shows_the_names_in_it(shown, name):
    claims.record("3.2-tuning", measured=f"88 % of {name}", reference=f"{name}: 90 %", holds=False)
    page = to_page(*shown)
    assert_only_text(page, f"88 % of {name}")
    assert [len(row.find_all(["td", "th"])) for row in page.find_all("tr")] == [2] * 5


@pytest.mark.parametrize("name", NAMES)
def test_a_caption_shows_the_names_in_it(shown, name):
    plots.show(plt.figure(), alt=f"lowest for {name}, highest for 1")
    page = to_page(*shown)
    assert_only_text(page, f"lowest for {name}, highest")
    assert page.find("em").get_text() == f"lowest for {name}, highest for 1"


@pytest.mark.parametrize("name", NAMES)
def test_a_live_caption_shows_the_names_in_it(shown, name):
    box = plots.explore(lambda x: (plt.figure(), f"x is {name}"), x=ipywidgets.IntSlider())
    live = BeautifulSoup(box.children[-1].value, "html.parser")
    assert [tag.name for tag in live.find_all()] == ["em"] and live.get_text() == f"x is {name}"
    del shown[0]["image/png"], shown[0]["application/vnd.jupyter.widget-view+json"]
    assert_only_text(to_page(*shown), f"x is {name}")


@pytest.mark.parametrize("name", NAMES)
def test_a_card_shows_the_names_in_it(name):
    frame = pd.DataFrame({"text": list("abcd"), "label": [0, 1, 1, 0], "split": ["train", "train", "test", "test"]})
    card = model_card.model_card(
        name=name, intended_use=f"Sorting texts into {name}.", source=name,
        corpus=LabelledText(frame, (name, "no"), CleaningReport()),
        settings={name: name}, metrics={name: Interval(0.5, 0.1, 0.9)},
        slices={name: slices([name, "b"], [1, 0], [1, 1])}, calibration={name: 1.0}, limits=[f"Weakest on {name}."],
        licence=f"That of {name}.",
    )  # fmt: skip
    page = to_page(Markdown(card.text))
    (fingerprint,) = page.find_all("code")
    fingerprint.unwrap()
    for text in (f"Sorting texts into {name}.", f"Weakest on {name}.", f"Source: {name}.", f"That of {name}."):
        assert_only_text(page, text)
    assert page.find("h1").get_text().startswith(name)
    tables = page.find_all("table")
    assert [cell.get_text() for cell in tables[0].find_all("th")] == ["split", name, "no", "texts"]
    assert [cell.get_text() for cell in tables[1].find_all("td")] == [name, name]


@pytest.mark.parametrize("name", NAMES)
def test_a_table_of_runs_as_markdown_shows_the_names_in_it(name):
    table = pd.DataFrame({"class": [name], name: [1.0]}, index=pd.Index(["05-x"], name="run"))
    page = to_page(Markdown(format_table(table, "md")))
    assert_only_text(page, name)
    assert [cell.get_text() for cell in page.find_all("td")] == ["05-x", name, "1"]


@pytest.mark.parametrize("name", NAMES)
def test_a_styled_table_shows_the_names_in_it_where_it_is_told_to_escape(name):
    """The form in which the chapters show a table with texts: pandas escapes plain tables, styled ones only if told."""
    table = pd.DataFrame({"text": [name], "share": [0.5]}, index=[name])
    styled = table.style.format({"share": "{:.0%}"}, escape="html").format_index(escape="html")
    assert_only_text(to_page({"text/html": styled.to_html()}), name)
    assert_only_text(to_page({"text/html": table._repr_html_()}), name)


def test_numbers_and_plain_words_are_left_as_they_are():
    assert markdown_text("88.0 %, train_texts:  1,000\n(two words)") == "88.0 %, train_texts: 1,000 (two words)"
    assert html.unescape(markdown_text("a & b < c")) == "a & b < c"
    assert markdown_text(None) == "None" and markdown_text(0.5) == "0.5"


FORMULAS = ["=1+2", "=cmd|' /C calc'!A0", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)", "\t=1+1",
            "\r=1+1", "＝1+1", '=HYPERLINK("http://tracker.invalid","x")']  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_an_exported_table_is_a_text(formula):
    table = pd.DataFrame({"class": [formula], formula: [-1.5]}, index=pd.Index([formula], name=formula))
    shown = "'" + formula.replace("\r", "\n")
    for form in (format_table(table, "csv"), spreadsheet_csv(table)):
        read = list(csv.reader(io.StringIO(form, newline="")))
        assert read[0] == [shown, "class", shown] and read[1] == [shown, shown, "-1.5"]


@pytest.mark.parametrize("value", [-1.5, 7, None, True, "-1.5", "+3", "-", "a=b", "yes", "", "−1", "-1e-5"])
def test_numbers_and_words_stay_as_they_are_in_an_exported_table(value):
    assert spreadsheet_text(value) == value


ORDERS = ["\x1b[31m", "\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;http://x.invalid\x1b\\", "\x1bP1;1|x\x1b\\", "\x9b31m",
          "\x07", "\x08" * 5, "\r", "\x00", "\x7f", "\u202e", "\u2066", "\x1bc", "\x1b[", "\x1b"]  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
def test_a_terminal_gets_no_orders_from_data(order):
    shown = terminal_text(f"good{order}class\n\tnext 好 é")
    assert all(sign.isprintable() or sign in "\n\t" for sign in shown) and not {"\u202e", "\u2066"} & set(shown)
    assert shown.startswith("good") and shown.endswith("\n\tnext 好 é")


@pytest.mark.parametrize("form", ["text", "md", "csv", "json"])
def test_no_order_in_a_record_reaches_the_terminal(tmp_path, form):
    name = "\x1b]0;gone\x07\x1b[31mred\u202e"
    record = {"chapter": f"mine{name}", "status": "completed", "started": "2026", "parameters": {"dataset": name}}
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "record.json").write_text(json.dumps(record | {"metrics": {"f1": 0.5}, "defaults": {}}))
    done = CliRunner().invoke(main, ["runs", "--runs-folder", str(tmp_path), "--format", form], color=True)
    assert done.exit_code == 0 and "mine" in done.output, done.output
    assert not {"\x1b", "\x07", "\u202e"} & set(done.output)
    done = CliRunner().invoke(main, ["runs", "--runs-folder", str(tmp_path), "show", name], color=True)
    said = done.output.replace("\x1b[31m", "", 1).replace("\x1b[0m", "", 1)  # the red of the error itself
    assert done.exit_code == 2 and not {"\x1b", "\x07", "\u202e"} & set(said)


def test_of_many_names_the_first_are_shown_and_the_others_counted():
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(n) for n in range(77)], 3) == "0, 1, 2 … and 74 more"
    assert listed(list("abc"), 3) == "a, b, c" and listed([]) == ""


def test_the_chapters_escape_styled_tables_of_texts_and_names():
    from_data = ("class_names", '"text"', "tokenizer.decode", '"measured"')
    found = 0
    for source in (repository_root() / "course" / "chapters").glob("*.py"):
        for statement in ast.parse(source.read_text(encoding="utf-8")).body:
            line = ast.unparse(statement).replace("'", '"')
            if ".style." in line and any(word in line for word in from_data):
                assert 'escape="html"' in line, f"{source.name}: {line}"
                found += 1
    assert found >= 4
