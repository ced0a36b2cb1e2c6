"""Checks of the exercises of chapter 3.2d: None for a right answer, else a hint or three graded ones."""

from talentlab.course.answers import compare, number


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
