"""Models and training states on disk: safetensors and JSON only, each file written whole or not at all."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, distributed, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from talentlab.errors import CheckpointError
from talentlab.runtime import quiet_transformers


def save_model(folder: Path, tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel) -> Path:
    """Write model and tokenizer, as `models.load_pretrained(folder)` reads them.

    Of several processes that train together, the first writes, and all get its folder once everything is there.
    """
    together, shared = distributed.is_available() and distributed.is_initialized(), [folder]
    if together:
        distributed.broadcast_object_list(shared)
    if not together or distributed.get_rank() == 0:
        folder.mkdir(parents=True, exist_ok=True)
        with quiet_transformers():
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
    if together:
        distributed.barrier()
    return shared[0]


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
    unfinished = path.with_name(path.name + ".part")
    save_file(tensors, unfinished, metadata={"state": json.dumps(state)})
    with unfinished.open("r+b") as written:  # Windows flushes only what is open for writing
        os.fsync(written.fileno())
    unfinished.replace(path)


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
