"""Checks of the exercises of chapter 3.2f: each returns None for a right answer, else a hint."""

import numpy as np


def exercise_1(answer):
    if 1536 <= answer <= 1537:
        return None
    if np.isclose(answer, 1.96**2 * 0.8 * 0.2 / 0.04**2, atol=1):
        return "that is enough for an interval 8 points wide; ± 2 points means a half-width of 0.02."
    if np.isclose(answer, 1.96**2 * 0.8 * 0.2 / 0.01**2, atol=1):
        return "that halves the width once too often: ± 2 points is already the half-width."
    if np.isclose(answer, 0.8 * 0.2 / 0.02**2, atol=1):
        return "that makes one standard error 2 points; 95 % take 1.96 of them."
    if np.isclose(answer, 1.96**2 * 0.25 / 0.02**2, atol=1):
        return "that is the number for an accuracy of 50 %, the worst case; here p (1 − p) = 0.8 · 0.2."
    return "solve 1.96 · √(p (1 − p) / n) = 0.02 for n."


def exercise_2(answer):
    if np.isclose(answer, 0.0226561, atol=2e-4):
        return None
    if np.isclose(answer, 0.0113280, atol=1e-4):
        return "that is one side; two-sided means: as far from the middle as this, in either direction."
    if np.isclose(answer, 0.0143059, atol=2e-4):
        return "that is the chi-squared form of McNemar's test; the exact one counts binomially."
    return "among the 24 texts that one alone gets right, each model wins with probability 1/2: 2 · P(at most 6 of 24)."


def exercise_3(answer):
    if np.isclose(answer, 1 - 0.975**20, atol=5e-4):
        return None
    if np.isclose(answer, 1 - 0.95**20, atol=5e-4):
        return "that counts misses on both sides; above the truth lies half of them, 2.5 %."
    if np.isclose(answer, 20 * 0.025, atol=5e-4):
        return "adding up the probabilities counts twice what happens twice; start from 'none of the twenty'."
    if np.isclose(answer, 0.975**20, atol=5e-4):
        return "that is the probability of none."
    return (
        "one interval lies wholly above the truth with probability 0.025; what is the probability that none of 20 does?"
    )


def exercise_4(answer):
    if np.isclose(answer, 1 / (1 + np.exp(-1)), atol=5e-4):
        return None
    if np.isclose(answer, 1 / (1 + np.exp(-2)), atol=5e-4):
        return "that is temperature 1; divide the logits by 2 first."
    if np.isclose(answer, 1 / (1 + np.exp(-4)), atol=5e-4):
        return "the logits are divided by the temperature, not multiplied."
    if np.isclose(answer, 1 / (1 + np.exp(1)), atol=5e-4):
        return "that is the second class."
    return "softmax of (2 / 2, 0 / 2): e¹ / (e¹ + e⁰)."


def exercise_5(answer, twelve):
    groups = twelve.groupby("group")
    hits = twelve[twelve["label"] == 1].groupby("group")["said"].mean()
    alarms = twelve[twelve["label"] == 0].groupby("group")["said"].mean()
    right = (twelve["said"] == twelve["label"]).groupby(twelve["group"]).mean()
    said = groups["said"].mean()
    if np.isclose(abs(answer), abs(hits["a"] - hits["b"]), atol=5e-3):
        return None
    if np.isclose(abs(answer), abs(alarms["a"] - alarms["b"]), atol=5e-3) or np.isclose(
        abs(answer), abs(right["a"] - right["b"]), atol=5e-3
    ):
        return "accuracy and false positive rate are other gaps; take only the rows with label 1."
    if np.isclose(abs(answer), abs(said["a"] - said["b"]), atol=5e-3):
        return "that compares how often each group is called positive (demographic parity), whatever is true."
    return "of the rows with label 1, which share has said = 1, in a and in b? Subtract."
