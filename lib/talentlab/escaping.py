"""Text from data on its way into Markdown: a class name or a file name may hold tags, bars and asterisks."""

from collections.abc import Sequence

# <, > and & make tags and entities, | ends a table's cell, the others make emphasis, code, links and formulas.
_MARKS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {mark: f"\\{mark}" for mark in "\\`*[|$"})


def markdown_text(value: object) -> str:
    """One line of Markdown, or one cell of a table, that shows a value as it is written and nothing else.

    Everything that comes from data passes through here before it is put into Markdown; HTML has `html.escape`.
    """
    return " ".join(str(value).split()).translate(_MARKS)


def listed(names: Sequence[str], most: int = 12) -> str:
    """Names in one line; of more than `most` the first ones, and how many there are beside them."""
    left_out = len(names) - most
    return ", ".join(names) if left_out <= 0 else f"{', '.join(names[:most])} … and {left_out} more"
