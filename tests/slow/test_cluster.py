"""A sweep on a real dask.distributed cluster: a scheduler and two workers, one of them killed on the way."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest

from talentlab.errors import RunError
from talentlab.experiments import records, runs, spaces, sweeps, tables

BODY = """
import time
from IPython.display import display
time.sleep(3)
display({"application/vnd.talentlab.run+json": {"metrics": [["double", 2 * x]], "references": {}}}, raw=True)
"""


@pytest.fixture
def notebook(tmp_path):
    cells = [nbformat.v4.new_code_cell("x: int = 1  # a number", metadata={"tags": ["parameters"]})]
    cells.append(nbformat.v4.new_code_cell(BODY.strip()))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = tmp_path / "mine.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


@pytest.fixture
def cluster(tmp_path):
    """The address of a scheduler with two workers, each a process with one thread and one CPU to give."""
    dask, started = str(Path(sys.executable).with_name("dask")), []

    def start(*arguments):
        process = subprocess.Popen(
            [dask, *arguments], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        started.append(process)
        return process

    file = tmp_path / "scheduler.json"
    start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    workers = [
        start("worker", "--scheduler-file", str(file), "--no-nanny", "--nthreads", "1", "--no-dashboard", "--resources",
              "CPU=1", "--local-directory", str(tmp_path / f"worker{number}"))
        for number in range(2)
    ]  # fmt: skip
    from distributed import Client

    with Client(scheduler_file=str(file), timeout=300) as client:
        client.wait_for_workers(2, timeout=300)
        address = client.scheduler.address
    yield address, workers
    for process in started:
        process.kill()


def test_a_lost_worker_loses_no_run_and_doubles_none(notebook, cluster, tmp_path):
    address, workers = cluster
    job = runs.resolve(notebook)

    def kill_one():
        while sum(record["status"] == "running" for record in records.read_all(tmp_path / "runs")) < 2:
            time.sleep(0.2)
        os.kill(workers[0].pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    with sweeps.connect(address, cpus=1) as (executor, slots):
        assert slots == 2
        sweep = spaces.Sweep(job, spaces.parse_space(job.declared, {"x": "0:8"}))
        table = sweeps.run_sweep(
            sweep, runs_folder=tmp_path / "runs", jobs=slots, cluster=executor, show_progress=False
        )
    killer.join()
    assert workers[0].wait(300) == -signal.SIGKILL
    assert list(table["status"]) == ["completed"] * 8 and sorted(table["double"]) == list(range(0, 16, 2))
    assert len(tables.table(tmp_path / "runs")) == 8


def test_no_cluster_and_no_fitting_worker_are_said_in_words(cluster):
    address, _ = cluster
    with pytest.raises(RunError, match="GPU"), sweeps.connect(address, gpus=1):
        pass
    with pytest.raises(RunError, match="No cluster"), sweeps.connect("tcp://127.0.0.1:9"):
        pass
