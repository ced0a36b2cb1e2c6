"""Searches replayed on a table of recorded trainings, and what explains the spread of their results."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from talentlab.errors import ParameterError
from talentlab.tuning.search import report_step
from talentlab.tuning.studies import Pruner, Sampler, load_optuna, open_study, suggest

REPEATS = 10  # known settings in a row, after which a replayed search ends


def replay(
    table: pd.DataFrame,
    names: Sequence[str],
    *,
    sampler: Sampler,
    pruner: Pruner = "none",
    first_epoch: int = 1,
    budget: int,
    startup_trials: int = 10,
    seed: int = 0,
) -> pd.DataFrame:
    """A search over trainings that are on record: its trials are looked up, at the price that they would have had.

    An epoch that the search asks for costs 1. Settings that were trained to the end are known, and cost nothing again;
    a search that proposes only such ten times in a row has nothing new to ask, and ends.

    Args:
        table: One row per training of a whole grid, with the columns `names` and accuracy_1 … accuracy_E per epoch; a
            training's value is that of its best epoch, which `fit` keeps.
        names: The settings.
        budget: Epochs that may be spent; a training that would need more is not begun.
        sampler, pruner, …: As for `open_study`.

    Returns:
        One row per trial: `place` (row of `table`), `value` (NaN if pruned), `epochs`, `spent` and `best` until then.

    Raises:
        ParameterError: If the table lacks a column, or is no whole grid.
    """
    curves = _curves(table, names)
    num_epochs = len(next(iter(curves.values()))[1])
    space = {name: sorted(table[name].unique().tolist()) for name in names}
    study = open_study(
        space, sampler=sampler, pruner=pruner, num_epochs=num_epochs, first_epoch=first_epoch, seed=seed,
        startup_trials=startup_trials, name=f"replay {seed}",
    )  # fmt: skip
    rows: list[dict[str, float]] = []
    done: set[int] = set()
    spent = 0

    def look_up(trial: Any) -> float:
        nonlocal spent
        place, curve = curves[tuple(suggest(trial, space).values())]
        rows.append({"place": place, "value": math.nan, "epochs": 0, "spent": spent})
        if place not in done:
            for epoch, value in enumerate(curve, 1):
                if spent == budget:
                    trial.study.stop()
                    return max(curve[:epoch])  # nobody asks any more
                spent += 1
                rows[-1] |= {"epochs": epoch, "spent": spent}
                report_step(trial, value, epoch, num_epochs)
            done.add(place)
        rows[-1]["value"] = max(curve)
        if len(done) == len(curves) or (len(rows) >= REPEATS and not any(row["epochs"] for row in rows[-REPEATS:])):
            trial.study.stop()
        return max(curve)

    study.optimize(look_up)
    return pd.DataFrame(rows).assign(best=lambda found: found["value"].cummax().ffill())


def best_so_far(searches: Sequence[pd.DataFrame], budget: int) -> npt.NDArray[np.float64]:
    """Best value after each epoch spent, 1 to `budget`, of each replayed search: [S, budget]; NaN before the first."""
    epochs = range(1, budget + 1)
    return np.stack([s.groupby("spent")["best"].last().reindex(epochs).ffill().to_numpy(float) for s in searches])


def epochs_to_reach(curves: npt.NDArray[np.float64], target: float) -> npt.NDArray[np.float64]:
    """Epochs that each search of `best_so_far` spent until it had `target`: [S]; NaN where it never had."""
    there = curves >= target
    return np.where(there.any(1), there.argmax(1) + 1.0, np.nan)


def variance_shares(table: pd.DataFrame, names: Sequence[str], value: str) -> pd.Series:
    """How much of the spread of `value` over a whole grid each setting explains alone, and each pair beyond that.

    Args:
        table: One row per point of the grid.
        names: The settings.
        value: The column that varies.

    Returns:
        Shares that sum up to 1, largest first: each name, each `one × other`, and what only three or more explain.

    Source: analysis of variance; on a whole grid the parts are orthogonal.
    """
    _demand_grid(table, names, [value])
    gaps = table[value] - table[value].mean()
    alone = {name: gaps.groupby(table[name]).transform("mean") for name in names}
    parts = dict(alone)
    for one, other in itertools.combinations(names, 2):
        parts[f"{one} × {other}"] = (
            gaps.groupby([table[one], table[other]]).transform("mean") - alone[one] - alone[other]
        )
    shares = pd.Series({name: float((part**2).mean()) for name, part in parts.items()}) / (gaps**2).mean()
    return pd.concat([shares.sort_values(ascending=False), pd.Series({"three or more": max(0.0, 1 - shares.sum())})])


def estimate_importance(table: pd.DataFrame, names: Sequence[str], value: str, seed: int = 0) -> pd.Series:
    """The share of each setting in the spread of `value`, estimated from any trials by a forest; largest first.

    Args:
        table: One row per trial; rows without a value are left out.
        names: The settings: columns of numbers.
        value: The column that varies.
        seed: Of the forest.

    Source: Hutter et al. 2014, "An efficient approach for assessing hyperparameter importance" (fANOVA), by Optuna.
    """
    optuna, known = load_optuna(), table.dropna(subset=[value])
    axes = {name: sorted(known[name].unique().tolist()) for name in names}
    study = open_study(axes, sampler="random", name="importance")
    places = {name: optuna.distributions.IntDistribution(0, len(axis) - 1) for name, axis in axes.items()}
    for row in known.to_dict("records"):
        params = {name: axis.index(row[name]) for name, axis in axes.items()}
        study.add_trial(optuna.trial.create_trial(params=params, distributions=places, value=row[value]))
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=seed)
    return pd.Series(optuna.importance.get_param_importances(study, evaluator=evaluator))


def _curves(table: pd.DataFrame, names: Sequence[str]) -> dict[tuple[Any, ...], tuple[int, list[float]]]:
    """Settings → place in the table and value after each epoch."""
    columns = list(itertools.takewhile(table.columns.__contains__, (f"accuracy_{k}" for k in itertools.count(1))))
    _demand_grid(table, names, columns or ["accuracy_1"])
    values = table[columns].to_numpy(float).tolist()
    keys = zip(*(table[name].tolist() for name in names), strict=True)
    return {key: (place, curve) for place, (key, curve) in enumerate(zip(keys, values, strict=True))}


def _demand_grid(table: pd.DataFrame, names: Sequence[str], columns: Sequence[str]) -> None:
    missing = [name for name in (*names, *columns) if name not in table]
    size = 0 if missing else math.prod(table[name].nunique() for name in names)
    if missing or not names or len(table) != size or table.duplicated(list(names)).any():
        why = f" without the columns {missing}." if missing else f"; their values make {size} points."
        raise ParameterError(
            f"No whole grid of {list(names)} in a table of {len(table)} rows{why}",
            expected="one row for every combination of the settings' values",
            remedy="select the rows of one seed, and name every setting that varies.",
        )
