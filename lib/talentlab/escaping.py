"""Text from data on its way into Markdown: a class name or a file name may hold tags, bars and asterisks."""

# <, > and & make tags and entities, | ends a table's cell, the others make emphasis, code, links and formulas.
_MARKS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {mark: f"\\{mark}" for mark in "\\`*[|$"})


def markdown_text(value: object) -> str:
    """One line of Markdown, or one cell of a table, that shows a value as it is written and nothing else.

    Everything that comes from data passes through here before it is put into Markdown; HTML has `html.escape`.
    """
    return " ".join(str(value).split()).translate(_MARKS)
