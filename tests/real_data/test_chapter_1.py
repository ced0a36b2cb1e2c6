"""Chapter 1 on SST-2, by path: the ladder on sentences whose topic words carry the mood."""

import json
import os
from pathlib import Path

import pytest

from talentlab.experiments import runs
from talentlab.runtime import repository_root

DATA = Path(os.environ.get("TALENTLAB_REAL_DATA", repository_root().parent / "shared" / "data"))


def test_the_ladder_on_sst2(tmp_path):
    if not (DATA / "sst2").exists():
        pytest.skip(f"no {DATA / 'sst2'}: set TALENTLAB_REAL_DATA to the folder of the public data sets")
    parameters = {"dataset": str(DATA / "sst2"), "sizes": [32, 160, 1000]}
    record = runs.run("01", parameters, runs_folder=tmp_path, show_progress=False).record
    print(json.dumps(record["metrics"]))
    accuracy = {name: value[0] for name, value in record["metrics"].items()}
    assert accuracy["word_counts_all"] == pytest.approx(0.779, abs=0.01)  # 6,920 sentences; nothing random in it
    # Here the frozen encoder knows what is asked: with few labels it is far ahead of word counts.
    assert accuracy["frozen_encoder_160"] > accuracy["word_counts_160"] + 0.08
    # 1,000 labels and the pretrained model do more than all labels and word counts.
    assert accuracy["fine_tuned_1000"] > accuracy["word_counts_all"] + 0.02
    assert accuracy["fine_tuned_1000"] > accuracy["random_weights_1000"] + 0.1
    assert accuracy["random_weights_1000"] < accuracy["word_counts_1000"] + 0.03
    verdicts = {claim["claim"]: claim["verdict"] for claim in record["claims"]}
    assert verdicts["1-performance"] == verdicts["1-transfer"] == "holds"
