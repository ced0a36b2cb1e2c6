import json
import os
import shutil

import pytest
from click.testing import CliRunner

from talentlab.cli.main import main
from talentlab.experiments import exports
from talentlab.runtime import repository_root

EXAMPLE = repository_root() / "course" / "data" / "example_runs"


def call(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("report",), "talentlab sweep"),
        (("report", "--runs-folder", str(EXAMPLE), "--metric", "f2"), "accuracy, f1"),
        (("report", "--runs-folder", str(EXAMPLE), "--filter", "f1 >"), "cannot be filtered"),
        (("board",), "talentlab sweep"),
        (("board", "--runs-folder", str(EXAMPLE), "--filter", "seed == 77"), "seed == 77"),
        (("runs", "export"), "--mlflow"),
        (("runs", "export", "--mlflow", "sqlite:///x"), "talentlab sweep"),
    ],
)
def test_bad_input_is_one_clear_message_and_status_2(arguments, says, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = call(*arguments)
    assert result.exit_code == 2 and says in result.output and "Traceback" not in result.output
    assert not list(tmp_path.iterdir())


def test_report_passes_its_options_on(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(exports, "write_report", lambda *a, **k: seen.append((a, k)) or a[0])
    target = tmp_path / "x.html"
    result = call(
        "report", "--runs-folder", str(EXAMPLE), "--filter", "seed == 1", "--metric", "accuracy", "-o", target
    )
    assert result.output.strip() == str(target)
    assert seen == [((target, EXAMPLE), {"where": "seed == 1", "metric": "accuracy"})]


def test_board_writes_the_selected_runs_and_serves_on_this_machine_only(monkeypatch, tmp_path):
    pytest.importorskip("tensorboard")
    shutil.copytree(EXAMPLE, tmp_path / "runs")
    started = []
    monkeypatch.setattr(os, "execv", lambda program, command: started.append(command))
    options = ("--runs-folder", str(tmp_path / "runs"), "--filter", "seed == 2")
    assert call("board", *options, "--no-serve").output.count("tensorboard.main") == 1 and not started
    assert call("board", *options, "--port", "7000").exit_code == 0
    folder = tmp_path / "runs" / ".tensorboard"
    assert started[0][-6:] == ["--logdir", str(folder), "--host", "127.0.0.1", "--port", "7000"]
    assert len(list(folder.iterdir())) == 4
    assert "24 of" not in call("runs", "--runs-folder", str(tmp_path / "runs")).output  # events are no runs


def test_export_takes_folder_and_filter_of_the_listing(monkeypatch):
    chosen = []
    monkeypatch.setattr(exports, "export_to_mlflow", lambda runs, address: chosen.extend(runs) or len(runs))
    result = call("runs", "--runs-folder", str(EXAMPLE), "--filter", "seed == 1", "export", "--mlflow", "http://x")
    assert result.output.strip() == "4 of 4 runs written to http://x"
    assert [record["parameters"]["seed"] for record in chosen] == [1] * 4


@pytest.mark.parametrize("name", ["victim", "..", "../.."])
def test_board_touches_nothing_but_its_own_folder_whatever_a_record_says(name, tmp_path):
    """A record that names somebody's folder as its id once had that folder deleted."""
    pytest.importorskip("tensorboard")
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "letters.txt").write_text("dear …")
    os.utime(victim, (0, 0))
    shutil.copytree(EXAMPLE, tmp_path / "runs")
    path = sorted((tmp_path / "runs").glob("**/record.json"))[0]
    named = str(victim) if name == "victim" else name
    path.write_text(json.dumps(json.loads(path.read_text()) | {"id": named, "folder": named}))
    before = sorted(p for p in tmp_path.rglob("*"))
    for _ in range(2):  # the second time, what was written is there to be cleared
        assert call("board", "--runs-folder", str(tmp_path / "runs"), "--no-serve").exit_code == 0
        os.utime(path)
    events = tmp_path / "runs" / ".tensorboard"
    assert (victim / "letters.txt").read_text() == "dear …"
    assert sorted(p for p in tmp_path.rglob("*") if events not in (p, *p.parents)) == before
    assert (events / path.parent.name).is_dir() and len(list(events.iterdir())) == 24


def test_board_refuses_a_link_in_place_of_its_folder_and_clears_links_in_it(tmp_path):
    pytest.importorskip("tensorboard")
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "letters.txt").write_text("dear …")
    shutil.copytree(EXAMPLE, tmp_path / "runs")
    events = tmp_path / "runs" / ".tensorboard"
    events.symlink_to(victim)
    result = call("board", "--runs-folder", str(tmp_path / "runs"), "--no-serve")
    assert result.exit_code == 2 and "is a link" in result.output
    events.unlink()
    events.mkdir()
    run = next((tmp_path / "runs").glob("**/record.json")).parent.name
    for name in (run, f"{run}.part", "another"):
        (events / name).symlink_to(victim)
    (events / "a file").write_text("")
    assert call("board", "--runs-folder", str(tmp_path / "runs"), "--no-serve").exit_code == 0
    assert (events / run).is_dir() and not (events / run).is_symlink() and len(list(events.iterdir())) == 24
    assert [path.name for path in victim.iterdir()] == ["letters.txt"]


def test_board_shows_runs_of_one_name_apart(tmp_path):
    pytest.importorskip("tensorboard")
    sweep = next(path for path in EXAMPLE.iterdir() if path.is_dir())
    for name in ("one", "other"):
        shutil.copytree(sweep, tmp_path / "runs" / name)
    count = len(list((tmp_path / "runs").glob("**/record.json")))
    assert call("board", "--runs-folder", str(tmp_path / "runs"), "--no-serve").exit_code == 0
    assert len(list((tmp_path / "runs" / ".tensorboard").iterdir())) == count
    table = call("runs", "--runs-folder", str(tmp_path / "runs"), "--format", "csv").output
    assert len(table.strip().splitlines()) == 1 + count
