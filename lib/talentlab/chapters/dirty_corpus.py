"""A whole data set damaged on purpose, with a log, and how good a detector of the damage is."""

import html
import re
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import ftfy.bad_codecs  # noqa: F401  (brings the codec `sloppy-windows-1252`)
import numpy as np
import pandas as pd

from talentlab.data.corruption import add_typos, check_share, drop_words
from talentlab.errors import DataError
from talentlab.evaluation.metrics import proportion_interval

# What a word processor makes of plain signs; three bytes each in UTF-8, so a wrong decoding shows.
_TYPOGRAPHIC = {"'": "\u2019", '"': "\u201d", " - ": " \u2013 ", ".": "\u2026"}

# The last is cut off in the middle of a tag, as texts with a length limit are: it looks like no tag.
_TAGS = ("<p>{}</p>", "{}<br />", '<div class="review">{}</div>', "<span>{}</span>&nbsp;", "{}<a href=")
_LOG_COLUMNS = ["row", "what", "copy_of", "before", "after"]
_SIMILARITY = 0.85  # of a label's spelling to that of its class, 1 for equal ones (`difflib`)


def corrupt(
    frame: pd.DataFrame,
    seed: int = 0,
    *,
    encodings: float = 0.06,  # half mojibake, half replacement characters
    html_remains: float = 0.04,
    empty: float = 0.02,
    spellings: float = 0.04,  # of the label
    flipped: float = 0.10,
    duplicates: float = 0.06,  # half exact, half near
    leaked: float = 0.06,  # copies of test rows, half exact, half near
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A dirty version of labelled rows, and the log of what was done to which of them.

    Only training rows are damaged or added: what is measured on the other splits stays meaningful. Each row has at most
    one fault. All shares are of the number of training rows.

    Args:
        frame: Columns `text`, `label` (names or numbers) and `split` (train, validation, test); others stay.
        seed: Which rows, and how.
        encodings, …: Shares, as the comments beside them say.

    Returns:
        The dirty rows, numbered from 0, labels as strings; and the log with `row`, `what`, `copy_of` (row of the
        original of a copy, which always stands before a duplicate of its own split), and the text or label `before`
        and `after`.

    Raises:
        DataError: If a column is missing, or the shares are impossible.
    """
    shares = {
        "replacement characters": encodings / 2, "mojibake": encodings / 2, "HTML remains": html_remains,
        "empty text": empty, "label spelling": spellings, "flipped label": flipped,
        "exact duplicate": duplicates / 2, "near duplicate": duplicates / 2,
    }  # fmt: skip
    _check_frame(frame, shares, leaked)
    rng = np.random.default_rng(seed)
    clean = frame.reset_index(drop=True).assign(label=frame["label"].astype(str).to_list())
    classes = sorted(clean["label"].unique())
    train = np.flatnonzero(clean["split"] == "train")
    free = iter(rng.permutation(train).tolist())
    test = iter(rng.permutation(np.flatnonzero(clean["split"] == "test")).tolist())
    plan = [(what, next(free)) for what, share in shares.items() for _ in range(round(share * len(train)))]
    copies = round(leaked * len(train) / 2)
    plan += [(what, next(test)) for what in ("leaked copy", "leaked near copy") for _ in range(copies)]
    dirty = clean.assign(_order=clean.index.astype(float))
    added: list[dict[str, Any]] = []
    log: list[dict[str, Any]] = []
    for what, source in plan:
        old = clean.loc[source]
        column = "label" if "label" in what else "text"
        new = _damage(what, old[column], classes, rng)
        entry = {"row": source, "what": what, "copy_of": pd.NA, "before": old[column], "after": new}
        if what.endswith(("duplicate", "copy")):
            entry |= {"row": len(clean) + len(added), "copy_of": source}
            start = 0.0 if what.startswith("leaked") else float(source)
            added.append({**old, "text": new, "split": "train", "_order": rng.uniform(start, len(clean))})
        else:
            dirty.loc[source, column] = new
        log.append(entry)
    both = pd.concat([dirty, pd.DataFrame(added)], ignore_index=True).sort_values("_order", kind="stable")
    place = pd.Series(range(len(both)), both.index)  # where a row stands now
    table = pd.DataFrame(log, columns=_LOG_COLUMNS)
    table = table.assign(row=table["row"].map(place).astype(int), copy_of=table["copy_of"].map(place).astype("Int64"))
    return both.drop(columns="_order").reset_index(drop=True), table.sort_values("row").reset_index(drop=True)


def _damage(what: str, value: str, classes: Sequence[str], rng: np.random.Generator) -> str:
    def pick(options: Sequence[str]) -> str:
        return options[int(rng.integers(len(options)))]

    if what == "replacement characters":
        places = rng.choice(len(value), size=min(len(value), 3), replace=False)
        return "".join("\ufffd" if i in places else letter for i, letter in enumerate(value))
    if what == "mojibake":
        return _mojibake(value, lossy=rng.random() < 0.2)
    if what == "HTML remains":
        return pick(_TAGS).format(html.escape(value))
    if what == "empty text":
        return pick(["", " ", "\t "])
    if what == "label spelling":
        variants = (value.upper(), value.title(), f" {value} ", f"{value}.", value[:-1] if len(value) > 6 else value)
        return pick([v for v in variants if v != value])
    if what == "flipped label":
        return pick([other for other in classes if other != value])
    return _near_copy(value, rng.uniform(0.05, 0.5), int(rng.integers(2**32))) if "near" in what else value


def _mojibake(text: str, lossy: bool) -> str:
    """UTF-8 read as Windows-1252, which is how `’` becomes `â€™`; bytes that it lacks stay as control characters.

    `lossy`: squeezed into ASCII instead, so that question marks stand where the signs were. Nobody can mend that.
    """
    for plain, fine in _TYPOGRAPHIC.items():
        text = text.replace(plain, fine)
    text = text if any(letter > "\x7f" for letter in text) else text + "\u2026"
    if lossy:
        return text.encode("ascii", "replace").decode()
    return text.encode("utf-8").decode("sloppy-windows-1252")


def _near_copy(text: str, share: float, seed: int) -> str:
    """The same text with `share` of its words gone or mistyped, at least one."""
    words = max(1, len(text.split()))
    changed = (drop_words if seed % 2 else add_typos)([text], max(share, 1 / words), seed)[0]
    return changed if changed.casefold() != text.casefold() else text.rstrip(".!?。") + " …"


def _check_frame(frame: pd.DataFrame, shares: dict[str, float], leaked: float) -> None:
    if missing := {"text", "label", "split"} - set(frame.columns):
        raise DataError(
            f"The columns {list(frame.columns)} lack {sorted(missing)}.",
            expected="columns text, label and split",
            remedy="take the frame of data.load_labelled_text, or rename the columns.",
        )
    for what, share in {**shares, "leaked": leaked}.items():
        check_share(what, share)
    train, test = ((frame["split"] == name).sum() for name in ("train", "test"))
    wanted = sum(round(share * train) for share in shares.values())
    if wanted > train or 2 * round(leaked * train / 2) > test or frame["label"].nunique() < 2:
        raise DataError(
            f"{wanted} rows to damage of {train}, {round(leaked * train)} to leak of {test}, "
            f"{frame['label'].nunique()} class(es).",
            expected="shares that sum to at most 1, at least that many test rows, and 2 classes",
            remedy="lower the shares.",
        )


def unify_labels(labels: Iterable[object], class_names: Sequence[str]) -> list[str | None]:
    """Each label in the spelling of the class that it means; None where that cannot be said.

    Case, blanks and signs at the ends do not count; of what then is no class, the most similar class is taken.

    Args:
        labels: N labels as they were written.
        class_names: C correct spellings.

    Raises:
        DataError: If two class names differ only in what does not count.
    """
    keys = {_label_key(name): name for name in class_names}
    if len(keys) < len(class_names):
        raise DataError(
            f"The class names {list(class_names)} are not all different without case, blanks and signs at the ends.",
            expected="names that differ in more than that",
            remedy="rename a class.",
        )

    def find(label: object) -> str | None:
        near = get_close_matches(_label_key(label), keys, n=1, cutoff=_SIMILARITY)
        return keys[near[0]] if near else None

    return [find(label) for label in labels]


def _label_key(label: object) -> str:
    return re.sub(r"\.0+$|^[^\w-]+|\W+$", "", str(label).strip().casefold())


def judge_detector(found: Collection[Any], truth: Collection[Any]) -> dict[str, Any]:
    """How good a detector was, where the truth is known.

    Args:
        found: What it reported.
        truth: What there was.

    Returns:
        `found` (right ones), `missed`, `false_alarms`; `precision`, `recall` with Wilson's interval, None for 0 of 0.
    """
    found, truth = set(found), set(truth)
    right = len(found & truth)
    return {
        "found": right,
        "missed": len(truth) - right,
        "false_alarms": len(found) - right,
        "precision": proportion_interval(right, len(found)) if found else None,
        "recall": proportion_interval(right, len(truth)) if truth else None,
    }
