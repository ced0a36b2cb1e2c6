"""Chapter sources to notebooks: one text file becomes a learner's and a solutions edition, in both languages."""

import copy
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from talentlab import language
from talentlab.authoring import form, navigation, pairs, strings, tables, workshops
from talentlab.authoring.combined import code_cells, combine, divide
from talentlab.authoring.form import tags
from talentlab.authoring.lint import forms, lint
from talentlab.authoring.navigation import PAIRS, language_of, notebook_path, sources
from talentlab.course.translation import of_chapter, translate
from talentlab.errors import ChapterError
from talentlab.experiments.kernels import OUTPUT_LIMIT_S, QUIET_KERNEL, START_LIMIT_S
from talentlab.experiments.pages import strip_live_widgets
from talentlab.runtime import PROGRESS_FILE_VARIABLE, progress, repository_root

SECONDS = "talentlab"  # key of a notebook's metadata: {"cells_cpu_s": …, "cells_s": …}
_LIVE_CELL_LIMIT_S = 600


@dataclass(frozen=True)
class Chapter:
    """One source file and the editions made of it, not executed."""

    slug: str
    editions: dict[str, NotebookNode]
    has_exercises: bool


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
    _describe_exercises(cells)
    english = [cell for cell in cells if cell.metadata.get("lang") != "zh"]
    chinese = [cell for cell in cells if cell.metadata.get("lang") == "zh" or cell.cell_type == "code"]
    editions = {
        name: _notebook(source.stem, chinese if language_of(name) == "zh" else english, name)
        for name in navigation.editions(source)
    }
    return Chapter(source.stem, editions, any("exercise" in tags(cell) for cell in cells))


def _describe_exercises(cells: list[NotebookNode]) -> None:
    """Under the heading of each exercise stand its kind, difficulty, importance and minutes."""
    for exercise in form.listed(cells):
        for cell in cells:
            heading = re.compile(rf"^(#+ (?:Exercise|练习) {re.escape(exercise.number)}\b.*)$", re.MULTILINE)
            if cell.cell_type == "markdown" and "solution" not in tags(cell):
                line = exercise.line(chinese=cell.metadata.get("lang") == "zh")
                cell.source = heading.sub(rf"\1\n\n{line}", cell.source)


def _notebook(slug: str, cells: list[NotebookNode], edition: str) -> NotebookNode:
    """A notebook of fresh cells whose ids depend on slug and text alone, so that a rebuild changes nothing."""
    seen: dict[str, int] = {}
    built, chinese, solved = [], of_chapter(slug), edition in PAIRS.values()
    for cell in cells:
        if "solution" in tags(cell) and not solved:
            continue
        text = forms(cell)[-1 if solved else 0]
        if language_of(edition) == "zh" and cell.cell_type == "code":
            text = translate(text, chinese)
        digest = hashlib.sha256(f"{slug}\n{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        seen[digest] = seen.get(digest, 0) + 1
        make = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
        metadata = {"tags": tags(cell)} if tags(cell) else {}
        built.append(make(text, id=f"{digest}-{seen[digest]}", metadata=metadata))
    if language_of(edition) == "zh":
        _speak_chinese(built, slug)
    navigation.finish_texts(built, edition)
    navigation.add(built, slug, edition, sources())
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return nbformat.v4.new_notebook(cells=built, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def _speak_chinese(cells: list[NotebookNode], slug: str) -> None:
    """The cell of the imports also chooses the language of what the course displays."""
    for cell in cells:
        if cell.cell_type == "code" and re.search(r"^from talentlab", cell.source, re.MULTILINE):
            cell.source += (
                f'\n\nfrom talentlab import language  # 图表、提示和检查都用中文\n\nlanguage.use("zh", "{slug}")'
            )
            return


def build(
    slugs: list[str] | None = None, *, force: bool = False, languages: Collection[str] = ("en", "zh")
) -> list[Path]:
    """Write the notebooks of chapters whose source changed; where the code did, executed, once for each language.

    Args:
        slugs: Chapters to build; all if None.
        force: Execute also where the committed notebook has the source's code: after a change of the library.
        languages: What `force` executes.

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
                written += _build_chapter(chapter, languages if force else ())
            pairs.keep(chapter.slug)
            bar.advance(chapter=chapter.slug)
    tables.write_claims()
    tables.write_exercises()
    workshops.write()
    return written


def _build_chapter(chapter: Chapter, force: Collection[str]) -> list[Path]:
    done: dict[str, NotebookNode] = {}
    for edition in PAIRS:
        if edition in chapter.editions:
            kept = {} if language_of(edition) in force else _kept(chapter, edition)
            done |= kept or execute(chapter, edition)
    written = []
    for name, fresh in chapter.editions.items():
        outputs = iter(code_cells(done[name]))
        fresh.cells = [copy.deepcopy(next(outputs)) if cell.cell_type == "code" else cell for cell in fresh.cells]
        fresh.metadata = done[name].metadata
        path = notebook_path(chapter.slug, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(nbformat.writes(fresh) + "\n", encoding="utf-8")
        written.append(path)
    return written


def committed(chapter: Chapter) -> dict[str, NotebookNode]:
    """The editions of a chapter that are built."""
    paths = {name: notebook_path(chapter.slug, name) for name in chapter.editions}
    return {name: nbformat.read(path, as_version=4) for name, path in paths.items() if path.is_file()}


def _kept(chapter: Chapter, edition: str) -> dict[str, NotebookNode]:
    """The committed pair of an edition where only the text changed: the outputs still are what the code prints."""
    pair = {edition, PAIRS[edition]} & set(chapter.editions)
    found = {name: notebook for name, notebook in committed(chapter).items() if name in pair}
    for name in pair:
        if name not in found or [*map(_identity, code_cells(found[name]))] != [
            *map(_identity, code_cells(chapter.editions[name]))
        ]:
            return {}
    return {} if _differing(chapter.slug, found) else found


def _differing(slug: str, editions: dict[str, NotebookNode]) -> list[str]:
    """What keeps the two editions of a language from being one execution's."""
    try:
        for edition in PAIRS.keys() & editions.keys():
            combine(slug, editions[edition], editions.get(PAIRS[edition], editions[edition]))
    except ChapterError as error:
        return [error.received]
    return []


def execute(chapter: Chapter, edition: str = "learner") -> dict[str, NotebookNode]:
    """Run a chapter once, in a fresh kernel with one thread, each exercise as stub and then solved.

    Args:
        chapter: As `load_chapter` makes it.
        edition: `learner`, or `zh` for the Chinese.

    Returns:
        The edition and its solutions with their outputs, without timings and live widgets. Their metadata say
        how many seconds the cells took: `cells_cpu_s` of the kernel and its children, `cells_s` by the clock.

    Raises:
        ChapterError: If a cell fails.
    """
    stubs = chapter.editions[edition]
    both = combine(chapter.slug, stubs, chapter.editions.get(PAIRS[edition], stubs))
    return dict(zip((edition, PAIRS[edition]), divide(_run(chapter.slug, edition, both)).values(), strict=True))


def _run(slug: str, edition: str, notebook: NotebookNode) -> NotebookNode:
    """Run a notebook from the folder of an edition, as `execute` says."""
    notebook = copy.deepcopy(notebook)
    folder = notebook_path(slug, edition).parent
    folder.mkdir(parents=True, exist_ok=True)
    looks: list[tuple[float, float]] = []  # CPU [s], clock [s] before the first cell and after each

    def look(**_: Any) -> None:
        looks.append((_cpu_s(client.km.provisioner.pid), time.monotonic()))

    with tempfile.TemporaryDirectory() as scratch:
        client = NotebookClient(
            notebook, timeout=_LIVE_CELL_LIMIT_S, record_timing=False, store_widget_state=False,
            iopub_timeout=OUTPUT_LIMIT_S, raise_on_iopub_timeout=True, startup_timeout=START_LIMIT_S,
            resources={"metadata": {"path": str(folder)}}, extra_arguments=QUIET_KERNEL,
            on_cell_execute=lambda **_: None if looks else look(), on_cell_executed=look,
        )  # fmt: skip
        try:
            client.execute(env={**_plain(), PROGRESS_FILE_VARIABLE: f"{scratch}/progress", "OMP_NUM_THREADS": "1"})
        except (CellExecutionError, RuntimeError) as error:  # a dead kernel, an output that never came
            raise ChapterError(
                f"{slug} ({edition}) failed:\n{error}",
                expected="a chapter that runs to its end",
                remedy="correct the cell shown above; of the Chinese edition also course/zh, where a key may be kept.",
            ) from error
    strip_live_widgets(notebook)
    spent = zip(("cells_cpu_s", "cells_s"), looks[0], looks[-1], strict=True)
    notebook.metadata[SECONDS] = {name: round(last - first, 1) for name, first, last in spent}
    return notebook


def _plain() -> dict[str, str]:
    """This process's environment without a language: an edition has its own."""
    return {name: value for name, value in os.environ.items() if name != language.VARIABLE}


def _cpu_s(pid: int) -> float:
    """CPU time of a process and its children [s], ended ones included where the system counts them."""
    kernel, spent = psutil.Process(pid), 0.0
    for process in (kernel, *kernel.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # it ended while we looked
            spent += sum(process.cpu_times()[:4])  # user, system, and the same of ended children
    return spent


def drift(chapter: Chapter) -> list[str]:
    """Where the committed notebooks of a chapter are not what its source makes; empty if they are."""
    found = committed(chapter)
    problems = []
    for name, fresh in chapter.editions.items():
        path = notebook_path(chapter.slug, name)
        if name not in found:
            problems.append(f"{path.name} ({name}): not built")
            continue
        cells = found[name].cells
        if [_identity(cell) for cell in cells] != [_identity(cell) for cell in fresh.cells]:
            problems.append(f"{path.name} ({name}): differs from its source")
        counts = [cell.execution_count for cell in code_cells(found[name])]
        if counts != list(range(1, len(counts) + 1)):
            problems.append(f"{path.name} ({name}): execution counts are not 1 to {len(counts)}")
        if any(output.output_type == "error" for cell in code_cells(found[name]) for output in cell.outputs):
            problems.append(f"{path.name} ({name}): a stored error")
    problems = problems or _differing(chapter.slug, found)
    if not problems and "zh" in found:
        problems = [f"{chapter.slug}: {each}" for each in pairs.differing_numbers(found["learner"], found["zh"])]
    return problems


def _identity(cell: NotebookNode) -> tuple[Any, ...]:
    return cell.cell_type, cell.id, cell.source, tuple(tags(cell))


def check() -> list[str]:
    """Everything that is wrong with sources and built notebooks, one line each."""
    problems = []
    for source in sources():
        try:
            problems += drift(load_chapter(source))
            problems += strings.problems(source.stem) + pairs.outdated(source.stem)
        except ChapterError as error:
            problems.append(str(error))
    problems += [f"{path.name}: not as its plan and the chapters' pages make it" for path in workshops.outdated()]
    built = {path.stem for path in (repository_root() / "notebooks").rglob("*.ipynb") if ".ipynb_" not in str(path)}
    problems += [f"{slug}.ipynb has no source" for slug in sorted(built - {source.stem for source in sources()})]
    return problems
