"""One notebook for both English editions: before each solved exercise stands the learner's stub."""

import copy

from nbformat import NotebookNode

from talentlab.authoring.form import tags
from talentlab.errors import ChapterError
from talentlab.experiments.pages import NAVIGATION

_STUB_ID = "-stub"


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def combine(slug: str, learner: NotebookNode, solutions: NotebookNode) -> NotebookNode:
    """The notebook of which one execution shows what both editions show; without links and the solutions' reasons.

    Raises:
        ChapterError: If another cell than an exercise's differs, in its text or its outputs.
    """
    combined = copy.deepcopy(learner)
    combined.cells = []
    stubs, answers = (
        [cell for cell in edition.cells if not {NAVIGATION, "solution"} & set(tags(cell))]
        for edition in (learner, solutions)
    )
    for stub, solved in zip(stubs, answers, strict=False):
        if "exercise" in tags(solved) and stub.id == solved.id:
            combined.cells += [NotebookNode(copy.deepcopy(stub), id=stub.id + _STUB_ID), copy.deepcopy(solved)]
        elif len(stubs) == len(answers) and _same(stub, solved):
            combined.cells.append(copy.deepcopy(stub))
        else:
            raise ChapterError(
                f"{slug}: two editions differ in a cell that is no exercise, {solved.source.splitlines()[0]!r}.",
                expected="the same cells with the same outputs, of one execution",
                remedy=f"`talentlab build {slug} --force` executes the chapter once for both.",
            )
    return combined


def _same(cell: NotebookNode, other: NotebookNode) -> bool:
    """A text's id is made of its source: what the builder puts into it, links, leads from another folder."""
    return cell.id == other.id if cell.cell_type == "markdown" else cell == other


def divide(combined: NotebookNode) -> dict[str, NotebookNode]:
    """The editions `learner` and `solutions` out of an executed `combine`, with counts from 1 to n in each."""
    stubs = {cell.id for cell in combined.cells if cell.id.endswith(_STUB_ID)}
    editions = {}
    for edition in ("learner", "solutions"):
        notebook = editions[edition] = copy.deepcopy(combined)
        of_the_other = {name.removesuffix(_STUB_ID) for name in stubs} if edition == "learner" else stubs
        notebook.cells = [cell for cell in notebook.cells if cell.id not in of_the_other]
        for cell in notebook.cells:
            cell.id = cell.id.removesuffix(_STUB_ID)
        for count, cell in enumerate(code_cells(notebook), start=1):
            cell.execution_count = count
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = count
    return editions
