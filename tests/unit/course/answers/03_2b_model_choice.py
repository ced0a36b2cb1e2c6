"""Answers to the exercises of chapter 3.2b: right ones, and wrong ones with what is said."""

from math import log

NUMBER = {
    "3.2b.1": (1472, 1472.4, {1.472: "gigabytes", 1760: "everything", 1376: "still lie", 1450: "what has",
        110: "what"}),
    "3.2b.3": (log(5), 1.61, {2.3219: "bits", 0.69897: "base 10", 0.2: "1/5", -1.61: "sign",
        1.63: "which probability"}),
    "3.2b.4": (0.8, 0.80, {80: "between", -0.8: "sign", 0.6: "Kendall", 0.2: "formula", 0.78: "by how much", 1: "by"}),
}  # fmt: skip

LETTERS = {
    "3.2b.2": ("abd", "abcde", {"abc": "b is more", "abde": "d is as", "bd": "nothing is as fast",
        "ad": "faster is less", "ab": "more accurate"}),
    "3.2b.5": ("ef", "abcdef", {"aef": "the file", "bef": "same pieces", "def": "tokenizer", "f": "which rows",
        "e": "written down"}),
}  # fmt: skip
