"""Checks of the exercises of chapter 3.2a: each returns None for a right answer, else a hint."""

import numpy as np


def exercise_1(answer):
    by_chance = 0.65 * 0.55 + 0.35 * 0.45
    if np.isclose(answer, 0.70):
        return "that is the agreement; kappa takes away what comes about by chance."
    if np.isclose(answer, by_chance):
        return "that is the agreement by chance; it goes into kappa twice."
    if np.isclose(answer, 0.70 - by_chance):
        return "divide by what was left to agree on beyond chance, 1 − pₑ."
    if np.isclose(answer, 0.4, atol=1e-6):
        return "chance is not one half: the first says yes 65 times, the second 55 times."
    if not np.isclose(answer, (0.70 - by_chance) / (1 - by_chance), atol=5e-3):
        return "p = 0.70; pₑ = 0.65 · 0.55 for yes, plus 0.35 · 0.45 for no."
    return None


def exercise_2(answer):
    if np.isclose(answer, 2 / 7, atol=2e-3):
        return "`ana` occurs twice in banana, but a set has it once."
    if np.isclose(answer, 2 / 3, atol=2e-3) or np.isclose(answer, 2 / 5, atol=2e-3):
        return "that is the share of one word's n-grams; divide by those that at least one of the two has."
    if not np.isclose(answer, 1 / 3, atol=2e-3):
        return "banana has ban, ana, nan; bandana has ban, and, nda, dan, ana."
    return None


def exercise_3(answer):
    if np.isclose(answer, 0.756):
        return "that is the reported accuracy; by how much is it too high?"
    if np.isclose(answer, 0.24):
        return "that would be so if every test text had leaked; only 45 of 300 did."
    if np.isclose(answer, 3.6):
        return "right in points; answer with a share."
    if not np.isclose(answer, 0.036, atol=1e-4):
        return "reported: 0.96 on 45 of the 300 and 0.72 on the other 255; honest: 0.72."
    return None


def exercise_4(answer):
    if not callable(answer):
        return "answer with a function, for example `lambda text: …`."
    fixed = answer("It isn&acirc;&euro;&trade;t slow &amp; I&acirc;&euro;&trade;d buy it in a caf\u00e9.")
    if "\u00e2\u20ac" in fixed:
        return "there is still mojibake in it: what was done last has to be undone first."
    if "&" in fixed.replace(" & ", " "):
        return "there are still entities in it; `data.strip_html` resolves them."
    if fixed != "It isn\u2019t slow & I\u2019d buy it in a caf\u00e9.":
        return f"it makes of the text: {fixed!r}; nothing but the two faults should change."
    return None


def exercise_5(answer):
    if np.isclose(answer, 0.8):
        return "that is the recall; asked is the precision."
    if np.isclose(answer, 0.8 / 0.9) or np.isclose(answer, 0.8 * 0.05):
        return "count rows: 50 labels are wrong, 950 are right."
    if not np.isclose(answer, 40 / 135, atol=2e-3):
        return "it names 40 of the 50 wrong ones and 95 of the 950 right ones."
    return None
