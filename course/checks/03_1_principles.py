"""Checks of the exercises of chapter 3.1: None for a right answer, else a hint or three graded ones."""

from collections import Counter
from math import exp, log, log2, log10

from talentlab.course.answers import compare, compare_letters, number


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
