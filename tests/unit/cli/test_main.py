import errno
import json
import os

import nbformat
import pytest
from click.testing import CliRunner

from talentlab.cli.main import _change, _result_table, main
from talentlab.experiments import parameters, records


def call(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    "command", [(), *((name,) for name in main.commands), *(("runs", name) for name in main.commands["runs"].commands)]
)
def test_help_is_there(command):
    result = call(*command, "--help")
    assert result.exit_code == 0 and "Usage" in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "05", "-p", "learning_rat=1"), "did you mean 'learning_rate'"),
        (("run", "05", "-p", "num_epochs=two"), "expected: int"),
        (("run", "05", "-p", "num_epochs"), "'--parameter': 'num_epochs' is not of the form NAME=VALUE"),
        (("run", "05", "--preset", "huge"), "gpu, laptop, quick"),
        (("run", "42"), "05_project_practice"),
        (("run", "missing.ipynb"), "cannot be read as a notebook"),
        (("params", "missing.ipynb"), "cannot be read as a notebook"),
        (("build", "42_nothing"), "42_nothing"),
        (("sweep", "05", "-g", "learning_rat=1"), "did you mean 'learning_rate'"),
        (("sweep", "05", "-g", "learning_rate=1..x"), "learning_rate='x'"),
        (("sweep", "05", "-g", "learning_rate=1e-5..1e-3"), "--sample or --bayes"),
        (("sweep", "05", "-g", "seed"), "'--grid': 'seed' is not of the form NAME=VALUE"),
        (("sweep", "05"), "Missing option"),
        (("sweep", "05", "-g", "seed=0:2", "--engine", "dask"), "belong together"),
        (("sweep", "05", "-g", "seed=0:2", "--bayes", "--sample", "2"), "exclude each other"),
        (("runs", "show", "nothing-like-it"), "exactly one"),
        (("compare", "nothing-like-it", "nor-this"), "exactly one"),
        (("frobnicate",), "No such command"),
    ],
)
def test_bad_input_is_one_clear_message_and_status_2(arguments, says, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = call(*arguments)
    assert result.exit_code == 2 and says in result.output and "Traceback" not in result.output


def test_params_prints_name_type_default_and_meaning():
    output = call("params", "05").output
    assert "learning_rate: float = 0.0002" in output and "peak of AdamW" in output


@pytest.mark.parametrize(
    ("values", "change"),
    [
        ({"rate": 0.5, "num_epochs": 4, "seed": 0}, "num_epochs=5"),
        ({"rate": 0.5, "seed": 0}, "seed=1"),
        ({"quick": True, "text": "a", "rate": 2e-4}, "rate=0.0001"),
        ({"seed": None, "seconds": 8}, "seconds=9"),
        ({"text": "a", "seeds": [0, 1]}, "NAME=VALUE"),
    ],
)
def test_what_a_run_proposes_next_is_a_parameter_that_it_has(values, change):
    assert _change(values) == change


def test_the_table_shows_intervals_beside_the_documents_figures():
    record = {"metrics": {"precision": [0.8, 0.75, 0.86], "loss": 0.5}, "references": {"precision": 0.85}}
    table = _result_table(record)
    assert "80.0%   75.0% – 86.0%" in table and "85%" in table and "loss" in table


def test_runs_are_listed_shown_and_compared_in_each_form(tmp_path):
    for seed, x in ((0, 1), (1, 1), (0, 2), (1, 2)):
        values = {"seed": seed, "x": x}
        folder = tmp_path / f"mine-{seed}{x}"
        folder.mkdir()
        records.write(folder, {
            "id": folder.name, "chapter": "mine", "key": f"{seed}{x}", "status": "completed", "parameters": values,
            "metrics": {"f1": [0.5 + 0.1 * x + 0.01 * seed, 0, 1]}, "started": f"2026-01-0{seed + 1}", "seconds": 1.0,
        })  # fmt: skip
    here = ("--runs-folder", str(tmp_path))
    assert call("runs", *here, "--filter", "x == 2", "--format", "csv").output.count("mine-") == 2
    rows = json.loads(call("runs", *here, "--sort", "f1", "--format", "json").output)
    assert rows[0]["run"] == "mine-12" and rows[0]["f1"] == 0.71
    assert "| mine-01 | mine |" in call("runs", *here, "--format", "md").output
    assert "f1:" in call("runs", *here, "show", "mine-01").output
    table = call("compare", "mine-01", "mine-02", *here).output
    assert "x      1       2" in table and "0.1000" in table
    assert call("runs", "--runs-folder", str(tmp_path / "none")).output.strip() == "no runs"


def test_a_full_disk_is_an_error_in_words(monkeypatch, tmp_path):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "runs/x/record.json")

    monkeypatch.setattr(records, "write", full)
    result = call("run", "05", "--runs-folder", str(tmp_path))
    assert result.exit_code == 2 and isinstance(result.exception, SystemExit)
    assert "No space left on device: runs/x/record.json" in result.output and "what to do" in result.output


@pytest.mark.parametrize("arguments", [("run",), ("sweep", "-g", "x=1,2")], ids=["run", "sweep"])
def test_a_command_reads_the_notebook_once(arguments, tmp_path, monkeypatch):
    cells = [nbformat.v4.new_code_cell("x: int = 1  # a number", metadata={"tags": ["parameters"]})]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path, seen = tmp_path / "mine.ipynb", []
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)

    def counted(module, name):
        original = getattr(module, name)

        def call(first, *rest, **keywords):
            if module is parameters or first == path:  # each run reads its own copy in its folder
                seen.append(name)
            return original(first, *rest, **keywords)

        monkeypatch.setattr(module, name, call)

    counted(nbformat, "read")
    counted(parameters, "parse_parameters")
    command, *rest = arguments
    result = call(command, str(path), *rest, "--runs-folder", str(tmp_path / "runs"))
    assert result.exit_code == 0, result.output
    assert seen == ["read", "parse_parameters"]


def test_the_table_in_chinese_keeps_its_columns(monkeypatch):
    monkeypatch.setenv("TALENTLAB_LANGUAGE", "zh")
    record = {"metrics": {"precision": [0.8, 0.75, 0.86], "loss": 0.5}, "references": {"precision": 0.85}}
    heads, precision, loss = _result_table(record).strip().splitlines()
    assert heads.split() == ["指标", "实测", "95%", "置信区间", "原文"]
    assert precision.split() == ["精确率", "80.0%", "75.0%", "–", "86.0%", "85%"] and loss.startswith("损失")
    wide = [sum(1 + (sign >= "一") for sign in line) for line in (heads, precision, loss)]
    assert wide == [wide[0]] * 3
