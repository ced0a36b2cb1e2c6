"""Detectors against hand-made cases, and against what scikit-learn and counting say."""

import html
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from talentlab import data, evaluation, models
from talentlab.chapters import dirty_corpus
from talentlab.errors import DataError

REVIEWS = Path(__file__).parents[3] / "course" / "data" / "reviews.csv"


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("<p>It isn&#x27;t slow.</p>", "It isn't slow."),
        ("one<br />two &amp; three&nbsp;", "one two & three"),
        ('<a href="x">link</a> <!-- note --> end', "link end"),
        ("5 < 7 and 8 > 3, AT&T, a &b; c", "5 < 7 and 8 > 3, AT&T, a &b; c"),
        ("  untouched   blanks ", "  untouched   blanks "),
        ("<div>deep <span>deeper <i>still</i></span></div>up", "deep deeper still up"),
        ("wo<b title='a > b'>r</b>d<script>var a = 1</script>", "wo r d"),
        ("a <!-- b\n<i>c</i> --> d", "a d"),
        ("https://x.org/?a=1&copy=2", "https://x.org/?a=1&copy=2"),
        ("https://x.org/?a=1&amp;copy=2", "https://x.org/?a=1&copy=2"),
        ("1 &lt; 2 &amp;amp; &lt;p&gt; AT&T &b; &nothing;", "1 < 2 &amp; <p> AT&T &b; &nothing;"),
        ("It isn&#x27;t<a href=", "It isn't<a href="),  # cut off within a tag: some of Python's parsers drop it
        ("I <3 it </3 > <!-- but", "I <3 it </3 > <!-- but"),
        ("file.txt", "file.txt"),
    ],
)
def test_html_goes_and_everything_else_stays(dirty, clean):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert data.strip_html(dirty) == clean


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>&;#/!-ab 3\n'\"é很", max_size=20))
def test_any_text_written_as_html_comes_back(text):
    read = data.strip_html(html.escape(text))
    assert read == (text if html.escape(text) == text else " ".join(text.split()))
    assert data.strip_html(text) == text or "<" in text or "&" in text


@pytest.mark.parametrize(
    "text",
    [
        "café, naïve, Zürich",
        "“fine” – it’s … €5",
        "模型很好",
        "à la carte",
        "ÄÖÜ",
        "Ã",
        "plain",
        "un “CAFÉ”",
        "MARQUÉ…",
    ],
)
def test_correct_text_is_no_mojibake_and_the_wrong_decoding_is_undone(text):
    assert data.repair_mojibake(text) == text
    wrong = dirty_corpus._mojibake(text, lossy=False)
    assert wrong != text and data.repair_mojibake(wrong) == (text if not text.isascii() else text + "…")


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from("这个助手回答很快也准确医院的排班系统又出错了"), min_size=4, max_size=18, unique=True))
def test_wrongly_decoded_chinese_is_repaired_from_four_different_characters_on(characters):
    text = "".join(characters)
    assert data.repair_mojibake(text) == text
    assert data.repair_mojibake(dirty_corpus._mojibake(text, lossy=False)) == text


def test_the_bundled_reviews_hold_neither_html_nor_mojibake():
    for text in pd.read_csv(REVIEWS)["text"]:
        assert data.strip_html(text) == text == data.repair_mojibake(text)
        read = data.repair_mojibake(dirty_corpus._mojibake(text, lossy=False))
        assert data.repair_mojibake(read) == read and "â€" not in read and not read.isascii()


def test_labels_find_their_class_by_spelling_or_not_at_all():
    names = ["satisfied", "dissatisfied"]
    written = [" Satisfied ", "DISSATISFIED.", "satisfid", "dissatisfie", "unclear", None, "satisfied"]
    found = ["satisfied", "dissatisfied", "satisfied", "dissatisfied", None, None, "satisfied"]
    assert dirty_corpus.unify_labels(written, names) == found
    assert dirty_corpus.unify_labels(["1.0", 1, "-1", " 10. ", "2"], ["-1", "1", "10"]) == ["1", "1", "-1", "10", None]
    with pytest.raises(DataError, match="Yes"):
        dirty_corpus.unify_labels(["yes"], ["Yes", "yes "])


def jaccard(one, other, letters=4):
    grams = [{t[i : i + letters] for i in range(len(t) - letters + 1)} for t in (f" {one} ", f" {other} ")]
    return len(grams[0] & grams[1]) / len(grams[0] | grams[1])


def test_near_duplicates_are_those_that_counting_finds():
    texts = ["the nurse was kind today", "the nurse was kind today!", "the nurse was blind today", "no relation", "ab"]
    table = data.near_duplicates(texts, threshold=0.3)
    wanted = {
        (j, i): jaccard(texts[i], texts[j]) for j in range(5) for i in range(j) if jaccard(texts[i], texts[j]) >= 0.3
    }
    assert {(r.row, r.other) for r in table.itertuples()} == set(wanted) and len(wanted) == 3
    assert all(r.similarity == pytest.approx(wanted[r.row, r.other]) for r in table.itertuples())
    assert table["similarity"].is_monotonic_decreasing


def test_case_and_repeated_blanks_make_no_difference():
    table = data.near_duplicates(["the same text", "unlike", "The SAME  text"], threshold=0.9)
    assert table.to_dict("records") == [{"row": 2, "other": 0, "similarity": 1.0}]
    assert data.near_duplicates([], threshold=0.5).empty
    with pytest.raises(DataError, match="threshold=0"):
        data.near_duplicates(["a"], threshold=0)


def test_chinese_texts_are_compared_in_pairs_of_characters():
    texts = ["这个助手回答很快也很准确", "这个助手回答得很快很准确", "医院的排班系统又出错了"]
    (pair,) = data.near_duplicates(texts, threshold=0.5).itertuples()
    assert (pair.row, pair.other) == (1, 0) and pair.similarity == pytest.approx(jaccard(*texts[:2], letters=2))


def test_blocks_of_many_texts_join_without_a_seam():
    texts = [f"text {i} about {i * 31} things" for i in range(1100)]
    texts[1050] = texts[5]
    table = data.near_duplicates(texts, threshold=0.99)
    assert table[["row", "other"]].to_numpy().tolist() == [[1050, 5]]


def test_flipped_labels_are_found_where_the_classes_are_clear():
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], 100)
    features = np.eye(3)[truth] * 4 + rng.normal(size=(300, 3))
    given, flipped = data.flip_labels(truth, 0.1, 3, seed=1)
    issues = evaluation.label_issues(given, evaluation.out_of_fold_probabilities(features, given))
    score = dirty_corpus.judge_detector(np.flatnonzero(issues["suspect"]), np.flatnonzero(flipped))
    assert score["precision"].value > 0.85 and score["recall"].value > 0.75
    assert (issues["suggested"][flipped] == truth[flipped]).mean() > 0.75


def test_a_detector_is_judged_by_found_missed_and_false_alarms():
    score = dirty_corpus.judge_detector([1, 2, 3, 9], [1, 2, 4])
    assert (score["found"], score["missed"], score["false_alarms"]) == (2, 1, 2)
    assert score["precision"].value == 0.5 and score["recall"].value == pytest.approx(2 / 3)
    assert score["precision"].low < 0.5 < score["precision"].high
    assert dirty_corpus.judge_detector([], [1])["precision"] is None
    assert dirty_corpus.judge_detector([1], [])["recall"] is None


def test_sentence_vectors_do_not_depend_on_batch_or_padding():
    tokenizer, model = models.load_pretrained("minilm")
    texts = ["good", "The assistant was of no help to anyone in the whole building.", "fine work"]
    rows = data.tokenize(tokenizer, texts, [0, 0, 0], 32)
    together = models.embed(model.train(), rows, precision="fp32")
    alone = models.embed(model, rows, batch_size=1, precision="fp32")
    assert model.training and together.shape == (3, 384)
    assert together == pytest.approx(alone, abs=1e-5) and np.linalg.norm(together, axis=1) == pytest.approx(np.ones(3))
    with torch.inference_mode():
        states = model.eval().base_model(**tokenizer(texts[1], return_tensors="pt")).last_hidden_state
    mean = states[0].mean(0).numpy()
    assert together[1] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_the_whole_repair_of_a_dirty_frame():
    texts = [
        f"Review {i}: the desk in room {i * 13 % 97} isn't what {i * 7919 % 1013} people hoped." for i in range(400)
    ]
    frame = pd.DataFrame({"text": texts, "label": ["yes", "no"] * 200, "split": ["train"] * 300 + ["test"] * 100})
    dirty, log = dirty_corpus.corrupt(frame)
    for what, repair in (("HTML remains", data.strip_html), ("mojibake", data.repair_mojibake)):
        found = [row for row, text in enumerate(dirty["text"]) if repair(text) != text]
        score = dirty_corpus.judge_detector(found, log.loc[log["what"] == what, "row"])
        assert score["false_alarms"] == 0 and score["recall"].value >= 0.5
