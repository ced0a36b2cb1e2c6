"""Checks of the exercises of chapter 2: None for a right answer, else a hint or three graded ones."""

import numpy as np

from talentlab.course.answers import compare, number, numbers

_LAYER, _HEAD, _BERT = 7_087_872, 592_130, 109_483_778


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
