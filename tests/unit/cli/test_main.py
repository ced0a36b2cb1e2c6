import ast
import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from talentlab.authoring import sentences
from talentlab.cli import group
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
    counted(parameters, "infer_parameters")
    command, *rest = arguments
    result = call(command, str(path), *rest, "--runs-folder", str(tmp_path / "runs"))
    assert result.exit_code == 0, result.output
    assert seen == ["read", "infer_parameters"]


def test_the_table_in_chinese_keeps_its_columns(monkeypatch):
    monkeypatch.setenv("TALENTLAB_LANGUAGE", "zh")
    record = {"metrics": {"precision": [0.8, 0.75, 0.86], "loss": 0.5}, "references": {"precision": 0.85}}
    heads, precision, loss = _result_table(record).strip().splitlines()
    assert heads.split() == ["指标", "实测", "95%", "置信区间", "原文"]
    assert precision.split() == ["精确率", "80.0%", "75.0%", "–", "86.0%", "85%"] and loss.startswith("损失")
    wide = [sum(1 + (sign >= "一") for sign in line) for line in (heads, precision, loss)]
    assert wide == [wide[0]] * 3


@pytest.fixture
def chinese(monkeypatch):
    monkeypatch.setenv("TALENTLAB_LANGUAGE", "zh")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--help"], ["用法：", "选项", "命令", "不开界面执行 NOTEBOOK", "显示这段说明。"]),
        (["sweep", "--help"], ["--bayes 的试验次数。  [默认：30；x>=1]", "某次运行失败会被记下来", "[必填]"]),
        (["runs", "show", "--help"], ["RUN 的完整记录"]),
        (["models", "--help"], ["随软件包提供的模型"]),
    ],
)
def test_help_is_chinese(chinese, arguments, shown):
    result = call(*arguments)
    assert result.exit_code == 0 and all(text in result.output for text in shown), result.output
    assert "\u2060" not in result.output and not re.search(r"(Usage|Options|Commands):|default", result.output)


def test_in_english_help_stays_as_it_is(monkeypatch):
    monkeypatch.setenv("TALENTLAB_LANGUAGE", "en")
    assert "Execute NOTEBOOK headless" in call("run", "--help").output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["params"], "错误：缺少参数 'NOTEBOOK'。"),
        (["run", "05", "--fast"], "错误：没有选项 '--fast'。"),
        (["sweep", "05", "-g", "a=1", "--jobs", "0"], "错误：'--jobs' 的值不合适：0 不在 x>=1 的范围内。"),
        (["runs", "show", "x"], "的编号以 'x' 开头或结尾。\n  应为：正好一次\n  怎么办：把编号写长一些"),
    ],
)
def test_errors_are_chinese(chinese, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    result = call(*arguments)
    assert result.exit_code == 2 and message in result.output, result.output


def test_what_commands_echo_is_looked_up():
    for path in Path(group.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = {*sentences.looked_up(tree), *(text.text for text in sentences.of_errors(tree))}
        for node in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if getattr(node.func, "attr", "") in ("echo", "secho"):
                parts = [part for argument in node.args for part in ast.walk(argument)]
                texts = {part.value for part in parts if isinstance(part, ast.Constant)}
                texts = {text for text in texts if isinstance(text, str) and re.search(r"[A-Za-z]{3,} [a-z]{2,}", text)}
                assert texts <= known, path


@pytest.mark.parametrize("command", [["--help"], ["params", "05"], ["runs", "--runs-folder", "none"]])
def test_what_only_reads_loads_nothing_heavy(command, tmp_path):
    """Half a second to a word instead of four: torch, scipy's statistics, and a grammar that jsonschema would build."""
    code = (
        "import sys; from talentlab.cli.main import main; main(standalone_mode=False); "
        "print({'torch', 'transformers', 'scipy', 'lark', 'sklearn', 'matplotlib'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.stderr.splitlines()[-1:] == ["set()"], done.stderr


def test_the_command_line_called_from_python_leaves_its_language_alone(monkeypatch):
    for before in ("en", None):
        monkeypatch.delenv("TALENTLAB_LANGUAGE", raising=False)
        if before:
            monkeypatch.setenv("TALENTLAB_LANGUAGE", before)
        CliRunner().invoke(main, ["--help"])
        assert os.environ.get("TALENTLAB_LANGUAGE") == before
