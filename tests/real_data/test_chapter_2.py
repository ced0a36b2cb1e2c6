"""Chapter 2's five ways to fine-tune, on SST-2: full, last layers, head, LoRA, bottleneck, and the vote of three."""

import pytest

WAYS = ("full", "last_layers", "head", "lora", "bottleneck")


@pytest.fixture(scope="module")
def metrics(part_of, measure):
    """800 test sentences: two standard errors are 3 points, and no assertion below is about less.

    The rate search is not judged here: one further rate stands for three.
    """
    part = part_of("sst2", validation=300, test=800)
    return measure("02", dataset=part, train_texts=500, num_epochs=1, tuning_rates=[1e-4])["metrics"]


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
