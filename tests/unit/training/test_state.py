"""Training states on disk: what comes back, what is refused, what a kill in the middle leaves."""

import json
import os
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import BertForMaskedLM

from talentlab.errors import CheckpointError
from talentlab.training import state
from talentlab.training.state import load_training_state, save_training_state


def optimizer_of(model):
    return torch.optim.AdamW(model.parameters(), lr=0.01, fused=True)


def train_steps(model, optimizer, steps):
    """Steps on random data; dropout off, so that they depend on the state alone."""
    torch.manual_seed(0)
    losses = []
    for _ in range(steps):
        loss = model(torch.randint(5, 200, (4, 6)), labels=torch.tensor([0, 1, 0, 1])).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


@pytest.fixture
def trained(tiny_model):
    model = tiny_model()
    optimizer = optimizer_of(model)
    train_steps(model, optimizer, 3)
    return model, optimizer


@pytest.fixture
def saved(tmp_path, trained):
    path = tmp_path / "deep" / "folder" / "state.safetensors"
    best = {"classifier.bias": torch.tensor([1.0, 2.0])}
    save_training_state(path, *trained, best, {"fingerprint": "f", "history": {"losses": [0.1, 1 / 3]}})
    return path


def test_a_loaded_state_goes_on_exactly_as_the_saved_one(saved, trained, tiny_model):
    """Weights, both moments and the step counters come back: the next losses and weights are equal, not close."""
    fresh = tiny_model(seed=9)
    optimizer = optimizer_of(fresh)
    load_training_state(saved, fresh, optimizer, "f")
    assert train_steps(fresh, optimizer, 3) == train_steps(*trained, 3)
    assert all(torch.equal(a, b) for a, b in zip(fresh.parameters(), trained[0].parameters(), strict=True))


def test_state_and_best_weights_come_back_exactly(saved, trained):
    state, best = load_training_state(saved, *trained, "f")
    assert state == {"fingerprint": "f", "history": {"losses": [0.1, 1 / 3]}}
    assert best is not None
    assert {name: tensor.tolist() for name, tensor in best.items()} == {"classifier.bias": [1.0, 2.0]}


def test_no_best_weights_come_back_as_none(tmp_path, trained):
    save_training_state(tmp_path / "state", *trained, None, {"fingerprint": "f"})
    assert load_training_state(tmp_path / "state", *trained, "f")[1] is None


def test_a_state_before_the_first_step_can_be_saved(tmp_path, tiny_model):
    model = tiny_model()
    save_training_state(tmp_path / "state", model, optimizer_of(model), None, {"fingerprint": "f"})
    other = tiny_model(seed=3)
    load_training_state(tmp_path / "state", other, optimizer_of(other), "f")
    assert torch.equal(other.classifier.weight, model.classifier.weight)


def test_the_learning_rate_and_the_groups_are_those_of_the_call_not_of_the_file(saved, trained):
    model = trained[0]
    other = torch.optim.AdamW(model.parameters(), lr=0.5, weight_decay=0.25, fused=True)
    load_training_state(saved, model, other, "f")
    assert (other.param_groups[0]["lr"], other.param_groups[0]["weight_decay"]) == (0.5, 0.25)


def test_tied_weights_can_be_saved(tmp_path, tiny_model):
    """Input and output embeddings of a language model are one tensor, which the format refuses to store twice."""
    model = BertForMaskedLM(tiny_model().config)
    tied = model.bert.embeddings.word_embeddings.weight
    assert model.cls.predictions.decoder.weight is tied
    save_training_state(tmp_path / "state", model, optimizer_of(model), None, {"fingerprint": "f"})
    before = tied.detach().clone()
    torch.nn.init.zeros_(tied)
    load_training_state(tmp_path / "state", model, optimizer_of(model), "f")
    assert torch.equal(model.cls.predictions.decoder.weight, before)


def test_the_file_is_safetensors_with_the_state_in_its_header(saved):
    with safe_open(saved, framework="pt") as file:
        assert json.loads(file.metadata()["state"])["fingerprint"] == "f"
        kinds = {name.split("/")[0] for name in file.keys()}  # noqa: SIM118 (not a dict)
    assert kinds == {"model", "best", "optimizer"}


def test_a_state_of_another_run_is_refused_and_changes_nothing(saved, tiny_model):
    model = tiny_model(seed=7)
    before = model.classifier.weight.clone()
    with pytest.raises(CheckpointError, match=r"other data, model or settings[\s\S]*same parameters to go on"):
        load_training_state(saved, model, optimizer_of(model), "g")
    assert torch.equal(model.classifier.weight, before)


@pytest.mark.parametrize("kept", [0.0, 0.00001, 0.01, 0.5, 0.99])
def test_a_truncated_file_is_refused_and_changes_nothing(saved, tiny_model, kept):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(len(content) * kept)])
    model = tiny_model(seed=7)
    before = model.classifier.weight.clone()
    with pytest.raises(CheckpointError, match=r"not a readable training state[\s\S]*delete it to train from the start"):
        load_training_state(saved, model, optimizer_of(model), "f")
    assert torch.equal(model.classifier.weight, before)
    assert saved.exists()  # a file is the reader's to delete


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"state": "{not json"}])
def test_a_safetensors_file_that_is_no_training_state_is_refused(tmp_path, trained, metadata):
    save_file({"x": torch.zeros(1)}, tmp_path / "other", metadata=metadata)
    with pytest.raises(CheckpointError, match="not a readable training state"):
        load_training_state(tmp_path / "other", *trained, "f")


def test_a_folder_or_nothing_in_the_files_place_is_refused(tmp_path, trained):
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(CheckpointError, match="not a readable training state"):
            load_training_state(path, *trained, "f")


@pytest.mark.parametrize(("owner", "act"), [(state, "save_file"), (os, "fsync"), (Path, "replace")])
def test_a_death_while_writing_leaves_the_old_state(saved, trained, monkeypatch, owner, act):
    """The move into place is the last act: until then the old file is whole."""

    def die(*_, **__):
        raise KeyboardInterrupt

    old = saved.read_bytes()
    monkeypatch.setattr(owner, act, die)
    with pytest.raises(KeyboardInterrupt):
        save_training_state(saved, *trained, None, {"fingerprint": "new"})
    assert saved.read_bytes() == old


def test_a_leftover_of_such_a_death_is_overwritten(saved, trained):
    leftover = saved.with_name(saved.name + ".part")
    leftover.write_bytes(b"half a file")
    save_training_state(saved, *trained, None, {"fingerprint": "new"})
    assert load_training_state(saved, *trained, "new")[0] == {"fingerprint": "new"}
    assert not leftover.exists()
