"""Answers to the exercises of chapter 3.2f: right ones, and wrong ones with what is said."""

import pandas as pd

CONTEXT = {
    "3.2f.5": {"twelve": pd.DataFrame({
        "group": list("aaaaaabbbbbb"),
        "label": [1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0],
        "said": [1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 0],
    })},
}  # fmt: skip

NUMBER = {
    "3.2f.1": (1537, 1537.0, {0.15366: "shares", 384.16: "8 points", 1536.64: "whole", 1536: "whole",
        1600: "how wide", 300: "how"}),
    "3.2f.2": (0.022656, 0.023, {2.2656: "per cent", 0.011328: "one side", 0.0143: "chi-squared",
        0.024: "which texts", 0: "which"}),
    "3.2f.3": (1 - 0.975**20, 0.40, {39.7: "per cent", 0.6415: "both sides", 0.5: "adding up", 0.603: "none",
        0.41: "with which"}),
    "3.2f.4": (0.731059, 0.73, {73.1: "per cent", 0.8808: "temperature 1", 0.982: "multiplied", 0.2689: "second",
        0.75: "what does"}),
    "3.2f.5": (0.25, -0.25, {25: "per cent", 0.0: "accuracy", 0.333: "whatever is true", 0.26: "which rows",
        1: "which"}),
}  # fmt: skip
