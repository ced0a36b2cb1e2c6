"""Are the two finance corpora what their card says: balanced, whole situations in one split, no copies, not trivial?"""

import re
from collections import Counter

import pandas as pd
import pytest

from talentlab.data import load_labelled_text, near_duplicates
from talentlab.evaluation import fit_baseline, scores
from talentlab.runtime import corpus_file

SIZES = {
    "finance": {"train": 180, "validation": 54, "test": 90},
    "finance_zh": {"train": 186, "validation": 48, "test": 90},
}
TOPICS = {"earnings", "guidance", "orders", "deal", "credit", "legal", "people", "product", "costs", "macro", "analyst",
          "property", "governance"}  # fmt: skip


@pytest.fixture(scope="module", params=list(SIZES))
def table(request: pytest.FixtureRequest) -> pd.DataFrame:
    frame = pd.read_csv(corpus_file(request.param))
    frame.attrs["name"] = request.param
    return frame


def test_columns_sizes_and_values_are_those_of_the_card(table: pd.DataFrame) -> None:
    assert list(table) == ["text", "label", "topic", "situation", "split"]
    assert table["split"].value_counts().to_dict() == SIZES[table.attrs["name"]]
    assert set(table["topic"]) <= TOPICS
    assert table.attrs["name"] == "finance_zh" or set(table["topic"]) == TOPICS


def test_each_situation_has_one_sentence_of_each_class_and_lies_in_one_split(table: pd.DataFrame) -> None:
    for _, rows in table.groupby("situation"):
        assert sorted(rows["label"]) == ["negative", "neutral", "positive"]
        assert rows["split"].nunique() == 1 and rows["topic"].nunique() == 1


def test_lengths_and_signs(table: pd.DataFrame) -> None:
    chinese = table.attrs["name"] == "finance_zh"
    sizes = table["text"].str.len() if chinese else table["text"].str.split().str.len()
    assert sizes.between(10, 40).all()
    assert table["text"].map(lambda text: text.isprintable() and text == text.strip()).all()
    if chinese:
        assert [text for text in table["text"] if re.search(r"[,;!?\"'()]", text)] == []


def test_no_text_occurs_twice_and_none_resembles_another_of_another_situation(table: pd.DataFrame) -> None:
    assert not table["text"].str.casefold().duplicated().any()
    found = near_duplicates(table["text"].tolist(), threshold=0.1)
    assert len(found), "no pair shares a tenth: the measure itself is broken"
    assert found["similarity"].max() < 0.6
    situation = table["situation"].to_numpy()
    apart = found[situation[found["row"].astype(int)] != situation[found["other"].astype(int)]]
    assert apart["similarity"].max() < 0.3
    split = table["split"].to_numpy()
    assert apart[split[apart["row"].astype(int)] != split[apart["other"].astype(int)]]["similarity"].max() < 0.25


def test_no_opening_is_used_often(table: pd.DataFrame) -> None:
    """Templates would show as equal beginnings in several situations."""
    first = table["text"].map(
        lambda text: text[:5] if table.attrs["name"] == "finance_zh" else " ".join(text.split()[:4])
    )
    situations = Counter(opening for opening, _ in set(zip(first, table["situation"], strict=True)))
    assert [opening for opening, n in situations.items() if n >= 3] == []


def test_counting_words_solves_it_in_part_only(table: pd.DataFrame) -> None:
    corpus = load_labelled_text(table.attrs["name"])
    assert corpus.class_names == ("negative", "neutral", "positive") and not corpus.report.removed
    train, test = corpus.split("train"), corpus.split("test")
    said = fit_baseline(train["text"], train["label"]).predict(test["text"])
    assert 0.36 < scores(test["label"], said, num_classes=3)["accuracy"] < 0.75
