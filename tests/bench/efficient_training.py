"""Record chapter 8.2's picture: every way of training, over seeds, with its answers, FLOPs and CPU seconds.

    python tests/bench/efficient_training.py course/data/efficient_training.csv [--first 0] [--seeds 5] [--minutes 4]

A row is added when its training has ended, and what the file holds is skipped: stop it whenever you like, and call it
again. All takes about eight minutes of one core.
"""

import argparse
import csv
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from talentlab.chapters import efficient_runs as ways

COLUMNS = ["way", "seed", "accuracy", "flops", "cpu_s", "right"]


def append(file: Path, columns: list[str], row: dict[str, Any]) -> None:
    """Add one row, with the heading if the file is new."""
    new = not file.exists()
    with file.open("a", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


def rows(file: Path) -> list[dict[str, str]]:
    """What the file holds."""
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def record(file: Path, seeds: range, minutes: float) -> None:
    """Every way at every seed that the file lacks, way by way, until the time is over."""
    done, end, task = {(row["way"], int(row["seed"])) for row in rows(file)}, time.monotonic() + 60 * minutes, None
    for name, way in ways.WAYS.items():
        for seed in seeds:
            if (name, seed) in done:
                continue
            if time.monotonic() > end:
                sys.exit(f"time is over at {name}, seed {seed}: call again")
            task = task or ways.load_task()
            found = ways.run(task, way, seed)
            bits = np.packbits(found.right).tobytes().hex()
            row = {"way": name, "seed": seed, "accuracy": round(float(found.right.mean()), 5), "flops": found.flops}
            append(file, COLUMNS, row | {"cpu_s": round(found.seconds, 2), "right": bits})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--minutes", type=float, default=4.0)
    given = parser.parse_args()
    record(given.file, range(given.first, given.seeds), given.minutes)
