"""Files as people have them: each is read right, or refused with a word on what it is and what to do.

Every input is made here. `Reads` gives the classes and the rows that have to come out, `Refuses` words of the message.
"""

import bz2
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from talentlab.data.labelled import SPLITS, load_labelled_text
from talentlab.errors import DataError

Make = Callable[[Path], object]


class Reads(NamedTuple):
    """The texts that come out, all of them by default, their classes, and words of the notes."""

    texts: int = 40
    classes: tuple[str, ...] = ("bad", "good")
    notes: str = ""
    removed: str = ""


class Refuses(NamedTuple):
    words: str
    remedy: str = ""


def english(n: int) -> str:
    return f'Well, number {n}; "quite" nice'


def rows(n: int = 40, labels: tuple = ("bad", "good"), text: Callable[[int], str] = english) -> list[tuple[str, str]]:
    return [(text(i), labels[i % len(labels)]) for i in range(n)]


def quoted(cell: object, mark: str) -> str:
    text = str(cell)
    return '"' + text.replace('"', '""') + '"' if mark in text or '"' in text or "\n" in text else text


def joined(table: list, mark: str = ",", end: str = "\n") -> str:
    return "".join(mark.join(quoted(cell, mark) for cell in row) + end for row in table)


def file(content: str | bytes, name: str = "a.csv", encoding: str = "utf-8") -> Make:
    def make(folder: Path) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return make


def folder_of(**files: str | bytes) -> Make:
    """A folder of files; `__` in a name is a folder's border, `_dot_` a dot, `_dash_` a dash."""

    def make(folder: Path) -> Path:
        for name, content in files.items():
            spelled = name.replace("__", "/").replace("_dot_", ".").replace("_dash_", "-")
            file(content, f"top/{spelled}")(folder)
        return folder / "top"

    return make


def csv_of(table: list, header: tuple = ("text", "label"), **how: str) -> str:
    return joined([header, *table], **how)


def parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_parquet(out)
    return out.getvalue()


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as files:
        for name in names:
            files.writestr(name, "x")
    return out.getvalue()


def of_classes(counts: dict[str, int]) -> list[tuple[str, str]]:
    return [(f"{label} text {i}", label) for label, n in counts.items() for i in range(n)]


def text_files(prefix: str = "", ending: str = "_dot_txt", n: int = 20, raw: bool = False) -> dict[str, str | bytes]:
    word = "c'était très bien là" if raw else "it was fine"
    return {
        f"{prefix}{label}__{i}{ending}": f"{word} {prefix}{label} {i}".encode("cp1252" if raw else "utf-8")
        for label in ("bad", "good")
        for i in range(n)
    }


# Sentences of several languages, a few of each; every text is one of them with a number.
LANGUAGES = {
    "chinese": ["这家酒店的服务态度很好，房间也很干净。", "电脑散热太差，声音很大。", "物流很快，下次还会再来买。"],
    "traditional": ["電腦散熱太差了，聲音很大", "這家酒店的服務態度很好", "他們說不會再來了"],
    "korean": [
        "음식이 정말 맛있고 직원들도 친절해요",
        "배송이 너무 늦어서 실망했습니다",
        "다시는 주문하지 않을 것 같아요",
    ],
    "japanese": ["料理がとても美味しくて、店員さんも親切でした。", "配送が遅くて残念です。", "二度と買いません。"],
    "arabic": ["الطعام لذيذ جدا والخدمة ممتازة", "وصل الطلب متأخرا ولم يعجبني", "لن أشتري منهم مرة أخرى"],
    "russian": ["Очень вкусно и быстро, спасибо", "Доставка опоздала на два часа", "Больше не закажу здесь ничего"],
    "greek": ["Το φαγητό ήταν πολύ νόστιμο", "Η παράδοση άργησε δύο ώρες", "Δεν θα ξαναπάω εκεί ποτέ"],
    "hebrew": ["האוכל היה טעים מאוד והשירות מצוין", "המשלוח הגיע באיחור", "לא אזמין שם שוב"],
    "polish": ["Jedzenie było pyszne, a obsługa miła", "Przesyłka przyszła za późno", "Źle, już więcej nie zamówię"],
    "czech": ["Jídlo bylo výborné a obsluha příjemná", "Zásilka přišla pozdě", "Už nikdy víc, žádný problém"],
    "hungarian": ["Az étel finom volt, a kiszolgálás kedves", "A csomag későn jött", "Őrült jó, tűz"],
    "french": [
        "Le café était très agréable – déjà vu",
        "Ça va, l'hôtel était près de la gare",
        "Une très mauvaise soirée",
    ],
    "german": ["Das Essen war großartig und schön", "Die Lieferung kam zu spät für das Geld", "Nie wieder, müde Küche"],
    "spanish": ["La comida está muy rica, ¿verdad?", "El niño llegó mañana", "Qué lástima, no volveré"],
    "turkish": ["Yemek çok güzeldi, teşekkürler", "Kargo geç geldi, sipariş vermeyeceğim", "Işık az, ama güzel"],
    "english": ["It’s “great” – really", "It wasn’t worth 5 €", "Nothing to say…"],
}


def in_language(name: str) -> list[tuple[str, str]]:
    return rows(text=lambda i: f"{LANGUAGES[name][i // 2 % 3]} {i}")


UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
RIGHT = [
    ("chinese", "gb18030"),
    ("chinese", "gbk"),
    ("chinese", "gb2312"),
    ("traditional", "big5"),
    ("traditional", "gbk"),
    ("korean", "cp949"),
    ("korean", "euc_kr"),
    ("japanese", "euc_jp"),
    ("japanese", "cp932"),
    ("japanese", "shift_jis"),
    ("arabic", "cp1256"),
    ("greek", "cp1253"),
    ("russian", "cp1251"),
    ("russian", "koi8_r"),
    ("polish", "cp1250"),
    ("polish", "iso8859_2"),
    ("czech", "cp1250"),
    ("czech", "iso8859_2"),
    ("hungarian", "cp1250"),
    ("french", "cp1252"),
    ("german", "cp1252"),
    ("german", "latin_1"),
    ("spanish", "cp1252"),
    ("turkish", "cp1254"),
    ("english", "cp1252"),
]
ASKED = [
    ("hebrew", "cp1255"),
    ("arabic", "iso8859_6"),
    ("russian", "cp866"),
    ("russian", "iso8859_5"),
    ("russian", "mac_cyrillic"),
    ("french", "mac_roman"),
    ("german", "cp437"),
    ("german", "mac_roman"),
    ("japanese", "iso2022_jp"),
    ("english", "cp037"),
]


@pytest.mark.parametrize("language", ["chinese", "french", "english"])
@pytest.mark.parametrize("encoding", UNICODE)
def test_unicode_is_read_with_its_mark_and_without(tmp_path: Path, language: str, encoding: str) -> None:
    table = in_language(language)
    data = load_labelled_text(str(file(csv_of(table), encoding=encoding)(tmp_path)))
    assert set(data.frame["text"]) == {text for text, _ in table}


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
@pytest.mark.parametrize(("language", "encoding"), RIGHT)
def test_an_old_encoding_is_read_right_and_shown(tmp_path: Path, language: str, encoding: str, name: str) -> None:
    table = in_language(language)
    lines = "".join(json.dumps({"text": text, "label": label}, ensure_ascii=False) + "\n" for text, label in table)
    data = load_labelled_text(str(file(csv_of(table) if "csv" in name else lines, name, encoding)(tmp_path)))
    assert set(data.frame["text"]) == {text for text, _ in table}
    note = data.report.notes[0]
    assert "confidence" in note and LANGUAGES[language][0][:5] in note


@pytest.mark.parametrize(("language", "encoding"), ASKED)
def test_an_encoding_in_doubt_is_asked_for_and_then_taken(tmp_path: Path, language: str, encoding: str) -> None:
    table = [(text.replace("–", "-"), label) for text, label in in_language(language)]
    path = str(file(csv_of(table).encode(encoding, "ignore"))(tmp_path))
    with pytest.raises(DataError) as caught:
        load_labelled_text(path)
    assert encoding in ("iso2022_jp", "cp037") or "dataset=FILE?encoding=" in caught.value.remedy
    data = load_labelled_text(path, encoding=encoding)
    known = {text.encode(encoding, "ignore").decode(encoding) for text, _ in table}
    assert set(data.frame["text"]) == {" ".join(text.split()) for text in known}


def test_a_parameter_can_name_the_encoding_behind_the_file(tmp_path: Path) -> None:
    """A chapter has no other way; each of the two readings is asked for, and has its own texts."""
    table = csv_of([("안녕하세요 " + text if label == "good" else text, label) for text, label in rows(20)])
    path = file(table, encoding="cp949")(tmp_path)
    korean, chinese = (load_labelled_text(f"{path}?encoding={name}").frame["text"] for name in ("cp949", "gb18030"))
    assert korean.str.contains("안녕하세요").sum() == 10 and not chinese.str.contains("안녕하세요").any()
    for number, raw in enumerate(("좋은 책".encode("cp949"), "나쁜 책".encode("cp949")) * 4):
        (tmp_path / "texts" / str(number % 2)).mkdir(parents=True, exist_ok=True)
        (tmp_path / "texts" / str(number % 2) / f"{number}.txt").write_bytes(raw + b" %d" % number)
    assert load_labelled_text(f"{tmp_path / 'texts'}?encoding=cp949").frame["text"].str.contains("책").all()
    with pytest.raises(DataError, match="cannot be read as encoding='no-such-code'"):
        load_labelled_text(f"{path}?encoding=no-such-code")
    with pytest.raises(DataError, match="does not exist"):
        load_labelled_text("missing.csv?encoding=gbk")


def test_one_chinese_row_among_hundreds_decides_the_encoding(tmp_path: Path) -> None:
    table = [*rows(300), ("这家酒店的服务态度很好", "good")]
    data = load_labelled_text(str(file(csv_of(table), encoding="gbk")(tmp_path)))
    assert "这家酒店的服务态度很好" in set(data.frame["text"])


def test_a_damaged_character_among_hundreds_costs_its_row(tmp_path: Path) -> None:
    raw = csv_of(in_language("chinese")).encode("gbk")
    broken = raw.replace("声音很大".encode("gbk"), b"\xff" + "声音很大".encode("gbk"), 1)
    data = load_labelled_text(str(file(broken)(tmp_path)))
    assert len(data.frame) == 39 and data.report.removed == {"wrong encoding": ["a.csv row 4"]}


@pytest.mark.parametrize("encoding", ["utf-8", "no-such-code"])
def test_an_encoding_that_does_not_fit_is_refused(tmp_path: Path, encoding: str) -> None:
    path = file(csv_of(in_language("chinese")), encoding="gbk")(tmp_path)
    with pytest.raises(DataError, match=f"cannot be read as encoding='{encoding}'"):
        load_labelled_text(str(path), encoding=encoding)


plain = [(f"number {i} is nice", ("bad", "good")[i % 2]) for i in range(40)]
commas = [(f"well, number {i}, nice", ("bad", "good")[i % 2]) for i in range(40)]
CASES: dict[str, tuple[Make, Reads | Refuses]] = {}
for mark, word in ((",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")):
    for suffix in (".csv", ".tsv"):
        own = (mark, suffix) in ((",", ".csv"), ("\t", ".tsv"))
        told = "" if own else "is separated by"
        CASES[f"{word} in {suffix}"] = file(csv_of(rows(), mark=mark), f"a{suffix}"), Reads(notes=told)
        CASES[f"{word} in {suffix}, Windows' line ends"] = (
            file(csv_of(rows(), mark=mark, end="\r\n"), f"a{suffix}"),
            Reads(notes=told),
        )
        if mark != ",":
            bare = "".join(mark.join(row) + "\n" for row in [("text", "label"), *commas])
            CASES[f"{word} in {suffix}, commas in the texts"] = file(bare, f"a{suffix}"), Reads(notes=told)
CASES |= {
    "label;text": (file(csv_of([(b, a) for a, b in rows()], ("label", "text"), mark=";")), Reads()),
    "quoted names": (file('"text";"label"\n' + joined(rows(), ";")), Reads(notes="separated by ';'")),
    "sep=;": (file("sep=;\n" + csv_of(rows(), mark=";")), Reads()),
    "sep=, with \\r\\n": (file("sep=,\r\n" + csv_of(rows(), end="\r\n")), Reads()),
    "sep=; and a mark of UTF-8": (file("\ufeffsep=;\n" + csv_of(rows(), mark=";")), Reads()),
    "sep=\\t in UTF-16": (file("sep=\t\n" + csv_of(rows(), mark="\t"), encoding="utf-16"), Reads()),
    "line ends of old Macs": (file(csv_of(rows(), end="\r")), Reads()),
    "gzipped, not named so": (file(gzip.compress(csv_of(rows()).encode())), Reads()),
    "named .gz, not gzipped": (file(csv_of(rows()), "a.csv.gz"), Reads()),
    "capital suffix": (file(csv_of(rows()), "A.CSV"), Reads()),
    "a line break in a field": (file(csv_of([*rows(38), ("one\ntwo", "bad"), ("three\r\nfour", "good")])), Reads()),
    # columns and headers
    "v1,v2,,,": (
        file("v1,v2,,,\n" + "".join(f"{label},{text},,,\n" for text, label in plain)),
        Refuses("has ['v1', 'v2']", "text_column='v2' and label_column='v1'"),
    ),
    "Excel's empty columns": (file("text,label,,\n" + "".join(f"{t},{b},,\n" for t, b in plain)), Reads()),
    "Excel's empty columns, not in each row": (file("text,label,,\n" + joined(plain)), Reads()),
    "empty fields behind the header": (file("text,label\n" + "".join(f"{t},{b},,\n" for t, b in plain)), Reads()),
    "a column without a name": (
        file(csv_of([(i, *row) for i, row in enumerate(plain)], ("", "text", "label"))),
        Reads(notes="1 columns without a name were left out; 40 rows"),
    ),
    "rows of nothing at the end": (file(csv_of(plain) + ",\n,\n"), Reads(removed="missing label")),
    "blank lines all over": (file("\n\n" + csv_of(plain, end="\n\n")), Reads()),
    "spaces around names": (file(csv_of(plain, (" text ", "label "))), Reads()),
    "capital names": (file(csv_of(plain, ("TEXT", "Label"))), Reads()),
    "usual other names": (file(csv_of(plain, ("Sentence", "category"))), Reads()),
    "unusual names": (file(csv_of(plain, ("tweet", "mood"))), Refuses("['tweet', 'mood']", "text_column='tweet'")),
    "a name twice": (
        file(csv_of([(*row, "x") for row in plain], ("text", "label", "text"))),
        Refuses("distinct names"),
    ),
    "one column": (file("text\n" + "".join(f"{t}\n" for t, _ in plain)), Refuses("a label column")),
    "a header alone": (file("text,label\n"), Refuses("0 rows")),
    "nothing": (file(""), Refuses("0 rows")),
    "a mark of UTF-8 alone": (file("\ufeff"), Refuses("0 rows")),
    "no header": (file(joined(plain)), Reads(notes="has no header line")),
    "no header, label first": (file(joined([(b, a) for a, b in plain])), Reads(notes="['label', 'text']")),
    "no header, tabs": (file(joined(plain, "\t"), "a.tsv"), Reads(notes="has no header line")),
    "no header, semicolons": (file(joined(plain, ";")), Reads(notes="has no header line")),
    "no header, commas in the texts": (file(joined(rows())), Reads(notes="has no header line")),
    "no header, numbers as labels": (file(joined(rows(labels=("0", "1")))), Reads(classes=("0", "1"))),
    "no header, three columns": (
        file(joined([(i, *row) for i, row in enumerate(plain)])),
        Refuses("['column 1', 'column 2', 'column 3']", "'column 2'"),
    ),
    "the header again in the middle": (
        file(csv_of(plain[:20]) + csv_of(plain[20:])),
        Reads(notes="1 rows that repeat the header"),
    ),
    "a header cell that is a word of a text": (file(csv_of([*plain, ("text", "bad")])), Reads(41)),
    "one column for each class": (
        file(csv_of([(t, int(b == "bad"), int(b == "good")) for t, b in plain], ("text", "bad", "good"))),
        Reads(notes="names of the columns that hold a 1: bad, good"),
    ),
    "one column for each class, true and false": (
        file(csv_of([(t, b == "bad", b == "good") for t, b in plain], ("text", "bad", "good"))),
        Reads(),
    ),
    "one column for each of three, with an id": (
        file(
            csv_of(
                [(i, t, int(i % 3 == 0), int(i % 3 == 1), int(i % 3 == 2)) for i, (t, _) in enumerate(plain)],
                ("id", "text", "a", "b", "c"),
            )
        ),
        Reads(classes=("a", "b", "c")),
    ),
    "several ones in a row": (
        file(csv_of([(t, 1, int(b == "good")) for t, b in plain], ("text", "toxic", "rude"))),
        Refuses("20 rows have several ones", "label_column='toxic'"),
    ),
    "no one in a row": (
        file(csv_of([(t, 0, int(b == "good")) for t, b in plain], ("text", "toxic", "rude"))),
        Refuses("20 have none"),
    ),
    "fields missing in a row": (
        file(csv_of(plain) + "only one\n"),
        Refuses("row 42: 1 fields, the header has 2", "mend"),
    ),
    "a comma too many": (file(csv_of(plain) + "one, two,good\n"), Refuses("row 42: 3 fields", "delimiter=")),
    "a quote that never closes": (file(csv_of(plain) + '"open,good\nx,bad\n'), Refuses("row 42: unexpected end")),
    "a quote inside a field": (file(csv_of(plain) + '"so" she said,good\n'), Refuses("row 42: ',' expected")),
    "quotes that are text, tabs": (
        file(joined([("text", "label"), *plain], "\t") + '"never closed\tbad\n', "a.tsv"),
        Reads(41, notes="without quoting"),
    ),
    "a field of two million characters": (file(csv_of([*plain, ("x" * 2_000_000, "bad")])), Refuses("field limit")),
    # what is no table of text
    "a workbook named .csv": (
        file(archive("[Content_Types].xml", "xl/workbook.xml")),
        Refuses("Excel workbook", "CSV in UTF-8"),
    ),
    "a zip named .csv": (file(archive("train.csv")), Refuses("a zip archive", "unpack")),
    "a zip named .tsv": (file(archive("train.tsv"), "a.tsv"), Refuses("a zip archive")),
    "an old workbook": (file(b"\xd0\xcf\x11\xe0" + bytes(600)), Refuses("(.xls)")),
    "a workbook": (file(archive("xl/workbook.xml"), "a.xlsx"), Refuses("ends in '.xlsx'", "convert")),
    "a page of an error": (file("<!DOCTYPE html><html><body>404</body></html>"), Refuses("a web page")),
    "a page without a doctype": (file("\n<html>x</html>"), Refuses("a web page")),
    "a PDF": (file(b"%PDF-1.7\n\xe2\xe3\xcf\xd3"), Refuses("a PDF")),
    "a picture": (file(b"\x89PNG\r\n\x1a\n\x00\x00"), Refuses("a picture")),
    "a photograph": (file(b"\xff\xd8\xff\xe0\x00\x10JFIF"), Refuses("a picture")),
    "a Parquet file named .csv": (file(parquet(pd.DataFrame(plain))), Refuses("a Parquet file")),
    "a CSV file named .parquet": (file(csv_of(plain), "a.parquet"), Refuses("not a readable Parquet")),
    "bzip2": (file(bz2.compress(csv_of(plain).encode())), Refuses("bzip2")),
    "xz": (file(b"\xfd7zXZ\x00\x00"), Refuses("an xz archive")),
    "7z": (file(b"7z\xbc\xaf\x27\x1c"), Refuses("a 7z archive")),
    "zstd": (file(b"\x28\xb5\x2f\xfd\x04"), Refuses("zstd")),
    "a database": (file(b"SQLite format 3\x00" + bytes(80)), Refuses("SQLite")),
    "a pointer of Git LFS": (file("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"), Refuses("Git LFS")),
    "a gzip file cut off": (
        file(gzip.compress(csv_of(rows(400)).encode())[:200], "a.csv.gz"),
        Refuses("cannot be read", "fetch it again"),
    ),
    "plain text": (file("one text a line\n", "a.txt"), Refuses("ends in '.txt'")),
    "random bytes": (file(bytes(range(256)) * 4), Refuses("no other encoding fits")),
    "one JSON array": (
        file(json.dumps([{"text": t, "label": b} for t, b in plain], indent=1), "a.jsonl"),
        Refuses("row 1", "line by line"),
    ),
    "a JSON array named .json": (file("[]", "a.json"), Refuses("ends in '.json'")),
    # JSON lines
    "JSON lines": (file("".join(json.dumps({"text": t, "label": b}) + "\n" for t, b in rows()), "a.jsonl"), Reads()),
    "JSON lines, a mark and \\r\\n": (
        file("\ufeff" + "".join(json.dumps({"text": t, "label": b}) + "\r\n" for t, b in rows()), "a.jsonl"),
        Reads(),
    ),
    "JSON lines without a label in some": (
        file(
            "".join(json.dumps({"text": t} | ({"label": b} if i > 3 else {})) + "\n" for i, (t, b) in enumerate(plain)),
            "a.jsonl",
        ),
        Reads(36, removed="missing label"),
    ),
    "JSON lines with a broken one": (
        file('{"text": "x", "label": 1}\n{"text": "y"\n', "a.jsonl"),
        Refuses("row 2", "mend that line"),
    ),
    "JSON lines whose text is a list": (
        file(
            "".join(json.dumps({"text": [t] if i == 0 else t, "label": b}) + "\n" for i, (t, b) in enumerate(plain)),
            "a.jsonl",
        ),
        Reads(39, removed="not a text"),
    ),
    # labels
    "lists of labels, JSON": (
        file("".join(json.dumps({"text": t, "label": [b, "new"]}) + "\n" for t, b in plain), "a.jsonl"),
        Refuses("several labels in one cell", "yes/no column"),
    ),
    "lists of labels as text": (file(csv_of([(t, f'["{b}", "new"]') for t, b in plain])), Refuses("several labels")),
    "lists of labels as Python writes them": (
        file(csv_of([(t, f"['{b}', 'new']") for t, b in plain])),
        Refuses("several labels"),
    ),
    "lists in Parquet": (
        file(
            parquet(pd.DataFrame({"text": [t for t, _ in plain], "label": [[b, "x"] for _, b in plain]})), "a.parquet"
        ),
        Refuses("several labels"),
    ),
    "lists of one": (file("".join(json.dumps({"text": t, "label": [b]}) + "\n" for t, b in plain), "a.jsonl"), Reads()),
    "lists of one as text": (file(csv_of([(t, f'["{b}"]') for t, b in plain])), Reads()),
    "a;b beside a and b": (
        file(csv_of([*plain, ("both", "bad;good")])),
        Refuses("'bad;good' at a.csv row 42", "class_names="),
    ),
    "a|b beside a and b": (file(csv_of([*plain, ("both", "good | bad")])), Refuses("several labels")),
    "a, b beside a and b": (file(csv_of([*plain, ("both", "bad, good")])), Refuses("several labels")),
    "a;b in all rows": (file(csv_of(rows(labels=("a;b", "b;c", "a;c")))), Refuses("40 such rows of 40")),
    "names with a comma": (
        file(csv_of(rows(labels=("Arts, Culture", "Food, Drink")))),
        Reads(classes=("Arts, Culture", "Food, Drink")),
    ),
    "names with a bar": (
        file(csv_of(rows(labels=("home|garden", "toys|games")))),
        Reads(classes=("home|garden", "toys|games")),
    ),
    "measurements": (
        file(csv_of([(t, i / 7) for i, (t, _) in enumerate(plain)])),
        Refuses("different values", "measurements"),
    ),
    "one class": (file(csv_of(rows(labels=("one",)))), Refuses("1 different values")),
    "no label at all": (file(csv_of(rows(labels=("",)))), Refuses("0 different values")),
    "1 and 1.0": (file(csv_of(rows(labels=("1", "1.0", "0", "0.0")))), Reads(classes=("0", "1"))),
    "blanks behind a label": (file(csv_of(rows(labels=("bad ", "good", "bad", " good\u3000")))), Reads()),
}
for mark in ("NaN", "N/A", "#N/A", "null", "?", "-", "NULL", " "):
    CASES[f"{mark!r} for no label"] = file(csv_of([*plain, ("x", mark), ("y", mark)])), Reads(removed="missing label")
for name, labels in {
    "capitals": ("A", "a"),
    "trailing zeros": ("1.5", "1.50", "2.5"),
    "full width": ("\uff21", "A"),
    "blanks inside": ("very good", "very  good"),
    "zero width": ("good", "go\u200bod"),
    "composed": ("é", "e\u0301"),
}.items():
    kept = tuple(sorted(labels))
    CASES[f"labels alike but for {name}"] = file(csv_of(rows(60, labels))), Reads(60, kept, "look alike")
for counts, kept in {
    (2000, 1): None,
    (2000, 3): ("a", "b"),
    (1000, 1000, 1): ("a", "b"),
    (1000, 1000, 2): ("a", "b"),
    (1000, 1000, 3): ("a", "b", "c"),
    (1000, 1000, 5): ("a", "b", "c"),
    (5, 5, 5): ("a", "b", "c"),
    (3, 3): ("a", "b"),
    (2, 2): None,
    (40, 1, 1, 1): None,
}.items():
    classes = dict(zip("abcd", counts, strict=False))
    stay = [n for n in counts if n > 2]
    rare = (
        Reads(sum(stay), kept, "set aside" if len(stay) < len(counts) else "") if kept else Refuses("cannot be split")
    )
    CASES[f"classes of {counts}"] = file(csv_of(of_classes(classes))), rare

train, dev, test = ([(f"{word} {text}", label) for text, label in plain] for word in ("train", "dev", "test"))
half = [parquet(pd.DataFrame(part, columns=["text", "label"])) for part in (train[:20], train[20:])]
every = {"bad": 0, "good": 0}
CASES |= {
    "train, dev and test": (
        folder_of(train_dot_csv=csv_of(train), dev_dot_csv=csv_of(dev), test_dot_csv=csv_of(test)),
        Reads(120),
    ),
    "other names in each": (
        folder_of(train_dot_csv=csv_of(train), test_dot_csv=csv_of(test, ("Sentence", "Category"))),
        Reads(80),
    ),
    "another separator in each": (
        folder_of(train_dot_csv=csv_of(train), test_dot_csv=csv_of(test, mark=";")),
        Reads(80),
    ),
    "a test without labels": (
        folder_of(train_dot_csv=csv_of(train), test_dot_csv="text\n" + "".join(f"{t}\n" for t, _ in test)),
        Reads(notes="set aside", removed="missing label"),
    ),
    "a test with other labels": (
        folder_of(train_dot_csv=csv_of(train), test_dot_csv=csv_of(rows(labels=("POS", "NEG")))),
        Refuses("test split has the labels"),
    ),
    "train_set.csv": (folder_of(train_set_dot_csv=csv_of(train), test_set_dot_csv=csv_of(test)), Reads(80)),
    "train-data.csv": (
        folder_of(train_dash_data_dot_csv=csv_of(train), test_dash_data_dot_csv=csv_of(test)),
        Reads(80),
    ),
    "trainset.tsv": (folder_of(trainset_dot_tsv=csv_of(train, mark="\t")), Reads()),
    "parts in data": (
        folder_of(
            **{f"data__train_dash_0000{i}_dash_of_dash_00002_dot_parquet": raw for i, raw in enumerate(half)},
            README_dot_md="x",
        ),
        Reads(),
    ),
    "parts, one missing": (
        folder_of(data__train_dash_00000_dash_of_dash_00002_dot_parquet=half[0]),
        Refuses("00000-of-00002", "fetch the parts"),
    ),
    "one part": (
        folder_of(
            data__train_dash_00000_dash_of_dash_00001_dot_parquet=parquet(
                pd.DataFrame(train, columns=["text", "label"])
            )
        ),
        Reads(),
    ),
    "two trains": (
        folder_of(train_dot_csv=csv_of(train), train_dot_tsv=csv_of(train, mark="\t")),
        Refuses("one file named train"),
    ),
    "no train": (folder_of(test_dot_csv=csv_of(test)), Refuses("one file named train")),
    "nothing known": (folder_of(notes_dot_md="x"), Refuses("no split files", "a folder for each class")),
    "a folder for each class": (folder_of(**text_files()), Reads()),
    "a folder for each class in train and test": (
        folder_of(**text_files("train__"), **text_files("test__")),
        Reads(80),
    ),
    "files without an ending, folders deeper": (
        folder_of(**text_files("ohsumed__training__", ""), **text_files("ohsumed__test__", "")),
        Reads(80),
    ),
    "20news-bydate-train": (
        folder_of(**text_files("20news_dash_bydate_dash_train__"), **text_files("20news_dash_bydate_dash_test__")),
        Reads(80),
    ),
    "lists beside the folders": (folder_of(**text_files("train__"), train__urls_dot_txt="x", README="x"), Reads()),
    "hidden files": (folder_of(**text_files(), _dot_DS_Store=b"\x00\x01", bad___dot_x=b"\xff\x00"), Reads()),
    "text files in an old encoding": (folder_of(**text_files(raw=True)), Reads(notes="read as cp1252")),
    "class folders without train": (folder_of(**text_files("test__")), Refuses("has the folders", "name it so")),
    "a picture among the texts": (
        folder_of(**text_files(), bad__x_dot_png=b"\x89PNG\r\n\x1a\n\x00\x00"),
        Refuses("x.png is a picture"),
    ),
    "a split column": (
        file(
            csv_of(
                [(*row, ("train", "test")[i % 4 == 3]) for i, row in enumerate(rows(80, ("bad", "good", "good")))],
                ("text", "label", "split"),
            )
        ),
        Reads(80),
    ),
    "a split column with empty labels in test": (
        file(
            csv_of(
                [(t, "" if i > 29 else b, "test" if i > 29 else "train") for i, (t, b) in enumerate(plain)],
                ("text", "label", "split"),
            )
        ),
        Reads(30, notes="test split has no labels", removed="missing label"),
    ),
    "an unknown split": (
        file(csv_of([(*row, "holdout") for row in plain], ("text", "label", "split"))),
        Refuses("split 'holdout'"),
    ),
    "a class that test lacks": (
        folder_of(train_dot_csv=csv_of([*train, *[(f"x {i}", "odd") for i in range(9)]]), test_dot_csv=csv_of(test)),
        Reads(89, ("bad", "good", "odd"), "the test split has no row of: odd"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_read_right_or_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    make, outcome = CASES[name]
    source = str(make(tmp_path))
    if isinstance(outcome, Refuses):
        with pytest.raises(DataError) as caught:
            load_labelled_text(source)
        assert outcome.words in str(caught.value) and outcome.remedy in caught.value.remedy
        return
    data = load_labelled_text(source)
    assert (len(data.frame), data.class_names) == (outcome.texts, outcome.classes)
    assert outcome.notes in "\n".join(data.report.notes)
    assert set(data.report.removed) <= {outcome.removed, "class with too few rows"}
    assert {split: set(data.split(split)["label"]) for split in SPLITS}["train"] == set(range(len(outcome.classes)))
    texts = set(data.frame["text"])
    if outcome.texts == 40:
        assert any(len(texts & {text for text, _ in known}) >= 36 for known in (rows(), plain, commas, train)) or (
            all(text.startswith(("it was fine", "c'était très bien là")) for text in texts)
        )


def test_the_battery_is_as_large_as_it_says() -> None:
    assert len(CASES) + 3 * len(UNICODE) + 2 * len(RIGHT) + len(ASKED) >= 165
