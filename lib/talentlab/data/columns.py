"""Which columns of a table hold texts and labels: by their usual names, as you say, or as a column for each label."""

from collections.abc import Sequence

import pandas as pd

from talentlab.data.readers import split_name
from talentlab.errors import DataError
from talentlab.language import tr

# Tried in this order, on lower-cased column names.
_TEXT_COLUMNS = ("text", "sentence", "review", "content", "comment", "document", "body", "abstract")
_LABEL_COLUMNS = ("label", "labels", "class", "sentiment", "category", "target", "y")
_YES_NO = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}


def name_columns(
    name: str, table: pd.DataFrame, text_column: str | None, label_column: str | None, notes: list[str]
) -> tuple[pd.DataFrame, str]:
    """Columns `text`, `label`, perhaps `split`, and the label column's own name; evaluation files may lack labels."""
    columns = [c for c in table.columns if c not in ("place", "split")]
    lower = {str(c).lower(): c for c in reversed(columns)}  # of two that differ in capitals alone, the first

    def pick(given: str | None, candidates: Sequence[str], what: str) -> str:
        hits = [given if given in columns else lower.get(given.lower())] if given else map(lower.get, candidates)
        found = next((hit for hit in hits if hit is not None), None)
        labels = (
            from_yes_no_columns(table, columns, notes) if found is None and (what, given) == ("label", None) else None
        )
        if labels is not None:
            table["label"] = labels
            return "label"
        if found is None and what == "label" and split_name(name) in ("validation", "test"):
            table["label"] = None
            return "label"
        if found is None:
            raise DataError(
                f"{name}: no {what} column {given!r}; there are {columns}." if given else f"{name} has {columns}.",
                expected=f"a {what} column, named {', '.join(candidates)} or given by `{what}_column`",
                remedy=likely_columns(table, columns),
            )
        return found

    text = pick(text_column, _TEXT_COLUMNS, "text")
    label = pick(label_column, _LABEL_COLUMNS, "label")
    named = table.drop(columns=[c for c in ("text", "label") if c in table and c not in (text, label)])
    named = named.assign(text=table[text], label=table[label]).drop(columns=list({text, label} - {"text", "label"}))
    return named if "split" in named else named.rename(columns={lower.get("split"): "split"}), label


def from_yes_no_columns(table: pd.DataFrame, columns: Sequence[str], notes: list[str]) -> pd.Series | None:
    """Labels of a table that has a column of 0 and 1 for each class; None where it has no two such columns.

    Raises:
        DataError: If a row has several ones, or none.
    """
    marks = {column: table[column].map(lambda cell: _YES_NO.get(str(cell).strip().lower())) for column in columns}
    marks = {column: mark for column, mark in marks.items() if mark.notna().all()}
    if len(marks) < 2:
        return None
    ones = pd.DataFrame(marks).astype(int)
    several, none = int((ones.sum(axis=1) > 1).sum()), int((ones.sum(axis=1) == 0).sum())
    if several or none:
        raise DataError(
            f"The columns {list(marks)} hold 0 and 1: {several} rows have several ones, {none} have none.",
            expected="one label per text, so a single 1 in each row",
            remedy=f"pass label_column={next(iter(marks))!r}, or another of them, and train one model for each.",
        )
    notes.append(tr("the labels are the names of the columns that hold a 1: {columns}", columns=", ".join(marks)))
    return ones.idxmax(axis=1)


def likely_columns(table: pd.DataFrame, columns: Sequence[str]) -> str:
    """What to pass for a table without usual names: the column of the longest texts, that of the fewest values."""
    if len(columns) < 2:
        return tr("pass text_column=<one of the columns>, label_column=<another>.")
    cells = {column: table[column].map(str) for column in columns}
    text = max(columns, key=lambda column: cells[column].str.len().mean())
    counts = {column: cells[column].nunique() for column in columns if column != text}
    label = min(counts, key=lambda column: (counts[column] < 2, counts[column]))
    return tr(
        "pass text_column={text!r} and label_column={label!r}, if these are the right ones.", text=text, label=label
    )
