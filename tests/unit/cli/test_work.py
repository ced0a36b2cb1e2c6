import json
import shlex
import subprocess

import nbformat
import pytest
from click.testing import CliRunner
from nbclient import NotebookClient

from talentlab import runtime
from talentlab.cli.main import main

NOTEBOOK = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}


def call(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def root(tmp_path, monkeypatch):
    for name in ("05_project.ipynb", "zh/05_project.ipynb"):
        path = tmp_path / "notebooks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, "print(1)")
    monkeypatch.setattr(runtime, "repository_root", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, source):
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": source, "execution_count": 1, "outputs": ["x"]}
    path.write_text(json.dumps({**NOTEBOOK, "cells": [cell]}))


def outputs(path):
    return json.loads(path.read_text())["cells"][0]["outputs"]


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [((), []), (("--outputs", "clear"), []), (("--outputs",), ["x"]), (("--outputs", "keep"), ["x"])],
)
def test_work_makes_copies_and_says_so_once(root, arguments, kept):
    assert call("work", *arguments).output == "2 working copies made in work\n"
    assert outputs(root / "work" / "05_project.ipynb") == kept
    assert call("work", *arguments).output == ""


def test_a_setting_that_does_not_exist_is_refused(root):
    result = call("work", "--outputs", "some")
    assert result.exit_code == 2 and "'clear', 'keep'" in result.output and not (root / "work").exists()


def test_work_says_in_one_line_which_copies_are_older_and_how_to_get_the_new_ones(root):
    call("work")
    write(root / "notebooks" / "zh" / "05_project.ipynb", "print(2)")
    (line,) = call("work").output.splitlines()
    assert line == (
        "the course has newer text or code than work/zh/05_project.ipynb: "
        "`talentlab reset NAME` gives the new one, and keeps yours"
    )
    call("reset", "work/zh/05_project.ipynb")
    assert call("work").output == ""


def test_reset_says_where_both_are(root):
    call("work")
    output = call("reset", "05").output
    (old,) = (root / "work").glob("05_project-*.ipynb")
    assert output == f"fresh    work/05_project.ipynb (open it anew)\nyours    work/{old.name}\n"
    output = call("reset", "05", "--keep", "--outputs").output
    (fresh,) = (root / "work").glob("05_project-fresh-*.ipynb")
    assert output == f"fresh    work/{fresh.name}\nyours    work/05_project.ipynb\n" and outputs(fresh) == ["x"]


def test_an_unknown_chapter_is_an_error_with_a_remedy(root):
    result = call("reset", "77")
    assert result.exit_code == 2
    assert "No single chapter '77'" in result.output and "zh/05_project" in result.output


def test_make_lab_opens_the_working_copy_at_the_repositorys_root_with_talentlab_on_its_path():
    root = runtime.repository_root()
    command = ["make", "--no-print-directory", "-n", "-o", ".venv/.dev", "lab", "OUTPUTS=keep"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    work, lab = done.stdout.replace("\\\n", "").splitlines()
    assert shlex.split(work) == [".venv/bin/talentlab", "work", "--outputs=keep"]
    path, jupyter, *arguments = shlex.split(lab)
    assert (path, jupyter) == (f"PATH={root}/.venv/bin:$PATH", ".venv/bin/jupyter")
    assert arguments[:3] == ["lab", "work/00_start.ipynb", f"--ServerApp.root_dir={root}"]


def test_git_ignores_the_copies_and_nothing_else_of_that_name():
    ask = ["git", "check-ignore", "work/05_project_practice.ipynb", "lib/talentlab/cli/work/x"]
    done = subprocess.run(ask, cwd=runtime.repository_root(), capture_output=True, text=True)
    if done.returncode == 128:  # a folder of somebody else's, or none of git's
        pytest.skip(done.stderr)
    assert done.stdout.split() == ["work/05_project_practice.ipynb"]


def test_the_kernel_that_make_dev_installs_finds_talentlab(tmp_path, monkeypatch):
    """However JupyterLab was started: here without the environment on the path."""
    root = runtime.repository_root()
    command = ["make", "-n", "-W", "pyproject.toml", ".venv/.dev"]
    recipe = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    (install,) = [line for line in recipe.splitlines() if "ipykernel install" in line]
    subprocess.run(install.replace("--sys-prefix", f"--prefix {tmp_path}"), shell=True, cwd=root, check=True)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share" / "jupyter"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("!talentlab --help")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    NotebookClient(notebook, iopub_timeout=120, raise_on_iopub_timeout=True, startup_timeout=300).execute()
    assert "Usage: talentlab" in notebook.cells[0].outputs[0].text
