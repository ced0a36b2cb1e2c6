"""Chapter 1 on SST-2, by path: the ladder on sentences whose topic words carry the mood."""

import pytest


def test_the_ladder_on_sst2(real, measure):
    """All test sentences: with 1,821 of them an interval is 2 points, and the leads asserted are wider."""
    record = measure("01", dataset=real("sst2"), sizes=[160, 1000])
    accuracy = {name: value[0] for name, value in record["metrics"].items()}
    assert accuracy["word_counts_all"] == pytest.approx(0.834, abs=0.01)  # 6,920 sentences; only the folds are random
    # Here the frozen encoder knows what is asked: with few labels it is far ahead of word counts.
    assert accuracy["frozen_encoder_160"] > accuracy["word_counts_160"] + 0.08
    # The pretrained model is far ahead on the same 1,000 labels, and about level with word counts of all 6,920.
    assert accuracy["fine_tuned_1000"] > accuracy["word_counts_1000"] + 0.05
    assert accuracy["fine_tuned_1000"] > accuracy["word_counts_all"] - 0.03
    assert accuracy["fine_tuned_1000"] > accuracy["random_weights_1000"] + 0.1
    assert accuracy["random_weights_1000"] < accuracy["word_counts_1000"] + 0.03
    verdicts = {claim["claim"]: claim["verdict"] for claim in record["claims"]}
    assert verdicts["1-performance"] == "holds"
    # 160 labels and one seed: ahead of the tuned counts, but its spread over seeds leaves the claim undecided.
    assert accuracy["fine_tuned_160"] > accuracy["word_counts_160"] + 0.03
    assert verdicts["1-transfer"] == "not decided"
