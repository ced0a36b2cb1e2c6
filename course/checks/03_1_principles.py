"""Checks of the exercises of chapter 3.1: None for a right answer, else a hint or three graded ones."""

from collections import Counter
from math import exp, log, log2, log10

import numpy as np
import torch

from talentlab.course.answers import AnswerError, call, compare, compare_letters, number
from talentlab.training import History


def exercise_A(answer):
    ids, chosen, shown = np.array([2, 31, 32, 33, 34, 35, 36, 3]), np.array([2, 5]), np.array([4, 77])
    given = ids.copy()
    found = call(answer, given, chosen, shown, copied=False)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        raise AnswerError(
            "it returns something else",
            expected="what the model sees, and the labels",
            remedy="return both, in this order",
        )
    seen, labels = (np.asarray(part) for part in found)
    if seen.shape != (8,) or labels.shape != (2,):
        return f"the shapes are {seen.shape} and {labels.shape}: a block of 8 ids, and 2 labels."
    if labels.tolist() == shown.tolist():
        return "the labels are what is shown: the model would be asked for what it sees. When are they read?"
    if not np.array_equal(labels, ids[chosen]):
        return "the labels are not what stood at the chosen places."
    if not np.array_equal(seen[chosen], shown):
        return "at the chosen places the model has to see `instead`."
    if not np.array_equal(np.delete(seen, chosen), np.delete(ids, chosen)):
        return "a place that was not chosen has changed."
    if not np.array_equal(given, ids):
        return (
            "labels and block are right, but the block that was given has changed too: what does the next epoch find?"
        )
    return None


def exercise_B(answer):
    return compare_letters(
        answer,
        "c",
        "Are random scores equal scores?",
        {
            "a": "nothing has told the architecture which words are likely",
            "b": "equal probabilities need equal scores, and random weights do not give those",
            "c": "who is sure without a reason loses more where he is wrong than he gains where he is right",
            "d": "how common a token is has to be learned, and nothing has been learned yet",
        },
    )


def exercise_C(answer):
    generator = torch.Generator().manual_seed(int(np.random.default_rng().integers(2**31)))  # no constant is right
    logits = torch.randn(2, 4, 5, generator=generator)
    labels = torch.randint(5, (2, 4), generator=generator)
    chosen = torch.tensor([[True, True, False, True], [False, False, True, False]])
    of_label = logits.log_softmax(-1).gather(-1, labels[..., None])[..., 0]  # [B, T]
    value = number(call(answer, logits, labels, chosen))
    rows = torch.stack([of_label[row][chosen[row]].mean() for row in range(2)])
    wrong_axis = logits.log_softmax(1).gather(-1, labels[..., None])[..., 0]
    slips = {
        -of_label.mean().item(): "it is the mean over all places; only those that were chosen are asked for.",
        -of_label[chosen].sum().item(): "it is the sum over the chosen places; the mean is asked for.",
        -(of_label * chosen).mean().item(): "the others add nothing, but they are counted: divide by the chosen ones.",
        -rows.mean().item(): "it is a mean of the rows' means, but one row has more chosen places.",
        of_label[chosen].mean().item(): "the sign: a logarithm of a probability is negative, a loss is not.",
        of_label[chosen].exp().mean().item(): "it is the mean probability; the loss takes −log of each one first.",
        -log(
            of_label[chosen].exp().mean().item()
        ): "take the logarithm of each probability before the mean, not after.",
        -wrong_axis[chosen].mean().item(): "softmax runs over the wrong axis: the vocabulary is the last one.",
        -logits.gather(-1, labels[..., None])[..., 0][chosen].mean().item(): "these are scores; softmax is missing.",
    }
    hints = (
        "for 2 rows of 4 tokens it does not give the loss. Which axis is the vocabulary, and which places count?",
        "log-softmax over the last axis, at each place the entry of its label, the mean where `chosen` is True.",
        "`logits[chosen]` has a row for each chosen place, `labels[chosen]` its label: an ordinary cross-entropy.",
    )
    return compare(value, -of_label[chosen].mean().item(), slips, hints, within=1e-4)


def exercise_1(answer):
    slips = {
        60: "60 are chosen, but some of them stay as they are.",
        48: "48 become [MASK]; a random token in its place is a change too.",
        360: "that takes 90 % of all tokens; only 15 % are chosen at all.",
        0.135: "that is a share; how many tokens are asked for.",
        13.5: "that is in per cent; how many tokens are asked for.",
        6: "those are the ones that stay, or the random ones; which of the chosen look different to the model?",
    }
    hints = (
        "what happens to the tokens that are chosen? Not the same to all.",
        "of the chosen, those with [MASK] and those with a random token are something else than they were.",
        "of 400 tokens 15 % are chosen, and of these 80 % and 10 % are replaced.",
    )
    return compare(number(answer), 54, slips, hints)


def exercise_2(answer):
    slips = {
        log2(30_522): "those are bits; nats take the natural logarithm.",
        log10(30_522): "that is the logarithm to base 10; nats take the natural one.",
        30_522: "that is its perplexity; the loss is the logarithm of it.",
        1 / 30_522: "that is the probability of each token; the loss is minus its logarithm.",
        -log(30_522): "the sign: the loss is minus the logarithm, and a probability's logarithm is negative.",
    }
    hints = (
        "which probability does such a model give to the right token?",
        "the loss is minus the natural logarithm of the probability of the right token.",
        "each token has the probability 1 / 30522; the loss is minus its natural logarithm.",
    )
    return compare(number(answer), log(30_522), slips, hints, rounding=0.01)


def exercise_3(answer):
    slips = {
        5.5 / 4.8: "that is the ratio of the losses; perplexity is e to the loss.",
        0.7: "that is the difference of the losses; what does a difference become under the exponential?",
        exp(-0.7): "that is what is left of it; by which factor is it smaller?",
        1 - exp(-0.7): "that is the share that it loses; by which factor is it smaller?",
        exp(5.5) - exp(4.8): "that is the difference of the perplexities; a factor is asked for.",
        2**0.7: "the loss is in nats, so perplexity is e, not 2, to the loss.",
    }
    hints = (
        "how does perplexity come from the loss?",
        "perplexity is e to the loss; divide the one before by the one after.",
        "perplexity before / perplexity after = e^5.5 / e^4.8.",
    )
    return compare(number(answer), exp(0.7), slips, hints, rounding=0.01)


def exercise_4(answer, pairs):
    (most_frequent, count), *_ = Counter(pairs["train"]).most_common(1)
    (_, own), *_ = Counter(pairs["held out"]).most_common(1)
    n = len(pairs["held out"])
    right = Counter(pairs["held out"])[most_frequent] / n
    slips = {
        count / len(pairs["train"]): "that is its share in the training blocks; the guess is judged on the others.",
        own / n: "that is the most frequent token of the held-out blocks; whoever guesses has not seen them.",
        most_frequent: "that is the token itself; which share is it?",
        right * n: "that is how often it occurs; divide by the number of ids.",
    }
    hints = (
        "which token is guessed, and on which blocks is the guess judged?",
        "the most frequent id comes from `pairs['train']`; its share is taken in `pairs['held out']`.",
        "count the most frequent id of pairs['train'] in pairs['held out'], and divide by how many ids that has.",
    )
    return compare(number(answer), right, slips, hints, rounding=1e-4, unit="share")


def exercise_5(answer):
    return compare_letters(
        answer,
        "b",
        "What does the model see in real use, where no [MASK] is?",
        {
            "a": "the task gets no easier by it, for the model does not know which tokens stayed",
            "b": "a state that is needed only at [MASK] would be of no use where there is none",
            "c": "time is not the reason; a replacement costs next to nothing",
            "d": "how often a token is chosen does not depend on what is done with it then",
        },
    )


def exercise_6(answer, blocks):
    names = ("pretrained", "random", "lower at the end")
    if not isinstance(answer, dict) or not set(names) <= set(answer):
        raise AnswerError("this is something else", expected=f"a dictionary with the keys {', '.join(names)}",
                          remedy="keep what `fit` returns under the name of its start")  # fmt: skip
    histories = {name: answer[name] for name in names[:2]}
    if not all(isinstance(history, History) for history in histories.values()):
        raise AnswerError("one of the two is no history", expected="what `training.fit` returns, for both starts",
                          remedy="write `history = training.fit(…)`")  # fmt: skip
    tables = {name: history.step_table() for name, history in histories.items()}
    if any(len(table) != -(-blocks // 24) for table in tables.values()):
        return f"each training has {-(-blocks // 24)} steps: one epoch of {blocks} blocks in batches of 24."
    if any(not np.isclose(table["learning_rate"].max(), 2e-3, rtol=1e-3) for table in tables.values()):
        return "one of them was trained at another rate than 2e-3."
    first = {name: float(table["loss"].iloc[0]) for name, table in tables.items()}
    if np.isclose(*first.values()):
        return "both begin with the same loss: are they two different models?"
    if first["pretrained"] > first["random"] + 0.5:
        return "the one called pretrained begins far above the other: are the two names swapped?"
    ends = {name: float(table["loss"].tail(5).mean()) for name, table in tables.items()}
    if answer["lower at the end"] != min(ends, key=ends.get):
        shown = ", ".join(f"{name} {loss:.2f}" for name, loss in ends.items())
        return f"the mean losses of the last five steps are: {shown}. Which is lower?"
    return None
