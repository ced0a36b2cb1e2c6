"""A plan as one printed page for whoever sits in the room: the clock, each chapter's question, space for an answer."""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from talentlab.authoring import workshops

_QUOTED = re.compile(r"^## (?:The question to ask|要问的问题)\s*\n+[\"“](.+?)[\"”]", re.MULTILINE | re.DOTALL)
_WORDS = {
    "en": {
        "time": "time", "chapter": "chapter", "question": "question", "answer": "my answer; what was measured",
        "day": "Day {n}", "week": "week", "min": "min", "end": "end", "read": "How a verdict is read",
        "commands": "On your own machine", "after": "Afterwards", "surprise": "What surprised me:",
        "next": "What I measure first with data of my own:",
    },
    "zh": {
        "time": "时间", "chapter": "章", "question": "问题", "answer": "我的回答；测出来的结果",
        "day": "第 {n} 天", "week": "周", "min": "分钟", "end": "结束", "read": "怎样读结论",
        "commands": "在自己的机器上", "after": "结束之后", "surprise": "出乎我意料的是：",
        "next": "我会先用自己的数据测：",
    },
}  # fmt: skip
_VERDICTS = {
    "en": (
        "<b>holds</b>, <b>does not hold</b>: measured, with an interval, against a rule that was fixed before.",
        "<b>not decided</b>: the interval contains the border, or there were too few seeds.",
        "A figure without its interval, its number of texts and its seeds is a guess.",
    ),
    "zh": (
        "<b>成立</b>、<b>不成立</b>：实测得出，带区间，按事先定好的规则判断。",
        "<b>还不能得出结论</b>：界线落在区间里，或者种子太少。",
        "没有区间、没写文本条数和种子个数的数字，只是猜测。",
    ),
}
_COMMANDS = {
    "en": {
        "make lab": "opens the course in copies of your own",
        "talentlab doctor": "says what your machine lacks",
        "talentlab reset 05": "gives a fresh copy of chapter 5, keeps yours",
        "talentlab run 05 -p dataset=yours.csv": "runs the main job on your own texts",
    },
    "zh": {
        "make lab LANGUAGE=zh": "打开课程，用的是你自己的副本",
        "talentlab doctor": "说明机器还缺什么",
        "talentlab reset zh/05": "给你一份新的第 5 章，原来的也留着",
        "talentlab run zh/05 -p dataset=你的.csv": "用自己的文本运行主任务",
    },
}


def handout(name: str, language: str = "en", start: str | None = None) -> str:
    """A plan as a page of HTML that prints on one sheet of A4 and loads nothing.

    Takes and refuses what `workshops.plan` does.
    """
    chosen, words = workshops.find(name, start), _WORDS[language]
    days = chosen.get("days", [])
    rows = [row for number, day in enumerate(days, 1) for row in _day(day, number * (len(days) > 1), language, start)]
    rows = [_heads(("time", "chapter", "question", "answer"), language), *rows]
    asked = sum('"chapter"' in row for row in rows)
    parts = {
        "language": language,
        "title": escape(chosen["title"][language]),
        "for": escape(chosen["for"][language]),
        "row": min(30, (174 - 6 * (len(rows) - asked)) / max(asked, 1)),  # mm: what a sheet leaves for an answer
        "class": "dense" if asked > 8 else "",
        "rows": "\n".join(rows if days else _weeks(chosen["minutes_a_week"], language)),
        "verdicts": "".join(f"<li>{line}</li>" for line in _VERDICTS[language]),
        "run": "".join(f"<li><code>{command}</code> {what}</li>" for command, what in _COMMANDS[language].items()),
        **{key: words[key] for key in ("read", "commands", "after", "surprise", "next")},
    }
    template = (Path(__file__).parent / "static" / "handout.html").read_text(encoding="utf-8")
    return re.sub(r"\{(\w+)\}", lambda key: str(parts[key[1]]), template)


def _heads(names: tuple[str, ...], language: str) -> str:
    return f"<tr>{''.join(f'<th>{_WORDS[language][name]}</th>' for name in names)}</tr>"


def _day(day: dict[str, Any], number: int, language: str, start: str | None) -> Iterator[str]:
    """Its rows, the first with its number unless that is 0."""
    words, now = _WORDS[language], workshops.clock_minutes(start or day["start"])
    if number:
        yield f'<tr class="day"><td colspan="4">{words["day"].format(n=number)}</td></tr>'
    for part in day["parts"]:
        if "chapter" in part:
            slug = part["chapter"]
            asked = _QUOTED.search(workshops.guide(slug, language).read_text(encoding="utf-8"))
            question = re.sub(r"[*`]", "", " ".join(asked[1].split())) if asked else ""
            cells = (workshops.clock(now), workshops.title(slug, language), question, "")
            row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            yield f'<tr class="{"chapter" if question else "start"}">{row}</tr>'
        else:
            yield f'<tr class="pause"><td>{workshops.clock(now)}</td><td colspan="3">{escape(part[language])}</td></tr>'
        now += workshops.taken(part)
    yield f'<tr class="pause"><td>{workshops.clock(now)}</td><td colspan="3">{words["end"]}</td></tr>'


def _weeks(limit: int, language: str) -> Iterator[str]:
    yield _heads(("week", "chapter", "min"), language)
    for number, week in enumerate(workshops.weeks(limit), start=1):
        chapters = " ".join(f"<span>☐ {escape(workshops.title(slug, language))}</span>" for slug in week)
        minutes = sum(map(workshops.minutes, week))
        yield f'<tr class="week"><td>{number}</td><td>{chapters}</td><td>{minutes}</td></tr>'
