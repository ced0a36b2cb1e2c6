"""Chapter 5 caught up to 5.3 in a kernel: the outputs of the instructor's run, without its training."""

import json
import re
from datetime import datetime

import nbformat
import pytest
from nbclient import NotebookClient

from talentlab.course import catching_up, working_copies
from talentlab.experiments import kept_states
from talentlab.runtime import PROGRESS_FILE_VARIABLE, repository_root

CHAPTER = "05_project_practice.ipynb"


@pytest.fixture
def root(tmp_path):
    """A course of this chapter alone, cut before 5.4."""
    for folder in ("", "solutions"):
        notebook = json.loads((repository_root() / "notebooks" / folder / CHAPTER).read_text(encoding="utf-8"))
        stop = next(i for i, cell in enumerate(notebook["cells"]) if "## 5.4 Results" in "".join(cell["source"]))
        path = tmp_path / "notebooks" / folder / CHAPTER
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(notebook | {"cells": notebook["cells"][:stop]}), encoding="utf-8")
    return tmp_path


def run(path, root):
    """The cells above the mark, executed; of each the printed text, without the clock of other cells."""
    notebook = nbformat.read(path, as_version=4)
    names = [cell.id for cell in notebook.cells]
    notebook.cells = notebook.cells[: names.index("catch-up-here")]
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(root)}}).execute(
        env={PROGRESS_FILE_VARIABLE: str(root / "progress")}
    )
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


def seconds(cell):
    times = cell.metadata.execution
    start, end = (datetime.fromisoformat(times[name]) for name in ("iopub.execute_input", "shell.execute_reply"))
    return (end - start).total_seconds()


def text(cell):
    return "".join(out.get("text", "") for out in cell.outputs if out.output_type == "stream")


def test_a_copy_caught_up_has_the_lessons_outputs_without_the_training(root):
    found = kept_states.keep(str(root / "notebooks" / CHAPTER), root / "states")
    assert found.trainings == 1 and found.seconds > 3
    working_copies.make(root)
    done = catching_up.catch_up("05", root, to="5.3", states=root / "states" / "05_project_practice")
    assert done.filled == 2  # 5.A and 5.B
    cells = run(done.copy, root)
    (fit,) = [cell for cell in cells.values() if "history = training.fit(" in cell.source]
    trained = float(re.search(r"([\d.]+) s, [\d,]+ tokens/s", text(fit))[1])
    print(f"{found}; the training's cell {seconds(fit):.1f} s, all cells {sum(map(seconds, cells.values())):.1f} s")
    assert 0.5 * found.seconds < trained <= found.seconds + 0.5  # its history is the instructor's
    assert seconds(fit) < 0.3 * found.seconds
    assert "correct" in str(cells)
