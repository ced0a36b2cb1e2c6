"""Checks of the exercises of chapter 2: None for a right answer, else a hint or three graded ones."""

import numpy as np
import torch

from talentlab.course.answers import AnswerError, call, compare, compare_letters, number, numbers
from talentlab.training import History

_LAYER, _HEAD, _BERT = 7_087_872, 592_130, 109_483_778


def exercise_A(answer):
    for seed, alpha, rank in ((0, 6, 2), (1, 1, 3)):
        drawn = torch.Generator().manual_seed(seed)
        x, weight, down, up = (torch.randn(n, m, generator=drawn) for n, m in ((2, 4), (4, 4), (rank, 4), (4, rank)))
        found = call(answer, x, weight, down, up, alpha, shape=(2, 4))
        plain, low = (x @ weight.T).numpy(), (x @ down.T @ up.T).numpy()
        slips = [
            (plain + alpha / rank * low, None),
            (plain + low, "the scale is missing: alpha / r."),
            (plain + alpha * low, "scaled by alpha; divide by the rank as well."),
            (plain + alpha / 4 * low, "divided by the width; the rank r is the short side of the thin matrices."),
            (plain + rank / alpha * low, "the scale is turned over: alpha / r."),
            (alpha / rank * low, "the frozen layer is missing: LoRA's product comes on top of it."),
            (plain, "that is the frozen layer alone."),
            (alpha / rank * (plain + low), "the scale belongs to the product of the thin matrices only."),
            ((x @ weight).numpy() + alpha / rank * low, "`weight` has a row for each output: x meets its transpose."),
        ]
        hint = next((hint for value, hint in slips if np.allclose(found, value, atol=1e-5)), "else")
        if hint == "else":
            return (
                "what does each of the three matrices make of x, and in which order?",
                "x passes the frozen weight, and beside it `down`, then `up`; that result is scaled and added.",
                "each matrix is applied as in torch.nn.Linear, x @ matrix.T; r is the number of rows of `down`.",
            )
        if hint:
            return hint
    return None


def exercise_B(answer):
    return compare_letters(
        answer,
        "BCF",
        "which of these is needed for what trains only, and which for all of the model?",
        {
            "A": "the frozen weights are needed to compute, so they stay in memory",
            "B": "a gradient is kept for each parameter that trains, and few do",
            "C": "AdamW keeps two means for each parameter that trains, and few do",
            "D": "the text has to pass through all of the layers, trained or not",
            "E": "there is a LoRA in the lowest layer too, and the gradient has to reach it",
            "F": "only the thin matrices and the head differ from task to task",
        },
    )


def exercise_C(answer):
    drawn = np.random.default_rng(0)
    first = [
        np.array(rows)
        for rows in (
            [[0.4, 0.1, 0.15, 0.35], [0.1, 0.6, 0.2, 0.1]],
            [[0.4, 0.1, 0.15, 0.35], [0.1, 0.5, 0.3, 0.1]],
            [[0.02, 0.03, 0.05, 0.9], [0.3, 0.05, 0.35, 0.3]],
        )
    ]
    tried = [first, *([drawn.dirichlet(np.ones(4), 6) for _ in range(3)] for _ in range(2))]
    found = np.concatenate([call(answer, members, shape=(len(members[0]),)) for members in tried])

    def by(rule):
        return np.concatenate([rule(np.stack(members)) for members in tried])

    slips = [
        (lambda m: m.mean(0).argmax(1), None),
        (lambda m: m.argmax(2).mean(0).round(), "still a mean of class numbers: what is averaged in a soft vote?"),
        (lambda m: np.array([np.bincount(said).argmax() for said in m.argmax(2).T]),
         "that is a hard vote: each member has one voice, however sure it is."),
        (lambda m: m.max(0).argmax(1), "that lets the surest member decide alone: take the mean, not the maximum."),
        (lambda m: m.mean(0).argmin(1), "that is the class with the lowest mean."),
        (lambda m: m[0].argmax(1), "that is the first member's answer."),
    ]  # fmt: skip
    for rule, hint in slips:
        if np.array_equal(found, by(rule)):
            return hint
    return (
        "what is averaged, and when is the class chosen?",
        "first the mean of the probabilities over the members, then the class with the largest mean.",
        "np.mean over the list's own axis gives [N, C]; the class is the place of the largest number of a row.",
    )


def exercise_1(answer):
    slips = {
        _LAYER - 9 * 768: "the biases are missing: one number per output of each matrix.",
        _LAYER - 4 * 768: "the two layer norms are missing.",
        _LAYER - 13 * 768: "biases and layer norms are missing.",
        _LAYER - (768 * 768 + 768): "attention has four matrices: after the heads, one more mixes their outputs.",
        _LAYER - (768 * 3072 + 768): "the feed-forward part has two matrices: up to 4H, and back to H.",
        12 * _LAYER: "that is all twelve layers.",
        _LAYER / 1e6: "that is in millions; give the number itself, to the last parameter.",
    }
    hints = (
        "which matrices and vectors has the layer, and how many numbers are in each?",
        "a matrix from n to m has n · m numbers and a bias of m; six of these, and the two layer norms.",
        "add four times (H·H + H), then (H·4H + 4H), then (4H·H + H), then the layer norms.",
    )
    return compare(number(answer), _LAYER, slips, hints)


def exercise_2(answer):
    right = 12 * 2 * 2 * 8 * 768
    slips = {
        right // 2: "half: either one of the two matrices A and B is missing, or query or value.",
        right // 4: "a quarter: query and value both get a pair A and B.",
        right // 12: "that is one layer.",
        right // 8: "that is rank 1.",
        12 * 2 * 768 * 768: "that is the size of the matrices themselves; LoRA trains two thin ones beside each.",
        right / 1e3: "that is in thousands; give the number itself.",
        right / 1e6: "that is in millions; give the number itself.",
    }
    hints = (
        "what does LoRA put beside a matrix of 768 × 768?",
        "two thin matrices, whose short side is the rank; count both, for every matrix that gets them.",
        "for one matrix: A has 8 rows of 768 numbers, B has 768 rows of 8. Then twice per layer, 12 layers.",
    )
    return compare(number(answer), right, slips, hints)


def exercise_3(answer):
    right = 50257 * 12288 / 174_604_259_328
    slips = {
        100 * right: "that is in per cent.",
        (50257 + 2048) * 12288 / 174_604_259_328: "that includes the table of positions.",
        50257 * 12288: "that is the size of the table; which share of all parameters is it?",
        1 / right: "the other way round: the table is the part, the model is the whole.",
    }
    hints = (
        "how large is the table, and of what is it a share?",
        "the table has a row for each token of the vocabulary, as long as the model is wide.",
        "vocabulary times width, divided by all parameters of the table above.",
    )
    return compare(number(answer), right, slips, hints, rounding=1e-4, unit="share")


def exercise_4(answer):
    def fitting(budget, per_parameter, fixed):
        return (budget - fixed - per_parameter * _HEAD) // (per_parameter * _LAYER)

    right = fitting(2**30, 12, 4 * _BERT)
    slips = {
        fitting(2**30, 12, 0): "the weights of the whole model have to be held too, 4 bytes each.",
        fitting(2**30, 4, 4 * _BERT): "three numbers are kept per trainable parameter: its gradient and two means.",
        fitting(2**30, 8, 4 * _BERT): "three numbers are kept per trainable parameter: its gradient and two means.",
        right + 1: "that many do not fit: round down.",
    }
    hints = (
        "what takes memory whether or not it trains, and what does a trainable parameter take on top?",
        "4 bytes for each weight of the model; 12 more for each parameter that trains, pooler and head first.",
        "from 1 GiB take 4 bytes for each parameter; divide what is left by 12 bytes and the size of a layer.",
    )
    return compare(number(answer, whole=True), right, slips, hints)


def exercise_5(answer, weights):
    def best(mean):
        return tuple(int(index) + 1 for index in np.unravel_index(mean.argmax(), mean.shape))

    weights = np.asarray(weights)
    right = best(weights[:, :, :, -1].mean(2))
    slips = {
        (right[0] - 1, right[1] - 1): "counted from 0; the sliders count from 1.",
        right[::-1]: "the right numbers, the other way round: the layer comes first.",
        best(weights[:, :, :, 0].mean(2)): "that is the head for [CLS], the first token; [SEP] is the last.",
        best(weights[:, :, -1, :].max(2)): (
            "that is what [SEP] looks at; ask who looks at it: the last axis is the token looked at."
        ),
    }
    hints = (
        "which of the four axes is the token that is looked at, and where on it is [SEP]?",
        "for each layer and head: how much weight goes to the last token, on average over the tokens that look?",
        "take the last column of each map, its mean over the rows, and the largest of these means.",
    )
    return compare(numbers(answer, 2, names=("layer", "head"), whole=True), right, slips, hints)


def exercise_6(answer, usual, rate):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], History):
        raise AnswerError("this is something else", expected="a pair (history, difference)",
                          remedy="write `history, difference`, the first as `train_model` returns it")  # fmt: skip
    new, old = answer[0].step_table(), usual.step_table()
    if not np.isclose(reached := float(new["learning_rate"].max()), rate, rtol=1e-3):
        return f"the new training reached a rate of {reached:g}; asked is {rate:g}."
    if len(new) != len(old):
        return f"the new training has {len(new)} steps, the other {len(old)}: everything but the rate stays."
    ends = [float(table["loss"].tail(5).mean()) for table in (new, old)]
    slips = {
        ends[1] - ends[0]: "the sign is turned: positive means that the new loss is higher.",
        ends[0]: 'that is the new loss itself; take off that of `trained["head"]`.',
        float(new["loss"].iloc[-1] - old["loss"].iloc[-1]): "that is the last step alone; one batch says little.",
        float(new["loss"].mean() - old["loss"].mean()): "that is the mean over all steps; asked are the last five.",
        ends[0] / ends[1]: "that is a ratio; asked is a difference.",
    }
    hints = (
        "which of the two losses is higher at the end?",
        "the last five rows of the column `loss`, their mean, for both histories.",
        'the new history\'s `tail(5).mean()` minus that of `trained["head"]`.',
    )
    return compare(number(answer[1]), ends[0] - ends[1], slips, hints, rounding=0.01)
