"""The reader's language, English or Chinese: sentences, names in tables and figures, and the font that draws them."""

import html
import locale
import logging
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache, partial
from importlib import import_module, util
from pathlib import Path
from typing import Any, Literal

Language = Literal["en", "zh"]
VARIABLE = "TALENTLAB_LANGUAGE"  # processes that are started inherit it
CHAPTER_VARIABLE = "TALENTLAB_CHAPTER"  # … and this: whose names are shown beside the library's
NAME = "name"  # context of what a table or figure is labelled with, looked up whole
COMMENT = "comment"  # context of the comments in a chapter's code
SENTENCE = "sentence"  # context of what comes with its fields filled in: the parts of an error, a help text
EVERYWHERE = "everywhere"  # flag of a word that is to be Chinese wherever it stands in the code, as a key too
LIBRARY = Path(__file__).parent / "locale" / "zh.po"
CHAPTERS = Path(__file__).resolve().parents[2] / "course" / "zh"
TEXTS = "texts"  # key of a picture's metadata
# Font families of the systems that have Chinese; the first face of a .ttc is all that matplotlib reads.
_FAMILIES = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei",
             "WenQuanYi Micro Hei", "SimHei", "Noto Sans CJK JP")  # fmt: skip
_FIELD = re.compile(r"\{\{|\}\}|\{(?:[^{}]|\{[^{}]*\})*\}")  # of an f-string, with those inside its expressions
_NUMBER = re.compile(r"[-+]?\b\d[\d.,]*(?:e[-+]?\d+)?\b")
_FONT_PACKAGE = "pylopdf_fonts_zh_cn"
_NO_FONT = "没有找到中文字体，图中的汉字会显示成方框：请运行 `pip install 'talentlab[zh]'`。"


def use(language: Language, chapter: str = "") -> None:
    """Let this process, and those that it starts, speak English or Chinese.

    In a notebook, Chinese also labels tables and sets a font that has its characters; where there is none, a line says
    how to get one.

    Args:
        language: `en` or `zh`.
        chapter: Whose names are known beside the library's: `05_project_practice`.
    """
    os.environ[VARIABLE], os.environ[CHAPTER_VARIABLE] = language, chapter
    if language == "zh" and (shell := _shell()):
        formatter = shell.display_formatter.formatters["text/html"]
        for module, kind in (("pandas", "DataFrame"), ("pandas.io.formats.style", "Styler")):
            formatter.for_type_by_name(module, kind, _labelled)
        shell.display_formatter.formatters["text/plain"].for_type_by_name("pandas", "DataFrame", _labelled_text)
        if not set_font():
            from IPython.display import Markdown, display

            display(Markdown(_NO_FONT))


def current() -> Language:
    """The language in use: English, unless the variable names Chinese."""
    return "zh" if os.environ.get(VARIABLE, "").startswith("zh") else "en"


def of_the_reader() -> Language:
    """The language of a command line: of the variable, else of the locale."""
    chosen = os.environ.get(VARIABLE) or os.environ.get("LC_ALL") or (locale.getlocale()[0] or "")
    return "zh" if chosen.startswith("zh") else "en"


def in_both(english: Mapping[str, Any], chinese: Mapping[str, Any]) -> dict[str, Any]:
    """Of two MIME bundles that say the same, the one in the language in use."""
    return dict(chinese if current() == "zh" else english)


def tr(text: str, /, **values: object) -> str:
    """A sentence of the library in the language in use.

    Args:
        text: In English, `limit: {n} tokens`: the key in `lib/talentlab/locale/zh.po`. One that is not there stays.
        **values: What its fields stand for.
    """
    if current() == "zh":
        text = catalogue(LIBRARY).get((None, text), text)
    return text.format(**values)


def spoken(text: str, chapter: str = "") -> str:
    """A finished sentence in the language in use: an error's, whose fields are filled in, or a help text.

    The catalogue has the form of its f-string. What stood for the fields is found again in the sentence, and spoken as
    well. What is in no catalogue stays.

    Args:
        text: In English; the library's catalogue has it under the context `sentence`, with numbered fields.
        chapter: Whose code said it, if not the library: its catalogue is asked.
    """
    path, context = (of_a_chapter(chapter), None) if chapter else (LIBRARY, SENTENCE)
    return text if current() == "en" or not path.is_file() else _said(text, path, path.stat().st_mtime_ns, context)


@lru_cache(maxsize=1000)
def _said(text: str, path: Path, modified: int, context: str | None) -> str:
    """The better of two readings, that with less English left: part by part, or by the form of the whole."""
    whole = text.strip()
    if (context, whole) in catalogue(path):
        return catalogue(path)[context, whole]
    readings = []
    for between in list(re.finditer(r"\n\s*|: |; ", text))[: 1 if context else 9]:
        given = [text[: between.start()], text[between.end() :]]
        parts = [_said(part, path, modified, context) for part in given]
        mark = {": ": "：", "; ": "；"}.get(between[0], between[0]) if parts != given else between[0]
        readings.append(mark.join(parts))
    for pattern, fields, chinese in _sentences(path, modified, context, whole.endswith(".")):
        if found := pattern.fullmatch(whole):
            said = [_said(value, path, modified, context) for value in found.groups()]
            values = {"{{": "{", "}}": "}"} | dict(zip(fields, said, strict=True))
            readings.append(_FIELD.sub(lambda field, values=values: values[field[0]], chinese))  # type: ignore[misc]
            break
    return min(readings or [text], key=lambda reading: len(re.findall("[a-z]{2,}", reading)))


def name(text: Any) -> Any:
    """What labels a table or a figure, in the language in use: `accuracy`. What is in no catalogue stays.

    A catalogue writes `#` for the numbers in a name: `layer #`.
    """
    if current() == "en" or not isinstance(text, str):
        return text
    chapter = os.environ.get(CHAPTER_VARIABLE, "")
    known = catalogue(LIBRARY) | (catalogue(of_a_chapter(chapter)) if chapter else {})
    chinese = known.get((NAME, text)) or known.get((NAME, without_numbers(text)), text)
    numbers = iter(_NUMBER.findall(text))
    return re.sub("#", lambda _: next(numbers), chinese) if "#" in chinese and "#" not in text else chinese


def with_names(text: str) -> str:
    """A sentence with lists of a chapter's names, `one rate 100%, layer decay 37%`, each as its tables have it."""
    if current() == "en":
        return text
    entries = catalogue(LIBRARY) | catalogue(of_a_chapter(os.environ.get(CHAPTER_VARIABLE, "")))
    names = {text: zh for (context, text), zh in entries.items() if context in (NAME, None) and len(text) > 3}
    known = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(
        rf"(^|[：，；（:,;(] ?| )({known})(?= [-+]?\d|[,;，；。：]|$)",
        lambda found: f"{found[1]}{names[found[2]]}",
        text,
    )


def columns(text: str) -> int:
    """Columns of a terminal that `text` takes: two for a Chinese character."""
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)


def without_numbers(name: str) -> str:
    """A name as catalogues have it: `layer 3` is `layer #`."""
    return _NUMBER.sub("#", name)


def of_a_chapter(slug: str) -> Path:
    """The catalogue of a chapter's code: `course/zh/05_project_practice.po`."""
    return CHAPTERS / f"{slug}.po"


def catalogue(path: Path) -> dict[tuple[str | None, str], str]:
    """(context, English) → Chinese of a .po file: what is translated and not marked `keep` or `fuzzy`.

    What is marked `everywhere` stands also under that word as its context.
    """
    return _translated(path, path.stat().st_mtime_ns) if path.is_file() else {}


@cache
def _translated(path: Path, _: int) -> dict[tuple[str | None, str], str]:
    from babel.messages.pofile import read_po  # a tenth of a second that English need not wait for

    with path.open("rb") as file:
        messages = [each for each in read_po(file) if each.string and not {"keep", "fuzzy"} & each.flags]
    found = {(each.context, str(each.id)): str(each.string) for each in messages if each.id}
    return found | {(EVERYWHERE, str(each.id)): str(each.string) for each in messages if EVERYWHERE in each.flags}


@cache
def _sentences(
    path: Path, modified: int, context: str | None, stops: bool
) -> list[tuple[re.Pattern[str], list[str], str]]:
    """Sentences with fields: pattern, fields, Chinese; first the most likely ones for a text that ends in a full stop.

    Those with the longest text of their own; but a part of a sentence, which has no stop, fits many a whole one.
    """
    found = []
    for (place, english), chinese in _translated(path, modified).items():
        fields = [field for field in _FIELD.findall(english) if field not in ("{{", "}}")]
        if place == context and fields:
            texts = [text.replace("{{", "{").replace("}}", "}") for text in _between(fields, english.strip(" :;"))]
            *heads, last = (re.escape(text) for text in texts)
            value = "(.*?)" if context else "((?:(?!: |; ).)*?)"  # a chapter joins what it found by these
            pattern = re.compile(f"{value.join(heads)}(.*?){last}", re.DOTALL)
            likely = sum(map(len, texts)) - 20 * (english.endswith(".") != stops)
            found.append((likely, pattern, fields, chinese.strip(" ：；")))
    return [entry[1:] for entry in sorted(found, key=lambda entry: entry[0], reverse=True)]


def _between(fields: list[str], text: str) -> Iterator[str]:
    for field in fields:
        before, _, text = text.partition(field)
        yield before
    yield text


def set_font() -> bool:
    """Let matplotlib draw what its own font lacks with a Chinese one; False where there is none."""
    import matplotlib
    from matplotlib.font_manager import fontManager

    # Of a face without bold matplotlib draws the regular one, which a notebook need not hear about.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    if util.find_spec(_FONT_PACKAGE):
        fontManager.addfont(import_module(_FONT_PACKAGE).sans_path())
    known = {font.name for font in fontManager.ttflist}
    family = next((family for family in _FAMILIES if family in known), None)
    matplotlib.rcParams["font.family"] = ["sans-serif", *([family] if family else [])]
    return family is not None


def name_figure(figure: Any) -> None:
    """What is written in a figure and has a Chinese name gets it; tick labels come from their formatter."""
    if current() == "en":
        return
    from matplotlib.text import Text

    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            formatter = axis.get_major_formatter()
            formatter.format_ticks = partial(_ticks, formatter.format_ticks)
    for text in figure.findobj(Text):
        text.set_text(name(text.get_text()))


def _ticks(format_ticks: Callable[[Any], list[str]], values: Any) -> list[str]:
    return [name(text) for text in format_ticks(values)]


def written_in(figure: Any) -> dict[str, list[str]]:
    """Metadata of a picture: the texts of the figure that was drawn. None in English, where nobody looks for them."""
    if current() == "en":
        return {}
    from matplotlib.text import Text

    return {TEXTS: sorted({text.get_text() for text in figure.findobj(Text) if text.get_text().strip()})}


def _shell() -> Any:
    from IPython import get_ipython

    return get_ipython()


def _labelled(table: Any) -> str | None:
    """A table's HTML with its columns and index named in Chinese; the values stay as they are."""
    text = table._repr_html_()
    return text and re.sub(
        r"(<th\b[^>]*>)([^<]+)(</th>)",
        lambda cell: f"{cell[1]}{html.escape(str(name(html.unescape(cell[2].strip()))), quote=False)}{cell[3]}",
        text,
    )


def _labelled_text(table: Any, printer: Any, _: bool) -> None:
    named = table.rename(index=name, columns=name).rename_axis(index=name, columns=name)
    printer.text(repr(named))
