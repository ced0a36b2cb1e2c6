"""Checks of the exercises of chapter 3.2d: None for a right answer, else a hint or three graded ones."""

import numpy as np

from talentlab.course.answers import AnswerError, call, close, compare, number, numbers
from talentlab.training import History


def exercise_A(answer):
    left = np.array([[0.06, -0.02, 0.01, -0.05], [-0.06, 0.02, -0.01, 0.05]])
    apart = 0.6 + np.array([[0.03], [-0.03]]) + np.array([0.02, 0.04, -0.01, -0.05])
    zero = call(answer, apart, shape=(2, 4))
    if close(zero, np.full((2, 4), -0.6)):
        return "the overall mean is in the rows' means and in the columns': taken away twice, it has to come back."
    if close(zero, np.full((2, 4), 0.6)):
        return "where the settings do not depend on each other the overall mean is left over: take it away as well."
    if not close(zero + 1, np.ones((2, 4))):
        return (
            "in a table that adds a row's part to a column's, nothing is to be left; what is left in yours?",
            "take away the mean of each row and the mean of each column; then see what became of the overall mean.",
            "means − its rows' means − its columns' means + the overall mean, with `keepdims` for the shapes.",
        )
    found = call(answer, apart + left, shape=(2, 4))
    if close(found, -left):
        return "the sign: what is left is the table less what rows and columns explain."
    if not close(found, left):
        return "in a table with an interaction it is another: give what is left as it is, without a factor."
    found = call(answer, (apart + left).T, shape=(4, 2))
    return (
        None if close(found, left.T) else "in a table of four rows and two columns it goes wrong: which axis is which?"
    )


def exercise_B(answer):
    others = np.array(
        [[0.50, 0.60, 0.70, 0.71], [0.52, 0.61, 0.72, 0.73], [0.40, 0.52, 0.60, 0.61], [0.53, 0.62, 0.71, 0.7]]
    )

    def ends(*curve):
        said = call(answer, np.array(curve), others)
        if isinstance(said, (bool, np.bool_)) or (np.ndim(said) == 0 and said in (0, 1)):
            return bool(said)
        raise AnswerError("yours returns something else", expected="a function that returns True or False",
                          remedy="compare two numbers")  # fmt: skip

    if ends(0.55):
        return "after its first epoch a trial ahead of most others is ended: at which epoch are the others looked at?"
    if not ends(0.45):
        return "after its first epoch a trial behind most others goes on: is it ended when it is below the median?"
    if not ends(0.55, 0.53):
        return (
            "after its second epoch a trial behind the others goes on: which column of `others` is that of its epoch?"
        )
    if ends(0.45, 0.63):
        return "a trial is judged by its last accuracy; this one began badly and has caught up."
    if not ends(0.505):
        return "it is not the median: one trial that is far ahead or far behind must not move the bar."
    if ends(0.50, 0.605):
        return "a trial that equals the median is not below it."
    if ends(0.5, 0.6, 0.65, 0.72) or not ends(0.5, 0.6, 0.75, 0.65):
        return "after the last epoch it goes wrong: there are as many columns as epochs."
    return None


def exercise_C(answer):
    given = numbers(answer, 2, names=("even", "over logs"))
    even, over_logs = 150 / 1950, np.log(4) / np.log(40)
    slips = {
        (over_logs, even): "the even draw first.",
        (0.1, over_logs): "even draw: the range does not begin at zero.",
        (1 - even, 1 - over_logs): "that is the share above 2e-4.",
        (even, even): "over the logarithm it is another: draw the logarithms evenly, then take `exp`.",
        (over_logs, over_logs): "the even draw is another: `uniform` over the rates themselves.",
    }
    hints = (
        "how long is the stretch below 2e-4, compared with the whole range, on each of the two scales?",
        "draw a million: `uniform(5e-5, 2e-3)`, and `exp(uniform(log(5e-5), log(2e-3)))`; count those below 2e-4.",
        "even: a difference divided by a difference; over logarithms: the same with the logarithm of each number.",
    )
    return compare(given, (even, over_logs), slips, hints, rounding=0.01, unit="share or per cent")


def exercise_1(answer):
    hours = 4**5 * 3 * 40 / 3600
    slips = {
        hours / 3: "each training has three epochs.",
        5**4
        * 3
        * 40
        / 3600: "that is 5 to the power 4; each of the five settings has four values to combine with all.",
        20 * 3 * 40 / 3600: "20 is 4 × 5; in a grid every value meets every value of the other settings.",
        hours * 60: "hours are asked for.",
        hours * 3600: "hours are asked for.",
        hours / 24: "hours are asked for.",
        4**5: "that is the number of trainings; how long do they take?",
    }
    hints = (
        "how many trainings are in the grid, and how long is one?",
        "every value of a setting meets every value of the others: the numbers of values multiply.",
        "trainings = 4 to the power 5, each of 3 × 40 seconds.",
    )
    return compare(number(answer), hours, slips, hints, rounding=1)


def exercise_2(answer):
    slips = {
        0.08: "that is what the larger rate gains at batch size 32; subtract what it gains at batch size 8.",
        -0.16: "that is what the larger rate gains at batch size 8; subtract it from the gain at batch size 32.",
        -0.08: "that is the sum of the two gains; an interaction is their difference.",
        -0.24: "the sign: gain at batch size 32 minus gain at batch size 8.",
        24: "that is in points; the accuracies are shares, so is their difference.",
        0.12: "that is half of it: the difference of the gains is asked for, without a factor.",
    }
    hints = (
        "what does the larger rate gain at each of the two batch sizes?",
        "take the larger rate's gain at batch size 32, then the one at batch size 8, and subtract.",
        "(0.60 − 0.52) is the gain at 32, (0.50 − 0.66) the one at 8.",
    )
    return compare(number(answer), 0.24, slips, hints, rounding=0.01)


def exercise_3(answer):
    slips = {
        58: "58 trials reach 94.9 %; one more is needed.",
        20: "after 20 trials one good one is expected, but with 36 % chance there is none.",
        45: "compare your probabilities: 5 % of the settings are good, and 95 % certainty is asked for.",
        90: "compare your probabilities: 5 % of the settings are good, and 95 % certainty is asked for.",
        19: "certainties do not add up trial by trial; start from the chance that all of them miss.",
    }
    if 58 < (value := number(answer)) < 59:
        return "that is where 95 % is reached; trials come whole, so round in the direction that is certain enough."
    hints = (
        "how likely is it that one trial misses, and that all n miss?",
        "the chance that all n miss must be no larger than what the 95 % leave.",
        "all n miss with probability 0.95 to the power n; that has to fall to 0.05.",
    )
    return compare(number(value, whole=True), 59, slips, hints)


def exercise_4(answer):
    slips = {
        128: "that is the cost without halving.",
        64: "a configuration goes on where it stopped: from epoch 1 to 2 it pays one epoch, not two.",
        48: "two are left after the third round; only they train to epoch 8.",
        16: "that is the first round; those that go on train further.",
        40 / 128: "that is the share of the full cost; how many epochs is it?",
    }
    hints = (
        "how many configurations train between epochs 0 and 1, 1 and 2, 2 and 4, 4 and 8?",
        "each stretch costs the number that is still in it times its length in epochs.",
        "16 × 1, then 8 × 1 more, then 4 × 2 more, then 2 × 4 more.",
    )
    return compare(number(answer), 40, slips, hints)


def exercise_5(answer):
    slips = {
        3: "that is the number of trials; their epochs are asked for.",
        8: "a pruned trial has cost something too.",
        15: "the target was reached before the last trial.",
        5: "the first trial that reaches 0.65 has to be trained, too.",
        4: "that trial's own cost; what came before it was paid as well.",
    }
    hints = (
        "which trial is the first to reach 0.65?",
        "everything that was trained up to the end of that trial counts, pruned trials too.",
        "add the epochs until the first finished trial that has at least 0.65.",
    )
    return compare(number(answer), 9, slips, hints)


def exercise_6(answer, texts):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], dict):
        raise AnswerError("this is something else", expected="a pair (histories, factor)",
                          remedy="write `histories, factor`, the first a dictionary with 8 and 32")  # fmt: skip
    histories, factor = {str(key): value for key, value in answer[0].items()}, number(answer[1])
    if set(histories) != {"8", "32"} or not all(isinstance(each, History) for each in histories.values()):
        raise AnswerError(f"the dictionary has {sorted(histories)}", expected="histories of `fit` as 8 and 32",
                          remedy="keep what `fit` returns, under these names")  # fmt: skip
    tables = {int(size): history.step_table() for size, history in histories.items()}
    for size, table in tables.items():
        if len(table) != -(-texts // size):
            return f"batches of {size} make {-(-texts // size)} steps of {texts} texts; yours has {len(table)}."
        if not np.isclose(table["learning_rate"].max(), 2e-4, rtol=1e-3):
            return "asked is a peak rate of 2e-4, for both."
    sums = {size: table["learning_rate"].sum() for size, table in tables.items()}
    right, steps = sums[8] / sums[32], len(tables[8]) / len(tables[32])
    slips = {
        1 / right: "that is the larger batch's, divided by the smaller batch's.",
        steps: "that is the ratio of the numbers of steps; the rate is not the same in all of them.",
        1: "the peaks are equal, but each step has a rate of its own: add them up.",
        sums[8]: "that is the sum with the smaller batch; divide it by the other.",
        sums[8] - sums[32]: "that is the difference; a factor is asked for.",
    }
    hints = (
        "how many steps does each training have, and which rate has each step?",
        '`step_table()["learning_rate"]` has the rate of every step; add them up for each of the two.',
        "the sum with batches of 8, divided by the sum with batches of 32.",
    )
    return compare(factor, right, slips, hints, rounding=0.1)
