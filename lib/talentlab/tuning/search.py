"""Searching settings: trials that several processes share and that may be pruned, and searches replayed on a table."""

import math
import time
from collections.abc import Callable
from typing import Any

import pandas as pd

from talentlab.errors import ParameterError
from talentlab.language import tr
from talentlab.runtime import progress
from talentlab.tuning.studies import fail_stale, load_optuna, put_back, space_of, suggest

Objective = Callable[[Any, dict[str, Any]], float]


def tune(study: Any, objective: Objective, n_trials: int) -> pd.DataFrame:
    """Run trials until the study has `n_trials` finished ones, whoever ran them; a resumed study runs what is missing.

    Several processes may do this on one storage at once: they share the trials. Ctrl-C ends this process; the settings
    of its trial are tried first when the study goes on. Of a process that was killed, the same is true a minute later:
    until then its trial counts as running, and whoever is ready first waits for that.

    Args:
        study: From `open_study`.
        objective: Called with the trial and its settings; returns its value. See `reporting` for pruning.
        n_trials: Finished trials, pruned ones included. A grid has no more than its points.

    Returns:
        The table of the study, as `trials` makes it.

    Raises:
        ParameterError: If `n_trials` is not positive.
        Exception: Whatever the objective raises; the trial is then failed and does not count.
    """
    states = load_optuna().trial.TrialState
    if n_trials < 1:
        raise ParameterError(
            f"n_trials={n_trials}.", expected="a whole number above 0", remedy="ask for at least one trial."
        )
    space, own = space_of(study), -1
    if isinstance(study.sampler, load_optuna().samplers.GridSampler):
        n_trials = min(n_trials, math.prod(len(axis) for axis in space.values() if isinstance(axis, list)))

    def count(*which: Any, before: float = math.inf) -> int:
        return sum(trial.number < before for trial in study.get_trials(deepcopy=False, states=which))

    def attempt(trial: Any) -> float:
        nonlocal own
        own = trial.number
        if count(states.COMPLETE, states.PRUNED, states.RUNNING, before=own) >= n_trials:
            raise _SurplusError  # another process began the last one in the same moment
        return objective(trial, suggest(trial, space))

    finished = count(states.COMPLETE, states.PRUNED)
    with progress(tr("tuning"), n_trials, tr("trial"), done=min(finished, n_trials)) as bar:
        while finished < n_trials:
            fail_stale(study)
            if count(states.COMPLETE, states.PRUNED, states.RUNNING) < n_trials:
                try:
                    study.optimize(attempt, n_trials=1, catch=_SurplusError)
                except KeyboardInterrupt:
                    put_back(study, study.trials[own])
                    raise
            else:  # the last ones run elsewhere
                time.sleep(1)
            now = count(states.COMPLETE, states.PRUNED)
            for _ in range(min(now, n_trials) - finished):
                bar.advance()
            finished = now
    return trials(study)


class _SurplusError(Exception):
    """A trial that nobody asked for."""


def reporting(
    trial: Any, validate: Callable[[Any], dict[str, float]], metric: str, num_epochs: int
) -> Callable[[Any], dict[str, float]]:
    """`validate` for `training.fit`, which also tells the trial of each epoch and ends the training of a poor trial.

    Args:
        trial: Of the running objective.
        validate: What `fit` would call: model → named numbers.
        metric: Of these numbers, in the study's direction.
        num_epochs: Of the training: after the last one nothing is left to be saved.

    Returns:
        The function to pass to `fit`. It raises `optuna.TrialPruned`, which `fit` lets through and `tune` understands.
    """
    epochs = 0

    def report(model: Any) -> dict[str, float]:
        nonlocal epochs
        numbers, epochs = validate(model), epochs + 1
        if metric not in numbers:
            raise ParameterError(
                f"metric={metric!r}, but validation returned {sorted(numbers)}.",
                expected="the name of one of the returned numbers",
                remedy="pass metric=<one of them>.",
            )
        report_step(trial, numbers[metric], epochs, num_epochs)
        return numbers

    return report


def report_step(trial: Any, value: float, epoch: int, num_epochs: int) -> None:
    """Tell the study a trial's value after an epoch; `TrialPruned` ends a trial that has fallen behind."""
    trial.report(value, epoch)
    if epoch < num_epochs and trial.should_prune():
        raise load_optuna().TrialPruned(f"after epoch {epoch}")


def trials(study: Any) -> pd.DataFrame:
    """The trials that were begun, in order: the settings, `value` (NaN unless completed), `state`, `epochs`, `best`."""
    rows = {
        trial.number: {
            **trial.user_attrs.get("settings", {}),
            "value": trial.value if trial.state.name == "COMPLETE" else math.nan,
            "state": trial.state.name.lower(),
            "epochs": len(trial.intermediate_values),
        }
        for trial in study.get_trials(deepcopy=False)
        if "settings" in trial.user_attrs
    }
    columns = [*study.user_attrs["space"], "value", "state", "epochs"]
    table = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=columns).rename_axis("trial")
    best = table["value"].astype(float)
    return table.assign(best=best.cummax() if study.direction.name == "MAXIMIZE" else best.cummin())
