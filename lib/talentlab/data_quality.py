"""What reading a file cannot see: HTML, mojibake, near duplicates, doubtful labels; and how good a detector is."""

import html
import re
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from torch import nn

from talentlab.batching import TokenizedText
from talentlab.errors import DataError
from talentlab.evaluation import Floats, Interval, Labels, proportion_interval
from talentlab.runtime import Precision, choose_precision

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


def unify_labels(labels: Iterable[object], class_names: Sequence[str], similarity: float = 0.85) -> list[str | None]:
    """Each label in the spelling of the class that it means; None where that cannot be said.

    Case, blanks and signs at the ends do not count; of what then is no class, the most similar class is taken.

    Args:
        labels: N labels as they were written.
        class_names: C correct spellings.
        similarity: How similar the two must be, between 0 and 1 (`difflib`).

    Raises:
        DataError: If two class names differ only in what does not count.
    """
    keys = {_label_key(name): name for name in class_names}
    if len(keys) < len(class_names):
        raise DataError(
            f"The class names {list(class_names)} are not all different without case, blanks and signs at the ends.",
            expected="names that differ in more than that",
            remedy="rename a class.",
        )

    def find(label: object) -> str | None:
        near = get_close_matches(_label_key(label), keys, n=1, cutoff=similarity)
        return keys[near[0]] if near else None

    return [find(label) for label in labels]


def _label_key(label: object) -> str:
    return re.sub(r"\.0+$|^[^\w-]+|\W+$", "", str(label).strip().casefold())


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


def embed(model: nn.Module, data: TokenizedText, *, batch_size: int = 64, precision: Precision = "auto") -> Floats:
    """The encoder's sentence vectors, its weights untouched: mean of the last states over the tokens, length 1.

    Args:
        model: A classifier of transformers (its `base_model` is called) or an encoder.
        data: N tokenised texts.
        batch_size: Sequences per forward.
        precision: `auto` means bf16 where the hardware has it.

    Returns:
        Vectors [N, H].
    """
    encoder = getattr(model, "base_model", model)
    device = next(encoder.parameters()).device
    bf16 = choose_precision(precision, device) == "bf16"
    order = sorted(range(len(data)), key=data.lengths.__getitem__)
    was_training, parts = encoder.training, []
    encoder.eval()
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        for start in range(0, len(order), batch_size):
            batch = data.collate([data[i] for i in order[start : start + batch_size]])
            ids, mask = (batch[name].to(device) for name in ("input_ids", "attention_mask"))
            states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()  # [B, T, H]
            parts.append(
                nn.functional.normalize((states * mask.unsqueeze(-1)).sum(1), dim=1).double().cpu().numpy()
            )  # [B, H]
    encoder.train(was_training)
    return np.concatenate(parts)[np.argsort(order)]


def out_of_fold_probabilities(
    features: Any, labels: Labels, *, estimator: Any = None, folds: int = 5, seed: int = 0
) -> Floats:
    """Class probabilities of every row by a model that did not see this row.

    Args:
        features: [N, H], dense or sparse, or whatever `estimator` takes.
        labels: N classes 0 … C-1, each at least `folds` times.
        estimator: A scikit-learn classifier with `predict_proba`; logistic regression if None.
        folds: Parts; each is predicted by a model trained on the others.
        seed: Of the parts.

    Returns:
        [N, C].

    Raises:
        DataError: If a class is too rare for the folds.
    """
    counts = np.bincount(np.asarray(labels, int))
    if folds < 2 or len(counts) < 2 or counts.min() < folds:
        raise DataError(
            f"{folds} folds for classes of {counts.tolist()} rows.",
            expected="at least 2 folds, and in each class 0 … C-1 at least as many rows as folds",
            remedy="take fewer folds, or merge rare classes.",
        )
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    classifier = LogisticRegression(C=10.0, max_iter=2000) if estimator is None else estimator
    return cross_val_predict(classifier, features, np.asarray(labels), cv=parts, method="predict_proba")


def label_issues(labels: Labels, probabilities: Floats) -> pd.DataFrame:
    """Which labels contradict a model that did not see them: confident learning.

    A class's threshold is the mean probability of this class over the rows that carry its label. A row is suspect if,
    of the classes that pass their thresholds, the most probable one is not its label. So the rows of a class that the
    model is generally unsure of are not all suspect.

    Args:
        labels: N given classes.
        probabilities: [N, C], out of fold.

    Returns:
        One row per label: `given`, `suggested` (class), `confidence` (probability of the given class), `suspect`.

    Source: Northcutt, Jiang & Chuang 2021 (JAIR 70, arXiv 1911.00068), section 3.1, the confident joint.
    """
    given, rows = np.asarray(labels, int), np.arange(len(labels))
    classes = probabilities.shape[1]
    thresholds = np.array([probabilities[given == c, c].mean() if (given == c).any() else 1.0 for c in range(classes)])
    passed = np.where(probabilities >= thresholds, probabilities, -1.0)  # [N, C]
    suggested = np.where(passed.max(1) >= 0, passed.argmax(1), given)
    return pd.DataFrame(
        {
            "given": given,
            "suggested": suggested,
            "confidence": probabilities[rows, given],
            "suspect": suggested != given,
        }
    )


def judge_detector(found: Collection[Any], truth: Collection[Any]) -> dict[str, Any]:
    """How good a detector was, where the truth is known.

    Args:
        found: What it reported.
        truth: What there was.

    Returns:
        `found` (right ones), `missed`, `false_alarms`; `precision`, `recall` with Wilson's interval, None for 0 of 0.
    """
    found, truth = set(found), set(truth)
    right = len(found & truth)
    return {
        "found": right,
        "missed": len(truth) - right,
        "false_alarms": len(found) - right,
        "precision": proportion_interval(right, len(found)) if found else None,
        "recall": proportion_interval(right, len(truth)) if truth else None,
    }


def kappa_interval(
    one: Sequence[Any] | npt.NDArray[Any],
    other: Sequence[Any] | npt.NDArray[Any],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Interval:
    """Cohen's kappa of two annotators of the same N texts, with a 95 % bootstrap interval over the texts.

    Args:
        one: N labels of the first.
        other: N labels of the second.
        resamples: Draws of N texts with replacement.
        seed: Of the draws.

    Raises:
        DataError: If the lengths differ or there are no labels.

    Source: Cohen 1960, Educational and Psychological Measurement 20(1).
    """
    if len(one) != len(other) or not len(one):
        raise DataError(
            f"{len(one)} and {len(other)} labels.",
            expected="labels of the same texts, at least one",
            remedy="keep the texts that both have labelled.",
        )
    codes, classes = pd.factorize(np.r_[np.asarray(one), np.asarray(other)])
    first, second = np.split(codes, 2)
    pairs = np.bincount(first * len(classes) + second, minlength=len(classes) ** 2)
    # to draw texts with replacement is to draw how often each pair of answers occurs
    draws = np.random.default_rng(seed).multinomial(len(first), pairs / len(first), size=resamples)
    tables = draws.reshape(resamples, len(classes), len(classes)) / len(first)  # shares [R, C, C]
    agreed = np.trace(tables, axis1=1, axis2=2)
    by_chance = (tables.sum(1) * tables.sum(2)).sum(1)
    room = 1 - by_chance  # nothing is left to agree on beyond chance where both always give the same one class
    values = np.divide(agreed - by_chance, room, out=np.ones(resamples), where=room > 1e-12)
    low, high = np.quantile(values, [0.025, 0.975])
    kappa = float(cohen_kappa_score(first, second)) if len(classes) > 1 else 1.0
    return Interval(kappa, float(low), float(high))
