"""Dropout that costs less on a CPU, and its rates in a whole model."""

from typing import Any

import torch
from torch import Tensor, nn

from talentlab.errors import ModelError
from talentlab.models.families import sublayers_of


class ByteDropout(nn.Dropout):
    """Dropout that draws one random byte per element instead of one random float.

    Eight elements share one 64-bit draw, so the mask costs about a seventh of `nn.Dropout`'s on a CPU. The price: the
    rate is a multiple of 1/256 (0.1 becomes 26/256 = 0.1016), and the scaling uses that rate, so the mean is exact.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as `x`; the identity in evaluation."""
        dropped = round(self.p * 256)
        if not self.training or dropped == 0:
            return x
        if dropped == 256:  # nothing is left to scale
            return x * 0
        draws = torch.empty((x.numel() + 7) // 8, dtype=torch.int64, device=x.device).random_(-(2**63), None)
        keep = draws.view(torch.uint8)[: x.numel()].view(x.shape) >= dropped
        return x * (keep.to(x.dtype) * (256 / (256 - dropped)))


def set_dropout(model: nn.Module, p: float, attention_p: float = 0.0) -> nn.Module:
    """Set the rate of every dropout of a text model, in place, with `ByteDropout` for the hidden states.

    Args:
        model: The model.
        p: Rate for embeddings, both outputs of each layer and the head, where the family has a dropout there.
        attention_p: Rate for the attention weights; 0 saves the draw over [B, heads, T, T].

    Raises:
        ModelError: If the model has no dropout at all that a rate above 0 is for.
    """
    attentions = [layer.get_submodule(names[0].rpartition(".")[0]) for layer, names, _ in sublayers_of(model)]
    hidden: list[tuple[nn.Module, str, Any]] = []
    weights: list[tuple[nn.Module, str, Any]] = []
    for module in list(model.modules()):
        own = module in attentions
        if own and isinstance(getattr(module, "attention_dropout", None), int | float):
            weights.append((module, "attention_dropout", attention_p))  # Qwen2 and ModernBERT keep the rate alone
        for name, child in module.named_children():
            if own and isinstance(child, nn.Dropout) and (name == "dropout" or "att" in name):
                weights.append((module, name, nn.Dropout(attention_p)))
            elif isinstance(child, nn.Dropout) or (isinstance(child, nn.Identity) and "drop" in name):
                hidden.append((module, name, ByteDropout(p)))
    for rate, places, what in ((p, hidden, "hidden states"), (attention_p, weights, "attention weights")):
        if rate and not places:
            raise ModelError(
                f"The {type(model).__name__} has no dropout of {what}.",
                expected=f"a rate of 0 instead of {rate:g}",
                remedy="set it to 0; weight decay and early stopping work against overfitting, too.",
            )
    for module, name, value in (*hidden, *weights):
        setattr(module, name, value)
    return model
