"""Checks of the exercises of chapter 3.2f: None for a right answer, else a hint or three graded ones."""

from math import exp

from talentlab.course.answers import compare, number


def exercise_1(answer):
    exact = 1.96**2 * 0.8 * 0.2 / 0.02**2  # 1,536.64
    if 1536 <= (value := number(answer)) < 1537:
        return "so the formula says; texts come whole, and the interval must not be wider: in which direction to round?"
    wider = "that is enough for an interval 8 points wide; ± 2 points is a half-width of 0.02."
    slips = {
        exact / 4: wider,
        385: wider,
        exact * 4: "that halves the width once too often: ± 2 points is already the half-width.",
        0.8 * 0.2 / 0.02**2: "that makes one standard error 2 points; 95 % take 1.96 of them.",
        1.96**2 * 0.25 / 0.02**2: "that is the number for an accuracy of 50 %; here p (1 − p) = 0.8 · 0.2.",
        exact / 1e4: "the points have to become shares: 2 points are 0.02.",
    }
    hints = (
        "how wide is the interval of an accuracy over n texts?",
        "the half-width is 1.96 standard errors of a share; set it to 2 points, as a share.",
        "solve 1.96 · √(p (1 − p) / n) = 0.02 for n.",
    )
    return compare(value, 1537, slips, hints, rounding=1)


def exercise_2(answer):
    slips = {
        0.0113280: "that is one side; two-sided means: as far from the middle as this, in either direction.",
        0.0143059: "that is the chi-squared form of McNemar's test; the exact one counts binomially.",
        0.0247: "that is the chi-squared form of McNemar's test, corrected; the exact one counts binomially.",
        2.26561: "that is in per cent; a p-value is a share between 0 and 1.",
        0.25: "that is the share of B's wins; how likely are so few, or so many, by chance?",
    }
    hints = (
        "which texts tell the two models apart, and what would chance do with these?",
        "of 24 fair coins, how likely is it that as few as 6, or as many as 18, show heads?",
        "among the 24 texts that one alone gets right, each model wins with probability 1/2: 2 · P(at most 6 of 24).",
    )
    return compare(number(answer), 0.0226561, slips, hints, rounding=1e-3, unit="share")


def exercise_3(answer):
    slips = {
        1 - 0.95**20: "that counts misses on both sides; above the truth lies half of them, 2.5 %.",
        20 * 0.025: "adding up the probabilities counts twice what happens twice; start from 'none of the twenty'.",
        0.975**20: "that is the probability of none.",
        0.025: "that is one interval; there are twenty.",
        20 * 0.05: "adding up the probabilities counts twice what happens twice; start from 'none of the twenty'.",
    }
    hints = (
        "with which probability does a single interval lie wholly above the truth?",
        "at least one is the opposite of none: what is the probability of none of twenty?",
        "one lies wholly above the truth with probability 0.025; what is the probability that none of 20 does?",
    )
    return compare(number(answer), 1 - 0.975**20, slips, hints, rounding=0.01, unit="share")


def exercise_4(answer):
    slips = {
        1 / (1 + exp(-2)): "that is temperature 1; divide the logits by 2 first.",
        1 / (1 + exp(-4)): "the logits are divided by the temperature, not multiplied.",
        1 / (1 + exp(1)): "that is the second class.",
        0.5: "a temperature makes the probabilities more equal, but not equal.",
        1.0: "a probability of 1 takes an infinite difference of the logits.",
    }
    hints = (
        "what does a temperature do to the logits before softmax?",
        "divide both logits by the temperature, then take softmax.",
        "softmax of (2 / 2, 0 / 2): e¹ / (e¹ + e⁰).",
    )
    return compare(number(answer), 1 / (1 + exp(-1)), slips, hints, rounding=0.01, unit="share")


def exercise_5(answer, twelve):
    def gap(rows, column):
        of = rows.groupby("group")[column].mean()
        return abs(of["a"] - of["b"])

    twelve = twelve.assign(right=twelve["said"] == twelve["label"])
    other = "accuracy and false positive rate are other gaps; take only the rows with label 1."
    slips = {
        gap(twelve[twelve["label"] == 0], "said"): other,
        gap(twelve, "right"): other,
        gap(twelve, "said"): "that compares how often each group is called positive, whatever is true.",
    }
    hints = (
        "which rows does a true positive rate look at?",
        "for each group, the share with said = 1 among the rows with label 1.",
        "of the rows with label 1, which share has said = 1, in a and in b? Subtract.",
    )
    value = abs(number(answer))  # the groups have no order
    return compare(value, gap(twelve[twelve["label"] == 1], "said"), slips, hints, rounding=0.01, unit="share")
