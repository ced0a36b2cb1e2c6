"""Checks of the exercises of chapter 3.2b: each returns None for a right answer, else a hint."""

import numpy as np


def exercise_1(answer):
    if np.isclose(answer, 16 * 110):
        return "that trains everything; what does a frozen weight not need?"
    if np.isclose(answer, 16 * 86):
        return "frozen weights still lie in memory, 4 bytes each."
    if np.isclose(answer, 4 * 110):
        return "those are the weights alone, as in use."
    if np.isclose(answer, 1472e6) or np.isclose(answer, 1472 / 1.048576, rtol=1e-3):
        return "the number is right in another unit; give it in 10⁶ bytes."
    if not np.isclose(answer, 1472, rtol=5e-3):
        return "4 bytes for each of the 110 million, and 12 more for each of the 86 million that are trained."
    return None


def exercise_2(answer):
    chosen = {str(letter).strip().lower() for letter in answer}
    if "c" in chosen:
        return "c: b is more accurate and faster."
    if "e" in chosen:
        return "e: d is as accurate and faster."
    if "a" not in chosen:
        return "a: nothing is as fast, so nothing dominates it, however low its accuracy."
    if chosen != {"a", "b", "d"}:
        return "go from the cheapest to the dearest and keep each that is more accurate than all before it."
    return None


def exercise_3(answer):
    if np.isclose(answer, np.log2(5), atol=5e-3):
        return "those are bits; nats take the natural logarithm."
    if np.isclose(answer, np.log10(5), atol=5e-3):
        return "that is the logarithm to base 10; nats take the natural one."
    if np.isclose(answer, 0.2) or np.isclose(answer, 5):
        return "each class has the probability 1/5; the loss is minus the logarithm of it."
    if np.isclose(answer, np.log(2), atol=5e-3):
        return "that is the value for two classes."
    if not np.isclose(answer, np.log(5), atol=5e-3):
        return "small weights hold all five classes equally likely: minus the natural logarithm of 1/5."
    return None


def exercise_4(answer):
    if np.isclose(answer, -0.8):
        return "the sign: a good probe goes with a good fine-tuning here."
    if np.isclose(answer, 1 - 4 / 5) or np.isclose(answer, 1 - 6 * 4 / 25):
        return "the formula is 1 − 6 Σd² / (n (n² − 1)), with n = 5."
    if np.isclose(answer, 0.6, atol=5e-3):
        return "that is Kendall's tau, which counts pairs in the wrong order; Spearman squares differences of ranks."
    if not np.isclose(answer, 0.8, atol=5e-3):
        return "the ranks differ by 1, −1, 0, 1, −1: put the sum of the squares into 1 − 6 Σd² / (n (n² − 1))."
    return None


def exercise_5(answer):
    chosen = {str(letter).strip().lower() for letter in answer}
    if "a" in chosen:
        return "a: the file still has as many lines."
    if chosen & {"b", "c"}:
        return "b and c: texts are still cut into the same pieces; only the numbers of the pieces are others."
    if "d" in chosen:
        return "d: the tokenizer turns its own numbers back into the same text, whatever the numbers are."
    if "e" not in chosen:
        return "e: which rows of the model's table do the words of a pair get now?"
    if chosen != {"e", "f"}:
        return "f: numbers that were written down before the change are a memory of the right vocabulary."
    return None
