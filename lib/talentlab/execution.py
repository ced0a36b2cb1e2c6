"""Execute one notebook through papermill: limits of time and memory, progress, the kernel's environment."""

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import papermill
import psutil
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from tqdm import tqdm

from talentlab.records import HISTORY_FILE
from talentlab.runtime import HISTORY_FILE_VARIABLE, PROGRESS_FILE_VARIABLE

# ipykernel warns on every start that TCP is not encrypted; ipc instead mixed up parallel runs.
QUIET_KERNEL = ["--IPKernelApp.log_level=CRITICAL"]


@dataclass(frozen=True)
class Limits:
    """What a run may use; None: no limit.

    Attributes:
        cell_s: Longest time for one cell [s].
        run_s: Longest time for the whole notebook [s].
        memory_mib: Largest memory of the kernel and its children [MiB].
    """

    cell_s: int = 4 * 3600
    run_s: float | None = None
    memory_mib: float | None = None


NO_LIMITS = Limits()


@dataclass
class Watch:
    """Looks at a kernel twice a second: measures its memory, and stops it when a limit is passed or `ask` says so.

    Attributes:
        limits: What the run may use.
        ask: Called at each look; a text that it returns is the reason to stop the run.
        peak_memory_mib: Largest memory seen, of the kernel and its children [MiB].
        reason: Why the kernel was stopped, or empty.
    """

    limits: Limits
    ask: Callable[[], str] = lambda: ""
    peak_memory_mib: float = 0.0
    reason: str = ""
    _done: threading.Event = field(default_factory=threading.Event)
    _pid: int | None = None

    def __enter__(self) -> "Watch":
        self._end = time.monotonic() + (self.limits.run_s or float("inf"))
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def follow(self, pid: int) -> None:
        """Watch this kernel from now on."""
        self._pid = pid

    def _look(self) -> None:
        while not self._done.wait(0.5):
            if self._pid is None:
                continue
            with suppress(psutil.Error):  # it may end while we look
                kernel = psutil.Process(self._pid)
                family = [kernel, *kernel.children(recursive=True)]
                memory = sum(process.memory_info().rss for process in family) / 2**20
                self.peak_memory_mib = max(self.peak_memory_mib, memory)
                self.reason = self.reason or self._why_stop(memory)
                if self.reason:
                    for process in family:
                        process.kill()

    def _why_stop(self, memory_mib: float) -> str:
        if self.limits.memory_mib and memory_mib > self.limits.memory_mib:
            return f"it used {memory_mib:,.0f} MiB, more than the limit of {self.limits.memory_mib:,.0f} MiB"
        if time.monotonic() > self._end:
            return f"it ran longer than the limit of {self.limits.run_s:,.0f} s"
        return self.ask()


def execute(
    source: Path, target: Path, values: Mapping[str, Any], watch: Watch, *, threads: int | None, show_progress: bool
) -> None:
    """Run `source` with `values` in a kernel of its own and write it to `target` cell by cell.

    Args:
        source: The notebook.
        target: Where the executed one is written; the folder also gets the training history.
        values: Its parameters, checked before.
        watch: Measures and limits the kernel.
        threads: Threads of the kernel's arithmetic; the libraries' own choice if None.
        show_progress: Show cells and training steps on stderr.
    """
    progress_file = target.parent / "progress.json"
    variables = {
        PROGRESS_FILE_VARIABLE: str(progress_file),
        HISTORY_FILE_VARIABLE: str(target.parent / HISTORY_FILE),
    }
    if threads:
        variables |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    logging.getLogger("papermill").setLevel(logging.ERROR)  # it calls parameters unknown that we have checked
    with watch, _Display(progress_file, visible=show_progress) as display:
        papermill.execute_notebook(
            source, target, dict(values), engine_name="talentlab", cwd=Path.cwd(), progress_bar=False,
            execution_timeout=watch.limits.cell_s, env={**os.environ, **variables}, display=display, watch=watch,
        )  # fmt: skip
    progress_file.unlink(missing_ok=True)


class _Engine(NBClientEngine):
    """papermill's engine with an environment for the kernel, a watch over it, and a call before each cell."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, env: dict[str, str], display: "_Display", watch: Watch,
        execution_timeout: int, **_: Any,
    ) -> Any:  # fmt: skip
        cell_start = nb_man.cell_start

        def start(cell: Any, cell_index: int) -> None:
            watch.follow(client.km.provisioner.pid)
            display.cell, display.total = cell_index + 1, len(nb_man.nb.cells)
            cell_start(cell, cell_index)

        nb_man.cell_start = start
        client = PapermillNotebookClient(
            nb_man, kernel_name=kernel_name, timeout=execution_timeout, extra_arguments=QUIET_KERNEL
        )
        return client.execute(env=env)


papermill_engines.register("talentlab", _Engine)


class _Display:
    """Cells and, inside a training cell, its steps: a bar in a terminal, else a line now and then."""

    def __init__(self, progress_file: Path, *, visible: bool) -> None:
        self.cell, self.total = 0, 1
        self._file, self._visible, self._stop = progress_file, visible, threading.Event()

    def __enter__(self) -> "_Display":
        self._painter = threading.Thread(target=self._paint, daemon=True)
        if self._visible:
            self._painter.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._visible:
            self._painter.join()

    def _paint(self) -> None:
        terminal = sys.stderr.isatty()
        bar = tqdm(
            total=1, unit="cell", desc="cells", disable=not terminal, bar_format="{l_bar}{bar}| {n}/{total} {postfix}"
        )
        told, last = time.monotonic(), ""
        while True:
            finished = self._stop.wait(0.5)
            inner = inner_progress(self._file)
            bar.total, bar.n = self.total, self.cell if finished else max(0, self.cell - 1)
            bar.set_postfix_str(inner)
            line = f"cell {self.cell}/{self.total}" + (f" · {inner}" if inner else "")
            # Without a terminal: a line when something new can be said, at most every five seconds.
            if not terminal and line != last and (finished or time.monotonic() - told > 5):
                print(line, file=sys.stderr, flush=True)
                told, last = time.monotonic(), line
            if finished:
                bar.close()
                return


def inner_progress(progress_file: Path) -> str:
    """How far the training inside the running cell is; empty if none runs."""
    try:
        step = json.loads(progress_file.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return ""
    left = f"{int(step['left_s']) // 60}:{int(step['left_s']) % 60:02d} left"
    numbers = [f"{name} {step[name]}" for name in step if name not in ("desc", "n", "total", "left_s")]
    return " · ".join([f"{step['desc']} {step['n']}/{step['total']}", *numbers, left]).replace(
        "tokens_per_s", "tokens/s"
    )
