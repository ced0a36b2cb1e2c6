"""Studies: searches of settings by Optuna, which survive in a storage and may be shared by several processes."""

import json
import math
import random
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

from talentlab.errors import ParameterError

Sampler = Literal["grid", "random", "tpe", "gp"]
Pruner = Literal["none", "median", "halving", "hyperband"]
HEARTBEAT_S, GRACE_S = 5, 60  # a running trial that is silent for longer than the second counts as killed


@dataclass(frozen=True)
class Range:
    """All numbers from `low` to `high`, both included; `log`: equally dense in each power of ten."""

    low: float
    high: float
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are meant: both ends are."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def draw(self, generator: random.Random) -> float:
        """A random number of this range."""
        if self.log:
            value = math.exp(generator.uniform(math.log(self.low), math.log(self.high)))
        else:
            value = generator.uniform(self.low, self.high)
        return min(max(round(value) if self.whole else value, self.low), self.high)


Axis = Range | list[Any]


def open_study(
    space: Mapping[str, Axis],
    *,
    sampler: Sampler = "tpe",
    pruner: Pruner = "none",
    num_epochs: int = 1,
    first_epoch: int = 1,
    storage: str | None = None,
    name: str = "study",
    shared: bool = True,
    direction: Literal["maximize", "minimize"] = "maximize",
    startup_trials: int = 10,
    seed: int = 0,
) -> Any:
    """A new study, or the one of that name in the storage, with what was learnt there.

    Args:
        space: Setting → `Range`, or the list of its values. Rising numbers keep their order: the sampler chooses a
            place in the list. Other lists are categories without one.
        sampler: `grid` (every combination of lists, in random order), `random`, `tpe`, or `gp` (Gaussian process).
            The last two choose at random until `startup_trials` trials are there.
        pruner: Which trials to end early: `none`; `median` (worse than half of the others at that epoch); `halving`
            (not in the better half after 1, 2, 4 … epochs); `hyperband` (halving, begun at several epochs).
        num_epochs: Of a trial that is not pruned (hyperband).
        first_epoch: After which a trial may be pruned; the later ones are its multiples by 2, 4, 8 …
        storage: An SQLAlchemy URL, such as `sqlite:///study.db`; None: in memory.
        name: Of the study in the storage.
        shared: Whether other processes may search the study in the storage at the same time, so that each draws numbers
            of its own. If not, `seed` holds there too, and a trial that still runs is of a process that was killed.
        direction: Whether a larger or a smaller value is better.
        startup_trials: Random trials at first.
        seed: Of the choices, unless the study is shared.

    Returns:
        An `optuna.Study`.

    Raises:
        ParameterError: If an axis, a name or the storage cannot be used, or the stored study searches something else.

    Source: Bergstra et al. 2011 (TPE); Snoek et al. 2012 (arXiv 1206.2944; Gaussian process); Golovin et al. 2017
        (median); Jamieson & Talwalkar 2016 (arXiv 1502.07943), Li et al. 2018 (arXiv 1603.06560) and 2020
        (arXiv 1810.05934), as Optuna has them.
    """
    _check(space, sampler, pruner, 1 <= first_epoch <= num_epochs or (pruner != "hyperband" and first_epoch > 0))
    optuna = load_optuna()
    samplers: dict[str, Callable[[], Any]] = {
        "grid": lambda: optuna.samplers.GridSampler(_choices(space), seed=seed),
        "random": lambda: optuna.samplers.RandomSampler(own),
        "tpe": lambda: optuna.samplers.TPESampler(seed=own, n_startup_trials=startup_trials),
        "gp": lambda: optuna.samplers.GPSampler(seed=own, n_startup_trials=startup_trials),
    }
    pruners: dict[str, Callable[[], Any]] = {
        "none": optuna.pruners.NopPruner,
        "median": lambda: optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=first_epoch),
        "halving": lambda: optuna.pruners.SuccessiveHalvingPruner(first_epoch, reduction_factor=2),
        "hyperband": lambda: optuna.pruners.HyperbandPruner(first_epoch, num_epochs, reduction_factor=2),
    }
    study = _create_study(storage, study_name=name, direction=direction, load_if_exists=True, pruner=pruners[pruner]())
    shared = shared and storage is not None
    own = None if shared else seed + len(study.trials)  # one that goes on must not draw its first numbers again
    study.sampler = samplers[sampler]()
    asked = {"space": _describe(space), "direction": direction}
    found = {"space": study.user_attrs.get("space", asked["space"]), "direction": study.direction.name.lower()}
    if found != asked:
        raise ParameterError(
            f"The study {name!r} in {storage} searches {found}, but {asked} was asked for.",
            expected="the space and the direction with which the study was begun",
            remedy="pass these, or give the new search a name of its own.",
        )
    study.set_user_attr("space", asked["space"])
    for trial in [] if shared else study.get_trials(states=[optuna.trial.TrialState.RUNNING]):
        put_back(study, trial)
    return study


def suggest(trial: Any, space: Mapping[str, Axis]) -> dict[str, Any]:
    """The settings of a trial; they are also kept with it, as values."""
    settings = {}
    for name, axis in space.items():
        if isinstance(axis, Range):
            draw = trial.suggest_int if axis.whole else trial.suggest_float
            settings[name] = draw(name, axis.low, axis.high, log=axis.log)
        elif _is_ordered(axis):
            settings[name] = axis[trial.suggest_int(name, 0, len(axis) - 1)]
        else:
            settings[name] = json.loads(trial.suggest_categorical(name, [json.dumps(value) for value in axis]))
    trial.set_user_attr("settings", settings)
    return settings


def space_of(study: Any) -> dict[str, Axis]:
    """The space with which a study was opened."""
    return {n: Range(**axis) if isinstance(axis, dict) else axis for n, axis in study.user_attrs["space"].items()}


def begin(study: Any) -> Any:
    """A trial whose holder calls `renew_heartbeat` every few seconds, and tells the study how it ended."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna: that heartbeats belong to `optimize`, which sends them itself
        trial = study.ask()
    renew_heartbeat(study, trial)
    return trial


def renew_heartbeat(study: Any, trial: Any) -> None:
    """Let those who share the study know that a trial is under way."""
    study._storage.record_heartbeat(trial._trial_id)


def put_back(study: Any, trial: Any) -> None:
    """End an interrupted trial, and have its settings tried again, first of all."""
    create, states = load_optuna().trial.create_trial, load_optuna().trial.TrialState
    study.tell(trial.number, state=states.FAIL, skip_if_finished=True)
    grid = {name: trial.system_attrs[name] for name in ("grid_id", "search_space") if name in trial.system_attrs}
    again = {"params": trial.params, "distributions": trial.distributions, "system_attrs": grid}
    study.add_trial(create(state=states.WAITING, **again))


def fail_stale(study: Any) -> None:
    """Put back the trials whose process was killed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna calls its own mechanism experimental
        load_optuna().storages.fail_stale_trials(study)


def load_optuna() -> Any:
    """Optuna, kept silent.

    Raises:
        ParameterError: If it is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise ParameterError.not_installed("Optuna", "experiments") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def _create_study(storage: str | None, **settings: Any) -> Any:
    """`optuna.create_study` in a storage that several processes may make at once; silent trials are put back."""
    optuna = load_optuna()
    from sqlalchemy.exc import SQLAlchemyError  # Optuna brings it

    wait = {"connect_args": {"timeout": 60}} if (storage or "").startswith("sqlite") else {}  # for another's lock [s]
    beats = {"heartbeat_interval": HEARTBEAT_S, "grace_period": GRACE_S, "heartbeat_stale_trial_callback": put_back}
    for attempt in range(5):  # two that make the tables of one database at once: one of them comes too late
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Optuna calls the heartbeat experimental
                place = optuna.storages.RDBStorage(storage, wait, **beats) if storage else None
                return optuna.create_study(storage=place, **settings)
        except (SQLAlchemyError, ImportError) as error:
            problem = error
            time.sleep(0.5 * attempt)
    raise ParameterError(
        f"The study cannot be kept there: {type(problem).__name__}: {str(problem)[:200]}.",
        expected="an SQLAlchemy URL whose database answers, such as sqlite:///study.db",
        remedy="correct --storage, the address of the study, or install the database's driver.",
    ) from problem


def _is_ordered(axis: list[Any]) -> bool:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in axis)
    return numbers and all(one < other for one, other in pairwise(axis))


def _choices(space: Mapping[str, Axis]) -> dict[str, list[Any]]:
    """What `suggest` asks for in each list: places, or the values' JSON."""
    return {
        name: list(range(len(axis))) if _is_ordered(axis) else [json.dumps(value) for value in axis]
        for name, axis in space.items()
        if isinstance(axis, list)
    }


def _describe(space: Mapping[str, Axis]) -> dict[str, Any]:
    described = {name: asdict(axis) if isinstance(axis, Range) else list(axis) for name, axis in space.items()}
    return json.loads(json.dumps(described))


def _check(space: Mapping[str, Axis], sampler: str, pruner: str, first_epoch_fits: bool) -> None:
    """Refuse what cannot be searched."""
    wrong = ([] if space else ["an empty space"]) + ([] if first_epoch_fits else ["a first_epoch that no trial has"])
    if sampler not in get_args(Sampler):
        wrong.append(f"sampler={sampler!r}")
    if pruner not in get_args(Pruner):
        wrong.append(f"pruner={pruner!r}")
    kinds = str | int | float | list | None
    for name, axis in space.items():
        if isinstance(axis, Range):
            fits = axis.low < axis.high and (axis.low > 0 or not axis.log) and sampler != "grid"
        else:
            fits = isinstance(axis, list) and bool(axis) and all(isinstance(value, kinds) for value in axis)
        if not fits:
            wrong.append(f"{name}={axis!r}")
    if wrong:
        raise ParameterError(
            f"{', '.join(wrong)}.",
            expected=f"a sampler of {get_args(Sampler)}, a pruner of {get_args(Pruner)}, and for each setting a list "
            "of texts, numbers or lists, or a Range whose ends rise (above 0 if log); in a grid lists only",
            remedy="correct what is named.",
        )
