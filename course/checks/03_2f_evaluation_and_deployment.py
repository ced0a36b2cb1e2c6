"""Checks of the exercises of chapter 3.2f: None for a right answer, else a hint or three graded ones."""

from math import exp

import numpy as np

from talentlab import evaluation
from talentlab.course.answers import AnswerError, call, close, compare, number, numbers
from talentlab.training import History


def exercise_A(answer):
    bootstrap, wilson = numbers(answer, 2, names=("bootstrap", "Wilson"))
    exact = 20 / (20 + 1.96**2)
    both = {"rounding": 0.01, "unit": "share or per cent"}
    slips = {
        (exact, 1): "the two are swapped: the bootstrap first.",
        (0.95, 0.95): "95 % is how often the intervals should hold the truth, not where they begin.",
    }
    hints = (
        "bootstrap: what can be drawn from twenty right answers?",
        "bootstrap: it draws test sets from the twenty answers, and all of them are right.",
        "bootstrap: every redrawn test set has the same accuracy; the interval spans those.",
    )
    if compare(bootstrap, 1, {}, hints, **both) is None:
        slips[1, 1] = "Wilson: 20 of 20 would not be surprising with a true accuracy a little below 1, either."
        slips[1, 0.8609] = "Wilson: that is a one-sided bound (0.05 to the power 1/20); compute the interval."
        slips[1, 0.05 ** (1 / 20)] = "Wilson: that is the exact one-sided bound; compute Wilson's interval."
        slips[1, 0.025 ** (1 / 20)] = "Wilson: that is the exact interval of Clopper and Pearson; compute Wilson's."
        hints = (
            "Wilson: which true accuracies would make 20 of 20 not too surprising?",
            "Wilson: the library has it, `evaluation.proportion_interval`; what are k and n here?",
            "Wilson: take `.low` of the interval of 20 right answers out of 20.",
        )
    return compare((bootstrap, wilson), (1, exact), slips, hints, **both)


def exercise_B(answer):
    one, other = np.array([1, 1, 0, 1, 0, 0, 1, 1]), np.array([1, 0, 0, 1, 0, 1, 0, 0])

    def draws(first, second, n):
        return np.array([number(call(answer, first, second, seed)) for seed in range(n)])

    if not close(draws(one, one, 20), np.zeros(20)):
        return "for two models with the same answers it is not 0: are both asked about the same redrawn texts?"
    found = draws(one, other, 400)
    if np.ptp(found) == 0:
        return "it always returns the same: a bootstrap draws with replacement, by another seed other texts."
    if not close(found * 8, np.round(found * 8)):
        return "the redrawn test set has another size: as many texts are drawn as there are."
    gain = one.mean() - other.mean()
    if abs(found.mean() + gain) < 0.08:
        return "the sign: the accuracy of `one` minus that of `other`."
    if abs(found.mean() - gain) > 0.08:
        return f"its mean is {found.mean():+.2f}, where the two accuracies differ by {gain:+.2f}."
    expected = (one - other).std() / np.sqrt(8)
    if not 0.8 < found.std() / expected < 1.25:
        return (
            f"its spread is {found.std():.2f}, where pairs of answers give {expected:.2f}: draw as many texts as there "
            "are, each with both answers."
        )
    return None


def exercise_C(answer):
    def share(text, training, n):
        return number(call(answer, list(text), [list(row) for row in training], n))

    slips = {
        ("abcd", ("bcde",), 3): {0: "`b c d` is the last sequence of three in `a b c d`: is it among yours?",
                                 1: "one of the two sequences of `a b c d` is found, so the share is a half."},
        ("abc", ("abcdef", "xyz"), 3): {0.2: "the share is of the n-grams of `text`, not of those of the training."},
        ("abcd", ("ab", "cd"), 2): {1: "`b c` begins in one training text and ends in the next; it stands in neither."},
        ("aaab", ("aa",), 2): {2 / 3: "`a a` occurs twice in `a a a b`; asked is the share of the different ones."},
        ("abcd", ("dcba", "acbd"), 2): {1: "the order counts: `b a` is not `a b`.", 2 / 3: "the order counts."},
        ("abcd", ("abxab", "abyab"), 2): {2 / 3: "a sequence that stands in two training texts counts once."},
    }  # fmt: skip
    right = (1 / 2, 1, 2 / 3, 1 / 2, 0, 1 / 3)
    for ((text, training, n), told), expected in zip(slips.items(), right, strict=True):
        codes = [[ord(letter) for letter in row] for row in (text, *training)]
        found = share(codes[0], codes[1:], n)
        if not close(found, expected, rounding=0.01):
            known = [hint for value, hint in told.items() if close(found, value, rounding=0.01)]
            return known[0] if known else (
                f"which sequences of {n} does the text {codes[0]} have?",
                "put the n-grams of the text into a set, those of the training into another; count what is in both.",
                "tuples `text[i:i + n]` for i from 0 to len(text) - n; `len(own & seen) / len(own)`.",
            )  # fmt: skip
    return None


def exercise_D(answer):
    weights = np.array([[0.5, -1.27, 0.637, 0.0], [0.02, 0.0381, -0.01, 0.013]])
    given = call(answer, weights)
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise AnswerError("yours returns something else", expected="a pair (whole numbers, scales)",
                          remedy="return both, with a comma")  # fmt: skip
    whole = call(lambda _: given[0], weights, shape=(2, 4))
    scales = np.asarray(given[1], float)
    if scales.size == 1:
        return "there is one scale for the whole matrix, too coarse for a row of small weights: one for each row."
    if scales.size == 4:
        return "there is one scale for each column: which axis does the largest run over?"
    if scales.shape != (2, 1):
        raise AnswerError(f"the scales have the shape {scales.shape}", expected="the shape (2, 1)",
                          remedy="`keepdims=True` keeps the second axis")  # fmt: skip
    right = abs(weights).max(1, keepdims=True) / 127
    for wrong, told in (
        (weights.max(1, keepdims=True) / 127, "the largest of the first row is negative: take it without its sign."),
        (right * 127 / 128, "the scale divides by 127, so that both signs have room."),
        (right * 127 / 255, "the scale divides by 127: one byte has 255 steps for both signs together."),
        (1 / right, "that is one over the scale: weight ≈ whole × scale."),
    ):  # fmt: skip
        if close(scales, wrong, within=1e-6):
            return told
    if not close(scales, right, within=1e-6):
        return "the scale of a row is its largest weight, taken without its sign, over 127."
    if close(whole, np.trunc(weights / right)) or close(whole, np.floor(weights / right)):
        return "the weights over the scale are cut off; rounding halves the error."
    if not close(whole, np.round(whole)):
        return "the whole numbers are not whole: round the weights over the scale."
    if not close(whole, np.round(weights / right)):
        return "the whole numbers are the weights over their row's scale, rounded."
    with np.errstate(all="ignore"):
        zeros, some_scales = call(answer, np.array([[0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 3.0, 4.0]]))
    if not np.isfinite(np.asarray(some_scales, float)).all() or not close(np.asarray(zeros)[0], np.zeros(4)):
        return "a row of zeros: its scale is 0, and 0 / 0 is no number. Which other scale leaves zeros as they are?"
    return None


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
    slips = {
        gap(
            twelve[twelve["label"] == 0], "said"
        ): "accuracy and false positive rate have another gap; which rows count?",
        gap(
            twelve[twelve["said"] == 1], "label"
        ): "that is the gap of the precision: of those called positive. Which rows count?",
        gap(twelve, "said"): "that compares how often each group is called positive, whatever is true.",
    }
    hints = (
        "which rows does a true positive rate look at?",
        "for each group, the share with said = 1 among the rows with label 1.",
        "of the rows with label 1, which share has said = 1, in a and in b? Subtract.",
    )
    value = abs(number(answer))  # the groups have no order
    return compare(value, gap(twelve[twelve["label"] == 1], "said"), slips, hints, rounding=0.01, unit="share")


def exercise_6(answer, labels, learning_rate):
    if not isinstance(answer, dict) or {str(epochs) for epochs in answer} != {"1", "5"}:
        raise AnswerError("this is something else", expected="a dictionary with the keys 1 and 5, the epochs",
                          remedy="write `{1: (history, logits, temperature), 5: …}`")  # fmt: skip
    found = {int(epochs): value for epochs, value in answer.items()}
    for epochs, value in found.items():
        if not isinstance(value, (tuple, list)) or len(value) != 3 or not isinstance(value[0], History):
            raise AnswerError(f"for {epochs} there is something else", expected="a history, logits and a temperature",
                              remedy="keep what `fit`, `predict` and `fit_temperature` return")  # fmt: skip
        steps, logits = value[0].step_table(), np.asarray(value[1], float)
        if len(steps) != 3 * epochs:
            return (
                f"{epochs} epochs of 48 texts in batches of 16 are {3 * epochs} steps; your history has {len(steps)}."
            )
        if not np.isclose(steps["learning_rate"].max(), learning_rate, rtol=1e-3):
            return f"asked is this chapter's rate, {learning_rate:g}, for both."
        if logits.shape[:1] != (len(labels),) or logits.ndim != 2:
            return f"for {epochs}: one row of logits for each of the {len(labels)} validation texts."
        if np.allclose(logits.sum(1), 1, atol=1e-4) and (logits >= 0).all():
            return f"for {epochs}: those are probabilities; a temperature divides logits."
        if not np.isclose(number(value[2]), evaluation.fit_temperature(labels, logits), rtol=0.02):
            return (
                f"for {epochs}: which number, dividing the logits, makes the validation labels most probable?",
                f"for {epochs}: `evaluation.fit_temperature` finds it from labels and logits.",
                f"for {epochs}: give it the validation labels and the logits of this very model.",
            )
    if np.allclose(found[1][1], found[5][1]):
        return "both have the same logits: each training starts from a fresh model, and each is asked."
    return None
