"""Files to rows: CSV, TSV, JSONL and Parquet, plain or gzipped. Every failure is a `DataError` with a row number."""

import csv
import gzip
import io
import json
import zlib
from pathlib import Path

import pandas as pd
from charset_normalizer import from_bytes

from talentlab.errors import DataError

FORMATS = (".csv", ".tsv", ".jsonl", ".parquet")
_MAX_FIELD = 1 << 20  # characters; a field this long is a quote that was never closed, not a text


def read_table(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """Read one file into a table of its columns.

    Args:
        path: A file whose name ends in one of `FORMATS`, with or without `.gz`.

    Returns:
        The table, and notes on what had to be guessed (encoding, quoting).

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
    raw = _read_bytes(path)
    if suffix == ".parquet":
        return _parquet(raw, path), []
    text, notes = _decode(raw, path)
    if suffix == ".jsonl":
        return _jsonl(text, path), notes
    rows = _delimited(text, path, "," if suffix == ".csv" else "\t", notes)
    return _with_header(rows, path), notes


def _read_bytes(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
        return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} cannot be read: {error}.",
            expected="a readable file, gzipped or not",
            remedy="check the path; if it is a .gz file, fetch it again, it is probably cut off.",
        ) from error


def _decode(raw: bytes, path: Path) -> tuple[str, list[str]]:
    for encoding in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            text = raw.decode(encoding)
            return text, [] if encoding == "utf-8-sig" else [f"{path.name} is {encoding}"]
        except UnicodeDecodeError as error:
            guess = from_bytes(raw).best()
            if guess is None or b"\x00" in raw:
                row = raw[: error.start].count(b"\n") + 1
                raise DataError(
                    f"{path.name}, row {row}: byte 0x{raw[error.start]:02x} is not {encoding}, and no other encoding fits.",
                    expected="a text file, best in UTF-8",
                    remedy="save the file as UTF-8 from the program that wrote it.",
                ) from error
    return str(guess), [f"{path.name} is not UTF-8; read as {guess.encoding}: look whether the texts are right"]


def _parse(text: str, delimiter: str, quoted: bool) -> list[list[str]]:
    """Rows with their fields; `csv.Error` carries the row in its message."""
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=quoted)
    rows = []
    limit = csv.field_size_limit(_MAX_FIELD)
    try:
        for row in reader:
            rows.append(row)
            if row and len(row) != len(rows[0]):
                raise csv.Error(f"{len(row)} fields, the header has {len(rows[0])}")
    except csv.Error as error:
        raise csv.Error(f"row {max(reader.line_num, 1)}: {error}") from error
    finally:
        csv.field_size_limit(limit)
    return [row for row in rows if row]  # a line with nothing on it is no row


def _delimited(text: str, path: Path, delimiter: str, notes: list[str]) -> list[list[str]]:
    """Parse CSV by the usual rules; for TSV find out whether quotes are quoting or just characters.

    A tab-separated file without quoting may still hold quotation marks. It counts as quoted only where that reading is
    valid throughout and yields the same number of rows, so an opening quote never swallows the rows after it.
    """
    outcomes: dict[bool, list[list[str]] | csv.Error] = {}
    for quoted in (True, False) if delimiter == "\t" and '"' in text else (delimiter == ",",):
        try:
            outcomes[quoted] = _parse(text, delimiter, quoted)
        except csv.Error as error:
            outcomes[quoted] = error
    with_quotes, without = outcomes.get(True), outcomes.get(False)
    if isinstance(without, list) and not (isinstance(with_quotes, list) and len(with_quotes) == len(without)):
        if with_quotes is not None:
            notes.append(f"{path.name} was read without quoting: its quotation marks are part of the texts")
        return without
    if isinstance(with_quotes, list):
        return with_quotes
    raise DataError(
        f"{path.name}, {with_quotes or without}.",
        expected="the same number of fields in every row, quotation marks inside a field doubled",
        remedy="mend that row (often a stray quotation mark or a delimiter inside a text).",
    )


def _with_header(rows: list[list[str]], path: Path) -> pd.DataFrame:
    header = [name.strip() for name in rows[0]] if rows else []
    if len(rows) < 2 or len(set(header)) != len(header):
        raise DataError(
            f"{path.name} has the header {header} and {max(len(rows) - 1, 0)} rows.",
            expected="one header line with distinct names, then at least one row",
            remedy="add the header line, or fill the file.",
        )
    return pd.DataFrame(rows[1:], columns=header, dtype=object)


def _jsonl(text: str, path: Path) -> pd.DataFrame:
    records = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise _bad_json(path, number, str(error)) from error
        if not isinstance(record, dict):
            raise _bad_json(path, number, f"a JSON {type(record).__name__}")
        records.append(record)
    if not records:
        raise _bad_json(path, 1, "nothing")
    return pd.DataFrame(records, dtype=object)


def _bad_json(path: Path, row: int, what: str) -> DataError:
    return DataError(
        f"{path.name}, row {row}: {what}.",
        expected="one JSON object a line",
        remedy="mend that line; a file that holds one large JSON array has to be written line by line.",
    )


def _parquet(raw: bytes, path: Path) -> pd.DataFrame:
    try:
        table = pd.read_parquet(io.BytesIO(raw))
    except Exception as error:  # pyarrow raises half a dozen unrelated types on damaged files
        raise DataError(
            f"{path.name} is not a readable Parquet file: {error}.",
            expected="a Parquet file",
            remedy="write it again, for example by pandas.DataFrame.to_parquet.",
        ) from error
    if table.empty:
        raise DataError(f"{path.name} has no rows.", expected="at least one row", remedy="fill the file.")
    return table.astype(object)
