"""The labelling tool: every click is on disk, nothing is lost, and it goes on where it stopped."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talentlab.data import labelling
from talentlab.errors import DataError
from talentlab.runtime import PROGRESS_FILE_VARIABLE, repository_root

TEXTS = ['It said "no", twice,\nand then <b>nothing</b>.', "Fine.", "模型很好", "Slow"]
NAMES = ("bad", "good")


@pytest.fixture
def shown(monkeypatch):
    bundles = []
    monkeypatch.setattr(labelling, "display", lambda bundle, **_: bundles.append(bundle))
    return bundles


@pytest.fixture
def tool(shown, tmp_path):
    return Tool(tmp_path / "new" / "labels.csv")


class Tool:
    def __init__(self, path, texts=TEXTS, names=NAMES):
        self.path, self.box = path, labelling.label_texts(texts, names, path)
        self.progress, self.text, choices, others, self.message = self.box.children
        self.buttons = {button.description: button for button in (*choices.children, *others.children)}

    def click(self, *names):
        for name in names:
            self.buttons[name].click()

    def saved(self):
        return labelling.load_labels(self.path, NAMES)


def test_each_click_is_saved_at_once_and_the_next_text_comes(tool):
    assert "0 of 4" in tool.progress.value and "&lt;b&gt;" in tool.text.value and not tool.path.exists()
    tool.click("good")
    assert tool.saved() == {TEXTS[0]: "good"} and "1 of 4" in tool.progress.value and "Fine." in tool.text.value
    tool.click("skip", "bad")
    assert tool.saved() == {TEXTS[0]: "good", "Fine.": None, "模型很好": "bad"}
    assert "3 of 4" in tool.progress.value and "1 skipped" in tool.progress.value and "saved: bad" in tool.message.value
    assert [p.name for p in tool.path.parent.iterdir()] == ["labels.csv"]


def test_undo_takes_back_the_last_answers_one_by_one(tool):
    assert tool.buttons["undo"].disabled
    tool.click("good", "skip", "undo", "undo")
    assert tool.saved() == {} and "0 of 4" in tool.progress.value and tool.buttons["undo"].disabled
    tool.click("undo")
    assert "nothing to take back" in tool.message.value


def test_at_the_end_only_undo_is_left(tool):
    tool.click("good", "bad", "good", "bad")
    assert "All texts" in tool.text.value and all(tool.buttons[name].disabled for name in (*NAMES, "skip"))
    tool.click("good")
    assert len(tool.saved()) == 4 and not tool.buttons["undo"].disabled
    tool.click("undo")
    assert "Slow" in tool.text.value and not tool.buttons["good"].disabled


def test_a_new_tool_goes_on_where_the_old_one_stopped_also_in_another_order(tool):
    tool.click("good", "skip")
    again = Tool(tool.path, [*reversed(TEXTS), "Slow"])
    assert "2 of 4" in again.progress.value and "Slow" in again.text.value
    again.click("bad")
    tool.click("good")  # the old one, still on the page, overwrites nothing
    assert tool.saved() == {TEXTS[0]: "good", "Fine.": None, "Slow": "bad", "模型很好": "good"}


def test_labels_of_other_texts_in_the_file_stay(tool):
    labelling.save_labels(tool.path, {"another": "bad"})
    tool.click("good", "undo", "undo")
    assert tool.saved() == {"another": "bad"}


def test_a_failed_write_is_said_and_leaves_the_file_as_it_was(tool, monkeypatch):
    tool.click("good")

    def full(*_args, **_kwargs):
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    tool.click("bad")
    assert "not saved: No space left" in tool.message.value and tool.saved() == {TEXTS[0]: "good"}
    assert [p.name for p in tool.path.parent.iterdir()] == ["labels.csv"] and "1 of 4" in tool.progress.value


def test_a_file_that_broke_meanwhile_is_named_and_not_overwritten(tool):
    tool.click("good")
    tool.path.write_text("something else\n")
    tool.click("bad")
    assert "not saved" in tool.message.value and tool.path.read_text() == "something else\n"


def test_without_a_kernel_the_first_text_and_grey_buttons_are_seen(tool, shown):
    (bundle,) = shown
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "twice" in bundle["text/html"] and "<button disabled>good</button>" in bundle["text/html"]
    assert "<b>nothing" not in bundle["text/html"]


@settings(max_examples=80, deadline=None)
@given(labels=st.dictionaries(st.text(max_size=20), st.sampled_from([None, "bad", "good"]), max_size=5))
def test_any_text_comes_back_as_it_was(labels, tmp_path_factory):
    path = tmp_path_factory.mktemp("labels") / "x.csv"
    labelling.save_labels(path, labels)
    assert list(labelling.load_labels(path, NAMES).items()) == list(labels.items())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("text,label\nFine.,awful\n", "awful"),
        ("text,other\na,b\n", "other"),
        ("", "cannot be read"),
        (b"\xff\xfe\x00text", "x.csv"),
        ('text,label\n"never closed,good\n', "x.csv"),
    ],
)
def test_a_file_of_another_kind_is_refused_before_the_first_click(tmp_path, content, words):
    path = tmp_path / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=words):
        labelling.label_texts(TEXTS, NAMES, path)


@pytest.mark.parametrize(("texts", "names"), [([], NAMES), (TEXTS, ("one",)), (TEXTS, ("one", "one"))])
def test_nothing_to_label_or_to_choose_from_is_refused(tmp_path, texts, names):
    with pytest.raises(DataError, match="classes"):
        labelling.label_texts(texts, names, tmp_path / "x.csv")


def test_a_learners_labels_stay_and_those_of_a_headless_run_do_not(monkeypatch):
    assert repository_root() not in labelling.default_file("03_2a_data").parents
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    monkeypatch.delenv(PROGRESS_FILE_VARIABLE, raising=False)
    assert labelling.default_file("x") == repository_root() / ".local" / "labels" / "x.csv"
    monkeypatch.setenv(PROGRESS_FILE_VARIABLE, "progress.json")
    assert labelling.default_file("x") != labelling.default_file("x")
