"""Tables that the builder makes of all chapters: the document's claims, and the exercises."""

from pathlib import Path

import jupytext
import nbformat

from talentlab.authoring import form
from talentlab.authoring.navigation import notebook_path, sources
from talentlab.course import claims
from talentlab.course.claims import collect
from talentlab.runtime import repository_root

_CLAIMS_HEAD = """# The document's claims

Made by `make build` from the executed notebooks; the numbers are those of the statements in [document.md](document.md).

- *holds*, *does not hold*: decided by a measurement, with its interval, against a rule that was fixed beforehand.
- *not decided*: the interval contains the border, or fewer than five seeds were trained and no spread is stated.
- *true as a description*: the sentence only names a step or a definition, and what it names was carried out or checked.
- *not testable here*: no measurement of this course can decide it; the row says why.

A lesson's run is short. Where the same notebook was run at a size that decides, on public data, that is the *record*,
and its verdict counts; its command, commit, machine and date stand in [data/records](data/records/README.md).

| statement | claim | measured in the lesson | record | verdict | chapter |
|---|---|---|---|---|---|""".splitlines()


def write_exercises() -> Path:
    """`course/exercises.md`: every exercise, how long they take, and which to leave out when it gets late."""
    cells = {source.stem: jupytext.read(source, fmt="py:percent").cells for source in sources()}
    chapters = {slug: found for slug, read in cells.items() if (found := form.listed(read))}
    path = repository_root() / "course" / "exercises.md"
    path.write_text(_exercises(chapters), encoding="utf-8")
    return path


def write_claims() -> Path:
    """`course/claims.md`: every claim of the document beside what the executed notebooks measured."""
    measured = {}
    for source in sources():
        path = notebook_path(source.stem, "learner")
        if path.is_file():
            for claim in collect(nbformat.read(path, as_version=4))["claims"]:
                measured[claim["claim"]] = (source.stem, claim)
    rows = []
    for name, claim in claims.outline()["claims"].items():
        chapter, found = measured.get(name, ("–", {"measured": "not yet", "verdict": "–"}))
        start = f"| {claim['statement']} | {claim['text']} | "
        kept = claims.recorded().get(name, {"measured": "–", "data": "", "verdict": found["verdict"]})
        beside = f"{kept['measured']}" + (f" ({kept['data']})" if kept["data"] else "")
        rows.append(f"{start}{found['measured']} | {beside} | {kept['verdict']} | {chapter} |")
    path = repository_root() / "course" / "claims.md"
    path.write_text("\n".join([*_CLAIMS_HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def _exercises(chapters: dict[str, list[form.Listed]]) -> str:
    titles = {slug: chapter["title"] for slug, chapter in claims.outline()["chapters"].items()}
    lines = [
        "# Exercises",
        "",
        "Made by `make build` from the chapters' sources. Difficulty and importance go from 1 to 3.",
        "",
        "| chapter | exercises | minutes | late? leave out |",
        "|---|---:|---:|---|",
    ]
    for slug, found in chapters.items():
        minutes = sum(exercise.minutes for exercise in found)
        spared = ", ".join(_least(found, minutes / 3)) or "–"
        lines.append(f"| [{titles[slug]}](#{slug}) | {len(found)} | {minutes} | {spared} |")
    for slug, found in chapters.items():
        lines += ["", f'## <a id="{slug}"></a>{titles[slug]}', ""]
        lines += ["| exercise | kind | where | difficulty | importance | minutes |", "|---|---|---|---:|---:|---:|"]
        lines += [
            f"| {each.number} | {each.kind} | {'in a section' if each.in_a_section else 'at the end'} | "
            f"{each.difficulty} | {each.importance} | {each.minutes} |"
            for each in found
        ]
    return "\n".join(lines) + "\n"


def _least(found: list[form.Listed], minutes: float) -> list[str]:
    """What to leave out first: the least important, the longest of them first, up to so many minutes."""
    left_out = []
    for exercise in sorted(found, key=lambda each: (each.importance, -each.minutes)):
        if exercise.importance < 3 and exercise.minutes <= minutes:
            left_out.append(exercise.number)
            minutes -= exercise.minutes
    return left_out
