"""A chapter run once by its instructor, so that its finished trainings can be read back by whoever catches up."""

import tempfile
from pathlib import Path

import nbformat

from talentlab.course.kept_trainings import Kept, kept
from talentlab.experiments import runs


def keep(chapter: str, folder: Path) -> Kept:
    """Run a chapter with its solutions, and keep its trainings.

    Args:
        chapter: Its number or name.
        folder: Where the states are put, in a folder of the chapter's name.

    Returns:
        What is there now; no trainings, if the chapter has none that can be kept.

    Raises:
        ChapterError: If the notebook cannot be found.
        RunError: If a cell fails.
    """
    source = runs.find_notebook(chapter)
    solved = source.parent / "solutions" / source.name
    notebook = nbformat.read(solved if solved.is_file() else source, as_version=4)
    target = folder.absolute() / source.stem
    code = f"from talentlab.course import kept_trainings\n\nkept_trainings.use({str(target)!r}, keep=True)"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(code))
    target.mkdir(parents=True, exist_ok=True)  # empty afterwards, it says that the chapter has been tried
    with tempfile.TemporaryDirectory(prefix="states-") as scratch:
        path = Path(scratch, source.name)
        nbformat.write(notebook, path)
        runs.run_job(runs.resolve(path, folder=source.parent), runs_folder=Path(scratch, "runs"))
    return kept(target)
