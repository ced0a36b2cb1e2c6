"""Questions about passages: the bundled ones, or files in SQuAD's form, one JSON object per line."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from talentlab.data.readers import read_bytes
from talentlab.errors import DataError
from talentlab.runtime import corpus_file

SPLITS = ("train", "validation", "test")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+|(?<=[。！？；])")
_WORD = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+")


@dataclass(frozen=True)
class Question:
    """A question and the passage that it is asked about.

    Attributes:
        question: The question; published sets have empty ones, too.
        passage: The text in which the answer stands, or does not.
        answers: What counts as right, each as it stands in the passage; none: the passage does not say.
        starts: Where each answer begins in the passage [characters]; -1: it stands there in other words.
        split: `train`, `validation`, `test`, or empty.
    """

    question: str
    passage: str
    answers: tuple[str, ...]
    starts: tuple[int, ...]
    split: str = ""


def load_questions(source: str | Path = "passages", split: str | None = None) -> list[Question]:
    """Questions of the bundled `passages`, or of a `.jsonl` file, plain or gzipped.

    Args:
        source: `passages` or a path. Each line is an object with `question`, `context` and `answers`
            (`{"text": […], "answer_start": […]}`, empty where the passage does not say), perhaps `split`.
        split: Only those of this split.

    Raises:
        DataError: If the file is missing or damaged, a line is not of this form, an answer does not stand where its
            line says, or nothing is left.

    Source: the form of SQuAD, Rajpurkar et al. 2016 (arXiv 1606.05250), one question per line.
    """
    path = corpus_file(str(source))
    lines = read_bytes(path).decode("utf-8-sig", errors="replace").splitlines()
    rows = [_question(line, f"{path.name} line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    found = [row for row in rows if split in (None, row.split)]
    if not found:
        raise DataError(
            f"{path} has {len(rows)} questions, {len(found)} of the split {split!r}.",
            expected="at least one question",
            remedy=f"check the file; its splits are {sorted({row.split for row in rows})}.",
        )
    return found


def load_parts(
    source: str = "passages", test: str | None = None, limit: int | None = None
) -> dict[str, list[Question]]:
    """Questions to train on, to choose by and to be judged by; no passage is in two of them.

    Args:
        source: As in `load_questions`.
        test: A second file with the test questions; without it `source` has to have the three splits. With it, the last
            tenth of the passages of `source` is for validation.
        limit: At most so many questions of `source`; with `test` also at most as many test questions.

    Raises:
        DataError: As `load_questions`; or if a passage is in both files.
    """
    if test is None:
        return {split: load_questions(source, split)[:limit] for split in SPLITS}
    known, judged = load_questions(source)[:limit], load_questions(test)[:limit]
    passages = list(dict.fromkeys(row.passage for row in known))
    kept = set(passages[-max(1, len(passages) // 10) :])
    if shared := set(passages) & {row.passage for row in judged}:
        raise DataError(
            f"{len(shared)} passages are in {source} and in {test}, such as {min(shared)[:40]!r}.",
            expected="test passages that training has not seen",
            remedy="take them out of one of the two files.",
        )
    train = [row for row in known if row.passage not in kept]
    return {"train": train, "validation": [row for row in known if row.passage in kept], "test": judged}


def words(text: str) -> list[str]:
    """Lower-case words, without punctuation; of Chinese each character."""
    return _WORD.findall(text.lower())


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Where each sentence begins and ends [characters]; a colon or semicolon ends one, too."""
    cuts = [(0, 0), *(found.span() for found in _SENTENCE_END.finditer(text)), (len(text), len(text))]
    spans = [(left[1], right[0]) for left, right in pairwise(cuts)]
    return [(start, end) for start, end in spans if text[start:end].strip()]


def _question(line: str, place: str) -> Question:
    try:
        row: Mapping[str, Any] = json.loads(line)
        question, passage = str(row["question"]).strip(), str(row["context"])
        answers = tuple(str(text) for text in row["answers"]["text"])
        starts = tuple(int(start) for start in row["answers"]["answer_start"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{place} is no question ({type(error).__name__}: {error}).",
            expected='{"question": "…", "context": "…", "answers": {"text": ["…"], "answer_start": [0]}}',
            remedy="write one such object per line; of SQuAD's nested files, flatten the paragraphs first.",
        ) from error
    wrong = [text for text, at in zip(answers, starts, strict=False) if at >= 0 and not passage.startswith(text, at)]
    if len(answers) != len(starts) or wrong or not passage.strip():
        raise DataError(
            f"{place}: the question {question[:60]!r} has {len(answers)} answers and {len(starts)} starts; "
            f"{[text[:30] for text in wrong]} do not stand where they should.",
            expected="a passage, and each answer at its start in the passage, counted in characters from 0",
            remedy="count the starts again (in characters, not bytes), or write -1 for words that are not in it.",
        )
    return Question(question, passage, answers, starts, str(row.get("split", "")))
