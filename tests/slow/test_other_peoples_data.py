"""Chapters on texts that they were not written for: they come to their end, and what they print agrees with itself.

Many unequal classes, Chinese, few rows, very long texts; at tiny sizes, so that little is learned: this has to be told.
"""

import re

import nbformat
import numpy as np
import pandas as pd
import pytest

from talentlab.authoring import build
from talentlab.experiments import runs

TOPICS = """
river stone letter window garden market engine button paper bridge signal winter silver carbon cotton planet summer
doctor barrel copper ticket needle anchor candle helmet ladder magnet pepper ribbon saddle tunnel velvet walnut yellow
zipper basket circle desert forest hammer
"""
WORDS = TOPICS.split()
HAN = "山水风云日月花草书画茶酒米面车船门窗路桥"


def texts(rng, topic, n, length):
    """Texts of some words, of which a third belongs to the topic."""
    return [" ".join(rng.choice([*WORDS, *[topic] * (len(WORDS) // 2)], length())) for _ in range(n)]


def forty_classes(rng):
    """Twenty to sixty texts each, one class after the other."""
    sizes = rng.permutation(np.linspace(20, 60, 40).astype(int))
    parts = [(text, f"about {topic}") for topic, n in zip(WORDS, sizes, strict=True)
             for text in texts(rng, topic, n, lambda: rng.integers(3, 20))]  # fmt: skip
    return pd.DataFrame(parts, columns=["text", "label"])


def chinese(rng):
    topics = {"好评": "好棒赞", "中评": "平常般", "差评": "差坏烂"}
    rows = [("".join(rng.choice([*HAN, *signs * 6], rng.integers(5, 25))), name) for name, signs in topics.items()
            for _ in range(70)]  # fmt: skip
    return pd.DataFrame(rows, columns=["text", "label"])


def sixty_rows(rng):
    rows = [(text, topic) for topic in ("river", "engine") for text in texts(rng, topic, 30, lambda: 6)]
    return pd.DataFrame(rows, columns=["text", "label"])


def long_texts(rng):
    rows = [(text, topic) for topic in ("river", "engine")
            for text in texts(rng, topic, 60, lambda: rng.integers(300, 600))]  # fmt: skip
    return pd.DataFrame(rows, columns=["text", "label"])


SETS = {made.__name__: made for made in (forty_classes, chinese, sixty_rows, long_texts)}
TINY = {
    "01": "sizes=16,48 few_labels=16 num_epochs=1 min_steps=4",
    "02": "train_texts=48 num_epochs=1 tuning_rates=1e-4",
    "03_2a": "train_texts=600 exam_texts=200 seeds=0,1 num_epochs=1 num_hidden_layers=1",
    "03_2f": "train_texts=96 num_epochs=1 simulations=200 parity_texts=32 speed_rounds=1",
    "03_3": "sizes=16,48 few_labels=16 num_epochs=1 draws=2 num_hidden_layers=2 depths=1",
    "05": "num_epochs=1",
}
PAIRS = [  # each chapter once, chapter 5 twice: every run is a minute of a core
    *(("01", "sixty_rows"), ("02", "chinese"), ("03_2a", "forty_classes"), ("03_2f", "long_texts")),
    *(("03_3", "chinese"), ("05", "forty_classes"), ("05", "long_texts")),
]


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    """The notebooks that the sources make, by number."""
    folder, found = tmp_path_factory.mktemp("chapters"), {}
    for number in TINY:
        (source,) = [path for path in build.sources() if path.stem.startswith(f"{number}_")]
        found[number] = folder / f"{source.stem}.ipynb"
        nbformat.write(build.load_chapter(source).editions["learner"], found[number])
    return found


def said(folder):
    """Everything that a run shows as text: prints, captions, tables and claims; without the questions of the quiz."""
    (path,) = folder.glob("*.ipynb")
    parts = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and "quizzes." not in cell.source:
            for output in cell.outputs:
                parts += [
                    output.get("text", ""),
                    *(str(output.get("data", {}).get(f"text/{kind}", "")) for kind in ("plain", "markdown")),
                ]
    return "\n".join(parts)


NUMBER = r"([+−-]?\d[\d,]*(?:\.\d+)?)"
INTERVAL = re.compile(rf"(?<![\w.\[]){NUMBER} ?%? \[{NUMBER}%?, {NUMBER}%?\]")
SPAN = re.compile(rf"{NUMBER} to {NUMBER} (?:tokens|texts|labels|points|%)")
LOWEST = re.compile(r"lowest for [^;:]*? \((\d+)%\), highest for [^;:]*? \((\d+)%\)")


def number(text):
    return float(text.replace(",", "").replace("−", "-"))


def falsehoods(text):
    """Sentences that do not agree with their own numbers."""
    for match in INTERVAL.finditer(text):
        value, low, high = map(number, match.groups())
        if not low <= value <= high:
            yield f"outside of its interval: {match[0]}"
    for match in SPAN.finditer(text):
        low, high = map(number, match.groups())
        if low == high:
            yield f"from a number to the same: {match[0]}"
    for match in LOWEST.finditer(text):
        if not int(match[1]) < int(match[2]):
            yield f"lowest and highest: {match[0]}"
    longest = re.search(
        r"reads at most (\d+) tokens of a text; limit (\d+); texts that lost their end: ([\d.]+)%", text
    )
    if longest and (int(longest[1]) > int(longest[2]) or (float(longest[3]) > 0 and int(longest[1]) < int(longest[2]))):
        yield f"truncation: {longest[0]}"
    yield from (
        f"no number: {word[0]}"
        for word in re.finditer(r"[^\n]{0,40}(?<![\w/'\"=.])-?(?:nan|inf)(?![\w/])%?[^\n]{0,20}", text)
    )


@pytest.mark.parametrize(("chapter", "name"), PAIRS)
def test_a_chapter_tells_the_truth_about_texts_of_others(notebooks, chapter, name, tmp_path):
    path = tmp_path / f"{name}.csv"
    SETS[name](np.random.default_rng(0)).to_csv(path, index=False)
    settings = {"dataset": str(path), "max_length": "32", **dict(pair.split("=") for pair in TINY[chapter].split())}
    done = runs.run(notebooks[chapter], settings, runs_folder=tmp_path / "runs", show_progress=False)
    assert done.record["status"] == "completed"
    assert list(falsehoods(said(done.folder))) == []


FALSE = """
+8.3% [+9.0%, +18.2%]
76.3 % [70.1, 75.0]
most have 64 to 64 tokens
lowest for a (53%), highest for b (53%)
reads at most 60 tokens of a text; limit 64; texts that lost their end: 99.0%
accuracy nan%
20 [4, inf] times
""".strip().splitlines()
TRUE = """
+8.3% [-1.5%, +18.2%]
most have 6 to 64 tokens; lowest for a (3%), highest for b (5%)
information
"""


@pytest.mark.parametrize("false", FALSE)
def test_a_falsehood_would_be_seen(false):
    assert len(list(falsehoods(f"Before.\n{false}\nAfter."))) == 1
    assert list(falsehoods(TRUE)) == []
