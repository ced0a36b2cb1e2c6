"""The reader's language, English or Chinese: what the course displays of its own is there in both."""

import os
from collections.abc import Mapping
from typing import Any, Literal

Language = Literal["en", "zh"]
VARIABLE = "TALENTLAB_LANGUAGE"  # processes that are started inherit it
# Under this type an English output carries its Chinese twin: one execution serves both editions of a chapter.
TWIN_MIME = "application/vnd.talentlab.zh+json"


def use(language: Language) -> None:
    """Let this process, and those that it starts, speak English or Chinese."""
    os.environ[VARIABLE] = language


def current() -> Language:
    """The language in use: English, unless the variable names Chinese."""
    return "zh" if os.environ.get(VARIABLE, "").startswith("zh") else "en"


def in_both(english: Mapping[str, Any], chinese: Mapping[str, Any]) -> dict[str, Any]:
    """The MIME bundle to display: the one of the language in use; an English one has its twin with it."""
    return dict(chinese) if current() == "zh" else {**english, TWIN_MIME: dict(chinese)}


def chinese_of(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """The Chinese bundle that comes with an English one; one without stays as it is."""
    return {**{key: value for key, value in bundle.items() if "/vnd.talentlab." in key and key != TWIN_MIME},
            **bundle[TWIN_MIME]} if TWIN_MIME in bundle else dict(bundle)  # fmt: skip
