"""A chapter as slides: what the document says, its pictures and figures, what was measured; one file, no network."""

import base64
import re
from collections.abc import Iterator
from html import escape
from io import BytesIO
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from talentlab.authoring import workshops
from talentlab.authoring.navigation import notebook_path
from talentlab.errors import ChapterError
from talentlab.experiments.pages import NAVIGATION

_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+\.svg)\)")
_ENDS = ("Recap", "小结")
_AFTER = ("Exercises", "练习", "Check yourself", "自测", "Sources", "资料来源", "Next", "下一步")
_QUESTION = re.compile(r"^## (The question to ask|要问的问题)\s*\n+(.+?)(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)


def slides(slug: str, speaks: str = "en") -> str:
    """The page of a chapter's slides; arrow keys turn it, `n` shows the instructor's page beside it.

    Args:
        slug: The chapter's.
        speaks: `en` or `zh`.

    Raises:
        ChapterError: If the chapter is not built.
    """
    path = notebook_path(slug, "zh" if speaks == "zh" else "learner")
    if not path.is_file():
        raise ChapterError(
            f"No notebook of {slug!r}.", expected=f"{path.name}, built", remedy="`talentlab build` first."
        )
    notebook = nbformat.read(path, as_version=4)
    guide = workshops.guide(slug, speaks).read_text(encoding="utf-8")
    pages = [*_opening(notebook, path.parent), *_question(guide), *_sections(notebook)]
    template = (Path(__file__).parent / "static" / "slides.html").read_text(encoding="utf-8")
    parts = {
        "language": speaks,
        "title": escape(_first_heading(notebook)),
        "slides": "\n".join(f"<section>{page}</section>" for page in pages),
        "notes": _notes(slug, speaks),
    }
    return re.sub(r"\{(language|title|slides|notes)\}", lambda name: parts[name[1]], template)


def _first_heading(notebook: NotebookNode) -> str:
    return re.sub(r"^# ", "", notebook.cells[0].source.splitlines()[0])


def _opening(notebook: NotebookNode, folder: Path) -> Iterator[str]:
    """Title, what the document says, and the drawn concept."""
    said = next((cell.source for cell in notebook.cells if cell.id == "statements"), "")
    yield _html("\n\n".join(notebook.cells[0].source.split("\n\n")[:2])) + _html(said)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := _PICTURE.search(cell.source)):
            picture = base64.b64encode((folder / found[2]).read_bytes()).decode()
            yield _figure(f"data:image/svg+xml;base64,{picture}", found[1])
            return


def _question(guide: str) -> Iterator[str]:
    if found := _QUESTION.search(guide):
        yield f"<blockquote>{_html(found[2])}</blockquote>"


def _sections(notebook: NotebookNode) -> Iterator[str]:
    """Under the heading that they stand below: figures with their captions, claims with their verdicts; the recap."""
    heading = ""
    for cell in notebook.cells[1:]:
        if NAVIGATION in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "code":
            if heading.lstrip("# ") not in (*_ENDS, *_AFTER):
                yield from (f"<h2>{_inline(heading)}</h2>{shown}" for shown in _shown(cell))
            continue
        for part in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE):
            titles = re.findall(r"^#{2,3} (?!Exercise |练习 )(.+)$", part, re.MULTILINE)
            if titles and titles[0] in _ENDS:
                yield _html(part)
            heading = titles[-1] if titles else heading


def _shown(cell: NotebookNode) -> Iterator[str]:
    outputs = cell.outputs
    for place, output in enumerate(outputs):
        data = output.get("data", {})
        if "image/png" in data:
            below = outputs[place + 1].get("data", {}).get("text/markdown", "") if place + 1 < len(outputs) else ""
            yield _figure(f"data:image/png;base64,{''.join(data['image/png'].split())}", below.strip("*"))
        elif "application/vnd.talentlab.claim+json" in data:
            yield _html(data["text/markdown"])


def _figure(source: str, caption: str) -> str:
    text = escape(re.sub(r"\\([\\`*_{}\[\]<>()#+.!|$-])", r"\1", caption))
    return f'<img class="figure" src="{source}" alt="{text}"><p class="caption">{text}</p>'


def _notes(slug: str, speaks: str) -> str:
    rows = "".join(
        f'<tr data-start="{step.start}" data-end="{step.end}"><td>{step.start}–{step.end}</td>'
        f"<td>{_inline(step.what)}</td><td>{_inline(step.show)}</td></tr>"
        for step in workshops.steps(slug, speaks)
    )
    return f"<table>{rows}</table>"


def _html(text: str) -> str:
    """Markdown as HTML, its links as plain words and its formulas as pictures: nothing is loaded."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune  # half a second

    plain = re.sub(r"(?<!!)\[([^\]]+)\]\([^)]*\)", r"\1", text)
    page = re.sub(r'<a class="anchor-link".*?</a>', "", markdown2html_mistune(plain))
    return re.sub(r"\$\$?(.+?)\$\$?", _formula, page, flags=re.DOTALL)


def _inline(text: str) -> str:
    return _html(text).strip().removeprefix("<p>").removesuffix("</p>")


def _formula(found: re.Match[str]) -> str:
    from matplotlib import mathtext

    drawn = BytesIO()
    try:
        mathtext.math_to_image(f"${found[1]}$".replace("&amp;", "&"), drawn, format="svg")
    except ValueError:  # more TeX than matplotlib draws
        return f"<code>{found[1]}</code>"
    source = base64.b64encode(drawn.getvalue()).decode()
    return f'<img class="formula" src="data:image/svg+xml;base64,{source}" alt="{escape(found[1])}">'
