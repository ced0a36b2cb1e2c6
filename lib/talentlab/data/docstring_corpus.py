"""Prose that is on every machine: the documentation strings of installed packages, without code and formulas."""

import ast
import re
from collections.abc import Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pandas as pd

from talentlab.data.corpora import Corpus, build_corpus, take_new
from talentlab.errors import DataError

PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "matplotlib")  # write prose, in one style, and install with us
# not the package's own documentation
_SKIPPED_FOLDERS = {"tests", "test", "testing", "externals", "_vendor", "vendored"}
_ROLE = re.compile(r":[\w:+-]+:`~?([^`<]+?)(?:\s*<[^`]*>)?`")  # :func:`numpy.sum` -> numpy.sum
_MARKUP = re.compile(r"`+|\*{1,2}(?=\w)|(?<=\w)\*{1,2}|\s?\[[\w-]+\]_")
_BULLET = re.compile(r"^(\s*)([-*•]|\d+[.)]|\(\w\))\s+")
_CODE = re.compile(r"[\\$={}\[\]|<>^~@#%&*/+]")  # signs that prose has few of
_UNDERLINE = re.compile(r"([-=~^*])\1{2,}")
_MIN_WORDS = 8


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
                if fresh := take_new(_prose(docstring), seen):
                    rows.append((" ".join(fresh), name))
    return build_corpus(rows, pd.DataFrame.from_dict(known, orient="index"), f"the docstrings of {', '.join(packages)}")


def _distribution(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as error:
        raise DataError(
            f"The package {name!r} is not installed.",
            expected="an installed distribution, by the name that `pip list` shows",
            remedy=f"install it, or leave it out; the default is {', '.join(PACKAGES)}.",
        ) from error


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
