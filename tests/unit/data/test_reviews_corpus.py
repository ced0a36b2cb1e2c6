"""Are the bundled corpora what chapters rely on: balanced, varied, without leaks, neither trivial nor hopeless?"""

import csv
import re
from collections import Counter, defaultdict
from itertools import combinations

import pytest

from talentlab.data import near_duplicates
from talentlab.evaluation import fit_baseline
from talentlab.runtime import corpus_file

SECTORS = {"education", "finance", "healthcare", "manufacturing"}
TAGS = {"plain", "negation", "contrast", "implicit", "domain_terms", "mixed", "irony"}
SIZES = {"train": 1000, "validation": 300, "test": 300}
HAN = "\u4e00-\u9fff"

Rows = list[dict[str, str]]


def read(name: str) -> Rows:
    with corpus_file(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module", params=["reviews", "reviews_zh"])
def rows(request: pytest.FixtureRequest) -> Rows:
    return read(request.param)


@pytest.fixture(scope="module")
def chinese() -> Rows:
    return read("reviews_zh")


def words(text: str) -> list[str]:
    """Words, or single Chinese characters."""
    return re.findall(rf"[{HAN}]|[^\W{HAN}][\w'&-]*" if re.search(f"[{HAN}]", text) else r"[\w'&-]+", text.lower())


def overlapping_pairs(texts: list[str], n: int = 5) -> dict[tuple[int, int], float]:
    """Jaccard overlap of word n-grams for each pair of texts that shares any."""
    grams = [{tuple(w[i : i + n]) for i in range(len(w) - n + 1)} for w in map(words, texts)]
    holders = defaultdict(list)
    for number, of_text in enumerate(grams):
        for gram in of_text:
            holders[gram].append(number)
    shared = Counter(pair for numbers in holders.values() for pair in combinations(numbers, 2))
    return {(a, b): both / (len(grams[a]) + len(grams[b]) - both) for (a, b), both in shared.items()}


def test_columns_sizes_and_splits(rows: Rows) -> None:
    assert list(rows[0]) == ["text", "label", "sector", "tag", "split"]
    assert Counter(row["split"] for row in rows) == SIZES


def test_every_value_is_one_of_those_in_the_data_card(rows: Rows) -> None:
    assert {row["label"] for row in rows} == {"0", "1"}
    assert {row["sector"] for row in rows} == SECTORS
    assert {row["tag"] for row in rows} == TAGS


def test_labels_are_balanced_within_each_sector_of_each_split(rows: Rows) -> None:
    counts = Counter((row["split"], row["sector"], row["label"]) for row in rows)
    for split in SIZES:
        for sector in SECTORS:
            negative, positive = counts[split, sector, "0"], counts[split, sector, "1"]
            if split == "train":
                assert (negative, positive) == (125, 125), sector
            else:
                assert negative + positive == 75 and abs(negative - positive) <= 1, (split, sector)


def test_english_texts_have_8_to_40_words() -> None:
    odd = [row["text"] for row in read("reviews") if not 8 <= len(row["text"].split()) <= 40]
    assert odd == []


def test_chinese_texts_have_8_to_60_characters_and_hardly_others(chinese: Rows) -> None:
    odd = [row["text"] for row in chinese if not 8 <= len(row["text"]) <= 60]
    assert odd == []
    assert [row["text"] for row in chinese if re.search(r"[,;!?\"'()]", row["text"])] == []
    assert min(len(re.findall(f"[{HAN}]", row["text"])) / len(row["text"]) for row in chinese) >= 0.5


def test_texts_are_printable_and_tidy(rows: Rows) -> None:
    odd = [row["text"] for row in rows if not row["text"].isprintable() or row["text"] != " ".join(row["text"].split())]
    assert odd == []


def test_no_text_occurs_twice(rows: Rows) -> None:
    counts = Counter(" ".join(words(row["text"])) for row in rows)
    assert [text for text, n in counts.items() if n > 1] == []


def test_no_two_texts_share_half_of_their_word_5_grams(rows: Rows) -> None:
    overlaps = overlapping_pairs([row["text"] for row in rows])
    assert overlaps, "no pair shares a single 5-gram: the measure itself is broken"
    alike = [(a, b) for (a, b), overlap in overlaps.items() if overlap > 0.5]
    assert [(rows[a]["text"], rows[b]["text"]) for a, b in alike] == []


def test_no_two_chinese_texts_share_half_of_their_pairs_of_characters_nor_a_fifth_across_splits(chinese: Rows) -> None:
    found = near_duplicates([row["text"] for row in chinese], threshold=0.2)
    assert len(found), "no pair shares a fifth: the measure itself is broken"
    assert found["similarity"].max() < 0.5
    split = [row["split"] for row in chinese]
    assert [pair for pair in zip(found["row"], found["other"], strict=True) if len({split[i] for i in pair}) > 1] == []


def test_the_overlap_measure_finds_a_changed_word() -> None:
    text = "the tutor answered every one of my questions within a minute or so"
    pairs = overlapping_pairs([text, text.replace("minute", "second"), "quite another text about a scale in a mill"])
    assert pairs == {(0, 1): pytest.approx(6 / 12)}


def test_no_opening_of_four_words_occurs_four_times(rows: Rows) -> None:
    openings = Counter(tuple(words(row["text"])[:4]) for row in rows)
    assert [" ".join(opening) for opening, n in openings.items() if n >= 4] == []


def test_counting_words_solves_it_in_part_only(rows: Rows) -> None:
    """The baseline scores between 0.65 and 0.85: there is something to learn, and something left for a real model."""
    text, label = ({s: [r[c] for r in rows if r["split"] == s] for s in SIZES} for c in ("text", "label"))
    fitted = fit_baseline(text["train"], map(int, label["train"]))
    assert 0.65 <= fitted.score(text["test"], [int(name) for name in label["test"]]) <= 0.85
