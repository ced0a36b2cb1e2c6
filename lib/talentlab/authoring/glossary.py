"""The glossary's words in a chapter: each leads to its explanation where it is used first."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from nbformat import NotebookNode

from talentlab.runtime import repository_root

# What no link is put into.
_CLOSED = re.compile(
    r"```.*?```|`[^`\n]+`|\$\$.*?\$\$|\$[^$\n]+\$"  # code, formulas
    r"|!?\[[^\]]*\]\([^)]*\)|<details>.*?</details>|<[^>\n]+>"  # links and pictures, tags
    r"|^#+ .*?$|^\|[^\n]*\|\n\|[-|: ]+\|$",  # headings, the title line of a table
    re.DOTALL | re.MULTILINE,
)

# Everyday words too: only where the text emphasises them, as at their definition, are they the term.
_EVERYDAY = {"run", "study", "trial", "power", "domain", "interaction", "rank", "head", "slice"}


@cache
def terms(edition: str) -> dict[str, str]:
    """The words of a language, as they stand in a text, each with the id of its row in `course/glossary.md`."""
    text = (repository_root() / "course" / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r'^\| <a id="([\w-]+)"></a>(.+?) \| (.+?) \| .+ \|$', text, re.MULTILINE)
    column = {anchor: chinese if edition == "zh" else english for anchor, english, chinese in rows}
    return {
        word.strip(): anchor for anchor, cell in column.items() for word in re.split(r"[（）()]", cell) if word.strip()
    }


def first_uses(texts: Sequence[str], edition: str) -> Iterator[tuple[int, int, int, str]]:
    """Each term's first use: number of the text, start and end in it, id of the term."""
    known, found = terms(edition), set()
    longest_first = sorted(known, key=len, reverse=True)
    words = "|".join(map(re.escape, longest_first))
    # in Chinese no space ends a word; in English a term may stand in the plural and at a sentence's beginning
    pattern = re.compile(words if edition == "zh" else rf"\b({words})(?:e?s)?\b(?!-)", re.IGNORECASE)
    by_lower = {word.lower(): anchor for word, anchor in known.items()}
    for number, text in enumerate(texts):
        closed = [match.span() for match in _CLOSED.finditer(text)]
        for match in pattern.finditer(text):
            anchor = by_lower[(match[0] if edition == "zh" else match[1]).lower()]
            if anchor in found or any(start < match.end() and match.start() < end for start, end in closed):
                continue
            everyday = anchor in _EVERYDAY or len(match[0]) == 1  # 批 and 轮 stand in many words
            if not everyday or text[: match.start()].endswith("*"):
                found.add(anchor)
                yield number, *match.span(), anchor


def link(cells: Sequence[NotebookNode], edition: str, page: str) -> None:
    """Make each term's first use in these Markdown cells a link.

    Args:
        cells: Changed in place.
        edition: `zh` for the Chinese words, another for the English.
        page: Where the glossary lies, as seen from the notebook.
    """
    for number, start, end, anchor in reversed(list(first_uses([cell.source for cell in cells], edition))):
        text = cells[number].source
        while text[start - 1 : start] == text[end : end + 1] == "*":  # around the emphasis: inside of it a link ends it
            start, end = start - 1, end + 1
        cells[number].source = f"{text[:start]}[{text[start:end]}]({page}#{anchor}){text[end:]}"
