"""Notebooks that nobody wrote for this course: what runs, what is limited, what is left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import psutil
import pytest

from talentlab.errors import ParameterError, RunError
from talentlab.experiments import kernels, runs
from talentlab.experiments.execution import Limits
from talentlab.experiments.parameters import infer_parameters, read_parameters

ODD = '''"""What this is."""
import os
%matplotlib inline
!true
a = 1
b: int = "x"  # odd
c = {"k": 1}
d = None
e, g = 1, 2
h = os.getcwd()
i: list[int] = [1]
import datetime
when: datetime.date = datetime.date(2020, 1, 1)
t = "2020-01-01"
'''


def test_types_are_inferred_and_other_lines_are_told():
    declared, others = infer_parameters(ODD)
    assert {name: (one.annotation, one.default) for name, one in declared.items()} == {
        "a": ("int", 1), "b": ("str", "x"), "c": ("Any", {"k": 1}), "d": ("Any", None), "i": ("list[int]", [1]),
        "t": ("str", "2020-01-01"),
    }  # fmt: skip
    assert others == [
        '"""What this is."""', "import os", "%matplotlib inline", "!true", "e, g = 1, 2", "h = os.getcwd()",
        "import datetime", "when: datetime.date = datetime.date(2020, 1, 1)",
    ]  # fmt: skip
    assert infer_parameters("const a: number = 1;\nlet b = a") == ({}, ["const a: number = 1;", "let b = a"])
    assert [declared[name].validate(text) for name, text in (("a", "5"), ("c", "{k: 2}"), ("d", "7"), ("d", "x"))] == [
        5, {"k": 2}, 7, "x",
    ]  # fmt: skip
    with pytest.raises(ParameterError, match="a='five'"):
        declared["a"].validate("five")


def write(folder: Path, *cells, parameters="a = 1", tags=(), **metadata) -> Path:
    made = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    made += [nbformat.v4.new_code_cell(cell, metadata={"tags": list(tags)}) for cell in cells]
    folder.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=metadata), folder / "mine.ipynb")
    return folder / "mine.ipynb"


def text_of(done) -> str:
    cells = nbformat.read(done.notebook, 4).cells
    return "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", []))


def run(path, tmp_path, given=None, **settings):
    return runs.run(path, given, runs_folder=tmp_path / "runs", show_progress=False, **settings)


def test_a_notebook_without_a_kernelspec_runs_beside_its_data_with_the_callers_paths(tmp_path, monkeypatch):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "beside.csv").write_text("1")
    (tmp_path / "mine.csv").write_text("22")
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "theirs", "print(a, len(open('beside.csv').read()), len(open(dataset).read()), sep)",
                 parameters=ODD + 'dataset = "?"\nsep = "."')  # fmt: skip
    assert set(read_parameters(path)) >= {"a", "dataset"}
    assert text_of(run(path, tmp_path, {"a": "3", "dataset": "mine.csv", "sep": "."})) == "3 1 2 .\n"


def test_a_kernel_that_is_not_there_is_named(tmp_path):
    path = write(tmp_path, "1", kernelspec={"name": "tslab", "display_name": "TypeScript"})
    with pytest.raises(RunError, match="tslab"):
        run(path, tmp_path)
    job = runs.resolve(path, kernel="python3")
    assert runs.run_job(job, runs_folder=tmp_path / "runs", show_progress=False).record["status"] == "completed"


def test_half_a_kernelspec_is_completed_and_other_metadata_cost_the_html_copy_alone(tmp_path):
    path = write(tmp_path, "print(a)")
    notebook = json.loads(path.read_text())
    notebook["metadata"] = {"kernelspec": {"language": "python"}}
    path.write_text(json.dumps(notebook))
    done = run(path, tmp_path)
    assert done.record["status"] == "completed" and "1" in done.html.read_text()
    notebook["metadata"] = {"authors": "not a list"}
    path.write_text(json.dumps(notebook))
    done = run(path, tmp_path, {"a": "2"})
    assert done.record["status"] == "completed" and text_of(done) == "2\n"
    assert "no HTML copy" in done.html.read_text()


def test_only_ipykernel_gets_the_flag_of_ipykernel(tmp_path, monkeypatch):
    spec = tmp_path / "kernels" / "other"
    spec.mkdir(parents=True)
    described = {"argv": ["deno", "{connection_file}"], "display_name": "Deno", "language": "typescript"}
    (spec / "kernel.json").write_text(json.dumps(described))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert [bool(kernels.own_flags(name)) for name in ("python3", "other")] == [True, False]


@pytest.mark.parametrize("tagged", [True, False])
def test_a_cell_tagged_to_raise_may_and_another_may_not(tmp_path, tagged):
    path = write(tmp_path, "1 / 0", tags=["raises-exception"] if tagged else [])
    if tagged:
        done = run(path, tmp_path)
        (output,) = nbformat.read(done.notebook, 4).cells[-1].outputs
        assert done.record["status"] == "completed" and output.output_type == "error"
    else:
        with pytest.raises(RunError, match="ZeroDivisionError"):
            run(path, tmp_path)


def test_a_tagged_cell_hides_no_other(tmp_path):
    path = write(tmp_path, "1 / 0", tags=["raises-exception"])
    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_code_cell("[][1]"))
    nbformat.write(notebook, path)
    with pytest.raises(RunError, match="IndexError"):
        run(path, tmp_path)


def test_output_without_end_is_kept_to_its_limit_and_counted(tmp_path):
    cell = "for _ in range(5000): print('x' * 2000)"
    done = run(write(tmp_path, cell, "print('after')"), tmp_path, limits=Limits(output_mb=1))
    text = text_of(done)
    assert done.notebook.stat().st_size < 3e6 and done.html.stat().st_size < 6e6
    assert "[9.0 MB" in text  # of ten megabytes
    assert "MB more were put out; a run keeps 1 MB" in text and len(text) < 1.2e6


HELD = """
import ctypes, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
print(child.pid)
open({file!r}, "w").write(f"{{__import__('os').getpid()}} {{child.pid}}")
ctypes.PyDLL(None).sleep(300)  # holds the interpreter: no poller of the kernel's own can see that its parent is gone
"""


def test_an_output_that_a_busy_machine_shows_late_is_waited_for_and_its_loss_is_an_error():
    client = kernels.LimitedClient(SimpleNamespace(nb=nbformat.v4.new_notebook()), 1.0)
    assert client.iopub_timeout >= 60 and client.raise_on_iopub_timeout


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are POSIX's")
def test_a_killed_runner_leaves_no_kernel_and_no_child_of_it(tmp_path):
    file = tmp_path / "pids"
    path = write(tmp_path, HELD.format(file=str(file)))
    call = f"runs.run({str(path)!r}, runs_folder=Path({str(tmp_path)!r}))"
    code = f"from pathlib import Path; from talentlab.experiments import runs; {call}"
    runner = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    wait_for(lambda: file.exists() and len(file.read_text().split()) == 2)
    kernel, child = map(int, file.read_text().split())
    assert psutil.pid_exists(kernel) and psutil.pid_exists(child)
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    wait_for(lambda: not alive(kernel) and not alive(child))


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition, seconds=250) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)
