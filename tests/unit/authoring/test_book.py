"""Pages of the book: do their links lead where a reader of that language wants to go, and is nothing live left?"""

import hashlib
import json

import pytest

from talentlab.authoring import book
from talentlab.authoring.navigation import notebook_path, sources

THERE = {"notebooks/00_start", "notebooks/04_mathematics", "course/glossary", "course/data/README", "course/data/b"}


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("[x](04_mathematics.ipynb)", "[x](04_mathematics.ipynb)"),
        ("[x](../course/glossary.md#Run)", "[x](../course/glossary.md#run)"),
        ("[x](05_project_practice.ipynb)", "[x](path:05_project_practice.ipynb)"),  # no page: the file itself
        ("[x](../README.md)", "[x](path:../README.md)"),
        ("[x](zh/04_mathematics.ipynb)", "[x](../../zh/notebooks/zh/04_mathematics.html){.external}"),
        ("[x](https://example.org/a.md)", "[x](https://example.org/a.md)"),
        ('<a id="section-9-Q1"></a>', '[]{id="section-9-q1"}'),
    ],
)
def test_a_link_leads_to_a_page_of_its_tree_or_the_other_or_to_a_file(link, leads):
    assert book._markdown(link, "notebooks/05_project_practice", "en", THERE) == leads


def test_a_page_of_both_trees_leads_to_the_chapters_of_its_own():
    text = "[x](../notebooks/04_mathematics.ipynb)"
    assert book._markdown(text, "course/document", "en", THERE) == text
    there = {"notebooks/zh/04_mathematics"}
    assert book._markdown(text, "course/document", "zh", there) == "[x](../notebooks/zh/04_mathematics.ipynb)"


@pytest.mark.parametrize(
    ("name", "speaks", "link", "leads"),
    [
        ("notebooks/zh/00_start", "zh", "../../course/data/README.md", "../../course/data/zh/README.md"),
        ("course/claims", "zh", "data/records/README.md", "data/zh/records/README.md"),
        ("course/claims", "zh", "results.md#deployment", "results.zh.md#deployment"),
        ("course/results.zh", "zh", "data/zh/records/README.md", "data/zh/records/README.md"),
        ("course/results.zh", "zh", "results.md", "../../en/course/results.html"),
        ("course/data/zh/README", "zh", "../README.md", "../../../../en/course/data/README.html"),
        ("course/results", "en", "results.zh.md", "../../zh/course/results.zh.html"),
        ("course/results", "en", "data/README.md", "data/README.md"),
    ],
)
def test_a_chinese_reader_is_led_to_the_twin_and_either_page_to_the_other(name, speaks, link, leads):
    there = {
        "en": {"course/results", "course/data/README"},
        "zh": {"course/results.zh", "course/data/zh/README", "course/data/zh/records/README"},
    }[speaks]
    away = "{.external}" if leads.endswith(".html") else ""
    assert book._markdown(f"[x]({link})", name, speaks, there) == f"[x]({leads}){away}"


def test_the_chinese_tree_has_the_twins_in_place_of_the_english():
    there = {"course/data/zh/README", "course/data/zh/b", "course/results.zh", "course/glossary"}
    assert "/course/data/zh/b\n```" in book.page("# 数据卡", "course/data/zh/README", "zh", there)
    path = notebook_path("00_start", "zh")
    listed = json.loads(book.page(path.read_text(encoding="utf-8"), book.START["zh"], "zh", there))["cells"][-1]
    assert [line for line in listed["source"].splitlines() if line.startswith("/")] == [
        "/course/glossary", "/course/results.zh", "/course/data/zh/README",
    ]  # fmt: skip


def test_a_notebook_loses_what_is_live_and_gets_a_link_to_itself():
    path = notebook_path("03_2a_data", "zh")
    made = json.loads(book.page(path.read_text(encoding="utf-8"), "notebooks/zh/03_2a_data", "zh", THERE))
    shown = [output["data"] for cell in made["cells"] for output in cell.get("outputs", []) if "data" in output]
    assert "widget-view" in path.read_text(encoding="utf-8")
    assert all(data and not any(mime.startswith("application/vnd.") for mime in data) for data in shown)
    assert any("<button disabled>" in "".join(data.get("text/html", "")) for data in shown)  # the tool's still picture
    (line,) = [cell["source"] for cell in made["cells"] if cell["id"] == "navigation-top"]
    assert line.endswith("[下载](path:03_2a_data.ipynb)") and "en/notebooks/03_2a_data.html" in line


def test_the_start_page_lists_what_is_there():
    path = notebook_path("00_start", "learner")
    listed = json.loads(book.page(path.read_text(encoding="utf-8"), book.START["en"], "en", THERE))["cells"][-1]
    assert [line for line in listed["source"].splitlines() if line.startswith("/")] == [
        "/notebooks/04_mathematics", "/course/glossary", "/course/data/README",
    ]  # fmt: skip
    assert "/course/data/b\n" in book.page("# Card", "course/data/README", "en", THERE)


@pytest.mark.parametrize("slug", [source.stem for source in sources()])
def test_every_picture_says_what_it_shows(slug):
    for edition in ("learner", "zh"):
        text = notebook_path(slug, edition).read_text(encoding="utf-8")
        assert all(len(said) > 10 for said in book.alternatives(text).values())


def test_pictures_are_known_by_their_bytes():
    output = {"data": {"image/png": "QUJD", "text/plain": "A slider at 3."}, "metadata": {"image/png": {"width": 3}}}
    text = json.dumps({"cells": [{"outputs": [output]}]})
    assert book.alternatives(text) == {hashlib.sha256(b"ABC").hexdigest(): "A slider at 3."}


def test_chinese_is_found_by_two_neighbouring_characters():
    assert book.words("学习率 of LoRA：微调。x_1") == ["学习", "习率", "of", "LoRA", "微调", "x_1"]
