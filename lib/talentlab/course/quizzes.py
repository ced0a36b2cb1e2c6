"""A chapter's quiz, asked before and after it: `course/quiz/<chapter>.yaml` has it in both languages."""

import html
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Literal

import ipywidgets
import yaml
from IPython.display import display

from talentlab import language
from talentlab.course import claims, progress
from talentlab.errors import ChapterError
from talentlab.runtime import repository_root

BEFORE = 3  # so many of a chapter's questions are asked before it, too
_LETTERS = "ABCDE"
_WORDS = {
    "en": {
        "answer": "Answer", "kept": "noted; the question comes again at the end", "right": "✓ right", "wrong": "✗ no",
        "score": "right so far: {after} of {n}",
        "before": "; of the {m} answered before the chapter: {before} then, {again} now",
    },
    "zh": {
        "answer": "答案", "kept": "已记下，章末会再问一次", "right": "✓ 对", "wrong": "✗ 不对",
        "score": "目前答对 {after}/{n}",
        "before": "；章首答过的 {m} 题：当时对 {before} 题，现在对 {again} 题",
    },
}  # fmt: skip


@cache
def load(chapter: str) -> dict[str, Any]:
    """The `quiz` and the `guesses` of a chapter.

    Args:
        chapter: Its number, such as `3.2e`.

    Raises:
        ChapterError: If it has none.
    """
    path = repository_root() / "course" / "quiz" / f"{claims.slug(chapter)}.yaml"
    if not path.is_file():
        raise ChapterError(
            f"Chapter {chapter} has no quiz.",
            expected=f"course/quiz/{path.name}",
            remedy="write it, or leave the cell out.",
        )
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def problems(content: dict[str, Any]) -> Iterator[str]:
    """What the builder refuses in a chapter's questions and guesses."""
    texts: dict[str, Any] = {}
    questions = content.get("quiz", [])
    if len(questions) <= BEFORE:
        yield f"{len(questions)} questions, more than {BEFORE} wanted"
    for number, item in enumerate(questions, start=1):
        if sum(bool(choice.get("right")) for choice in item["choices"]) != 1 or not 3 <= len(item["choices"]) <= 5:
            yield f"question {number}: three to five choices, one of them `right: true`"
        texts[f"question {number}"] = item.get("question")
        for letter, choice in zip(_LETTERS, item["choices"], strict=False):
            texts |= {f"question {number} {letter}": choice, f"why of question {number} {letter}": choice.get("why")}
    for name, item in content.get("guesses", {}).items():
        texts[f"guess {name}"] = item.get("question")
        texts |= {f"guess {name}, choice {place}": choice for place, choice in enumerate(item.get("choices", []))}
        if not isinstance(item.get("unit", ""), str):
            texts[f"unit of guess {name}"] = item["unit"]
        if "choices" not in item and not ("unit" in item and item.get("low", 0) < item.get("high", 0)):
            yield f"guess {name}: wants `choices`, or `low` below `high`, and `unit`"
    for where, text in texts.items():
        if not isinstance(text, dict) or not all(text.get(code) and isinstance(text[code], str) for code in _WORDS):
            yield f"{where}: wants a text `en` and a text `zh`"


def ask(chapter: str, when: Literal["before", "after"] = "after") -> None:
    """Ask the chapter's questions: the first three before it; all after it, each choice then with its reason."""
    items = load(chapter)["quiz"][: BEFORE if when == "before" else None]
    words, score = _WORDS[language.current()], ipywidgets.HTML()

    def choose(number: int, chosen: int) -> str:
        def keep(kept: dict[str, Any]) -> None:
            kept["quizzes"].setdefault(chapter, {}).setdefault(when, {})[str(number)] = chosen

        kept = progress.change(keep)["quizzes"][chapter]
        progress.reached(f"{chapter}.quiz")
        if when == "before":
            return words["kept"]
        score.value = html.escape(_score(items, kept))
        choice = items[number]["choices"][chosen]
        return f"{words['right' if choice.get('right') else 'wrong']}: {to_html(choice['why'])}"

    parts = [_question(number, item, choose) for number, item in enumerate(items)]
    static = (_list(items, code, explain=when == "after") for code in _WORDS)
    display(language.in_both(*static) | live(ipywidgets.VBox([*parts, score])), raw=True)


def _score(items: list[dict[str, Any]], kept: dict[str, dict[str, int]]) -> str:
    right = {
        when: {number for number, chosen in given.items() if items[int(number)]["choices"][chosen].get("right")}
        for when, given in kept.items()
    }
    before, words = kept.get("before", {}), _WORDS[language.current()]
    return (words["score"] + (words["before"] if before else "")).format(
        after=len(right["after"]), n=len(items), m=len(before), before=len(right.get("before", ())),
        again=len(right["after"] & set(before)),
    )  # fmt: skip


def _question(number: int, item: dict[str, Any], choose: Callable[[int, int], str]) -> ipywidgets.VBox:
    options = [(f"{letter}. {choice}", place) for place, (letter, choice) in enumerate(_choices(item))]
    buttons = ipywidgets.RadioButtons(options=options, value=None, layout=ipywidgets.Layout(width="auto"))
    told = ipywidgets.HTML()

    def answered(change: dict[str, Any]) -> None:
        told.value = choose(number, change["new"])

    buttons.observe(answered, names="value")
    title = ipywidgets.HTML(f"<b>{number + 1}. {to_html(item['question'])}</b>")
    return ipywidgets.VBox([title, buttons, told])


def _choices(item: dict[str, Any]) -> list[tuple[str, str]]:
    texts = [choice[language.current()].replace("`", "") for choice in item["choices"]]
    return list(zip(_LETTERS, texts, strict=False))


def _list(items: list[dict[str, Any]], code: str, *, explain: bool) -> dict[str, str]:
    """The questions as text that needs no kernel, with the answers folded under them."""
    plain, markdown = [], []
    for number, item in enumerate(items, start=1):
        choices = list(zip(_LETTERS, item["choices"], strict=False))
        plain += [f"{number}. {item['question'][code]}", *(f"   {letter}. {each[code]}" for letter, each in choices)]
        markdown += [
            f"**{number}. {item['question'][code]}**\n",
            *(f"- {letter}. {each[code]}" for letter, each in choices),
        ]
        if explain:
            whys = [
                f"<b>{letter}{' ✓' * bool(each.get('right'))}</b> {to_html(each['why'], code)}"
                for letter, each in choices
            ]
            summary = f"<summary>{_WORDS[code]['answer']}</summary>"
            markdown.append(f"\n<details>{summary}{'<br>'.join(whys)}</details>")
        markdown.append("")
    return {"text/plain": "\n".join(plain), "text/markdown": "\n".join(markdown)}


def live(box: ipywidgets.VBox) -> dict[str, Any]:
    """The part of a bundle that is alive in JupyterLab; the builder takes it out of what is committed."""
    return {kind: view for kind, view in box._repr_mimebundle_().items() if kind != "text/plain"}


def to_html(text: dict[str, str], code: str | None = None) -> str:
    """HTML of a text in the language in use; what stands in backticks is code."""
    return re.sub(r"`(.+?)`", r"<code>\1</code>", html.escape(text[code or language.current()]))
