"""What keeps the two languages of a chapter together: the same numbers, and a Chinese text written for this English."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jupytext
from nbformat import NotebookNode

from talentlab.authoring.combined import code_cells
from talentlab.authoring.form import tags
from talentlab.runtime import repository_root

# Cells in which the course speaks in sentences of its own, written apart in each language.
_OWN_WORDS = re.compile(r"\b(quizzes|guesses|start_page)\.|\.settle\(")


def differing_numbers(english: NotebookNode, chinese: NotebookNode) -> Iterator[str]:
    """Cells whose texts show other numbers in Chinese than in English.

    Where a cell's output is not compared its numbers may differ, but none may be missing: a key is half translated.
    """
    for one, other in zip(code_cells(english), code_cells(chinese), strict=True):
        numbers, their = _numbers(one), _numbers(other)
        if "nbval-ignore-output" in tags(one) or _OWN_WORDS.search(one.source):
            their = Counter(nan=their["nan"])
            numbers &= their
        if numbers != their:
            only = ", ".join(f"{number} in {language}" for language, left in (
                ("English", numbers - their), ("Chinese", their - numbers)) for number in left)  # fmt: skip
            yield f"other numbers in the Chinese edition's cell {one.source.splitlines()[0][:60]!r}: {only}"


def _numbers(cell: NotebookNode) -> Counter[str]:
    texts = []
    for output in cell.outputs:
        data = output.get("data", {})
        texts += [
            output.get("text", ""),
            data.get("text/html", data.get("text/plain", "")),
            data.get("text/markdown", ""),
        ]
    plain = re.sub(r"<[^>]*>|0x[0-9a-f]+", " ", "\n".join(texts))
    return Counter(number.replace(",", "") for number in re.findall(r"\d[\d,]*(?:\.\d+)?|\bnan\b", plain))


def _file(slug: str) -> Path:
    return repository_root() / "course" / "zh" / f"{slug}.pairs"


def _pairs(slug: str) -> Iterator[tuple[str, str, str]]:
    """Of each Chinese text: its hash, that of the English cell before it, and the English itself."""
    before = None
    for cell in jupytext.read(repository_root() / "course" / "chapters" / f"{slug}.py", fmt="py:percent").cells:
        if cell.metadata.get("lang") == "zh" and before is not None:
            yield _hash(cell.source), _hash(before.source), before.source
        before = cell


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _confirmed(slug: str) -> dict[str, str]:
    path = _file(slug)
    return dict(line.split() for line in path.read_text().splitlines()) if path.is_file() else {}


def keep(slug: str, *, confirm: bool = False) -> None:
    """Write down for which English each Chinese text was written: new ones, or all of them to confirm the pairs."""
    known = {} if confirm else _confirmed(slug)
    lines = [f"{chinese} {known.get(chinese, english)}\n" for chinese, english, _ in _pairs(slug)]
    path = _file(slug)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines))


def outdated(slug: str) -> list[str]:
    """English that was edited after its Chinese, which still is the same."""
    known = _confirmed(slug)
    return [
        f"{slug}: English edited after its Chinese, then `talentlab confirm`: {text.splitlines()[0][:50]!r}"
        for chinese, english, text in _pairs(slug)
        if known.get(chinese, english) != english
    ]
