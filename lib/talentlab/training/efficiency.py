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
from talentlab.errors import ModelError
from talentlab.models.families import is_linear, parts_of, stack_of
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
        model: A classifier whose layers are its own, and whose head takes states for texts, as BERT's does.
        data: N texts.
        layers: How many layers are frozen below.
        batch_size: Texts per forward, in order of length.
        precision: As in training; the states are kept in fp32.

    Raises:
        ModelError: If the model has fewer layers, or says something else of two texts' states than of the texts.
    """
    _find_stack(model, layers)
    order = sorted(range(len(data)), key=data.lengths.__getitem__)
    was_training, device = model.training, next(model.parameters()).device
    bf16 = choose_precision(precision, device) == "bf16"
    model.eval()
    try:
        _check_cache(model, data, layers, order)
        with FlopCounterMode(display=False) as counter, torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            states: list[Tensor] = [torch.empty(0)] * len(data)
            for start in range(0, len(order), batch_size):
                rows = order[start : start + batch_size]
                for row, state in zip(rows, _read_below(model, data, layers, rows), strict=True):
                    states[row] = state
    finally:
        model.train(was_training)
    return CachedStates(states, data.labels, counter.get_total_flops())


@torch.no_grad()
def _read_below(model: PreTrainedModel, data: TokenizedText, layers: int, rows: Sequence[int]) -> list[Tensor]:
    """States [T_i, H] of some texts, as the last of the lowest layers gives them, before what a family does then."""
    encoder, holder, name = _find_stack(model, layers)
    whole, found = getattr(holder, name), []
    setattr(holder, name, whole[:layers])
    last = (
        whole[layers - 1].register_forward_hook(lambda layer, given, output: found.append(output)) if layers else None
    )
    try:
        output = encoder(**_inputs(model, data, rows)).last_hidden_state
    finally:
        setattr(holder, name, whole)
        if last:
            last.remove()
    output = found[-1] if found else output
    states = (output[0] if isinstance(output, tuple) else output).float().cpu()
    return [state[: data.lengths[row]].clone() for row, state in zip(rows, states, strict=True)]


def _inputs(model: PreTrainedModel, data: Any, rows: Sequence[int]) -> dict[str, Tensor]:
    device = next(model.parameters()).device
    batch = data.collate([data[row] for row in rows])
    return {name: x.to(device) for name, x in batch.items() if name != "labels"}


@torch.no_grad()
def _check_cache(model: PreTrainedModel, data: TokenizedText, layers: int, order: Sequence[int]) -> None:
    """Whether two texts of unlike length get the same logits from their states as by themselves."""
    pair = [order[0], next((row for row in order if data.lengths[row] > data.lengths[order[0]]), order[-1])]
    own = CachedStates(_read_below(model, data, layers, pair), [0, 0], 0)
    with only_above(model, layers):
        found = model(**_inputs(model, own, (0, 1))).logits
    if not torch.allclose(found, model(**_inputs(model, data, pair)).logits, rtol=1e-3, atol=1e-3):
        raise _no_cache(model, f"A {type(model).__name__} says something else of states than of texts.")


def _find_stack(model: PreTrainedModel, layers: int) -> tuple[Any, nn.Module, str]:
    """The encoder, the module in it that holds the list of layers, and the list's name."""
    where, stack = stack_of(model)
    encoder = model.get_submodule(where)
    holder, _, name = stack.rpartition(".")
    depth = len(list(encoder.get_submodule(stack).children())) if stack else 0
    if not stack or depth != model.config.num_hidden_layers or not hasattr(encoder, "embeddings"):
        raise _no_cache(model, f"The {type(model).__name__} cannot be cut between its layers.")
    if not 0 <= layers <= depth:
        raise _no_cache(model, f"{layers=} of {depth}.")
    return encoder, encoder.get_submodule(holder), name


def _no_cache(model: nn.Module, what: str) -> ModelError:
    return ModelError(
        what,
        expected="a BERT, or one of its kind that repeats no layer, and no more layers than it has",
        remedy="freeze the layers instead (models.freeze): the same weights train, at the price of all passes.",
    )


class _Passed(nn.Module):
    """Stands for the embeddings where states are given."""

    def forward(self, *given: Any, inputs_embeds: Tensor | None = None, **_: Any) -> Any:
        return inputs_embeds if inputs_embeds is not None else next(x for x in given if x is not None)


@contextmanager
def only_above(model: PreTrainedModel, layers: int) -> Iterator[PreTrainedModel]:
    """The model without its embeddings and lowest layers, inside `with`: it takes `inputs_embeds`, their states.

    Its weights are the model's own, so that the whole model is trained afterwards.

    Raises:
        ModelError: As `cache_states`.
    """
    encoder, holder, name = _find_stack(model, layers)
    below = {path for path, part in parts_of(encoder).items() if part == "embeddings"}
    widened = [path for path, module in encoder.named_modules() if f"{path}.weight" in below and is_linear(module)]
    whole = [(holder, name, getattr(holder, name)), (encoder, "embeddings", encoder.embeddings)]
    whole += [(encoder, path, encoder.get_submodule(path)) for path in widened]  # ELECTRA's, from narrow embeddings
    setattr(holder, name, whole[0][2][layers:])
    encoder.embeddings = _Passed()
    for path in widened:
        encoder.set_submodule(path, nn.Identity())
    try:
        yield model
    finally:
        for module, path, part in whole:
            module.set_submodule(path, part)
