"""Are the two sets of graded answers what their card says: whole marks, pairs of equal content, no copies?"""

import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from talentlab.chapters.pupils import read_answers
from talentlab.data import near_duplicates

SIZES = {"homework": (229, 62), "homework_zh": (238, 59)}
WRITERS = {"homework": ["first language", "second language"], "homework_zh": ["母语", "学习者"]}


@pytest.fixture(scope="module", params=list(SIZES))
def table(request: pytest.FixtureRequest) -> pd.DataFrame:
    frame = read_answers(request.param)
    frame.attrs["name"] = request.param
    return frame


def test_columns_and_sizes_are_those_of_the_card(table: pd.DataFrame) -> None:
    assert list(table) == ["question_id", "question", "reference", "rubric", "contrary", "answer", "mark_a", "mark_b",
                           "idea", "writer"]  # fmt: skip
    first, second = WRITERS[table.attrs["name"]]
    assert (len(table), (table["writer"] == second).sum()) == SIZES[table.attrs["name"]]
    assert set(table["writer"]) == {first, second}
    by_question = table.groupby("question_id")
    assert len(by_question) == 10 and by_question.size().between(22, 25).all()
    assert (by_question[["question", "reference", "rubric", "contrary"]].nunique() == 1).all(axis=None)


def test_rubrics_add_up_to_five(table: pd.DataFrame) -> None:
    chinese = table.attrs["name"] == "homework_zh"
    for rubric in table["rubric"].unique():
        parts = re.findall(r"(\d) 分", rubric) if chinese else re.findall(r"(?:^|; )(\d) ", rubric)
        assert sum(map(int, parts)) == 5, rubric


def test_marks_are_whole_b_is_stricter_and_both_agree_as_the_card_says(table: pd.DataFrame) -> None:
    marks = table[["mark_a", "mark_b"]]
    assert marks.isin(range(6)).all(axis=None) and (marks.min() == 0).all() and (marks.max() == 5).all()
    gap = (table["mark_a"] - table["mark_b"]).mean()
    kappa = cohen_kappa_score(table["mark_a"], table["mark_b"], weights="quadratic")
    expected = {"homework": (0.43, 0.93), "homework_zh": (0.32, 0.95)}[table.attrs["name"]]
    assert (round(gap, 2), round(kappa, 2)) == expected
    lengths = np.log(table["answer"].str.len())
    assert 0.5 < np.corrcoef(lengths, marks.mean(axis=1))[0, 1] < 0.75  # the trap that the card names


def test_pairs_have_one_form_of_each_kind_and_the_same_marks(table: pd.DataFrame) -> None:
    for _, rows in table.groupby("idea"):
        assert rows["question_id"].nunique() == 1 and rows["writer"].is_unique
        assert (rows["writer"] == WRITERS[table.attrs["name"]][0]).any()
        assert rows["mark_a"].nunique() == rows["mark_b"].nunique() == 1


def test_no_answer_occurs_twice_and_only_pairs_resemble_each_other(table: pd.DataFrame) -> None:
    assert not table["answer"].str.casefold().duplicated().any()
    found = near_duplicates(table["answer"].tolist(), threshold=0.1)
    ideas = table["idea"].to_numpy()
    apart = found[ideas[found["row"].astype(int)] != ideas[found["other"].astype(int)]]
    assert len(found) and apart["similarity"].max() < 0.35


def test_no_opening_is_used_often_by_one_writer(table: pd.DataFrame) -> None:
    native = table[table["writer"] == WRITERS[table.attrs["name"]][0]]["answer"]
    first = native.str[:6] if table.attrs["name"] == "homework_zh" else native.str.split().str[:4].str.join(" ")
    assert Counter(first).most_common(1)[0][1] <= 3


def test_chinese_signs_are_full_width() -> None:
    texts = read_answers("homework_zh")["answer"]
    assert [text for text in texts if re.search(r"[,;!?\"'()]", text)] == []
    assert all(text.isprintable() and text == text.strip() for text in texts)
