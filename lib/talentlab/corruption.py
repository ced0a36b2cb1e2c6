"""Damage done on purpose, and written down: typos, missing words, flipped labels, and a whole dirty data set."""

import html
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from talentlab.errors import DataError

# A run of other signs without blanks is a word; each Chinese, Japanese or Korean character is one by itself.
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_PIECES = re.compile(rf"\s+|[{_CJK}]|[^\s{_CJK}]+")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
# What a word processor makes of plain signs; three bytes each in UTF-8, so a wrong decoding shows.
_TYPOGRAPHIC = {"'": "\u2019", '"': "\u201d", " - ": " \u2013 ", ".": "\u2026"}
# The last is cut off in the middle of a tag, as texts with a length limit are: it looks like no tag.
_TAGS = ("<p>{}</p>", "{}<br />", '<div class="review">{}</div>', "<span>{}</span>&nbsp;", "{}<a href=")
LOG_COLUMNS = ["row", "what", "copy_of", "before", "after"]


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
    _check_share("share", share)
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


def corrupt(
    frame: pd.DataFrame,
    seed: int = 0,
    *,
    encodings: float = 0.06,  # half mojibake, half replacement characters
    html_remains: float = 0.04,
    empty: float = 0.02,
    spellings: float = 0.04,  # of the label
    flipped: float = 0.10,
    duplicates: float = 0.06,  # half exact, half near
    leaked: float = 0.06,  # copies of test rows, half exact, half near
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A dirty version of labelled rows, and the log of what was done to which of them.

    Only training rows are damaged or added: what is measured on the other splits stays meaningful. Each row has at most
    one fault. All shares are of the number of training rows.

    Args:
        frame: Columns `text`, `label` (names or numbers) and `split` (train, validation, test); others stay.
        seed: Which rows, and how.
        encodings, …: Shares, as the comments beside them say.

    Returns:
        The dirty rows, numbered from 0, labels as strings; and the log with `row`, `what`, `copy_of` (row of the
        original of a copy, which always stands before a duplicate of its own split), and the text or label `before`
        and `after`.

    Raises:
        DataError: If a column is missing, or the shares are impossible.
    """
    shares = {
        "replacement characters": encodings / 2, "mojibake": encodings / 2, "HTML remains": html_remains,
        "empty text": empty, "label spelling": spellings, "flipped label": flipped,
        "exact duplicate": duplicates / 2, "near duplicate": duplicates / 2,
    }  # fmt: skip
    _check_frame(frame, shares, leaked)
    rng = np.random.default_rng(seed)
    clean = frame.reset_index(drop=True).assign(label=frame["label"].astype(str).to_list())
    classes = sorted(clean["label"].unique())
    train = np.flatnonzero(clean["split"] == "train")
    free = iter(rng.permutation(train).tolist())
    test = iter(rng.permutation(np.flatnonzero(clean["split"] == "test")).tolist())
    plan = [(what, next(free)) for what, share in shares.items() for _ in range(round(share * len(train)))]
    copies = round(leaked * len(train) / 2)
    plan += [(what, next(test)) for what in ("leaked copy", "leaked near copy") for _ in range(copies)]
    dirty = clean.copy()
    log: list[dict[str, Any]] = []
    dirty["_order"] = dirty.index.astype(float)
    added: list[dict[str, Any]] = []
    for what, source in plan:
        old = clean.loc[source]
        column = "label" if "label" in what else "text"
        new = _damage(what, old[column], classes, rng)
        entry = {"row": source, "what": what, "copy_of": pd.NA, "before": old[column], "after": new}
        if what.endswith(("duplicate", "copy")):
            start = 0.0 if what.startswith("leaked") else float(source)
            place = {"split": "train", "text": new, "_order": rng.uniform(start, len(clean)), "_log": len(log)}
            added.append({**old.to_dict(), **place})
            entry |= {"row": pd.NA, "copy_of": source}
        else:
            dirty.loc[source, column] = new
        log.append(entry)
    return _number(dirty, added, pd.DataFrame(log, columns=LOG_COLUMNS))


def _number(dirty: pd.DataFrame, added: list[dict[str, Any]], log: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Originals and copies in one order; the log's rows are then those of the result."""
    both = pd.concat([dirty.assign(_log=-1), pd.DataFrame(added)]) if added else dirty.assign(_log=-1)
    both = both.assign(_was=np.r_[dirty.index, np.full(len(added), -1)]).sort_values("_order", kind="stable")
    both = both.reset_index(drop=True)
    old, new = both[both["_was"] >= 0], both[both["_was"] < 0]
    now = dict(zip(old["_was"], old.index, strict=True))
    log["copy_of"] = log["copy_of"].map(now).astype("Int64")
    log["row"] = log["row"].map(now)
    log.loc[new["_log"].astype(int), "row"] = new.index
    log = log.astype({"row": int}).sort_values("row", kind="stable").reset_index(drop=True)
    return both.drop(columns=["_order", "_log", "_was"]), log


def _damage(what: str, value: str, classes: Sequence[str], rng: np.random.Generator) -> str:
    def pick(options: Sequence[str]) -> str:
        return options[int(rng.integers(len(options)))]

    if what == "replacement characters":
        places = rng.choice(len(value), size=min(len(value), 3), replace=False)
        return "".join("\ufffd" if i in places else letter for i, letter in enumerate(value))
    if what == "mojibake":
        return _mojibake(value, lossy=rng.random() < 0.2)
    if what == "HTML remains":
        return pick(_TAGS).format(html.escape(value))
    if what == "empty text":
        return pick(["", " ", "\t "])
    if what == "label spelling":
        variants = (value.upper(), value.title(), f" {value} ", f"{value}.", value[:-1] if len(value) > 6 else value)
        return pick([v for v in variants if v != value])
    if what == "flipped label":
        return pick([other for other in classes if other != value])
    return _near_copy(value, rng.uniform(0.05, 0.5), int(rng.integers(2**32))) if "near" in what else value


def _mojibake(text: str, lossy: bool) -> str:
    """UTF-8 read as Windows-1252, which is how `’` becomes `â€™`; bytes that it lacks stay as control characters.

    `lossy`: squeezed into ASCII instead, so that question marks stand where the signs were. Nobody can mend that.
    """
    for plain, fine in _TYPOGRAPHIC.items():
        text = text.replace(plain, fine)
    text = text if any(letter > "\x7f" for letter in text) else text + "\u2026"
    if lossy:
        return text.encode("ascii", "replace").decode()
    return "".join(bytes([b]).decode("cp1252" if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else "latin-1")
                   for b in text.encode("utf-8"))  # fmt: skip


def _near_copy(text: str, share: float, seed: int) -> str:
    """The same text with `share` of its words gone or mistyped, at least one."""
    words = max(1, len(text.split()))
    changed = (drop_words if seed % 2 else add_typos)([text], max(share, 1 / words), seed)[0]
    return changed if changed.casefold() != text.casefold() else text.rstrip(".!?。") + " …"


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
    _check_share("share", share)
    pieces = [_PIECES.findall(text) for text in texts]
    words = [(i, j) for i, parts in enumerate(pieces) for j, part in enumerate(parts) if not part.isspace()]
    return pieces, words, np.random.default_rng(seed)


def _check_share(name: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise DataError(f"{name}={share}.", expected="a share between 0 and 1", remedy="10 % is 0.1.")


def _check_frame(frame: pd.DataFrame, shares: dict[str, float], leaked: float) -> None:
    if missing := {"text", "label", "split"} - set(frame.columns):
        raise DataError(
            f"The columns {list(frame.columns)} lack {sorted(missing)}.",
            expected="columns text, label and split",
            remedy="take the frame of data.load_labelled_text, or rename the columns.",
        )
    for what, share in {**shares, "leaked": leaked}.items():
        _check_share(what, share)
    train, test = ((frame["split"] == name).sum() for name in ("train", "test"))
    wanted = sum(round(share * train) for share in shares.values())
    if wanted > train or 2 * round(leaked * train / 2) > test or frame["label"].nunique() < 2:
        raise DataError(
            f"{wanted} rows to damage of {train}, {round(leaked * train)} to leak of {test}, "
            f"{frame['label'].nunique()} class(es).",
            expected="shares that sum to at most 1, at least that many test rows, and 2 classes",
            remedy="lower the shares.",
        )
