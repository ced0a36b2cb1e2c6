"""Checks of the exercises of chapter 3.2b: None for a right answer, else a hint or three graded ones."""

from math import log, log2, log10

from talentlab.course.answers import compare, compare_letters, number


def exercise_1(answer):
    slips = {
        16 * 110: "that trains everything; what does a frozen weight not need?",
        16 * 86: "frozen weights still lie in memory, 4 bytes each.",
        4 * 110: "those are the weights alone, as in use.",
        12 * 86: "those are gradients and means; the weights are missing.",
        1472e6: "the number is right in bytes; give it in 10⁶ bytes.",
        1.472: "the number is right in gigabytes; give it in 10⁶ bytes.",
        1472 / 1.048576: "the number is right in MiB, 2²⁰ bytes; give it in 10⁶ bytes.",
    }
    hints = (
        "what has to be in memory for every weight, and what only for those that train?",
        "weights: 4 bytes each; gradient and two means: 4 bytes each, for trained weights alone.",
        "4 bytes for each of the 110 million, and 12 more for each of the 86 million that are trained.",
    )
    return compare(number(answer), 1472, slips, hints, rounding=1)


def exercise_2(answer):
    return compare_letters(
        answer,
        "abd",
        "Which candidates can be replaced by another that is better in one thing and no worse in the other?",
        {
            "a": "nothing is as fast, so nothing dominates it, however low its accuracy",
            "b": "whatever is faster is less accurate",
            "c": "b is more accurate and faster",
            "d": "nothing is more accurate, and what is as accurate is slower",
            "e": "d is as accurate and faster",
        },
    )


def exercise_3(answer):
    slips = {
        log2(5): "those are bits; nats take the natural logarithm.",
        log10(5): "that is the logarithm to base 10; nats take the natural one.",
        0.2: "each class has the probability 1/5; the loss is minus the logarithm of it.",
        5: "each class has the probability 1/5; the loss is minus the logarithm of it.",
        log(2): "that is the value for two classes.",
        -log(5): "the sign: the logarithm of a probability is negative, the loss is minus that.",
    }
    hints = (
        "which probability does such a head give to each of the five classes?",
        "the loss is minus the natural logarithm of the probability of the true class.",
        "small weights hold all five classes equally likely: minus the natural logarithm of 1/5.",
    )
    return compare(number(answer), log(5), slips, hints, rounding=0.01)


def exercise_4(answer):
    formula = "the formula is 1 − 6 Σd² / (n (n² − 1)), with n = 5."
    slips = {
        -0.8: "the sign: a good probe goes with a good fine-tuning here.",
        1 - 4 / 5: formula,
        1 - 6 * 4 / 25: formula,
        0.6: "that is Kendall's tau, which counts pairs in the wrong order; Spearman squares differences of ranks.",
        80: "a correlation lies between −1 and 1.",
    }
    hints = (
        "by how much does each encoder's rank change?",
        "square the differences of the ranks, add them up, and put the sum into Spearman's formula.",
        "the ranks differ by 1, −1, 0, 1, −1: put the sum of the squares into 1 − 6 Σd² / (n (n² − 1)).",
    )
    return compare(number(answer), 0.8, slips, hints, rounding=0.01)


def exercise_5(answer):
    return compare_letters(
        answer,
        "ef",
        "Which check knows something of the numbers that the model learned, and which looks at the tokenizer alone?",
        {
            "a": "the file still has as many lines",
            "b": "texts are still cut into the same pieces; only the numbers of the pieces are others",
            "c": "texts are still cut into the same pieces; what was known is still known",
            "d": "the tokenizer turns its own numbers back into the same text, whatever the numbers are",
            "e": "which rows of the model's table do the words of a pair get now? Other ones",
            "f": "numbers that were written down before the change are a memory of the right vocabulary",
        },
    )
