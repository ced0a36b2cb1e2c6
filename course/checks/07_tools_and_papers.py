"""Checks of the exercises of chapter 7: None for a right answer, else a hint or three graded ones."""

import math
from collections.abc import Mapping

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number


def exercise_A(answer):
    slips = {
        0.2: "that is what the page gives from the top; cell 2 ran more often than it stands there.",
        0.4: "that counts cell 2 twice; how often did it run in all?",
        1.6: "that counts cell 2 four times; how often did it run in all?",
        0.3: "cell 2 doubles the rate, it does not add to it.",
    }
    hints = (
        "what does `rate` hold after each of the runs?",
        "cell 1 sets 0.1; then count how often cell 2 ran, and double as often.",
        "cell 2 ran once, and then twice more.",
    )
    return compare(number(answer), 0.8, slips, hints, rounding=0.01)


def exercise_B(answer):
    cases = {
        (1, 2, 3): (True, "a page that was run once from the top is in order; yours refuses it."),
        (1, 3, 2): (False, "cell 3 of that page ran before cell 2; yours calls it in order."),
        (1, None, 2): (False, "a cell that never ran is left out by yours."),
        (1, 5, 6): (False, "with counts 1, 5, 6 three runs are not on the page; yours calls it in order."),
        (2, 3, 4): (False, "something ran before the first cell of the page: its count is 2."),
        (1, 2, 2): (False, "no two cells have the same count in one kernel."),
        (): (True, "a page without code cells is in order."),
    }
    for counts, (right, hint) in cases.items():
        said = call(answer, list(counts), returns=object)
        if said not in (True, False):
            raise AnswerError("yours returned something else", expected="True or False", remedy="return a comparison")
        if bool(said) != right:
            return (hint, "which list would a page run once from the top have? Compare with that one.")
    return None


def exercise_C(answer):
    given = (1599.0, 1.0, 0.4, 0.25, 100.0)  # price, rent, power, electricity, weeks

    def right(price, rent, power, electricity, weeks):
        return price / (weeks * (rent - power * electricity))

    slips = {
        1599 / 0.9: "that is the number of hours in all; asked is per week.",
        1599 / (100 * 1.0): "the bought card needs electricity, too.",
        1599 / (100 * 1.1): "electricity makes the bought card dearer: each hour saves less than the rent.",
        1599 / (100 * (1.0 - 0.4)): "power in kW times the price of a kWh is the cost of an hour.",
        1599 / (100 * (1.0 - 0.25)): "a kWh is an hour at 1 kW; this card takes `power` kW.",
    }
    hints = (
        "what does each hour save whoever owns the card?",
        "set both sides of the formula equal and solve for h.",
        "h = price / (weeks · (rent − power · electricity)).",
    )
    if wrong := compare(number(call(answer, *given)), right(*given), slips, hints, within=1e-6):
        return wrong
    other = (500.0, 2.0, 0.3, 0.5, 52.0)
    if not close(number(call(answer, *other)), right(*other), within=1e-6):
        return "for other numbers it is wrong: is one of them written into the function?"
    for rent in (0.1, 0.05):  # electricity costs as much as rent, and more
        never = call(answer, 1599.0, rent, 0.4, 0.25, 100.0, returns=object)
        if not (isinstance(never, (int, float)) and math.isinf(never) and never > 0):
            return "where an hour saves nothing the card is never cheaper: return float('inf')."
    return None


def exercise_D(answer):
    return compare_letters(
        answer,
        "c",
        "how much would a fine-tuning on 393,000 examples still owe to such a detail?",
        {
            "a": "the weights are fine-tuned on text without [MASK] afterwards, and adapt",
            "b": "look at the paper's table 8: how far apart are its highest and its lowest row?",
            "c": "the differences of the table are in the first decimal",
            "d": "the paper trained without [MASK] as well, by other tokens alone",
        },
    )


def exercise_1(answer):
    slips = {
        1000: "that asks one after the other; each answer can exclude half.",
        500: "half of them is what is left after the first question.",
        9: "2^9 = 512 is not enough for 1,000.",
        11: "count the questions, not the commits at both ends.",
    }
    hints = (
        "how many commits are left after one question, after two?",
        "each question halves what is left; how often until one is left?",
        "the smallest k with 2^k not below 1,000.",
    )
    return compare(number(answer, whole=True), 10, slips, hints)


def exercise_2(answer, train):
    if not isinstance(answer, Mapping):
        raise AnswerError("this is something else", expected="a dictionary rate → last loss",
                          remedy="write {rate: train(build(), learning_rate=rate)[-1] for rate in …}")  # fmt: skip
    found = {float(rate): number(loss) for rate, loss in answer.items()}
    if set(found) != {0.05, 0.5, 5.0, 50.0}:
        return f"the dictionary has {', '.join(f'{rate:g}' for rate in found)}; asked are 0.05, 0.5, 5 and 50."
    right = {rate: train(rate) for rate in (0.05, 0.5)}
    for rate, loss in right.items():
        if not close(found[rate], loss, within=0.02):
            return (
                f"at {rate:g} the last loss is another one. Is each network new, and the last of 60 losses taken?",
                "a network that was trained before goes on from there: call `build()` for each rate.",
                "`train(build(), learning_rate=rate)[-1]`.",
            )
    if min(found[5.0], found[50.0]) < right[0.5]:
        return "at 5 and 50 the loss cannot be that low after 60 steps: is each network new?"
    return None


def exercise_3(answer):
    given = (6, 384, 8)
    slips = {
        6 * (2 * 384 * 8 + 8 + 384): "each layer has two bottlenecks.",
        2 * 6 * 2 * 384 * 8: "the biases are missing: one number for each output.",
        2 * 6 * (384 * 8 + 8): "there is a way up again.",
        2 * (2 * 384 * 8 + 8 + 384): "that is one layer.",
        2 * 6 * (2 * 384 * 8 + 2 * 8): "the way up has `hidden` outputs, and as many biases.",
        2 * 6 * (2 * 384 * 8 + 2 * 384): "the way down has `width` outputs, and as many biases.",
    }
    hints = (
        "how many weights and biases has one linear layer from K to M?",
        "K · M weights and M biases; down is hidden → width, up is width → hidden; two bottlenecks in each layer.",
        "2 · layers · (2 · hidden · width + width + hidden).",
    )
    if wrong := compare(number(call(answer, *given)), 2 * 6 * (2 * 384 * 8 + 8 + 384), slips, hints):
        return wrong
    if not close(number(call(answer, 24, 1024, 64)), 2 * 24 * (2 * 1024 * 64 + 64 + 1024)):
        return "for other sizes it is wrong: is one of them written into the function?"
    return None
