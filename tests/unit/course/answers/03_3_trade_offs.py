"""Answers to the exercises of chapter 3.3: right ones, and wrong ones with what is said."""

CONTEXT = {
    "3.3.4": {"accuracies": [0.5, 0.6, 0.685, 0.7]},
}  # fmt: skip

NUMBER = {
    "3.3.1": (32, 32.04, {1.1487: "doubling", 4: "four times", 10: "2 / b", 0.03: "more", 31: "what becomes",
        1: "what"}),
    "3.3.2": (1500, 1500.4, {540: "other way", 2500: "square already", 1260: "on top", 900: "perfect",
        1501: "what are"}),
    "3.3.3": (1530, 1530.4, {25.5: "minutes", 0.425: "hours", 510: "a third", 30.6: "texts", 1500: "how many",
        0: "how"}),
    "3.3.4": (31 / 32, 0.97, {96.875: "per cent", 0.5: "one draw", 2.5: "add up", 1 - 0.75**5: "one point",
        0.98: "how likely", 0: "how"}),
}  # fmt: skip

LETTERS = {
    "3.3.5": ("BCE", "ABCDE", {"BC": "one seed", "ABCE": "above all", "BCDE": "same texts", "CE": "lucky",
        "BE": "2,000"}),
}  # fmt: skip
