"""Answers in words against reference answers: exact match and overlap, by the rules of SQuAD and of CMRC."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from talentlab.data.questions import Question, words
from talentlab.errors import DataError

Language = Literal["en", "zh"]


def normalize(text: str, language: Language = "en") -> list[str]:
    """What is compared: lower-case words without punctuation, in English without articles; of Chinese each character.

    Source: `evaluate-v1.1.py` of SQuAD (arXiv 1606.05250); `cmrc2018_evaluate.py` (arXiv 1810.07366).
    """
    if language == "zh":
        return words(text)
    bare = re.sub(r"[!-/:-@\[-`{-~]", "", text.lower())
    return [word for word in bare.split() if word not in ("a", "an", "the")]


def exact_match(answer: str, references: Sequence[str], language: Language = "en") -> float:
    """1 if the answer is one of the references, 0 if not; without references, 1 if it is empty."""
    return float(normalize(answer, language) in [normalize(text, language) for text in references or [""]])


def overlap(answer: str, references: Sequence[str], language: Language = "en") -> float:
    """F1, the harmonic mean of the shares of answer and reference that agree, for the reference that suits best.

    In English any words that both have agree; in Chinese, as CMRC has it, the longest run of characters does.
    """
    shared: Callable[[list[str], list[str]], int] = _longest_run if language == "zh" else _common
    found, best = normalize(answer, language), 0.0
    for reference in (normalize(text, language) for text in references or [""]):
        if not found or not reference:
            best = max(best, float(found == reference))
        else:
            best = max(best, 2 * shared(found, reference) / (len(found) + len(reference)))
    return best


def _common(one: list[str], other: list[str]) -> int:
    return sum((Counter(one) & Counter(other)).values())


def _longest_run(one: list[str], other: list[str]) -> int:
    lengths, longest = [0] * (len(other) + 1), 0
    for sign in one:
        lengths = [0, *(before + 1 if sign == at else 0 for before, at in zip(lengths, other, strict=False))]
        longest = max(longest, *lengths)
    return longest


def score_answers(answers: Sequence[str], questions: Sequence[Question], language: Language = "en") -> pd.DataFrame:
    """One row per question: `exact_match` and `f1`, each from 0 to 1; an empty answer says nothing.

    Raises:
        DataError: If there are not as many answers as questions.
    """
    if len(answers) != len(questions):
        raise DataError(
            f"{len(answers)} answers to {len(questions)} questions.",
            expected="one answer per question, empty where nothing is said",
            remedy="pass both in the same order.",
        )
    pairs = [(answer, row.answers, language) for answer, row in zip(answers, questions, strict=True)]
    return pd.DataFrame({"exact_match": [exact_match(*pair) for pair in pairs], "f1": [overlap(*p) for p in pairs]})


def by_passage(values: npt.ArrayLike, questions: Sequence[Question]) -> npt.NDArray[np.float64]:
    """Means per passage, in the passages' order [P], for `difference`: questions of one passage share its difficulty.

    Args:
        values: One per question [N].
        questions: N questions.
    """
    groups = pd.Series(np.asarray(values, float)).groupby([row.passage for row in questions], sort=False)
    return np.asarray(groups.mean(), dtype=np.float64)
