"""Checks of the exercises of chapter 8.2: None for a right answer, else a hint or three graded ones."""

import numpy as np

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number
from talentlab.training.state import History


def exercise_A(answer):
    value = number(answer)
    if 0.52 <= value <= 0.58 or 52 <= value <= 58:
        return None
    slips = {
        1 / 3: "that is what a cache would leave in each pass; here the frozen layers still run forward.",
        2 / 3: "that is the share of the frozen layers, or of the way back; add up forward and backward.",
        4 / 9: "that is what is saved; asked is what remains.",
        8 / 18: "that is what is saved; asked is what remains.",
    }
    for slip, hint in slips.items():
        if abs(value - slip) <= 0.02 or abs(value - 100 * slip) <= 2:
            return hint
    return (
        "which of the 18 parts do the frozen layers still take?",
        "forward 6 as before; backward 2 for each layer that is trained.",
        "6 forward and 2 · 2 backward, of 18.",
    )


def exercise_B(answer):
    value = number(call(answer, 6, 4, 5))
    if close(value, 50):
        return "with 6 layers, 4 of them frozen, and 5 epochs yours is as dear as without a cache: what runs once?"
    slips = {
        90: "that is the cost of training all layers.",
        10: "the trained layers are paid for in each epoch.",
        14: "a trained layer costs 3 in each pass, forward and backward.",
        30: "the frozen layers have to run once, to fill the cache.",
        42: "a frozen layer costs 1, not 3: it has no way back.",
    }
    hints = (
        "with 6 layers, 4 of them frozen, and 5 epochs it is another number. What is multiplied by the epochs?",
        "the frozen layers once, 1 each; the others in each epoch, 3 each.",
        "frozen + epochs · 3 · (layers − frozen)",
    )
    if wrong := compare(value, 34, slips, hints):
        return wrong
    return compare(number(call(answer, 12, 12, 7)), 12, {0: "with all layers frozen one pass is still needed."}, hints)


def exercise_C(answer):
    logits, labels = np.array([[2.0, 0.0, 0.0, 0.0], [0.0, 3.0, 1.0, -1.0]]), np.array([0, 2])
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    gaps = shares - np.eye(4)[labels]
    value = call(answer, logits, labels, returns=object, shape=(2,))
    slips = (
        ((gaps**2).sum(1), "that is the square of the length: the root is missing."),
        (np.abs(gaps).sum(1), "that is the sum of the distances; asked is the root of the sum of squares."),
        (np.linalg.norm(logits - np.eye(4)[labels], axis=1), "the logits are no shares yet: softmax first."),
        (1 - shares[[0, 1], labels], "that is the error of the right class alone; the others belong to it, too."),
        (-np.log(shares[[0, 1], labels]), "that is the loss; asked is the length of the difference."),
        (np.linalg.norm(gaps, axis=1) / 2, "the length is not divided by anything."),
    )  # fmt: skip
    if not close(value, np.linalg.norm(gaps, axis=1), within=1e-5):
        return next(
            (hint for slip, hint in slips if close(value, slip, within=1e-5)),
            (
                "for a sure and right text it is 0, for a sure and wrong one √2. Is yours?",
                "softmax along the classes, minus 1 at the label, then `np.linalg.norm(…, axis=1)`.",
                "np.linalg.norm(softmax − np.eye(C)[labels], axis=1)",
            ),
        )
    with np.errstate(all="ignore"):
        large = call(answer, np.array([[1000.0, 0.0], [0.0, 1000.0]]), np.array([0, 0]), returns=object)
    if not np.isfinite(np.asarray(large, float)).all():
        return "with a logit of 1,000 it is not a number any more: take off the largest logit of each row first."
    return None


def exercise_1(answer):
    def places(costs, accuracies):
        found = call(answer, costs, accuracies, returns=object)
        try:
            return {int(place) for place in found}
        except (TypeError, ValueError):
            raise AnswerError(
                "your function returned something else", expected="a set of places", remedy="such as {0, 2}"
            ) from None

    costs, accuracies = [5.0, 1.0, 3.0, 4.0, 2.0], [0.80, 0.60, 0.75, 0.70, 0.55]
    found = places(costs, accuracies)
    slips = {
        frozenset({1}): "that is the cheapest alone; a dearer one that is better stays, too.",
        frozenset({0}): "that is the most accurate alone; a cheaper one stays, too.",
        frozenset({0, 1}): "the two ends are right; what lies between them may be on the front, too.",
        frozenset({3, 4}): "those are the ones that are dominated.",
        frozenset({1, 2, 3}): "places count from 0.",
        frozenset(): "nothing is left: does each way dominate itself in yours?",
    }
    if found != {0, 1, 2}:
        return slips.get(frozenset(found)) or (
            "costs 5, 1, 3, 4, 2 and accuracies .80, .60, .75, .70, .55: which of the five are beaten in both?",
            "for each way, look for another one that is no dearer and no less accurate, and better in one of the two.",
            "keep a place unless some other pair has cost ≤ and accuracy ≥, and is not the same pair.",
        )
    if places([1.0, 1.0], [0.5, 0.5]) != {0, 1}:
        return "two ways that are equal in both do not dominate each other: both stay."
    if places([1.0, 1.0], [0.5, 0.6]) != {1}:
        return "at the same cost the less accurate one is dominated."
    if places([1.0, 2.0], [0.5, 0.5]) != {0}:
        return "at the same accuracy the dearer one is dominated."
    return None


def exercise_2(answer):
    if not isinstance(answer, dict) or not {16, 64} <= set(answer):
        raise AnswerError("this is something else", expected="a dictionary with 16, 64 and 'lower at the end'",
                          remedy="put each history under its batch size")  # fmt: skip
    for size, steps in ((16, 8), (64, 2)):
        if not isinstance(answer[size], History):
            raise AnswerError(f"under {size} there is no history", expected="what `training.fit` returns",
                              remedy="keep its result")  # fmt: skip
        if (found := len(answer[size].steps)) != steps:
            return f"with batches of {size} there are {found} steps: 64 texts and 2 epochs make another number."
    last = {size: answer[size].steps[-1]["loss"] for size in (16, 64)}
    if any(abs(max(step["learning_rate"] for step in answer[size].steps) - 5e-4) > 1e-9 for size in (16, 64)):
        return "both trainings have the peak rate 5e-4."
    if answer.get("lower at the end") != min(last, key=last.__getitem__):
        return (
            "which history has the lower loss in its last step?",
            "look at `history.steps[-1]['loss']` of both.",
            f"{last[16]:.3f} at 16, {last[64]:.3f} at 64.",
        )
    return None


def exercise_3(answer):
    return compare_letters(
        answer,
        "abce",
        "what would you have to see beside it before you believe the saving?",
        {
            "a": "without the scores there is no pruned half; what they cost was spent",
            "b": "perhaps any half would have done",
            "c": "one training against one says nothing about seeds",
            "d": "seconds hold more than products: loading, the optimizer, other users of the machine",
            "e": "whoever trains less saves, too, without any idea",
        },
    )


def exercise_4(answer):
    slips = {
        450 / 4.5: "that takes the whole training for saved; it is 40 % of it.",
        450 / (0.6 * 4.5): "60 % is what remains; what repays the work is the 40 % that are saved.",
        450 / (0.4 * 3): "hours are not yet money: each costs 1.50.",
        450 / (0.4 * 1.5): "a training takes 3 hours.",
        450.0: "that is what the work costs; how many savings are that?",
        5.0: "9 hours of work at 50 are to be repaid, not 9.",
    }
    hints = (
        "what does the work cost, and what does each training save?",
        "9 · 50 to be repaid; 40 % of 3 · 1.50 saved each time.",
        "450 divided by 1.80.",
    )
    return compare(number(answer), 250, slips, hints, within=1e-6)
