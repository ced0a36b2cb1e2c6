"""What a learner has done in this checkout: solved exercises, quizzes, guesses. It never leaves the machine."""

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from talentlab.runtime import PROGRESS_FILE_VARIABLE, repository_root, written_whole

_EMPTY: dict[str, Any] = {"passed": [], "attempts": {}, "quizzes": {}, "guesses": {}}


def is_kept() -> bool:
    """Whether this process works for a learner: a test's, a build's or a headless run's answers are nobody's."""
    return not {"PYTEST_CURRENT_TEST", PROGRESS_FILE_VARIABLE} & set(os.environ)


def read() -> dict[str, Any]:
    """What is kept: `passed` exercises, wrong `attempts` since, `quizzes` and `guesses`; all empty where none is."""
    return _load(_file()) if is_kept() else json.loads(json.dumps(_EMPTY))


def change(edit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Let `edit` change what is kept, and return it. A checkout that cannot be written to loses it, nothing else."""
    kept = read()
    edit(kept)
    if is_kept():
        with contextlib.suppress(OSError):
            path = _file()
            path.parent.mkdir(exist_ok=True)
            with written_whole(path) as part:
                part.write_text(json.dumps(kept), encoding="utf-8")
    return kept


def _file() -> Path:
    return repository_root() / ".local" / "progress.json"


def _load(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    if isinstance(kept, list):  # the form before attempts were counted
        kept = {"passed": kept}
    kept = kept if isinstance(kept, dict) else {}
    # a part that somebody damaged by hand starts anew
    return {name: kept[name] if isinstance(kept.get(name), type(empty)) else type(empty)()
            for name, empty in _EMPTY.items()}  # fmt: skip
