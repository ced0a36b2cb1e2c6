"""Checks of the exercises of chapter 6.4: None for a right answer, else a hint or three graded ones."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from talentlab.chapters import factory
from talentlab.course.answers import call, close, compare, compare_letters, number, numbers
from talentlab.evaluation import decisions


def exercise_A(answer):
    slips = {
        0.9: "that is the share of the bad pieces that are found; asked is the share of bad ones among those stopped.",
        0.018: "so many of all pieces are bad and stopped; asked is their share of those that are stopped.",
        0.067: "so many of all pieces are stopped; how many of these are bad?",
        0.947: "that takes bad and good pieces for equally many; only 2 % are bad.",
        0.731: "that is the share of the good ones among those stopped.",
    }
    hints = (
        "of 1,000 pieces, how many bad ones are stopped, and how many good ones?",
        "20 are bad, 980 are good; take 90 % of the one and 5 % of the other.",
        "divide the bad ones that are stopped by all that are stopped.",
    )
    return compare(number(answer), 0.018 / 0.067, slips, hints, rounding=0.001, unit="share or per cent")


def exercise_B(answer):
    def path(values, weight, start):
        return call(answer, np.asarray(values, float), weight, start, shape=(len(values),))

    one = path([1.0, 1.0, 1.0], 0.5, 0.0)
    if close(one, [1, 1, 1]):
        return "yours begins at the first value: it has to begin at `start`, and move from there."
    if close(one, [0, 0.5, 0.75]):
        return "yours returns the mean before each value; asked is the mean after it."
    if not close(one, [0.5, 0.75, 0.875]):
        return (
            "from 0, three values of 1, a weight of 0.5: where is the mean after each?",
            "each step is weight times (value − mean), added to the mean.",
            "after the first value the mean is 0.5; half of the way that is left follows each time.",
        )
    if not close(path([1.0, 1.0], 0.2, 0.0), [0.2, 0.36]):
        return "at a weight of 0.2 the mean moves by a fifth of the distance: is the weight on the old mean in yours?"
    if not close(path([2.0, -1.0, 4.0], 0.25, 10.0), [8.0, 5.75, 5.3125]):
        return "with another start it is wrong: is 0 written into the function?"
    return None


def exercise_C(answer):
    fault = {"a": [0, 0, 1, 0, 0, 0], "b": [1, 0, 0, 0, 1, 0]}
    table = pd.DataFrame(
        {"machine": np.repeat(list(fault), 6), "shift": [*range(6), *range(6)], "fault": [*fault["a"], *fault["b"]]}
    )
    found = np.asarray(call(answer, table, 2), float)
    if found.shape != (12,):
        return "one value for each row of the table, please: 12 rows have to give 12 values."
    right = np.array([1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0])
    if found.max() > 1:
        return "two faults within the horizon are still one yes: the values have to be 0 or 1."
    if found[2]:
        return (
            "machine a breaks in its third shift. What has the label to say in that very shift?",
            "the present shift is not among the next ones: where does `range` begin?",
            "`range(1, horizon + 1)` are the steps to the next shifts.",
        )
    if found[4] or found[5]:
        return (
            "whose fault is it that the last shift of machine a is labelled by?",
            "`shift` on the whole column takes the next machine's rows: shift within each machine.",
            '`table.groupby("machine")["fault"].shift(-step, fill_value=0)` stays within a machine.',
        )
    if not np.array_equal(found, right):
        return "with a horizon of 2, the two shifts before each fault are 1, and all others 0."
    wide = np.asarray(call(answer, table, 3), float)
    if not np.array_equal(wide, [1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0]):
        return "with a horizon of 3 it is wrong: is one written into the function?"
    return None


def exercise_1(answer):
    def best(scores, is_bad, miss=10.0, false_stop=1.0):
        found = call(answer, np.asarray(scores, float), np.asarray(is_bad), miss, false_stop)
        return np.inf if np.isscalar(found) and found == np.inf else number(found)

    plain = best([1, 2, 3, 4], [0, 0, 1, 1])
    if not close(plain, 3):
        return (
            "the good ones score 1 and 2, the bad ones 3 and 4. From which score on is nothing lost?",
            "a piece is stopped where its score is at least the threshold; add up both kinds of errors at each score.",
            "at 3 both bad ones are stopped and no good one: yours is another.",
        )
    if not close(best([1, 2, 3, 4], [0, 1, 0, 1]), 2):
        return "a missed one costs 10, a false stop 1: at 2 one good piece is stopped and none is missed."
    if not close(best([1, 2, 3, 4], [0, 1, 0, 1], 1.0, 10.0), 4):
        return "where false stops are the dear ones, 4 is the cheapest: are the two costs exchanged, or not used?"
    if best([4, 3, 2, 1], [0, 0, 0, 1], 1.0, 10.0) != np.inf:
        return "sometimes it is cheapest to stop none: then the threshold is `np.inf`."
    if best([5, 6, 6, 7], [0, 1, 0, 0], 1.5, 1.0) != np.inf:
        return "equal scores are stopped together; here stopping none costs 1.5, and stopping from 6 on costs 2."
    if not close(best([1, 2, 5, 6], [1, 0, 0, 1], 2.0, 1.0), 1):
        return "of equally cheap thresholds the smallest: here 1 and 6 both cost 2."
    return None


def exercise_2(answer, train, later, prices):
    without, with_it = numbers(answer, 2, names=("without", "with"))
    columns, at = list(factory.SETTINGS), decisions.theoretical_threshold(**prices)

    def cost(prepare, threshold=at, all_of_it=False):
        machine = make_pipeline(StandardScaler(), LogisticRegression()).fit(prepare(train), train["bad"])
        risk = machine.predict_proba(prepare(later))[:, 1]
        return decisions.case_costs(later["bad"], risk >= threshold, **prices).mean()

    def plain(rows):
        return rows[columns]

    def product(rows):
        away = (rows[columns] - train[columns].mean()) / train[columns].std()
        return rows[columns].assign(product=away["melt_temperature"] * away["moisture"])

    def raw(rows):
        return rows[columns].assign(product=rows["melt_temperature"] * rows["moisture"])

    right = cost(plain), cost(product)
    if close((without, with_it), right, within=0.005):
        return None
    if close((without, with_it), right[::-1], within=0.005):
        return "the two are exchanged: without the product first."
    if close((without, with_it), [1000 * value for value in right], within=0.005):
        return "those are costs per 1,000 pieces; asked is the mean cost of a piece."
    if not close(without, right[0], within=0.005):
        if close(without, cost(plain, 0.5), within=0.005):
            return "that is the cost at 0.5, where `predict` pulls; asked is from `from_here` on."
        return (
            "the first cost is another one. Which rows, which columns, which threshold?",
            "fit on `train[columns]`, pull where `predict_proba(later[columns])[:, 1] >= from_here`.",
            "the mean of `decisions.case_costs(later['bad'], pull, **prices)`.",
        )
    if close(with_it, cost(raw), within=0.005):
        return "that is the product of the readings as they are; take off each mean and divide by each spread first."
    return (
        "the second cost is another one. Does `later` get the same column?",
        "mean and spread come from `train`, for both tables: (value − mean) ÷ spread.",
        "`product = a * b` with `a`, `b` the standardised temperature and moisture, as a sixth column.",
    )


def exercise_3(answer):
    return compare_letters(
        answer,
        "ace",
        "does it follow from how the rows were split?",
        {
            "a": "random rows take some shifts of each machine into both parts",
            "b": "your machines were in none of the rows",
            "c": "that is the figure that a new machine, and next month, will have",
            "d": "more rows bring even closer neighbours into training",
            "e": "at chance, average precision is the share of faults itself",
        },
    )


def exercise_4(answer):
    def found(fault, alarm, horizon):
        return number(call(answer, list(fault), list(alarm), horizon))

    if not close(found([0, 0, 1, 0], [0, 1, 0, 0], 2), 1):
        return "an alarm one shift before the fault, a horizon of 2: that fault is found."
    if not close(found([0, 0, 1, 0], [0, 0, 1, 0], 2), 0):
        return "an alarm in the fault's own shift comes too late: the slice has to end before it."
    if not close(found([0, 0, 0, 1], [1, 0, 0, 0], 2), 0):
        return "an alarm three shifts before is outside of a horizon of 2."
    if not close(found([0, 0, 0, 1], [1, 0, 0, 0], 3), 1):
        return "with a horizon of 3 an alarm three shifts before counts: where does your slice begin?"
    if close(found([0, 0, 0, 1, 0], [1, 1, 1, 0, 0], 3), 3):
        return "three alarms before one fault find one fault: count faults, not alarms."
    if not close(found([0, 1, 0, 0, 0], [0, 0, 0, 1, 1], 3), 0):
        return (
            "a fault in the second shift, alarms after it. What does your slice hold there?",
            "`now - horizon` is negative in the first shifts, and a negative index counts from the end.",
            "begin at `max(0, now - horizon)`.",
        )
    if not close(found([0, 1, 0, 1], [1, 0, 1, 0], 1), 2):
        return "two faults, each with an alarm in the shift before: 2 are found."
    return None


def exercise_5(answer):
    slips = {
        10_000.0: "that is what the bad ones save; the good ones that are pulled cost something.",
        20_000.0: "only half of those pulled are bad.",
        16_000.0: "all of the 2,000 pieces are taken for bad, or for good: half of them are each.",
        80_000.0: "that takes all pieces for pulled; it is 10 % of them.",
        12_000.0: "pulling good ones costs: take that off.",
    }
    hints = (
        "how many bad ones, and how many good ones, does the model pull?",
        "2,000 pieces are pulled, half of them bad; the bad ones save 10 each, the good ones cost 2 each.",
        "1,000 times 10, less 1,000 times 2.",
    )
    return compare(number(answer), 8_000, slips, hints, rounding=1)
