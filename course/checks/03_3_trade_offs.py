"""Checks of the exercises of chapter 3.3: None for a right answer, else a hint or three graded ones."""

from math import sqrt

import numpy as np

from talentlab.course.answers import compare, compare_letters, number


def exercise_1(answer):
    slips = {
        2**0.2: "that is what doubling the labels does to the error; solve a · n^-b = half of it for n.",
        2: "twice the labels halve the error only if b = 1, four times only if b = 0.5.",
        4: "twice the labels halve the error only if b = 1, four times only if b = 0.5.",
        10: "2 / b is not it: the exponent 1 / b belongs on the 2.",
        1 / 32: "the labels have to become more, not fewer.",
    }
    hints = (
        "what becomes of n^-b when n is multiplied by a factor k?",
        "the error is multiplied by k^-b, and that has to be a half.",
        "the factor k solves k^-0.2 = 1/2.",
    )
    return compare(number(answer), 32, slips, hints, rounding=0.1)


def exercise_2(answer):
    slips = {
        540: "that is what 900 of their labels are worth; the question goes the other way.",
        900 / 0.36: "κ is the square already: (1 - 2e)². Divide by it once.",
        900 / sqrt(0.6): "1 - 2e is the root of κ, but the labels shrink by its square.",
        1260: "40 % on top is not enough: of the added labels, too, only six in ten count.",
        900: "noisy labels are worth less than perfect ones.",
    }
    hints = (
        "what are n labels of these annotators worth, in perfect ones?",
        "the estimate of section 5 multiplies the number of labels by κ.",
        "n labels are worth κ · n; which n is worth 900?",
    )
    return compare(number(answer), 1500, slips, hints, rounding=1)


def exercise_3(answer):
    slips = {
        510: "a third: of the three epochs, or of the work, where the forward pass alone costs 2 and not 6.",
        1530 / 60: "those are minutes.",
        1530 / 3600: "those are hours.",
        6 * 85e6 * 6000 / 100e9: "D counts tokens, not texts.",
        6 * 85e6 * 300_000: "those are the operations; how many seconds do they take?",
    }
    hints = (
        "how many tokens does the training see in all?",
        "operations: 6 for each parameter and each token that is seen; then divide by the speed.",
        "6 · N · D operations, with D = texts · tokens · epochs, divided by the operations per second.",
    )
    return compare(number(answer), 1530, slips, hints, rounding=1)


def exercise_4(answer, accuracies):
    accuracies = np.asarray(accuracies)
    near = {points: (accuracies >= accuracies.max() - points / 100).mean() for points in (1, 2)}
    slips = {
        near[2]: "that is the chance of one draw; there are five.",
        near[2] ** 5: "that is the chance that all five are near the best; one is enough.",
        5 * near[2]: "chances of several draws do not simply add up: it could exceed 1.",
        1 - (1 - near[1]) ** 5: "that is for one point; two points are asked.",
        (1 - near[2]) ** 5: "that is the chance that none of the five is near the best.",
    }
    hints = (
        "how likely is a single draw to lie within two points of the best?",
        "at least one is the opposite of none: how likely is it that all five lie further away?",
        "one minus the chance that all five draws are further away than two points.",
    )
    return compare(number(answer), 1 - (1 - near[2]) ** 5, slips, hints, rounding=0.01, unit="share")


def exercise_5(answer):
    return compare_letters(
        answer,
        "BCE",
        "What does the slide claim, and what does it not? It compares two methods with few samples, and nothing else.",
        {
            "A": "a lead with many labels takes nothing from one with few; only “above all with few” would be false",
            "B": "the best of 50 draws is a lucky draw",
            "C": "16 labels were not all, for 2,000 more chose the learning rate",
            "D": "the same texts for both make the comparison sharper, not weaker",
            "E": "100 texts can decide between two trained models (12 against 2 where they differ: p = 0.013), "
            "but one seed says nothing of another draw of 16 labels",
        },
    )
