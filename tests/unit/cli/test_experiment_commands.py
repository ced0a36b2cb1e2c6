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


def folder_of(tmp_path):
    (record,) = (tmp_path / "runs").glob("*/record.json")
    return record.parent


def test_a_run_like_an_earlier_one_and_what_it_would_be(notebook, tmp_path):
    assert "1 of 1 to run" in call("run", notebook, "-p", "k=5", "--dry-run").output
    assert not (tmp_path / "runs").exists()
    call("run", notebook, "-p", "k=5", "-p", "name=b")
    first = folder_of(tmp_path)
    planned = call("run", "--like", first.name, "--dry-run").output
    assert f"there: {first.name}" in planned and "0 of 1 to run" in planned
    assert call("run", "--like", first.name, "-p", "k=6").exit_code == 0
    (second,) = set((tmp_path / "runs").glob("*/record.json")) - {first / "record.json"}
    assert json.loads(second.read_text())["parameters"] == {"k": 6, "name": "b"}
    changed = call("runs", "diff", first.name, second.parent.name).output
    assert "-k = 5" in changed and "+k = 6" in changed and "+name" not in changed
    assert call("run").exit_code == call("run", notebook, "--like", first.name).exit_code == 2


def test_a_sweep_says_what_it_would_run(notebook, tmp_path):
    planned = call("sweep", notebook, "-g", "k=1,2", "-g", "name=a,b", "--dry-run")
    assert planned.exit_code == 0 and "4 of 4 to run" in planned.output and not (tmp_path / "runs").exists()
    call("sweep", notebook, "-g", "k=1,2")
    again = call("sweep", notebook, "-g", "k=1,2,3", "--dry-run").output
    assert "1 of 3 to run" in again and "as 2 earlier runs" in again


def test_what_a_cell_prints_can_be_followed(notebook):
    content = nbformat.read(notebook, 4)
    content.cells.append(nbformat.v4.new_code_cell("print('seen ' + 'at once')"))
    nbformat.write(content, notebook)
    assert "seen at once" in call("run", notebook, "--follow").output
    assert "seen at once" not in call("run", notebook, "-p", "k=3").output


def test_runs_are_named_noted_packed_and_removed(notebook, tmp_path):
    call("run", notebook)
    folder = folder_of(tmp_path)
    assert call("runs", "tag", folder.name, "first one").exit_code == 0
    assert call("runs", "note", folder.name, "odd").exit_code == 0
    assert "first one" in call("runs").output and "note: odd" in call("runs", "show", folder.name).output
    assert call("runs", "--filter", "tag == 'first one'", "--format", "json").output.count("mine-") == 1
    call("runs", "tag", folder.name, "")
    assert "tag" not in json.loads((folder / "record.json").read_text())
    assert call("runs", "stop", folder.name).exit_code == 2
    kept = CliRunner().invoke(main, ["runs", "rm", folder.name], input="n\n")
    assert kept.exit_code == 0 and folder.exists()
    assert call("runs", "archive", folder.name, "--yes").exit_code == 0
    assert not folder.exists() and folder.with_name(f"{folder.name}.tar.gz").is_file()


@pytest.mark.parametrize("command", ["rm", "archive"])
def test_nothing_outside_the_runs_folder_is_touched(notebook, tmp_path, command):
    put(tmp_path, "outside")
    put(tmp_path / "runs", "inside", id="../outside")
    (tmp_path / "runs" / "link").symlink_to(tmp_path / "outside")
    assert call("runs", command, tmp_path / "outside", "--yes").exit_code == 2
    assert call("runs", command, tmp_path / "runs" / "link", "--yes").exit_code == 2
    assert call("runs", command, "inside", "--yes").exit_code == 0
    assert (tmp_path / "outside" / "record.json").is_file() and not (tmp_path / "runs" / "inside").exists()


def test_a_run_that_goes_on_is_stopped_and_not_removed(tmp_path):
    put(tmp_path, "live", status="running", process={"host": "here", "pid": 1})
    with records.lock(tmp_path / "live"):
        for command in (("rm", "live", "--yes"), ("archive", "live", "--yes"), ("tag", "live", "x")):
            refused = call("runs", "--runs-folder", tmp_path, *command)
            assert refused.exit_code == 2 and "still going on" in refused.output
        assert call("runs", "--runs-folder", tmp_path, "stop", "live").exit_code == 0
    assert "command line" in (tmp_path / "live" / records.STOP_FILE).read_text()


def test_a_table_for_other_programs_keeps_its_types(measured, tmp_path):
    import pandas as pd

    call("runs", "--runs-folder", measured, "--parquet", tmp_path / "runs.parquet")
    table = pd.read_parquet(tmp_path / "runs.parquet")
    assert table.loc["a", "n"] == 123456 and table.loc["a", "p"] == 3e-12 and pd.isna(table.loc["b", "n"])


def test_numbers_of_papermill_and_scrapbook_are_metrics(notebook, tmp_path):
    content = nbformat.read(notebook, 4)
    scrap = {"application/scrapbook.scrap.json+json": {"name": "f1", "data": 0.5, "encoder": "json", "version": 1}}
    kept = {"application/papermill.record+json": {"loss": 0.25, "words": "none"}}
    show = "from IPython.display import display\n" + "\n".join(f"display({data!r}, raw=True)" for data in (scrap, kept))
    content.cells.append(nbformat.v4.new_code_cell(show))
    nbformat.write(content, notebook)
    call("run", notebook)
    assert json.loads((folder_of(tmp_path) / "record.json").read_text())["metrics"] == {"f1": 0.5, "loss": 0.25}
