"""Checks of the exercises of chapter 3.2e: None for a right answer, else a hint or three graded ones."""

import numpy as np
from sklearn.metrics import log_loss

from talentlab.course.answers import compare, compare_letters, number, numbers


def exercise_1(answer):
    slips = {  # three right is as likely as exactly two right at 0.75: the two slips cannot be told apart
        0.75**3: "that is all three right alone, or exactly two right alone: a majority is one or the other.",
        1 - 0.25**3: "that is at least one right; a majority needs two.",
        0.75**3
        + 0.75**2 * 0.25: "two right and one wrong can happen in three ways: any member may be the one that errs.",
        0.75: "that is one member; what does the majority of three gain?",
        0.75**2: "that is two given members right; any two will do, and the third may be right as well.",
        1 - 0.84375: "that is the probability that the majority is wrong.",
    }
    hints = (
        "in which cases are at least two of the three right?",
        "either all three are right, or exactly two are, which can happen in three ways: add the probabilities.",
        "add the probability of three right, p³, and of exactly two right, 3 p² (1 − p).",
    )
    return compare(number(answer), 0.84375, slips, hints, rounding=0.01, unit="share")


def exercise_2(answer):
    hard, soft = numbers(answer, 2, names=("hard", "soft"), whole=True)
    if not {hard, soft} <= {0, 1}:
        return "there are the classes 0 and 1 only."
    if (hard, soft) == (1, 0):
        return None
    if (hard, soft) == (0, 1):
        return "the other way round: which of the two counts answers, and which takes the mean?"
    if hard != 1:
        return (
            "hard vote: which class does each member answer?",
            "hard vote: each member answers its more probable class, and the answers are counted.",
            "hard vote: two of the three probabilities lie above 0.5.",
        )
    return (
        "soft vote: what is done with the three probabilities?",
        "soft vote: their mean decides.",
        "soft vote: the mean of 0.55, 0.60 and 0.10 lies below 0.5.",
    )


def exercise_3(answer):
    slips = {
        18: "that is the number of trainings; those of the folds see four fifths of the texts only.",
        12: "that is the folds' share; each member is trained once more on all texts.",
        5: "that is one member; there are three.",
        3 * (5 * 1 / 5 + 1): "each fold's model is trained on the other four fifths, not on its own fifth.",
        3: "that is the last training of each member; the folds' models are trained as well.",
    }
    hints = (
        "how many trainings does one member need, and on how many of the texts is each?",
        "with five folds, five models, each on the texts outside its fold; then one on all of them.",
        "per member: five trainings on 4/5 of the texts each, and one on all of them.",
    )
    return compare(number(answer), 15, slips, hints)


def exercise_4(answer, first, second, labels):
    first, second, labels = np.asarray(first), np.asarray(second), np.asarray(labels)
    shares = np.linspace(0, 1, 21)
    mixed = [share * first + (1 - share) * second for share in shares]
    losses = [log_loss(labels, probabilities, labels=range(first.shape[1])) for probabilities in mixed]
    right = [(probabilities.argmax(1) == labels).mean() for probabilities in mixed]
    best = shares[int(np.argmin(losses))]
    slips = {
        1 - best: "that is the share of `second`.",
        shares[int(np.argmax(right))]: "that share has the highest accuracy; the smallest log loss is asked for.",
        int(np.argmin(losses)): "that is its place among the 21 shares, counted from 0; which share is it?",
    }
    hints = (
        "which probabilities does the soft vote give for one share, and what is their log loss?",
        "mix the two with each of the 21 shares, and compare the log losses on the validation texts.",
        "compute log_loss(labels, w * first + (1 - w) * second) for w = 0, 0.05, … 1, and take the smallest.",
    )
    return compare(number(answer), best, slips, hints, rounding=0.01, unit="share")


def exercise_5(answer):
    return compare_letters(
        answer,
        "ace",
        "Ask of each: which texts may have been seen by the model, and who chose by which texts?",
        {
            "a": "what looks harmless can put a text that was trained on among those that are predicted",
            "b": "the members have not seen those texts, and the stack has not seen the test texts; that is the way",
            "c": "one choice is made by the very texts that are to be unseen",
            "d": "validation texts are there to be chosen by, as long as the figure comes from others",
            "e": "one figure is the best of several, chosen by the test texts",
        },
    )
