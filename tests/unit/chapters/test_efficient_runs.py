"""Ways to train, each with what it costs, on a model small enough for a second."""

import numpy as np
import pytest
from builders import build_model, build_texts

from talentlab.chapters import efficient_runs as ways


@pytest.fixture(scope="module")
def task():
    return ways.Task(build_model(num_labels=4, num_hidden_layers=6), build_texts(80, num_labels=4),
                     build_texts(20, num_labels=4, seed=1), train_texts=32)  # fmt: skip


@pytest.fixture(scope="module")
def outcomes(task):
    return {name: ways.run(task, way, seed=0) for name, way in ways.WAYS.items()}


def test_every_way_answers_every_text_and_costs_something(outcomes):
    for name, found in outcomes.items():
        assert found.right.shape == (20,) and found.right.dtype == bool, name
        assert found.flops > 0 and found.seconds > 0, name


def test_costs_stand_in_the_order_that_their_products_say(outcomes):
    cost = {name: found.flops for name, found in outcomes.items()}
    assert cost["one epoch"] < cost["two epochs"] < cost["four epochs"] < cost["random batches"]
    assert cost["two epochs"] == pytest.approx(2 * cost["one epoch"], rel=0.02)
    assert cost["cached, top layer of three"] < 0.5 * cost["four epochs"] and cost["LoRA"] < cost["four epochs"]
    assert (
        cost["features, three layers"]
        < cost["features, all layers"]
        < cost["cached, top layer of six"]
        < cost["cached, top two of six"]
    )
    assert cost["random half"] < 0.7 * cost["four epochs"] < cost["hard half"]  # scoring costs more than an epoch
    assert cost["hard half"] == pytest.approx(cost["easy half"], rel=0.1)


def test_the_same_seed_gives_the_same_answers_and_cost(task, outcomes):
    again = ways.run(task, ways.WAYS["cached, top two of six"], seed=0)
    assert (again.right == outcomes["cached, top two of six"].right).all()
    assert again.flops == outcomes["cached, top two of six"].flops


def test_seeds_draw_their_own_texts(task):
    one, other = task.draw(0), task.draw(1)
    assert len(one) == len(other) == 32 and one.input_ids != other.input_ids
    assert task.draw(0).input_ids == one.input_ids


def test_hard_and_easy_halves_share_no_text(task, monkeypatch):
    kept, train = [], ways.train

    def spy(model, part, seed, **settings):
        kept.append({tuple(ids) for ids in part.input_ids})
        return train(model, part, seed, **settings | {"num_epochs": 1})

    monkeypatch.setattr(ways, "train", spy)
    for keep in ("hard", "easy"):
        ways.pruned(task, 0, keep)
    (_, hard, _, easy) = kept
    assert len(hard) == len(easy) == 16 and not hard & easy


def test_early_stopping_trains_on_fewer_labels(task, monkeypatch):
    sizes, train = [], ways.train
    monkeypatch.setattr(ways, "train", lambda m, part, s, **k: sizes.append(len(part)) or train(m, part, s, **k))
    ways.early_stopping(task, 0)
    assert sizes == [32 - round(32 / 6)]


def test_one_reading_is_a_third_of_a_training_epoch(task):
    model, part = task.fresh(0), task.draw(0)
    assert ways.read_once(model, part) == pytest.approx(ways.train(model, part, 0, num_epochs=1) / 3, rel=0.4)
    assert np.isfinite(model.classifier.weight.detach().numpy()).all()
