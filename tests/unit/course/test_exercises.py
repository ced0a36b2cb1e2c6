"""Every exercise: right in any usual form, wrong with words that say what is wrong; hints by attempt."""

import json
import re
import runpy
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from functions import fails, naive, softmax

from talentlab.course import answers, exercises, progress
from talentlab.errors import ChapterError
from talentlab.runtime import PROGRESS_FILE_VARIABLE, repository_root

ANSWERS = [runpy.run_path(str(path)) for path in sorted((Path(__file__).parent / "answers").glob("*.py"))]


def gathered(kind):
    """By exercise, from the files of all chapters: CONTEXT is what the chapter gives the check, the others are answers.

    - NUMBER: the right one, as the question lets it be rounded, and wrong ones: unit, near misses, a constant.
    - SEVERAL: the right ones in order, keys that a dictionary may have, wrong ones.
    - LETTERS: the right ones, the options, and wrong ones with what the third hint says.
    - FUNCTION: right ones, and wrong ones with what is said. FORMS: the same for answers of any other kind.
    """
    return {exercise: row for chapter in ANSWERS for exercise, row in chapter.get(kind, {}).items()}


CONTEXT, NUMBER, SEVERAL, LETTERS = (gathered(kind) for kind in ("CONTEXT", "NUMBER", "SEVERAL", "LETTERS"))
REPAIRED = gathered("FUNCTION")["3.2a.4"][0][0]
FUNCTION = gathered("FUNCTION") | gathered("FORMS")


@pytest.fixture
def shown(monkeypatch):
    """What cells display, as mime bundles."""
    bundles = []
    monkeypatch.setattr(exercises, "display", lambda bundle, **_: bundles.append(bundle))
    return bundles


@pytest.fixture(autouse=True)
def progress_file(monkeypatch, tmp_path):
    monkeypatch.setattr(progress, "_file", lambda: tmp_path / "local" / "progress.json")
    return tmp_path / "local" / "progress.json"


def usual_forms(right, rounded):
    yield from (right, rounded, [right], (rounded,), np.float64(right), np.array([right]), {"answer": rounded})
    yield from (torch.tensor(right, dtype=torch.float64), pd.Series([right]), Fraction(right), np.array(right))


def wrong_forms(right):
    yield from (
        ("nonsense", "is text"),
        (str(right), "quotation marks"),
        ((right, right), "one number, but these are two"),
    )
    yield from (
        (True, "yes or no"),
        ([], "are no"),
        (float("nan"), "finite"),
        (lambda: right, "call it"),
        (softmax, "function softmax"),
    )


def rows():
    """(exercise, answer, words): what a check says of it; None for a right one."""
    for exercise, (right, rounded, wrong) in NUMBER.items():
        yield from ((exercise, answer, None) for answer in usual_forms(right, rounded))
        yield from ((exercise, *pair) for pair in (*wrong_forms(right), *wrong.items()))
    for exercise, (right, names, wrong) in SEVERAL.items():
        forms = [
            right,
            list(right),
            np.array(right),
            torch.tensor(right, dtype=torch.float64),
            [list(right)],
            pd.Series(right),
        ]
        forms += [dict(reversed(list(zip(names, right, strict=True)))) if names else dict(enumerate(right))]
        yield from ((exercise, answer, None) for answer in forms)
        yield from ((exercise, *pair) for pair in wrong.items())
        yield from (
            (exercise, set(right), "no order"),
            (exercise, "nonsense", "is text"),
            (exercise, right[0], "this is one"),
        )
        yield exercise, (*right, right[0]), "these are"
    for exercise, (right, options, wrong) in LETTERS.items():
        forms = [
            set(right),
            list(right),
            tuple(right),
            right,
            ", ".join(right),
            right.swapcase(),
            " and ".join(right),
            np.array(list(right)),
        ]
        forms += [{letter: letter in right for letter in options}, pd.Series(list(right))]
        yield from ((exercise, answer, None) for answer in forms)
        yield from ((exercise, *pair) for pair in wrong.items())
        yield from (
            (exercise, {*right, "Z"}, "'z' is none of them"),
            (exercise, set(), "at least one"),
            (exercise, 3, "a number"),
        )
        yield from ((exercise, "nonsense", "is none of them"), (exercise, options.swapcase() + "Z", "none of them"))
    for exercise, (right, wrong) in FUNCTION.items():
        yield from ((exercise, answer, None) for answer in right)
        yield from ((exercise, *pair) for pair in wrong)


ROWS = list(rows())
EXERCISES = sorted({exercise for exercise, *_ in ROWS})


def hints_of(exercise, answer):
    """All that may be said of an answer, at any attempt; None if it is right."""
    try:
        hints = exercises._find(exercise)(answer, **CONTEXT.get(exercise, {}))
    except answers.AnswerError as error:
        return [f"the question asks for {error.expected}, but {error.received}; {error.remedy}"]
    return [hints] if isinstance(hints, str) else hints


def test_every_exercise_of_every_chapter_has_rows_here_and_a_check():
    root = repository_root() / "course"
    sources = [path.read_text(encoding="utf-8") for path in (root / "chapters").glob("*.py")]
    checks = list((root / "checks").glob("*.py"))
    written = sum(len(re.findall(r"^def exercise_\w+\(", path.read_text(encoding="utf-8"), re.M)) for path in checks)
    assert {found for text in sources for found in re.findall(r'exercises\.check\(\s*"(.+?)"', text)} == set(EXERCISES)
    assert written == len(EXERCISES)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_exercise_knows_right_and_wrong_and_says_what_is_wrong(exercise):
    of_this = [(answer, words) for name, answer, words in ROWS if name == exercise]
    assert sum(words is None for _, words in of_this) >= 3 and sum(words is not None for _, words in of_this) >= 5
    for answer, words in of_this:
        said = hints_of(exercise, answer)
        if words is None:
            assert said is None, f"{exercise}: {answer!r} is right, but: {said}"
        else:
            assert said is not None, f"{exercise}: {answer!r} is taken as right"
            assert len(said) <= 3 and re.search(words if "|" in words else re.escape(words), "\n".join(said)), (
                f"{answer!r}: {said}"
            )
            assert not any("\n" in hint or "ufunc" in hint or " at 0x" in hint for hint in said)


@pytest.mark.parametrize("exercise", sorted(set(NUMBER) - {"10.4", "5.5"}))
def test_no_hint_tells_the_number(exercise):
    right, rounded, wrong = NUMBER[exercise]
    for answer in wrong:
        for hint in hints_of(exercise, answer):
            numbers = set(re.findall(r"[\d.,]*\d", hint))
            assert len(f"{right:.3g}") < 3 or not numbers & {f"{right:.3g}", f"{rounded}", f"{right}"}, hint


def test_a_constant_that_is_right_for_one_input_is_wrong_for_the_next():
    seen = []

    def looked_up(z):
        seen.append(z.copy())
        return softmax(seen[0]) if z.shape == seen[0].shape else softmax(z)

    assert hints_of("4.3", looked_up) is None  # the logits of the first call are its own
    assert hints_of("4.3", looked_up) is not None
    first, second = [], []
    hints_of("3.2a.4", lambda text: first.append(text) or REPAIRED(text))
    hints_of("3.2a.4", lambda text: second.append(text) or REPAIRED(text))
    assert first[0] == second[0] and first[1:] != second[1:]
    assert all("&" in text for text in first)


def test_a_function_may_change_its_input_and_an_error_is_told_with_line_and_input():
    def in_place(z):
        z -= z.max(-1, keepdims=True)
        return naive(z)

    assert hints_of("4.3", in_place) is None
    (said,) = hints_of("4.3", fails)
    assert "TypeError" not in said and "for [" in said
    (said,) = hints_of("3.2a.4", fails)
    assert (
        "AttributeError" in said
        and "in its line `return argument.no_such_method()`" in said
        and "for 'It isn&acirc" in said
    )


def test_what_is_said_fits_the_attempt_and_starts_anew_after_a_right_answer(shown, monkeypatch, progress_file):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    for answer in (0.52, "text", 0.52, 0.53, 0.54, 46 / 90, 0.52, None):
        exercises.check("5.2", answer)
    said = [bundle["text/plain"] for bundle in shown]
    words = ("(hint 1 of 3): how many", "asks for one number", "(hint 2 of 3): every row", "(hint 3 of 3): the batch",
             "(hint 3 of 3): the batch", "✓ Exercise 5.2: correct", "(hint 1 of 3): how many",
             "○ Exercise 5.2: not attempted yet")  # fmt: skip
    assert all(word in text for word, text in zip(words, said, strict=True))
    assert progress.read()["passed"] == ["5.2"] and json.loads(progress_file.read_text())["attempts"] == {"5.2": 1}


def test_tests_and_headless_runs_keep_nothing(shown, monkeypatch, progress_file):
    for answer in (0.52, 0.52, 46 / 90):
        exercises.check("5.2", answer)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    monkeypatch.setenv(PROGRESS_FILE_VARIABLE, "anything")
    exercises.check("5.2", 0.52)
    assert not progress_file.parent.exists()
    assert [("hint 1 of 3" in bundle["text/plain"]) for bundle in shown] == [True, True, False, True]


@pytest.mark.parametrize("kept", ['["5.1"]', '{"passed": ["5.1"]}'])
def test_progress_of_an_older_form_is_kept(shown, monkeypatch, progress_file, kept):
    progress_file.parent.mkdir()
    progress_file.write_text(kept)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    exercises.check("5.2", 46 / 90)
    assert progress.read()["passed"] == ["5.1", "5.2"]


@pytest.mark.parametrize("kept", ["", "null", "3", "{", "\x00"])
def test_a_damaged_progress_file_or_one_that_cannot_be_written_stops_nothing(shown, monkeypatch, progress_file, kept):
    progress_file.parent.mkdir()
    progress_file.write_text(kept)
    assert progress.read()["passed"] == []
    progress_file.unlink()
    progress_file.mkdir()  # in the way of every write
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    exercises.check("5.2", 46 / 90)
    assert "correct" in shown[0]["text/plain"]


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return np.dot(
        [0.2126, 0.7152, 0.0722], [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    )


def test_the_line_has_the_themes_own_colour_and_a_bar_that_is_seen_on_both(shown):
    for answer in (None, 0.52, 46 / 90):
        exercises.check("5.2", answer)
    for bundle in shown:
        assert set(bundle) == {"text/plain", "text/html"} and "\n" not in bundle["text/plain"]
        assert not re.search(r"(?<![-\w])(color|background|id)[:=]", bundle["text/html"])
        (bar,) = re.findall(r"border-left:4px solid (#\w{6})", bundle["text/html"])
        for page in ("#ffffff", "#111111"):
            light, dark = sorted((luminance(bar), luminance(page)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3  # a sign beside text; text itself has the theme's contrast


def test_an_answer_is_shown_as_text_not_as_html(shown):
    exercises.check("5.2", "<b>bold</b>")
    assert "<b>" not in shown[0]["text/html"] and "&lt;b&gt;" in shown[0]["text/html"]


def test_an_exercise_without_a_check_is_the_chapters_mistake():
    with pytest.raises(ChapterError, match=r"5\.99"):
        exercises.check("5.99", 1)


def test_a_precision_of_two_decimals_takes_what_rounds_to_them():
    assert all(answers.close(value, 0.84375, rounding=0.01) for value in (0.84, 0.844, 0.84375, 0.8438))
    assert not any(answers.close(value, 0.84375, rounding=0.01) for value in (0.83, 0.85, 0.8375, 84.375))
    assert answers.close((0.98, 0.18), (0.98201, 0.18276), rounding=0.01)
    assert answers.close(7_087_872, 7_087_872) and not answers.close(7_087_873, 7_087_872)


def test_a_value_is_shown_without_an_address():
    class Odd:
        pass

    for value in (Odd(), [Odd()], (softmax, {"a": Odd()})):
        assert "0x" not in answers.shown(value)
    assert "Odd object" in answers.shown(Odd())


def test_a_function_may_be_asked_for_one_of_several_types():
    assert answers.call(lambda x: [x], 1, returns=(list, tuple)) == [1]
    with pytest.raises(answers.AnswerError) as error:
        answers.call(lambda x: {x}, 1, returns=(list, tuple))
    assert error.value.expected == "a list or a tuple" and "a set" in error.value.received
    with pytest.raises(answers.AnswerError) as error:
        answers.call(lambda x: [x], 1, returns=np.ndarray)
    assert error.value.expected == "of the type ndarray"
