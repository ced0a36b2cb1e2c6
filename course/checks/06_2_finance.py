"""Checks of the exercises of chapter 6.2: None for a right answer, else a hint or three graded ones."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from talentlab.chapters import credit
from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number
from talentlab.evaluation import decisions

COUNTS = (50, 200, 800)


def exercise_A(answer):
    slips = {
        30.0: "so much does the true share rise; a reader that misses some sees less of it.",
        18.0: "the other messages become fewer, and with them those wrongly called negative.",
        22.5: "that lacks what is called negative among the others, which falls.",
        0.135: "that is a share; asked is a number of points.",
        37.5: "that is the share seen in trouble; asked is the rise from the quiet share.",
        24.0: "that is the share seen in quiet times; asked is the rise.",
    }
    hints = (
        "which share does the reader call negative at 20 %, and which at 50 %?",
        "at a true share s it calls 0.60 s + 0.15 (1 − s) negative; take the difference at 0.5 and 0.2.",
        "the difference is (0.60 − 0.15) times the rise of the true share.",
    )
    return compare(number(answer), 13.5, slips, hints, rounding=0.1)


def exercise_B(answer):
    price = pd.Series(100 + np.cumsum([0, 1, -2, 3, 1, -1, 2, 2, -3, 1, 1, 2]), dtype=float)
    rows = call(answer, price, returns=pd.DataFrame)
    if missing := {"last", "smooth", "target"} - set(rows):
        return f"the table lacks the column {sorted(missing)[0]!r}."
    if len(rows) != len(price):
        rows = rows.reindex(price.index)  # who drops the incomplete rows has kept the numbers of the days
    changed = price.copy()
    changed.iloc[8] += 5
    other = call(answer, changed, returns=pd.DataFrame).reindex(price.index)
    for column, what in (("last", "the last return"), ("smooth", "the mean of five")):
        early = [day for day in range(8) if not _same(rows[column].iloc[day], other[column].iloc[day])]
        if early:
            return (
                f"change the price of one day: does {what} move on an earlier day?",
                f"`{column}` moves on a day before the price that was changed: it looks ahead. Look at its window.",
                f"`{column}` must end at its own day: a window that is centred, or shifted by −1, does not.",
            )
    change = price.pct_change()
    if _equal(rows["target"], change):
        return "the target is the return of the same day, which is among the features: it has to be the next day's."
    if _equal(rows["target"], change.shift(1)):
        return "that is yesterday's return: the shift goes the other way."
    if not _equal(rows["target"], change.shift(-1)):
        return "on each day the target has to be the return of the next day: `change` shifted by one row."
    if not _equal(rows["last"], change):
        return "`last` was right as it stood: the return of the day itself, known at its close."
    if not _equal(rows["smooth"], change.rolling(5).mean()):
        return "`smooth` has to be the mean of the last five returns, the day's own among them."
    return None


def _same(one, other):
    return (pd.isna(one) and pd.isna(other)) or bool(np.isclose(one, other, rtol=1e-9, atol=1e-12))


def _equal(one, other):
    """Equal where both have a value, and the answer has at least half of them."""
    known = one.notna() & other.notna()
    return known.sum() * 2 >= other.notna().sum() and bool(np.allclose(one[known], other[known], atol=1e-9))


def exercise_C(answer):
    slips = {
        800 / 6000: "that is earning by loss; at this probability, does lending gain or lose?",
        800 / 10000: "the sum lent is neither what is earned nor what is lost.",
        6000 / 6800: "that is the other side: the loss by the sum of both.",
        800 / 10800: "not the whole loan is lost, but 6,000.",
        0.5: "then both errors would cost the same.",
    }
    hints = (
        "at which probability p do expected loss and expected earning balance?",
        "6,000 p = 800 (1 − p); solve for p.",
        "p is the earning, divided by the sum of earning and loss.",
    )
    return compare(number(answer), 800 / 6800, slips, hints, rounding=0.001, unit="share or per cent")


def exercise_1(answer):
    def day(shares, level=0.2, slack=0.05, limit=0.3):
        return number(call(answer, np.asarray(shares, float), level, slack, limit))

    if close(day([0.1, 0.2, 0.15]), 0) is False:
        return "in three quiet days there is no alarm: 0."
    plain = day([0.4, 0.45, 0.5])
    if plain == 1:
        return "yours counts from 0, or does not wait for the sum: 0.15, then 0.35 passes 0.3 on the second day."
    if plain != 2:
        return (
            "0.40 less 0.20 and 0.05 leaves 0.15; with the next day it is 0.35. On which day is 0.3 passed?",
            "add up `share − level − slack`, day after day, and compare the sum with `limit` after each.",
            "for the shares 0.4, 0.45, 0.5 the answer is the second day; yours is another.",
        )
    if day([0.0, 0.0, 0.4, 0.45, 0.5]) != 4:
        return "quiet days must not be saved up: the sum never falls below 0."
    if day([0.32, 0.32, 0.32, 0.32, 0.32, 0.32]) != 5:
        return "each day the slack is taken off, too: 0.32 adds 0.07, and the fifth day passes 0.3."
    if day([0.5, 0.25], 0.25, 0.0, 0.25) != 0:
        return "an alarm needs a sum *above* the limit: one that only reaches it is none."
    if day([0.5, 0.5], 0.4, 0.0, 0.15) != 2:
        return "with another level, slack and limit it is wrong: is one of them written into the function?"
    return None


def exercise_2(answer):
    def value(position, returns, cost):
        return number(call(answer, np.array(position, float), np.array(returns, float), cost))

    returns = [0.01, 0.02, -0.01]
    if not close(value([1, 1, 1], returns, 0.0), 0.02 / 3):
        return "without costs, always invested, the mean is that of the returns: yours is another."
    if not close(value([1, -1, 0], returns, 0.0), -0.01 / 3):
        return "without costs each day earns position times return; −1 earns when the price falls."
    once = value([1, 1, 1], returns, 0.003)
    if close(once, 0.02 / 3):
        return "buying on the first day is a change, too: before it the position is 0."
    if close(once, 0.02 / 3 - 0.003):
        return "costs arise where the position *changes*, not on every day on which one is invested."
    if not close(once, (0.02 - 0.003) / 3):
        return "always invested, there is one change, of size 1, on the first day."
    turned = value([1, -1, -1], [0, 0, 0], 0.003)
    if close(turned, -0.002):
        return "from 1 to −1 is a change of 2."
    if not close(turned, -0.003):
        return (
            "how large are the changes of 1, −1, −1, from 0 on?",
            "the sizes are |1 − 0|, |−1 − 1|, |−1 − (−1)|; each costs `cost` times its size.",
            "`np.abs(np.diff(position, prepend=0))` are the sizes of the changes.",
        )
    return None


def exercise_3(answer, train, tested, in_theory, money):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], (dict, pd.Series)):
        raise AnswerError("this is something else", expected="a pair (costs, n)",
                          remedy="write `costs, n`, the first a dictionary n → cost")  # fmt: skip
    costs, chosen = {float(n): number(cost) for n, cost in dict(answer[0]).items()}, number(answer[1])
    if set(costs) != set(COUNTS):
        return f"the dictionary has {', '.join(f'{n:g}' for n in sorted(costs))}; asked are 50, 200 and 800 applicants."
    right, at_half = {}, {}
    for n in COUNTS:
        machine = make_pipeline(StandardScaler(), LogisticRegression())
        machine.fit(train[credit.COLUMNS][:n], train["default"][:n])
        probs = machine.predict_proba(tested[credit.COLUMNS])[:, 1]
        right[n] = decisions.case_costs(tested["default"], probs >= in_theory, **money).mean()
        at_half[n] = decisions.case_costs(tested["default"], probs >= 0.5, **money).mean()
    if all(close(costs[n], at_half[n], within=0.005) for n in COUNTS):
        return "those are the costs at 0.5, where `predict` refuses; asked is from `in_theory` on."
    if wrong := [n for n in COUNTS if not close(costs[n], right[n], within=0.005)]:
        return (
            f"the cost at n = {wrong[0]} is another one. Which rows, which columns, which threshold?",
            "the first n rows of `train`, `credit.COLUMNS`, and `predict_proba(...)[:, 1] >= in_theory` on `tested`.",
            "the mean of `decisions.case_costs(tested['default'], refuse, **money)`, fitted on n rows alone.",
        )
    smallest = min(n for n in COUNTS if right[n] <= right[800] + 0.05)
    if chosen != smallest:
        return (
            "which of the three costs are within 0.05 of the last?",
            "compare each cost with that at 800, and take the smallest n of those that are near.",
            "go through your dictionary from n = 50 on, and stop at the first that is near enough.",
        )
    return None


def exercise_4(answer):
    return compare_letters(
        answer,
        "ace",
        "does it say what was seen, or what will be?",
        {
            "a": "it says what was, and no more",
            "b": "that is the chance of one rule; this one is the best of a hundred",
            "c": "that is what the figure of the hundred rules shows",
            "d": "the luck of the choice is not repeated",
            "e": "such days are the only honest test left",
        },
    )


def exercise_5(answer):
    weights = {"income": -0.05, "debt": 3.0, "late": 0.6}
    typical = {"income": 40.0, "debt": 0.3, "late": 0.4}

    def first(**changes):
        return call(answer, weights, typical | changes, typical, returns=str)

    if first(debt=0.9, late=1.4) != "debt":
        return "debt is 0.6 above the usual at a weight of 3, late 1 above at 0.6: 1.8 against 0.6. Yours says another."
    if first(debt=0.31, late=2.4) != "late":
        return "a large weight is no reason where the applicant is like everybody: take weight times distance."
    if first(income=10.0, late=1.4) != "income":
        return (
            "an income of 10 where 40 is usual, at a weight of −0.05: what does it add?",
            "weight times distance: −0.05 · (10 − 40). Two negative numbers make a positive part.",
            "do not take the size of the distance: its sign belongs to the product.",
        )
    if first(income=90.0, late=0.9) != "late":
        return "a high income speaks for the loan; a reason for a refusal has a positive part."
    if first(income=90.0) != "":
        return 'nothing speaks for a refusal here: the answer is "".'
    return None
