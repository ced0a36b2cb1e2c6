"""Are the Chinese catalogues in step with the code, and would a departure be named?"""

import nbformat
import pytest

from talentlab import language
from talentlab.authoring import pairs, strings
from talentlab.authoring.navigation import sources

SOURCE = '''# %% tags=["parameters"]
x: int = 1  # a number

# %% [markdown]
"""
One text.
"""

# %% [markdown] lang="zh"
"""
一段文字。
"""

# %%
print(f"there are {x} texts", "random")
table = {"random": 1}
'''


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """A course of one chapter without checks; returns how to write it."""
    for module in (strings, pairs):
        monkeypatch.setattr(module, "repository_root", lambda: tmp_path)
    monkeypatch.setattr(language, "CHAPTERS", tmp_path / "course" / "zh")
    monkeypatch.setattr(strings, "notebook_path", lambda slug, edition: tmp_path / "zh.ipynb")
    (tmp_path / "course" / "chapters").mkdir(parents=True)

    def write(source=SOURCE, chinese=None):
        (tmp_path / "course" / "chapters" / "99_sample.py").write_text(source, encoding="utf-8")
        path, left = strings.update("99_sample")
        text = path.read_text(encoding="utf-8")
        for english, translated in (chinese or {}).items():
            text = text.replace(f'msgid "{english}"\nmsgstr ""', f'msgid "{english}"\nmsgstr "{translated}"')
        path.write_text(text, encoding="utf-8")
        return left

    return write


def test_a_new_chapter_wants_its_comments_and_displayed_strings(chapter):
    assert chapter() == 3
    assert set(strings.wanted("99_sample")) == {
        ("comment", "a number"), (None, "there are {x} texts"), (None, "random")}  # fmt: skip
    assert len(strings.problems("99_sample")) == 3


def test_missing_foreign_stale_and_fuzzy_entries_are_named(chapter):
    chapter(chinese={"a number": "一个数", "there are {x} texts": "有 {y} 条", "random": "随机"})
    assert strings.problems("99_sample") == [
        "99_sample.po: 'there are {x} texts': other expressions in its Chinese: {x}, {y}"]  # fmt: skip
    path = language.of_a_chapter("99_sample")
    path.write_text(path.read_text(encoding="utf-8").replace("{y}", "{x}"), encoding="utf-8")
    assert strings.problems("99_sample") == []
    chapters = path.parents[1] / "chapters" / "99_sample.py"
    chapters.write_text(SOURCE.replace("there are", "here are").replace("  # a number", ""), encoding="utf-8")
    assert sorted(line.split(": ")[1].split(" '")[0] for line in strings.problems("99_sample")) == [
        "no Chinese for", "stale", "stale"]  # fmt: skip
    strings.update("99_sample")
    (problem,) = strings.problems("99_sample")
    assert "fuzzy: 'here are {x} texts'" in problem


def test_names_that_the_chinese_edition_shows_in_english_are_wanted(chapter, tmp_path):
    output = nbformat.v4.new_output("display_data", {"text/html": "<th>rare</th><th>准确率</th><th>accuracy</th>"})
    picture = nbformat.v4.new_output(
        "display_data", {"image/png": ""}, metadata={"image/png": {"texts": ["bin 3", "7"]}}
    )
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output, picture])]),
        tmp_path / "zh.ipynb",
    )
    assert chapter() == 5
    assert {text for context, text in strings.wanted("99_sample") if context == "name"} == {"rare", "bin #"}


def test_a_name_like_another_one_gets_no_chinese_of_it(chapter, tmp_path):
    def shows(name):
        output = nbformat.v4.new_output("display_data", {"text/html": f"<th>{name}</th>"})
        nbformat.write(
            nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])]), tmp_path / "zh.ipynb"
        )

    shows("first layer of all")
    chapter(chinese={"first layer of all": "第一层"})
    assert not any("first layer of all" in problem for problem in strings.problems("99_sample"))
    shows("last layer of all")
    chapter()
    assert "99_sample.po: no Chinese for name 'last layer of all'" in strings.problems("99_sample")


def test_english_edited_after_its_chinese_is_named_until_the_pair_is_confirmed(chapter):
    chapter()
    pairs.keep("99_sample")
    assert pairs.outdated("99_sample") == []
    chapter(SOURCE.replace("One text", "Another text"))
    pairs.keep("99_sample")  # a build in between confirms nothing
    assert len(pairs.outdated("99_sample")) == 1 and "Another text" in pairs.outdated("99_sample")[0]
    pairs.keep("99_sample", confirm=True)
    assert pairs.outdated("99_sample") == []


def notebook(source, text, tags=()):
    output = nbformat.v4.new_output("stream", text=text)
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source, outputs=[output], metadata={"tags": list(tags)})]
    )


def test_other_numbers_in_the_chinese_edition_are_named():
    english = notebook("print(1)", "1,600 texts, 85 %")
    assert not list(pairs.differing_numbers(english, notebook("print(1)", "85%，1600 条")))
    (problem,) = pairs.differing_numbers(english, notebook("print(1)", "85%，1700 条"))
    assert "1600 in English, 1700 in Chinese" in problem
    ignored = notebook("print(1)", "1", ["nbval-ignore-output"])
    assert not list(pairs.differing_numbers(ignored, notebook("print(1)", "2")))
    assert list(pairs.differing_numbers(ignored, notebook("print(1)", "nan")))


@pytest.mark.parametrize("slug", [source.stem for source in sources()])
def test_the_code_of_a_chapter_is_in_chinese(slug):
    assert strings.problems(slug) == []


def test_every_sentence_of_the_library_is_in_chinese():
    """What `tr` looks up, the parts of every error, and every help text: `talentlab strings` adds what is new."""
    assert strings.problems_of_the_library() == []
