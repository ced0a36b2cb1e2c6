"""Model and texts in, numbers out: the one pass over batches of similar length."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from talentlab.data.batching import TokenizedText
from talentlab.runtime import Precision, choose_precision

Labels = npt.NDArray[np.int64] | Sequence[int]


Floats = npt.NDArray[np.float64]


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
    encoder = getattr(model, "base_model", model)
    device = next(encoder.parameters()).device
    bf16 = choose_precision(precision, device) == "bf16"
    order = sorted(range(len(data)), key=data.lengths.__getitem__)
    was_training, parts = encoder.training, []
    encoder.eval()
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        for start in range(0, len(order), batch_size):
            batch = data.collate([data[i] for i in order[start : start + batch_size]])
            ids, mask = (batch[name].to(device) for name in ("input_ids", "attention_mask"))
            states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()  # [B, T, H]
            parts.append(
                nn.functional.normalize((states * mask.unsqueeze(-1)).sum(1), dim=1).double().cpu().numpy()
            )  # [B, H]
    encoder.train(was_training)
    return np.concatenate(parts)[np.argsort(order)]
