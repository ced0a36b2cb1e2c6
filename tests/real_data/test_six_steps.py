"""The six steps on public data: a fine-tuned model, judged and deployed on SST-2, and an ensemble of three on it."""

import json
import os
from pathlib import Path

import pytest

from talentlab.experiments import runs
from talentlab.runtime import repository_root

DATA = Path(os.environ.get("TALENTLAB_REAL_DATA", repository_root().parent / "shared" / "data"))


def measure(chapter, folder, **parameters):
    if not (DATA / "sst2").exists():
        pytest.skip(f"no {DATA / 'sst2'}: set TALENTLAB_REAL_DATA to the folder of the public data sets")
    done = runs.run(chapter, {"dataset": str(DATA / "sst2"), **parameters}, runs_folder=folder, show_progress=False)
    print(json.dumps(done.record["metrics"]))
    return done.record["metrics"]


def test_a_model_is_judged_exported_and_served(tmp_path):
    found = measure("03_2f", tmp_path, train_texts=1500)
    assert found["accuracy"][0] > 0.75 and found["parity"] < 1e-3
    value, low, high = found["deployment_cost"]  # accuracy that int8 costs
    assert low <= value <= high and value < 0.01
    assert found["int8_size"] < 0.75


def test_an_ensemble_is_hardly_worse_than_its_members(tmp_path):
    found = measure("03_2e", tmp_path, train_texts=400, exam_texts=400)
    gains = {name: value for name, value in found.items() if name.startswith("gain_")}
    assert found["single_accuracy"][0] > 0.6
    assert gains and all(low < value < high and value > -0.1 for value, low, high in gains.values()), gains
