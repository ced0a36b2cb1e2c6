"""Small trainable parts in a frozen model: LoRA and bottleneck adapters, saved apart from it and put back."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from peft.utils import CONFIG_NAME
from peft.utils import SAFETENSORS_WEIGHTS_NAME as WEIGHTS
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import PreTrainedModel

from talentlab.errors import CheckpointError, ModelError
from talentlab.models.families import parts_of, sublayers_of
from talentlab.runtime import written_whole

Model = TypeVar("Model", bound=PreTrainedModel)
_SIZE, _DIGEST = "bottleneck_size", "frozen_sha256"  # keys of a file's metadata
_WITHIN = "base_model.model."  # where peft's wrapper has the model


class Bottleneck(nn.Module):
    """A frozen projection followed by h + up(gelu(down(h))), which starts close to the identity.

    Args:
        base: The projection that the adapter stands behind, [.., K] → [.., H].
        size: Width of the bottleneck. Adds 2·H·size + H + size parameters.

    Source: Houlsby et al. 2019 (arXiv 1902.00751), figure 2; the initial values of section 3.6, truncated normal with
        standard deviation 0.01.
    """

    def __init__(self, base: Any, size: int) -> None:
        super().__init__()
        self.base = base
        place: dict[str, Any] = {"device": base.weight.device, "dtype": base.weight.dtype}
        width = base.out_features if isinstance(base, nn.Linear) else base.nf  # Conv1D's
        self.down = nn.Linear(width, size, **place)
        self.up = nn.Linear(size, width, **place)
        for layer in (self.down, self.up):
            nn.init.trunc_normal_(layer.weight, std=0.01, a=-0.02, b=0.02)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """[.., K] → [.., H]."""
        hidden = self.base(x)
        return hidden + self.up(nn.functional.gelu(self.down(hidden)))


def add_lora(
    model: Model, r: int = 8, alpha: float = 16, *, targets: Sequence[str] | None = None, seed: int = 0
) -> Model:
    """Freeze the model and add to some of its matrices W a trained product: W + (alpha / r)·B·A.

    B starts at zero, so nothing changes at first. What is above the layers, pooler and head, trains as a whole. The
    work is peft's; the model keeps its class, so that everything that takes the model takes it still.

    Args:
        model: A text model with a head. Changed in place.
        r: Rank of the product: A is [r, K], B is [H, r].
        alpha: Scale of the product before it is divided by r.
        targets: Last names of the linear layers that get one; if None, those of query and value, or of the one matrix
            for both where the family has that.
        seed: Seed of A.

    Raises:
        ModelError: If the model has an adapter already, no such layers, or r or alpha make no sense.

    Source: Hu et al. 2021 (arXiv 2106.09685), section 4; query and value alone as in section 4.2.
    """
    layers = sublayers_of(model)
    if targets is None:  # of query, key, value and output the first and the third; of one matrix and output the first
        targets = sorted({name.rpartition(".")[2] for _, names, _ in layers for name in (names[:-1] or names)[:3:2]})
    every = [(layer, name) for layer, attention, rest in layers for name in attention + rest]
    hit: list[Any] = [layer.get_submodule(name) for layer, name in every if name.rpartition(".")[2] in targets]
    _check_model(model, bool(hit), f"linear layers named {' or '.join(targets)}" if targets else "layers of attention")
    _check_size("r", r, min(min(module.weight.shape) for module in hit))
    if not alpha > 0:
        raise ModelError(f"alpha={alpha!r}.", expected="a positive number", remedy="start with twice r.")
    torch.manual_seed(seed)
    scale: Any = alpha  # annotated as int there, used as a float
    turned = not isinstance(hit[0], nn.Linear)
    config = LoraConfig(r=r, lora_alpha=scale, target_modules=list(targets), fan_in_fan_out=turned)
    inject_adapter_in_model(config, model)
    return _train_only(model, lambda name: ".lora_" in name)


def add_bottleneck(model: Model, size: int = 32, *, seed: int = 0) -> Model:
    """Freeze the model and put a `Bottleneck` after both sub-layers of each layer, before the residual is added.

    Layer norms, pooler and head train too. Unlike LoRA it cannot be merged away, because of its non-linearity.

    Args:
        model: A text model with a head. Changed in place.
        size: Width of the bottleneck.
        seed: Seed of its weights.

    Raises:
        ModelError: If the model has an adapter already, no such sub-layers, or `size` makes no sense.

    Source: Houlsby et al. 2019 (arXiv 1902.00751), section 2.1.
    """
    layers = sublayers_of(model)
    _check_model(model, bool(layers) and all(rest for *_, rest in layers), "layers of two parts")
    _check_size("size", size, model.config.hidden_size)
    torch.manual_seed(seed)
    for layer, attention, rest in layers:
        for name in (attention[-1], rest[-1]):
            layer.set_submodule(name, Bottleneck(layer.get_submodule(name), size))
    norms = {name for name, module in model.named_modules() if "Norm" in type(module).__name__}
    return _train_only(model, lambda name: ".down." in name or ".up." in name or name.rpartition(".")[0] in norms)


def merge_lora(model: Model) -> Model:
    """Add each product to its matrix and take LoRA out: a plain model with the same logits and its old names.

    Args:
        model: What `add_lora` made. Changed in place; what was frozen stays frozen until `models.freeze`.

    Raises:
        ModelError: If the model has no LoRA.
    """
    found: dict[str, Any] = {name: part for name, part in model.named_modules() if isinstance(part, LoraLayer)}
    if not found:
        raise ModelError(
            f"A {type(model).__name__} without LoRA.",
            expected="a model from add_lora; a bottleneck cannot be merged, it is not linear",
            remedy="save it with save_adapter instead.",
        )
    for name, layer in found.items():
        layer.merge()
        model.set_submodule(name, layer.get_base_layer())
    del model.peft_config
    return model


def save_adapter(folder: Path, model: PreTrainedModel) -> Path:
    """Write what trains in the model, and how to add it again: weights in safetensors, LoRA's settings in JSON.

    Both have peft's form: `peft.PeftModel.from_pretrained(model, folder)` reads a LoRA so written, with its head.

    Args:
        folder: Where to. Its file `WEIGHTS` is complete or not there.
        model: What `add_lora` or `add_bottleneck` made.

    Raises:
        ModelError: If the model has no adapter.
    """
    adapter = next((part for part in model.modules() if isinstance(part, Bottleneck | LoraLayer)), None)
    if adapter is None:
        raise ModelError(
            f"A {type(model).__name__} without an adapter.",
            expected="a model from add_lora or add_bottleneck",
            remedy="save a whole model with models.save_model.",
        )
    trained = _trained(model)
    metadata = {"format": "pt", _DIGEST: _frozen_digest(model)}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG_NAME).unlink(missing_ok=True)
    if isinstance(adapter, Bottleneck):
        metadata[_SIZE] = str(adapter.down.out_features)
    else:
        config: Any = model.peft_config["default"]
        heads = {name.rpartition(".")[0].removeprefix(_WITHIN) for name in trained if ".lora_" not in name}
        replace(config, modules_to_save=sorted(heads), inference_mode=True).save_pretrained(folder)
    tensors = {name: parameter.detach().cpu().contiguous() for name, parameter in trained.items()}
    with written_whole(folder / WEIGHTS) as part:
        save_file(tensors, part, metadata=metadata)
    return folder


def load_adapter(folder: Path, model: Model) -> Model:
    """Put a saved adapter onto the pretrained weights that it was trained on.

    Args:
        folder: Where `save_adapter` wrote.
        model: Fresh from `models.load_pretrained`, with a head of the same size. Changed in place.

    Raises:
        CheckpointError: If a file is damaged, or the adapter was trained on other weights or a head of another size.
        ModelError: If the model has an adapter already.
    """
    try:
        with safe_open(folder / WEIGHTS, framework="pt") as file:
            digest, size = file.metadata()[_DIGEST], file.metadata().get(_SIZE)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        if size is None:  # json, because LoraConfig.from_pretrained would ask the Hub where the file is missing
            lora = json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8"))
            settings = {"r": lora["r"], "alpha": lora["lora_alpha"], "targets": lora["target_modules"]}
        else:
            settings = {"size": int(size)}
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{folder} holds no readable adapter: {error}.",
            expected="a folder of save_adapter",
            remedy="save it again.",
        ) from error
    add: Callable[..., PreTrainedModel] = add_lora if size is None else add_bottleneck
    add(model, **settings)
    wanted = _trained(model)
    shapes = {name: tuple(parameter.shape) for name, parameter in wanted.items()}
    if digest != _frozen_digest(model) or shapes != {name: tuple(tensor.shape) for name, tensor in tensors.items()}:
        raise CheckpointError(
            f"{folder} does not fit this {type(model).__name__}.",
            expected="the same pretrained weights as in training, and a head of the same size",
            remedy="load the model anew by the name that it was trained from, with the same num_labels.",
        )
    with torch.no_grad():
        for name, parameter in wanted.items():
            parameter.copy_(tensors[name])
    return model


def _trained(model: PreTrainedModel) -> dict[str, nn.Parameter]:
    """What trains, by peft's names: those inside its wrapper, without the name that it gives each adapter."""
    trained = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    return {_WITHIN + name.replace(".default.", "."): parameter for name, parameter in trained.items()}


def _train_only(model: Model, chosen: Callable[[str], bool]) -> Model:
    """Train what is chosen by name, and whatever lies outside of embeddings and layers: pooler and head."""
    for name, part in parts_of(model).items():
        inside = part == "embeddings" or part.startswith("layer ")
        model.get_parameter(name).requires_grad_(chosen(name) or not inside)
    return model


def _check_model(model: PreTrainedModel, fits: bool, what: str) -> None:
    if any(isinstance(module, LoraLayer | Bottleneck) for module in model.modules()):
        raise ModelError(
            f"The {type(model).__name__} has an adapter.", expected="a model without one", remedy="load it anew."
        )
    if not fits:
        raise ModelError(
            f"The {type(model).__name__} has no {what}.",
            expected="a text model of transformers with layers of attention",
            remedy="name its own linear layers in `targets`, or use `minilm` or bert-base-uncased.",
        )


def _check_size(name: str, value: int, limit: int) -> None:
    if not isinstance(value, int) or not 1 <= value <= limit:
        raise ModelError(
            f"{name}={value!r}.", expected=f"a whole number from 1 to {limit}", remedy="start with 8 to 64."
        )


def _frozen_digest(model: PreTrainedModel) -> str:
    """sha256 of what does not train: an adapter on other weights would answer nonsense without a word."""
    digest = hashlib.sha256()
    for parameter in model.parameters():
        if not parameter.requires_grad:
            digest.update(parameter.detach().cpu().contiguous().view(torch.uint8).numpy().data)
    return digest.hexdigest()
