"""A start-up's tables, read and checked cell by cell before anything is planned; every fault has its row."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel, ValidationError

from talentlab.data.readers import read_table
from talentlab.errors import TalentError
from talentlab.language import spoken, tr
from talentlab.talent.rows import Lever, Person, Settings, Task, refuse_protected

MAX_ROWS = 500  # of a table; a plan of more is not found in minutes
_MAX_SHOWN = 8  # faults in one message
_FIRST = {"people": "person", "candidates": "person", "work": "task", "skills": "skill", "settings": "setting",
          "levers": "lever"}  # fmt: skip
# What pydantic says of a cell, by form, for the catalogue.
CELL_SENTENCES = (
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid number, unable to parse string as a number",
    "Input should be a valid boolean, unable to interpret input",
    "Input should be a valid date or datetime, {1}",
    "Input should be a finite number",
    "Input should be greater than or equal to {1}",
    "Input should be less than or equal to {1}",
    "Input should be greater than {1}",
    "Input should be less than {1}",
    "Input should be {1}",
    "Field required",
)


@dataclass(frozen=True)
class Startup:
    """Checked tables: what `plan` plans with."""

    people: tuple[Person, ...]
    tasks: tuple[Task, ...]
    settings: Settings
    skills: Mapping[str, str]  # name → description
    candidates: tuple[Person, ...] = ()
    levers: tuple[Lever, ...] = ()

    def with_machine_seconds(self, seconds: Mapping[str, float]) -> "Startup":
        """The same with measured machine times: task → seconds of all its trainings, as records of runs have them."""
        days = {name: math.ceil(value / 86_400) for name, value in seconds.items()}
        tasks = (
            task.model_copy(update={"machine_days": days.get(task.task, task.machine_days)}) for task in self.tasks
        )
        return replace(self, tasks=tuple(tasks))

    def with_people(self, people: Iterable[Person]) -> "Startup":
        """The same with other people."""
        return replace(self, people=tuple(people))


_Model = TypeVar("_Model", bound=BaseModel)


def load_startup(folder: Path | str) -> Startup:
    """Read the tables of a folder: people, work, skills and settings; candidates and levers where there are any.

    Rows whose first cell begins with # are comments.

    Raises:
        DataError: If a file is missing or no table.
        TalentError: With file, row and column of each fault.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise TalentError(
            f"{folder} is no folder.", expected="a folder with people.csv, work.csv, skills.csv and settings.csv",
            remedy="`talentlab plan init FOLDER` writes one to fill in.",
        )  # fmt: skip
    needed = ("people", "work", "skills", "settings")
    names = [n for n in (*needed, "candidates", "levers") if n in needed or (folder / f"{n}.csv").is_file()]
    return build_startup(**{name: read_table(folder / f"{name}.csv")[0] for name in names})


def build_startup(
    people: pd.DataFrame, work: pd.DataFrame, skills: pd.DataFrame, settings: pd.DataFrame,
    candidates: pd.DataFrame | None = None, levers: pd.DataFrame | None = None,
) -> Startup:  # fmt: skip
    """The same from data frames, with the columns of the files; `json_schema` lists them.

    Raises:
        TalentError: With table, row (the frame's index) and column of each fault.
    """
    faults: list[str] = []
    known = {
        str(row["skill"]).strip(): str(row.get("description", "")) for _, row in _records(skills, "skills", faults)
    }
    given = {str(row["setting"]).strip(): row.get("value") for _, row in _records(settings, "settings", faults)}
    found = Startup(
        people=tuple(_rows(Person, people, "people", known, faults)),
        tasks=tuple(_rows(Task, work, "work", known, faults)),
        settings=next(_validated(Settings, given, "settings.csv", faults), Settings(start=date(2000, 1, 3))),
        skills=known,
        candidates=() if candidates is None else tuple(_rows(Person, candidates, "candidates", known, faults)),
        levers=() if levers is None else tuple(_rows(Lever, levers, "levers", known, faults)),
    )
    if not faults:
        given_tables = {"people": people, "work": work, "candidates": candidates, "levers": levers}
        faults += _contradictions(found, {n: _places(t, n) for n, t in given_tables.items() if t is not None})
    if faults:
        more = tr("\n  … and {n} more", n=len(faults) - _MAX_SHOWN) if len(faults) > _MAX_SHOWN else ""
        raise TalentError(
            "\n  ".join(["The tables have faults:", *faults[:_MAX_SHOWN]]) + more,
            expected="tables as `talentlab plan init FOLDER` writes them",
            remedy="correct the cells named; rows are numbered as in the file, the header is row 1.",
        )
    return found


def _records(frame: pd.DataFrame, name: str, faults: list[str]) -> Iterator[tuple[object, dict[str, object]]]:
    """Row number and filled cells of each row that is no comment."""
    first = _FIRST[name]
    if len(frame) > MAX_ROWS or first not in frame:
        much = tr("{n:,} rows; at most {most} can be planned", n=len(frame), most=MAX_ROWS)
        faults.append(f"{name}.csv: " + (much if first in frame else tr("no column {name!r}", name=first)))
        return
    count = 0
    for number, row in zip(frame.index, frame.to_dict("records"), strict=True):
        cells = {str(k): str(v).strip() for k, v in row.items() if not pd.isna(v) and str(v).strip()}
        if cells and not next(iter(cells.values())).startswith("#"):
            count += 1
            yield number, {first: "", **cells}
    if not count:
        faults.append(tr("{name}.csv: no row is filled", name=name))


def _places(frame: pd.DataFrame, name: str) -> dict[str, str]:
    """Where each row's name stands: file and row; the last place where it is there twice."""
    return {str(cells[_FIRST[name]]): _row(name, number) for number, cells in _records(frame, name, [])}


def _row(name: str, number: object) -> str:
    return tr("{name}.csv, row {number}", name=name, number=number)


def _in_column(where: str, column: str, said: str) -> str:
    return tr("{where}, column {column}: {said}", where=where, column=column, said=said)


def _rows(
    model: type[_Model], frame: pd.DataFrame, name: str, known: Mapping[str, str], faults: list[str]
) -> Iterator[_Model]:
    refuse_protected((str(column) for column in frame if column not in known), f"{name}.csv")
    for number, cells in _records(frame, name, faults):
        if model is Person:
            cells["skills"] = {skill: cells.pop(skill) for skill in known if skill in cells}
        yield from _validated(model, cells, _row(name, number), faults)


def _validated(model: type[_Model], cells: Mapping[str, Any], where: str, faults: list[str]) -> Iterator[_Model]:
    try:
        yield model.model_validate(cells)
    except ValidationError as error:
        for fault in error.errors():
            column = str(fault["loc"][1] if fault["loc"][:1] == ("skills",) else fault["loc"][0])
            unknown = fault["type"] == "extra_forbidden"
            said = tr("no such column") if unknown else spoken(fault["msg"].removeprefix("Value error, "))
            if fault["type"] != "missing":
                said += tr(" (it says {value!r})", value=str(cells.get(column, fault["input"]))[:60])
            faults.append(_in_column(where, column, said))


def _contradictions(startup: Startup, places: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What no single row shows: names twice, unknown skills and tasks, cycles, ranges the wrong way round."""
    names = [p.person for p in startup.people], [t.task for t in startup.tasks], [p.person for p in startup.candidates]
    for table, column, here, others in (("people", "person", names[0], []), ("work", "task", names[1], []),
                                        ("candidates", "person", names[2], names[0])):  # fmt: skip
        twice = sorted({name for name in here if here.count(name) > 1 or name in others})
        yield from (_in_column(places[table][name], column, tr("{name!r} is there twice", name=name)) for name in twice)
    tasks = {task.task: task for task in startup.tasks}
    for task in startup.tasks:
        where = places["work"][task.task]
        unknown = [need.skill for need in task.needs if need.skill not in startup.skills]
        skills = ", ".join(startup.skills)
        yield from (
            _in_column(where, "needs", tr("{skill!r} is none of {skills}", skill=s, skills=skills)) for s in unknown
        )
        yield from (_in_column(where, "after", tr("there is no task {name!r}", name=name))
                    for name in task.after if name not in tasks)  # fmt: skip
        if task.effort_days > 0 and not task.needs:
            yield _in_column(where, "needs", tr("{n:g} person-days, and no skill that does them", n=task.effort_days))
        if not (task.low_days or task.effort_days) <= task.effort_days <= (task.high_days or task.effort_days):
            said = f"low_days {task.low_days}, effort_days {task.effort_days:g}, high_days {task.high_days}"
            yield _in_column(where, "low_days", tr("{numbers} do not rise", numbers=said))
    speeds = startup.settings.level_speeds
    if not 0 < speeds[0] <= speeds[1] <= speeds[2] <= speeds[3] <= 10:
        said = tr("{speeds} do not rise from above 0 to at most 10", speeds=speeds)
        yield _in_column("settings.csv", "level_speeds", said)
    try:
        TopologicalSorter({task.task: [n for n in task.after if n in tasks] for task in startup.tasks}).prepare()
    except CycleError as error:
        circle = tr("{tasks} go round in a circle", tasks=" → ".join(error.args[1]))
        yield _in_column(places["work"][error.args[1][0]], "after", circle)
    for lever in startup.levers:
        if not lever.low <= lever.hazard_ratio <= lever.high:
            said = f"low {lever.low}, hazard_ratio {lever.hazard_ratio}, high {lever.high}"
            yield _in_column(places["levers"][lever.lever], "low", tr("{numbers} do not rise", numbers=said))
