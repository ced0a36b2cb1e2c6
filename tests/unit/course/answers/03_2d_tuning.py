"""Answers to the exercises of chapter 3.2d: right ones, and wrong ones with what is said."""

NUMBER = {
    "3.2d.1": (34.1333, 34, {2048: "hours", 11.4: "three epochs", 20.83: "power 4", 33: "how many trainings",
        0: "how"}),
    "3.2d.2": (0.24, 0.2400001, {24: "points", -0.24: "sign", 0.08: "subtract", -0.08: "sum", 0.26: "what does",
        0: "what"}),
    "3.2d.3": (59, 59.0, {58: "one more", 58.4: "round", 20: "36 %", 90: "compare", 60: "how likely", 0: "how"}),
    "3.2d.4": (40, 40.0, {64: "where it stopped", 128: "without", 48: "two are left", 0.3125: "share", 41: "how many",
        0: "how"}),
    "3.2d.5": (9, 9.0, {3: "number of trials", 8: "pruned", 15: "before the last", 10: "which trial", 0: "which"}),
}  # fmt: skip
