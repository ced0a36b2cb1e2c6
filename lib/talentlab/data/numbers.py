"""A table of numbers by path, with the columns that its reader needs."""

import io
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from talentlab.data.encodings import decode
from talentlab.data.readers import read_bytes
from talentlab.errors import DataError


def read_numbers(path: str | Path, wanted: Collection[str], expected: str) -> pd.DataFrame:
    """Read a CSV file, gzipped or not, into columns of numbers and texts.

    Args:
        path: The file.
        wanted: Columns that it must have.
        expected: What it should be, in words, for whoever gave another one.

    Raises:
        DataError: If the file cannot be read, is no table, or lacks a column.
    """
    path = Path(path).expanduser()
    try:
        table = pd.read_csv(io.StringIO(decode(read_bytes(path), str(path))[0]))
    except ValueError as error:  # pandas' own
        raise DataError(
            f"{path} is no table: {error}.", expected=expected, remedy="save it as CSV with commas, in UTF-8."
        ) from error
    if missing := sorted(set(wanted) - set(table)):
        raise DataError(f"{path} has no column {missing}.", expected=expected, remedy="name the columns so.")
    return table
