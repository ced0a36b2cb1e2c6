"""Answers to the exercises of chapter 3.4a: right ones, and wrong ones with what is said."""

from collections import Counter

import numpy as np
import torch
from functions import fails, takes_two

from talentlab.training import History


def runs(words, n):
    return [tuple(words[place : place + n]) for place in range(len(words) - n + 1)]


def clipped(candidate, reference, n):
    made, there = Counter(runs(candidate, n)), Counter(runs(reference, n))
    return sum((made & there).values()) / sum(made.values())


def used_up(candidate, reference, n):
    left, found = runs(reference, n), []
    for run in runs(candidate, n):
        if run in left:
            left.remove(run)
        else:
            run = None
        found.append(run is not None)
    return np.mean(found)


def by_zip(candidate, reference, n):
    def counts(words):
        return Counter(zip(*(words[place:] for place in range(n)), strict=False))

    made, there = counts(candidate), counts(reference)
    return torch.tensor(sum(min(times, there[run]) for run, times in made.items()) / made.total())


def unclipped(candidate, reference, n):
    made, there = runs(candidate, n), runs(reference, n)
    return sum(run in there for run in made) / len(made)


def different(candidate, reference, n):
    made, there = set(runs(candidate, n)), runs(reference, n)
    return sum(run in there for run in made) / len(made)


def recall(candidate, reference, n):
    return clipped(reference, candidate, n)


def by_words(candidate, reference, n):
    return clipped(candidate, reference, n) * len(runs(candidate, n)) / len(candidate)


def number_of(candidate, reference, n):
    return clipped(candidate, reference, n) * len(runs(candidate, n))


def step_of(log_p, step):
    total = (log_p[:, None] + step).flatten()
    best = total.topk(len(log_p)).indices
    return (best // step.shape[1]).tolist(), (best % step.shape[1]).tolist()


def step_sorted(log_p, step):
    width, size = step.shape
    all_of = [(log_p[b].item() + step[b, w].item(), b, w) for b in range(width) for w in range(size)]
    best = sorted(all_of, reverse=True)[:width]
    return [b for _, b, _ in best], [w for _, _, w in best]


def step_numpy(log_p, step):
    total = np.asarray(log_p)[:, None] + np.asarray(step)
    best = np.argsort(total.ravel())[::-1][: len(log_p)]
    return np.unravel_index(best, total.shape)


def once_each(log_p, step):
    order = (log_p + step.max(1).values).argsort(descending=True)
    return order.tolist(), step.argmax(1)[order].tolist()


def worthless(log_p, step):
    return step_of(torch.zeros_like(log_p), step)


def worst_first(log_p, step):
    beginnings, words = step_of(log_p, step)
    return beginnings[::-1], words[::-1]


def best_pair(start, end, longest):
    pairs = [(a, b) for a in range(len(start)) for b in range(a, min(a + longest, len(end)))]
    return max(pairs, key=lambda pair: start[pair[0]] + end[pair[1]])


def by_matrix(start, end, longest):
    sums = np.asarray(start)[:, None] + np.asarray(end)
    length = np.arange(len(end)) - np.arange(len(start))[:, None]
    return np.unravel_index(np.where((length >= 0) & (length < longest), sums, -np.inf).argmax(), sums.shape)


def in_torch(start, end, longest):
    sums = torch.tensor(start)[:, None] + torch.tensor(end)
    valid = torch.ones_like(sums).triu() * torch.ones_like(sums).tril(longest - 1)
    return list(divmod(int(sums.masked_fill(valid == 0, -torch.inf).argmax()), len(end)))


def any_order(start, end, longest):
    return int(np.argmax(start)), int(np.argmax(end))


def any_length(start, end, longest):
    return best_pair(start, end, len(start))


def too_short(start, end, longest):
    return best_pair(start, end, longest - 1 if longest > 1 else 1)


def no_single(start, end, longest):
    pairs = [(a, b) for a in range(len(start)) for b in range(a + 1, min(a + max(longest, 2), len(end)))]
    return max(pairs, key=lambda pair: start[pair[0]] + end[pair[1]])


def from_zero(start, end, longest):
    best, found = 0.0, (0, 0)
    for a in range(len(start)):
        for b in range(a, min(a + longest, len(end))):
            if start[a] + end[b] > best:
                best, found = start[a] + end[b], (a, b)
    return found


def by_best(cosines, owners):
    return np.stack([cosines[:, owners == p].max(1) for p in range(owners.max() + 1)], axis=1)


def with_maximum_at(cosines, owners):
    scores = np.full((len(cosines), owners.max() + 1), -np.inf)
    np.maximum.at(scores.T, owners, cosines.T)
    return scores


def nested(cosines, owners):
    return [
        [max(c for c, o in zip(row, owners, strict=True) if o == p) for p in range(max(owners) + 1)] for row in cosines
    ]


def not_below_zero(cosines, owners):
    return np.maximum(by_best(cosines, owners), 0)


def mean_of(cosines, owners):
    return np.stack([cosines[:, owners == p].mean(1) for p in range(owners.max() + 1)], axis=1)


def sum_of(cosines, owners):
    return np.stack([cosines[:, owners == p].sum(1) for p in range(owners.max() + 1)], axis=1)


def history(losses):
    return History(steps=[{"step": n, "loss": loss, "learning_rate": 3e-3} for n, loss in enumerate(losses, 1)])


FALLING, RISING = history([5.0] + [2.0] * 9), history([2.0] + [5.0] * 9)
READ_FALLING, READ_RISING = history(np.linspace(4, 1, 20).tolist()), history(np.linspace(1, 4, 20).tolist())


def read(history=READ_FALLING, f1=12.0):
    return {"history": history, "f1": f1}


CONTEXT = {"3.4a.3": {"steps": 10, "whole": 0.905}, "3.4a.5": {"with_hints": 32.0, "steps": 20}}

NUMBER = {
    "3.4a.1": (38.5, 38.49884, {53.7: "is missing", 69.0: "swapped", 40.3: "not c/r", 40.6: "geometric",
        6.0: "fourth root", 0.385: "0 to 100", 12: "two things"}),
}  # fmt: skip

LETTERS = {
    "3.4a.C": ("ac", "abcd", {"a": "red", "c": "eight words", "abc": "question mark", "acd": "different words",
        "abcd": "full stop", "b": "full stop"}),
    "3.4a.E": ("b", "abcd", {"a": "sound answerable", "c": "the column", "d": "80 things", "ab": "sound answerable",
        "abcd": "sound answerable"}),
}  # fmt: skip

FUNCTION = {
    "3.4a.A": (
        (clipped, used_up, by_zip),
        ((unclipped, "less often"), (different, "counts once"), (recall, "recall"), (by_words, "6 pairs"),
         (number_of, "a share is asked for"), (lambda *given: 0.11, "How often"), (fails, "of three arguments"),
         (takes_two, "of three arguments"), (0.5, "without brackets"), (lambda *given: None, "`return` missing")),
    ),
    "3.4a.B": (
        (lambda losses, is_word: (losses * is_word).sum() / is_word.sum(),
         lambda losses, is_word: losses[is_word == 1].mean(),
         lambda losses, is_word: float(np.average(losses.numpy(), weights=is_word.numpy()))),
        ((lambda losses, is_word: (losses * is_word).mean(), "nothing has changed"),
         (lambda losses, is_word: (losses * is_word).sum(), "the sum"),
         (lambda losses, is_word: losses.mean(), "padding"),
         (lambda losses, is_word: (losses * is_word).sum() / len(losses), "number of sentences"),
         (lambda losses, is_word: ((losses * is_word).sum(1) / is_word.sum(1)).mean(), "sentences' means"),
         (lambda losses, is_word: 9.5, "of the 4 losses"), (fails, "of two arguments"), (0.5, "without brackets"),
         (lambda losses, is_word: None, "`return` missing")),
    ),
    "3.4a.2": (
        (step_of, step_sorted, step_numpy),
        ((lambda *given: step_of(*given)[::-1], "swapped"), (worst_first, "comes first"), (worthless, "left out"),
         (once_each, "the same one"), (lambda log_p, step: ([0], [0]), "2 of each"),
         (lambda log_p, step: ([1, 1], [3, 3]), "What competes"), (lambda log_p, step: 3, "in this order"),
         (fails, "of two arguments"), (0.5, "without brackets")),
    ),
    "3.4a.D": (
        (best_pair, by_matrix, in_torch),
        ((any_order, "make no span"), (any_length, "too long"), (too_short, "exactly"), (no_single, "make no span"),
         (from_zero, "negative"), (lambda start, end, longest: best_pair(start, end, longest)[::-1], "swapped"),
         (lambda start, end, longest: (0, 0), "Which pairs"), (takes_two, "of three arguments"),
         (fails, "of three arguments"),
         (5, "without brackets"), (lambda *given: None, "`return` missing")),
    ),
    "3.4a.4": (
        (by_best, with_maximum_at, nested),
        ((mean_of, "mean of the sentences"), (sum_of, "this is the sum"), (not_below_zero, "negative"),
         (lambda cosines, owners: by_best(cosines, owners)[:, ::-1], "swapped"),
         (lambda cosines, owners: by_best(cosines, owners)[0], "the shape"),
         (lambda cosines, owners: np.zeros((2, 2)), "which columns"), (fails, "of two arguments"),
         (0.5, "without brackets"), (lambda *given: None, "`return` missing")),
    ),
}  # fmt: skip

FORMS = {
    "3.4a.3": (
        ((FALLING, 0.12), [FALLING, np.float64(0.0)], (FALLING, torch.tensor(0.25))),
        (((FALLING, 12.0), "per cent"), ((FALLING, -0.1), "between 0 and 1"), ((FALLING, 0.905), "chapter's own"),
         ((RISING, 0.1), "not fallen"), ((history([4.0] * 7), 0.1), "7 steps"), ((0.1, FALLING), "returns the history"),
         (FALLING, "returns the history"), (0.1, "returns the history")),
    ),
    "3.4a.5": (
        (read(), {"f1": np.float64(9.5), "history": READ_FALLING}, read(f1=0)),
        ((read(f1=40.0), "not below"), (read(f1=0.12), "per cent"), (read(f1=140), "between 0 and 100"),
         (read(READ_RISING), "not fallen"), (read(history([3.0] * 7)), "7 steps"), (read([3, 2, 1]), "is none"),
         ({"f1": 12.0}, "with the keys"), (12.0, "with the keys")),
    ),
}  # fmt: skip
