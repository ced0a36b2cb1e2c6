"""A chapter's exercises as an assignment: full marks for the course's own answers, none without one."""

import contextlib
import functools
import io
import re

import nbformat
import pytest

from talentlab.authoring import assignments
from talentlab.authoring.lint import forms
from talentlab.authoring.navigation import sources
from talentlab.course import exercises
from talentlab.errors import ChapterError
from talentlab.runtime import repository_root

assignment = functools.cache(assignments.assignment)
CHAPTERS = [path.stem for path in sources() if (repository_root() / "course" / "checks" / path.name).is_file()]


def solved(made):
    notebook = nbformat.from_dict(made.notebook)
    for cell in notebook.cells:
        cell.source = forms(nbformat.from_dict({**cell, "metadata": {"tags": ["exercise"]}}))[-1]
    return notebook


def graded(notebook, monkeypatch):
    """The points of each exercise, by running the notebook's code here."""
    given, names = {}, {}
    points = exercises.points

    def kept(exercise, *arguments, **context):
        given[exercise] = points(exercise, *arguments, **context)

    monkeypatch.setattr(exercises, "points", kept)
    monkeypatch.setattr(exercises, "display", lambda *_, **__: None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(cell.source, "cell", "exec"), names)
    return given


@pytest.mark.parametrize("slug", CHAPTERS)
def test_the_answers_of_every_chapter_get_all_points_and_none_without_them(slug, monkeypatch):
    made = assignment(slug)
    assert graded(solved(made), monkeypatch) == made.points
    monkeypatch.undo()
    assert set(graded(assignments.released(made), monkeypatch).values()) == {0}
    assert len(made.points) >= 2 and not set(made.points) & set(made.left_out)


def test_chapters_without_exercises_say_so():
    with pytest.raises(ChapterError, match="00_start has no exercise"):
        assignments.assignment("00_start")


@pytest.fixture(scope="module")
def made():
    return assignment("05_project_practice")


def names(notebook):
    return [
        cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in notebook.cells if cell.cell_type == "code"
    ]


def test_a_submission_is_put_right_whatever_became_of_its_cells(made):
    whole = names(assignments.released(made))
    bare = solved(made)
    for number, cell in enumerate(bare.cells):
        cell.id, cell.metadata = f"x{number}", {}
    doubled = solved(made)
    doubled.cells += [nbformat.from_dict(cell) for cell in doubled.cells]
    empty = nbformat.v4.new_notebook()
    for given in (bare, doubled, empty, assignments.released(made)):
        fixed = assignments.repair(given, made)
        assert sorted(filter(None, names(fixed))) == sorted(whole)
        nbformat.validate(fixed)
    sources = {cell.source for cell in assignments.repair(bare, made).cells}
    assert {cell.source for cell in solved(made).cells if "answer" in cell.source} <= sources


def test_own_cells_stay_and_changed_points_do_not(made):
    given = solved(made)
    own = nbformat.v4.new_code_cell("helper = 3")
    given.cells.insert(2, own)
    points = next(cell for cell in given.cells if cell.metadata.get("nbgrader", {}).get("grade"))
    points.source, points.metadata["nbgrader"]["points"] = "100", 100
    fixed = assignments.repair(given, made)
    assert [cell.source for cell in fixed.cells].count("helper = 3") == 1
    assert "100" not in {cell.source for cell in fixed.cells}
    grades = [cell.metadata["nbgrader"] for cell in fixed.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert {each["grade_id"]: each["points"] for each in grades} == {
        f"points_{number.replace('.', '_')}": worth for number, worth in made.points.items()
    }


def test_both_languages_are_one_assignment(made):
    chinese = assignments.assignment("05_project_practice", "zh")
    assert names(chinese.notebook) == names(made.notebook) and chinese.points == made.points
    texts = [cell.source for cell in chinese.notebook.cells if cell.cell_type == "markdown"]
    assert all("练习" in text for text in texts[1:]) and 'language.use("zh"' in chinese.notebook.cells[1].source


@pytest.mark.parametrize("page", ["assignments.md", "assignments.zh.md"])
def test_the_page_says_how_many_exercises_are_graded(page):
    text = (repository_root() / "course" / "workshops" / page).read_text(encoding="utf-8")
    every = [assignment(slug) for slug in CHAPTERS]
    graded, left_out = (sum(len(getattr(one, name)) for one in every) for name in ("points", "left_out"))
    assert {str(graded + left_out), str(graded), str(left_out)} <= set(re.findall(r"\d+", text))
    assert {min(len(one.points) for one in every), max(len(one.points) for one in every)} == {5, 9}
