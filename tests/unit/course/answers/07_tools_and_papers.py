"""Answers to the exercises of chapter 7: right ones, and wrong ones with what is said."""

from functions import fails, takes_two

LAST = {0.05: 1.58, 0.5: 0.35, 5: 2.3, 50: 2.31}  # of the stand-in for the chapter's training

CONTEXT = {"7.2": {"train": lambda rate: LAST[rate]}}


def in_order(counts):
    return counts == list(range(1, len(counts) + 1))


def by_pairs(counts):
    return all(count == place for place, count in enumerate(counts, 1))


def by_sets(counts):
    return None not in counts and [*counts] == sorted(counts) and set(counts) == set(range(1, len(counts) + 1)) and (
        len(set(counts)) == len(counts)
    )  # fmt: skip


def as_planted(counts):
    ran = [count for count in counts if count]
    return sorted(ran) == sorted(ran)


def without_the_unrun(counts):
    ran = [count for count in counts if count]
    return ran == list(range(1, len(ran) + 1))


def rising(counts):
    return None not in counts and counts == sorted(counts)


def hours(price, rent, power, electricity, weeks):
    saved = rent - power * electricity
    return price / (weeks * saved) if saved > 0 else float("inf")


def hours_by_steps(price, rent, power, electricity, weeks):
    if rent <= power * electricity:
        return float("inf")
    return price / (rent - power * electricity) / weeks


def hours_without_care(price, rent, power, electricity, weeks):
    return price / (weeks * (rent - power * electricity + 1e-12))


def adds(layers, hidden, width):
    return 2 * layers * (2 * hidden * width + width + hidden)


def adds_by_parts(layers, hidden, width):
    down, up = hidden * width + width, width * hidden + hidden
    return sum(down + up for _ in range(2 * layers))


def adds_by_torch(layers, hidden, width):
    from torch import nn

    parts = [nn.Linear(hidden, width), nn.Linear(width, hidden)]
    return 2 * layers * sum(p.numel() for part in parts for p in part.parameters())


NUMBER = {
    "7.A": (0.8, 0.8, {0.2: "from the top", 0.4: "how often did it run", 1.6: "four times", 0.3: "does not add",
        8: "after each of the runs"}),
    "7.1": (10, 10, {1000: "one after the other", 500: "after the first", 9: "512", 11: "not the commits at both ends",
        20: "after one question"}),
}  # fmt: skip

LETTERS = {
    "7.D": ("c", "abcd", {"a": "adapt", "b": "highest and its lowest", "d": "other tokens alone", "ac": "adapt",
        "cd": "other tokens alone"}),
}  # fmt: skip

FORMS = {
    "7.B": (
        (in_order, by_pairs, by_sets),
        ((as_planted, "ran before cell 2"), (without_the_unrun, "left out"), (rising, "not on the page"),
         (lambda counts: True, "ran before cell 2"), (lambda counts: False, "refuses it"),
         (lambda counts: "yes", "True or False"), (lambda counts: None, "`return` missing"),
         (takes_two, "of one argument"), (True, "without brackets")),
    ),
    "7.C": (
        (hours, hours_by_steps, lambda p, r, kw, kwh, n: hours(p, r, kw, kwh, n)),
        ((lambda p, r, kw, kwh, n: p / (r - kw * kwh), "hours in all"),
         (lambda p, r, kw, kwh, n: p / (n * r), "needs electricity"),
         (lambda p, r, kw, kwh, n: p / (n * (r + kw * kwh)), "less than the rent"),
         (lambda p, r, kw, kwh, n: p / (n * (r - kw)), "power in kW"),
         (lambda p, r, kw, kwh, n: p / (n * (r - kwh)), "an hour at 1 kW"),
         (lambda p, r, kw, kwh, n: 1599 / (100 * (r - kw * kwh)), "for other numbers"),
         (hours_without_care, "float('inf')"), (fails, "of five arguments"), (17.6, "without brackets")),
    ),
    "7.2": (
        (LAST, {str(rate): loss for rate, loss in LAST.items()}, {rate: loss * 1.001 for rate, loss in LAST.items()}),
        (({0.05: 1.58, 0.5: 0.35}, "asked are"), (LAST | {0.5: 0.9}, "at 0.5"), (LAST | {0.05: 0.3}, "at 0.05"),
         (LAST | {5: 0.01}, "cannot be that low"), (0.35, "a dictionary"), ([1.58, 0.35, 2.3, 2.31], "a dictionary")),
    ),
    "7.3": (
        (adds, adds_by_parts, adds_by_torch),
        ((lambda layers, hidden, width: adds(layers, hidden, width) / 2, "two bottlenecks"),
         (lambda layers, hidden, width: 4 * layers * hidden * width, "biases are missing"),
         (lambda layers, hidden, width: 2 * layers * (hidden * width + width), "way up again"),
         (lambda layers, hidden, width: adds(1, hidden, width), "one layer"),
         (lambda layers, hidden, width: 2 * layers * (2 * hidden * width + 2 * width), "`hidden` outputs"),
         (lambda layers, hidden, width: 2 * layers * (2 * hidden * width + 2 * hidden), "`width` outputs"),
         (lambda layers, hidden, width: adds(6, 384, width), "for other sizes"), (fails, "of three arguments"),
         (78432, "without brackets")),
    ),
}  # fmt: skip
