"""Exercises that check themselves."""

import contextlib
import html
import io
from collections.abc import Callable, Sequence
from typing import Any

from IPython.display import display

from talentlab import language
from talentlab.course import claims, progress, translation
from talentlab.course.answers import AnswerError, shown
from talentlab.errors import ChapterError
from talentlab.language import tr
from talentlab.runtime import repository_root


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
    progress.reached(exercise)
    if answer is None:
        _tell(exercise, tr("not attempted yet"), "○", "#808080")
        return
    hints = _hints(checker, answer, context)
    if hints is None:
        _remember(exercise, solved=True)
        _tell(exercise, tr("correct"), "✓", "#009e73")
    elif isinstance(hints, str):
        _tell(exercise, tr("not yet: {hint}", hint=hints), "✗", "#d55e00")
    else:
        n = min(_remember(exercise, solved=False), len(hints))
        line = tr("not yet (hint {n} of {all}): {hint}", n=n, all=len(hints), hint=hints[n - 1])
        _tell(exercise, line, "✗", "#d55e00")


def points(exercise: str, answer: object, worth: float, **context: Any) -> float:
    """What an answer is worth to a grader: all or nothing; says the first hint. Nothing is remembered.

    Args:
        exercise: As for `check`, and so are `answer` and `context`.
        answer: The learner's.
        worth: Points of a right answer.
        **context: Values of the notebook that the check needs.

    Raises:
        ChapterError: If there is no check of that number.
    """
    checker = _find(exercise)
    with contextlib.redirect_stderr(io.StringIO()):  # a warning is no mistake, and nbgrader would take it for one
        hints = tr("not attempted yet") if answer is None else _hints(checker, answer, context)
    if hints is None:
        _tell(exercise, tr("correct"), "✓", "#009e73")
        return worth
    _tell(exercise, hints if isinstance(hints, str) else hints[0], "✗", "#d55e00")
    return 0


def _hints(
    checker: Callable[..., str | Sequence[str] | None], answer: object, context: dict[str, Any]
) -> str | Sequence[str] | None:
    try:
        return checker(answer, **context)
    except AnswerError as error:  # a wrong form is no attempt at the question yet
        return tr("the question asks for {expected}, but {received}; {remedy}",
                  expected=error.expected, received=error.received, remedy=error.remedy)  # fmt: skip
    except Exception as error:  # nobody foresees everything
        return tr("your answer, {answer}, could not be checked ({kind}: {error}).",
                  answer=shown(answer), kind=type(error).__name__, error=error)  # fmt: skip


def _find(exercise: str) -> Callable[..., str | Sequence[str] | None]:
    chapter, _, number = exercise.rpartition(".")
    path = repository_root() / "course" / "checks" / f"{claims.slug(chapter)}.py"
    if path.is_file():
        code = path.read_text(encoding="utf-8")
        if language.current() == "zh":
            code = translation.translate(code, translation.of_chapter(path.stem))
        names: dict[str, Any] = {"__name__": path.stem}
        exec(compile(code, str(path), "exec"), names)
        if checker := names.get(f"exercise_{number}"):
            return checker
    raise ChapterError(
        f"No check for exercise {exercise!r}.",
        expected=f"a function exercise_{number} in course/checks/{path.name}",
        remedy="write it, or correct the number.",
    )


def _tell(exercise: str, text: str, mark: str, color: str) -> None:
    # The words have the theme's own colour, so they are readable on any; the bar beside them is told apart on both.
    style = f"border-left:4px solid {color};padding-left:8px;font-weight:600"
    line = tr("{mark} Exercise {exercise}: {text}", mark=mark, exercise=exercise, text=text)
    display({"text/plain": line, "text/html": f'<div style="{style}">{html.escape(line)}</div>'}, raw=True)


def _remember(exercise: str, *, solved: bool) -> int:
    """Number of this attempt since the last right answer; 1 where nothing is kept."""

    def edit(kept: dict[str, Any]) -> None:
        if solved:
            kept["passed"] = sorted({*kept["passed"], exercise})
            kept["attempts"].pop(exercise, None)
        else:
            kept["attempts"][exercise] = kept["attempts"].get(exercise, 0) + 1

    attempts = progress.change(edit)["attempts"].get(exercise, 1)
    progress.reached(exercise)
    return attempts
