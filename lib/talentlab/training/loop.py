"""The one training loop."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState
from accelerate.utils import send_to_device
from torch import Tensor, nn

from talentlab.data.batching import LengthGroupedBatches, TokenizedText
from talentlab.errors import TrainingError
from talentlab.language import tr
from talentlab.models.inference import check_lengths
from talentlab.runtime import Precision, choose_precision, default_device, keep_freed_memory, progress
from talentlab.training.optimizers import build_adamw
from talentlab.training.state import History, TrainingState, fingerprint

TaskLoss = Callable[[Any, Any], tuple[Tensor, Tensor]]


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


def cross_entropy(
    output: Any, labels: Tensor, class_weights: Sequence[float] | None = None, label_smoothing: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Summed cross-entropy of a batch, and what it is divided by: the labels' number, or their classes' weights.

    Args:
        output: Of the model; has `logits` [B, C] or [B, T, C].
        labels: Classes [B], or [B, T] with -100 where nothing is asked, or distributions over the classes [B, C].
        class_weights: C factors.
        label_smoothing: Share of each label that is spread evenly over the classes.

    Raises:
        TrainingError: If labels are real numbers and no distributions: they are no classes.
    """
    logits = output.logits.float()
    weights = None if class_weights is None else torch.as_tensor(class_weights).to(logits)
    if labels.is_floating_point():
        if labels.shape != logits.shape or not torch.allclose(
            labels.sum(-1), torch.ones_like(labels[..., 0]), atol=1e-3
        ):
            raise TrainingError(
                f"Labels are real numbers of shape {list(labels.shape)}, beside logits of {list(logits.shape)}.",
                expected="classes (whole numbers), or for each example a distribution over the classes that sums to 1",
                remedy="for other targets, pass task_loss, such as that of the squared error.",
            )
        weight = labels.sum() if weights is None else (labels @ weights).sum()
    else:
        labels = labels.flatten()
        asked = labels[labels != -100]
        weight = torch.ones_like(asked).sum() if weights is None else weights[asked].sum()
    loss = nn.functional.cross_entropy(
        logits.flatten(0, -2), labels, weights, label_smoothing=label_smoothing, reduction="sum"
    )
    return loss, weight


def fit(
    model: nn.Module,
    train: TokenizedText,
    validate: Callable[[nn.Module], dict[str, float]] | None = None,
    *,
    task_loss: TaskLoss | None = None,
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
        model: Called with all that `train.collate` makes of some rows, but the `labels`.
        train: The examples: texts, or any data set with `lengths` (sizes of its rows, in its `unit`) and `collate`. Its
            `begin_epoch(epoch)`, if it has one, is called before each epoch.
        validate: Called with the model after each epoch; returns named numbers.
        task_loss: Called with the model's output and the batch's labels (a tensor, or several); returns the summed loss
            and what it is to be divided by. None: `cross_entropy`, with the class weights and smoothing given here.
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
        The history, with the losses of every step [nats/example, nats/token, or as `task_loss` has it].

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
    task_loss = task_loss or partial(cross_entropy, class_weights=class_weights, label_smoothing=label_smoothing)
    batches = LengthGroupedBatches(train.lengths, batch_size, seed, rank=rank, processes=processes)
    steps_per_epoch = -(-len(batches) // gradient_accumulation_steps)
    total_steps = num_epochs * steps_per_epoch
    warmup_steps = max(1, round(warmup_ratio * total_steps))
    history = state.resume(fingerprint(model, train, settings | {"processes": processes}) if checkpoint else "")
    history.unit = getattr(train, "unit", "tokens")

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
                total = weight = scale = torch.zeros((), device=device)
                for number, part in enumerate(parts):
                    batch = send_to_device(train.collate([train[row] for row in part]), device)
                    labels = batch.pop("labels")
                    torch.manual_seed(hash((seed, step, number, rank)))  # dropout's draws
                    with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
                        output = wrapped(**batch)
                    loss, share = task_loss(output, labels)
                    share = accelerator.reduce(share.detach(), "sum")
                    scale = (
                        scale if number else share + (share == 0)
                    )  # the step's weight is known after its last forward
                    accelerator.backward(loss / scale * processes)  # gradients are averaged over processes
                    total, weight = total + loss.detach() / scale, weight + share
                # The loss is a mean over the whole step, whatever forwards and processes share its examples.
                factor = scale / weight  # 1 where a step is one forward
                if len(parts) > 1:
                    torch._foreach_mul_([p.grad for p in wrapped.parameters() if p.grad is not None], factor)
                seen = sum(batches.lengths[row] for part in parts for row in part)
                step_sums = torch.stack([total * factor, torch.as_tensor(seen, dtype=total.dtype, device=device)])
                mean_loss, seen = accelerator.reduce(step_sums, "sum").tolist()  # a GPU is waited for here
                rate = learning_rate * warmup_then_decay(step, warmup_steps, total_steps)
                _check_finite("loss", mean_loss, step + 1, rate)
                norm = accelerator.clip_grad_norm_(wrapped.parameters(), max_grad_norm)
                _check_finite("gradient's norm", float(norm), step + 1, rate)
                for group in optimizer.param_groups:
                    group["lr"] = rate * group["rate_factor"]
                optimizer.step()
                optimizer.zero_grad()
                state.finish_step({"step": step + 1, "loss": mean_loss, "learning_rate": rate}, seen)
                bar.advance(loss=f"{mean_loss:.3f}", speed=f"{history.speed:,.0f} {history.unit}/s")
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
