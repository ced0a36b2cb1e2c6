"""Records that nobody should trust: each is listed as damaged or read as it is meant, and stops nothing else."""

import json
import math
import multiprocessing
import socket
import time

import numpy as np
import pytest

from talentlab.course import claims
from talentlab.errors import ChapterError, RunError
from talentlab.experiments import exports, records, tables

GOOD = {"chapter": "mine", "status": "completed", "parameters": {"seed": 1}, "metrics": {"f1": 0.5}, "started": "2026"}
BAD = {
    "no object": "[1]", "a number": "5", "cut off": '{"chapter": "mi', "nothing": "", "bytes": "\ud800",
    "a": '{"a": 1}', "only a status": '{"status": "completed"}', "deep": "[" * 5000 + "]" * 5000,
}  # fmt: skip
WRONG = [
    ("metrics", None), ("metrics", [1]), ("metrics", "f1"), ("metrics", {"f1": "good"}), ("metrics", {"f1": {}}),
    ("parameters", None), ("parameters", []), ("chapter", 5), ("chapter", None), ("status", "perhaps"), ("status", 1),
    ("status", "running"), ("started", 5), ("seconds", "long"), ("defaults", []), ("claims", {}), ("git", "abc"),
    ("process", []), ("process", {"host": 1}), ("sweep", {}), ("references", {"f1": None}), ("units", ["s"]),
    ("key", 5), ("peak_memory_mib", []),
]  # fmt: skip


def put(folder, record):
    folder.mkdir(parents=True)
    text = record if isinstance(record, str) else json.dumps(record)
    (folder / records.FILE).write_bytes(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("number", range(len(BAD) + len(WRONG)))
def test_one_bad_record_is_listed_and_the_others_work(tmp_path, number):
    texts = [*BAD.values(), *(GOOD | {name: value} for name, value in WRONG)]
    put(tmp_path / "good", GOOD)
    put(tmp_path / "sweep" / "bad", texts[number])
    table = tables.table(tmp_path)
    assert table["status"].to_dict() == {"good": "completed", "sweep/bad": "damaged"}
    assert list(tables.table(tmp_path, where="f1 > 0.4").index) == ["good"]
    assert next(iter(tables.table(tmp_path, sort="f1").index)) == "good"
    assert [record["id"] for record in tables.select(tmp_path)] == ["good"]
    assert len(tables.group(tables.find("good", tmp_path), tmp_path)) == 1
    assert exports.write_events(tables.select(tmp_path), tmp_path / ".tensorboard") == 1
    for name in ("sweep/bad", tmp_path / "sweep" / "bad"):
        with pytest.raises(RunError, match=r"bad holds no readable record: .{5,}"):
            tables.find(str(name), tmp_path)


def test_two_hundred_hostile_records_in_one_folder(tmp_path):
    texts = [*BAD.values(), *(GOOD | {name: value} for name, value in WRONG)]
    for number in range(200):
        put(tmp_path / f"bad-{number:03}", texts[number % len(texts)])
        put(tmp_path / f"good-{number:03}", GOOD | {"metrics": {"f1": number / 200}})
    table = tables.table(tmp_path)
    assert table["status"].value_counts().to_dict() == {"completed": 200, "damaged": 200}
    assert len(tables.table(tmp_path, where="f1 >= 0.5")) == 100


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("interval", [False, True])
def test_a_number_that_is_none_is_missing_and_no_mean_counts_it(tmp_path, value, interval):
    """As an older record has it: JSON of Python's own writes NaN."""
    put(tmp_path / "a", GOOD | {"metrics": {"f1": [value, 0.1, 0.2] if interval else value, "loss": 0.3}})
    put(tmp_path / "b", GOOD)
    assert records.read(tmp_path / "a")["metrics"] == {"f1": None, "loss": 0.3}
    table = tables.table(tmp_path, sort="f1")
    assert table["f1"].mean() == 0.5
    assert list(tables.table(tmp_path, where="f1 > 0.4").index) == ["b"]
    assert [record["id"] for record in tables.select(tmp_path, metric="f1")] == ["b"]


def test_an_interval_without_its_ends_is_its_number(tmp_path):
    put(tmp_path / "a", GOOD | {"metrics": {"f1": [0.5, math.nan, 0.6], "loss": [0.5, 0.4, 0.6]}})
    assert records.read(tmp_path / "a")["metrics"] == {"f1": 0.5, "loss": [0.5, 0.4, 0.6]}


@pytest.mark.parametrize("value", ["0.5", None, [], {}, [0.1, 0.2], (0.1, 0.2, "c"), 1 + 2j, b"1"])
def test_report_refuses_what_is_no_number(value):
    with pytest.raises(ChapterError, match=r"report\(f1="):
        claims.report(f1=value)


def test_report_keeps_numbers_as_they_are(monkeypatch):
    shown = []
    monkeypatch.setattr(claims, "display", lambda data, raw: shown.append(data[claims.REPORT_MIME]["metrics"]))
    given = {"a": 1, "b": np.float32(0.5), "c": np.int64(3), "d": (0.5, 0.4, 0.6), "e": math.nan, "f": [math.nan, 1, 2]}
    claims.report(**given, g=(1, math.inf, 2))
    kept = {"a": 1, "b": 0.5, "c": 3, "d": [0.5, 0.4, 0.6], "e": None, "f": None, "g": 1}
    assert [dict(pairs) for pairs in shown] == [kept]
    json.dumps(shown, allow_nan=False)


# --- who is alive ----------------------------------------------------------------------------------------------------


def _hold(folder, ready, end):
    held = records.lock(folder)
    held.acquire()
    ready.set()
    end.wait()


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock of a run's folder; `kill` it at will."""
    put(tmp_path / "run", GOOD | {"status": "running", "process": {"host": socket.gethostname(), "pid": 1}})
    context = multiprocessing.get_context("spawn")
    ready, end = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(tmp_path / "run", ready, end))
    process.start()
    assert ready.wait(600)
    yield tmp_path / "run", process
    process.kill()
    process.join()


@pytest.mark.parametrize(
    "process", [{"host": "elsewhere", "pid": 5}, {"host": socket.gethostname(), "pid": 999_999_999}]
)
def test_a_live_run_is_alive_whatever_clock_number_or_container_it_has(holder, monkeypatch, process):
    """A clock step, and a process number of another namespace: the lock alone counts."""
    folder, _ = holder
    (folder / records.FILE).write_text(json.dumps(GOOD | {"status": "running", "process": process}))
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert records.read(folder)["status"] == "running"


def test_a_killed_run_is_dead_at_once(holder):
    folder, process = holder
    assert records.read(folder)["status"] == "running"
    process.kill()
    process.join()
    assert records.read(folder)["status"] == "interrupted"


def test_a_run_on_another_machine_depends_on_when_it_was_seen(tmp_path, monkeypatch):
    put(tmp_path / "run", GOOD | {"status": "running", "process": {"host": "elsewhere", "pid": 5}})
    assert records.read(tmp_path / "run")["status"] == "running"
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + records.LIFE_S + 1)
    assert records.read(tmp_path / "run")["status"] == "interrupted"
