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


def board(runs, *options):
    pytest.importorskip("tensorboard")
    return call("board", "--runs-folder", str(runs), *options)


@pytest.fixture
def runs(tmp_path):
    return shutil.copytree(EXAMPLE, tmp_path / "runs")


@pytest.fixture
def victim(tmp_path):
    """Somebody's folder, which no command may touch."""
    folder = tmp_path / "victim"
    folder.mkdir()
    (folder / "letters.txt").write_text("dear …")
    yield folder
    assert (folder / "letters.txt").read_text() == "dear …"


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


def test_board_writes_the_selected_runs_and_serves_on_this_machine_only(monkeypatch, runs):
    started = []
    monkeypatch.setattr(os, "execv", lambda program, command: started.append(command))
    assert board(runs, "--filter", "seed == 2", "--no-serve").output.count("tensorboard.main") == 1 and not started
    assert board(runs, "--filter", "seed == 2", "--port", "7000").exit_code == 0
    folder = runs / ".tensorboard"
    assert started[0][-6:] == ["--logdir", str(folder), "--host", "127.0.0.1", "--port", "7000"]
    assert len(list(folder.iterdir())) == 4


def test_export_takes_folder_and_filter_of_the_listing(monkeypatch):
    chosen = []
    monkeypatch.setattr(exports, "export_to_mlflow", lambda runs, address: chosen.extend(runs) or len(runs))
    result = call("runs", "--runs-folder", str(EXAMPLE), "--filter", "seed == 1", "export", "--mlflow", "http://x")
    assert result.output.strip() == "4 of 4 runs written to http://x"
    assert [record["parameters"]["seed"] for record in chosen] == [1] * 4


@pytest.mark.parametrize("name", ["victim", "..", "../.."])
def test_board_touches_nothing_but_its_own_folder_whatever_a_record_says(name, runs, victim, tmp_path):
    """A record that names somebody's folder as its id once had that folder deleted."""
    os.utime(victim, (0, 0))
    path = sorted(runs.glob("**/record.json"))[0]
    named = str(victim) if name == "victim" else name
    path.write_text(json.dumps(json.loads(path.read_text()) | {"id": named, "folder": named}))
    events, before = runs / ".tensorboard", sorted(tmp_path.rglob("*"))
    for _ in range(2):  # the second time, what was written is there to be cleared
        assert board(runs, "--no-serve").exit_code == 0
        os.utime(path)
    assert sorted(p for p in tmp_path.rglob("*") if events not in (p, *p.parents)) == before
    assert (events / path.parent.name).is_dir() and len(list(events.iterdir())) == 24


def test_board_refuses_a_link_in_place_of_its_folder_and_clears_links_in_it(runs, victim):
    events = runs / ".tensorboard"
    events.symlink_to(victim)
    result = board(runs, "--no-serve")
    assert result.exit_code == 2 and "is a link" in result.output
    events.unlink()
    events.mkdir()
    run = next(runs.glob("**/record.json")).parent.name
    for name in (run, f"{run}.part", "another"):
        (events / name).symlink_to(victim)
    (events / "a file").write_text("")
    assert board(runs, "--no-serve").exit_code == 0
    assert (events / run).is_dir() and not (events / run).is_symlink() and len(list(events.iterdir())) == 24
    assert [path.name for path in victim.iterdir()] == ["letters.txt"]


def test_board_shows_runs_of_one_name_apart_and_events_are_no_runs(tmp_path):
    runs, sweep = tmp_path / "runs", next(path for path in EXAMPLE.iterdir() if path.is_dir())
    for name in ("one", "other"):
        shutil.copytree(sweep, runs / name)
    count = len(list(runs.glob("**/record.json")))
    assert board(runs, "--no-serve").exit_code == 0
    assert len(list((runs / ".tensorboard").iterdir())) == count
    assert len(call("runs", "--runs-folder", str(runs), "--format", "csv").output.splitlines()) == 1 + count
