"""Exercises that check themselves, and the learner's own progress."""

import html
import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from IPython.display import display

from talentlab.errors import ChapterError
from talentlab.runtime import PROGRESS_FILE_VARIABLE, repository_root


def check(exercise: str, answer: object, **context: Any) -> None:
    """Say whether an answer is right, and give a hint where it is not. Never stops the notebook.

    Args:
        exercise: Its number, for example `5.1`; the checks stand in `course/checks/`.
        answer: The learner's answer; None counts as not attempted.
        **context: Values of the notebook that the check needs.

    Raises:
        ChapterError: If there is no check of that number (a mistake in the chapter, not in the answer).
    """
    checker = _find(exercise)
    if answer is None:
        _tell(exercise, "not attempted yet", "○", "#6b6b6b")
        return
    try:
        hint = checker(answer, **context)
    except Exception as error:  # an answer of a wrong kind breaks the check in ways nobody foresees
        hint = f"your answer, {str(answer)[:80]!r}, could not be checked ({type(error).__name__}: {error})."
    if hint is None:
        _tell(exercise, "correct", "✓", "#00704f")
        _remember(exercise)
    else:
        _tell(exercise, f"not yet: {hint}", "✗", "#b34700")


def passed(path: Path | None = None) -> list[str]:
    """Numbers of the exercises that were answered correctly in this checkout."""
    path = path or _progress_file()
    try:
        return sorted(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError):
        return []


def _find(exercise: str) -> Callable[..., str | None]:
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
    styled = f'<div style="color:{color};font-weight:600">{html.escape(line)}</div>'
    bundle = {"text/plain": line, "text/html": styled}
    display(bundle, raw=True)


def _progress_file() -> Path:
    return repository_root() / ".local" / "progress.json"


def _remember(exercise: str) -> None:
    # A test's or a headless run's answers are not the learner's.
    if "PYTEST_CURRENT_TEST" in os.environ or PROGRESS_FILE_VARIABLE in os.environ:
        return
    path = _progress_file()
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(sorted({*passed(path), exercise})), encoding="utf-8")
