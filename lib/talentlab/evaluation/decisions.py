"""Scores judged by what is decided with them: costs, thresholds, net benefit; splits by time and group; short lists."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import ndcg_score
from sklearn.model_selection import GroupKFold, TimeSeriesSplit

from talentlab.errors import DataError

Rows = npt.NDArray[np.int64]


def case_costs(labels: Any, acted: Any, *, miss: float, false_alarm: float) -> npt.NDArray[np.float64]:
    """What each case costs: `miss` where one should have acted and did not, `false_alarm` the other way round.

    The mean is the figure to report; `evaluation.mean_interval` and `evaluation.difference` give its interval.

    Args:
        labels: N of 0 and 1; 1 is what one acts against, such as a default or a defect.
        acted: N, True where one acts: refuses, stops, calls back.
        miss: Cost of a 1 that nobody acted on [any unit].
        false_alarm: Cost of acting on a 0 [the same unit].
    """
    labels, acted = _binary(labels), np.asarray(acted, bool)
    return miss * (labels & ~acted) + false_alarm * (~labels & acted)


def cost_curve(
    labels: Any, probs: Any, *, miss: float, false_alarm: float, thresholds: Sequence[float] | None = None
) -> pd.DataFrame:
    """Mean cost per case of acting from each threshold on.

    Args:
        labels: N of 0 and 1; costs as in `case_costs`.
        probs: N probabilities of 1.
        thresholds: To be tried; 0, 0.01, … 1 if None. At 0 one always acts; above the largest probability never.

    Returns:
        Indexed by threshold: `cost` per case, `missed` and `false_alarms` (shares of all cases), `acted` (share).
    """
    labels, probs, rows = _binary(labels), np.asarray(probs, float), {}
    for threshold in np.linspace(0, 1, 101) if thresholds is None else thresholds:
        acted = probs >= threshold
        missed, false_alarms = (labels & ~acted).mean(), (~labels & acted).mean()
        rows[float(threshold)] = (miss * missed + false_alarm * false_alarms, missed, false_alarms, acted.mean())
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["cost", "missed", "false_alarms", "acted"])
    return table.rename_axis("threshold")


def cheapest_threshold(labels: Any, probs: Any, *, miss: float, false_alarm: float) -> float:
    """The threshold with the lowest cost on these rows: give validation rows, never those that it is judged on.

    Of a flat stretch the middle is taken, which is less a matter of single rows than its ends. Where the probabilities
    are calibrated, `theoretical_threshold` needs no rows at all.
    """
    curve = cost_curve(labels, probs, miss=miss, false_alarm=false_alarm)["cost"]
    best = curve.index[np.isclose(curve, curve.min(), rtol=0, atol=1e-12)]
    return float(best[len(best) // 2])


def theoretical_threshold(*, miss: float, false_alarm: float) -> float:
    """From which calibrated probability acting is cheaper than waiting: false_alarm ÷ (miss + false_alarm).

    Source: Elkan 2001, *The foundations of cost-sensitive learning*, IJCAI, equation 2.
    """
    return false_alarm / (miss + false_alarm)


def decision_curve(labels: Any, probs: Any, thresholds: Sequence[float]) -> pd.DataFrame:
    """Net benefit of a model, of acting always and of never acting, for people with different thresholds.

    Whoever acts from probability t on holds t ÷ (1 − t) false alarms for as bad as one miss. The net benefit is the
    share of found 1s less that many times the share of false alarms.

    Args:
        labels: N of 0 and 1.
        probs: N probabilities of 1.
        thresholds: In [0, 1); the index of what is returned: `model`, `always`, `never` (0).

    Source: Vickers & Elkin 2006, *Decision curve analysis*, Medical Decision Making 26(6).
    """
    curve = cost_curve(labels, probs, miss=1, false_alarm=1, thresholds=thresholds)
    share, odds = _binary(labels).mean(), curve.index / (1 - curve.index)
    model = share - curve["missed"] - odds * curve["false_alarms"]
    return pd.DataFrame({"model": model, "always": share - odds * (1 - share), "never": 0.0})


def walk_forward(count: int, *, folds: int, gap: int = 0, window: int | None = None) -> list[tuple[Rows, Rows]]:
    """Pairs of training and test rows in the order of time: each test part comes after all that it is trained on.

    Args:
        count: N rows, the oldest first.
        folds: Test parts, next to each other at the end.
        gap: Rows left out between the two: at least as many as a label looks ahead.
        window: Newest training rows to use; all if None.
    """
    return list(TimeSeriesSplit(folds, gap=gap, max_train_size=window).split(np.empty(count)))


def group_folds(groups: Sequence[object], *, folds: int, seed: int = 0) -> list[tuple[Rows, Rows]]:
    """Pairs of training and test rows in which no group is on both sides: patients, speakers, plants, scaffolds.

    Raises:
        DataError: If there are fewer groups than folds.
    """
    codes = pd.factorize(np.asarray(groups))[0]
    if codes.max(initial=-1) + 1 < folds:
        found = f"{codes.max(initial=-1) + 1} groups for {folds} folds."
        raise DataError(found, expected="at least one group per fold", remedy="take fewer folds.")
    return list(GroupKFold(folds, shuffle=True, random_state=seed).split(codes, groups=codes))


def hit_at_k(scores: Any, wanted: Sequence[int], k: int = 10) -> npt.NDArray[np.float64]:
    """1 for each row whose wanted item is among the k with the highest scores, else 0; a tie counts against it.

    Args:
        scores: [N, M] over the items; -inf for one that must not be recommended.
        wanted: N item numbers.
        k: Length of the list.
    """
    scores = np.asarray(scores, float)
    own = scores[np.arange(len(scores)), np.asarray(wanted)][:, None]
    return ((scores >= own).sum(1) <= k).astype(float)


def ndcg_at_k(scores: Any, relevance: Any, k: int = 10) -> npt.NDArray[np.float64]:
    """Normalised discounted gain of each row's k highest scores: 1 where they are the most relevant, in order.

    Args:
        scores: [N, M] over the items, finite.
        relevance: [N, M], 0 or more.
        k: Length of the list.

    Source: Järvelin & Kekäläinen 2002, ACM TOIS 20(4), equation 3.
    """
    rows = zip(np.asarray(relevance, float), np.asarray(scores, float), strict=True)
    return np.array([ndcg_score([true], [said], k=k) for true, said in rows])


def _binary(labels: Any) -> npt.NDArray[np.bool_]:
    values = np.asarray(labels)
    if not len(values) or not np.isin(values, (0, 1)).all():
        found = f"Labels with the values {np.unique(values)[:5].tolist()}."
        remedy = "make the class that one acts against 1, all others 0."
        raise DataError(found, expected="at least one label, each 0 or 1", remedy=remedy)
    return values.astype(bool)
