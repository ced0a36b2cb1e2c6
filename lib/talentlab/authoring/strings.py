"""The Chinese of a chapter's code: `course/zh/<chapter>.po`, kept in step with the code and with what is displayed."""

import ast
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from nbformat import NotebookNode

from talentlab import language
from talentlab.authoring import sentences
from talentlab.authoring.navigation import notebook_path
from talentlab.course import translation
from talentlab.course.translation import Text
from talentlab.language import COMMENT, EVERYWHERE, NAME, SENTENCE
from talentlab.runtime import repository_root

_HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


def wanted(slug: str) -> dict[tuple[str | None, str], Text]:
    """What a chapter's code, its checks and the outputs of its Chinese edition show, by context and English."""
    root = repository_root()
    cells = jupytext.read(root / "course" / "chapters" / f"{slug}.py", fmt="py:percent").cells
    codes = [cell.source for cell in cells if cell.cell_type == "code"]
    if (checks := root / "course" / "checks" / f"{slug}.py").is_file():
        checked = ast.parse(checks.read_text(encoding="utf-8")).body[1:]  # nobody sees its docstring and comments
        codes.append(ast.unparse(ast.Module(checked, [])))
    found: dict[tuple[str | None, str], Text] = {}
    for text in (text for code in codes for text in translation.texts(code)):
        if text.shown or (text.context, text.text) not in found:
            found[text.context, text.text] = text
    kept = {message.id for message in read(language.of_a_chapter(slug)) if EVERYWHERE in message.flags}
    known = language.catalogue(language.LIBRARY)
    offered = {key: text for key, text in found.items() if text.wants_chinese or text.text in kept}
    decided = {(each.context, each.id) for each in read(language.LIBRARY) if "keep" in each.flags}
    decided |= {key for key in known if key[0] == COMMENT}
    offered = {key: text for key, text in offered.items() if key not in decided}
    return offered | {
        (NAME, name): Text(name, NAME) for name in sorted(_names(slug, known)) if (NAME, name) not in decided
    }


def _names(slug: str, known: dict[tuple[str | None, str], str]) -> set[str]:
    """Names that tables and figures of the Chinese edition show: what still is English, and what the catalogue has."""
    path = notebook_path(slug, "zh")
    if not path.is_file():
        return set()
    shown = {language.without_numbers(name) for name in shown_names(nbformat.read(path, as_version=4))}
    mine = {str(message.id): message.string for message in read(language.of_a_chapter(slug))
            if message.context == NAME}  # fmt: skip
    english = {name for name in shown if re.search(r"[A-Za-z]{2,}", name) and not re.search(r"[一-鿿]", name)}
    return {name for name in english if (NAME, name) not in known} | {
        name for name, chinese in mine.items() if chinese and {name, chinese} & shown
    }


def shown_names(notebook: NotebookNode) -> set[str]:
    """Columns and rows of a notebook's tables, and the texts in its figures."""
    found: set[str] = set()
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        for cell in re.findall(r"<th\b[^>]*>([^<]+)</th>", output.get("data", {}).get("text/html", "")):
            found.add(html.unescape(cell).strip())
        found |= set(output.get("metadata", {}).get("image/png", {}).get(language.TEXTS, []))
    return found


def update(slug: str) -> tuple[Path, int]:
    """Bring the catalogue of a chapter into step: new entries come, dead ones go, changed ones are marked fuzzy.

    Returns:
        The file, and how many entries want somebody.
    """
    path, template = language.of_a_chapter(slug), Catalog()
    return path, _write(path, template, wanted(slug))


def update_library() -> tuple[Path, int]:
    """The same for the sentences of the library; its names, and what all chapters keep, stay."""
    return language.LIBRARY, _write(language.LIBRARY, Catalog(), wanted_of_the_library())


def problems_of_the_library() -> list[str]:
    """Where the Chinese of the library is not what its English asks for; one line each."""
    return [f"{language.LIBRARY.name}: {problem}" for problem in _problems(language.LIBRARY, wanted_of_the_library())]


def wanted_of_the_library() -> dict[tuple[str | None, str], Text]:
    """Its sentences, the parts of its errors, its help texts, and the names that its catalogue has."""
    names = [
        message for message in read(language.LIBRARY)
        if message.id and message.context != SENTENCE and (message.context or "keep" in message.flags)
    ]  # fmt: skip
    texts = {(message.context, str(message.id)): Text(str(message.id), message.context) for message in names}
    return texts | sentences.of_the_library()


def _write(path: Path, template: Catalog, texts: dict[tuple[str | None, str], Text]) -> int:
    for (context, english), _ in texts.items():
        template.add(english, context=context)
    catalogue = read(path)
    catalogue.update(template, update_creation_date=False)
    catalogue.obsolete.clear()
    for message in catalogue:
        message.flags -= {"python-format", "python-brace-format"}
        if message.context == NAME and message.previous_id:  # a name like another one is another name
            message.string, message.previous_id = "", []
            message.flags.discard("fuzzy")
        if "fuzzy" in message.flags:
            message.flags -= {"keep", EVERYWHERE}
    written = io.BytesIO()
    write_po(written, catalogue, width=110, omit_header=True, no_location=True, include_previous=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_HEAD + written.getvalue().decode().rstrip() + "\n", encoding="utf-8")
    return sum(1 for _ in _problems(path, texts))


def problems(slug: str) -> list[str]:
    """Where the Chinese of a chapter's code is not what its English asks for; one line each."""
    path = language.of_a_chapter(slug)
    if not path.is_file():
        return [f"{slug}: its code is not in Chinese: `talentlab strings {slug}`"]
    return [f"{path.name}: {problem}" for problem in _problems(path, wanted(slug))]


def _problems(path: Path, texts: dict[tuple[str | None, str], Text]) -> Iterator[str]:
    there = {(message.context, message.id): message for message in read(path) if message.id}
    for key, text in texts.items():
        message = there.get(key)
        where = f"{f'{key[0]} ' if key[0] else ''}{text.text[:60]!r}"
        if message is None or not (message.string or "keep" in message.flags):
            yield f"no Chinese for {where}"
        elif "fuzzy" in message.flags:
            yield f"fuzzy: {where} has another English than its Chinese was written for"
        elif (
            message.string
            and (wrong := translation.foreign(str(message.string), text.expressions))
            and text.expressions
        ):
            yield f"{where}: other expressions in its Chinese: {', '.join(wrong)}"
    yield from (f"stale: {key[1][:60]!r} is nowhere in the code" for key in there if key not in texts)


def read(path: Path) -> Catalog:
    """A catalogue with its flags; an empty one where there is no file."""
    if not path.is_file():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file)
