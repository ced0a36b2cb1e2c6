"""Who is where in a room: the seats' files in a shared folder, as a table and as a page for a second screen."""

import hashlib
import html
import json
import math
import re
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from talentlab import language
from talentlab.course.progress import SEAT
from talentlab.errors import ParameterError
from talentlab.language import tr

REFRESH_S = 10  # of the page and the screen [s]
_MOST_BYTES = 1 << 20  # a seat's file is some kilobytes
_STYLE = """body{font:22px system-ui,sans-serif;margin:2em;color-scheme:light dark}table{border-collapse:collapse}
td,th{padding:.3em 1em;border-bottom:1px solid;text-align:right}
td:nth-child(-n+2),th:nth-child(-n+2){text-align:left}"""


class Seat(NamedTuple):
    """What a seat's file says; `at` is None where it cannot be read.

    Attributes:
        name: As the seat calls itself, or of its file.
        at: An exercise, a guess or a quiz.
        tries: Wrong answers at that exercise since the last right one.
        solved: Exercises in all.
        silent_s: Since it last told something [s].
    """

    name: str
    at: str | None
    tries: int = 0
    solved: int = 0
    silent_s: float = 0.0


def seats(folder: Path, now: float | None = None) -> tuple[list[Seat], list[str]]:
    """The seats that have told where they are, and the names of files that are none of ours.

    Args:
        folder: That the room shares, `TALENTLAB_ROOM` at each seat.
        now: Time [s since 1970]; the clock's if None.

    Raises:
        ParameterError: If there is no such folder.
    """
    if not folder.is_dir():
        raise ParameterError(
            f"No folder {folder}.",
            expected="the folder that the room shares",
            remedy="make it, and let each seat start with TALENTLAB_ROOM=FOLDER make lab.",
        )
    found, foreign = [], []
    for path in sorted(path for path in folder.iterdir() if path.is_file() and path.suffix != ".part"):
        seat = _read(path, time.time() if now is None else now) if path.suffix == ".json" else None
        if seat:
            found.append(seat)
        else:
            foreign.append(path.name)
    return found, foreign


def table(found: list[Seat], *, anonymous: bool = False) -> pd.DataFrame:
    """A row per seat: where it is, wrong answers there, exercises solved in all, minutes since it told something.

    Args:
        found: From `seats`.
        anonymous: Numbers instead of names, in an order that gives nobody away and stays from look to look.
    """
    if anonymous:
        found = sorted(found, key=lambda seat: hashlib.sha256(seat.name.encode()).digest())
        found = [seat._replace(name=str(number)) for number, seat in enumerate(found, start=1)]
    rows = [
        (_place(seat.at), seat.tries, seat.solved, round(seat.silent_s / 60))
        if seat.at
        else (tr("file damaged"), "–", "–", "–")
        for seat in found
    ]
    columns = [tr("where"), tr("wrong answers there"), tr("solved in all"), tr("silent [min]")]
    index = pd.Index([seat.name for seat in found], name=tr("seat"))
    return pd.DataFrame(rows, columns=columns, index=index, dtype=object)


def summary(found: list[Seat], foreign: list[str]) -> str:
    """How many are where, in one line, and what else lies in the folder."""
    counts = Counter(seat.at for seat in found if seat.at)
    places = " · ".join(f"{_place(at)}: {n}" for at, n in sorted(counts.items(), key=lambda each: _order(each[0])))
    others = tr("other files there: {n} ({names})", n=len(foreign), names=", ".join(foreign[:3])) if foreign else ""
    return " · ".join(filter(None, [tr("seats: {n}", n=len(found)), places, others]))


def page(rows: pd.DataFrame, line: str) -> str:
    """The table as a page that loads itself anew."""
    body = rows.reset_index().to_html(index=False, border=0)
    return (
        f"<!doctype html><html lang='{language.current()}'><meta charset='utf-8'><title>{tr('The room')}</title>"
        f"<meta http-equiv='refresh' content='{REFRESH_S}'><style>{_STYLE}</style>"
        f"<p>{html.escape(line)}</p>{body}</html>"
    )


def _read(path: Path, now: float) -> Seat | None:
    """What a file says; None if it was never a seat's."""
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(_MOST_BYTES))
        if not isinstance(told, dict) or SEAT not in told:
            return None
        name, at, when = _printable(told[SEAT]), _printable(told["at"]), float(told["when"])
        if name and at and math.isfinite(when):
            return Seat(name, at, int(told["attempts"].get(at, 0)), len(told["passed"]), max(0.0, now - when))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
        pass
    return Seat(_printable(path.stem), None)


def _printable(name: object) -> str:
    return "".join(sign for sign in str(name) if sign.isprintable())[:40]


def _order(at: str) -> list[tuple[bool, int, str]]:
    """Chapters and exercises by number: 5.2 before 5.10."""
    return [(not part.isdigit(), int(part) if part.isdecimal() else 0, part) for part in re.findall(r"\d+|\D+", at)]


def _place(at: str) -> str:
    chapter, _, last = at.rpartition(".")
    if re.fullmatch(r"\d+|[A-Z]", last):
        return at
    return tr("{chapter}, quiz", chapter=chapter) if last == "quiz" else tr("{chapter}, guess", chapter=chapter)
