"""What the tests run of the chapters, and how long that takes."""

import os
from collections.abc import Collection
from pathlib import Path

import nbformat

from talentlab.authoring.build import SECONDS, notebook_path, sources
from talentlab.authoring.combined import combine
from talentlab.runtime import repository_root

QUICK_SIZE_S = 45.0  # CPU seconds of a chapter's cells with one thread
PLANNED_CHAPTERS = 29


def write_combined(slugs: Collection[str] | None = None) -> list[Path]:
    """Write to `build/nbval` the committed editions of chapters, each pair combined, and nothing else.

    Args:
        slugs: The chapters; all if None.

    Returns:
        The files, the longest first: so that several cores end together.

    Raises:
        ChapterError: If two editions are not of one execution.
    """
    folder = repository_root() / "build" / "nbval"
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.ipynb"):
        stale.unlink()
    spent, written = cell_seconds(), []
    for slug in sorted(spent if slugs is None else slugs, key=lambda slug: -(spent[slug] or 0)):
        learner, solutions = (notebook_path(slug, edition) for edition in ("learner", "solutions"))
        notebook = nbformat.read(learner, as_version=4)
        if solutions.is_file():
            notebook = combine(slug, notebook, nbformat.read(solutions, as_version=4))
        written.append(folder / learner.name)
        written[-1].write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return written


def cell_seconds() -> dict[str, float | None]:
    """CPU seconds of each built chapter's cells, as its builder measured them; None where it did not."""
    paths = [notebook_path(source.stem, "learner") for source in sources()]
    return {
        path.stem: nbformat.read(path, as_version=4).metadata.get(SECONDS, {}).get("cells_cpu_s")
        for path in paths
        if path.is_file()
    }


def slow_chapters() -> list[str]:
    """One line for each chapter above the quick size."""
    return [
        f"{slug}: its cells take {spent:.0f} s with one thread, the quick size is {QUICK_SIZE_S:.0f} s"
        for slug, spent in cell_seconds().items()
        if spent and spent > QUICK_SIZE_S
    ]


def timetable(slugs: Collection[str]) -> str:
    """Seconds of these chapters, their sum, and what all chapters of the plan would take if they were like these."""
    spent = {slug: seconds for slug, seconds in cell_seconds().items() if slug in slugs}
    rows = [f"{slug:<36} {'–' if seconds is None else f'{seconds:.0f}':>6} s" for slug, seconds in spent.items()]
    known = [seconds for seconds in spent.values() if seconds is not None]
    total, cores = sum(known), os.cpu_count() or 1
    if known:
        planned = total / len(known) * PLANNED_CHAPTERS
        rows += [
            f"{'sum':<36} {total:>6.0f} s, {total / cores / 60:.1f} min on {cores} cores",
            f"{f'{PLANNED_CHAPTERS} chapters like these':<36} {planned:>6.0f} s, {planned / cores / 60:.1f} min",
        ]
    return "\n".join(rows)
