"""A plan for a room against the clock: its chapters run in its order, nobody speaks, nobody pauses.

    python tests/bench/plan_clock.py [90min]

Prints how long each chapter of the plan took, and its kernel's CPU time; then the sums, and the load of the machine. A
chapter of which the plan takes only the first minutes runs whole: in a room one presses Run All.
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from talentlab.authoring import workshops
from talentlab.experiments import runs


def cpu_s() -> float:
    """CPU time of all kernels that have ended [s]."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(plan: str = "90min") -> None:
    parts = [part for day in workshops.plans()[plan]["days"] for part in day["parts"] if "chapter" in part]
    print(f"{plan}: {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    whole = [0.0, 0.0]
    with tempfile.TemporaryDirectory(prefix="clock-") as scratch:
        for part in parts:
            start, used = time.monotonic(), cpu_s()
            runs.run(part["chapter"], runs_folder=Path(scratch), show_progress=False)
            took = time.monotonic() - start, cpu_s() - used
            whole = [one + more for one, more in zip(whole, took, strict=True)]
            print(f"  {part['chapter']}: {took[0]:.0f} s, {took[1]:.0f} s of CPU time", flush=True)
    print(f"sum: {whole[0] / 60:.1f} min, {whole[1] / 60:.1f} min of CPU time; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
