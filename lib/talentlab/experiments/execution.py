"""Execute one notebook through papermill: limits, progress, the kernel's environment, several processes."""

import json
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import papermill
import psutil
from papermill.engines import NBClientEngine, papermill_engines
from tqdm import tqdm

from talentlab import language
from talentlab.experiments import kernels
from talentlab.experiments.processes import join_group, open_store, target_of
from talentlab.experiments.records import HISTORY_FILE
from talentlab.language import tr
from talentlab.runtime import HISTORY_FILE_VARIABLE, PROGRESS_FILE_VARIABLE


@dataclass(frozen=True)
class Limits:
    """What a run may use; None: no limit.

    Attributes:
        cell_s: Longest time for one cell [s].
        run_s: Longest time for the whole notebook [s].
        memory_mib: Largest memory of the kernel and its children, and of what the runner grew by [MiB].
        output_mb: Largest output that is kept, of a cell and of the run [MB]; what comes after is counted.
    """

    cell_s: int = 4 * 3600
    run_s: float | None = None
    memory_mib: float | None = None
    output_mb: float = 20.0


NO_LIMITS = Limits()


@dataclass
class Watch:
    """Looks at a run's kernels twice a second: measures memory, stops them when a limit is passed or `ask` says so.

    Attributes:
        limits: What the run may use.
        ask: Called at each look; a text that it returns is the reason to stop the run.
        peak_memory_mib: Largest memory seen, of the kernels and their children [MiB].
        reason: Why the kernels were stopped, or empty.
        asked: Whether `ask` was the reason, and no limit.
        failed: Number of the process that failed first.
    """

    limits: Limits
    ask: Callable[[], str] = lambda: ""
    peak_memory_mib: float = 0.0
    reason: str = ""
    asked: bool = False
    failed: int | None = None
    _done: threading.Event = field(default_factory=threading.Event)
    _kernels: dict[int, psutil.Process] = field(default_factory=dict)
    _guards: dict[int, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _over: bool = False

    def __enter__(self) -> "Watch":
        self._end = time.monotonic() + (self.limits.run_s or float("inf"))
        self._runner_mib = psutil.Process().memory_info().rss / 2**20
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        for guard in self._guards.values():
            guard.kill()
            guard.wait()

    def follow(self, rank: int, pid: int) -> None:
        """Watch the kernel of this process from now on."""
        with suppress(psutil.Error):  # dead already: whoever waits for it will say so
            self._kernels[rank] = psutil.Process(pid)
            if rank not in self._guards and hasattr(os, "killpg"):
                self._guards[rank] = kernels.guard(pid)
        if self._over:  # it was still starting when the others were killed
            self.kill()

    def forget(self, rank: int) -> None:
        """This process is through its notebook; its kernel may go."""
        self._kernels.pop(rank, None)

    def blame(self, rank: int) -> None:
        """A process failed: stop the others, which would wait for it. The first one failed by itself.

        If a kernel has vanished, that one is to blame: its partners' arithmetic fails at once, with errors of theirs.
        """
        if self.failed is None:
            vanished = [other for other, kernel in self._kernels.items() if not _lives(kernel)]
            self.failed = [*vanished, rank][0]
        self.kill(spare=rank)

    def kill(self, spare: int | None = None) -> None:
        """Kill the kernels and their children, except of one process that ends by itself."""
        self._over = True
        for process in self._processes(spare):
            with suppress(psutil.Error):
                process.kill()

    def _processes(self, spare: int | None = None) -> Iterator[psutil.Process]:
        for rank, kernel in list(self._kernels.items()):
            if rank != spare:
                with suppress(psutil.Error):  # it may end while we look
                    yield from (kernel, *kernel.children(recursive=True))

    def _look(self) -> None:
        while not self._done.wait(0.5):
            memory = max(0.0, psutil.Process().memory_info().rss / 2**20 - self._runner_mib)
            for process in self._processes():
                with suppress(psutil.Error):
                    memory += process.memory_info().rss / 2**20
            if self._kernels:
                self.peak_memory_mib = max(self.peak_memory_mib, memory)
                self.reason = self.reason or self._why_stop(memory)
            if self.reason:
                self.kill()

    def _why_stop(self, memory_mib: float) -> str:
        if self.limits.memory_mib and memory_mib > self.limits.memory_mib:
            return tr("it used {n:,.0f} MiB, more than the limit of {limit:,.0f} MiB",
                      n=memory_mib, limit=self.limits.memory_mib)  # fmt: skip
        if time.monotonic() > self._end:
            return tr("it ran longer than the limit of {limit:,.0f} s", limit=self.limits.run_s)
        reason = self.ask()
        self.asked = bool(reason)
        return reason


def share_cores(threads: int | None, cores: int, others: int) -> int | None:
    """Threads of a run beside others: its share of the cores, said on stderr; else two would wait for each other."""
    if threads is not None or not others:
        return threads
    share = max(1, cores // (1 + others))
    print(tr("{others} other runs are under way on this machine: this one takes {share} of {cores} cores (--threads N "
             "changes that)", others=others, share=share, cores=cores), file=sys.stderr)  # fmt: skip
    return share


def _lives(kernel: psutil.Process) -> bool:
    try:
        return kernel.is_running() and kernel.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def execute(
    notebook: nbformat.NotebookNode, target: Path, values: Mapping[str, Any], watch: Watch, *, threads: int | None,
    processes: int, shown: str = "", kernel: str | None = None, folder: Path | None = None,
) -> None:  # fmt: skip
    """Run a notebook with `values` in a kernel of its own and write it to `target` cell by cell.

    The folder of `target` also gets the training history. Several processes each run the whole notebook, each with
    `threads`; `training.fit` joins them, as it does under torchrun. What the first one leaves counts. If one fails, the
    others are stopped, and its error is raised. The kernel is that of the notebook, if none is named, or else Python's;
    it works in `folder`, or the caller's.
    """
    kernel = kernel or notebook.metadata.get("kernelspec", {}).get("name") or "python3"
    notebook.metadata["kernelspec"] = {"name": kernel, "display_name": kernel}  # half of one is no notebook
    logging.getLogger("papermill").setLevel(logging.ERROR)  # it calls parameters unknown that we have checked
    display = _Display(progress_file := target.parent / "progress.json")
    errors: dict[int | None, BaseException] = {}
    store = open_store() if processes > 1 else None

    def run(rank: int) -> None:
        own = target_of(rank, target)
        own.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, own)
        moved = {"output_folder": str(own.parent / "model")} if rank and "output_folder" in values else {}
        try:
            papermill.execute_notebook(
                own, own, {**values, **moved}, engine_name="talentlab", folder=folder or Path.cwd(), progress_bar=False,
                kernel_name=kernel, language=kernels.language_of(kernel), display=display, watch=watch, rank=rank,
                execution_timeout=watch.limits.cell_s, follow=shown == "output",
                env=_environment(own.parent, threads) | (join_group(store, rank, processes) if store else {}),
            )  # fmt: skip
            watch.forget(rank)
        except BaseException as error:
            errors[rank] = error
            watch.blame(rank)
            raise

    others = ThreadPoolExecutor(max(1, processes - 1))
    with watch, display if shown == "progress" else nullcontext(), others:
        for rank in range(1, processes):
            others.submit(run, rank)
        try:
            with suppress(Exception):  # it is among the errors
                run(0)
        finally:
            watch.kill()  # what others still do has no reader
    if 0 in errors:
        raise errors.get(watch.failed, errors[0])
    progress_file.unlink(missing_ok=True)
    for rank in range(1, processes):
        shutil.rmtree(target_of(rank, target).parent, ignore_errors=True)


def _environment(folder: Path, threads: int | None) -> dict[str, str]:
    files = {PROGRESS_FILE_VARIABLE: folder / "progress.json", HISTORY_FILE_VARIABLE: folder / HISTORY_FILE}
    limited = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS") if threads else ()
    inherited = {name: value for name, value in os.environ.items() if name != language.VARIABLE}
    return {**inherited, **{name: str(file) for name, file in files.items()}, **dict.fromkeys(limited, str(threads))}


class _Engine(NBClientEngine):
    """papermill's engine with an environment for the kernel, a watch over it, and a call before each cell."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, env: dict[str, str], folder: Path, display: "_Display", watch: Watch,
        rank: int, execution_timeout: int, follow: bool, **_: Any,
    ) -> Any:  # fmt: skip
        cell_start, cell_exception = nb_man.cell_start, nb_man.cell_exception

        def start(cell: Any, cell_index: int) -> None:
            watch.follow(rank, client.km.provisioner.pid)
            if rank == 0:
                display.cell, display.total = cell_index + 1, len(nb_man.nb.cells)
            cell_start(cell, cell_index)

        def fail(cell: Any, cell_index: int, **details: Any) -> None:
            watch.blame(rank)
            cell_exception(cell, cell_index, **details)

        nb_man.cell_start, nb_man.cell_exception = start, fail
        client = kernels.LimitedClient(
            nb_man, watch.limits.output_mb, kernel_name=kernel_name, timeout=execution_timeout,
            extra_arguments=kernels.own_flags(kernel_name), stdout_file=sys.stdout if follow and not rank else None,
            stderr_file=sys.stderr if follow and not rank else None,
        )  # fmt: skip
        return client.execute(env=env, cwd=str(folder))  # papermill's own `cwd` moves all runs of the process at once


papermill_engines.register("talentlab", _Engine)


class _Display:
    """Cells and, inside a training cell, its steps: a bar in a terminal, else a line now and then."""

    def __init__(self, progress_file: Path) -> None:
        self.cell, self.total = 0, 1
        self._file, self._stop = progress_file, threading.Event()
        self._painter = threading.Thread(target=self._paint, daemon=True)

    def __enter__(self) -> None:
        self._painter.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._painter.join()

    def _paint(self) -> None:
        terminal = sys.stderr.isatty()
        bar = tqdm(total=1, desc=tr("cells"), disable=not terminal, bar_format="{l_bar}{bar}| {n}/{total} {postfix}")
        told, last = time.monotonic(), ""
        while True:
            finished = self._stop.wait(0.5)
            inner = _inner_progress(self._file)
            bar.total, bar.n = self.total, self.cell if finished else max(0, self.cell - 1)
            bar.set_postfix_str(inner)
            line = tr("cell {n}/{all}", n=self.cell, all=self.total) + (f" · {inner}" if inner else "")
            # Without a terminal: a line when something new can be said, at most every five seconds.
            if not terminal and line != last and (finished or time.monotonic() - told > 5):
                print(line, file=sys.stderr, flush=True)
                told, last = time.monotonic(), line
            if finished:
                bar.close()
                return


def _inner_progress(progress_file: Path) -> str:
    """How far the training inside the running cell is; empty if none runs."""
    try:
        step = json.loads(progress_file.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return ""
    done = f"{step.pop('desc')} {step.pop('n')}/{step.pop('total')}"
    left = tqdm.format_interval(step.pop("left_s"))
    numbers = [f"{language.name(name.replace('_per_', '/'))} {value}" for name, value in step.items()]
    return " · ".join([done, *numbers, tr("{time} left", time=left)])
