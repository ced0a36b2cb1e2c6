"""What a row of each table holds: people, tasks, settings, levers; and the attributes that no table may hold."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from talentlab.errors import TalentError
from talentlab.language import tr

_NEED = re.compile(r"(?P<skill>[^:*]+?)\s*(?::\s*(?P<level>[1-4]))?\s*(?:\*\s*(?P<count>\d+))?")
# Words of column names that tell of a protected attribute: what nobody may be planned, hired or judged by.
PROTECTED = frozenset([
    "age", "birth", "birthday", "birthdate", "born", "sex", "gender", "race", "racial", "ethnicity", "ethnic",
    "religion", "religious", "nationality", "citizenship", "marital", "married", "marriage", "spouse",
    "pregnant", "pregnancy", "children", "family", "disability", "disabled", "orientation", "health", "union",
    "politics", "political", "caste",
    "年龄", "出生", "性别", "种族", "民族", "宗教", "国籍", "婚姻", "婚否", "已婚", "怀孕", "生育",
    "子女", "残疾", "健康", "政治面貌",
])  # fmt: skip


def _cells(value: object) -> object:
    """`a; b` → (a, b)."""
    return tuple(part.strip() for part in value.split(";") if part.strip()) if isinstance(value, str) else value


def _needs(value: object) -> object:
    """`ml:2; data:1*2` → the needs: skill, lowest level, number of people."""
    if not isinstance(value, str):
        return value
    found = {part: _NEED.fullmatch(part) for part in _cells(value)}  # type: ignore[attr-defined]
    if wrong := [part for part, match in found.items() if not match]:
        raise ValueError(tr("{need!r} is not of the form skill, skill:level or skill:level*people", need=wrong[0]))
    return tuple({k: v for k, v in match.groupdict().items() if v} for match in found.values() if match)


def _spans(value: object) -> object:
    """`2026-08-03..2026-08-14; 2026-09-01` → pairs of first and last day."""
    if not isinstance(value, str):
        return value
    spans = tuple((part.split("..")[0], part.split("..")[-1]) for part in _cells(value))  # type: ignore[attr-defined]
    if backwards := [span for span in spans if span[0] > span[1]]:
        raise ValueError(tr("{first}..{last} ends before it begins", first=backwards[0][0], last=backwards[0][1]))
    return spans


Names = Annotated[tuple[str, ...], BeforeValidator(_cells)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=0, le=2000)]


class _Row(BaseModel):
    """What all rows share: nothing unknown in them, and nobody changes them."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Need(_Row):
    """One skill that a task's team must bring; `count` people of at least `level`."""

    skill: Name
    level: int = Field(default=1, ge=1, le=4)
    count: int = Field(default=1, ge=1, le=20)


class Person(_Row):
    """Somebody on the team, or a candidate; names are aliases."""

    person: Name = Field(description="alias")
    role: Name
    cost_per_month: Amount = Field(description="what the person costs the company")
    contract: Literal["employee", "contractor"] = Field(
        default="employee", description="a contractor is paid for planned days"
    )
    availability: Share = Field(default=1.0, description="share of a full-time week")
    start: date | None = Field(default=None, description="first working day, where it is later than the plan's")
    leave: Annotated[tuple[tuple[date, date], ...], BeforeValidator(_spans)] = Field(
        default=(), description="2026-08-03..2026-08-14; 2026-09-01"
    )
    notice_months: Annotated[float, Field(ge=0, le=24)] = 1.0
    hiring_cost: Amount = Field(default=0.0, description="candidates only: fee and salaries spent on hiring, once")
    time_to_hire_days: Days = Field(default=0, description="candidates only: working days until the first one at work")
    onboarding_days: Days = Field(default=0, description="candidates only: first days, spent together with a mentor")
    skills: dict[str, Annotated[int, Field(ge=0, le=4)]] = Field(default={}, description="one column per skill, 0 to 4")


class Task(_Row):
    """One task: what it takes, whom it needs, what comes before."""

    task: Name
    name: Name
    step: int = Field(ge=1, le=6, description="of the workflow: data, model, fine-tuning, tuning, ensembling, release")
    needs: Annotated[tuple[Need, ...], BeforeValidator(_needs)] = Field(
        default=(), description="ml:2; product: the first skill does the work, a person of each other sits beside"
    )
    effort_days: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = Field(
        description="person-days of somebody at level 3"
    )
    low_days: Amount | None = Field(default=None, description="one time in ten it takes less")
    high_days: Amount | None = Field(default=None, description="one time in ten it takes more")
    fixed: bool = Field(default=False, description="yes: it takes effort_days whoever does it, such as a trial")
    max_team: int = Field(default=3, ge=1, le=20, description="people of the first skill at most")
    after: Names = Field(default=(), description="tasks that must be done before")
    machine_days: Days = Field(default=0, description="days that a machine computes afterwards, while people are free")
    machine_cost: Amount = 0.0


class Lever(_Row):
    """One way to keep people, as an assumption with a range."""

    lever: Name
    hazard_ratio: Annotated[float, Field(gt=0, le=2)] = Field(description="factor on the rate of leaving")
    low: Annotated[float, Field(gt=0, le=2)]
    high: Annotated[float, Field(gt=0, le=2)]
    cost_per_month: Amount = Field(description="per person")
    source: str = ""


class Settings(_Row):
    """What holds for the whole plan."""

    start: date
    horizon_days: int = Field(default=260, ge=1, le=2000, description="working days within which all must be done")
    cash: Amount = Field(default=1e9, description="money at hand at the start")
    cash_per_month: Amount = Field(default=0.0, description="money that comes in")
    currency: Name = "EUR"
    holidays: Annotated[tuple[date, ...], BeforeValidator(_cells)] = ()
    level_speeds: Annotated[
        tuple[float, float, float, float], BeforeValidator(_cells), Field(description="of levels 1 to 4, against 3")
    ] = (0.4, 0.7, 1.0, 1.3)
    team_overhead: Annotated[float, Field(ge=0, lt=0.4)] = Field(default=0.1, description="lost per further person")
    pausing: bool = Field(default=True, description="yes: a task waits for who is on leave; no: it may not span it")
    sick_days_per_year: Annotated[float, Field(ge=0, le=120)] = 10.0
    resignations_per_year: Annotated[float, Field(ge=0, lt=1)] = Field(default=0.1, description="share of the people")
    replacement_days: Days = Field(default=60, description="working days until somebody leaves no gap any more")
    training_days_per_level: Days = Field(default=15, description="days away for one level more")


ROWS: dict[str, type[BaseModel]] = {
    "people": Person, "work": Task, "candidates": Person, "settings": Settings, "levers": Lever,
}  # fmt: skip


def json_schema() -> dict[str, Any]:
    """JSON schema of a row of each table; a person's `skills` are one column each, settings are one row each."""
    return {name: row.model_json_schema() for name, row in ROWS.items()}


def refuse_protected(columns: Iterable[str], where: str) -> None:
    """Refuse columns that hold a protected attribute.

    Raises:
        TalentError: If a name has a word of `PROTECTED` in it.
    """
    if held := [name for name in columns if protected_words(name)]:
        raise TalentError(
            f"{where} has the column {held[0]!r}.",
            expected="no attribute that people must not be judged by: age, sex, origin, religion, family, health",
            remedy="leave the column out of the features; keep it apart, for a check of fairness only.",
        )


def protected_words(text: str) -> list[str]:
    """The words of `PROTECTED` in a text or a column's name, such as `MaritalStatus`."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower())
    return [word for word in words if word in PROTECTED] + [w for w in PROTECTED if not w.isascii() and w in text]
