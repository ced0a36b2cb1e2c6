"""Predict, then run: a learner guesses a figure before it is measured, and sees how good the guesses are."""

import html
from dataclasses import dataclass
from typing import Any, Literal

import ipywidgets
from IPython.display import display
from matplotlib.axes import Axes

from talentlab import language
from talentlab.course import progress
from talentlab.course.quizzes import live, load, to_html

_SURE = 80  # a guess is a range of which the learner is this sure [%]
_WORDS = {
    "en": {
        "commit": "This is my guess", "kept": "Noted: {guess}.", "choose": "Choose, then press the button.",
        "range": f"Set a range that you would bet on with {_SURE} % confidence, then press the button.",
        "none": "No guess was made; measured: {measured}.", "to": "to",
        "hit": "You guessed {guess}; measured: {measured}. Your guess holds it.",
        "miss": "You guessed {guess}; measured: {measured}. Your guess missed it.",
        "summary": f"Of the {{n}} ranges that you were {_SURE} % sure of, {{hits}} held the figure ({{share:.0f}} %). "
        f"Far below {_SURE} %, the next ranges should be wider; far above, narrower.",
        "no summary": "No range has been guessed yet.",
    },
    "zh": {
        "commit": "这就是我的猜测", "kept": "已记下：{guess}。", "choose": "选一项，然后按下按钮。",
        "range": f"设定一个你有 {_SURE}% 把握的范围，然后按下按钮。",
        "none": "没有作猜测；实测：{measured}。", "to": "到",
        "hit": "你猜的是 {guess}；实测：{measured}。猜中了。",
        "miss": "你猜的是 {guess}；实测：{measured}。没有猜中。",
        "summary": f"你自认有 {_SURE}% 把握的 {{n}} 个范围里，{{hits}} 个包含了实测值（{{share:.0f}}%）。"
        f"远低于 {_SURE}%，说明范围要放宽；远高于，说明可以收窄。",
        "no summary": "还没有猜过范围。",
    },
}  # fmt: skip


@dataclass
class Guess:
    """A guess at a figure: a range, or the place of a choice; None where nobody guessed, as in a headless run."""

    name: str
    item: dict[str, Any]
    value: tuple[float, float] | int | None = None

    def shade(self, axes: Axes, along: Literal["x", "y"] = "y") -> None:
        """Draw the range into a figure, where there is one."""
        if isinstance(self.value, tuple):
            span = axes.axhspan if along == "y" else axes.axvspan
            span(*self.value, color="#E69F00", alpha=0.25, label="your guess", zorder=0)

    def settle(self, measured: float) -> None:
        """Say what was measured and whether it was guessed.

        Args:
            measured: A number in the guess's unit, or the place of the right choice.
        """
        outcome = "none"
        if self.value is not None:
            low, high = self.value if isinstance(self.value, tuple) else (self.value, self.value)
            outcome = "hit" if low <= measured <= high else "miss"
            kept = {"guess": self.value, "hit": outcome == "hit"}
            progress.change(lambda all_kept: all_kept["guesses"].update({self.name: kept}))
            progress.reached(self.name)
        lines = [
            words[outcome].format(guess=self.said(self.value, code), measured=self.said(measured, code))
            for code, words in _WORDS.items()
        ]
        display(language.in_both(*({"text/plain": line, "text/html": html.escape(line)} for line in lines)), raw=True)

    def said(self, value: Any, code: str) -> str:
        """A value of this guess in words."""
        if value is None:
            return ""
        if "choices" in self.item:
            return f"“{self.item['choices'][int(value)][code]}”"
        ends = value if isinstance(value, tuple) else (value,)
        numbers = f" {_WORDS[code]['to']} ".join(f"{end:,.{self.item.get('digits', 0)}f}" for end in ends)
        unit = self.item["unit"]
        return f"{numbers} {unit if isinstance(unit, str) else unit[code]}"


def guess(name: str) -> Guess:
    """Ask for a guess before a figure is measured.

    Args:
        name: Chapter and name in the chapter's file of `course/quiz`, for example `5.accuracy`.

    Returns:
        The guess; its `value` comes when the learner presses the button.
    """
    chapter, _, key = name.rpartition(".")
    asked = Guess(name, load(chapter)["guesses"][key])
    item, code, layout = asked.item, language.current(), ipywidgets.Layout(width="auto", max_width="560px")
    control: ipywidgets.ValueWidget
    if "choices" in item:
        options = [(choice[code], place) for place, choice in enumerate(item["choices"])]
        control = ipywidgets.RadioButtons(options=options, value=None, layout=layout)
    else:
        third = (item["high"] - item["low"]) / 3
        control = ipywidgets.FloatRangeSlider(
            value=(item["low"] + third, item["high"] - third), min=item["low"], max=item["high"],
            step=item.get("step", 1), readout_format=f".{item.get('digits', 0)}f", layout=layout,
        )  # fmt: skip
    button, told = ipywidgets.Button(description=_WORDS[code]["commit"]), ipywidgets.HTML()

    def commit(_: object) -> None:
        if control.value is not None:
            asked.value = control.value
            control.disabled = button.disabled = True
            told.value = html.escape(_WORDS[code]["kept"].format(guess=asked.said(asked.value, code)))

    button.on_click(commit)
    how = "choose" if "choices" in item else "range"
    lines = {code: f"{item['question'][code]} {words[how]}" for code, words in _WORDS.items()}
    box = ipywidgets.VBox([ipywidgets.HTML(to_html(lines)), control, button, told])
    display(language.in_both(*(_list(item, line, code) for code, line in lines.items())) | live(box), raw=True)
    return asked


def _list(item: dict[str, Any], line: str, code: str) -> dict[str, str]:
    """The question as text that needs no kernel."""
    choices = [f"- {choice[code]}" for choice in item.get("choices", [])]
    return {"text/plain": "\n".join([line, *choices]), "text/markdown": "\n".join([f"*{line}*", "", *choices])}


def summary() -> None:
    """Say how many of the learner's ranges held the figure, in all chapters so far."""
    ranges = [kept for kept in progress.read()["guesses"].values() if isinstance(kept["guess"], list)]
    hits, n = sum(kept["hit"] for kept in ranges), len(ranges)
    lines = [
        words["summary"].format(hits=hits, n=n, share=100 * hits / n) if n else words["no summary"]
        for words in _WORDS.values()
    ]
    display(language.in_both(*({"text/plain": line} for line in lines)), raw=True)
