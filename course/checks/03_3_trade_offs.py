"""Checks of the exercises of chapter 3.3: None for a right answer, else a hint or three graded ones."""

from math import sqrt

import numpy as np

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number
from talentlab.training import History


def exercise_A(answer):
    for seed in (0, 1, 2):
        arrays = np.random.default_rng(seed).random((4, 2, 4)) < np.array([0.8, 0.3, 0.5, 0.5])[:, None, None]
        a_few, b_few, a_many, b_many = arrays[[2, 3, 0, 1]] if seed == 1 else arrays  # one lead grows
        value = number(call(answer, a_few, b_few, a_many, b_many))
        few, many = a_few.mean() - b_few.mean(), a_many.mean() - b_many.mean()
        if close(value, few - many, within=1e-6):
            continue
        slips = {
            many - few: "the sign is turned: positive means that the lead is larger with few labels.",
            few: "that is the lead with few labels; from it the lead with many is still to be taken.",
            100 * (few - many): "that is in points; a share is asked for.",
            8 * (few - many): "those are counts of texts over all seeds; a share of them is asked for.",
            4 * (few - many): "those are counts of texts; a share of them is asked for.",
            abs(few - many): "without its sign it cannot say whether the lead shrinks or grows.",
        }
        hints = (
            "what is the lead of a over b, with few labels?",
            "a lead is the share that a gets right minus the share that b gets right; two of them are compared.",
            "(share of `a_few` minus share of `b_few`) minus the same with `a_many` and `b_many`.",
        )
        return compare(value, few - many, slips, hints, within=1e-6)
    return None


def exercise_B(answer):
    labels = [16, 64, 256]
    for b in (0.5, 0.25, 0.1):
        errors = 1.2 * np.array(labels, float) ** -b
        accuracies = (1 - errors).tolist()
        value = number(call(answer, labels, accuracies))
        if close(value, b, within=1e-4):
            continue
        x = np.log(labels)
        slips = {
            -np.polyfit(x, np.log(accuracies), 1)[0]: "it still fits the accuracy: of what is the law?",
            np.polyfit(x, np.log(accuracies), 1)[0]: "turning the sign is not enough: of what is the law?",
            -b: "that is the slope of the line; how are slope and b related in n^-b?",
            1 / b: "that is 1 / b, the power of 2 in the factor that halves the error.",
            2 ** (1 / b): "that is the factor that halves the error; b itself is asked for.",
            -np.polyfit(labels, np.log(errors), 1)[0]: "both axes are logarithmic; yours has one logarithm.",
            -np.polyfit(x, errors, 1)[0]: "both axes are logarithmic; yours has one logarithm.",
            b / np.log(10): "two logarithms of different bases; take the same for both axes.",
        }
        hints = (
            "which quantity follows the power law, and which one does the function take the logarithm of?",
            "the error is 1 minus the accuracy; its logarithm against that of the labels is a straight line.",
            "fit `np.log(1 - accuracies)` against `np.log(labels)`, with an array of accuracies; b is minus the slope.",
        )
        return compare(value, b, slips, hints, within=1e-4)
    return None


def exercise_C(answer):
    slips = {
        192 * 0.6: "that counts the right labels only; the wrong ones also pull in the other direction.",
        192 * 0.2: "1 - 2e is the pull of one text; the labels shrink by its square.",
        192 * 0.4: "those are the flipped labels.",
        192 * 0.36: "the square belongs on 1 - 2e, not on 1 - e.",
        0.04: "that is the factor; how many of the 192 labels does it leave?",
        192 * 0.16: "that is the square of e; by what does the pull of a text shrink?",
    }
    hints = (
        "by what does the pull of a text towards its class shrink if its label is wrong with probability e?",
        "the estimate multiplies the number of labels by (1 - 2e)².",
        "put e = 0.4 into (1 - 2e)², and multiply by the number of labels.",
    )
    return compare(number(answer), 192 * 0.2**2, slips, hints, rounding=0.1)


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


def exercise_6(answer):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], dict):
        raise AnswerError("this is something else", expected="a pair (histories, letter)",
                          remedy='write `histories, "A"`, the first a dictionary of two')  # fmt: skip
    histories, letter = answer
    if set(histories) != {"clean", "flipped"} or not all(isinstance(h, History) for h in histories.values()):
        raise AnswerError(f"the dictionary has the keys {', '.join(map(str, histories)) or 'none'}",
                          expected="histories of `fit` under `clean` and `flipped`",
                          remedy="keep what `train_network` returns")  # fmt: skip
    tables = {name: history.step_table() for name, history in histories.items()}
    if {len(table) for table in tables.values()} != {40}:
        return "each training has 40 steps: five epochs of 64 texts in batches of 8."
    if not np.allclose([table["learning_rate"].max() for table in tables.values()], 1e-3, rtol=1e-3):
        return "one of the two was not trained at a peak learning rate of 1e-3."
    if np.array_equal(tables["clean"]["loss"], tables["flipped"]["loss"]):
        return "both losses are the same at every step: did the second training get the labels `wrong`?"
    ends = {name: float(table["loss"].tail(8).mean()) for name, table in tables.items()}
    gap = ends["flipped"] - ends["clean"]
    right = "A" if gap > 0.1 else "B" if gap < -0.1 else "C"
    said = ", ".join(f"{name} {loss:.3f}" for name, loss in ends.items())
    return compare_letters(
        letter,
        right,
        f"The mean losses of the last epoch are: {said}.",
        {
            "A": "it takes a loss of the flipped labels that is more than 0.1 above",
            "B": "it takes a loss of the clean labels that is more than 0.1 above",
            "C": "it takes two losses within 0.1 of each other",
        },
    )
