"""Chapter 8.4 with several seeds on public data: each light model's size, and which test texts it gets right.

    export DATA=../shared/data
    python tests/bench/light_models.py --seeds 0,1,2,3,4 --keep

Runs the chapter once for each seed that `course/data/light_models.csv` lacks, and appends its rows; so it can be
stopped and called again. Without `--keep` the rows go to `runs/light_models.csv`. Only numbers are kept.
"""

import argparse
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from talentlab.experiments import runs
from talentlab.runtime import repository_root

SIZE = {"train_texts": "400", "test_texts": "400", "recovery_texts": "200", "deploy": "false"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--dataset", default=f"{os.environ.get('DATA', '../shared/data')}/sst2")
    parser.add_argument("--keep", action="store_true", help="append to course/data/light_models.csv")
    args = parser.parse_args()
    path = repository_root() / ("course/data/light_models.csv" if args.keep else "runs/light_models.csv")
    path.parent.mkdir(exist_ok=True)
    done = set(pd.read_csv(path)["seed"]) if path.is_file() else set()
    for seed in sorted(set(map(int, args.seeds.split(","))) - done):
        with TemporaryDirectory() as folder:
            rows = Path(folder) / "rows.csv"
            given = SIZE | {"dataset": str(Path(args.dataset).resolve()), "seed": str(seed), "output_file": str(rows)}
            runs.run("08_4", given, runs_folder=Path("runs") / "records")
            found = pd.read_csv(rows)
        found.to_csv(path, mode="a", header=not path.is_file(), index=False)
        print(f"seed {seed}: {len(found)} models")


if __name__ == "__main__":
    main()
