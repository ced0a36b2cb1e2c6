"""Answers to the exercises of chapter 3.4c: right ones, and wrong ones with what is said."""

from functools import cache
from itertools import groupby

import numpy as np
from functions import fails, takes_two


def merged_first(path):
    return [sign for sign, _ in groupby(path) if sign]


def by_numpy(path):
    path = np.array(path, int)
    return path[(path != 0) & (np.diff(path, prepend=-1) != 0)]


def by_loop(path):
    kept, before = [], None
    for sign in path:
        if sign not in (before, 0):
            kept.append(sign)
        before = sign
    return tuple(kept)


def blanks_first(path):
    return [sign for sign, _ in groupby(sign for sign in path if sign)]


def table(said, written):
    edits = np.zeros((len(said) + 1, len(written) + 1), int)
    edits[:, 0], edits[0] = range(len(said) + 1), range(len(written) + 1)
    for i, a in enumerate(said, 1):
        for j, b in enumerate(written, 1):
            edits[i, j] = min(edits[i - 1, j] + 1, edits[i, j - 1] + 1, edits[i - 1, j - 1] + (a != b))
    return edits[-1, -1]


def recursive(said, written):
    @cache
    def of(i, j):
        if not i or not j:
            return i + j
        return min(of(i - 1, j) + 1, of(i, j - 1) + 1, of(i - 1, j - 1) + (said[i - 1] != written[j - 1]))

    return of(len(said), len(written))


def one_row(said, written):
    row = list(range(len(written) + 1))
    for i, a in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(written, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return float(row[-1])


def place_by_place(said, written):
    return sum(a != b for a, b in zip(said, written, strict=False)) + abs(len(said) - len(written))


def no_substitution(said, written):
    row = list(range(len(written) + 1))
    for i, a in enumerate(said, 1):
        above, row = row, [i]
        for j, b in enumerate(written, 1):
            row.append(above[j - 1] if a == b else min(above[j], row[-1]) + 1)
    return row[-1]


def found(two=0.25, of_all=0.5, better="all"):
    return {"two": two, "all": of_all, "better": better}


CONTEXT = {"3.4c.4": {"clips": 20}}

NUMBER = {
    "3.4c.2": (0.5, 0.5, {1 / 6: "not every edit", 0.6: "what was said", 2 / 6: "the ends", 4 / 6: "place by place",
        5 / 6: "place by place", 3: "number of edits", 0.9: "missing"}),
}  # fmt: skip

SEVERAL = {
    "3.4c.1": ((118, 30), ("spectrogram", "network"), {(120, 30): "beyond the end", (117, 30): "begins at 0",
        (48, 12): "overlap", (118, 59): "two layers", (118, 29): "rounded up", (30, 118): "swapped",
        (5, 5): "which millisecond"}),
}  # fmt: skip

LETTERS = {
    "3.4c.A": ("bd", "abcd", {"abd": "whose voices", "b": "whose voices", "d": "whose voices", "bcd": "whose voices",
        "ac": "whose voices"}),
}  # fmt: skip

FUNCTION = {
    "3.4c.B": (
        (merged_first, by_numpy, by_loop),
        ((blanks_first, "In which order"), (lambda path: path, "nothing has changed"),
         (lambda path: [sign for sign, _ in groupby(path)], "leaves blanks"),
         (lambda path: [sign for sign in path if sign], "that touch"), (lambda path: 7, "a list of signs"),
         (lambda path: merged_first(path) or [1], "spells nothing"), (lambda path: [4], "the rule makes"),
         (takes_two, "of one argument"), (5, "without brackets"), (lambda path: None, "`return` missing")),
    ),
    "3.4c.3": (
        (table, recursive, one_row),
        ((place_by_place, "is not shifted"), (no_substitution, "one substitution"),
         (lambda said, written: abs(len(said) - len(written)), "one substitution"),
         (lambda said, written: max(len(said), len(written)), "no edit"),
         (lambda said, written: table(said, written) if said else 0, "may be empty"),
         (lambda said, written: table(str(said), str(written)), "lists of numbers"),
         (fails, "of two arguments"), (0.5, "without brackets"), (lambda said, written: None, "`return` missing")),
    ),
}  # fmt: skip

FORMS = {
    "3.4c.4": (
        (found(), dict(reversed(found().items())), found(np.float64(0.5), 0.25, "two"), found(0.5, 0.5, "two")),
        ((found(better="two"), "which is higher"), (found(25, 50), "between 0 and 1"), (found(0.26), "no count"),
         (found(better="both"), "one of the two names"), ({"two": 0.5}, "with the keys"), ("all", "with the keys")),
    ),
}  # fmt: skip
