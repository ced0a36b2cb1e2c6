"""A notebook of a user's own, and records of runs that never ran."""

import json

import nbformat
import pytest

from talentlab.experiments import records


@pytest.fixture
def write_notebook(tmp_path):
    """Writes a notebook: its parameters cell, and its other cells."""

    def write(parameters, *sources):
        cells = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
        cells += [nbformat.v4.new_code_cell(source) for source in sources]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        path = tmp_path / "mine.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
        return path

    return write


@pytest.fixture
def write_run(tmp_path):
    """Records a run with these parameters, this f1, and this f1 after each epoch."""

    def write(f1, curve=(), sweep=None, chapter="mine", **parameters):
        number = len(list(tmp_path.iterdir()))
        folder = tmp_path / f"mine-{number:02d}"
        folder.mkdir()
        record = {"id": folder.name, "chapter": chapter, "status": "completed", "started": f"2026-01-{number + 1:02d}"}
        metrics = {} if f1 is None else {"f1": f1}
        records.write(folder, {**record, "sweep": sweep, "parameters": parameters, "metrics": metrics})
        lines = [{"fit": "model"}, *({"epoch": i, "f1": value} for i, value in enumerate(curve, 1))]
        (folder / records.HISTORY_FILE).write_text("\n".join(map(json.dumps, lines)))

    return write
