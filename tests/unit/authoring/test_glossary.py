import re

import pytest
from nbformat.v4 import new_markdown_cell

from talentlab.authoring import build, glossary
from talentlab.runtime import repository_root


def linked(*texts, edition="learner"):
    cells = [new_markdown_cell(text) for text in texts]
    glossary.link(cells, edition, "G")
    return [cell.source for cell in cells]


def test_a_term_leads_to_the_glossary_at_its_first_use_only():
    assert linked("Padding is waste.", "More padding.") == ["[Padding](G#padding) is waste.", "More padding."]
    assert linked("two epochs, one epoch") == ["two [epochs](G#epoch), one epoch"]
    assert linked("填充是白费的计算，填充。", edition="zh") == ["[填充](G#padding)是白费的计算，填充。"]


def test_the_longest_term_wins_and_an_everyday_word_counts_only_where_it_is_emphasised():
    assert linked("the learning rate")[0] == "the [learning rate](G#learning-rate)"
    assert linked("We run it.", "A *run* is one.") == ["We run it.", "A [*run*](G#run) is one."]
    assert linked("**填充**是", edition="zh") == ["[**填充**](G#padding)是"]
    assert linked("运行它。", "同一批文本", edition="zh") == ["运行它。", "同一批文本"]
    assert linked("一个*批*", edition="zh") == ["一个[*批*](G#batch)"]


@pytest.mark.parametrize(
    "text",
    ["`padding`", "```\npadding\n```", "# On padding", "[padding](x)", "![padding](x)", "$padding$", "<b id='padding'>",
     "| padding | b |\n|---|---|", "padding-free", "outpadding"],
)  # fmt: skip
def test_code_headings_links_formulas_and_parts_of_words_stay(text):
    assert linked(text) == [text]


def test_every_row_has_an_id_of_its_own_and_both_languages():
    text = (repository_root() / "course" / "glossary.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    ids = re.findall(r'^\| <a id="([a-z0-9-]+)"></a>\S.* \| \S.* \| \S.* \|$', text, re.MULTILINE)
    assert len(ids) == len(rows) == len(set(ids)) > 100
    assert set(glossary.terms("zh").values()) == set(glossary.terms("learner").values()) == set(ids)


def test_the_everyday_words_are_terms():
    assert set(glossary.terms("learner").values()) >= glossary._EVERYDAY


def test_links_of_all_chapters_lead_to_a_row():
    text = (repository_root() / "course" / "glossary.md").read_text(encoding="utf-8")
    found = set()
    for source in build.sources():
        for notebook in build.load_chapter(source).editions.values():
            found |= {name for cell in notebook.cells for name in re.findall(r"glossary\.md#([\w-]+)\)", cell.source)}
    assert len(found) > 60 and all(f'<a id="{name}">' in text for name in found)
