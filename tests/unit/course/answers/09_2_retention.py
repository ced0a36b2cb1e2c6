"""Answers to the exercises of chapter 9.2: right ones, and wrong ones with what is said."""

import numpy as np
import pandas as pd
from functions import fails, takes_two

from talentlab.talent.retention import draw_careers, fit_hazard


def rate(careers):
    return careers["left"].sum() / (careers["last_month"] - careers["first_month"] + 1).sum()


def rate_by_rows(careers):
    months = sum(row.last_month - row.first_month + 1 for row in careers.itertuples())
    return float(sum(careers.left) / months)


def rate_by_expanding(careers):
    from talentlab.talent.retention import person_months

    return person_months(careers)["left"].mean()


def as_planted(careers):
    return len(careers) / (careers["last_month"] - careers["first_month"]).sum()


def everybody_left(careers):
    return len(careers) / (careers["last_month"] - careers["first_month"] + 1).sum()


def leavers_only(careers):
    return rate(careers[careers["left"] == 1])


def mean_of_people(careers):
    return (careers["left"] / (careers["last_month"] - careers["first_month"] + 1)).mean()


def share_of_people(careers):
    return careers["left"].mean()


def break_even(cost, ratio, resignation):
    return 1 - np.exp(-12 * cost / ((1 - ratio) * resignation))


def by_month(cost, ratio, resignation):
    stays = np.exp(-cost / (resignation * (1 - ratio)))
    return float(1 - stays**12)


def by_logarithm(price, factor, loss):
    return -np.expm1(-12 * price / (loss - factor * loss))


def written_in(cost, ratio, resignation):
    return 1 - np.exp(-12 * cost / (0.2 * resignation))


ODDS = {n: fit_hazard(draw_careers(n, seed=0)).odds.loc["training"] for n in (120, 480, 1920)}
WIDTHS = {n: float(np.log(row["high"] / row["low"])) for n, row in ODDS.items()}
RATIOS = {n: float(row["high"] - row["low"]) for n, row in ODDS.items()}
COLUMNS = ["pay", "growth", "culture", "training", "options"]

CONTEXT = {"9.2.2": {"columns": COLUMNS}, "9.2.3": {"seed": 0}}

NUMBER = {
    "9.2.4": (0.88**6, 46, {0.36: "whole year", 0.91: "one person", 0.54: "somebody leaves", 0.28: "multiply",
        0.5: "one person stay", 4644: "share"}),
}  # fmt: skip

LETTERS = {
    "9.2.A": ("acd", "abcd", {"ac": "has not left", "abcd": "every month at which", "d": "over the whole time",
        "ad": "chances to leave", "bcd": "every month at which"}),
    "9.2.5": ("ace", "abcde", {"abce": "would have happened", "acde": "other people", "ac": "drawing lots",
        "ae": "another explanation", "ce": "repeats what was counted"}),
}  # fmt: skip

FORMS = {
    "9.2.B": (
        (rate, rate_by_rows, rate_by_expanding),
        ((as_planted, "how many months is that"), (everybody_left, "how many left"), (leavers_only, "are missing"),
         (mean_of_people, "add up the leavings"), (share_of_people, "1 of 4 months"), (fails, "raised AttributeError"),
         (takes_two, "of one argument"), (0.02, "without brackets"), (lambda careers: None, "`return` missing")),
    ),
    "9.2.1": (
        (break_even, by_month, by_logarithm),
        ((lambda cost, ratio, resignation: cost / ((1 - ratio) * resignation), "hazard of a month"),
         (lambda cost, ratio, resignation: 12 * cost / ((1 - ratio) * resignation), "passes 1"),
         (lambda cost, ratio, resignation: 1 - break_even(cost, ratio, resignation), "the one that left"),
         (lambda cost, ratio, resignation: 100 * break_even(cost, ratio, resignation), "per cent"),
         (lambda cost, ratio, resignation: break_even(cost, 1 - ratio, resignation), "takes away a fifth"),
         (written_in, "for other numbers"), (lambda cost, ratio, resignation: 0.5, "at which monthly hazard"),
         (fails, "of three arguments"), (0.11, "without brackets")),
    ),
    "9.2.2": (
        ({"pay", "options"}, ["options", "pay"], "pay, options", {"pay": True, "options": True, "growth": False}),
        (({"options"}, "how was the group drawn"), ({"pay"}, "who can have options"), (set(), "who can have options"),
         ({"pay", "options", "growth"}, "'growth'"), (set(COLUMNS), "once more"), ({"pay", "sex"}, "no column"),
         (3, "a set of column names")),
    ),
    "9.2.3": (
        ((WIDTHS, 2.0), [pd.Series(WIDTHS), 2], ({n: round(width, 3) for n, width in WIDTHS.items()}, 1.9)),
        (((RATIOS, 2.0), "high − low"), ((WIDTHS, 4.0), "root of what was counted"), ((WIDTHS, 0.5), "narrower"),
         (({120: 1.0, 480: 0.5}, 2.0), "asked are 120"), ((WIDTHS | {480: 0.9}, 2.0), "natural logarithm"),
         (2.0, "a pair"), ((WIDTHS, "two"), "is text")),
    ),
}  # fmt: skip
