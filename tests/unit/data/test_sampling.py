"""Draws of rows: stratified, seeded, nested, whatever order the file has."""

import re

import pandas as pd
import pytest

from talentlab.data import count_classes, draw
from talentlab.runtime import repository_root


@pytest.fixture
def by_class():
    """A file sorted by class: 60 of the first, 30 of the second, 10 of the third."""
    labels = [0] * 60 + [1] * 30 + [2] * 10
    return pd.DataFrame({"text": [f"text {i}" for i in range(100)], "label": labels})


@pytest.mark.parametrize(("size", "counts"), [(10, [6, 3, 1]), (50, [30, 15, 5]), (100, [60, 30, 10])])
def test_each_class_keeps_its_share(by_class, size, counts):
    assert draw(by_class, size, 0)["label"].value_counts().sort_index().tolist() == counts


def test_every_class_is_there_as_soon_as_there_is_room(by_class):
    assert sorted(draw(by_class, 3, 0)["label"]) == [0, 1, 2]
    assert len(draw(by_class, 2, 0)) == 2


def test_a_smaller_draw_is_the_beginning_of_a_larger_one(by_class):
    small, large = draw(by_class, 12, 3), draw(by_class, 40, 3)
    pd.testing.assert_frame_equal(small, large.head(12))


def test_the_seed_decides_which_rows(by_class):
    assert set(draw(by_class, 20, 0).index) == set(draw(by_class, 20, 0).index) != set(draw(by_class, 20, 1).index)


@pytest.mark.parametrize("size", [None, 100, 1000])
def test_all_rows_once_where_no_fewer_are_asked_for(by_class, size):
    drawn = draw(by_class, size, 0)
    assert sorted(drawn.index) == list(by_class.index) and list(drawn.index) != list(by_class.index)
    assert (drawn["text"] == by_class["text"][drawn.index]).all()


def test_classes_are_counted_and_of_very_many_the_ends_are_shown():
    sizes = {f"class {i:02}": 20 - i for i in range(15)}
    classes = pd.Series([name for name, n in sizes.items() for _ in range(n)])
    splits = pd.Series(["train", "test"] * len(classes)).head(len(classes))
    few = count_classes(classes[classes < "class 03"], splits[classes < "class 03"])
    assert few.sum(axis=1).tolist() == [20, 19, 18] and list(few.columns) == ["test", "train"]
    many = count_classes(classes, splits, most=4)
    assert list(many.index) == ["class 00", "class 01", "11 classes between", "class 13", "class 14"]
    assert many.to_numpy().sum() == len(classes)  # none is lost


def test_no_chapter_takes_the_first_rows_of_a_split_or_draws_without_regard_to_class():
    """A file may be sorted by class. Of each class, or from the rows of a table of results, is another matter."""
    by_class = r"frac=1, random_state=seed\)\.groupby"
    taken = re.compile(
        rf"split\([^)]*\)\.(?:head|iloc|sample)|\b(?:rows|part|pool|train|frame)\.sample\((?!{by_class})"
    )
    record = "train_rows.sample(256, random_state=0)"  # in 3.3: the rows that the recorded trainings learned from
    for source in (repository_root() / "course" / "chapters").glob("*.py"):
        assert not taken.findall(source.read_text(encoding="utf-8").replace(record, "")), source.name
