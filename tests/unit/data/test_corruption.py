"""The corrupter: as much damage as was asked for, no more, and the log says which."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentlab import data
from talentlab.chapters import dirty_corpus
from talentlab.errors import DataError

TEXTS = ["The bot is slow, but it works.", "Fine  work by a friendly nurse", "No", "", "模型 很好"]


def changed_words(before, after):
    """How many words differ, blanks ignored; both have equally many in each text."""
    pairs = [zip(one.split(), other.split(), strict=True) for one, other in zip(before, after, strict=True)]
    return sum(a != b for pair in pairs for a, b in pair)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5])
def test_exactly_the_share_of_words_gets_one_typo_each(share):
    texts = ["alpha beta gamma delta epsilon zeta eta theta"] * 5
    typed = data.add_typos(texts, share, seed=3)
    assert changed_words(texts, typed) == round(share * 40)
    for one, other in zip(" ".join(texts).split(), " ".join(typed).split(), strict=True):
        assert abs(len(one) - len(other)) <= 1


def test_every_word_can_get_a_typo_and_blanks_stay():
    typed = data.add_typos(TEXTS, 1.0)
    assert changed_words(TEXTS[:3], typed[:3]) == 7 + 6 + 1 and "  " in typed[1] and typed[3] == ""
    assert len(typed[4]) == 2 * 4 + 1  # a Chinese character can only be doubled


@pytest.mark.parametrize("damage", [data.add_typos, data.drop_words])
def test_damage_is_the_same_for_the_same_seed_and_grows_with_the_share(damage):
    texts = [" ".join(f"word{i}x{j}" for j in range(9)) for i in range(20)]
    assert damage(texts, 0.3, 1) == damage(texts, 0.3, 1) != damage(texts, 0.3, 2)
    less, more = (damage(texts, share, 1) for share in (0.2, 0.5))
    kept_by_less = [set(a.split()) & set(b.split()) for a, b in zip(texts, less, strict=True)]
    kept_by_more = [set(a.split()) & set(b.split()) for a, b in zip(texts, more, strict=True)]
    assert all(more <= less for more, less in zip(kept_by_more, kept_by_less, strict=True))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=6), st.floats(0, 1), st.integers(0, 99))
def test_no_text_is_emptied_and_none_is_lost(texts, share, seed):
    for result in (data.drop_words(texts, share, seed), data.add_typos(texts, share, seed)):
        assert [bool(t.split()) for t in result] == [bool(t.split()) for t in texts]


def test_dropping_takes_the_share_of_words():
    texts = ["one two three four five six seven eight nine ten"] * 10
    assert len(" ".join(data.drop_words(texts, 0.3)).split()) == 70
    assert [len(t.split()) for t in data.drop_words(texts, 1.0)] == [1] * 10


@pytest.mark.parametrize(("share", "count"), [(0, 0), (0.1, 5), (0.29, 14), (1, 50)])
def test_flipping_changes_exactly_these_rows(share, count):
    labels = np.arange(50) % 3
    flipped, which = data.flip_labels(labels, share, 3, seed=1)
    assert which.sum() == count and all(isinstance(label, int) for label in flipped)
    assert np.array_equal(np.array(flipped) != labels, which) and set(flipped) <= {0, 1, 2}
    assert which[data.flip_labels(labels, share / 2, 3, seed=1)[1]].all()


def test_flipped_labels_are_spread_evenly_over_the_other_classes():
    flipped, _ = data.flip_labels([0] * 3000, 1.0, 4)
    assert np.allclose(np.bincount(flipped, minlength=4), [0, 1000, 1000, 1000], atol=110)


@pytest.fixture
def frame():
    texts = [f"Review number {i} says that the assistant of ward {i * 7} isn't slow - it's good." for i in range(300)]
    splits = ["train"] * 200 + ["validation"] * 50 + ["test"] * 50
    return pd.DataFrame({"text": texts, "label": ["satisfied", "dissatisfied"] * 150, "split": splits, "sector": "x"})


def test_the_log_tells_the_whole_difference(frame):
    dirty, log = dirty_corpus.corrupt(frame, seed=4)
    counts = log["what"].value_counts()
    assert counts["flipped label"] == 20 and counts["mojibake"] == counts["replacement characters"] == 6
    assert counts["leaked copy"] == counts["leaked near copy"] == 6 and counts["empty text"] == 4
    assert len(dirty) == 300 + 24 and log["row"].is_unique
    column = log["what"].str.contains("label").map({True: "label", False: "text"})
    for entry, where in zip(log.itertuples(), column, strict=True):
        assert dirty.at[entry.row, where] == entry.after
        assert dirty.at[entry.row, "split"] == "train"
        assert (entry.before == entry.after) == (entry.what in ("exact duplicate", "leaked copy"))
        if not pd.isna(entry.copy_of):
            assert dirty.at[entry.copy_of, "text"] == entry.before
            assert dirty.at[entry.copy_of, "label"] == dirty.at[entry.row, "label"]
            assert dirty.at[entry.copy_of, "split"] == ("test" if "leaked" in entry.what else "train")
            assert "leaked" in entry.what or entry.copy_of < entry.row
    rest = dirty.drop(index=log["row"]).reset_index(drop=True)
    sources = set(frame["text"]) - set(log.loc[log["copy_of"].isna() & (column == "text"), "before"])
    relabelled = set(dirty.loc[log.loc[column == "label", "row"], "text"])
    assert rest["text"].tolist() == [t for t in frame["text"] if t in sources - relabelled]


def test_the_faults_look_as_they_should(frame):
    _, log = dirty_corpus.corrupt(frame, seed=4)
    after = {what: part["after"].tolist() for what, part in log.groupby("what")}
    assert all("\ufffd" in text for text in after["replacement characters"])
    assert all("â€" in text or "?" in text for text in after["mojibake"])
    assert all("<" in text for text in after["HTML remains"]) and not any(t.strip() for t in after["empty text"])
    assert all(label not in ("satisfied", "dissatisfied") for label in after["label spelling"])
    assert set(after["flipped label"]) == {"satisfied", "dissatisfied"}


def test_the_same_seed_gives_the_same_dirt_and_another_one_other_dirt(frame):
    (one, log_one), (same, log_same), (other, _) = (dirty_corpus.corrupt(frame, seed=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(one, same)
    pd.testing.assert_frame_equal(log_one, log_same)
    assert one["text"].tolist() != other["text"].tolist()


def test_without_any_share_nothing_happens_and_numbers_may_be_labels(frame):
    nothing = dict.fromkeys(("encodings", "html_remains", "empty", "spellings", "flipped", "duplicates", "leaked"), 0.0)
    dirty, log = dirty_corpus.corrupt(frame, **nothing)
    pd.testing.assert_frame_equal(dirty, frame, check_dtype=False)
    assert log.empty
    numbered = frame.assign(label=frame["label"].map({"satisfied": 1, "dissatisfied": 0}))
    dirty, log = dirty_corpus.corrupt(numbered)
    assert set(dirty["label"]) - {"0", "1"} == set(log.loc[log["what"] == "label spelling", "after"])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: data.add_typos(["a"], 1.5), "share=1.5"),
        (lambda f: data.drop_words(["a"], -0.1), "share=-0.1"),
        (lambda f: data.flip_labels([0, 3], 0.5, 2), "num_classes=2"),
        (lambda f: data.flip_labels([0, 0], 0.5, 1), "num_classes=1"),
        (lambda f: dirty_corpus.corrupt(f.drop(columns="split")), "split"),
        (lambda f: dirty_corpus.corrupt(f, flipped=0.9), "rows to damage of 200"),
        (lambda f: dirty_corpus.corrupt(f, leaked=0.9), "to leak of 50"),
        (lambda f: dirty_corpus.corrupt(f.assign(label="x")), "1 class"),
    ],
)
def test_what_cannot_be_done_is_refused(frame, call, words):
    with pytest.raises(DataError, match=words):
        call(frame)
