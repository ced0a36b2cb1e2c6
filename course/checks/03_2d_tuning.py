"""Checks of the exercises of chapter 3.2d: each returns None for a right answer, else a hint."""

import numpy as np


def exercise_1(answer):
    hours = 4**5 * 3 * 40 / 3600
    if np.isclose(answer, hours / 3, rtol=0.01):
        return "each training has three epochs."
    if np.isclose(answer, 5**4 * 3 * 40 / 3600, rtol=0.01):
        return "that is 5 to the power 4; each of the five settings has four values to combine with all others."
    if np.isclose(answer, 20 * 3 * 40 / 3600, rtol=0.01):
        return "20 is 4 × 5; in a grid every value meets every value of the other settings."
    if np.isclose(answer, hours * 60, rtol=0.01) or np.isclose(answer, hours * 3600, rtol=0.01):
        return "hours are asked for."
    if not np.isclose(answer, hours, rtol=0.01):
        return "trainings = 4 to the power 5, each of 3 × 40 seconds."
    return None


def exercise_2(answer):
    if np.isclose(answer, 0.08):
        return "that is what the larger rate gains at batch size 32; subtract what it gains at batch size 8."
    if np.isclose(answer, -0.16):
        return "that is what the larger rate gains at batch size 8; subtract it from the gain at batch size 32."
    if np.isclose(answer, -0.08):
        return "that is the sum of the two gains; an interaction is their difference."
    if np.isclose(answer, -0.24):
        return "the sign: gain at batch size 32 minus gain at batch size 8."
    if not np.isclose(answer, 0.24):
        return "(0.60 − 0.52) is the gain at 32, (0.50 − 0.66) the one at 8."
    return None


def exercise_3(answer):
    if np.isclose(answer, 58):
        return "58 trials reach 94.9 %; one more is needed."
    if np.isclose(answer, 20):
        return "after 20 trials one good one is expected, but with 36 % chance there is none."
    if np.isclose(answer, 45) or np.isclose(answer, 90):
        return "compare your probabilities: 5 % of the settings are good, and 95 % certainty is asked for."
    if not np.isclose(answer, 59):
        return "all n miss with probability 0.95 to the power n; that has to fall to 0.05."
    return None


def exercise_4(answer):
    if np.isclose(answer, 128):
        return "that is the cost without halving."
    if np.isclose(answer, 64):
        return "a configuration goes on where it stopped: from epoch 1 to 2 it pays one epoch, not two."
    if np.isclose(answer, 48):
        return "two are left after the third round; only they train to epoch 8."
    if not np.isclose(answer, 40):
        return "16 × 1, then 8 × 1 more, then 4 × 2 more, then 2 × 4 more."
    return None


def exercise_5(answer):
    if np.isclose(answer, 3):
        return "that is the number of trials; their epochs are asked for."
    if np.isclose(answer, 8):
        return "a pruned trial has cost something too."
    if np.isclose(answer, 15):
        return "the target was reached before the last trial."
    if not np.isclose(answer, 9):
        return "add the epochs until the first finished trial that has at least 0.65."
    return None
