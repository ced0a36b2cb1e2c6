"""What a training keeps: its history, its best weights, and a file to go on from, written whole or not at all."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from talentlab.errors import CheckpointError, TrainingError
from talentlab.runtime import tell_history, written_whole


def save_training_state(
    path: Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    best: dict[str, Tensor] | None,
    state: dict[str, Any],
) -> None:
    """Write everything that training needs to go on, as one safetensors file.

    The file is written beside its place, flushed to the disk and moved there, so a process killed at any moment
    leaves either the old state or the new one. Costs about four times the model's size on disk.

    Args:
        path: The file.
        model: The model as it is now.
        optimizer: Its optimizer; tensors are kept, other values go with `state`.
        best: Weights of the best epoch so far, or None.
        state: JSON-compatible counters and history.
    """
    tensors = {f"model/{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"best/{name}": tensor for name, tensor in (best or {}).items()}
    for index, values in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{index}/{name}": value for name, value in values.items()}
    # clone: safetensors refuses tensors that share memory, as tied embeddings do
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as part:
        save_file(tensors, part, metadata={"state": json.dumps(state)})


def load_training_state(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, fingerprint: str
) -> tuple[dict[str, Any], dict[str, Tensor] | None]:
    """Put model and optimizer back as they were.

    Returns:
        The `state` that was saved, and the best weights or None.

    Raises:
        CheckpointError: If the file is damaged, or its `state["fingerprint"]` is not `fingerprint`.
    """
    try:
        with safe_open(path, framework="pt") as file:
            state = json.loads(file.metadata()["state"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise CheckpointError(
            f"{path} is not a readable training state: {error}.",
            expected="a file that `fit` wrote",
            remedy="delete it to train from the start.",
        ) from error
    if state.get("fingerprint") != fingerprint:
        raise CheckpointError(
            f"{path} belongs to a run with other data, model or settings.",
            expected="the same data, model and settings as in the interrupted run",
            remedy="give the same parameters to go on, or another folder (or delete the file) to start anew.",
        )
    by_kind: dict[str, dict[str, Tensor]] = {"model": {}, "best": {}, "optimizer": {}}
    for name, tensor in tensors.items():
        kind, _, rest = name.partition("/")
        by_kind[kind][rest] = tensor
    model.load_state_dict(by_kind["model"])
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in by_kind["optimizer"].items():
        index, _, value = name.partition("/")
        moments.setdefault(int(index), {})[value] = tensor
    optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
    return state, by_kind["best"] or None


def fingerprint(model: nn.Module, train: Any, settings: dict[str, Any]) -> str:
    """Changes with the settings, the parameters' names and shapes, the dropout rates, and each row of the data."""
    digest = hashlib.sha256()

    def name_or_numbers(value: Any) -> Any:
        return value.tolist() if hasattr(value, "tolist") else getattr(value, "__qualname__", type(value).__qualname__)

    def add(value: Any) -> None:
        if isinstance(value, Mapping):
            for name, part in value.items():
                add(name)
                add(part)
        elif isinstance(value, Tensor | np.ndarray):  # its bytes: numbers as text take seconds for some hundred images
            array = np.ascontiguousarray(torch.as_tensor(value).detach().cpu().numpy())
            digest.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
        else:
            digest.update(json.dumps(value, default=name_or_numbers).encode())

    shapes = [(name, tuple(p.shape), p.requires_grad) for name, p in model.named_parameters()]
    rates = [module.p for module in model.modules() if isinstance(module, nn.Dropout)]
    for part in (settings, shapes, rates, *(train[index] for index in range(len(train)))):
        add(part)
    return digest.hexdigest()


@dataclass
class History:
    """What happened in a training.

    Attributes:
        steps: Per optimizer step: `step`, `loss` [nats/example], `learning_rate`.
        epochs: Per epoch: `epoch` and whatever `validate` returned.
        seen: Sizes of all rows seen, in `unit`: of texts the real tokens, padding not counted.
        unit: In which the data set gives its `lengths`: "tokens", "images", …
        training_s: Seconds in training steps, over all parts of a resumed run.
        validation_s: Seconds in validation and checkpoints between them.
        best_epoch: Epoch whose weights the model has now (1-based), or 0 if nothing was validated.
    """

    steps: list[dict[str, float]] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    seen: float = 0
    unit: str = "tokens"
    training_s: float = 0.0
    validation_s: float = 0.0
    best_epoch: int = 0

    @property
    def speed(self) -> float:
        """What was seen per second of training [unit/s]."""
        return self.seen / max(self.training_s, 1e-9)

    def step_table(self) -> pd.DataFrame:
        """`steps` as a table."""
        return pd.DataFrame(self.steps)

    def epoch_table(self) -> pd.DataFrame:
        """`epochs` as a table, indexed by epoch."""
        return pd.DataFrame(self.epochs, columns=list(self.epochs[0]) if self.epochs else ["epoch"]).set_index("epoch")


class TrainingState:
    """What is kept beside the loop: history, clock, best weights, the checkpoint file."""

    def __init__(
        self, model: nn.Module, optimizer: Any, metric: str, checkpoint: Path | None, steps: int, *, writes: bool
    ) -> None:
        self.model, self.optimizer, self.metric = model, optimizer, metric
        # a checkpoint every so many steps; of several processes, one writes
        self.checkpoint, self.checkpoint_steps, self.writes = checkpoint, steps, writes
        self.tell: Callable[[dict[str, Any]], None] = tell_history if writes else lambda line: None
        self.history, self.was_training = History(), model.training
        self.best: dict[str, Tensor] | None = None

    def resume(self, fingerprint: str) -> History:
        """The history so far: empty, or that of the checkpoint, whose weights and moments are put back."""
        self.fingerprint = fingerprint
        self.optimizer.zero_grad()  # what an interrupted training or an earlier cell left
        self.checkpoint = broadcast_object_list([self.checkpoint])[0]
        if self.checkpoint is not None and self.checkpoint.exists():
            state, self.best = load_training_state(self.checkpoint, self.model, self.optimizer, self.fingerprint)
            self.history = History(**state["history"])
        PartialState().wait_for_everyone()  # before the first process writes the file anew, or removes it
        for line in (dict[str, Any](fit=type(self.model).__name__), *self.history.steps, *self.history.epochs):
            self.tell(line)
        self.clock = time.monotonic()
        return self.history

    def finish_step(self, numbers: dict[str, float], seen: float) -> None:
        """Note an optimizer step over rows of this size."""
        self.history.steps.append(numbers)
        self.history.seen += seen
        self.history.training_s += time.monotonic() - self.clock
        self.tell(numbers)
        if len(self.history.steps) % self.checkpoint_steps == 0:
            self.save()
        self.clock = time.monotonic()

    def save(self) -> None:
        """Write the checkpoint, if one is wanted."""
        if self.checkpoint is not None and self.writes:
            state = {"fingerprint": self.fingerprint, "history": asdict(self.history)}
            save_training_state(self.checkpoint, self.model, self.optimizer, self.best, state)

    def finish_epoch(self, epoch: int, numbers: dict[str, float], is_last: bool) -> None:
        """Note an epoch; keep its weights if `metric` is the best so far."""
        history, numbers = self.history, broadcast_object_list([numbers])[0]  # one choice of the best epoch for all
        history.epochs.append({"epoch": epoch, **{name: float(value) for name, value in numbers.items()}})
        self.tell({**history.epochs[-1], "after_step": len(history.steps)})
        if numbers:
            self._keep_best(epoch, numbers)
        if not is_last:  # `end` would remove it at once
            self.save()
        history.validation_s += time.monotonic() - self.clock
        self.clock = time.monotonic()

    def _keep_best(self, epoch: int, numbers: dict[str, float]) -> None:
        history = self.history
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

    def end(self) -> None:
        """Leave the best weights in the model, and no checkpoint."""
        if self.best is not None:
            self.model.load_state_dict(self.best)
        self.model.train(self.was_training)
        if self.checkpoint is not None and self.writes:
            self.checkpoint.unlink(missing_ok=True)
