"""A figure in a text stands in an output, the code or a table of the course, or its source is named here."""

import re

import nbformat
import pytest

from talentlab.authoring import build
from talentlab.authoring.form import tags
from talentlab.experiments.pages import NAVIGATION
from talentlab.runtime import repository_root

# decimals, and whole numbers of something that is measured; not the numbers of sections and exercises
FIGURE = re.compile(
    r"(?<![\w.,/])\d+(?:\.\d+)?(?= ?(?:%|points?\b|times\b|seconds\b|nats\b))|(?<![\w.,/])\d+\.\d+(?![\w.]|\.\d)"
)
APART = re.compile(
    r"`[^`]*`|\$[^$]*\$|\]\([^)]*\)|(?:arXiv|doi)\s+\S+|[cC]hapters? [\d.]+(?: and [\d.]+)?|[sS]ections? [\d.]+"
    r"|^#+ .*$|^> .*$|\[\d[\d.]*-\d+\]|[sS]tep \d, [\d.]+",
    re.MULTILINE,
)
# Figures of others, with where they come from.
ELSEWHERE = {
    "05_project_practice": {"22.7": "parameters of minilm in millions; the census rounds otherwise"},
}


def flat(text):
    return re.sub(r"[, \u202f\u00a0]", "", text)


def shown(notebook):
    """Code and outputs of a notebook as one text."""
    parts = []
    for cell in build.code_cells(notebook):
        parts.append(cell.source)
        for output in cell.outputs:
            parts.append(output.get("text", ""))
            parts += [str(value) for kind, value in output.get("data", {}).items() if kind.startswith("text/")]
    return "\n".join(parts)


def stands_in(number, known):
    """Whether a figure is among the known numbers, rounded to its digits, or as a share of 1 where it is per cent."""
    digits = len(number.partition(".")[2])
    return any(f"{value:.{digits}f}" == number for each in known for value in (each, 100 * each))


def unfounded(notebook, slug, tables):
    """The figures of the texts that stand nowhere else; an exercise gives its own."""
    known = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", flat(shown(notebook) + tables))}
    found = set()
    for cell in notebook.cells:
        is_text = cell.cell_type == "markdown" and not {NAVIGATION, "solution"} & set(tags(cell))
        if is_text and not re.search(r"^### Exercise", cell.source, re.MULTILINE):
            found |= set(FIGURE.findall(APART.sub(" ", cell.source)))
    return sorted(number for number in found - set(ELSEWHERE.get(slug, {})) if not stands_in(number, known))


@pytest.mark.parametrize("source", build.sources(), ids=lambda path: path.stem)
def test_a_figure_in_a_text_stands_in_an_output(source):
    course = repository_root() / "course"
    tables = [(course / name).read_text(encoding="utf-8") for name in ("results.md", "document.md", "claims.md")]
    notebook = nbformat.read(build.notebook_path(source.stem, "learner"), as_version=4)
    assert unfounded(notebook, source.stem, "\n".join(tables)) == []


def test_a_figure_from_nowhere_would_be_seen():
    notebook = nbformat.read(build.notebook_path("05_project_practice", "learner"), as_version=4)
    for number in ("71.93 %", "a gain of 43 points", "0.7193", "7.13 nats"):
        changed = nbformat.from_dict(notebook)
        changed.cells.append(nbformat.v4.new_markdown_cell(f"It reached {number} at the end."))
        assert unfounded(changed, "05_project_practice", "") != unfounded(notebook, "05_project_practice", ""), number
    assert stands_in("71", {0.7093}) and stands_in("70.9", {70.931}) and not stands_in("71.0", {70.931})
