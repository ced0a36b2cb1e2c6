"""Chapter 5 on public data sets, by path: official splits, three imbalanced classes, Chinese."""

import json
import os
from pathlib import Path

import pytest

from talentlab.experiments import runs
from talentlab.runtime import repository_root

DATA = Path(os.environ.get("TALENTLAB_REAL_DATA", repository_root().parent / "shared" / "data"))


def chapter_5(tmp_path, name, **parameters):
    if not (DATA / name).exists():
        pytest.skip(f"no {DATA / name}: set TALENTLAB_REAL_DATA to the folder of the public data sets")
    done = runs.run("05", {"dataset": str(DATA / name), **parameters}, runs_folder=tmp_path, show_progress=False)
    print(json.dumps(done.record["metrics"]))
    return {metric: value[0] for metric, value in done.record["metrics"].items()}


def test_sst2_reaches_what_the_document_states(tmp_path):
    """One epoch on all sentences: a lower bound that a working recipe passes easily; the README has the full recipe."""
    metrics = chapter_5(tmp_path, "sst2", num_epochs=1)
    assert metrics["accuracy"] > 0.80 and metrics["precision"] > 0.75 and metrics["recall"] > 0.75


def test_three_imbalanced_classes_run_through(tmp_path):
    metrics = chapter_5(tmp_path, "financial_phrasebank/sentences_50agree.csv.gz", num_epochs=1)
    assert metrics["f1"] > 0.5  # macro; always answering the largest class gives 0.25


def test_chinese_runs_through(tmp_path):
    """The vocabulary is English: characters become single or unknown tokens, and little is learned."""
    metrics = chapter_5(tmp_path, "chnsenticorp", num_epochs=1, max_length=64)
    assert metrics["accuracy"] > 0.5
