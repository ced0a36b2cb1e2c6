"""Answers to the exercises of chapter 6.1: right ones, and wrong ones with what is said."""

import numpy as np
import pandas as pd
from functions import fails, takes_two
from sklearn.linear_model import LogisticRegression

DRAWS = np.random.default_rng(0)
LABELS = pd.Series(np.tile(np.arange(5), 32))
SEEN = np.eye(5)[LABELS] + 0.9 * DRAWS.standard_normal((160, 5))
TEST_LABELS = np.tile(np.arange(5), 24)
TEST = np.eye(5)[TEST_LABELS] + 0.9 * DRAWS.standard_normal((120, 5))


def accuracy(n, own=False):
    probe = LogisticRegression(C=10, max_iter=2000).fit(SEEN[:n], LABELS[:n])
    return float((probe.predict(SEEN[:n]) == LABELS[:n]).mean() if own else (probe.predict(TEST) == TEST_LABELS).mean())


BY_N = {n: accuracy(n) for n in (20, 40, 80)}
OWN = {n: accuracy(n, own=True) for n in (20, 40, 80)}
SMALLEST = min(n for n in BY_N if BY_N[n] >= BY_N[80] - 0.05)
OTHER = next(n for n in (80, 20) if n != SMALLEST)


def ends(ids, limit):
    return ids if len(ids) <= limit else ids[: limit - limit // 2] + ids[len(ids) - limit // 2 :]


def ends_by_loop(ids, limit):
    head, tail = (limit + 1) // 2, limit // 2
    return [token for place, token in enumerate(ids) if place < head or place >= max(head, len(ids) - tail)]


def ends_as_array(ids, limit):
    kept = np.asarray(ids)
    return kept if len(kept) <= limit else np.concatenate([kept[: limit - limit // 2], kept[len(kept) - limit // 2 :]])


def ends_slipping(ids, limit):
    return ids if len(ids) <= limit else ids[: limit - limit // 2] + ids[-(limit // 2) :]


def long_tail(ids, limit):
    return ids if len(ids) <= limit else ids[: limit // 2] + ids[len(ids) - (limit - limit // 2) :]


def both_always(ids, limit):
    return ids[: limit - limit // 2] + ids[len(ids) - limit // 2 :]


def too_many(ids, limit):
    return ids if len(ids) <= limit else ids[:limit] + ids[-limit:]


def turned(ids, limit):
    return ids if len(ids) <= limit else ids[-2:] + ids[:2]


def unseen(families, share, seed):
    names = np.unique(families)
    return np.isin(families, np.random.default_rng(seed).permutation(names)[: max(1, round(share * len(names)))])


def unseen_by_pandas(families, share, seed):
    names = pd.Series(families).drop_duplicates()
    drawn = names.sample(max(1, round(share * len(names))), random_state=seed)
    return pd.Series(families).isin(drawn)


def unseen_by_list(families, share, seed):
    names = sorted(set(families))
    drawn = np.random.default_rng(seed).choice(names, max(1, round(share * len(names))), replace=False)
    return [family in drawn for family in families]


def as_planted(families, share, seed):
    return np.random.default_rng(seed).random(len(families)) < share


def rounded_down(families, share, seed):
    names = np.unique(families)
    return np.isin(families, np.random.default_rng(seed).permutation(names)[: int(share * len(names))])


def no_least(families, share, seed):
    names = np.unique(families)
    return np.isin(families, np.random.default_rng(seed).permutation(names)[: round(share * len(names))])


def one_seed(families, share, seed):
    return unseen(families, share, 0)


def names_only(families, share, seed):
    return np.unique(families)[:2]


def benefit(labels, probs, threshold):
    ill, called = np.asarray(labels) == 1, np.asarray(probs) >= threshold
    return (ill & called).mean() - threshold / (1 - threshold) * (~ill & called).mean()


def benefit_by_loop(labels, probs, threshold):
    total = 0.0
    for label, prob in zip(labels, probs, strict=True):
        if prob >= threshold:
            total += 1 if label else -threshold / (1 - threshold)
    return total / len(labels)


def benefit_by_sums(labels, probs, threshold):
    called = (np.array(probs) >= threshold).astype(int)
    found, needless = (called * labels).sum(), (called * (1 - np.array(labels))).sum()
    return float(found - needless / (1 / threshold - 1)) / len(called)


def benefit_with(factor, among_groups=False, above=False):
    def value(labels, probs, threshold):
        ill, called = labels == 1, probs > threshold if above else probs >= threshold
        if among_groups:
            return called[ill].mean() - factor(threshold) * called[~ill].mean()
        return (ill & called).mean() - factor(threshold) * (~ill & called).mean()

    return value


def odds(threshold):
    return threshold / (1 - threshold)


def regrets(values, order, batch):
    values = np.asarray(values)
    return [values.max() - values[list(order[:end])].max() for end in range(batch, len(order) + 1, batch)]


def regrets_by_maximum(values, order, batch):
    path = max(values) - np.maximum.accumulate(np.asarray(values)[list(order)])
    return path[batch - 1 :: batch]


def regrets_by_loop(values, order, batch):
    best, found = -np.inf, []
    for count, number in enumerate(order, start=1):
        best = max(best, values[number])
        if count % batch == 0:
            found.append(float(max(values) - best))
    return tuple(found)


def best_values(values, order, batch):
    return [values[order[:end]].max() for end in range(batch, len(order) + 1, batch)]


def of_measured(values, order, batch):
    return [values[order].max() - values[order[:end]].max() for end in range(batch, len(order) + 1, batch)]


def last_batch(values, order, batch):
    return [values.max() - values[order[end - batch : end]].max() for end in range(batch, len(order) + 1, batch)]


def with_rest(values, order, batch):
    return [values.max() - values[order[: start + batch]].max() for start in range(0, len(order), batch)]


def nothing_left(values, order, batch):
    return [0.0, 0.0]


def recalls(labels, called, groups):
    rows = pd.DataFrame({"ill": np.asarray(labels) == 1, "called": called, "group": groups})
    return rows[rows["ill"]].groupby("group")["called"].mean().to_dict()


def recalls_by_loop(labels, called, groups):
    found = {}
    for group in set(groups):
        own = [c for label, c, g in zip(labels, called, groups, strict=True) if label == 1 and g == group]
        if own:
            found[group] = sum(own) / len(own)
    return found


def recalls_as_series(labels, called, groups):
    return pd.Series(called)[np.asarray(labels) == 1].groupby(np.asarray(groups)[np.asarray(labels) == 1]).mean()


def all_called(labels, called, groups):
    return pd.Series(called)[groups != "z"].groupby(groups[groups != "z"]).mean()


def precisions(labels, called, groups):
    rows = pd.DataFrame({"ill": labels, "called": called, "group": groups})
    return rows[rows["called"] & (rows["group"] != "z")].groupby("group")["ill"].mean().to_dict()


def with_nought(labels, called, groups):
    return recalls(labels, called, groups) | {"z": 0.0}


def one_group(labels, called, groups):
    return {"x": 0.5}


def wrong_values(labels, called, groups):
    return {"x": 0.1, "y": 0.2}


CONTEXT = {"6.1.3": {"seen": SEEN, "labels": LABELS, "test": TEST, "test_labels": TEST_LABELS}}

NUMBER = {
    "6.1.B": (0.0474, 4.74, {0.99: "the recall", 0.1: "share of the healthy", 0.005: "before anybody is called",
        0.853: "share in the table", 0.908: "different numbers of people",
        0.3: "of 10,000 people"}),
}  # fmt: skip

LETTERS = {
    "6.1.4": ("ace", "abcde", {"abce": "no share of right judgements", "acde": "too high", "ac": "other microscopes",
        "ae": "down to 84 %", "ce": "what an AUC means"}),
}  # fmt: skip

FORMS = {
    "6.1.A": (
        (ends, ends_by_loop, ends_as_array),
        ((lambda ids, limit: ids[:limit], "beginning alone"), (ends_slipping, "limit of 1"),
         (long_tail, "the beginning gets one more"), (both_always, "stays as it is"), (too_many, "keeps 8 tokens"),
         (turned, "which stay?"), (lambda ids, limit: 3, "no list"), (fails, "of two arguments"),
         ([1, 2], "without brackets")),
    ),
    "6.1.C": (
        (unseen, unseen_by_pandas, unseen_by_list),
        ((as_planted, "on both sides"), (rounded_down, "two are drawn"), (no_least, "one family is drawn"),
         (one_seed, "another seed"), (names_only, "another form"), (takes_two, "of three arguments"),
         (lambda families, share, seed: families == "?", "none, or all"), (3, "without brackets")),
    ),
    "6.1.1": (
        (benefit, benefit_by_loop, benefit_by_sums),
        ((benefit_with(lambda t: 1), "not 1"), (benefit_with(odds, among_groups=True), "of all eight"),
         (benefit_with(lambda t: t), "not the threshold"), (benefit_with(lambda t: (1 - t) / t), "upside down"),
         (benefit_with(odds, above=True), "*from* the threshold"), (benefit_with(lambda t: 1 / 3), "another value"),
         (lambda labels, probs, threshold: 0.9, "how many of the eight"), (takes_two, "of three arguments"),
         (0.1, "without brackets")),
    ),
    "6.1.2": (
        (regrets, regrets_by_maximum, regrets_by_loop),
        ((best_values, "best values themselves"), (of_measured, "also of those never measured"),
         (last_batch, "stays found"), (with_rest, "two full batches"), (nothing_left, "lack"),
         (lambda values, order, batch: 3.0, "no list of numbers"), (takes_two, "of three arguments"),
         ([3.0, 2.0], "without brackets")),
    ),
    "6.1.3": (
        ((BY_N, SMALLEST), [pd.Series(BY_N), SMALLEST], ({n: round(a, 3) for n, a in BY_N.items()}, SMALLEST)),
        (((OWN, SMALLEST), "on the training texts"), ((BY_N, OTHER), "first that is near enough"),
         (({20: 1.0}, 20), "asked are 20"), ((BY_N | {40: 0.1}, SMALLEST), "for each n anew"),
         (0.5, "a pair"), ((BY_N, "two"), "is text")),
    ),
    "6.1.5": (
        (recalls, recalls_by_loop, recalls_as_series),
        ((all_called, "all members"), (precisions, "share of the called"), (with_nought, "leave it out"),
         (one_group, "lacks the group 'y'"), (wrong_values, "of the two ill"), (takes_two, "of three arguments"),
         ({"x": 0.5, "y": 1.0}, "without brackets")),
    ),
}  # fmt: skip
