"""A chapter's code in Chinese: which of its strings and comments a reader sees, and the code with them translated."""

import ast
import io
import json
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from talentlab import language
from talentlab.language import COMMENT, EVERYWHERE

Lookup = Callable[["Text"], str | None]  # what stands in the code → its Chinese

_SHOWN = {"alt", "measured", "reference"}  # arguments whose text is displayed as it is
_NO_COMMENT = re.compile(r"## (BEGIN|END) SOLUTION|fmt: |noqa|type: ignore")
_WIDTH = 56  # of a line of a literal that was written over several lines [characters]


@dataclass(frozen=True)
class Text:
    """A string or comment of some code.

    Attributes:
        text: Of an f-string with its expressions: `{share:.1%} of the texts`.
        context: None, or `comment`.
        shown: It certainly is displayed: part of what is printed, of a caption, of a claim, or inside an f-string.
        expressions: Those of an f-string.
    """

    text: str
    context: str | None = None
    shown: bool = True
    expressions: tuple[str, ...] = ()

    @property
    def is_word(self) -> bool:
        """One word: mostly a key, a column or a value, which tables and figures name in Chinese by themselves."""
        return self.context is None and not re.search(r"\S\s+\S", self._filled("x"))

    @property
    def wants_chinese(self) -> bool:
        """Whether somebody has to decide on it."""
        if self.context == COMMENT:
            return bool(re.search(r"[A-Za-z]{3,}", re.sub(r"`[^`]*`|\[[A-Z, ]+\]", "", self.text)))
        return bool(re.search(r"[A-Za-z]{2,}", self._filled(""))) and (self.shown or not self.is_word)

    def _filled(self, value: str) -> str:
        text = self.text
        for expression in self.expressions:
            text = text.replace(expression, value)
        return text


@dataclass(frozen=True)
class _Place:
    """Where a text stands: offsets of its first character and behind its last, and its syntax tree."""

    start: int
    end: int
    shown: bool
    node: Any = None
    comment: str = ""

    def texts(self) -> Iterator[Text]:
        if self.node is None:
            yield Text(self.comment, COMMENT)
        else:
            yield from _texts_in(self.node, self.shown)


def texts(code: str) -> Iterator[Text]:
    """The strings and comments of some code, in its order; one that stands twice comes twice."""
    for place in _places(code):
        yield from place.texts()


def translate(code: str, lookup: Lookup) -> str:
    """The code with its strings and comments replaced, whole ones and everywhere; what has no Chinese stays."""
    for place in reversed(list(_places(code))):
        column = place.start - code.rfind("\n", 0, place.start) - 1
        new: str | None
        if place.node is None:
            chinese = lookup(Text(place.comment, COMMENT))
            new = chinese and f"\n{' ' * column}".join(f"# {line}" for line in chinese.splitlines())
        else:
            node = _chinese(place.node, place.shown, lookup)
            same = ast.dump(node) == ast.dump(place.node)
            new = None if same else _written(node, code[place.start : place.end])
        if new:
            code = code[: place.start] + new + code[place.end :]
    return code


def of_chapter(slug: str) -> Lookup:
    """What to write for a text of a chapter's code: its catalogue's Chinese, or the library's for a comment.

    A single word is Chinese only where it is displayed for certain, unless its entry says `everywhere`.
    """
    library = language.catalogue(language.LIBRARY)
    chinese = {key: text for key, text in library.items() if key[0] == COMMENT}
    chinese |= language.catalogue(language.of_a_chapter(slug))

    def lookup(text: Text) -> str | None:
        is_name = text.is_word and not text.shown
        return chinese.get((EVERYWHERE if is_name else text.context, text.text))

    return lookup


def _places(code: str) -> list[_Place]:
    lines = code.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(row: int, column_utf8: int) -> int:
        return starts[row - 1] + len(lines[row - 1].encode()[:column_utf8].decode())

    strings = [
        _Place(offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset), shown, node)
        for node, shown in _literals(ast.parse(code), False)
    ]
    return sorted([*strings, *_comments(code, starts)], key=lambda place: place.start)


def _comments(code: str, starts: list[int]) -> Iterator[_Place]:
    """Comments; lines of their own that follow each other at the same column are one."""
    found: list[tuple[int, int, int, str, bool]] = []  # first row, last row, column, text, alone on its line
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT and not _NO_COMMENT.search(token.string):
            (row, column), text = token.start, token.string.lstrip("#").strip()
            alone = not token.line[:column].strip()
            if alone and found and found[-1][4] and found[-1][1:3] == (row - 1, column):
                found[-1] = (found[-1][0], row, column, f"{found[-1][3]}\n{text}", True)
            else:
                found.append((row, row, column, text, alone))
    rows = code.split("\n")
    for first, last, column, text, _ in found:
        yield _Place(starts[first - 1] + column, starts[last - 1] + len(rows[last - 1].rstrip()), True, None, text)


def _children(node: ast.AST, shown: bool) -> Iterator[tuple[str, Any, bool]]:
    """Fields of a tree's node, each with whether strings in it are displayed."""
    for name, value in ast.iter_fields(node):
        inside = shown
        if isinstance(node, ast.Call):
            inside = name == "args" and isinstance(node.func, ast.Name) and node.func.id == "print"
        elif isinstance(node, ast.keyword):
            inside = node.arg in _SHOWN
        elif isinstance(node, ast.Compare) or (isinstance(node, ast.Subscript) and name == "slice"):
            inside = False
        yield name, value, inside


def _literals(node: ast.AST, shown: bool) -> Iterator[tuple[Any, bool]]:
    """The string literals of a tree, without those inside f-strings."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node, shown
        return
    for _, value, inside in _children(node, shown):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _literals(child, inside)


def _texts_in(node: Any, shown: bool) -> Iterator[Text]:
    """A literal's text; before it those of the literals in its expressions."""
    if isinstance(node, ast.Constant):
        yield Text(str(node.value), None, shown)
        return
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            for each, inside in _literals(part.value, True):
                yield from _texts_in(each, inside)
    yield _text_of(node, shown)


def _text_of(node: Any, shown: bool) -> Text:
    fields = [_field(part) for part in node.values if isinstance(part, ast.FormattedValue)]
    pieces = [
        str(part.value).replace("{", "{{").replace("}", "}}") if isinstance(part, ast.Constant) else _field(part)
        for part in node.values
    ]
    return Text("".join(pieces), None, shown, tuple(fields))


def _field(part: Any) -> str:
    """`{share:.1%}`, as it stands in a catalogue and in the Chinese code."""
    conversion = f"!{chr(part.conversion)}" if part.conversion != -1 else ""
    spec = ""
    if part.format_spec is not None:
        values = part.format_spec.values
        spec = ":" + "".join(str(each.value) if isinstance(each, ast.Constant) else _field(each) for each in values)
    expression = ast.unparse(part.value)
    return f"{{{' ' * expression.startswith('{')}{expression}{conversion}{spec}}}"


def _chinese(node: Any, shown: bool, lookup: Lookup) -> Any:
    """A tree in Chinese: its literals, and those in the expressions of f-strings."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        chinese = lookup(Text(node.value, None, shown))
        return node if chinese is None else ast.Constant(chinese)
    if isinstance(node, ast.JoinedStr):
        text = _text_of(node, shown)
        fields = {
            _field(part): ast.FormattedValue(_chinese(part.value, True, lookup), part.conversion, part.format_spec)
            for part in node.values
            if isinstance(part, ast.FormattedValue)
        }
        return ast.JoinedStr(list(_parts(lookup(text) or text.text, fields)))
    if not isinstance(node, ast.AST):
        return node
    return type(node)(**{
        name: [_chinese(each, inside, lookup) for each in value] if isinstance(value, list)
        else _chinese(value, inside, lookup)
        for name, value, inside in _children(node, shown)
    })  # fmt: skip


def _parts(text: str, fields: dict[str, ast.FormattedValue]) -> Iterator[ast.expr]:
    """Text and expressions of an f-string, from how a catalogue writes it."""
    longest_first = sorted(fields, key=len, reverse=True)
    pieces = re.split(f"({'|'.join(map(re.escape, longest_first))})", text) if fields else [text]
    for piece in pieces:
        if piece in fields:
            yield fields[piece]
        elif piece:
            yield ast.Constant(piece.replace("{{", "{").replace("}}", "}"))


def foreign(text: str, expressions: tuple[str, ...]) -> list[str]:
    """What a translation of an f-string lacks or has too much: expressions by their text."""
    missing = [expression for expression in expressions if expression not in text]
    for expression in sorted(expressions, key=len, reverse=True):
        text = text.replace(expression, "")
    return missing + re.findall(r"(?<!\{)\{(?!\{)[^{}]*\}?|(?<!\})\}(?!\})", text.replace("{{", "").replace("}}", ""))


def _written(node: Any, old: str) -> str:
    """A literal as code, in the form of the old one: over several lines, in three quotation marks, or plain."""
    if "\n" not in old and not old.startswith('"""'):
        return _line(node)
    if old.lstrip("rRfF").startswith(('"""', "'''")):
        plain = isinstance(node, ast.Constant) and not re.search(r'["\\]', str(node.value))
        return f'"""{node.value!s}"""' if plain else _line(node)
    second = old.split("\n")[1]
    indent = " " * (len(second) - len(second.lstrip()))
    return f"\n{indent}".join(_line(piece) for piece in _lines_of(node))


def _lines_of(node: Any) -> Iterator[Any]:
    """A long literal in pieces that stand below each other."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    kept: list[Any] = []
    width = 0
    for part in parts:
        pieces = [part]
        if isinstance(part, ast.Constant):
            pieces = [
                ast.Constant(piece) for piece in re.findall(r".{1,30}?(?:[，。；：、 ]|$)|.{30}", str(part.value), re.S)
            ]
        for piece in pieces:
            size = len(str(piece.value)) if isinstance(piece, ast.Constant) else len(ast.unparse(piece)) // 2
            if kept and width + size > _WIDTH:
                yield _joined(kept)
                kept, width = [], 0
            kept.append(piece)
            width += size
    yield _joined(kept)


def _joined(parts: list[Any]) -> ast.expr:
    if all(isinstance(part, ast.Constant) for part in parts):
        return ast.Constant("".join(part.value for part in parts))
    return ast.JoinedStr(parts)


def _line(node: Any) -> str:
    """A literal as code on one line, in double quotation marks where that is possible."""
    if isinstance(node, ast.Constant):
        return json.dumps(node.value, ensure_ascii=False)
    inside = "".join(
        json.dumps(part.value, ensure_ascii=False)[1:-1].replace("{", "{{").replace("}", "}}")
        if isinstance(part, ast.Constant)
        else _field(part)
        for part in node.values
    )
    for mark in ('"', "'''", '"""'):
        try:
            read = ast.parse(f"f{mark}{inside}{mark}", mode="eval").body
        except SyntaxError:  # a quotation mark or a backslash in an expression
            continue
        if ast.unparse(read) == ast.unparse(node):
            return f"f{mark}{inside}{mark}"
    return ast.unparse(node)
