"""The optimizer of `training.fit`: AdamW, with groups for decay and for the layers' own rates."""

import torch
from torch import nn

from talentlab.models.families import parts_of


def build_adamw(model: nn.Module, weight_decay: float, layer_decay: float = 1.0) -> torch.optim.AdamW:
    """AdamW over the trainable parameters, in groups with a `rate_factor` that the loop multiplies the rate by.

    Biases and layer norms (vectors) are not decayed. Fused where it exists: one pass over the memory, not a dozen.

    Args:
        model: With `layer_decay` below 1, one with layers.
        weight_decay: Pull of the matrices towards zero, per step and unit of learning rate.
        layer_decay: Each layer's rate is this times that of the layer above; embeddings lie below the first layer,
            pooler and head above the last.

    Source: Loshchilov & Hutter 2019 (arXiv 1711.05101); layer-wise rates as in Howard & Ruder 2018 (arXiv 1801.06146).
    """
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    depths = {name: _depth(part) for name, part in parts_of(model).items()}
    top = max([depth for depth in depths.values() if depth is not None], default=-1) + 1  # the head's, however deep
    groups: dict[tuple[bool, float], list[nn.Parameter]] = {}
    for name, parameter in named:
        depth = depths[name]
        below = top - (top if depth is None else depth)
        groups.setdefault((parameter.ndim >= 2, layer_decay**below), []).append(parameter)
    described = [
        {"params": parameters, "weight_decay": weight_decay if is_matrix else 0.0, "rate_factor": factor}
        for (is_matrix, factor), parameters in groups.items()
    ]
    device = named[0][1].device.type
    return torch.optim.AdamW(described, lr=0.0, fused=device in ("cpu", "cuda", "mps", "xpu"))


def _depth(part: str) -> int | None:
    """Number of a layer, -1 for embeddings, None for what stands above the layers."""
    if part.startswith("layer "):
        return int(part.removeprefix("layer "))
    return -1 if part == "embeddings" else None
