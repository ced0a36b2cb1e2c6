"""Checks of the exercises of chapter 9.2: None for a right answer, else a hint or three graded ones."""

import numpy as np
import pandas as pd

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number
from talentlab.talent.retention import draw_careers, fit_hazard

COUNTS = (120, 480, 1920)


def exercise_A(answer):
    return compare_letters(
        answer,
        "acd",
        "at how many months could somebody have left, and how many did?",
        {
            "a": "a share of people over the whole time of watching is no rate per month",
            "b": "every month at which somebody could have left is counted once, and every leaving once",
            "c": "the months of those who stayed are chances to leave, too; without them the rate rises",
            "d": "who is still there has not left",
        },
    )


def exercise_B(answer):
    def rate(first, last, left):
        table = pd.DataFrame({"first_month": first, "last_month": last, "left": left})
        value = call(answer, table, returns=object)
        return number(value)

    one = rate([1], [4], [1])
    if close(one, 1 / 3):
        return "somebody was there from month 1 to month 4 and left: how many months is that?"
    if not close(one, 1 / 4):
        return (
            "of one person, there from month 1 to month 4, who left then, yours makes another rate than 1 of 4 months."
        )
    both = rate([1, 1], [4, 6], [1, 0])
    if close(both, 2 / 10):
        return "of two people one is still there: how many left?"
    if close(both, 1 / 4):
        return "the months of the one who is still there are missing."
    if close(both, (1 / 4 + 0) / 2) or close(both, (1 / 4 + 1 / 6) / 2):
        return "a mean over people weighs short careers too much: add up the leavings and the months, then divide once."
    if not close(both, 1 / 10):
        return "two people were there for 4 and 6 months, and one left: 1 of 10. Yours has something else."
    return None


def exercise_1(answer):
    def right(cost, ratio, resignation):
        return 1 - np.exp(-12 * cost / ((1 - ratio) * resignation))

    given = (100.0, 0.8, 50_000.0)
    value, m = number(call(answer, *given)), 100 / (0.2 * 50_000)
    slips = {
        m: "that is the hazard of a month; which annual rate belongs to it?",
        12 * m: "twelve times the monthly hazard passes 1 where the hazard is high: use 1 − e^(−12 m).",
        1 - np.exp(-m): "that is the share of one month; a year has twelve.",
        np.exp(-12 * m): "that share is still there after a year; asked is the one that left.",
        1 - np.exp(-12 * 100 / (0.8 * 50_000)): "a ratio of 0.8 takes away a fifth of the hazard, not four fifths.",
        100 * right(*given): "that is in per cent; return a share.",
    }
    hints = (
        "at which monthly hazard is the saving as large as the price?",
        "cost = m · (1 − ratio) · resignation; solve for m, then make an annual rate of it.",
        "m = cost / ((1 − ratio) · resignation), and the rate is 1 − e^(−12 m).",
    )
    if wrong := compare(value, right(*given), slips, hints, within=1e-4):
        return wrong
    other = (450.0, 0.5, 20_000.0)
    return compare(number(call(answer, *other)), right(*other), {}, ("for other numbers it is wrong: is one of them "
                   "written into the function?", *hints[1:]), within=1e-4)  # fmt: skip


def exercise_2(answer, columns):
    if isinstance(answer, str):
        answer = [part.strip() for part in answer.replace(";", ",").split(",")]
    if isinstance(answer, dict):
        answer = [name for name, chosen in answer.items() if chosen]
    try:
        names = {str(name) for name in answer}
    except TypeError:
        raise AnswerError(
            "this is something else", expected="a set of column names", remedy="such as {'pay'}"
        ) from None
    if unknown := sorted(names - set(columns)):
        raise AnswerError(f"{unknown[0][:20]!r} is no column", expected=f"some of {', '.join(columns)}",
                          remedy="leave it out")  # fmt: skip
    if missing := {"pay", "options"} - names:
        about = {"options": "who can have options at all?", "pay": "how was the group drawn, and from which column?"}
        name = sorted(missing)[0]
        return (
            f"{len(missing)} missing. Which columns would you look at first?",
            "train on each column alone: `held_out_chance(watched[[column]], in_group)`, then `auc_interval(...).low`.",
            about[name],
        )
    if more := sorted(names - {"pay", "options"}):
        return (
            "one of them is no better than a coin. Is the lower end above 0.55?",
            "take the interval's lower end, not its value, and each column alone.",
            f"look at the interval of {more[0]!r} once more.",
        )
    return None


def exercise_3(answer, seed):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], (dict, pd.Series)):
        raise AnswerError("this is something else", expected="a pair (widths, factor)",
                          remedy="write `widths, factor`, the first a dictionary n → width")  # fmt: skip
    widths, factor = {float(n): number(width) for n, width in dict(answer[0]).items()}, number(answer[1])
    if set(widths) != set(COUNTS):
        return f"the dictionary has {', '.join(f'{n:g}' for n in sorted(widths))}; asked are 120, 480 and 1920 careers."
    rows = {n: fit_hazard(draw_careers(n, seed=seed)).odds.loc["training"] for n in COUNTS}
    right = {n: float(np.log(row["high"] / row["low"])) for n, row in rows.items()}
    if all(close(widths[n], rows[n]["high"] - rows[n]["low"], within=0.01) for n in COUNTS):
        return "that is high − low; asked is log(high ÷ low), as odds ratios are factors."
    if wrong := [n for n in COUNTS if not close(widths[n], right[n], within=0.01)]:
        return (
            f"the width at n = {wrong[0]} is another one. Which row of `odds`, which seed?",
            "`retention.fit_hazard(retention.draw_careers(n, seed=seed)).odds.loc['training']`, then log(high ÷ low).",
            "the natural logarithm of high ÷ low, of the row `training`, with this chapter's seed.",
        )
    if not 1.8 <= factor <= 2.2:
        slips = {0.5: "it gets narrower: by which factor is the wider one wider?"}
        return slips.get(round(factor, 1)) or (
            "look along the curve: how do the widths of 120 and 480 compare, and those of 480 and 1920?",
            "divide each width by the next one.",
            "an interval shrinks with the root of what was counted.",
        )
    return None


def exercise_4(answer):
    slips = {
        0.88**8: "that is for a whole year; asked are nine months.",
        0.88 ** (9 / 12): "that is one person; asked is that none of eight leaves.",
        1 - 0.88**6: "that is the chance that somebody leaves.",
        1
        - 8
        * 0.12
        * 9
        / 12: "adding up the chances counts worlds twice in which two leave; multiply the chances to stay.",
    }
    hints = (
        "what is the chance that one person stays for nine months?",
        "one stays for a year with 0.88, for nine months with 0.88^(9/12); all eight stay if each of them does.",
        "eight people for three quarters of a year: 0.88 to the power of 8 · 9/12.",
    )
    return compare(number(answer), 0.88**6, slips, hints, rounding=0.01, unit="share or per cent")


def exercise_5(answer):
    return compare_letters(
        answer,
        "ace",
        "does it say what was seen, or what would happen?",
        {
            "a": "it repeats what was counted in this table",
            "b": "it says what would have happened; nobody was given a training by lot",
            "c": "it is another explanation of the same number, and cannot be excluded",
            "d": "these are other people, and what was seen is an association",
            "e": "drawing lots is the way to find out",
        },
    )
