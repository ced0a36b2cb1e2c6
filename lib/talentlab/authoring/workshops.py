"""Workshops minute by minute: `course/workshops/plans.yaml`, filled in from the outline and the instructor's pages."""

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from talentlab.authoring.navigation import notebook_path, sources
from talentlab.course import claims
from talentlab.errors import ChapterError
from talentlab.runtime import repository_root

_WORDS = {
    "en": {
        "colon": ": ", "and": ", ", "min": "min", "hours": "{h} h {m:02d} min", "for": "For whom", "end": "end",
        "made": "Made by `make build` from `plans.yaml`, the outline and the instructor's pages.",
        "sum": "{chapters} of chapters, {pauses} between them.", "day": "Day {n}", "week": "Week {n}: {minutes} min",
        "weeks": "{n} weeks.", "head": "| clock | min | what | you say or show |", "guide": "instructor's page",
        "only": "its first {minutes} of {all} minutes", "late": "late? leave out {exercises}",
    },
    "zh": {
        "colon": "：", "and": "、", "min": "分钟", "hours": "{h} 小时 {m:02d} 分钟", "for": "适合谁", "end": "结束",
        "made": "由 `make build` 根据 `plans.yaml`、课程大纲和讲师指南生成。",
        "sum": "各章共 {chapters}，其间 {pauses}。", "day": "第 {n} 天", "week": "第 {n} 周：{minutes} 分钟",
        "weeks": "共 {n} 周。", "head": "| 时间 | 分钟 | 内容 | 你说什么、演示什么 |", "guide": "讲师指南",
        "only": "{all} 分钟里的前 {minutes} 分钟", "late": "来不及就略去 {exercises}",
    },
}  # fmt: skip


class Step(NamedTuple):
    """A line of an instructor's page: from minute `start` to `end` of the chapter."""

    start: int
    end: int
    what: str
    show: str


@cache
def plans() -> dict[str, Any]:
    """The plans by name, as `plans.yaml` has them."""
    text = (repository_root() / "course" / "workshops" / "plans.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


def find(name: str, start: str | None = None) -> dict[str, Any]:
    """A plan as `plans.yaml` has it.

    Raises:
        ChapterError: If there is no such plan, or the start of its days is no time.
    """
    if name not in plans():
        raise ChapterError(f"No plan {name!r}.", expected=f"one of {', '.join(plans())}", remedy="name it so.")
    if start is not None and not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", start):
        raise ChapterError(f"A day cannot start at {start!r}.", expected="a time such as 13:30", remedy="write it so.")
    return plans()[name]


def steps(slug: str, language: str) -> list[Step]:
    """The minutes of a chapter as its instructor's page has them; none where it has no table."""
    page = guide(slug, language)

    def lead(link: re.Match[str]) -> str:
        return f"]({_link((page.parent / link[1]).resolve())}{link[2] or ''})"

    text = re.sub(r"\]\((?!\w+:|#)([^)#]+)(#[^)]*)?\)", lead, page.read_text(encoding="utf-8"))
    rows = re.findall(r"^\| (\d+)–(\d+) \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
    return [Step(int(start), int(end), what, show) for start, end, what, show in rows]


def plan(name: str, language: str = "en", start: str | None = None) -> str:
    """A plan as Markdown, with the clock.

    Args:
        name: Of `plans.yaml`.
        language: `en` or `zh`.
        start: When each day begins, such as `13:30`; the plan's own time if None.

    Raises:
        ChapterError: If there is no such plan, or the time is none.
    """
    chosen, words = find(name, start), _WORDS[language]
    lines = [f"# {chosen['title'][language]}", "", f"*{words['made']}*", ""]
    lines += [f"**{words['for']}**{words['colon']}{chosen['for'][language]}", ""]
    if "minutes_a_week" in chosen:
        return "\n".join([*lines, *_weeks(chosen["minutes_a_week"], language)]) + "\n"
    parts = [part for day in chosen["days"] for part in day["parts"]]
    taught = sum(taken(part) for part in parts if "chapter" in part)
    lines += [
        words["sum"].format(chapters=_hours(taught, words), pauses=_hours(sum(map(taken, parts)) - taught, words))
    ]
    for number, day in enumerate(chosen["days"], start=1):
        lines += ["", f"## {words['day'].format(n=number)}"] if len(chosen["days"]) > 1 else []
        lines += ["", words["head"], "|---|---:|---|---|", *_day(day["parts"], start or day["start"], language)]
    return "\n".join(lines) + "\n"


def _day(parts: list[dict[str, Any]], start: str, language: str) -> Iterator[str]:
    now, words = clock_minutes(start), _WORDS[language]
    for part in parts:
        if "chapter" not in part:
            yield f"| {clock(now)} | {part['pause']} | *{part[language]}* | |"
        else:
            slug, limit = part["chapter"], taken(part)
            told = [f"[{words['guide']}]({_link(guide(slug, language))})"]
            if limit < minutes(slug):
                told.append(words["only"].format(minutes=limit, all=minutes(slug)))
            if spared := _spared().get(slug):
                told.append(words["late"].format(exercises=spared.replace(", ", words["and"])))
            link = f"[{title(slug, language)}]({_link(_notebook(slug, language))})"
            yield f"| **{clock(now)}** | **{limit}** | **{link}** | {' · '.join(told)} |"
            for step in steps(slug, language):
                if step.end <= limit:
                    yield f"| {clock(now + step.start)} | {step.end - step.start} | {step.what} | {step.show} |"
        now += taken(part)
    yield f"| {clock(now)} | | *{words['end']}* | |"


def weeks(limit: int) -> list[list[str]]:
    """The chapters that stand, in order; a week takes what fits into so many minutes, and at least one."""
    found: list[list[str]] = [[]]
    there = {source.stem for source in sources()}
    for slug in (name for name in claims.outline()["chapters"] if name in there):
        if found[-1] and sum(map(minutes, found[-1])) + minutes(slug) > limit:
            found.append([])
        found[-1].append(slug)
    return found


def _weeks(limit: int, language: str) -> Iterator[str]:
    words, found = _WORDS[language], weeks(limit)
    yield words["weeks"].format(n=len(found))
    for number, week in enumerate(found, start=1):
        yield from ("", f"## {words['week'].format(n=number, minutes=sum(map(minutes, week)))}", "")
        for slug in week:
            link = f"[{title(slug, language)}]({_link(_notebook(slug, language))})"
            yield f"- {link}{words['colon']}{minutes(slug)} {words['min']}"


def pages() -> dict[Path, str]:
    """Of all plans in both languages the file in `course/workshops` and its text."""
    folder = repository_root() / "course" / "workshops"
    endings = {"en": "md", "zh": "zh.md"}
    return {folder / f"{name}.{endings[language]}": plan(name, language) for name in plans() for language in endings}


def write() -> None:
    """Write all pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


def outdated() -> list[Path]:
    """The pages that are not as their plan, the outline and the instructor's pages make them."""
    return [path for path, text in pages().items() if not path.is_file() or path.read_text(encoding="utf-8") != text]


def taken(part: dict[str, Any]) -> int:
    """Minutes of a chapter or a pause in a plan."""
    return part.get("pause") or part.get("minutes") or minutes(part["chapter"])


def minutes(slug: str) -> int:
    """Minutes of a chapter, by the outline."""
    return claims.outline()["chapters"][slug]["minutes"]


def title(slug: str, language: str) -> str:
    """Title of a chapter, by the outline."""
    return claims.outline()["chapters"][slug]["zh" if language == "zh" else "title"]


def guide(slug: str, language: str) -> Path:
    """The instructor's page of a chapter."""
    return repository_root() / "course" / "guide" / ("zh" if language == "zh" else "") / f"{slug}.md"


def _notebook(slug: str, language: str) -> Path:
    return notebook_path(slug, "zh" if language == "zh" else "learner")


def _link(path: Path) -> str:
    return Path(os.path.relpath(path, repository_root() / "course" / "workshops")).as_posix()


@cache
def _spared() -> dict[str, str]:
    """Of each chapter the exercises to leave out first, from the table of all exercises."""
    text = (repository_root() / "course" / "exercises.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[.*?\]\(#(\w+)\) \| \d+ \| \d+ \| (.*?) \|$", text, re.MULTILINE)
    return {slug: spared for slug, spared in rows if spared != "–"}


def clock_minutes(time: str) -> int:
    """The reverse of `clock`."""
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def clock(minutes: int) -> str:
    """Minutes since midnight as a time of the day."""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _hours(minutes: int, words: dict[str, str]) -> str:
    return words["hours"].format(h=minutes // 60, m=minutes % 60)
