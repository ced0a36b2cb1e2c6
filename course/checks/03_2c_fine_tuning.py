"""Checks of the exercises of chapter 3.2c: each returns None for a right answer, else a hint."""

import numpy as np


def exercise_1(answer):
    if np.isclose(answer, 2e-4 * 0.45, rtol=1e-2):
        return "that falls from the peak at step 0 to zero at step 200; the fall starts only when the warm-up ends."
    if np.isclose(answer, 2e-4):
        return "that is the peak, which is reached at step 20."
    if not np.isclose(answer, 2e-4 * 90.5 / 180, rtol=1e-2):
        return "the warm-up takes 20 steps; of the 180 that follow, how many are left at step 110?"
    return None


def exercise_2(answer):
    if np.isclose(answer, 0.8**6, atol=2e-3):
        return "that is the lowest layer's factor; the embeddings lie one below it."
    if np.isclose(answer, 0.8**5, atol=2e-3):
        return "the top layer is already one below the head; count from there down to the embeddings."
    if np.isclose(answer, 0.8**-7, rtol=1e-2):
        return "that is how many times larger the head's rate is; give what it is multiplied by."
    if not np.isclose(answer, 0.8**7, atol=2e-3):
        return "head → layer 6 → … → layer 1 → embeddings: one factor of 0.8 for each arrow."
    return None


def exercise_3(answer):
    if np.isclose(answer, 1e-6, rtol=1e-2):
        return "that is one step; there are 1,000."
    if np.isclose(answer, 0.999, atol=5e-5):
        return "that is what is left of it; by which share did it shrink?"
    if np.isclose(answer, 0.1, rtol=1e-2):
        return "as a share, not in percent."
    if np.isclose(answer, 1 - 0.99**1000, atol=1e-3):
        return "each step multiplies by 1 − rate × decay, not by 1 − decay."
    if not np.isclose(answer, 1e-3, rtol=1e-2):
        return "1 − (1 − rate × decay) to the power of the steps."
    return None


def exercise_4(answer):
    if np.isclose(answer, np.log(9), atol=5e-3):
        return "that takes 0.9 and 0.1; the right class gets half of the 0.1 back."
    if np.isclose(answer, 0.9, atol=5e-3):
        return "that is the difference of the probabilities; which logits give these?"
    if np.isclose(answer, 19, atol=0.05):
        return "that is the ratio of the probabilities; a difference of logits is its logarithm."
    if not np.isclose(answer, np.log(19), atol=5e-3):
        return "the loss is lowest where the probabilities are 0.95 and 0.05; the difference is the log of their ratio."
    return None


def exercise_5(answer):
    end, best = answer
    if (end, best) == (8, 8):
        return "epoch 8 is never reached: from epoch 5 on, count the epochs that bring nothing better."
    if (end, best) == (4, 6):
        return "the right numbers, the other way round."
    if best == 6:
        return "epoch 6 equals epoch 4; only a better one is kept."
    if end == 5:
        return "one epoch without a gain is allowed; patience is two."
    if (end, best) != (6, 4):
        return "find the best epoch so far at each point, and stop when it lies two epochs back."
    return None
