"""Exercises that check themselves, and the learner's own progress."""

import contextlib
import html
import importlib.util
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from IPython.display import display

from talentlab.course.answers import AnswerError, shown
from talentlab.errors import ChapterError
from talentlab.runtime import PROGRESS_FILE_VARIABLE, repository_root


def check(exercise: str, answer: object, **context: Any) -> None:
    """Say whether an answer is right, and give a hint where it is not. Never stops the notebook.

    Args:
        exercise: Its number, for example `5.1`; the checks stand in `course/checks/`. A check returns None for a
            right answer, one hint for a mistake that it knows, or up to three, of which each attempt gets the next.
        answer: The learner's answer; None counts as not attempted.
        **context: Values of the notebook that the check needs.

    Raises:
        ChapterError: If there is no check of that number (a mistake in the chapter, not in the answer).
    """
    checker = _find(exercise)
    if answer is None:
        _tell(exercise, "not attempted yet", "○", "#808080")
        return
    try:
        hints = checker(answer, **context)
    except AnswerError as error:  # a wrong form is no attempt at the question yet
        hints = f"the question asks for {error.expected}, but {error.received}; {error.remedy}"
    except Exception as error:  # nobody foresees everything
        hints = f"your answer, {shown(answer)}, could not be checked ({type(error).__name__}: {error})."
    if hints is None:
        _tell(exercise, "correct", "✓", "#009e73")
        _remember(exercise, solved=True)
    elif isinstance(hints, str):
        _tell(exercise, f"not yet: {hints}", "✗", "#d55e00")
    else:
        number = min(_remember(exercise, solved=False), len(hints))
        _tell(exercise, f"not yet (hint {number} of {len(hints)}): {hints[number - 1]}", "✗", "#d55e00")


def passed(path: Path | None = None) -> list[str]:
    """Numbers of the exercises that were answered correctly in this checkout."""
    return sorted(_progress(path or _progress_file())["passed"])


def _find(exercise: str) -> Callable[..., str | Sequence[str] | None]:
    section, _, number = exercise.rpartition(".")
    head, _, tail = section.partition(".")
    prefix = f"{head:0>2}" + (f"_{tail}" if tail else "")
    files = sorted((repository_root() / "course" / "checks").glob(f"{prefix}_*.py"))
    if len(files) == 1:
        spec = importlib.util.spec_from_file_location(files[0].stem, files[0])
        assert spec is not None and spec.loader is not None  # a path that exists and ends in .py has both
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        if checker := getattr(module, f"exercise_{number}", None):
            return checker
    raise ChapterError(
        f"No check for exercise {exercise!r}.",
        expected=f"a function exercise_{number} in course/checks/{prefix}_*.py",
        remedy="write it, or correct the number.",
    )


def _tell(exercise: str, text: str, mark: str, color: str) -> None:
    line = f"{mark} Exercise {exercise}: {text}"
    # The words have the theme's own colour, so they are readable on any; the bar beside them is told apart on both.
    style = f"border-left:4px solid {color};padding-left:8px;font-weight:600"
    display({"text/plain": line, "text/html": f'<div style="{style}">{html.escape(line)}</div>'}, raw=True)


def _progress_file() -> Path:
    return repository_root() / ".local" / "progress.json"


def _progress(path: Path) -> dict[str, Any]:
    """The exercises that were solved, and the wrong attempts at each since."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    if isinstance(kept, list):  # the form before attempts were counted
        kept = {"passed": kept}
    return {"passed": [], "attempts": {}} | (kept if isinstance(kept, dict) else {})


def _remember(exercise: str, *, solved: bool) -> int:
    """Number of this attempt since the last right answer; 1 where nothing is kept."""
    # A test's or a headless run's answers are not the learner's.
    if "PYTEST_CURRENT_TEST" in os.environ or PROGRESS_FILE_VARIABLE in os.environ:
        return 1
    path = _progress_file()
    kept = _progress(path)
    attempt = kept["attempts"].pop(exercise, 0) + 1
    if solved:
        kept["passed"] = sorted({*kept["passed"], exercise})
    else:
        kept["attempts"][exercise] = attempt
    with contextlib.suppress(OSError):  # a checkout that cannot be written to loses the count, nothing else
        path.parent.mkdir(exist_ok=True)
        written = path.with_suffix(".part")
        written.write_text(json.dumps(kept), encoding="utf-8")
        written.replace(path)
    return attempt
