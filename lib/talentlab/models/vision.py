"""One small U-Net for images, pixels, centres of objects and flow; what it is trained on, and what its answers mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, logsigmoid, max_pool2d, softplus

from talentlab.data.images import Boxes

Floats = npt.NDArray[np.float64]
_NEAR = 1  # cells around a centre that learn the box, too: one training image then teaches nine cells an object
_WAVES = 16  # of which the time is made known to the network


@dataclass
class ImageOutput:
    """What the network says: `logits` [B, C] of images, [B, h, w, C] of places."""

    logits: Tensor


class _Block(nn.Module):
    """Two 3×3 convolutions with a shortcut; `hint` [B, D] shifts the channels in between."""

    def __init__(self, inside: int, outside: int, hint_size: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(inside, outside, 3, padding=1), nn.Conv2d(outside, outside, 3, padding=1)
        self.norm_first, self.norm_second = nn.GroupNorm(4, outside), nn.GroupNorm(4, outside)
        self.shortcut = nn.Conv2d(inside, outside, 1)
        self.shift = nn.Linear(hint_size, outside) if hint_size else None

    def forward(self, states: Tensor, hint: Tensor | None) -> Tensor:
        inner = nn.functional.silu(self.norm_first(self.first(states)))
        if self.shift is not None and hint is not None:
            inner = inner + self.shift(hint)[:, :, None, None]
        return self.shortcut(states) + nn.functional.silu(self.norm_second(self.second(inner)))


class UNet(nn.Module):
    """Down to fewer and wider places, up again, with bridges between equal sizes.

    Down, each level sees a larger part of the image; up, the bridges bring back where things are. For whole images the
    way up is left out: the mean over the lowest level's places decides.

    Args:
        channels: Of the image, 1 or 3.
        outputs: C, numbers per image or per place.
        answers: "image": [B, C]; "places": [B, h, w, C].
        widths: Channels of each level, multiples of 4. Sides of the images: multiples of 2^(levels − 1).
        stride: Pixels between two places of the answer: 1, 2, 4 …; coarser is faster.
        num_classes: If not 0, the network is told a time (0 … 1) and one of as many classes, as flow matching needs.

    Source: Ronneberger et al. 2015 (arXiv 1505.04597), with group norm and shortcuts.
    """

    def __init__(
        self, channels: int, outputs: int, answers: Literal["image", "places"] = "places", *,
        widths: Sequence[int] = (16, 32, 64), stride: int = 1, num_classes: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.answers = answers
        hint_size = widths[-1] if num_classes else 0
        self.down = nn.ModuleList(_Block(a, b, hint_size) for a, b in zip((channels, *widths), widths, strict=False))
        stop = stride.bit_length() - 1  # the way up ends at this level
        ups = range(len(widths) - 2, stop - 1, -1) if answers == "places" else ()
        self.up = nn.ModuleList(_Block(widths[k + 1] + widths[k], widths[k], hint_size) for k in ups)
        self.head = nn.Linear(widths[stop] if answers == "places" else widths[-1], outputs)
        if num_classes:
            self.time, self.condition = nn.Linear(2 * _WAVES, hint_size), nn.Embedding(num_classes, hint_size)

    def forward(self, pixel_values: Tensor, time: Tensor | None = None, condition: Tensor | None = None) -> ImageOutput:
        """Answers to images [B, channels, H, W]; `time` and `condition` [B] where the network was built for them."""
        hint = None
        if time is not None and condition is not None:
            hint = nn.functional.silu(self.time(waves(time)) + self.condition(condition))  # [B, D]
        states, bridges = pixel_values, []
        for level, block in enumerate(self.down):
            states = block(max_pool2d(states, 2) if level else states, hint)
            bridges.append(states)
        if self.answers == "image":
            return ImageOutput(self.head(states.mean((2, 3))))
        for level, block in enumerate(self.up):
            states = block(torch.cat([interpolate(states, scale_factor=2), bridges[-2 - level]], 1), hint)
        return ImageOutput(self.head(states.permute(0, 2, 3, 1)))


def waves(time: Tensor) -> Tensor:
    """Times [B] as sines and cosines of growing frequency [B, 32]: near times look alike, distant ones do not."""
    angles = time[:, None] * torch.logspace(0, 2, _WAVES, device=time.device)  # [B, 16]
    return torch.cat([angles.sin(), angles.cos()], 1)


def centre_targets(boxes: Sequence[Boxes], size: tuple[int, int], num_classes: int, stride: int) -> dict[str, Tensor]:
    """What a network should say of each place: how near a centre is, and how far the sides of its box.

    Args:
        boxes: The objects of each of N images; an image may have none.
        size: Height and width of the images [pixels].
        num_classes: C.
        stride: Pixels between two places, so that h = height / stride.

    Returns:
        `heat` [N, h, w, C]: 1 at the place of a centre, falling off around it with the object's size. `sides`
        [N, h, w, 4]: left, top, right, bottom of the box, from the place's middle [strides]. `near` [N, h, w]: 1 where
        `sides` are asked for.

    Source: Zhou et al. 2019, Objects as points (arXiv 1904.07850), section 3; the sides as in FCOS (arXiv 1904.01355).
    """
    height, width = size[0] // stride, size[1] // stride
    heat, sides = np.zeros((len(boxes), height, width, num_classes)), np.zeros((len(boxes), height, width, 4))
    near = np.zeros((len(boxes), height, width))
    y, x = (axis + 0.5 for axis in np.mgrid[:height, :width])
    for number, objects in enumerate(boxes):
        corners = objects.xyxy / stride
        for place in np.argsort(-np.prod(corners[:, 2:] - corners[:, :2], axis=1)):  # small ones last: they stay
            left, top, right, bottom = corners[place]
            row, column = (int(min((a + b) / 2, n - 1)) for a, b, n in ((top, bottom, height), (left, right, width)))
            distance = (y - y[row, column]) ** 2 + (x - x[row, column]) ** 2
            spread = max(0.5, (right - left + bottom - top) / 16)
            layer = heat[number, :, :, objects.labels[place]]
            np.maximum(layer, np.exp(-distance / (2 * spread**2)), out=layer)
            around = (abs(y - y[row, column]) <= _NEAR) & (abs(x - x[row, column]) <= _NEAR)
            sides[number][around] = np.stack([x - left, y - top, right - x, bottom - y], -1)[around]
            near[number][around] = 1
    return {"heat": _tensor(heat), "sides": _tensor(sides), "near": _tensor(near)}


def _tensor(array: Floats) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))


def centre_loss(output: ImageOutput, labels: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Summed loss of places, and what it is divided by: the number of objects (at least one).

    Places are nearly all empty; so what is already sure counts little (the squares), and places close to a centre are
    hardly blamed for saying so (the fourth power).

    Source: Law and Deng 2018 (arXiv 1808.01244), equation 1; the sides by their absolute error.
    """
    scores, sides = output.logits[..., :-4].float(), output.logits[..., -4:].float()
    share, is_centre = scores.sigmoid(), labels["heat"] == 1
    found = -((1 - share) ** 2) * logsigmoid(scores)
    false = (1 - labels["heat"]) ** 4 * share**2 * softplus(scores)
    heat = torch.where(is_centre, found, false).sum()
    away = ((sides - labels["sides"]).abs().sum(-1) * labels["near"]).sum() / (2 * _NEAR + 1) ** 2
    return heat + 0.25 * away, is_centre.sum().clamp(min=1)


def decode_centres(logits: Floats, stride: int, *, threshold: float = 0.1, most: int = 50) -> list[Boxes]:
    """Boxes from the network's answers: peaks of the heat, each with the sides that stand at its place.

    Args:
        logits: [N, h, w, C + 4], as `evaluation.predict` returns them.
        stride: As in the targets [pixels].
        threshold: Least score of a box.
        most: Boxes per image, best first.
    """
    numbers = torch.from_numpy(np.asarray(logits, np.float32))
    heat = numbers[..., :-4].sigmoid().permute(0, 3, 1, 2)  # [N, C, h, w]
    peaks = heat * (heat == max_pool2d(heat, 3, stride=1, padding=1))
    found = []
    for layer, sides in zip(peaks, numbers[..., -4:], strict=True):
        scores, places = layer.flatten().topk(min(most, layer.numel()))
        label, row, column = np.unravel_index(places[scores >= threshold].numpy(), layer.shape)
        left, top, right, bottom = sides[row, column].numpy().T
        corners = np.stack([column + 0.5 - left, row + 0.5 - top, column + 0.5 + right, row + 0.5 + bottom], 1)
        found.append(Boxes(stride * corners.astype(np.float64), label, scores[scores >= threshold].double().numpy()))
    return found


def box_iou(first: Floats, second: Floats) -> Floats:
    """Intersection over union of each box of the one [M, 4] with each of the other [K, 4] → [M, K]; x, y, x, y."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    area = [np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1) for boxes in (first, second)]
    return shared / np.maximum(area[0][:, None] + area[1][None] - shared, 1e-9)


def match_boxes(found: Boxes, true: Boxes, threshold: float = 0.5) -> npt.NDArray[np.int64]:
    """For each found box, best score first in line, the true box of its class that it finds; −1 where none is left."""
    overlap = box_iou(found.xyxy, true.xyxy) * (found.labels[:, None] == true.labels[None])
    taken = np.full(len(found.labels), -1)
    for row in np.argsort(-found.scores, kind="stable"):
        if overlap.shape[1] and overlap[row].max() >= threshold:
            taken[row] = overlap[row].argmax()
            overlap[:, taken[row]] = 0  # each is found once; a second box on it is a false one
    return taken


def average_precision(
    found: Sequence[Boxes], true: Sequence[Boxes], num_classes: int, threshold: float = 0.5
) -> Floats:
    """Area under precision over recall of each class, over all images [C]; NaN of a class that does not occur.

    The precision at a recall is the best one at this recall or a higher one.

    Source: Everingham et al. 2010, The PASCAL visual object classes challenge, as computed since 2010: every point.
    """
    hits = [match_boxes(a, b, threshold) >= 0 for a, b in zip(found, true, strict=True)]
    areas = np.full(num_classes, np.nan)
    for label in range(num_classes):
        count = sum(int((boxes.labels == label).sum()) for boxes in true)
        if not count:
            continue
        scores = np.concatenate([boxes.scores[boxes.labels == label] for boxes in found])
        hit = np.concatenate([row[boxes.labels == label] for row, boxes in zip(hits, found, strict=True)])
        hit = hit[np.argsort(-scores, kind="stable")]
        precision = np.cumsum(hit) / np.arange(1, len(hit) + 1)
        best = np.maximum.accumulate(precision[::-1])[::-1]
        areas[label] = (best * hit).sum() / count  # recall grows by 1 / count at each hit
    return areas


def mask_iou(predicted: npt.NDArray[Any], true: npt.NDArray[Any], num_classes: int) -> Floats:
    """Intersection over union of each class over all pixels of [N, H, W] → [C]; NaN of a class that nowhere occurs."""
    table = np.bincount((true * num_classes + predicted).ravel(), minlength=num_classes**2)
    table = table.reshape(num_classes, num_classes)
    union = table.sum(0) + table.sum(1) - table.diagonal()
    return np.where(union > 0, table.diagonal() / np.maximum(union, 1), np.nan)


class FlowRows:
    """Images on their way from noise: at each row a time is drawn, and the velocity there is what is asked for.

    On the straight way x(t) = (1 − t) · noise + t · image, the velocity is image − noise at all times. Noise and times
    are new in each epoch and depend on seed and epoch alone.

    Args:
        images: [N, C, H, W] in −1 … 1.
        classes: [N].
        seed: Of noise and times.

    Source: Lipman et al. 2023, Flow matching (arXiv 2210.02747), with straight ways (Liu et al., arXiv 2209.03003).
    """

    unit = "images"

    def __init__(self, images: Tensor, classes: Tensor, seed: int = 0) -> None:
        self.images, self.classes, self.seed, self.lengths = images, classes, seed, [1] * len(images)
        self.begin_epoch(0)

    def __len__(self) -> int:
        return len(self.images)

    def begin_epoch(self, epoch: int) -> None:
        """Draw the noise and the times of this epoch."""
        generator = torch.Generator().manual_seed(1_000_003 * self.seed + epoch)
        self.noise = torch.randn(self.images.shape, generator=generator)
        self.time = torch.rand(len(self.images), generator=generator)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"image": self.images[index], "class": self.classes[index], "row": index}

    def collate(self, rows: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """`pixel_values` and `labels` (the velocity, [B, H, W, C]), `time` and `condition` [B]."""
        image = torch.stack([row["image"] for row in rows])
        places = [row["row"] for row in rows]
        noise, time = self.noise[places], self.time[places]
        share = time[:, None, None, None]
        return {"pixel_values": (1 - share) * noise + share * image, "time": time,
                "condition": torch.stack([row["class"] for row in rows]),
                "labels": (image - noise).permute(0, 2, 3, 1)}  # fmt: skip


def velocity_loss(output: ImageOutput, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Summed squared error of the velocity, and the number of its entries."""
    return ((output.logits.float() - labels) ** 2).sum(), torch.tensor(float(labels.numel()), device=labels.device)


def frechet_distance(first: Floats, second: Floats) -> float:
    """How far apart two clouds of features [N, D] and [M, D] are, by their means and covariances; 0 if those agree.

    Source: Heusel et al. 2017 (arXiv 1706.08500), there with features of a network trained on ImageNet.
    """
    a, b = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    shared = np.sqrt(np.clip(np.linalg.eigvals(a @ b).real, 0, None)).sum()
    return float(((first.mean(0) - second.mean(0)) ** 2).sum() + np.trace(a) + np.trace(b) - 2 * shared)
