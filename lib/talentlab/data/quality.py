"""What reading a file cannot see: remains of HTML, mojibake, near duplicates."""

import html
import re
from collections.abc import Sequence
from html.entities import html5
from io import StringIO

import ftfy
import numpy as np
import pandas as pd
from bs4 import BeautifulSoup
from sklearn.feature_extraction.text import CountVectorizer

from talentlab.errors import DataError

# A "<" that opens no whole tag or comment, as in "a < b"; an "&", with the rest of what may be an entity.
_SIGN = re.compile(r"<(?!/?[a-zA-Z][^<]*>|!--.*?-->)|&(?:\w+;|#\d{1,7};|#[xX][0-9a-fA-F]{1,6};)?", re.DOTALL)
CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # a range of Chinese, Japanese and Korean characters for `re`


def strip_html(text: str) -> str:
    """The text without tags, comments, scripts, its entities (`&amp;`) as the signs they stand for; else unchanged.

    A blank takes a tag's place, or words would grow together. `a < b`, `AT&T` and a tag that was cut off are no HTML.
    """

    def mask(found: re.Match[str]) -> str:  # parsers guess at these, and not all guess the same
        sign = found.group()
        return sign if sign[1:] in html5 or sign.startswith("&#") else html.escape(sign)

    markup = StringIO(_SIGN.sub(mask, text))  # as a file: a short string could pass for a file's name
    words = BeautifulSoup(markup, "html.parser").get_text(" ").split()
    return text if words == text.split() else " ".join(words)


def repair_mojibake(text: str) -> str:
    """Undo a wrong decoding: UTF-8 that was read as Windows-1252 or its like, so that `’` became `â€™`.

    It is undone only where the signs look wrong together: `café`, `naïve` and `“CAFÉ”` stay as they are, and so does
    a wrong decoding of one or two signs alone that could be meant.

    Source: ftfy (Speer 2019, doi 10.5281/zenodo.2591652), whose work it is.
    """
    return ftfy.fix_encoding(text)


def near_duplicates(texts: Sequence[str], *, threshold: float = 0.6) -> pd.DataFrame:
    """Pairs of texts that share most of their character n-grams; case and repeated blanks do not count.

    An n-gram has 4 characters, and 2 where most are Chinese, Japanese or Korean, each of which says as much as half a
    word. Every pair is compared, so time grows with N²; some ten thousand texts are a matter of a minute.

    Args:
        texts: N texts.
        threshold: Smallest Jaccard similarity reported: common n-grams divided by all n-grams of both, 0 … 1.

    Returns:
        `row`, `other` (an earlier row), `similarity`; most similar first.

    Raises:
        DataError: If the threshold is not above 0.

    Source: Broder 1997, "On the resemblance of documents"; exact here, without his sketches.
    """
    if not 0 < threshold <= 1:
        raise DataError(f"threshold={threshold}.", expected="a similarity in (0, 1]", remedy="0.6 is usual.")
    if not len(texts):  # the vectoriser fails on none
        return pd.DataFrame(columns=["row", "other", "similarity"])
    letters = 2 if 2 * len(re.findall(f"[{CJK}]", "".join(texts))) > sum(map(len, texts)) else 4
    padded = [f" {' '.join(text.casefold().split())} ".ljust(letters) for text in texts]
    grams = CountVectorizer(
        analyzer="char", ngram_range=(letters, letters), binary=True, lowercase=False, dtype=np.int32
    )
    matrix = grams.fit_transform(padded)
    sizes = np.asarray(matrix.sum(1)).ravel()
    found = []
    for start in range(0, len(texts), 200):  # a block at a time, so that memory stays small
        common = (matrix[start : start + 200] @ matrix.T).tocoo()
        row, other = common.row + start, common.col
        similarity = common.data / (sizes[row] + sizes[other] - common.data)
        keep = (similarity >= threshold) & (other < row)
        found.append(pd.DataFrame({"row": row[keep], "other": other[keep], "similarity": similarity[keep]}))
    return pd.concat(found).sort_values(
        ["similarity", "row", "other"], ascending=[False, True, True], ignore_index=True
    )
