"""What a learner has done in this checkout: exercises, quizzes, guesses. It stays here, unless a room is named."""

import contextlib
import json
import os
import platform
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from talentlab.runtime import PROGRESS_FILE_VARIABLE, repository_root, written_whole

# A folder that a room shares, which the learner names: whoever teaches reads there who is where, not the answers.
ROOM_VARIABLE = "TALENTLAB_ROOM"
SEAT_VARIABLE = "TALENTLAB_SEAT"  # … under this name; user and machine if none
SEAT = "talentlab seat"  # key of a seat's file, with the seat's name
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
            _file().parent.mkdir(exist_ok=True)
            _write(_file(), kept)
    return kept


def reached(at: str) -> None:
    """Tell the room, where one is named, that this seat is at an exercise (`5.1`), a guess, or a quiz (`5.quiz`)."""
    if not (is_kept() and (folder := os.environ.get(ROOM_VARIABLE))):
        return
    user = os.environ.get("USER") or os.environ.get("USERNAME") or "seat"
    seat, kept = os.environ.get(SEAT_VARIABLE) or f"{user}@{platform.node()}", read()
    told = {"at": at, "when": time.time(), "passed": kept["passed"], "attempts": kept["attempts"]}
    with contextlib.suppress(OSError):  # a share that is gone stops nobody
        _write(Path(folder, re.sub(r"[^\w@.-]", "_", seat)[:80] + ".json"), {SEAT: seat, **told})


def _write(path: Path, content: dict[str, Any]) -> None:
    with written_whole(path) as part:
        part.write_text(json.dumps(content), encoding="utf-8")


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
