"""A record's text names no path: where a run lies, and what it is called, its folder says."""

import json

import pytest

from talentlab.errors import RunError
from talentlab.experiments import records, tables


def write(folder, text=None, **more):
    folder.mkdir(parents=True, exist_ok=True)
    given = {"chapter": "mine", "status": "completed", "parameters": {}, "metrics": {"f1": 0.5}, "started": "2026"}
    (folder / records.FILE).write_text(json.dumps(given | (text or {}) | more))
    return folder


@pytest.mark.parametrize("text", ["/some/folder", "../../..", "another", "", None, 5])
def test_an_id_is_the_folders_name_whatever_the_text_says(tmp_path, monkeypatch, text):
    folder = write(tmp_path / "05-x", {"id": text, "folder": "/some/folder"})
    assert (records.read(folder)["id"], records.read(folder)["folder"]) == ("05-x", str(folder))
    assert list(tables.table(tmp_path).index) == ["05-x"]
    monkeypatch.chdir(folder)
    assert tables.find(".")["id"] == "05-x"


def test_runs_of_one_name_in_two_sweeps_are_told_apart(tmp_path):
    for sweep, f1 in (("sweep-a", 0.1), ("sweep-b", 0.2)):
        write(tmp_path / sweep / "05-x", id="05-x", metrics={"f1": f1})
    write(tmp_path / "05-x", metrics={"f1": 0.3})
    write(tmp_path / "05-y", id="05-x", metrics={"f1": 0.4})
    found = tables.table(tmp_path)["f1"].to_dict()
    assert found == {"05-x": 0.3, "05-y": 0.4, "sweep-a/05-x": 0.1, "sweep-b/05-x": 0.2}
    assert len(tables.select(tmp_path, where="f1 < 0.25")) == 2
    for run, f1 in found.items():
        assert tables.metrics(tables.find(run, tmp_path)) == {"f1": f1}
    assert list(tables.table(tmp_path / "sweep-a").index) == ["05-x"]


@pytest.mark.parametrize(
    "text",
    ["[]", "5", "null", '"x"', "{", "{}", '{"chapter": "a", "status": "completed", "parameters": []}',
     '{"chapter": "a", "status": "running", "parameters": {}}',
     '{"chapter": null, "status": "completed", "parameters": {}}'],
)  # fmt: skip
def test_what_is_no_record_is_told_in_words(tmp_path, text):
    write(tmp_path / "good")
    write(tmp_path / "bad")
    (tmp_path / "bad" / records.FILE).write_text(text)
    assert list(tables.table(tmp_path, where="status != 'damaged'").index) == ["good"]
    with pytest.raises(RunError, match="no readable record"):
        records.read(tmp_path / "bad")


def test_a_run_that_ends_while_it_is_read_is_completed(tmp_path, monkeypatch):
    """Its end is written before its lock is free; whoever read it before finds the lock free."""
    written = {"id": "mine", "chapter": "mine", "status": "running", "started": "2026-01-01", "parameters": {},
               "process": records.this_process()}  # fmt: skip

    def end(folder, process):
        records.write(folder, written | {"status": "completed"})
        return False

    records.write(tmp_path, written)
    monkeypatch.setattr(records, "_is_running", end)
    assert records.read(tmp_path)["status"] == "completed"
