"""A learner's working copy brought to a section: its exercises filled in, its finished trainings read back."""

import re
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from talentlab.course import progress, working_copies
from talentlab.errors import ChapterError
from talentlab.language import tr

Cell = dict[str, Any]
_TAG = "catch-up"  # of the cells that are put in here, and taken out when it is done again


class CaughtUp(NamedTuple):
    """What was done: the copy, where it lies as it was before (if it was there), exercises filled in."""

    copy: Path
    before: Path | None
    filled: int


def catch_up(name: str, root: Path, *, to: str | None = None, states: Path | None = None) -> CaughtUp:
    """Fill a learner's copy of a chapter in, up to a section; what it was before is kept beside it.

    Up to there the code is the chapter's, with its solutions. A solved exercise stays as the learner solved it; other
    lines that the learner wrote into a cell stand below the code as comments. Texts and cells of the learner's own
    stay, and an error in such a cell no longer stops the others.

    Args:
        name: `05`, `05_project_practice`, `zh/05`, or the path of the copy.
        root: Top folder of the course.
        to: The section or exercise before which to stop, such as `5.3` or `5.A`; the whole chapter if None.
        states: Folder of kept trainings, which the copy is to read back; none if None.

    Raises:
        ChapterError: If no single chapter has this name, or it has no such section.
    """
    source = working_copies.origin(name, root)
    solved = source.parent / "solutions" / source.name
    solutions = working_copies.read(solved if solved.is_file() else source)["cells"]
    before_it = {cell["id"]: cell for cell in solutions[: _find(solutions, to, source.stem)]}
    copy = working_copies.place(source, root)
    if working_copies.is_current(copy, source):
        before: Path | None = Path(shutil.copy2(copy, working_copies.free(copy, "-before")))
    else:  # none yet, one of an older edition, or no notebook any more: moved aside, its place takes a fresh one
        copy, before = working_copies.reset(name, root)
    notebook, stubs = working_copies.read(copy), working_copies.read(source)["cells"]
    cells, filled = _merged(notebook["cells"], stubs, before_it)
    notebook["cells"] = _marked(cells, set(before_it), states)
    working_copies.save(notebook, copy)
    return CaughtUp(copy, before, filled)


def _find(cells: list[Cell], to: str | None, chapter: str) -> int:
    """Where the first cell with this heading stands; behind all of them for None."""
    if to is None:
        return len(cells)
    headings = [
        (number, heading)
        for number, cell in enumerate(cells)
        if cell["cell_type"] == "markdown"
        for heading in re.findall(r"^##+ +(.+)", "".join(cell["source"]), re.MULTILINE)
    ]
    for begins in (r"^", r"(?<![\w.])"):  # section 4 before a heading that speaks of four things
        for number, heading in headings:
            if re.search(rf"{begins}{re.escape(to)}(?!\w|\.\w)", heading):
                return number
    raise ChapterError(
        f"No heading with {to!r} in {chapter}.",
        expected=f"one of {'; '.join(heading for _, heading in headings)}",
        remedy="name a section or an exercise by its number, for example --to 5.3 or --to 5.A.",
    )


def _merged(mine: list[Cell], stubs: list[Cell], solved: dict[str, Cell]) -> tuple[list[Cell], int]:
    """The chapter's cells in its order, the learner's own behind those that they stand behind; how many were filled."""
    known = {cell["id"]: cell for cell in stubs}
    yours: dict[str, Cell] = {}
    extras: dict[str | None, list[Cell]] = {}
    last = None
    for cell in mine:
        if _TAG in _tags(cell):
            continue
        if cell.get("id") in known and cell["id"] not in yours:
            last = cell["id"]
            yours[last] = cell
        else:
            extras.setdefault(last, []).append(_harmless(cell))
    result, filled = extras.pop(None, []), 0
    for name, stub in known.items():
        written = yours.get(name)
        if name in solved and stub["cell_type"] == "code":
            new = _filled(solved[name], written, stub)
            filled += "exercise" in _tags(stub) and new is not written
            result.append(new)
        elif written:
            result.append(written)
        result += extras.pop(name, [])
    return result, filled


def _filled(solution: Cell, yours: Cell | None, stub: Cell) -> Cell:
    """The chapter's cell, with other lines of the learner's as comments; a right answer stays as it is."""
    text, written = "".join(solution["source"]), "".join((yours or stub)["source"])
    number = re.search(r'exercises\.check\(\s*"([^"]+)"', written)
    if yours and (
        written.startswith(text) or ("exercise" in _tags(stub) and number and number[1] in progress.read()["passed"])
    ):
        return yours
    if written != "".join(stub["source"]):
        text += "\n\n" + "\n".join(f"# {line}".rstrip() for line in [tr("yours:"), *written.splitlines()])
    return {**stub, "source": text, "outputs": [], "execution_count": None}


def _harmless(cell: Cell) -> Cell:
    """A cell of the learner's own, whose error lets the cells below run."""
    if cell["cell_type"] != "code":
        return cell
    return {**cell, "metadata": {**cell["metadata"], "tags": sorted({*_tags(cell), "raises-exception"})}}


def _marked(cells: list[Cell], before_it: set[str], states: Path | None) -> list[Cell]:
    """The cells with a line above the section that says what to do, and the one that reads trainings back."""
    line = tr("**Caught up to here.** Click this line, then *Run → Run All Above Selected Cell*; it takes seconds "
              "where the chapter's trainings are kept.")  # fmt: skip
    place = max((number for number, cell in enumerate(cells, start=1) if cell.get("id") in before_it), default=0)
    cells.insert(place, {"cell_type": "markdown", "id": f"{_TAG}-here", "metadata": {"tags": [_TAG]}, "source": line})
    if states:
        comment = tr("what lies finished in this folder is read back; any other training runs")
        code = f"# {comment}\nfrom talentlab.course import kept_trainings\n\nkept_trainings.use({str(states)!r})"
        cell = {"cell_type": "code", "id": f"{_TAG}-states", "metadata": {"tags": [_TAG]}, "source": code}
        first = next(i for i, cell in enumerate(cells) if cell["cell_type"] == "code")
        cells.insert(first, {**cell, "outputs": [], "execution_count": None})
    return cells


def _tags(cell: Cell) -> list[str]:
    return list(cell["metadata"].get("tags", []))
