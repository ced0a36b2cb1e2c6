"""Answers to the exercises of chapter 2: right ones, and wrong ones with what is said."""

import numpy as np

ATTENTION = np.full((3, 3, 4, 4), 0.1)
ATTENTION[1, 2, :, -1], ATTENTION[0, 0, :, 0] = 0.9, 0.8  # (2, 3) looks at [SEP], (1, 1) at [CLS]

CONTEXT = {
    "2.5": {"weights": ATTENTION},
}  # fmt: skip

NUMBER = {
    "2.1": (7_087_872, 7_087_872.0, {7.087872: "millions", 7_080_960: "biases", 7_084_800: "norms",
        7_087_871: "which matrices", 768: "which"}),
    "2.2": (294_912, 294_912.0, {294.912: "thousands", 147_456: "half", 36_864: "rank 1", 294_911: "beside a matrix",
        8: "beside"}),
    "2.3": (0.0035369, 0.0035, {0.35369: "per cent", 0.003681: "positions", 0.0036: "how large", 0.524: "how large",
        35: "per cent"}),
    "2.4": (7, 7.0, {7.9: "whole number", 7.39: "whole number", 8: "round down", 12: "weights of the whole",
        11: "means", 3: "what takes"}),
}  # fmt: skip

SEVERAL = {
    "2.5": ((2, 3), ("layer", "head"), {(1, 1): "[CLS]", (1, 2): "counted from 0", (3, 2): "other way",
        (3, 1): "four axes", (2.5, 3): "whole"}),
}  # fmt: skip
