"""The space of a sweep: axes, and the choice of the points that are run."""

import hashlib
import itertools
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from talentlab.errors import ParameterError
from talentlab.experiments import records
from talentlab.experiments.parameters import Parameter, validate_parameters
from talentlab.experiments.records import Record
from talentlab.tuning.studies import Axis, Range, create_study, load_optuna


@dataclass(frozen=True)
class Search:
    """How points of the space are chosen where not all of them are run.

    Attributes:
        kind: `random`, or `bayes`: Optuna's TPE, which learns from the trials before.
        trials: How many points.
        metric: Reported by the notebook, larger is better (bayes).
        prune: Stop trials whose validation `metric` falls behind the median of the others (bayes).
        seed: Of the choice of points.
    """

    kind: str
    trials: int
    metric: str = "f1"
    prune: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Sweep:
    """What a sweep runs: a notebook, the space of its parameters, and the choice of points (None: the whole grid)."""

    notebook: Path
    space: Mapping[str, Axis]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    search: Search | None = None

    def key(self) -> str:
        """The same for the same sweep, as far as its command says; what the notebook holds counts run by run."""
        parts = [str(self.notebook.resolve()), {k: repr(v) for k, v in self.space.items()}, dict(self.fixed)]
        return hashlib.sha256(json.dumps([*parts, repr(self.search)]).encode()).hexdigest()[:6]


def parse_space(declared: Mapping[str, Parameter], axes: Mapping[str, str]) -> dict[str, Axis]:
    """The axes of a sweep by parameter.

    Raises:
        ParameterError: For an unknown name, or an axis that does not fit.
    """
    for name in axes:
        if name not in declared:
            validate_parameters(declared, {name: None})  # says which name is near
    return {name: parse_axis(declared[name], text) for name, text in axes.items()}


def parse_axis(parameter: Parameter, text: str) -> Axis:
    """The values of one axis, each in the parameter's type.

    Args:
        parameter: What the notebook declares.
        text: `1e-5,3e-5` (these values), `0:5` (whole numbers 0 to 4), `1e-5..1e-3` or `1e-5..1e-3:log` (a range).
            Values of a list-typed parameter are separated by `;`.

    Raises:
        ParameterError: If the text is none of these, or a value does not fit.
    """
    if ".." in text:
        bounds, _, scale = text.partition(":")
        low, high = (parameter.validate(part) for part in bounds.split("..", 1))
        numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (low, high))
        if not numbers or not low < high or scale not in ("", "log") or (scale and low <= 0):
            raise _bad_axis(parameter, text)
        return Range(low, high, bool(scale))
    first, colon, last = text.partition(":")
    if colon and first.lstrip("-").isdecimal() and last.lstrip("-").isdecimal():
        values = [parameter.validate(number) for number in range(int(first), int(last))]
    else:
        separator = ";" if parameter.annotation.startswith("list") else ","
        values = [parameter.validate(part.strip()) for part in text.split(separator)]
    unique = [value for number, value in enumerate(values) if value not in values[:number]]
    if not unique:
        raise _bad_axis(parameter, text)
    return unique


def _bad_axis(parameter: Parameter, text: str) -> ParameterError:
    return ParameterError(
        f"{parameter.name}={text!r} is no axis of a sweep.",
        expected="values (1e-5,3e-5), whole numbers (0:5), or a range of numbers (1e-5..1e-3, 1e-5..1e-3:log)",
        remedy="write one of these; a range needs --sample or --bayes.",
    )


def plan(sweep: Sweep, declared: Mapping[str, Parameter]) -> list[dict[str, Any]]:
    """The points of a grid or of a random choice, in the order in which they run.

    Raises:
        ParameterError: If a grid holds a range.
    """
    if sweep.search is None:
        lists = []
        for name, axis in sweep.space.items():
            if isinstance(axis, Range):
                raise _bad_axis(declared[name], f"{axis.low}..{axis.high}")
            lists.append(axis)
        return [dict(zip(sweep.space, values, strict=True)) for values in itertools.product(*lists)]
    generator = random.Random(sweep.search.seed)
    if not any(isinstance(axis, Range) for axis in sweep.space.values()):
        grid = plan(Sweep(sweep.notebook, sweep.space), declared)
        return generator.sample(grid, min(sweep.search.trials, len(grid)))  # no point twice
    return [
        {
            name: axis.draw(type(declared[name].validate(axis.low)), generator)
            if isinstance(axis, Range)
            else generator.choice(axis)
            for name, axis in sweep.space.items()
        }
        for _ in range(sweep.search.trials)
    ]


PRUNED = "pruned"


class Points(Protocol):
    """Where a sweep gets its points from, one after the other."""

    total: int

    def ask(self) -> tuple[Any, dict[str, Any]] | None:
        """The next point with a mark to know it by, or None if there is none (left)."""

    def tell(self, mark: Any, record: Record) -> None:
        """What became of a point."""

    def should_stop(self, mark: Any, folder: Path) -> str:
        """Why the run in `folder` should be stopped now, or nothing."""


class ListedPoints:
    """A grid or random points: known before the first run."""

    def __init__(self, sweep: Sweep, declared: Mapping[str, Parameter]) -> None:
        points = plan(sweep, declared)
        self.total, self._points = len(points), iter(points)

    def ask(self) -> tuple[None, dict[str, Any]] | None:
        """The next point; no mark is needed."""
        point = next(self._points, None)
        return None if point is None else (None, point)

    def tell(self, mark: Any, record: Record) -> None:
        """Nothing is learnt."""

    def should_stop(self, mark: Any, folder: Path) -> str:
        """Never."""
        return ""


class StudiedPoints:
    """Bayesian search by Optuna's TPE, kept in a file, so that a study goes on where it was stopped.

    Kept in a database (`storage`, an SQLAlchemy URL), the study is one for all who run the same sweep, anywhere; its
    trials are counted together.

    Source: Bergstra et al. 2011, "Algorithms for hyper-parameter optimization" (TPE); the median rule of pruning is
    that of Golovin et al. 2017, "Google Vizier".
    """

    def __init__(
        self, sweep: Sweep, declared: Mapping[str, Parameter], folder: Path, search: Search, storage: str | None = None
    ) -> None:
        optuna = load_optuna()
        self._space, self._search, self._declared = sweep.space, search, declared
        self._states = optuna.trial.TrialState
        self._study = create_study(
            storage or f"sqlite:///{folder / 'study.db'}", direction="maximize", load_if_exists=True,
            study_name=f"{sweep.notebook.stem}-{sweep.key()}" if storage else "sweep",
            pruner=optuna.pruners.MedianPruner(n_startup_trials=3) if search.prune else optuna.pruners.NopPruner(),
        )  # fmt: skip
        before = len(self._study.trials)
        # A resumed study must not draw its first numbers again, nor two sweeps of one study the same ones.
        self._study.sampler = optuna.samplers.TPESampler(seed=None if storage else search.seed + before)
        for trial in self._study.get_trials(states=[self._states.RUNNING]):
            if storage and records.is_alive(trial.user_attrs.get("process", records.this_process()), time.time()):
                continue
            self._study.tell(trial.number, state=self._states.FAIL, skip_if_finished=True)  # of a sweep that was killed
            self._study.enqueue_trial(trial.params)  # its run may have been completed all the same: then it is found
        finished = self._study.get_trials(states=[self._states.COMPLETE, self._states.PRUNED])
        self.total = max(0, search.trials - len(finished))
        self._asked = 0
        self._told: dict[int, int] = {}  # epochs reported, by trial

    def ask(self) -> tuple[Any, dict[str, Any]] | None:
        """A trial of the study."""
        counted = (self._states.COMPLETE, self._states.PRUNED, self._states.RUNNING)  # others may share the study
        under_way = len(self._study.get_trials(deepcopy=False, states=counted))
        if self._asked == self.total or under_way >= self._search.trials:
            return None
        self._asked += 1
        trial = self._study.ask()
        trial.set_user_attr("process", records.this_process())
        return trial, {name: self._suggest(trial, name, axis) for name, axis in self._space.items()}

    def _suggest(self, trial: Any, name: str, axis: Axis) -> Any:
        if not isinstance(axis, Range):
            codes = trial.suggest_categorical(name, [json.dumps(value) for value in axis])
            return json.loads(codes)
        suggest = trial.suggest_int if type(self._declared[name].validate(axis.low)) is int else trial.suggest_float
        return suggest(name, axis.low, axis.high, log=axis.log)

    def tell(self, mark: Any, record: Record) -> None:
        """The metric of a completed run; a stopped or failed one has none."""
        if "folder" in record:
            self._report(mark, Path(record["folder"]))  # epochs since the last look: the median needs them all
        value = record.get("metrics", {}).get(self._search.metric)
        if record["status"] == "completed":
            if value is None:
                raise ParameterError(
                    f"metric={self._search.metric!r}, but the notebook reported {sorted(record['metrics'])}.",
                    expected="the name of a reported metric",
                    remedy="pass --metric with one of them.",
                )
            self._study.tell(mark, value[0] if isinstance(value, list) else value)
        else:
            pruned = record["status"] == "stopped" and record.get("error", "").startswith(PRUNED)
            self._study.tell(mark, state=self._states.PRUNED if pruned else self._states.FAIL)

    def should_stop(self, mark: Any, folder: Path) -> str:
        """After each epoch: whether its validation metric is below the median of the other trials at that epoch."""
        lines, metric = self._report(mark, folder), self._search.metric
        ends = lines and mark.should_prune()
        return f"{PRUNED} after epoch {len(lines)}: {metric} {lines[-1][metric]:.3f}" if ends else ""

    def _report(self, mark: Any, folder: Path) -> list[dict[str, Any]]:
        """Tell the study of the epochs that it does not know yet; all of them."""
        lines = [line for line in records.read_history(folder) if self._search.metric in line]
        for epoch, line in list(enumerate(lines, 1))[self._told.get(mark.number, 0) :]:
            mark.report(line[self._search.metric], epoch)
        self._told[mark.number] = len(lines)
        return lines
