"""A room of twelve: handed in right, half, wrong or broken, and graded without a hand's touch."""

import csv
import re
import subprocess
from pathlib import Path

import nbformat
import pytest

from talentlab.authoring import grading
from talentlab.authoring.assignments import Assignment, assignment, released
from talentlab.authoring.lint import SOLUTION
from talentlab.runtime import repository_root

SLUG = "10_experiments"  # its exercises load no torch, so that a room is graded in minutes
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
    some = ("10.A", "10.C", "10.3")
    half, of_half = answered(given, made, some), sum(made.points[number] for number in some)
    without_b = total - made.points["10.B"]
    check = 'exercises.check("10.{}", answer)'.format
    renamed, deleted, own = (nbformat.from_dict(everything) for _ in range(3))
    for number, cell in enumerate(renamed.cells):
        cell.id, cell.metadata = f"other-{number}", {}
    lost = ("points_10_1", "10_B")
    deleted.cells = [c for c in deleted.cells if not c.metadata.get("nbgrader", {}).get("grade_id", "").endswith(lost)]
    own.cells.insert(3, nbformat.v4.new_code_cell("def error(*parts):\n    return sum(parts) ** 0.5"))
    own = with_answer(own, "answer_10_2", f"answer = error(1.6**2 / 8, 100**2 * 0.78 * 0.22 / 300)\n{check('2')}")
    cheating = with_answer(given, "points_10_1", "2")
    cheating.cells[1].source = "from types import SimpleNamespace\nexercises = SimpleNamespace(points=lambda *_: 9)"
    endless = f"def answer(first, second):\n    while True:\n        pass\n\n{check('B')}"
    return {
        "right": (everything, total),
        "half": (half, of_half),
        "untouched": (given, 0),
        "wrong": (with_answer(half, "answer_10_3", f"answer = (4, 0)\n{check('3')}"), of_half - made.points["10.3"]),
        "crashed": (with_answer(everything, "answer_10_B", "answer = 1 / 0"), without_b),
        "endless": (with_answer(everything, "answer_10_B", endless), without_b),
        "empty": (nbformat.v4.new_notebook(), 0),
        "renamed": (renamed, total),
        "deleted": (deleted, without_b),
        "own_cells": (own, total),
        "中文": (answered(chinese, made, ["10.A", "10.B"]), made.points["10.A"] + made.points["10.B"]),
        "cheating": (cheating, 0),
    }


def test_a_room_of_twelve_and_three_that_cannot_be_graded(tmp_path):
    course, inbox = tmp_path / "course", tmp_path / "inbox"
    inbox.mkdir()
    given = nbformat.read(grading.prepare(SLUG, course), as_version=4)
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text().replace("timeout = 60 ", "timeout = 40 "))
    made = Assignment.load(course / "source" / SLUG / f"{SLUG}.ipynb")
    handed_in = room(made, given, released(assignment(SLUG, "zh")))
    assert len(handed_in) == 12
    for name, (notebook, _) in handed_in.items():
        nbformat.write(notebook, inbox / f"{name}.ipynb")
    (inbox / "half.ipynb").rename(inbox / "moved.ipynb")
    (inbox / "half").mkdir()
    (inbox / "moved.ipynb").rename(inbox / "half" / "my copy.ipynb")
    (inbox / "nothing.ipynb").write_bytes(b"")
    (inbox / "torn.ipynb").write_text('{"cells": [')
    gone = with_answer(given, "answer_10_A", "import os\nos._exit(1)")
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
    assert "by what does each method multiply the smallest p" in said  # the hint


def test_what_nbgrader_hands_out_fetches_and_submits_is_graded_as_it_arrives(tmp_path):
    course, seat = tmp_path / "course", tmp_path / "seat"
    grading.prepare(SLUG, course)
    made = Assignment.load(course / "source" / SLUG / f"{SLUG}.ipynb")
    seat.mkdir()
    (seat / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'talentlab'\nc.Exchange.root = {str(course / 'exchange')!r}\n"
    )

    def nbgrader(folder, command):
        python = repository_root() / ".workshop" / "bin" / "python"
        done = subprocess.run([python, "-m", "nbgrader", command, SLUG], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    nbgrader(course, "release_assignment")
    nbgrader(seat, "fetch_assignment")
    for numbers in (["10.A"], ["10.A", "10.B"]):  # whoever submits twice is judged by the second
        fetched = seat / SLUG / f"{SLUG}.ipynb"
        nbformat.write(answered(nbformat.read(fetched, as_version=4), made, numbers), fetched)
        nbgrader(seat, "submit")
    (mark,) = grading.grade(SLUG, course, course / "exchange" / "talentlab" / "inbound")
    assert mark.points == made.points["10.A"] + made.points["10.B"] and not mark.trouble


def assert_offline(page: Path):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|iframe)\b", text)
    assert not re.search(r"""(src|srcset)\s*=\s*["'](?!data:)""", text) and not re.search(
        r"@import|url\(\s*['\"]?http", text
    )
