"""Separated values (CSV, TSV and what people save under these names) to rows: separator, quoting, header."""

import csv
import io
import re
from typing import Literal

import pandas as pd

from talentlab.errors import DataError
from talentlab.language import tr

_MAX_FIELD = 1 << 20  # characters; a field this long is a quote that was never closed, not a text
_SEPARATORS = ",;\t|"
Rows = dict[int, list[str]]


def read_delimited(
    text: str, name: str, usual: str, delimiter: str | None, header: bool | None
) -> tuple[pd.DataFrame, list[str]]:
    """The table that a text is, its rows numbered as in the file, and notes on what had to be guessed.

    Args:
        text: The file.
        name: Its name, for messages.
        usual: The separator that its name promises.
        delimiter: The separator; None to take the one of its first line.
        header: Whether the first row names the columns; None to look whether it is a row like the others. Without
            names, two columns are called `text` and `label`, the one with fewer different values being the label;
            others `column 1`, `column 2`, …

    Raises:
        DataError: If no separator gives every row as many fields as the first, or there are no rows.
    """
    notes: list[str] = []
    first, start = re.match("sep=(.)\r?\n", text), 1
    if first:  # Excel's way to name the separator
        text, start, delimiter = text[first.end() :], 2, delimiter or first[1]
    rows, found = _separate(text, name, start, _candidates(text, usual, delimiter), delimiter or usual, notes)
    if found != usual:
        notes.append(tr("{name} is separated by {separator!r}", name=name, separator=found))
    return _named(rows, name, header, notes), notes


def _candidates(text: str, usual: str, delimiter: str | None) -> list[str]:
    """Separators to try. The first line decides where it can: names hold no commas, texts do."""
    if delimiter:
        return [delimiter]
    line = text.lstrip().partition("\n")[0][:10_000]
    try:
        sniffed = [csv.Sniffer().sniff(line, _SEPARATORS).delimiter]
    except csv.Error:
        sniffed = []
    present = [usual, *(mark for mark in _SEPARATORS if mark in line)]
    return list(dict.fromkeys([mark for mark in sniffed if mark in _SEPARATORS] + present))


def _separate(
    text: str, name: str, start: int, candidates: list[str], usual: str, notes: list[str]
) -> tuple[Rows, str]:
    """The first reading with several columns; else the usual separator's, one column or an error."""
    outcomes = {}
    for mark in candidates:
        outcomes[mark] = rows, without_quotes = _quoted_or_not(text, mark, start)
        if isinstance(rows, dict) and (len(candidates) == 1 or len(next(iter(rows.values()), [])) > 1):
            break
    else:
        mark = usual
        rows, without_quotes = outcomes[mark]
    if isinstance(rows, csv.Error):
        raise DataError(
            f"{name}, {rows}.",
            expected="the same number of fields in every row, quotation marks inside a field doubled",
            remedy="mend that row (often a stray quotation mark or a separator inside a text), or pass delimiter=….",
        )
    if without_quotes:
        notes.append(tr("{name} was read without quoting: its quotation marks are part of the texts", name=name))
    return rows, mark


def _quoted_or_not(text: str, delimiter: str, start: int) -> tuple[Rows | csv.Error, bool]:
    """Commas by the usual rules; for other separators find out whether quotes are quoting or just characters.

    A tab-separated file without quoting may still hold quotation marks. It counts as quoted only where that reading is
    valid throughout and yields the same number of rows, so an opening quote never swallows the rows after it.
    """
    outcomes: dict[bool, Rows | csv.Error] = {}
    for quoted in (True, False) if delimiter != "," and '"' in text else (delimiter == ",",):
        try:
            outcomes[quoted] = _parse(text, delimiter, quoted, start)
        except csv.Error as error:
            outcomes[quoted] = error
    with_quotes, without = outcomes.get(True), outcomes.get(False)
    if isinstance(without, dict) and not (isinstance(with_quotes, dict) and len(with_quotes) == len(without)):
        return without, with_quotes is not None
    found = with_quotes or without
    return ({} if found is None else found), False


def _parse(text: str, delimiter: str, quoted: bool, number: int) -> Rows:
    """Fields of every row by its number; `csv.Error` carries the number in its message.

    Fields that a spreadsheet adds at the end, empty and below no name, are taken off; where it left them out, put back.
    """
    lines = io.StringIO(text, newline="")
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=quoted)
    rows: Rows = {}
    width = names = 0
    limit = csv.field_size_limit(_MAX_FIELD)
    try:
        for row in reader:
            if not width:
                width = len(row)
                names = max((place for place, cell in enumerate(row, 1) if cell.strip()), default=width)
            if row and names <= len(row) < width:
                row += [""] * (width - len(row))
            if row and len(row) != width and (len(row) < width or any(cell.strip() for cell in row[width:])):
                raise csv.Error(f"{len(row)} fields, the header has {width}")
            if row:  # a line with nothing on it is no row, but it has a number
                rows[number] = row[:width]
            number += 1
    except csv.Error as error:
        raise csv.Error(f"row {number}: {error}") from error
    finally:
        csv.field_size_limit(limit)
    return rows


def _named(rows: Rows, name: str, header: bool | None, notes: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows.values()), index=list(rows), dtype=object)
    if header is False or (header is None and _is_a_row(table)):
        columns = [f"column {number}" for number in range(1, table.shape[1] + 1)]
        if table.shape[1] == 2:
            columns = ["text", "label"] if table[1].nunique() < table[0].nunique() else ["label", "text"]
        notes.append(tr("{name} has no header line: its columns are {columns}", name=name, columns=columns))
        return table.set_axis(columns, axis="columns")
    head = [str(cell).strip() for cell in table.iloc[0]] if len(table) else []
    named = [cell for cell in head if cell]
    if len(table) < 2 or len(set(named)) != len(named) or not named:
        raise DataError(
            f"{name} has the header {head} and {max(len(rows) - 1, 0)} rows.",
            expected="one header line with distinct names, then at least one row",
            remedy="add the header line, or fill the file; pass header=False if its first line is data.",
        )
    again = (table == table.iloc[0]).all(axis="columns") & (len(head) > 1 or table.index == table.index[0])
    if again.sum() > 1:
        notes.append(tr("{name}: {n} rows that repeat the header were left out", name=name, n=int(again.sum()) - 1))
    table = table[~again].set_axis(head, axis="columns")
    if "" in head and (n := int(table[[""]].ne("").any(axis="columns").sum())):
        notes.append(tr("{name}: {columns} columns without a name were left out; {n} rows have something in them",
                        name=name, columns=head.count(""), n=n))  # fmt: skip
    if table.empty:
        raise DataError(f"{name} has no rows.", expected="at least one row", remedy="fill the file.")
    return table[named]


def _is_a_row(table: pd.DataFrame) -> bool:
    """Whether the first row is data: a cell, not all, stands below again in a column of few values, as labels do."""
    if len(table) < 3:
        return False
    body = table[(table != table.iloc[0]).any(axis="columns")]
    few = [column for column in table if body[column].nunique() * 2 <= len(body)]
    return any(str(cell).strip() != "" and cell in set(body[column]) for column, cell in table.iloc[0][few].items())
