"""Are public data sets read in full, with the counts that their publishers state?"""

from collections import Counter
from collections.abc import Callable

import pytest

from talentlab.data.labelled import LabelledText, load_labelled_text
from talentlab.data.readers import read_table


@pytest.fixture
def load(real) -> Callable[..., LabelledText]:
    """A public set as the library reads it; no row is lost, and no evaluated text is in training."""

    def labelled_text(name: str, **options) -> LabelledText:
        data = load_labelled_text(str(real(name)), **options)
        removed = sum(len(places) for places in data.report.removed.values())
        assert data.report.rows_read == len(data.frame) + removed
        evaluated = set(data.frame.loc[data.frame["split"] != "train", "text"].str.casefold())
        assert not evaluated & set(data.split("train")["text"].str.casefold())
        return data

    return labelled_text


def labels_of(data: LabelledText, split: str) -> dict[str, int]:
    return Counter(data.class_names[label] for label in data.split(split)["label"])


def test_sst2_folder_without_quoting(real, load) -> None:
    train, notes = read_table(real("sst2/train.tsv.gz"))
    assert Counter(train["label"]) == {"1": 3610, "0": 3310} and notes == []
    data = load("sst2")
    assert data.report.rows_read == 6920 + 872 + 1821
    assert labels_of(data, "validation") == {"1": 444, "0": 428}
    assert labels_of(data, "test") == {"1": 909, "0": 912}
    assert len(data.report.removed["also in a later split"]) == 2  # the two that its publishers left in train and test
    assert len(data.split("train")) == 6920 - 2 - len(data.report.removed["duplicate"])


def test_chnsenticorp_folder_with_its_known_leaks(real, load) -> None:
    train, notes = read_table(real("chnsenticorp/train.tsv.gz"))
    assert Counter(train["label"]) == {"0": 4801, "1": 4799}
    assert train["text"].duplicated().sum() == 1351
    assert notes == ["train.tsv.gz was read without quoting: its quotation marks are part of the texts"]
    data = load("chnsenticorp")
    assert data.report.rows_read == 12_000
    assert labels_of(data, "validation") == {"0": 607, "1": 593}
    assert labels_of(data, "test") == {"0": 592, "1": 608}
    assert Counter(data.split("validation")["dup"])["1"] == 338 and Counter(data.split("test")["dup"])["1"] == 365
    assert set(data.report.removed) == {"conflicting labels", "duplicate", "also in a later split"}
    assert set(data.report.kept) == set(data.report.removed)


def test_financial_phrasebank_with_its_split_column(real, load) -> None:
    name = "financial_phrasebank/sentences_50agree.csv.gz"
    table, notes = read_table(real(name))
    assert Counter(table["label"]) == {"neutral": 2879, "positive": 1363, "negative": 604} and notes == []
    data = load(name)
    assert data.class_names == ("negative", "neutral", "positive")
    assert data.report.rows_read == 4846
    assert len(data.split("validation")) == 484 and len(data.split("test")) == 484
    # The 8 sentences that stand twice in train: 2 with two labels, which go, and 6 with one, which stay once.
    removed = {reason: len(places) for reason, places in data.report.removed.items()}
    assert removed == {"conflicting labels": 4, "duplicate": 6}
    assert len(data.split("train")) == 3878 - 10


def test_medical_abstracts_train_is_split_and_loses_its_contradictions(real, load) -> None:
    name = "medical_abstracts/train.csv.gz"
    table, _ = read_table(real(name))
    assert Counter(table["label"]) == {"1": 515, "2": 242, "3": 315, "4": 495, "5": 782}
    data = load(name)
    assert data.class_names == ("1", "2", "3", "4", "5")
    assert data.report.rows_read == 2349
    assert {reason: len(places) for reason, places in data.report.removed.items()} == {"conflicting labels": 231}
    assert Counter(data.frame["split"]) == {"test": 212, "validation": 191, "train": 1715}
    assert load(name).fingerprint == data.fingerprint != load(name, seed=1).fingerprint
