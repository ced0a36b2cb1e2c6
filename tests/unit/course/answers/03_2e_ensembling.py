"""Answers to the exercises of chapter 3.2e: right ones, and wrong ones with what is said."""

import numpy as np

FIRST = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.3, 0.7]])
SECOND = np.array([[0.6, 0.4], [0.3, 0.7], [0.02, 0.98], [0.8, 0.2]])

CONTEXT = {
    "3.2e.4": {"first": FIRST, "second": SECOND, "labels": np.array([0, 0, 1, 1])},
}  # fmt: skip

NUMBER = {
    "3.2e.1": (0.84375, 0.84, {84.375: "per cent", 0.984: "at least one", 0.421875: "alone", 0.5625: "any",
        0.85: "in which cases"}),
    "3.2e.3": (15, 15.0, {18: "number of trainings", 12: "folds' share", 5: "one member", 6: "own fifth",
        14: "how many", 0: "how"}),
    "3.2e.4": (0.9, 0.9000001, {90: "per cent", 0.1: "second", 18: "place", 0.65: "highest accuracy",
        0.85: "which prob", 1: "which"}),
}  # fmt: skip

SEVERAL = {
    "3.2e.2": ((1, 0), ("hard", "soft"), {(0, 1): "other way", (0, 0): "hard vote", (1, 1): "soft vote",
        (2, 0): "0 and 1", (0.55, 0): "whole"}),
}  # fmt: skip

LETTERS = {
    "3.2e.5": ("ace", "abcde", {"abce": "members", "acde": "validation", "ce": "trained on", "ae": "unseen",
        "ac": "best of several"}),
}  # fmt: skip
