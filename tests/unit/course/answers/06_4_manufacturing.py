"""Answers to the exercises of chapter 6.4: right ones, and wrong ones with what is said."""

import numpy as np
import pandas as pd
from functions import fails, takes_two
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from talentlab.chapters import factory
from talentlab.evaluation import decisions

TABLE = factory.draw_pieces(3000, 0)
TRAIN, LATER, PRICES = TABLE[:2000], TABLE[2000:], {"miss": 10.0, "false_alarm": 2.0}
COLUMNS = list(factory.SETTINGS)


def cost(product, threshold=1 / 6):
    def prepared(rows):
        mean, spread = (0, 1) if product == "raw" else (TRAIN[COLUMNS].mean(), TRAIN[COLUMNS].std())
        away = (rows[COLUMNS] - mean) / spread
        extra = {"product": away["melt_temperature"] * away["moisture"]} if product else {}
        return rows[COLUMNS].assign(**extra)

    machine = make_pipeline(StandardScaler(), LogisticRegression()).fit(prepared(TRAIN), TRAIN["bad"])
    pull = machine.predict_proba(prepared(LATER))[:, 1] >= threshold
    return float(decisions.case_costs(LATER["bad"], pull, **PRICES).mean())


BOTH = (cost(False), cost(True))


def ewma(values, weight, start):
    path, now = [], start
    for value in values:
        now += weight * (value - now)
        path.append(now)
    return path


def ewma_by_pandas(values, weight, start):
    return pd.Series([start, *values]).ewm(alpha=weight, adjust=False).mean().to_numpy()[1:]


def ewma_by_sum(values, weight, start):
    n = len(values)
    ages = np.arange(n)[:, None] - np.arange(n)[None]
    weights = np.where(ages >= 0, weight * (1 - weight) ** np.maximum(ages, 0), 0)
    return weights @ values + start * (1 - weight) ** np.arange(1, n + 1)


def from_the_first(values, weight, start):
    return ewma(values, weight, values[0])


def before_each(values, weight, start):
    return [start, *ewma(values, weight, start)[:-1]]


def other_weight(values, weight, start):
    return ewma(values, 1 - weight, start)


def from_nought(values, weight, start):
    return ewma(values, weight, 0.0)


def the_mean(values, weight, start):
    return np.cumsum(values) / np.arange(1, len(values) + 1) * 0.9


def near(table, horizon):
    fault = table.groupby("machine")["fault"]
    return sum(fault.shift(-step, fill_value=0) for step in range(1, horizon + 1)).clip(upper=1)


def near_by_hand(table, horizon):
    machine, fault = table["machine"].tolist(), table["fault"].tolist()
    return [
        int(any(fault[k] and machine[k] == machine[n] for k in range(n + 1, min(n + 1 + horizon, len(fault)))))
        for n in range(len(fault))
    ]


def near_by_rolling(table, horizon):
    ahead = (
        table["fault"]
        .groupby(table["machine"])
        .transform(lambda part: part[::-1].rolling(horizon, min_periods=1).max()[::-1].shift(-1, fill_value=0))
    )
    return ahead.to_numpy() > 0


def as_planted(table, horizon):
    return sum(table["fault"].shift(-step, fill_value=0) for step in range(horizon)).clip(upper=1)


def across(table, horizon):
    return sum(table["fault"].shift(-step, fill_value=0) for step in range(1, horizon + 1)).clip(upper=1)


def present(table, horizon):
    fault = table.groupby("machine")["fault"]
    return sum(fault.shift(-step, fill_value=0) for step in range(horizon)).clip(upper=1)


def counted(table, horizon):
    return near(table, horizon) * 2


def two_only(table, horizon):
    return near(table, 2)


def short(table, horizon):
    return near(table, horizon)[:5]


def stop_from(scores, is_bad, miss, false_stop):
    steps = [*sorted(set(scores)), np.inf]
    return min(steps, key=lambda t: sum(miss * (s < t) if b else false_stop * (s >= t) for s, b in zip(scores, is_bad)))  # noqa: B905


def stop_by_numpy(scores, is_bad, miss, false_stop):
    steps = np.append(np.unique(scores), np.inf)
    stopped, bad = scores[None] >= steps[:, None], is_bad.astype(bool)
    return steps[(miss * (bad & ~stopped).sum(1) + false_stop * (~bad & stopped).sum(1)).argmin()]


def stop_by_curve(scores, is_bad, miss, false_stop):
    steps = np.append(np.unique(scores), np.inf)
    return decisions.cost_curve(is_bad, scores, miss=miss, false_alarm=false_stop, thresholds=steps)["cost"].idxmin()


def without_none(scores, is_bad, miss, false_stop):
    steps = np.unique(scores)
    return decisions.cost_curve(is_bad, scores, miss=miss, false_alarm=false_stop, thresholds=steps)["cost"].idxmin()


def largest(scores, is_bad, miss, false_stop):
    steps = np.append(np.unique(scores), np.inf)[::-1]
    return decisions.cost_curve(is_bad, scores, miss=miss, false_alarm=false_stop, thresholds=steps)["cost"].idxmin()


def found(fault, alarm, horizon):
    return sum(bool(f) and any(alarm[max(0, n - horizon) : n]) for n, f in enumerate(fault))


def found_by_numpy(fault, alarm, horizon):
    warned = np.zeros(len(fault), bool)
    for step in range(1, horizon + 1):
        warned[step:] |= np.asarray(alarm, bool)[:-step]
    return int((np.asarray(fault, bool) & warned).sum())


def found_by_loop(fault, alarm, horizon):
    total = 0
    for n in range(len(fault)):
        if fault[n] == 1 and 1 in alarm[max(n - horizon, 0) : n]:
            total += 1
    return total


CONTEXT = {"6.4.2": {"train": TRAIN, "later": LATER, "prices": PRICES}}

NUMBER = {
    "6.4.A": (18 / 67, 26.9, {0.9: "the bad pieces that are found", 0.018: "bad and stopped",
        0.067: "all pieces are stopped", 0.947: "equally many", 0.731: "the good ones among",
        0.5: "how many bad ones are stopped"}),
    "6.4.5": (8000, 8_000.0, {10_000: "what the bad ones save", 20_000: "only half", 16_000: "half of them are each",
        80_000: "all pieces for pulled", 12_000: "take that off", 5: "how many bad ones"}),
}  # fmt: skip

LETTERS = {
    "6.4.3": ("ace", "abcde", {"abce": "in none of the rows", "acde": "closer neighbours",
        "ac": "share of faults itself",        "ae": "a new machine", "ce": "into both parts"}),
}  # fmt: skip

FORMS = {
    "6.4.B": (
        (ewma, ewma_by_pandas, ewma_by_sum),
        ((from_the_first, "has to begin at `start`"), (before_each, "before each value"), (other_weight, "a fifth"),
         (from_nought, "is 0 written"), (the_mean, "where is the mean"), (takes_two, "of three arguments"),
         (0.5, "without brackets")),
    ),
    "6.4.C": (
        (near, near_by_hand, near_by_rolling),
        ((as_planted, "in that very shift"), (across, "whose fault"), (present, "in that very shift"),
         (counted, "still one yes"), (two_only, "horizon of 3"), (short, "12 rows"), (fails, "of two arguments"),
         (1, "without brackets")),
    ),
    "6.4.1": (
        (stop_from, stop_by_numpy, stop_by_curve),
        ((without_none, "`np.inf`"), (largest, "the smallest"), (lambda s, b, m, f: 3, "at 2 one good piece"),
         (lambda s, b, m, f: stop_by_numpy(s, b, f, m), "at 2 one good piece"),
         (lambda s, b, m, f: 9.0, "nothing lost"),
         (lambda s, b, m, f: stop_by_numpy(s, b, 10.0, 1.0), "exchanged, or not used"),
         (takes_two, "of four arguments"),
         (3, "without brackets")),
    ),
    "6.4.2": (
        (BOTH, list(BOTH), {"without": BOTH[0], "with": BOTH[1]}),
        ((BOTH[::-1], "exchanged"), ([1000 * c for c in BOTH], "per 1,000"),
         ((BOTH[0], cost("raw")), "readings as they are"),
         ((cost(False, 0.5), BOTH[1]), "at 0.5"), ((9.0, BOTH[1]), "the first cost"),
         ((BOTH[0], 9.0), "the second cost"),
         (0.5, "two numbers")),
    ),
    "6.4.4": (
        (found, found_by_numpy, found_by_loop),
        ((lambda f, a, h: sum(bool(x) and any(a[max(0, n - h) : n + 1]) for n, x in enumerate(f)), "own shift"),
         (lambda f, a, h: sum(bool(x) and any(a[:n]) for n, x in enumerate(f)), "outside of a horizon"),
         (lambda f, a, h: found(f, a, 2), "where does your slice begin"),
         (lambda f, a, h: sum(sum(a[max(0, n - h) : n]) for n, x in enumerate(f) if x), "count faults, not alarms"),
         (lambda f, a, h: min(1, found(f, a, h)), "2 are found"), (lambda f, a, h: 0, "that fault is found"),
         (takes_two, "of three arguments"), (1, "without brackets")),
    ),
}  # fmt: skip
