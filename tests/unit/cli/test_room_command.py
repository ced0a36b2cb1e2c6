import json

import pytest
from click.testing import CliRunner

from talentlab import runtime
from talentlab.cli import room as commands
from talentlab.cli.main import main
from talentlab.course import progress
from talentlab.course.kept_trainings import Kept
from talentlab.experiments import kept_states


def call(*arguments, **settings):
    return CliRunner().invoke(main, arguments, **settings)


@pytest.fixture
def folder(tmp_path):
    for name, at in (("ada", "5.1"), ("bo", "5.2")):
        told = {progress.SEAT: name, "at": at, "when": 0, "passed": [], "attempts": {}}
        (tmp_path / f"{name}.json").write_text(json.dumps(told))
    (tmp_path / "cut.json").write_text("{")
    return tmp_path


def test_status_shows_the_room_and_writes_its_page(folder, tmp_path):
    result = call("room", "status", str(folder), "-o", str(tmp_path / "page.html"))
    line, head, index, *rows = result.output.splitlines()
    assert result.exit_code == 0 and line.startswith("seats: 3 · 5.1: 1 · 5.2: 1") and "silent [min]" in head
    assert index.split() == ["seat"] and [row.split()[:2] for row in rows] == [
        ["ada", "5.1"],
        ["bo", "5.2"],
        ["cut", "file"],
    ]
    assert "file damaged" in result.output and "ada" in (tmp_path / "page.html").read_text()


def test_names_are_not_shown_where_they_are_not_wanted(folder):
    output = call("room", "status", str(folder), "--anonymous").output
    assert "5.1" in output and not {"ada", "bo", "cut"} & set(output.split())


def test_watching_ends_with_ctrl_c(folder, monkeypatch):
    looks = []

    def sleep(seconds):
        looks.append(seconds)
        (folder / "bo.json").unlink(missing_ok=True)
        if len(looks) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(commands.time, "sleep", sleep)
    result = call("room", "status", "--watch", env={progress.ROOM_VARIABLE: str(folder)})
    assert result.exit_code == 0 and ("seats: 3" in result.output, "seats: 2" in result.output) == (True, True)


def test_a_room_that_is_none_is_an_error(tmp_path):
    result = call("room", "status", str(tmp_path / "none"))
    assert result.exit_code == 2 and "TALENTLAB_ROOM" in result.output


@pytest.mark.parametrize("kept", [None, "empty"])
def test_catch_up_says_what_it_did_and_how_trainings_are_kept(tmp_path, monkeypatch, kept):
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "## 5.1 One"},
        {"cell_type": "code", "id": "b", "metadata": {}, "source": "1", "execution_count": None, "outputs": []},
    ]
    path = tmp_path / "notebooks" / "05_practice.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    monkeypatch.setattr(runtime, "repository_root", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    if kept:
        (tmp_path / ".local" / "states" / "05_practice").mkdir(parents=True)
    first, second = call("catch-up", "05"), call("catch-up", "05", "--to", "5.1")
    assert first.output.startswith("caught up  work/05_practice.ipynb: 0 exercises filled in")
    assert ("talentlab workshop states 05" in first.output) == (kept is None) and "before " not in first.output
    assert "before     work/05_practice-before-" in second.output
    wrong = call("catch-up", "05", "--to", "7")
    assert wrong.exit_code == 2 and "5.1 One" in wrong.output


def test_states_says_what_is_kept_and_where_it_is_looked_for(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(kept_states, "keep", lambda *given: asked.append(given) or Kept(3, 5 << 20, 61.4))
    result = call("workshop", "states", "05", "02", env={"TALENTLAB_STATES": str(tmp_path)})
    assert result.output == "05: 3 kept, 5 MiB, 61 s of training\n02: 3 kept, 5 MiB, 61 s of training\n"
    assert asked == [("05", tmp_path), ("02", tmp_path)]
