"""The claims ledger: what the document says, what was measured, and whether it holds."""

from functools import cache
from typing import Any

import yaml
from IPython.display import display

from talentlab.errors import ChapterError
from talentlab.runtime import repository_root

MIME = "application/vnd.talentlab.claim+json"


@cache
def outline() -> dict[str, Any]:
    """`course/outline.yaml`: `sections`, `chapters` and `claims` of the course."""
    return yaml.safe_load((repository_root() / "course" / "outline.yaml").read_text(encoding="utf-8"))


def record(claim: str, *, measured: str, reference: str, holds: bool | None) -> None:
    """Put one claim of the document beside its measurement, in the notebook and in the course's table of claims.

    Args:
        claim: Its id in `course/outline.yaml`.
        measured: What was measured, with unit and interval.
        reference: What the document states, or what the measurement is held against.
        holds: True, False, or None where the measurement cannot decide.

    Raises:
        ChapterError: If the id is not in the outline.
    """
    claims = outline()["claims"]
    if claim not in claims:
        raise ChapterError(
            f"Unknown claim {claim!r}.",
            expected=f"one of {', '.join(claims)}",
            remedy="add it to course/outline.yaml, with the document's words.",
        )
    verdict = {True: "holds", False: "does not hold", None: "not decided"}[holds]
    data = {"claim": claim, "measured": measured, "reference": reference, "verdict": verdict}
    text = f"Claim: {claims[claim]['text']}\nreference: {reference}\nmeasured: {measured}\nverdict: {verdict}"
    cells = [("Claim", claims[claim]["text"]), ("Reference", reference), ("Measured", measured), ("Verdict", verdict)]
    table = "\n".join(["| | |", "|---|---|", *(f"| **{name}** | {value} |" for name, value in cells)])
    display({MIME: data, "text/markdown": table, "text/plain": text}, raw=True)
