"""Checks of the exercises of chapter 3.2a: None for a right answer, else a hint or three graded ones."""

import html
from html.entities import codepoint2name

import numpy as np

from talentlab.course.answers import AnswerError, call, compare, compare_letters, number
from talentlab.training import History

_WORDS = ["caf\u00e9", "na\u00efve", "it\u2019s", "don\u2019t", "slow \u2013 but sure", "cheap & fine"]


def exercise_A(answer):
    return compare_letters(
        answer,
        "acf",
        "which of these can be seen without knowing any language?",
        {
            "a": "blanks alone are no text, and that can be counted",
            "b": "a tag is made of signs like any other, and the text might be about HTML",
            "c": "this sign stands where another one was lost; no author writes it",
            "d": "every sign of it is valid; that they make no sense together is knowledge of the language",
            "e": "with one word changed it is another text for a program that compares signs",
            "f": "the same signs in two splits: a comparison of whole texts finds it",
        },
    )


def exercise_B(answer, curve):
    recalls = {threshold: score["recall"].value for threshold, score in curve.items() if score["recall"]}
    if not (enough := [threshold for threshold, recall in recalls.items() if recall >= 0.95]):
        return "no threshold of `grid` does: there are no near copies here, or none that alike."
    value, best = number(answer), max(enough)
    slips = {
        max(recalls[t] for t in recalls): "that is a recall; asked is the threshold at which it is reached.",
        100 * best: "right in hundredths; a similarity lies between 0 and 1.",
    }
    if value in enough and value < best:
        return "that one finds enough, but a higher one does so, too."
    hints = (
        "where does recall fall below 0.95, and what is the last threshold before that?",
        "go through `grid`, look up `curve[threshold]['recall'].value`, and keep the thresholds with 0.95 or more.",
        "of the thresholds with a recall of 0.95 or more take the largest.",
    )
    return compare(value, best, slips, hints, rounding=0.01)


def exercise_C(answer):
    def tried(one, other):
        return number(call(answer, np.array(one), np.array(other)))

    def near(value, right):
        return abs(value - right) < 1e-6

    half = tried([0, 0, 1, 1], [0, 1, 0, 1])  # both use both classes equally often: any of the formulas
    if not near(half, 0):
        return "0 is chance: two people who use both classes equally often and agree on half of the texts get it."
    if not near(tried([0, 1, 0, 1], [0, 1, 0, 1]), 1):
        return "1 is full agreement; divide by what was left to agree on beyond chance."
    if near(skewed := tried([0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 1, 0]), 0.5):
        return "chance is still one half: how often does each of the two use each class?"
    if not near(skewed, -1 / 7):
        return "chance on a class is the product of the two shares with which it is used; add up over the classes."
    if not near(tried([0, 0, 0, 1], [0, 1, 1, 1]), 0.2):
        return "the two need not use a class equally often: one's share times the other's, not a square."
    if not near(tried([0, 1, 2, 2], [0, 1, 2, 1]), 7 / 11):
        return "it is right for two classes; there may be three."
    return None


def exercise_1(answer):
    by_chance = 0.65 * 0.55 + 0.35 * 0.45
    slips = {
        0.70: "that is the agreement; kappa takes away what comes about by chance.",
        by_chance: "that is the agreement by chance; it goes into kappa twice.",
        0.70 - by_chance: "divide by what was left to agree on beyond chance, 1 − pₑ.",
        0.4: "chance is not one half: the first says yes 65 times, the second 55 times.",
        100 * (0.70 - by_chance) / (1 - by_chance): "kappa is 1 where both always agree, not 100.",
    }
    hints = (
        "how often would two people agree who answer without reading, each with an own share of yes?",
        "κ = (p − pₑ) / (1 − pₑ); pₑ comes from how often each of the two says yes and no.",
        "p = 0.70; pₑ = 0.65 · 0.55 for yes, plus 0.35 · 0.45 for no.",
    )
    return compare(number(answer), (0.70 - by_chance) / (1 - by_chance), slips, hints, rounding=0.01)


def exercise_2(answer):
    slips = {
        2 / 7: "`ana` occurs twice in banana, but a set has it once.",
        2 / 3: "that is the share of one word's n-grams; divide by those that at least one of the two has.",
        3: "that counts the pieces; a share of them is asked for.",
        2: "that counts the pieces that both have; a share is asked for.",
        2 / 5: "that is the share of one word's n-grams; divide by those that at least one of the two has.",
    }
    hints = (
        "which three-letter pieces has each word, each counted once?",
        "pieces that both have, divided by pieces that at least one of the two has.",
        "banana has ban, ana, nan; bandana has ban, and, nda, dan, ana.",
    )
    return compare(number(answer), 1 / 3, slips, hints, rounding=0.01, unit="share")


def exercise_3(answer):
    slips = {
        0.756: "that is the reported accuracy; by how much is it too high?",
        75.6: "that is the reported accuracy, in per cent; by how much is it too high?",
        0.24: "that would be so if every test text had leaked; only 45 of 300 did.",
        3.6: "right in points; answer with a share.",
        -0.036: "the sign: the reported accuracy is the higher one.",
    }
    hints = (
        "which accuracy is reported, and which would be without the texts that leaked?",
        "the reported one is a mean over 300 texts, of which 45 are answered better than the others.",
        "reported: 0.96 on 45 of the 300 and 0.72 on the other 255; honest: 0.72.",
    )
    return compare(number(answer), 0.036, slips, hints, rounding=1e-3, unit="share")


def _broken(text):
    """UTF-8 read as cp1252, then written with HTML's names."""
    misread = text.encode().decode("cp1252").replace("&", "&amp;")
    return "".join(f"&{codepoint2name[ord(sign)]};" if ord(sign) > 127 else sign for sign in misread)


def exercise_4(answer):
    generator = np.random.default_rng()  # another text in each run: what was looked up does not help
    texts = ["It isn\u2019t slow & I\u2019d buy it in a caf\u00e9."]
    texts += [" ".join(["A", *generator.permutation(_WORDS)[:4], "shop."]) for _ in range(3)]
    for text in texts:
        fixed = call(answer, _broken(text), returns=str)
        if "\u00e2\u20ac" in fixed or "\u00c3" in fixed:
            return "there is still mojibake in it: what was done last has to be undone first."
        if html.unescape(fixed) != fixed:
            return "there are still entities in it; `data.strip_html` resolves them."
        if fixed != text:
            return (
                f"it makes of {_broken(text)!r}: {fixed!r}; nothing but the two faults should change.",
                "two things were done to the text; undo them in turn, the last one first, and nothing else.",
                "`data.strip_html` undoes the second fault, `data.repair_mojibake` the first.",
            )
    return None


def exercise_5(answer):
    slips = {
        0.8: "that is the recall; asked is the precision.",
        0.8 / 0.9: "count rows: 50 labels are wrong, 950 are right.",
        0.8 * 0.05: "count rows: 50 labels are wrong, 950 are right.",
        95 / 135: "those are the rows named that are right.",
        0.05: "that is the share among all rows; among those that the detector names it is another.",
    }
    hints = (
        "how many rows does the detector name in all?",
        "the wrong ones among the named, divided by all that are named, the wrongly accused too.",
        "it names 40 of the 50 wrong ones and 95 of the 950 right ones.",
    )
    return compare(number(answer), 40 / 135, slips, hints, rounding=0.01, unit="share or per cent")


def exercise_6(answer):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], History):
        raise AnswerError("this is something else", expected="a pair (history, step)",
                          remedy="write `history, step`, the first as `training.fit` returns it")  # fmt: skip
    losses = answer[0].step_table()["loss"].to_numpy()
    if len(losses) != 32:
        return f"this training has {len(losses)} steps; eight epochs of 32 texts in batches of 8 have 32."
    high = np.flatnonzero(losses >= losses[0] / 2)
    if high[-1] == len(losses) - 1:
        return f"the loss ends at {losses[-1]:.2f}, above half of its first value: was `start` copied?"
    step, last = number(answer[1], whole=True), int(high[-1]) + 1
    if step == last:
        return "off by one: at this step the loss is still above; steps are counted from 1."
    if step < last:
        return "after that step the loss comes back above half of its first value; asked is where it stays below."
    if step > last + 1:
        return "it stays below from an earlier step on; steps are counted from 1."
    return None
