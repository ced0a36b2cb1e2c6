"""Conditions that choose rows of a table: a small language of our own, which can compare and do nothing else.

    condition   all ("or" all)*
    all         one ("and" one)*
    one         "not" one | "(" condition ")" | value ((== | != | < | <= | > | >=) value | ["not"] "in" list)*
    value       name | `any name` | 1.5e-3 | 'text' | "text" | true | false | null
    list        "[" value ("," value)* "]"

`0.1 < x < 0.2` compares twice. A row in which a compared value is missing is not chosen: `x == null` finds those.
"""

import difflib
import operator
import re
from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from talentlab.errors import RunError

_TOKEN = re.compile(
    r"""\s*(`[^`]+` | '[^']*' | "[^"]*" | -?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?(?!\w)
         | [^\W\d]\w* | [=!<>]= | [<>()\[\],])""",
    re.VERBOSE,
)
_SIGNS = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
_RESERVED = {"and", "or", "not", "in"}
_DEEPEST = 50  # parentheses within parentheses
_EXPECTED = (
    "comparisons of columns with numbers or 'text' by ==, !=, <, <=, >, >= or in [1, 2], joined by and, or, not and "
    "parentheses, such as f1 > 0.7 and `seed (metric)` == 1"
)
Mask = npt.NDArray[np.bool_]


def select_rows(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """The rows of a table that meet a condition; of a table without rows, none.

    Args:
        table: Its columns, and the name of its index, are the names that the condition may hold.
        where: The condition, such as `f1 > 0.7 and chapter == '05_project_practice'`.

    Raises:
        RunError: If the condition is not of this language, names no column, or compares text with numbers.
    """
    return table[_Condition(table, where).read()]


class _Side(NamedTuple):
    """One side of a comparison: as it is written, and what it holds in each row."""

    words: str
    values: list[Any]


class _Condition:
    """A condition, read from left to right while it is applied to the table's rows."""

    def __init__(self, table: pd.DataFrame, where: str) -> None:
        self.table, self.where, self.at = table, where, 0
        self.tokens: list[str] = []

    def read(self) -> Mask:
        place, text = 0, self.where.strip()
        while place < len(text):
            if not (found := _TOKEN.match(text, place)):
                raise self.error(f"{text[place : place + 20].strip()!r} cannot be read")
            self.tokens.append(found[1])
            place = found.end()
        self.tokens.append("")  # the end
        chosen = self.any_of(0)
        if self.tokens[self.at]:
            raise self.error(f"{self.tokens[self.at]!r} stands where `and`, `or` or the end is expected")
        return chosen

    def any_of(self, depth: int) -> Mask:
        chosen = self.all_of(depth)
        while self.take("or"):
            chosen = chosen | self.all_of(depth)
        return chosen

    def all_of(self, depth: int) -> Mask:
        chosen = self.one(depth)
        while self.take("and"):
            chosen = chosen & self.one(depth)
        return chosen

    def one(self, depth: int) -> Mask:
        reverse = False
        while self.take("not"):
            reverse = not reverse
        if self.take("("):
            if depth == _DEEPEST:
                raise self.error(f"more than {_DEEPEST} parentheses lie within each other")
            chosen = self.any_of(depth + 1)
            self.demand(")")
        else:
            chosen = self.comparisons()
        return ~chosen if reverse else chosen

    def comparisons(self) -> Mask:
        left, chosen = self.value(), None
        while True:
            if sign := self.take(*_SIGNS):
                right = self.value()
                found, left = self.compare(left, sign, right), right
            elif sign := self.take("in", "not"):
                if sign == "not":
                    self.demand("in")
                found = self.is_among(left, reverse=sign == "not")
            else:
                return self.is_true(left) if chosen is None else chosen
            chosen = found if chosen is None else chosen & found

    def is_among(self, side: _Side, reverse: bool) -> Mask:
        self.demand("[")
        found = self.compare(side, "==", self.value())
        while self.take(","):
            found = found | self.compare(side, "==", self.value())
        self.demand("]")
        return np.array([_kind(value) != "missing" for value in side.values], bool) & ~found if reverse else found

    def is_true(self, side: _Side) -> Mask:
        other = {_kind(value) for value in side.values} - {"true or false", "missing"}
        if other:
            raise self.error(f"{side.words} is {other.pop()}, and compared with nothing")
        return np.array([value is True for value in side.values], bool)

    def compare(self, left: _Side, sign: str, right: _Side) -> Mask:
        pairs = list(zip(left.values, right.values, strict=True))
        kinds = [(_kind(a), _kind(b)) for a, b in pairs]
        if "null" in (left.words, right.words):
            if sign not in ("==", "!="):
                raise self.error(f"null has no order for {sign}")
            return np.array([(a == b) == (sign == "==") for a, b in kinds], bool)
        orderly = ("a number", "text") if sign not in ("==", "!=") else ("a number", "text", "true or false")
        known = [pair for pair in kinds if "missing" not in pair]
        if known and not any(a == b and a in orderly for a, b in known):
            a, b = known[0]
            raise self.error(f"{left.words} is {a}, {right.words} is {b}: {sign} cannot compare them")
        return np.array(
            [
                _SIGNS[sign](*pair) if a == b and a in orderly else sign == "!=" and "missing" not in (a, b)
                for pair, (a, b) in zip(pairs, kinds, strict=True)
            ],
            bool,
        )

    def value(self) -> _Side:
        token = self.tokens[self.at]
        if not token or token in _RESERVED or token in _SIGNS or token in "()[],":
            raise self.error(f"{token or 'the end'!r} stands where a name or a value is expected")
        self.at += 1
        if token in _CONSTANTS:
            constant = _CONSTANTS[token]
            return _Side("null" if constant is None else token, [constant] * len(self.table))
        if token[0] in "'\"":
            return _Side(token, [token[1:-1]] * len(self.table))
        if token[0] in "-.0123456789":
            number = int(token) if token.isdecimal() and len(token) < 19 else float(token)
            return _Side(token, [number] * len(self.table))
        return _Side(token, self.column(token.strip("`")))

    def column(self, name: str) -> list[Hashable]:
        if name in self.table:
            return self.table[name].tolist()
        if name == self.table.index.name or not len(self.table):
            return self.table.index.tolist()
        columns = [str(column) for column in self.table]
        near = difflib.get_close_matches(name, columns, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else "correct the name; text stands in quotes."
        raise self.error(f"there is no column {name!r}", expected=f"one of {', '.join(columns)}", remedy=remedy)

    def take(self, *wanted: str) -> str:
        """The next token, if it is one of these."""
        found = self.tokens[self.at]
        if found not in wanted:
            return ""
        self.at += 1
        return found

    def demand(self, wanted: str) -> None:
        if not self.take(wanted):
            raise self.error(f"{self.tokens[self.at] or 'the end'!r} stands where {wanted!r} is expected")

    def error(self, why: str, expected: str = _EXPECTED, remedy: str = "") -> RunError:
        what = f"The runs cannot be filtered by {self.where[:200]!r}: {why}."
        return RunError(what, expected=expected, remedy=remedy or "correct it; `names with spaces` stand in backticks.")


def _kind(value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return "missing"
    if isinstance(value, bool):
        return "true or false"
    return "a number" if isinstance(value, int | float) else "text" if isinstance(value, str) else "a list"
