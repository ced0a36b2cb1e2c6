"""A league: one task, one budget, one metric; entries of seats in a shared folder, scored on this machine.

What a seat hands in is read as numbers and text: records as JSON, weights as safetensors, plans as CSV. No code and no
path in it is followed.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from talentlab import data, evaluation
from talentlab.errors import RunError
from talentlab.language import tr
from talentlab.runtime import repository_root

SETTINGS, TEXTS, STARTUP, PLAN = "league.yaml", "texts.csv", "startup", "plan.csv"


class League(BaseModel):
    """What `league.yaml` says: see the two in `course/workshops/leagues`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["runs", "plans"]
    title: dict[Literal["en", "zh"], str]
    chapter: str = ""
    corpus: str = ""
    held_back: int = Field(300, ge=30)
    budget_cpu_s: float = Field(180.0, gt=0)
    fixed: dict[str, Any] = {}
    startup: str = ""
    settings: dict[str, Any] = {}


class Scored(NamedTuple):
    """What an entry is worth.

    Attributes:
        value: The metric: share of right answers, or working days.
        low: Lower end of its interval.
        high: Upper end.
        used: Share of the budget that it took.
        right: For each held-back text 1 or 0; empty for a plan.
    """

    value: float
    low: float
    high: float
    used: float
    right: npt.NDArray[np.float64]


class Row(NamedTuple):
    """A line of the board.

    Attributes:
        name: Folder of the seat.
        place: 1 plus the number of entries that are surely better; 0 for one that does not count.
        scored: What it is worth, if it could be scored.
        trouble: Why it does not count, or empty.
        again: What this machine found when it ran it again, or empty.
    """

    name: str
    place: int
    scored: Scored | None
    trouble: str = ""
    again: str = ""


def load(path: Path) -> League:
    """The settings of a league.

    Raises:
        RunError: If the file is missing or says something else.
    """
    try:
        return League.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise RunError(
            f"{path} says no league: {error}",
            expected="a file like those in course/workshops/leagues",
            remedy="begin one with `talentlab workshop league FOLDER --start chapter_5`.",
        ) from error


def start(name: str, folder: Path, held_back: Path | None, *, texts: str | None = None, seed: int) -> League:
    """Begin a league: write what the seats get into the shared folder, and what they must not see beside it.

    Args:
        name: Of a file in `course/workshops/leagues`, or a path.
        folder: The shared folder, without a league yet.
        held_back: File for the texts that are held back, outside of the shared folder; a league of plans has none.
        texts: A table of texts and labels, if not the league's own.
        seed: Of the draw. Whoever knows it knows the labels of a bundled corpus.

    Raises:
        RunError: If there is a league already, or the file would lie within the shared folder.
    """
    ready = repository_root() / "course" / "workshops" / "leagues" / f"{name}.yaml"
    league = load(ready if ready.is_file() else Path(name))
    if (folder / SETTINGS).exists():
        raise RunError(f"{folder} has a league.", expected="a folder without one",
                              remedy="name another folder; nothing was written.")  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    if league.kind == "runs":
        if held_back is None or held_back.resolve().is_relative_to(folder.resolve()):
            raise RunError(f"held-back labels in {held_back}.", expected="a file outside of the shared folder",
                                  remedy="give --held-back a file that the seats cannot read.")  # fmt: skip
        corpus = data.load_labelled_text(texts or league.corpus)
        frame = corpus.frame.assign(label=[corpus.class_names[code] for code in corpus.frame["label"]])
        chosen = data.draw(frame, league.held_back, seed)
        columns = ["text", "label", "split"]
        frame.drop(chosen.index)[columns].to_csv(folder / TEXTS, index=False, lineterminator="\n")
        held_back.parent.mkdir(parents=True, exist_ok=True)
        chosen[columns[:2]].to_csv(held_back, index=False, lineterminator="\n")
    else:
        _copy_startup(league, folder / STARTUP)
    (folder / SETTINGS).write_text(yaml.safe_dump(league.model_dump(), allow_unicode=True), encoding="utf-8")
    return league


def _copy_startup(league: League, target: Path) -> None:
    source = repository_root() / "course" / "data" / league.startup
    target.mkdir(parents=True, exist_ok=True)
    for table in sorted(source.glob("*.csv")):
        shutil.copyfile(table, target / table.name)
    settings = pd.read_csv(target / "settings.csv", dtype=str)
    for name, value in league.settings.items():
        settings.loc[settings["setting"] == name, "value"] = str(value)
    settings.to_csv(target / "settings.csv", index=False, lineterminator="\n")


def entries(folder: Path, league: League) -> Iterator[tuple[str, Path]]:
    """Name of each seat, and the folder of what it handed in last."""
    wanted = "record.json" if league.kind == "runs" else PLAN
    for seat in sorted(path for path in folder.iterdir() if path.is_dir() and path.name != STARTUP):
        found = [path for path in seat.rglob(wanted) if path.resolve().is_relative_to(folder.resolve())]
        if found:
            yield seat.name, max(found, key=lambda path: path.stat().st_mtime).parent


def ranked(scored: Mapping[str, Scored | str], again: Mapping[str, str], league: League) -> list[Row]:
    """The board: places with ties, then what does not count.

    Two entries tie unless the paired interval of their difference, on the same texts, leaves 0 out. Plans have exact
    days, and tie where they are equal.

    Args:
        scored: Of each seat what its entry is worth, or why it does not count.
        again: Of the entries that were run again what was found.
        league: Whose they are.
    """
    good = {name: entry for name, entry in scored.items() if isinstance(entry, Scored)}
    sign = 1 if league.kind == "runs" else -1  # fewer days are better
    places = {name: 1 + sum(_surely_better(other, one) for other in good.values()) for name, one in good.items()}
    order = sorted(good, key=lambda name: (places[name], -sign * good[name].value, name))
    refused = sorted(name for name in scored if name not in good)
    return [
        *(Row(name, places[name], good[name], again=again.get(name, "")) for name in order),
        *(Row(name, 0, None, trouble=str(scored[name])) for name in refused),
    ]


def _surely_better(one: Scored, other: Scored) -> bool:
    if one is other:
        return False
    if not one.right.size:
        return one.value < other.value
    return evaluation.difference(one.right, other.right).low > 0


def surely_less(entry: Scored, again: Scored) -> str:
    """Why a run that was repeated does not confirm its entry; empty where it does."""
    if _surely_better(entry, again):
        return tr("run again here it reaches {here:.1%}, surely less than the {there:.1%} handed in",
                  here=again.value, there=entry.value)  # fmt: skip
    return ""


def shown(row: Row, league: League) -> str:
    """What a row is worth, in words for a terminal."""
    entry = row.scored
    if entry is None:
        return row.trouble
    if league.kind == "runs":
        return f"{entry.value:.1%} [{entry.low:.1%}, {entry.high:.1%}] {row.again}".rstrip()
    return tr("{days:.0f} working days [{low:.0f}, {high:.0f}]", days=entry.value, low=entry.low, high=entry.high)
