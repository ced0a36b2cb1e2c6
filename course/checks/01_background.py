"""Checks of the exercises of chapter 1: each returns None for a right answer, else a hint."""

import numpy as np

_PASSES = "A is fair: every set gets enough steps, and nothing is learned from test texts."
_WHY = {"B": "a lucky draw would count for one method only", "C": "the test texts choose the epoch that they judge",
        "D": "the test texts took part in training"}  # fmt: skip


def exercise_1(answer, gains):
    for other, said in zip(("word counts", "random weights"), answer, strict=True):
        gain = gains[other]
        ahead = [n for n in sorted(gain) if all(gain[m].low > 0 for m in gain if m >= n)]
        if said == min(ahead, default=0):
            continue
        if said in ahead:
            return f"at {said} labels it is ahead of {other}, but also at a smaller size."
        if said in gain and gain[said].value > 0 and gain[said].low <= 0:
            return (
                f"at {said} labels the lead over {other} is positive, but its interval starts at {gain[said].low:+.1%}."
            )
        return f"{other}: from which size on are all lower ends of the intervals above 0? If none, answer 0."
    return None


def exercise_2(answer):
    letters = {letter.strip().upper() for letter in answer}
    if "E" in letters:
        return "E does no harm: balance is a property of the test texts, the same for both methods."
    if "A" in letters:
        return _PASSES
    missing = sorted(set(_WHY) - letters)
    return f"one is missing; think of this: {_WHY[missing[0]]}." if missing else None


def exercise_3(answer):
    hours = 6 * 110e6 * 42.6e9 / (312e12 * 0.4) / 3600
    slips = {
        1 / 6: "the factor 6 is missing: forward and backward pass, multiplications and additions.",
        0.4: "at 40 % utilisation it takes longer than at the peak: divide by 0.4.",
        0.16: "at 40 % utilisation it takes longer than at the peak: divide by 0.4, do not multiply.",
        3600: "that is in seconds.",
        1 / 24: "that is in days.",
    }
    for factor, hint in slips.items():
        if np.isclose(answer, hours * factor, rtol=0.02):
            return hint
    if not np.isclose(answer, hours, rtol=0.02):
        return "FLOPs = 6 · N · D; divide by 312e12 · 0.4 per second, then by 3600."
    return None


def exercise_4(answer):
    if np.isclose(answer, 5.44, rtol=0.01):
        return "that is with all parameters trained; the frozen half needs only its weights."
    if np.isclose(answer, 2.72, rtol=0.01):
        return "the frozen weights themselves still have to be in memory."
    if np.isclose(answer, 2.72 + 1.36, rtol=0.01):
        return "a weight in fp32 takes 4 bytes; the frozen half has 170 million of them, not 340."
    if not np.isclose(answer, 3.4, rtol=0.01):
        return "16 bytes for each trained parameter, 4 for each frozen one, 170 million of both."
    return None


def exercise_5(answer):
    budget = 1000 * 3600 * 989e12 * 0.4
    if np.isclose(answer, 20 * np.sqrt(budget / 120), rtol=0.01):
        return "that is the number of tokens; the parameters are a twentieth."
    if np.isclose(answer, np.sqrt(budget / 20), rtol=0.01):
        return "the factor 6 is missing: 6 · N · 20 N is the budget."
    if np.isclose(answer, np.sqrt(budget / 6), rtol=0.01):
        return "the 20 is missing: D = 20 N, so 6 · N · 20 N is the budget."
    if np.isclose(answer, budget / 120, rtol=0.01):
        return "N stands in the product twice, as N and in D = 20 N: take the square root."
    if not np.isclose(answer, np.sqrt(budget / 120), rtol=0.01):
        return "set 6 · N · 20 N equal to 1,000 · 3600 · 989e12 · 0.4 and solve for N."
    return None
