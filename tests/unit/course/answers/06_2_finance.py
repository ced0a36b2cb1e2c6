"""Answers to the exercises of chapter 6.2: right ones, and wrong ones with what is said."""

import numpy as np
import pandas as pd
from functions import fails, takes_two
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from talentlab.chapters import credit
from talentlab.evaluation import decisions

PEOPLE = credit.draw_applicants(1200, 0)
TRAIN, TESTED, MONEY = PEOPLE[:800], PEOPLE[800:].reset_index(drop=True), {"miss": 5.0, "false_alarm": 1.0}


def cost_at(n, threshold):
    machine = make_pipeline(StandardScaler(), LogisticRegression())
    machine.fit(TRAIN[credit.COLUMNS][:n], TRAIN["default"][:n])
    refuse = machine.predict_proba(TESTED[credit.COLUMNS])[:, 1] >= threshold
    return float(decisions.case_costs(TESTED["default"], refuse, **MONEY).mean())


COSTS = {n: cost_at(n, 1 / 6) for n in (50, 200, 800)}
HALF = {n: cost_at(n, 0.5) for n in (50, 200, 800)}
SMALLEST = min(n for n in COSTS if COSTS[n] <= COSTS[800] + 0.05)
OTHER = next(n for n in (800, 50) if n != SMALLEST)


def rows(price):
    change = price.pct_change()
    return pd.DataFrame({"last": change, "smooth": change.rolling(5).mean(), "target": change.shift(-1)})


def rows_without_gaps(price):
    return rows(price).dropna()


def rows_by_hand(price):
    change = price / price.shift(1) - 1
    smooth = sum(change.shift(k) for k in range(5)) / 5
    return pd.DataFrame({"target": change.shift(-1), "last": change, "smooth": smooth})


def as_planted(price):
    change = price.pct_change()
    return rows(price).assign(smooth=change.rolling(5, center=True).mean(), target=change)


def still_centred(price):
    return rows(price).assign(smooth=price.pct_change().rolling(5, center=True).mean())


def same_day(price):
    return rows(price).assign(target=price.pct_change())


def yesterday(price):
    return rows(price).assign(target=price.pct_change().shift(1))


def last_shifted(price):
    return rows(price).assign(last=price.pct_change().shift(-1))


def no_target(price):
    return rows(price).drop(columns="target")


def alarm(shares, level, slack, limit, floor=0.0, start=1, add=0.0):
    total = 0.0
    for day, today in enumerate(shares, start=start):
        total = max(floor, total + today - level - slack + add)
        if total > limit:
            return day
    return 0


def alarm_by_list(shares, level, slack, limit):
    total, path = 0, []
    for share in list(shares):
        total = total + (share - level - slack)
        total = total if total > 0 else 0
        path.append(total)
    return next((number for number, value in enumerate(path, 1) if value > limit), 0)


def alarm_by_numpy(shares, level, slack, limit):
    steps = np.cumsum(np.asarray(shares) - level - slack)
    path = steps - np.minimum.accumulate(np.minimum(steps, 0))
    return int(np.argmax(path > limit)) + 1 if (path > limit).any() else 0


def net(position, returns, cost):
    return (position * returns - cost * np.abs(np.diff(position, prepend=0))).mean()


def net_by_loop(position, returns, cost):
    before, total = 0.0, 0.0
    for held, earned in zip(position, returns, strict=True):
        total += held * earned - cost * abs(held - before)
        before = held
    return total / len(position)


def net_by_pandas(position, returns, cost):
    held = pd.Series(position)
    return float(
        (held * pd.Series(returns)).mean() - cost * (held - held.shift(1, fill_value=0)).abs().sum() / len(held)
    )


def reason(weights, applicant, typical):
    parts = {name: weights[name] * (applicant[name] - typical[name]) for name in weights}
    best = max(parts, key=parts.get)
    return best if parts[best] > 0 else ""


def reason_sorted(weights, applicant, typical):
    ranked = sorted(weights, key=lambda name: weights[name] * (applicant[name] - typical[name]), reverse=True)
    return next((name for name in ranked if weights[name] * (applicant[name] - typical[name]) > 1e-12), "")


def reason_by_series(weights, applicant, typical):
    parts = pd.Series(weights) * (pd.Series(applicant) - pd.Series(typical))
    return str(parts.idxmax()) if parts.max() > 0 else ""


def part(weights, applicant, typical, name):
    return weights[name] * (applicant[name] - typical[name])


def by_weight(weights, applicant, typical):
    return max(weights, key=weights.get)


def by_size(*given):
    return max(given[0], key=lambda name: abs(part(*given, name)))


def by_distance(*given):
    return max(given[0], key=lambda name: given[0][name] * abs(given[1][name] - given[2][name]))


def always_one(*given):
    return max(given[0], key=lambda name: part(*given, name))


def no_costs(position, returns, cost):
    return (position * returns).mean()


def daily_costs(position, returns, cost):
    return (position * returns - cost * np.abs(position)).mean()


def counted_changes(position, returns, cost):
    return (position * returns - cost * (np.diff(position, prepend=0) != 0)).mean()


def always_long(position, returns, cost):
    return (returns - cost * np.abs(np.diff(position, prepend=0))).mean()


def summed(position, returns, cost):
    return (position * returns).sum()


CONTEXT = {"6.2.3": {"train": TRAIN, "tested": TESTED, "in_theory": 1 / 6, "money": MONEY}}

NUMBER = {
    "6.2.A": (13.5, 13.54, {30: "the true share", 18: "become fewer", 22.5: "among the others",
        0.135: "number of points", 37.5: "share seen in trouble", 5: "which share does the reader"}),
    "6.2.C": (800 / 6800, 11.8, {0.133: "does lending gain or lose", 0.08: "the sum lent", 0.882: "the other side",
        0.5: "cost the same", 0.074: "not the whole loan", 0.3: "do expected loss"}),
}  # fmt: skip

LETTERS = {
    "6.2.4": ("ace", "abcde", {"abce": "best of a hundred", "acde": "not repeated", "ac": "honest test",
        "ae": "hundred rules shows", "ce": "says what was"}),
}  # fmt: skip

FORMS = {
    "6.2.B": (
        (rows, rows_without_gaps, rows_by_hand),
        ((as_planted, "looks ahead"), (still_centred, "looks ahead"), (same_day, "the next day's"),
         (yesterday, "the other way"), (last_shifted, "looks ahead"), (no_target, "lacks the column 'target'"),
         (fails, "raised AttributeError"), (3, "without brackets")),
    ),
    "6.2.1": (
        (alarm, alarm_by_list, alarm_by_numpy),
        ((lambda *given: alarm(*given, floor=-9), "saved up"), (lambda *given: alarm(*given, start=0), "counts from 0"),
         (lambda *given: alarm(*given, add=given[2]), "slack is taken off"), (lambda *given: 0, "On which day"),
         (lambda *given: 1, "three quiet days"), (takes_two, "of four arguments"), (2, "without brackets")),
    ),
    "6.2.2": (
        (net, net_by_loop, net_by_pandas),
        ((no_costs, "a change, too"), (daily_costs, "not on every day"), (counted_changes, "a change of 2"),
         (always_long, "position times return"), (summed, "always invested, the mean"), (fails, "of three arguments"),
         (0.1, "without brackets")),
    ),
    "6.2.3": (
        ((COSTS, SMALLEST), [pd.Series(COSTS), SMALLEST], ({n: round(cost, 4) for n, cost in COSTS.items()}, SMALLEST)),
        (((HALF, SMALLEST), "costs at 0.5"), ((COSTS, OTHER), "first that is near enough"),
         (({50: 1.0}, 50), "asked are 50"), ((COSTS | {200: 9.0}, SMALLEST), "fitted on n rows alone"),
         (0.5, "a pair"), ((COSTS, "two"), "is text")),
    ),
    "6.2.5": (
        (reason, reason_sorted, reason_by_series),
        ((by_weight, "like everybody"), (by_size, "speaks for the loan"), (by_distance, "sign belongs"),
         (always_one, "nothing speaks"), (lambda weights, applicant, typical: "late", "Yours says another"),
         (fails, "of three arguments"), ("debt", "without brackets")),
    ),
}  # fmt: skip
