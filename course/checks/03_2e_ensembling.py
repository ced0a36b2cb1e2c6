"""Checks of the exercises of chapter 3.2e: each returns None for a right answer, else a hint."""

import numpy as np
from sklearn.metrics import log_loss


def exercise_1(answer):
    if np.isclose(answer, 0.75**3, atol=5e-4):
        return "that is all three right; two of three are enough."
    if np.isclose(answer, 1 - 0.25**3, atol=5e-4):
        return "that is at least one right; a majority needs two."
    if np.isclose(answer, 0.75**3 + 0.75**2 * 0.25, atol=5e-4):
        return "two right and one wrong can happen in three ways: any of the members may be the one that errs."
    if np.isclose(answer, 3 * 0.75**2 * 0.25, atol=5e-4):
        return "that is exactly two right; all three right is a majority too."
    if not np.isclose(answer, 0.84375, atol=5e-4):
        return "add the probability of three right, p³, and of exactly two right, 3 p² (1 − p)."
    return None


def exercise_2(answer):
    hard, soft = answer
    if (hard, soft) == (0, 1):
        return "the other way round: which of the two counts answers, and which takes the mean?"
    if hard != 1:
        return "hard vote: two of the three probabilities lie above 0.5."
    if soft != 0:
        return "soft vote: the mean of 0.55, 0.60 and 0.10 lies below 0.5."
    return None


def exercise_3(answer):
    if np.isclose(answer, 18):
        return "that is the number of trainings; those of the folds see four fifths of the texts only."
    if np.isclose(answer, 12):
        return "that is the folds' share; each member is trained once more on all texts."
    if np.isclose(answer, 5):
        return "that is one member; there are three."
    if np.isclose(answer, 3 * (5 * 1 / 5 + 1)):
        return "each fold's model is trained on the other four fifths, not on its own fifth."
    if not np.isclose(answer, 15):
        return "per member: five trainings on 4/5 of the texts each, and one on all of them."
    return None


def exercise_4(answer, first, second, labels):
    shares = np.linspace(0, 1, 21)
    classes = range(first.shape[1])
    losses = [log_loss(labels, share * first + (1 - share) * second, labels=classes) for share in shares]
    best = shares[int(np.argmin(losses))]
    if np.isclose(answer, best, atol=1e-6):
        return None
    if np.isclose(answer, 1 - best, atol=1e-6):
        return "that is the share of `second`."
    right = [(share * first + (1 - share) * second).argmax(1) == labels for share in shares]
    if np.isclose(answer, shares[int(np.argmax(np.mean(right, axis=1)))], atol=1e-6):
        return "that share has the highest accuracy; the smallest log loss is asked for."
    return "compute log_loss(labels, w * first + (1 - w) * second) for w = 0, 0.05, … 1, and take the smallest."


def exercise_5(answer):
    letters = {str(letter).strip().lower() for letter in answer}
    if "b" in letters:
        return "b: the members have not seen those texts, and the stack has not seen the test texts. That is the way."
    if "d" in letters:
        return "d: validation texts are there to be chosen by, as long as the figure comes from others."
    for letter, hint in {
        "a": "one thing that looks harmless puts a text that was trained on among those that are predicted.",
        "c": "one choice is made by the very texts that are to be unseen.",
        "e": "one figure is the best of several, chosen by the test texts.",
    }.items():
        if letter not in letters:
            return hint
    if letters != {"a", "c", "e"}:
        return "answer with a set of the letters a to e."
    return None
