"""The one training loop."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState
from torch import Tensor, nn
from torch.utils.data import DataLoader

from talentlab.batching import LengthGroupedBatches, TokenizedText
from talentlab.checkpoints import load_training_state, save_training_state
from talentlab.errors import TrainingError
from talentlab.runtime import Precision, choose_precision, default_device, keep_freed_memory, progress


@dataclass
class History:
    """What happened in a training.

    Attributes:
        steps: Per optimizer step: `step`, `loss` [nats/example], `learning_rate`.
        epochs: Per epoch: `epoch` and whatever `validate` returned.
        tokens: Real tokens seen, padding not counted.
        training_s: Seconds in training steps, over all parts of a resumed run.
        validation_s: Seconds in validation and checkpoints between them.
        best_epoch: Epoch whose weights the model has now (1-based), or 0 if nothing was validated.
    """

    steps: list[dict[str, float]] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    tokens: int = 0
    training_s: float = 0.0
    validation_s: float = 0.0
    best_epoch: int = 0

    @property
    def tokens_per_s(self) -> float:
        """Real tokens per second of training."""
        return self.tokens / max(self.training_s, 1e-9)

    def step_table(self) -> pd.DataFrame:
        """`steps` as a table."""
        return pd.DataFrame(self.steps)

    def epoch_table(self) -> pd.DataFrame:
        """`epochs` as a table, indexed by epoch."""
        return pd.DataFrame(self.epochs, columns=list(self.epochs[0]) if self.epochs else ["epoch"]).set_index("epoch")


def fit(
    model: nn.Module,
    train: TokenizedText,
    validate: Callable[[nn.Module], dict[str, float]] | None = None,
    *,
    learning_rate: float = 2e-4,  # peak; BERT's own 1e-5 … 5e-5 is slow for a 22 M model
    num_epochs: int = 4,
    batch_size: int = 32,  # sequences per forward
    gradient_accumulation_steps: int = 1,  # forwards per optimizer step
    warmup_ratio: float = 0.1,  # share of the steps in which the rate climbs from 0
    weight_decay: float = 0.01,  # on matrices only
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
    """Train `model` in place and leave the best epoch's weights in it.

    One loop for a CPU, a GPU and, started by `torchrun`, several processes. The order of the rows and the random numbers
    of each step depend on `seed` and the step alone; so a run that was killed and called again with the same arguments
    and `checkpoint` goes on to exactly the losses it would have had (CPU, fp32).

    Args:
        model: Called with `input_ids` and `attention_mask` [B, T]; its output has `logits` [B, C] or [B, T, C].
        train: The examples; any data set with `lengths` and `collate` will do.
        validate: Called with the model after each epoch; returns named numbers.
        checkpoint: File to save the training's state to, and to resume from if it exists. Removed at the end.

    Returns:
        The history, with the losses of every step.

    Raises:
        TrainingError: If a setting makes no sense or a loss is not finite; the model keeps the last good weights.
        CheckpointError: If `checkpoint` is damaged or of another run.

    Source: AdamW with linear warm-up and decay as in Devlin et al. 2019 (arXiv 1810.04805), appendix A.3.
    """
    settings = {k: v for k, v in locals().items() if k not in ("model", "train", "validate", "checkpoint")}
    _check(settings, len(train))
    accelerator = _accelerator(precision, gradient_accumulation_steps)
    sampler = LengthGroupedBatches(train.lengths, batch_size, seed)
    loader: Any = DataLoader(train, batch_sampler=sampler, collate_fn=train.collate)
    optimizer = _adamw(model, learning_rate, weight_decay, accelerator.device)
    run = _Run(model, optimizer, metric, checkpoint, _fingerprint(model, train, settings))
    wrapped, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    weights = None if class_weights is None else torch.tensor(class_weights, device=accelerator.device)
    loss_function = nn.CrossEntropyLoss(weight=weights, label_smoothing=label_smoothing)
    steps_per_epoch = -(-len(loader) // gradient_accumulation_steps)
    total = num_epochs * steps_per_epoch
    warmup = max(1, round(warmup_ratio * total))
    history = run.resume()

    with progress("training", total, done=len(history.steps)) as bar:
        for epoch in range(len(history.epochs), num_epochs):
            if patience is not None and len(history.epochs) - history.best_epoch >= patience:
                break
            sampler.set_epoch(epoch)
            wrapped.train()
            skip = len(history.steps) % steps_per_epoch * gradient_accumulation_steps  # > 0 in a resumed epoch
            losses: list[float] = []
            clock = time.monotonic()
            for batch in accelerator.skip_first_batches(loader, skip):
                step = len(history.steps)
                torch.manual_seed(hash((seed, step, len(losses), accelerator.process_index)))  # dropout's draws
                rate = learning_rate * min((step + 1) / warmup, (total - step) / max(1, total - warmup))
                for group in optimizer.param_groups:
                    group["lr"] = rate
                with accelerator.accumulate(wrapped):
                    labels = batch.pop("labels")  # [B], or [B, T] with -100 where nothing is asked
                    logits = wrapped(**batch).logits  # [B, C] or [B, T, C]
                    loss = loss_function(logits.float().flatten(0, -2), labels.flatten())
                    losses.append(accelerator.reduce(loss.detach(), "mean").item())  # a GPU is waited for here
                    _check_finite(losses[-1], step + 1, rate)
                    accelerator.backward(loss)
                    if accelerator.sync_gradients:
                        accelerator.clip_grad_norm_(wrapped.parameters(), max_grad_norm)
                    optimizer.step()
                    optimizer.zero_grad()
                history.tokens += int(batch["attention_mask"].sum()) * accelerator.num_processes
                if accelerator.sync_gradients:  # else more forwards belong to this step
                    mean_loss, losses = sum(losses) / len(losses), []
                    history.steps.append({"step": step + 1, "loss": mean_loss, "learning_rate": rate})
                    history.training_s, clock = history.training_s + time.monotonic() - clock, time.monotonic()
                    bar.advance(loss=f"{mean_loss:.3f}", tokens_per_s=f"{history.tokens_per_s:,.0f}")
                    if (step + 1) % checkpoint_steps == 0 and accelerator.is_main_process:
                        run.save()
            run.finish_epoch(epoch + 1, validate(accelerator.unwrap_model(wrapped)) if validate else {})
            if accelerator.is_main_process:
                run.save()
            history.validation_s += time.monotonic() - clock
    accelerator.unwrap_model(wrapped, keep_fp32_wrapper=False)  # the model's own forward again, without autocast
    run.end(accelerator.is_main_process)
    return history


class _Run:
    """What is kept beside the loop: history, best weights, the checkpoint file."""

    def __init__(
        self, model: nn.Module, optimizer: torch.optim.Optimizer, metric: str, checkpoint: Path | None, fingerprint: str
    ) -> None:
        self.model, self.optimizer, self.metric = model, optimizer, metric
        self.checkpoint, self.fingerprint = checkpoint, fingerprint
        self.history = History()
        self.best: dict[str, Tensor] | None = None

    def resume(self) -> History:
        if self.checkpoint is not None and self.checkpoint.exists():
            state, self.best = load_training_state(self.checkpoint, self.model, self.optimizer, self.fingerprint)
            self.history = History(**state["history"])
        return self.history

    def save(self) -> None:
        if self.checkpoint is not None:
            state = {"fingerprint": self.fingerprint, "history": asdict(self.history)}
            save_training_state(self.checkpoint, self.model, self.optimizer, self.best, state)

    def finish_epoch(self, epoch: int, numbers: dict[str, float]) -> None:
        history = self.history
        history.epochs.append({"epoch": epoch, **numbers})
        if not numbers:
            return
        if self.metric not in numbers:
            raise TrainingError(
                f"metric={self.metric!r}, but validation returned {sorted(numbers)}.",
                expected="the name of one of the returned numbers",
                remedy="pass metric=<one of them>.",
            )
        best = history.epochs[history.best_epoch - 1][self.metric] if history.best_epoch else float("-inf")
        if numbers[self.metric] > best:
            history.best_epoch = epoch
            self.best = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}

    def end(self, is_main_process: bool) -> None:
        if self.best is not None:
            self.model.load_state_dict(self.best)
        if self.checkpoint is not None and is_main_process:
            self.checkpoint.unlink(missing_ok=True)


def _accelerator(precision: Precision, gradient_accumulation_steps: int) -> Accelerator:
    # Accelerate keeps its settings for the life of the process; a notebook trains more than once, with other settings.
    AcceleratorState._reset_state()
    GradientState._reset_state()
    keep_freed_memory()
    return Accelerator(
        mixed_precision="bf16" if choose_precision(precision, default_device()) == "bf16" else "no",
        gradient_accumulation_steps=gradient_accumulation_steps,
    )


def _adamw(model: nn.Module, learning_rate: float, weight_decay: float, device: torch.device) -> Any:
    """AdamW; biases and layer norms (vectors) are not decayed. Fused: one pass over the memory instead of a dozen."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trainable if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in trainable if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=learning_rate, fused=device.type in ("cpu", "cuda", "mps", "xpu"))


def _fingerprint(model: nn.Module, train: TokenizedText, settings: dict[str, Any]) -> str:
    """Changes with the settings, the parameters' names and shapes, and the data."""
    shapes = [(name, tuple(p.shape), p.requires_grad) for name, p in model.named_parameters()]
    data = [train[index] for index in range(len(train))]
    return hashlib.sha256(json.dumps([settings, shapes, data]).encode()).hexdigest()


def _check(settings: dict[str, Any], examples: int) -> None:
    """Refuse settings that cannot train anything."""
    limits = {"learning_rate": 0, "num_epochs": 0, "batch_size": 0, "gradient_accumulation_steps": 0,
              "max_grad_norm": 0, "checkpoint_steps": 0}  # fmt: skip
    wrong = [f"{name}={settings[name]}" for name, above in limits.items() if not settings[name] > above]
    if not 0 <= settings["warmup_ratio"] <= 1:
        wrong.append(f"warmup_ratio={settings['warmup_ratio']}")
    if examples == 0:
        wrong.append("no training examples")
    if wrong:
        raise TrainingError(
            f"{', '.join(wrong)}.",
            expected="at least one example, positive sizes and rates, a warm-up share from 0 to 1",
            remedy="correct the values named.",
        )


def _check_finite(loss: float, step: int, rate: float) -> None:
    if not math.isfinite(loss):
        raise TrainingError(
            f"The loss is {loss} at step {step} (learning rate {rate:.2g}); the weights are those of step {step - 1}.",
            expected="a finite number",
            remedy="lower learning_rate (try a tenth), lengthen the warm-up, or train with precision='fp32'.",
        )
