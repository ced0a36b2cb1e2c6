"""Checks of the exercises of chapter 8.4: None for a right answer, else a hint or three graded ones."""

import numpy as np
import torch

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number
from talentlab.training import History


def exercise_A(answer):
    slips = {
        0.75: "8 bytes a value, against 4 for each weight: what is left has to be half, not a quarter.",
        0.0: "with no zero at all, CSR needs 8 bytes for each weight.",
        0.25: "then three quarters stay, at 8 bytes each.",
    }
    hints = (
        "how many bytes does a share s of zeros leave, per weight of the full matrix?",
        "(1 − s) values of 8 bytes stand against 4 bytes for each weight; set them equal.",
        "s is 1 less the ratio of 4 and 8.",
    )
    return compare(number(answer), 0.5, slips, hints, rounding=0.01, unit="share or per cent")


def exercise_B(answer):
    weight = torch.tensor([[0.7, -1.4, 0.2, 0.35], [0.07, 0.01, -0.026, 0.0]])
    numbers, scale = _pair(call(answer, weight, returns=(tuple, list)))
    if numbers.shape != weight.shape or tuple(scale.shape) != (2, 1):
        return (
            f"for a matrix 2 × 4 come numbers {list(numbers.shape)} and scales {list(scale.shape)}.",
            "each row has a scale of its own: over which dimension is the largest taken?",
            "the largest of a row is the largest along dimension 1, kept as [rows, 1].",
        )
    if np.abs(numbers).max() > 7.001:
        return "a number is beyond −7 to 7: is the largest taken without its sign, and divided by 7?"
    if not close(scale[:, 0], [0.2, 0.01], within=1e-3):
        return (
            "the largest of the first row is −1.4, which becomes −7: what is its scale?",
            "the scale is the largest weight without its sign, over the largest number, 7.",
            "take `abs` before the largest, and divide by 7.",
        )
    if not np.allclose(numbers, np.round(numbers)):
        return "the numbers are not whole."
    if np.abs(numbers * scale - weight.numpy()).max() > 0.5001 * 0.2 or numbers[0, 3] != 2:
        return "0.35 at a scale of 0.2 is 1.75: the nearest whole number is 2. Does yours cut off?"
    numbers, scale = _pair(call(answer, torch.zeros(1, 3), returns=(tuple, list)))
    if not np.isfinite(numbers * scale).all() or np.abs(numbers).max() > 0:
        return "a row of zeros has no largest weight: 0 / 0 is no number. Give it any other scale."
    return None


def _pair(answer):
    if len(answer) != 2:
        raise AnswerError("this is something else", expected="a pair: numbers and scales",
                          remedy="return both")  # fmt: skip
    return tuple(torch.as_tensor(part).detach().double().numpy() for part in answer)


def exercise_C(answer):
    def loss(student, teacher, temperature):
        return call(answer, student, teacher, temperature, returns=(torch.Tensor, float, np.floating))

    generator = torch.Generator().manual_seed(0)
    student, teacher = (torch.randn(3, 2, generator=generator) * 2 for _ in range(2))
    if close(float(loss(student, teacher, 1)), -_cross(student, teacher, 1), within=1e-4):
        return "the sign: a cross-entropy is positive."
    if not close(float(loss(student, teacher, 1)), _cross(student, teacher, 1), within=1e-4):
        if close(float(loss(student, teacher, 1)), _cross(teacher, student, 1), within=1e-4):
            return "student and teacher are exchanged: the teacher's probabilities are the target."
        if close(float(loss(student, teacher, 1)), 3 * _cross(student, teacher, 1), within=1e-4):
            return "that is the sum over the texts; asked is their mean."
        return (
            "what does it give at T = 1? It should be the plain cross-entropy with soft targets.",
            "of each text: minus the teacher's probability times the logarithm of the student's, summed over classes.",
            "`softmax(-1)` of the teacher, `log_softmax(-1)` of the student, product, sum over -1, mean, minus.",
        )
    hot = float(loss(student, teacher, 3.0))
    if close(hot, _cross(student, teacher, 3), within=1e-4):
        return "at T = 3 the factor T² is missing: the gradients would be nine times smaller."
    if not close(hot, 9 * _cross(student, teacher, 3), within=1e-4):
        return "at T = 3 it is another one: are both logits divided by T, and the mean multiplied by T²?"
    leaves = student.clone().requires_grad_(), teacher.clone().requires_grad_()
    found = call(answer, *leaves, 2.0, copied=False)
    if not isinstance(found, torch.Tensor) or not found.requires_grad:
        return "no gradient reaches the student: leave the result a tensor, without `item` or `detach`."
    found.backward()
    if leaves[1].grad is not None and leaves[1].grad.abs().max() > 0:
        return "the gradient reaches the teacher as well: `detach` its logits."
    return None


def _cross(student, teacher, temperature):
    return float(-((teacher / temperature).softmax(-1) * (student / temperature).log_softmax(-1)).sum(-1).mean())


def exercise_1(answer):
    slips = {
        3.5: "the scales, and the 40 million trained numbers, take memory as well.",
        3.72: "that is the base with its scales; the trained numbers come on top.",
        4.14: "the scales are missing: 16 bits for each 64 weights.",
        3.88: "a trained number has a gradient and two moments beside itself: 16 bytes, not 4.",
        4.2: "a trained number needs 16 bytes: its own 4 come with the 12.",
        28.64: "a weight of the base has 4 bits, not 4 bytes.",
        4.36e9: "asked are gigabytes, of 10⁹ bytes.",
    }
    hints = (
        "how many bytes does one weight of the base take, its part of a scale included?",
        "4 bits and 16/64 of a bit are 17/32 of a byte; a trained number takes 16 bytes.",
        "add 7 · 10⁹ · 17/32 and 40 · 10⁶ · 16, and divide by 10⁹.",
    )
    return compare(number(answer), 7 * 17 / 32 + 0.04 * 16, slips, hints, rounding=0.1)


def exercise_2(answer):
    def rank(rows, columns):
        return number(call(answer, rows, columns), whole=True)

    if rank(384, 1536) == 308 or rank(4, 4) == 2:
        return "at equal numbers nothing is saved: the product has to have fewer."
    if rank(384, 384) == 96:
        return "that halves the numbers; asked is the largest rank that saves any."
    if rank(4, 4) != 1:
        return (
            "how many numbers has the product of m × r and r × n?",
            "r (m + n) has to be smaller than m · n.",
            "of 4 × 4 = 16 numbers, r = 1 needs 8, r = 2 needs 16: the answer is 1.",
        )
    if rank(384, 384) != 191 or rank(384, 1536) != 307:
        return "384 × 1,536 are 589,824 numbers; each unit of rank costs 384 + 1,536 = 1,920 of them."
    if rank(1, 5) != 0:
        return "of a single row nothing can be saved: the answer is 0."
    if rank(3, 6) != 1:
        return "of 3 × 6 = 18 numbers, r = 2 needs 18, which saves nothing: the answer is 1."
    return None


def exercise_3(answer, learning_rate):
    if not isinstance(answer, dict) or set(answer) != {"lowest", "ends"}:
        raise AnswerError("this is something else", expected='a dictionary with the keys "lowest" and "ends"',
                          remedy="keep each history under its name")  # fmt: skip
    tables = {}
    for name, history in answer.items():
        if not isinstance(history, History):
            raise AnswerError(f"{name}: this is no history", expected="what `training.fit` returns",
                              remedy="keep the value of the call")  # fmt: skip
        tables[name] = history.step_table()
        if len(tables[name]) != 12:
            return f"{name}: 2 epochs of 96 texts in batches of 16 are 12 steps; yours has {len(tables[name])}."
        if not np.isclose(tables[name]["learning_rate"].max(), learning_rate, rtol=1e-3):
            return f"{name}: asked is the rate of the recovery, {learning_rate:g}."
    if np.allclose(tables["lowest"]["loss"], tables["ends"]["loss"]):
        return (
            "both have the same losses: are they two different students?",
            "`lowest` keeps layers 0 and 1, `ends` the first and the last; each begins from a copy of `full`.",
            "for `ends`, copy `full`, and give it `nn.ModuleList([layers[0], layers[-1]])`.",
        )
    return None


def exercise_4(answer):
    return compare_letters(
        answer,
        "bd",
        "which of them would hold for any model, and on any machine?",
        {
            "a": "zeros in a dense matrix are multiplied like all other numbers",
            "b": "a smaller matrix has fewer multiplications, everywhere",
            "c": "the word table is looked up; no time is in it",
            "d": "equal training is what makes the comparison one of the cut",
            "e": "4 bits have to be turned back before each product, unless the processor computes with them",
        },
    )
