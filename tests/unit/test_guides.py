"""Instructors' pages and other texts of the course: do their commands, exercises and files exist?"""

import re
from pathlib import Path

import pytest

from talentlab.experiments.parameters import read_parameters, validate_parameters
from talentlab.experiments.runs import find_notebook

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "course" / "guide").glob("*.md"))
CHINESE = sorted((ROOT / "course" / "guide" / "zh").glob("*.md"))
TEXTS = [
    *GUIDES,
    *CHINESE,
    ROOT / "README.md",
    ROOT / "README.zh.md",
    *sorted((ROOT / "course").glob("*.md")),
    *(ROOT / "course" / "data").glob("*.md"),
]
COMMAND = re.compile(r"talentlab (?:run|sweep) ((?:zh/)?\w+)((?:\s+-[pg]\s+[^\s`]+)+)")
SETTING = re.compile(r"-([pg])\s+(\w+)=([^\s`;,]*)")


def chapter_of(guide: Path) -> Path:
    return ROOT / "notebooks" / f"{guide.stem}.ipynb"


def test_every_chapter_has_its_page():
    assert [guide.stem for guide in GUIDES] == sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_commands_name_parameters_of_their_chapters(path):
    for chapter, settings in COMMAND.findall(path.read_text(encoding="utf-8")):
        declared = read_parameters(find_notebook(chapter))
        for kind, name, value in SETTING.findall(settings):
            assert name in declared, (chapter, name)
            if kind == "p" and value != "…":
                validate_parameters(declared, {name: value})


@pytest.mark.parametrize("guide", CHINESE, ids=lambda path: path.stem)
def test_a_chinese_page_has_the_parts_and_commands_of_its_twin(guide):
    pages = [path.read_text(encoding="utf-8") for path in (guide.parents[1] / guide.name, guide)]
    for part in (r"^\| \d+–\d+ \|", r"^- ", r"^## "):
        english, chinese = (len(re.findall(part, page, re.MULTILINE)) for page in pages)
        assert chinese == english, part
    english, chinese = ({(kind, name) for kind, name, _ in SETTING.findall(page)} for page in pages)
    assert english <= chinese
    for target in re.findall(r"\]\((\S+?)\)", pages[1]):
        assert (guide.parent / target).exists(), target


@pytest.mark.parametrize("guide", [*GUIDES, *CHINESE], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_settings_and_exercises_of_a_page_are_those_of_its_chapter(guide):
    text = re.sub(COMMAND, "", guide.read_text(encoding="utf-8"))
    declared = read_parameters(chapter_of(guide))
    assert {name for _, name, _ in SETTING.findall(text)} <= set(declared)
    source = (ROOT / "course" / "chapters" / f"{guide.stem}.py").read_text(encoding="utf-8")
    known = set(re.findall(r'exercises\.check\("([\w.]+)"', source))
    named = re.findall(r"(?:[Ee]xercises?|练习) ((?:\d[\w.]*\w(?:, | and | to )?)+)", text)
    assert {number for group in named for number in re.findall(r"\d[\w.]*\w", group)} <= known


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_files_that_a_text_names_exist(path):
    for name in re.findall(r"\b(?:notebooks|tests|course)/[\w/.-]+\.\w+", path.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), name
