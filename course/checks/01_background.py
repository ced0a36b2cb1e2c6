"""Checks of the exercises of chapter 1: None for a right answer, else a hint or three graded ones."""

from math import sqrt

from talentlab.course.answers import compare, compare_letters, number, numbers


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
