"""Text from data on its way to where it is shown: a class name may hold tags, a formula, orders to a terminal."""

import re
from collections.abc import Sequence
from typing import Any

# <, > and & make tags and entities, | ends a table's cell, the others make emphasis, code, links and formulas.
_MARKS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {mark: f"\\{mark}" for mark in "\\`*[|$"})
# Orders to a terminal, with what belongs to them; other control characters; marks that turn the direction of writing.
_ORDERS = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]?|\x1b[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?"
    "|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)


def markdown_text(value: object) -> str:
    """One line of Markdown, or one cell of a table, that shows a value as it is written and nothing else.

    Everything that comes from data passes through here before it is put into Markdown; HTML has `html.escape`.
    """
    return " ".join(str(value).split()).translate(_MARKS)


def listed(names: Sequence[str], most: int = 12) -> str:
    """Names in one line; of more than `most` the first ones, and how many there are beside them."""
    left_out = len(names) - most
    return ", ".join(names) if left_out <= 0 else f"{', '.join(names[:most])} … and {left_out} more"


def terminal_text(text: str) -> str:
    """A text without what a terminal obeys: colours, moves, titles, links; line breaks and tabs stay."""
    return _ORDERS.sub("", text)


def spreadsheet_text(value: object) -> object:
    """A cell that a spreadsheet shows as it is written: a text that would be a formula gets an apostrophe before it.

    Numbers stay numbers, also those that are written as text.
    """
    if not isinstance(value, str):
        return value
    value = value.replace("\r\n", "\n").replace("\r", "\n")  # pandas quotes a field for the one, not for the other
    if len(value) < 2 or value[0] not in "=+-@\t\n＝＋－＠":
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def spreadsheet_csv(table: Any, **settings: Any) -> str:
    """A table as CSV for a spreadsheet: cells, row names and column names pass through `spreadsheet_text`.

    Files that are read back, such as labels or texts, are written as they are.
    """
    safe = table.map(spreadsheet_text).rename(index=spreadsheet_text, columns=spreadsheet_text)
    names = [spreadsheet_text(name) for name in safe.index.names]
    return str(safe.rename_axis(index=names[0] if len(names) == 1 else names).to_csv(**settings))
