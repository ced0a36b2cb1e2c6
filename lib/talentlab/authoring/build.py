"""Chapter sources to notebooks: one text file becomes a learner's, a solutions and a Chinese edition."""

import copy
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from talentlab.authoring.lint import SOLUTION, lint, tags
from talentlab.course import claims
from talentlab.course.claims import collect
from talentlab.errors import ChapterError
from talentlab.experiments.execution import QUIET_KERNEL
from talentlab.experiments.runs import strip_live_widgets
from talentlab.runtime import PROGRESS_FILE_VARIABLE, progress, repository_root

EDITIONS = {"learner": ".", "solutions": "solutions", "zh": "zh"}  # edition -> folder below notebooks/
_STUB = "answer = None  # your answer instead of None\n"
_LIVE_CELL_LIMIT_S = 600


@dataclass(frozen=True)
class Chapter:
    """One source file and the editions made of it, not executed."""

    slug: str
    editions: dict[str, NotebookNode]
    has_exercises: bool


def sources() -> list[Path]:
    """The chapter sources, in the order of the course."""
    return sorted((repository_root() / "course" / "chapters").glob("*.py"))


def notebook_path(slug: str, edition: str) -> Path:
    """Where an edition of a chapter is built to."""
    return repository_root() / "notebooks" / EDITIONS[edition] / f"{slug}.ipynb"


def load_chapter(source: Path) -> Chapter:
    """Read a source and make its editions.

    Raises:
        ChapterError: With every place where the source breaks the form of a chapter.
    """
    cells = jupytext.read(source, fmt="py:percent").cells
    problems = lint(cells, source.stem)
    if problems:
        raise ChapterError(
            f"{source.name}:\n    " + "\n    ".join(problems),
            expected="the form of a chapter, see CONTRIBUTING.md",
            remedy="correct the places named.",
        )
    english = [cell for cell in cells if cell.metadata.get("lang") != "zh"]
    chinese = [cell for cell in cells if cell.metadata.get("lang") == "zh" or cell.cell_type == "code"]
    editions = {"learner": _notebook(source.stem, english, solved=False)}
    has_exercises = any("exercise" in tags(cell) for cell in cells)
    if has_exercises:
        editions["solutions"] = _notebook(source.stem, english, solved=True)
    if len(chinese) > sum(cell.cell_type == "code" for cell in cells):
        editions["zh"] = _notebook(source.stem, chinese, solved=False)
    return Chapter(source.stem, editions, has_exercises)


def _notebook(slug: str, cells: list[NotebookNode], *, solved: bool) -> NotebookNode:
    """A notebook of fresh cells whose ids depend on slug and text alone, so that a rebuild changes nothing."""
    seen: dict[str, int] = {}
    built = []
    for cell in cells:
        text = SOLUTION.sub(r"\1" if solved else _STUB, cell.source + "\n").rstrip("\n")
        digest = hashlib.sha256(f"{slug}\n{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        seen[digest] = seen.get(digest, 0) + 1
        make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
        metadata = {"tags": tags(cell)} if tags(cell) else {}
        built.append(make(text, id=f"{digest}-{seen[digest]}", metadata=metadata))
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return nbformat.v4.new_notebook(cells=built, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def build(slugs: list[str] | None = None, *, force: bool = False) -> list[Path]:
    """Write the notebooks of chapters whose source changed, executed in fresh kernels where the code did.

    Args:
        slugs: Chapters to build; all if None.
        force: Execute also where the committed notebook has the source's code: after a change of the library.

    Returns:
        The files written.

    Raises:
        ChapterError: If a source breaks the form or a cell fails.
    """
    written = []
    chapters = [load_chapter(source) for source in sources() if slugs is None or source.stem in slugs]
    with progress("building", len(chapters), unit="chapter") as bar:
        for chapter in chapters:
            if force or drift(chapter):
                written += _build_chapter(chapter, force)
            bar.advance(chapter=chapter.slug)
    write_claims_table()
    return written


def _build_chapter(chapter: Chapter, force: bool) -> list[Path]:
    written: dict[Path, NotebookNode] = {}
    for name, fresh in chapter.editions.items():
        path = notebook_path(chapter.slug, name)
        if name == "zh":  # the same code: the English edition's outputs are this one's
            done = written[notebook_path(chapter.slug, "learner")]
        else:  # where only the text changed, the committed outputs still are what the code prints
            done = nbformat.read(path, as_version=4) if path.is_file() and not force else None
            if done is None or list(map(_identity, _code(done))) != list(map(_identity, _code(fresh))):
                done = execute(chapter, name)
        outputs = iter(_code(done))
        fresh.cells = [copy.deepcopy(next(outputs)) if cell.cell_type == "code" else cell for cell in fresh.cells]
        fresh.metadata = done.metadata
        written[path] = fresh
    for path, notebook in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return list(written)


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def execute(chapter: Chapter, edition: str) -> NotebookNode:
    """Run one edition in a fresh kernel, in its own folder, without timings and live widgets in the result."""
    notebook = copy.deepcopy(chapter.editions[edition])
    folder = notebook_path(chapter.slug, edition).parent
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        client = NotebookClient(
            notebook, timeout=_LIVE_CELL_LIMIT_S, record_timing=False, store_widget_state=False,
            resources={"metadata": {"path": str(folder)}}, extra_arguments=QUIET_KERNEL,
        )  # fmt: skip
        try:
            client.execute(env={**os.environ, PROGRESS_FILE_VARIABLE: f"{scratch}/progress"})
        except CellExecutionError as error:
            raise ChapterError(
                f"{chapter.slug} ({edition}) failed:\n{error}",
                expected="a chapter that runs to its end",
                remedy="correct the cell shown above.",
            ) from error
    strip_live_widgets(notebook)
    return notebook


def drift(chapter: Chapter) -> list[str]:
    """Where the committed notebooks of a chapter are not what its source makes; empty if they are."""
    problems = []
    for name, fresh in chapter.editions.items():
        path = notebook_path(chapter.slug, name)
        if not path.is_file():
            problems.append(f"{path.name} ({name}): not built")
            continue
        committed = nbformat.read(path, as_version=4)
        if [_identity(cell) for cell in committed.cells] != [_identity(cell) for cell in fresh.cells]:
            problems.append(f"{path.name} ({name}): differs from its source")
        counts = [cell.execution_count for cell in committed.cells if cell.cell_type == "code"]
        if counts != list(range(1, len(counts) + 1)):
            problems.append(f"{path.name} ({name}): execution counts are not 1 to {len(counts)}")
        if any(o.output_type == "error" for c in committed.cells for o in c.get("outputs", [])):
            problems.append(f"{path.name} ({name}): a stored error")
    return problems


def _identity(cell: NotebookNode) -> tuple[Any, ...]:
    return cell.cell_type, cell.id, cell.source, tuple(tags(cell))


def check() -> list[str]:
    """Everything that is wrong with sources and built notebooks, one line each."""
    problems = []
    for source in sources():
        try:
            problems += drift(load_chapter(source))
        except ChapterError as error:
            problems.append(str(error))
    built = {path.stem for path in (repository_root() / "notebooks").rglob("*.ipynb") if ".ipynb_" not in str(path)}
    problems += [f"{slug}.ipynb has no source" for slug in sorted(built - {source.stem for source in sources()})]
    return problems


def write_claims_table() -> Path:
    """`course/claims.md`: every claim of the document beside what the executed notebooks measured."""
    measured = {}
    for source in sources():
        path = notebook_path(source.stem, "learner")
        if path.is_file():
            for claim in collect(nbformat.read(path, as_version=4))["claims"]:
                measured[claim["claim"]] = (source.stem, claim)
    rows = []
    for name, claim in claims.outline()["claims"].items():
        chapter, found = measured.get(name, ("–", {"measured": "not yet", "verdict": "–"}))
        rows.append(f"| {claim['section']} | {claim['text']} | {found['measured']} | {found['verdict']} | {chapter} |")
    head = ["# The document's claims", "", "Made by `make build` from the executed notebooks.", ""]
    table = ["| section | claim | measured | verdict | chapter |", "|---|---|---|---|---|", *rows]
    path = repository_root() / "course" / "claims.md"
    path.write_text("\n".join([*head, *table]) + "\n", encoding="utf-8")
    return path
