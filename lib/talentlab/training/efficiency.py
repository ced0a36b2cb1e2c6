"""What a training costs, counted: FLOPs from the shapes of its batches, bytes kept for backward; and states cached."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from transformers import PreTrainedModel

from talentlab.data.batching import TokenizedText
from talentlab.runtime import Precision, choose_precision

_LENGTHS = (8, 16, 24)  # at which a row is counted [tokens]


@dataclass
class Counted:
    """A data set that notes the shape of every batch made of it.

    Attributes:
        data: Any data set with `lengths` and `collate`.
        grouped: False: all rows pass for equally long, so that `training.fit` puts them into batches by lot.
        shapes: B and T of each batch so far, padding included.
    """

    data: Any
    grouped: bool = True
    shapes: list[tuple[int, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.data[index]

    @property
    def lengths(self) -> list[int]:
        """Sizes of the rows, or what passes for them."""
        lengths = self.data.lengths
        return lengths if self.grouped else [max(lengths)] * len(lengths)

    def collate(self, rows: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """As the data set does it."""
        batch = self.data.collate(rows)
        self.shapes.append(tuple(batch["attention_mask"].shape))
        return batch


def count_flops(model: nn.Module, data: Any, *, trains: bool = True) -> Callable[[int, int], int]:
    """FLOPs of the matrix products of a batch of B rows with T tokens, by running rows of three lengths.

    What a transformer multiplies grows with B and with T and T², so three counts tell all others, exactly. Products for
    frozen weights are not made, and so not counted. Additions, norms, softmax and the optimizer are left out.

    Args:
        model: Parameters are left as they are; gradients are cleared.
        data: A row of it is the pattern for the counted ones.
        trains: Forward and backward; else forward alone.

    Returns:
        A function of B and T.
    """
    pattern = data.collate([data[0]])
    pattern.pop("labels")
    device, counts = next(model.parameters()).device, []
    for length in _LENGTHS:
        row = {name: x[:, torch.arange(length) % x.shape[1]].to(device) for name, x in pattern.items()}
        with FlopCounterMode(display=False) as counter, torch.set_grad_enabled(trains):
            logits = model(**row).logits
            if trains:
                logits.sum().backward()
        counts.append(counter.get_total_flops())
    model.zero_grad()
    terms = np.linalg.solve(np.vander(np.array(_LENGTHS, float), increasing=True), np.array(counts, float))
    return lambda rows, tokens: round(rows * float(terms @ [1, tokens, tokens**2]))


class _Saved:
    """A tensor that autograd keeps; when autograd drops it, so does the count."""

    def __init__(self, kept: "KeptForBackward", tensor: Tensor) -> None:
        self.kept, self.tensor = kept, tensor.detach()
        kept.change(self.tensor, +1)

    def __del__(self) -> None:
        self.kept.change(self.tensor, -1)


class KeptForBackward:
    """Counts the bytes that autograd keeps between forward and backward, inside `with`: `now`, and the `peak` [bytes].

    A block of memory that several operations keep counts once; the parameters, which are there anyway, never. The
    count is exact and the same on every machine with the same versions; what the allocator adds is not in it.

    Args:
        model: Whose parameters are left out.
    """

    def __init__(self, model: nn.Module) -> None:
        self.now = self.peak = 0
        self._parameters = {p.untyped_storage().data_ptr() for p in model.parameters()}
        self._uses: Counter[int] = Counter()

    def __enter__(self) -> "KeptForBackward":
        self._hooks = torch.autograd.graph.saved_tensors_hooks(self._pack, self._unpack)
        self._hooks.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._hooks.__exit__(*error)

    def _pack(self, tensor: Tensor) -> Tensor | _Saved:
        is_parameter = tensor.untyped_storage().data_ptr() in self._parameters
        return tensor if is_parameter else _Saved(self, tensor)

    @staticmethod
    def _unpack(saved: Tensor | _Saved) -> Tensor:
        return saved.tensor if isinstance(saved, _Saved) else saved

    def change(self, tensor: Tensor, by: int) -> None:
        """Note one use more or less of the tensor's memory."""
        storage = tensor.untyped_storage()
        before = self._uses[storage.data_ptr()]
        self._uses[storage.data_ptr()] = before + by
        if before == 0 or before + by == 0:  # the first use, or the last
            self.now += by * storage.nbytes()
            self.peak = max(self.peak, self.now)


@dataclass
class CachedStates:
    """States of each text's tokens, computed once, with labels: a data set for `training.fit` under `only_above`.

    Attributes:
        states: One [T_i, H] per text.
        labels: N class indices.
        flops: What computing the states took.
    """

    states: list[Tensor]
    labels: list[int]
    flops: int

    def __len__(self) -> int:
        return len(self.states)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"states": self.states[index], "labels": self.labels[index]}

    @property
    def lengths(self) -> list[int]:
        """Tokens of each text."""
        return [len(states) for states in self.states]

    def collate(self, rows: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """Pad: `inputs_embeds` [B, T, H], `attention_mask` [B, T], `labels` [B]."""
        states = [row["states"] for row in rows]
        padded = nn.utils.rnn.pad_sequence(states, batch_first=True)
        mask = torch.arange(padded.shape[1]) < torch.tensor([len(x) for x in states])[:, None]
        labels = torch.tensor([row["labels"] for row in rows])
        return {"inputs_embeds": padded, "attention_mask": mask.long(), "labels": labels}


def cache_states(
    model: PreTrainedModel, data: TokenizedText, layers: int, *, batch_size: int = 64, precision: Precision = "auto"
) -> CachedStates:
    """The states after the lowest `layers` layers, without dropout, each text once.

    Args:
        model: A BERT-shaped model.
        data: N texts.
        layers: How many layers are frozen below.
        batch_size: Texts per forward, in order of length.
        precision: As in training; the states are kept in fp32.
    """
    order = sorted(range(len(data)), key=data.lengths.__getitem__)
    states: list[Tensor] = [torch.empty(0)] * len(data)
    encoder: Any = model.base_model
    whole, was_training, device = encoder.encoder.layer, model.training, next(model.parameters()).device
    bf16 = choose_precision(precision, device) == "bf16"
    encoder.encoder.layer = whole[:layers]
    model.eval()
    try:
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            for start in range(0, len(order), batch_size):
                rows = order[start : start + batch_size]
                batch = {name: x.to(device) for name, x in data.collate([data[row] for row in rows]).items()}
                batch.pop("labels")
                with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
                    found = encoder(**batch).last_hidden_state.float().cpu()
                for row, state in zip(rows, found, strict=True):
                    states[row] = state[: data.lengths[row]].clone()
    finally:
        encoder.encoder.layer = whole
        model.train(was_training)
    return CachedStates(states, data.labels, counter.get_total_flops())


class _Passed(nn.Module):
    """Stands for the embeddings where states are given."""

    def forward(self, inputs_embeds: Tensor, **_: Any) -> Tensor:
        return inputs_embeds


@contextmanager
def only_above(model: PreTrainedModel, layers: int) -> Iterator[PreTrainedModel]:
    """The model without its embeddings and lowest layers, inside `with`: it takes `inputs_embeds`, their states.

    Its weights are the model's own, so that the whole model is trained afterwards.
    """
    encoder: Any = model.base_model
    whole = encoder.embeddings, encoder.encoder.layer
    encoder.embeddings, encoder.encoder.layer = _Passed(), whole[1][layers:]
    try:
        yield model
    finally:
        encoder.embeddings, encoder.encoder.layer = whole
