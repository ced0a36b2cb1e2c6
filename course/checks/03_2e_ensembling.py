"""Checks of the exercises of chapter 3.2e: None for a right answer, else a hint or three graded ones."""

import numpy as np
import torch
from sklearn.metrics import log_loss

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number, numbers
from talentlab.training import History


def exercise_A(answer):
    most, least = numbers(answer, 2, names=("most", "least"), whole=True)
    if (most, least) == (9, 4):
        return None
    if (most, least) == (4, 9):
        return "the larger number first."
    if most > 9:
        return f"most: {most:g} majorities need {2 * most:g} right answers; how many are there?"
    if most < 9:
        return (
            "most: how should the right answers lie, so that none is wasted?",
            "most: a majority of three needs two right answers; a third one adds nothing.",
            "most: there are 3 · 6 right answers, and two of them make a majority.",
        )
    return (
        "least: how are right answers wasted, so that a majority is still wrong?",
        "least: a right answer alone on its text is outvoted; where all three are right, one was not needed.",
        "least: some texts get one right answer each, the others three; 18 of them over 10 texts leave one way.",
    )


def exercise_B(answer):
    probs = np.array(  # [3 members, 2 texts, 4 classes]
        [
            [[0.7, 0.1, 0.1, 0.1], [0.4, 0.3, 0.2, 0.1]],
            [[0.2, 0.5, 0.2, 0.1], [0.1, 0.1, 0.1, 0.7]],
            [[0.1, 0.2, 0.3, 0.4], [0.3, 0.3, 0.3, 0.1]],
        ]
    )

    def said(*weights):
        return call(answer, probs, np.array(weights), shape=(2, 4))

    def mean(*weights):
        return np.average(probs, axis=0, weights=weights)

    rows = said(1.0, 1.0, 1.0)
    if not close(rows.sum(1), [1, 1]):
        return f"with the weights 1, 1, 1 a row adds up to {rows[0].sum():.2f}: by what is a weighted mean divided?"
    if not close(rows, mean(1, 1, 1)):
        return "with equal weights it is not the plain mean of the members' probabilities."
    if not close(said(0.5, 0.3, 0.2).sum(1), [1, 1]):
        return "with the weights 0.5, 0.3, 0.2 the rows do not add up to 1: by what is a weighted mean divided?"
    if close(said(0.5, 0.3, 0.2), mean(1, 1, 1)):
        return "the weights change nothing: where do they enter?"
    if not close(said(0.5, 0.3, 0.2), mean(0.5, 0.3, 0.2)):
        return "with the weights 0.5, 0.3, 0.2 it is another mean: multiply each member's probabilities by its weight."
    if not close(said(0.0, 0.0, 2.0), probs[2]):
        return (
            "with the weights 0, 0, 2 only the third member counts: divide by the sum of the weights, whatever it is."
        )
    return None


def exercise_C(answer):
    logits = torch.tensor([[2.0, 0.5, -1.0, 0.0], [0.0, 1.0, 3.0, -2.0]], dtype=torch.float64)
    soft = torch.tensor([[0.6, 0.2, 0.1, 0.1], [0.1, 0.3, 0.4, 0.2]], dtype=torch.float64)
    given = call(answer, logits.clone().requires_grad_(), soft, copied=False)
    value, log_p = number(given.detach() if isinstance(given, torch.Tensor) else given), logits.log_softmax(-1)

    def mean(target, of):
        return float(-(target * of).sum(-1).mean())

    right, entropy = mean(soft, log_p), mean(soft, soft.log())
    sure = torch.nn.functional.one_hot(soft.argmax(1), 4)
    slips = {
        2 * right: "that is the sum over the texts; the mean is asked for.",
        right / 4: "that is the mean over the classes, too: add up over them, then take the mean over the texts.",
        right / np.log(2): "that is in bits; nats come from the natural logarithm.",
        -right: "the sign: logarithms of probabilities are negative, and a loss is to be made smaller.",
        right - entropy: "that is less by the teacher's own entropy, a Kullback-Leibler divergence: it has the same "
        "gradients, but the cross-entropy is asked for.",
        mean(log_p.exp(), soft.log()): "swapped: the teacher's probabilities weigh the logarithms of the student's.",
        mean(sure, log_p): "that learns the teacher's answers alone; its probabilities are the target.",
        mean(soft, logits): "`logits` are scores: softmax makes probabilities of them first.",
        mean(
            soft, logits.log_softmax(0)
        ): "the softmax runs over the texts; it belongs over the classes, the last axis.",
    }
    hints = (
        "for one text and one sure teacher it is the usual loss; what changes when the teacher is not sure?",
        "for each text: minus the sum over the classes of the teacher's probability times the log of the student's.",
        "weigh `logits.log_softmax(-1)` by `soft`, add up over the classes, take the mean over the texts.",
    )
    told = compare(value, right, slips, hints, within=1e-6)
    if told is None and not (isinstance(given, torch.Tensor) and given.requires_grad):
        return "the value is right, but no gradient goes through it: return the tensor itself, computed by torch alone."
    return told


def exercise_1(answer):
    slips = {  # three right is as likely as exactly two right at 0.75: the two slips cannot be told apart
        0.75**3: "that is all three right alone, or exactly two right alone: a majority is one or the other.",
        1 - 0.25**3: "that is at least one right; a majority needs two.",
        0.75**3
        + 0.75**2 * 0.25: "two right and one wrong can happen in three ways: any member may be the one that errs.",
        0.75: "that is one member; what does the majority of three gain?",
        0.75**2: "that is two given members right; any two will do, and the third may be right as well.",
        1 - 0.84375: "that is the probability that the majority is wrong.",
    }
    hints = (
        "in which cases are at least two of the three right?",
        "either all three are right, or exactly two are, which can happen in three ways: add the probabilities.",
        "add the probability of three right, p³, and of exactly two right, 3 p² (1 − p).",
    )
    return compare(number(answer), 0.84375, slips, hints, rounding=0.01, unit="share")


def exercise_2(answer):
    hard, soft = numbers(answer, 2, names=("hard", "soft"), whole=True)
    if not {hard, soft} <= {0, 1}:
        return "there are the classes 0 and 1 only."
    if (hard, soft) == (1, 0):
        return None
    if (hard, soft) == (0, 1):
        return "the other way round: which of the two counts answers, and which takes the mean?"
    if hard != 1:
        return (
            "hard vote: which class does each member answer?",
            "hard vote: each member answers its more probable class, and the answers are counted.",
            "hard vote: two of the three probabilities lie above 0.5.",
        )
    return (
        "soft vote: what is done with the three probabilities?",
        "soft vote: their mean decides.",
        "soft vote: the mean of 0.55, 0.60 and 0.10 lies below 0.5.",
    )


def exercise_3(answer):
    slips = {
        18: "that is the number of trainings; those of the folds see four fifths of the texts only.",
        12: "that is the folds' share; each member is trained once more on all texts.",
        5: "that is one member; there are three.",
        3 * (5 * 1 / 5 + 1): "each fold's model is trained on the other four fifths, not on its own fifth.",
        3: "that is the last training of each member; the folds' models are trained as well.",
    }
    hints = (
        "how many trainings does one member need, and on how many of the texts is each?",
        "with five folds, five models, each on the texts outside its fold; then one on all of them.",
        "per member: five trainings on 4/5 of the texts each, and one on all of them.",
    )
    return compare(number(answer), 15, slips, hints)


def exercise_4(answer, first, second, labels):
    first, second, labels = np.asarray(first), np.asarray(second), np.asarray(labels)
    shares = np.linspace(0, 1, 21)
    mixed = [share * first + (1 - share) * second for share in shares]
    losses = [log_loss(labels, probabilities, labels=range(first.shape[1])) for probabilities in mixed]
    right = [(probabilities.argmax(1) == labels).mean() for probabilities in mixed]
    best = shares[int(np.argmin(losses))]
    slips = {
        1 - best: "that is the share of `second`.",
        shares[int(np.argmax(right))]: "that share has the highest accuracy; the smallest log loss is asked for.",
        int(np.argmin(losses)): "that is its place among the 21 shares, counted from 0; which share is it?",
    }
    hints = (
        "which probabilities does the soft vote give for one share, and what is their log loss?",
        "mix the two with each of the 21 shares, and compare the log losses on the validation texts.",
        "compute log_loss(labels, w * first + (1 - w) * second) for w = 0, 0.05, … 1, and take the smallest.",
    )
    return compare(number(answer), best, slips, hints, rounding=0.01, unit="share")


def exercise_5(answer):
    return compare_letters(
        answer,
        "ace",
        "Ask of each: which texts may have been seen by the model, and who chose by which texts?",
        {
            "a": "what looks harmless can put a text that was trained on among those that are predicted",
            "b": "the members have not seen those texts, and the stack has not seen the test texts; that is the way",
            "c": "one choice is made by the very texts that are to be unseen",
            "d": "validation texts are there to be chosen by, as long as the figure comes from others",
            "e": "one figure is the best of several, chosen by the test texts",
        },
    )


def exercise_6(answer, soft, learning_rate):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], dict):
        raise AnswerError("this is something else", expected="a pair (histories, value)",
                          remedy='write `histories, value`, the first a dictionary with "soft" and "hard"')  # fmt: skip
    histories, value = answer[0], number(answer[1])
    if set(histories) != {"soft", "hard"} or not all(isinstance(each, History) for each in histories.values()):
        raise AnswerError(f"the dictionary has {sorted(map(str, histories))}",
                          expected='histories of `fit` as "soft" and "hard"',
                          remedy="keep what `fit` returns, under these names")  # fmt: skip
    tables = {name: history.step_table() for name, history in histories.items()}
    if {len(table) for table in tables.values()} != {6}:
        return "each training has 6 steps: one epoch of 96 texts in batches of 16."
    if not all(np.isclose(table["learning_rate"].max(), learning_rate, rtol=1e-3) for table in tables.values()):
        return f"asked is this chapter's rate, {learning_rate:g}, for both."
    if np.allclose(tables["soft"]["loss"], tables["hard"]["loss"]):
        return "both curves are the same: one learns from probabilities, the other from the most probable classes."
    soft = np.asarray(soft, float)
    entropy = -(soft * np.log(np.maximum(soft, 1e-12))).sum(1)
    slips = {
        0: "that is the floor of the other loss; a teacher that is not sure leaves more.",
        np.log(soft.shape[1]): "that is the loss of somebody who knows nothing; how low can it go?",
        float(
            tables["soft"]["loss"].min()
        ): "that is the lowest loss of this training; how low could any training come?",
        entropy.mean() / np.log(2): "that is in bits; nats come from the natural logarithm.",
        entropy.sum(): "that is the sum over the texts; the loss is the mean.",
        entropy.mean() / soft.shape[1]: "add up over the classes, then take the mean over the texts.",
    }
    hints = (
        "what would the student have to say, so that its loss is as low as it can be?",
        "a cross-entropy is lowest where both distributions are equal: take the teacher's with itself.",
        "the mean over the texts of −Σ p log p, with the p of `few.labels`.",
    )
    return compare(value, entropy.mean(), slips, hints, rounding=0.01)
