"""Images in: a folder per class, a table of paths, one npz file, or scikit-learn's digits; read once, of one size."""

import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import PIL.Image
import torch
from PIL import ImageOps
from sklearn.datasets import load_digits
from torch import Tensor

from talentlab.data.labelled import CleaningReport
from talentlab.data.readers import SPLIT_NAMES, read_table, split_name
from talentlab.data.sampling import draw_missing_splits
from talentlab.errors import DataError
from talentlab.language import tr

FILES = (".png", ".jpg", ".jpeg")
_PATHS, _LABELS = ("path", "file", "filename", "image"), ("label", "class", "category", "target")
Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Boxes:
    """Objects of one image.

    Attributes:
        xyxy: Left, top, right, bottom [M, 4], from the image's upper left corner [pixels].
        labels: [M] numbers of classes.
        scores: [M]; 1 of true objects.
    """

    xyxy: npt.NDArray[np.float64]
    labels: Numbers
    scores: npt.NDArray[np.float64]

    @classmethod
    def true(cls, xyxy: Any, labels: Any) -> "Boxes":
        """Objects that are there; none of them is fine, too."""
        corners = np.asarray(xyxy, float).reshape(-1, 4)
        return cls(corners, np.asarray(labels, np.int64).reshape(-1), np.ones(len(corners)))


@dataclass(frozen=True)
class LabelledImages:
    """Images of one size with labels and splits.

    Attributes:
        images: [N, H, W, K], K = 1 (grey) or 3 (red, green, blue), 0 … 255.
        labels: [N] numbers of classes; all 0 where the source has none of whole images.
        class_names: The C names, of whole images or of the boxes.
        splits: [N], each train, validation or test.
        names: File or row of each image.
        masks: Class of each pixel [N, H, W], if the source has them.
        boxes: Objects of each image, if the source has them.
        notes: What was done to the images, or had to be guessed.
    """

    images: Bytes
    labels: Numbers
    class_names: tuple[str, ...]
    splits: npt.NDArray[np.str_]
    names: tuple[str, ...]
    masks: Numbers | None = None
    boxes: tuple[Boxes, ...] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.images)

    def rows(self, numbers: Iterable[int]) -> "LabelledImages":
        """Some of the images, in this order."""
        chosen = np.asarray(list(numbers), int)
        return replace(
            self, images=self.images[chosen], labels=self.labels[chosen], splits=self.splits[chosen],
            names=tuple(self.names[n] for n in chosen), masks=None if self.masks is None else self.masks[chosen],
            boxes=None if self.boxes is None else tuple(self.boxes[n] for n in chosen),
        )  # fmt: skip

    def split(self, name: str) -> "LabelledImages":
        """The images of one split."""
        return self.rows(np.flatnonzero(self.splits == name))


@dataclass(frozen=True)
class ImageRows:
    """What `training.fit` and `evaluation.predict` read: tensors whose first axis is the images.

    Attributes:
        pixel_values: [N, K, H, W].
        labels: [N, …], or several such tensors by name.
    """

    pixel_values: Tensor
    labels: Tensor | dict[str, Tensor]
    unit: ClassVar[str] = "images"

    def __len__(self) -> int:
        return len(self.pixel_values)

    @property
    def lengths(self) -> list[int]:
        """One for each image."""
        return [1] * len(self)

    def __getitem__(self, index: int) -> dict[str, Any]:
        labels: Any = self.labels
        if isinstance(labels, dict):
            labels = {name: part[index] for name, part in labels.items()}
        else:
            labels = labels[index]
        return {"pixel_values": self.pixel_values[index], "labels": labels}

    def collate(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The rows' tensors, each with a first axis for the batch."""
        labels = [row["labels"] for row in rows]
        if isinstance(self.labels, dict):
            stacked: Any = {name: torch.stack([label[name] for label in labels]) for name in self.labels}
        else:
            stacked = torch.stack(labels)
        return {"pixel_values": torch.stack([row["pixel_values"] for row in rows]), "labels": stacked}


def to_pixel_values(images: Bytes) -> Tensor:
    """[N, H, W, K] from 0 … 255 → [N, K, H, W] from −1 … 1."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1


def load_images(source: str = "digits", *, size: tuple[int, int] | None = None, seed: int = 0) -> LabelledImages:
    """Read and split labelled images.

    Args:
        source: `digits` (1,797 handwritten digits of 8 × 8 pixels, which scikit-learn installs), a folder with one
            folder per class (perhaps inside folders named train, validation and test), a CSV or TSV file with columns
            `path` and `label` (and perhaps `split`), or an npz file with `image` [N, H, W] or [N, H, W, K] of bytes and
            any of `label`, `class_names`, `split`, `mask` and `box_image`, `box_xyxy`, `box_label`.
        size: Height and width that files are resized to; those that most of them have if None.
        seed: Of the stratified split, where the source has none: a tenth each for test and validation.

    Raises:
        DataError: If the source cannot be found or used. The message names the files.
    """
    path = Path(source).expanduser()
    if source == "digits":
        digits = load_digits()
        images = (digits.images * 255 / 16).round().astype(np.uint8)[..., None]
        names = tuple(f"digits {n}" for n in range(len(images)))
        found = LabelledImages(images, digits.target, tuple("0123456789"), np.full(len(images), ""), names)
    elif path.is_dir():
        found = _read_files(*_list_folder(path), size)
    elif path.is_file() and path.suffix.lower() == ".npz":
        found = _read_npz(path)
    elif path.is_file():
        found = _read_files(*_list_table(path), size)
    else:
        raise DataError(
            f"{source!r} is no file and no folder (looked from {Path.cwd()}).",
            expected="`digits`, a folder with a folder per class, a CSV file of paths, or an npz file",
            remedy="check the path.",
        )
    return _with_splits(found, seed)


def _with_splits(found: LabelledImages, seed: int) -> LabelledImages:
    report = CleaningReport()
    frame = pd.DataFrame({"label": found.labels, "split": found.splits})
    splits = draw_missing_splits(frame, found.class_names, seed, report.notes)["split"].to_numpy(str)
    return replace(found, splits=splits, notes=(*found.notes, *report.notes))


def _list_folder(folder: Path) -> tuple[list[Path], list[str], list[str]]:
    """Files, class names and splits of folders per class."""
    inside = sorted(part for part in folder.iterdir() if part.is_dir())
    parts = [part for part in inside if split_name(part.name)]
    listed = [
        (file, kind.name, split_name(part.name) if parts else "")
        for part in parts or [folder]
        for kind in sorted(part.iterdir())
        if kind.is_dir()
        for file in sorted(kind.rglob("*"))
        if file.suffix.lower() in FILES
    ]
    if not listed:
        raise DataError(
            f"{folder} has the folders {[part.name for part in inside][:5]} and no images in folders of classes.",
            expected=f"a folder per class, with files ending in {', '.join(FILES)}",
            remedy="put the images of each class into a folder with its name.",
        )
    files, names, splits = zip(*listed, strict=True)
    return list(files), list(names), [str(split) for split in splits]


def _list_table(path: Path) -> tuple[list[Path], list[str], list[str]]:
    """Files, class names and splits of a table; paths are seen from the table's folder."""
    table, _ = read_table(path)
    lower = {str(column).lower(): column for column in table.columns}
    columns = [next((lower[name] for name in names if name in lower), None) for names in (_PATHS, _LABELS)]
    if None in columns:
        raise DataError(
            f"{path.name} has the columns {list(table.columns)}.",
            expected=f"a column named {' or '.join(_PATHS)}, and one named {' or '.join(_LABELS)}",
            remedy="rename the columns.",
        )
    files, names = ([str(value).strip() for value in table[column]] for column in columns)
    given = table[lower["split"]] if "split" in lower else [""] * len(table)
    splits = _known_splits(given, path)
    return [path.parent / file for file in files], names, splits


def _known_splits(given: Iterable[object], path: Path) -> list[str]:
    names = [str(name).strip().lower() for name in given]
    if unknown := sorted({name for name in names if name and name not in SPLIT_NAMES}):
        raise DataError(
            f"{path.name} has the splits {unknown[:5]}.",
            expected=f"{', '.join(SPLIT_NAMES)}, or no splits at all",
            remedy="rename the splits, or the column if it means something else.",
        )
    return [SPLIT_NAMES.get(name, "") for name in names]


def _read_files(files: list[Path], classes: list[str], splits: list[str], size: Any) -> LabelledImages:
    pictures, faults = [], []
    for file in files:
        try:
            with PIL.Image.open(file) as opened:
                pictures.append(_plain(ImageOps.exif_transpose(opened)))
        except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError) as error:
            faults.append(f"{file} ({type(error).__name__}: {error})")
    if faults:
        raise DataError(
            f"{len(faults)} of {len(files)} images cannot be read: {'; '.join(faults[:3])}.",
            expected="whole PNG or JPEG files",
            remedy="fetch these files again, or take them out.",
        )
    (width, height), _ = Counter(picture.size for picture in pictures).most_common(1)[0]
    height, width = size or (height, width)
    others = sum(picture.size != (width, height) for picture in pictures)
    mode = "RGB" if any(picture.mode == "RGB" for picture in pictures) else "L"
    arrays = [np.asarray(picture.convert(mode).resize((width, height))) for picture in pictures]
    names = tuple(sorted(set(classes)))
    note = tr("{n} of {all} images had other sizes and were resized to {width} × {height} pixels",
              n=others, all=len(files), width=width, height=height)  # fmt: skip
    return LabelledImages(
        np.stack(arrays).reshape(len(arrays), height, width, -1), np.array([names.index(name) for name in classes]),
        names, np.array(splits), tuple(str(file) for file in files), notes=(note,) if others else (),
    )  # fmt: skip


def _plain(picture: PIL.Image.Image) -> PIL.Image.Image:
    """The picture in bytes of grey or of red, green and blue."""
    if picture.mode.startswith("I"):  # 16 bits of grey; Pillow itself would cut them off at 255
        return PIL.Image.fromarray((np.asarray(picture) // 256).astype(np.uint8))
    return picture.convert("L" if picture.mode in ("1", "L", "LA") else "RGB")


def _read_npz(path: Path) -> LabelledImages:
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}  # once: each access unpacks the whole array again
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} cannot be read: {error}.",
            expected="an npz file of plain arrays (no objects)",
            remedy="write it again with np.savez_compressed(path, image=…, label=…).",
        ) from error
    images = arrays.get("image", np.zeros(0))
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] not in (1, 3)):
        raise DataError(
            f"{path.name} holds {', '.join(f'{name} {a.dtype}{list(a.shape)}' for name, a in arrays.items())}.",
            expected="`image` uint8 [N, H, W], or [N, H, W, 1 or 3]",
            remedy="store the images under this name, as bytes from 0 to 255.",
        )
    count = len(images)
    labels = arrays.get("label", np.zeros(count, int)).astype(np.int64)
    of_boxes = arrays.get("box_label", np.zeros(0, int)).astype(np.int64)
    highest = int(max(labels.max(initial=0), of_boxes.max(initial=0)))
    names = arrays.get("class_names", np.arange(highest + 1)).tolist()
    splits = _known_splits(arrays.get("split", [""] * count), path)
    masks, boxes = arrays.get("mask"), None
    if "box_xyxy" in arrays:
        of = [np.flatnonzero(arrays["box_image"] == number) for number in range(count)]
        boxes = tuple(Boxes.true(arrays["box_xyxy"][rows], of_boxes[rows]) for rows in of)
    return LabelledImages(
        images.reshape(*images.shape[:3], -1), labels, tuple(map(str, names)), np.array(splits),
        tuple(f"{path.name} {n}" for n in range(count)), None if masks is None else masks.astype(np.int64), boxes,
    )  # fmt: skip
