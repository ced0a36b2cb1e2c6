"""Chapter 6.4's surfaces: brushed metal with scratches and pores from two plants, and what its patches look like."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import PIL.Image
import torch
from PIL import ImageDraw
from scipy.ndimage import gaussian_filter
from torch.nn.functional import interpolate

from talentlab.data.images import Bytes, LabelledImages
from talentlab.models.backbones import SqueezeNet

KINDS = ("good", "scratch", "pores")
_FINER = 4  # drawn so much larger, then made small: edges are then smooth
# Of each plant: how long and how wide the brush's traces are [pixels], their strength, the light's mean, its fall from
# side to side and the camera's noise [of 255]. In plant B the pieces lie across and the lamp stands on one side.
_PLANTS = {"A": ((9.0, 0.7), 11.0, 140.0, 20.0, 4.0), "B": ((1.2, 4.0), 9.0, 115.0, 35.0, 4.0)}
Floats = npt.NDArray[np.float64]


def draw_surfaces(
    count: int, *, plant: Literal["A", "B"] = "A", bad_share: float = 0.15, size: int = 64, seed: int = 0
) -> LabelledImages:
    """Draw grey images of brushed metal; some have one scratch, some a few pores.

    Args:
        count: N.
        plant: Direction of the brush, light and camera; the defects are the same in both.
        bad_share: Chance of each piece to have a defect; both kinds are as frequent.
        size: Height and width [pixels].
        seed: Of everything drawn.

    Returns:
        Images with labels by `KINDS` and masks (0, or the label where the defect is): two fifths to train, a quarter
        to validate, the rest to test.
    """
    draws = [_draw(np.random.default_rng((seed, n, ord(plant))), plant, bad_share, size) for n in range(count)]
    images, covers, labels = zip(*draws, strict=True)
    kinds = np.array(labels)
    masks, places = (np.stack(covers) > 0.4) * kinds[:, None, None], np.arange(count) / count
    return LabelledImages(
        np.stack(images)[..., None], kinds, KINDS,
        np.where(places < 0.4, "train", np.where(places < 0.65, "validation", "test")),
        tuple(f"plant {plant}, piece {n}" for n in range(count)), masks, notes=("generated surfaces, no photographs",),
    )  # fmt: skip


def _draw(random: np.random.Generator, plant: str, bad_share: float, size: int) -> tuple[Bytes, Floats, int]:
    traces, strength, light, fall, noise = _PLANTS[plant]
    brushed = gaussian_filter(random.standard_normal((size, size)), traces[::-1], mode="wrap")
    image = light + random.normal(0, 6) + strength * brushed / brushed.std()
    image = image + fall * np.linspace(-0.5, 0.5, size) * random.uniform(0.5, 1.0)
    kind = int(random.integers(1, 3)) if random.random() < bad_share else 0
    cover = np.zeros((size, size))
    if kind:
        cover = _scratch(random, size) if kind == 1 else _pores(random, size)
        depth = random.choice([-1, 1]) * random.uniform(18, 45) if kind == 1 else -random.uniform(30, 65)
        image = image + depth * cover
    image = image + random.normal(0, noise, image.shape)
    return np.clip(image, 0, 255).round().astype(np.uint8), cover, kind


def _scratch(random: np.random.Generator, size: int) -> Floats:
    canvas = PIL.Image.new("L", (size * _FINER, size * _FINER))
    length, angle = random.uniform(0.15, 0.45) * size, random.uniform(0, np.pi)
    step = 0.5 * length * np.array([np.cos(angle), np.sin(angle)])
    middle = random.uniform(0.2 * size, 0.8 * size, 2)
    ends = [tuple(_FINER * end) for end in (middle - step, middle + random.normal(0, 1.5, 2), middle + step)]
    ImageDraw.Draw(canvas).line(ends, fill=255, width=round(_FINER * random.uniform(0.8, 1.5)))
    return np.asarray(canvas.reduce(_FINER)) / 255.0


def _pores(random: np.random.Generator, size: int) -> Floats:
    canvas = PIL.Image.new("L", (size * _FINER, size * _FINER))
    middle = random.uniform(0.15 * size, 0.85 * size, 2)
    for _ in range(random.integers(1, 4)):
        (x, y), r = _FINER * (middle + random.normal(0, 3, 2)), _FINER * random.uniform(0.8, 1.8)
        ImageDraw.Draw(canvas).ellipse((x - r, y - r, x + r, y + r), fill=255)
    return np.asarray(canvas.reduce(_FINER)) / 255.0


def patch_features(model: SqueezeNet, images: Bytes, size: int = 96, batch_size: int = 64) -> npt.NDArray[np.float32]:
    """What a frozen network's fourth fire module says of each place: [N, H, W, 1 or 3] → [N, h, w, 256].

    Early features know edges and textures and still where they are; the last ones know dogs.

    Args:
        model: As `load_squeezenet` returns it.
        images: Of 0 … 255.
        size: Height and width that they are made to have first; the answer is an eighth of that, less one or two.
        batch_size: Images per forward.
    """
    parts = []
    with torch.inference_mode():
        for start in range(0, len(images), batch_size):
            batch = torch.tensor(images[start : start + batch_size]).permute(0, 3, 1, 2).float().expand(-1, 3, -1, -1)
            batch = interpolate(batch, (size, size), mode="bilinear", antialias=True)
            parts.append(model.features(batch, fires=4).permute(0, 2, 3, 1).numpy())
    return np.concatenate(parts)


def patch_statistics(images: Bytes, side: int = 6) -> npt.NDArray[np.float32]:
    """Six numbers of each patch, no network: [N, H, W, 1] → [N, h, w, 6].

    Mean less the piece's mean, spread, darkest and brightest pixel less the mean, and the mean step down and along.

    Args:
        images: Of 0 … 255; of three colours the mean is taken.
        side: Of a patch [pixels]; patches overlap by half.
    """
    grey = images.mean(-1, dtype=np.float32)  # [N, H, W]
    steps = [np.abs(np.diff(grey, axis=axis, append=grey.take([-1], axis))) for axis in (1, 2)]
    layers = [np.lib.stride_tricks.sliding_window_view(a, (side, side), (1, 2)) for a in (grey, *steps)]
    patches, down, along = (layer[:, :: side // 2, :: side // 2] for layer in layers)  # [N, h, w, side, side]
    mean, inner = patches.mean((3, 4)), (3, 4)
    told = [mean - grey.mean((1, 2))[:, None, None], patches.std(inner), patches.min(inner) - mean,
            patches.max(inner) - mean, down.mean(inner), along.mean(inner)]  # fmt: skip
    return np.stack(told, -1)
