"""How many seats a machine carries: a chapter run as a room would run it, and what each seat saw."""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import psutil
from tqdm import tqdm

from talentlab.errors import ParameterError, TalentLabError
from talentlab.experiments import runs

_KEPT_FREE = 0.2  # share of the memory that a room needs for browsers and files


class Seat(NamedTuple):
    """What one seat saw.

    Attributes:
        waited_s: From its start to the end of the chapter [s].
        memory_mib: Largest memory of its kernel [MiB].
        trouble: What broke, or empty.
    """

    waited_s: float
    memory_mib: float
    trouble: str


def rehearse(seats: int, chapter: str = "05", *, stagger_s: float = 5.0, threads: int | None = None) -> list[Seat]:
    """Run a chapter on several seats at once, each in a kernel of its own, started one after the other.

    Args:
        seats: How many.
        chapter: Number, name or path of a notebook.
        stagger_s: From one start to the next [s]: nobody in a room presses Run All at the same moment.
        threads: Of each seat; its share of the cores, at least one, if None.

    Returns:
        A seat each, in the order of their starts.

    Raises:
        ParameterError: If there is no seat.
        ChapterError: If the notebook cannot be found.
    """
    if seats < 1:
        raise ParameterError(f"{seats} seats.", expected="one seat or more", remedy="give --seats a whole number.")
    job, threads = runs.resolve(chapter), threads or max(1, (psutil.cpu_count() or 1) // seats)

    def sit(number: int, folder: Path) -> Seat:
        time.sleep(number * stagger_s)
        start = time.monotonic()
        try:
            record = runs.run_job(job, runs_folder=folder / str(number), threads=threads, show_progress=False).record
        except TalentLabError as error:
            return Seat(time.monotonic() - start, 0.0, error.received)
        return Seat(time.monotonic() - start, record["peak_memory_mib"], "")

    with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch, ThreadPoolExecutor(seats) as room:
        taken = [room.submit(sit, number, Path(scratch)) for number in range(seats)]
        with tqdm(total=seats, desc="seats") as bar:
            for seat in taken:
                seat.add_done_callback(lambda _: bar.update())
            return [seat.result() for seat in taken]


def table(seats: list[Seat]) -> pd.DataFrame:
    """A row per seat: minutes that it waited, memory, what broke."""
    rows = [(round(seat.waited_s / 60, 1), round(seat.memory_mib), seat.trouble) for seat in seats]
    index = pd.RangeIndex(1, len(seats) + 1, name="seat")
    return pd.DataFrame(rows, columns=["waited [min]", "memory [MiB]", "trouble"], index=index)


def carried(seats: list[Seat], memory_mib: float | None = None) -> int:
    """How many such seats fit into the machine's memory, a fifth of it kept free; 0 if one broke.

    Args:
        seats: From `rehearse`.
        memory_mib: Of the machine [MiB]; what it has if None.
    """
    largest = max(seat.memory_mib for seat in seats)
    if largest == 0 or any(seat.trouble for seat in seats):
        return 0
    whole = psutil.virtual_memory().total / 2**20 if memory_mib is None else memory_mib
    return int(whole * (1 - _KEPT_FREE) / largest)
