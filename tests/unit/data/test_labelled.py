"""Does `load_labelled_text` find texts and labels, clean them with a full account, and split them as promised?"""

import json
from collections import Counter
from pathlib import Path

import datasets
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talentlab.data.labelled import CLASS_NAMES, SPLITS, CleaningReport, LabelledText, load_labelled_text
from talentlab.errors import DataError

quickly = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def good_rows(n: int, labels: tuple = ("bad", "good"), split: str | None = None, word: str = "sample") -> list[dict]:
    """Clean rows, all different, the labels in turn."""
    rows = [{"text": f"{word} number {i}", "label": labels[i % len(labels)]} for i in range(n)]
    return [row | {"split": split} for row in rows] if split else rows


def three_splits(extra: list[dict]) -> list[dict]:
    """Twelve clean rows in each split, then `extra`, whose first row is row 38 of a CSV file."""
    return [row for split in SPLITS for row in good_rows(12, split=split, word=split)] + extra


def load(folder: Path, rows: list[dict], name: str = "data.csv", **options) -> LabelledText:
    path = folder / name
    if name.endswith(".jsonl"):
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    else:
        pd.DataFrame(rows, dtype=object).to_csv(path, index=False, sep="\t" if ".tsv" in name else ",")
    return load_labelled_text(str(path), **options)


def assert_consistent(data: LabelledText) -> None:
    """What every result promises, whatever the source was."""
    frame, report = data.frame, data.report
    assert {"text", "label", "split", "place"} <= set(frame.columns)
    assert list(frame.index) == list(range(len(frame)))
    assert set(frame["split"]) == set(SPLITS)
    assert len(data.class_names) >= 2 and set(frame["label"]) <= set(range(len(data.class_names)))
    assert all(text and text == " ".join(text.split()) and "\ufffd" not in text for text in frame["text"])
    gone = [place for places in report.removed.values() for place in places]
    assert report.rows_read == len(frame) + len(gone)
    assert len(set(gone) | set(frame["place"])) == report.rows_read  # every row has one fate
    assert {place for places in report.kept.values() for place in places} <= set(frame["place"])
    train = data.split("train")["text"].str.casefold()
    assert train.is_unique
    assert not set(train) & set(frame.loc[frame["split"] != "train", "text"].str.casefold())


# Sources and columns


def test_reviews_are_the_default() -> None:
    data = load_labelled_text()
    assert len(data.frame) == 1600 and data.frame.at[0, "place"] == "reviews.csv row 2"


@pytest.mark.parametrize("name", CLASS_NAMES)
def test_bundled_corpora_need_no_cleaning(name: str) -> None:
    data = load_labelled_text(name)
    assert_consistent(data)
    assert data.report == CleaningReport(rows_read=len(data.frame))
    classes = {
        "abstracts": ("cancer", "circulation", "digestion", "infection", "nerves"),
        "finance": ("negative", "neutral", "positive"),
    }
    assert data.class_names == classes.get(name.removesuffix("_zh"), ("dissatisfied", "satisfied"))


def test_bundled_reviews_take_another_label_column_and_an_order_of_classes() -> None:
    assert load_labelled_text(label_column="sector").class_names == (
        "education", "finance", "healthcare", "manufacturing",
    )  # fmt: skip
    first = load_labelled_text().frame["label"]
    for names in (("satisfied", "dissatisfied"), ("1", "0")):
        turned = load_labelled_text(class_names=names)
        assert turned.class_names == ("satisfied", "dissatisfied")
        assert (turned.frame["label"] == 1 - first).all()


def test_a_folder_gives_its_own_splits(tmp_path: Path) -> None:
    for name, n in (("train.tsv", 30), ("dev.tsv", 6), ("test.tsv", 8)):
        pd.DataFrame(good_rows(n, word=name)).to_csv(tmp_path / name, sep="\t", index=False)
    data = load_labelled_text(str(tmp_path))
    assert_consistent(data)
    assert Counter(data.frame["split"]) == {"train": 30, "validation": 6, "test": 8}
    assert data.split("validation").at[0, "place"] == "dev.tsv row 2"
    assert data.report.notes == []


def test_a_folder_with_train_only_is_split(tmp_path: Path) -> None:
    pd.DataFrame(good_rows(100)).to_csv(tmp_path / "train.csv", index=False)
    data = load_labelled_text(str(tmp_path))
    assert Counter(data.frame["split"]) == {"train": 81, "validation": 9, "test": 10}


@pytest.mark.parametrize("given", [("sentence", "Sentiment"), ("REVIEW", "class"), ("abstract", "y")])
def test_columns_are_found_by_their_usual_names(tmp_path: Path, given: tuple[str, str]) -> None:
    rows = [{given[0]: row["text"], "id": 7, given[1]: row["label"]} for row in good_rows(40)]
    data = load(tmp_path, rows)
    assert data.frame["text"].str.startswith("sample number").all() and data.class_names == ("bad", "good")
    assert set(data.frame["id"]) == {"7"}  # whatever else the source had stays


def test_columns_that_are_given_win_over_usual_names(tmp_path: Path) -> None:
    rows = [row | {"title": f"title {i}", "stars": i % 3} for i, row in enumerate(good_rows(60))]
    data = load(tmp_path, rows, text_column="title", label_column="stars")
    assert data.frame["text"].str.startswith("title").all() and data.class_names == ("0", "1", "2")
    assert not {"title", "stars"} & set(data.frame.columns)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text_column": "body"}, "no text column 'body'; there are"),
        ({"label_column": "stars"}, "no label column 'stars'; there are"),
        ({"text_column": "place"}, "no text column 'place'"),
        ({"label_column": "split"}, "no label column 'split'"),
    ],
)
def test_a_column_that_is_not_there_is_named(tmp_path: Path, options: dict, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        load(tmp_path, good_rows(40, split="train"), **options)
    assert "'text', 'label'" in str(caught.value)


def test_a_table_without_usual_names_asks_for_the_column(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has \['a', 'label'\]") as caught:
        load(tmp_path, [{"a": "x", "label": 1}] * 30)
    assert "text_column" in caught.value.remedy


def test_a_column_named_place_in_the_source_is_replaced_with_a_note(tmp_path: Path) -> None:
    data = load(tmp_path, [row | {"place": "Rome"} for row in good_rows(40)])
    assert "Rome" not in set(data.frame["place"])
    assert any("`place`" in note for note in data.report.notes)


# Labels


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ((1, 0), ("0", "1")),
        ((10, 9, 2), ("2", "9", "10")),
        ((-1, 0, 1), ("-1", "0", "1")),
        (("pos", "neg"), ("neg", "pos")),
        (("b", "2", "a", "10"), ("2", "10", "a", "b")),
        (("差评", "好评"), ("好评", "差评")),
        ((1.0, "1", " 1 ", 0, "0.0", "0"), ("0", "1")),
        ((True, False), ("False", "True")),
    ],
)
def test_labels_become_numbers_in_a_natural_order(tmp_path: Path, labels: tuple, names: tuple) -> None:
    rows = good_rows(120, labels)
    data = load(tmp_path, rows, "data.jsonl")
    assert data.class_names == names and data.report.removed == {}
    told = {row["text"]: str(row["label"]).strip().removesuffix(".0") for row in rows}
    assert [data.class_names[label] for label in data.frame["label"]] == [told[text] for text in data.frame["text"]]


def test_class_names_set_the_order_and_bar_other_labels(tmp_path: Path) -> None:
    data = load(tmp_path, good_rows(90, ("a", "b", "c")), class_names=("c", "a"))
    assert data.class_names == ("c", "a")
    assert data.report.removed == {"unknown label": [f"data.csv row {row}" for row in range(3, 92, 3)]}


@pytest.mark.parametrize("labels", [("one",), tuple(f"{i / 7}" for i in range(40)), (None,)])
def test_a_column_that_holds_no_classes_is_refused(tmp_path: Path, labels: tuple) -> None:
    with pytest.raises(DataError, match="different values in 40 training rows"):
        load(tmp_path, good_rows(40, labels))


def test_class_names_that_never_occur_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No row is left") as caught:
        load(tmp_path, good_rows(40), class_names=("x", "y"))
    assert "'unknown label': 40" in str(caught.value)


# Cleaning: every finding, with its place and nothing else


@pytest.mark.parametrize(
    ("extra", "removed"),
    [
        ([{"text": "", "label": "good"}], {"empty text": [38]}),
        ([{"text": " \t \u3000 ", "label": "good"}, {"text": None, "label": "bad"}], {"empty text": [38, 39]}),
        ([{"text": "a", "label": None}, {"text": "b", "label": " "}], {"missing label": [38, 39]}),
        (
            [{"text": mark, "label": mark} for mark in ("N/A", "null", "?", "-", "NaN")],
            {"missing label": [38, 39, 40, 41, 42]},
        ),
        ([{"text": "half a char\ufffdcter", "label": "bad"}], {"wrong encoding": [38]}),
        ([{"text": "a control \x00 character", "label": "bad"}], {"wrong encoding": [38]}),
        ([{"text": "a colour\x1b[0m code", "label": "bad"}], {"wrong encoding": [38]}),
        ([{"text": "Train  NUMBER 3", "label": "good"}], {"duplicate": [38]}),
        ([{"text": "new", "label": "bad"}] * 3, {"duplicate": [39, 40]}),
        ([{"text": "x", "label": "bad"}, {"text": "X ", "label": "good"}], {"conflicting labels": [38, 39]}),
        ([{"text": "train number 3", "label": "bad"}], {"conflicting labels": [5, 38]}),
        ([{"text": "test number 3", "label": "good"}], {"also in a later split": [38]}),
        ([{"text": "VALIDATION number 3", "label": "bad"}], {"also in a later split": [38]}),
        ([{"text": "test number 3", "label": "good"}] * 2, {"duplicate": [39], "also in a later split": [38]}),
        ([{"text": "", "label": None}], {"missing label": [38]}),
    ],
)
def test_a_training_row_that_teaches_something_false_is_removed(
    tmp_path: Path, extra: list[dict], removed: dict
) -> None:
    data = load(tmp_path, three_splits([row | {"split": "train"} for row in extra]))
    assert data.report.removed == {what: [f"data.csv row {row}" for row in rows] for what, rows in removed.items()}
    assert data.report.kept == {} and data.report.notes == []
    assert_consistent(data)


@pytest.mark.parametrize("text", [["a", "list"], {"a": 1}])
def test_what_is_no_text_is_removed(tmp_path: Path, text: object) -> None:
    rows = three_splits([{"text": text, "label": "good", "split": "train"}])
    assert load(tmp_path, rows, "data.jsonl").report.removed == {"not a text": ["data.jsonl row 37"]}


def test_parquet_missing_values_lists_and_bytes_are_reported(tmp_path: Path) -> None:
    frame = pd.DataFrame(good_rows(43, (0, 1)))
    frame["label"] = frame["label"].astype("Int64")
    frame["text"] = frame["text"].astype(pd.StringDtype(na_value=pd.NA))
    frame.loc[40, "text"], frame.loc[41, "label"] = pd.NA, pd.NA
    frame.to_parquet(tmp_path / "a.parquet")
    report = load_labelled_text(str(tmp_path / "a.parquet")).report
    assert report.removed == {"missing label": ["a.parquet row 42"], "empty text": ["a.parquet row 41"]}
    for texts in ([[b"x"]] * 43, [b"x"] * 43):
        frame.assign(text=texts).to_parquet(tmp_path / "a.parquet")
        with pytest.raises(DataError, match="No row is left") as caught:
            load_labelled_text(str(tmp_path / "a.parquet"))
        assert "'not a text': 42" in str(caught.value)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_a_given_evaluation_split_keeps_what_it_repeats_and_says_so(tmp_path: Path, split: str) -> None:
    extra = [
        {"text": f"{split} number 3", "label": "good"},
        {"text": "x", "label": "bad"},
        {"text": "x", "label": "good"},
    ]
    data = load(tmp_path, three_splits([row | {"split": split} for row in extra]))
    assert data.report.removed == {}
    assert data.report.kept == {
        "conflicting labels": ["data.csv row 39", "data.csv row 40"],
        "duplicate": ["data.csv row 38"],
    }
    assert len(data.split(split)) == 15
    assert_consistent(data)


def test_a_text_in_validation_and_test_is_kept_and_reported_once(tmp_path: Path) -> None:
    data = load(tmp_path, three_splits([{"text": "test number 3", "label": "good", "split": "dev"}]))
    assert data.report.removed == {}
    assert data.report.kept == {"also in a later split": ["data.csv row 38"]}


def test_a_label_that_training_never_saw_is_removed_from_evaluation(tmp_path: Path) -> None:
    data = load(tmp_path, three_splits([{"text": "new", "label": "so-so", "split": "test"}]))
    assert data.report.removed == {"unknown label": ["data.csv row 38"]}


def folder_of(tmp_path: Path, train: str, test: str) -> str:
    """A folder of two files with 40 and 20 rows; `{n}` in a row is its number, `{label}` its label in turn."""
    for name, text, count in (("train", train, 40), ("test", test, 20)):
        head, _, row = text.partition("|")
        rows = [row.format(n=f"{name} number {n}", label=("bad", "good")[n % 2]) for n in range(count)]
        (tmp_path / f"{name}.csv").write_text("\n".join([head, *rows]))
    return str(tmp_path)


@pytest.mark.parametrize(
    "test",
    ["Text,Label|{n},{label}", "sentence,category|{n},{label}", "id,label,text|7,{label},{n}", "TEXT,y|{n},{label}"],
)
def test_each_file_of_a_folder_may_name_its_columns_in_its_own_way(tmp_path: Path, test: str) -> None:
    data = load_labelled_text(folder_of(tmp_path, "text,label|{n},{label}", test))
    assert data.split("test")["text"].str.startswith("test").sum() == 20
    assert data.report.removed == {} and data.report.rows_read == 60
    assert [note for note in data.report.notes if "test" in note] == []


def test_a_test_file_without_labels_is_set_aside_and_said(tmp_path: Path) -> None:
    data = load_labelled_text(folder_of(tmp_path, "text,label|{n},{label}", "text|{n}"))
    assert data.report.removed == {"missing label": [f"test.csv row {row}" for row in range(2, 22)]}
    assert "the test split has no labels: it was set aside" in data.report.notes
    assert data.split("test")["text"].str.startswith("train").all()


@pytest.mark.parametrize("label", ["POS", "-1", "Good"])
def test_a_test_file_whose_labels_training_does_not_know_is_refused(tmp_path: Path, label: str) -> None:
    with pytest.raises(DataError, match=f"test split has the labels \\['{label}'") as caught:
        load_labelled_text(folder_of(tmp_path, "text,label|{n},{label}", "text,label|{n}," + label))
    assert "('bad', 'good')" in caught.value.received


def test_a_test_file_without_texts_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"test\.csv has \['id', 'label'\]"):
        load_labelled_text(folder_of(tmp_path, "text,label|{n},{label}", "id,label|7{n},{label}"))


def test_a_test_file_without_a_header_is_read(tmp_path: Path) -> None:
    data = load_labelled_text(folder_of(tmp_path, "text,label|{n},{label}", "first of test,bad|{n},{label}"))
    assert len(data.split("test")) == 21 and "first of test" in set(data.frame["text"])
    assert "test.csv has no header line: its columns are ['text', 'label']" in data.report.notes


def test_a_damaged_text_is_removed_from_evaluation_too(tmp_path: Path) -> None:
    data = load(tmp_path, three_splits([{"text": "\ufffd", "label": "bad", "split": "test"}]))
    assert data.report.removed == {"wrong encoding": ["data.csv row 38"]}


def test_places_count_from_one_in_jsonl_and_pass_over_blank_lines(tmp_path: Path) -> None:
    lines = [json.dumps(row) for row in good_rows(40)]
    (tmp_path / "a.jsonl").write_text("\n\n".join([*lines, '{"text": "", "label": "bad"}']), encoding="utf-8")
    assert load_labelled_text(str(tmp_path / "a.jsonl")).report.removed == {"empty text": ["a.jsonl row 81"]}


def test_white_space_is_folded_and_nothing_else_changed(tmp_path: Path) -> None:
    data = load(tmp_path, three_splits([{"text": " 很好 ,\n\tÉté  “OK”!\u3000 ", "label": "good", "split": "test"}]))
    assert data.frame["text"].iloc[-1] == "很好 , Été “OK”!"


def test_training_rows_that_all_repeat_evaluation_are_refused(tmp_path: Path) -> None:
    rows = good_rows(10, split="train") + good_rows(10, split="test") + good_rows(10, split="dev", word="other")
    with pytest.raises(DataError, match="After cleaning, the training rows hold 0 class") as caught:
        load(tmp_path, rows)
    assert "'also in a later split': 10" in str(caught.value)


def test_a_file_of_empty_texts_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No row is left") as caught:
        load(tmp_path, [row | {"text": " "} for row in good_rows(30)])
    assert "'empty text': 30" in str(caught.value)


def test_the_report_as_a_table_has_one_line_per_finding() -> None:
    report = CleaningReport(
        removed={"duplicate": ["a row 2", "a row 3", "a row 4", "a row 5"]}, kept={"x": ["b row 1"]}
    )
    assert report.table().to_numpy().tolist() == [
        ["duplicate", "removed", 4, "a row 2, a row 3, a row 4"],
        ["x", "kept", 1, "b row 1"],
    ]
    assert list(CleaningReport().table().columns) == ["finding", "action", "rows", "first places"]


# Splits


@pytest.mark.parametrize("column", ["split", "Split"])
@pytest.mark.parametrize("validation", ["dev", "valid", "val", "validation", " Dev "])
def test_splits_of_the_source_are_known_by_their_usual_names(tmp_path: Path, column: str, validation: str) -> None:
    of_source = {"train": "TRAIN", "validation": validation, "test": "test"}
    rows = [{"text": r["text"], "label": r["label"], column: of_source[r["split"]]} for r in three_splits([])]
    data = load(tmp_path, rows)
    assert (data.frame["split"] == [word.split()[0] for word in data.frame["text"]]).all()
    assert data.report.notes == []


@pytest.mark.parametrize("name", ["holdout", None, "1"])
def test_an_unknown_split_is_refused_with_its_row(tmp_path: Path, name: str | None) -> None:
    with pytest.raises(DataError, match=r"data\.csv row 38: split "):
        load(tmp_path, three_splits([{"text": "x", "label": "good", "split": name}]))


def test_drawn_splits_are_stratified_and_hang_on_the_seed_only(tmp_path: Path) -> None:
    rows = good_rows(400, ("a", "a", "a", "b", "b", "c", "c", "c", "c", "c"))
    first, same, other = (load(tmp_path, rows, seed=seed) for seed in (1, 1, 2))
    assert first.fingerprint == same.fingerprint != other.fingerprint
    for data in (first, other):
        assert Counter(data.frame["split"]) == {"train": 324, "validation": 36, "test": 40}
        for split in SPLITS:
            shares = data.split(split)["label"].value_counts(normalize=True).sort_index()
            assert shares.tolist() == pytest.approx([0.3, 0.2, 0.5], abs=0.02)
    assert [note.split(":")[0] for note in first.report.notes] == [
        "no test split with labels was given", "no validation split with labels was given",
    ]  # fmt: skip


def test_only_the_split_that_is_missing_is_drawn(tmp_path: Path) -> None:
    rows = good_rows(100, split="train", word="train") + good_rows(20, split="test", word="test")
    data = load(tmp_path, rows)
    assert data.split("test")["text"].tolist() == [row["text"] for row in rows[100:]]
    assert Counter(data.frame["split"]) == {"train": 90, "validation": 10, "test": 20}


@pytest.mark.parametrize("counts", [(2001, 3), (40, 40, 5), (11, 9, 3, 4), (3, 3)])
def test_every_class_stands_in_every_split_that_is_drawn(tmp_path: Path, counts: tuple[int, ...]) -> None:
    rows = [{"text": f"{label} {i}", "label": label} for label, n in enumerate(counts) for i in range(n)]
    for seed in range(3):
        data = load(tmp_path, rows, seed=seed)
        assert all(set(data.split(split)["label"]) == set(range(len(counts))) for split in SPLITS)
        assert data.report.removed == {} and len(data.frame) == sum(counts)
        for note in data.report.notes:  # what is called stratified is
            share = len(data.split("test" if "test" in note else "validation")) / len(data.frame)
            assert "each class has one" in note or share == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize("n", [1, 2])
def test_a_class_too_rare_for_every_split_is_set_aside_counted_and_named(tmp_path: Path, n: int) -> None:
    rows = [*good_rows(40, ("bad", "good")), *[{"text": f"rare {i}", "label": "even rarer"} for i in range(n)]]
    data = load(tmp_path, rows)
    assert data.class_names == ("bad", "good")
    assert data.report.removed == {"class with too few rows": [f"data.csv row {42 + i}" for i in range(n)]}
    assert data.report.notes[0] == f"set aside, with too few rows to stand in every split: even rarer ({n})"
    assert_consistent(data)


def test_a_class_without_a_row_in_a_split_that_was_given_is_named(tmp_path: Path) -> None:
    rows = three_splits([{"text": f"new {i}", "label": "odd", "split": "train"} for i in range(5)])
    data = load(tmp_path, rows)
    assert data.report.notes == ["the test split has no row of: odd", "the validation split has no row of: odd"]
    assert data.class_names == ("bad", "good", "odd") and data.report.removed == {}


def test_too_few_rows_are_refused_with_their_counts(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be split with every class in each part") as caught:
        load(tmp_path, good_rows(4))
    assert "{'bad': 2, 'good': 2}" in str(caught.value)


def test_the_fingerprint_changes_with_a_text_a_label_or_a_split_and_with_nothing_else(tmp_path: Path) -> None:
    rows = three_splits([])
    base = load(tmp_path, rows).fingerprint
    assert len(base) == 12 and int(base, 16) >= 0
    assert load(tmp_path, [row | {"note": 1} for row in rows]).fingerprint == base
    for change in ({"text": "other"}, {"label": "bad"}, {"split": "train"}):
        assert load(tmp_path, [*rows[:-1], rows[-1] | change]).fingerprint != base


# Paths that are none, and the Hub


@pytest.mark.parametrize("source", ["./nowhere", "nowhere.csv", "nowhere.JSONL.GZ", "~nobody-of-that-name/a.csv"])
def test_a_path_that_does_not_exist_never_goes_to_the_hub(monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.setattr(datasets, "load_dataset", lambda *_: pytest.fail("asked the Hub for a path"))
    with pytest.raises(DataError, match="does not exist") as caught:
        load_labelled_text(source)
    assert "reviews" in caught.value.remedy


def offline(*_: object) -> None:
    raise ConnectionError("Couldn't reach the Hub\nmore lines")


def test_a_hub_name_without_network_names_the_offline_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "load_dataset", offline)
    with pytest.raises(DataError, match="'owner/name' is neither bundled nor a path") as caught:
        load_labelled_text("owner/name")
    assert "ConnectionError: Couldn't reach the Hub." in caught.value.received
    assert "`reviews`" in caught.value.remedy and isinstance(caught.value.__cause__, ConnectionError)


def hub_split(n: int, labels: tuple, word: str) -> datasets.Dataset:
    """A split with class names, and a second column of class numbers that comes first."""
    features = datasets.Features(
        coarse=datasets.ClassLabel(names=["x", "y", "z"]),
        text=datasets.Value("string"),
        label=datasets.ClassLabel(names=["negative", "neutral", "positive"]),
    )
    rows = [{"coarse": i % 2 * 2, "text": f"{word} {i}", "label": labels[i % len(labels)]} for i in range(n)]
    return datasets.Dataset.from_list(rows, features=features)


def test_a_hub_data_set_keeps_its_splits_and_class_names(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    splits = datasets.DatasetDict(
        train=hub_split(30, (2, 0), "train"), validation=hub_split(6, (2, 0), "dev"), test=hub_split(6, (-1,), "test")
    )
    monkeypatch.setattr(datasets, "load_dataset", lambda *args: asked.append(args) or splits)
    data = load_labelled_text("owner/name:small")
    assert asked == [("owner/name", "small")]
    assert data.class_names == ("negative", "positive")  # only those that occur
    assert data.split("validation")["label"].tolist() == [1, 0] * 3
    assert data.split("validation").at[0, "place"] == "validation row 1"
    assert data.report.removed == {"missing label": [f"test row {row}" for row in range(1, 7)]}
    assert data.report.notes == [
        "the test split has no labels: it was set aside",
        "no test split with labels was given: drew 3 rows, stratified by label, seed 0",
    ]
    assert_consistent(data)


def test_class_names_of_a_hub_data_set_belong_to_the_chosen_column(monkeypatch: pytest.MonkeyPatch) -> None:
    splits = datasets.DatasetDict(train=hub_split(60, (0, 1, 2), "train"))
    monkeypatch.setattr(datasets, "load_dataset", lambda *_: splits)
    assert load_labelled_text("name").class_names == ("negative", "neutral", "positive")
    assert load_labelled_text("name", label_column="coarse").class_names == ("x", "z")
    turned = load_labelled_text("name", class_names=("positive", "negative"))
    assert turned.class_names == ("positive", "negative") and len(turned.report.removed["unknown label"]) == 20


def test_hub_splits_of_other_names_are_left_out_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    splits = datasets.DatasetDict(train=hub_split(60, (0, 1), "train"), unsupervised=hub_split(9, (-1,), "more"))
    monkeypatch.setattr(datasets, "load_dataset", lambda *_: splits)
    data = load_labelled_text("name")
    assert data.report.rows_read == 60 and data.report.removed == {}
    assert data.report.notes[0] == "the split 'unsupervised' of 9 rows was left out"
    del splits["train"]
    with pytest.raises(DataError, match="no train split") as caught:
        load_labelled_text("name")
    assert "unsupervised" in str(caught.value)


# Whatever the rows are: each has one fate, which the report tells

texts = st.sampled_from(["", " ", "a", "A", "a ", "b", "c\ufffd", "d\x01", "好", "e f", "E  F"]) | st.text(max_size=3)
labels = st.sampled_from(["0", "1", "1.0", " 1", "", "other"])
some_splits = st.sampled_from(["train", "dev", "val", "test"])


@quickly
@given(extra=st.lists(st.fixed_dictionaries({"text": texts, "label": labels, "split": some_splits}), max_size=25))
def test_no_row_is_dropped_silently_where_splits_are_given(tmp_path: Path, extra: list[dict]) -> None:
    rows = [row | {"label": "01"[row["label"] == "good"]} for row in three_splits([])]
    data = load(tmp_path, rows + extra, "data.jsonl", class_names=("0", "1"))
    assert data.report.rows_read == len(rows) + len(extra)
    assert_consistent(data)
    labelled = [r for r in extra if r["split"] == "test" and r["label"].strip() not in ("", "other")]
    usable = [r for r in labelled if r["text"].split() and not {"\ufffd", "\x01"} & set(r["text"])]
    if all(c.isprintable() for r in usable for c in r["text"]):
        assert len(data.split("test")) == 12 + len(usable)  # an evaluation split loses unusable rows only


@quickly
@given(extra=st.lists(st.fixed_dictionaries({"text": texts, "label": labels}), max_size=25), seed=st.integers(0, 99))
def test_no_row_is_dropped_silently_where_splits_are_drawn(tmp_path: Path, extra: list[dict], seed: int) -> None:
    rows = good_rows(60, ("0", "1"))
    data = load(tmp_path, rows + extra, "data.jsonl", class_names=("0", "1"), seed=seed)
    assert data.report.rows_read == len(rows) + len(extra)
    assert_consistent(data)
    assert data.frame["text"].str.casefold().is_unique and data.report.kept == {}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()), max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@quickly
@given(values=st.lists(st.tuples(json_values, json_values), max_size=6), names=st.sampled_from([None, ("0", "1")]))
def test_json_of_any_kind_is_loaded_in_full_or_refused(tmp_path: Path, values: list, names: tuple | None) -> None:
    odd = [{"text": text, "label": label} for text, label in values]
    try:
        data = load(tmp_path, good_rows(60, (0, 1)) + odd, "data.jsonl", class_names=names)
    except DataError as error:
        assert "several labels in one cell" in error.received and odd and names is None
    else:
        assert data.report.rows_read == 60 + len(odd)
        assert_consistent(data)
