"""What the builder adds to a chapter: the ways to its neighbours, and what the document says on its subject."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from talentlab.authoring import glossary
from talentlab.authoring.form import tags
from talentlab.course import claims
from talentlab.experiments.pages import NAVIGATION
from talentlab.runtime import repository_root

EDITIONS = {  # edition -> folder below notebooks/
    "learner": ".", "solutions": "solutions", "zh": "zh", "zh_solutions": "zh/solutions",
}  # fmt: skip
PAIRS = {"learner": "solutions", "zh": "zh_solutions"}  # of one execution
# what an edition's line of links calls the others, and which it takes where one is not made
_OTHERS = {
    "learner": {"solutions": "Solutions", "zh": "中文"},
    "solutions": {"learner": "Without solutions", "zh_solutions": "中文"},
    "zh": {"learner": "English", "zh_solutions": "参考答案"},
    "zh_solutions": {"zh": "不含答案", "solutions": "English"},
}
_INSTEAD = {"zh_solutions": "zh", "zh": "learner", "solutions": "learner"}
_ENGLISH = {
    "title": "title", "start": "Start", "guide": "Instructor's page", "says": "What the document says",
    "own words": "in our own words", "measured": "what was measured", "reason": "The reason",
}  # fmt: skip
_CHINESE = {
    "title": "zh", "start": "开始", "guide": "讲师指南（英文）", "says": "原文怎么说",
    "own words": "用我们自己的话转述", "measured": "测量结果", "reason": "理由",
}  # fmt: skip


def sources() -> list[Path]:
    """The chapter sources, in the order of the course."""
    return sorted((repository_root() / "course" / "chapters").glob("*.py"))


def language_of(edition: str) -> str:
    """`zh` or `en`."""
    return edition[:2] if edition.startswith("zh") else "en"


def notebook_path(slug: str, edition: str) -> Path:
    """Where an edition of a chapter is built to."""
    return repository_root() / "notebooks" / EDITIONS[edition] / f"{slug}.ipynb"


def add(cells: list[NotebookNode], slug: str, edition: str, sources: Sequence[Path]) -> None:
    """Put the line of links after the title and at the end, and after the first the box of statements.

    Args:
        cells: Of an edition of the chapter; changed in place.
        slug: The chapter's. One that the outline does not have stays as it is: it has no place among the others.
        edition: Of `EDITIONS`.
        sources: Of all chapters: only what has a source is linked.
    """
    if slug not in claims.outline()["chapters"]:
        return
    line, statements = links(slug, edition, sources), box(slug, edition)
    top = {"navigation-top": line} | ({"statements": statements} if statements else {})
    cells[1:1] = [_cell(name, text) for name, text in top.items()]
    cells.append(_cell("navigation-bottom", line))


def _cell(name: str, text: str) -> NotebookNode:
    return new_markdown_cell(text, id=name, metadata={"tags": [NAVIGATION]})


def finish_texts(cells: Sequence[NotebookNode], edition: str) -> None:
    """Lead terms to the glossary and pictures to their files, and fold the reasons of solutions."""
    texts = [cell for cell in cells if cell.cell_type == "markdown"]
    glossary.link(
        [cell for cell in texts if "solution" not in tags(cell)],
        language_of(edition),
        _relative(Path("course", "glossary.md"), edition),
    )
    there = {source.stem for source in sources() if edition in editions(source)}
    for cell in texts:
        cell.source = re.sub(  # a chapter without this edition is the learner's
            r"\]\((\w+)\.ipynb\)", lambda link: link[0] if link[1] in there else f"](../{link[1]}.ipynb)", cell.source
        )
        cell.source = cell.source.replace("](images/", f"]({_relative(Path('course', 'images'), edition)}/")
        if "solution" in tags(cell):
            cell.source = f"<details><summary>{_words(edition)['reason']}</summary>\n\n{cell.source}\n\n</details>"


def links(slug: str, edition: str, sources: Sequence[Path]) -> str:
    """Start, previous and next chapter, the other editions, the instructor's page: where they exist, in one line."""
    words, chapters = _words(edition), claims.outline()["chapters"]
    built = {source.stem: editions(source) for source in sources}
    start, *order = [name for name in chapters if name in built]
    place = order.index(slug) if slug in order else -1

    def link(text: str, target: str, other: str = edition) -> str:
        folder = EDITIONS[_nearest(other, built[target])]
        return f"[{text}]({_relative(Path('notebooks', folder, f'{target}.ipynb'), edition)})"

    parts = [link(words["start"], start)] if slug != start else []
    if place > 0:
        parts.append("← " + link(chapters[order[place - 1]][words["title"]], order[place - 1]))
    if place + 1 < len(order):
        parts.append(link(chapters[order[place + 1]][words["title"]], order[place + 1]) + " →")
    for other, name in _OTHERS[edition].items():
        there = _nearest(other, built[slug])
        if there != edition and language_of(there) == language_of(other):
            parts.append(link(name, slug, other))
    guide, english = (Path("course", "guide", folder, f"{slug}.md") for folder in (EDITIONS["zh"], ""))
    if language_of(edition) == "zh" and (repository_root() / guide).is_file():
        parts.append(f"[讲师指南]({_relative(guide, edition)})")
    else:
        parts.append(f"[{words['guide']}]({_relative(english, edition)})")
    return " · ".join(parts)


def _nearest(edition: str, built: Sequence[str]) -> str:
    """An edition, or what stands in for it where it is not made."""
    while edition not in built:
        edition = _INSTEAD[edition]
    return edition


def editions(source: Path) -> list[str]:
    """The editions that a source makes."""
    heads = re.findall(r"^# %% .*$", source.read_text(encoding="utf-8"), re.MULTILINE)
    chinese = [head for head in heads if 'lang="zh"' in head]
    made = {
        "learner": True,
        "solutions": any('"exercise"' in head for head in heads),
        "zh": bool(chinese),
        "zh_solutions": any('"solution"' in head for head in chinese),
    }
    return [edition for edition, is_made in made.items() if is_made]


def box(slug: str, edition: str) -> str | None:
    """The document's statements that a chapter examines, each linked to its section; None for a chapter without."""
    chapter, words = claims.outline()["chapters"][slug], _words(edition)
    document, table = (_relative(Path("course", name), edition) for name in ("document.md", "claims.md"))
    rows = [
        f"> - [{number}]({document}#{anchor(section)}) {chinese if language_of(edition) == 'zh' else english}"
        for section in chapter["sections"]
        for number, english, chinese in claims.statements()[section]
        if number in chapter.get("statements", [number])
    ]
    if language_of(edition) == "zh":
        head = f"> **{words['says']}**（{words['own words']}；[{words['measured']}]({table})）"
    else:
        head = f"> **{words['says']}**, {words['own words']} ([{words['measured']}]({table}))"
    return "\n".join([head, ">", *rows]) if rows else None


def anchor(section: str) -> str:
    """Id of a section in `course/document.md`: of its own, since GitHub and JupyterLab name headings differently."""
    return f"section-{section.replace(' ', '-')}"


def _words(edition: str) -> dict[str, str]:
    return _CHINESE if language_of(edition) == "zh" else _ENGLISH


def _relative(target: Path, edition: str) -> str:
    return Path(os.path.relpath(target, Path("notebooks", EDITIONS[edition]))).as_posix()
