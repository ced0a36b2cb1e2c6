"""Checks of the exercises of chapter 1: None for a right answer, else a hint or three graded ones."""

from math import ceil, sqrt

import numpy as np
import torch

from talentlab.course.answers import AnswerError, call, compare, compare_letters, number, numbers
from talentlab.training import History


def exercise_A(answer):
    mask = torch.tensor([[1, 1, 0, 0], [1, 1, 1, 1]])
    for seed in (0, 1):
        states = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(seed))
        found = call(answer, states, mask, shape=(2, 3))
        short, long = states[0].numpy(), states[1].mean(0).numpy()
        right = np.stack([short[:2].mean(0), long])
        if np.allclose(found, right, atol=1e-5):
            continue
        slips = [
            ([short.mean(0), long], "the padding takes part in the mean: what is the mask multiplied with?"),
            ([short[:2].sum(0) / 4, long], "still divided by all 4 positions; how many tokens has the first text?"),
            ([short[:2].sum(0), 4 * long], "that is the sum; divide by the number of tokens."),
            ([short[:2].sum(0) / 6, 4 * long / 6], "divided by the tokens of the whole batch: each text has its own."),
            ([states[:, :2].mean(1)[0], states[:, :2].mean(1)[1]], "one text loses tokens because the other is short."),
        ]  # fmt: skip
        for slip, hint in slips:
            if np.allclose(found, np.stack(slip), atol=1e-5):
                return hint
        return (
            "what is summed, and what is it divided by?",
            "only states of tokens belong in the sum; the divisor is the number of tokens of that text.",
            "multiply the states by the mask, sum over positions, and divide by the mask's own sum over positions.",
        )
    return None


def exercise_B(answer):
    for seed, n in ((0, 12), (1, 40)):
        one, other = np.random.default_rng(seed).random((2, n)) < [[0.8], [0.5]]
        ahead = one.astype(float) - other
        gain, error = ahead.mean(), ahead.std(ddof=1) / sqrt(n)
        found = numbers(call(answer, one, other), 2, names=("difference", "standard error"))
        apart = sqrt(one.var() / n + other.var() / n), sqrt((one.var() + other.var()) / (n - 1))
        if not np.isclose(found[0], gain):
            slips = {
                -gain: "the sign is turned: positive means that the first array is ahead.",
                gain * n: "that is a number of texts; a share of them is asked for.",
                100 * gain: "that is in per cent; a share is asked for.",
                abs(ahead).mean(): "+1 and −1 have to cancel: that counts every text on which the two differ.",
            }
            hints = (
                "by which share of the texts is the first ahead?",
                "make +1, 0 or −1 of each text; what is their mean?",
                "the mean of the first array minus the mean of the second.",
            )
            return compare(found[0], gain, slips, hints)
        errors = error, error * sqrt((n - 1) / n)  # the standard deviation with n - 1, or with n
        if any(np.isclose(found[1], value) for value in errors):
            continue
        slips = dict.fromkeys(
            apart, "that takes the methods as if they had answered different texts: use the differences."
        )
        for value in errors:
            slips |= {
                value * sqrt(n): "that is the standard deviation of one difference; a mean of n varies less.",
                value**2: "that is a variance; take the root.",
                value / sqrt(n): "divided by n; divide by the root of n.",
            }
        hints = (
            "the difference is right. How much do the differences vary from text to text?",
            "the difference is right. The standard error of a mean is a standard deviation over the root of a number.",
            "the difference is right. Divide the standard deviation of the +1, 0, −1 by the root of n.",
        )
        return compare(found[1], error, slips, hints)
    return None


def exercise_C(answer):
    slips = {
        0.9 ** (1 / 0.076): "that is the factor upside down: a lower loss takes more parameters.",
        1 / 0.9: "that is by how much the loss changes; the exponent says how slowly the parameters act on it.",
        1.1 ** (1 / 0.076): "10 % lower is a factor of 0.9; dividing by 1.1 lowers it by 9 %.",
        0.1 ** (-1 / 0.076): "10 % lower, not down to 10 %.",
        10**0.076: "that is what a factor of ten in parameters does to the loss; asked is the other way round.",
        0.1 / 0.076: "the law is a power, so no simple quotient gives it.",
    }
    hints = (
        "if the parameters grow by a factor f, by which factor does the loss change?",
        "the loss changes by f to the power −0.076; set that to 0.9 and solve for f.",
        "f is 0.9 to the power −1/0.076.",
    )
    return compare(number(answer), 0.9 ** (-1 / 0.076), slips, hints, rounding=0.1)


def exercise_1(answer, gains):
    names = ("word counts", "random weights")
    for other, said in zip(names, numbers(answer, 2, names=names, whole=True), strict=True):
        gain = gains[other]
        ahead = [n for n in sorted(gain) if all(gain[m].low > 0 for m in gain if m >= n)]
        if said == min(ahead, default=0):
            continue
        if said and said not in gain:
            return f"{said:.0f} is none of the sizes that were tried: {', '.join(map(str, sorted(gain)))}."
        if said in ahead:
            return f"at {said:.0f} labels it is ahead of {other}, but also at a smaller size."
        if said in gain and gain[said].value > 0 and gain[said].low <= 0:
            low = f"{gain[said].low:+.1%}"
            return f"at {said:.0f} labels the lead over {other} is positive, but its interval starts at {low}."
        return (
            f"{other}: which end of an interval says that fine-tuning is ahead?",
            f"{other}: go down from the largest size, as long as the interval lies above 0.",
            f"{other}: from which size on are all lower ends of the intervals above 0? If none, answer 0.",
        )
    return None


def exercise_2(answer):
    return compare_letters(
        answer,
        "BCD",
        "What may the two methods share, and what may neither have seen?",
        {
            "A": "it is fair, since every set gets enough steps, and nothing is learned from test texts",
            "B": "a lucky draw would count for one method only",
            "C": "the test texts choose the epoch that they judge",
            "D": "the test texts took part in training",
            "E": "balance is a property of the test texts, the same for both methods, and does no harm",
        },
    )


def exercise_3(answer):
    hours = 6 * 110e6 * 42.6e9 / (312e12 * 0.4) / 3600
    slips = {
        hours / 6: "the factor 6 is missing: forward and backward pass, multiplications and additions.",
        hours * 0.4: "at 40 % utilisation it takes longer than at the peak: divide by 0.4.",
        hours * 0.16: "at 40 % utilisation it takes longer than at the peak: divide by 0.4, do not multiply.",
        hours * 3600: "that is in seconds.",
        hours * 60: "that is in minutes.",
        hours / 24: "that is in days.",
    }
    hints = (
        "how many operations does it take in all, and how many does the card do in an hour?",
        "operations: 6 for each parameter and token; the card does 40 % of its peak.",
        "FLOPs = 6 · N · D; divide by 312e12 · 0.4 per second, then by 3600.",
    )
    return compare(number(answer), hours, slips, hints, rounding=1)


def exercise_4(answer):
    slips = {
        5.44: "that is with all parameters trained; the frozen half needs only its weights.",
        2.72: "the frozen weights themselves still have to be in memory.",
        2.72 + 1.36: "a weight in fp32 takes 4 bytes; the frozen half has 170 million of them, not 340.",
        3.4e9: "that is in bytes; give it in gigabytes.",
        3400: "that is in megabytes; give it in gigabytes.",
        3.4e9 / 2**30: "that is in GiB, 2³⁰ bytes; a gigabyte here has 1e9.",
    }
    hints = (
        "how many numbers are kept for a trained parameter, and how many for a frozen one?",
        "a trained one: weight, gradient, two averages; a frozen one: its weight. Each number takes 4 bytes.",
        "16 bytes for each trained parameter, 4 for each frozen one, 170 million of both.",
    )
    return compare(number(answer), 3.4, slips, hints, rounding=0.1)


def exercise_5(answer):
    budget = 1000 * 3600 * 989e12 * 0.4
    slips = {
        20 * sqrt(budget / 120): "that is the number of tokens; the parameters are a twentieth.",
        sqrt(budget / 20): "the factor 6 is missing: 6 · N · 20 N is the budget.",
        sqrt(budget / 6): "the 20 is missing: D = 20 N, so 6 · N · 20 N is the budget.",
        budget / 120: "N stands in the product twice, as N and in D = 20 N: take the square root.",
        sqrt(budget / 120) / 1e9: "that is in billions; give the number itself, such as 1.5e9.",
        sqrt(budget / 120) / 1e6: "that is in millions; give the number itself, such as 1.5e9.",
    }
    hints = (
        "which formula connects operations, parameters and tokens, and how many operations can be paid for?",
        "put D = 20 N into 6 · N · D; the budget is hours · 3600 · operations per second · utilisation.",
        "set 6 · N · 20 N equal to 1,000 · 3600 · 989e12 · 0.4 and solve for N.",
    )
    return compare(number(answer), sqrt(budget / 120), slips, hints, within=5e-3)


def exercise_6(answer, settings):
    asked = "three things: two histories and a number"
    if not isinstance(answer, (tuple, list)) or len(answer) != 3:
        raise AnswerError("this is something else", expected=asked, remedy="write `first, second, number`")
    *both, said = answer
    if not all(isinstance(history, History) for history in both):
        raise AnswerError(
            "the first two are none", expected="two histories of `training.fit`", remedy="keep what `fit` returns"
        )
    steps = ceil(32 / settings["batch_size"]) * settings["num_epochs"]
    done = [len(history.steps) for history in both]
    if done == [steps, 3] and steps != 3:
        return "the two are swapped: first the one with three epochs in batches of 32."
    if done != [3, steps]:
        found = f"the two trainings have {done[0]} and {done[1]} steps"
        return (
            f"{found}; how many batches has an epoch, and how many epochs are there?",
            f"{found}; 32 texts in one batch make one step in each epoch.",
            f"{found}; asked are 3 and {steps}.",
        )
    losses = both[1].step_table().set_index("step")["loss"]
    below = losses.index[losses < 0.35]
    right = int(below.min()) if len(below) else 0
    number_of_step = number(said, whole=True)
    if number_of_step in below and number_of_step != right:
        return f"the loss of step {number_of_step:.0f} is below 0.35, but so is that of an earlier one."
    hints = (
        "which column of the second table is compared with 0.35, and which row is the first?",
        "go down the column `loss` of `step_table()`; the steps are counted from 1.",
        "keep the rows whose loss is below 0.35; the smallest `step` among them, or 0 if there is none.",
    )
    return compare(number_of_step, right, {right - 1: "counted from 0? The column `step` starts at 1."}, hints)
