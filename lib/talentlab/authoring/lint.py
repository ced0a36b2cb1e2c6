"""Where a chapter source breaks the form that learners, builder and tests rely on."""

import re

from nbformat import NotebookNode

from talentlab.authoring import form
from talentlab.authoring.form import number_of, tags
from talentlab.authoring.names import leaks
from talentlab.course import claims
from talentlab.errors import ParameterError
from talentlab.experiments.parameters import parse_parameters

SOLUTION = re.compile(r"^### BEGIN SOLUTION\n(.*?)^### END SOLUTION\n", re.MULTILINE | re.DOTALL)
_STUB = "answer = None  # your answer instead of None\n"
_MAX_CODE_LINES = 25
# Lessons that do not have the second edition's form yet.
_FIRST_EDITION = {
    "99_sample",
}  # fmt: skip
_ENDINGS = ("## Recap", "## Check yourself", "## Sources", "## Next")


def forms(cell: NotebookNode) -> list[str]:
    """The forms in which a cell is run: one, or the learner's stub of an exercise and its solution."""
    source = cell.source + "\n"
    either = [SOLUTION.sub(_STUB, source), SOLUTION.sub(r"\1", source)] if "exercise" in tags(cell) else [source]
    return [form.rstrip("\n") for form in either]


def lint(cells: list[NotebookNode], slug: str) -> list[str]:
    """Where a chapter breaks the form that learners, builder and tests rely on."""
    problems = []
    code = [cell for cell in cells if cell.cell_type == "code"]
    markdown = [cell for cell in cells if cell.cell_type == "markdown"]
    english = [cell for cell in markdown if cell.metadata.get("lang") != "zh"]
    if not english or not english[0].source.startswith("# "):
        problems.append("the first cell is no title")
    if len(english) != len(markdown):
        problems += _twins(cells)
    if sum("parameters" in tags(cell) for cell in code) != (slug[:2] != "00"):
        problems.append("there is not exactly one cell tagged `parameters`")
    for cell in code:
        problems += [f"{why}: {_title(cell)!r}" for why in _code_problems(cell)]
    try:
        problems += leaks((_title(cell), forms(cell)) for cell in code)
    except SyntaxError as error:
        problems.append(f"no Python: {error.text!r}")
    text = "\n".join(cell.source for cell in english)
    is_lesson = slug[0].isdigit() and slug[:2] != "00"  # not the start page, and not a tool such as compare_runs
    problems += [f"no section {ending!r}" for ending in _ENDINGS if is_lesson and ending not in text]
    if is_lesson and slug not in _FIRST_EDITION:
        problems += form.problems(cells, slug)
    known = claims.outline()["claims"]
    source = "\n".join(cell.source for cell in code)
    problems += [
        f"unknown claim {name!r}" for name in re.findall(r'claims\.record\(\s*"([^"]+)"', source) if name not in known
    ]
    return problems


def _title(cell: NotebookNode) -> str:
    """The number of an exercise, or the first line."""
    return number_of(cell) or cell.source.split("\n")[0]


def _twins(cells: list[NotebookNode]) -> list[str]:
    """Every English Markdown cell is followed by its Chinese one."""
    problems = []
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if cell.cell_type == "markdown" and cell.metadata.get("lang") != "zh":
            if following is None or following.metadata.get("lang") != "zh":
                problems.append(f"no Chinese twin after {cell.source[:50]!r}")
            elif cell.source.count("\n#") != following.source.count("\n#"):
                problems.append(f"other headings in the Chinese twin of {cell.source[:50]!r}")
    return problems


def _code_problems(cell: NotebookNode) -> list[str]:
    problems = []
    lines = [line for line in SOLUTION.sub("", cell.source + "\n").split("\n") if line.strip()]
    if len(lines) > _MAX_CODE_LINES:
        problems.append(f"{len(lines)} lines of code, at most {_MAX_CODE_LINES}")
    if re.search(r"plt\.show|%matplotlib|clear_output|with Output|interact\(", cell.source):
        problems.append("show figures by plots.show, controls by widgets.explore")
    if cell.source.rstrip().endswith(";"):
        problems.append("ends in `;`, which nbval cannot compare; assign to `_`")
    if "exercise" in tags(cell) and not (SOLUTION.search(cell.source) and "exercises.check(" in cell.source):
        problems.append("an exercise needs a solution region and exercises.check")
    if "exercise" not in tags(cell) and "### BEGIN SOLUTION" in cell.source:
        problems.append("a solution region in a cell that is not tagged `exercise`")
    if "parameters" in tags(cell):
        try:
            parse_parameters(cell.source, "source")
        except ParameterError as error:
            problems.append(error.received)
    return problems
