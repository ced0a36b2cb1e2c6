"""The course's yardstick: what it learns, what it chooses, and that it does so from the training texts alone."""

import numpy as np
import pytest
from sklearn.pipeline import FeatureUnion

from talentlab import evaluation
from talentlab.data import draw, load_labelled_text

FILLERS = ("the team", "a shop", "our train", "this screen", "my desk", "that ticket", "one form", "each call")


@pytest.fixture(scope="module")
def texts():
    """Texts whose class is one of two words, 32 in all."""
    return [f"{filler} was {word} {day}" for filler in FILLERS for word in ("splendid", "dreadful") for day in "12"]


@pytest.fixture(scope="module")
def labels(texts):
    return ["dreadful" in text for text in texts]


def test_it_learns_words(texts, labels):
    fitted = evaluation.fit_baseline(texts, labels)
    assert fitted.predict(["a splendid lunch", "dreadful weather"]).tolist() == [0, 1]
    assert fitted.decision_function(["a splendid lunch"])[0] < 0


def test_it_reads_chinese(texts):
    texts = [f"{what}很{word}" for what in ("房间", "早餐", "服务", "位置", "电梯", "大厅") for word in ("好", "差")]
    fitted = evaluation.fit_baseline(texts, [0, 1] * 6)
    assert fitted.predict(["泳池很好", "泳池很差"]).tolist() == [0, 1]


def test_pieces_of_words_join_where_they_help():
    """Words that never come twice, of two endings: only sequences of characters can tell the classes."""
    generator = np.random.default_rng(0)
    stems = ["".join(generator.choice(list("abcdefghijklmnop"), 6)) for _ in range(120)]
    fitted = evaluation.fit_baseline(
        [f"{stem}{('ozzle', 'unker')[i % 2]}" for i, stem in enumerate(stems)], [0, 1] * 60
    )
    assert isinstance(fitted[0], FeatureUnion)
    assert fitted.predict(["qwertyozzle", "qwertyunker"]).tolist() == [0, 1]


def test_words_alone_where_pieces_gain_nothing(texts, labels):
    assert not isinstance(evaluation.fit_baseline(texts, labels)[0], FeatureUnion)


@pytest.mark.parametrize("counts", [(1, 1), (1, 12), (2, 2), (3, 20, 4)])
def test_few_texts_and_rare_classes_are_no_obstacle(counts):
    labels = np.repeat(range(len(counts)), counts)
    fitted = evaluation.fit_baseline([f"word{label} number {i}" for i, label in enumerate(labels)], labels)
    assert set(fitted.predict([f"word{label}" for label in range(len(counts))])) <= set(range(len(counts)))


def test_equal_inputs_are_fitted_once(texts, labels):
    assert evaluation.fit_baseline(texts, labels) is evaluation.fit_baseline(list(texts), np.array(labels))
    assert evaluation.fit_baseline(texts, labels) is not evaluation.fit_baseline(texts, labels, seed=1)


def test_it_is_no_straw_man_on_the_bundled_reviews():
    """Logistic regression with C = 1 has 70.3 %, a linear machine on words 72.3 %, of the 300 test texts."""
    corpus = load_labelled_text("reviews")
    train, test = corpus.split("train"), corpus.split("test")
    fitted = evaluation.fit_baseline(train["text"], train["label"])
    assert (fitted.predict(test["text"]) == test["label"]).mean() == pytest.approx(0.723, abs=0.01)


def test_a_part_of_the_sectors_is_told_better_than_by_chance():
    """Four classes from 400 labels: the machine answers for several classes too."""
    corpus = load_labelled_text("reviews", label_column="sector")
    train, test = draw(corpus.split("train"), 400, 0), corpus.split("test")
    fitted = evaluation.fit_baseline(train["text"], train["label"])
    assert (fitted.predict(test["text"]) == test["label"]).mean() > 0.4
