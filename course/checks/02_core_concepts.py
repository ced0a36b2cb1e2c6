"""Checks of the exercises of chapter 2: each returns None for a right answer, else a hint."""

import numpy as np

_LAYER, _HEAD, _BERT = 7_087_872, 592_130, 109_483_778


def exercise_1(answer):
    hints = {
        _LAYER - 9 * 768: "the biases are missing: one number per output of each matrix.",
        _LAYER - 4 * 768: "the two layer norms are missing.",
        _LAYER - 13 * 768: "biases and layer norms are missing.",
        _LAYER - (768 * 768 + 768): "attention has four matrices: after the heads, one more mixes their outputs.",
        _LAYER - (768 * 3072 + 768): "the feed-forward part has two matrices: up to 4H, and back to H.",
        12 * _LAYER: "that is all twelve layers.",
    }
    answer = int(answer)
    if answer in hints:
        return hints[answer]
    if answer != _LAYER:
        return "add four times (H·H + H), then (H·4H + 4H), then (4H·H + H), then the layer norms."
    return None


def exercise_2(answer):
    right = 12 * 2 * 2 * 8 * 768
    hints = {
        right // 2: "half: either one of the two matrices A and B is missing, or query or value.",
        right // 4: "a quarter: query and value both get a pair A and B.",
        right // 12: "that is one layer.",
        right // 8: "that is rank 1.",
        12 * 2 * 768 * 768: "that is the size of the matrices themselves; LoRA trains two thin ones beside each.",
    }
    answer = int(answer)
    if answer in hints:
        return hints[answer]
    if answer != right:
        return "for one matrix: A has 8 rows of 768 numbers, B has 768 rows of 8. Then twice per layer, 12 layers."
    return None


def exercise_3(answer):
    share = 50257 * 12288 / 174_604_259_328
    if np.isclose(answer, 100 * share, rtol=0.02):
        return "that is in per cent."
    if np.isclose(answer, (50257 + 2048) * 12288 / 174_604_259_328, rtol=0.005):
        return "that includes the table of positions."
    if not np.isclose(answer, share, rtol=0.02):
        return "vocabulary times width, divided by all parameters of the table above."
    return None


def exercise_4(answer):
    def fitting(budget, per_parameter, fixed):
        return (budget - fixed - per_parameter * _HEAD) // (per_parameter * _LAYER)

    answer, right = int(answer), fitting(2**30, 12, 4 * _BERT)
    if answer == fitting(2**30, 12, 0):
        return "the weights of the whole model have to be held too, 4 bytes each."
    if answer in (fitting(2**30, 4, 4 * _BERT), fitting(2**30, 8, 4 * _BERT)):
        return "three numbers are kept per trainable parameter: its gradient and two means."
    if answer == right + 1:
        return "that many do not fit: round down."
    if answer != right:
        return "from 1 GiB take 4 bytes for each parameter; divide what is left by 12 bytes and the size of a layer."
    return None


def exercise_5(answer, weights):
    layer, head = (int(number) for number in answer)

    def best(mean):
        return tuple(int(index) + 1 for index in np.unravel_index(mean.argmax(), mean.shape))

    if (layer, head) == best(weights[:, :, :, -1].mean(2)):
        return None
    if (layer + 1, head + 1) == best(weights[:, :, :, -1].mean(2)):
        return "counted from 0; the sliders count from 1."
    if (layer, head) == best(weights[:, :, :, 0].mean(2)):
        return "that is the head for [CLS], the first token; [SEP] is the last."
    if (layer, head) == best(weights[:, :, -1, :].max(2)):
        return "that is what [SEP] looks at; ask who looks at it: the last axis is the token looked at."
    return "take the last column of each map, its mean over the rows, and the largest of these means."
