"""Answers to the exercises of chapter 1: right ones, and wrong ones with what is said."""

from types import SimpleNamespace


def lead(value, low):
    return SimpleNamespace(value=value, low=low)


CONTEXT = {
    "1.1": {"gains": {
        "word counts": {16: lead(0.1, -0.1), 64: lead(0.1, 0.02), 256: lead(0.2, 0.1)},
        "random weights": {16: lead(0.1, 0.1), 64: lead(0.1, -0.02), 256: lead(0.2, -0.1)},
    }},
}  # fmt: skip

NUMBER = {
    "1.3": (62.58, 63, {225_288: "seconds", 2.61: "days", 10.4: "factor 6", 61.5: "how many operations",
        0: "how many"}),
    "1.4": (3.4, 3.42, {3.4e9: "bytes", 5.44: "all parameters", 2.72: "frozen weights", 3.17: "GiB", 3.3: "how many"}),
    "1.5": (3.445e9, 3.44e9, {3.445: "billions", 6.89e10: "tokens", 8.44e9: "factor 6", 3.3e9: "which formula",
        1: "which"}),
}  # fmt: skip

SEVERAL = {
    "1.1": ((64, 0), ("word counts", "random weights"), {(64, 16): "lower ends|which end", (16, 0): "starts at",
        (256, 0): "smaller size", (0, 0): "which end", (6.4, 0): "whole", (65, 0): "none of the sizes"}),
}  # fmt: skip

LETTERS = {
    "1.2": ("BCD", "ABCDE", {"BC": "took part", "BCDE": "balance", "ABCD": "it is fair", "CD": "lucky",
        "BD": "choose the epoch"}),
}  # fmt: skip
