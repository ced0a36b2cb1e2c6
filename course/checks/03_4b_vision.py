"""Checks of the exercises of chapter 3.4b: None for a right answer, else a hint or three graded ones."""

import math

import numpy as np

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number
from talentlab.training import History


def exercise_A(answer):
    pairs = {
        "lie apart": ((0, 0, 2, 2), (5, 5, 8, 8), 0.0),
        "lie apart in one direction": ((0, 0, 4, 4), (6, 1, 9, 3), 0.0),
        "share a part": ((0, 0, 4, 2), (2, 0, 6, 2), 1 / 3),
        "are the same": ((1, 1, 3, 5), (1, 1, 3, 5), 1.0),
        "touch": ((0, 0, 2, 2), (2, 0, 4, 2), 0.0),
        "lie one in the other": ((0, 0, 4, 4), (1, 1, 3, 3), 0.25),
    }
    for how, (one, other, right) in pairs.items():
        found = number(call(answer, one, other))
        if close(found, right, rounding=1e-3):
            continue
        if how == "share a part" and close(found, 0.25, rounding=1e-3):
            return "the shared area is counted twice in what both cover together."
        if how == "share a part" and close(found, 0.5, rounding=1e-3):
            return "it is divided by one box's area; both together cover more."
        if right == 0:
            return (
                f"boxes that {how} get {found:.3g}. What do they have in common?",
                "look at width and height by themselves: which sign have they where boxes lie apart?",
                "cut width and height off at 0, each before they are multiplied.",
            )
        return f"boxes that {how} get {found:.3g}, which is not their IoU: does it still divide shared by covered area?"
    return None


def exercise_B(answer):
    return compare_letters(
        answer,
        "b",
        "Which figure does the ground, which is large, not decide?",
        {
            "a": "most pixels are ground, and those are right",
            "b": "a kind whose pixels are never found has an IoU of 0, and counts as much as the ground",
            "c": "a mean over pixels is decided by the ground, too",
            "d": "the ground's IoU is its share of all pixels, which is high",
        },
    )


def exercise_1(answer):
    right = 3 * 3 * 16 * 32 + 32
    slips = {
        3 * 3 * 16 * 32: "the biases are missing: one for each output channel.",
        3 * 3 * 16 * 32 + 16: "there is one bias for each output channel, not for each input channel.",
        3 * 3 * 16 * 32 + 16 * 32: "there is one bias for each output channel, not for each kernel.",
        3 * 3 * 32 + 32: "each output channel reads all 16 input channels, each with a kernel of its own.",
        3 * 3 * 16 + 32: "each of the 32 output channels has kernels of its own.",
        16 * 32 + 32: "that is a kernel of 1 × 1; here it has 3 × 3 numbers.",
        3 * 16 * 32 + 32: "a kernel of 3 × 3 has nine numbers.",
    }
    hints = (
        "how many numbers does one output channel need?",
        "a kernel of 3 × 3 for each input channel, and one bias; as often as there are output channels.",
        "3 · 3 · inputs · outputs, and the outputs once more.",
    )
    return compare(number(answer, whole=True), right, slips, hints)


def _mean_iou(predicted, true, num_classes, *, empty=None):
    found = []
    for label in range(num_classes):
        union = ((predicted == label) | (true == label)).sum()
        if union or empty is not None:
            found.append(((predicted == label) & (true == label)).sum() / union if union else empty)
    return float(np.mean(found))


def exercise_2(answer):
    true = np.array([[0, 0, 1, 1], [0, 0, 0, 2]])
    predicted = np.array([[0, 0, 1, 1], [0, 1, 0, 2]])

    def ask(guess, truth, classes):
        return number(call(answer, guess, truth, classes))

    found = ask(predicted, true, 3)
    shared = [((predicted == label) & (true == label)).sum() for label in range(3)]
    slips = {
        (predicted == true).mean(): "that is the share of right pixels; the ground decides it.",
        sum(shared) / (2 * 8 - sum(shared)): "classes are added up before dividing: large ones then decide.",
        np.mean([2 * s / ((predicted == k).sum() + (true == k).sum()) for k, s in enumerate(shared)]): "that is the "
        "Dice score: IoU divides by the union, once.",
        np.mean([s / (true == k).sum() for k, s in enumerate(shared)]): "it is divided by the true pixels alone: "
        "false ones cost nothing.",
        np.mean(shared[1:] / np.array([3, 1])): "the class 0 is a class like the others.",
        _mean_iou(predicted, true, 3) * 3: "that is the sum over the classes; the mean is asked for.",
    }
    hints = (
        "for masks of three classes it is another number. What is divided by what, for each class?",
        "count pixels that both masks give the class, and pixels that either does.",
        "for each class `((predicted == k) & (true == k)).sum() / ((predicted == k) | (true == k)).sum()`; "
        "then the mean.",
    )
    if (hint := compare(found, _mean_iou(predicted, true, 3), slips, hints, within=1e-4)) is not None:
        return hint
    try:
        with np.errstate(invalid="ignore", divide="ignore"):
            absent = ask(predicted, true, 5)
    except AnswerError as error:
        if "division" not in str(error) and "nan" not in str(error):
            raise
        absent = math.nan
    if not close(absent, _mean_iou(predicted, true, 3), within=1e-4):
        return "with classes that occur in neither mask the mean changes; they have to be left out."
    if not close(ask(1 - true.clip(0, 1), true.clip(0, 1), 2), 0, rounding=1e-6):
        return "masks that agree nowhere should get 0."
    return None


def exercise_3(answer):
    seen = []

    def still(state, time):
        seen.append(float(time))
        return 2.0 + 0 * state

    if not close(number(call(answer, still, 1.0, 4)), 3.0, rounding=1e-6):
        return (
            "with a velocity of 2 everywhere, the state 1 should be 3 after the whole way.",
            "each step adds the velocity times the length of the step.",
            "a step is 1 / steps long, and there are `steps` of them.",
        )
    if len(seen) != 4:
        return f"for 4 steps the velocity is asked {len(seen)} times."
    if close(seen, [0.25, 0.5, 0.75, 1.0], rounding=1e-6):
        return "the velocity is taken at the end of each step; Euler takes it at the beginning."
    if not close(seen, [0, 0.25, 0.5, 0.75], rounding=1e-6):
        return "the velocity should be asked at the times 0, 1/4, 2/4 and 3/4."
    if not close(number(call(answer, lambda state, time: state, 1.0, 2)), 1.5**2, rounding=1e-6):
        return "where the velocity depends on the state, it should be asked of the newest one."
    return None


def exercise_4(answer):
    names = ("5e-3", "5e-4", "lower at the end")
    if not isinstance(answer, dict) or set(answer) != set(names):
        raise AnswerError("this is something else", expected=f"a dictionary with the keys {', '.join(names)}",
                          remedy="give each rate its history")  # fmt: skip
    if not all(isinstance(answer[name], History) for name in names[:2]):
        raise AnswerError("one of the two is no history", expected="the second of what `train_classifier` returns",
                          remedy="take its part `[1]`")  # fmt: skip
    rates = {name: [step["learning_rate"] for step in answer[name].steps] for name in names[:2]}
    losses = {name: [step["loss"] for step in answer[name].steps] for name in names[:2]}
    if len(rates["5e-3"]) != len(rates["5e-4"]) or len(rates["5e-3"]) != 60:
        return "each training has 60 steps."
    for name, rate in rates.items():
        if not close(max(rate), float(name), within=0.05):
            return f"the history called {name} was trained with a peak rate of {max(rate):.2g}."
    if not close(losses["5e-3"][0], losses["5e-4"][0], within=0.05):
        return "the two do not begin with the same loss: have they the same seed and the same images?"
    ends = {name: np.mean(part[-5:]) for name, part in losses.items()}
    if answer["lower at the end"] != min(ends, key=ends.get):
        shown = ", ".join(f"{name} {loss:.2f}" for name, loss in ends.items())
        return f"the last five steps have mean losses of {shown}; which is lower?"
    return None
