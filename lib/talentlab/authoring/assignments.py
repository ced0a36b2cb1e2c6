"""A chapter's exercises as a notebook for nbgrader, with what they need of the chapter and nothing else."""

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import jupytext
import nbformat
from nbformat import NotebookNode

from talentlab.authoring import form, navigation
from talentlab.authoring.form import number_of, tags
from talentlab.authoring.lint import forms
from talentlab.authoring.names import bound_names, changed_names, needed_names
from talentlab.course.translation import of_chapter, translate
from talentlab.errors import ChapterError
from talentlab.language import tr

KEY = "talentlab"  # of the notebook's metadata: the fields below that its cells do not tell
SETUP = "setup"
_PLAIN = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
_CHECK = r'exercises\.check\(\s*"{number}"'


@dataclass(frozen=True)
class Assignment:
    """The exercises of a chapter that can be graded by themselves.

    Attributes:
        slug: The chapter's; also the assignment's name, and its notebook's.
        notebook: nbgrader's source: it holds the answers, and cells of its own that give the points.
        points: Of each exercise: its difficulty.
        left_out: Exercises that work on what the chapter measures or trains, in the chapter's order.
    """

    slug: str
    notebook: NotebookNode
    points: dict[str, int]
    left_out: list[str]

    @classmethod
    def load(cls, path: Path) -> "Assignment":
        """One that was written, as it was then: nbgrader's source."""
        notebook = nbformat.read(path, as_version=4)
        about = notebook.metadata[KEY]
        return cls(path.stem, notebook, dict(about["points"]), list(about["left_out"]))


def assignment(slug: str, speaks: str = "en") -> Assignment:
    """The assignment of a chapter.

    An exercise is in it if it needs no more of the chapter than imports, parameters, functions and constants, so that
    a submission is graded in seconds; what works on a trained model is left out.

    Raises:
        ChapterError: If the chapter has no such exercise.
    """
    source = next((path for path in navigation.sources() if path.stem == slug), None)
    cells = jupytext.read(source, fmt="py:percent").cells if source else []
    code = [cell for cell in cells if cell.cell_type == "code"]
    if speaks == "zh":
        chinese = of_chapter(slug)
        for cell in code:
            cell.source = translate(cell.source, chinese)
    above: list[_Statement] = []
    setup: dict[int, set[str]] = {}
    ready: list[str] = []
    exercises = {number: cell for cell in code if (number := number_of(cell))}
    for cell in code:
        if "exercise" not in tags(cell):
            above += _statements(cell)
        elif (found := _needed(above, cell)) is not None:
            for place, names in found.items():
                setup.setdefault(place, set()).update(names)
            ready.append(number_of(cell) or "")
    points = {each.number: each.difficulty for each in form.listed(cells) if each.number in ready}
    if not points:
        raise ChapterError(
            f"{slug} has no exercise that can be graded.",
            expected="a chapter with an exercise that needs no result of a training",
            remedy="`course/exercises.md` lists the chapters with exercises.",
        )
    left_out = [number for number in exercises if number not in points]
    built = [
        _text(_title(slug, cells, speaks, left_out)),
        _setup(slug, [above[n].only(setup[n]) for n in sorted(setup)], speaks),
    ]
    for number, worth in points.items():
        cell = exercises[number]
        built += [_text(_question(cells, cell, number, speaks, worth)), *_cells(number, cell, worth)]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    about = {"points": points, "left_out": left_out}
    notebook = nbformat.v4.new_notebook(cells=built, metadata={"kernelspec": kernel, KEY: about})
    return Assignment(slug, notebook, points, left_out)


def released(made: Assignment) -> NotebookNode:
    """What learners get of it: without the answers."""
    notebook = nbformat.from_dict(made.notebook)
    for cell in notebook.cells:
        cell.source = forms(nbformat.from_dict({**cell, "metadata": {"tags": ["exercise"]}}))[0]
    return notebook


def repair(given: NotebookNode, made: Assignment) -> NotebookNode:
    """A submission with the cells that nbgrader looks for, in whatever state it was handed in.

    An answer is known by its name in the notebook's metadata or, where that is lost, by its call of `exercises.check`.
    The cells that are not the learner's are put back; a missing answer is not attempted; all other cells stay where
    they are. The copy of an assignment in the other language is the same assignment.
    """
    fresh = {_name(cell): cell for cell in released(made).cells if _name(cell)}
    answers = {name: number for number in made.points if (name := _answer_name(number)) in fresh}
    places = {name: _place(given.cells, name, number) for name, number in answers.items()}
    at = {place: name for name, place in places.items() if place is not None}
    built = [fresh[SETUP]]
    for place, cell in enumerate(given.cells):
        if place in at:
            built += [{**fresh[at[place]], "source": cell.source}, fresh[_points_name(answers[at[place]])]]
        elif _name(cell) not in fresh or _name(cell) in answers:  # one answer is enough: its copies are plain cells
            built.append({**cell, "metadata": {}})
    for name, number in answers.items():
        if places[name] is None:
            built += [fresh[name], fresh[_points_name(number)]]
    notebook = nbformat.from_dict({**made.notebook, "cells": built})
    for position, cell in enumerate(notebook.cells):
        cell.id = f"cell-{position}"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _place(cells: Sequence[NotebookNode], name: str, number: str) -> int | None:
    """Where the answer to an exercise stands: the last such cell, since it would be the one that counts."""
    code = [(place, cell) for place, cell in enumerate(cells) if cell.cell_type == "code"]
    named = [place for place, cell in code if _name(cell) == name]
    calls = [place for place, cell in code if re.search(_CHECK.format(number=re.escape(number)), cell.source)]
    return next(reversed(named or calls), None)


class _Statement(NamedTuple):
    """A statement of the chapter: as it is written, and its tree."""

    text: str
    tree: ast.stmt

    @property
    def is_plain(self) -> bool:
        """Whether it only imports, defines or names a constant."""
        if isinstance(self.tree, ast.Assign | ast.AnnAssign):
            return not any(isinstance(node, ast.Call) for node in ast.walk(self.tree))
        return isinstance(self.tree, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)

    def only(self, names: set[str]) -> str:
        """As it is written, but an import without what is not needed: loading it would cost each submission seconds."""
        if not isinstance(self.tree, ast.Import | ast.ImportFrom):
            return self.text
        needed = [each for each in self.tree.names if bound_names(each) & names]
        return ast.unparse(ast.copy_location(type(self.tree)(**{**vars(self.tree), "names": needed}), self.tree))


def _statements(cell: NotebookNode) -> Iterator[_Statement]:
    lines = cell.source.splitlines()
    for tree in ast.parse(cell.source).body:
        first = min(node.lineno for node in (tree, *getattr(tree, "decorator_list", [])))
        yield _Statement("\n".join(lines[first - 1 : tree.end_lineno]), tree)


def _needed(above: Sequence[_Statement], exercise: NotebookNode) -> dict[int, set[str]] | None:
    """The statements above on which an exercise depends, with its names; None if one computes, or is changed."""
    wanted, bound = set().union(*map(needed_names, forms(exercise))), set(dir(builtins))
    found: dict[int, set[str]] = {}
    while missing := wanted - bound:
        name = missing.pop()
        last = max((n for n, one in enumerate(above) if name in bound_names(one.tree)), default=None)
        if last is None or not above[last].is_plain:
            return None
        found.setdefault(last, set()).add(name)
        bound.add(name)
        wanted |= needed_names(above[last].text)
    return None if any(changed_names(one.tree) & wanted for one in above) else found


def _name(cell: NotebookNode) -> str:
    """Of a cell that nbgrader knows."""
    about = cell.metadata.get("nbgrader")
    return str(about.get("grade_id", "")) if isinstance(about, dict) else ""


def _answer_name(number: str) -> str:
    return f"answer_{number.replace('.', '_')}"


def _points_name(number: str) -> str:
    return f"points_{number.replace('.', '_')}"


def _text(text: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(text)


def _code(text: str, name: str, **kind: object) -> NotebookNode:
    about = {"grade": False, "grade_id": name, "locked": True, "schema_version": 3, "solution": False, "task": False}
    return nbformat.v4.new_code_cell(text, metadata={"nbgrader": about | kind})


def _setup(slug: str, statements: Sequence[str], speaks: str) -> NotebookNode:
    lines = [*statements]
    if speaks == "zh":
        lines += ["from talentlab import language", f'language.use("zh", "{slug}")']
    spaced = [f"\n\n{line}\n" if line.startswith(("def ", "class ", "@")) else line for line in dict.fromkeys(lines)]
    return _code("\n".join([*spaced, "", "answer = None"]), SETUP)


def _cells(number: str, exercise: NotebookNode, worth: int) -> list[NotebookNode]:
    """The learner's cell, and a cell of the grader's that takes the answer away, so that none counts twice."""
    call = next(
        node for node in ast.walk(ast.parse(exercise.source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "exercises.check"
    )  # fmt: skip
    given = "".join(f", {ast.unparse(keyword)}" for keyword in call.keywords)
    graded = f'given, answer = answer, None\nexercises.points("{number}", given, {worth}{given})'
    return [
        _code(exercise.source, _answer_name(number), solution=True, locked=False),
        _code(graded, _points_name(number), grade=True, points=worth),
    ]


def _question(cells: Sequence[NotebookNode], exercise: NotebookNode, number: str, speaks: str, worth: int) -> str:
    """The text under the exercise's heading, in one language, without links to files."""
    heading = re.compile(rf"^#+ (?:Exercise|练习) {re.escape(number)}$.*", re.MULTILINE | re.DOTALL)
    place = next(place for place, cell in enumerate(cells) if cell is exercise)
    texts = (
        found[0]
        for cell in reversed(cells[:place])
        if cell.cell_type == "markdown"
        and (cell.metadata.get("lang") == "zh") == (speaks == "zh")
        and (found := heading.search(cell.source))
    )
    title, _, text = re.sub(r"(?<!!)\[([^\]]+)\]\((?![a-z]+:)[^)]*\)", r"\1", next(texts)).partition("\n")
    return f"{title}\n\n*{tr('points: {n}', n=worth)}*\n{text}"


def _title(slug: str, cells: Sequence[NotebookNode], speaks: str, left_out: Sequence[str]) -> str:
    first = next(cell.source for cell in cells if (cell.metadata.get("lang") == "zh") == (speaks == "zh"))
    lines = [
        first.strip().splitlines()[0],
        tr("Write each answer in place of `None`, and run the cell below it: it says what the answer is worth. Cells "
           "of your own may stand anywhere. The questions speak of the chapter {name}: keep it open beside this "
           "notebook.", name=f"`{slug}`"),
    ]  # fmt: skip
    if left_out:
        lines.append(tr("Not graded, since they work on what the chapter trains or measures: {numbers}. Do them there.",
                        numbers=", ".join(left_out)))  # fmt: skip
    return "\n\n".join(lines)
