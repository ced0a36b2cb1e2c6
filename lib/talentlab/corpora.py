"""Text without labels: the documentation of installed packages, or text files, with a data card and a split."""

import ast
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import pandas as pd

from talentlab.errors import DataError

PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "matplotlib")  # write prose, in one style, and install with us
_SKIPPED_FOLDERS = {
    "tests",
    "test",
    "testing",
    "externals",
    "_vendor",
    "vendored",
}  # not the package's own documentation
_ROLE = re.compile(r":[\w:+-]+:`~?([^`<]+?)(?:\s*<[^`]*>)?`")  # :func:`numpy.sum` -> numpy.sum
_MARKUP = re.compile(r"`+|\*{1,2}(?=\w)|(?<=\w)\*{1,2}|\s?\[[\w-]+\]_")
_BULLET = re.compile(r"^(\s*)([-*•]|\d+[.)]|\(\w\))\s+")
_CODE = re.compile(r"[\\$={}\[\]|<>^~@#%&*/+]")  # signs that prose has few of
_UNDERLINE = re.compile(r"([-=~^*])\1{2,}")
_MIN_WORDS = 8


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


def load_docstring_corpus(packages: Sequence[str] = PACKAGES) -> Corpus:
    """Prose of the documentation strings of installed packages.

    The source files are parsed, never imported, in the order of their names: the same versions give the same corpus.
    Of a docstring, the paragraphs that are whole sentences stay; code, doctests, tables, formulas and signatures go,
    and so does a paragraph that stood anywhere before. About 0.15 s per MB of source.

    Args:
        packages: Names of installed distributions, as `pip list` shows them.

    Raises:
        DataError: If a package is not installed, or no prose is found.
    """
    seen: set[str] = set()
    rows, known = [], {}
    for name in packages:
        package = _distribution(name)
        known[name] = {"version": package.version.split("+")[0], "licence": _licence(package)}
        for path in _source_files(package):
            for docstring in _docstrings(path):
                if fresh := _unseen(_prose(docstring), seen):
                    rows.append((" ".join(fresh), name))
    return _corpus(rows, pd.DataFrame.from_dict(known, orient="index"), f"the docstrings of {', '.join(packages)}")


def load_text_corpus(paths: Sequence[str | Path]) -> Corpus:
    """Text files, or all `.txt` and `.gz` files of folders, as one corpus without repeated documents.

    Raises:
        DataError: As `load_text_file`, or if a folder has no text file.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        found = sorted(f for f in path.rglob("*") if f.suffix in (".txt", ".gz")) if path.is_dir() else [path]
        if not found:
            raise DataError(
                f"The folder {path} has no .txt or .gz file.",
                expected="a text file, or a folder with some",
                remedy="check the path, or convert the documents to plain text.",
            )
        files += found
    seen: set[str] = set()
    rows = [(text, file.name) for file in files for text in _unseen(load_text_file(file), seen)]
    return _corpus(rows, pd.DataFrame(index=list(dict.fromkeys(f.name for f in files))), f"{[str(p) for p in paths]}")


def load_text_file(path: str | Path) -> list[str]:
    """Documents of a UTF-8 text file, plain or gzipped.

    Documents are what blank lines separate; in a file without blank lines each line is one.

    Raises:
        DataError: If the file is missing, damaged, not text or empty.
    """
    path = Path(path).expanduser()
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8-sig")
        if "\0" in text:
            raise ValueError("it holds zero bytes")
    except (OSError, EOFError, ValueError, zlib.error) as error:  # UnicodeDecodeError is a ValueError
        raise DataError(
            f"{path} cannot be read as text: {error}.",
            expected="an existing text file in UTF-8, plain or gzipped",
            remedy="check the path; convert other encodings (`iconv -t utf-8`) and formats to plain text.",
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
    return _corpus(pairs, corpus.card.drop(index="total", columns=["documents", "words", "size_kib"]), "the rows taken")


def _unseen(texts: Iterable[str], seen: set[str]) -> list[str]:
    """Those not met before, letter case aside; `seen` grows by them."""
    fresh = {text.casefold(): text for text in texts}
    fresh = {key: text for key, text in fresh.items() if key not in seen}
    seen.update(fresh)
    return list(fresh.values())


def _corpus(rows: Sequence[tuple[str, str]], known: pd.DataFrame, what: str) -> Corpus:
    """Documents with the card that counts them."""
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


def _distribution(name: str) -> Distribution:
    try:
        package = distribution(name)
    except PackageNotFoundError as error:
        raise DataError(
            f"The package {name!r} is not installed.",
            expected="an installed distribution, by the name that `pip list` shows",
            remedy=f"install it, or leave it out; the default is {', '.join(PACKAGES)}.",
        ) from error
    return package


def _source_files(package: Distribution) -> list[Path]:
    files = [f for f in package.files or [] if f.suffix == ".py" and not _SKIPPED_FOLDERS & set(f.parts)]
    return [Path(str(file.locate())) for file in sorted(files, key=str)]


def _licence(package: Distribution) -> str:
    """What the package's metadata call its licence, in one line."""
    stated = package.metadata.json
    classifiers = [c.rsplit(" :: ")[-1] for c in stated.get("classifier", []) if c.startswith("License ::")]
    return str(stated.get("license_expression") or next(iter(classifiers), "") or stated.get("license", "not stated"))


def _docstrings(path: Path) -> list[str]:
    """Docstrings of module, classes and functions, in the order of the file; none of a file that does not parse."""
    try:
        nodes: list[ast.AST] = [ast.parse(path.read_bytes())]
    except (OSError, SyntaxError, ValueError):
        return []
    found = []
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(ast.get_docstring(node) or "")
            nodes[:0] = [n for n in node.body if isinstance(n, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
    return found


def _prose(docstring: str) -> list[str]:
    """The paragraphs that are sentences. A change of indentation or a bullet begins one, as a blank line does."""
    paragraphs: list[list[str]] = [[]]
    indent, doctest = 0, False
    for line in docstring.expandtabs().splitlines():
        bare = _BULLET.sub(lambda match: " " * len(match[0]), line)
        text = bare.strip()
        doctest = bool(text) and (doctest or text.startswith(">>>"))  # its output ends at a blank line
        depth = len(bare) - len(bare.lstrip())
        if not text or doctest or bare != line or depth != indent:
            paragraphs.append([])
            indent = depth
        if _UNDERLINE.fullmatch(text):
            paragraphs[-1:] = [[], []]  # with the heading above it
        elif text and not doctest:
            paragraphs[-1].append(text)
    cleaned = (_MARKUP.sub("", _ROLE.sub(r"\1", " ".join(lines))) for lines in paragraphs if lines)
    return [" ".join(text.split()) for text in cleaned if _is_prose(text)]


def _is_prose(text: str) -> bool:
    whole = text[:1].isupper() and text[-1] in ".!?" and len(text.split()) >= _MIN_WORDS
    return whole and not re.search("::|   ", text) and len(_CODE.findall(text)) <= 0.01 * len(text)
