"""Checks of the exercises of chapter 4: each returns None for a right answer, else a hint."""

import numpy as np


def exercise_1(answer):
    p = np.exp([2.0, 1.0, 0.0]) / np.exp([2.0, 1.0, 0.0]).sum()
    y = np.array([0, 1, 0])
    answer = np.asarray(answer, float)
    if answer.shape != (3,):
        return "one number per logit, three in all."
    if np.allclose(answer, p, atol=5e-3):
        return "these are the probabilities; the truth still has to be subtracted."
    if np.allclose(answer, y - p, atol=5e-3):
        return "that is the direction in which the loss falls; the gradient points the other way."
    if np.allclose(answer, p - [1, 0, 0], atol=5e-3):
        return "the true class is the second one, not the first."
    if not np.allclose(answer, p - y, atol=5e-3):
        return "softmax of the logits, then subtract 1 at the true class."
    return None


def exercise_2(answer):
    if np.isclose(answer, 2**2.08, atol=0.5):
        return "nats belong to the natural logarithm; that was the answer for bits."
    if np.isclose(answer, 10**2.08, rtol=0.02):
        return "nats belong to the natural logarithm, not to that of base 10."
    if not np.isclose(answer, 8, atol=0.05):
        return "a fresh head gives every class about 1 / C, so the loss is log C; solve for C, a whole number."
    return None


def exercise_3(answer):
    if not callable(answer):
        return "answer with the function itself: `answer = my_softmax`, without brackets."
    with np.errstate(all="ignore"):
        plain = np.array([0.5, -1.0, 2.0])
        if not np.allclose(answer(plain), np.exp(plain) / np.exp(plain).sum()):
            return "it is not softmax yet: for (0.5, −1, 2) the probabilities are 0.175, 0.039 and 0.786."
        for z in (np.array([1000.0, 0.0]), np.array([-1000.0, -1000.0])):
            if not np.isfinite(answer(z)).all():
                return f"for {z.tolist()} it gives {np.asarray(answer(z)).tolist()}: subtract the largest logit first."
        both = np.array([[1000.0, 0.0, 0.0], [-1000.0, -999.0, -2000.0]])
        got = np.asarray(answer(both))
    if not np.allclose(got, [[1, 0, 0], [1 / (1 + np.e), np.e / (1 + np.e), 0]]):
        return "each row of [B, C] is a text of its own: largest logit and sum over the last axis, with keepdims=True."
    return None


def exercise_4(answer):
    def first(temperature):  # probability of the first class
        return 1 / (1 + np.exp(-4 / temperature))

    one, four = answer
    if not np.isclose(abs(one), first(1), atol=5e-3):
        return "at T = 1 it is p − y of the first class, and y is 0 there."
    if one < 0:
        return "the sign: a larger first logit makes the true class less probable, so the loss rises."
    if np.isclose(four, first(4), atol=5e-3):
        return "the probability at T = 4 is right; dividing the logits by T also divides the derivative by T."
    if np.isclose(four, first(1) / 4, atol=5e-3):
        return "divided by T, but the probability has to be that of the logits divided by 4."
    if np.isclose(four, first(1 / 4) * 4, atol=5e-3) or np.isclose(four, first(1 / 4), atol=5e-3):
        return "the logits are divided by the temperature, not multiplied."
    if not np.isclose(four, first(4) / 4, atol=2e-3):
        return "at T = 4: softmax of (3, −1) / 4, then the derivative of z / T."
    return None


def exercise_5(answer):
    answer = np.asarray(answer, float)
    sign, decay = np.array([0.01, -0.01]), 2 * 0.01 * 0.1
    if np.allclose(answer, 2 - sign, atol=2e-4):
        return "the steps are right; the decay is missing: it shrinks both weights by learning rate · decay."
    if np.allclose(answer, 2 - 0.01 * np.array([0.001, -5.0]) - decay, atol=2e-4):
        return "that is plain gradient descent; AdamW divides the gradient by its own size."
    if np.allclose(answer, 2 + sign - decay, atol=2e-4):
        return "the steps go against the gradient, not along it."
    if np.allclose(answer, 2 - sign - 0.2, atol=2e-4):
        return "the decay is multiplied by the learning rate too."
    if not np.allclose(answer, 2 - sign - decay, atol=2e-4):
        return "in the first step m / √v is the gradient's sign, so each weight moves by the learning rate, and decays."
    return None
