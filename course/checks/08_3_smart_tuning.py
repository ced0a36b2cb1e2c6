"""Checks of the exercises of chapter 8.3: None for a right answer, else a hint or three graded ones."""

import numpy as np

from talentlab.chapters import heads
from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number


def exercise_A(answer):
    def left(rows):
        return int(number(call(answer, np.array(rows, float))))

    # Place 0 is good at once and best at the end; 3 is poor at once, and would be best but for that.
    rows = [[0.8, 0.8, 0.8, 0.85], [0.7, 0.9, 0.8, 0.8], [0.6, 0.7, 0.7, 0.7], [0.5, 0.95, 0.95, 0.99]]
    found = left(rows)
    if found == 3:
        return (
            "place 3 is in the worse half after epoch 1: which half is kept, and can one thrown out come back?",
            "`np.argsort` rises: the first places are the worst. And it has to order those alive only.",
            "order by `-curve[alive, epoch - 1]`, keep the first half, and go back by `alive = alive[order[…]]`.",
        )
    if found not in (0, 1):
        return "yours keeps the worse half: `np.argsort` rises, so the first places are the worst."
    if found == 0:
        return "after epoch 2 place 1 is ahead of place 0, and one of two is kept: yours skips the second cut."
    moved = [rows[3], rows[2], rows[1], rows[0]]
    if (found := left(moved)) != 2:
        if found == 0:
            return "one that was thrown out after epoch 1 comes back: order only `curve[alive, …]`."
        return "wrong for another order of the rows: places in `alive` are no places of the whole: `alive[order]`."
    if left([[0.2, 0.9]]) != 0:
        return "of a single setting that one is left: keep at least one."
    three = [[0.5, 0.5, 0.5, 0.9], [0.6, 0.6, 0.6, 0.6], [0.4, 0.9, 0.9, 0.9]]
    if left(three) != 1:
        return "of three settings one is kept: half of three, rounded down, is one."
    return None


def exercise_B(answer):
    # Task 2 has a wide spread and loves setting 3; tasks 0 and 1 agree on 1, then 0.
    scores = np.array([
        [0.70, 0.80, 0.60, 0.50, 0.40], [0.62, 0.65, 0.61, 0.60, 0.59],
        [0.30, 0.20, 0.10, 0.99, 0.05], [0.10, 0.20, 0.30, 0.40, 0.95],
    ])  # fmt: skip

    def first(task, k):
        return [int(number(place)) for place in np.ravel(call(answer, scores.copy(), task, k))]

    found = first(3, 2)
    if len(found) != 2:
        return f"asked are k = 2 places; yours has {len(found)}."
    if found == [3, 0] or found == [3, 1]:
        return "those have the highest mean accuracies: one wide task decides alone. Take ranks in each task."
    if 4 in found and found[0] == 4:
        return "yours has the worst first, or ranks the wrong way round: setting 4 is last on all three other tasks."
    if found != [1, 0]:
        return (
            "rank the settings within each of the tasks 0, 1 and 2; which mean ranks are the highest?",
            "`argsort(1).argsort(1)` gives the ranks, 0 for the lowest; then the mean over the tasks, without `task`.",
            "ranks for task 3: remove its row by `np.delete(scores, task, axis=0)`, then order by minus the mean rank.",
        )
    if first(0, 3) != _first(scores, 0, 3):
        if first(0, 3) == [int(place) for place in np.argsort(-_ranks(scores).mean(0), kind="stable")[:3]]:
            return "the task itself is among yours: that is the answer that is sought. Leave its row out."
        return "for task 0 it is wrong: is the task that is left out written into the function?"
    if first(2, 1) != _first(scores, 2, 1):
        return "for task 2 it is wrong: leave the row `task` out, whichever it is."
    return None


def _ranks(scores):
    return scores.argsort(1).argsort(1)


def _first(scores, task, k):
    return [int(p) for p in np.argsort(-_ranks(np.delete(scores, task, axis=0)).mean(0), kind="stable")[:k]]


def exercise_1(answer):
    slips = {
        27 + 27 + 27 + 27: "that counts each round from the beginning: 9 settings go on from epoch 1 to 3.",
        729: "that trains all 27 to the end.",
        27: "that is the first round alone, or the last setting alone.",
        27 + 9 + 3 + 1: "that counts settings, not epochs.",
        63: "the last one goes on, too: from 9 to 27.",
    }
    hints = (
        "how many settings train in each round, and how many epochs more?",
        "27 settings 1 epoch, 9 settings 2 more, 3 settings 6 more, 1 setting 18 more.",
        "27 · 1 + 9 · 2 + 3 · 6 + 1 · 18.",
    )
    return compare(number(answer), 81, slips, hints, rounding=0.5)


def exercise_2(answer, parts, plain):
    rates = (1e-4, 3e-3, 1e-1)
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or np.size(answer[0]) != 3:
        raise AnswerError("this is something else", expected="a pair (three accuracies, rate)",
                          remedy="write `[row['test'] for row in …], rate`")  # fmt: skip
    values, chosen = [number(value) for value in np.ravel(answer[0])], number(answer[1])
    ran = heads.train_settings(parts, [plain | {"learning_rate": rate} for rate in rates], num_epochs=4, seed=0)
    right = [row["test"] for row in ran]
    best = [max(row[f"accuracy_{epoch}"] for epoch in range(1, 5)) for row in ran]
    if all(close(value, one, within=0.002) for value, one in zip(values, best, strict=True)) and values != right:
        return "those are validation accuracies; asked for is `row['test']` of each."
    if all(close(value, one, within=0.002) for value, one in zip(values, right[::-1], strict=True)) and values != right:
        return "the order is 1e-4, 3e-3, 1e-1; yours is the other way round."
    wrong = [rate for rate, value, one in zip(rates, values, right, strict=True) if not close(value, one, within=0.002)]
    if wrong:
        return (
            f"the accuracy at the rate {wrong[0]:g} is another one. Which settings, how many epochs, which seed?",
            "`plain | {'learning_rate': rate}` for each of the three, `num_epochs=4, seed=0`, in one list.",
            "one call with a list of three settings, in the order 1e-4, 3e-3, 1e-1; then `row['test']` of each.",
        )
    if not close(chosen, rates[int(np.argmax(best))], within=1e-9):
        return (
            "which of the three has the highest validation accuracy after any epoch?",
            "the largest of `accuracy_1` … `accuracy_4` of each row, then the rate of the row where it is largest.",
            "choose by validation: the test accuracies have no part in the choice.",
        )
    return None


def exercise_3(answer):
    nan = np.nan
    seen = np.array([[nan, 0.9, 0.5, 0.6], [nan, 0.2, 0.7, nan], [0.8, nan, nan, 0.3]])
    worth = np.array([60.0, 70.0, 75.0, 90.0])
    found = number(call(answer, seen.copy(), worth.copy()))
    if close(found, worth.max() - 75):
        return "that is the regret of the luckiest search; asked is the mean of all."
    if close(found, 0):
        return "each search has its own pick, and its regret is asked of `worth`, not of what it saw."
    if close(found, np.mean([20.0, 0.0, 30.0])):
        return "the best is that of *all* settings, not of those that a search saw."
    if close(found, -np.mean([20.0, 15.0, 30.0])):
        return "the sign: regret is best less pick, never negative."
    if close(found, np.mean([70.0, 75.0, 60.0])):
        return "that is the mean worth of the picks; the regret is what it lacks to the best."
    if not close(found, np.mean([20.0, 15.0, 30.0])):
        return (
            "which setting does each of the searches pick?",
            "the picks are 1, 2 and 0: what are they worth, and how far is that from 90?",
            "`worth.max() - worth[np.nanargmax(seen, axis=1)]`, and its mean.",
        )
    return None


def exercise_4(answer):
    return compare_letters(
        answer,
        "bce",
        "which are about one lucky number, and which about its noise?",
        {
            "a": "one number on 200 texts, chosen as the highest of 40, is no measurement of 1.5 points",
            "b": "who takes the highest takes the luck along",
            "c": "the difference is smaller than what a seed changes; several seeds of both would show it",
            "d": "more numbers to choose from make the luckiest luckier",
            "e": "validation noise is the floor of every search",
        },
    )
