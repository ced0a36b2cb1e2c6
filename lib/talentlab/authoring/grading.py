"""A room's submissions graded by nbgrader: each in a process of its own, so that none stops the others."""

import csv
import json
import os
import re
import shutil
import subprocess
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


def grade(slug: str, course: Path, inbox: Path, *, limit_s: float = 300.0) -> list[Mark]:
    """Grade everything that was handed in, and write `feedback` and `marks_SLUG.csv` into the course.

    nbgrader takes all in one process; what it leaves ungraded is tried again in a process of its own, for the reason.

    Args:
        slug: Of the assignment.
        course: From `prepare`.
        inbox: With `NAME.ipynb` or a folder NAME with a notebook in it for each submission.
        limit_s: Longest time for one submission [s]; its cells have nbgrader's own limit.

    Raises:
        ChapterError: If the assignment was not prepared.
    """
    source = course / "source" / slug / f"{slug}.ipynb"
    if not source.is_file():
        raise ChapterError(f"{course} has no assignment {slug!r}.", expected="a folder that `prepare` filled",
                           remedy=f"`make assignment CHAPTER={slug}` first.")  # fmt: skip
    made = Assignment.load(source)
    shutil.rmtree(course / "repaired", ignore_errors=True)
    faults = {name: _take_in(name, path, made, course) for name, path in _handed_in(inbox, slug).items()}
    asked, long = (f"--assignment={slug}", "--force"), limit_s * (len(faults) + 1)
    _nbgrader(course, "autograde", *asked, limit_s=long)
    for name in [name for name, fault in faults.items() if not fault and _by_exercise(course, name, made) is None]:
        faults[name] = _nbgrader(course, "autograde", *asked, f"--student={name}", limit_s=limit_s)
        if not faults[name] and _by_exercise(course, name, made) is None:
            faults[name] = tr("nbgrader left no result")
    said, totals, marks = _nbgrader(course, "generate_feedback", *asked, limit_s=long), _totals(course, slug), []
    pages = {page.parents[1].name: page for page in course.glob(f"feedback/*/{slug}/{slug}.html")}
    for page in pages.values():  # also of those who were graded before: nbgrader writes all anew
        page.write_text(offline(page.read_text(encoding="utf-8")), encoding="utf-8")
    for name, fault in faults.items():
        if fault:
            marks.append(Mark(name, 0, {}, fault))
            continue
        missing = "" if name in pages else tr("graded, without a page of feedback: {fault}", fault=said)
        marks.append(Mark(name, totals[name], _by_exercise(course, name, made) or {}, missing))
    with (course / f"marks_{slug}.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["name", "points", "of", *made.points, "trouble"])
        for mark in marks:
            each = [mark.by_exercise.get(number, 0) for number in made.points]
            table.writerow([mark.name, mark.points, sum(made.points.values()), *each, mark.trouble])
    return marks


def _handed_in(inbox: Path, slug: str) -> dict[str, Path]:
    """The notebook of each name; of several in a folder the assignment's, else the newest.

    nbgrader's exchange names a folder `NAME+ASSIGNMENT+TIME+…`; the last one of a name counts.
    """
    found: dict[str, Path] = {}
    for path in sorted(inbox.iterdir()):
        notebooks = [path] if path.suffix == ".ipynb" else sorted(path.glob("*.ipynb"), key=lambda p: p.stat().st_mtime)
        if path.name.startswith(".") or not notebooks:
            continue
        named = [notebook for notebook in notebooks if notebook.stem.startswith(slug)]
        given, exchanged, _ = (path.stem if path.suffix == ".ipynb" else path.name).partition("+")
        name = plain = re.sub(r"[^\w-]", "_", given)[:80]
        while name in found and not exchanged:  # of a.ipynb and a folder a
            name = f"{plain}_{len(found)}"
        found[name] = (named or notebooks)[-1]
    return found


def _take_in(name: str, path: Path, made: Assignment, course: Path) -> str:
    """Keep what was handed in, and put it right for nbgrader; why that cannot be, or nothing."""
    kept, repaired = (course / step / name / made.slug / f"{made.slug}.ipynb" for step in ("submitted", "repaired"))
    for step in ("submitted", "autograded", "feedback"):
        shutil.rmtree(course / step / name / made.slug, ignore_errors=True)
    try:
        if path.stat().st_size > _MOST_BYTES:
            return tr("larger than {n} MB", n=_MOST_BYTES // 10**6)
        kept.parent.mkdir(parents=True)
        shutil.copyfile(path, kept)
        fixed = nbformat.writes(repair(nbformat.reads(path.read_text(encoding="utf-8"), as_version=4), made))
    except Exception as error:  # whatever somebody hands in, the others are graded
        return tr("no notebook: {error}", error=f"{type(error).__name__}: {error}"[:200])
    repaired.parent.mkdir(parents=True)
    repaired.write_text(fixed, encoding="utf-8")
    return ""


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


def _by_exercise(course: Path, name: str, made: Assignment) -> dict[str, float] | None:
    """What the cells of the points show, as nbgrader read it: a number, or an error, which is worth nothing.

    None where it was not run, or not to its end.
    """
    path = course / "autograded" / name / made.slug / f"{made.slug}.ipynb"
    cells = nbformat.read(path, as_version=4).cells if path.is_file() else []
    found = {}
    for cell in cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.get("execution_count"):
            number = re.search(r'points\("([^"]+)"', cell.source)
            shown = [output.data.get("text/plain", "") for output in cell.outputs if "execution_count" in output]
            failed = any(output.output_type == "error" for output in cell.outputs)
            found[number[1] if number else ""] = 0.0 if failed or not shown else float(shown[0])
    return {number: found.get(number, 0.0) for number in made.points} if found else None


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
