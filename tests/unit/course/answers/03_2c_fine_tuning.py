"""Answers to the exercises of chapter 3.2c: right ones, and wrong ones with what is said."""

from math import log

NUMBER = {
    "3.2c.1": (1.005556e-4, 1e-4, {0.5: "share", 9e-5: "from the peak", 2e-4: "is the peak", 1.05e-4: "which part",
        0: "which"}),
    "3.2c.2": (0.8**7, 0.21, {21: "per cent", 0.262: "lowest", 0.328: "top layer", 4.768: "larger",
        0.22: "how many steps", 1: "how"}),
    "3.2c.3": (9.995e-4, 0.001, {0.1: "percent", 1e-6: "one step", 0.999: "what is left", 0.002: "in one step",
        0: "in one"}),
    "3.2c.4": (log(19), 2.94, {2.197: "0.9 and 0.1", 0.9: "difference", 19: "ratio", -2.944: "sign",
        2.9: "which probabilities", 0: "which"}),
}  # fmt: skip

SEVERAL = {
    "3.2c.5": ((6, 4), ("ends after", "keeps"), {(8, 8): "never reached", (4, 6): "other way",
        (6, 6): "equals epoch 4", (5, 4): "one epoch", (7, 4): "which epoch", (0, 0): "which epoch",
        (5, 3): "from 0"}),
}  # fmt: skip
