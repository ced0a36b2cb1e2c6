"""Pupils follow the rule that the module states; the log holds what was shown; real tables are read by columns."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from talentlab.chapters import pupils
from talentlab.errors import DataError


def test_a_draw_is_repeated_by_its_seed_and_no_other():
    for draw in (pupils.draw_pupils, pupils.draw_school_year):
        one, same, other = (
            np.asarray(draw(30, seed)[0] if draw is pupils.draw_pupils else draw(30, seed)) for seed in (1, 1, 2)
        )
        assert np.array_equal(one, same) and not np.array_equal(one, other)
    log, liking = pupils.draw_courses(20, taken=3, seed=1)
    again, _ = pupils.draw_courses(20, taken=3, seed=1)
    assert log.equals(again) and liking.shape == (20, pupils.COURSES)


def test_the_chance_is_one_half_where_level_and_difficulty_are_equal():
    level = np.zeros((1, pupils.SKILLS))
    level[0, 2] = pupils.DIFFICULTY[20]
    p = pupils.chance(level)[0]
    assert p[20] == 0.5 and pupils.SKILL[20] == 2
    assert np.all(np.diff(p[:8]) < 0)  # the later of a skill are harder


def test_practice_raises_its_own_skill_most_at_even_chances():
    level, pace = np.zeros((3, pupils.SKILLS)), np.full(3, 0.25)
    exercise = np.array([0, 3, 9])  # easiest, middle, of the next skill
    right, after = pupils.practise(level, pace, exercise, np.random.default_rng(0))
    gained = after - level
    p = pupils.chance(level)[np.arange(3), exercise]
    assert gained[np.arange(3), [0, 0, 1]] == pytest.approx(0.25 * 4 * p * (1 - p))
    assert np.count_nonzero(gained) == 3 and gained[1, 0] > gained[0, 0]
    assert right.dtype == bool and not level.any()  # what was given is not changed


def test_answers_are_right_as_often_as_their_chance():
    level, pace = np.full((20_000, pupils.SKILLS), 0.3), np.zeros(20_000)
    right, _ = pupils.practise(level, pace, np.full(20_000, 5), np.random.default_rng(0))
    assert right.mean() == pytest.approx(pupils.chance(level)[0, 5], abs=0.01)


def test_the_school_year_tells_more_in_spring_than_in_autumn():
    year = pupils.draw_school_year(4000, 0)

    def explained(columns):
        return LinearRegression().fit(year[columns], year["final"]).score(year[columns], year["final"])

    autumn = ["study_hours", "absences_last_year", "failed_before", "travel_minutes"]
    assert explained(autumn) < 0.35 < 0.7 < explained(["grade_2"])
    assert year["final"].between(0, 20).all()


def test_nobody_takes_a_course_twice_and_fame_counts_more_than_liking():
    log, liking = pupils.draw_courses(300, seed=0)
    assert not log.duplicated(["userId", "movieId"]).any()
    assert log.groupby("userId")["timestamp"].is_monotonic_increasing.all()
    taken = log["movieId"].value_counts().reindex(range(pupils.COURSES), fill_value=0)
    assert taken.nlargest(12).sum() > 0.25 * len(log)
    assert liking[log["userId"], log["movieId"]].mean() > liking.mean() + 0.3


def test_students_are_read_without_their_sex(tmp_path):
    file = tmp_path / "students.csv"
    file.write_text("sex,age,G1,G2,G3\nF,15,5,6,6\nM,16,12,11,12\n")
    table = pupils.read_students(file)
    assert list(table) == ["age", "grade_1", "grade_2", "final"]
    file.write_text("sex,age,G1\nF,15,5\n")
    with pytest.raises(DataError, match="G2"):
        pupils.read_students(file)


def test_answers_are_read_in_either_form(tmp_path):
    file = tmp_path / "graded.csv"
    file.write_text("id,question,desired_answer,student_answer,score_me,score_other\n1.1,Why?,Because,12,5,4.5\n")
    table = pupils.read_answers(str(file))
    assert table.loc[0, ["answer", "mark_a", "mark_b", "idea"]].tolist() == ["12", 5, 4.5, 0]
    pd.DataFrame({"question": ["Why?"]}).to_csv(file)
    with pytest.raises(DataError, match="mark_a"):
        pupils.read_answers(str(file))
