"""Chapter 9.1: what the course measured itself: decisions with their effects, steps with their computing time."""

import re
from collections.abc import Mapping

import nbformat
import pandas as pd

from talentlab.course import claims
from talentlab.errors import ChapterError
from talentlab.runtime import repository_root

STEPS = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6}  # letter of a chapter 3.2 → step of the workflow
_POINTS = re.compile(r"([+-][\d.]+)% \[([+-][\d.]+)%, ([+-][\d.]+)%\]")


def effects(decisions: Mapping[str, tuple[str, int, str]]) -> pd.DataFrame:
    """What each decision moved accuracy by, as the record has it; as the lesson measured it where there is no record.

    Args:
        decisions: Claim of `course/outline.yaml` → decision in words, step, role that takes it.

    Returns:
        Indexed by decision, largest first: `step, role, points, low, high, measured in` (record or lesson).

    Raises:
        ChapterError: If a claim has no effect in points, neither there nor there.
    """
    rows, lessons = {}, _lessons()
    for claim, (decision, step, role) in decisions.items():
        record = claims.recorded().get(claim, {}).get("measured", "")
        texts = {"record": record, "lesson": lessons.get(claim, "")}
        found = [(where, match) for where, text in texts.items() if (match := _POINTS.search(text))]
        if not found:
            raise ChapterError(f"Nothing in points is on record for {claim!r}.", remedy="give another claim.",
                               expected="a claim that course/claims.md or course/data/records measure")  # fmt: skip
        where, match = found[0]
        rows[decision] = (step, role, *map(float, match.groups()), where)
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["step", "role", "points", "low", "high", "measured in"]
    )
    return table.rename_axis("decision").sort_values("points", ascending=False, kind="stable")


def _lessons() -> dict[str, str]:
    """Claim → what the lesson measured, of `course/claims.md`."""
    by_text = {claim["text"]: name for name, claim in claims.outline()["claims"].items()}
    lines = (repository_root() / "course" / "claims.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return {by_text[row[1]]: row[2] for row in rows if len(row) > 2 and row[1] in by_text}


def step_costs() -> pd.DataFrame:
    """What each step's chapter takes: `compute` [CPU seconds of its cells, as built] and `reading` [minutes planned].

    Indexed by step, 1 to 6.
    """
    rows = {}
    for slug, chapter in claims.outline()["chapters"].items():
        if found := re.match(r"03_2([a-f])_", slug):
            path = repository_root() / "notebooks" / f"{slug}.ipynb"
            seconds = nbformat.read(path, as_version=4).metadata["talentlab"]["cells_cpu_s"]
            rows[STEPS[found[1]]] = (slug, seconds, chapter["minutes"])
    return pd.DataFrame.from_dict(rows, orient="index", columns=["chapter", "compute", "reading"]).rename_axis("step")
