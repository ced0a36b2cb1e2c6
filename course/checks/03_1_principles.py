"""Checks of the exercises of chapter 3.1: each returns None for a right answer, else a hint."""

from collections import Counter

import numpy as np


def exercise_1(answer):
    if np.isclose(answer, 60):
        return "60 are chosen, but some of them stay as they are."
    if np.isclose(answer, 48):
        return "48 become [MASK]; a random token in its place is a change too."
    if np.isclose(answer, 360):
        return "that takes 90 % of all tokens; only 15 % are chosen at all."
    if not np.isclose(answer, 54):
        return "of 400 tokens 15 % are chosen, and of these 80 % and 10 % are replaced."
    return None


def exercise_2(answer):
    if np.isclose(answer, np.log2(30_522), atol=5e-3):
        return "those are bits; nats take the natural logarithm."
    if np.isclose(answer, np.log10(30_522), atol=5e-3):
        return "that is the logarithm to base 10; nats take the natural one."
    if np.isclose(answer, 30_522):
        return "that is its perplexity; the loss is the logarithm of it."
    if not np.isclose(answer, np.log(30_522), atol=5e-3):
        return "each token has the probability 1 / 30522; the loss is minus its natural logarithm."
    return None


def exercise_3(answer):
    if np.isclose(answer, 5.5 / 4.8, atol=5e-3):
        return "that is the ratio of the losses; perplexity is e to the loss."
    if np.isclose(answer, 0.7, atol=5e-3):
        return "that is the difference of the losses; what does a difference become under the exponential?"
    if np.isclose(answer, np.exp(-0.7), atol=5e-3):
        return "that is what is left of it; by which factor is it smaller?"
    if not np.isclose(answer, np.exp(0.7), rtol=5e-3):
        return "perplexity before / perplexity after = e^5.5 / e^4.8."
    return None


def exercise_4(answer, pairs):
    (most_frequent, count), *_ = Counter(pairs["train"]).most_common(1)
    held_out = Counter(pairs["held out"])
    right = held_out[most_frequent] / len(pairs["held out"])
    if np.isclose(answer, count / len(pairs["train"]), atol=1e-9) and not np.isclose(answer, right, atol=1e-9):
        return "that is its share in the training blocks; the guess is judged on the held-out ones."
    if not np.isclose(answer, right, rtol=1e-6):
        return "count the most frequent id of pairs['train'] in pairs['held out'], and divide by how many ids that has."
    return None


def exercise_5(answer):
    letter = str(answer).strip().lower()
    if letter == "a":
        return "the task gets no easier by it: the model does not know which tokens stayed."
    if letter in ("c", "d"):
        return "neither time nor frequency is the reason; think of what the model sees in real use, where no [MASK] is."
    if letter != "b":
        return "answer with one of the letters a, b, c, d."
    return None
