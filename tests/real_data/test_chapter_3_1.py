"""Chapter 3.1 on Wikipedia, by path: the masked loss falls below the guess by frequency on text that others wrote."""

import json
import os
from pathlib import Path

import pytest

from talentlab.experiments import runs
from talentlab.runtime import repository_root

DATA = Path(os.environ.get("TALENTLAB_REAL_DATA", repository_root().parent / "shared" / "data"))
TRAIN = ["wikitext2/test.txt.gz", "wiki_sentences/train.txt.gz"]
VALIDATION = "wikitext2/valid.txt.gz"


def test_pretraining_on_wikipedia_beats_counting(tmp_path):
    for name in (*TRAIN, VALIDATION):
        if not (DATA / name).exists():
            pytest.skip(f"no {DATA / name}: set TALENTLAB_REAL_DATA to the folder of the public data sets")
    parameters = {
        "corpus": [str(DATA / name) for name in TRAIN],
        "validation_corpus": str(DATA / VALIDATION),
        "max_blocks": 6000,
        "seeds": [0],
    }
    record = runs.run("03_1", parameters, runs_folder=tmp_path, show_progress=False).record
    print(json.dumps(record["metrics"]))
    metrics = record["metrics"]
    assert metrics["unigram_loss"] == pytest.approx(6.3, abs=0.2)  # counting: hardly any randomness
    assert metrics["masked_loss"] < metrics["unigram_loss"] - 0.1
    assert metrics["masked_accuracy"] > metrics["unigram_accuracy"] + 0.02
    assert "gain_source" not in metrics  # one validation file: there is no near task
    assert {claim["claim"]: claim["verdict"] for claim in record["claims"]}["3.1-pretraining"] == "holds"
