import re

import nbformat
import pytest

from talentlab.authoring import build, navigation
from talentlab.authoring.combined import combine
from talentlab.authoring.form import tags
from talentlab.course import claims

SOURCES = build.sources()


def made(notebook):
    return {cell.id: cell.source for cell in notebook.cells if navigation.NAVIGATION in tags(cell)}


@pytest.fixture(scope="module")
def chapters():
    return {source.stem: build.load_chapter(source).editions for source in SOURCES}


@pytest.fixture
def three(monkeypatch, tmp_path):
    """A course of three chapters with one that is planned; the first is the start page, without exercises."""
    exercise = '# %% tags=["exercise"]\n'
    for slug, source in {"00_start": "", "01_a": exercise, "03_c": exercise + '# %% [markdown] lang="zh"'}.items():
        (tmp_path / f"{slug}.py").write_text(source)
    titles = {"00_start": "S始", "01_a": "A甲", "02_b": "B乙", "03_c": "C丙"}
    outline = {slug: {"sections": [], "title": title[0], "zh": title[1]} for slug, title in titles.items()}
    monkeypatch.setattr(navigation.claims, "outline", lambda: {"chapters": outline})
    return sorted(tmp_path.glob("*.py"))


def test_the_line_leads_to_what_is_built_in_the_editions_language(three):
    assert navigation.links("00_start", "learner", three) == (
        "[A](01_a.ipynb) → · [Instructor's page](../course/guide/00_start.md)"
    )
    assert navigation.links("01_a", "learner", three) == (
        "[Start](00_start.ipynb) · [C](03_c.ipynb) → · [Solutions](solutions/01_a.ipynb) · "
        "[Instructor's page](../course/guide/01_a.md)"
    )
    assert navigation.links("03_c", "solutions", three) == (
        "[Start](../00_start.ipynb) · ← [A](01_a.ipynb) · [Without solutions](../03_c.ipynb) · "
        "[中文](../zh/03_c.ipynb) · [Instructor's page](../../course/guide/03_c.md)"
    )
    assert navigation.links("03_c", "zh", three) == (
        "[开始](../00_start.ipynb) · ← [甲](../01_a.ipynb) · [English](../03_c.ipynb) · "
        "[讲师指南（英文）](../../course/guide/03_c.md)"
    )


def test_the_solutions_lead_to_each_other_where_both_languages_have_them(three):
    three[-1].write_text(three[-1].read_text() + '\n# %% [markdown] tags=["solution"] lang="zh"\n')
    assert "[参考答案](solutions/03_c.ipynb)" in navigation.links("03_c", "zh", three)
    assert "[中文](../zh/solutions/03_c.ipynb)" in navigation.links("03_c", "solutions", three)
    assert navigation.links("03_c", "zh_solutions", three) == (
        "[开始](../../00_start.ipynb) · ← [甲](../../01_a.ipynb) · [不含答案](../03_c.ipynb) · "
        "[English](../../solutions/03_c.ipynb) · [讲师指南（英文）](../../../course/guide/03_c.md)"
    )


def test_a_chapter_has_the_line_after_its_title_and_at_its_end(chapters):
    for slug, editions in chapters.items():
        for edition, notebook in editions.items():
            line = navigation.links(slug, edition, SOURCES)
            assert notebook.cells[0].source.startswith("# ")
            assert notebook.cells[1].source == notebook.cells[-1].source == line, slug
            assert line.count("](") >= 3 and len({cell.id for cell in notebook.cells}) == len(notebook.cells)
            nbformat.validate(notebook)


def test_the_editions_that_a_source_makes_are_told_from_its_text(chapters):
    assert {source.stem: navigation.editions(source) for source in SOURCES} == {k: list(v) for k, v in chapters.items()}


def test_a_chapter_opens_with_the_statements_that_it_examines(chapters):
    text = made(chapters["03_2c_fine_tuning"]["solutions"])["statements"]
    assert text.startswith("> **What the document says**") and re.findall(r"\[([\d.]+-\d+)\]", text) == ["3.2-3"]
    assert "> - [3.2-3](../../course/document.md#section-3.2) Step 3, fine-tuning on the task improves" in text
    text = made(chapters["01_background"]["zh"])["statements"]
    assert "**原文怎么说**" in text and "](../../course/document.md#section-1) 创业成败取决于人" in text
    assert re.findall(r"\[([\d.]+-\d+)\]", text) == ["0-1", *(f"1-{number}" for number in range(1, 7))]
    assert set(made(chapters["10_experiments"]["learner"])) == {"navigation-top", "navigation-bottom"}


def test_every_statement_of_a_built_section_is_shown_and_no_chapter_names_one_that_is_not_there(chapters):
    everything, outline = claims.statements(), claims.outline()
    assert set(everything) == set(outline["sections"]) and all(everything.values())
    shown = [
        number
        for slug, editions in chapters.items()
        for number in re.findall(r"> - \[([\d.]+-\d+)\]", made(editions["learner"]).get("statements", ""))
    ]
    owed = {slug: outline["chapters"][slug].get("statements") for slug in chapters}
    whole = {section for slug in chapters if not owed[slug] for section in outline["chapters"][slug]["sections"]}
    expected = {number for section in whole for number, _, _ in everything[section]}
    assert sorted(shown) == sorted(expected.union(*(owed[slug] or [] for slug in chapters)))
    for chapter in outline["chapters"].values():
        known = {number for section in chapter["sections"] for number, _, _ in everything[section]}
        assert set(chapter.get("statements", [])) <= known


def test_what_the_builder_added_is_neither_executed_nor_compared(chapters):
    editions = chapters["05_project_practice"]
    assert made(editions["learner"]) != made(editions["solutions"])
    assert not made(combine("05_project_practice", editions["learner"], editions["solutions"]))


def test_a_changed_title_is_drift(monkeypatch):
    """The title of a chapter stands in the lines of its neighbours."""
    (source,) = [source for source in SOURCES if source.stem == "04_mathematics"]
    before = build.load_chapter(source).editions
    outline = claims.outline()
    other = {**outline, "chapters": {**outline["chapters"]}}
    other["chapters"]["05_project_practice"] = {**outline["chapters"]["05_project_practice"], "title": "Other"}
    monkeypatch.setattr(claims, "outline", lambda: other)
    after = build.load_chapter(source).editions
    assert before["learner"] != after["learner"] and before["zh"] == after["zh"]
