"""What the service says and is told: the answer to a text, refusals with their reasons, and what counts as a text."""

import re
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

_EXPECTED = {"/predict": '{"text": "…"}', "/predict_batch": '{"texts": ["…", "…"]}'}
# spaces, control and format characters, half surrogate pairs, and letters that are drawn as nothing
VISIBLE = (
    r"[^\s\u0000-\u0020\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]"
)


class Prediction(BaseModel):
    """The answer to one text."""

    label: str = Field(description="The most probable class.")
    probabilities: dict[str, float] = Field(description="Each class's probability; they sum to 1.")
    truncated: bool = Field(False, description="Whether the text was too long, and its end was not read.")


class Problem(BaseModel):
    """Why there is no answer."""

    detail: str


class Mistake(BaseModel):
    """What is wrong in a body, and where."""

    where: str
    problem: str


class Mistakes(BaseModel):
    """All that is wrong in a body, and what is wanted."""

    detail: list[Mistake]
    expected: str


REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"description": "The token is missing or wrong.", "model": Problem},
    408: {"description": "The body did not arrive in time.", "model": Problem},
    413: {"description": "The body is too large.", "model": Problem},
    422: {"description": "The body is not what is wanted; the answer says where and why.", "model": Mistakes},
    500: {"description": "The model failed.", "model": Problem},
    503: {"description": "Too much is waiting, the time is over, or the service is ending.", "model": Problem},
}


def readable(text: str) -> str:
    """A text that has something to read.

    Raises:
        ValueError: If it has nothing, or cannot be written in UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("half a surrogate pair is no character") from error
    if not re.search(VISIBLE, text):
        raise ValueError("the text is empty")
    return text


async def explain(request: Request, error: Exception) -> JSONResponse:
    """422 with a line per mistake; what was sent is not repeated, it may be large or no JSON at all."""
    if isinstance(error, RequestValidationError):
        lines = [_mistake(problem) for problem in error.errors()]
    else:  # FastAPI's own 400: wrong bytes, digits or brackets without end
        lines = [{"where": "body", "problem": "no JSON in UTF-8, or numbers or nesting beyond any use"}]
    return JSONResponse({"detail": lines, "expected": _EXPECTED.get(request.url.path, "see /docs")}, 422)


def _mistake(problem: Mapping[str, Any]) -> dict[str, str]:
    parts = [str(part) for part in problem["loc"] if part != "body"]
    place = f"character {parts[0]}" if problem["type"] == "json_invalid" else ".".join(parts) or "body"
    return {"where": place, "problem": problem["msg"].removeprefix("Value error, ")}
