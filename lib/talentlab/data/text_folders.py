"""Folders of text files, one file a text and one folder a class, below folders of splits or not."""

from pathlib import Path

import pandas as pd

from talentlab.data.encodings import decode, guess_encoding, refuse_other_kinds
from talentlab.data.readers import read_bytes, split_name
from talentlab.errors import DataError


def read_text_folders(source: str, encoding: str | None = None) -> tuple[dict[str, pd.DataFrame], list[str]] | None:
    """The tables of `train/CLASS/FILE`, `test/CLASS/FILE`, or of `CLASS/FILE`, which has no splits.

    Args:
        source: The folder; the folders may lie one or more single folders deeper, as archives unpack.
        encoding: Of all files; None to find one that fits all that are not UTF-8.

    Returns:
        Tables with the columns `text`, `label` and, where there are splits, `split`, their rows named by class and
        file; and notes on what had to be guessed. None if the source is laid out in another way.

    Raises:
        DataError: If a file cannot be read, or there are splits but no train.
    """
    try:
        root = Path(source).expanduser()
        while root.is_dir() and not _files(root) and len(_folders(root)) == 1 and not _split(_folders(root)[0]):
            (root,) = _folders(root)
        below = _folders(root) if root.is_dir() else []
        splits = {split: folder for folder in below if (split := _split(folder))}
        if any(_split(file) for file in _files(root)) or not (splits or sum(map(bool, map(_files, below))) > 1):
            return None
    except (OSError, RuntimeError):
        return None
    if not splits:
        table, notes = _read(root, encoding)
        return {root.name: table}, notes
    if "train" not in splits:
        raise DataError(
            f"The folder {root} has the folders {[folder.name for folder in below]}.",
            expected="a folder named train, with a folder of text files for each class",
            remedy="name it so.",
        )
    parts = {split: _read(folder, encoding) for split, folder in splits.items()}
    notes = [note for _, more in parts.values() for note in more]
    return {splits[split].name: table.assign(split=split) for split, (table, _) in parts.items() if len(table)}, notes


def _folders(path: Path) -> list[Path]:
    return sorted(child for child in path.iterdir() if child.is_dir() and child.name[0] not in "._")


def _files(path: Path) -> list[Path]:
    return sorted(child for child in path.iterdir() if child.is_file() and child.name[0] not in "._")


def _split(path: Path) -> str | None:
    """Of `20news-bydate-train`, too: a folder of a split is called by its end."""
    return split_name(path.name) or split_name(path.name.replace("_", "-").rpartition("-")[2])


def _read(root: Path, encoding: str | None) -> tuple[pd.DataFrame, list[str]]:
    paths = [path for folder in _folders(root) for path in _files(folder)]
    raw = [read_bytes(path) for path in paths]
    notes: list[str] = []
    odd = [one for one in raw if not _is_utf8(one)]
    for one, path in zip(raw, paths, strict=True):
        refuse_other_kinds(one, path.name)
    if odd and encoding is None:  # one decision for all: a short text alone says too little
        encoding, note = guess_encoding(b"\n".join(odd), f"{root.name}/…")
        notes.append(note)
    texts = [
        decode(one, path.name, None if _is_utf8(one) else encoding)[0] for one, path in zip(raw, paths, strict=True)
    ]
    rows = {"text": texts, "label": [path.parent.name for path in paths]}
    return pd.DataFrame(rows, index=[f"{path.parent.name}/{path.name}" for path in paths], dtype=object), notes


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
