"""Does the notebook tier notice what it is there for? Run by `make test` on notebooks made here."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

CONFIG = Path(__file__).parent / "pytest.ini"


def nbval(tmp_path, *cells, limit_s=600):
    """Exit status and output of strict nbval over a notebook of (source, stored stdout) cells."""
    made = []
    for count, (source, stored) in enumerate(cells, start=1):
        outputs = [nbformat.v4.new_output("stream", name="stdout", text=stored)] if stored else []
        made.append(nbformat.v4.new_code_cell(source, execution_count=count, outputs=outputs))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = tmp_path / "sample.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": kernel}), path)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        str(CONFIG),
        "--nbval",
        f"--nbval-cell-timeout={limit_s}",
        "--nbval-kernel-startup-timeout=300",
        str(path),
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)
    return done.returncode, done.stdout


def test_a_notebook_that_reproduces_passes(tmp_path):
    status, output = nbval(tmp_path, ("print(1)", "1\n"), ("x = 2", ""))
    assert status == 0 and "2 passed" in output


@pytest.mark.parametrize(
    ("hangs", "cells"),
    [
        (False, [("print(2)", "1\n")]),
        (False, [("1 / 0", "")]),
        (False, [("print(1)", "")]),
        (True, [("import os\nos._exit(1)", ""), ("print(1)", "1\n")]),
        (True, [("import time\ntime.sleep(600)", ""), ("print(1)", "1\n")]),
    ],
    ids=["other output", "error", "new output", "dead kernel", "time limit"],
)
def test_what_went_wrong_fails_and_nothing_counts_as_expected(tmp_path, hangs, cells):
    status, output = nbval(tmp_path, *cells, limit_s=5 if hangs else 600)
    assert status == 1 and "xfail" not in output and "failed" in output
