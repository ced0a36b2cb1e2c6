"""Labelled text: from the bundled corpus, a file, a folder of splits or a Hub data set, cleaned with a report, split."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

from talentlab.errors import DataError
from talentlab.readers import FORMATS, read_table
from talentlab.runtime import repository_root

SPLITS = ("train", "validation", "test")
_SPLIT_NAMES = {"train": "train", "training": "train", "validation": "validation", "valid": "validation",
                "val": "validation", "dev": "validation", "test": "test"}  # fmt: skip
# Tried in this order, on lower-cased column names.
_TEXT_COLUMNS = ("text", "sentence", "review", "content", "comment", "document", "body", "abstract")
_LABEL_COLUMNS = ("label", "labels", "class", "sentiment", "category", "target", "y")
# What a wrong decoding leaves behind: control characters, lone surrogates (and U+FFFD itself).
_DAMAGED = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff]")
# The bundled corpora: file below course/, names of the labels 0, 1, …
BUNDLED = {"reviews": ("data/reviews.csv", ("dissatisfied", "satisfied"))}


@dataclass
class CleaningReport:
    """What cleaning found and did. Rows are numbered as in the file: the header is row 1."""

    rows_read: int = 0
    removed: dict[str, list[str]] = field(default_factory=dict)  # reason -> places
    kept: dict[str, list[str]] = field(default_factory=dict)  # found in an evaluation split and left there
    notes: list[str] = field(default_factory=list)

    def table(self) -> pd.DataFrame:
        """One line per finding: what, removed or kept, how many, the first places."""
        lines = [
            {"finding": reason, "action": action, "rows": len(places), "first places": ", ".join(places[:3])}
            for action, found in (("removed", self.removed), ("kept", self.kept))
            for reason, places in found.items()
        ]
        return pd.DataFrame(lines, columns=["finding", "action", "rows", "first places"])


@dataclass(frozen=True)
class LabelledText:
    """Cleaned texts with labels and splits.

    Attributes:
        frame: Columns `text` (str), `label` (int, 0 … C-1), `split` (one of `SPLITS`), `place` (file and row), and
            whatever else the source had.
        class_names: The C names, in the order of the labels. In a binary task the second is the positive class.
        report: What cleaning did.
    """

    frame: pd.DataFrame
    class_names: tuple[str, ...]
    report: CleaningReport

    def split(self, name: str) -> pd.DataFrame:
        """Rows of one split, renumbered from 0."""
        return self.frame[self.frame["split"] == name].reset_index(drop=True)

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits that change when a text, a label or a split changes."""
        rows = self.frame[["text", "label", "split"]].to_csv(index=False)
        return hashlib.sha256(rows.encode("utf-8", "replace")).hexdigest()[:12]


def load_labelled_text(
    source: str = "reviews",
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    class_names: Sequence[str] | None = None,
    seed: int = 0,
) -> LabelledText:
    """Load, clean and split labelled text.

    Args:
        source: `reviews` (bundled), a file (CSV, TSV, JSONL, Parquet, or those with .gz), a folder with files named
            train, dev (or validation) and test, or the name of a Hub data set (`name`, `owner/name`, `name:config`).
        text_column: Column of the texts; found by its name if None.
        label_column: Column of the labels, strings or integers; found by its name if None.
        class_names: The labels that may occur, in order. If None, those of the training rows, sorted.
        seed: Seed of the stratified split, where the source has no split of its own: a tenth each for test and validation.

    Raises:
        DataError: If the source cannot be found or used. The message names rows and columns.
    """
    report = CleaningReport()
    names_of_integers: Sequence[str] | None = None
    if source in BUNDLED:
        relative, names_of_integers = BUNDLED[source]
        frame = _read_files([repository_root() / "course" / relative], report)
    elif (path := Path(source).expanduser()).exists():
        frame = _read_files(_files_of(path), report)
    elif source.startswith((".", "/", "~")) or source.lower().removesuffix(".gz").endswith(FORMATS):
        raise DataError(
            f"{path} does not exist (looked from {Path.cwd()}).",
            expected="an existing file or folder",
            remedy="check the path, or leave the data set out to use the bundled `reviews`.",
        )
    else:
        frame, names_of_integers = _read_hub(source)
    report.rows_read = len(frame)
    frame = _name_columns(frame, text_column, label_column)
    frame["split"] = _given_splits(frame)
    frame, names = _encode_labels(frame, class_names, report)
    if names_of_integers and all(name.isdigit() and int(name) < len(names_of_integers) for name in names):
        names = tuple(names_of_integers[int(name)] for name in names)
    frame = _clean(frame, report)
    return LabelledText(_split(frame, names, seed, report), names, report)


def _files_of(path: Path) -> list[Path]:
    """The file itself, or the train, validation and test files of a folder."""
    if path.is_file():
        return [path]
    found = [file for file in sorted(path.iterdir()) if file.name.split(".")[0].lower() in _SPLIT_NAMES]
    stems = [_SPLIT_NAMES[file.name.split(".")[0].lower()] for file in found]
    if "train" not in stems or len(set(stems)) != len(stems):
        raise DataError(
            f"The folder {path} has {[file.name for file in found] or 'no split files'}.",
            expected="one file named train, and one each named dev (or validation) and test",
            remedy="name the files so, or pass a single file.",
        )
    return found


def _read_files(paths: list[Path], report: CleaningReport) -> pd.DataFrame:
    tables = []
    for path in paths:
        table, notes = read_table(path)
        table["place"] = [f"{path.name} row {row}" for row in range(2, len(table) + 2)]
        if len(paths) > 1:
            table["split"] = _SPLIT_NAMES[path.name.split(".")[0].lower()]
        report.notes.extend(notes)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _read_hub(source: str) -> tuple[pd.DataFrame, Sequence[str] | None]:
    name, _, config = source.partition(":")
    try:
        from datasets import ClassLabel, load_dataset  # optional, slow to import, needed only here
    except ImportError as error:
        raise _no_hub(source, "the package `datasets` is not installed") from error
    try:
        splits = load_dataset(name, config or None)
    except Exception as error:  # offline, unknown name, no access: the Hub client raises many types
        raise _no_hub(source, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}") from error
    tables, names = [], None
    for split, rows in splits.items():
        table = rows.to_pandas().astype(object)
        table["place"] = [f"{split} row {row}" for row in range(1, len(table) + 1)]
        table["split"] = split
        names = next((f.names for f in rows.features.values() if isinstance(f, ClassLabel)), names)
        tables.append(table)
    return pd.concat(tables, ignore_index=True), names


def _no_hub(source: str, why: str) -> DataError:
    return DataError(
        f"{source!r} is neither bundled nor a path, and the Hub gave nothing: {why}.",
        expected=f"one of {', '.join(BUNDLED)}, an existing path, or a Hub data set within reach",
        remedy="use `reviews`, which needs no network; for a Hub name, `pip install datasets` and go online.",
    )


def _name_columns(frame: pd.DataFrame, text_column: str | None, label_column: str | None) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    columns = [c for c in frame.columns if c not in ("place", "split")]
    lower = {str(c).lower(): c for c in columns}

    def pick(given: str | None, candidates: Sequence[str], what: str) -> str:
        hits = [given] if given else [lower[c] for c in candidates if c in lower]
        if not hits or hits[0] not in frame.columns:
            raise DataError(
                f"No {what} column {given!r}; the columns are {columns}." if given else f"The columns are {columns}.",
                expected=f"a {what} column, named {', '.join(candidates)} or given by `{what}_column`",
                remedy=f"pass {what}_column=<one of the columns>.",
            )
        return hits[0]

    text, label = pick(text_column, _TEXT_COLUMNS, "text"), pick(label_column, _LABEL_COLUMNS, "label")
    frame = frame.drop(columns=[c for c in ("text", "label") if c in columns and c not in (text, label)])
    frame = frame.assign(text=frame[text], label=frame[label])
    return frame.drop(columns=[c for c in {text, label} - {"text", "label"}])


def _given_splits(frame: pd.DataFrame) -> pd.Series:
    """The source's own splits by their usual names; None where it has none."""
    if "split" not in frame:
        return pd.Series([None] * len(frame), index=frame.index, dtype=object)
    names = frame["split"].map(lambda name: _SPLIT_NAMES.get(str(name).strip().lower()))
    if names.isna().any():
        row = names.isna().idxmax()
        raise DataError(
            f"{frame.at[row, 'place']}: split {frame.at[row, 'split']!r}.",
            expected=f"one of {', '.join(_SPLIT_NAMES)}",
            remedy="rename the split, or the column if it means something else.",
        )
    return names


def _label_key(value: object) -> str | None:
    """One spelling per label: 1, 1.0, "1" and " 1 " are the same; None for a missing one."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    text = re.sub(r"^(-?\d+)\.0+$", r"\1", str(value).strip())
    return text or None


def _encode_labels(
    frame: pd.DataFrame, class_names: Sequence[str] | None, report: CleaningReport
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    keys = frame["label"].map(_label_key)
    in_training = frame["split"].isna() | (frame["split"] == "train")
    names = tuple(class_names or sorted(keys[in_training].dropna().unique(), key=_numbers_first))
    if len(names) < 2 or len(names) > max(2, in_training.sum() // 2):
        raise DataError(
            f"The label column has {len(names)} different values in {in_training.sum()} training rows: {names[:5]}.",
            expected="at least 2 classes, with 2 or more examples each",
            remedy="check that the label column is the right one (label_column=…) and holds classes, not measurements.",
        )
    codes = keys.map({name: code for code, name in enumerate(names)})
    frame = _remove(frame, keys.isna(), "missing label", report)
    frame = _remove(frame, codes.reindex(frame.index).isna(), "unknown label", report)
    return frame.assign(label=codes.reindex(frame.index).astype(int)), names


def _numbers_first(name: str) -> tuple[int, int, str]:
    return (0, int(name), name) if re.fullmatch(r"-?\d{1,15}", name) else (1, 0, name)


def _remove(frame: pd.DataFrame, mask: pd.Series, reason: str, report: CleaningReport) -> pd.DataFrame:
    if mask.any():
        report.removed[reason] = frame.loc[mask, "place"].tolist()
    return frame[~mask]


def _clean(frame: pd.DataFrame, report: CleaningReport) -> pd.DataFrame:
    """Take out what would teach or measure something false, and write down every row.

    An evaluation split that the source gave keeps its repeated and contradictory rows, so that its figures stay
    comparable with published ones; the report still names them.
    """
    texts = ["" if t is None or t != t else _DAMAGED.sub("\ufffd", " ".join(str(t).split())) for t in frame["text"]]
    frame = frame.assign(text=texts)
    frame = _remove(frame, frame["text"] == "", "empty text", report)
    frame = _remove(frame, frame["text"].str.contains("\ufffd", regex=False), "wrong encoding", report)

    frozen = frame["split"].isin(("validation", "test"))
    key = frame["text"].str.casefold()
    labels_per_text = frame["label"].groupby([key, frame["split"].fillna("")]).transform("nunique")
    findings = {
        "conflicting labels": labels_per_text > 1,
        "duplicate": pd.DataFrame({"k": key, "s": frame["split"].fillna("")}).duplicated() & (labels_per_text == 1),
    }
    later = {None: (), "train": ("validation", "test"), "validation": ("test",), "test": ()}
    in_split = {name: set(key[frame["split"] == name]) for name in SPLITS}
    crossing = [any(k in in_split[s] for s in later[split]) for k, split in zip(key, _nones(frame), strict=True)]
    findings["also in a later split"] = pd.Series(crossing, index=frame.index)
    for reason, mask in findings.items():
        if (mask & frozen).any():
            report.kept[reason] = frame.loc[mask & frozen, "place"].tolist()
        frame = _remove(frame, (mask & ~frozen).reindex(frame.index), reason, report)
    if frame.empty:
        raise DataError("No row is left after cleaning.", expected="usable rows", remedy=f"see why: {report.removed}.")
    return frame


def _nones(frame: pd.DataFrame) -> list[str | None]:
    return [split if isinstance(split, str) else None for split in frame["split"]]


def _split(frame: pd.DataFrame, names: tuple[str, ...], seed: int, report: CleaningReport) -> pd.DataFrame:
    """Fill in the splits that the source lacks by a stratified draw from its training rows."""
    split = pd.Series(_nones(frame), index=frame.index, dtype=object).fillna("train")
    for name in ("test", "validation"):
        if (split == name).any():
            continue
        pool = frame.index[split == "train"]
        try:
            _, drawn = train_test_split(pool, test_size=0.1, random_state=seed, stratify=frame.loc[pool, "label"])
        except ValueError as error:
            counts = {names[code]: int(n) for code, n in frame.loc[pool, "label"].value_counts().items()}
            raise DataError(
                f"{len(pool)} rows cannot be split with every class in each part: {counts}.",
                expected="at least about ten rows per class",
                remedy="add rows, merge rare classes, or give a `split` column.",
            ) from error
        split[drawn] = name
        report.notes.append(f"no {name} split was given: drew {len(drawn)} rows, stratified by label, seed {seed}")
    return frame.assign(split=split).reset_index(drop=True)
