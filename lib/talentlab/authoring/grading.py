"""A room's submissions graded by nbgrader: each in a process of its own, so that none stops the others."""

import csv
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import nbformat
import psutil
from bs4 import BeautifulSoup

from talentlab.authoring.assignments import Assignment, assignment, repair
from talentlab.errors import ChapterError
from talentlab.language import tr
from talentlab.runtime import PROGRESS_FILE_VARIABLE, repository_root

_MOST_BYTES = 20_000_000  # of a submission; one with all pictures of a chapter has a tenth of it
_CONFIG = """# Written by `talentlab workshop assignment`; nbgrader reads it in this folder.
from pathlib import Path

c = get_config()
c.CourseDirectory.course_id = "talentlab"
c.CourseDirectory.submitted_directory = "repaired"  # `grade` fills it from what was handed in
c.Exchange.root = str(Path(__file__).parent / "exchange")
c.ClearSolutions.code_stub = {"python": "answer = None  # your answer instead of None"}
c.Execute.timeout = 60  # of a cell [s]; the first one loads what all need
c.Execute.startup_timeout = 120
c.Execute.iopub_timeout = 60  # a busy machine shows a cell's output late
"""


class Mark(NamedTuple):
    """What a submission got.

    Attributes:
        name: Whose it is.
        points: In all; 0 where it could not be graded.
        by_exercise: Points of each exercise; empty where it could not be graded.
        trouble: Why it could not, or empty.
    """

    name: str
    points: float
    by_exercise: dict[str, float]
    trouble: str = ""


def prepare(slug: str, course: Path, speaks: str = "en") -> Path:
    """Make the assignment of a chapter in an nbgrader course.

    Args:
        slug: The chapter's; also the assignment's name.
        course: The course's folder, made where it is missing.
        speaks: `en` or `zh`.

    Returns:
        The notebook to hand out.

    Raises:
        ChapterError: If the chapter has no exercise that can be graded, or nbgrader is missing or refuses.
    """
    made = assignment(slug, speaks)
    source = course / "source" / slug / f"{slug}.ipynb"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(nbformat.writes(made.notebook) + "\n", encoding="utf-8")
    if not (course / "nbgrader_config.py").exists():  # it may have been edited
        (course / "nbgrader_config.py").write_text(_CONFIG, encoding="utf-8")
    if fault := _nbgrader(course, "generate_assignment", slug, "--force"):
        raise ChapterError(f"nbgrader made no assignment: {fault}", expected="a course folder that nbgrader can use",
                           remedy=f"look into {course}, or name another folder.")  # fmt: skip
    return course / "release" / slug / source.name


def grade(
    slug: str, course: Path, inbox: Path, *, limit_s: float = 300.0, tell: Callable[[Mark], None] = lambda _: None
) -> list[Mark]:
    """Grade everything that was handed in, and write `feedback` and `marks_SLUG.csv` into the course.

    Args:
        slug: Of the assignment.
        course: From `prepare`.
        inbox: With `NAME.ipynb` or a folder NAME with a notebook in it for each submission.
        limit_s: Longest time for one submission [s]; its cells have nbgrader's own limit.
        tell: Called with each mark as it is there.

    Raises:
        ChapterError: If the assignment was not prepared.
    """
    source = course / "source" / slug / f"{slug}.ipynb"
    if not source.is_file():
        raise ChapterError(f"{course} has no assignment {slug!r}.", expected="a folder that `prepare` filled",
                           remedy=f"`make assignment CHAPTER={slug}` first.")  # fmt: skip
    made, marks = Assignment.load(source), []
    for name, path in _handed_in(inbox, slug):
        marks.append(_grade(name, path, made, course, limit_s))
        tell(marks[-1])
    totals = _totals(course, slug)
    marks = [mark if mark.trouble else mark._replace(points=totals[mark.name]) for mark in marks]
    fault = _nbgrader(
        course, "generate_feedback", f"--assignment={slug}", "--force", limit_s=limit_s * (len(marks) + 1)
    )
    for number, mark in enumerate(marks):
        page = course / "feedback" / mark.name / slug / f"{slug}.html"
        if page.is_file():
            page.write_text(offline(page.read_text(encoding="utf-8")), encoding="utf-8")
        elif not mark.trouble:
            marks[number] = mark._replace(trouble=tr("graded, without a page of feedback: {fault}", fault=fault))
    with (course / f"marks_{slug}.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["name", "points", "of", *made.points, "trouble"])
        for mark in marks:
            each = [mark.by_exercise.get(number, 0) for number in made.points]
            table.writerow([mark.name, mark.points, sum(made.points.values()), *each, mark.trouble])
    return marks


def _handed_in(inbox: Path, slug: str) -> Iterator[tuple[str, Path]]:
    """Name and notebook of each submission; of several notebooks in a folder, the assignment's, else the newest."""
    taken: set[str] = set()
    for path in sorted(inbox.iterdir()):
        notebooks = [path] if path.suffix == ".ipynb" else sorted(path.glob("*.ipynb"), key=lambda p: p.stat().st_mtime)
        if path.name.startswith(".") or not notebooks:
            continue
        named = [notebook for notebook in notebooks if notebook.stem.startswith(slug)]
        name = plain = re.sub(r"[^\w-]", "_", path.stem if path.suffix == ".ipynb" else path.name)[:80]
        while name in taken:  # of a.ipynb and a folder a
            name = f"{plain}_{len(taken)}"
        taken.add(name)
        yield name, (named or notebooks)[-1]


def _grade(name: str, path: Path, made: Assignment, course: Path, limit_s: float) -> Mark:
    kept, repaired, graded, feedback = (
        course / step / name / made.slug / f"{made.slug}{suffix}"
        for step, suffix in
        (("submitted", ".ipynb"), ("repaired", ".ipynb"), ("autograded", ".ipynb"), ("feedback", ".html"))
    )  # fmt: skip
    for old in (kept, repaired, graded, feedback):
        shutil.rmtree(old.parent, ignore_errors=True)
    for folder in (kept.parent, repaired.parent):
        folder.mkdir(parents=True)
    try:
        if path.stat().st_size > _MOST_BYTES:
            return Mark(name, 0, {}, tr("larger than {n} MB", n=_MOST_BYTES // 10**6))
        shutil.copyfile(path, kept)
        given = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        repaired.write_text(nbformat.writes(repair(given, made)), encoding="utf-8")
    except Exception as error:  # whatever somebody hands in, the others are graded
        return Mark(name, 0, {}, tr("no notebook: {error}", error=f"{type(error).__name__}: {error}"[:200]))
    fault = _nbgrader(course, "autograde", f"--assignment={made.slug}", f"--student={name}", "--force", limit_s=limit_s)
    if fault or not graded.is_file():
        return Mark(name, 0, {}, fault or tr("nbgrader left no result"))
    by_exercise = _by_exercise(graded, made)
    return Mark(name, sum(by_exercise.values()), by_exercise)


def _nbgrader(course: Path, *words: str, limit_s: float = 300.0) -> str:
    """Run nbgrader in the course's folder; what went wrong, in a line, or nothing."""
    root = repository_root()
    python = root / ".workshop" / "bin" / "python"
    if not python.is_file():
        raise ChapterError("nbgrader is not installed.", expected="the environment .workshop",
                           remedy="`make assignment` makes it.")  # fmt: skip
    plain = {
        "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}",  # it calls `alembic`
        "JUPYTER_PATH": str(root / ".venv" / "share" / "jupyter"),  # nbconvert's templates, the learners' kernel
        "OMP_NUM_THREADS": "1",
        "TALENTLAB_LANGUAGE": "en", PROGRESS_FILE_VARIABLE: os.devnull,
    }  # fmt: skip
    process = subprocess.Popen(
        [python, "-m", "nbgrader", *words], cwd=course, env=os.environ | plain, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        started = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
        for each in started:  # the kernel, too: what does not stop by itself would go on
            with suppress(psutil.NoSuchProcess):
                each.kill()
        process.wait()
        return tr("it did not end within {limit:.0f} s", limit=limit_s)
    if process.returncode == 0:
        return ""
    if "DeadKernelError" in said or "Kernel died" in said:
        return tr("a cell of it ended its kernel")
    if "CellTimeoutError" in said:
        return tr("a cell of it could not be stopped")
    errors = re.findall(r"^\s*([\w.]+(?:Error|Exception)\b.*)$", said, re.MULTILINE)
    return (errors or said.strip().splitlines() or ["?"])[-1][:300]


def _by_exercise(path: Path, made: Assignment) -> dict[str, float]:
    """What the cells of the points show, as nbgrader read it: a number, or an error, which is worth nothing."""
    found = {}
    for cell in nbformat.read(path, as_version=4).cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("grade"):
            number = re.search(r'points\("([^"]+)"', cell.source)
            shown = [output.data.get("text/plain", "") for output in cell.outputs if "execution_count" in output]
            failed = any(output.output_type == "error" for output in cell.outputs)
            found[number[1] if number else ""] = 0.0 if failed or not shown else float(shown[0])
    return {number: found.get(number, 0.0) for number in made.points}


def _totals(course: Path, slug: str) -> dict[str, float]:
    """The sums that nbgrader has."""
    target = course / "grades.csv"
    if fault := _nbgrader(course, "export", "--to", target.name, f"--assignment=[{json.dumps(slug)}]"):
        raise ChapterError(f"nbgrader exported no marks: {fault}", expected="the gradebook of the course",
                           remedy=f"look into {course}.")  # fmt: skip
    with target.open(encoding="utf-8", newline="") as file:
        return {
            row["student_id"]: float(row["score"] or 0) for row in csv.DictReader(file) if row["assignment"] == slug
        }


def offline(page: str) -> str:
    """A page of nbgrader's without what it would load from elsewhere; its formulas stay as they were typed."""
    soup = BeautifulSoup(page, "html.parser")
    for tag in soup(["script", "link", "iframe", "object", "embed", "base"]):
        tag.decompose()
    for tag in soup(src=re.compile(r"^\s*(?!data:)", re.IGNORECASE)):
        del tag["src"]
    return str(soup)
