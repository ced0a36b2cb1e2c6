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

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80
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
    asked = f"{_WORDS[n] if n < len(_WORDS) else n} {'number' if n == 1 else 'numbers'}"
    if n > 1 and isinstance(answer, (set, frozenset)):
        raise AnswerError("a set has no order", expected=asked, remedy="write them in round brackets")
    if isinstance(answer, Mapping) and {_name(key) for key in answer} >= {_name(name) for name in names}:
        named = {_name(key): value for key, value in answer.items()}
        answer = [named[_name(name)] for name in names] or answer
    parts = _parts(answer)
    for part in parts:
        if isinstance(part, bool) or not hasattr(part, "__float__"):
            raise AnswerError(
                f"{_SHORT.repr(part) if isinstance(part, str) else 'this'} is {_kind(part)}",
                expected=asked,
                remedy=_remedy(part),
            )
    if len(parts) != n:
        this = "this is" if len(parts) == 1 else "these are"
        count = _WORDS[len(parts)] if len(parts) < len(_WORDS) else len(parts)
        raise AnswerError(f"{this} {count}", expected=asked, remedy="read it once more")
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
    asked = f"letters from {options[0]} to {options[-1]}"
    found = set()
    for part in _parts(answer):
        if not isinstance(part, str):
            raise AnswerError(f"this is {_kind(part)}", expected=asked, remedy=f'write, for example, "{options[1]}"')
        text = re.sub(r"\band\b|和", " ", unicodedata.normalize("NFKC", part).casefold())
        words = re.findall(r"[^\W_]+", text)
        letters = words if any(set(word) - set(options.casefold()) for word in words) else "".join(words)
        found |= set(letters)
    known = {option.casefold(): option for option in options}
    if unknown := sorted(found - set(known)):
        raise AnswerError(f"{unknown[0][:20]!r} is none of them", expected=asked, remedy="leave it out")
    if not found:
        raise AnswerError("there is none", expected=asked, remedy="choose at least one")
    return {known[letter] for letter in found}


def call(
    function: object, *inputs: Any, returns: type = object, shape: tuple[int, ...] | None = None, copied: bool = True
) -> Any:
    """What a learner's function returns; whatever goes wrong in it is told with its line and the input.

    Args:
        function: What the learner wrote.
        *inputs: Its arguments.
        returns: The type that the question asks for.
        shape: … or the shape of an array of numbers, which is then returned as floats.
        copied: Whether it gets copies, so that it may change them.

    Raises:
        AnswerError: If it is no such function.
    """
    asked = f"a function of {_WORDS[len(inputs)]} {'argument' if len(inputs) == 1 else 'arguments'}"
    if not callable(function):
        raise AnswerError(f"this is {_kind(function)}", expected=asked, remedy="write its name, without brackets")
    try:
        inspect.signature(function).bind(*inputs)
    except TypeError:
        takes = inspect.signature(function)
        raise AnswerError(f"yours takes {takes}", expected=asked, remedy="change its first line") from None
    except ValueError:  # some functions in C do not tell their signature
        pass
    given = f"for {', '.join(map(shown, inputs))}"
    try:
        result = function(*(copy.deepcopy(inputs) if copied else inputs))
    except Exception as error:
        what = f"{given} yours raised {type(error).__name__}: {str(error)[:120]}{_line(function, error)}"
        raise AnswerError(
            what, expected="a function that runs", remedy="call it with this input in a cell of its own"
        ) from error
    if result is None:
        raise AnswerError(f"{given} yours returned nothing", expected="a value", remedy="is `return` missing?")
    if not isinstance(result, returns):
        raise AnswerError(
            f"{given} yours returned {_kind(result)}", expected=_kind(returns()), remedy="look at its `return`"
        )
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
        in_per_cent = 1 < outside <= 100
        raise AnswerError(
            f"{outside:g} {'looks like per cent' if in_per_cent else 'lies outside'}",
            expected="a share between 0 and 1",
            remedy="divide by 100" if in_per_cent else "it is a part of a whole",
        )
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
    verdict = "does not belong" if letter in chosen else "is missing"
    return (
        f"{'one that you chose' if letter in chosen else 'one that you did not choose'} is wrongly judged. {question}",
        f"think of this: {reason}.",
        f"{letter} {verdict}: {reason}.",
    )


def shown(value: object) -> str:
    """A short line that shows a value; no addresses, never an error."""
    if callable(value):
        return f"the function {getattr(value, '__name__', type(value).__name__)}"
    return " ".join(_SHORT.repr(value.tolist() if hasattr(value, "tolist") else value).split())


def _parts(answer: Any) -> list[Any]:
    """The single values of nested lists, arrays, tables and dictionaries, in order."""
    if isinstance(answer, type):
        return [answer]
    if hasattr(answer, "to_numpy"):
        answer = answer.to_numpy()
    if hasattr(answer, "tolist"):  # numpy and torch, scalars too
        answer = answer.tolist()
    if isinstance(answer, Mapping):
        answer = list(answer.values())
    if isinstance(answer, (str, bytes)) or not isinstance(answer, Iterable):
        return [answer]
    return [part for element in islice(answer, _MOST_PARTS) for part in _parts(element)]


def _checked(value: float, whole: bool) -> float:
    if not np.isfinite(value):
        raise AnswerError(f"this is {value}", expected="a finite number", remedy="was something divided by zero?")
    if whole and abs(value - round(value)) > 1e-6:
        raise AnswerError(f"{value:g} is none", expected="a whole number", remedy="which one does the question mean?")
    return float(round(value)) if whole else value


def _array(result: Any, shape: tuple[int, ...], given: str) -> np.ndarray:
    try:
        array = np.asarray(result.tolist() if hasattr(result, "tolist") else result)
    except ValueError:  # rows of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise AnswerError(
            f"{given} yours returned {_kind(result)}",
            expected=f"numbers of shape {shape}",
            remedy="look at its `return`",
        )
    if array.shape != shape:
        raise AnswerError(
            f"{given} yours returned the shape {array.shape}", expected=f"the shape {shape}", remedy="look at the axes"
        )
    return array.astype(float)


def _line(function: Any, error: Exception) -> str:
    """Where in the learner's own code it happened, as far as that can be told."""
    own = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == own]
    return f" in its line `{frames[-1].line}`" if frames and frames[-1].line else ""


def _kind(value: object) -> str:
    if callable(value):
        return shown(value)
    words = {str: "text", bool: "a yes or no", type(None): "nothing", dict: "a dictionary", list: "a list",
             tuple: "a tuple", set: "a set", int: "a number", float: "a number"}  # fmt: skip
    return words.get(type(value), f"of the type {type(value).__name__}")


def _remedy(value: object) -> str:
    if callable(value):
        return "call it with its arguments"
    return "write it without quotation marks" if isinstance(value, str) else "write the number itself"


def _name(key: object) -> str:
    return re.sub(r"[\W_]+", " ", str(key).casefold()).strip()
