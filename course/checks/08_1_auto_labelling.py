"""Checks of the exercises of chapter 8.1: None for a right answer, else a hint or three graded ones."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number, numbers

STRENGTHS = (0.1, 1.0, 10.0, 100.0)


def exercise_A(answer):
    slips = {
        0.9: "that is how often the first is right at all; here it is also known that the other contradicts it.",
        0.36: "that is the probability of one of the two cases; divide by that of both.",
        0.54: "that is both right; but they contradict each other.",
        0.6: "that compares 0.9 with 0.6 alone; each of the two cases is a product.",
        0.143: "that is the probability that the second is right.",
    }
    hints = (
        "in which two cases do they contradict each other, and how probable is each?",
        "first right and second wrong, or first wrong and second right; the errors are independent, so multiply.",
        "divide the probability of the first case by the sum of both.",
    )
    return compare(number(answer), 0.36 / 0.42, slips, hints, rounding=0.01, unit="share or per cent")


def exercise_B(answer):
    def picked(rows, k):
        found = call(answer, np.array(rows, float), k, returns=(np.ndarray, list, tuple, pd.Index, pd.Series))
        return [int(value) for value in numbers(found, len(found), whole=True)] if len(found) else []

    rows = [[0.70, 0.10, 0.15, 0.05], [0.40, 0.45, 0.05, 0.10], [0.97, 0.01, 0.01, 0.01], [0.05, 0.33, 0.30, 0.32]]
    first = picked(rows, 2)
    if len(first) != 2:
        return f"asked for 2 texts, yours returns {len(first)}."
    if first == [1, 3]:
        return "the right two, but not the smallest margin first: they are 0.05 and 0.01."
    if set(first) & {2}:
        return (
            "yours picks the text of which the model is surest. Which two columns are the likeliest after sorting?",
            "`np.sort` puts the smallest first, so the two likeliest classes stand in the last two columns.",
            "the margin is `ordered[:, -1] - ordered[:, -2]`; the smallest margins come first in `argsort`.",
        )
    if first != [3, 1]:
        return (
            "the margins of the four texts are 0.55, 0.05, 0.96 and 0.01. Which two are the smallest?",
            "the margin is between the likeliest and the second likeliest class, not the least likely ones.",
            "take the last two columns of the sorted rows.",
        )
    if picked([[0.55, 0.45], [0.90, 0.10], [0.48, 0.52]], 1) != [2]:
        return "with two classes it is wrong: count columns from the end, not from the beginning."
    return None


def exercise_C(answer, vectors, labels, test_vectors, truth):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], (dict, pd.Series)):
        raise AnswerError("this is something else", expected="a pair (accuracies, C)",
                          remedy="write `by_c, best`, the first a dictionary C → accuracy")  # fmt: skip
    given, chosen = {float(c): number(value) for c, value in dict(answer[0]).items()}, number(answer[1])
    if set(given) != set(STRENGTHS):
        return f"the dictionary has C = {', '.join(f'{c:g}' for c in sorted(given))}; asked are 0.1, 1, 10 and 100."
    right, own = {}, {}
    for c in STRENGTHS:
        machine = LogisticRegression(C=c, max_iter=1000).fit(vectors, labels)
        right[c] = float((machine.predict(test_vectors) == truth).mean())
        own[c] = float((machine.predict(vectors) == labels).mean())
    if all(close(given[c], own[c], rounding=0.02) for c in STRENGTHS):
        return "those are the accuracies on the labels that it learnt; asked are those on the test texts."
    if off := [c for c in STRENGTHS if not close(given[c], right[c], rounding=0.02)]:
        return (
            f"the accuracy at C = {off[0]:g} is another one. Which rows, which labels, which texts to judge by?",
            "`vectors[covered]` with `by_rule[covered]`, then `predict(test_vectors) == truth`.",
            "one fit per C with max_iter=1000; the mean of the comparison is the accuracy.",
        )
    if given.get(chosen, 0) < max(given.values()):
        return "the C of your answer is not the one with the largest accuracy of your dictionary."
    return None


def exercise_1(answer):
    def said(row, classes):
        return number(call(answer, row, classes), whole=True)

    if said([1, 1, 0], 3) != 1:
        return "two voters say 1 and one says 0: the answer is 1."
    if said([-1, -1, 2, -1], 3) != 2:
        return "silent voters do not count: one voter says 2, and nobody says anything else."
    if said([0, 2], 3) != -1:
        return "two classes with one vote each are level: the answer is -1."
    if said([-1, -1], 3) != -1:
        return "nobody speaks: the answer is -1."
    if said([2, 2, 0, 0, 1], 3) != -1:
        return "two classes are level at the top, the third does not matter: -1."
    if said([3, 3, 0, 0, 3], 4) != 3:
        return (
            "3 is named three times, 0 twice. Do you look at all classes?",
            "count each class from 0 to classes - 1, and find the largest count.",
            "the class with the largest count, if it is above 0 and stands alone; else -1.",
        )
    return None


def exercise_2(answer):
    def shares(rows):
        return numbers(call(answer, np.array(rows)), 2)

    rows = [[0, 0, -1], [0, 1, -1], [-1, -1, -1], [2, -1, -1]]
    covered, conflict = shares(rows)
    if close((covered, conflict), (0.25, 0.75)):
        return "the coverage comes first, then the conflict."
    if close((covered, conflict), (3.0, 1.0)):
        return "those are numbers of texts; asked are shares of all of them."
    if not close(covered, 0.75):
        return "three of the four texts have at least one vote: coverage is 0.75."
    if close(conflict, 1 / 3):
        return "the conflict is a share of all texts, not of the covered ones."
    if close(conflict, 0.5):
        return "two rules that name the same class are no conflict."
    if not close(conflict, 0.25):
        return (
            "on one of the four texts, rules name different classes: 0.25. What counts as different?",
            "silence, -1, is no class: leave it out before you compare.",
            "a text is in conflict if more than one class is among its votes that are not -1.",
        )
    if not close(shares([[0, 1], [1, 0], [1, 1], [-1, 1]]), (1.0, 0.5)):
        return "for four covered texts, two of them in conflict, the answer is (1, 0.5)."
    return None


def exercise_3(answer):
    curve = {20: 0.45, 200: 0.71, 60: 0.60, 90: 0.66}

    def saved(target, seconds=20, minutes=30):
        return number(call(answer, curve, target, seconds, minutes))

    found = saved(0.66)
    if close(found, 30.0):
        return "90 labels take 30 minutes; from these the minutes of the rules are to be taken off."
    if close(found, 36 + 2 / 3):
        return "a number that just reaches the target is enough: `>=`; and the keys are in no order."
    if close(found, 1770.0):
        return "`label_seconds` are seconds: divide by 60."
    if not close(found, 0.0):
        return (
            "which of 20, 60, 90 and 200 labels is the smallest that reaches 0.66?",
            "take the keys whose accuracy is at least the target, and of these the smallest.",
            "smallest key · label_seconds / 60 − rule_minutes: here 90 · 20 / 60 − 30.",
        )
    if not close(saved(0.7, 30, 60), 40.0):
        return "for 0.7, at 30 s a label and 60 minutes of rules: 200 labels take 100 minutes, 40 more than the rules."
    if not close(saved(0.5, 20, 30), -10.0):
        return "60 labels take 20 minutes, ten less than the rules: the answer is negative, -10."
    if call(answer, curve, 0.9, 20, 30) != "never":
        return 'no number of labels reaches 0.9: the answer is "never".'
    return None


def exercise_4(answer):
    return compare_letters(
        answer,
        "acd",
        "does agreement say that both are right, or only that both say the same?",
        {
            "a": "that is what a kappa of 0.9 says",
            "b": "both may be wrong together, on just these texts",
            "c": "a shared error looks like agreement",
            "d": "only true labels can tell what is right",
            "e": "random errors average out, so that a model can be better than its labels",
        },
    )


def exercise_5(answer):
    slips = {
        0.81: "that is both right; they also agree where both give the same wrong label.",
        0.82: "that would be so with two classes; with four, two wrong labels differ in most cases.",
        0.9: "that is how often one of them is right.",
    }
    hints = (
        "in which two ways can they agree?",
        "both right; or both wrong, and then with the same wrong class.",
        "add to 0.9² the product of 0.1² and the probability that two wrong labels are the same.",
    )
    return compare(number(answer), 0.81 + 0.01 / 3, slips, hints, rounding=0.001, unit="share or per cent")
