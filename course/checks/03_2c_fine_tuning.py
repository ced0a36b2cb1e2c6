"""Checks of the exercises of chapter 3.2c: None for a right answer, else a hint or three graded ones."""

from math import log

from talentlab.course.answers import compare, number, numbers


def exercise_1(answer):
    slips = {
        2e-4 * 0.45: "that falls from the peak at step 0 to zero at step 200; the fall starts only when warm-up ends.",
        2e-4: "that is the peak, which is reached at step 20.",
        0.5: "that is the share of the peak; multiply by the peak.",
        90.5 / 180: "that is the share of the peak; multiply by the peak.",
    }
    hints = (
        "in which part of the schedule does step 110 lie, and where does that part begin and end?",
        "after the warm-up the rate falls in a straight line to zero: how much of that line is left?",
        "the warm-up takes 20 steps; of the 180 that follow, how many are left at step 110?",
    )
    return compare(number(answer), 2e-4 * 90.5 / 180, slips, hints, within=0.01)


def exercise_2(answer):
    slips = {
        0.8**6: "that is the lowest layer's factor; the embeddings lie one below it.",
        0.8**5: "the top layer is already one below the head; count from there down to the embeddings.",
        0.8**-7: "that is how many times larger the head's rate is; give what it is multiplied by.",
        7 * 0.8: "the factor is applied once more at each step down: take the power, not the multiple.",
        1 - 0.8**7: "that is what is taken away; give what it is multiplied by.",
        100 * 0.8**7: "that is in per cent; give the factor.",
    }
    hints = (
        "how many steps down is it from the head to the embeddings?",
        "each step down multiplies the rate by 0.8 once more.",
        "head → layer 6 → … → layer 1 → embeddings: one factor of 0.8 for each arrow.",
    )
    return compare(number(answer), 0.8**7, slips, hints, rounding=0.01)


def exercise_3(answer):
    slips = {
        1e-6: "that is one step; there are 1,000.",
        0.999: "that is what is left of it; by which share did it shrink?",
        0.1: "as a share, not in percent.",
        1 - 0.99**1000: "each step multiplies by 1 − rate × decay, not by 1 − decay.",
        10: "each step takes rate × decay of the weight, not the decay alone.",
    }
    hints = (
        "which share does decay take from a weight in one step?",
        "each step multiplies the weight by 1 − rate × decay; what is left after all of them?",
        "1 − (1 − rate × decay) to the power of the steps.",
    )
    return compare(number(answer), 1e-3, slips, hints, within=0.01, unit="share")


def exercise_4(answer):
    slips = {
        log(9): "that takes 0.9 and 0.1; the right class gets half of the 0.1 back.",
        0.9: "that is the difference of the probabilities; which logits give these?",
        19: "that is the ratio of the probabilities; a difference of logits is its logarithm.",
        -log(19): "the sign: the right class has the larger logit.",
        log(0.95): "that is one logarithm; the difference of the logits is the logarithm of a ratio.",
    }
    hints = (
        "which probabilities does the smoothed label ask for?",
        "the loss is lowest where the predicted probabilities are those of the label; softmax gives them when …",
        "the loss is lowest where the probabilities are 0.95 and 0.05; the difference is the log of their ratio.",
    )
    return compare(number(answer), log(19), slips, hints, rounding=0.01)


def exercise_5(answer):
    end, best = numbers(answer, 2, names=("ends after", "keeps"), whole=True)
    if (end, best) == (8, 8):
        return "epoch 8 is never reached: from epoch 5 on, count the epochs that bring nothing better."
    if (end, best) == (4, 6):
        return "the right numbers, the other way round."
    if (end, best) == (5, 3):
        return "counted from 0; the first epoch is 1."
    if best == 6:
        return "epoch 6 equals epoch 4; only a better one is kept."
    if end == 5:
        return "one epoch without a gain is allowed; patience is two."
    hints = (
        "which epoch is the best so far after each one, and for how long has it been?",
        "training ends once two epochs in a row have brought nothing better than the best before them.",
        "find the best epoch so far at each point, and stop when it lies two epochs back.",
    )
    return None if (end, best) == (6, 4) else hints
