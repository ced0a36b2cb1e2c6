"""Generated scenes: discs, squares and triangles on an uneven ground, with their boxes and masks."""

import numpy as np
import PIL.Image
from PIL import ImageDraw

from talentlab.data.images import Boxes, LabelledImages

KINDS = ("disc", "square", "triangle", "ring", "cross")
_FINER = 4  # drawn so much larger, then made small: edges are then smooth
_MOST_HIDDEN = 0.3  # of any shape


def draw_scenes(
    count: int, *, size: int = 32, kinds: int = 3, fewest: int = 1, most: int = 4, noise: float = 12.0, seed: int = 0
) -> LabelledImages:
    """Draw images with shapes of random kind, place, size and colour; later ones may hide a part of earlier ones.

    Colour tells nothing of the kind, and the ground is a slope of two colours with noise, so that neither the mean
    colour nor a single pixel gives the answer away.

    Args:
        count: N, of which three fifths are for training and a fifth each for validation and test.
        size: Height and width [pixels].
        kinds: How many of `KINDS` may occur.
        fewest: Shapes in an image at least.
        most: Shapes in an image at most; fewer where no room is left.
        noise: Standard deviation of each pixel's noise [of 255].
        seed: Of everything drawn.

    Returns:
        Images with `boxes` (of whole shapes), `masks` (0: ground, 1 + kind of what is seen), and as label the kind of
        the first shape, 0 where there is none.
    """
    draws = [_draw_scene(np.random.default_rng((seed, n)), size, kinds, (fewest, most), noise) for n in range(count)]
    images, masks, boxes = zip(*draws, strict=True)
    places = np.arange(count) / count
    return LabelledImages(
        np.stack(images), np.array([next(iter(part.labels), 0) for part in boxes]), KINDS[:kinds],
        np.where(places < 0.6, "train", np.where(places < 0.8, "validation", "test")),
        tuple(f"scene {n}" for n in range(count)), np.stack(masks), boxes,
        ("generated shapes, no photographs",),
    )  # fmt: skip


Scene = tuple[np.ndarray, np.ndarray, Boxes]


def _draw_scene(random: np.random.Generator, size: int, kinds: int, number: tuple[int, int], noise: float) -> Scene:
    ends = random.uniform(40, 215, (2, 3))
    along = random.uniform(-1, 1, 2)
    grid = np.mgrid[:size, :size] / size  # [2, H, W]
    slope = np.clip(np.tensordot(along, grid - 0.5, 1) + 0.5, 0, 1)[..., None]
    image = ends[0] * slope + ends[1] * (1 - slope)
    owner, found = np.full((size, size), -1), []
    areas: list[int] = []
    for _ in range(random.integers(number[0], number[1] + 1)):
        for _ in range(20):  # places tried
            kind, side = int(random.integers(kinds)), random.uniform(0.2, 0.42) * size
            left, top = random.uniform(0, size - side, 2)
            cover = draw_shape(kind, size, left, top, side)  # [H, W] in 0 … 1
            seen = np.bincount(owner[(owner >= 0) & (cover < 0.5)], minlength=len(areas))
            if not areas or (seen >= (1 - _MOST_HIDDEN) * np.array(areas)).all():
                break
        else:
            continue
        colour = _unlike(random, image[cover > 0.5].mean(0))
        image = image * (1 - cover[..., None]) + colour * cover[..., None]
        owner[cover >= 0.5] = len(areas)
        areas.append(int((cover >= 0.5).sum()))
        found.append((kind, (left, top, left + side, top + side)))
    image = np.clip(image + random.normal(0, noise, image.shape), 0, 255).round().astype(np.uint8)
    labels = [kind for kind, _ in found]
    masks = np.array([0, *(1 + label for label in labels)])[owner + 1]
    return image, masks, Boxes.true([corners for _, corners in found], labels)


def _unlike(random: np.random.Generator, ground: np.ndarray) -> np.ndarray:
    """A colour that can be told from the ground's."""
    while True:
        colour = random.uniform(0, 255, 3)
        if np.abs(colour - ground).mean() > 60:
            return colour


def draw_shape(kind: int, size: int, left: float, top: float, side: float) -> np.ndarray:
    """How much of each pixel the shape covers [size, size]."""
    canvas = PIL.Image.new("L", (size * _FINER, size * _FINER))
    pen = ImageDraw.Draw(canvas)
    x, y, s = left * _FINER, top * _FINER, side * _FINER - 1
    box = (x, y, x + s, y + s)
    if KINDS[kind] == "disc":
        pen.ellipse(box, fill=255)
    elif KINDS[kind] == "square":
        pen.rectangle(box, fill=255)
    elif KINDS[kind] == "triangle":
        pen.polygon([(x, y + s), (x + s, y + s), (x + s / 2, y)], fill=255)
    elif KINDS[kind] == "ring":
        pen.ellipse(box, outline=255, width=max(1, round(s / 4)))
    else:  # a cross
        pen.rectangle((x + 0.33 * s, y, x + 0.67 * s, y + s), fill=255)
        pen.rectangle((x, y + 0.33 * s, x + s, y + 0.67 * s), fill=255)
    return np.asarray(canvas.reduce(_FINER)) / 255.0
