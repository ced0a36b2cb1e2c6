"""Damage done on purpose: typos, missing words, flipped labels."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from talentlab.data.quality import CJK
from talentlab.errors import DataError

# A run of other signs without blanks is a word; each Chinese, Japanese or Korean character is one by itself.
_PIECES = re.compile(rf"\s+|[{CJK}]|[^\s{CJK}]+")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")


def add_typos(texts: Sequence[str], share: float, seed: int = 0) -> list[str]:
    """Give `share` of all words one typo each: two letters swapped, one dropped, doubled, or its neighbour's key.

    For one seed, a larger share damages the same words and more, in the same way, so that a curve over shares is even.

    Args:
        texts: N texts. A word is what stands between blanks; a Chinese character is one too, and can only be doubled.
        share: Part of the words, between 0 and 1, rounded to whole words over all texts together.
        seed: Which words, and which typo.

    Raises:
        DataError: If `share` is no share.
    """
    pieces, words, rng = _cut(texts, share, seed)
    chosen = rng.permutation(len(words))[: round(share * len(words))]
    seeds = rng.integers(2**32, size=len(words))
    for number in chosen:
        text, place = words[number]
        pieces[text][place] = _typo(pieces[text][place], np.random.default_rng(seeds[number]))
    return ["".join(parts) for parts in pieces]


def drop_words(texts: Sequence[str], share: float, seed: int = 0) -> list[str]:
    """Take away `share` of all words; every text that had a word keeps at least one.

    Args:
        texts: N texts; blanks at the ends go, and the others become single.
        share: Part of the words, between 0 and 1, rounded to whole words over all texts together.
        seed: Which words. A larger share drops the same words and more.

    Raises:
        DataError: If `share` is no share.
    """
    pieces, words, rng = _cut(texts, share, seed)
    left = np.bincount([text for text, _ in words], minlength=len(pieces))
    for number in rng.permutation(len(words))[: round(share * len(words))]:
        text, place = words[number]
        if left[text] > 1:
            pieces[text][place], left[text] = "", left[text] - 1
    return [" ".join("".join(parts).split()) for parts in pieces]


def flip_labels(
    labels: Sequence[int], share: float, num_classes: int, seed: int = 0
) -> tuple[list[int], npt.NDArray[np.bool_]]:
    """Give exactly `round(share * N)` rows another class, each other class being equally likely.

    Args:
        labels: N classes, 0 … C-1.
        share: Part of the rows, between 0 and 1.
        num_classes: C.
        seed: Which rows, and which class. A larger share flips the same rows and more.

    Returns:
        The N labels, and for each row whether it was flipped.

    Raises:
        DataError: If `share` is no share, or a label is not among the classes, or there is only one class.
    """
    check_share("share", share)
    given = np.asarray(labels, int)
    if num_classes < 2 or (len(given) and not 0 <= given.min() <= given.max() < num_classes):
        raise DataError(
            f"num_classes={num_classes}, and labels {sorted(set(given.tolist()))[:6]}.",
            expected="at least 2 classes, and every label one of 0 … num_classes - 1",
            remedy="pass len(class_names), and the labels as numbers.",
        )
    rng = np.random.default_rng(seed)
    order, steps = rng.permutation(len(given)), rng.integers(1, num_classes, size=len(given))
    flipped = np.zeros(len(given), bool)
    flipped[order[: round(share * len(given))]] = True
    return np.where(flipped, (given + steps) % num_classes, given).tolist(), flipped


def _typo(word: str, rng: np.random.Generator) -> str:
    """The word with one typo; always another word."""
    place = int(rng.integers(len(word)))
    swapped = word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :] if place else word
    dropped = word[:place] + word[place + 1 :] if len(word) > 1 else word
    doubled = word[:place] + word[place] + word[place:]
    near = _neighbour(word[place], rng)
    options = [swapped, dropped, doubled, word[:place] + near + word[place + 1 :]]
    options = [option for option in options if option != word]
    return options[rng.integers(len(options))]


def _neighbour(letter: str, rng: np.random.Generator) -> str:
    """A key beside that of `letter`, in its case; itself where the keyboard has none."""
    for keys in _KEYBOARD:
        if (place := keys.find(letter.lower())) >= 0:
            beside = keys[max(place - 1, 0) : place] + keys[place + 1 : place + 2]
            key = beside[rng.integers(len(beside))]
            return key.upper() if letter.isupper() else key
    return letter


def _cut(
    texts: Sequence[str], share: float, seed: int
) -> tuple[list[list[str]], list[tuple[int, int]], np.random.Generator]:
    """Each text in pieces (words and blanks), and where the words are."""
    check_share("share", share)
    pieces = [_PIECES.findall(text) for text in texts]
    words = [(i, j) for i, parts in enumerate(pieces) for j, part in enumerate(parts) if not part.isspace()]
    return pieces, words, np.random.default_rng(seed)


def check_share(name: str, share: float) -> None:
    """Refuse what is no share between 0 and 1."""
    if not 0 <= share <= 1:
        raise DataError(f"{name}={share}.", expected="a share between 0 and 1", remedy="10 % is 0.1.")
