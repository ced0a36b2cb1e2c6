"""What stands in the cells of a label column: one label in its spellings, several in one, labels that look alike."""

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import numpy as np
import pandas as pd

from talentlab.errors import DataError
from talentlab.language import tr

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_NO_LABEL = {"", "nan", "n/a", "#n/a", "null", "?", "-"}  # what programs and people write where none is known


def is_missing(value: object) -> bool:
    """Whether a cell is empty as pandas sees it."""
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))  # of a list, isna would answer element by element


def label_key(value: object) -> str | None:
    """One spelling per label: 1, 1.0, "1" and " 1 " are the same; None for a missing one."""
    if is_missing(value):
        return None
    text = re.sub(r"^(-?\d+)\.0+$", r"\1", str(value).strip())
    return None if text.lower() in _NO_LABEL else text


def numbers_first(name: str) -> tuple[int, int, str]:
    """Key that sorts labels: whole numbers by their size, then words."""
    return (0, int(name), name) if re.fullmatch(r"-?\d{1,15}", name) else (1, 0, name)


def one_label(value: object) -> object:
    """The label of a cell that holds a list of one, as a list or written as one in JSON; other cells as they are."""
    parts = _list(value)
    return parts[0] if parts is not None and len(parts) == 1 else value


def refuse_several(labels: pd.Series, places: pd.Series) -> None:
    """Refuse a column whose cells hold several labels of a text.

    A list of several is one. A text with `;` or `|` is one where a part of it is a label, or part of another, too; with
    a comma, where all its parts are labels by themselves, since names hold commas.

    Args:
        labels: The cells, [N].
        places: File and row of each, [N].

    Raises:
        DataError: If there are such cells.
    """
    texts = labels.map(lambda value: "" if is_missing(value) else str(value).strip())
    whole = set(texts)
    parts = {text: _parts(text) for text in whole}
    known = Counter(part for split in parts.values() for part in set(split))

    def several(text: str) -> bool:
        split = parts[text]
        comma = "," in text and not re.search("[;|]", text)
        return len(split) > 1 and (all(x in whole for x in split) if comma else any(known[x] > 1 for x in split))

    lists = labels.map(lambda value: len(_list(value) or ()) > 1)
    found = lists | texts.map({text: several(text) for text in whole})
    if found.any():
        row = found.idxmax()
        raise DataError(
            f"The label column has several labels in one cell: {texts[row]!r} at {places[row]}, and {found.sum()} such "
            f"rows of {len(labels)}.",
            expected="one label per text: the course's classifiers give each text one class",
            remedy="keep the label that matters most, or make a yes/no column for each label and train one model for "
            "each; if this is the name of one class, pass class_names=….",
        )


def _list(value: object) -> list[object] | None:
    if isinstance(value, str) and re.fullmatch(r"\s*\[.*\]\s*", value, re.DOTALL):
        try:
            return list(json.loads(value.replace("'", '"')))
        except ValueError:
            return None
    return list(value) if isinstance(value, list | tuple | np.ndarray) else None


def _parts(text: str) -> list[str]:
    separator = next((mark for mark in ";|," if mark in text), None)
    return [part.strip() for part in text.split(separator) if part.strip()] if separator else [text]


def note_look_alikes(names: Sequence[str], notes: list[str]) -> None:
    """Note classes that differ in nothing but capitals, width, trailing zeros or invisible characters."""
    groups = defaultdict(list)
    for name in names:
        groups[_seen(name)].append(name)
    for alike in groups.values():
        if len(alike) > 1:
            notes.append(tr("the classes {names} look alike; each was kept: write them alike if they are one",
                            names=", ".join(map(_quoted, alike))))  # fmt: skip


def _quoted(name: str) -> str:
    """A name in quotes, what cannot be seen in it spelled out."""
    return "".join(f"\\u{ord(sign):04x}" if _INVISIBLE.match(sign) else sign for sign in repr(name))


def _seen(name: str) -> str:
    text = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", name)).casefold().split())
    try:
        return str(Decimal(text).normalize()) if re.fullmatch(r"[-+]?\d+\.?\d*", text) else text
    except InvalidOperation:
        return text
