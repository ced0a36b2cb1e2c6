"""Answers to the exercises of chapter 3.2a: right ones, and wrong ones with what is said."""

from functions import constant, fails, takes_two

from talentlab import data


def repaired(text):
    return data.repair_mojibake(data.strip_html(text))


NUMBER = {
    "3.2a.1": (0.185 / 0.485, 0.38, {38.1: "not 100", 0.7: "agreement", 0.515: "by chance", 0.4: "one half",
        0.37: "how often", 0: "how"}),
    "3.2a.2": (1 / 3, 0.33, {33.3: "per cent", 2 / 7: "twice", 2 / 3: "one word", 0.35: "which three", 0: "which"}),
    "3.2a.3": (0.036, 0.0362, {3.6: "points", 0.756: "reported", 0.24: "every test", 0.04: "which accuracy",
        0: "which"}),
    "3.2a.5": (40 / 135, 29.6, {2963: "share", 0.8: "recall", 0.04: "count rows", 0.31: "how many rows", 0: "how"}),
}  # fmt: skip

FUNCTION = {
    "3.2a.4": (
        (repaired, lambda text: repaired(text), lambda text: data.repair_mojibake(data.strip_html(text))),
        ((data.repair_mojibake, "entities"), (data.strip_html, "done last"), (constant, "nothing but"),
         (lambda text: data.strip_html(data.repair_mojibake(text)), "done last"), ("text", "function of one"),
         (lambda text: repaired(text).upper(), "nothing but"), (takes_two, "yours takes"),
         (lambda text: None, "`return` missing"), (lambda text: 3, "asks for text"), (fails, "no_such_method")),
    ),
}  # fmt: skip
