"""Every exercise: right in any usual form, wrong with words that say what is wrong; hints by attempt."""

import json
import re
from fractions import Fraction
from math import exp, log
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from talentlab import data
from talentlab.course import answers, exercises
from talentlab.errors import ChapterError
from talentlab.runtime import repository_root


@pytest.fixture
def shown(monkeypatch):
    """What cells display, as mime bundles."""
    bundles = []
    monkeypatch.setattr(exercises, "display", lambda bundle, **_: bundles.append(bundle))
    return bundles


@pytest.fixture(autouse=True)
def progress_file(monkeypatch, tmp_path):
    monkeypatch.setattr(exercises, "_progress_file", lambda: tmp_path / "local" / "progress.json")
    return tmp_path / "local" / "progress.json"


def lead(value, low):
    return SimpleNamespace(value=value, low=low)


def softmax(z):
    powers = np.exp(z - z.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def naive(z):
    return np.exp(z) / np.exp(z).sum(-1, keepdims=True)


def repaired(text):
    return data.repair_mojibake(data.strip_html(text))


ATTENTION = np.full((3, 3, 4, 4), 0.1)
ATTENTION[1, 2, :, -1], ATTENTION[0, 0, :, 0] = 0.9, 0.8  # (2, 3) looks at [SEP], (1, 1) at [CLS]
FIRST = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.3, 0.7]])
SECOND = np.array([[0.6, 0.4], [0.3, 0.7], [0.02, 0.98], [0.8, 0.2]])
SCORES, TRUTH = np.array([0.1, 0.4, 0.6, 0.8, 0.9]), np.array([False, True, False, True, True])
CONTEXT = {
    "1.1": {"gains": {
        "word counts": {16: lead(0.1, -0.1), 64: lead(0.1, 0.02), 256: lead(0.2, 0.1)},
        "random weights": {16: lead(0.1, 0.1), 64: lead(0.1, -0.02), 256: lead(0.2, -0.1)},
    }},
    "2.5": {"weights": ATTENTION},
    "3.1.4": {"pairs": {"train": [7, 7, 7, 5], "held out": [7, 5, 5, 5, 6, 6, 6, 9]}},
    "3.2e.4": {"first": FIRST, "second": SECOND, "labels": np.array([0, 0, 1, 1])},
    "3.2f.5": {"twelve": pd.DataFrame({
        "group": list("aaaaaabbbbbb"),
        "label": [1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0],
        "said": [1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 0],
    })},
    "3.3.4": {"accuracies": [0.5, 0.6, 0.685, 0.7]},  # two of the four lie within two points
    "5.4": {"probabilities": SCORES, "is_positive": TRUTH},
    "10.4": {"spread": 1.42},
}  # fmt: skip

# One number: the right one, as the question lets it be rounded, and wrong ones: unit, near misses, a constant.
NUMBER = {
    "1.3": (62.58, 63, {225_288: "seconds", 2.61: "days", 10.4: "factor 6", 61.5: "how many operations",
        0: "how many"}),
    "1.4": (3.4, 3.42, {3.4e9: "bytes", 5.44: "all parameters", 2.72: "frozen weights", 3.17: "GiB", 3.3: "how many"}),
    "1.5": (3.445e9, 3.44e9, {3.445: "billions", 6.89e10: "tokens", 8.44e9: "factor 6", 3.3e9: "which formula",
        1: "which"}),
    "2.1": (7_087_872, 7_087_872.0, {7.087872: "millions", 7_080_960: "biases", 7_084_800: "norms",
        7_087_871: "which matrices", 768: "which"}),
    "2.2": (294_912, 294_912.0, {294.912: "thousands", 147_456: "half", 36_864: "rank 1", 294_911: "beside a matrix",
        8: "beside"}),
    "2.3": (0.0035369, 0.0035, {0.35369: "per cent", 0.003681: "positions", 0.0036: "how large", 0.524: "how large",
        35: "per cent"}),
    "2.4": (7, 7.0, {7.9: "whole number", 7.39: "whole number", 8: "round down", 12: "weights of the whole",
        11: "means", 3: "what takes"}),
    "3.1.1": (54, 54.0, {60: "60 are chosen", 48: "random token", 13.5: "per cent", 53: "what happens", 0: "what"}),
    "3.1.2": (log(30_522), 10.33, {14.897: "bits", 4.48: "base 10", 30_522: "perplexity", -10.33: "sign",
        10.2: "which probability"}),
    "3.1.3": (exp(0.7), 2.01, {1.146: "ratio of the losses", 0.7: "difference", 0.4966: "what is left",
        2.03: "how does", 1: "how"}),
    "3.1.4": (0.125, 0.12504, {12.5: "per cent", 0.75: "training blocks", 0.375: "whoever guesses",
        0.1252: "which token", 7: "itself"}),
    "3.2a.1": (0.185 / 0.485, 0.38, {38.1: "not 100", 0.7: "agreement", 0.515: "by chance", 0.4: "one half",
        0.37: "how often", 0: "how"}),
    "3.2a.2": (1 / 3, 0.33, {33.3: "per cent", 2 / 7: "twice", 2 / 3: "one word", 0.35: "which three", 0: "which"}),
    "3.2a.3": (0.036, 0.0362, {3.6: "points", 0.756: "reported", 0.24: "every test", 0.04: "which accuracy",
        0: "which"}),
    "3.2a.5": (40 / 135, 29.6, {2963: "share", 0.8: "recall", 0.04: "count rows", 0.31: "how many rows", 0: "how"}),
    "3.2b.1": (1472, 1472.4, {1.472: "gigabytes", 1760: "everything", 1376: "still lie", 1450: "what has",
        110: "what"}),
    "3.2b.3": (log(5), 1.61, {2.3219: "bits", 0.69897: "base 10", 0.2: "1/5", -1.61: "sign",
        1.63: "which probability"}),
    "3.2b.4": (0.8, 0.80, {80: "between", -0.8: "sign", 0.6: "Kendall", 0.2: "formula", 0.78: "by how much", 1: "by"}),
    "3.2c.1": (1.005556e-4, 1e-4, {0.5: "share", 9e-5: "from the peak", 2e-4: "is the peak", 1.05e-4: "which part",
        0: "which"}),
    "3.2c.2": (0.8**7, 0.21, {21: "per cent", 0.262: "lowest", 0.328: "top layer", 4.768: "larger",
        0.22: "how many steps", 1: "how"}),
    "3.2c.3": (9.995e-4, 0.001, {0.1: "percent", 1e-6: "one step", 0.999: "what is left", 0.002: "in one step",
        0: "in one"}),
    "3.2c.4": (log(19), 2.94, {2.197: "0.9 and 0.1", 0.9: "difference", 19: "ratio", -2.944: "sign",
        2.9: "which probabilities", 0: "which"}),
    "3.2d.1": (34.1333, 34, {2048: "hours", 11.4: "three epochs", 20.83: "power 4", 33: "how many trainings",
        0: "how"}),
    "3.2d.2": (0.24, 0.2400001, {24: "points", -0.24: "sign", 0.08: "subtract", -0.08: "sum", 0.26: "what does",
        0: "what"}),
    "3.2d.3": (59, 59.0, {58: "one more", 58.4: "round", 20: "36 %", 90: "compare", 60: "how likely", 0: "how"}),
    "3.2d.4": (40, 40.0, {64: "where it stopped", 128: "without", 48: "two are left", 0.3125: "share", 41: "how many",
        0: "how"}),
    "3.2d.5": (9, 9.0, {3: "number of trials", 8: "pruned", 15: "before the last", 10: "which trial", 0: "which"}),
    "3.2e.1": (0.84375, 0.84, {84.375: "per cent", 0.984: "at least one", 0.421875: "alone", 0.5625: "any",
        0.85: "in which cases"}),
    "3.2e.3": (15, 15.0, {18: "number of trainings", 12: "folds' share", 5: "one member", 6: "own fifth",
        14: "how many", 0: "how"}),
    "3.2e.4": (0.9, 0.9000001, {90: "per cent", 0.1: "second", 18: "place", 0.65: "highest accuracy",
        0.85: "which prob", 1: "which"}),
    "3.2f.1": (1537, 1537.0, {0.15366: "shares", 384.16: "8 points", 1536.64: "whole", 1536: "whole",
        1600: "how wide", 300: "how"}),
    "3.2f.2": (0.022656, 0.023, {2.2656: "per cent", 0.011328: "one side", 0.0143: "chi-squared",
        0.024: "which texts", 0: "which"}),
    "3.2f.3": (1 - 0.975**20, 0.40, {39.7: "per cent", 0.6415: "both sides", 0.5: "adding up", 0.603: "none",
        0.41: "with which"}),
    "3.2f.4": (0.731059, 0.73, {73.1: "per cent", 0.8808: "temperature 1", 0.982: "multiplied", 0.2689: "second",
        0.75: "what does"}),
    "3.2f.5": (0.25, -0.25, {25: "per cent", 0.0: "accuracy", 0.333: "whatever is true", 0.26: "which rows",
        1: "which"}),
    "3.3.1": (32, 32.04, {1.1487: "doubling", 4: "four times", 10: "2 / b", 0.03: "more", 31: "what becomes",
        1: "what"}),
    "3.3.2": (1500, 1500.4, {540: "other way", 2500: "square already", 1260: "on top", 900: "perfect",
        1501: "what are"}),
    "3.3.3": (1530, 1530.4, {25.5: "minutes", 0.425: "hours", 510: "a third", 30.6: "texts", 1500: "how many",
        0: "how"}),
    "3.3.4": (31 / 32, 0.97, {96.875: "per cent", 0.5: "one draw", 2.5: "add up", 1 - 0.75**5: "one point",
        0.98: "how likely", 0: "how"}),
    "4.2": (8, 8.004, {4.2: "bits", 120.2: "base 10", 2.08: "loss itself", 0.125: "each class", 7.9: "what does",
        1: "what"}),
    "5.2": (46 / 90, 51, {5111: "share", 44 / 90: "real tokens", 46: "of how many", 0.52: "how many", 0: "nothing"}),
    "5.3": (1e-4, 1.0001e-4, {0.5: "share", 2e-4: "peak", 9.78e-5: "off by one", 1.02e-4: "between which",
        0: "between"}),
    "5.4": (0.4, 0.4004, {40: "per cent", 0.85: "recall is", 0.1: "precision is", 0.42: "recall is", 1: "recall is"}),
    "5.5": (1225, 1300, {0.1225: "shares", 306: "± 4", 4898: "± 1", 1400: "how wide", 9: "how", 0: "how"}),
    "10.2": (2.4576, 2.46, {0.024576: "share", 2.958: "variances add", 2.878: "one run", 0.5657: "seeds' part",
        2.5: "which two"}),
    "10.4": (18, 17, {8: "power", 40: "more than enough", 17.5: "whole number", 14: "power", 1: "at least two"}),
}  # fmt: skip
# Several numbers, in order; keys that a dictionary may have.
SEVERAL = {
    "1.1": ((64, 0), ("word counts", "random weights"), {(64, 16): "lower ends|which end", (16, 0): "starts at",
        (256, 0): "smaller size", (0, 0): "which end", (6.4, 0): "whole", (65, 0): "none of the sizes"}),
    "2.5": ((2, 3), ("layer", "head"), {(1, 1): "[CLS]", (1, 2): "counted from 0", (3, 2): "other way",
        (3, 1): "four axes", (2.5, 3): "whole"}),
    "3.2c.5": ((6, 4), ("ends after", "keeps"), {(8, 8): "never reached", (4, 6): "other way",
        (6, 6): "equals epoch 4", (5, 4): "one epoch", (7, 4): "which epoch", (0, 0): "which epoch",
        (5, 3): "from 0"}),
    "3.2e.2": ((1, 0), ("hard", "soft"), {(0, 1): "other way", (0, 0): "hard vote", (1, 1): "soft vote",
        (2, 0): "0 and 1", (0.55, 0): "whole"}),
    "4.1": ((0.665, -0.755, 0.090), (), {(66.5, -75.5, 9.0): "per cent", (0.665, 0.245, 0.090): "probabilities",
        (-0.665, 0.755, -0.090): "falls", (-0.335, 0.245, 0.090): "the first", (0.7, -0.7, 0.1): "which prob",
        (0, 0, 0): "which"}),
    "4.4": ((0.98, 0.18), ("1", "4"), {(98.2, 18.3): "per cent", (0.982, 0.731): "also divides",
        (-0.98, 0.18): "sign", (0.982, 0.2455): "divided by T", (0.982, 0.19): "chain", (0, 0): "derivative",
        (0.18, 0.98): "other way"}),
    "4.5": ((1.988, 2.008), (), {(-0.012, 0.008): "change", (1.99, 2.01): "decay is missing",
        (2.008, 1.988): "against", (1.998, 2.048): "plain", (1.79, 1.81): "too", (2, 2): "by which number"}),
    "5.1": ((0.75, 0.9), ("precision", "recall"), {(0.9, 0.75): "swapped", (36, 36): "true positives",
        (0.75, 0.88): "recall: ", (0.77, 0.9): "which of", (0, 0): "which of", (7500, 0.9): "share"}),
    "10.3": ((2, 1), ("Holm", "Bonferroni"), {(1, 2): "swapped", (3, 1): "third", (1, 1): "by 3", (0, 0): "by what",
        (0.06, 0.12): "whole", (2, 2): "by what"}),
}  # fmt: skip
# Letters: the right ones, the options, and wrong ones with what the third hint says.
LETTERS = {
    "1.2": ("BCD", "ABCDE", {"BC": "took part", "BCDE": "balance", "ABCD": "it is fair", "CD": "lucky",
        "BD": "choose the epoch"}),
    "3.1.5": ("b", "abcd", {"a": "no easier", "c": "time", "d": "how often", "ab": "no easier", "abcd": "no easier"}),
    "3.2b.2": ("abd", "abcde", {"abc": "b is more", "abde": "d is as", "bd": "nothing is as fast",
        "ad": "faster is less", "ab": "more accurate"}),
    "3.2b.5": ("ef", "abcdef", {"aef": "the file", "bef": "same pieces", "def": "tokenizer", "f": "which rows",
        "e": "written down"}),
    "3.2e.5": ("ace", "abcde", {"abce": "members", "acde": "validation", "ce": "trained on", "ae": "unseen",
        "ac": "best of several"}),
    "3.3.5": ("BCE", "ABCDE", {"BC": "one seed", "ABCE": "above all", "BCDE": "same texts", "CE": "lucky",
        "BE": "2,000"}),
    "10.1": ("bde", "abcde", {"abde": "comments", "bcde": "data files", "be": "not its date", "bd": "not in the key",
        "de": "prose"}),
    "10.5": ("ce", "abcdef", {"ace": "zero", "bce": "1.3 points", "cde": "one set", "cef": "again", "c": "costs",
        "e": "two points"}),
}  # fmt: skip


def constant(_):
    return "A shop."


def takes_two(one, other):
    return one


def fails(argument):
    return argument.no_such_method()


# Functions: right ones, and wrong ones with what is said.
FUNCTION = {
    "3.2a.4": (
        (repaired, lambda text: repaired(text), lambda text: data.repair_mojibake(data.strip_html(text))),
        ((data.repair_mojibake, "entities"), (data.strip_html, "done last"), (constant, "nothing but"),
         (lambda text: data.strip_html(data.repair_mojibake(text)), "done last"), ("text", "function of one"),
         (lambda text: repaired(text).upper(), "nothing but"), (takes_two, "yours takes"),
         (lambda text: None, "`return` missing"), (lambda text: 3, "asks for text"), (fails, "no_such_method")),
    ),
    "4.3": (
        (softmax, lambda z: naive(z - z.max(-1, keepdims=True)), lambda z: torch.tensor(z).softmax(-1)),
        ((naive, "too large"), (lambda z: naive(z - z.max()), "each row"), (lambda z: np.exp(z), "add up"),
         (lambda z: np.full(z.shape, 1 / z.shape[-1]), "add up"), (lambda z: 1.0, "the shape ()"),
         (np.array([0.5, 0.5]), "without brackets"), (takes_two, "of one argument"),
         (lambda z: "0.5", "returned text"), (fails, "argument.no_such_method()")),
    ),
}  # fmt: skip


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
    written = sum(len(re.findall(r"^def exercise_\d+\(", path.read_text(encoding="utf-8"), re.M)) for path in checks)
    assert {found for text in sources for found in re.findall(r'exercises\.check\("(.+?)"', text)} == set(EXERCISES)
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
    hints_of("3.2a.4", lambda text: first.append(text) or repaired(text))
    hints_of("3.2a.4", lambda text: second.append(text) or repaired(text))
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
    assert exercises.passed() == ["5.2"] and json.loads(progress_file.read_text())["attempts"] == {"5.2": 1}


def test_tests_and_headless_runs_keep_nothing(shown, monkeypatch, progress_file):
    for answer in (0.52, 0.52, 46 / 90):
        exercises.check("5.2", answer)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    monkeypatch.setenv(exercises.PROGRESS_FILE_VARIABLE, "anything")
    exercises.check("5.2", 0.52)
    assert not progress_file.parent.exists()
    assert [("hint 1 of 3" in bundle["text/plain"]) for bundle in shown] == [True, True, False, True]


@pytest.mark.parametrize("kept", ['["5.1"]', '{"passed": ["5.1"]}'])
def test_progress_of_an_older_form_is_kept(shown, monkeypatch, progress_file, kept):
    progress_file.parent.mkdir()
    progress_file.write_text(kept)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    exercises.check("5.2", 46 / 90)
    assert exercises.passed() == ["5.1", "5.2"]


@pytest.mark.parametrize("kept", ["", "null", "3", "{", "\x00"])
def test_a_damaged_progress_file_or_one_that_cannot_be_written_stops_nothing(shown, monkeypatch, progress_file, kept):
    progress_file.parent.mkdir()
    progress_file.write_text(kept)
    assert exercises.passed() == []
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
