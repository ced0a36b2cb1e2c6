"""The folder of the public data sets, chapters run on them, and parts of sets that are larger than a test needs.

The folder is that of TALENTLAB_REAL_DATA, or `../shared/data` beside the checkout. It is no part of the repository.
"""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from talentlab.data import load_labelled_text
from talentlab.experiments import runs
from talentlab.runtime import repository_root

FOLDER = Path(os.environ.get("TALENTLAB_REAL_DATA") or repository_root().parent / "shared" / "data")


@pytest.fixture(scope="session")
def real():
    """`real("sst2")`: the path of a public set; where it is missing, the test is skipped."""

    def path_of(name: str) -> Path:
        if not (FOLDER / name).exists():
            pytest.skip(f"no {FOLDER / name}: set TALENTLAB_REAL_DATA to the folder of the public data sets")
        return FOLDER / name

    return path_of


@pytest.fixture(scope="session")
def part_of(real, tmp_path_factory):
    """`part_of("sst2", train=1500)`: a file with so many rows of a split, drawn with seed 0; other splits are whole."""

    def draw(name: str, **rows: int) -> Path:
        frame = load_labelled_text(str(real(name))).frame[["text", "label", "split"]]
        drawn = [part.sample(min(rows.get(split, len(part)), len(part)), random_state=0)
                 for split, part in frame.groupby("split")]  # fmt: skip
        path = tmp_path_factory.mktemp("part") / "part.csv"
        pd.concat(drawn).to_csv(path, index=False)
        return path

    return draw


@pytest.fixture(scope="session")
def measure(tmp_path_factory):
    """`measure("05", dataset=path)`: the record of a chapter, executed headless as `talentlab run` does it."""

    def record_of(chapter: str, **parameters: object) -> dict:
        texts = {name: str(value) if isinstance(value, Path) else value for name, value in parameters.items()}
        done = runs.run(chapter, texts, runs_folder=tmp_path_factory.mktemp("runs"), show_progress=False)
        print(json.dumps(done.record["metrics"]))
        return done.record

    return record_of
