"""Chapter 2's five ways to fine-tune, on SST-2: full, last layers, head, LoRA, bottleneck, and the vote of three."""

import json
import os
from pathlib import Path

import pytest

from talentlab.experiments import runs
from talentlab.runtime import repository_root

DATA = Path(os.environ.get("TALENTLAB_REAL_DATA", repository_root().parent / "shared" / "data"))
WAYS = ("full", "last_layers", "head", "lora", "bottleneck")


@pytest.fixture(scope="module")
def metrics(tmp_path_factory):
    if not (DATA / "sst2").exists():
        pytest.skip(f"no {DATA / 'sst2'}: set TALENTLAB_REAL_DATA to the folder of the public data sets")
    parameters = {"dataset": str(DATA / "sst2"), "train_texts": 800, "num_epochs": 1}
    done = runs.run("02", parameters, runs_folder=tmp_path_factory.mktemp("runs"), show_progress=False)
    print(json.dumps(done.record["metrics"]))
    return done.record["metrics"]


def test_every_way_learns_from_pretrained_weights_and_a_random_start_does_not(metrics):
    accuracy = {way: metrics[f"accuracy_{way}"][0] for way in WAYS}
    assert min(accuracy.values()) > 0.60 and max(accuracy.values()) > 0.72, accuracy
    assert metrics["accuracy_from_random"][0] < min(accuracy.values())
    assert metrics["gap_transfer"][1] > 0.1  # the lower end of the interval


def test_a_small_part_is_close_to_full_and_the_head_alone_is_not_ahead(metrics):
    value, low, high = metrics["gap_small_part"]  # LoRA against full
    assert low < value < high and abs(value) < 0.12
    assert metrics["accuracy_head"][0] < max(metrics[f"accuracy_{way}"][0] for way in WAYS)


def test_the_vote_is_no_worse_than_its_members_mean(metrics):
    members = [metrics[f"accuracy_{way}"][0] for way in ("last_layers", "lora", "bottleneck")]
    assert metrics["accuracy_vote"][0] > sum(members) / 3 - 0.02
