"""The start page: the chapters with what is solved of each, what comes next, and routes through the course."""

import re
from functools import cache
from typing import Any

from IPython.display import display

from talentlab import language
from talentlab.course import claims, progress
from talentlab.runtime import repository_root

_WORDS = {
    "en": {
        "title": "title", "head": "| | chapter | document | minutes | exercises solved |", "solved": "{done} of {all}",
        "next": "**Next:** {chapter}.", "all": "Every exercise of the chapters that are open is solved.",
        "total": "**{done} of {all}** exercises solved.", "planned": "{n} chapters are being written",
        "routes": "| route | chapters | hours | with all exercises |", "every": "all that are open",
    },
    "zh": {
        "title": "zh", "head": "| | 章 | 原文小节 | 分钟 | 已做对的练习 |", "solved": "{done}/{all}",
        "next": "**下一章：**{chapter}。", "all": "已开放的各章练习全部做对了。",
        "total": "共做对 **{done}/{all}** 道练习。", "planned": "还有 {n} 章正在编写",
        "routes": "| 路线 | 章 | 小时 | 加上全部练习 |", "every": "已开放的所有章",
    },
}  # fmt: skip


def show_map() -> None:
    """Display the chapters, each with the exercises solved of it, and the next one to open."""
    display(language.in_both(*({"text/markdown": text, "text/plain": text} for text in map(_map, _WORDS))), raw=True)


def show_routes() -> None:
    """Display the routes through the course, with their chapters and hours."""
    display(language.in_both(*({"text/markdown": text, "text/plain": text} for text in map(_routes, _WORDS))), raw=True)


@cache
def _exercises() -> dict[str, dict[str, int]]:
    """Of every chapter that is open the numbers of its exercises, with their minutes."""
    sources = sorted((repository_root() / "course" / "chapters").glob("*.py"))
    exercise = re.compile(r'^# %% tags=\["exercise".*? minutes=(\d+)$.*?^exercises\.check\(\s*"([^"]+)"', re.M | re.S)
    return {
        path.stem: {number: int(minutes) for minutes, number in exercise.findall(path.read_text(encoding="utf-8"))}
        for path in sources
    }


def _map(code: str) -> str:
    words, chapters, there = _WORDS[code], claims.outline()["chapters"], _exercises()
    passed = set(progress.read()["passed"])
    open_, planned, following = [words["head"], "|---|---|---|---:|---:|"], [], ""
    for slug, chapter in chapters.items():
        if slug not in there:
            planned.append(f"{number(slug)} {chapter[words['title']]}".strip())
            continue
        done = len(passed & set(there[slug]))
        solved = words["solved"].format(done=done, all=len(there[slug])) if there[slug] else ""
        if done < len(there[slug]) and not following:
            following = words["next"].format(chapter=_link(slug, chapter, code))
        sections = ", ".join(chapter["sections"])
        open_.append(
            f"| {number(slug)} | {_link(slug, chapter, code)} | {sections} | {chapter['minutes']} | {solved} |"
        )
    known = set().union(*there.values())
    total = words["total"].format(done=len(known & passed), all=len(known))
    folded = f"<details><summary>{words['planned'].format(n=len(planned))}</summary>{'<br>'.join(planned)}</details>"
    return "\n".join([*open_, "", f"{total} {following or words['all']}", *(["", folded] if planned else [])])


def _routes(code: str) -> str:
    words, outline, there = _WORDS[code], claims.outline(), _exercises()
    rows = [words["routes"], "|---|---|---:|---:|"]
    for route in outline["routes"]:
        slugs = [slug for slug in route["chapters"] or outline["chapters"] if slug in there]
        names = ", ".join(number(slug) for slug in slugs) if route["chapters"] else words["every"]
        minutes = sum(outline["chapters"][slug]["minutes"] for slug in slugs)
        more = sum(sum(there[slug].values()) for slug in slugs)
        rows.append(f"| {route[words['title']]} | {names} | {minutes / 60:.1f} | {(minutes + more) / 60:.1f} |")
    return "\n".join(rows)


def number(slug: str) -> str:
    """`03_2e_ensembling` → `3.2e`; nothing for a tool."""
    parts = re.match(r"0?(\d+)(?:_(\d\w?))?_", slug)
    return ".".join(part for part in parts.groups() if part) if parts else ""


def _link(slug: str, chapter: dict[str, Any], code: str) -> str:
    return f"[{chapter[_WORDS[code]['title']]}]({slug}.ipynb)"
