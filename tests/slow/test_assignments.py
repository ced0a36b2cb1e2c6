"""A room of twelve: handed in right, half, wrong or broken, and graded without a hand's touch."""

import csv
import re
from pathlib import Path

import nbformat
import pytest

from talentlab.authoring import grading
from talentlab.authoring.assignments import Assignment, released
from talentlab.authoring.lint import SOLUTION
from talentlab.runtime import repository_root

SLUG = "05_project_practice"
pytestmark = pytest.mark.skipif(
    not (repository_root() / ".workshop" / ".done").is_file(), reason="needs the instructor's environment, .workshop"
)


def answered(given, made, numbers):
    """The notebook that was handed out, with the course's answers to some of its exercises."""
    notebook = nbformat.from_dict(given)
    right = {
        cell.metadata.nbgrader.grade_id: cell.source for cell in made.notebook.cells if "nbgrader" in cell.metadata
    }
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in {f"answer_{number.replace('.', '_')}" for number in numbers}:
            cell.source = SOLUTION.sub(r"\1", right[name] + "\n")
    return notebook


def with_answer(notebook, name, source):
    notebook = nbformat.from_dict(notebook)
    next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name).source = source
    return notebook


def room(made, given, chinese):
    """Name → what is handed in, and the points that it must get."""
    everything, total = answered(given, made, made.points), sum(made.points.values())
    half = answered(given, made, ["5.A", "5.1", "5.3"])
    of_half = made.points["5.A"] + made.points["5.1"] + made.points["5.3"]
    without_b = total - made.points["5.B"]
    check = 'exercises.check("5.{}", answer)'.format
    renamed, deleted, own = (nbformat.from_dict(everything) for _ in range(3))
    for number, cell in enumerate(renamed.cells):
        cell.id, cell.metadata = f"other-{number}", {}
    lost = ("points_5_1", "5_B")
    deleted.cells = [c for c in deleted.cells if not c.metadata.get("nbgrader", {}).get("grade_id", "").endswith(lost)]
    own.cells.insert(3, nbformat.v4.new_code_cell("def share(part, whole):\n    return part / whole"))
    own = with_answer(own, "answer_5_1", f"answer = share(36, 48), share(36, 40)\n{check('1')}")
    cheating = with_answer(given, "points_5_1", "2")
    cheating.cells[1].source = "from types import SimpleNamespace\nexercises = SimpleNamespace(points=lambda *_: 9)"
    empty = nbformat.v4.new_notebook()
    return {
        "right": (everything, total),
        "half": (half, of_half),
        "untouched": (given, 0),
        "wrong": (with_answer(half, "answer_5_1", f"answer = 0.1, 0.2\n{check('1')}"), of_half - made.points["5.1"]),
        "crashed": (with_answer(everything, "answer_5_B", "answer = 1 / 0"), without_b),
        "endless": (with_answer(everything, "answer_5_B", "while True:\n    pass"), without_b),
        "empty": (empty, 0),
        "renamed": (renamed, total),
        "deleted": (deleted, without_b),
        "own_cells": (own, total),
        "中文": (answered(chinese, made, ["5.A", "5.2"]), made.points["5.A"] + made.points["5.2"]),
        "cheating": (cheating, 0),
    }


def test_a_room_of_twelve_and_three_that_cannot_be_graded(tmp_path):
    course, inbox = tmp_path / "course", tmp_path / "inbox"
    inbox.mkdir()
    given = nbformat.read(grading.prepare(SLUG, course), as_version=4)
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text().replace("timeout = 60 ", "timeout = 45 "))
    made = Assignment.load(course / "source" / SLUG / f"{SLUG}.ipynb")
    from talentlab.authoring.assignments import assignment

    handed_in = room(made, given, released(assignment(SLUG, "zh")))
    assert len(handed_in) == 12
    for name, (notebook, _) in handed_in.items():
        nbformat.write(notebook, inbox / f"{name}.ipynb")
    (inbox / "half.ipynb").rename(inbox / "moved.ipynb")
    (inbox / "half").mkdir()
    (inbox / "moved.ipynb").rename(inbox / "half" / "my copy.ipynb")
    (inbox / "nothing.ipynb").write_bytes(b"")
    (inbox / "torn.ipynb").write_text('{"cells": [')
    gone = with_answer(given, "answer_5_A", "import os\nos._exit(1)")
    nbformat.write(gone, inbox / "gone.ipynb")

    marks = {mark.name: mark for mark in grading.grade(SLUG, course, inbox)}

    assert {name: mark.points for name, mark in marks.items() if not mark.trouble} == {
        name: points for name, (_, points) in handed_in.items()
    }
    assert {name for name, mark in marks.items() if mark.trouble} == {"nothing", "torn", "gone"}
    assert "ended its kernel" in marks["gone"].trouble and "no notebook" in marks["torn"].trouble
    for mark in marks.values():
        assert mark.trouble or sum(mark.by_exercise.values()) == mark.points, mark  # nbgrader's sum, and ours
    with (course / f"marks_{SLUG}.csv").open(encoding="utf-8") as file:
        assert {row["name"]: float(row["points"]) for row in csv.DictReader(file)} == {
            name: mark.points for name, mark in marks.items()
        }
    pages = list((course / "feedback").rglob("*.html"))
    assert len(pages) == 12
    for page in pages:
        assert_offline(page)
    said = (course / "feedback" / "wrong" / SLUG / f"{SLUG}.html").read_text(encoding="utf-8")
    assert "Exercise 5.1" in said and "which of the 100 texts does precision look at" in said


def assert_offline(page: Path):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|iframe)\b", text)
    assert not re.search(r"""(src|srcset)\s*=\s*["'](?!data:)""", text) and not re.search(
        r"@import|url\(\s*['\"]?http", text
    )
