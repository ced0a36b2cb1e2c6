"""Does `read_table` give back what a file holds, and name the row where it cannot?"""

import csv
import gzip
import io
import json
import sys
from pathlib import Path

import datasets
import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talentlab.data.readers import FORMATS, find_files, read_hub, read_table, split_name
from talentlab.errors import DataError

SUFFIXES = [*FORMATS, *(suffix + ".gz" for suffix in FORMATS)]
TEXT_SUFFIXES = [suffix for suffix in SUFFIXES if "parquet" not in suffix]
ROWS = [
    {"text": "plain", "label": "1"},
    {"text": 'He said "no", twice', "label": "0"},
    {"text": "两行，\n一条评论", "label": "1"},
]
quickly = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def delimited(rows: list[list[str]], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quoting).writerows(rows)
    return out.getvalue()


def encode(rows: list[dict], suffix: str) -> bytes:
    """The same rows as a file of any of the formats."""
    names = list(rows[0])
    table = [names, *([row[name] for name in names] for row in rows)]
    kind = suffix.removesuffix(".gz")
    if kind == ".parquet":
        out = io.BytesIO()
        pd.DataFrame(rows).to_parquet(out)
        raw = out.getvalue()
    elif kind == ".jsonl":
        raw = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    else:
        raw = delimited(table, "," if kind == ".csv" else "\t").encode()
    return gzip.compress(raw, mtime=0) if suffix.endswith(".gz") else raw


def write(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read_or_refuse(path: Path) -> pd.DataFrame | None:
    """The table, or None where it was refused with a `DataError`; any other exception fails the test."""
    try:
        table, notes = read_table(path)
    except DataError as error:
        assert error.received and error.expected and error.remedy
        return None
    assert len(table) > 0
    assert all(isinstance(name, str) for name in table.columns) and table.columns.is_unique
    assert table.index.is_unique and table.index.is_monotonic_increasing and table.index[0] >= 1
    assert all(kind.type is np.object_ for kind in table.dtypes)
    assert all(isinstance(note, str) for note in notes)
    return table


# What a good file holds


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_the_same_rows(tmp_path: Path, suffix: str) -> None:
    table, notes = read_table(write(tmp_path, f"a{suffix}", encode(ROWS, suffix)))
    assert table.to_dict("records") == ROWS
    assert {kind.type for kind in table.dtypes} == {np.object_}  # plain values: neither numbers nor pandas' own strings
    assert notes == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_rows_are_numbered_from_the_header_or_from_one(tmp_path: Path, suffix: str) -> None:
    table, _ = read_table(write(tmp_path, f"a{suffix}", encode(ROWS, suffix)))
    assert list(table.index) == ([1, 2, 3] if suffix.startswith((".jsonl", ".parquet")) else [2, 3, 4])


def test_suffix_in_capitals_is_the_same_format(tmp_path: Path) -> None:
    table, _ = read_table(write(tmp_path, "A.CSV", encode(ROWS, ".csv")))
    assert len(table) == 3


def test_gzip_is_told_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    table, _ = read_table(write(tmp_path, "a.csv", encode(ROWS, ".csv.gz")))
    assert table.to_dict("records") == ROWS
    table, _ = read_table(write(tmp_path, "b.csv.gz", encode(ROWS, ".csv")))
    assert table.to_dict("records") == ROWS


def test_blank_lines_are_no_rows_but_keep_their_number(tmp_path: Path) -> None:
    table, _ = read_table(write(tmp_path, "a.csv", "\ntext,label\n\nx,1\n\n\ny,0\n\n"))
    assert list(table.index) == [4, 7]
    table, _ = read_table(write(tmp_path, "a.jsonl", '\n{"text": "x"}\n  \n{"text": "y"}\n'))
    assert list(table.index) == [2, 4]


def test_line_ends_inside_a_field_stay_as_they_are(tmp_path: Path) -> None:
    table, _ = read_table(write(tmp_path, "a.csv", 'text,label\r\n"one\r\ntwo\rthree",1\r\n'))
    assert table.to_dict("records") == [{"text": "one\r\ntwo\rthree", "label": "1"}]


@pytest.mark.parametrize("escape", [r"\ud83d", r"\uD83D", r"\ude00\ud83d"])
def test_half_a_character_in_json_becomes_the_replacement_sign(tmp_path: Path, escape: str) -> None:
    lines = '{"text": "a%s", "%s": 1}\n{"text": "\\ud83d\\ude00", "é": 2}\n' % (escape, escape)  # noqa: UP031
    table, _ = read_table(write(tmp_path, "a.jsonl", lines))
    signs = "\ufffd" * (len(escape) // 6)
    assert table["text"].tolist() == ["a" + signs, "😀"] and list(table) == ["text", signs, "é"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(tmp_path: Path, end: str) -> None:
    table, _ = read_table(write(tmp_path, "a.tsv", end.join(["text\tlabel", "x\t1", "y\t0"])))
    assert table.to_dict("list") == {"text": ["x", "y"], "label": ["1", "0"]}


def test_parquet_missing_values_and_number_names_become_plain_objects(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["a", None], 7: pd.array([1, None], dtype="Int64")}, index=[30, 20])
    frame.columns = frame.columns.astype(str)
    frame.to_parquet(tmp_path / "a.parquet")
    table = read_or_refuse(tmp_path / "a.parquet")
    assert list(table.index) == [1, 2] and list(table.columns) == ["text", "7"]
    assert table.iloc[0].tolist() == ["a", 1] and table.iloc[1].isna().all()


def test_parquet_with_columns_in_two_levels_has_plain_names(tmp_path: Path) -> None:
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")]))
    frame.to_parquet(tmp_path / "a.parquet")
    assert len(read_or_refuse(tmp_path / "a.parquet").columns) == 2


# Quoting in tab-separated files


def test_tsv_quotes_that_are_quoting_are_taken_off(tmp_path: Path) -> None:
    table, notes = read_table(write(tmp_path, "a.tsv", 'text\tlabel\n"a ""b""\nc\td"\t1\n"e"\t0\n'))
    assert table["text"].tolist() == ['a "b"\nc\td', "e"]
    assert notes == []


def test_tsv_quotes_that_are_text_stay_and_are_noted(tmp_path: Path) -> None:
    table, notes = read_table(write(tmp_path, "a.tsv", 'text\tlabel\n"great" film\t1\n"never closed\t0\n'))
    assert table["text"].tolist() == ['"great" film', '"never closed']
    assert len(notes) == 1 and "without quoting" in notes[0] and "a.tsv" in notes[0]


def test_tsv_quote_opened_in_one_row_and_closed_in_another_swallows_nothing(tmp_path: Path) -> None:
    table, notes = read_table(write(tmp_path, "a.tsv", 'label\ttext\n1\t"so it begins\n0\tmiddle\n1\tso it ends"\n'))
    assert table["text"].tolist() == ['"so it begins', "middle", 'so it ends"']
    assert len(notes) == 1


# Encodings


@pytest.mark.parametrize("suffix", TEXT_SUFFIXES)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le with BOM", "utf-16-be with BOM"])
def test_byte_order_marks_are_understood(tmp_path: Path, suffix: str, encoding: str) -> None:
    text = encode(ROWS, suffix.removesuffix(".gz")).decode()
    raw = ("\ufeff" + text).encode(encoding[:9]) if "BOM" in encoding else text.encode(encoding)
    table, notes = read_table(write(tmp_path, f"a{suffix}", gzip.compress(raw) if suffix.endswith(".gz") else raw))
    assert table.to_dict("records") == ROWS
    assert notes == ([] if encoding == "utf-8-sig" else [f"a{suffix} is utf-16"])


FRENCH = [["text", "label"], ["Le café était très agréable – déjà vu, “parfait”", "1"], ["Rien à dire", "0"]]
CURLY = [["text", "label"], ["It’s “great” – really", "1"], ["It was bad", "0"]]
CHINESE = [["text", "label"], ["这家酒店的服务态度很好，房间也很干净。", "1"], ["电脑散热太差，声音很大。", "0"]]
SHORT_CHINESE = [["text", "label"], ["太好了", "1"], ["很差", "0"]]
TRADITIONAL = [["text", "label"], ["電腦散熱太差了，聲音很大", "0"], ["這家酒店的服務態度很好", "1"]]


@pytest.mark.parametrize(
    ("rows", "encoding"),
    [
        (FRENCH, "cp1252"),
        (CURLY, "cp1252"),
        (CHINESE, "gb18030"),
        (SHORT_CHINESE, "gb18030"),
        (TRADITIONAL, "big5"),
    ],
)
def test_other_encodings_are_read_right_and_noted(tmp_path: Path, rows: list[list[str]], encoding: str) -> None:
    table, notes = read_table(write(tmp_path, "a.csv", delimited(rows), encoding))
    assert table.to_numpy().tolist() == rows[1:]
    assert len(notes) == 1 and "a.csv" in notes[0] and encoding in notes[0]


def test_a_damaged_byte_costs_its_own_row_not_the_whole_file(tmp_path: Path) -> None:
    rows = [["text", "label"], *([f"这家酒店的服务态度很好{i}", "1"] for i in range(20))]
    raw = delimited(rows).encode().replace("好7".encode(), b"\xe57")
    table, notes = read_table(write(tmp_path, "a.csv", raw))
    assert table.index[table["text"].str.contains("\ufffd")].tolist() == [9]
    assert [text for text in table["text"] if "\ufffd" not in text] == [t for t, _ in rows[1:] if not t.endswith("好7")]
    assert notes == ["a.csv is utf-8-sig with 1 damaged characters"]


def test_bytes_of_no_encoding_are_refused_with_their_row(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.csv, row 3: byte 0xff"):
        read_table(write(tmp_path, "a.csv", b"text,label\nx,1\n\xff\x00\x81\x9d,0\n"))


def test_a_file_with_a_zero_byte_is_no_text_even_where_an_encoding_would_fit(tmp_path: Path) -> None:
    raw = delimited(CHINESE).encode("gb18030")
    sound = "声音".encode("gb18030")
    with pytest.raises(DataError, match="no other encoding fits"):
        read_table(write(tmp_path, "a.csv", raw.replace(sound, b"\x00" + sound)))


# Files that are wrong: the message names the file and the row


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "text,label\nx,1\ny\nz,0\n", r"a\.csv, row 3: 1 fields, the header has 2"),
        ("a.csv", "text,label\nx,1\n\ny,0,5\n", r"a\.csv, row 4: 3 fields, the header has 2"),
        ("a.csv", 'text,label\n"x\nx",1\ny\n', r"a\.csv, row 3: 1 fields"),
        ("a.tsv", "text\tlabel\nx\t1\ny\n", r"a\.tsv, row 3: 1 fields"),
        ("a.tsv", 'text\tlabel\n"x\t1\ny\n', r"a\.tsv, row 2: "),
        ("a.csv", 'text,label\nx,1\n"y,0\nz,1\nz,0\n', r"a\.csv, row 3: unexpected end of data"),
        ("a.csv", 'text,label\nx,1\n"y"z,0\n', r"a\.csv, row 3: ',' expected after '\"'"),
        ("a.jsonl", '{"text": "x"}\n\n{"text": \n', r"a\.jsonl, row 3: Expecting value"),
        ("a.jsonl", '{"text": "x"}\n[1, 2]\n', r"a\.jsonl, row 2: a JSON list"),
        ("a.jsonl", '[{"text": "x"},\n{"text": "y"}]\n', r"a\.jsonl, row 1: "),
        ("a.jsonl", '{"text": "x"}\n' + "[" * 100_000, r"a\.jsonl, row 2: "),
        ("a.jsonl", '{"text": "x"}\n{"label": ' + "1" * 5000 + "}", r"a\.jsonl, row 2: "),
        ("a.csv", "", r"a\.csv has the header \[\] and 0 rows"),
        ("a.csv", "\n\n", r"a\.csv has the header \[\] and 0 rows"),
        ("a.tsv", "text\tlabel\n", r"a\.tsv has the header \['text', 'label'\] and 0 rows"),
        ("a.jsonl", "\n \n", r"a\.jsonl, row 1: nothing"),
        ("a.csv", "text,label, text \nx,1,y\n", r"a\.csv has the header \['text', 'label', 'text'\]"),
        ("a.parquet", "text,label\nx,1\n", r"a\.parquet is not a readable Parquet file"),
        ("a.parquet", "", r"a\.parquet is not a readable Parquet file"),
        ("a.txt", "text\nx\n", r"a\.txt ends in '\.txt'"),
        ("a.txt.gz", "text\nx\n", r"a\.txt\.gz ends in "),
        ("a", "text\nx\n", "a ends in ''"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, name: str, content: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_table(write(tmp_path, name, content))


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name in ("missing.csv", "folder.csv", "nul\0.csv"):
        with pytest.raises(DataError, match="cannot be read"):
            read_table(tmp_path / name)


def test_parquet_without_rows_and_with_a_name_twice_is_refused(tmp_path: Path) -> None:
    pd.DataFrame({"text": [], "label": []}).to_parquet(tmp_path / "empty.parquet")
    with pytest.raises(DataError, match=r"empty\.parquet has no rows"):
        read_table(tmp_path / "empty.parquet")
    twice = pyarrow.table([pyarrow.array(["a"]), pyarrow.array(["b"])], names=["text", "text"])
    pyarrow.parquet.write_table(twice, tmp_path / "twice.parquet")
    with pytest.raises(DataError, match="text"):
        read_table(tmp_path / "twice.parquet")


@pytest.mark.parametrize("suffix", [s for s in SUFFIXES if s.endswith(".gz")])
def test_a_gzip_file_cut_off_or_changed_is_refused(tmp_path: Path, suffix: str) -> None:
    raw = encode(ROWS, suffix)
    changed = raw[:-6] + bytes([raw[-6] ^ 1]) + raw[-5:]  # a bit of the checksum
    for damaged in (raw[: len(raw) // 2], raw[:-1], raw[:5], changed, raw + b"more"):
        with pytest.raises(DataError, match="cannot be read"):
            read_table(write(tmp_path, f"a{suffix}", damaged))


def test_a_parquet_file_with_a_changed_footer_is_refused(tmp_path: Path) -> None:
    raw = encode(ROWS, ".parquet")
    for damaged in (raw[:-1], raw[: len(raw) // 2], raw[:-8] + b"\xff\xff\xff\x7fPAR1"):
        with pytest.raises(DataError, match="not a readable Parquet file"):
            read_table(write(tmp_path, "a.parquet", damaged))


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.csv.gz"])
def test_a_field_over_one_mebibyte_is_refused_with_its_row(tmp_path: Path, name: str) -> None:
    delimiter, limit = "\t" if "tsv" in name else ",", 131_072
    csv.field_size_limit(limit)
    for length, accepted in ((1 << 20, True), ((1 << 20) + 1, False), (3 << 20, False)):
        raw = delimited([["text", "label"], ["x", "1"], ["y" * length, "0"]], delimiter).encode()
        path = write(tmp_path, name, gzip.compress(raw, 1) if name.endswith(".gz") else raw)
        if accepted:
            assert len(read_table(path)[0].at[3, "text"]) == length
        else:
            with pytest.raises(DataError, match="row 3: field larger than field limit"):
                read_table(path)
    assert csv.field_size_limit() == limit  # a setting of the whole process, which others rely on


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_long_texts_pass_where_no_quote_can_swallow_rows(tmp_path: Path, name: str) -> None:
    table, _ = read_table(write(tmp_path, name, encode([{"text": "y" * (3 << 20), "label": 1}], Path(name).suffix)))
    assert len(table.at[1, "text"]) == 3 << 20


# Folders and splits


@pytest.mark.parametrize(
    ("name", "split"),
    [("train.csv", "train"), ("Training.TSV.gz", "train"), ("dev.jsonl", "validation"), ("valid", "validation"),
     ("val.csv", "validation"), ("validation", "validation"), ("TEST.parquet", "test"), ("labels.csv", None),
     ("extra_train.csv", None), ("test_more.csv", None)],
)  # fmt: skip
def test_a_split_is_known_by_its_usual_names(name: str, split: str | None) -> None:
    assert split_name(name) == split


def test_find_files_takes_the_split_files_of_a_folder(tmp_path: Path) -> None:
    for name in ("train.csv", "dev.csv", "test.csv", "labels.csv", "README.md"):
        write(tmp_path, name, "")
    assert {path.name for path in find_files(str(tmp_path))} == {"train.csv", "dev.csv", "test.csv"}
    assert find_files(str(tmp_path / "labels.csv")) == [tmp_path / "labels.csv"]


def test_find_files_finds_nothing_where_no_path_can_be() -> None:
    for source in ("nowhere.csv", "x" * 5000, "~nobody-of-that-name/a.csv", "nul\0.csv"):
        assert find_files(source) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no /dev/null on Windows")
def test_a_device_is_a_file_of_no_known_format() -> None:
    with pytest.raises(DataError, match="ends in"):
        read_table(find_files("/dev/null")[0])


@pytest.mark.parametrize("names", [[], ["test.csv"], ["train.csv", "dev.csv", "valid.csv"], ["train.csv", "train.tsv"]])
def test_a_folder_without_train_or_with_two_of_a_split_is_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        write(tmp_path, name, "text,label\nx,1\n")
    with pytest.raises(DataError, match=r"The folder .* has .*"):
        find_files(str(tmp_path))


# The Hub


def test_a_hub_data_set_is_a_table_for_each_split_and_the_names_of_its_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = datasets.Features(
        text=datasets.Value("string"), label=datasets.ClassLabel(names=["no", "yes"]), stars=datasets.Value("int64")
    )
    rows = [{"text": "a", "label": 1, "stars": -1}, {"text": "b", "label": -1, "stars": 2}]
    asked, splits = [], {"train": rows, "extra": rows[:1]}
    answer = datasets.DatasetDict({name: datasets.Dataset.from_list(part, kinds) for name, part in splits.items()})
    monkeypatch.setattr(datasets, "load_dataset", lambda *names: asked.append(names) or answer)
    tables, names = read_hub("owner/name:config")
    assert names == {"label": ["no", "yes"]}
    assert {split: list(table.index) for split, table in tables.items()} == {"train": [1, 2], "extra": [1]}
    assert tables["extra"].to_dict("records") == rows[:1]
    train = tables["train"]
    assert train["stars"].tolist() == [-1, 2] and train["label"].isna().tolist() == [False, True]  # -1: not labelled
    assert {kind.type for kind in train.dtypes} == {np.object_}
    read_hub("name")
    assert asked == [("owner/name", "config"), ("name", None)]


@pytest.mark.parametrize(
    ("error", "why"), [(ValueError("no such name\nand more"), "ValueError: no such name."), (OSError(), "OSError: .")]
)
def test_the_hubs_own_words_are_passed_on_in_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    def refuse(*_) -> None:
        raise error

    monkeypatch.setattr(datasets, "load_dataset", refuse)
    with pytest.raises(DataError) as caught:
        read_hub("some/name")
    assert caught.value.received == f"'some/name' is neither bundled nor a path, and the Hub gave nothing: {why}"


def test_without_the_package_the_hub_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match=r"^'name' is .*: the package `datasets` is not installed") as caught:
        read_hub("name")
    assert "pip install datasets" in caught.value.remedy and "`reviews`" in caught.value.remedy


# Whatever the bytes are: a consistent table or a DataError

fields = st.text(max_size=12)
plain_fields = st.text(st.characters(exclude_characters="\t\r\n", codec="utf-8"), max_size=12)
any_text = st.text(st.characters(exclude_categories=()), max_size=8)  # lone surrogates too
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("suffix", SUFFIXES)
@quickly
@given(raw=st.binary(max_size=300), zipped=st.booleans())
def test_random_bytes_never_raise_anything_else(tmp_path: Path, suffix: str, raw: bytes, zipped: bool) -> None:
    read_or_refuse(write(tmp_path, f"a{suffix}", gzip.compress(raw, 1) if zipped else raw))


@pytest.mark.parametrize("suffix", SUFFIXES)
@quickly
@given(data=st.data())
def test_a_good_file_with_bytes_replaced_never_raises_anything_else(tmp_path: Path, suffix: str, data) -> None:
    raw = encode(ROWS, suffix)
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(start + 20, len(raw))))
    read_or_refuse(write(tmp_path, f"a{suffix}", raw[:start] + data.draw(st.binary(max_size=20)) + raw[end:]))


@pytest.mark.parametrize("suffix", TEXT_SUFFIXES)
@quickly
@given(
    rows=st.lists(st.tuples(fields, fields), min_size=1, max_size=5),
    encoding=st.sampled_from(
        ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7", "gb18030", "big5", "shift_jis", "euc_kr",
         "cp1251", "cp1252", "latin-1", "cp037"]
    ),
)  # fmt: skip
def test_random_text_in_random_encodings(tmp_path: Path, suffix: str, rows: list, encoding: str) -> None:
    content = encode([{"text": a, "label": b} for a, b in rows], suffix.removesuffix(".gz")).decode()
    raw = content.encode(encoding, "ignore")
    table = read_or_refuse(write(tmp_path, f"a{suffix}", gzip.compress(raw, 1) if suffix.endswith(".gz") else raw))
    if encoding in ("utf-8", "utf-8-sig", "utf-16") and suffix.startswith((".csv", ".jsonl")):
        assert table.to_numpy().tolist() == [list(row) for row in rows]


@quickly
@given(rows=st.lists(st.tuples(plain_fields, plain_fields), min_size=1, max_size=6))
def test_tsv_without_quoting_never_loses_a_row_to_a_quotation_mark(tmp_path: Path, rows: list) -> None:
    content = "\n".join("\t".join(row) for row in [("text", "label"), *rows])
    table = read_or_refuse(write(tmp_path, "a.tsv", content))
    assert list(table.index) == list(range(2, len(rows) + 2))
    if not any('"' in field for row in rows for field in row):
        assert table.to_numpy().tolist() == [list(row) for row in rows]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".csv.gz", ".tsv.gz"])
@quickly
@given(widths=st.lists(st.integers(1, 4), min_size=2, max_size=8))
def test_ragged_rows_are_named_at_the_first_one(tmp_path: Path, suffix: str, widths: list[int]) -> None:
    rows = [[f"{number} c{i}" for i in range(width)] for number, width in enumerate(widths)]
    raw = delimited(rows, "," if "csv" in suffix else "\t").encode()
    path = write(tmp_path, f"a{suffix}", gzip.compress(raw, 1) if suffix.endswith(".gz") else raw)
    wrong = next((number for number, width in enumerate(widths, 1) if width != widths[0]), None)
    if wrong is None:
        assert len(read_table(path)[0]) == len(widths) - 1
    else:
        with pytest.raises(DataError, match=f"row {wrong}: {widths[wrong - 1]} fields, the header has {widths[0]}"):
            read_table(path)


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
@quickly
@given(values=st.lists(json_values, min_size=1, max_size=5), ascii_only=st.booleans())
def test_random_json_values_per_line(tmp_path: Path, suffix: str, values: list, ascii_only: bool) -> None:
    lines = "\n".join(json.dumps(value, ensure_ascii=ascii_only) for value in values)
    raw = lines.encode("utf-8", "replace")
    table = read_or_refuse(write(tmp_path, f"a{suffix}", gzip.compress(raw, 1) if suffix.endswith(".gz") else raw))
    if all(isinstance(value, dict) for value in values):
        assert len(table) == len(values)
    else:
        assert table is None


def test_a_small_file_that_unzips_to_more_than_memory_should_take_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"text,label\n" + b"a" * 3_000_000))
    assert path.stat().st_size < 10_000
    monkeypatch.setattr("talentlab.data.readers._MAX_BYTES", 1 << 20)
    with pytest.raises(DataError, match="more than 1 MiB"):
        read_table(path)
