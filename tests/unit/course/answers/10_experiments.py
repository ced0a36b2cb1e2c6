"""Answers to the exercises of chapter 10: right ones, and wrong ones with what is said."""

CONTEXT = {
    "10.4": {"spread": 1.42},
}  # fmt: skip

NUMBER = {
    "10.2": (2.4576, 2.46, {0.024576: "share", 2.958: "variances add", 2.878: "one run", 0.5657: "seeds' part",
        2.5: "which two"}),
    "10.4": (18, 17, {8: "power", 40: "more than enough", 17.5: "whole number", 14: "power", 1: "at least two"}),
}  # fmt: skip

SEVERAL = {
    "10.3": ((2, 1), ("Holm", "Bonferroni"), {(1, 2): "swapped", (3, 1): "third", (1, 1): "by 3", (0, 0): "by what",
        (0.06, 0.12): "whole", (2, 2): "by what"}),
}  # fmt: skip

LETTERS = {
    "10.1": ("bde", "abcde", {"abde": "comments", "bcde": "data files", "be": "not its date", "bd": "not in the key",
        "de": "prose"}),
    "10.5": ("ce", "abcdef", {"ace": "zero", "bce": "1.3 points", "cde": "one set", "cef": "again", "c": "costs",
        "e": "two points"}),
}  # fmt: skip
