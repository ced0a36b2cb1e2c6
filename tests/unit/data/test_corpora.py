"""Text without labels: what of a docstring is prose, files of every bad kind, splits without leaks."""

import gzip
import textwrap

import pytest

from talentlab.data import corpora, docstring_corpus
from talentlab.errors import DataError

DOCSTRING = textwrap.dedent(
    """\
    Return the sum of two numbers, whatever they may be today.

    The ``first`` one is added to :func:`~package.second <second>` with great care [1]_.

    Parameters
    ----------
    x : array_like, shape (n,)
        Input values that are to be summed along the last axis.
    y : int
        Short one.

    Returns
    -------
    total = x + y is {not} a [sentence] about anything | at all = 3.

    Notes
    -----
    .. math:: \\\\sum_i x_i

    >>> add(1, 2)
    This Output Of A Doctest Looks Quite Like A Sentence Here.

    - Bullets are taken one by one when they are whole sentences.
    - No full stop at the end of this one
    """
)


def test_of_a_docstring_the_sentences_stay():
    assert docstring_corpus._prose(DOCSTRING) == [
        "Return the sum of two numbers, whatever they may be today.",
        "The first one is added to package.second with great care.",
        "Input values that are to be summed along the last axis.",
        "Bullets are taken one by one when they are whole sentences.",
    ]


def test_docstrings_come_in_the_order_of_the_file_and_broken_files_give_none(tmp_path):
    source = tmp_path / "a.py"
    source.write_text('"""M."""\nclass A:\n    """A."""\n    def f(self):\n        """F."""\ndef g():\n    """G."""\n')
    assert [d for d in docstring_corpus._docstrings(source) if d] == ["M.", "A.", "F.", "G."]
    source.write_text("def (:")
    assert docstring_corpus._docstrings(source) == docstring_corpus._docstrings(tmp_path / "none.py") == []


def test_the_docstring_corpus_is_the_same_twice_has_no_repeats_and_counts_itself():
    first, second = (docstring_corpus.load_docstring_corpus(["tqdm", "click"]) for _ in range(2))
    assert first.fingerprint == second.fingerprint and len(first.texts) == len(first.sources) > 50
    assert len(set(first.texts)) == len(first.texts)
    card = first.card
    assert card.index.tolist() == ["tqdm", "click", "total"] and card.at["click", "licence"].startswith("BSD")
    assert card.at["total", "words"] == sum(len(text.split()) for text in first.texts)
    assert card.at["tqdm", "documents"] == first.sources.count("tqdm")


def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(DataError, match="no-such-package"):
        docstring_corpus.load_docstring_corpus(["no-such-package"])


@pytest.mark.parametrize("pack", [lambda b: b, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("one\ntwo\n\n \nthree\n", ["one two", "three"]),  # blank lines separate
        ("one\ntwo\nthree", ["one", "two", "three"]),  # without them each line is one
        ("\ufeff 你好。 \r\n世界\r\n", ["你好。", "世界"]),
    ],
)
def test_a_text_file_is_cut_into_documents(tmp_path, pack, text, documents):
    path = tmp_path / "some.txt"
    path.write_bytes(pack(text.encode()))
    assert corpora.load_text_file(path) == documents


@pytest.mark.parametrize(
    "raw",
    [None, b"", b" \n\n ", b"\xff\xfe\x00bad", b"a\0b", gzip.compress(b"text" * 99, mtime=0)[:-9], b"\x1f\x8bnot gzip"],
)
def test_a_bad_file_is_an_error_that_names_it(tmp_path, raw):
    path = tmp_path / "bad.txt"
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(DataError, match=r"bad\.txt"):
        corpora.load_text_file(path)


def test_files_and_folders_make_one_corpus_without_repeats(tmp_path, monkeypatch):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("alpha one\nbeta two")
    (tmp_path / "texts" / "b.txt").write_text("BETA two\ngamma")
    monkeypatch.setenv("HOME", str(tmp_path))
    corpus = corpora.load_text_corpus(["~/texts"])
    assert corpus.texts == ["alpha one", "beta two", "gamma"] and corpus.sources == ["a.txt", "a.txt", "b.txt"]
    assert corpus.card["words"].to_dict() == {"a.txt": 4, "b.txt": 1, "total": 5}
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"no \.txt"):
        corpora.load_text_corpus([tmp_path / "empty"])


def test_a_split_is_whole_without_overlap_and_by_seed(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text("\n".join(f"line {i}" for i in range(50)))
    corpus = corpora.load_text_corpus([path])
    train, validation = corpora.split_corpus(corpus, 0.2, seed=1)
    assert len(validation.texts) == 10 and sorted(train.texts + validation.texts) == sorted(corpus.texts)
    assert corpora.split_corpus(corpus, 0.2, seed=1)[1].fingerprint == validation.fingerprint
    assert corpora.split_corpus(corpus, 0.2, seed=2)[1].fingerprint != validation.fingerprint
    assert validation.card.at["total", "documents"] == 10
    for share in (0.0, 0.001, 1.0):
        with pytest.raises(DataError, match="validation_share"):
            corpora.split_corpus(corpus, share)
