"""Checks of the exercises of chapter 6.3: None for a right answer, else a hint or three graded ones."""

import numpy as np
import pandas as pd

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number

COUNTS = (50, 300)


def exercise_A(answer):
    slips = {
        1 / (1 + np.exp(-1)): "that is the chance where the level is above the difficulty: which one is larger here?",
        -1.0: "that is level less difficulty; its logistic function is asked for.",
        np.exp(-1): "that is the odds; a probability is the odds by one more than them.",
        1 / (1 + np.exp(-2)): "level and difficulty were added; it is their difference that counts.",
        0.5: "then level and difficulty would be equal.",
    }
    hints = (
        "how far is the level from the difficulty, and on which side?",
        "take the logistic function, 1 ÷ (1 + e^−x), of level less difficulty.",
        "x is 0.5 − 1.5, so the answer is 1 ÷ (1 + e).",
    )
    return compare(number(answer), 1 / (1 + np.e), slips, hints, rounding=0.01, unit="share or per cent")


def exercise_B(answer):
    right = np.array([[1, 0, 1, 1, 0], [0, 0, 0, 1, 1], [1, 1, 1, 1, 1]])
    values = call(answer, right, shape=right.shape)
    changed = right.copy()
    changed[1, 2] = 1
    other = call(answer, changed, shape=right.shape)
    moved = ~np.isclose(values, other)
    if moved[[0, 2]].any():
        return (
            "change an answer of one pupil: do the numbers of another one move?",
            "they do: along which axis are the answers added up?",
            "a row is a pupil, so add along axis 1.",
        )
    if moved[1, :3].any():
        return (
            "change one answer: does the number *before* it move?",
            "it does: the sum so far holds the answer that is to be forecast.",
            "take the answer itself off the sum: `np.cumsum(right, axis=1) - right`.",
        )
    expected = (np.cumsum(right, axis=1) - right + 1) / (np.arange(right.shape[1]) + 2)
    if close(values, (np.cumsum(right, axis=1) - right) / np.maximum(np.arange(right.shape[1]), 1)):
        return "one success and one failure to start from are missing: add 1 above and 2 below."
    if not close(values, expected):
        return "before the first answer it has to be 1 ÷ 2, after one success 2 ÷ 3: yours is another."
    return None


def exercise_C(answer):
    second, third = 1 / np.log2(3), 0.5
    slips = {
        2 / 3: "that is hit@10: it counts places alike; NDCG gives less to a later one.",
        (second + third) / 2: "the third person counts, too, with 0.",
        second + third: "that is the sum; asked is the mean of the three.",
        (second + third + 1 / np.log2(21)) / 3: "the twentieth place lies outside of the ten, and gives 0.",
        (1 / 2 + 1 / 3) / 3: "that is 1 ÷ place; NDCG takes 1 ÷ log₂(1 + place).",
        (1 + 1 / np.log2(3)) / 3: "log₂ is of 1 + place: the second place gives 1 ÷ log₂ 3.",
    }
    hints = (
        "what does each of the three places give?",
        "1 ÷ log₂(1 + place) for the third and the second, 0 for the twentieth; then the mean.",
        "the third gives 1 ÷ log₂ 4 = 0.5 and the second 1 ÷ log₂ 3; divide the sum by 3.",
    )
    return compare(number(answer), (second + third) / 3, slips, hints, rounding=0.01)


def exercise_1(answer):
    def chosen(p, done=(), aim=0.5):
        return number(call(answer, np.array(p, float), set(done), aim))

    if chosen([0.1, 0.45, 0.9]) != 1:
        return "of the chances 0.1, 0.45 and 0.9 the second is nearest to 0.5: its number is 1."
    if chosen([0.45, 0.52, 0.1]) != 1:
        return "nearest counts on both sides: 0.52 is nearer to 0.5 than 0.45 is."
    if chosen([0.9, 0.3, 0.6], aim=0.8) != 0:
        return "with an aim of 0.8 the nearest of 0.9, 0.3, 0.6 is the first: is 0.5 written into the function?"
    if chosen([0.1, 0.5, 0.6], done={1}) != 2:
        return (
            "may an exercise come again that is done?",
            "with exercise 1 done, the nearest of the others is asked for.",
            "go through the numbers that are not in `done`, and keep their own numbers.",
        )
    if chosen([0.4, 0.1, 0.4], done={1}) != 0:
        return "of equally near ones the first is asked for."
    if chosen([0.4, 0.6], done={0, 1}) != -1:
        return "if all are done, the answer is −1."
    return None


def exercise_2(answer):
    def kappa(one, other, n=6):
        return number(call(answer, np.array(one), np.array(other), n))

    one, other = [0, 1, 2, 2, 4, 2], [0, 2, 2, 4, 4, 1]
    if not close(kappa(one, one), 1):
        return "who agrees with himself has D = 0, and so a kappa of 1: yours is another."
    a, b = np.array(one, float), np.array(other, float)
    distance, expected = ((a - b) ** 2).mean(), ((a[:, None] - b[None]) ** 2).mean()
    value = kappa(one, other)
    linear = 1 - np.abs(a - b).mean() / np.abs(a[:, None] - b[None]).mean()
    plain = ((a == b).mean() - (a[:, None] == b).mean()) / (1 - (a[:, None] == b).mean())
    spread = np.subtract.outer(np.arange(6), np.arange(6)) ** 2
    if close(value, linear):
        return "that is linear kappa: the differences have to be squared."
    if close(value, plain):
        return "that is plain kappa, in which every disagreement counts alike: take the squared difference."
    if close(value, distance / expected):
        return "that is D ÷ E; kappa is 1 less that."
    if close(value, 1 - distance / spread.mean()):
        return "E asks how often each mark was given: not all marks from 0 to 5 are equally frequent."
    if not close(value, 1 - distance / expected):
        return (
            "how large is D, and how large E?",
            "D: the mean of (one − other)² over the answers. E: the same over all pairs of one with other.",
            "`(one[:, None] - other[None]) ** 2` has all pairs; its mean is E.",
        )
    if not close(kappa([0, 1, 1], [1, 1, 0], 2), 1 - (2 / 3) / (4 / 9)):
        return "for three answers of two marks it is wrong: is a number of answers or marks written into it?"
    return None


def exercise_3(answer, crowd, trace_loss):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], (dict, pd.Series)):
        raise AnswerError("this is something else", expected="a pair (losses, share)",
                          remedy="write `losses, share`, the first a dictionary n → loss")  # fmt: skip
    losses, fall = {float(n): number(loss) for n, loss in dict(answer[0]).items()}, number(answer[1])
    if set(losses) != set(COUNTS):
        return f"the dictionary has {', '.join(f'{n:g}' for n in sorted(losses))}; asked are 50 and 300 pupils."
    right = {n: trace_loss({name: part[:n] for name, part in crowd.items()}) for n in COUNTS}
    if close(losses[50], right[300], within=1e-4):
        return "the loss at 50 is that of all pupils: was the log cut?"
    if wrong := [n for n in COUNTS if not close(losses[n], right[n], within=0.01)]:
        return (
            f"the loss at n = {wrong[0]} is another one. Which pupils were trained on?",
            "cut each array of `crowd` to its first n rows, and give the new dictionary to `trace_loss`.",
            "`trace_loss({name: part[:n] for name, part in crowd.items()})`.",
        )
    share = 1 - right[300] / right[50]
    slips = {
        right[50] - right[300]: "that is the fall itself; asked is its share of the loss at 50.",
        right[300] / right[50]: "that is what is left; asked is by how much it fell.",
        right[50] / right[300] - 1: "that is the share of the loss at 300; asked is that of the one at 50.",
    }
    hints = (
        "by how much does the loss fall?",
        "the loss at 50 less the one at 300, divided by the one at 50.",
        "that is 1 − loss at 300 ÷ loss at 50.",
    )
    if close(fall, share, rounding=0.01):
        return None
    for slip, hint in slips.items():
        if close(fall, slip, rounding=0.002):
            return hint
    return hints


def exercise_4(answer):
    return compare_letters(
        answer,
        "ade",
        "was it measured on such answers, or is it hoped for others?",
        {
            "a": "that is what a correlation says",
            "b": "answers to next week's question were not among those drawn",
            "c": "nobody handed in such a heap in that test",
            "d": "that is possible, and no praise",
            "e": "only such pairs show who is marked down for the language",
        },
    )
