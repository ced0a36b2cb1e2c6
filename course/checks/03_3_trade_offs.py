"""Checks of the exercises of chapter 3.3: each returns None for a right answer, else a hint."""

import numpy as np


def exercise_1(answer):
    if np.isclose(answer, 2**0.2, rtol=1e-2):
        return "that is what doubling the labels does to the error; solve a · n^-b = half of it for n."
    if np.isclose(answer, 2) or np.isclose(answer, 4):
        return "twice the labels halve the error only if b = 1, four times only if b = 0.5."
    if np.isclose(answer, 10):
        return "2 / b is not it: the exponent 1 / b belongs on the 2."
    if not np.isclose(answer, 32, rtol=1e-2):
        return "the factor k solves k^-0.2 = 1/2."
    return None


def exercise_2(answer):
    if np.isclose(answer, 540):
        return "that is what 900 of their labels are worth; the question goes the other way."
    if np.isclose(answer, 900 / 0.36):
        return "κ is the square already: (1 - 2e)². Divide by it once."
    if np.isclose(answer, 900 / np.sqrt(0.6), rtol=1e-2):
        return "1 - 2e is the root of κ, but the labels shrink by its square."
    if np.isclose(answer, 1260):
        return "40 % on top is not enough: of the added labels, too, only six in ten count."
    if not np.isclose(answer, 1500, rtol=1e-2):
        return "n labels are worth κ · n; which n is worth 900?"
    return None


def exercise_3(answer):
    if np.isclose(answer, 510, rtol=1e-2):
        return "D counts every token as often as it is seen: three epochs."
    if np.isclose(answer, 2 * 85e6 * 300_000 / 100e9, rtol=1e-2):
        return "that is the forward pass alone; the backward pass costs twice as much again."
    if np.isclose(answer, 1530 / 60, rtol=1e-2):
        return "those are minutes."
    if np.isclose(answer, 6 * 85e6 * 6000 / 100e9, rtol=1e-2):
        return "D counts tokens, not texts."
    if not np.isclose(answer, 1530, rtol=1e-2):
        return "6 · N · D operations, with D = texts · tokens · epochs, divided by the operations per second."
    return None


def exercise_4(answer, accuracies):
    accuracies = np.asarray(accuracies)
    near = {points: (accuracies >= accuracies.max() - points / 100).mean() for points in (1, 2)}
    right = 1 - (1 - near[2]) ** 5
    if np.isclose(answer, right, atol=5e-3):
        return None
    if np.isclose(answer, 100 * right, atol=0.5):
        return "answer with a probability between 0 and 1, not in percent."
    if np.isclose(answer, near[2], atol=5e-3):
        return "that is the chance of one draw; there are five."
    if np.isclose(answer, near[2] ** 5, atol=5e-3):
        return "that is the chance that all five are near the best; one is enough."
    if np.isclose(answer, 5 * near[2], atol=5e-3):
        return "chances of several draws do not simply add up: it could exceed 1."
    if np.isclose(answer, 1 - (1 - near[1]) ** 5, atol=5e-3):
        return "that is for one point; two points are asked."
    return "one minus the chance that all five draws are further away than two points."


def exercise_5(answer):
    letters = {str(letter).strip().upper() for letter in answer}
    if not letters <= set("ABCDE"):
        return "answer with a set of the letters A to E."
    hints = {
        "A": "A: if the lead grows with labels, the method does not shine with few above all.",
        "B": "B: the best of 50 draws is a lucky draw.",
        "C": "C: 16 labels were not all: 2,000 more chose the learning rate.",
        "E": "E: ten points on 100 texts with one seed are within chance.",
    }
    if "D" in letters:
        return "D: the same texts for both make the comparison sharper, not weaker."
    return next((hint for letter, hint in hints.items() if letter not in letters), None)
