"""Checks of the exercises of chapter 3.2b: None for a right answer, else a hint or three graded ones."""

from collections.abc import Iterable
from math import log, log2, log10

import numpy as np
import pandas as pd

from talentlab.course.answers import AnswerError, call, compare, compare_letters, number, numbers
from talentlab.training import History


def exercise_A(answer):
    slips = {
        1 / 6: "that would be so if there were nothing but layers; what else has weights?",
        5 * 1.77 / 22.7: "that is the share that goes; asked is what stays.",
        (22.7 - 6 * 1.77) / 22.7: "no layer is left in that; `minilm:1` keeps one.",
        1.77 / 22.7: "that is one layer alone; the table of word vectors stays, too.",
        0.1385: "13.85 are the millions of weights that stay; asked is their share.",
    }
    hints = (
        "how many layers go, and what besides layers does a model consist of?",
        "take the weights of the layers that go from all weights, and divide by all.",
        "five layers of 1.77 million go from 22.7 million.",
    )
    return compare(number(answer), (22.7 - 5 * 1.77) / 22.7, slips, hints, rounding=0.01, unit="share or per cent")


def exercise_B(answer):
    def stay(quality, cost):
        names = list("abc"[: len(quality)])
        front = call(answer, pd.Series(quality, names, dtype=float), pd.Series(cost, names, dtype=float))
        if isinstance(front, str) or not isinstance(front, Iterable) or not {*front} <= {*names}:
            raise AnswerError("yours returned something else", expected="a list of names of the index",
                              remedy="look at its `return`")  # fmt: skip
        return set(front)

    if not (front := stay([70, 80, 75], [1, 3, 4])):
        return (
            "still nobody: each candidate is at least as good as itself. Which condition of the definition is missing?"
        )
    if "c" in front:
        return "c (75, cost 4) is less accurate and dearer than b (80, cost 3), and still on your front."
    if front != {"a", "b"}:
        return "of a (70, cost 1) and b (80, cost 3) neither dominates the other; both stay."
    if stay([82, 82], [12, 20]) != {"a"}:
        return "of two with the same accuracy only the cheaper one stays: to be better in one of the two is enough."
    if stay([70, 82], [12, 12]) != {"b"}:
        return "of two with the same cost only the more accurate one stays: to be better in one of the two is enough."
    if not stay([70, 80, 80], [1, 3, 3]) & {"b", "c"}:
        return "two equal candidates throw each other out: neither is better than the other in anything."
    return None


def exercise_C(answer):
    texts = np.array([[1.0, 0, 0, 0], [0, 10, 10, 0]])
    names = np.array([[3.0, 3, 0, 0], [0.5, 0, 0, 0], [0, 1, 1, 0]])  # cosines: 0.71, 1, 0 and 0.5, 0, 1
    found = call(answer, texts, names, shape=(2,)).tolist()
    if found == [0, 0]:
        return "the first class has the longest vector, and it wins both times: bring the names to length 1."
    if found == [1, 0]:
        return "that looks like the shortest distance; a cosine compares directions, whatever the lengths."
    if found == [2, 1]:
        return "those are the classes with the lowest cosine."
    generator = np.random.default_rng()  # other vectors in each run: what was looked up does not help
    for few, classes in (
        (texts, names),
        *((generator.normal(size=(2, 4)), generator.normal(size=(5, 4))) for _ in "abc"),
    ):
        right = (few @ (classes / np.linalg.norm(classes, axis=1)[:, None]).T).argmax(1)
        if call(answer, few, classes, shape=(2,)).tolist() != right.tolist():
            return (
                "which number do two vectors get that point in the same direction?",
                "cosine: the product of two vectors, divided by the length of each; the largest along the classes.",
                "divide each row of `names` by its norm, multiply `texts` by its transpose, take `argmax(1)`.",
            )
    return None


def exercise_D(answer):
    slips = {
        (384, 112): "the two are swapped: the same class first.",
        (28, 468): "28 pairs are in one class; there are four classes.",
        (112, 496): "496 are all pairs of 32 texts, those of the same class among them.",
        (224, 768): "each pair is counted twice, in both orders.",
        (256, 768): "a text with itself is no pair, and the order does not count.",
        (128, 384): "a text with itself is no pair.",
    }
    hints = (
        "how many pairs can be made of 8 texts, and how many of all 32?",
        "n texts make n · (n − 1) / 2 pairs; take it for one class, times 4, and for all texts.",
        "28 in each class; the others are what is left of 32 · 31 / 2.",
    )
    return compare(numbers(answer, 2, names=("same", "different"), whole=True), (112, 384), slips, hints)


def exercise_1(answer):
    slips = {
        16 * 110: "that trains everything; what does a frozen weight not need?",
        16 * 86: "frozen weights still lie in memory, 4 bytes each.",
        4 * 110: "those are the weights alone, as in use.",
        12 * 86: "those are gradients and means; the weights are missing.",
        1472e6: "the number is right in bytes; give it in 10⁶ bytes.",
        1.472: "the number is right in gigabytes; give it in 10⁶ bytes.",
        1472 / 1.048576: "the number is right in MiB, 2²⁰ bytes; give it in 10⁶ bytes.",
    }
    hints = (
        "what has to be in memory for every weight, and what only for those that train?",
        "weights: 4 bytes each; gradient and two means: 4 bytes each, for trained weights alone.",
        "4 bytes for each of the 110 million, and 12 more for each of the 86 million that are trained.",
    )
    return compare(number(answer), 1472, slips, hints, rounding=1)


def exercise_2(answer):
    return compare_letters(
        answer,
        "abd",
        "Which candidates can be replaced by another that is better in one thing and no worse in the other?",
        {
            "a": "nothing is as fast, so nothing dominates it, however low its accuracy",
            "b": "whatever is faster is less accurate",
            "c": "b is more accurate and faster",
            "d": "nothing is more accurate, and what is as accurate is slower",
            "e": "d is as accurate and faster",
        },
    )


def exercise_3(answer):
    slips = {
        log2(5): "those are bits; nats take the natural logarithm.",
        log10(5): "that is the logarithm to base 10; nats take the natural one.",
        0.2: "each class has the probability 1/5; the loss is minus the logarithm of it.",
        5: "each class has the probability 1/5; the loss is minus the logarithm of it.",
        log(2): "that is the value for two classes.",
        -log(5): "the sign: the logarithm of a probability is negative, the loss is minus that.",
    }
    hints = (
        "which probability does such a head give to each of the five classes?",
        "the loss is minus the natural logarithm of the probability of the true class.",
        "small weights hold all five classes equally likely: minus the natural logarithm of 1/5.",
    )
    return compare(number(answer), log(5), slips, hints, rounding=0.01)


def exercise_4(answer):
    formula = "the formula is 1 − 6 Σd² / (n (n² − 1)), with n = 5."
    slips = {
        -0.8: "the sign: a good probe goes with a good fine-tuning here.",
        1 - 4 / 5: formula,
        1 - 6 * 4 / 25: formula,
        0.6: "that is Kendall's tau, which counts pairs in the wrong order; Spearman squares differences of ranks.",
        80: "a correlation lies between −1 and 1.",
    }
    hints = (
        "by how much does each encoder's rank change?",
        "square the differences of the ranks, add them up, and put the sum into Spearman's formula.",
        "the ranks differ by 1, −1, 0, 1, −1: put the sum of the squares into 1 − 6 Σd² / (n (n² − 1)).",
    )
    return compare(number(answer), 0.8, slips, hints, rounding=0.01)


def exercise_5(answer):
    return compare_letters(
        answer,
        "ef",
        "Which check knows something of the numbers that the model learned, and which looks at the tokenizer alone?",
        {
            "a": "the file still has as many lines",
            "b": "texts are still cut into the same pieces; only the numbers of the pieces are others",
            "c": "texts are still cut into the same pieces; what was known is still known",
            "d": "the tokenizer turns its own numbers back into the same text, whatever the numbers are",
            "e": "which rows of the model's table do the words of a pair get now? Other ones",
            "f": "numbers that were written down before the change are a memory of the right vocabulary",
        },
    )


def exercise_6(answer, learning_rate):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], dict):
        raise AnswerError("this is something else", expected="a pair (histories, fall)",
                          remedy="write `histories, fall`, the first a dictionary rate → history")  # fmt: skip
    histories = list(answer[0].values())
    if len(histories) != 2 or not all(isinstance(history, History) for history in histories):
        raise AnswerError(f"the dictionary has {len(histories)} entries", expected="two histories of `training.fit`",
                          remedy="keep what `fit` returns, under its rate")  # fmt: skip
    tables = sorted((history.step_table() for history in histories), key=lambda table: table["learning_rate"].max())
    used = [float(table["learning_rate"].max()) for table in tables]
    if not np.allclose(used, [learning_rate, 100 * learning_rate], rtol=1e-3):
        reached = f"the two trainings reached rates of {used[0]:g} and {used[1]:g}"
        return f"{reached}; asked are {learning_rate:g} and a hundred times of it."
    if {len(table) for table in tables} != {12}:
        return "each training has 12 steps: two epochs of 96 texts in batches of 16."
    losses = [table["loss"] for table in tables]
    if losses[0].iloc[0] - losses[0].tail(6).mean() > 0.1:
        return "at the lower rate the loss falls clearly: is everything but the head frozen?"
    low, high = (float(loss.iloc[0] - loss.tail(6).mean()) for loss in losses)
    slips = {
        float(losses[1].tail(6).mean()): "that is the loss at the end; by how much has it fallen?",
        -high: "the sign: what has fallen counts as positive.",
        low: "that is the fall at the lower rate.",
        float(
            losses[1].iloc[0] - losses[1].iloc[-1]
        ): "that is the fall to the last step; take the mean of the last six.",
    }
    hints = (
        "where does the loss start, and where does it end?",
        "`step_table()['loss']` has one row a step: the first one, minus the mean of the last six.",
        "with `loss` of the higher rate: `loss.iloc[0] - loss.tail(6).mean()`.",
    )
    return compare(number(answer[1]), high, slips, hints, rounding=0.01)
