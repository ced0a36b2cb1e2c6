"""Files (CSV, TSV, JSONL, Parquet, plain or gzipped) and Hub data sets to rows. Every failure is a `DataError`."""

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd
from charset_normalizer import from_bytes

from talentlab.errors import DataError

FORMATS = (".csv", ".tsv", ".jsonl", ".parquet")
SPLIT_NAMES = {"train": "train", "training": "train", "validation": "validation", "valid": "validation",
               "val": "validation", "dev": "validation", "test": "test"}  # fmt: skip
_MAX_BYTES = 1 << 30  # of an unzipped file; it is read into memory
_MAX_FIELD = 1 << 20  # characters; a field this long is a quote that was never closed, not a text
# What files in the course's two languages are written in, if not in UTF-8. The list is short on purpose: any file fits
# some eight-bit encoding, and a free guess takes short Chinese texts for Korean and French ones for Baltic.
_ENCODINGS = ["gb18030", "big5", "cp1252"]
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which JSON can spell and no column can hold


def read_table(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Read one file into a table of its columns.

    Args:
        path: A file whose name ends in one of `FORMATS`, with or without `.gz`.

    Returns:
        The table, and notes on what had to be guessed (encoding, quoting). Its index numbers the rows as in the file:
        where there is a header, that is row 1; a row with line breaks inside a field counts once.

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
    text, notes = _decode(raw, path)
    if suffix == ".jsonl":
        return _jsonl(text, path), notes
    rows = _delimited(text, path, "," if suffix == ".csv" else "\t", notes)
    return _with_header(rows, path), notes


def split_name(name: str) -> str | None:
    """The split that a file or a split of this name is by custom: `dev.tsv.gz` is validation. None if it is none."""
    return SPLIT_NAMES.get(name.split(".")[0].strip().lower())


def find_files(source: str) -> list[Path]:
    """The file itself, or the train, validation and test files of a folder; nothing where there is neither.

    Raises:
        DataError: If the folder has no train file, or two files of one split.
    """
    try:
        path = Path(source).expanduser()
        if not path.is_dir():
            return [path] if path.exists() else []
        found = [file for file in sorted(path.iterdir()) if split_name(file.name)]
    except (OSError, RuntimeError):  # a name that is too long, a folder that is closed to us, the ~ of nobody
        return []
    stems = [split_name(file.name) for file in found]
    if "train" not in stems or len(set(stems)) != len(stems):
        raise DataError(
            f"The folder {path} has {[file.name for file in found] or 'no split files'}.",
            expected="one file named train, and one each named dev (or validation) and test",
            remedy="name the files so, or pass a single file.",
        )
    return found


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


def _decode(raw: bytes, path: Path) -> tuple[str, list[str]]:
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding), [] if encoding == "utf-8-sig" else [f"{path.name} is {encoding}"]
    except UnicodeDecodeError as error:
        text = raw.decode(encoding, "replace")
        lost, beyond_ascii = text.count("\ufffd"), sum(letter > "\x7f" for letter in text)
        if lost * 10 < beyond_ascii:  # else it is another encoding, or no text at all
            return text, [f"{path.name} is {encoding} with {lost} damaged characters"]
        guess = None if b"\x00" in raw else from_bytes(raw, cp_isolation=_ENCODINGS).best()
        if guess is None:
            row = raw[: error.start].count(b"\n") + 1
            raise DataError(
                f"{path.name}, row {row}: byte 0x{raw[error.start]:02x} is not {encoding}; no other encoding fits.",
                expected="a text file, best in UTF-8",
                remedy="save the file as UTF-8 from the program that wrote it.",
            ) from error
        return str(guess), [f"{path.name} is not UTF-8; read as {guess.encoding}: look whether the texts are right"]


def _parse(text: str, delimiter: str, quoted: bool) -> dict[int, list[str]]:
    """Fields of every row by its number; `csv.Error` carries the number in its message."""
    lines = io.StringIO(text, newline="")
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=quoted)
    rows: dict[int, list[str]] = {}
    width, number = 0, 1
    limit = csv.field_size_limit(_MAX_FIELD)
    try:
        for row in reader:
            width = width or len(row)
            if row and len(row) != width:
                raise csv.Error(f"{len(row)} fields, the header has {width}")
            if row:  # a line with nothing on it is no row, but it has a number
                rows[number] = row
            number += 1
    except csv.Error as error:
        raise csv.Error(f"row {number}: {error}") from error
    finally:
        csv.field_size_limit(limit)
    return rows


def _delimited(text: str, path: Path, delimiter: str, notes: list[str]) -> dict[int, list[str]]:
    """Parse CSV by the usual rules; for TSV find out whether quotes are quoting or just characters.

    A tab-separated file without quoting may still hold quotation marks. It counts as quoted only where that reading is
    valid throughout and yields the same number of rows, so an opening quote never swallows the rows after it.
    """
    outcomes: dict[bool, dict[int, list[str]] | csv.Error] = {}
    for quoted in (True, False) if delimiter == "\t" and '"' in text else (delimiter == ",",):
        try:
            outcomes[quoted] = _parse(text, delimiter, quoted)
        except csv.Error as error:
            outcomes[quoted] = error
    with_quotes, without = outcomes.get(True), outcomes.get(False)
    if isinstance(without, dict) and not (isinstance(with_quotes, dict) and len(with_quotes) == len(without)):
        if with_quotes is not None:
            notes.append(f"{path.name} was read without quoting: its quotation marks are part of the texts")
        return without
    if isinstance(with_quotes, dict):
        return with_quotes
    raise DataError(
        f"{path.name}, {with_quotes or without}.",
        expected="the same number of fields in every row, quotation marks inside a field doubled",
        remedy="mend that row (often a stray quotation mark or a delimiter inside a text).",
    )


def _with_header(rows: dict[int, list[str]], path: Path) -> pd.DataFrame:
    numbers, fields = list(rows), list(rows.values())
    header = [name.strip() for name in fields[0]] if rows else []
    if len(rows) < 2 or len(set(header)) != len(header):
        raise DataError(
            f"{path.name} has the header {header} and {max(len(rows) - 1, 0)} rows.",
            expected="one header line with distinct names, then at least one row",
            remedy="add the header line, or fill the file.",
        )
    return pd.DataFrame(fields[1:], index=numbers[1:], columns=header, dtype=object)


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
