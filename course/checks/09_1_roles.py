"""Checks of the exercises of chapter 9.1: None for a right answer, else a hint or three graded ones."""

import math

import numpy as np

from talentlab.course.answers import AnswerError, call, close, compare, compare_letters, number, numbers

SPEEDS = (0.4, 0.7, 1.0, 1.3)


def exercise_A(answer):
    slips = {
        22: "that leaves out what the second person costs: working together takes a tenth of one.",
        30 / 1.4: "that leaves out what the second person costs, and whole days are asked for.",
        23: "after that day a little work is left: a day that is begun counts.",
        30 / 1.3: "whole working days are asked for: a day that is begun counts.",
        15: "the second person is a beginner, and does not work as fast as the first.",
        30: "the second person helps a little: by how much?",
        25: "a tenth is lost for each *further* person; of two, that is one.",
    }
    hints = (
        "how much of a person's work do the two do in a day?",
        "the speeds add up, and the second person costs 0.1.",
        "1.0 + 0.4 − 0.1 of a person-day per day; 30 of them are to be done; round up.",
    )
    return compare(number(answer), 24, slips, hints)


def exercise_B(answer):
    cases = [
        ((7.0, [3], SPEEDS, 0.1), "one person"), ((30.0, [3, 1], SPEEDS, 0.1), "two people"),
        ((19.0, [2, 4, 4], (0.3, 0.6, 1.0, 1.5), 0.25), "three people"), ((12.0, [1, 1], SPEEDS, 0.0), "no overhead"),
        ((2.1, [2], (0.2, 0.3, 1.0, 1.1), 0.1), "a product that is 7 exactly, but for its last digit"),
    ]  # fmt: skip
    for (effort, levels, speeds, overhead), what in cases:
        value = number(call(answer, effort, list(levels), tuple(speeds), overhead))
        total, n = sum(speeds[level - 1] for level in levels), len(levels)
        exact = effort / (total - overhead * (n - 1))
        right = math.ceil(exact - 1e-9)
        if close(value, right):
            continue
        later = [speeds[min(level, 3)] for level in levels]
        slips = {
            exact: "whole days are asked for: a day that is begun counts.",
            math.floor(exact): "a day that is begun counts: round up.",
            math.ceil(
                effort / total
            ): "each further person costs something: `overhead`, once for each after the first.",
            math.ceil(effort / (total - overhead * n)): "the first person costs nothing extra: n − 1 times `overhead`.",
            math.ceil(effort / (sum(later) - overhead * (n - 1))): "level 1 is the first of the speeds, number 0.",
            math.ceil(
                exact
            ): "a little too much for a computer: 2.1 / 0.3 is 7, and a hair above it in its last digit.",
        }
        hints = (
            f"the days differ for {what}: effort {effort:g}, levels {levels}, speeds {speeds}, overhead {overhead:g}.",
            "effort divided by the team's speed, which is the sum of the speeds, less what further people cost.",
            "`speeds[level - 1]` for each level, minus `overhead * (len(levels) - 1)`; then `math.ceil`.",
        )
        return compare(value, right, slips, hints)
    return None


def exercise_C(answer):
    people = [{"data": 4, "product": 1}, {"data": 2}, {"data": 3}, {"data": 0, "product": 4},
              {"product": 3}, {"data": 4}]  # fmt: skip
    for skill, level, right in (("data", 3, 3), ("data", 1, 4), ("product", 4, 1), ("product", 2, 2), ("sales", 1, 0)):
        value = number(call(answer, [dict(person) for person in people], skill, level))
        if close(value, right):
            continue
        has = [person.get(skill, 0) for person in people]
        slips = {
            sum(skill in person for person in people): "it still counts entries: what does an entry of 0 mean?",
            sum(have > 0 for have in has): "it counts everybody who has some of it; `level` is what is needed.",
            sum(have > level for have in has): "whoever is at the level exactly can do it, too.",
            sum(have == level for have in has): "whoever is above the level can do it, too.",
        }
        hints = (
            f"of people with levels {has}, how many can do work that needs {skill} at level {level}?",
            "somebody counts whose level is at least the one that is needed.",
            "`person.get(skill, 0) >= level` says whether somebody counts.",
        )
        return compare(value, right, slips, hints)
    return None


def exercise_D(answer):
    for without, other in (((50, 50), (45, 45)), ((50, 48), (45, 42)), ((50, 40), (48, 39)), ((50, 50), (50, 50))):
        value = numbers(call(answer, without, other), 2, names=("low", "high"))
        right = max(0, without[1] - other[0]), max(0, without[0] - other[1])
        if close(value, right):
            continue
        same = without[0] - other[0]
        slips = {
            (right[1], right[0]): "the two are swapped: the lowest first.",
            (
                without[1] - other[0],
                without[0] - other[1],
            ): "nobody has to hire: it is never later, so nothing below 0.",
            (same, same): "that is the difference of the two plans; what do their bounds leave open?",
            (max(0, same), max(0, same)): "that is the difference of the two plans; what do their bounds leave open?",
            tuple(sorted((same, without[1] - other[1]))): "compare the one's plan with the other's bound, crosswise.",
            tuple(sorted((max(0, same), max(0, without[1] - other[1])))): (
                "compare the one's plan with the other's bound, crosswise."
            ),
            (right[0], same): "most is saved where the other plan turns out as early as its bound.",
            (same, right[1]): "least is saved where the plan without turns out as early as its bound.",
        }
        hints = (
            f"for {without} and {other}: how early could the plan without still become, and how early the other?",
            "least: the bound of the one without against the other's day; most: its day against the other's bound.",
            "`max(0, without[1] - other[0])` is the lowest; the highest crosses over the other way.",
        )
        return compare(value, right, slips, hints)
    return None


def exercise_1(answer):
    return compare_letters(
        answer,
        "bdf",
        "What does each number speak of: this model, simulated projects, or the people themselves?",
        {
            "a": "the proof is about plans of this model; in another, tasks may be split or handed over",
            "b": "that is what `optimal` says",
            "c": "that day is kept in one of five hundred simulated projects",
            "d": "even the least that the one saves is more than the most of the other",
            "e": "their intervals overlap",
            "f": "nine in ten have delivered by P90",
            "g": "tasks that decide the date often belong to the one whom everybody needs",
        },
    )


def exercise_2(answer):
    graphs = [
        ({"a": 3, "b": 4, "c": 2}, {"b": ["a"], "c": ["b"]}),
        ({"d": 1, "c": 5, "b": 2, "a": 3}, {"d": ["b", "c"], "b": ["a"], "c": ["a"]}),
        ({"a": 9, "b": 1, "c": 1}, {"c": ["b"]}),
        ({"z": 2, "y": 2, "x": 4, "w": 1, "v": 6}, {"z": ["y", "v"], "y": ["x"], "x": ["w"]}),
    ]
    for days, after in graphs:

        def end(task, pick, days=days, after=after):
            return days[task] + pick([end(before, pick) for before in after.get(task, [])] or [0])

        value = number(call(answer, dict(days), {task: list(names) for task, names in after.items()}))
        right = max(end(task, max) for task in days)
        if close(value, right):
            continue
        last = list(days)[-1]
        slips = {
            sum(days.values()): "that is all work after one another; tasks that do not wait for each other overlap.",
            max(days.values()): "that is the longest task; a chain has several.",
            end(last, max): "that is the end of the task that stands last; which task ends last?",
            max(end(task, min) for task in days): "a task waits for the latest of those before it, not for the first.",
            max(
                end(task, sum) for task in days
            ): "those before a task run side by side: the latest counts, not the sum.",
        }
        hints = (
            f"which chain is the longest for days {days} and after {after}?",
            "a task ends its own days after the latest end of the tasks before it; the longest chain ends last.",
            "a function that calls itself: `days[task] + max(of the ends before, 0 if there are none)`.",
        )
        return compare(value, right, slips, hints)
    return None


def exercise_3(answer, finished):
    if not isinstance(answer, (tuple, list)) or len(answer) != 2 or not isinstance(answer[0], dict):
        raise AnswerError("this is something else", expected="a pair (dictionary, rate)",
                          remedy="write `trained, rate`, the first a dictionary rate → (losses, speeds)")  # fmt: skip
    trained, best = answer[0], number(answer[1])
    if set(trained) != {0.1, 1.0, 8.0}:
        raise AnswerError(f"the keys are {', '.join(map(str, trained)) or 'none'}", expected="the rates 0.1, 1.0, 8.0",
                          remedy="keep each training under its rate")  # fmt: skip
    if not all(isinstance(kept, (tuple, list)) and len(kept) == 2 for kept in trained.values()):
        raise AnswerError("its values are something else", expected="pairs (losses, speeds)",
                          remedy="store `losses, speeds` under each rate")  # fmt: skip
    losses = {rate: np.ravel(np.asarray(kept[0], float)) for rate, kept in trained.items()}
    if {len(of_one) for of_one in losses.values()} != {100}:
        return "each training has 100 losses, one before each step."
    start = {round(float(of_one[0]), 6) for of_one in losses.values()}
    if len(start) > 1:
        return "the three trainings do not begin at the same loss: does each start from the table's speeds?"
    if losses[8.0][-1] < losses[8.0][0]:
        return "at 8.0 the steps are longer than the valley is wide: the loss has to grow. Is it the mean's gradient?"
    if not losses[0.1][-1] < losses[0.1][0] or not losses[1.0][-1] < losses[1.0][0]:
        return "at 0.1 and 1.0 the loss has to fall: does the step go against the gradient?"
    ratio = np.log(finished["effort"] / finished["days"]).groupby(finished["level"]).mean()
    speeds = numbers(trained[1.0][1], 4)
    if close(speeds, ratio, within=0.02):
        return "these are the logarithms; the speeds are asked for."
    if not close(speeds, np.exp(ratio), within=0.02):
        return (
            "the speeds at 1.0 are not where the loss is least: are the logarithms trained, one for each level?",
            "the gradient for one level is 2 × the sum of its errors, divided by all 80 tasks.",
            "at the end each speed is the geometric mean of effort / days of its level.",
        )
    if best != min(losses, key=lambda rate: losses[rate][-1]):
        said = ", ".join(f"{rate:g}: {of_one[-1]:.3g}" for rate, of_one in losses.items())
        return f"the last losses are {said}; which is the lowest?"
    return None


def exercise_4(answer):
    slips = {
        (1, -2): "the two are swapped: the lower one first.",
        (-1, -1): "that takes the figures as exact; the intervals leave more open.",
        (-2, -1): "the least alone of Jun is 4, not 5, and most together is 9.",
        (0, 1): "the least together stands against the most alone.",
        (-1, 2): "that is the sum minus together.",
        (8, 9): "that is the two together; the sum of each alone goes off.",
        (8, 10): "that is the sum of each alone; it is subtracted from the two together.",
    }
    hints = (
        "which of the figures together and alone make the difference as small as it can be?",
        "lowest: the least together against the most alone; highest: the most together against the least alone.",
        "the sum of each alone lies between 4 + 4 and 4 + 6, the two together between 8 and 9.",
    )
    return compare(numbers(answer, 2, names=("low", "high")), (-2, 1), slips, hints)
