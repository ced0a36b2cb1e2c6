"""Two processes search one study at the same time; one of them is killed on the way."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from talentlab import tuning

SPACE = {"x": [1, 2, 3, 4, 5, 6], "y": ["a", "b"]}
WORKER = """
import os, pathlib, sys, time
from talentlab import tuning

storage, sampler, n_trials, pause_s, together = *sys.argv[1:3], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])
folder = pathlib.Path(storage.removeprefix("sqlite:///")).parent
space = {"x": [1, 2, 3, 4, 5, 6], "y": ["a", "b"]}

def objective(trial, settings):
    trial.set_user_attr("process", os.getpid())
    print("begun", flush=True)
    time.sleep(pause_s)
    return settings["x"]

study = tuning.open_study(space, sampler=sampler, storage=storage, name="shared")
(folder / f"ready-{os.getpid()}").touch()
while len(list(folder.glob("ready-*"))) < together:
    time.sleep(0.05)
tuning.tune(study, objective, n_trials)
"""


@pytest.fixture
def storage(tmp_path):
    return f"sqlite:///{tmp_path / 'study.db'}"


@pytest.fixture
def start(storage):
    """Starts a process that searches the study."""
    started = []

    def start_one(sampler, n_trials, pause_s, together):
        words = [sys.executable, "-c", WORKER, storage, sampler, str(n_trials), str(pause_s), str(together)]
        started.append(subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start_one
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def finished(storage, sampler="random"):
    study = tuning.open_study(SPACE, sampler=sampler, storage=storage, name="shared")
    return [trial for trial in study.trials if trial.state.name == "COMPLETE"]


@pytest.mark.parametrize("sampler", ["random", "tpe", "grid"])
def test_two_processes_share_the_trials_of_one_study(storage, start, sampler):
    one, other = start(sampler, 12, 0.4, 2), start(sampler, 12, 0.4, 2)  # both make the tables, both fill them
    for process in (one, other):
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
    done = finished(storage, sampler)
    assert len(done) == 12  # not one more, whoever began the last
    assert {trial.user_attrs["process"] for trial in done} == {one.pid, other.pid}
    if sampler == "grid":
        points = [tuple(trial.user_attrs["settings"].values()) for trial in done]
        assert len(set(points)) >= 11  # two that choose in the same moment may meet at the last ones


def test_a_killed_process_loses_one_trial_and_the_other_tries_it_again(storage, start, monkeypatch):
    victim = start("random", 4, 600, 1)
    assert victim.stdout.readline() == "begun\n"
    with closing(sqlite3.connect(storage.removeprefix("sqlite:///"))) as database:
        while not database.execute("SELECT * FROM trial_heartbeats").fetchall():  # written beside the trial
            time.sleep(0.05)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    study = tuning.open_study(SPACE, sampler="random", storage=storage, name="shared")
    (lost,) = [trial for trial in study.trials if trial.state.name == "RUNNING"]
    table = tuning.tune(study, lambda trial, settings: settings["x"], 4)
    assert (table["state"] == "complete").sum() == 4 and (table["state"] == "fail").sum() == 1
    assert lost.params in [trial.params for trial in finished(storage)]
