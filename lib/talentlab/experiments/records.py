"""The record of a run: what identifies it, what it ran on, how it is written and read back."""

import hashlib
import importlib.metadata
import json
import math
import os
import platform
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal, NotRequired

import psutil
from filelock import FileLock, Timeout
from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from talentlab.errors import RunError
from talentlab.experiments.parameters import Parameter
from talentlab.runtime import corpus_file, default_device, repository_root, split_encoding, written_whole

FILE = "record.json"
# What the training history of a run is written to while it trains; one JSON object per line.
HISTORY_FILE = "history.jsonl"
STOP_FILE = "stop"  # whoever writes it into a run's folder stops the run; its text is the reason
INTERRUPTED = "the sweep was interrupted"  # a reason
DIFF_FILE = "library.diff"  # what differed from the commit when the run began
LOCK_FILE = "lock"  # held by the process that runs the notebook, for as long as it lives
LIFE_S = 120  # a run on another machine that showed no life for this long is taken for dead [s]
Record = dict[str, Any]
_PACKAGES = ("talentlab", "torch", "transformers", "numpy", "scikit-learn", "papermill")


class _Process(TypedDict):
    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]
    host: str
    pid: int


class _Shape(TypedDict):
    """What tables, figures and sweeps rely on in a record; it may hold more."""

    __pydantic_config__ = ConfigDict(extra="allow", strict=True)  # type: ignore[misc]
    chapter: str
    status: Literal["running", "completed", "failed", "stopped", "interrupted"]
    parameters: dict[str, Any]
    key: NotRequired[str]
    data: NotRequired[str]
    started: NotRequired[str]
    seconds: NotRequired[float]
    peak_memory_mib: NotRequired[float]
    sweep: NotRequired[str | None]
    tag: NotRequired[str]
    note: NotRequired[str]
    source: NotRequired[str]
    error: NotRequired[str]
    defaults: NotRequired[dict[str, Any]]
    units: NotRequired[dict[str, str]]
    metrics: NotRequired[dict[str, float | list[float | None] | None]]
    references: NotRequired[dict[str, float]]
    claims: NotRequired[list[dict[str, Any]]]
    git: NotRequired[dict[str, Any]]
    process: NotRequired[_Process]


_RECORD = TypeAdapter(_Shape)


def write(folder: Path, record: Mapping[str, Any]) -> None:
    """Write `record.json` whole or not at all."""
    with written_whole(folder / FILE) as part:
        part.write_text(json.dumps(record, indent=1, ensure_ascii=False), encoding="utf-8")


def read(folder: Path) -> Record:
    """The record of a run; `folder` and `id`, the folder's name, say where it lies, whatever the record's text says.

    One that says `running` but whose process is gone is `interrupted`. A metric that is no finite number is None.

    Raises:
        RunError: If there is none, or it is not of a run; the message says what is wrong with it.
    """
    try:
        record = _written(folder)
        if record["status"] == "running" and not _is_running(folder, record["process"]):
            record = _written(folder)  # it may just have ended: its end was written before its lock was free
            record["status"] = record["status"].replace("running", "interrupted")
        record |= {"id": folder.resolve().name, "folder": str(folder)}  # paths are built from these two alone
        record["metrics"] = {name: as_metric(value) for name, value in record.get("metrics", {}).items()}
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(
            f"{folder} holds no readable record: {_what_is_wrong(error)}.",
            expected=f"a folder that a run left, with its {FILE}",
            remedy="name another run; `talentlab runs` lists them.",
        ) from error
    return record


def _written(folder: Path) -> Record:
    record: Record = dict(_RECORD.validate_python(json.loads((folder / FILE).read_text(encoding="utf-8"))))
    if record["status"] == "running" and "process" not in record:
        raise ValueError("it says running, but not in which process")
    return record


def _what_is_wrong(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'it'}: {first['msg'].lower()}"
    return f"{type(error).__name__}: {error}"


def as_metric(value: Any) -> float | list[float] | None:
    """A metric as tables take it: a number, or a number with the ends of its interval; None where it is no number."""
    middle, *ends = value if isinstance(value, list) else [value]
    if middle is None or not math.isfinite(middle):
        return None
    is_interval = len(ends) == 2 and all(end is not None and math.isfinite(end) for end in ends)
    return [middle, *ends] if is_interval else middle


def read_all(runs_folder: Path) -> list[Record]:
    """The good records below a folder: see `look_through`."""
    return look_through(runs_folder)[0]


def look_through(runs_folder: Path) -> tuple[list[Record], list[str]]:
    """The records below a folder, oldest first, and the paths below it of those that cannot be read.

    Runs of one name, in different sweeps, are told apart: the `id` of each is then its path below `runs_folder`.
    """
    found, bad = [], []
    for path in runs_folder.glob(f"**/{FILE}"):
        try:
            found.append(read(path.parent))
        except RunError:
            bad.append(path.parent.relative_to(runs_folder).as_posix())
    names = Counter(record["id"] for record in found)
    for record in found:
        if names[record["id"]] > 1 and (path := Path(record["folder"]).relative_to(runs_folder)).parts:
            record["id"] = path.as_posix()
    return sorted(found, key=lambda record: (str(record.get("started", "")), record["id"])), bad


def read_history(folder: Path) -> list[dict[str, Any]]:
    """Lines of the training history: `fit` (1, 2, …), and either `step` with `loss`, or `epoch` with its numbers.

    A last line that a killed run left unfinished is dropped.
    """
    path, lines = folder / HISTORY_FILE, []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            lines.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return lines


def lock(folder: Path) -> FileLock:
    """Of a run's folder: whoever runs the notebook holds it, and the system frees it when that process ends."""
    return FileLock(folder / LOCK_FILE, thread_local=False)


def _is_running(folder: Path, process: Mapping[str, Any]) -> bool:
    """Whether the process behind a record still runs.

    A held lock says so, whatever clock, process numbers or container it has. Where none is held, a run of this machine
    is dead; of another one, on a shared disk that may not carry locks over, it depends on when it was last seen.
    """
    try:
        with lock(folder).acquire(timeout=0):
            pass
    except Timeout:
        return True
    except OSError:  # somebody else's folder: its lock cannot be tried
        return time.time() - (folder / FILE).stat().st_mtime < LIFE_S
    return process["host"] != socket.gethostname() and time.time() - (folder / FILE).stat().st_mtime < LIFE_S


def renew_heartbeat(folder: Path) -> str:
    """Renew the time of the record's file, for readers on other machines; return why the run should stop, if so."""
    with suppress(OSError):
        os.utime(folder / FILE)
    with suppress(OSError):
        return (folder / STOP_FILE).read_text(encoding="utf-8") or "it was asked to stop"
    return ""


def this_process() -> dict[str, Any]:
    """The process that runs a notebook, for whoever looks for it."""
    return {"host": socket.gethostname(), "pid": os.getpid()}


def identify(
    chapter: str, code: list[str], declared: Mapping[str, Parameter], values: Mapping[str, Any], processes: int
) -> tuple[str, str]:
    """What makes two runs the same run.

    Args:
        chapter: Name of the notebook.
        code: Its code cells; outputs and prose do not count.
        declared: Its parameters. A default that is written out and one that is left out are the same.
        values: The parameters given; folders for output do not count.
        processes: How many train together: they multiply the batch.

    Returns:
        The key of the run, and the fingerprint of the data files that its parameters name (empty if none); both
        hexadecimal.
    """
    complete = {name: values.get(name, parameter.default) for name, parameter in declared.items()}
    complete.pop("output_folder", None)
    data = "".join(map(_fingerprint_path, _data_paths(complete[name] for name in complete if declared[name].is_data)))
    parts = json.dumps([chapter, code, complete, data, *[processes][: processes > 1]], sort_keys=True)
    return hashlib.sha256(parts.encode()).hexdigest()[:16], hashlib.sha256(data.encode()).hexdigest()[:16] * bool(data)


def _data_paths(values: Any) -> Iterator[Path]:
    """Files and folders that parameters name: a path of the caller's, or a corpus of the course."""
    for value in values:
        if isinstance(value, list):
            yield from _data_paths(value)
        elif isinstance(value, str) and value:
            with suppress(OSError, RuntimeError):  # a text too long for a file's name, or ~ before no user's
                if (path := corpus_file(split_encoding(value)[0])).exists():
                    yield path


def _fingerprint_path(path: Path) -> str:
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return "".join(_fingerprint_file(file, file.stat().st_size, file.stat().st_mtime_ns) for file in files)


@cache  # a sweep asks for the same file for each of its runs
def _fingerprint_file(path: Path, size: int, modified_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def describe_environment() -> dict[str, Any]:
    """Commit, versions and cores, for the record."""
    versions = {package: importlib.metadata.version(package) for package in _PACKAGES}
    return {
        "git": _describe_commit(),
        "versions": {"python": platform.python_version(), **versions},
        "cores": len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else os.cpu_count(),
    }


@cache
def changes() -> str:
    """What files of the library and the course differ from the commit, as a diff; at most a megabyte of it."""
    command = ["git", "-C", str(repository_root()), "diff", "HEAD", "--", "lib", "course/chapters"]
    try:
        found = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
    return found[: 2**20].decode("utf-8", "replace")


@cache
def describe_device() -> str:
    """What `fit` trains on, for the record. May import torch: a runner calls it while the kernel starts."""
    processor = platform.processor() or platform.machine()
    if importlib.metadata.version("torch").endswith("+cpu"):  # knows nothing else, and its import takes seconds
        return f"cpu: {processor}"
    import torch

    device = default_device().type
    name = torch.cuda.get_device_name() if device == "cuda" else processor
    return f"{device}: {name}"


def _describe_commit() -> dict[str, Any]:
    """Commit and whether files differ from it; empty where the checkout has no git."""
    root = repository_root()
    try:
        commit, status = (
            subprocess.run(["git", "-C", str(root), *command], capture_output=True, text=True, check=True).stdout
            for command in (("rev-parse", "HEAD"), ("status", "--porcelain"))
        )
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {"commit": commit.strip(), "dirty": bool(status)}
