"""Checks of the exercises of chapter 3.4a: None for a right answer, else a hint or three graded ones."""

from collections import Counter

import numpy as np
import torch

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number, numbers
from talentlab.training import History


def exercise_A(answer):
    candidate, reference = ["the", "the", "cat", "the", "bird", "the", "cat"], ["the", "cat", "saw", "the", "dog"]
    hints = (
        "for a candidate of 7 words it does not give the share. How often may one run count?",
        "count the runs of n neighbouring words in both; each counts at most as often as the reference has it.",
        "sum of min(times in the candidate, times in the reference) over the different runs, divided by all runs made.",
    )

    def runs(words, n):
        return [tuple(words[place : place + n]) for place in range(len(words) - n + 1)]

    for n in (1, 2):
        value = number(call(answer, candidate, reference, n))
        made, there = runs(candidate, n), Counter(runs(reference, n))
        counts = Counter(made)
        right = sum(min(times, there[run]) for run, times in counts.items())
        slips = {
            sum(run in there for run in made)
            / len(made): "a run that is repeated counts each time; the reference has it less often.",
            sum(run in there for run in counts) / len(counts): "each run counts once here, however often it was made.",
            right
            / sum(
                there.values()
            ): "that is divided by the runs of the reference (recall); BLEU asks about those that were made.",
            right / len(candidate): "divide by the number of runs, not of words: of 7 words there are 6 pairs.",
            float(right): "that is their number; a share is asked for.",
        }
        slips = {slip: hint for slip, hint in slips.items() if not close(slip, right / len(made), within=1e-6)}
        if told := compare(value, right / len(made), slips, hints, within=1e-6):
            return told
    return None


def exercise_B(answer):
    generator = torch.Generator().manual_seed(int(np.random.default_rng().integers(2**31)))
    losses = 3 * torch.rand(2, 4, generator=generator) + 0.1
    is_word = torch.tensor([[1, 1, 1, 0], [1, 0, 0, 0]])
    value = number(call(answer, losses, is_word))
    kept = losses * is_word
    slips = {
        kept.mean().item(): "nothing has changed: how many places does `mean` divide by?",
        kept.sum().item(): "that is the sum; divide it by the number of words.",
        losses.mean().item(): "the losses at the padding are in it.",
        (kept.sum() / 2).item(): "that divides by the number of sentences; a word's mean is asked for.",
        (kept.sum(1) / is_word.sum(1))
        .mean()
        .item(): "that is the mean of the sentences' means: a word of a short one counts for more.",
    }
    hints = (
        "for 2 sentences of 3 and 1 words it is not the mean of the 4 losses.",
        "the sum over the words, divided by the number of words.",
        "the number of words is `is_word.sum()`.",
    )
    return compare(value, (kept.sum() / is_word.sum()).item(), slips, hints, within=1e-4)


def exercise_C(answer):
    return compare_letters(
        answer,
        "ac",
        "Which words, and how often, are in each of the two sentences?",
        {
            "a": "both have the same eight words; who is bigger is in their order alone",
            "b": "one ends with a full stop, the other with a question mark",
            "c": "both have the words the, the, book, on, table, is, red",
            "d": "who and whom, helped and help are different words",
        },
    )


def exercise_D(answer):
    def says(start, end, longest):
        return tuple(
            int(place) for place in numbers(call(answer, np.array(start), np.array(end), longest), 2, whole=True)
        )

    plain = says([0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0], 4)
    if plain == (2, 1):
        return "the two are swapped: first the start, then the end."
    if plain != (1, 2):
        return (
            "with starts [0, 3, 0, 0] and ends [0, 0, 2, 0] another pair adds up to more. Which pairs are there?",
            "go through all pairs (first, last) with first ≤ last < first + longest and keep "
            "the one with the highest sum.",
            "`max(pairs, key=lambda pair: start[pair[0]] + end[pair[1]])`, and `pairs` from two nested loops.",
        )
    if says([0.0, 1.0, 0.0, 5.0], [0.0, 6.0, 2.0, 1.0], 4) != (1, 1):
        return (
            "the best start (3) and the best end (1) make no span, as the end lies first. Which "
            "pair in the right order is best?"
        )
    if says([9.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 8.0], 3) == (0, 3):
        return "this span of 4 tokens is too long: `longest` is 3."
    if says([9.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 8.0], 3) != (0, 1):
        return (
            "with at most 3 tokens the best span begins at 0. Is a span of exactly `longest` tokens "
            "allowed, and none more?"
        )
    if says([9.0, 0.0, 0.0, 0.0], [0.0, 1.0, 7.0, 8.0], 3) != (0, 2):
        return "a span of exactly `longest` tokens is allowed."
    if says([0.0, 0.0, 4.0], [0.0, 0.0, 4.0], 1) != (2, 2):
        return "a span may be a single token, also the last one."
    if says([-5.0, -2.0], [-5.0, -3.0], 2) != (1, 1):
        return "scores may be negative: do not start the search from 0."
    return None


def exercise_E(answer):
    return compare_letters(
        answer,
        "b",
        "Which foreign passages has the reader seen in training, and which questions could teach it silence?",
        {
            "a": "the threshold was chosen on questions beside their own passage; it separates "
            "those that sound answerable",
            "b": "what the reader goes by is still there",
            "c": "look at the column of how often it speaks, once the cell below has run",
            "d": "80 passages tell of 80 things; a foreign one hardly ever holds this answer",
        },
    )


def exercise_1(answer):
    shares = np.array([5 / 6, 3 / 5, 2 / 4, 1 / 3])
    mean, factor = np.prod(shares) ** 0.25, np.exp(1 - 8 / 6)
    slips = {
        100 * mean: "the answer is shorter than the reference: the factor for that is missing.",
        100 * mean * np.exp(1 - 6 / 8): "the lengths are swapped in the factor: it would reward what is short.",
        100 * mean * 6 / 8: "the factor is e^(1 − r/c), not c/r.",
        100 * shares.mean() * factor: "the mean of the shares is geometric: the fourth root of their product.",
        100 * np.prod(shares) * factor: "the fourth root of the product is missing.",
        mean * factor: "BLEU is given from 0 to 100.",
    }  # fmt: skip
    hints = (
        "two things are multiplied: which, and what becomes of an answer that is too short?",
        "the fourth root of the product of the four shares, times e^(1 − r/c), with c = 6 and r = 8.",
        "100 · e^(1 − 8/6) · (5/6 · 3/5 · 2/4 · 1/3)^(1/4).",
    )
    return compare(number(answer), 100 * mean * factor, slips, hints, rounding=0.1)


def exercise_2(answer):
    cases = [
        ([-1.0, -1.2], [[-0.5, -3.0, -0.9, -4.0], [-2.0, -2.5, -3.0, -2.2]]),  # both from the first
        ([-3.0, -0.2], [[-0.1, -0.3, -5.0, -6.0], [-1.0, -5.0, -1.2, -6.0]]),  # both from the second
        ([-0.3, -0.2], [[-1.0, -2.0, -3.0, -4.0], [-2.0, -0.5, -3.0, -4.0]]),  # one of each, the second's first
    ]
    hints = (
        "for 2 beginnings and 4 words it does not keep the two likeliest. What competes with what?",
        "add each beginning's log-probability to its row, and take the W largest of all W · V sums.",
        "`(log_p[:, None] + step).flatten().topk(W)`; place // V is the beginning, place % V the word.",
    )
    for log_p, step in cases:
        found = call(answer, torch.tensor(log_p), torch.tensor(step))
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            raise AnswerError("it returns something else", expected="two lists", remedy="return both, in this order")
        beginnings, words = (np.asarray(part).ravel().tolist() for part in found)
        if len(beginnings) != 2 or len(words) != 2:
            return (
                f"it keeps {len(beginnings)} beginnings and {len(words)} words; 2 of each are asked for, as there were."
            )
        total = np.array(log_p)[:, None] + np.array(step)
        best = np.argsort(-total, axis=None)[:2]
        right = (best // 4).tolist(), (best % 4).tolist()
        if (beginnings, words) == right:
            continue
        if (words, beginnings) == right:
            return "the two are swapped: the beginnings come first."
        if (beginnings[::-1], words[::-1]) == right:
            return "the right two are kept; the likelier one comes first."
        alone = np.argsort(-np.array(step), axis=None)[:2]
        if (beginnings, words) == ((alone // 4).tolist(), (alone % 4).tolist()):
            return "what the beginnings are worth is left out: add `log_p` to the rows."
        if sorted(beginnings) == [0, 1] and words[np.argsort(beginnings)[0]] == int(np.argmax(step[0])):
            return "each beginning is continued once; both survivors may come from the same one."
        return hints
    return None


def exercise_3(answer, steps, whole):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], History):
        raise AnswerError("this is something else", expected="a pair: the history and the share",
                          remedy="`training.fit` returns the history; keep it")  # fmt: skip
    losses, share = answer[0].step_table()["loss"], number(answer[1])
    if len(losses) != steps:
        return f"the training has {len(losses)} steps; 500 pairs and 6 epochs with `settings` are {steps}."
    if 1 < share <= 100:
        return "the share looks like per cent: divide by 100."
    if not 0 <= share <= 1:
        return "a share lies between 0 and 1: the mean of right (1) and wrong (0)."
    if close(share, whole, within=1e-9):
        return "that is the share of the chapter's own model: translate with the one that you trained."
    if losses.tail(5).mean() > losses.iloc[0]:
        return "the loss has not fallen: was it trained with `settings`?"
    return None


def exercise_4(answer):
    cosines = np.array([[0.1, 0.9, 0.3, 0.2], [0.5, 0.4, 0.8, -0.7]])
    owners = np.array([0, 1, 1, 0])
    found = call(answer, cosines, owners, shape=(2, 2))
    if close(found, [[0.2, 0.9], [0.5, 0.8]], within=1e-6):
        apart = call(answer, np.array([[-0.4, -0.2, -0.9], [0.3, 0.1, -0.1]]), np.array([2, 0, 1]), shape=(2, 3))
        if not close(apart, [[-0.2, -0.9, -0.4], [0.1, -0.1, 0.3]], within=1e-6):
            return "cosines may be negative, and the passages need not come in order: start from no score, not from 0."
        return None
    if close(found, [[0.15, 0.6], [-0.1, 0.6]], within=1e-6):
        return "this is the mean of the sentences: one that fits is drowned by the others. The highest is asked for."
    if close(found, [[0.3, 1.2], [-0.2, 1.2]], within=1e-6):
        return "this is the sum: passages with many sentences would win. The highest is asked for."
    if close(found, [[0.9, 0.2], [0.8, 0.5]], within=1e-6):
        return "the passages are swapped: column p belongs to passage p."
    return (
        "which columns of `cosines` belong to passage 1?",
        "for each passage take its columns, `cosines[:, owners == passage]`, and of each row the highest.",
        "`np.stack([cosines[:, owners == p].max(1) for p in range(owners.max() + 1)], axis=1)`.",
    )


def exercise_5(answer, with_hints, steps):
    if not isinstance(answer, dict) or set(answer) != {"history", "f1"}:
        raise AnswerError("this is something else", expected="a dictionary with the keys history, f1",
                          remedy="give the history of the training, and the mean F1 [%]")  # fmt: skip
    if not isinstance(answer["history"], History):
        raise AnswerError("the history is none", expected="what `training.fit` returns", remedy="keep it")
    loss, f1 = answer["history"].step_table()["loss"], number(answer["f1"])
    if len(loss) != steps:
        return (
            f"this training has {len(loss)} steps, the one with hints {steps}: "
            "use `fit_settings` and all training questions."
        )
    if loss.tail(10).mean() >= loss.head(10).mean():
        return "the loss has not fallen: was the head that was trained the new one?"
    if not 0 <= f1 <= 100:
        return "an F1 lies between 0 and 100 %."
    if 0 < f1 < 1:
        return "this looks like a share; the question asks for per cent."
    if f1 >= with_hints:
        return (
            "this is not below the F1 with hints. Are the hints 0 in training and in answering?",
            "make both copies with `replace(…, hints=[torch.zeros_like(hints) for hints in ….hints])`.",
            "score the validation questions that have an answer, not the training questions.",
        )
    return None
