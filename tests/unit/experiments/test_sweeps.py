"""Sweeps over a small notebook: what runs, what is recorded, what is resumed."""

import json
import pickle
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace

import nbformat
import optuna
import pytest

from talentlab import runtime, tuning
from talentlab.errors import ParameterError, RunError
from talentlab.experiments import parameters, records, runs, spaces, sweeps, tables
from talentlab.experiments.execution import Limits
from talentlab.runtime import repository_root
from talentlab.tuning import studies

PARAMETERS = """
x: float = 1.0  # a number
k: int = 1  # a whole number
mode: str = "fine"  # fine, raise, die, hang, eat, held
seed: int = 0  # of nothing
dataset: str = "none"  # read by nobody
"""
# As talentlab's own calls would write them: importing it takes longer than everything else in such a run.
TELL = """
import json, os, time
from IPython.display import display
def tell(line):
    with open(os.environ["TALENTLAB_HISTORY_FILE"], "a") as file: file.write(json.dumps(line) + "\\n")
def report(**metrics):
    display({"application/vnd.talentlab.run+json": {"metrics": list(metrics.items()), "references": {}}}, raw=True)
tell({"fit": "none"})
"""
BODY = """
if mode == "raise": raise ValueError("on purpose")
if mode == "die": os._exit(1)
if mode == "hang": time.sleep(60)
if mode == "eat": block = bytearray(800 << 20); time.sleep(60)
if mode == "held":  # all but the first run wait until there is a file "go"
    try: open("first", "x").close()
    except FileExistsError:
        while not os.path.exists("go"): time.sleep(0.05)
score = -((x - 3) ** 2) - 0.001 * seed
for epoch in (1, 2): tell({"epoch": epoch, "score": score})
report(score=score, threads=int(os.environ.get("OMP_NUM_THREADS", 0)))
"""


@pytest.fixture
def notebook(write_notebook):
    return write_notebook(PARAMETERS.strip(), TELL.strip() + BODY)


def space_of(notebook, **axes):
    return spaces.parse_space(parameters.read_parameters(notebook), axes)


def described_sweep(notebook, search=None, fixed=None, **axes):
    return spaces.Sweep(runs.resolve(notebook, fixed), space_of(notebook, **axes), search)


def sweep(notebook, tmp_path, search=None, fixed=None, resume=False, axes=None, **keywords):
    described = described_sweep(notebook, search, fixed, **(axes or {}))
    return sweeps.run_sweep(described, runs_folder=tmp_path / "runs", resume=resume, show_progress=False, **keywords)


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("1,2", [1, 2]),
        ("0:3", [0, 1, 2]),
        ("2,2", [2]),
        ("1..9", tuning.Range(1, 9)),
        ("1..9:log", tuning.Range(1, 9, True)),
    ],
)
def test_axes(notebook, text, axis):
    assert space_of(notebook, k=text) == {"k": axis}


@pytest.mark.parametrize(
    ("name", "text"),
    [("k", "a"), ("k", "1.5"), ("k", ""), ("k", "3:3"), ("k", "9..1"), ("x", "0..1:log"), ("x", "1..2:exp"),
     ("kk", "1")],
)  # fmt: skip
def test_bad_axes_are_refused_in_words(notebook, name, text):
    with pytest.raises(ParameterError):
        space_of(notebook, **{name: text})


def test_a_grid_is_every_combination_and_refuses_ranges(notebook):
    grid = spaces.plan(described_sweep(notebook, k="1,2", x="0.5,1"))
    assert grid == [{"k": k, "x": x} for k in (1, 2) for x in (0.5, 1.0)]
    with pytest.raises(ParameterError, match="--sample or --bayes"):
        spaces.plan(described_sweep(notebook, k="1..3"))


def test_random_points_lie_in_their_ranges_and_depend_on_the_seed(notebook):
    def points(seed):
        return spaces.plan(
            described_sweep(notebook, spaces.Search("random", 200, seed=seed), x="1e-4..1:log", k="1..4")
        )

    drawn = points(0)
    assert points(0) == drawn != points(1)
    assert all(1e-4 <= point["x"] <= 1 for point in drawn) and {point["k"] for point in drawn} == {1, 2, 3, 4}
    assert 0.4 < sum(point["x"] < 1e-2 for point in drawn) / 200 < 0.6  # half of the decades
    few = spaces.plan(described_sweep(notebook, spaces.Search("random", 20), k="0:9"))
    assert sorted(point["k"] for point in few) == list(range(9))  # a finite space: no point twice


def test_failing_runs_are_recorded_and_the_others_go_on(notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # runs of other tests would take cores, too
    table = sweep(
        notebook, tmp_path, axes={"mode": "raise,fine,die,hang,eat"}, jobs=2, limits=Limits(cell_s=30, memory_mib=600)
    )
    assert dict(zip(table["mode"], table["status"], strict=True)) == {
        "raise": "failed", "fine": "completed", "die": "failed", "hang": "failed", "eat": "failed",
    }  # fmt: skip
    errors = {record["parameters"]["mode"]: record.get("error", "") for record in records.read_all(tmp_path / "runs")}
    assert "on purpose" in errors["raise"] and "600 MiB" in errors["eat"]
    assert table.loc[table["mode"] == "fine", "threads"].item() == max(1, records.describe_environment()["cores"] // 2)


def test_resume_runs_what_is_missing_and_nothing_twice(notebook, tmp_path):
    first = sweep(notebook, tmp_path, axes={"k": "1,2,3"}, fixed={"mode": "fine"})
    again = sweep(notebook, tmp_path, axes={"k": "1,2,3"}, fixed={"mode": "fine"}, resume=True)
    assert list(again.index) == list(first.index) and list(again["seconds"]) == list(first["seconds"])
    broken = next((tmp_path / "runs").glob("*/*/record.json"))
    record = json.loads(broken.read_text())
    broken.write_text(json.dumps({**record, "status": "running", "process": {**record["process"], "pid": 1}}))
    assert sorted(tables.table(tmp_path / "runs")["status"]) == ["completed", "completed", "interrupted"]
    with records.lock(broken.parent), pytest.raises(RunError, match="still going on"):  # nobody does the same work
        sweep(notebook, tmp_path, axes={"k": "1,2,3"}, fixed={"mode": "fine"}, resume=True)
    broken.write_text(json.dumps({**record, "status": "interrupted"}))
    whole = sweep(notebook, tmp_path, axes={"k": "1,2,3"}, fixed={"mode": "fine"}, resume=True)
    assert list(whole["status"]) == ["completed"] * 3 and set(whole.index) == set(first.index)


def test_a_changed_notebook_or_file_makes_another_run(notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text("1")
    job = runs.resolve(notebook, {"dataset": "data.csv"})
    same = job.with_values({"x": 1.0})  # a default that is written out
    assert (same.key, same.data) == (job.key, job.data) and job.data
    (tmp_path / "data.csv").write_text("22")
    changed = runs.resolve(notebook, {"dataset": "data.csv"})
    assert changed.key != job.key and changed.data != job.data
    fine = runs.resolve(notebook, {"mode": "fine"})
    assert fine.data == "" and runs.resolve(notebook, {"mode": "fine"}, processes=2).key != fine.key
    other = nbformat.read(notebook, 4)
    other.cells[1].source += "\n1"
    nbformat.write(other, notebook)
    assert runs.resolve(notebook, {"mode": "fine"}).key != fine.key


def test_a_bundled_file_enters_the_key_whatever_it_is_called(notebook, monkeypatch):
    path = repository_root() / "course" / "presets" / "quick.yaml"
    unknown = runs.resolve(notebook, {"dataset": "pairs"})
    monkeypatch.setitem(runtime.BUNDLED, "pairs", "presets/quick.yaml")
    known = runs.resolve(notebook, {"dataset": "pairs"})
    assert unknown.data == "" and known.key != unknown.key
    assert known.data == runs.resolve(notebook, {"dataset": str(path)}).data
    assert known.absolute()["dataset"] == "pairs"  # a worker has its own copy, with the course


def test_a_text_that_looks_like_a_home_folder_is_a_text(notebook):
    assert runs.resolve(notebook, {"dataset": "~nobody-of-this-name/x"}).data == ""


def test_only_what_is_declared_as_data_is_read(write_notebook, tmp_path, monkeypatch):
    """`sep="/"` would be the whole disk, `decimal="."` this folder, and what a run writes changes with each run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "a.csv").write_text("1")
    lines = [
        'sep: str = "/"',
        'decimal: str = "."',
        'out: str = "made"  # a folder',
        'output_file: str = "made"  # file',
    ]
    job = runs.resolve(write_notebook("\n".join(lines), "1"))
    assert job.data == ""
    for line in ('dataset: str = "made"', 'my_corpus: str = "made"', 'x: str = "made"  # folder of tables',
                 'x: list[str] = ["made"]  # files', 'x: str = "made"  # 一个文件夹，里面有表格或文件'):  # fmt: skip
        assert runs.resolve(write_notebook(line, "1")).data, line


def test_the_order_of_the_axes_and_brackets_in_a_name_change_nothing(notebook, tmp_path):
    odd = notebook.rename(notebook.with_name("mine[1]*.ipynb"))
    first = sweep(odd, tmp_path, axes={"k": "1,2", "seed": "0,1"})
    again = sweep(odd, tmp_path, axes={"seed": "0,1", "k": "1,2"}, resume=True)
    assert sorted(again.index) == sorted(first.index) and again["seconds"].sum() == first["seconds"].sum()
    drawn = [spaces.plan(described_sweep(odd, spaces.Search("random", 5), **axes)) for axes in (
        {"k": "1,2,3", "x": "0..1"}, {"x": "0..1", "k": "1,2,3"})]  # fmt: skip
    assert drawn[0] == drawn[1]


def test_the_same_sweep_twice_within_a_second_has_two_folders(notebook, tmp_path):
    described = described_sweep(notebook, k="1,2")
    folders = [sweeps._open_folder(described, tmp_path / "runs", resume=False) for _ in range(3)]
    assert len(set(folders)) == 3 and sweeps.find_earlier(described, tmp_path / "runs") == sorted(folders)


def test_a_sweep_runs_the_notebook_that_was_read(notebook, tmp_path):
    """It is read once, and may be edited while the sweep goes on: every run is of the code that its key names."""
    described = described_sweep(notebook, k="1,2")
    notebook.unlink()
    table = sweeps.run_sweep(described, runs_folder=tmp_path / "runs", show_progress=False)
    assert list(table["status"]) == ["completed"] * 2 and list(table["k"]) == [1, 2]


def test_a_job_can_travel(notebook):
    job = runs.resolve(notebook, {"k": 3})
    there = pickle.loads(pickle.dumps(job))
    assert there == job and there.with_values({"k": 4}).key == job.with_values({"k": 4}).key != job.key


COMMAND = """
import sys
from pathlib import Path
from talentlab.experiments import runs, spaces, sweeps

job = runs.resolve(sys.argv[1], {"mode": "held"})
kinds = {"grid": ({"seed": "0:6"}, None), "bayes": ({"x": "0..10"}, spaces.Search("bayes", 6, "score", prune=False))}
axes, search = kinds[sys.argv[3]]
sweep = spaces.Sweep(job, spaces.parse_space(job.declared, axes), search)
sweeps.run_sweep(sweep, runs_folder=Path(sys.argv[2]), resume=True, jobs=2, show_progress=False)
"""


@pytest.mark.parametrize(("sign", "kind"), [("SIGKILL", "grid"), ("SIGINT", "grid"), ("SIGINT", "bayes")])
def test_a_killed_sweep_loses_and_doubles_nothing(notebook, tmp_path, sign, kind):
    command = [sys.executable, "-c", COMMAND, str(notebook), str(tmp_path / "runs"), kind]
    process = subprocess.Popen(
        command, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # tests in the background inherit it ignored
    )  # fmt: skip
    end = time.monotonic() + 600
    while True:  # one is done and two are under way, which wait
        states = [record["status"] for record in records.read_all(tmp_path / "runs")]
        if sorted(states) == ["completed", "running", "running"]:
            break
        assert time.monotonic() < end and process.poll() is None, states
        time.sleep(0.1)
    process.send_signal(signal.Signals[sign])
    process.wait(300)
    before = {r["key"]: r["started"] for r in records.read_all(tmp_path / "runs") if r["status"] == "completed"}
    assert len(before) == 1
    (tmp_path / "go").touch()
    subprocess.run(command, check=True, capture_output=True)
    table = tables.table(tmp_path / "runs")
    after = {r["key"]: r["started"] for r in records.read_all(tmp_path / "runs")}
    assert list(table["status"]) == ["completed"] * 6 and before.items() <= after.items()
    if kind == "grid":
        assert sorted(table["seed"]) == list(range(6))
    else:  # what was under way when the signal came was tried again
        (folder,) = (tmp_path / "runs").glob("sweep-*")
        study = optuna.load_study(study_name="sweep", storage=f"sqlite:///{folder / 'study.db'}")
        params = {name: [t.params for t in study.trials if t.state.name == name] for name in ("COMPLETE", "FAIL")}
        assert len(params["COMPLETE"]) == 6 and len(study.trials) == 6 + len(params["FAIL"])
        assert len(params["FAIL"]) == 2 and all(point in params["COMPLETE"] for point in params["FAIL"])


def test_a_bayesian_search_is_resumed(notebook, tmp_path):
    search = spaces.Search("bayes", 3, metric="score", prune=False)
    table = sweep(notebook, tmp_path, search, axes={"x": "0..10"})
    assert list(table["status"]) == ["completed"] * 3
    again = sweep(notebook, tmp_path, search, axes={"x": "0..10"}, resume=True)
    assert list(again.index) == list(table.index)


def studied(notebook, tmp_path, trials, storage=None, axes=None):
    search = spaces.Search("bayes", trials, metric="score")
    return spaces.StudiedPoints(
        described_sweep(notebook, search, **(axes or {"x": "0..10"})), tmp_path, search, storage
    )


def done(value):
    return {"status": "completed", "metrics": {"score": value}}


def test_a_search_climbs_the_hill(notebook, tmp_path):
    study, scores = studied(notebook, tmp_path, 30), []
    while (point := study.ask()) is not None:
        scores.append(-((point[1]["x"] - 3) ** 2))
        study.tell(point[0], done(scores[-1]))
    assert len(scores) == 30 and sum(scores[-10:]) / 10 > -4  # without learning, -12


def test_a_search_repeats_itself_and_does_not_draw_its_first_numbers_again(notebook, tmp_path):
    drawn = []
    for folder in (tmp_path / "one", tmp_path / "other"):
        folder.mkdir()
        points = []
        for trials in (2, 4):  # begun, and gone on with
            study = studied(notebook, folder, trials)
            while (point := study.ask()) is not None:
                study.tell(point[0], done(0.5))
                points.append(point[1]["x"])
        drawn.append(points)
    assert drawn[0] == drawn[1] and len(set(drawn[0])) == 4


def test_a_search_takes_axes_of_lists_and_of_ordered_numbers(notebook, tmp_path):
    space = {"lists": [[1, 2], [3]], "k": [1, 2, 4], "x": tuning.Range(0, 1)}
    search = spaces.Search("bayes", 6, metric="score")
    points = spaces.StudiedPoints(spaces.Sweep(runs.resolve(notebook), space, search), tmp_path, search)
    for _ in range(6):
        mark, point = points.ask()
        assert point["lists"] in space["lists"] and point["k"] in space["k"] and point["x"] in (0, 1)
        points.tell(mark, done(point["k"]))
    table = tuning.trials(points._study)  # the same study as those of tuning.open_study
    assert list(table.columns[:3]) == list(space) and table["best"].iloc[-1] == table["k"].max()


def test_an_interrupted_trial_of_a_shared_study_is_the_next_one(notebook, tmp_path):
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    first = studied(notebook, tmp_path, 2, storage)
    (mark, point), _ = first.ask(), first.ask()
    assert first.ask() is None  # both are under way
    first.tell(mark, {"status": "interrupted"})
    assert studied(notebook, tmp_path, 2, storage).ask()[1] == point


def test_a_killed_search_tries_its_trial_again_at_once(notebook, tmp_path):
    _, point = studied(notebook, tmp_path, 2).ask()
    after = studied(notebook, tmp_path, 2)
    assert after.ask()[1] == point != after.ask()[1] and after.ask() is None


class WaitsError(Exception):
    pass


def test_whoever_shares_a_study_takes_over_from_the_dead_but_not_from_the_living(notebook, tmp_path, monkeypatch):
    def wait(seconds):
        raise WaitsError

    def let_two_minutes_pass():
        with closing(sqlite3.connect(tmp_path / "study.db")) as database, database:
            database.execute("UPDATE trial_heartbeats SET heartbeat = datetime(heartbeat, '-120 seconds')")

    monkeypatch.setattr(spaces, "time", SimpleNamespace(sleep=wait))
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    first = studied(notebook, tmp_path, 1, storage)
    mark, point = first.ask()
    let_two_minutes_pass()
    assert first.follow(mark, None) == ""
    with pytest.raises(WaitsError):
        studied(notebook, tmp_path, 1, storage).ask()
    let_two_minutes_pass()
    assert studied(notebook, tmp_path, 1, storage).ask()[1] == point
    first.tell(mark, done(0.5))  # too late, and no error
    assert [trial.state.name for trial in first._study.trials] == ["FAIL", "RUNNING"]


def test_an_unreported_metric_is_named(notebook, tmp_path):
    with pytest.raises(ParameterError, match="score"):
        sweep(notebook, tmp_path, spaces.Search("bayes", 2, metric="f2"), axes={"x": "0..10"})


def test_a_trial_that_falls_behind_is_pruned(notebook, tmp_path):
    slow = nbformat.read(notebook, 4)
    slow.cells[1].source = (
        TELL.strip()
        + """
for epoch in range(1, 6):
    tell({"epoch": epoch, "score": x})
    time.sleep(20 * (x < 5))  # what falls behind is stopped in it
report(score=x)"""
    )
    nbformat.write(slow, notebook)
    table = sweep(notebook, tmp_path, spaces.Search("bayes", 8, metric="score"), axes={"x": "0..10"})
    stopped = table[table["status"] == "stopped"]
    assert 1 <= len(stopped) < len(table) and stopped["x"].max() < table["x"].max()
    assert "pruned" in records.read(tmp_path / "runs" / stopped["sweep"].iloc[0] / stopped.index[0])["error"]


def test_a_run_that_looks_while_it_is_asked_to_stop_reads_the_whole_reason(tmp_path):
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(lambda: [sweeps.stop(tmp_path, "pruned: it fell behind") for _ in range(500)])
        seen = set()
        while not asked.done():
            seen.add(records.renew_heartbeat(tmp_path))
    assert seen <= {"", "pruned: it fell behind"}


@pytest.mark.parametrize("storage", ["no-url", "sqlite:////nowhere/at/all/study.db", "unknown://host/study"])
def test_a_study_that_cannot_be_kept_is_an_error_in_words(notebook, tmp_path, monkeypatch, storage):
    monkeypatch.setattr(studies.time, "sleep", lambda _: None)
    with pytest.raises(ParameterError, match="correct --storage"):
        sweep(notebook, tmp_path, spaces.Search("bayes", 1, metric="score"), axes={"x": "0..1"}, storage=storage)
