"""What reading a file cannot see: HTML, mojibake, near duplicates, doubtful labels; and how good a detector is."""

import html
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from talentlab.errors import DataError

# Tags have a letter behind the bracket: "a < b" is none. A blank takes its place, or words would grow together.
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->")
_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,30}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
# Windows-1252's sign for each byte from 0x80 on; the five that it lacks stay control characters.
_BYTE_OF = {
    bytes([b]).decode("latin-1" if b in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else "cp1252"): b for b in range(0x80, 0x100)
}
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HIGH_RUN = re.compile(f"[{re.escape(''.join(_BYTE_OF))}]{{2,}}")


def strip_html(text: str) -> str:
    """The text without tags, its entities (`&amp;`) as the signs that they stand for; else unchanged."""
    if not (_TAG.search(text) or _ENTITY.search(text)):
        return text
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def repair_mojibake(text: str) -> str:
    """Undo a wrong decoding: UTF-8 that was read as Windows-1252, so that `’` became `â€™`.

    A run of signs beyond ASCII is replaced only if its bytes are valid UTF-8, which correct text hardly ever is: `café`
    and `naïve` stay as they are.

    Source: the idea of ftfy (Speer 2019, doi 10.5281/zenodo.2591652), for its most frequent case.
    """

    def decode(run: re.Match[str]) -> str:
        try:
            return bytes(_BYTE_OF[sign] for sign in run.group()).decode("utf-8")
        except UnicodeDecodeError:
            return run.group()

    return _HIGH_RUN.sub(decode, text)


def near_duplicates(
    texts: Sequence[str], others: Sequence[str] | None = None, *, threshold: float = 0.6, letters: int | None = None
) -> pd.DataFrame:
    """Pairs of texts that share most of their character n-grams.

    Every pair is compared, so time grows with N * M; some ten thousand texts are a matter of a minute.

    Args:
        texts: N texts.
        others: M texts to compare with; the texts with those before them if None.
        threshold: Smallest Jaccard similarity reported: common n-grams divided by all n-grams of both, 0 … 1.
        letters: Length of an n-gram [characters]; case and repeated blanks do not count. If None, 4, and 2 where most
            characters are Chinese, Japanese or Korean, each of which says as much as half a word.

    Returns:
        `row` (of `texts`), `other` (of `others`, or the earlier row of `texts`), `similarity`; most similar first.

    Raises:
        DataError: If the threshold is not above 0.

    Source: Broder 1997, "On the resemblance of documents"; exact here, without his sketches.
    """
    if not 0 < threshold <= 1:
        raise DataError(f"threshold={threshold}.", expected="a similarity in (0, 1]", remedy="0.6 is usual.")
    every = (*texts, *(others or ()))
    letters = letters or (2 if 2 * len(_CJK.findall("".join(every))) > sum(map(len, every)) else 4)
    padded = [f" {' '.join(text.casefold().split())} ".ljust(letters) for text in every]
    grams = CountVectorizer(
        analyzer="char", ngram_range=(letters, letters), binary=True, lowercase=False, dtype=np.int32
    )
    matrix = csr_matrix(grams.fit_transform(padded)) if padded else csr_matrix((0, 1))
    left, right = matrix[: len(texts)], matrix[len(texts) if others is not None else 0 :]
    sizes, other_sizes = (np.asarray(part.sum(1)).ravel() for part in (left, right))
    found = []
    for start in range(0, left.shape[0], 200):  # a block at a time, so that memory stays small
        common = (left[start : start + 200] @ right.T).tocoo()
        row, other = common.row + start, common.col
        similarity = common.data / (sizes[row] + other_sizes[other] - common.data)
        keep = (similarity >= threshold) & ((other < row) if others is None else True)
        found.append(pd.DataFrame({"row": row[keep], "other": other[keep], "similarity": similarity[keep]}))
    table = pd.concat(found) if found else pd.DataFrame({"row": [], "other": [], "similarity": []})
    return table.sort_values(["similarity", "row", "other"], ascending=[False, True, True], ignore_index=True)
