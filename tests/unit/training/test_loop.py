"""The training loop: what one step does, what a run leaves, what a killed run becomes."""

import inspect
import json
import math
import multiprocessing
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from builders import build_model, build_texts
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook
from transformers import BertForTokenClassification

from talentlab.data.batching import LengthGroupedBatches, TokenizedText
from talentlab.errors import CheckpointError, ModelError, TrainingError
from talentlab.evaluation.metrics import evaluate, predict, validator
from talentlab.models.dropout import set_dropout
from talentlab.models.families import freeze
from talentlab.training import loop, state
from talentlab.training.loop import fit, warmup_then_decay
from talentlab.training.state import History

FP32 = {"precision": "fp32", "learning_rate": 1e-3}


def losses(history: History) -> list[float]:
    return [row["loss"] for row in history.steps]


def same_weights(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def batches_of(data: TokenizedText, batch_size: int, seed: int = 0) -> list[dict[str, torch.Tensor]]:
    """The first epoch's batches, in the order in which `fit` sees them."""
    return [data.collate([data[i] for i in rows]) for rows in LengthGroupedBatches(data.lengths, batch_size, seed)]


class Validation:
    """Returns the numbers given, one after the other, and keeps each call's weights."""

    def __init__(self, *values: float, metric: str = "f1") -> None:
        self.values, self.metric, self.weights = values, metric, []

    def __call__(self, model: torch.nn.Module) -> dict[str, float]:
        self.weights.append(deepcopy(model))
        return {self.metric: self.values[len(self.weights) - 1]}


class StoppedError(Exception):
    """Stands for an interrupt in these tests."""


def stop_after(calls: int) -> Callable[[torch.nn.Module], dict[str, float]]:
    """A validation that ends the training at its last call, as an interrupt would."""
    left = iter(range(calls))

    def validate(_: torch.nn.Module) -> dict[str, float]:
        if next(left) == calls - 1:
            raise StoppedError
        return {"f1": 0.5}

    return validate


# --- the arithmetic of a step ----------------------------------------------------------------------------------------


def test_a_learnable_task_is_learned():
    model, data = build_model(dropout=0.1), build_texts(96)
    history = fit(model, data, num_epochs=4, batch_size=8, learning_rate=3e-3, precision="fp32")
    assert np.mean(losses(history)[:3]) > 0.5
    assert np.mean(losses(history)[-6:]) < 0.2
    assert evaluate(model, build_texts(64, seed=1), precision="fp32")["accuracy"] > 0.95


def adamw_by_hand(model, batches, rates, *, max_norm, decay):
    """AdamW as in Loshchilov & Hutter 2019, algorithm 2, after clipping to `max_norm`; one loss per batch."""
    first, second, found = {}, {}, []
    for t, (batch, rate) in enumerate(zip(batches, rates, strict=True), start=1):
        model.zero_grad()
        labels = batch.pop("labels")
        logits = model(**batch).logits
        loss = -logits.log_softmax(1)[torch.arange(len(labels)), labels].mean()
        loss.backward()
        found.append(loss.item())
        norm = math.sqrt(sum(p.grad.double().square().sum().item() for p in model.parameters()))
        for name, p in model.named_parameters():
            gradient = p.grad * min(1.0, max_norm / norm)
            first[name] = 0.9 * first.get(name, 0) + 0.1 * gradient
            second[name] = 0.999 * second.get(name, 0) + 0.001 * gradient**2
            step = (first[name] / (1 - 0.9**t)) / ((second[name] / (1 - 0.999**t)).sqrt() + 1e-8)
            with torch.no_grad():
                p *= 1 - rate * (decay if p.ndim >= 2 else 0.0)  # biases and layer norms are not decayed
                p -= rate * step
    return found


def test_steps_equal_adamw_written_by_hand():
    """Eight steps, two of warm-up: the schedule, the clipping and the two groups of decay, to 1e-6."""
    data, hand, model = build_texts(32, length=10), build_model(), build_model()
    rates = [1e-3 * r for r in (0.5, 1, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6)]
    expected = adamw_by_hand(hand, batches_of(data, 4), rates, max_norm=0.5, decay=0.1)
    history = fit(
        model, data, num_epochs=1, batch_size=4, warmup_ratio=0.25, weight_decay=0.1, max_grad_norm=0.5, **FP32
    )
    assert [row["learning_rate"] for row in history.steps] == pytest.approx(rates)
    assert losses(history) == pytest.approx(expected, abs=1e-6)
    for (name, mine), theirs in zip(model.named_parameters(), hand.parameters(), strict=True):
        assert torch.allclose(mine, theirs, atol=1e-6, rtol=0), name


@pytest.mark.parametrize("change", [{"max_grad_norm": 100.0}, {"weight_decay": 0.0}, {"warmup_ratio": 0.0}])
def test_clipping_decay_and_warm_up_each_change_the_weights(change):
    """Else the comparison by hand could not tell whether they are done."""
    usual = {"num_epochs": 1, "batch_size": 4, "warmup_ratio": 0.25, "weight_decay": 0.1, "max_grad_norm": 0.5, **FP32}
    data, one, other = build_texts(32, length=10), build_model(), build_model()
    fit(one, data, **usual)
    fit(other, data, **usual | change)
    difference = (one.classifier.weight - other.classifier.weight).abs().max()
    assert difference > 1e-5


@pytest.mark.parametrize(("ratio", "expected"), [(0.0, [1, 3 / 3, 2 / 3, 1 / 3]), (1.0, [1 / 4, 2 / 4, 3 / 4, 1])])
def test_the_schedule_at_its_ends(ratio, expected):
    """Without warm-up the first step has the full rate, as with one step of it; with nothing else the last has."""
    history = fit(build_model(), build_texts(16), num_epochs=1, batch_size=4, warmup_ratio=ratio, **FP32)
    assert [row["learning_rate"] / 1e-3 for row in history.steps] == pytest.approx(expected)


def test_two_forwards_of_16_equal_one_of_32():
    """Each epoch is one step over the same 32 rows, so order and grouping play no part."""
    data, settings = build_texts(32, length=10), {**FP32, "learning_rate": 1e-4, "num_epochs": 4}
    one, two = build_model(), build_model()
    whole = fit(one, data, batch_size=32, **settings)
    halves = fit(two, data, batch_size=16, gradient_accumulation_steps=2, **settings)
    assert len(halves.steps) == 4
    assert losses(halves) == pytest.approx(losses(whole), abs=1e-5)
    for (name, mine), theirs in zip(one.named_parameters(), two.named_parameters(), strict=True):
        if "key.bias" not in name[1]:  # softmax ignores it: its gradient is rounding noise, which Adam enlarges
            assert torch.allclose(mine, theirs[1], atol=1e-5, rtol=0), name


@pytest.mark.parametrize(
    ("label_rows", "settings"),
    [
        ([0, 0, 1, 1], {"class_weights": [1.0, 9.0]}),
        ([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.3, 0.7]], {"class_weights": [1.0, 9.0]}),
        ([[1, -100, -100, -100], [0, -100, -100, -100], [1, 1, 0, 1], [0, 1, 1, 0]], {}),
    ],
    ids=["class weights", "shares with class weights", "unasked tokens"],
)
def test_accumulation_is_the_larger_batch_whatever_its_forwards_weigh(label_rows, settings):
    """One step over four rows, as one forward, as two of two, and as four of one, which have unequal weights."""
    texts = build_texts(4, length=4)
    data = TokenizedText(texts.input_ids, label_rows, texts.pad_token_id, 0.0)
    build = build_tagger if np.ndim(label_rows) == 2 and settings == {} else build_model
    found = {}
    for forwards in (1, 2, 4):
        model = build()
        history = fit(model, data, num_epochs=1, batch_size=4 // forwards, gradient_accumulation_steps=forwards,
                      **FP32 | settings)  # fmt: skip
        found[forwards] = losses(history)[0], model.classifier.weight.detach().clone()
    for forwards in (2, 4):
        assert found[forwards][0] == pytest.approx(found[1][0], abs=1e-6)
        assert torch.allclose(found[forwards][1], found[1][1], atol=1e-6, rtol=0)


def build_tagger() -> torch.nn.Module:
    """A model that labels each token."""
    torch.manual_seed(0)
    return BertForTokenClassification(build_model().config)


def test_a_text_longer_than_the_models_positions_is_refused_before_anything_is_trained():
    data, model = build_texts(8, length=65), build_model()  # it has 64 positions
    with pytest.raises(ModelError, match=r"65 tokens .* 64 positions"):
        fit(model, data, **FP32)
    with pytest.raises(ModelError, match=r"65 tokens .* 64 positions"):
        predict(model, data)


def test_the_schedule_is_its_formula():
    """A line up to 1 at the end of the warm-up, then one down that reaches 0 one step after the last."""
    assert [warmup_then_decay(step, 2, 6) for step in range(6)] == pytest.approx([1 / 2, 1, 1, 3 / 4, 2 / 4, 1 / 4])


def test_help_tells_every_settings_meaning():
    documented = re.findall(
        r"^    (\w+): ", inspect.getdoc(fit).partition("Args:")[2].partition("Returns:")[0], re.MULTILINE
    )
    assert documented == list(inspect.signature(fit).parameters)


def gradients(**settings) -> list[torch.Tensor]:
    """The gradient of the classifier in each step of one epoch over 48 rows."""
    model, found = build_model(), []
    hook = register_optimizer_step_pre_hook(lambda *_: found.append(model.classifier.weight.grad.clone()))
    try:
        fit(model, build_texts(48, length=10), num_epochs=1, max_grad_norm=1e9, **FP32 | settings)
    finally:
        hook.remove()
    return found


def test_a_last_step_with_fewer_forwards_has_the_mean_gradient_of_those():
    """48 rows in forwards of 16, two a step: the second step has one forward, and not half of its gradient."""
    plain = gradients(batch_size=16, learning_rate=1e-12)  # next to no change, so that gradients stay comparable
    pairs = gradients(batch_size=16, gradient_accumulation_steps=2, learning_rate=1e-12)
    assert len(pairs) == 2
    assert torch.allclose(pairs[0], (plain[0] + plain[1]) / 2, atol=1e-7)
    assert torch.allclose(pairs[1], plain[2], atol=1e-7)


@pytest.mark.parametrize("weights", [[1, 3], [0.5, 2.0], np.array([1.0, 3.0]), torch.tensor([1, 3])])
def test_class_weights_by_hand(weights):
    """Weighted mean: the sum of w_y · (-log p_y) over the sum of w_y. Whole numbers and arrays will do."""
    data, model = build_texts(8), build_model()
    batch = batches_of(data, 8)[0]
    labels = batch.pop("labels")
    with torch.no_grad():
        nll = -model(**batch).logits.log_softmax(1)[torch.arange(8), labels]
    w = torch.tensor([float(x) for x in weights])[labels]
    history = fit(model, data, num_epochs=1, batch_size=8, class_weights=weights, **FP32)
    assert len(set(data.labels)) == 2
    assert losses(history) == pytest.approx([(w * nll).sum().item() / w.sum().item()], abs=1e-6)


def test_label_smoothing_by_hand():
    """Share 0.1 of the target is spread over both classes: 0.9 · (-log p_y) + 0.1 · mean over classes of -log p."""
    data, model = build_texts(8), build_model()
    batch = batches_of(data, 8)[0]
    labels = batch.pop("labels")
    with torch.no_grad():
        nll = -model(**batch).logits.log_softmax(1)
    expected = (0.9 * nll[torch.arange(8), labels] + 0.1 * nll.mean(1)).mean().item()
    history = fit(model, data, num_epochs=1, batch_size=8, label_smoothing=0.1, **FP32)
    assert losses(history) == pytest.approx([expected], abs=1e-6)


@pytest.mark.parametrize("weights", [None, [1.0, 3.0]])
def test_labels_may_be_distributions(weights):
    """Cross-entropy against shares: the sum over classes of w_c · p_c · (-log q_c), over the sum of w_c · p_c."""
    data, model = build_texts(8), build_model()
    batch, shares = batches_of(data, 8)[0], torch.rand(8, 1, generator=torch.Generator().manual_seed(0))
    del batch["labels"]
    shares = torch.cat([shares, 1 - shares], 1)
    with torch.no_grad():
        nll = -model(**batch).logits.log_softmax(1)
    w = torch.tensor(weights or [1.0, 1.0])
    order = next(iter(LengthGroupedBatches(data.lengths, 8, 0)))
    soft = dict(zip(order, shares.tolist(), strict=True))
    data = TokenizedText(data.input_ids, [soft[row] for row in range(8)], data.pad_token_id, 0.0)
    history = fit(model, data, num_epochs=1, batch_size=8, class_weights=weights, **FP32)
    expected = (w * shares * nll).sum() / (w * shares).sum()
    assert losses(history) == pytest.approx([expected.item()], abs=1e-6)


def test_certain_distributions_train_as_classes_do():
    data, one, other = build_texts(16), build_model(), build_model()
    certain = TokenizedText(data.input_ids, torch.eye(2)[data.labels].tolist(), data.pad_token_id, 0.0)
    settings = {"num_epochs": 2, "batch_size": 4, "label_smoothing": 0.1, **FP32}
    assert losses(fit(one, data, **settings)) == pytest.approx(losses(fit(other, certain, **settings)), abs=1e-6)


def test_token_labels_of_minus_100_ask_nothing():
    """Logits [B, T, C] with labels [B, T]: only the positions with a label count, as in masked-language training."""

    class Tagger(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = torch.nn.Embedding(10, 3)

        def forward(self, input_ids, attention_mask):
            return type("Output", (), {"logits": self.table(input_ids)})

    class Tagged(TokenizedText):
        def collate(self, rows):
            batch = super().collate(rows)
            return batch | {"labels": torch.tensor([[-100, 2, -100], [-100, -100, 0]])}

    torch.manual_seed(0)
    model, data = Tagger(), Tagged([[1, 2, 3], [1, 2, 3]], [0, 0], 0, 0.0)
    nll = -model.table.weight.detach().log_softmax(1)
    history = fit(model, data, num_epochs=1, batch_size=2, **FP32)
    assert losses(history) == pytest.approx([(nll[2, 2] + nll[3, 0]).item() / 2], abs=1e-6)


def test_frozen_parts_stay_and_the_rest_moves():
    model = freeze(build_model(), "layers:1")
    before = deepcopy(model)
    fit(model, build_texts(16), num_epochs=1, batch_size=4, weight_decay=0.1, **FP32)
    for (name, now), then in zip(model.named_parameters(), before.parameters(), strict=True):
        moved = not torch.equal(now, then)
        assert moved == now.requires_grad, name


# --- what a run leaves -----------------------------------------------------------------------------------------------


def test_history_counts_steps_epochs_and_real_tokens():
    data = build_texts(18)
    history = fit(build_model(), data, validator(data, "fp32"), num_epochs=3, batch_size=4, **FP32)
    assert [row["step"] for row in history.steps] == list(range(1, 16))  # five batches an epoch, the last of two rows
    assert history.seen == 3 * sum(data.lengths)
    assert history.speed == history.seen / history.training_s
    assert history.training_s > 0 < history.validation_s
    assert history.step_table().columns.tolist() == ["step", "loss", "learning_rate"]
    table = history.epoch_table()
    assert table.index.tolist() == [1, 2, 3]
    assert table.columns.tolist() == ["loss", "accuracy", "precision", "recall", "f1"]


def test_without_validation_the_last_weights_stay():
    history = fit(build_model(), build_texts(8), num_epochs=2, batch_size=4, **FP32)
    assert history.best_epoch == 0
    assert history.epochs == [{"epoch": 1}, {"epoch": 2}]
    assert History().epoch_table().empty


def test_early_stopping_ends_after_patience_and_keeps_the_best_weights():
    """0.9 in epoch 2 is not beaten in two more epochs (an equal value is no better), so epoch 5 never runs."""
    model, validation = build_model(), Validation(0.5, 0.9, 0.7, 0.9, 1.0, 1.0)
    history = fit(model, build_texts(16), validation, num_epochs=6, batch_size=4, patience=2, **FP32)
    assert (len(history.epochs), history.best_epoch) == (4, 2)
    assert same_weights(model, validation.weights[1])
    assert not same_weights(model, validation.weights[3])


def test_without_patience_all_epochs_run_and_the_best_weights_stay():
    model, validation = build_model(), Validation(0.5, 0.9, 0.7)
    history = fit(model, build_texts(16), validation, num_epochs=3, batch_size=4, **FP32)
    assert (len(history.epochs), history.best_epoch) == (3, 2)
    assert same_weights(model, validation.weights[1])


def test_the_metric_that_is_named_chooses_the_best_epoch():
    def validate(_, calls=iter([(0.1, 0.9), (0.2, 0.8)])):  # noqa: B008 (two calls of one training)
        f1, recall = next(calls)
        return {"f1": np.float32(f1), "recall": np.float32(recall)}

    history = fit(build_model(), build_texts(8), validate, num_epochs=2, batch_size=4, metric="recall", **FP32)
    assert history.best_epoch == 1


def test_seconds_are_of_steps_or_of_validation(tmp_path, monkeypatch):
    """By a clock on which each forward takes 1 s and each validation 10; what was before a resumption is added up."""
    now = [0.0]
    monkeypatch.setattr(state, "time", SimpleNamespace(monotonic=lambda: now[0]))

    class Slow(TokenizedText):
        def collate(self, rows):
            now[0] += 1
            return super().collate(rows)

    def validate(_, left=iter([True, False, True, True])):  # noqa: B008 (the four calls of this test)
        now[0] += 10
        if not next(left):
            raise StoppedError
        return {"f1": 0.5}

    data, settings = Slow(*vars(build_texts(16)).values()), {"num_epochs": 3, "batch_size": 4, **FP32}
    with pytest.raises(StoppedError):
        fit(build_model(), data, validate, checkpoint=tmp_path / "state", checkpoint_steps=2, **settings)
    history = fit(build_model(), data, validate, checkpoint=tmp_path / "state", checkpoint_steps=2, **settings)
    assert (history.training_s, history.validation_s) == (12, 30)
    assert history.speed == history.seen / 12


def test_a_run_tells_its_history_line_by_line_and_a_resumed_one_all_of_it(tmp_path, monkeypatch):
    told = tmp_path / "told.jsonl"
    monkeypatch.setenv("TALENTLAB_HISTORY_FILE", str(told))

    def lines():
        return [json.loads(line) for line in told.read_text().splitlines()]

    settings = {"num_epochs": 2, "batch_size": 4, "checkpoint": tmp_path / "state", **FP32}
    with pytest.raises(StoppedError):
        fit(build_model(), build_texts(8), stop_after(2), **settings)
    first, steps, epochs = lines()[0], lines()[1:3], lines()[3]
    assert first == {"fit": "BertForSequenceClassification"}
    assert [set(line) for line in steps] == [{"step", "loss", "learning_rate"}] * 2
    assert epochs == {"epoch": 1, "f1": 0.5, "after_step": 2} and len(lines()) == 4 + 2
    told.unlink()
    history = fit(build_model(), build_texts(8), Validation(0.7), **settings)
    assert lines() == [first, *steps, history.epochs[0], *history.steps[2:], history.epochs[1] | {"after_step": 4}]


def test_the_bar_counts_the_steps_and_goes_on_where_a_stopped_run_was(tmp_path, monkeypatch):
    seen = []

    @contextmanager
    def progress(description, total, *, done):
        seen.append((description, total, done))
        yield SimpleNamespace(advance=lambda **numbers: seen.append(numbers))

    monkeypatch.setattr(loop, "progress", progress)
    settings = {"num_epochs": 2, "batch_size": 4, "checkpoint": tmp_path / "state", **FP32}
    with pytest.raises(StoppedError):
        fit(build_model(), build_texts(12), stop_after(2), **settings)
    assert seen[0] == ("training", 6, 0) and len(seen) == 7
    del seen[:]
    history = fit(build_model(), build_texts(12), Validation(0.7), **settings)
    assert seen[0] == ("training", 6, 3)
    assert [line["loss"] for line in seen[1:]] == [f"{loss:.3f}" for loss in losses(history)[3:]]
    assert all(re.fullmatch(r"[\d,]*[1-9][\d,]* tokens/s", line["speed"]) for line in seen[1:])


def test_the_data_are_told_of_each_epoch_before_it():
    class Told(TokenizedText):
        def begin_epoch(self, epoch):
            self.calls = [*getattr(self, "calls", []), epoch]

        def collate(self, rows):
            self.calls.append("batch")
            return super().collate(rows)

    data = Told(*vars(build_texts(8)).values())
    fit(build_model(), data, num_epochs=2, batch_size=4, **FP32)
    assert data.calls == [0, "batch", "batch", 1, "batch", "batch"]


def test_one_epoch_of_patience_is_enough():
    history = fit(build_model(), build_texts(8), Validation(0.5, 0.4), num_epochs=3, batch_size=4, patience=1, **FP32)
    assert len(history.epochs) == 2 and len(history.epoch_table()) == 2
    assert len(fit(build_model(), build_texts(4), num_epochs=1, **FP32).epoch_table()) == 1


def test_one_seed_gives_one_run_and_another_seed_another():
    def run(seed):
        return losses(fit(build_model(dropout=0.2), build_texts(24), num_epochs=2, batch_size=4, seed=seed, **FP32))

    torch.manual_seed(1)
    first = run(0)
    torch.manual_seed(2)  # what the notebook drew before plays no part
    assert run(0) == first
    assert run(1) != first


def test_dropout_draws_anew_in_each_step():
    """One batch, rate next to zero: the loss changes from step to step by dropout alone."""
    settings = {"num_epochs": 4, "batch_size": 8, "precision": "fp32", "learning_rate": 1e-12}
    found = losses(fit(build_model(dropout=0.3), build_texts(8), **settings))
    assert len(set(found)) == 4
    same = losses(fit(build_model(dropout=0.0), build_texts(8), **settings))
    assert same == pytest.approx([same[0]] * 4, abs=1e-6)


class Recorder(TokenizedText):
    """Keeps the ids of each batch."""

    def collate(self, rows):
        self.seen = [*getattr(self, "seen", []), [row["input_ids"] for row in rows]]
        return super().collate(rows)


def test_each_epoch_has_all_rows_in_an_order_of_its_own():
    texts = build_texts(24)
    data = Recorder(texts.input_ids, texts.labels, texts.pad_token_id, texts.truncated_share)
    fit(build_model(), data, num_epochs=3, batch_size=4, seed=5, **FP32)
    order = LengthGroupedBatches(texts.lengths, 4, seed=5)
    for epoch in range(3):
        order.set_epoch(epoch)
        assert data.seen[6 * epoch : 6 * epoch + 6] == [[texts.input_ids[i] for i in batch] for batch in order]
    assert data.seen[:6] != data.seen[6:12] != data.seen[12:]


def test_both_precisions_run_one_after_the_other_in_one_process():
    def run(precision):
        model = build_model()
        return model, losses(
            fit(model, build_texts(24), num_epochs=2, batch_size=4, learning_rate=1e-3, precision=precision)
        )

    _, full = run("fp32")
    model, half = run("bf16")
    assert run("fp32")[1] == full
    assert half != full  # bf16 was really used
    assert half == pytest.approx(full, abs=0.02)
    assert {p.dtype for p in model.parameters()} == {torch.float32}


def test_accelerates_own_setting_of_a_precision_changes_nothing(monkeypatch):
    """It would replace the model's forward; `precision` is the one place to set it."""

    def run():
        return losses(fit(build_model(), build_texts(8), num_epochs=1, batch_size=4, **FP32))

    usual = run()
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    assert run() == usual


def check_plain_forward(model):
    """The model computes in fp32, as a new model with its weights does, and through its own forward."""
    data = build_texts(8, seed=3)
    fresh = build_model(seed=9)
    fresh.load_state_dict(model.state_dict())
    batch = batches_of(data, 8)[0]
    batch.pop("labels")
    with torch.no_grad():
        assert torch.equal(model.eval()(**batch).logits, fresh(**batch).logits)
        assert isinstance(model(**batch, return_dict=False), tuple)
    assert "forward" not in vars(model)


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
def test_no_autocast_is_left_in_the_model_after_training(precision):
    model = build_model()
    fit(model, build_texts(8), num_epochs=1, batch_size=4, precision=precision)
    check_plain_forward(model)


def test_no_autocast_is_left_after_an_interrupted_training():
    model = build_model()
    with pytest.raises(StoppedError):
        fit(model, build_texts(8), stop_after(1), num_epochs=1, batch_size=4, precision="bf16")
    check_plain_forward(model)


def test_validation_chooses_its_own_precision():
    """Inside a bf16 training an fp32 validation is fp32: as of another model with the same weights."""
    data, found = build_texts(8), []

    def validate(model):
        other = build_model(seed=9)
        other.load_state_dict(model.state_dict())
        found.append([predict(m, data, precision="fp32") for m in (model, other)])
        return {}

    fit(build_model(), data, validate, num_epochs=1, batch_size=4, precision="bf16")
    assert np.array_equal(*found[0])


@pytest.mark.parametrize("training", [True, False])
def test_the_model_has_its_former_mode_after_training(training):
    model = build_model().train(training)
    fit(model, build_texts(8), num_epochs=1, batch_size=4, **FP32)
    assert model.training is training


def test_gradients_left_by_an_earlier_cell_play_no_part():
    clean, littered = build_model(), build_model()
    for parameter in littered.parameters():
        parameter.grad = torch.ones_like(parameter)
    runs = [fit(model, build_texts(16), num_epochs=1, batch_size=4, **FP32) for model in (clean, littered)]
    assert losses(runs[0]) == losses(runs[1])


# --- refusals --------------------------------------------------------------------------------------------------------


class Poisoned(TokenizedText):
    """From the n-th on, batches ask nothing (all labels -100): the mean over no label is not a number."""

    def __init__(self, data: TokenizedText, batch: int) -> None:
        super().__init__(data.input_ids, data.labels, data.pad_token_id, data.truncated_share)
        self.left = batch

    def collate(self, rows):
        batch, self.left = super().collate(rows), self.left - 1
        return batch | {"labels": torch.full_like(batch["labels"], -100)} if self.left <= 0 else batch


@pytest.mark.parametrize(("accumulated", "step"), [(1, 3), (2, 2)])
def test_a_loss_that_is_not_finite_names_the_step_and_leaves_the_last_good_weights(accumulated, step):
    """Poison from the third forward on: step 3, or step 2 where two forwards make a step."""
    model, kept = build_model(), []
    hook = register_optimizer_step_post_hook(lambda *_: kept.append(deepcopy(model)))
    try:
        with pytest.raises(TrainingError, match=rf"loss is nan at step {step} .*weights are of step {step - 1}"):
            fit(model, Poisoned(build_texts(32), 3), num_epochs=1, batch_size=4,
                gradient_accumulation_steps=accumulated, **FP32)  # fmt: skip
    finally:
        hook.remove()
    assert len(kept) == step - 1
    assert same_weights(model, kept[-1])


def test_a_gradient_that_is_not_finite_changes_nothing_either():
    model = build_model()
    before = deepcopy(model)
    model.classifier.weight.register_hook(lambda gradient: gradient * float("inf"))
    with pytest.raises(TrainingError, match=r"gradient's norm is (inf|nan) at step 1 [\s\S]*lower learning_rate"):
        fit(model, build_texts(8), num_epochs=1, batch_size=4, **FP32)
    assert same_weights(model, before)


@pytest.mark.parametrize(
    "setting",
    [
        {"learning_rate": 0.0}, {"learning_rate": -1e-4}, {"learning_rate": math.nan}, {"num_epochs": 0},
        {"batch_size": 0}, {"batch_size": -1}, {"gradient_accumulation_steps": 0}, {"max_grad_norm": 0.0},
        {"checkpoint_steps": 0}, {"warmup_ratio": -0.1}, {"warmup_ratio": 1.1}, {"weight_decay": -0.01},
        {"label_smoothing": -0.1}, {"label_smoothing": 1.5}, {"patience": 0}, {"patience": 2},
    ],
)  # fmt: skip
def test_a_setting_that_makes_no_sense_is_named_with_its_value(setting):
    """Patience of 2 among them: without a validation nothing could be waited for."""
    model = build_model()
    before = deepcopy(model)
    name, value = next(iter(setting.items()))
    with pytest.raises(TrainingError, match=rf"^{name}={value!r}\."):
        fit(model, build_texts(8), precision="fp32", **setting)
    assert same_weights(model, before)


def test_patience_without_one_epoch_is_refused_with_validation_too():
    with pytest.raises(TrainingError, match=r"^patience=0\."):
        fit(build_model(), build_texts(8), Validation(1.0), patience=0)


def test_no_examples_and_no_trainable_parameter_are_refused():
    model = freeze(build_model(), "all_but_head")
    model.classifier.requires_grad_(False)
    with pytest.raises(TrainingError, match=r"^no training examples, no trainable parameter\."):
        fit(model, TokenizedText([], [], 0, 0.0))


def test_a_metric_that_validation_does_not_return_is_refused_with_those_it_does():
    with pytest.raises(TrainingError, match=r"metric='auc', but validation returned \['f1'\]"):
        fit(build_model(), build_texts(8), Validation(1.0), num_epochs=1, batch_size=4, metric="auc", **FP32)


# --- kill and resume -------------------------------------------------------------------------------------------------

USUAL = {"num_epochs": 3, "batch_size": 4, "checkpoint_steps": 3, "patience": 2, **FP32}

# Each case: settings of `fit` beside the usual, when the process dies (at its n-th batch or n-th validation), and the
# steps that the checkpoint must hold then. 36 rows in batches of 4 are nine batches an epoch.
CASES: dict[str, tuple[dict, dict, int]] = {
    "middle of an epoch": ({}, {"batch": 6}, 3),
    "second epoch, after its first checkpoint": ({}, {"batch": 9 + 6}, 12),
    "right after an epoch": ({}, {"batch": 9 + 2}, 9),
    "in the validation after an epoch's last step": ({}, {"validation": 1}, 9),
    "accumulation, middle of a step": ({"gradient_accumulation_steps": 2}, {"batch": 8}, 3),  # 8th: 4th step's second
    "accumulation, second epoch": ({"gradient_accumulation_steps": 2}, {"batch": 9 + 5}, 6),  # five steps an epoch
}
THREE_LIVES = [{"batch": 6}, {"batch": 12}, {}]  # the second starts after step 3, the third finds more


class Deadly(TokenizedText):
    """Texts whose n-th batch kills the process."""

    def __init__(self, data: TokenizedText, left: dict[str, int]) -> None:
        super().__init__(data.input_ids, data.labels, data.pad_token_id, data.truncated_share)
        self.left = left

    def collate(self, rows):
        self.count("batch")
        return super().collate(rows)

    def count(self, what: str) -> None:
        self.left[what] = self.left.get(what, 0) - 1
        if self.left[what] == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def resumable_model():
    """Both kinds of dropout, so that their draws must be resumed too."""
    return set_dropout(build_model(), 0.2, attention_p=0.1)


def resumable_texts():
    return build_texts(36)


def live(folder: str, settings: dict, kill: dict) -> None:
    """One process of a run: trains until it is killed, or to the end, and then writes what came of it."""
    model, data = resumable_model(), Deadly(resumable_texts(), kill)

    def validate(model):
        data.count("validation")
        return evaluate(model, resumable_texts(), precision="fp32")

    history = fit(model, data, validate, checkpoint=Path(folder, "state.safetensors"), **USUAL | settings)
    save_file(model.state_dict(), Path(folder, "weights"))
    Path(folder, "history").write_text(json.dumps([history.steps, history.epochs, history.seen]))


def live_all(lives: str) -> None:
    """Each life in a process of its own, one after the other; prints their exit codes."""
    processes = [multiprocessing.get_context("fork").Process(target=live, args=life) for life in json.loads(lives)]
    for process in processes:
        process.start()
        process.join()
    print(json.dumps([process.exitcode for process in processes]))


def run_python(*arguments: str) -> str:
    """What another Python, which finds this folder's modules, prints."""
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1]), *sys.path])
    own = {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, *arguments], env=os.environ | own, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> dict[str, Path]:
    """Folder of each case, with what its killed process left; and of one run of three processes."""
    folders = {name: tmp_path_factory.mktemp("killed") for name in [*CASES, "three lives"]}
    lives = [(str(folders[name]), settings, kill) for name, (settings, kill, _) in CASES.items()]
    lives += [(str(folders["three lives"]), {}, kill) for kill in THREE_LIVES]
    codes = run_python("-c", "import sys, test_loop; test_loop.live_all(sys.argv[1])", json.dumps(lives))
    assert json.loads(codes) == [-signal.SIGKILL] * (len(lives) - 1) + [0]
    return folders


def uninterrupted(settings: dict) -> tuple[History, torch.nn.Module]:
    model, data = resumable_model(), resumable_texts()
    return fit(model, data, validator(data, "fp32"), **USUAL | settings), model


@pytest.mark.parametrize("case", CASES)
def test_a_killed_run_goes_on_to_exactly_the_same_losses_and_weights(case, killed):
    settings, _, saved_steps = CASES[case]
    checkpoint = killed[case] / "state.safetensors"
    with safe_open(checkpoint, framework="pt") as file:
        assert len(json.loads(file.metadata()["state"])["history"]["steps"]) == saved_steps
    model, data = resumable_model(), resumable_texts()
    history = fit(model, data, validator(data, "fp32"), checkpoint=checkpoint, **USUAL | settings)
    expected, whole = uninterrupted(settings)
    assert history.steps == expected.steps
    assert history.epochs == expected.epochs
    assert (history.seen, history.best_epoch) == (expected.seen, expected.best_epoch)
    assert same_weights(model, whole)
    assert not checkpoint.exists()


def test_a_run_killed_twice_equals_one_that_was_not(killed):
    """Three processes, between which nothing passes but the file."""
    expected, whole = uninterrupted({})
    folder = killed["three lives"]
    assert json.loads((folder / "history").read_text()) == [expected.steps, expected.epochs, expected.seen]
    weights = load_file(folder / "weights")
    assert all(torch.equal(tensor, weights[name]) for name, tensor in whole.state_dict().items())


@pytest.fixture
def stopped(tmp_path) -> Path:
    """The checkpoint of a training that ended in the validation of its second epoch."""
    checkpoint = tmp_path / "state.safetensors"
    with pytest.raises(StoppedError):
        fit(resumable_model(), resumable_texts(), stop_after(2), checkpoint=checkpoint, **USUAL)
    return checkpoint


@pytest.mark.parametrize(
    "change",
    [{"learning_rate": 2e-3}, {"seed": 1}, {"num_epochs": 4}, {"class_weights": [1, 2]}, {"batch_size": 6}],
)
def test_a_checkpoint_of_other_settings_is_refused_and_kept(stopped, change):
    content = stopped.read_bytes()
    with pytest.raises(CheckpointError, match="other data, model or settings"):
        fit(resumable_model(), resumable_texts(), Validation(), checkpoint=stopped, **USUAL | change)
    assert stopped.read_bytes() == content


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (resumable_model, lambda: build_texts(36, seed=1)),
        (lambda: build_model(num_labels=3), resumable_texts),
        (lambda: set_dropout(build_model(), 0.5), resumable_texts),
        (lambda: freeze(resumable_model(), "embeddings"), resumable_texts),
    ],
    ids=["texts", "head", "dropout", "frozen"],
)
def test_a_checkpoint_of_other_data_or_another_model_is_refused(stopped, model, data):
    with pytest.raises(CheckpointError, match="other data, model or settings"):
        fit(model(), data(), Validation(), checkpoint=stopped, **USUAL)


def test_a_call_without_settings_is_one_with_the_usual_ones(tmp_path):
    """A checkpoint knows all settings; so one that began without any goes on with these, and with no others."""
    usual = {"learning_rate": 2e-4, "num_epochs": 4, "batch_size": 32, "gradient_accumulation_steps": 1,
             "warmup_ratio": 0.1, "weight_decay": 0.01, "layer_decay": 1.0, "max_grad_norm": 1.0,
             "label_smoothing": 0.0, "class_weights": None, "precision": "auto", "metric": "f1",
             "patience": None, "seed": 0, "checkpoint_steps": 50}  # fmt: skip
    with pytest.raises(StoppedError):
        fit(build_model(), build_texts(4), stop_after(2), checkpoint=tmp_path / "state")
    resumed = fit(build_model(), build_texts(4), Validation(0.1, 0.2, 0.3), checkpoint=tmp_path / "state", **usual)
    assert [line["f1"] for line in resumed.epochs] == [0.5, 0.1, 0.2, 0.3]


def test_a_run_that_ends_before_its_first_checkpoint_leaves_none(tmp_path):
    fit(build_model(), build_texts(4), num_epochs=1, checkpoint=tmp_path / "state", **FP32)
    assert list(tmp_path.iterdir()) == []


def test_array_settings_can_be_resumed(tmp_path):
    """Class weights as scikit-learn computes them, an array, are part of the run's fingerprint."""
    weights = np.array([1.0, 2.0])
    checkpoint = tmp_path / "state.safetensors"
    settings = {**USUAL, "class_weights": weights, "checkpoint": checkpoint}
    with pytest.raises(StoppedError):
        fit(resumable_model(), resumable_texts(), stop_after(1), **settings)
    resumed = fit(resumable_model(), resumable_texts(), Validation(0.1, 0.2, 0.3), **settings)
    assert len(resumed.steps) == 27
    with pytest.raises(StoppedError):
        fit(resumable_model(), resumable_texts(), stop_after(1), **settings)
    with pytest.raises(CheckpointError):
        fit(resumable_model(), resumable_texts(), Validation(), **settings | {"class_weights": weights + 1})


# --- several processes -----------------------------------------------------------------------------------------------

SHARED = {"num_epochs": 2, "batch_size": 8, "checkpoint_steps": 3, "precision": "fp32", "learning_rate": 1e-3}


def train_as_one_of_two(folder: Path) -> None:
    model, data = build_model(), build_texts(65, length=10)  # the last batch of an epoch has one row for two processes
    history = fit(model, data, validator(data, "fp32"), checkpoint=folder / "state", class_weights=[1, 3], **SHARED)
    if os.environ["RANK"] == "0":
        (folder / "history").write_text(json.dumps([history.steps, history.epochs, history.seen]))
        save_file(model.state_dict(), folder / "weights")


def test_two_processes_equal_one_with_the_doubled_batch(tmp_path):
    """Started as torchrun does; both see the same rows in each step."""
    script = tmp_path / "train.py"
    script.write_text("import pathlib, test_loop as t\nt.train_as_one_of_two(pathlib.Path(__file__).parent)\n")
    launcher = ["-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", "2"]
    run_python(*launcher, str(script))
    steps, epochs, seen = json.loads((tmp_path / "history").read_text())
    model, data = build_model(), build_texts(65, length=10)
    history = fit(model, data, validator(data, "fp32"), class_weights=[1, 3], **SHARED | {"batch_size": 16})
    assert [row["loss"] for row in steps] == pytest.approx(losses(history), abs=1e-4)
    assert [row["f1"] for row in epochs] == pytest.approx([row["f1"] for row in history.epochs], abs=1e-6)
    assert (seen, history.seen) == (2 * 66 * 10, 2 * 65 * 10)  # the one row was seen by both
    weights = load_file(tmp_path / "weights")
    assert torch.allclose(weights["classifier.weight"], model.classifier.weight, atol=1e-4)
    assert not (tmp_path / "state").exists()
