"""The quiz and the guesses, clicked as a learner clicks them."""

import copy

import ipywidgets
import pytest
from matplotlib.figure import Figure

from talentlab import language
from talentlab.course import guesses, progress, quizzes
from talentlab.errors import ChapterError
from talentlab.runtime import repository_root

QUIZZES = sorted((repository_root() / "course" / "quiz").glob("*.yaml"))


@pytest.fixture(autouse=True)
def a_learner(monkeypatch, tmp_path):
    """Somebody whose progress is kept, in a folder of the test's own."""
    monkeypatch.setattr(progress, "_file", lambda: tmp_path / "local" / "progress.json")
    monkeypatch.setattr(progress, "is_kept", lambda: True)


@pytest.fixture
def shown(monkeypatch):
    """What cells display: bundles, and the boxes that are alive in them."""
    bundles, boxes = [], []
    for module in (quizzes, guesses):
        monkeypatch.setattr(module, "display", lambda bundle, **_: bundles.append(bundle))
        monkeypatch.setattr(module, "live", lambda box: boxes.append(box) or {"live": True})
    return bundles, boxes


def right_place(item):
    return next(place for place, choice in enumerate(item["choices"]) if choice.get("right"))


def test_the_quiz_counts_before_and_after_and_gives_the_reason_only_after(shown):
    items = quizzes.load("5")["quiz"]
    quizzes.ask("5", "before")
    before = shown[1][-1]
    assert len(before.children) == quizzes.BEFORE + 1
    for number, wrong in ((0, False), (1, True)):
        buttons, told = before.children[number].children[1:]
        buttons.value = (right_place(items[number]) + wrong) % len(items[number]["choices"])
        assert told.value == "noted; the question comes again at the end"
    quizzes.ask("5")
    after = shown[1][-1]
    for question, item in zip(after.children, items, strict=False):
        _, buttons, told = question.children
        buttons.value = right_place(item)
        assert told.value.startswith("✓ right: ")
    assert after.children[-1].value == (
        f"right so far: {len(items)} of {len(items)}; of the 2 answered before the chapter: 1 then, 2 now"
    )
    after.children[0].children[1].value = (right_place(items[0]) + 1) % len(items[0]["choices"])
    assert after.children[0].children[2].value.startswith("✗ no: ")
    assert "1 then, 1 now" in after.children[-1].value


def test_without_a_kernel_the_quiz_is_a_list(shown):
    quizzes.ask("5")
    (bundle,) = shown[0]
    assert bundle["text/markdown"].count("<details>") == 5 and "✓" in bundle["text/markdown"]
    assert "<" not in bundle["text/plain"]
    quizzes.ask("5", "before")
    assert "<details>" not in shown[0][-1]["text/markdown"]


def test_a_chinese_notebook_asks_in_chinese(shown, monkeypatch):
    monkeypatch.setenv(language.VARIABLE, "zh")
    quizzes.ask("5")
    assert "答案" in shown[0][0]["text/markdown"] and "Answer" not in shown[0][0]["text/markdown"]
    buttons, told = shown[1][0].children[0].children[1:]
    buttons.value = 0
    assert told.value[:3] in ("✓ 对", "✗ 不")


def test_a_guess_is_kept_shaded_and_settled(shown):
    guess = guesses.guess("5.fine_tuned")
    assert guess.value is None
    _, slider, button, told = shown[1][-1].children
    slider.value = (70, 80)
    button.click()
    assert guess.value == (70, 80) and slider.disabled and told.value == "Noted: 70 to 80 %."
    axes = Figure().add_subplot()
    guess.shade(axes, along="x")
    assert axes.patches[0].get_x() == 70 and axes.patches[0].get_width() == 10
    guess.settle(76.3)
    assert shown[0][-1]["text/plain"] == "You guessed 70 to 80 %; measured: 76 %. Your guess holds it."
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(language.VARIABLE, "zh")
        guess.settle(76.3)
    assert shown[0][-1]["text/plain"] == "你猜的是 70 到 80 %；实测：76 %。猜中了。"
    guess.settle(81)
    assert "missed" in shown[0][-1]["text/plain"]
    guesses.guess("5.word_counts").settle(1)  # nobody guessed
    guesses.summary()
    assert shown[0][-1]["text/plain"].startswith("Of the 1 ranges that you were 80 % sure of, 0 held the figure (0 %).")


def test_headless_there_is_no_guess_and_no_shade(shown):
    guess = guesses.guess("5.fine_tuned")
    axes = Figure().add_subplot()
    guess.shade(axes)
    guess.settle(76.3)
    assert not axes.patches and shown[0][-1]["text/plain"] == "No guess was made; measured: 76 %."
    guesses.summary()
    assert shown[0][-1]["text/plain"] == "No range has been guessed yet."


def test_a_unit_has_a_word_in_each_language(shown, monkeypatch):
    item = {
        "question": {"en": "Gain?", "zh": "增益？"},
        "low": 0,
        "high": 9,
        "unit": {"en": "points", "zh": "个百分点"},
    }
    monkeypatch.setattr(guesses, "load", lambda chapter: {"guesses": {"gain": item}})
    guesses.guess("5.gain").settle(3)
    assert shown[0][-1]["text/plain"].endswith("measured: 3 points.")
    monkeypatch.setenv(language.VARIABLE, "zh")
    guesses.guess("5.gain").settle(3)
    assert shown[0][-1]["text/plain"].endswith("实测：3 个百分点。")


def test_a_choice_can_be_guessed_too(shown, monkeypatch):
    item = {
        "question": {"en": "Which?", "zh": "哪个？"},
        "choices": [{"en": "one", "zh": "一"}, {"en": "two", "zh": "二"}],
    }
    monkeypatch.setattr(guesses, "load", lambda chapter: {"guesses": {"which": item}})
    guess = guesses.guess("5.which")
    assert "- one\n- two" in shown[0][0]["text/markdown"]
    _, buttons, button, _ = shown[1][0].children
    button.click()
    assert guess.value is None  # nothing was chosen yet
    buttons.value = 1
    button.click()
    guess.settle(1)
    assert shown[0][-1]["text/plain"] == "You guessed “two”; measured: “two”. Your guess holds it."
    guess.settle(0)
    assert "missed" in shown[0][-1]["text/plain"]


@pytest.mark.parametrize("path", QUIZZES, ids=lambda path: path.stem)
def test_every_question_has_its_reasons_in_both_languages(path):
    import yaml

    assert list(quizzes.problems(yaml.safe_load(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda c: c["quiz"].pop() and c["quiz"].pop(), "more than 3"),
        (lambda c: c["quiz"][0]["question"].pop("zh"), "question 1: wants a text"),
        (lambda c: c["quiz"][1]["choices"][0].pop("why"), "why of question 2 A"),
        (lambda c: c["quiz"][1]["choices"][0].update(right=True), "question 2: three to five choices, one"),
        (lambda c: c["quiz"][2]["choices"].pop(), "question 3: three to five"),
        (lambda c: c["guesses"]["fine_tuned"].update(high=40), "guess fine_tuned: wants"),
        (lambda c: c["guesses"]["fine_tuned"].pop("unit"), "guess fine_tuned: wants"),
        (lambda c: c["guesses"]["fine_tuned"].update(unit={"en": "points"}), "unit of guess fine_tuned"),
    ],
)
def test_a_quiz_that_lacks_something_is_refused(change, problem):
    content = copy.deepcopy(quizzes.load("5"))
    change(content)
    assert any(problem in found for found in quizzes.problems(content))


def test_a_chapter_without_a_quiz_is_the_chapters_mistake():
    with pytest.raises(ChapterError, match="no quiz"):
        quizzes.load("compare")


def test_what_is_alive_can_be_taken_out():
    assert list(quizzes.live(ipywidgets.VBox([]))) == ["application/vnd.jupyter.widget-view+json"]
