"""Checks of the exercises of chapter 3.2c: None for a right answer, else a hint or three graded ones."""

from math import log

import numpy as np
import torch

from talentlab.course.answers import AnswerError, call, close, compare, number, numbers
from talentlab.training import History


def exercise_A(answer):
    moved = numbers(answer, 2, names=("small gradient", "large gradient"))
    slips = {
        (1e-6, 7e-3): "that is rate × gradient, the step of plain SGD; what does Adam divide the gradient by?",
        (1.0, 1.0): "that is the gradient divided by its own size; the rate is still to come.",
        (-1e-3, -1e-3): "the sign: asked is how far the weights move, in positive numbers.",
        (5e-4, 5e-4): "the weight does not enter: weight decay is zero.",
        (
            1e-4,
            1e-4,
        ): "a correction is missing: Adam's means start at zero, and are corrected for it.",
        (0.499, 0.499): "those are the weights after the step; by how much did they move?",
    }
    hints = (
        "what does Adam know of earlier gradients at the first step?",
        "build `torch.optim.AdamW` with these two weights, set `.grad` by hand, and make one step.",
        "each gradient is divided by its own size, so only its sign is left; multiply by the rate.",
    )
    return compare(moved, (1e-3, 1e-3), slips, hints, within=0.01)


def exercise_B(answer):
    rates = call(answer, 8.0, 0.5, 2, shape=(4,))
    if rates[0] > rates[-1]:
        return "with `decay` 0.5 the embeddings come out with the larger rate: from which end are the steps counted?"
    if not close(rates[-1], 8, within=1e-5):
        return "the last of the list is the head, which has the full rate: how often is it multiplied by `decay`?"
    if close(rates[0], 2, within=1e-5):
        return "the embeddings lie one step below the lowest layer: one factor more."
    if not close(rates, [1, 2, 4, 8], within=1e-5):
        return (
            "what is the ratio of each rate to the one above it?",
            "each part's rate is `decay` times the rate of the part above it, all the way down.",
            "the exponent is the number of steps down from the head: depth + 1 for the embeddings, 0 for the head.",
        )
    if not close(call(answer, 1.0, 1.0, 3, shape=(5,)), np.ones(5), within=1e-5):
        return "with `decay` 1 all rates are equal, whatever the depth."
    if not close(call(answer, 3.0, 0.8, 1, shape=(3,)), [1.92, 2.4, 3.0], within=1e-5):
        return "with another peak, decay or depth it goes wrong: is one of them fixed inside the function?"
    return None


def exercise_C(answer):
    logits = torch.tensor([[2.0, 0.5, -1.0, 0.0], [0.0, 1.0, 3.0, -2.0]], dtype=torch.float64)
    labels = torch.tensor([0, 1])

    def told(smoothing):
        given = call(answer, logits.clone().requires_grad_(), labels.clone(), smoothing, copied=False)
        return given, number(given.detach() if isinstance(given, torch.Tensor) else given)

    def mean(target):
        return float(-(target * logits.log_softmax(-1)).sum(-1).mean())

    sure = torch.nn.functional.one_hot(labels, 4).double()
    if not close(told(0.0)[1], mean(sure), within=1e-6):
        return "with a smoothing of 0 it has to be the usual cross-entropy: the mean of −log of the right class."
    given, value = told(0.2)
    right, others = 0.8 * sure + 0.05, (1 - sure) * 0.2 / 3
    slips = {
        mean(sure): "the smoothing changes nothing: where does it enter?",
        2 * mean(right): "that is the sum over the texts; the mean is asked for.",
        mean(0.8 * sure + others): "the right class gets its share of the smoothing back: spread it over all classes.",
        mean(sure + 0.05): "the target adds up to more than 1: what is spread has to be taken from the right class.",
        0.8 * mean(sure): "what the right class gives up has to go to all the classes.",
        mean(0.8 * sure + 0.2): "each class gets its share of the smoothing, not all of it.",
        -mean(right): "the sign: logarithms of probabilities are negative, and a loss is to be made smaller.",
        mean(right) / log(2): "that is in bits; nats come from the natural logarithm.",
    }
    hints = (
        "which distribution over the four classes is the target, and does it add up to 1?",
        "target: 1 − smoothing for the right class, plus smoothing / C for every class; then its cross-entropy.",
        "weigh `logits.log_softmax(-1)` by that target, add up over the classes; minus the mean over the texts.",
    )
    said = compare(value, mean(right), slips, hints, within=1e-6)
    if said is None and not (isinstance(given, torch.Tensor) and given.requires_grad):
        return "the value is right, but no gradient goes through it: return the tensor itself, computed by torch alone."
    return said


def exercise_1(answer):
    slips = {
        2e-4 * 0.45: "that falls from the peak at step 0 to zero at step 200; the fall starts only when warm-up ends.",
        2e-4: "that is the peak, which is reached at step 20.",
        0.5: "that is the share of the peak; multiply by the peak.",
        90.5 / 180: "that is the share of the peak; multiply by the peak.",
    }
    hints = (
        "in which part of the schedule does step 110 lie, and where does that part begin and end?",
        "after the warm-up the rate falls in a straight line to zero: how much of that line is left?",
        "the warm-up takes 20 steps; of the 180 that follow, how many are left at step 110?",
    )
    return compare(number(answer), 2e-4 * 90.5 / 180, slips, hints, within=0.01)


def exercise_2(answer):
    slips = {
        0.8**6: "that is the lowest layer's factor; the embeddings lie one below it.",
        0.8**5: "the top layer is already one below the head; count from there down to the embeddings.",
        0.8**-7: "that is how many times larger the head's rate is; give what it is multiplied by.",
        7 * 0.8: "the factor is applied once more at each step down: take the power, not the multiple.",
        1 - 0.8**7: "that is what is taken away; give what it is multiplied by.",
        100 * 0.8**7: "that is in per cent; give the factor.",
    }
    hints = (
        "how many steps down is it from the head to the embeddings?",
        "each step down multiplies the rate by 0.8 once more.",
        "head → layer 6 → … → layer 1 → embeddings: one factor of 0.8 for each arrow.",
    )
    return compare(number(answer), 0.8**7, slips, hints, rounding=0.01)


def exercise_3(answer):
    slips = {
        1e-6: "that is one step; there are 1,000.",
        0.999: "that is what is left of it; by which share did it shrink?",
        0.1: "as a share, not in percent.",
        1 - 0.99**1000: "each step multiplies by 1 − rate × decay, not by 1 − decay.",
        10: "each step takes rate × decay of the weight, not the decay alone.",
    }
    hints = (
        "which share does decay take from a weight in one step?",
        "each step multiplies the weight by 1 − rate × decay; what is left after all of them?",
        "1 − (1 − rate × decay) to the power of the steps.",
    )
    return compare(number(answer), 1e-3, slips, hints, within=0.01, unit="share")


def exercise_4(answer):
    slips = {
        log(9): "that takes 0.9 and 0.1; the right class gets half of the 0.1 back.",
        0.9: "that is the difference of the probabilities; which logits give these?",
        19: "that is the ratio of the probabilities; a difference of logits is its logarithm.",
        -log(19): "the sign: the right class has the larger logit.",
        log(0.95): "that is one logarithm; the difference of the logits is the logarithm of a ratio.",
    }
    hints = (
        "which probabilities does the smoothed label ask for?",
        "the loss is lowest where the predicted probabilities are those of the label; softmax gives them when …",
        "the loss is lowest where the probabilities are 0.95 and 0.05; the difference is the log of their ratio.",
    )
    return compare(number(answer), log(19), slips, hints, rounding=0.01)


def exercise_5(answer):
    end, best = numbers(answer, 2, names=("ends after", "keeps"), whole=True)
    if (end, best) == (8, 8):
        return "epoch 8 is never reached: from epoch 5 on, count the epochs that bring nothing better."
    if (end, best) == (4, 6):
        return "the right numbers, the other way round."
    if (end, best) == (5, 3):
        return "counted from 0; the first epoch is 1."
    if best == 6:
        return "epoch 6 equals epoch 4; only a better one is kept."
    if end == 5:
        return "one epoch without a gain is allowed; patience is two."
    hints = (
        "which epoch is the best so far after each one, and for how long has it been?",
        "training ends once two epochs in a row have brought nothing better than the best before them.",
        "find the best epoch so far at each point, and stop when it lies two epochs back.",
    )
    return None if (end, best) == (6, 4) else hints


def exercise_6(answer, ruined, undisturbed, learning_rate):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], History):
        raise AnswerError("this is something else", expected="a pair (history, value)",
                          remedy="write `history, value`, the first as `tune` returns it beside the model")  # fmt: skip
    steps, value = answer[0].step_table(), number(answer[1])
    first, never = np.asarray(ruined, float)[-1], np.asarray(undisturbed, float)
    if len(steps) != len(never):
        return f"the training has {len(steps)} steps; asked is one of {len(never)}, on the same texts as before."
    if not np.isclose(steps["learning_rate"].max(), learning_rate, rtol=1e-3):
        return f"asked is this chapter's rate, {learning_rate:g}."
    losses = steps["loss"].to_numpy()
    if np.allclose(losses, never):
        return "that is the training of a fresh model; hand a copy of the ruined one to `tune` as `model`."
    last = losses[-4:].mean()
    slips = {
        losses[-1]: "that is the last step alone, which one batch decides; take the mean of the last four.",
        losses[:4].mean(): "that is the mean of the first four steps.",
        losses.mean(): "that is the mean of all steps; where does the training end?",
        never[-4:].mean(): "that is where the training of the fresh model ends.",
        first: "that is where the ruined training had ended.",
        last / log(2): "that is in bits; the table is in nats.",
    }
    hints = (
        "where does the curve of the second training end?",
        "`history.step_table()` has the loss of every step; take the last four.",
        'the mean of `step_table()["loss"].tail(4)`.',
    )
    return compare(value, last, slips, hints, rounding=0.01)
