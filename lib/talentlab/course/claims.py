"""What a lesson puts on record: its metrics, and the document's claims beside what was measured."""

import csv
import math
import os
import re
from collections.abc import Mapping
from functools import cache
from numbers import Real
from typing import TYPE_CHECKING, Any

import yaml
from IPython.display import display

from talentlab import language
from talentlab.errors import ChapterError
from talentlab.escaping import markdown_text
from talentlab.runtime import repository_root

if TYPE_CHECKING:  # a second in each chapter, for a name
    from nbformat import NotebookNode

# The types under which a notebook's outputs carry them; papermill's side reads both with `collect`.
CLAIM_MIME = "application/vnd.talentlab.claim+json"
REPORT_MIME = "application/vnd.talentlab.run+json"
MEASURED = {True: "holds", False: "does not hold", None: "not decided"}
_INTERVAL = re.compile(r"[+-][\d.]+% \[[+-][\d.]+%, [+-][\d.]+%\]")  # the first of a text is the claim's own
UNMEASURED = ("true as a description", "not testable here")  # of sentences that promise nothing, or nothing testable
_CHINESE = {
    "Claim": "原文的说法", "Reference": "参照", "Measured": "实测", "Verdict": "结论",
    "Verdict of this run": "本次运行的结论", "Record": "大规模实测",
    "holds": "成立", "does not hold": "不成立", "not decided": "还不能得出结论",
    "true as a description": "作为描述属实", "not testable here": "在此无法检验",
}  # fmt: skip


@cache
def outline() -> dict[str, Any]:
    """`course/outline.yaml`: `sections`, `chapters` and `claims` of the course."""
    return yaml.safe_load((repository_root() / "course" / "outline.yaml").read_text(encoding="utf-8"))


def slug(number: str) -> str:
    """The chapter of a number as exercises and guesses have it: `3.2e` → `03_2e_ensembling`.

    Raises:
        ChapterError: If there is no such chapter.
    """
    head, _, tail = number.partition(".")
    prefix = f"{head:0>2}_{tail}_" if tail else f"{head:0>2}_"
    found = [name for name in outline()["chapters"] if name.startswith(prefix)]
    if len(found) != 1:
        raise ChapterError(
            f"No chapter {number!r}.", expected="a number from course/outline.yaml", remedy="correct the number."
        )
    return found[0]


@cache
def statements() -> dict[str, list[tuple[str, str, str]]]:
    """Section → the document's statements: number, English, Chinese; as `course/document.md` has them."""
    text = (repository_root() / "course" / "document.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)\n((?:(?!## ).*\n?)*)", text, re.MULTILINE)
    return {name: re.findall(r"^\| ([\d.]+-\d+) \| (.+) \| (.+) \|$", part, re.MULTILINE) for name, part in sections}


@cache
def recorded() -> dict[str, dict[str, str]]:
    """The record: by claim, what the chapter measured at a size that decides, on public data.

    Rows of `course/data/records/*.csv`, which `tests/bench/record.py` writes: `claim`, `measured`, `verdict`, `data`,
    `command`, `commit`, `machine`, `date`.
    """
    found = {}
    for path in sorted((repository_root() / "course" / "data" / "records").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found.update({row["claim"]: row for row in csv.DictReader(file)})
    return found


def told(claim: str) -> str:
    """What the record measured about a claim, in the language in use; "not measured in this run" without one."""
    row = recorded().get(claim)
    return language.tr("not measured in this run") if row is None else _in_language(row["measured"])


def record(claim: str, *, measured: str, reference: str, holds: bool | None = None, verdict: str | None = None) -> None:
    """Put one claim of the document beside its measurement, in the notebook and in the course's table of claims.

    Where the record has the claim, it is shown beside this run, and decides: a run in a lesson is too small for much.

    Args:
        claim: Its id in `course/outline.yaml`.
        measured: What was measured, with unit and interval; where nothing can be, the reason.
        reference: What the document states, or what the measurement is held against.
        holds: True, False, or None where the measurement cannot decide.
        verdict: In place of `holds`: "true as a description" of a sentence that only names a step or a definition,
            which was carried out or checked; "not testable here" of one that no notebook can decide.

    Raises:
        ChapterError: If the id is not in the outline, or the verdict is none of the five.
    """
    claims = outline()["claims"]
    if claim not in claims:
        raise ChapterError(
            f"Unknown claim {claim!r}.",
            expected=f"one of {', '.join(claims)}",
            remedy="add it to course/outline.yaml, with the document's words.",
        )
    if holds not in MEASURED or (verdict is not None and (holds is not None or verdict not in UNMEASURED)):
        raise ChapterError(
            f"Claim {claim!r}: holds={holds!r}, verdict={verdict!r}.",
            expected=f"holds=True, False or None, or else verdict={' or '.join(map(repr, UNMEASURED))}",
            remedy="give one of the two.",
        )
    verdict = verdict or MEASURED[holds]
    data = {"claim": claim, "measured": measured, "reference": reference, "verdict": verdict}
    cells = [("Claim", claims[claim]["text"]), ("Reference", reference), ("Measured", measured), ("Verdict", verdict)]
    if row := recorded().get(claim):
        cells[3] = ("Verdict of this run", verdict)
        cells += [("Record", f"{row['measured']} ({row['data']}, {row['date']})"), ("Verdict", row["verdict"])]
    said = {"Claim": in_words(claim), "Record": _recorded_in_chinese(row) if row else ""}
    said["Measured"] = language.with_names(measured)
    twin = [(_CHINESE[name], said.get(name) or _CHINESE.get(value, value)) for name, value in cells]
    display({CLAIM_MIME: data, **language.in_both(_table(cells), _table(twin))}, raw=True)
    found = [_INTERVAL.search(text) for text in (measured, row["measured"])] if row else []
    if all(found) and found:
        _draw(claim, [match.group() for match in found if match])


def in_words(what: str) -> str:
    """A claim of the document, by its id, or a verdict, in the language in use."""
    if language.current() == "en":
        return outline()["claims"].get(what, {"text": what})["text"]
    claim = outline()["claims"].get(what, {"text": what})
    if (asked := language.name(claim["text"])) != claim["text"]:  # a question of the course's own, not the statement's
        return asked
    found = [zh for rows in statements().values() for number, _, zh in rows if number == claim.get("statement")]
    return found[0] if found else _CHINESE.get(what, what)


def _recorded_in_chinese(row: Mapping[str, str]) -> str:
    return f"{_in_language(row['measured'])}（{language.name(row['data'])}，{row['date']}）"


def _in_language(measured: str) -> str:
    """A measurement of the record as the chapter says it now; it was written by the same code, in English."""
    measured = language.name(measured)  # by a bench, whose sentences stand in no chapter
    return language.with_names(language.spoken(measured, os.environ.get(language.CHAPTER_VARIABLE, "")))


@cache
def _finds() -> dict[str, str]:
    """By claim, the smallest difference that its record finds in four of five repetitions [points]."""
    text = (repository_root() / "course" / "data" / "records" / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([\w.-]+)` \|.*\| ([\d.]+)(?:; [\d.]+)? \|$", text, re.MULTILINE))


def _draw(claim: str, intervals: list[str]) -> None:
    """The run's interval above the record's, so that one sees what a larger run is for."""
    from talentlab import plots  # half a second that a notebook without figures need not wait for

    figure, (axes,) = plots.new_axes(width=6.4, height=1.5)
    for place, (interval, color) in enumerate(zip(intervals, (plots.BLUE, plots.GREEN), strict=True)):
        value, low, high = (float(number) for number in re.findall(r"[+-]?\d[\d.]*", interval))
        axes.hlines(place, low, high, color=color, linewidth=3)
        axes.plot(value, place, "o", color=color)
    axes.axvline(0, color=plots.GREY, linestyle="--", linewidth=1)
    axes.set_yticks([0, 1], ["this run", "the record"])
    axes.set(xlabel="difference [points]", ylim=(1.5, -0.5))
    alt = language.tr("This run: {run}; the record: {record}.", run=intervals[0], record=intervals[1])
    if claim in _finds():
        alt += language.tr(
            " At its size a difference of {n} points is found in four of five repetitions.", n=_finds()[claim]
        )
    plots.show(figure, alt=alt)


def _table(cells: list[tuple[str, str]]) -> dict[str, str]:
    rows = [f"| **{name}** | {markdown_text(value)} |" for name, value in cells]
    plain = [f"{name.lower()}: {value}" for name, value in cells]
    return {"text/markdown": "\n".join(["| | |", "|---|---|", *rows]), "text/plain": "\n".join(plain)}


def report(*, references: Mapping[str, float] | None = None, **metrics: Any) -> None:
    """Put metrics of the notebook on record, where the runner finds them.

    A number that is none (NaN, an infinity) is recorded as missing: tables show "–" for it, and no mean counts it.

    Args:
        references: Values that the document states, by metric.
        **metrics: Numbers, or `evaluation.Interval`s.

    Raises:
        ChapterError: If a value is something else.
    """
    values = {name: _as_metric(name, value) for name, value in metrics.items()}
    text = language.tr("on record: {names}", names=", ".join(map(language.name, metrics)))
    data = {"metrics": list(values.items()), "references": dict(references or {})}  # pairs: a notebook sorts its keys
    display({REPORT_MIME: data, "text/plain": text}, raw=True)


def _as_metric(name: str, value: Any) -> Any:
    """A number as JSON has it, None for one that is none; three of them for an interval with both ends."""
    parts = value if isinstance(value, tuple | list) else [value]
    if len(parts) not in (1, 3) or not all(isinstance(part, Real) for part in parts):
        raise ChapterError(
            f"report({name}={value!r}).",
            expected="a number, or a number with both ends of its interval",
            remedy="give float(value), or an evaluation.Interval; report texts with print.",
        )
    plain: list[Any] = [part.item() if hasattr(part, "item") else part for part in parts]  # numpy's are none of JSON's
    middle, *ends = (part if math.isfinite(part) else None for part in plain)
    return middle if middle is None or not ends or None in ends else [middle, *ends]


def _foreign(data: Mapping[str, Any]) -> dict[str, float]:
    """Numbers that papermill's own `record`, or scrapbook's `glue`, put on record."""
    scrap = data.get("application/scrapbook.scrap.json+json", {})
    values = {**data.get("application/papermill.record+json", {})}
    values |= {scrap["name"]: scrap.get("data")} if "name" in scrap else {}
    return {str(name): v for name, v in values.items() if isinstance(v, int | float) and math.isfinite(v)}


def collect(notebook: "NotebookNode") -> dict[str, Any]:
    """Metrics, references and claims that an executed notebook put on record."""
    found: dict[str, Any] = {"metrics": {}, "references": {}, "claims": []}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if REPORT_MIME in data:
                found["metrics"].update(dict(data[REPORT_MIME]["metrics"]))
                found["references"].update(data[REPORT_MIME]["references"])
            found["metrics"].update(_foreign(data))
            if CLAIM_MIME in data:
                found["claims"].append(data[CLAIM_MIME])
    return found
