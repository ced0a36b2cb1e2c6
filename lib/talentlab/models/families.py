"""What families of models name differently, asked of the model itself: its parts, its positions, its padding."""

from typing import Any

import pandas as pd
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase
from transformers.pytorch_utils import Conv1D

from talentlab.errors import ModelError


def part_of(name: str) -> str:
    """In a BERT, `bert.encoder.layer.3.output.dense.weight` → `layer 3`; `bert.embeddings.…` → `embeddings`."""
    words = name.split(".")
    if "layer" in words:
        return f"layer {words[words.index('layer') + 1]}"
    return next((part for part in ("embeddings", "pooler") if part in words), "head")


def parts_of(model: nn.Module) -> dict[str, str]:
    """The part that each parameter belongs to, by its name, the head's last.

    Parts are `embeddings` (with all that the layers share, such as tables of distances), `layer 0` and so on, `head`,
    and what the encoder has above its layers, by its own name: `pooler`, `final_norm`. The layers are the longest list
    of modules in the encoder; what ALBERT repeats is one layer. What is no model of transformers is named as a BERT is.
    """
    where, stack = stack_of(model)
    if not stack:
        return {name: part_of(name) for name, _ in model.named_parameters()}
    around = stack.rpartition(".")[0] or stack
    prefix, below = f"{where}." if where else "", True
    parts: dict[str, str] = {}
    for name, _ in model.named_parameters():
        inside = name.removeprefix(prefix)
        if not name.startswith(prefix):
            parts[name] = "head"
        elif inside.startswith(f"{stack}."):
            parts[name], below = f"layer {inside.removeprefix(f'{stack}.').split('.')[0]}", False
        else:
            parts[name] = "embeddings" if below or inside.startswith(f"{around}.") else inside.split(".")[0]
    return dict(sorted(parts.items(), key=lambda item: item[1] == "head"))


def stack_of(model: nn.Module) -> tuple[str, str]:
    """Where the encoder is in the model, and where in the encoder the list of its layers; empty if there is none."""
    modules = [(path, module) for path, module in model.named_modules() if isinstance(module, PreTrainedModel)]
    encoders = ((path, module) for path, module in modules if module.base_model is module)
    where, encoder = next(encoders, ("", nn.Module()))
    layers: dict[str, int] = {}
    for path, module in encoder.named_modules():
        if isinstance(module, nn.ModuleList) and not any(path.startswith(f"{outer}.") for outer in layers):
            layers[path] = len(module)
    return where, max(layers, key=layers.__getitem__, default="")


def sublayers_of(model: nn.Module) -> list[tuple[nn.Module, list[str], list[str]]]:
    """Each layer, and the names in it of the linear layers of its attention, and of the rest; empty if it has none.

    In the attention, query, key and value, or one matrix for all of them, come first, and the output last, as in the
    rest; so it is in each family tried. GPT-2's `Conv1D` is a linear layer.
    """
    where, stack = stack_of(model)
    waiting = [*model.get_submodule(f"{where}.{stack}".strip(".")).children()] if stack else []
    found = []
    while waiting:
        layer, groups = waiting.pop(0), []
        for name, child in layer.named_children():
            if linear := [f"{name}.{path}".rstrip(".") for path, part in child.named_modules() if is_linear(part)]:
                groups.append((child, linear))
        if len(groups) == 1 and isinstance(groups[0][0], nn.ModuleList):  # ALBERT's layer is a group of layers
            waiting = [*groups[0][0], *waiting]
        elif groups:
            found.append((layer, groups[0][1], [name for _, names in groups[1:] for name in names]))
    return found


def is_linear(module: nn.Module) -> bool:
    """Whether it is a product with a matrix; GPT-2 keeps its matrices the other way round."""
    return isinstance(module, nn.Linear | Conv1D)


def parameter_census(model: nn.Module) -> pd.DataFrame:
    """Count parameters by part.

    Returns:
        One row per part (embeddings, each layer, pooler, head, …) and a last row `total`; columns `total`,
        `trainable` [parameters] and `share` [of all parameters].
    """
    counts: dict[str, list[int]] = {}
    for name, part in parts_of(model).items():
        row, parameter = counts.setdefault(part, [0, 0]), model.get_parameter(name)
        row[0] += parameter.numel()
        row[1] += parameter.numel() * parameter.requires_grad
    census = pd.DataFrame.from_dict(counts, orient="index", columns=["total", "trainable"])
    census.loc["total"] = census.sum()
    census["share"] = census["total"] / census.at["total", "total"]
    return census


def freeze(model: PreTrainedModel, parts: str) -> PreTrainedModel:
    """Keep parts of the model as they are during training.

    Args:
        model: A text model of transformers with a head. Changed in place: first everything trains, then `parts` stop.
        parts: `none`, `word_embeddings` (the table alone), `embeddings`, `layers:K` (embeddings and the first K layers)
            or `all_but_head`.

    Raises:
        ModelError: If `parts` is none of these, or the model has fewer than K layers.
    """
    of = parts_of(model)
    depth = len({part for part in of.values() if part.startswith("layer ")})
    frozen: dict[str, set[str]] = {"none": set(), "word_embeddings": set(), "embeddings": {"embeddings"}}
    frozen |= {f"layers:{k}": {"embeddings", *(f"layer {i}" for i in range(k))} for k in range(1, depth + 1)}
    frozen["all_but_head"] = {*of.values()} - {"head"}
    if parts not in frozen:
        raise ModelError(
            f"freeze={parts!r}.",
            expected=f"none, word_embeddings, embeddings, layers:K with K from 1 to {depth}, or all_but_head",
            remedy="choose one of these.",
        )
    table = model.get_input_embeddings().weight if parts == "word_embeddings" else None
    for name, part in of.items():
        parameter = model.get_parameter(name)
        parameter.requires_grad_(parameter is not table and part not in frozen[parts])
    return model


def usable_positions(model: nn.Module) -> int | None:
    """The longest text that the model can read [tokens]; None if it does not tell.

    RoBERTa, XLM-R and MPNet count positions from behind that of the padding, so their tables have more rows.
    """
    limit = getattr(getattr(model, "config", None), "max_position_embeddings", None)
    base: Any = getattr(model, "base_model", model)
    table: Any = getattr(getattr(base, "embeddings", None), "position_embeddings", None)
    padding = getattr(table, "padding_idx", None)
    return limit if limit is None or padding is None else limit - padding - 1


def agree_on_padding(tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel) -> None:
    """Give both the same token to fill batches up with: GPT-2 has none, so its end of text serves; Qwen2 names it once.

    Raises:
        ValueError: If the tokenizer has no end of text either.
    """
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    if tokenizer.pad_token_id is None:
        raise ValueError("the tokenizer has neither a token for padding nor one for the end of a text")
    if model.config.pad_token_id is None:
        model.config.pad_token_id = tokenizer.pad_token_id
