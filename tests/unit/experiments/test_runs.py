import ast
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import nbformat
import pytest

from talentlab.errors import ChapterError, ParameterError, RunError
from talentlab.experiments import records, runs
from talentlab.experiments.execution import Limits
from talentlab.runtime import repository_root


@pytest.fixture
def notebook(write_notebook):
    return partial(write_notebook, "x: int = 1  # a number")


def run(path, tmp_path, parameters=None, **keywords):
    return runs.run(path, parameters, runs_folder=tmp_path / "runs", show_progress=False, **keywords)


def test_a_run_leaves_notebook_html_and_record(notebook, tmp_path):
    path = notebook(
        "from talentlab.course import claims\n"
        "claims.report(double=2 * x, share=(0.5, 0.4, 0.6), references={'double': 9})"
    )
    done = run(path, tmp_path, {"x": "21"})
    record = json.loads((done.folder / "record.json").read_text())
    assert record == done.record
    assert record["status"] == "completed" and record["parameters"] == {"x": 21}
    assert record["metrics"] == {"double": 42, "share": [0.5, 0.4, 0.6]} and record["references"] == {"double": 9}
    assert "<html" in done.html.read_text()[:400] and nbformat.read(done.notebook, 4).cells[1].metadata["tags"] == [
        "injected-parameters"
    ]


def test_names_and_types_are_checked_before_a_kernel_starts(notebook, tmp_path):
    path = notebook("1")
    for wrong in ({"y": 1}, {"x": "a"}):
        with pytest.raises(ParameterError):
            run(path, tmp_path, wrong)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("raise ValueError('on purpose')", "Cell 2 of mine.ipynb failed: ValueError: on purpose"),
        ("import time; time.sleep(60)", "mine.ipynb stopped: CellTimeoutError"),
        ("import os; os._exit(1)", "mine.ipynb stopped: DeadKernelError"),
    ],
    ids=["fails", "hangs", "dies"],
)
def test_a_cell_that_fails_or_hangs_or_ends_its_kernel_is_a_failed_record(notebook, tmp_path, source, says):
    with pytest.raises(RunError, match=says):
        run(notebook(source), tmp_path, limits=Limits(cell_s=5 if "sleep" in source else 600))
    (record,) = (tmp_path / "runs").glob("*/record.json")
    assert json.loads(record.read_text())["status"] == "failed"


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_a_damaged_record_of_the_same_run_stops_no_new_one(tmp_path, text):
    damaged = tmp_path / "mine-20260101-000000-abcdef"
    damaged.mkdir()
    (damaged / records.FILE).write_text(text)
    folder, held = runs._make_folder(tmp_path, "mine", "abcdef01", ("interrupted",))
    assert folder.is_dir() and folder != damaged and held.is_locked


def test_a_folder_is_never_taken_without_its_lock(tmp_path):
    """An interrupted run is gone on with, by one process: the second makes a folder of its own."""
    earlier = tmp_path / "mine-20260101-000000-abcdef"
    earlier.mkdir()
    records.write(earlier, {"chapter": "mine", "status": "interrupted", "parameters": {}})
    first, held = runs._make_folder(tmp_path, "mine", "abcdef01", ("interrupted",))
    second, other = runs._make_folder(tmp_path, "mine", "abcdef01", ("interrupted",))
    assert (first, second != first) == (earlier, True) and held.is_locked and other.is_locked


def test_relative_paths_mean_the_callers_folder(notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.txt").write_text("found")
    path = notebook("from talentlab.course import claims\nclaims.report(length=len(open('here.txt').read()))")
    assert run(path, tmp_path).record["metrics"] == {"length": 5}


def test_a_file_named_with_its_encoding_is_a_file_all_the_same(write_notebook, tmp_path, monkeypatch):
    """Found from wherever the notebook runs, and its bytes are a part of what makes two runs the same."""
    monkeypatch.chdir(tmp_path)
    path, keys = write_notebook('dataset: str = "reviews"  # texts', "1"), set()
    for text, encoding in (("a", "gbk"), ("a", "gbk"), ("b", "gbk"), ("b", "cp949")):
        (tmp_path / "mine.csv").write_text(text)
        job = runs.resolve(path, {"dataset": f"mine.csv?encoding={encoding}"})
        assert job.absolute()["dataset"] == f"{(tmp_path / 'mine.csv').resolve()}?encoding={encoding}"
        keys.add(job.key)
    assert len(keys) == 3


def test_progress_without_a_terminal_is_lines_on_stderr(notebook, tmp_path, capfd):
    runs.run(notebook("1", "2"), runs_folder=tmp_path / "runs")
    assert "cell 3/3" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["05", "5", "05_project_practice", "zh/05"])
def test_chapters_are_found_by_number_and_name(name):
    folder = repository_root() / "notebooks" / ("zh" if name[0] == "z" else "")
    assert runs.find_notebook(name) == folder / "05_project_practice.ipynb"


@pytest.mark.parametrize("name", ["99", "", "project"])
def test_an_unknown_chapter_is_refused_with_the_known_ones(name):
    with pytest.raises(ChapterError, match="05_project_practice"):
        runs.find_notebook(name)


def test_no_lesson_loads_papermill():
    """It takes seconds, and only a runner needs it."""
    chapters = sorted((repository_root() / "course" / "chapters").glob("0*.py"))
    nodes = [node for path in chapters for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    imports = {ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)}
    code = "\n".join(sorted(line for line in imports if "talentlab" in line))
    assert "from talentlab.experiments import" in code and "from talentlab.course import" in code
    loaded = "import sys; print([name for name in ('talentlab', 'papermill') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{loaded}"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['talentlab']"


def test_a_run_works_in_its_folder_and_the_runner_stays_where_it_is(tmp_path, write_notebook, monkeypatch):
    """Its working directory is the whole process's: of two runs at once, one began in the other's folder."""
    monkeypatch.setattr(os, "chdir", lambda path: Path(path).samefile(".") or pytest.fail(f"moved to {path}"))
    done = run(write_notebook("x: int = 1  # a number", "import os; print(os.getcwd())"), tmp_path)
    assert nbformat.read(done.notebook, 4).cells[-1].outputs[0].text == f"{tmp_path}\n"
