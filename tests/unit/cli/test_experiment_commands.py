"""The commands of experiments: exit codes, numbers with all their digits, what is refused before anything runs."""

import json
import math

import nbformat
import pytest
from click.testing import CliRunner

from talentlab.cli.main import main
from talentlab.experiments import records


def call(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """A user's notebook in an empty folder: fails where `bad` says so."""
    monkeypatch.chdir(tmp_path)
    cells = [
        nbformat.v4.new_code_cell(
            'bad = 0\nk: int = 1\nname: str = "a"\nsizes: list[int] = [1]', metadata={"tags": ["parameters"]}
        ),
        nbformat.v4.new_code_cell("assert k != bad"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "mine.ipynb")
    return tmp_path / "mine.ipynb"


def test_exit_codes_tell_failed_runs_from_wrong_usage(notebook):
    assert call("run", notebook).exit_code == 0
    failed = call("run", notebook, "-p", "bad=1")
    assert (failed.exit_code, "AssertionError" in failed.output, "Traceback" in failed.output) == (1, True, False)
    assert call("run", notebook, "-p", "bad=x").exit_code == 2
    assert call("sweep", notebook, "-g", "k=1,2").exit_code == 0
    mixed = call("sweep", notebook, "-g", "k=1,2", "-p", "bad=2")
    assert mixed.exit_code == 1 and "1 runs failed" in mixed.output


def test_a_sweep_ends_after_so_many_failures(notebook, tmp_path):
    ended = call("sweep", notebook, "-g", "name=a,b,c,d", "-p", "bad=1", "--max-failures", 2)
    assert ended.exit_code == 1 and len(list((tmp_path / "runs").glob("*/mine-*/record.json"))) == 2


def test_nothing_to_resume_is_said(notebook):
    assert "nothing to resume" in call("sweep", notebook, "-g", "k=1", "--resume").output
    assert "nothing to resume" not in call("sweep", notebook, "-g", "k=1", "--resume").output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("-g", "k=1,2", "-p", "k=1"), "both an axis and a fixed value: k"),
        (("-g", "k=1,2", "--trials", "5"), "--bayes"),
        (("-g", "k=1,2", "--memory-limit", "-5"), "x>0"),
        (("-g", "k=1,2", "--run-limit", "0"), "x>0"),
        (("-g", "k=1,2", "--cell-limit", "0"), "x>=1"),
        (("-g", "k=1,2", "--threads", "0"), "x>=1"),
        (("-g", "k=1,2", "-p", "name=\udcff"), "no UTF-8"),
        (("-g", "k=1,2", "--preset", "numbered.yaml"), "5 is no name"),
        (("-g", "k=1,2", "--cwd", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_runs(notebook, tmp_path, arguments, says):
    (tmp_path / "numbered.yaml").write_text("05:\n  k: 1\n")
    result = call("sweep", notebook, *arguments)
    assert result.exit_code == 2 and says in result.output and not (tmp_path / "runs").exists()


def test_texts_are_no_ranges(notebook):
    result = call("sweep", notebook, "-g", "name=../a.csv,16:18", "-g", "sizes=1,2;3")
    assert result.exit_code == 0 and all(text in result.output for text in ("../a.csv", "16:18", "[1, 2]", "[3]"))


def put(folder, name, **record):
    (folder / name).mkdir(parents=True)
    made = {"chapter": "mine", "status": "completed", "parameters": {}, "started": "2026"} | record
    records.write(folder / name, made)


@pytest.fixture
def measured(tmp_path):
    put(tmp_path, "a", parameters={"n": 123456, "draw": 1}, metrics={"p": 3e-12, "f1": math.nan})
    put(tmp_path, "b", parameters={"draw": 2}, metrics={"f1": 0.123456789012345})
    put(tmp_path, "c", parameters={"draw": 3, "rate": 0.5}, metrics={"f1": 0.2})
    put(tmp_path, "d", parameters={"draw": 4, "rate": 0.5}, metrics={"loss": 0.2})
    return tmp_path


def test_programs_get_every_digit_and_people_a_dash(measured):
    rows = json.loads(call("runs", "--runs-folder", measured, "--format", "json").output)
    assert [rows[0][name] for name in ("run", "n", "p", "f1")] == ["a", 123456, 3e-12, None]
    assert rows[1]["f1"] == 0.123456789012345 and rows[1]["n"] is None
    lines = call("runs", "--runs-folder", measured, "--format", "csv").output.splitlines()
    table = [dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in lines[1:]]
    assert (table[0]["n"], float(table[0]["p"]), table[0]["f1"], table[1]["n"]) == ("123456", 3e-12, "", "")
    text = call("runs", "--runs-folder", measured).output
    assert "123456" in text and "3e-12" in text and "–" in text and "nan" not in text.lower()


def test_the_seed_may_have_another_name(measured):
    result = call("compare", "b", "c", "--runs-folder", measured, "--seed-name", "draw")
    assert result.exit_code == 0 and "rate" in result.output and "draw" not in result.output


def test_nothing_in_common_is_said(measured):
    result = call("compare", "b", "d", "--runs-folder", measured)
    assert result.exit_code == 2 and "no metric in common: f1 beside loss" in result.output
