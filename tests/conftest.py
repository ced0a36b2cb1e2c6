"""What several tiers read: the commands that the README shows."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def commands_in(text: str) -> list[str]:
    """The command lines of a Markdown text's `sh` blocks, without their comments.

    Every line that starts like a command of ours has to be in such a block: a block that no longer parses, or a prompt
    before the commands, would otherwise leave fewer of them to run, or none, and nobody would notice.
    """
    lines = [re.sub(r"\s+#.*", "", line).strip() for block in _BLOCK.findall(text) for line in block.splitlines()]
    shown = re.findall(r"^\W*(?:make|talentlab|git clone|\. \S+/activate)\b.*", text, re.MULTILINE)
    assert len(shown) == len([line for line in lines if line]) > 0, (shown, lines)
    return [line for line in lines if line]


@pytest.fixture(scope="session")
def read_commands() -> Callable[[str], list[str]]:
    """`commands_in`, for texts of one's own."""
    return commands_in


@pytest.fixture(scope="session")
def readme_commands() -> list[str]:
    return commands_in((ROOT / "README.md").read_text(encoding="utf-8"))
