"""Chapter 6.3's people: pupils who learn by a known rule, their school year, and learners who take courses."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from talentlab.data.numbers import read_numbers
from talentlab.errors import DataError
from talentlab.runtime import corpus_file

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

SKILLS = 6
# Each skill has eight exercises; number 8 k + j is the j-th of skill k, and the first of a skill is its easiest.
DIFFICULTY = np.tile(np.linspace(-2, 2, 8), SKILLS)  # [48], on the scale of the levels
SKILL = np.repeat(np.arange(SKILLS), 8)  # [48]
TOPICS, COURSES, SEEN = 5, 120, 12  # of the courses: topics, courses, and how many a visit shows


def draw_pupils(n: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Invented pupils before they practise.

    Returns:
        Level of each pupil in each skill [N, SKILLS], and how fast each of them learns [N].
    """
    draws = np.random.default_rng([seed, 63])
    level = draws.normal(0, 0.8, (n, 1)) + draws.normal(-0.5, 0.6, (n, SKILLS))
    return level, draws.lognormal(np.log(0.25), 0.4, n)


def chance(level: Floats) -> Floats:
    """True probability of a right answer to each exercise: [N, SKILLS] → [N, 48].

    Source: Rasch 1960, the one-parameter item response model: the logistic function of level less difficulty.
    """
    return expit(level[:, SKILL] - DIFFICULTY)


def practise(level: Floats, pace: Floats, exercise: Rows, draws: np.random.Generator) -> tuple[npt.NDArray, Floats]:
    """Each pupil answers one exercise and learns from it, most where success and failure are equally likely.

    Args:
        level: [N, SKILLS].
        pace: [N].
        exercise: Number of the exercise of each pupil, [N].
        draws: Decides on the answers.

    Returns:
        Whether each answer is right [N], and the new levels [N, SKILLS].
    """
    rows = np.arange(len(level))
    p = chance(level)[rows, exercise]
    after = level.copy()
    after[rows, SKILL[exercise]] += pace * 4 * p * (1 - p)
    return draws.random(len(level)) < p, after


def draw_school_year(n: int, seed: int = 0) -> pd.DataFrame:
    """Invented pupils of one school year: what is known in autumn, two term grades and the final grade, 0 to 20.

    Term grades measure what the final grade measures; what is known in autumn explains a part of it.
    """
    draws = np.random.default_rng([seed, 631])
    table = pd.DataFrame(
        {
            "study_hours": draws.gamma(3, 1.5, n).round(1),
            "absences_last_year": draws.poisson(4, n),
            "failed_before": draws.binomial(2, 0.15, n),
            "travel_minutes": draws.gamma(3, 8, n).round(),
        }
    )
    able = draws.normal(11, 2.5, n) + 0.4 * (table["study_hours"] - 4.5) - 0.15 * (table["absences_last_year"] - 4)
    able -= 1.5 * table["failed_before"]
    for name, spread in (("grade_1", 1.6), ("grade_2", 1.2), ("final", 1.2)):
        able = able + draws.normal(0.0, 0.5, n)
        table[name] = (able + draws.normal(0, spread, n)).round().clip(0, 20)
    return table


def read_students(path: str | Path) -> pd.DataFrame:
    """UCI's Student Performance (Cortez & Silva 2008) as CSV, without sex, with the grades named as in the lesson.

    Raises:
        DataError: If the file has no such columns.
    """
    table = read_numbers(path, {"G1", "G2", "G3", "sex"}, "Student Performance with G1, G2, G3 and sex")
    return table.drop(columns="sex").rename(columns={"G1": "grade_1", "G2": "grade_2", "G3": "final"})


def draw_courses(people: int, taken: int = 12, seed: int = 0) -> tuple[pd.DataFrame, Floats]:
    """A log of invented people who take courses, and how much each of them would truly like each course.

    A visit shows `SEEN` courses, well-known ones more often; the person takes the one that suits best. So the log
    holds what was shown as much as what was liked.

    Returns:
        The log (`userId`, `movieId`, `timestamp`, as MovieLens has it), and the liking [people, COURSES].
    """
    draws = np.random.default_rng([seed, 632])
    tastes, topics = draws.dirichlet(np.full(TOPICS, 0.4), people), draws.dirichlet(np.full(TOPICS, 0.3), COURSES)
    liking = 4 * tastes @ topics.T + draws.normal(0, 0.3, COURSES)  # a course may be good for everybody
    shown = draws.permutation(1 / np.arange(1, COURSES + 1) ** 0.8)
    rows = []
    for person in range(people):
        left, moments = np.ones(COURSES, bool), np.sort(draws.integers(0, 365 * 24 * 60, taken))
        for moment in moments:
            weights = shown * left
            seen = draws.choice(COURSES, SEEN, replace=False, p=weights / weights.sum())
            chosen = choose(liking[person], seen, draws)
            left[chosen] = False
            rows.append((person, chosen, moment))
    return pd.DataFrame(rows, columns=["userId", "movieId", "timestamp"]), liking


def choose(liking: Floats, seen: Rows, draws: np.random.Generator) -> int:
    """The course that one person takes among those that are shown: the best liked, with some chance."""
    return int(seen[np.argmax(liking[seen] + draws.gumbel(0, 0.7, len(seen)))])


def read_answers(name: str) -> pd.DataFrame:
    """Short answers with the marks of two graders: the course's form, or that of Mohler et al. 2011.

    Args:
        name: `homework`, `homework_zh`, or a CSV file.

    Returns:
        `question_id`, `question`, `reference`, `answer`, `mark_a`, `mark_b` (0 to 5), `idea` (answers with the same one
        say the same in other words; each its own where the file has none), and what else the file has.

    Raises:
        DataError: If a column is missing.
    """
    names = {"id": "question_id", "desired_answer": "reference", "student_answer": "answer", "score_me": "mark_a",
             "score_other": "mark_b"}  # fmt: skip
    path = corpus_file(name)
    table = read_numbers(path, (), "a CSV file of answers").rename(columns=names)
    wanted = {"question_id", "question", "reference", "answer", "mark_a", "mark_b"}
    if missing := wanted - set(table):
        found = f"{path} has no column {sorted(missing)}."
        raise DataError(found, expected=f"the columns {sorted(wanted)}", remedy="name the columns so.")
    texts = {name: table[name].astype(str) for name in ("question", "reference", "answer")}
    return table.assign(**texts, idea=table.get("idea", pd.Series(range(len(table)))))
