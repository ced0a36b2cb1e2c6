"""Answers to the exercises of chapter 8.4: right ones, and wrong ones with what is said."""

import torch
from functions import fails, takes_two

from talentlab.training import History


def rows_quantised(weight):
    scale = weight.abs().amax(1, keepdim=True) / 7
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    return (weight / scale).round().int(), scale


def rows_as_list(weight):
    scale = (weight.abs().amax(1, keepdim=True) / 7).clamp_min(1e-9)
    return [torch.round(weight / scale), scale]


def rows_by_loop(weight):
    scale = torch.tensor([[max(abs(float(v)) for v in row) / 7 or 1.0] for row in weight])
    return torch.tensor([[round(float(v / s)) for v in row] for row, s in zip(weight, scale, strict=True)]), scale


def of_columns(weight):
    scale = weight.abs().amax(0, keepdim=True) / 7
    return (weight / scale).round(), scale


def with_sign(weight):
    scale = weight.amax(1, keepdim=True) / 7
    return (weight / scale).round(), scale


def by_eight(weight):
    scale = weight.abs().amax(1, keepdim=True) / 6
    return (weight / scale).round().clip(-7, 7), scale


def cut_off(weight):
    scale = weight.abs().amax(1, keepdim=True).clamp_min(1e-9) / 7
    return (weight / scale * (1 + 1e-6)).int(), scale


def no_zeros(weight):
    scale = weight.abs().amax(1, keepdim=True) / 7
    return (weight / scale).round(), scale


def distilled(student, teacher, temperature):
    soft = (teacher.detach() / temperature).softmax(-1)
    return -(soft * (student / temperature).log_softmax(-1)).sum(-1).mean() * temperature**2


def distilled_by_torch(student, teacher, temperature):
    return (
        torch.nn.functional.cross_entropy(student / temperature, (teacher / temperature).softmax(1).detach())
        * temperature**2
    )


def distilled_by_loop(student, teacher, temperature):
    with torch.no_grad():
        soft = torch.softmax(teacher / temperature, 1)
    return (
        temperature**2
        * sum(-(s * torch.log_softmax(row / temperature, 0)).sum() for row, s in zip(student, soft, strict=True))
        / len(soft)
    )


def to_the_teacher(student, teacher, temperature):
    return torch.nn.functional.cross_entropy(student / temperature, (teacher / temperature).softmax(1)) * temperature**2


def without_square(student, teacher, temperature):
    return distilled(student, teacher, temperature) / temperature**2


def exchanged(student, teacher, temperature):
    return distilled(teacher, student, temperature)


def summed(student, teacher, temperature):
    return distilled(student, teacher, temperature) * len(student)


def negative(student, teacher, temperature):
    return -distilled(student, teacher, temperature)


def as_a_number(student, teacher, temperature):
    return float(distilled(student, teacher, temperature).detach())


def half_softened(student, teacher, temperature):
    return torch.nn.functional.cross_entropy(student, (teacher / temperature).softmax(1).detach()) * temperature**2


def hard(student, teacher, temperature):
    return torch.nn.functional.cross_entropy(student, teacher.argmax(1))


def rank(rows, columns):
    return (rows * columns - 1) // (rows + columns)


def rank_by_search(rows, columns):
    return max(r for r in range(min(rows, columns)) if r * (rows + columns) < rows * columns)


def rank_float(m, n):
    r = 0
    while (r + 1) * (m + n) < m * n:
        r += 1
    return float(r)


def history(steps=12, rate=1e-4, start=0.7):
    return History(steps=[{"step": n, "loss": start - 0.01 * n, "learning_rate": rate} for n in range(1, steps + 1)])


PAIR = {"lowest": history(), "ends": history(start=0.8)}
CONTEXT = {"8.4.3": {"learning_rate": 1e-4}}

NUMBER = {
    "8.4.A": (0.5, 50.0, {0.75: "not a quarter", 0.0: "no zero at all", 0.88: "how many bytes", 0.25: "three quarters",
        0.9: "how many bytes"}),
    "8.4.1": (4.35875, 4.4, {3.5: "take memory as well", 3.72: "come on top", 4.14: "scales are missing",
        3.88: "16 bytes, not 4",
        28.64: "not 4 bytes", 4.36e9: "gigabytes", 9.0: "how many bytes does one weight"}),
}  # fmt: skip

LETTERS = {
    "8.4.4": ("bd", "abcde", {"abd": "multiplied like all", "bcd": "looked up", "b": "one of the cut",
        "bde": "turned back",
        "d": "fewer multiplications"}),
}  # fmt: skip

FORMS = {
    "8.4.B": (
        (rows_quantised, rows_as_list, rows_by_loop),
        ((of_columns, "come numbers"), (with_sign, "beyond"), (by_eight, "what is its scale"), (cut_off, "cut off"),
         (no_zeros, "0 / 0"), (lambda weight: (weight, weight, weight), "a pair"), (fails, "raised AttributeError"),
         (7, "without brackets")),
    ),
    "8.4.C": (
        (distilled, distilled_by_torch, distilled_by_loop),
        ((to_the_teacher, "reaches the teacher"), (without_square, "T² is missing"), (exchanged, "are exchanged"),
         (summed, "their mean"), (negative, "the sign"), (as_a_number, "no gradient"), (half_softened, "at T = 3"),
         (hard, "at T = 1"), (takes_two, "of three arguments"), (0.7, "without brackets")),
    ),
    "8.4.2": (
        (rank, rank_by_search, rank_float),
        ((lambda m, n: m * n // (m + n), "nothing is saved"),
         (lambda m, n: m * n // (2 * (m + n)), "halves the numbers"),
         (lambda m, n: min(m, n), "how many numbers"), (lambda m, n: (m * n - 1) // (m + n) if m < 9 else 190, "1,920"),
         (lambda m, n: max(1, (m * n - 1) // (m + n)), "single row"), (fails, "of two arguments"),
         (191, "without brackets")),
    ),
    "8.4.3": (
        (PAIR, dict(reversed(PAIR.items())), {"lowest": history(start=0.9), "ends": history()}),
        ((PAIR | {"ends": history(6)}, "12 steps"), (PAIR | {"lowest": history(rate=1e-3)}, "rate of the recovery"),
         ({"lowest": history(), "ends": history()}, "two different students"), ({"lowest": history()}, "the keys"),
         ({"lowest": 0.5, "ends": 0.6}, "no history"), (0.5, "a dictionary")),
    ),
}  # fmt: skip
