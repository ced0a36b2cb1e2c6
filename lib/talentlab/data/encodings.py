"""Bytes to text: UTF-8, UTF-16 and UTF-32 as they are; an older encoding where one reading alone makes sense."""

import re
import string
from typing import NamedTuple

from talentlab.errors import DataError
from talentlab.language import tr

# What a file holds that is no table of text, by its first bytes.
_EXCEL, _ZIP, _PAGE = b"xl/work", b"PK\x03\x04", b"<"
_KIND_SENTENCES = {
    _EXCEL: "an Excel workbook (.xlsx)", _ZIP: "a zip archive", _PAGE: "a web page",
    b"\xd0\xcf\x11\xe0": "an Excel workbook (.xls)", b"PAR1": "a Parquet file (.parquet)", b"%PDF": "a PDF",
    b"BZh": "a bzip2 archive", b"\xfd7zXZ": "an xz archive", b"7z\xbc\xaf": "a 7z archive", b"Rar!": "a rar archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "an SQLite database", b"\x89HDF": "an HDF5 file",
    b"version https://git-lfs": "a pointer of Git LFS",
}  # fmt: skip
_MARKS = {b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")

# The characters that texts in an encoding hold most, and the share of its letters that they are in ordinary text, taken
# low. Bytes that mean something else hold them by accident: a tenth to a third of that. Written down, not measured on
# the file: any file fits some encoding, and a free guess takes short Chinese texts for Korean and Polish for French.
_HANZI = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种"
    "事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第公"
    "此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回"
    "特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走太差快吃买住服务价格质量感觉非常"
    "這個們來為國說時會對於著過發後裡種經麼學現當沒動還進樣開從實軍無與長機關點業將兩間問戰頭體見產話門兒東聲員論處買"
    "務價質覺電"
)
_HANGUL = (
    "이다는을가에의고지하은를기도로사한어자나시아서있리그라해인대들일정게요수만"
    "것면거스부주안했었습니네보무제과와원조여상장동구비오으음좋없합않될우전선드너내"
)
_KANA = "".join(map(chr, [*range(0x3041, 0x3094), *range(0x30A1, 0x30FB), 0x30FC]))
_USUAL = {
    "gb18030": (_HANZI, 0.3), "big5": (_HANZI, 0.3), "cp949": (_HANGUL, 0.4), "cp932": (_KANA, 0.3),
    "euc_jp": (_KANA, 0.3), "cp1251": ("оеаинтсрвлі", 0.6), "koi8_r": ("оеаинтсрвл", 0.6),
    "cp1253": ("ατοιενσκηάό", 0.75), "cp1255": ("יוהלרבתמאש", 0.6), "cp1256": ("اليمونرتبةعد", 0.7),
}  # fmt: skip
# Latin letters beyond ASCII that one language writes; a text holds those of one line and hardly any other.
_LATIN = {
    "cp1252": ("àâæçèéêëîïôœùûüÿ", "äöüßé", "áéíñóúü¿¡ºª", "àèéìíòóùú", "ãáâàçéêíóôõúü", "åäöé", "åæøéòô", "áðéíóúýþæö",
               "éëïóöüèê"),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíľňóôšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž"),
    "cp1254": ("çğıöşüâîû",),
}  # fmt: skip
_LATIN["iso8859_2"] = _LATIN["cp1250"]
_TYPOGRAPHY = frozenset("“”‘’„‚«»‹›–—…•·°€£©®™§½¼¾\u00a0")
# Letters of two scripts in a word, capitals in its middle, Cyrillic ones of no language that is looked for.
_STRAYS = re.compile(r"[A-Za-zÀ-ÿ][^\W\d_A-Za-zÀ-ÿ]|[^\W\d_A-Za-zÀ-ÿ][A-Za-zÀ-ÿ]|[а-яё][А-ЯЁ]|[ЂЃѓЉЊЌЋЏђљњќћџЈјЅѕ]")
_CERTAIN = 0.5  # of 1: how far the best reading has to be ahead of every other


class _Reading(NamedTuple):
    score: float  # 0 … 1: how usual its letters are
    encoding: str
    text: str


def decode(raw: bytes, name: str, encoding: str | None = None) -> tuple[str, list[str]]:
    """Text of a file, and notes on what had to be guessed.

    Args:
        raw: What the file holds.
        name: Of the file, for messages.
        encoding: As Python names it; None for Unicode by its marks, or else the one old encoding in which the text
            has the letters of a language. Where two do, or none, you are asked.

    Raises:
        DataError: If the bytes are not in that encoding, are no text, or could be read in several ways.
    """
    if encoding:
        return _given(raw, name, encoding), []
    refuse_other_kinds(raw, name)
    marked = next((code for mark, code in _MARKS.items() if raw.startswith(mark)), "utf-8-sig")
    try:
        text = raw.decode(marked)
        if marked != "utf-8-sig":
            return text, [tr("{name} is {encoding}", name=name, encoding=marked)]
        if "\0" not in text[:4096] or not (wide := _wide(raw)):
            return text, []
    except UnicodeDecodeError as error:
        text = raw.decode(marked, "replace")
        lost, beyond_ascii = text.count("\ufffd"), sum(letter > "\x7f" for letter in text)
        if lost * 10 < beyond_ascii:  # else it is another encoding, or no text at all
            note = tr("{name} is {encoding} with {n} damaged characters", name=name, encoding=marked, n=lost)
            return text, [note]
        if not (wide := _wide(raw)):
            guessed, note = guess_encoding(raw, name, marked, error.start)
            return raw.decode(guessed, "replace"), [note]
    return wide[1], [tr("{name} is {encoding}", name=name, encoding=wide[0])]


def _given(raw: bytes, name: str, encoding: str) -> str:
    try:
        return raw.decode(encoding).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        raise DataError(
            f"{name} cannot be read as encoding={encoding!r}: {error}.",
            expected="the encoding in which the file was saved, such as utf-8, gb18030, cp949 or cp1250",
            remedy="pass another one, or save the file as UTF-8 from the program that wrote it.",
        ) from error


def refuse_other_kinds(raw: bytes, name: str) -> None:
    """Refuse what its first bytes show to be no text.

    Raises:
        DataError: If it is a workbook, an archive, a page, a picture, …
    """
    if raw.startswith(_ZIP):
        kind = _KIND_SENTENCES[_EXCEL if _EXCEL in raw else _ZIP]
    elif re.match(rb"\s*<(!doctype|html)", raw[:200], re.IGNORECASE):
        kind = _KIND_SENTENCES[_PAGE]
    else:
        signs = (sign for sign in _KIND_SENTENCES if sign != _PAGE and raw.startswith(sign))
        kind = _KIND_SENTENCES.get(next(signs, b""), "")
    if kind:
        raise DataError(
            f"{name} is {kind}, whatever its name says.",
            expected="a text file with one row a line, best in UTF-8",
            remedy="open it with the program that wrote it and save it as CSV in UTF-8; unpack an archive first.",
        )


def _wide(raw: bytes) -> tuple[str, str] | None:
    """UTF-16 or UTF-32 without its mark: line breaks and no zero character; the wrong order of bytes has none."""
    for encoding in _WIDE if b"\0" in raw else ():
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\n" in text and "\0" not in text:
            return encoding, text
    return None


def guess_encoding(raw: bytes, name: str, marked: str = "utf-8-sig", place: int = 0) -> tuple[str, str]:
    """The encoding whose reading is ahead of all others, and a note that shows it.

    Lines in plain ASCII say nothing, so one line in a thousand decides.

    Args:
        raw: What the file holds, or several files.
        name: Of it, for messages.
        marked: The encoding in which it cannot be read, and `place` the byte that is not in it.
        place: See there.

    Raises:
        DataError: If no reading has the letters of a language, or two have.
    """
    lines = b"\n".join(line for line in raw.splitlines() if not line.isascii())[: 1 << 16]
    readings = [] if b"\0" in raw else _readings(lines)
    if not readings or readings[0].score < _CERTAIN:
        row = raw[:place].count(b"\n") + 1
        raise DataError(
            f"{name}, row {row}: byte 0x{raw[place]:02x} is not {marked}; no other encoding fits.",
            expected="a text file, best in UTF-8",
            remedy="save it as UTF-8 from the program that wrote it, or pass encoding=<its encoding>; of a chapter's "
            "data set write dataset=FILE?encoding=<its encoding>.",
        )
    best = readings[0]
    rival = next((other for other in readings if other.text != best.text), None)
    confidence = best.score - (rival.score if rival else 0)
    if rival and confidence < _CERTAIN:
        raise DataError(
            f"{name} is not UTF-8 and can be read in two ways: {best.encoding} gives {_sample(best.text)}, "
            f"{rival.encoding} gives {_sample(rival.text)}.",
            expected="UTF-8, or an encoding that you name",
            remedy=f"pass encoding={best.encoding!r} or the one that is right (of a chapter's data set: "
            f"dataset=FILE?encoding={best.encoding}), or save the file as UTF-8.",
        )
    note = tr(
        "{name} is not UTF-8; read as {encoding}, confidence {percent} %: {sample}: look whether this is right",
        name=name,
        encoding=best.encoding,
        percent=round(100 * confidence),
        sample=_sample(best.text),
    )
    return best.encoding, note


def _readings(lines: bytes) -> list[_Reading]:
    """What the bytes would say in each encoding, the most usual text first."""
    found = []
    for encoding in (*_LATIN, *_USUAL):
        text = lines.decode(encoding, "replace")
        if text.count("\ufffd") * 100 > sum(byte > 127 for byte in lines):  # a damaged character in hundreds may be
            continue
        latin = encoding in _LATIN
        found.append(_Reading(_latin_score(text, encoding) if latin else _usual_score(text, encoding), encoding, text))
    return sorted(found, key=lambda reading: -reading.score)


def _usual_score(text: str, encoding: str) -> float:
    """Share of the usual characters among the letters beyond ASCII, over the share that is to be expected."""
    usual, expected = _USUAL[encoding]
    dense = encoding in ("gb18030", "big5", "cp949", "cp932", "euc_jp")  # scripts that stand beside Latin ones
    letters = [x for x in text if x > "\x7f" and (x.isalpha() if dense else x not in _TYPOGRAPHY)]
    strays = 0 if dense else len(_STRAYS.findall(text))
    hits = sum(letter in usual for letter in letters) - 20 * strays
    return min(1.0, max(0.0, hits / len(letters) / expected)) if letters else 0.0


def _latin_score(text: str, encoding: str) -> float:
    """How far the letters beyond ASCII are those of one language, in words that have letters of ASCII, too."""
    total, counts = 0, [0] * len(_LATIN[encoding])
    for word in re.findall(r"\w*[^\x00-\x7f]\w*", text):
        strange = [letter for letter in word.lower() if letter > "\x7f"]
        total += len(strange)
        plain = len(word) == 1 or any(letter in string.ascii_letters for letter in word)
        for number, alphabet in enumerate(_LATIN[encoding]):
            counts[number] += sum(x in _TYPOGRAPHY or (plain and x in alphabet) for x in strange)
    return max(0.0, max(counts) / total * 5 - 4) if total else 0.0  # a fifth of other letters: it is not that language


def _sample(text: str) -> str:
    """The beginning of the first two lines that are not plain ASCII."""
    lines = [line.strip() for line in text.splitlines() if not line.isascii()][:2]
    return ", ".join(f"“{line[:30]}…”" if len(line) > 30 else f"“{line}”" for line in lines)
