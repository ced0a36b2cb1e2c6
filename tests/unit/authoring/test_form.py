"""Each departure from a lesson's form, planted into chapter 5, is named."""

import copy
import re
from xml.etree import ElementTree

import jupytext
import pytest
from nbformat.v4 import new_markdown_cell

from talentlab.authoring import build, form, navigation, tables
from talentlab.runtime import repository_root

(CHAPTER_5,) = [source for source in build.sources() if source.stem == "05_project_practice"]
CELLS = jupytext.read(CHAPTER_5, fmt="py:percent").cells


@pytest.fixture
def cells():
    return copy.deepcopy(CELLS)


def problems(cells):
    return "\n".join(form.problems(cells, "05_project_practice"))


def first(cells, text):
    return next(cell for cell in cells if text in cell.source)


def test_chapter_5_has_the_form(cells):
    assert problems(cells) == ""


def drop_the_picture(cells):
    for cell in cells:
        cell.source = re.sub(r"!\[.*\]\(images/.*\)", "", cell.source)


def drop_one_kind(cells):
    first(cells, '"5.B"').metadata["kind"] = "code"


def all_at_the_end(cells):
    cells.insert(1, copy.deepcopy(first(cells, "## Exercises")))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (drop_the_picture, "no drawn concept"),
        (drop_the_picture, "words before the first figure"),
        (lambda cells: first(cells, "## Recap").update(source="word " * 201), "201 words in one cell"),
        (
            lambda cells: cells.__setitem__(slice(5, 5), [first(cells, "plots.plot_training")] * 4),
            "code cells in a row",
        ),
        (lambda cells: first(cells, "dataset: str").update(source="import platform\n" * 61), "lines of code before"),
        (lambda cells: first(cells, '"5.1"').metadata.pop("minutes"), "exercise 5.1: wants kind"),
        (lambda cells: first(cells, '"5.1"').metadata.update(kind="fun"), "exercise 5.1: kind of"),
        (lambda cells: first(cells, '"5.1"').metadata.update(difficulty=4), "exercise 5.1: kind of"),
        (drop_one_kind, "no exercise of the kind 'debug'"),
        (all_at_the_end, "two of them before the section"),
        (
            lambda cells: cells.remove(first(cells, "Precision looks at what was called")),
            "exercise 5.1: no cell tagged",
        ),
        (lambda cells: first(cells, '("5", "before")').update(source="pass"), "no call quizzes.ask"),
        (lambda cells: first(cells, "guesses.summary()").update(source="pass"), "no call guesses.summary"),
        (
            lambda cells: first(cells, '"5.word_counts"').update(source='guesses.guess("5.other")'),
            "'other' is not asked",
        ),
        (
            lambda cells: first(cells, "text_to_answer.svg").update(source="![](images/text_to_answer.svg)"),
            "no text alt",
        ),
        (lambda cells: first(cells, "text_to_answer.svg").update(source="![a](images/no.svg)"), "not in course/images"),
        (
            lambda cells: first(cells, "text_to_answer.zh.svg").update(source="![a](images/text_to_answer.svg)"),
            "other lang",
        ),
        (
            lambda cells: first(cells, "### Exercise 5.1").update(source="### Exercise 5.1\n\nA model soup?"),
            "first in an ex",
        ),
    ],
)
def test_a_departure_is_named(cells, change, problem):
    change(cells)
    assert problem in problems(cells)


def test_under_the_heading_stands_what_the_exercise_asks():
    editions = build.load_chapter(CHAPTER_5).editions
    (english,) = [cell for cell in editions["learner"].cells if "### Exercise 5.B" in cell.source]
    assert "### Exercise 5.B\n\n*debug · difficulty ●○○ · importance ●●● · 5 minutes*" in english.source
    (chinese,) = [cell for cell in editions["zh"].cells if "### 练习 5.B" in cell.source]
    assert "### 练习 5.B\n\n*改错 · 难度 ●○○ · 重要 ●●● · 5 分钟*" in chinese.source


def test_the_reason_stands_folded_in_the_solutions_alone():
    editions = build.load_chapter(CHAPTER_5).editions
    reasons = [cell for cell in editions["solutions"].cells if "solution" in form.tags(cell)]
    assert len(reasons) == len(form.listed(CELLS))
    assert all(cell.source.startswith("<details><summary>") and cell.source.endswith("</details>") for cell in reasons)
    assert not any("solution" in form.tags(cell) for name in ("learner", "zh") for cell in editions[name].cells)


def test_pictures_lead_to_the_edition_s_own_depth():
    editions = build.load_chapter(CHAPTER_5).editions
    for edition, target in (("learner", "../course/images/text_to_answer.svg"),
                            ("zh", "../../course/images/text_to_answer.zh.svg")):  # fmt: skip
        assert any(f"]({target})" in cell.source for cell in editions[edition].cells)


def test_a_link_to_a_chapter_without_solutions_leads_to_the_learners():
    cells = [new_markdown_cell("[Start](00_start.ipynb), [Background](01_background.ipynb)")]
    navigation.finish_texts(cells, "solutions")
    assert cells[0].source == "[Start](../00_start.ipynb), [Background](01_background.ipynb)"


def test_the_table_of_exercises_sums_minutes_and_says_what_to_leave_out():
    rows = [("5.1", 3, 4), ("5.A", 1, 6), ("5.2", 2, 5), ("5.3", 2, 2), ("5.4", 3, 12)]  # number, importance, minutes
    found = [form.Listed(number, "code", 1, weight, minutes, in_a_section=False) for number, weight, minutes in rows]
    text = tables._exercises({"05_project_practice": found})
    assert "| [Project practice](#05_project_practice) | 5 | 29 | 5.A, 5.3 |" in text  # a third of 29 minutes
    assert "| 5.A | code | at the end | 1 | 1 | 6 |" in text


PICTURES = sorted((repository_root() / "course" / "images").glob("*.svg"))


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_readable_and_has_a_twin_of_the_same_size(path):
    twin = path.with_name(
        path.name.replace(".svg", ".zh.svg") if ".zh." not in path.name else path.name.replace(".zh", "")
    )
    drawn, other = ElementTree.parse(path).getroot(), ElementTree.parse(twin).getroot()
    assert drawn.get("viewBox") == other.get("viewBox") and drawn.get("viewBox").startswith("0 0 760 ")
    sizes = [float(element.get("font-size")) for element in drawn.iter() if element.get("font-size")]
    assert sizes and min(sizes) >= 12
    assert not {"script", "image", "foreignObject"} & {element.tag.rpartition("}")[2] for element in drawn.iter()}
    assert path.stat().st_size < 20_000
