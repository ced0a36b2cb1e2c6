"""The Chinese twins of the data cards and the results: is each there, and does it say what the English says today?"""

import calendar
import os
import re
from collections import Counter
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

COURSE = Path(__file__).parents[2] / "course"
DATA = COURSE / "data"
CARDS = [card.relative_to(DATA) for card in sorted(DATA.rglob("*.md")) if not card.is_relative_to(DATA / "zh")]
PAIRS = [*((DATA / card, DATA / "zh" / card) for card in CARDS), (COURSE / "results.md", COURSE / "results.zh.md")]
CHINESE = [COURSE.parent / "README.zh.md", *COURSE.rglob("*.zh.md"), *COURSE.glob("*/zh/**/*.md")]
MONTHS = {name: str(number) for number, name in enumerate(calendar.month_name) if name}
# Parts of names, as in SST-2 or 3.2a, are none; Chinese writes 0.8 million as 80 万.
NUMBER = re.compile(r"(?<![A-Za-z\d.-])\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?(?![A-Za-z])")


def plain(text):
    """Without blocks of code and the targets of links; months and millions as Chinese writes them."""
    text = re.sub(r"^```.*?^```|<a id=.*?</a>|\]\([^)]*\)", " ", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\b(" + "|".join(MONTHS) + r")\b", lambda month: MONTHS[month[1]], text)
    return re.sub(r"([\d.]+) million", lambda found: f"{100 * float(found[1]):g} 万", text)


def numbers(text):
    """How often each number stands there, code aside."""
    return Counter(number.replace(",", "") for number in NUMBER.findall(re.sub(r"`[^`]*`", " ", text)))


def facts(text):
    """For each section its level, names in code, list items, numbers of each table row and of the sentences."""
    found = []
    for part in re.split(r"^(?=#+ )", plain(text), flags=re.MULTILINE)[1:]:
        rows = re.findall(r"^\|.*", part, re.MULTILINE)
        found.append({
            "level": re.match("#+", part)[0],
            "code": {name.replace("\n", " ") for name in re.findall(r"`([^`]+)`", part)},
            "items": len(re.findall(r"^(?:-|\d+\.) ", part, re.MULTILINE)),
            "rows": [numbers(row) for row in rows],
            "signs": ["".join(re.findall(r"[−+](?=\d)", re.sub(r"`[^`]*`", " ", row))) for row in rows],
            "numbers": numbers(re.sub(r"^\|.*|^\d+\. ", "", part, flags=re.MULTILINE)),
        })  # fmt: skip
    return found


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=lambda path: str(path.relative_to(COURSE)))
def test_a_twin_has_the_sections_numbers_and_names_of_its_english(english, chinese):
    texts = [path.read_text(encoding="utf-8") for path in (english, chinese)]
    blocks = [re.findall(r"^```.*?^```", text, re.DOTALL | re.MULTILINE) for text in texts]
    assert blocks[0] == blocks[1]
    told = [facts(text) for text in texts]
    assert [part["level"] for part in told[0]] == [part["level"] for part in told[1]]
    for number, (one, other) in enumerate(zip(*told, strict=True)):
        assert one == other, f"section {number}"
    sentences = [
        block for block in re.split(r"\n\n+", texts[1]) if not block.startswith(("|", "```", "## `", "[English]"))
    ]
    assert [block for block in sentences if not re.search("[\u4e00-\u9fff]", block)] == []


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=lambda path: str(path.relative_to(COURSE)))
def test_twins_link_each_other(english, chinese):
    for page, words, other in ((english, "中文", chinese), (chinese, "English", english)):
        link = f"[{words}]({Path(os.path.relpath(other, page.parent)).as_posix()})"
        assert link in page.read_text(encoding="utf-8").splitlines(), page


def test_the_chinese_results_have_the_anchors_of_the_english():
    english, chinese = ((COURSE / name).read_text(encoding="utf-8") for name in ("results.md", "results.zh.md"))
    headings = re.findall(r"^## (.+)$", english, re.MULTILINE)
    anchors = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert re.findall(r'^<a id="([\w-]+)"></a>\n## ', chinese, re.MULTILINE) == anchors


def test_no_twin_outlives_its_english():
    assert {path.relative_to(DATA / "zh") for path in (DATA / "zh").rglob("*.md")} == set(CARDS)


@pytest.mark.parametrize("page", sorted(CHINESE), ids=lambda path: str(path.relative_to(COURSE.parent)))
def test_no_page_shows_the_stars_of_bold(page):
    """Where a sign of Chinese stands before them and no space after, they end nothing."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    words = [word.content for token in tokens for word in token.children or [] if word.type == "text"]
    assert words and [word for word in words if "**" in word] == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("17 of 90", "18 of 90"), ("| 4.5 |", "| −4.5 |"), ("| b | 2 |\n", ""), ("`seed`", "`seeds`"), ("- one\n", "")],
)
def test_a_stale_twin_is_noticed(before, after):
    text = (
        "# Card\n\n17 of 90 by `seed` on 26 November 2026, 0.8 million.\n\n- one\n\n| a | 4.5 |\n|---|---|\n| b | 2 |\n"
    )
    chinese = (
        "# 卡\n\n90 条里 17 条，`seed`，2026 年 11 月 26 日，80 万。\n\n- 一\n\n| 甲 | 4.5 |\n|---|---|\n| 乙 | 2 |\n"
    )
    assert before in text and facts(text) == facts(chinese) != facts(text.replace(before, after))
