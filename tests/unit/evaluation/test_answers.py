"""Exact match and overlap on cases counted by hand."""

import pytest

from talentlab.data.questions import Question
from talentlab.errors import DataError
from talentlab.evaluation.answers import by_passage, exact_match, normalize, overlap, score_answers


def test_english_is_compared_without_case_articles_and_punctuation():
    assert normalize("The  Ann-Marie's, soup (a hot one).") == ["annmaries", "soup", "hot", "one"]
    assert exact_match("the soup!", ["Soup"]) == 1 and exact_match("soups", ["Soup"]) == 0


@pytest.mark.parametrize(
    ("answer", "references", "f1"),
    [
        ("smoked paprika", ["smoked paprika"], 1),
        ("with smoked paprika", ["smoked paprika"], 2 * (2 / 3) / (2 / 3 + 1)),
        ("paprika smoked", ["smoked paprika"], 1),  # the order is not looked at
        ("salt salt salt", ["salt"], 2 * (1 / 3) / (1 / 3 + 1)),  # a word counts as often as the reference has it
        ("pepper", ["salt"], 0),
        ("red pepper", ["salt", "pepper"], 2 * (1 / 2) / (1 / 2 + 1)),  # the best of two references
        ("", ["salt"], 0),
        ("", [], 1),
        ("salt", [], 0),
        ("the", ["a"], 1),  # articles alone: both are empty
    ],
)
def test_overlap_by_hand(answer, references, f1):
    assert overlap(answer, references) == pytest.approx(f1)


def test_chinese_counts_the_longest_run_of_characters():
    assert normalize("《跑跑》，2016年 OK", "zh") == ["跑", "跑", "2016", "年", "ok"]
    assert overlap("在南京城", ["南京"], "zh") == pytest.approx(2 * 2 / (4 + 2))
    # all four characters are shared, but the longest common run is 南京
    assert overlap("东城南京", ["南京东城"], "zh") == pytest.approx(2 * 2 / (4 + 4))
    assert exact_match("南京。", ["南京"], "zh") == 1 and overlap("城", ["南京"], "zh") == 0


def test_a_row_per_question_and_as_many_answers_as_questions():
    questions = [Question("Who?", "Ann sells.", ("Ann",), (0,)), Question("Why?", "Ann sells.", (), ())]
    found = score_answers(["Ann sells", ""], questions)
    assert found["exact_match"].tolist() == [0, 1] and found["f1"].tolist() == pytest.approx([2 / 3, 1])
    with pytest.raises(DataError, match="1 answers to 2 questions"):
        score_answers(["Ann"], questions)


def test_means_are_taken_passage_by_passage_in_their_order():
    questions = [Question("?", text, (), ()) for text in ("b", "a", "b", "b")]
    assert by_passage([1, 0.5, 0, 0.5], questions).tolist() == [0.5, 0.5]
    assert by_passage([1, 0, 1, 1], questions).tolist() == [1, 0]
