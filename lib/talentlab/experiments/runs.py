"""Run a notebook headless: checked parameters, a folder with everything the run left, a record."""

import glob
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from filelock import FileLock, Timeout
from papermill.exceptions import PapermillExecutionError

from talentlab.course.claims import collect
from talentlab.course.working_copies import find_chapter
from talentlab.errors import RunError, RunFailedError
from talentlab.experiments import pages, records
from talentlab.experiments.execution import NO_LIMITS, Limits, Watch, execute, share_cores
from talentlab.experiments.parameters import Parameter, load_preset, read_notebook, validate_parameters
from talentlab.experiments.processes import divide_threads, take_a_place, target_of
from talentlab.runtime import BUNDLED, corpus_file, repository_root, split_encoding


@dataclass(frozen=True)
class Job:
    """What a run is to do, read and checked once, by `resolve`. It can travel to another machine.

    Attributes:
        source: Where the notebook was read.
        notebook: What stood there, without outputs; it is run as it was then.
        declared: What its parameters cell declares.
        values: The values given, in their types.
        processes: How many kernels run it and train together.
        kernel: Name of the kernel, if not the notebook's own.
        folder: Where the kernel works; the caller's folder if None.
        key: The same for the same run: see `records.identify`.
        data: Fingerprint of the data files that the parameters name; empty if none.
    """

    source: Path
    notebook: nbformat.NotebookNode
    declared: Mapping[str, Parameter]
    values: Mapping[str, Any]
    processes: int
    kernel: str | None = None
    folder: Path | None = None
    key: str = ""
    data: str = ""

    def with_values(self, given: Mapping[str, object]) -> "Job":
        """The same job with these values, too.

        Raises:
            ParameterError: If a name or value does not fit.
        """
        values = {**self.values, **validate_parameters(self.declared, given)}
        code = [cell.source for cell in self.notebook.cells if cell.cell_type == "code"]
        key, data = records.identify(self.source.stem, code, self.declared, values, self.processes)
        return replace(self, values=values, key=key, data=data)

    def absolute(self) -> dict[str, Any]:
        """The values given, with files and folders of data by their whole names: the kernel may stand elsewhere."""
        return {name: _absolute(v) if self.declared[name].is_data else v for name, v in self.values.items()}


@dataclass(frozen=True)
class Run:
    """What one run left behind.

    Attributes:
        folder: Everything below is in here.
        notebook: The executed notebook.
        html: Its HTML copy.
        record: `record.json`: chapter, parameters, metrics, references, claims, status, seconds, peak memory, commit,
            versions, device, and the keys of code, parameters and data.
    """

    folder: Path
    notebook: Path
    html: Path
    record: dict[str, Any]


def find_notebook(name: str) -> Path:
    """The file of that path, or the notebook of a chapter: see `working_copies.find_chapter`."""
    return Path(name) if name.endswith(".ipynb") else find_chapter(name, repository_root())


def in_language(name: str, speaks: str) -> str:
    """The name of a chapter's edition: `zh/05` for 05 in Chinese. Paths, and names that say their edition, stay."""
    return f"zh/{name}" if speaks == "zh" and "/" not in name and not name.endswith(".ipynb") else name


def resolve(
    notebook: str | Path, parameters: Mapping[str, object] | None = None, preset: str | None = None, processes: int = 1,
    *, kernel: str | None = None, folder: Path | None = None,
) -> Job:  # fmt: skip
    """The job that a command line or a call means. Nothing runs yet.

    Args:
        notebook: A chapter's number or name, or a path to any notebook.
        parameters: Values by name; text is converted to the parameter's type.
        preset: Name of a file in `course/presets`, or path of a YAML file; applied before `parameters`.
        processes: How many kernels run the notebook and train together, on this machine: `training.fit` joins them as
            under torchrun, each with its own batch of `batch_size`, its share of the threads, and a GPU if there are
            any. What the first one leaves counts.
        kernel: Name of the kernel; that of the notebook, or else Python's, if None.
        folder: Where the kernel works. If None: the caller's folder for a chapter, the notebook's for another notebook,
            so that it finds the files beside it.

    Raises:
        ChapterError: If the notebook cannot be found.
        ParameterError: If a name or value does not fit.
    """
    source = find_notebook(str(notebook))
    content, declared = read_notebook(source)
    given = load_preset(repository_root() / "course" / "presets", preset, source.stem) if preset else {}
    if folder is None and not source.resolve().is_relative_to(repository_root()):
        folder = source.parent.resolve()
    given = {**given, **(parameters or {})}
    return Job(source, content, declared, {}, processes, kernel, folder).with_values(given)


def like(record: Mapping[str, Any], parameters: Mapping[str, object], **settings: Any) -> Job:
    """The job of a recorded run, with these parameters in place of its own; `settings` are those of `resolve`."""
    given = {name: value for name, value in record["parameters"].items() if name != "output_folder"}
    return resolve(record.get("source") or record["chapter"], {**given, **parameters}, **settings)


def run(
    notebook: str | Path, parameters: Mapping[str, object] | None = None, *, processes: int = 1, **settings: Any
) -> Run:
    """Execute a notebook with parameters: `run_job`, with its settings, of what `resolve` says."""
    return run_job(resolve(notebook, parameters, processes=processes), **settings)


def run_job(
    job: Job,
    *,
    runs_folder: Path = Path("runs"),
    limits: Limits = NO_LIMITS,
    threads: int | None = None,
    labels: Mapping[str, Any] | None = None,
    again: bool = False,
    show_progress: bool = True,
    follow: bool = False,
) -> Run:
    """Execute a job in a kernel of its own.

    Relative paths of data in parameters are taken from the caller's folder. A record is there from the start: it says
    `running` until the run is `completed`, `failed` or `stopped`, and whoever reads it knows when the process is gone.
    A file `stop` in the folder stops it; its text is the reason on record.

    Args:
        job: From `resolve`.
        runs_folder: Where the run's folder is made.
        limits: Time and memory that the run may use.
        threads: Threads of the run's arithmetic. If None: the libraries' own choice, or, beside other runs on this
            machine, its share of the cores.
        labels: More to put on record, such as the sweep that the run belongs to.
        again: Take the folder of an earlier attempt that failed or was stopped, too; an interrupted one always is.
        show_progress: Show cells and training steps on stderr.
        follow: Show what the cells print, instead.

    Raises:
        ParameterError: If there cannot be so many processes.
        RunError: If a cell fails; the folder keeps what was done.
    """
    with take_a_place() as others:
        threads = share_cores(threads, records.describe_environment()["cores"], others)
        shown = "output" if follow else "progress" if show_progress else ""
        return _run(job, runs_folder, limits, divide_threads(threads, job.processes), labels or {}, again, shown)


def _run(
    job: Job, runs_folder: Path, limits: Limits, threads: int | None, labels: Mapping[str, Any], again: bool,
    shown: str,
) -> Run:  # fmt: skip
    chapter = job.source.stem
    over = ("interrupted", "failed", "stopped") if again else ("interrupted",)
    folder, held = _make_folder(runs_folder, chapter, job.key, over)
    values = job.absolute() if job.folder else dict(job.values)
    if "output_folder" in job.declared:
        values.setdefault("output_folder", str(folder / "model"))
    record: dict[str, Any] = {
        "id": folder.name, "chapter": chapter, "source": str(job.source.resolve()), "key": job.key, "data": job.data,
        "parameters": values,
        "defaults": {name: parameter.default for name, parameter in job.declared.items()},
        "units": {name: parameter.unit for name, parameter in job.declared.items() if parameter.unit},
        "started": datetime.now(UTC).isoformat(), "status": "running", "process": records.this_process(),
        **labels, **records.describe_environment(), "threads": threads, "processes": job.processes,
    }  # fmt: skip
    records.write(folder, record)
    if records.changes():
        (folder / records.DIFF_FILE).write_text(records.changes(), encoding="utf-8")
    device = ThreadPoolExecutor(1).submit(records.describe_device)  # beside the kernel's start
    target, html = folder / job.source.name, folder / f"{chapter}.html"
    clock, watch = time.monotonic(), Watch(limits, partial(records.renew_heartbeat, folder))
    try:
        execute(
            job.notebook, target, values, watch, threads=threads, processes=job.processes, shown=shown,
            kernel=job.kernel, folder=job.folder,
        )  # fmt: skip
        record["status"] = "completed"
    except BaseException as error:  # a failing cell, kernel death, a limit, Ctrl-C: all end as a record
        interrupted = watch.reason == records.INTERRUPTED or not isinstance(error, Exception)
        record["status"] = "interrupted" if interrupted else "stopped" if watch.asked else "failed"
        record["error"] = watch.reason or f"{type(error).__name__}: {error}"
        raise _failure(error, job.source, target, watch) from error
    finally:
        record["seconds"] = round(time.monotonic() - clock, 1)
        record["peak_memory_mib"], record["device"] = round(watch.peak_memory_mib), device.result()
        _finish(target, html, folder, record)
        held.release()
    return Run(folder, target, html, record)


def _absolute(value: Any) -> Any:
    if isinstance(value, list):
        return [_absolute(part) for part in value]
    if isinstance(value, str) and value and value not in BUNDLED:
        with suppress(OSError, RuntimeError):  # a name too long for a file, or of no user, is none
            name, _ = split_encoding(value)
            return f"{path.resolve()}{value[len(name) :]}" if (path := corpus_file(name)).exists() else value
    return value


def _make_folder(runs_folder: Path, chapter: str, key: str, over: tuple[str, ...]) -> tuple[Path, FileLock]:
    """A new folder, or that of an earlier attempt at the same run: its training goes on there. Its lock is held."""
    runs_folder = runs_folder.resolve()
    for earlier in runs_folder.glob(f"{glob.escape(chapter)}-*-{key[:6]}"):
        with suppress(RunError, Timeout):  # no record yet, or a damaged one; or another process was quicker
            if records.read(earlier)["status"] in over:
                held = records.lock(earlier)
                held.acquire(timeout=0.5)  # a reader tries it, too, for a moment
                for stale in (records.HISTORY_FILE, records.STOP_FILE):  # a resumed training writes its history anew
                    (earlier / stale).unlink(missing_ok=True)
                return earlier, held
    while True:
        folder = runs_folder / f"{chapter}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{key[:6]}"
        try:
            folder.mkdir(parents=True)
            held = records.lock(folder)
            held.acquire()
            return folder, held
        except FileExistsError:  # the same run twice within a second
            time.sleep(0.2)


def _failure(error: BaseException, source: Path, target: Path, watch: Watch) -> BaseException:
    """What the caller gets to see: a `RunError` in plain words, or the interruption itself."""
    if not isinstance(error, Exception):
        return error
    who, target = f" in process {watch.failed}" if watch.failed else "", target_of(watch.failed or 0, target)
    if watch.reason:
        return RunFailedError(
            f"{source.name} was stopped: {watch.reason}.",
            expected="a run within its limits",
            remedy=f"look at {target}; take less data or a smaller model, or raise the limit.",
        )
    if isinstance(error, PapermillExecutionError):
        return RunFailedError(
            f"Cell {error.exec_count} of {source.name} failed{who}: {error.ename}: {error.evalue}",
            expected="a notebook that runs to its end with these parameters",
            remedy=f"open {target} and look at the marked cell.",
        )
    return RunFailedError(
        f"{source.name} stopped{who}: {type(error).__name__}: {str(error)[:300]}",
        expected=f"a kernel that lives, and cells that take at most {watch.limits.cell_s} s each",
        remedy=f"look at {target}; free memory or disk space, or raise the cell limit.",
    )


def _finish(target: Path, html: Path, folder: Path, record: dict[str, Any]) -> None:
    """Collect what the notebook reported; write the HTML copy and, last and whole, the record."""
    try:
        if target.is_file():
            notebook = nbformat.read(target, as_version=4)
            record.update(collect(notebook))
            html.write_text(pages.to_html(notebook), encoding="utf-8")
    finally:  # a notebook cut off by a full disk is no reason to lose the record
        records.write(folder, record)
