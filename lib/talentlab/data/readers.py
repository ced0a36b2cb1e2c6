"""Files (CSV, TSV, JSONL, Parquet, plain or gzipped) and Hub data sets to rows. Every failure is a `DataError`."""

import gzip
import io
import json
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from talentlab.data.delimited import read_delimited
from talentlab.data.encodings import decode
from talentlab.errors import DataError

FORMATS = (".csv", ".tsv", ".jsonl", ".parquet")
SPLIT_NAMES = {"train": "train", "training": "train", "validation": "validation", "valid": "validation",
               "val": "validation", "dev": "validation", "test": "test"}  # fmt: skip
_ADDED = re.compile(r"[-_ ]?(set|data|split|-\d{5}-of-\d{5})$")
_PART = re.compile(r"-\d{5}-of-(\d{5})\.")
_MAX_BYTES = 1 << 30  # of an unzipped file; it is read into memory
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which JSON can spell and no column can hold


def read_table(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None, header: bool | None = True
) -> tuple[pd.DataFrame, list[str]]:
    """Read one file into a table of its columns.

    Args:
        path: A file whose name ends in one of `FORMATS`, with or without `.gz`.
        encoding: Of a text file; None to take it from the bytes, see `encodings.decode`.
        delimiter: Of a CSV or TSV file; None to take it from its first line.
        header: Whether that line names the columns; None to look, see `delimited.read_delimited`.

    Returns:
        The table, and notes on what had to be guessed (encoding, separator, quoting). Its index numbers the rows as in
        the file: where there is a header, that is row 1; a row with line breaks inside a field counts once.

    Raises:
        DataError: If the file is missing, of another kind, damaged or ragged.
    """
    suffix = path.with_suffix("").suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    if suffix not in FORMATS:
        raise DataError(
            f"{path.name} ends in {path.suffix!r}.",
            expected=f"a file ending in one of {', '.join(FORMATS)}, or the same with .gz",
            remedy="rename or convert the file.",
        )
    raw = read_bytes(path)
    if suffix == ".parquet":
        return _parquet(raw, path), []
    text, notes = decode(raw, path.name, encoding)
    if suffix == ".jsonl":
        return _jsonl(text, path), notes
    table, more = read_delimited(text, path.name, "," if suffix == ".csv" else "\t", delimiter, header)
    return table, notes + more


def split_name(name: str) -> str | None:
    """The split that a file or a split of this name is by custom: `dev.tsv.gz` is validation. None if it is none.

    `train_set.csv` and `train-00000-of-00002.parquet`, a part of several, count too.
    """
    return SPLIT_NAMES.get(_ADDED.sub("", name.split(".")[0].strip().lower()))


def find_files(source: str) -> list[Path]:
    """The file itself, or the train, validation and test files of a folder; nothing where there is neither.

    Raises:
        DataError: If the folder has no train file, two files of one split, or not all parts of one.
    """
    try:
        path = Path(source).expanduser()
        if not path.is_dir():
            return [path] if path.exists() else []
        folders = [path, path / "data"] if (path / "data").is_dir() else [path]  # the Hub's layout has `data`
        found = next(filter(None, map(_split_files, folders)), [])
    except (OSError, RuntimeError):  # a name that is too long, a folder that is closed to us, the ~ of nobody
        return []
    whole = [(split_name(file.name), _PART.search(file.name)) for file in found]
    for split, part in whole:
        if part and sum(other == split for other, _ in whole) != int(part[1]):
            raise DataError(
                f"The folder {path} has {[file.name for file in found]}.",
                expected=f"all {int(part[1])} parts of {split}",
                remedy="fetch the parts that are missing.",
            )
    stems = [split for split, part in whole if not part] + list({split for split, part in whole if part})
    if "train" not in stems or len(set(stems)) != len(stems):
        raise DataError(
            f"The folder {path} has {[file.name for file in found] or 'no split files'}.",
            expected="one file named train, and one each named dev (or validation) and test",
            remedy="name the files so, or pass a single file; or a folder for each class, full of text files.",
        )
    return found


def _split_files(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.iterdir()) if split_name(file.name) and not file.is_dir()]


def read_bytes(path: Path) -> bytes:
    """What the file holds, unzipped if it is gzipped.

    Raises:
        DataError: If it is missing, not readable, damaged or too large.
    """
    try:
        with path.open("rb") as file:
            zipped = file.peek(2)[:2] == b"\x1f\x8b"
            raw = (gzip.GzipFile(fileobj=file) if zipped else file).read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
            raise ValueError(f"it holds more than {_MAX_BYTES >> 20:,} MiB once it is read")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DataError(
            f"{path} cannot be read: {error}.",
            expected="a readable file, gzipped or not",
            remedy="check the path; a .gz file may be cut off: fetch it again; of a very large file take a part.",
        ) from error
    return raw


def _jsonl(text: str, path: Path) -> pd.DataFrame:
    records = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            if "\\ud" in line.lower():
                record = json.loads(_LONE_SURROGATE.sub("\ufffd", json.dumps(record, ensure_ascii=False)))
        except (ValueError, RecursionError) as error:  # ValueError: not JSON, or a number of thousands of digits
            raise _bad_json(path, number, str(error)) from error
        if not isinstance(record, dict):
            raise _bad_json(path, number, f"a JSON {type(record).__name__}")
        records[number] = record
    if not records:
        raise _bad_json(path, 1, "nothing")
    return pd.DataFrame(list(records.values()), index=list(records), dtype=object)


def _bad_json(path: Path, row: int, what: str) -> DataError:
    return DataError(
        f"{path.name}, row {row}: {what}.",
        expected="one JSON object a line",
        remedy="mend that line; a file that holds one large JSON array has to be written line by line.",
    )


def _parquet(raw: bytes, path: Path) -> pd.DataFrame:
    try:
        table = pd.read_parquet(io.BytesIO(raw)).astype(object)
    except Exception as error:  # pyarrow raises half a dozen unrelated types on damaged files
        raise DataError(
            f"{path.name} is not a readable Parquet file: {error}.",
            expected="a Parquet file",
            remedy="write it again, for example by pandas.DataFrame.to_parquet.",
        ) from error
    if table.empty:
        raise DataError(f"{path.name} has no rows.", expected="at least one row", remedy="fill the file.")
    return table.set_axis(range(1, len(table) + 1)).set_axis([str(name) for name in table.columns], axis="columns")


def read_hub(source: str) -> tuple[dict[str, pd.DataFrame], dict[str, Sequence[str]]]:
    """Read all splits of a Hub data set.

    Args:
        source: `name`, `owner/name` or `name:config`.

    Returns:
        The table of each split, its rows numbered from 1, and for each column of class numbers the names of 0, 1, …

    Raises:
        DataError: If the data set is not within reach.
    """
    name, _, config = source.partition(":")
    try:
        from datasets import ClassLabel, load_dataset  # optional, slow to import, needed only here
    except ImportError as error:
        raise _no_hub(source, "the package `datasets` is not installed") from error
    try:
        splits = load_dataset(name, config or None)
    except Exception as error:  # offline, unknown name, no access: the Hub client raises many types
        raise _no_hub(source, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}") from error
    tables, names = {}, {}
    for split, rows in splits.items():
        table = rows.to_pandas().astype(object).set_axis(range(1, len(rows) + 1))
        for column, kind in rows.features.items():
            if isinstance(kind, ClassLabel):
                names[column] = kind.names
                table[column] = table[column].mask(table[column] == -1, None)  # the Hub's mark for "not labelled"
        tables[split] = table
    return tables, names


def _no_hub(source: str, why: str) -> DataError:
    return DataError(
        f"{source!r} is neither bundled nor a path, and the Hub gave nothing: {why}.",
        expected="`reviews`, an existing path, or a Hub data set within reach",
        remedy="use `reviews`, which needs no network; for a Hub name, `pip install datasets` and go online.",
    )
