"""Checks of the exercises of chapter 6.1: None for a right answer, else a hint or three graded ones."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number
from talentlab.evaluation import decisions

COUNTS = (20, 40, 80)


def exercise_A(answer):
    def ends(ids, limit):
        found = call(answer, ids, limit)
        try:
            return list(found)
        except TypeError:
            raise AnswerError("this is no list", expected="a list of token numbers",
                              remedy="return a part of `ids`") from None  # fmt: skip

    ids = [11, 12, 13, 14, 15, 16, 17]
    if ends(ids, 9) != ids or ends(ids, 7) != ids:
        return "a list that is no longer than `limit` stays as it is."
    even = ends(ids, 4)
    if even == [11, 12, 13, 14]:
        return "yours keeps the beginning alone; the last two of seven, 16 and 17, are asked for, too."
    if len(even) != 4:
        return f"with a limit of 4 yours keeps {len(even)} tokens."
    if even != [11, 12, 16, 17]:
        return (
            "of seven tokens and a limit of 4, which stay?",
            "two from the beginning and two from the end, in their order.",
            "join `ids[:2]` and `ids[5:]`, with the numbers computed from `limit` and `len(ids)`.",
        )
    if ends(ids, 5) == [11, 12, 15, 16, 17]:
        return "with an odd limit the beginning gets one more, not the end."
    if ends(ids, 5) != [11, 12, 13, 16, 17]:
        return "with a limit of 5: three from the beginning, two from the end."
    if ends(ids, 1) != [11]:
        return "with a limit of 1 only the first stays: look at what `ids[-0:]` is."
    return None


def exercise_B(answer):
    called_well = 0.37 * 0.99 / (0.37 * 0.99 + 0.63 * 0.10)
    slips = {
        0.99: "that is the recall: the share of the ill that is called. Asked is the share of the called that is ill.",
        0.10: "that is the share of the healthy that is called.",
        0.005: "that is the share of the ill among all, before anybody is called.",
        called_well: "that is the share in the table, where 37 % are ill; asked is the screening.",
        0.99 / 1.09: "both groups are called from different numbers of people: weigh by how many there are.",
    }
    hints = (
        "of 10,000 people in the screening, how many are ill and called, and how many are healthy and called?",
        "divide the ill who are called by all who are called.",
        "50 are ill and 9,950 healthy; 99 % of the first and 10 % of the second are called.",
    )
    right = 0.005 * 0.99 / (0.005 * 0.99 + 0.995 * 0.10)
    return compare(number(answer), right, slips, hints, rounding=0.001, unit="share or per cent")


def exercise_C(answer):
    families = np.array(list("abcdefabcdefaaab"))

    def marked(share, seed):
        mask = call(answer, families, share, seed)
        mask = np.asarray(mask)
        if mask.shape != families.shape or mask.dtype.kind not in "bi":
            raise AnswerError("this has another form", expected="one truth value per molecule",
                              remedy="`np.isin(families, drawn)` gives them")  # fmt: skip
        return mask.astype(bool)

    masks = [marked(0.3, seed) for seed in range(8)]
    for mask in masks:
        split = [name for name in "abcdef" if 0 < mask[families == name].sum() < (families == name).sum()]
        if split:
            return (
                f"family {split[0]!r} has molecules on both sides. What is drawn?",
                "draw among the names of the families, each once, and mark all molecules of those drawn.",
                "`np.unique(families)` has the names; a permutation of them, cut off, is a draw.",
            )
    sizes = [len(set(families[mask])) for mask in masks]
    if 0 in sizes or 6 in sizes:
        return "none, or all, of the families are marked with a share of 0.3."
    if set(sizes) != {2}:
        return f"with six families and a share of 0.3 two are drawn; yours drew {sizes}."
    if len({tuple(mask) for mask in masks}) == 1:
        return "another seed has to draw other families."
    if not np.array_equal(marked(0.3, 3), marked(0.3, 3)):
        return "the same seed has to draw the same families."
    if len(set(families[marked(0.01, 0)])) != 1:
        return "with a small share one family is drawn all the same."
    return None


def exercise_1(answer):
    labels, probs = np.array([1, 1, 0, 0, 0, 0, 0, 1]), np.array([0.9, 0.3, 0.4, 0.1, 0.25, 0.2, 0.05, 0.1])

    def value(threshold):
        return number(call(answer, labels, probs, threshold))

    found = value(0.25)
    true, healthy = 2 / 8, 2 / 8
    if close(found, true - healthy):
        return "a needless call costs threshold ÷ (1 − threshold), not 1."
    if close(found, 2 / 3 - healthy / 3) or close(found, 2 / 3 - 2 / 5 / 3):
        return "take shares of all eight people, not of the three ill ones."
    if close(found, true - healthy * 0.25):
        return "the factor is threshold ÷ (1 − threshold), not the threshold."
    if close(found, true - 3 * healthy):
        return "the factor is upside down: threshold ÷ (1 − threshold)."
    if close(found, 2 / 8 - 1 / 8 / 3):
        return "one is called *from* the threshold on: 0.25 at a threshold of 0.25 is called."
    if not close(found, decisions.decision_curve(labels, probs, [0.25])["model"].iloc[0]):
        return (
            "at a threshold of 0.25, how many of the eight are ill and called, how many healthy and called?",
            "two and two: 2/8 less 2/8 times 0.25 ÷ 0.75.",
            "`(ill & called).mean() - threshold / (1 - threshold) * (~ill & called).mean()`, with `ill = labels == 1`.",
        )
    if not close(value(0.4), decisions.decision_curve(labels, probs, [0.4])["model"].iloc[0]):
        return "at a threshold of 0.4 it is another value: is a number written into the function?"
    return None


def exercise_2(answer):
    values, order = np.array([5.0, 9.0, 6.0, 7.0, 8.0, 4.0]), [0, 2, 3, 5, 4]

    def listed(batch):
        found = call(answer, values, order, batch)
        try:
            return [float(value) for value in found]
        except TypeError:
            raise AnswerError("this is no list of numbers", expected="a list, one number per full batch",
                              remedy="collect them in a list") from None  # fmt: skip

    two = listed(2)
    if len(two) != 2:
        return f"five measured in batches of two make two full batches; yours has {len(two)} values."
    if close(two, [6.0, 7.0]):
        return "those are the best values themselves; regret is what they lack to the best of all."
    if close(two, [2.0, 1.0]):
        return "the best of all is the best of *all* molecules, also of those never measured."
    if len(listed(1)) == 5 and close(listed(1), [4.0, 3.0, 2.0, 5.0, 1.0]):
        return "what was found stays found: take the best of all batches so far, not of the last one."
    if not close(two, [3.0, 2.0]):
        return (
            "measured first: 5 and 6. What does the better one lack to the best of all six?",
            "after each full batch: the largest of `values`, less the largest of those measured so far.",
            "`values.max() - values[order[:end]].max()` for end = batch, 2 · batch, …",
        )
    if not close(listed(5), [1.0]):
        return "with a batch of five there is one value: 9 less 8."
    return None


def exercise_3(answer, seen, labels, test, test_labels):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], (dict, pd.Series)):
        raise AnswerError("this is something else", expected="a pair (accuracies, n)",
                          remedy="write `accuracies, n`, the first a dictionary n → accuracy")  # fmt: skip
    given, chosen = {float(n): number(value) for n, value in dict(answer[0]).items()}, number(answer[1])
    if set(given) != set(COUNTS):
        return f"the dictionary has {', '.join(f'{n:g}' for n in sorted(given))}; asked are 20, 40 and 80 texts."
    right, on_own = {}, {}
    for n in COUNTS:
        probe = LogisticRegression(C=10, max_iter=2000).fit(seen[:n], labels[:n])
        right[n] = (probe.predict(test) == test_labels).mean()
        on_own[n] = (probe.predict(seen[:n]) == labels[:n]).mean()
    step = 1.5 / len(test_labels)  # a text on the border may fall either way
    if all(abs(given[n] - on_own[n]) <= step for n in COUNTS) and not close(on_own[20], right[20], within=0.01):
        return "those are the accuracies on the training texts; asked are those on the test texts."
    if wrong := [n for n in COUNTS if abs(given[n] - right[n]) > step]:
        return (
            f"the accuracy at n = {wrong[0]} is another one. Which rows, which labels, which strength?",
            "the first n rows of `seen_vectors` with the first n of `pool['label']`, C = 10, judged on `test_vectors`.",
            "`LogisticRegression(C=10, max_iter=2000).fit(seen_vectors[:n], pool['label'][:n])`, for each n anew.",
        )
    smallest = min(n for n in COUNTS if given[n] >= given[80] - 0.05)
    if chosen != smallest:
        return (
            "which of the three accuracies are within 0.05 of the last?",
            "compare each with that at 80, and take the smallest n of those that are near.",
            "go through your dictionary from n = 20 on, and stop at the first that is near enough.",
        )
    return None


def exercise_4(answer):
    return compare_letters(
        answer,
        "ace",
        "does it say what was measured, here, with what that number of cases allows?",
        {
            "a": "that is what an AUC means",
            "b": "an AUC compares pairs and has no threshold; it is no share of right judgements",
            "c": "the interval of 31 of 32 reaches down to 84 %",
            "d": "probabilities learnt where 37 % are ill are too high where 0.5 % are",
            "e": "other microscopes and other people are another population",
        },
    )


def exercise_5(answer):
    labels, groups = [1, 1, 0, 1, 0, 1, 0, 0], ["x", "x", "x", "y", "y", "y", "z", "z"]
    called = [True, False, True, True, True, True, True, False]

    def recalls():
        found = call(answer, np.array(labels), np.array(called), np.array(groups), returns=(dict, pd.Series))
        return {str(name): float(value) for name, value in dict(found).items()}

    found = recalls()
    if missing := {"x", "y"} - set(found):
        return f"the dictionary lacks the group {sorted(missing)[0]!r}."
    if "z" in found:
        return "group 'z' has nobody who is ill: leave it out, its recall is not defined."
    if close([found["x"], found["y"]], [2 / 3, 1.0]):
        return "those are the shares of all members who are called; count the ill alone."
    if close([found["x"], found["y"]], [0.5, 2 / 3]):
        return "that is the share of the called who are ill; recall is the share of the ill who are called."
    if not close([found["x"], found["y"]], [0.5, 1.0]):
        return (
            "of the two ill people in 'x', how many were called?",
            "for each group: keep the rows with label 1, then take the mean of `called`.",
            "in 'x' one of two, so 0.5; in 'y' both, so 1.",
        )
    return None
