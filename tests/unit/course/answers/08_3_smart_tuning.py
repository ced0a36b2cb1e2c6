"""Answers to the exercises of chapter 8.3: right ones, and wrong ones with what is said."""

import numpy as np
import torch
from functions import fails, takes_two

from talentlab.chapters import heads


def rows_of(n, seed):
    x = torch.randn(n, 6, generator=torch.Generator().manual_seed(seed))
    return x, (x[:, 0] + 0.5 * x[:, 1] > 0).long()


PARTS = {"train": rows_of(120, 1), "validation": rows_of(60, 2), "test": rows_of(90, 3)}
PLAIN = {"batch_size": 32, "width": 64, "dropout": 0.0, "class_weights": 0}
RATES = (1e-4, 3e-3, 1e-1)
RAN = heads.train_settings(PARTS, [PLAIN | {"learning_rate": rate} for rate in RATES], num_epochs=4, seed=0)
TEST = [row["test"] for row in RAN]
BEST = [max(row[f"accuracy_{epoch}"] for epoch in range(1, 5)) for row in RAN]
RATE = RATES[int(np.argmax(BEST))]


def halving(curve):
    alive, epoch = np.arange(len(curve)), 1
    while epoch < curve.shape[1]:
        order = np.argsort(-curve[alive, epoch - 1], kind="stable")
        alive = alive[order[: max(1, len(alive) // 2)]]
        epoch *= 2
    return int(alive[curve[alive, -1].argmax()])


def halving_by_lists(curve):
    alive, epoch = list(range(len(curve))), 1
    while epoch < len(curve[0]):
        alive = sorted(alive, key=lambda place: -curve[place][epoch - 1])[: max(1, len(alive) // 2)]
        epoch = epoch * 2
    return max(alive, key=lambda place: curve[place][-1])


def halving_recursive(curve, alive=None, epoch=1):
    alive = np.arange(len(curve)) if alive is None else alive
    if epoch >= curve.shape[1]:
        return alive[np.argmax(curve[alive, -1])]
    best = alive[np.flip(np.argsort(curve[alive, epoch - 1]))]
    return halving_recursive(curve, best[: max(1, len(alive) // 2)], 2 * epoch)


def as_planted(curve):
    alive, epoch = np.arange(len(curve)), 1
    while epoch < curve.shape[1]:
        alive = np.argsort(curve[:, epoch - 1])[: max(1, len(alive) // 2)]
        epoch *= 2
    return int(alive[curve[alive, -1].argmax()])


def turned_only(curve):  # those thrown out come back
    alive, epoch = np.arange(len(curve)), 1
    while epoch < curve.shape[1]:
        alive = np.argsort(-curve[:, epoch - 1])[: max(1, len(alive) // 2)]
        epoch *= 2
    return int(alive[curve[alive, -1].argmax()])


def worse_half(curve):
    alive, epoch = np.arange(len(curve)), 1
    while epoch < curve.shape[1]:
        alive = alive[np.argsort(curve[alive, epoch - 1])[: max(1, len(alive) // 2)]]
        epoch *= 2
    return int(alive[curve[alive, -1].argmax()])


def one_cut(curve):
    alive = np.argsort(-curve[:, 0], kind="stable")[: max(1, len(curve) // 2)]
    return int(alive[curve[alive, -1].argmax()])


def places_mixed(curve):
    alive, epoch = np.arange(len(curve)), 1
    while epoch < curve.shape[1]:
        alive = np.argsort(-curve[alive, epoch - 1], kind="stable")[: max(1, len(alive) // 2)]
        epoch *= 2
    return int(alive[curve[alive, -1].argmax()])


def ranked(scores, task, k):
    rank = np.delete(scores, task, axis=0).argsort(1).argsort(1)
    return np.argsort(-rank.mean(0), kind="stable")[:k]


def ranked_by_loop(scores, task, k):
    total = np.zeros(scores.shape[1])
    for number, row in enumerate(scores):
        if number != task:
            total += [(row < value).sum() for value in row]
    return sorted(range(len(total)), key=lambda place: -total[place])[:k]


def ranked_downwards(scores, task, k):
    others = [row for number, row in enumerate(scores.tolist()) if number != task]
    places = [[sorted(row, reverse=True).index(value) for value in row] for row in others]
    return list(np.argsort(np.mean(places, axis=0), kind="stable")[:k])


def by_accuracy(scores, task, k):
    return np.argsort(-np.delete(scores, task, axis=0).mean(0))[:k]


def with_task(scores, task, k):
    return np.argsort(-scores.argsort(1).argsort(1).mean(0), kind="stable")[:k]


def worst_first(scores, task, k):
    return ranked(scores, task, scores.shape[1])[::-1][:k]


def last_left_out(scores, task, k):
    return ranked(scores, 3, k)


def all_places(scores, task, k):
    return ranked(scores, task, scores.shape[1])


def regret(seen, worth):
    return (worth.max() - worth[np.nanargmax(seen, axis=1)]).mean()


def regret_by_loop(seen, worth):
    total = 0.0
    for row in seen:
        known = {place: value for place, value in enumerate(row) if not np.isnan(value)}
        total += max(worth) - worth[max(known, key=known.get)]
    return total / len(seen)


def regret_filled(seen, worth):
    return float(np.mean(worth.max() - worth[np.where(np.isnan(seen), -np.inf, seen).argmax(1)]))


def luckiest(seen, worth):
    return worth.max() - worth[np.nanargmax(seen, axis=1)].max()


def of_those_seen(seen, worth):
    best = np.where(np.isnan(seen), -np.inf, worth).max(1)
    return (best - worth[np.nanargmax(seen, axis=1)]).mean()


def mean_worth(seen, worth):
    return worth[np.nanargmax(seen, axis=1)].mean()


def turned(seen, worth):
    return -regret(seen, worth)


def past_nan(seen, worth):
    return (worth.max() - worth[seen.argmax(1)]).mean()


CONTEXT = {"8.3.2": {"parts": PARTS, "plain": PLAIN}}

NUMBER = {
    "8.3.1": (81, 81.2, {108: "from the beginning", 729: "all 27 to the end", 27: "first round alone",
        40: "settings, not epochs", 63: "goes on, too", 100: "how many settings train"}),
}  # fmt: skip

LETTERS = {
    "8.3.4": ("bce", "abcde", {"abce": "no measurement", "bcde": "luckiest luckier", "bc": "floor of every search",
        "be": "several seeds", "ce": "takes the luck along"}),
}  # fmt: skip

FORMS = {
    "8.3.A": (
        (halving, halving_by_lists, halving_recursive),
        ((as_planted, "worse half"), (turned_only, "thrown out come back"), (worse_half, "worse half"),
         (one_cut, "skips the second cut"), (places_mixed, "of the whole"), (takes_two, "of one argument"),
         (3, "without brackets")),
    ),
    "8.3.B": (
        (ranked, ranked_by_loop, ranked_downwards),
        ((by_accuracy, "one wide task decides"), (with_task, "the task itself"), (worst_first, "wrong way round"),
         (last_left_out, "the task itself"), (all_places, "asked are k = 2"), (fails, "of three arguments"),
         ([1, 0], "without brackets")),
    ),
    "8.3.2": (
        ((TEST, RATE), [np.array(TEST), RATE], ([round(value, 4) for value in TEST], np.float64(RATE))),
        (((BEST, RATE), "validation accuracies"), ((TEST[::-1], RATE), "other way round"),
         (([TEST[0], TEST[1], 0.1], RATE), "is another one"), ((TEST, 0.5), "highest validation accuracy"),
         (0.8, "a pair"), ((TEST, "small"), "is text")),
    ),
    "8.3.3": (
        (regret, regret_by_loop, regret_filled),
        ((luckiest, "luckiest search"), (of_those_seen, "of *all* settings"), (mean_worth, "mean worth"),
         (turned, "the sign"), (past_nan, "which setting does each"), (lambda seen, worth: np.nan, "finite number"),
         (fails, "of two arguments"), (21.7, "without brackets")),
    ),
}  # fmt: skip
