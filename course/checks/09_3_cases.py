"""Checks of the exercises of chapter 9.3: None for a right answer, else a hint or three graded ones."""

import numpy as np

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number, numbers
from talentlab.talent import risk


def exercise_A(answer):
    return compare_letters(
        answer,
        "ABC",
        "which counts does an odds ratio compare?",
        {
            "A": "strong teams that ended are one of the four counts, and the stories leave it empty",
            "B": "other teams that succeeded are one of the four counts; many of them: a strong team is not needed",
            "C": "if nearly all teams are strong, a strong success is no surprise",
            "D": "it tells more of the three that were told already, and counts nobody else",
        },
    )


def exercise_B(answer):
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    samples = []
    for seed in range(8):
        pair = call(answer, x, 10 * x, np.random.default_rng(seed))
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise AnswerError("yours returned something else", expected="a pair of arrays", remedy="return both")
        samples.append([np.asarray(part, float) for part in pair])
    if any(part.shape != (6,) for pair in samples for part in pair):
        return "a bootstrap sample is as long as the data: six numbers in each array."
    if not all(np.isin(a, x).all() and np.isin(b, 10 * x).all() for a, b in samples):
        return "the sample holds numbers that the data do not: it is drawn from x and from y, in this order."
    if not all(np.array_equal(b, 10 * a) for a, b in samples):
        return (
            "x of one row stands beside y of another: what is drawn in a bootstrap, numbers or rows?",
            "draw the places of rows once, and take both arrays at these places.",
            "`rows = rng.integers(len(x), size=len(x))`, then x and y at `rows`.",
        )
    if all(len(set(a)) == 6 for a, _ in samples):
        return (
            "every row is there once: a bootstrap draws with replacement, so that some come twice and some not at all."
        )
    if len({tuple(a) for a, _ in samples}) == 1:
        return "it is the same sample each time: draw with `rng`."
    return None


def exercise_1(answer):
    slips = {
        1 / 0.9: "that is for one success; there are three.",
        0.9**3: "that is the chance in the world without effect; how much larger can the chance become?",
        0.729: "that is the chance in the world without effect; how much larger can the chance become?",
        3 / 0.9: "three successes are drawn one by one: their chances multiply.",
        10.0: "90 % are strong already; how much is left to gain?",
        1.0: "a strong team may help: then three strong successes are somewhat likelier.",
    }
    hints = (
        "how likely are three strong successes where people make no difference, and how likely at most?",
        "where only strong teams succeed it is certain; divide by the chance in the world without effect.",
        "without effect each success has a strong team with chance 0.9, independently: 1 over the product of three.",
    )
    return compare(number(answer), 1 / 0.9**3, slips, hints, rounding=0.01)


def exercise_2(answer):
    def value(*inputs):
        return number(call(answer, *inputs))

    if close(value(0.5, 0.1, 0.1, 1), 0.05):
        return "you return the chance to be strong and to succeed; asked is the share of strong teams among successes."
    for strong in (0.2, 0.8):
        if not close(value(strong, 0.1, 0.1, 1), strong, within=1e-6):
            return (
                "if a strong team does not help, what share of the successes has one?",
                "divide the successes with a strong team by all successes, with and without one.",
                "all successes: strong · helped + (1 − strong) · alone.",
            )
    if not close(value(0.5, 0.3, 0.1, 1), 0.75, within=1e-6):
        return "with equal chances it is right; with helped = 0.3 and alone = 0.1 the strong half has three of four."
    if not close(value(0.5, 0.3, 0.1, 3), 0.75**3, within=1e-6):
        return "one success is right; for n of them the chances multiply."
    if not close(value(0.4, 0.2, 0.0, 5), 1.0, within=1e-6):
        return "where nobody succeeds without a strong team, it has to be 1."
    return None


def exercise_3(answer, world):
    asked = 'a pair ({"all": (…, …), "successes": (…, …)}, name)'
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], dict):
        raise AnswerError("this is something else", expected=asked, remedy="write `ratios, name`")
    ratios, name = answer
    if set(ratios) != {"all", "successes"}:
        raise AnswerError(f"its keys are {', '.join(map(str, ratios))}", expected=asked, remedy="name both groups")
    before, after = numbers(ratios["all"], 2)
    grown = numbers(ratios["successes"], 2)
    counts = world.groupby(["strong", "success"]).size()
    right = counts[True, True] * counts[False, False] / (counts[True, False] * counts[False, True])
    if not close(after, right, within=0.02):
        if close(after, np.log(right), within=0.02):
            return "that is the logarithm of the odds ratio; `train` returns the ratio itself."
        return f"on all start-ups 3,000 steps end at another odds ratio than {after:.3g}; were all rows used?"
    if close(before, after, within=1e-9):
        return "300 and 3,000 steps give the same number to the last digit: were both run?"
    if grown[1] < 1.2 * grown[0]:
        return "on the successes alone the odds ratio grows from 300 to 3,000 steps: give them in this order."
    if name not in ratios:
        raise AnswerError(f"{str(name)[:20]!r} is no group", expected='"all" or "successes"', remedy="choose one")
    if name != "successes":
        return "look at the last loss of each: which is nearer to 0, and is that good news?"
    return None


def exercise_4(answer, base, runs, seed):
    late = risk.simulate(base, runs=runs, seed=seed).quantile(0.9).value
    calm = risk.simulate(base, runs=runs, seed=seed, sick_days=0, resignations=0)
    without = calm.quantile(0.9).value
    slips = {
        without - late: "the sign is turned: with illness and resignations it takes longer.",
        without: "that is the P90 without them; asked is the difference to the one with them.",
        late - risk.simulate(base, runs=runs, seed=seed, resignations=0).quantile(0.9).value: "people still fall ill.",
        late - risk.simulate(base, runs=runs, seed=seed, sick_days=0).quantile(0.9).value: "people still resign.",
        late - calm.planned: "that is the distance to the plan, where efforts do not vary either.",
    }
    hints = (
        "two simulations that differ in illness and resignations alone: which quantile of each?",
        "`risk.simulate(base, runs=runs, seed=seed, sick_days=0, resignations=0)` is the calm one.",
        "take `.quantile(0.9).value` of both, and subtract the calm one.",
    )
    slips = {wrong: hint for wrong, hint in slips.items() if round(wrong) != round(late - without)}
    return compare(number(answer), late - without, slips, hints, rounding=1)
