"""What a check needs: an answer in any usual form becomes plain values; a wrong form is told in words."""

import copy
import inspect
import re
import reprlib
import traceback
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Literal

import numpy as np

from talentlab.errors import TalentLabError
from talentlab.language import current, tr

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SHORT = reprlib.Repr()
_SHORT.maxstring, _SHORT.maxother = 80, 120
_MOST_PARTS = 1000  # of an answer that is looked into: enough for a message, and an endless generator ends too


class AnswerError(TalentLabError):
    """An answer has a type, a shape or a unit that the question does not ask for."""


def number(answer: object, *, whole: bool = False) -> float:
    """The one number of an answer: int, float, Fraction, numpy or torch, alone or as the only element of a list.

    Args:
        answer: What the learner wrote.
        whole: The question asks for a whole number.

    Raises:
        AnswerError: If it is something else.
    """
    return numbers(answer, 1, whole=whole)[0]


def numbers(answer: object, n: int, *, names: Sequence[str] = (), whole: bool = False) -> tuple[float, ...]:
    """The n numbers of an answer: a tuple, list, array, table or dictionary of them.

    Args:
        answer: What the learner wrote.
        n: How many the question asks for.
        names: Keys by which a dictionary's values are put in order; with other keys its own order counts.
        whole: The question asks for whole numbers.

    Raises:
        AnswerError: If it is something else.
    """
    asked = tr("one number") if n == 1 else tr("{n} numbers", n=_count(n))
    if n > 1 and isinstance(answer, (set, frozenset)):
        raise _wrong("a set has no order", asked, "write them in round brackets")
    if isinstance(answer, Mapping) and {_name(key) for key in answer} >= {_name(name) for name in names}:
        named = {_name(key): value for key, value in answer.items()}
        answer = [named[_name(name)] for name in names] or answer
    parts = _parts(answer)
    for part in parts:
        if isinstance(part, bool) or not hasattr(part, "__float__"):
            what = _SHORT.repr(part) if isinstance(part, str) else tr("this")
            raise _wrong("{what} is {kind}", asked, _remedy(part), what=what, kind=_kind(part))
    if len(parts) != n:
        count = tr("this is one") if len(parts) == 1 else tr("these are {n}", n=_count(len(parts)))
        raise _wrong("{count}", asked, "read it once more", count=count)
    return tuple(_checked(float(part), whole) for part in parts)


def choice(answer: object, options: str) -> set[str]:
    """The letters of an answer: a set, list, tuple or array, or text such as `"ACD"`, `"a, c, d"`.

    Args:
        answer: What the learner wrote; of a dictionary of booleans the true ones count.
        options: The letters that there are, as the question writes them.

    Raises:
        AnswerError: If there is none, or another one.
    """
    if isinstance(answer, Mapping):
        answer = [letter for letter, chosen in answer.items() if chosen]
    asked = tr("letters from {first} to {last}", first=options[0], last=options[-1])
    found = set()
    for part in _parts(answer):
        if not isinstance(part, str):
            raise _wrong("this is {kind}", asked, 'write, for example, "{letter}"', kind=_kind(part), letter=options[1])
        text = re.sub(r"\band\b|和", " ", unicodedata.normalize("NFKC", part).casefold())
        words = re.findall(r"[^\W_]+", text)
        found |= set(words if any(set(word) - set(options.casefold()) for word in words) else "".join(words))
    known = {option.casefold(): option for option in options}
    if unknown := sorted(found - set(known)):
        raise _wrong("{what!r} is none of them", asked, "leave it out", what=unknown[0][:20])
    if not found:
        raise _wrong("there is none", asked, "choose at least one")
    return {known[letter] for letter in found}


def call(
    function: object, *inputs: Any, returns: type | tuple[type, ...] = object, shape: tuple[int, ...] | None = None,
    copied: bool = True) -> Any:  # fmt: skip
    """What a learner's function returns; whatever goes wrong in it is told with its line and the input.

    Args:
        function: What the learner wrote.
        *inputs: Its arguments.
        returns: The type that the question asks for, or several.
        shape: … or the shape of an array of numbers, which is then returned as floats.
        copied: Whether it gets copies, so that it may change them.

    Raises:
        AnswerError: If it is no such function.
    """
    n = len(inputs)
    asked = tr("a function of one argument") if n == 1 else tr("a function of {n} arguments", n=_count(n))
    if not callable(function):
        raise _wrong("this is {kind}", asked, "write its name, without brackets", kind=_kind(function))
    try:
        inspect.signature(function).bind(*inputs)
    except TypeError:
        takes = inspect.signature(function)
        raise _wrong("yours takes {arguments}", asked, "change its first line", arguments=takes) from None
    except ValueError:  # some functions in C do not tell their signature
        pass
    given = tr("for {inputs}", inputs=", ".join(map(shown, inputs)))
    try:
        result = function(*(copy.deepcopy(inputs) if copied else inputs))
    except Exception as error:
        raise _wrong(
            "{given} yours raised {kind}: {error}{line}", tr("a function that runs"),
            "call it with this input in a cell of its own",
            given=given, kind=type(error).__name__, error=str(error)[:120], line=_line(function, error),
        ) from error  # fmt: skip
    if result is None:
        raise _wrong("{given} yours returned nothing", tr("a value"), "is `return` missing?", given=given)
    if not isinstance(result, returns):
        asked = tr(" or ").join(map(_type_name, returns if isinstance(returns, tuple) else (returns,)))
        raise _wrong("{given} yours returned {what}", asked, "look at its `return`", given=given, what=_kind(result))
    return result if shape is None else _array(result, shape, given)


def close(value: object, right: object, *, rounding: float = 0.0, within: float = 0.0) -> bool:
    """Whether a value, or each of several, is right at the precision that the question states.

    Args:
        value: A number, or several.
        right: As many.
        rounding: Unit of the last place that is asked for, 0.01 for two decimals: half of it may be lost.
        within: Share of the right value by which an answer may be off.
    """
    atol = 0.5 * rounding * (1 + 1e-6)  # an exact half is either way
    return bool(np.allclose(np.asarray(value, float), np.asarray(right, float), rtol=max(within, 1e-9), atol=atol))


def compare(
    value: float | Sequence[float],
    right: float | Sequence[float],
    slips: Mapping[Any, str],
    hints: Sequence[str],
    *,
    rounding: float = 0.0,
    within: float = 0.0,
    unit: Literal["share", "share or per cent"] | None = None,
) -> str | Sequence[str] | None:
    """None for a right value, the hint of a known slip, or else the graded hints.

    Args:
        value: A number, or several.
        right: As many.
        slips: Wrong values that tell what went wrong, each with its hint.
        hints: A question, a method, nearly the answer.
        rounding: As in `close`.
        within: As in `close`.
        unit: Where shares between 0 and 1 are asked for: whether per cent are as good.

    Raises:
        AnswerError: If a share is asked for, and a value can be none.
    """
    if unit == "share or per cent":
        value = np.where((np.asarray(value) > 1) & (np.asarray(value) <= 100), np.asarray(value) / 100, value).tolist()
    if close(value, right, rounding=rounding, within=within):
        return None
    for slip, hint in slips.items():
        size = np.max(np.abs(slip))  # 84.4 per cent is rounded as much as 0.844; 0.4 hours are not rounded to 0
        last = min(rounding * max(1.0, size / (np.max(np.abs(right)) or 1.0)), size)
        if close(value, slip, rounding=last, within=within):
            return hint
    for outside in [number for number in np.ravel(value) if unit and not 0 <= number <= 1]:
        asked = tr("a share between 0 and 1")
        if 1 < outside <= 100:
            raise _wrong("{n:g} looks like per cent", asked, "divide by 100", n=outside)
        raise _wrong("{n:g} lies outside", asked, "it is a part of a whole", n=outside)
    return hints


def compare_letters(answer: object, right: str, question: str, reasons: Mapping[str, str]) -> Sequence[str] | None:
    """None for exactly the right letters, else a question, what to think of, and the letter that it belongs to.

    Args:
        answer: What the learner wrote.
        right: The letters that belong.
        question: The first hint.
        reasons: Of each option, why it belongs or not.

    Raises:
        AnswerError: If the answer has letters that are no options, or none.
    """
    chosen = choice(answer, "".join(reasons))
    wrong = [*sorted(chosen - set(right)), *sorted(set(right) - chosen)]
    if not wrong:
        return None
    letter, reason = wrong[0], reasons[wrong[0]]
    if letter in chosen:
        first = tr("one that you chose is wrongly judged. {question}", question=question)
        last = tr("{letter} does not belong: {reason}.", letter=letter, reason=reason)
    else:
        first = tr("one that you did not choose is wrongly judged. {question}", question=question)
        last = tr("{letter} is missing: {reason}.", letter=letter, reason=reason)
    return first, tr("think of this: {reason}.", reason=reason), last


def shown(value: object) -> str:
    """A short line that shows a value; no addresses, never an error."""
    if callable(value):
        return tr("the function {name}", name=getattr(value, "__name__", type(value).__name__))
    text = " ".join(_SHORT.repr(value.tolist() if hasattr(value, "tolist") else value).split())
    return re.sub(r" at 0x\w+", "", text)


def _parts(answer: Any) -> list[Any]:
    """The single values of nested lists, arrays, tables and dictionaries, in order."""
    if isinstance(answer, type):
        return [answer]
    for plainer in ("to_numpy", "tolist"):  # of pandas; of numpy and torch, scalars too
        if hasattr(answer, plainer):
            answer = getattr(answer, plainer)()
    if isinstance(answer, Mapping):
        answer = list(answer.values())
    if isinstance(answer, (str, bytes)) or not isinstance(answer, Iterable):
        return [answer]
    return [part for element in islice(answer, _MOST_PARTS) for part in _parts(element)]


def _wrong(received: str, expected: str, remedy: str, **values: object) -> AnswerError:
    """The error in the language in use; `expected` is in it already."""
    return AnswerError(tr(received, **values), expected=expected, remedy=tr(remedy, **values))


def _checked(value: float, whole: bool) -> float:
    if not np.isfinite(value):
        raise _wrong("this is {kind}", tr("a finite number"), "was something divided by zero?", kind=value)
    if whole and abs(value - round(value)) > 1e-6:
        raise _wrong("{n:g} is none", tr("a whole number"), "which one does the question mean?", n=value)
    return float(round(value)) if whole else value


def _array(result: Any, shape: tuple[int, ...], given: str) -> np.ndarray:
    try:
        array = np.asarray(result.tolist() if hasattr(result, "tolist") else result)
    except ValueError:  # rows of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        asked = tr("numbers of shape {shape}", shape=shape)
        raise _wrong("{given} yours returned {what}", asked, "look at its `return`", given=given, what=_kind(result))
    if array.shape != shape:
        asked, found = tr("the shape {shape}", shape=shape), array.shape
        raise _wrong("{given} yours returned the shape {shape}", asked, "look at the axes", given=given, shape=found)
    return array.astype(float)


def _line(function: Any, error: Exception) -> str:
    """Where in the learner's own code it happened, as far as that can be told."""
    own = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == own]
    return tr(" in its line `{line}`", line=frames[-1].line) if frames and frames[-1].line else ""


def _kind(value: object) -> str:
    return shown(value) if callable(value) else _type_name(type(value))


def _type_name(kind: type) -> str:
    words = {str: tr("text"), bool: tr("a yes or no"), type(None): tr("nothing"), dict: tr("a dictionary"),
             list: tr("a list"), tuple: tr("a tuple"), set: tr("a set"), int: tr("a number"),
             float: tr("a number")}  # fmt: skip
    return words.get(kind, tr("of the type {name}", name=kind.__name__))


def _count(n: int) -> str:
    """A small number in words, as far as the language writes it so."""
    return _WORDS[n] if n < len(_WORDS) and current() == "en" else str(n)


def _remedy(value: object) -> str:
    if callable(value):
        return tr("call it with its arguments")
    return tr("write it without quotation marks") if isinstance(value, str) else tr("write the number itself")


def _name(key: object) -> str:
    return re.sub(r"[\W_]+", " ", str(key).casefold()).strip()
