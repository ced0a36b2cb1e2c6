"""Checks of the exercises of chapter 4: None for a right answer, else a hint or three graded ones."""

from math import exp

import numpy as np

from talentlab.course.answers import AnswerError, call, compare, compare_letters, number, numbers


def _softmax(z):
    """Of each row, as it is done without overflow."""
    powers = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def exercise_A(answer):
    per_token = "it has a row for each position, and there are fewer positions"
    per_text = "the mean over the positions comes before it: one vector per text, however long the text is"
    reasons = dict.fromkeys("ABCD", per_token) | dict.fromkeys("EFG", per_text)
    return compare_letters(answer, "ABCD", "Where does the length of a text disappear?", reasons)


def exercise_B(answer):
    scores = np.random.default_rng().normal(0, 2, (2, 4))  # other scores in each run: no constant is right for them
    mask = np.array([1, 1, 1, 0])
    right = _softmax(np.where(mask == 1, scores, -np.inf))
    got = call(answer, scores, mask, shape=(2, 4))
    if np.allclose(got, right):
        return None
    if np.allclose(got, _softmax(np.where(mask == 1, scores, 0))):
        return "a score of 0 still gets a share, for e to the 0 is 1: which score gets none?"
    if np.allclose(got, _softmax(scores)):
        return "the padding has its full share: what does the mask change?"
    if np.allclose(got[:, :3], 0):
        return "the real tokens get nothing: the mask is 1 where a token is real."
    if not np.allclose(got[:, 3], 0):
        return (
            "the padding still has a weight. What is e to a very low score?",
            "a position gets the weight 0 if its score is −∞ before softmax.",
            "`np.where(mask == 1, scores, -np.inf)` are the scores that softmax should see.",
        )
    if not np.allclose(got.sum(1), 1):
        return (
            f"the padding is gone, but the rows add up to {got.sum(1).round(2).tolist()}. Where is its share?",
            "what is taken away after softmax is missing in the sum: take it away before, or divide by what is left.",
            "put −∞ in place of the padding's scores, then softmax over the last axis.",
        )
    return "the weights of each row add up to 1, but they are not softmax of the real tokens' scores, row by row."


def exercise_C(answer):
    slope = np.random.default_rng().normal(size=(2, 4))
    length = np.linalg.norm(slope)
    got = call(answer, slope, length / 2, shape=(2, 4))
    if not np.allclose(got, slope / 2, rtol=1e-3):
        rows = np.linalg.norm(slope, axis=1, keepdims=True)
        slips = {
            "it is not shortened at all: its length is twice the limit.": slope,
            "each number was cut off for itself, which changes the direction.": np.clip(slope, -length / 2, length / 2),
            "each row was shortened for itself; the length is that of all eight numbers.": slope
            * np.minimum(1, length / 2 / rows),
            "its length is 1 now, and not the limit.": slope / length,
        }
        for hint, wrong in slips.items():
            if np.allclose(got, wrong, rtol=1e-3):
                return hint
        return (
            f"a gradient of twice the limit comes back {np.linalg.norm(got) / (length / 2):.2f} times as long as it.",
            "the length is the root of the sum of all squares; one factor shortens all numbers alike.",
            "where the length is above the limit, multiply the gradient by limit / length.",
        )
    if not np.allclose(call(answer, slope, 2 * length, shape=(2, 4)), slope):
        return "a gradient shorter than the limit comes back changed: only longer ones are shortened."
    with np.errstate(all="ignore"):
        if not np.allclose(call(answer, np.zeros((2, 4)), 1.0, shape=(2, 4)), 0):
            return "a gradient of zeros does not come back as zeros: was something divided by its length?"
    return None


def exercise_D(answer):
    x = np.random.default_rng().normal(size=(2, 4))
    got = call(answer, x, shape=(2, 4))

    def turned(first=(0.0, 0.0), second=(1.0, 0.1), pairs=(0, 2, 1, 3), sign=1.0):
        """Rows turned by these two angles; `pairs` says which components are a point of the plane."""
        right = np.empty_like(x)
        for row, angles in enumerate((first, second)):
            for (i, j), angle in zip((pairs[:2], pairs[2:]), angles, strict=True):
                a, b = x[row, i], x[row, j]
                right[row, i] = a * np.cos(angle) - sign * b * np.sin(angle)
                right[row, j] = sign * a * np.sin(angle) + b * np.cos(angle)
        return right

    if np.allclose(got, turned(), atol=1e-4):
        return None
    slips = {
        "it turns nothing.": x,
        "places count from 0: the vector at place 0 is not turned.": turned((1.0, 0.1), (2.0, 0.2)),
        "both pairs turn by the same angle; component 1 with 3 is slower, by 0.1.": turned(second=(1.0, 1.0)),
        "the pairs are i and i + d/2, so 0 with 2 and 1 with 3; yours are neighbours.": turned(pairs=(0, 1, 2, 3)),
        "it turns the other way: look at the signs of the two sines.": turned(sign=-1.0),
        "the angles of the two pairs are swapped: the first is the fast one.": turned(second=(0.1, 1.0)),
        "the exponent is −2i/d, and i runs to d/2: for d = 4 the second angle is 0.1.": turned(
            second=(1.0, 100**-0.25)
        ),
    }
    for hint, wrong in slips.items():
        if np.allclose(got, wrong, atol=1e-4):
            return hint
    if not np.allclose(np.linalg.norm(got, axis=1), np.linalg.norm(x, axis=1), rtol=1e-3):
        return "a turn changes no length, and yours does: is each part made of both components of its pair?"
    return (
        "which components are a pair, and by which angle does each pair turn at place 1?",
        "angles [T, d/2] from places and frequencies; then the formula on the two halves of the columns.",
        "hstack of a·cos − b·sin and a·sin + b·cos, where a is the left half of the columns and b the right one.",
    )


def exercise_1(answer):
    p, y = _softmax(np.array([2.0, 1.0, 0.0])), np.array([0, 1, 0])
    slips = {
        tuple(p): "these are the probabilities; the truth still has to be subtracted.",
        tuple(y - p): "that is the direction in which the loss falls; the gradient points the other way.",
        tuple(p - [1, 0, 0]): "the true class is the second one, not the first.",
        tuple(p - [0, 0, 1]): "the true class is the second one, not the third.",
        tuple(100 * (p - y)): "probabilities lie between 0 and 1; these are in per cent.",
    }
    hints = (
        "which probabilities does the model give, and which would be right?",
        "the gradient with respect to the logits is what the model said minus what is true.",
        "softmax of the logits, then subtract 1 at the true class.",
    )
    return compare(numbers(answer, 3), p - y, slips, hints, rounding=0.01)


def exercise_2(answer):
    slips = {
        2**2.08: "nats belong to the natural logarithm; that was the answer for bits.",
        4: "nats belong to the natural logarithm; that was the answer for bits.",
        10**2.08: "nats belong to the natural logarithm, not to that of base 10.",
        exp(-2.08): "that is the probability that each class gets; how many classes are there then?",
        2.08: "that is the loss itself; the loss of a fresh head is a logarithm.",
    }
    hints = (
        "what does a fresh head say about the classes, before it has learned anything?",
        "it gives every class about the same probability; the loss is minus the logarithm of that.",
        "a fresh head gives every class about 1 / C, so the loss is log C; solve for C, a whole number.",
    )
    return compare(number(answer), 8, slips, hints, rounding=0.1)


def exercise_3(answer):
    plain = np.random.default_rng().normal(size=4).round(2)  # other logits in each run: no constant is right for them
    with np.errstate(all="ignore"):
        if not np.allclose(call(answer, plain, shape=(4,)), _softmax(plain)):
            return (
                f"it is not softmax yet, for example for {plain.tolist()}. What do its outputs add up to?",
                "e to each logit, divided by the sum of these over the classes.",
                "`np.exp(z) / np.exp(z).sum(-1, keepdims=True)` is softmax; make it safe for large logits then.",
            )
        for z in (np.array([1000.0, 0.0]), np.array([-1000.0, -1000.0])):
            if not np.isfinite(got := call(answer, z, shape=(2,))).all():
                return (
                    f"for {z.tolist()} it gives {got.tolist()}: which number gets too large, or too small, on the way?",
                    "a constant that is added to all logits of a text does not change softmax: choose a useful one.",
                    f"for {z.tolist()} it gives {got.tolist()}: subtract the largest logit first.",
                )
        both = np.vstack([plain[:3] + 1000, plain[1:] - 1000])
        got = call(answer, both, shape=(2, 3))
    if not np.allclose(got, _softmax(both)):
        return "each row of [B, C] is a text of its own: largest logit and sum over the last axis, with keepdims=True."
    return None


def exercise_4(answer):
    def first(temperature):  # probability of the first class
        return 1 / (1 + exp(-4 / temperature))

    one, four = numbers(answer, 2, names=("1", "4"))
    if hints := compare(
        one,
        first(1),
        {
            -first(1): "the sign: a larger first logit makes the true class less probable, so the loss rises.",
            first(1) - 1: "the true class is the second one, so nothing is subtracted from the first probability.",
            first(4) / 4: "the right numbers, perhaps, the other way round: T = 1 comes first.",
            100 * first(1): "that is in per cent; a probability lies between 0 and 1.",
        },
        (
            "what is the derivative of the loss by a logit, before any temperature?",
            "at T = 1 it is p − y of the first class.",
            "at T = 1 it is p − y of the first class, and y is 0 there.",
        ),
        rounding=0.01,
    ):
        return hints
    slips = {
        first(4): "the probability at T = 4 is right; dividing the logits by T also divides the derivative by T.",
        first(1) / 4: "divided by T, but the probability has to be that of the logits divided by 4.",
        first(1 / 4) * 4: "the logits are divided by the temperature, not multiplied.",
        first(1 / 4): "the logits are divided by the temperature, not multiplied.",
        -first(4) / 4: "the sign: a larger first logit makes the true class less probable, so the loss rises.",
    }
    hints = (
        "what does T = 4 do to the logits, and what does the chain rule add?",
        "at T = 4 the loss depends on z / T: the derivative by z / T, times the derivative of z / T by z.",
        "at T = 4: softmax of (3, −1) / 4, then the derivative of z / T.",
    )
    return compare(four, first(4) / 4, slips, hints, rounding=0.01)


def exercise_5(answer):
    sign, decay = np.array([0.01, -0.01]), 2 * 0.01 * 0.1
    slips = {
        tuple(2 - sign): "the steps are right; the decay is missing: it shrinks both weights by learning rate · decay.",
        tuple(2 - 0.01 * np.array([0.001, -5.0]) - decay): (
            "that is plain gradient descent; AdamW divides the gradient by its own size."
        ),
        tuple(2 + sign - decay): "the steps go against the gradient, not along it.",
        tuple(2 - sign - 0.2): "the decay is multiplied by the learning rate too.",
        tuple(-sign - decay): "that is by how much the weights change; what are they then?",
    }
    hints = (
        "by which number is the gradient divided, and how large is that in the very first step?",
        "first the decay shrinks each weight, then each moves by the learning rate times m / √v.",
        "in the first step m / √v is the gradient's sign, so each weight moves by the learning rate, and decays.",
    )
    return compare(numbers(answer, 2), 2 - sign - decay, slips, hints, rounding=1e-3)


def exercise_6(answer, h, y, steady):
    pair = isinstance(answer, (tuple, list)) and len(answer) == 2 and isinstance(answer[0], dict)
    if not pair or sorted(answer[0], key=str) != [1, 2, 4, 8]:
        raise AnswerError("this is something else", expected="a pair: a dictionary with keys 1, 2, 4 and 8, and a key",
                          remedy="write `curves, multiple`")  # fmt: skip
    if not all(np.shape(losses) == (200,) for losses in answer[0].values()):
        raise AnswerError("some list is longer or shorter", expected="200 losses for each multiple",
                          remedy="keep one number a step")  # fmt: skip
    curves = {multiple: np.asarray(losses, float) for multiple, losses in answer[0].items()}
    classes = int(max(y)) + 1
    if not all(np.isclose(losses[0], np.log(classes)) for losses in curves.values()):
        return "the first loss is not log C: begin at zeros each time, and keep the loss before the step."
    push = (np.full((len(y), classes), 1 / classes) - np.eye(classes)[y]) / len(y)
    for multiple, losses in curves.items():
        z = -multiple * steady * (h @ (push.T @ h).T + push.sum(0))  # after the first step
        second = -np.log(_softmax(z)[np.arange(len(y)), y]).mean()
        if not np.isclose(losses[1], second, rtol=1e-6):
            return f"with {multiple:g} times the rate the first step differs: is it the mean gradient, weight and bias?"
    falls = max((multiple for multiple, losses in curves.items() if (np.diff(losses) < 1e-12).all()), default=0)
    if number(answer[1]) != falls:
        rising = sum(bool((np.diff(losses) >= 1e-12).any()) for losses in curves.values())
        return (
            "look at every difference of neighbouring losses: where is one above zero?",
            "`np.diff(losses)` is negative at every step of a curve that always falls.",
            f"the loss rises at some step with {rising} of the four multiples.",
        )
    return None
