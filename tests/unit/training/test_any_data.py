"""The loop takes any data: images without a mask, labels of several tensors, targets that are numbers."""

import json
import multiprocessing
import os
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from talentlab.errors import CheckpointError, TrainingError
from talentlab.evaluation.metrics import predict
from talentlab.training.loop import cross_entropy, fit, warmup_then_decay
from talentlab.training.state import fingerprint

FP32 = {"precision": "fp32", "learning_rate": 1e-2}


@dataclass
class Images:
    """Seeded noise, each image with a class, a number and a box."""

    pixels: torch.Tensor
    kind: str
    unit: str = "images"
    dies_at: int = -1

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index):
        value = self.pixels[index].mean()
        labels = {"class": int(value > 0), "number": [float(value)], "both": {"class": int(value > 0), "size": value}}
        return {"pixels": self.pixels[index], "labels": labels[self.kind]}

    @property
    def lengths(self):
        return [1] * len(self)

    def collate(self, rows):
        self.dies_at -= 1
        if self.dies_at == 0:
            os._exit(9)
        labels = [row["labels"] for row in rows]
        if self.kind == "both":
            labels = {name: torch.tensor([float(one[name]) for one in labels]) for name in ("class", "size")}
        return {
            "pixels": torch.stack([row["pixels"] for row in rows]),
            "labels": labels if self.kind == "both" else torch.tensor(labels),
        }


def images(kind: str = "class", count: int = 16, **others) -> Images:
    return Images(torch.randn(count, 1, 6, 6, generator=torch.Generator().manual_seed(0)), kind, **others)


class Net(nn.Module):
    """A convolution with dropout, and a linear head."""

    def __init__(self, outputs: int = 2) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.body, self.dropout, self.head = nn.Conv2d(1, 4, 3), nn.Dropout(0.2), nn.Linear(4, outputs)

    def forward(self, pixels):
        return SimpleNamespace(logits=self.head(self.dropout(self.body(pixels).relu().mean((2, 3)))))


def squared_error(output, labels):
    return ((output.logits - labels) ** 2).sum(), torch.tensor(float(labels.numel()))


def of_both(output, labels):
    logits, size = output.logits[:, :2], output.logits[:, 2]
    loss, weight = cross_entropy(SimpleNamespace(logits=logits), labels["class"].long())
    return loss + ((size - labels["size"]) ** 2).sum(), weight


TASKS = {"class": (2, None), "number": (1, squared_error), "both": (3, of_both)}


@pytest.mark.parametrize("kind", TASKS)
def test_a_training_is_the_plain_loop(kind):
    """Two epochs of one batch: AdamW, the rate of each step, the gradient's length; no mask anywhere."""
    outputs, task_loss = TASKS[kind]
    data, model, plain = images(kind), Net(outputs), Net(outputs)
    history = fit(model, data, task_loss=task_loss, num_epochs=2, batch_size=16, seed=3, weight_decay=0.0, **FP32)
    optimizer, losses = torch.optim.AdamW(plain.parameters(), weight_decay=0.0), []
    plain.train()
    for step in range(2):
        batch = data.collate([data[i] for i in torch.randperm(16)])
        labels = batch.pop("labels")
        plain.dropout.p = 0.0
        loss, weight = (task_loss or cross_entropy)(plain(**batch), labels)
        losses.append((loss / weight).item())
        (loss / weight).backward()
        nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
        optimizer.param_groups[0]["lr"] = 1e-2 * warmup_then_decay(step, 1, 2)
        optimizer.step()
        optimizer.zero_grad()
    model = Net(outputs)
    model.dropout.p = 0.0
    dry = fit(model, data, task_loss=task_loss, num_epochs=2, batch_size=16, seed=3, weight_decay=0.0, **FP32)
    assert [row["loss"] for row in dry.steps] == pytest.approx(losses, abs=1e-6)
    for mine, theirs in zip(model.parameters(), plain.parameters(), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-6)
    assert [row["loss"] for row in history.steps] != pytest.approx(losses, abs=1e-6)  # dropout was on
    assert (history.seen, history.unit, history.speed) == (32, "images", 32 / history.training_s)


@pytest.mark.parametrize("kind", TASKS)
def test_accumulation_is_the_larger_batch_for_any_loss(kind):
    outputs, task_loss = TASKS[kind]
    found = []
    for forwards in (1, 2, 4):
        model = Net(outputs)
        model.dropout.p = 0.0
        history = fit(model, images(kind), task_loss=task_loss, num_epochs=1, batch_size=16 // forwards,
                      gradient_accumulation_steps=forwards, **FP32)  # fmt: skip
        found.append(
            torch.cat([torch.tensor([history.steps[0]["loss"]]), *(p.detach().flatten() for p in model.parameters())])
        )
    assert torch.allclose(found[0], found[1], atol=1e-6) and torch.allclose(found[0], found[2], atol=1e-6)


def test_a_forward_without_a_question_weighs_nothing():
    """Of a step's two forwards the first asks nothing: the step is the second alone, and no division by nought."""

    def of_positive(output, labels):
        asked = (labels > 0).float()
        return (asked * (output.logits - labels) ** 2).sum(), asked.sum()

    data, model = images("number", 4), Net(1)
    data.pixels = torch.cat([-data.pixels[:2].abs(), data.pixels[2:].abs()])
    order = [row["loss"] for row in fit(model, data, task_loss=of_positive, num_epochs=1, batch_size=1,
                                        gradient_accumulation_steps=4, **FP32).steps]  # fmt: skip
    assert order == [pytest.approx(order[0])] and 0 < order[0] < 100


@pytest.mark.parametrize(
    ("labels", "shape"), [([[0.3]] * 4, r"\[4, 1\]"), ([0.3] * 4, r"\[4\]"), ([[0.5, 0.6]] * 4, r"\[4, 2\]")]
)
def test_numbers_are_no_classes(labels, shape):
    """Taken as distributions over one class they would train with loss 0 and say nothing."""
    data = images()
    data.collate = lambda rows: {"pixels": data.pixels[:4], "labels": torch.tensor(labels)}
    with pytest.raises(TrainingError, match=rf"real numbers of shape {shape}[^Z]*task_loss"):
        fit(Net(), data, num_epochs=1, batch_size=4, **FP32)


def test_answers_come_in_the_rows_order_without_a_mask():
    data, model = images(), Net().eval()
    with torch.no_grad():
        expected = model(data.pixels).logits.double().numpy()
    assert np.allclose(predict(model, data, batch_size=5, precision="fp32"), expected, atol=1e-6)


def _train(folder: Path, kind: str, dies_at: int) -> None:
    outputs, task_loss = TASKS[kind]
    data = images(kind, 24, dies_at=dies_at)
    history = fit(Net(outputs), data, task_loss=task_loss, num_epochs=3, batch_size=4, checkpoint=folder / "state",
                  checkpoint_steps=3, **FP32)  # fmt: skip
    (folder / "losses").write_text(json.dumps([row["loss"] for row in history.steps]))


@pytest.mark.parametrize("kind", TASKS)
def test_a_killed_training_goes_on_to_the_same_losses(tmp_path, kind):
    (tmp_path / "whole").mkdir()
    for folder, dies_at in ((tmp_path / "whole", -1), (tmp_path, 11), (tmp_path, -1)):
        process = multiprocessing.get_context("spawn").Process(target=_train, args=(folder, kind, dies_at))
        process.start()
        process.join()
        assert process.exitcode == (9 if dies_at > 0 else 0)
    assert (tmp_path / "losses").read_text() == (tmp_path / "whole" / "losses").read_text()


def test_a_checkpoint_of_other_images_is_told_apart():
    data, other = images(count=300), images(count=300)
    other.pixels[299, 0, 5, 5] += 1e-6
    assert fingerprint(Net(), data, {}) == fingerprint(Net(), images(count=300), {}) != fingerprint(Net(), other, {})


def test_a_checkpoint_of_another_loss_is_told_apart(tmp_path):
    class StoppedError(Exception):
        pass

    def stop(model):
        raise StoppedError

    settings = {"num_epochs": 2, "batch_size": 4, "checkpoint": tmp_path / "state", "checkpoint_steps": 1, **FP32}
    with pytest.raises(StoppedError):
        fit(Net(1), images("number"), stop, task_loss=squared_error, **settings)
    with pytest.raises(CheckpointError):
        fit(Net(1), images("number"), task_loss=lambda output, labels: squared_error(output, labels), **settings)
