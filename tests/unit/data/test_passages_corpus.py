"""Are the bundled passages what the data card says: whole, apart from each other, hard to guess from the question?"""

import json
from collections import Counter

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from talentlab.data import near_duplicates
from talentlab.data.questions import load_questions, words
from talentlab.runtime import corpus_file

SUBJECTS = {"everyday", "science", "fiction", "nature", "work"}


@pytest.fixture(scope="module")
def rows():
    return [json.loads(line) for line in corpus_file("passages").read_text(encoding="utf-8").splitlines()]


def test_fields_sizes_and_splits_are_those_of_the_card(rows):
    fields = ["id", "title", "subject", "split", "context", "question", "answers"]
    assert {tuple(row) for row in rows} == {tuple(fields)}
    assert Counter((row["split"], bool(row["answers"]["text"])) for row in rows) == {
        ("train", True): 160, ("train", False): 45, ("validation", True): 60, ("validation", False): 17,
        ("test", True): 100, ("test", False): 34,
    }  # fmt: skip
    assert len({row["id"] for row in rows}) == len(rows) == 416
    passages = {row["context"]: (row["title"], row["subject"], row["split"]) for row in rows}
    assert Counter(subject for _, subject, _ in passages.values()) == dict.fromkeys(SUBJECTS, 16)
    assert len({(row["context"], row["title"], row["subject"], row["split"]) for row in rows}) == len(passages) == 80


def test_each_answer_is_a_whole_span_and_short(rows):
    for row in rows:
        for text, start in zip(row["answers"]["text"], row["answers"]["answer_start"], strict=True):
            around = f" {row['context']} "[start : start + len(text) + 2]
            assert around[1:-1] == text and text.strip() == text and len(text.split()) <= 11
            assert not around[0].isalnum() and not around[-1].isalnum(), text


def test_every_passage_has_four_answers_and_a_question_that_it_does_not_answer(rows):
    counts = {}
    for row in rows:
        counts.setdefault(row["context"], Counter())[bool(row["answers"]["text"])] += 1
    assert {(found[True], found[False]) for found in counts.values()} == {(4, 1), (4, 2)}


def test_texts_are_tidy_and_of_the_length_that_the_card_names(rows):
    for text in [*{row["context"] for row in rows}, *(row["question"] for row in rows)]:
        assert text.isprintable() and text == " ".join(text.split())
    lengths = [len(context.split()) for context in {row["context"] for row in rows}]
    assert (min(lengths), max(lengths)) == (66, 88)
    assert all(row["question"].endswith("?") for row in rows)


def test_no_question_occurs_twice_and_no_passages_are_alike(rows):
    counts = Counter(" ".join(words(row["question"])) for row in rows)
    assert [text for text, count in counts.items() if count > 1] == []
    passages = list(dict.fromkeys(row["context"] for row in rows))
    found = near_duplicates(passages, threshold=0.1)
    assert len(found), "no pair shares a tenth: the measure itself is broken"
    assert found["similarity"].max() < 0.15


def test_no_questions_are_alike_across_splits(rows):
    found = near_duplicates([row["question"] for row in rows], threshold=0.4)
    split, context = ([row[name] for row in rows] for name in ("split", "context"))
    pairs = list(zip(found["row"], found["other"], strict=True))
    assert [(rows[a]["question"], rows[b]["question"]) for a, b in pairs if split[a] != split[b]] == []
    assert all(context[a] == context[b] for a, b in pairs)


def test_whether_it_can_be_answered_shows_in_the_question_alone_only_in_part():
    """0.5 would be a coin; the card states what is left of the writer's habits."""
    known, asked = load_questions(), load_questions(split="test")
    known = [row for row in known if row.split != "test"]
    counts = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit([row.question for row in known])
    fitted = LogisticRegression(C=10).fit(
        counts.transform([row.question for row in known]), [bool(row.answers) for row in known]
    )
    scores = fitted.predict_proba(counts.transform([row.question for row in asked]))[:, 1]
    assert 0.55 < roc_auc_score([bool(row.answers) for row in asked], scores) < 0.8
