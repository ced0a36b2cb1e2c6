"""Several models as one: votes, stacking without leaks, snapshots, averaged weights, and how members differ."""

import copy
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from torch import nn

from talentlab.data.batching import TokenizedText
from talentlab.errors import EnsembleError
from talentlab.models.inference import Floats, Labels
from talentlab.training.loop import fit

Rows = npt.NDArray[np.int64]
Model = TypeVar("Model", bound=nn.Module)
_SMALLEST = 1e-6  # a probability of 0 would be an infinite loss


def soft_vote(probs: npt.ArrayLike, weights: Sequence[float] | Floats | None = None) -> Floats:
    """The members' mean probabilities, with `weights` a weighted mean.

    Its log loss is never above the (weighted) mean of the members' losses, because the logarithm is concave; its
    accuracy may be.

    Args:
        probs: Probabilities [M, N, C] of M members.
        weights: M numbers, none negative; scaled to the sum 1. All alike if None.

    Returns:
        Probabilities [N, C].

    Raises:
        EnsembleError: If these are not probabilities of that shape, or the weights do not fit (as below, too).
    """
    probs = _check_probs(probs)
    shares = np.ones(len(probs)) if weights is None else np.asarray(weights)
    if shares.shape != (len(probs),) or not np.isfinite(shares).all() or (shares < 0).any() or shares.sum() <= 0:
        raise EnsembleError(
            f"weights={np.round(shares, 3).tolist()} for {len(probs)} members.",
            expected="one finite weight per member, none negative, not all zero",
            remedy="leave weights out for a plain mean, or take them from fit_weights.",
        )
    return np.tensordot(shares / shares.sum(), probs, axes=1)


def hard_vote(probs: npt.ArrayLike) -> Rows:
    """Classes [N] that most members of `probs` [M, N, C] answer; a tie goes to the tied class of higher mean."""
    probs = _check_probs(probs)
    votes = np.eye(probs.shape[2])[probs.argmax(2)].sum(0)  # [N, C]
    tied = votes == votes.max(1, keepdims=True)
    return np.where(tied, probs.mean(0), -1.0).argmax(1)


def fit_weights(labels: Labels, probs: npt.ArrayLike) -> Floats:
    """Weights of a soft vote that make held-out `labels` most probable: none negative, their sum 1.

    Fit them on validation rows: on the members' own training rows the one that learned most by heart would win.

    Args:
        labels: N true classes.
        probs: Probabilities [M, N, C] of M members. The loss is convex in the weights: there is one best answer.
    """
    probs, labels = _check_labelled(probs, labels)
    given = np.maximum(probs[:, np.arange(len(labels)), labels], _SMALLEST)  # [M, N], to the true class

    def loss_and_gradient(weights: Floats) -> tuple[float, Floats]:
        mixed = weights @ given
        return -float(np.log(mixed).mean()), -(given / mixed).mean(1)

    start = np.full(len(probs), 1 / len(probs))
    found = minimize(  # with a constraint, scipy takes SLSQP
        loss_and_gradient, start, jac=True, bounds=[(0, None)] * len(probs), options={"ftol": 1e-10},
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
    )  # fmt: skip
    weights = np.maximum(found.x, 0)
    return weights / weights.sum()


def fit_stack(labels: Labels, probs: npt.ArrayLike) -> LogisticRegression:
    """A logistic regression that learns from the members' log-probabilities how far to trust each for each class.

    Args:
        labels: N true classes.
        probs: Probabilities [M, N, C] of rows that the members have not been trained on: out-of-fold, or validation.

    Returns:
        The fitted model; `stack` applies it. Its `coef_` has M · C columns, member by member.
    """
    probs, labels = _check_labelled(probs, labels, every_class=True)
    return LogisticRegression(C=1.0, max_iter=1000).fit(_log_probs(probs), labels)


def stack(model: LogisticRegression, probs: npt.ArrayLike) -> Floats:
    """Probabilities [N, C] of a stacked model for the members' `probs` [M, N, C], in the order of `fit_stack`."""
    features = _log_probs(_check_probs(probs))
    if features.shape[1] != model.n_features_in_:
        received, expected = (f"{n} columns (members × classes)" for n in (features.shape[1], model.n_features_in_))
        raise EnsembleError(received, expected=expected, remedy="pass the members of fit_stack in their order.")
    return model.predict_proba(features)


def snapshots(model: Model, train: TokenizedText, *, cycles: int, seed: int = 0, **settings: Any) -> list[Model]:
    """An ensemble from one training: the learning rate starts anew `cycles` times, each cycle leaves a copy.

    `model` goes on from cycle to cycle, so the whole costs as much as one training of all cycles' epochs.

    Args:
        model: Trained in place.
        train: As in `fit`.
        cycles: How many copies. The first cycle's training has `seed`, the next `seed + 1`, and so on.
        seed: See `cycles`.
        **settings: Of `fit`, for one cycle.

    Source: Huang et al. 2017, *Snapshot ensembles* (arXiv 1704.00109); here each cycle's rate falls linearly, as in
    `fit`, where theirs follows a cosine.
    """
    if cycles < 1:
        raise EnsembleError(f"cycles={cycles}.", expected="at least one cycle", remedy="take 3 or more.")
    copies = []
    for cycle in range(cycles):
        fit(model, train, seed=seed + cycle, **settings)
        copies.append(copy.deepcopy(model))
    return copies


def average_weights(members: Sequence[Model]) -> Model:
    """One new model whose every weight is the mean of the members' ("model soup"): it costs no more than one of them.

    It works where the members were fine-tuned from the same start, head included, and lie in one basin of the loss.

    Raises:
        EnsembleError: If there is none, or their weights differ in name or shape.

    Source: Wortsman et al. 2022, *Model soups* (arXiv 2203.05482), "uniform soup".
    """
    if not members:
        raise EnsembleError("No members.", expected="at least one model", remedy="pass the trained models.")
    states = [member.state_dict() for member in members]
    shapes = [{(name, tuple(tensor.shape)) for name, tensor in state.items()} for state in states]
    if unequal := sorted({name for other in shapes for name, _ in other ^ shapes[0]}):
        raise EnsembleError(
            f"The members differ in {len(unequal)} weights, such as {unequal[0]}.",
            expected="models of one architecture, with the same number of classes",
            remedy="average the probabilities of unequal models instead: soft_vote.",
        )
    soup = copy.deepcopy(members[0])
    with torch.no_grad():
        for name, tensor in soup.state_dict().items():
            if tensor.is_floating_point():  # whole numbers, such as positions, stay the first's
                tensor.copy_(torch.stack([state[name].to(tensor.device, torch.float64) for state in states]).mean(0))
    return soup


def greedy_soup(members: Sequence[Model], score: Callable[[Model], float]) -> tuple[Model, list[int]]:
    """A soup that takes a member in only if the score does not fall, and the numbers of its members.

    Args:
        members: As in `average_weights`; tried in the order of their own scores.
        score: What a model is worth on validation rows; larger is better.

    Source: Wortsman et al. 2022 (arXiv 2203.05482), recipe 1.
    """
    alone = [score(member) for member in members]
    order = sorted(range(len(members)), key=lambda index: -alone[index])
    soup, chosen, best = average_weights([members[index] for index in order[:1]]), order[:1], max(alone)
    for index in order[1:]:
        candidate = average_weights([members[taken] for taken in [*chosen, index]])
        if (reached := score(candidate)) >= best:
            soup, chosen, best = candidate, [*chosen, index], reached
    return soup, chosen


def diversity(labels: Labels, answers: Mapping[str, Labels]) -> pd.DataFrame:
    """How differently each pair of members answers.

    Args:
        labels: N true classes.
        answers: Member's name → its N classes.

    Returns:
        One row per pair: `disagreement` (share of rows answered differently), `double_fault` (share that both get
        wrong: no vote of the two mends them) and `error_correlation` (of the two "is wrong" columns: 0 if independent,
        1 if the same, missing if a member makes no error or nothing else).

    Source: Kuncheva & Whitaker 2003, *Measures of diversity in classifier ensembles*, Machine Learning 51.
    """
    said = {name: np.asarray(given) for name, given in answers.items()}
    labels = np.asarray(labels)
    if len(said) < 2 or any(given.shape != labels.shape for given in said.values()):
        raise EnsembleError(
            f"{len(said)} members with {[given.shape for given in said.values()]} answers, {labels.shape} labels.",
            expected="at least two members, and one answer per label from each",
            remedy="pass classes, not probabilities, of the same rows.",
        )
    rows = {}
    for one, other in combinations(said, 2):
        wrong = said[one] != labels, said[other] != labels
        varies = all(0 < part.mean() < 1 for part in wrong)
        correlation = float(np.corrcoef(*wrong)[0, 1]) if varies else np.nan
        both = float((wrong[0] & wrong[1]).mean())
        rows[f"{one} · {other}"] = (float((said[one] != said[other]).mean()), both, correlation)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["disagreement", "double_fault", "error_correlation"])


def _check_probs(probs: npt.ArrayLike) -> Floats:
    """Probabilities as an array [M, N, C]."""
    try:
        array = np.asarray(probs, float)
        fits = array.ndim == 3 and len(array) > 0 and array.shape[2] > 1
        if fits and np.isfinite(array).all() and (array > -1e-6).all() and (abs(array.sum(2) - 1) < 1e-3).all():
            return array
        shape = f"an array of shape {array.shape}"
        received = f"{shape} whose rows are not distributions" if fits else shape
    except ValueError:  # members of unequal shapes make no array
        received = f"members of the shapes {[np.shape(member) for member in probs]}"  # type: ignore[union-attr]
    raise EnsembleError(
        f"Got {received}.",
        expected="probabilities of M members for the same N texts and C classes: [M, N, C], each row's sum 1",
        remedy="take evaluation.probabilities of each member's logits, on the same rows.",
    )


def _check_labelled(probs: npt.ArrayLike, labels: Labels, every_class: bool = False) -> tuple[Floats, Rows]:
    """Probabilities [M, N, C] with N labels below C."""
    probs, labels = _check_probs(probs), np.asarray(labels)
    classes = probs.shape[2]
    fits = labels.shape == probs.shape[1:2] and np.isin(labels, range(classes)).all()
    if not fits or (every_class and len(np.unique(labels)) < classes):
        raise EnsembleError(
            f"{labels.size} labels of the classes {np.unique(labels)[:8]} for probabilities of shape {probs.shape}.",
            expected=f"one class from 0 to {classes - 1} per row{', and rows of each' if every_class else ''}",
            remedy="pass the labels of the same rows.",
        )
    return probs, labels


def _log_probs(probs: Floats) -> Floats:
    return np.log(np.maximum(np.hstack(list(probs)), _SMALLEST))  # [N, M · C]
