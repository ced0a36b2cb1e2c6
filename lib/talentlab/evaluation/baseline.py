"""The yardstick of the whole course: a linear model of words and character sequences, as good as its texts allow."""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.svm import LinearSVC

_WORDS = r"[a-z0-9]{2,}|[^\x00-\x7f]"  # words, and single characters for scripts without blanks such as Chinese
_STRENGTHS = (0.1, 0.3, 1.0, 3.0)  # C, small: a strong pull of the weights towards zero


def fit_baseline(texts: Iterable[str], labels: Iterable[int], *, seed: int = 0) -> Pipeline:
    """A linear support vector machine on TF-IDF weights, its two settings chosen on the training texts alone.

    A stratified cross-validation of up to five folds chooses C by accuracy, for words with word pairs and for these
    joined by sequences of three to five characters. The sequences stay only if they gain more than a standard error
    over the folds. Where a class has a single text, nothing can be held out: then it is words, and C = 1. How rare a
    word is, is counted once over all training texts, those held out among them; their labels are not looked at.

    Args:
        texts: Of training; in a comparison, those that the other method has.
        labels: Their classes, two at least.
        seed: Of the folds, and of the order in which the machine visits the texts.

    Returns:
        The fitted pipeline, vectoriser and `LinearSVC`; it has no probabilities. The same input gets the same object
        again, so `sklearn.base.clone` it before a change.

    Source: Joachims 1998, ECML; Wang and Manning 2012, *Baselines and bigrams*, ACL; the standard error: Breiman et
        al. 1984, *Classification and regression trees*, section 3.4.3.
    """
    return _fit(tuple(texts), tuple(int(label) for label in labels), seed)


@lru_cache(maxsize=64)
def _fit(texts: tuple[str, ...], labels: tuple[int, ...], seed: int) -> Pipeline:
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=_WORDS)
    rare = 2 if len(texts) >= 100 else 1  # sequences that occur once teach little, and there are very many
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=rare)
    folds = min(5, int(np.unique(labels, return_counts=True)[1].min()))
    if folds < 2:
        return make_pipeline(words, LinearSVC(random_state=seed)).fit(texts, labels)
    splits = StratifiedKFold(folds, shuffle=True, random_state=seed)
    chosen = []  # (accuracy of each fold, pipeline) of either
    for vectoriser in (words, make_union(words, characters)):
        vectors = vectoriser.fit_transform(texts)
        machines = [LinearSVC(C=strength, random_state=seed) for strength in _STRENGTHS]
        scores = [cross_val_score(machine, vectors, labels, cv=splits) for machine in machines]
        best = int(np.argmax(np.mean(scores, axis=1)))
        chosen.append((scores[best], make_pipeline(vectoriser, machines[best])))
    gain = chosen[1][0] - chosen[0][0]
    return chosen[bool(gain.mean() > gain.std(ddof=1) / np.sqrt(folds))][1].fit(texts, labels)
