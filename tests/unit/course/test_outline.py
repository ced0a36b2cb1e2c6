"""The course and the document cover each other: sections, chapters, claims."""

import os
import re
from pathlib import Path

import pytest

from talentlab import runtime
from talentlab.authoring import build
from talentlab.course import claims

OUTLINE = claims.outline()
SOURCES = {source.stem: source.read_text(encoding="utf-8") for source in build.sources()}
STATEMENTS = {  # number -> (section, text) of course/document.md
    number: (section, text)
    for section, table in re.findall(
        r"^## ([^\n]+)\n(.*?)(?=^## |\Z)",
        (runtime.repository_root() / "course" / "document.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    for number, text in re.findall(r"^\| ([\d.]+-\d+) \| (.+?) \|", table, re.MULTILINE)
}
DOCUMENT = Path(os.environ.get("TALENTLAB_DOCUMENT", "../shared/000_838441c54266cad3.txt"))


def test_every_section_has_a_chapter_and_every_chapter_only_known_sections():
    covered = {section for chapter in OUTLINE["chapters"].values() for section in chapter["sections"]}
    assert covered == set(OUTLINE["sections"])


def test_every_source_stands_in_the_outline():
    assert set(SOURCES) <= set(OUTLINE["chapters"])


@pytest.mark.parametrize("slug", SOURCES)
def test_a_chapter_names_its_sections_in_headings(slug):
    headings = "\n".join(re.findall(r"^#{1,3} .*", SOURCES[slug].replace("# %%", ""), re.MULTILINE))
    for section in OUTLINE["chapters"][slug]["sections"]:
        named = re.search(rf"(?<![\d.]){re.escape(section)}(?!\d|\.\d)", headings)
        assert named, f"{slug}: no heading names {section}"


@pytest.mark.parametrize("claim", OUTLINE["claims"])
def test_every_claim_is_recorded_in_a_chapter_of_its_section(claim):
    """A claim without a cell is a promise that nobody keeps."""
    section = OUTLINE["claims"][claim]["section"]
    chapters = [slug for slug, chapter in OUTLINE["chapters"].items() if section in chapter["sections"]]
    assert chapters, f"{claim}: unknown section {section}"
    recorded = [slug for slug in chapters if f'"{claim}"' in SOURCES.get(slug, "")]
    assert recorded, f"{claim}: no cell of {chapters} records it"


@pytest.mark.parametrize("claim", OUTLINE["claims"])
def test_every_claim_names_a_statement_of_its_section(claim):
    entry = OUTLINE["claims"][claim]
    assert set(entry) == {"section", "statement", "text"}
    assert STATEMENTS[entry["statement"]][0] == entry["section"]


def test_every_statement_of_a_finished_chapter_has_a_claim():
    """Steps and definitions promise nothing; they may have a claim, and need none."""
    built = [OUTLINE["chapters"][slug] for slug in SOURCES]
    due = {
        number
        for number, (section, text) in STATEMENTS.items()
        if any(section in chapter["sections"] and number in chapter.get("statements", [number]) for chapter in built)
        and not text.endswith(("(step).", "(definition)."))
    }
    assert len(STATEMENTS) > 60 and len(due) > 25
    assert due - {entry["statement"] for entry in OUTLINE["claims"].values()} == set()


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="the document is not part of the project: set $TALENTLAB_DOCUMENT")
def test_the_outline_has_the_documents_own_titles():
    text = DOCUMENT.read_text(encoding="utf-8")
    titles = dict(re.findall(r"^### (\d\.\d) (.+?)\s*$", text, re.MULTILINE))
    titles |= {f"9 {number}": title for number, title in re.findall(r"^### (Q\d): (.+?)\s*$", text, re.MULTILINE)}
    for number, title in re.findall(r"^## (\d)\. (.+?)\s*$", text, re.MULTILINE):
        if not any(section.startswith((f"{number}.", f"{number} ")) for section in titles):
            titles[number] = title  # a section without subsections
    assert titles == OUTLINE["sections"]


def test_the_document_leads_to_the_chapters_that_stand_and_calls_no_other_planned():
    text = (runtime.repository_root() / "course" / "document.md").read_text(encoding="utf-8")
    for section in OUTLINE["sections"]:
        every = {slug for slug, chapter in OUTLINE["chapters"].items() if section in chapter["sections"]}
        lines = re.findall(rf"^## {re.escape(section)}\n\n(\*.+)$", text, re.MULTILINE)
        for line in lines:
            assert set(re.findall(r"/notebooks/(\w+)\.ipynb", line)) == every & set(SOURCES), section
            assert set(re.findall(r"\w+", line.partition("planned: ")[2])) == every - set(SOURCES), section
        assert len(lines) == 1, section
