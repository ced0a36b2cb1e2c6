"""Heads trained side by side: each as if alone, the settings of each its own."""

import numpy as np
import pytest
import torch

from talentlab.chapters import heads
from talentlab.errors import ParameterError

SETTING = {"learning_rate": 1e-2, "batch_size": 8, "width": 4, "dropout": 0.0, "class_weights": 0}


def rows(n, seed):
    x = torch.randn(n, 3, generator=torch.Generator().manual_seed(seed))
    return x, (x[:, 0] > 0).long() + (x[:, 0] > 1).long()


PARTS = {"train": rows(64, 0), "validation": rows(40, 1), "test": rows(40, 2)}


@pytest.mark.parametrize("width", [0, 5])
def test_steps_are_those_of_torch(width):
    x, y = PARTS["train"]
    ours = heads.Heads(3, width, 3, 2, seed=3)
    ours.learning_rate = torch.tensor([1e-2, 1e-3])
    ours.weights[1] = heads.balancing_weights(y)
    sizes = [(3, width), (width, 3)] if width else [(3, 3)]
    shapes = [part for size in sizes for part in (torch.nn.Linear(*size), torch.nn.ReLU())][:-1]
    theirs = torch.nn.Sequential(*shapes)
    with torch.no_grad():
        for layer, given in zip(theirs.parameters(), ours.layers, strict=True):
            layer.copy_(given[1].T if given.shape[1] > 1 else given[1, 0])
    optimizer = torch.optim.Adam(theirs.parameters(), lr=1e-3)
    for _ in range(5):
        loss = torch.nn.functional.cross_entropy(theirs(x), y, weight=heads.balancing_weights(y))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert ours.step(x, y)[1].item() == pytest.approx(loss.item(), rel=1e-5)
    assert torch.allclose(ours.logits(x)[1], theirs(x), atol=1e-5)


def test_a_copy_takes_weights_and_averages_but_no_settings():
    x, y = PARTS["train"]
    team = heads.Heads(3, 4, 3, 3)
    team.learning_rate = torch.tensor([1e-1, 1e-2, 1e-3])
    heads.train_epoch(team, x, y, 8, seed=0)
    team.copy([0], [2])
    at = team.logits(x)
    assert torch.equal(at[0], at[2]) and not torch.equal(at[0], at[1])
    assert team.learning_rate.tolist() == pytest.approx([1e-1, 1e-2, 1e-3])
    team.learning_rate[2] = team.learning_rate[0]
    team.step(x, y)
    at = team.logits(x)
    assert torch.allclose(at[0], at[2])


def test_dropout_is_of_the_training_alone_and_of_each_head():
    x, _ = PARTS["train"]
    team = heads.Heads(3, 64, 3, 2)
    team.dropout = torch.tensor([0.0, 0.5])
    drawn, calm = team.logits(x, dropout=True), team.logits(x)
    assert torch.equal(calm[0], calm[1]) and torch.equal(drawn[0], calm[0]) and not torch.equal(drawn[1], calm[1])


def test_recalls_of_each_class():
    team = heads.Heads(1, 0, 2, 1)
    with torch.no_grad():
        team.layers[0].copy_(torch.tensor([[[-1.0, 1.0]]]))
    x = torch.tensor([[-1.0], [1.0], [1.0], [1.0]])
    assert heads.recalls(team, x, torch.tensor([0, 0, 1, 1])).tolist() == [[0.5, 1.0]]
    assert heads.balancing_weights(torch.tensor([0, 0, 0, 1])).tolist() == pytest.approx([4 / 6, 2.0])


def test_settings_keep_their_places_and_are_as_if_alone():
    asked = [SETTING, SETTING | {"width": 0}, SETTING | {"learning_rate": 1e-3}, SETTING | {"class_weights": 1}]
    together = heads.train_settings(PARTS, asked, num_epochs=3, seed=1)
    alone = [heads.train_settings(PARTS, [one], num_epochs=3, seed=1)[0] for one in asked]
    assert [{name: row[name] for name in SETTING} for row in together] == asked
    assert together == alone
    row = together[0]
    team = heads.Heads(3, 4, 3, 1, 1)
    team.learning_rate = torch.tensor([1e-2])
    tests, seen = [], []
    for epoch in range(3):
        heads.train_epoch(team, *PARTS["train"], 8, 1000 + epoch)
        seen.append(heads.recalls(team, *PARTS["validation"]).mean())
        tests.append(heads.recalls(team, *PARTS["test"]).mean())
    assert [row[f"accuracy_{epoch}"] for epoch in (1, 2, 3)] == pytest.approx(seen, abs=6e-4)
    assert row["test"] == pytest.approx(tests[int(np.argmax(seen))], abs=6e-5)


def test_a_setting_of_another_name_is_refused():
    with pytest.raises(ParameterError, match="depth"):
        heads.train_settings(PARTS, [SETTING | {"depth": 2}], num_epochs=1)
