"""A learner's own copies of the notebooks: `work/` mirrors `notebooks/`, and nothing in it is ever overwritten."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from talentlab.errors import ChapterError
from talentlab.runtime import written_whole

_ORIGIN = "talentlab"  # key of a copy's metadata: {"made_from": digest of text and code}


def place(source: Path, root: Path) -> Path:
    """Where the copy of a notebook is: at the same depth, so that its links stay true."""
    return root / "work" / source.relative_to(root / "notebooks")


def find_chapter(name: str, root: Path) -> Path:
    """The course's notebook of a chapter: `05`, `5`, `05_project_practice`, or `zh/05`.

    Raises:
        ChapterError: If no single chapter has this name.
    """
    path = Path(name)
    stem = f"0{path.name}" if path.name[:1].isdigit() and not path.name[1:2].isdigit() else path.name
    below = {source: source.relative_to(root / "notebooks").with_suffix("") for source in _sources(root)}
    found = [
        source
        for source, chapter in below.items()
        if chapter.parent == path.parent and (chapter.name == stem or chapter.name.startswith(f"{stem}_"))
    ]
    if len(found) != 1:
        raise ChapterError(
            f"No single chapter {name!r}: found {[source.stem for source in found]}.",
            expected=f"one of {', '.join(map(str, below.values()))}, or the path of an .ipynb",
            remedy="name it by its number, for example 05, or zh/05 for the Chinese edition.",
        )
    return found[0]


def origin(name: str, root: Path) -> Path:
    """The course's notebook that a copy is of, by its path or as in `find_chapter`.

    Raises:
        ChapterError: If no single chapter has this name.
    """
    path = Path(name.removesuffix(".ipynb"))
    for folder in (root / "work", Path("work")):
        path = path.relative_to(folder) if path.is_relative_to(folder) else path
    return find_chapter(str(path), root)


def make(root: Path, *, outputs: bool = False) -> list[Path]:
    """Make the copies that are missing.

    Args:
        root: Top folder of the course.
        outputs: Whether the new copies have the outputs of the course's own; otherwise a guess is none.

    Returns:
        The new copies.
    """
    missing = [source for source in _sources(root) if not place(source, root).exists()]
    for source in missing:
        _write(source, place(source, root), outputs)
    return [place(source, root) for source in missing]


def older(root: Path) -> list[Path]:
    """The copies whose notebook in the course has other text or code than when they were made."""
    pairs = [(source, place(source, root)) for source in _sources(root)]
    return [copy for source, copy in pairs if (made_from := _made_from(copy)) and made_from != _digest(read(source))]


def is_current(copy: Path, source: Path) -> bool:
    """Whether this is a copy of the notebook as the course has it now, its cells still known by their ids."""
    original = read(source)
    if _made_from(copy) != _digest(original):
        return False
    return bool({cell["id"] for cell in original["cells"]} & {cell.get("id") for cell in read(copy)["cells"]})


def reset(name: str, root: Path, *, keep: bool = False, outputs: bool = False) -> tuple[Path, Path | None]:
    """A fresh copy of a chapter. The old one is moved aside, never deleted.

    Args:
        name: `05`, `05_project_practice`, `zh/05`, or the path of the copy.
        root: Top folder of the course.
        keep: Leave the old copy where it is, and give the fresh one a name of its own.
        outputs: As in `make`.

    Returns:
        The fresh copy, and where the learner's own is now: None if there was none.

    Raises:
        ChapterError: If no single chapter has this name.
    """
    source = origin(name, root)
    copy = place(source, root)
    if not copy.exists():
        _write(source, copy, outputs)
        return copy, None
    if keep:
        fresh = free(copy, "-fresh")
        _write(source, fresh, outputs)
        return fresh, copy
    moved = free(copy, "")
    copy.rename(moved)
    _write(source, copy, outputs)
    return copy, moved


def _sources(root: Path) -> list[Path]:
    return sorted(path for path in (root / "notebooks").rglob("*.ipynb") if path.parent.name != ".ipynb_checkpoints")


def free(copy: Path, mark: str) -> Path:
    """A name beside the copy that nothing has: with the time, and a number where several get one in a second."""
    name, number = f"{copy.stem}{mark}-{datetime.now():%Y%m%d-%H%M%S}", 1
    path = copy.with_name(f"{name}.ipynb")
    while path.exists():
        number += 1
        path = copy.with_name(f"{name}-{number}.ipynb")
    return path


def read(path: Path) -> dict[str, Any]:
    """A notebook."""
    return json.loads(path.read_text(encoding="utf-8"))


def _digest(notebook: dict[str, Any]) -> str:
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:16]


def _made_from(copy: Path) -> str | None:
    try:
        return read(copy)["metadata"][_ORIGIN]["made_from"]
    except (OSError, ValueError, LookupError, TypeError):  # none, no notebook, or one that the learner put there
        return None


def _write(source: Path, copy: Path, outputs: bool) -> None:
    notebook = read(source)
    notebook["metadata"][_ORIGIN] = {"made_from": _digest(notebook)}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and not outputs:
            cell |= {"outputs": [], "execution_count": None}
    save(notebook, copy)


def save(notebook: dict[str, Any], copy: Path) -> None:
    """Write a copy, whole or not at all."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(copy) as part:
        part.write_text(json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
