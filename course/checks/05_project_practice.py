"""Checks of the exercises of chapter 5: None for a right answer, else a hint or three graded ones."""

import numpy as np
import torch

from talentlab.course.answers import AnswerError, call, compare, compare_letters, number, numbers
from talentlab.training import History


def exercise_A(answer):
    answer = str(answer) if isinstance(answer, int) and not isinstance(answer, bool) else answer
    parts = answer if isinstance(answer, (set, list, tuple)) else [answer]
    answer = "".join(str(part) for part in parts)
    return compare_letters(
        answer,
        "125",
        "read line by line: which call raises an error?",
        {
            "1": "transformers 5 has no optimizer of its own",
            "2": "nothing can be trained on three dots",
            "3": "this machine has a CUDA device",
            "4": "the tokenizer does what it is asked; only the name of the result misleads",
            "5": "the model expects a tensor there, and gets a dictionary",
        },
    )


def exercise_B(answer):
    def run(step, n):
        model = torch.nn.Linear(4, 2)
        with torch.no_grad():
            model.weight.copy_(torch.linspace(-1, 1, 8).view(2, 4))
            model.bias.zero_()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        inputs, labels = torch.linspace(0, 1, 8).view(2, 4), torch.tensor([0, 1])
        losses = [call(step, model, optimizer, inputs, labels, returns=float, copied=False) for _ in range(n)]
        return losses, model.weight.detach().clone()

    def right(model, optimizer, inputs, labels):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    start = torch.linspace(-1, 1, 8).view(2, 4)
    (losses, weights), (expected, once) = run(answer, 1), run(right, 1)
    if torch.allclose(weights, start):
        return "the weights do not move: what does `step` find in the gradients when it is called?"
    if not torch.allclose(weights, once):
        return "the first step differs from a plain one: one forward, one backward, one step of the optimizer."
    if not torch.allclose(run(answer, 2)[1], run(right, 2)[1]):
        return "the second step also uses the gradients of the first: who clears them, and when?"
    if not np.allclose(float(losses[0]), expected[0], atol=1e-6):
        return "the weights are right; what it returns is not the loss before the step."
    return None


def exercise_1(answer):
    slips = {
        (36 / 40, 36 / 48): "the two are swapped: precision looks at what was called positive.",
        (0.36, 0.36): "36 are the true positives; which share of which texts is each of the two?",
    }
    precision, recall = numbers(answer, 2, names=("precision", "recall"))
    hints = (
        "which of the 100 texts does precision look at, and which does recall?",
        "precision = true positives / everything that was called positive, right or wrong.",
        "36 + 12 texts were called positive, and 40 are positive.",
    )
    both = {"rounding": 0.01, "unit": "share or per cent"}
    if compare(precision, 36 / 48, {}, hints, **both) is None:
        hints = ("recall: of which texts?", hints[0], "recall = true positives / all texts that are positive.")
    return compare((precision, recall), (36 / 48, 36 / 40), slips, hints, **both)


def exercise_2(answer):
    slips = {
        44 / 90: "that is the share of real tokens; padding is the rest.",
        0.46: "46 positions are padding; of how many?",
        0: "nothing is padded only if all texts have the same length.",
    }
    hints = (
        "how many positions does the model compute for this batch?",
        "every row is as long as the longest text; what is not token is padding.",
        "the batch has 3 rows of 30 positions; count those without a token.",
    )
    return compare(number(answer), 46 / 90, slips, hints, rounding=0.01, unit="share or per cent")


def exercise_3(answer):
    slips = {
        2e-4 * 0.44 / 0.9: "off by one: the line starts at step 11, not at step 10, and reaches 0 at step 101.",
        2e-4: "that is the peak; it is still there at step 11 and falls from then on.",
        0.5: "that is the share of the peak; multiply by the peak.",
        2e-4 * 0.44: "that falls from the peak at step 0; the fall starts only after the warm-up.",
        2e-4 * 0.45: "that falls from the peak at step 0; the fall starts only after the warm-up.",
    }
    hints = (
        "between which two steps does the rate fall, and which share of that way is left at step 56?",
        "a straight line: the rate is the peak times the steps that are left over the steps of the whole fall.",
        "from step 11 to step 101 the rate falls by 90 equal parts; how many are left at step 56?",
    )
    return compare(number(answer), 1e-4, slips, hints, within=5e-3)


def exercise_4(answer, probabilities, is_positive):
    probabilities, is_positive = np.asarray(probabilities), np.asarray(is_positive)
    all_thresholds = np.unique(probabilities)

    def at(threshold):
        said = probabilities >= threshold
        hits = (said & is_positive).sum()
        return hits / max(said.sum(), 1), hits / is_positive.sum()

    value = number(answer)
    if 1 < value <= 100 and all_thresholds.max() <= 1:
        return f"{value:g} looks like per cent; a threshold lies between 0 and 1, as the probabilities do."
    best = max(precision for precision, recall in map(at, all_thresholds) if recall >= 0.9)
    rounded = [value, *all_thresholds[abs(all_thresholds - value) <= 5e-4]]  # three decimals are enough
    if any(recall >= 0.9 and precision >= best - 1e-9 for precision, recall in map(at, rounded)):
        return None
    precision, recall = at(value)
    if recall < 0.9:
        return (
            f"its recall is {recall:.3f}; in which direction does recall grow?",
            f"its recall is {recall:.3f}; lower the threshold.",
            f"its recall is {recall:.3f}: of all values in `checked`, keep those with a recall of 0.90 or more.",
        )
    return (
        f"its precision is {precision:.3f}; is there a better one among the thresholds with enough recall?",
        f"its precision is {precision:.3f}, but {best:.3f} is possible with a recall of at least 0.90.",
        "try every value in `checked` as the threshold; of those with enough recall take the most precise one.",
    )


def exercise_5(answer):
    if 0.9 * 300 <= (value := number(answer)) <= 1.1 * 306:
        return "that gives ± 4 points: half the width needs four times the texts."
    slips = {
        4 * 1224.51: "that gives ± 1 point: ± 2 points is already the half-width.",
        1224.51 / 1e4: "the points have to become shares: 2 points are 0.02.",
    }
    hints = (
        "how wide is the interval of an accuracy over n texts?",
        "the half-width is 1.96 standard errors of a share; it shrinks with the root of n.",
        "the half-width is 1.96 · sqrt(p (1 - p) / n); set it to 0.02 and solve for n.",
    )
    return compare(value, 1225, slips, hints, within=0.1)


def exercise_6(answer, learning_rate):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], dict):
        raise AnswerError("this is something else", expected="a pair (histories, rate)",
                          remedy="write `histories, rate`, the first a dictionary rate → history")  # fmt: skip
    histories, rate = answer[0], number(answer[1])
    if len(histories) != 2 or not all(isinstance(history, History) for history in histories.values()):
        raise AnswerError(f"the dictionary has {len(histories)} entries", expected="two histories of `training.fit`",
                          remedy="keep what `fit` returns, under its rate")  # fmt: skip
    tables = {key: history.step_table() for key, history in histories.items()}
    used = sorted(float(table["learning_rate"].max()) for table in tables.values())
    if not np.allclose(used, [learning_rate, 10 * learning_rate], rtol=1e-3):
        reached = f"the two trainings reached rates of {used[0]:g} and {used[1]:g}"
        return f"{reached}; asked are {learning_rate:g} and ten times of it."
    if {len(table) for table in tables.values()} != {6}:
        return "each training has 6 steps: one epoch of 96 texts in batches of 16."
    ends = {key: float(table["loss"].tail(3).mean()) for key, table in tables.items()}
    if not np.isclose(rate, min(ends, key=ends.get), rtol=1e-6):
        shown = ", ".join(f"{loss:.2f}" for loss in ends.values())
        return f"the last three steps have mean losses of {shown}; which is lower?"
    return None
