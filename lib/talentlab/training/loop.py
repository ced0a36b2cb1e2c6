"""The one training loop."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import torch
from accelerate import Accelerator
from accelerate.data_loader import prepare_data_loader
from accelerate.state import AcceleratorState, GradientState
from torch import Tensor, nn
from torch.utils.data import DataLoader

from talentlab.data.batching import LengthGroupedBatches, TokenizedText
from talentlab.errors import TrainingError
from talentlab.runtime import Precision, choose_precision, default_device, keep_freed_memory, progress
from talentlab.training.optimizers import build_adamw
from talentlab.training.state import History, Run


def fit(
    model: nn.Module,
    train: TokenizedText,
    validate: Callable[[nn.Module], dict[str, float]] | None = None,
    *,
    learning_rate: float = 2e-4,  # peak; BERT's own 1e-5 … 5e-5 is slow for a 22 M model
    num_epochs: int = 4,
    batch_size: int = 32,  # sequences per forward, of each process
    gradient_accumulation_steps: int = 1,  # forwards per optimizer step
    warmup_ratio: float = 0.1,  # share of the steps in which the rate climbs from 0
    weight_decay: float = 0.01,  # on matrices only
    layer_decay: float = 1.0,  # factor of the rate from each layer to the one below it; the head has the whole rate
    max_grad_norm: float = 1.0,  # longer gradients are shortened to this
    label_smoothing: float = 0.0,
    class_weights: Sequence[float] | None = None,  # C factors of the classes' losses
    precision: Precision = "auto",
    metric: str = "f1",  # of what `validate` returns: larger is better
    patience: int | None = None,  # epochs without a better `metric` before stopping
    seed: int = 0,
    checkpoint: Path | None = None,
    checkpoint_steps: int = 50,  # optimizer steps between two checkpoints
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
        checkpoint: File to save the training's state to, and to resume from if it exists. Removed at the end. Of
            several processes, all resume from the file of the first, which alone writes.
        learning_rate, …: As the comments beside them say, with their units.

    Returns:
        The history, with the losses of every step.

    Raises:
        TrainingError: If a setting makes no sense, or a loss or gradient is not finite; the last good weights stay.
        CheckpointError: If `checkpoint` is damaged or of another run.

    Source: AdamW with linear warm-up and decay as in Devlin et al. 2019 (arXiv 1810.04805), appendix A.3.
    """
    settings = {k: v for k, v in locals().items() if k not in ("model", "train", "validate", "checkpoint")}
    _check(settings, model, len(train), validate is not None)
    accelerator = _accelerator(gradient_accumulation_steps)
    bf16 = choose_precision(precision, accelerator.device) == "bf16"
    rank, processes = accelerator.process_index, accelerator.num_processes
    sampler = LengthGroupedBatches(train.lengths, batch_size, seed, rank=rank, processes=processes)
    loader: Any = DataLoader(train, batch_sampler=sampler, collate_fn=train.collate)
    loader = prepare_data_loader(loader, accelerator.device, 1, 0, put_on_device=True)  # the sampler has shared out
    optimizer: Any = build_adamw(model, weight_decay, layer_decay)
    run = Run(model, optimizer, metric, checkpoint, accelerator.is_main_process)
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    weights = None if class_weights is None else torch.as_tensor(class_weights).to(accelerator.device, torch.float32)
    loss_function = nn.CrossEntropyLoss(weight=weights, label_smoothing=label_smoothing, reduction="sum")
    steps_per_epoch = -(-len(loader) // gradient_accumulation_steps)
    total = num_epochs * steps_per_epoch
    warmup = max(1, round(warmup_ratio * total))
    history = run.resume(_fingerprint(model, train, settings, processes) if checkpoint else "")

    with progress("training", total, done=len(history.steps)) as bar:
        for epoch in range(len(history.epochs), num_epochs):
            if patience is not None and len(history.epochs) - history.best_epoch >= patience:
                break
            sampler.set_epoch(epoch)
            if begin_epoch := getattr(train, "begin_epoch", None):  # not `set_epoch`: accelerate calls that with 0
                begin_epoch(epoch)
            wrapped.train()
            skip = (len(history.steps) - epoch * steps_per_epoch) * gradient_accumulation_steps  # > 0 if resumed
            losses: list[float] = []
            clock = time.monotonic()
            for batch in accelerator.skip_first_batches(loader, skip):
                step = len(history.steps)
                left = len(loader) - (step - epoch * steps_per_epoch) * gradient_accumulation_steps  # forwards of epoch
                torch.manual_seed(hash((seed, step, len(losses), rank)))  # dropout's draws
                rate = learning_rate * min((step + 1) / warmup, (total - step) / max(1, total - warmup))
                for group in optimizer.param_groups:
                    group["lr"] = rate * group["rate_factor"]
                with accelerator.accumulate(wrapped):
                    labels = batch.pop("labels")  # [B], [B, T] with -100 where nothing is asked, or shares [B, C]
                    with torch.autocast(accelerator.device.type, torch.bfloat16, enabled=bf16):
                        logits = wrapped(**batch).logits  # [B, C] or [B, T, C]
                    labels = labels if labels.is_floating_point() else labels.flatten()
                    loss = loss_function(logits.float().flatten(0, -2), labels)
                    own = torch.stack([loss.detach(), _weigh(labels, weights), batch["attention_mask"].sum()])
                    total_loss, weight, tokens = accelerator.reduce(own, "sum")  # of all processes
                    losses.append((total_loss / weight).item())  # a GPU is waited for here
                    _check_finite("loss", losses[-1], step + 1, rate)
                    # accelerate divides by the setting (an epoch's last step may have fewer forwards) and by processes
                    accelerator.backward(loss * processes / weight * max(1.0, gradient_accumulation_steps / left))
                    if accelerator.sync_gradients:
                        norm = accelerator.clip_grad_norm_(wrapped.parameters(), max_grad_norm)
                        _check_finite("gradient's norm", float(norm), step + 1, rate)
                    optimizer.step()
                    optimizer.zero_grad()
                history.tokens += int(tokens)
                if accelerator.sync_gradients:  # else more forwards belong to this step
                    mean_loss, losses = sum(losses) / len(losses), []
                    run.finish_step({"step": step + 1, "loss": mean_loss, "learning_rate": rate})
                    history.training_s += time.monotonic() - clock
                    bar.advance(loss=f"{mean_loss:.3f}", tokens_per_s=f"{history.tokens_per_s:,.0f}")
                    if (step + 1) % checkpoint_steps == 0:
                        run.save()
                    clock = time.monotonic()
            run.finish_epoch(epoch + 1, validate(model) if validate else {}, is_last=epoch + 1 == num_epochs)
            history.validation_s += time.monotonic() - clock
    run.end()
    return history


def _accelerator(gradient_accumulation_steps: int) -> Accelerator:
    # Accelerate keeps its settings for the life of the process; a notebook trains more than once, with other settings.
    AcceleratorState._reset_state()
    GradientState._reset_state()
    keep_freed_memory()
    # No mixed_precision here: it would replace the model's forward, and put back another one than it found.
    return Accelerator(
        cpu=default_device().type == "cpu",  # unasked, several CPU processes would each train alone
        mixed_precision="no",
        gradient_accumulation_steps=gradient_accumulation_steps,
    )


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


def _check(settings: dict[str, Any], model: nn.Module, examples: int, validates: bool) -> None:
    """Refuse settings that cannot train anything."""
    positive = ("learning_rate", "num_epochs", "batch_size", "gradient_accumulation_steps", "max_grad_norm",
                "checkpoint_steps")  # fmt: skip
    fits = {name: settings[name] > 0 for name in positive}
    fits |= {name: 0 <= settings[name] <= 1 for name in ("warmup_ratio", "label_smoothing")}
    fits["weight_decay"] = settings["weight_decay"] >= 0
    fits["layer_decay"] = 0 < settings["layer_decay"] <= 1
    fits["precision"] = settings["precision"] in get_args(Precision)
    fits["patience"] = settings["patience"] is None or (validates and settings["patience"] > 0)
    wrong = [f"{name}={settings[name]!r}" for name, fit in fits.items() if not fit]
    if examples == 0:
        wrong.append("no training examples")
    if not any(parameter.requires_grad for parameter in model.parameters()):
        wrong.append("no trainable parameter")
    if wrong:
        raise TrainingError(
            f"{', '.join(wrong)}.",
            expected="at least one example and one trainable parameter, positive sizes and rates, shares from 0 to 1, "
            f"a precision of {get_args(Precision)}, patience only with validate",
            remedy="correct the values named.",
        )


def _check_finite(what: str, value: float, step: int, rate: float) -> None:
    if not math.isfinite(value):
        raise TrainingError(
            f"The {what} is {value} at step {step} (learning rate {rate:.2g}); the weights are of step {step - 1}.",
            expected="a finite number",
            remedy="lower learning_rate (try a tenth), lengthen the warm-up, or train with precision='fp32'.",
        )
