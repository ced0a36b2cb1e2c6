"""How many seats a machine carries: a chapter run as a room would run it, and what each seat saw."""

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import nbformat
import pandas as pd
import psutil
from tqdm import tqdm

from talentlab.errors import ParameterError, RunError, TalentLabError
from talentlab.experiments import hub, records, runs
from talentlab.language import tr
from talentlab.runtime import PROGRESS_FILE_VARIABLE, written_whole

_KEPT_FREE = 0.2  # share of the memory that a room needs for browsers and files
_FULL = 0.04  # share of the memory that is left when a seat is stopped
# The last cell of a seat. Of memory that seats share, such as torch's code, each is counted its part.
_TOLD = """
import json, resource, sys, psutil
own, full = psutil.Process(), psutil.Process().memory_full_info()
server, peak = own.parent().memory_info().rss, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
shared, unit = full.rss - getattr(full, "pss", full.rss), 1 if sys.platform == "darwin" else 1024
fits = [one for one in list(globals().values()) if type(one).__name__ == "History" and one.unit == "tokens"]
print(json.dumps({
    "cpu_s": sum(own.cpu_times()[:4]), "memory_mib": (peak * unit - shared) / 2**20,
    "server_mib": server / 2**20,
    "tokens_per_s": sum(fit.seen for fit in fits) / sum(fit.training_s for fit in fits) if fits else None,
    "cores": psutil.cpu_count(), "machine_mib": psutil.virtual_memory().total / 2**20,
}))
"""


class Seat(NamedTuple):
    """What one seat saw.

    Attributes:
        began_s: Its start, after the room's [s].
        waited_s: From its start to the end of the chapter [s].
        told: What it took: `cpu_s` of one core [s], `memory_mib` at most (on a hub, with its server) [MiB],
            `tokens_per_s` of its trainings or None, and the `cores` and `machine_mib` of the machine [MiB]; empty if
            it broke.
        trouble: What broke, or empty.
    """

    began_s: float
    waited_s: float
    told: dict[str, Any]
    trouble: str = ""


def rehearse(
    seats: int, chapter: str = "05", *, stagger_s: float = 5.0, threads: int | None = None, on: str = "",
    token: str = "",
) -> list[Seat]:  # fmt: skip
    """Run a chapter on several seats at once, each in a kernel of its own, started one after the other.

    Args:
        seats: How many.
        chapter: Number, name or path of a notebook.
        stagger_s: From one start to the next [s]: nobody in a room presses Run All at the same moment.
        threads: Of each seat; its share of the cores, at least one, if None. A hub decides for its own.
        on: Address of a hub whose seats are used, from their start to their end; this machine's kernels if empty.
        token: Of that hub.

    Returns:
        A seat each, in the order of their starts.

    Raises:
        ParameterError: If there is no seat.
        ChapterError: If the notebook cannot be found.
    """
    if seats < 1:
        raise ParameterError(f"{seats} seats.", expected="one seat or more", remedy="give --seats a whole number.")
    job, threads = runs.resolve(chapter), threads or max(1, (psutil.cpu_count() or 1) // seats)
    notebook = deepcopy(job.notebook)
    notebook.cells.append(nbformat.v4.new_code_cell(_TOLD))
    done = Event()
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch, ThreadPoolExecutor(seats + 1) as room:
        work: Callable[[int], dict[str, Any]] = (
            partial(_on_hub, notebook, on, token)
            if on
            else partial(_here, replace(job, notebook=notebook), Path(scratch), threads)
        )
        taken = [room.submit(_sit, work, number, number * stagger_s, done) for number in range(seats)]
        room.submit(_guard, Path(scratch), done)
        try:
            with tqdm(total=seats, desc="seats") as bar:
                for seat in taken:
                    seat.add_done_callback(lambda _: bar.update())
                return [seat.result() for seat in taken]
        except KeyboardInterrupt:
            for folder in Path(scratch).glob("*/*"):
                (folder / records.STOP_FILE).touch()
            raise
        finally:
            done.set()


def _guard(scratch: Path, done: Event) -> None:
    """When the memory is full, stop the seat that came last, before the system ends a process of its own choice."""
    while not done.wait(1):
        memory = psutil.virtual_memory()
        seats = [folder for folder in scratch.glob("*/*") if not (folder / records.STOP_FILE).exists()]
        if seats and memory.available < _FULL * memory.total:
            last = max(seats, key=lambda folder: int(folder.parent.name))
            with written_whole(last / records.STOP_FILE) as part:
                part.write_text(tr("the memory of the machine was full"), encoding="utf-8")


def _sit(work: Callable[[int], dict[str, Any]], number: int, began_s: float, done: Event) -> Seat:
    if done.wait(began_s):
        return Seat(began_s, 0.0, {}, "interrupted")  # nobody will read it
    start = time.monotonic()
    try:
        told = work(number)
    except TalentLabError as error:
        return Seat(began_s, time.monotonic() - start, {}, error.received)
    return Seat(began_s, told.pop("waited_s"), told)


def _here(job: runs.Job, scratch: Path, threads: int, number: int) -> dict[str, Any]:
    run = runs.run_job(job, runs_folder=scratch / str(number), threads=threads, show_progress=False)
    last = nbformat.read(run.notebook, as_version=4).cells[-1]
    return json.loads(last.outputs[0].text) | {"waited_s": run.record["seconds"]}


def _on_hub(notebook: nbformat.NotebookNode, address: str, token: str, number: int) -> dict[str, Any]:
    nobodys = f"import os; os.environ[{PROGRESS_FILE_VARIABLE!r}] = {os.devnull!r}"  # its answers are not a learner's
    sources = [nobodys, *(cell.source for cell in notebook.cells if cell.cell_type == "code")]
    start, name = time.monotonic(), f"rehearsal-{number + 1}"
    try:
        told = json.loads(asyncio.run(hub.run_cells(address, token, name, sources))[-1])
        memory_mib = told["memory_mib"] + told["server_mib"]
        return told | {"memory_mib": memory_mib, "waited_s": time.monotonic() - start}
    finally:
        with suppress(RunError):  # what happened before says more
            asyncio.run(hub.stop(address, token, name))


def table(seats: list[Seat]) -> pd.DataFrame:
    """A row per seat: minutes that it waited, seconds of a core, memory, speed of training, what broke."""
    columns = {"CPU [s]": "cpu_s", "memory [MiB]": "memory_mib", "tokens/s": "tokens_per_s"}
    rows = [{name: seat.told.get(key) for name, key in columns.items()} for seat in seats]
    numbers = pd.DataFrame(rows, index=pd.RangeIndex(1, len(seats) + 1, name="seat")).astype(float).round()
    numbers.insert(0, "waited [min]", [round(seat.waited_s / 60, 1) for seat in seats])
    return numbers.assign(trouble=[seat.trouble for seat in seats])


def first_trouble(seats: list[Seat]) -> str:
    """What broke first in the room; empty if nothing did."""
    broken = [(seat.began_s + seat.waited_s, seat.trouble) for seat in seats if seat.trouble]
    return min(broken)[1] if broken else ""


def carried(seats: list[Seat], wait_s: float = float("inf")) -> int:
    """How many such seats the machine carries; 0 if one broke.

    Its memory has to hold them, a fifth of it kept free. And its cores have to be through with all of them in time,
    if all press Run All at once, nothing else runs, and their threads are no more than the cores.

    Args:
        seats: From `rehearse`.
        wait_s: Longest wait that is comfortable [s].
    """
    if any(seat.trouble for seat in seats):
        return 0
    told = seats[0].told
    by_memory = told["machine_mib"] * (1 - _KEPT_FREE) / max(seat.told["memory_mib"] for seat in seats)
    by_time = wait_s * told["cores"] / statistics.median(seat.told["cpu_s"] for seat in seats)
    return int(min(by_memory, by_time))
