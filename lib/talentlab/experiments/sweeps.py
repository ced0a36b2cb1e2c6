"""Run a sweep: many runs of one notebook, on this machine or on a cluster, resumable at any moment."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from glob import escape
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from talentlab.errors import RunError
from talentlab.experiments import records, runs, tables
from talentlab.experiments.execution import NO_LIMITS, Limits
from talentlab.experiments.processes import divide_threads, take_a_place
from talentlab.experiments.records import Record
from talentlab.experiments.runs import Job
from talentlab.experiments.spaces import ListedPoints, StudiedPoints, Sweep, plan
from talentlab.language import tr
from talentlab.runtime import written_whole

FILE = "sweep.json"


def run_sweep(
    sweep: Sweep,
    *,
    runs_folder: Path = Path("runs"),
    resume: bool = False,
    jobs: int = 1,
    limits: Limits = NO_LIMITS,
    cluster: Executor | None = None,
    threads: int | None = None,
    storage: str | None = None,
    max_failures: int | None = None,
    show_progress: bool = True,
) -> pd.DataFrame:
    """Run what is missing of a sweep, and return the table of its runs.

    A run that fails or passes a limit is recorded, and the others go on. Whatever stops the sweep itself (Ctrl-C, a
    power cut), the same call with `resume` runs only what is not completed, and the training of an interrupted run
    goes on at its checkpoint. What counts as the same run: the notebook's code, its parameters, and its data files.

    Args:
        sweep: What to run.
        runs_folder: Where the sweep's folder is made.
        resume: Go on with the newest sweep of the same description.
        jobs: Runs at the same time.
        limits: Time and memory of each run.
        cluster: Where the runs are executed, if not here: see `connect`.
        threads: Threads of each run's arithmetic. By default, on this machine, its share of the cores: more threads
            than cores would wait for each other.
        storage: URL of the database in which a Bayesian search keeps its study, to share it with other sweeps of the
            same description; a file in the sweep's folder if None.
        max_failures: Runs that may fail before the sweep ends; the others are stopped, and can be resumed.
        show_progress: Show a bar on stderr.

    Raises:
        ParameterError: If an axis does not fit the kind of sweep; before anything runs.
    """
    study = sweep.search if sweep.search and sweep.search.kind == "bayes" else None
    listed = [] if study else plan(sweep)  # refuses bad axes before anything is written
    folder = _open_folder(sweep, runs_folder.resolve(), resume)
    points = StudiedPoints(sweep, folder, study, storage) if study else ListedPoints(listed)
    if cluster is None:
        with take_a_place() as others:
            threads = threads or max(1, records.describe_environment()["cores"] // (jobs + others))
        divide_threads(threads, sweep.job.processes)  # refuses what this machine cannot do
    executor = cluster or ThreadPoolExecutor(jobs)
    with executor, tqdm(total=points.total, desc=tr("runs"), unit=tr("run"), disable=not show_progress) as bar:
        queue = _Queue(folder, points, executor, jobs, bar, sweep.job, partial(_attempt, folder, limits, threads))
        try:
            while queue.fill():
                queue.collect()
                if max_failures and queue.failed >= max_failures:
                    queue.abandon()
                    break
        except BaseException:
            queue.abandon()
            raise
    return tables.table(folder)


@dataclass
class _Queue:
    """The runs that are being executed, with their marks and keys, and those that are done, by key."""

    folder: Path
    points: ListedPoints | StudiedPoints
    executor: Executor
    jobs: int
    bar: Any
    job: Job
    attempt: Callable[[Job], Record]
    pending: dict[Future[Record], tuple[Any, str]] = field(default_factory=dict)
    failed: int = 0

    def __post_init__(self) -> None:
        found = records.read_all(self.folder)
        self.done = {record["key"]: record for record in found if record["status"] == "completed"}

    def fill(self) -> bool:
        """Start runs until `jobs` are under way; False if nothing is, so that all is done."""
        while len(self.pending) < self.jobs and (point := self.points.ask()) is not None:
            mark, job = point[0], self.job.with_values(point[1])
            job = job.with_values(job.absolute())  # a worker of a cluster stands in another folder
            if job.key in self.done:
                self._finish(mark, self.done[job.key])
            else:
                self.pending[self.executor.submit(self.attempt, job)] = mark, job.key
        return bool(self.pending)

    def collect(self) -> None:
        """Wait a moment for runs to end, and look at those that go on."""
        finished, _ = wait(self.pending, timeout=1.0, return_when=FIRST_COMPLETED)
        for future in finished:
            mark, key = self.pending.pop(future)
            try:
                record = future.result()
            except Exception as error:  # a full disk, a worker that died again and again: one run is lost, not all
                record = {"key": key, "status": "failed", "error": f"{type(error).__name__}: {error}", "metrics": {}}
            if record["status"] == "completed":
                self.done[key] = record
            self._finish(mark, record)
        for mark, key in self.pending.values():
            folder = max(self.folder.glob(f"*-{key[:6]}"), default=None)  # of the newest attempt
            if (reason := self.points.follow(mark, folder)) and folder:
                stop(folder, reason)

    def abandon(self) -> None:
        """Stop what runs, so that it can go on another time."""
        for future in self.pending:
            future.cancel()
        for record in records.read_all(self.folder):
            if record["status"] == "running":
                stop(Path(record["folder"]), records.INTERRUPTED)
        for mark, _ in self.pending.values():
            self.points.tell(mark, {"status": "interrupted"})

    def _finish(self, mark: Any, record: Record) -> None:
        self.points.tell(mark, record)
        self.failed += record["status"] == "failed"
        self.bar.set_postfix_str(f"{self.failed} failed" if self.failed else "")
        self.bar.update()


@contextmanager
def connect(address: str, *, cpus: int = 0, gpus: int = 0) -> Iterator[tuple[Executor, int]]:
    """An executor on a dask.distributed cluster, and how many runs it can take at the same time.

    Its workers need this package, and the same folders under the same names. A run whose worker is lost is started
    again on another one.

    Args:
        address: Of the scheduler, such as `tcp://10.0.0.1:8786`.
        cpus: What each run takes of the resource CPU that workers declare (`dask worker --resources CPU=4`); 0: none.
        gpus: The same for GPU.

    Raises:
        RunError: If dask is not installed, or no scheduler answers, or no worker has what a run asks for.
    """
    try:
        from distributed import Client

        client = Client(address, timeout=10)
    except (ImportError, OSError, ValueError) as error:
        raise RunError(
            f"No cluster at {address!r}: {type(error).__name__}: {error}.",
            expected="the extra `cluster` installed, and a dask scheduler that answers at this address",
            remedy="pip install -c constraints.txt -e '.[cluster]'; start `dask scheduler` and `dask worker ADDRESS`.",
        ) from error
    with client:
        wanted = {name: count for name, count in {"CPU": cpus, "GPU": gpus}.items() if count}
        slots = 0
        for worker in client.scheduler_info(n_workers=-1)["workers"].values():
            fits = [worker["resources"].get(name, 0) // count for name, count in wanted.items()]
            slots += int(min([worker["nthreads"], *fits]))
        if not slots:
            raise RunError(
                f"The cluster at {address} has no worker with {wanted or 'a free thread'}.",
                expected="at least one worker that declares what a run takes",
                remedy="start workers with --resources, for example `dask worker ADDRESS --resources GPU=1`.",
            )
        yield client.get_executor(pure=False, retries=2, resources=wanted or None), slots


def stop(folder: Path, reason: str) -> None:
    """Ask the run of this folder to stop, wherever it runs."""
    # moved when whole: a run that looks between finds no reason
    with suppress(OSError), written_whole(folder / records.STOP_FILE) as part:
        part.write_text(reason, encoding="utf-8")


def _attempt(folder: Path, limits: Limits, threads: int | None, job: Job) -> Record:
    """One run; its record, whatever became of it. A module's function, so that it can travel to another machine."""
    labels = {"sweep": folder.name}
    try:
        done = runs.run_job(
            job, runs_folder=folder, limits=limits, threads=threads, labels=labels, again=True, show_progress=False
        )
        return {**done.record, "folder": str(done.folder)}
    except RunError:
        return [record for record in records.read_all(folder) if record["key"] == job.key][-1]


def find_earlier(sweep: Sweep, runs_folder: Path) -> list[Path]:
    """The folders of sweeps of the same description, oldest first."""
    return sorted(runs_folder.glob(f"sweep-{escape(sweep.job.source.stem)}-*-{sweep.key()}"))


def _open_folder(sweep: Sweep, runs_folder: Path, resume: bool) -> Path:
    """The sweep's folder: a new one, or, to resume, the newest of the same description."""
    if resume and (earlier := find_earlier(sweep, runs_folder)):
        if going := [record["id"] for record in records.read_all(earlier[-1]) if record["status"] == "running"]:
            raise RunError(
                f"The sweep {earlier[-1].name} is still going on: {', '.join(going)}.",
                expected="a sweep that was interrupted, or is complete",
                remedy="wait for it, or end the process that its running record names.",
            )
        return earlier[-1]
    while True:
        folder = runs_folder / f"sweep-{sweep.job.source.stem}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{sweep.key()}"
        with suppress(FileExistsError):  # the same sweep twice within a second: each has its own
            folder.mkdir(parents=True)
            break
        time.sleep(0.2)
    (folder / FILE).write_text(json.dumps(sweep.describe(), indent=1, ensure_ascii=False), encoding="utf-8")
    return folder
