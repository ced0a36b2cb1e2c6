"""Are the two corpora of abstracts what their card says: balanced, of varied texts, without copies, not trivial?"""

import re
from collections import Counter

import pandas as pd
import pytest

from talentlab.data import load_labelled_text, near_duplicates
from talentlab.evaluation import fit_baseline, scores
from talentlab.runtime import corpus_file

SIZES = {  # of each field
    "abstracts": {"train": 32, "validation": 8, "test": 24},
    "abstracts_zh": {"train": 18, "validation": 4, "test": 14},
}
FIELDS = {"cancer", "circulation", "digestion", "infection", "nerves"}


@pytest.fixture(scope="module", params=list(SIZES))
def table(request: pytest.FixtureRequest) -> pd.DataFrame:
    frame = pd.read_csv(corpus_file(request.param))
    frame.attrs["name"] = request.param
    return frame


def test_columns_and_sizes_are_those_of_the_card(table: pd.DataFrame) -> None:
    assert list(table) == ["text", "label", "split"]
    assert set(table["label"]) == FIELDS
    for (split, _), rows in table.groupby(["split", "label"]):
        assert len(rows) == SIZES[table.attrs["name"]][split]


def test_lengths_and_signs(table: pd.DataFrame) -> None:
    chinese = table.attrs["name"] == "abstracts_zh"
    sizes = table["text"].str.len() if chinese else table["text"].str.split().str.len()
    assert sizes.between(*((22, 70) if chinese else (15, 50))).all()
    assert table["text"].map(lambda text: text.isprintable() and text == text.strip()).all()
    if chinese:  # full-width signs; the comma in 1,106 is one of a number
        assert [text for text in table["text"] if re.search(r"[;!?\"'()]|,(?!\d{3})", text)] == []


def test_no_text_resembles_another(table: pd.DataFrame) -> None:
    found = near_duplicates(table["text"].tolist(), threshold=0.05)
    assert len(found), "no pair shares a twentieth: the measure itself is broken"
    assert found["similarity"].max() < 0.2


def test_no_opening_is_used_often(table: pd.DataFrame) -> None:
    """Templates would show as equal beginnings."""
    chinese = table.attrs["name"] == "abstracts_zh"
    openings = Counter(table["text"].map(lambda text: text[:4] if chinese else " ".join(text.split()[:3])))
    assert [opening for opening, n in openings.items() if n >= 3] == []


def test_counting_words_solves_it_in_part_only(table: pd.DataFrame) -> None:
    corpus = load_labelled_text(table.attrs["name"])
    assert set(corpus.class_names) == FIELDS and not corpus.report.removed
    train, test = corpus.split("train"), corpus.split("test")
    said = fit_baseline(train["text"], train["label"]).predict(test["text"])
    assert 0.3 < scores(test["label"], said, num_classes=5)["accuracy"] < 0.7
