"""The one training loop."""

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState
from torch import Tensor, nn

from talentlab.data.batching import LengthGroupedBatches, TokenizedText
from talentlab.errors import TrainingError
from talentlab.language import tr
from talentlab.models.inference import check_lengths
from talentlab.runtime import Precision, choose_precision, default_device, keep_freed_memory, progress
from talentlab.training.optimizers import build_adamw
from talentlab.training.state import History, TrainingState


def warmup_then_decay(step: int, warmup_steps: int, total_steps: int) -> float:
    """Share of the peak learning rate at `step` (0, 1, …): a line up to 1, then a line down towards 0.

    min((step + 1) / warmup_steps, (total_steps - step) / (total_steps - warmup_steps)): the first step has a rate above
    0 already, and so has the last one.

    Args:
        step: Optimizer steps done before.
        warmup_steps: In which the rate climbs.
        total_steps: Of the whole training.

    Source: Devlin et al. 2019 (arXiv 1810.04805), appendix A.2.
    """
    return min((step + 1) / warmup_steps, (total_steps - step) / max(1, total_steps - warmup_steps))


def fit(
    model: nn.Module,
    train: TokenizedText,
    validate: Callable[[nn.Module], dict[str, float]] | None = None,
    *,
    learning_rate: float = 2e-4,  # BERT's own 1e-5 … 5e-5 is slow for a 22 M model
    num_epochs: int = 4,
    batch_size: int = 32,
    gradient_accumulation_steps: int = 1,
    warmup_ratio: float = 0.1,
    weight_decay: float = 0.01,
    layer_decay: float = 1.0,
    max_grad_norm: float = 1.0,
    label_smoothing: float = 0.0,
    class_weights: Sequence[float] | None = None,
    precision: Precision = "auto",
    metric: str = "f1",
    patience: int | None = None,
    seed: int = 0,
    checkpoint: Path | None = None,
    checkpoint_steps: int = 50,
) -> History:
    """Train `model` in place and leave the best epoch's weights in it, in the mode (training or not) that it had.

    One loop for a CPU, a GPU and, started by `torchrun` or `talentlab run --processes`, several processes; n of them
    train as one does with the n-fold `batch_size`. The order of the rows and the random numbers of each step depend on
    `seed` and the step alone; so a run that was killed and called again with the same arguments and `checkpoint` goes
    on to exactly the losses it would have had (CPU, fp32).

    Args:
        model: Called with `input_ids` and `attention_mask` [B, T]; its output has `logits` [B, C] or [B, T, C].
        train: The examples; any data set with `lengths` and `collate` will do. Its `begin_epoch(epoch)`, if it has one,
            is called before each epoch. Labels are classes, or each a distribution over them (distillation).
        validate: Called with the model after each epoch; returns named numbers.
        learning_rate: Peak of `warmup_then_decay`.
        num_epochs: Passes over `train`.
        batch_size: Sequences per forward, of each process.
        gradient_accumulation_steps: Forwards per optimizer step: with n, a step equals one with the n-fold batch.
        warmup_ratio: Share of the steps in which the rate climbs from 0.
        weight_decay: Pull towards 0 per step and unit of learning rate, on matrices only.
        layer_decay: Factor of the rate from each layer to the one below it; the head has the whole rate.
        max_grad_norm: Longer gradients are shortened to this L2 norm, over all parameters.
        label_smoothing: Share of each label that is spread evenly over the classes.
        class_weights: C factors of the classes' losses; the loss stays a (weighted) mean over the examples.
        precision: `fp32`, `bf16`, or `auto`: bf16 where the hardware has it.
        metric: Of what `validate` returns: larger is better.
        patience: Epochs without a better `metric` before stopping; None: never.
        seed: Of the rows' order and dropout. Weights, such as the head's, are drawn where the model is made.
        checkpoint: File to save the training's state to, and to resume from if it exists. Removed at the end. Of
            several processes, all resume from the file of the first, which alone writes.
        checkpoint_steps: Optimizer steps between two checkpoints.

    Returns:
        The history, with the losses of every step [nats/example, or nats/token].

    Raises:
        TrainingError: If a setting makes no sense, or a loss or gradient is not finite; the last good weights stay.
        ParameterError: If `precision` is unknown.
        ModelError: If a text is longer than the model has positions for.
        CheckpointError: If `checkpoint` is damaged or of another run.

    Source: AdamW with linear warm-up and decay as in Devlin et al. 2019 (arXiv 1810.04805), appendix A.3.
    """
    settings = {k: v for k, v in locals().items() if k not in ("model", "train", "validate", "checkpoint")}
    _check(settings, model, train, validate is not None)
    accelerator = _accelerator()
    device, rank, processes = accelerator.device, accelerator.process_index, accelerator.num_processes
    bf16 = choose_precision(precision, device) == "bf16"
    optimizer = build_adamw(model, weight_decay, layer_decay)
    state = TrainingState(model, optimizer, metric, checkpoint, checkpoint_steps, writes=accelerator.is_main_process)
    wrapped = accelerator.prepare(model)  # on its device, and with several processes joined to their gradients
    weights = None if class_weights is None else torch.as_tensor(class_weights).to(device, torch.float32)
    loss_function = nn.CrossEntropyLoss(weight=weights, label_smoothing=label_smoothing, reduction="sum")
    batches = LengthGroupedBatches(train.lengths, batch_size, seed, rank=rank, processes=processes)
    steps_per_epoch = -(-len(batches) // gradient_accumulation_steps)
    total_steps = num_epochs * steps_per_epoch
    warmup_steps = max(1, round(warmup_ratio * total_steps))
    history = state.resume(_fingerprint(model, train, settings, processes) if checkpoint else "")

    with progress(tr("training"), total_steps, done=len(history.steps)) as bar:
        for epoch in range(len(history.epochs), num_epochs):
            if patience is not None and len(history.epochs) - history.best_epoch >= patience:
                break
            wrapped.train()
            batches.set_epoch(epoch)
            rows = list(batches)  # the row numbers of each forward
            if begin_epoch := getattr(train, "begin_epoch", None):
                begin_epoch(epoch)
            for step in range(len(history.steps), (epoch + 1) * steps_per_epoch):  # a resumed run starts inside
                start = (step - epoch * steps_per_epoch) * gradient_accumulation_steps
                parts = rows[start : start + gradient_accumulation_steps]
                forwards = [train.collate([train[row] for row in part]) for part in parts]
                forwards = [{name: tensor.to(device) for name, tensor in batch.items()} for batch in forwards]
                # The loss is a mean over the whole step, whatever forwards and processes share its examples.
                weight = accelerator.reduce(sum(_weigh(batch["labels"], weights) for batch in forwards), "sum")
                total = torch.zeros(2, device=device)  # loss, tokens
                for number, batch in enumerate(forwards):
                    torch.manual_seed(hash((seed, step, number, rank)))  # dropout's draws
                    labels = batch.pop("labels")  # [B], [B, T] with -100 where nothing is asked, or shares [B, C]
                    with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
                        logits = wrapped(**batch).logits  # [B, C] or [B, T, C]
                    labels = labels if labels.is_floating_point() else labels.flatten()
                    loss = loss_function(logits.float().flatten(0, -2), labels) / weight
                    accelerator.backward(loss * processes)  # gradients are averaged over processes: the sum is wanted
                    total += torch.stack([loss.detach(), batch["attention_mask"].sum()])
                mean_loss, tokens = accelerator.reduce(total, "sum").tolist()  # a GPU is waited for here
                rate = learning_rate * warmup_then_decay(step, warmup_steps, total_steps)
                _check_finite("loss", mean_loss, step + 1, rate)
                norm = accelerator.clip_grad_norm_(wrapped.parameters(), max_grad_norm)
                _check_finite("gradient's norm", float(norm), step + 1, rate)
                for group in optimizer.param_groups:
                    group["lr"] = rate * group["rate_factor"]
                optimizer.step()
                optimizer.zero_grad()
                state.finish_step({"step": step + 1, "loss": mean_loss, "learning_rate": rate}, tokens)
                bar.advance(loss=f"{mean_loss:.3f}", tokens_per_s=f"{history.tokens_per_s:,.0f}")
            state.finish_epoch(epoch + 1, validate(model) if validate else {}, is_last=epoch + 1 == num_epochs)
    state.end()
    return history


def _accelerator() -> Accelerator:
    # Accelerate keeps its settings for the life of the process; a notebook trains more than once, with other settings.
    AcceleratorState._reset_state()
    GradientState._reset_state()
    keep_freed_memory()
    # cpu: unasked, several CPU processes would each train alone. No mixed_precision here: it would replace the model's
    # forward, and put back another one than it found.
    return Accelerator(cpu=default_device().type == "cpu", mixed_precision="no")


def _weigh(labels: Tensor, class_weights: Tensor | None) -> Tensor:
    """What the summed loss of these labels is divided by: their number, or the sum of their classes' weights."""
    if labels.is_floating_point():  # a distribution per example
        return labels.sum() if class_weights is None else (labels @ class_weights).sum()
    asked = labels[labels != -100]
    return torch.ones_like(asked).sum() if class_weights is None else class_weights[asked].sum()


def _fingerprint(model: nn.Module, train: TokenizedText, settings: dict[str, Any], num_processes: int) -> str:
    """Changes with the settings, the parameters' names and shapes, the dropout rates, and the data."""
    shapes = [(name, tuple(p.shape), p.requires_grad) for name, p in model.named_parameters()]
    rates = [module.p for module in model.modules() if isinstance(module, nn.Dropout)]
    parts = [settings, shapes, rates, [train[index] for index in range(len(train))], num_processes]
    return hashlib.sha256(json.dumps(parts, default=lambda array: array.tolist()).encode()).hexdigest()


def _check(settings: dict[str, Any], model: nn.Module, train: TokenizedText, validates: bool) -> None:
    """Refuse settings that cannot train anything, and texts that the model cannot read."""
    positive = ("learning_rate", "num_epochs", "batch_size", "gradient_accumulation_steps", "max_grad_norm",
                "checkpoint_steps")  # fmt: skip
    fits = {name: settings[name] > 0 for name in positive}
    fits |= {name: 0 <= settings[name] <= 1 for name in ("warmup_ratio", "label_smoothing")}
    fits["weight_decay"] = settings["weight_decay"] >= 0
    fits["layer_decay"] = 0 < settings["layer_decay"] <= 1
    fits["patience"] = settings["patience"] is None or (validates and settings["patience"] > 0)
    wrong = [f"{name}={settings[name]!r}" for name, fit in fits.items() if not fit]
    if not len(train):
        wrong.append("no training examples")
    if not any(parameter.requires_grad for parameter in model.parameters()):
        wrong.append("no trainable parameter")
    if wrong:
        raise TrainingError(
            f"{', '.join(wrong)}.",
            expected="at least one example and one trainable parameter, positive sizes and rates, shares from 0 to 1, "
            "patience only with validate",
            remedy="correct the values named.",
        )
    check_lengths(model, train.lengths)


def _check_finite(what: str, value: float, step: int, rate: float) -> None:
    if not math.isfinite(value):
        raise TrainingError(
            f"The {what} is {value} at step {step} (learning rate {rate:.2g}); the weights are of step {step - 1}.",
            expected="a finite number",
            remedy="lower learning_rate (try a tenth), lengthen the warm-up, or train with precision='fp32'.",
        )
