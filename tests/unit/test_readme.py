"""What a newcomer reads first: is it short, and is it true?"""

import ast
import importlib
import re
import shlex
from pathlib import Path

import pytest

import talentlab
from talentlab.data.docstring_corpus import PACKAGES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")
RESULTS = (ROOT / "course" / "results.md").read_text(encoding="utf-8")
TEXTS = [
    *(ROOT / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md")),
    *sorted(path for path in (ROOT / "course").rglob("*.md")),
]
FILE_NAMES = ("csv", "html", "ipynb", "json", "md", "py", "yaml")
# A number that stands alone: not a part of 3.2a, SST-2, int8 or a version. Signs and decimals belong to it.
NUMBER = re.compile(r"(?<![\w.,-])[−+]?\d+(?:,\d{3})*(?:\.\d+)?(?![.,-]?\w)")


def prose(text: str) -> str:
    """A Markdown text without code, the targets of its links, and the numbers of chapters."""
    return re.sub(r"`[^`]*`|\]\([^)]*\)|chapters? [\d.]+\w?(?: to \d+)?", " ", text)


def numbers(text: str) -> set[str]:
    return set(NUMBER.findall(prose(text)))


def anchor(heading: str) -> str:
    """The fragment under which GitHub shows a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def sections(text: str) -> dict[str, str]:
    """Heading to the text below it, for headings of the second and third level."""
    parts = re.split(r"^##+ (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def items(text: str) -> list[str]:
    return re.findall(r"^- .*(?:\n  .*)*", text, re.MULTILINE)


def without_source(texts: list[str]) -> dict[str, set[str]]:
    """For each text, the numbers that stand in none of the sections of `results.md` that it links."""
    known = {anchor(heading): numbers(body) for heading, body in sections(RESULTS).items()}
    missing = {}
    for text in texts:
        linked = re.findall(r"results\.md#([\w-]+)", text)
        left = numbers(text) - set().union(*(known[name] for name in linked))
        if left:
            missing[text] = left
    return missing


def test_the_readme_fits_two_screens():
    assert len(README.splitlines()) <= 120
    assert re.search(r"^!\[.+\]\(course/images/.+\)$", README, re.MULTILINE)
    for use in ("**Learn**", "**Experiment**", "**Teach**"):
        assert use in README


def test_every_headline_figure_stands_in_the_section_that_it_links():
    headlines = items(sections(README)["Results"])
    assert len(headlines) == 5 and all(len(numbers(text)) >= 2 for text in headlines)
    assert without_source(headlines) == {}


def test_every_figure_of_the_limits_stands_in_the_section_that_it_links():
    limits = items(sections(README)["Limits"])
    assert set().union(*map(numbers, limits))
    assert without_source(limits) == {}


@pytest.mark.parametrize("heading", ["结果", "局限"])
def test_every_figure_of_the_chinese_readme_stands_in_the_section_that_it_links(heading):
    """Signs aside: where English has a difference of +1.0, Chinese says by how much something is higher.

    The Chinese results have the anchors and numbers of the English, as `test_chinese_twins` proves.
    """
    known = {anchor(title): {n.lstrip("+") for n in numbers(body)} for title, body in sections(RESULTS).items()}
    for text in items(sections(CHINESE)[heading]):
        linked = set().union(*(known[name] for name in re.findall(r"results\.zh\.md#([\w-]+)", text)))
        apart = re.sub(r"([\u4e00-\u9fff])", r" \1 ", re.sub(r"第 [\d.]+ 章", " ", text))
        assert {number.lstrip("+") for number in numbers(apart)} <= linked, text


def test_the_chinese_readme_opens_with_the_main_job_and_has_every_notebook(read_commands):
    assert read_commands(CHINESE)[0] == "make run LANGUAGE=zh"
    assert "(README.zh.md)" in README and "(README.md)" in CHINESE
    built = {f"notebooks/zh/{path.name}" for path in (ROOT / "notebooks" / "zh").glob("*.ipynb")}
    assert built == set(re.findall(r"\((notebooks/zh/[^/)]+\.ipynb)\)", CHINESE))


def test_a_changed_figure_is_noticed():
    assert numbers("88.9 % [87.4, 90.2], −0.3; 1,821 texts of SST-2 in int8, chapter 3.2a, `42`, aim 3.5.") == {
        "88.9", "87.4", "90.2", "−0.3", "1,821", "3.5"
    }  # fmt: skip
    (headline, *_) = items(sections(README)["Results"])
    assert without_source([headline.replace("87.2", "87.9")]) != {}
    with pytest.raises(KeyError):
        without_source(["5.1 times, [there](course/results.md#nowhere)"])


def test_claims_are_counted_as_they_stand_in_their_table():
    table = (ROOT / "course" / "claims.md").read_text(encoding="utf-8")
    verdicts = ("holds", "does not hold", "true as a description", "not testable here", "not decided")
    rows = re.findall(rf"^\| .+ \| ({'|'.join(verdicts)}) \| \w+ \|$", table, re.M)
    assert len(rows) == len(re.findall(r"^\| \d.* \|$", table, re.M)), "a claim without a verdict"
    said = re.search(
        r"of (\d+) claims (\d+) hold, (\d+) do not, (\d+) are true as descriptions of a step, "
        r"(\d+) cannot be tested here, and (\d+) are not decided",
        " ".join(README.split()),
    )
    assert [int(number) for number in said.groups()] == [len(rows), *map(rows.count, verdicts)]


def test_the_chapter_table_has_every_notebook():
    for folder in ("notebooks", "notebooks/zh"):
        built = {f"{folder}/{path.name}" for path in (ROOT / folder).glob("*.ipynb")}
        assert built == set(re.findall(rf"\(({folder}/[^/)]+\.ipynb)\)", README))


def test_every_table_of_results_says_how_it_was_made():
    tables = {heading: body for heading, body in sections(RESULTS).items() if "|---" in body}
    assert len(tables) >= 10
    for heading, body in tables.items():
        assert re.findall(r"^- (Command|Machine|Load|Date): \S", body, re.M) == [
            "Command",
            "Machine",
            "Load",
            "Date",
        ], heading
        assert re.search(r"^- Date: \d+ [A-Z][a-z]+ 20\d\d", body, re.M), heading
        assert "`" in body, heading
    for path in re.findall(r"(?:python|pytest) (tests/\S+\.py)", RESULTS):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if target.startswith("http"):
            continue
        name, _, fragment = target.partition("#")
        file = path.parent / name if name else path
        assert file.exists(), target
        if fragment:
            text = file.read_text(encoding="utf-8")
            headings = map(anchor, re.findall(r"^#+ (.+)$", text, re.MULTILINE))
            assert fragment in [*headings, *re.findall(r'<a id="([^"]+)"></a>', text)], target


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_names_of_the_library_exist(path):
    """`training.fit`: a room or module of the library, and something in it."""
    package = Path(talentlab.__file__).parent
    modules = {file.stem: file.relative_to(package).with_suffix("") for file in package.rglob("*.py")}
    rooms = {file.parent.name: file.parent.relative_to(package) for file in package.glob("*/__init__.py")}
    for module, name in re.findall(r"`(\w+)\.(\w+)(?=[`(.])", path.read_text(encoding="utf-8")):
        if (place := {**modules, **rooms}.get(module)) and name not in FILE_NAMES:
            dotted = ".".join(("talentlab", *place.parts))
            assert hasattr(importlib.import_module(dotted), name) or (package / place / f"{name}.py").exists(), name


def test_the_card_of_the_documentation_corpus_has_the_installed_versions():
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
    card = (ROOT / "course" / "data" / "docstrings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w-]+) \| ([\d.]+) \|", card, re.MULTILINE)
    assert {name for name, _ in rows} == set(PACKAGES)
    assert all(pinned[name] == version for name, version in rows)


def test_the_package_says_which_five_modules_matter():
    docstring = ast.get_docstring(ast.parse(Path(talentlab.__file__).read_text(encoding="utf-8")))
    assert len(docstring.splitlines()) <= 10
    (line,) = re.findall(r"from talentlab import ([\w, ]+)", docstring)
    assert len(line.split(", ")) == 5
    for name in line.split(", "):
        importlib.import_module(f"talentlab.{name}")


def test_contributing_tours_every_room():
    tour = re.search(r"```\n(.+?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    package = Path(talentlab.__file__).parent
    rooms = {path.stem for path in package.glob("[a-z]*.py")} | {path.name for path in package.glob("[a-z]*/")}
    named = set(re.findall(r"\b\w+\b", "\n".join(line[:29] for line in tour.splitlines() if line.startswith("  "))))
    assert rooms == named


def test_every_command_of_the_readme_is_read(readme_commands):
    assert len(readme_commands) >= 10
    assert {"make run", "make test", "make lab"} <= set(readme_commands)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for command in readme_commands:
        words = shlex.split(command)
        assert words[0] != "make" or set(words[1:]) <= targets, command


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("```sh", "```bash"),
        lambda text: text.replace("```sh", "```sh ", 1),
        lambda text: text.replace("```sh\n", "~~~sh\n"),
        lambda text: re.sub(r"^talentlab", "$ talentlab", text, flags=re.MULTILINE).replace("```sh", "```console"),
        lambda text: re.sub(r"^(make|talentlab|\.).*\n", "", text, flags=re.MULTILINE),
    ],
)
def test_blocks_that_no_longer_parse_are_noticed(read_commands, damage):
    assert read_commands(README)
    with pytest.raises(AssertionError):
        read_commands(damage(README))
