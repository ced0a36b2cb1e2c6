"""Answers to the exercises of chapter 3.1: right ones, and wrong ones with what is said."""

from math import exp, log

CONTEXT = {
    "3.1.4": {"pairs": {"train": [7, 7, 7, 5], "held out": [7, 5, 5, 5, 6, 6, 6, 9]}},
}  # fmt: skip

NUMBER = {
    "3.1.1": (54, 54.0, {60: "60 are chosen", 48: "random token", 13.5: "per cent", 53: "what happens", 0: "what"}),
    "3.1.2": (log(30_522), 10.33, {14.897: "bits", 4.48: "base 10", 30_522: "perplexity", -10.33: "sign",
        10.2: "which probability"}),
    "3.1.3": (exp(0.7), 2.01, {1.146: "ratio of the losses", 0.7: "difference", 0.4966: "what is left",
        2.03: "how does", 1: "how"}),
    "3.1.4": (0.125, 0.12504, {12.5: "per cent", 0.75: "training blocks", 0.375: "whoever guesses",
        0.1252: "which token", 7: "itself"}),
}  # fmt: skip

LETTERS = {
    "3.1.5": ("b", "abcd", {"a": "no easier", "c": "time", "d": "how often", "ab": "no easier", "abcd": "no easier"}),
}  # fmt: skip
