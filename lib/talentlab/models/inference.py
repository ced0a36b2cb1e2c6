"""Model and texts in, numbers out: the one pass over batches of similar length."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from accelerate.utils import send_to_device
from torch import Tensor, nn

from talentlab.data.batching import TokenizedText
from talentlab.errors import ModelError
from talentlab.models.families import usable_positions
from talentlab.runtime import Precision, choose_precision

Labels = npt.NDArray[np.int64] | Sequence[int]
Floats = npt.NDArray[np.float64]


def compute_rows(
    model: nn.Module,
    data: TokenizedText,
    compute: Callable[[dict[str, Tensor]], Tensor],
    width: int,
    *,
    batch_size: int = 64,
    precision: Precision = "auto",
) -> Floats:
    """What `compute` makes of every row, in the rows' order.

    Rows are computed in order of length, so that hardly any padding is. Memory grows with `batch_size`.

    Args:
        model: Evaluation mode is set, and its former mode put back.
        data: N rows; any data set with `lengths` and `collate` will do.
        compute: Called with each collated batch, on the model's device; returns [B, W].
        width: W, for the case that there are no rows.
        batch_size: Rows per forward.
        precision: As in training; `auto` means bf16 where the hardware has it.

    Returns:
        [N, W].

    Raises:
        ModelError: If a text is longer than the model has positions for.
    """
    check_lengths(model, data.lengths)
    device = next(model.parameters()).device
    bf16 = choose_precision(precision, device) == "bf16"
    order = sorted(range(len(data)), key=data.lengths.__getitem__)
    was_training, parts = model.training, []
    model.eval()
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        for start in range(0, len(order), batch_size):
            batch = data.collate([data[i] for i in order[start : start + batch_size]])
            parts.append(compute(send_to_device(batch, device)).double().cpu().numpy())
    model.train(was_training)
    return np.concatenate(parts)[np.argsort(order)] if parts else np.zeros((0, width))


def embed(model: nn.Module, data: TokenizedText, *, batch_size: int = 64, precision: Precision = "auto") -> Floats:
    """The encoder's sentence vectors, its weights untouched: mean of the last states over the tokens, length 1.

    Args:
        model: A classifier of transformers (its `base_model` is called) or an encoder.
        data: N tokenised texts.
        batch_size: Sequences per forward.
        precision: `auto` means bf16 where the hardware has it.

    Returns:
        Vectors [N, H].
    """
    encoder: Any = getattr(model, "base_model", model)

    def mean_state(batch: dict[str, Tensor]) -> Tensor:
        ids, mask = batch["input_ids"], batch["attention_mask"]
        states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()  # [B, T, H]
        return nn.functional.normalize((states * mask.unsqueeze(-1)).sum(1), dim=1)  # [B, H]

    width = encoder.config.hidden_size
    return compute_rows(encoder, data, mean_state, width, batch_size=batch_size, precision=precision)


def check_lengths(model: nn.Module, lengths: Sequence[int]) -> None:
    """Refuse texts that are longer than the model has positions for.

    Raises:
        ModelError: With the longest text and the limit [tokens].
    """
    limit = usable_positions(model)
    if limit is not None and max(lengths, default=0) > limit:
        raise ModelError(
            f"A text of {max(lengths)} tokens for a {type(model).__name__} with {limit} positions.",
            expected=f"texts cut to at most {limit} tokens",
            remedy=f"tokenise with max_length={limit} or less.",
        )
