"""The space of a sweep: axes, and the choice of the points that are run."""

import hashlib
import itertools
import json
import random
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talentlab.errors import ParameterError
from talentlab.experiments import records
from talentlab.experiments.parameters import Parameter, validate_parameters
from talentlab.experiments.records import Record
from talentlab.experiments.runs import Job
from talentlab.tuning import studies
from talentlab.tuning.studies import Axis, Range


@dataclass(frozen=True)
class Search:
    """How points of the space are chosen where not all of them are run.

    Attributes:
        kind: `random`, or `bayes`: Optuna's TPE, which learns from the trials before.
        trials: How many points.
        metric: Reported by the notebook; larger is better, unless it is to be minimised (bayes).
        prune: Stop trials whose validation `metric` falls behind the median of the others (bayes).
        seed: Of the choice of points.
    """

    kind: str
    trials: int
    metric: str = "f1"
    prune: bool = True
    seed: int = 0
    minimize: bool = False


@dataclass(frozen=True)
class Sweep:
    """What a sweep runs: a job, the space of other parameters, and the choice of points (None: the whole grid)."""

    job: Job
    space: Mapping[str, Axis]
    search: Search | None = None

    def describe(self) -> dict[str, Any]:
        """What its command says; what the notebook holds counts run by run."""
        return {
            "notebook": str(self.job.source.resolve()),
            "space": {name: repr(axis) for name, axis in self.space.items()},
            "fixed": dict(self.job.values),
            "search": repr(self.search),
        }

    def key(self) -> str:
        """The same for the same description."""
        return hashlib.sha256(json.dumps([*self.describe().values()], sort_keys=True).encode()).hexdigest()[:6]


def parse_space(declared: Mapping[str, Parameter], axes: Mapping[str, str]) -> dict[str, Axis]:
    """The axes of a sweep by parameter.

    Raises:
        ParameterError: For an unknown name, or an axis that does not fit.
    """
    validate_parameters(declared, {name: None for name in axes if name not in declared})  # says which name is near
    return {name: parse_axis(declared[name], text) for name, text in axes.items()}


def parse_axis(parameter: Parameter, text: str) -> Axis:
    """The values of one axis, each in the parameter's type.

    Args:
        parameter: What the notebook declares.
        text: `1e-5,3e-5` (these values), `0:5` (whole numbers 0 to 4), `1e-5..1e-3` or `1e-5..1e-3:log` (a range).
            Values of a list-typed parameter are separated by `;`. A text's values are texts: no range is looked for.

    Raises:
        ParameterError: If the text is none of these, or a value does not fit.
    """
    is_number = bool(re.search(r"\b(int|float|Any)\b", parameter.annotation)) and "list" not in parameter.annotation
    if is_number and ".." in text:
        bounds, _, scale = text.partition(":")
        low, high = (parameter.validate(part) for part in bounds.split("..", 1))
        numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (low, high))
        if not numbers or not low < high or scale not in ("", "log") or (scale and low <= 0):
            raise _bad_axis(parameter.name, text)
        return Range(low, high, bool(scale))
    first, colon, last = text.partition(":")
    if is_number and colon and first.lstrip("-").isdecimal() and last.lstrip("-").isdecimal():
        values = [parameter.validate(number) for number in range(int(first), int(last))]
    else:
        separator = ";" if parameter.annotation.startswith("list") else ","
        values = [parameter.validate(part.strip()) for part in text.split(separator)]
    unique = [value for number, value in enumerate(values) if value not in values[:number]]
    if not unique:
        raise _bad_axis(parameter.name, text)
    return unique


def _bad_axis(name: str, text: str) -> ParameterError:
    return ParameterError(
        f"{name}={text!r} is no axis of a sweep.",
        expected="values (1e-5,3e-5), whole numbers (0:5), or a range of numbers (1e-5..1e-3, 1e-5..1e-3:log)",
        remedy="write one of these; a range needs --sample or --bayes.",
    )


def plan(sweep: Sweep) -> list[dict[str, Any]]:
    """The points of a grid or of a random choice, in the order in which they run.

    Raises:
        ParameterError: If a grid holds a range.
    """
    search = sweep.search
    space = dict(sorted(sweep.space.items())) if search else sweep.space  # draws do not depend on the axes' order
    generator = random.Random(search.seed if search else 0)
    ranges = {name: axis for name, axis in space.items() if isinstance(axis, Range)}
    if not ranges:
        lists = [axis for axis in space.values() if isinstance(axis, list)]
        grid = [dict(zip(space, values, strict=True)) for values in itertools.product(*lists)]
        return generator.sample(grid, min(search.trials, len(grid))) if search else grid  # no point twice
    if not search:
        name, axis = next(iter(ranges.items()))
        raise _bad_axis(name, f"{axis.low}..{axis.high}")

    def draw(axis: Axis) -> Any:
        return axis.draw(generator) if isinstance(axis, Range) else generator.choice(axis)

    return [{name: draw(axis) for name, axis in space.items()} for _ in range(search.trials)]


PRUNED = "pruned"


class ListedPoints:
    """A grid or random points: known before the first run; what becomes of them changes nothing."""

    def __init__(self, points: list[dict[str, Any]]) -> None:
        self.total, self._points = len(points), iter(points)

    def ask(self) -> tuple[Any, dict[str, Any]] | None:
        """The next point, after a mark to know it by; None if there is none (left)."""
        point = next(self._points, None)
        return None if point is None else (None, point)

    def tell(self, mark: Any, record: Record) -> None:
        """What became of a point."""

    def follow(self, mark: Any, folder: Path | None) -> str:
        """Look at a run under way, in its folder once it has one: why it should be stopped, or nothing."""
        return ""


class StudiedPoints:
    """Bayesian search: the trials of a study, kept in a file, so that it goes on where it was stopped.

    Kept in a database (`storage`, an SQLAlchemy URL), the study is one for all who run the same sweep, anywhere; its
    trials are counted together. Whoever is through first waits for the others, and takes over what the dead left.
    """

    def __init__(self, sweep: Sweep, folder: Path, search: Search, storage: str | None = None) -> None:
        self._space, self._search, self._optuna = dict(sorted(sweep.space.items())), search, studies.load_optuna()
        self._study = studies.open_study(
            sweep.space, pruner="median" if search.prune else "none", seed=search.seed,
            direction="minimize" if search.minimize else "maximize", shared=storage is not None,
            storage=storage or f"sqlite:///{folder / 'study.db'}",
            name=f"{sweep.job.source.stem}-{sweep.key()}" if storage else "sweep",
        )  # fmt: skip
        self.total = self._left = max(0, search.trials - self._count("COMPLETE", "PRUNED"))
        self._told: dict[int, int] = {}  # epochs reported, by trial under way

    def _count(self, *states: str) -> int:
        return sum(trial.state.name in states for trial in self._study.get_trials(deepcopy=False))

    def ask(self) -> tuple[Any, dict[str, Any]] | None:
        """A trial of the study and its settings."""
        while self._left:
            studies.fail_stale(self._study)
            if self._count("COMPLETE", "PRUNED", "RUNNING") < self._search.trials:
                self._left -= 1
                trial = studies.begin(self._study)
                self._told[trial.number] = 0
                return trial, studies.suggest(trial, self._space)
            if self._told or not self._count("RUNNING"):
                return None
            time.sleep(1)
        return None

    def tell(self, mark: Any, record: Record) -> None:
        """The metric of a completed run; a stopped or failed one has none, and an interrupted one is tried again."""
        if "folder" in record:
            self._report(mark, Path(record["folder"]))  # epochs since the last look: the median needs them all
        del self._told[mark.number]
        value, states = record.get("metrics", {}).get(self._search.metric), self._optuna.trial.TrialState
        if record["status"] == "interrupted":
            studies.put_back(self._study, self._study.trials[mark.number])
        elif record["status"] != "completed":
            pruned = record["status"] == "stopped" and record.get("error", "").startswith(PRUNED)
            self._study.tell(mark, state=states.PRUNED if pruned else states.FAIL, skip_if_finished=True)
        elif value is None:
            raise ParameterError(
                f"metric={self._search.metric!r}, but the notebook reported {sorted(record['metrics'])}.",
                expected="the name of a reported metric",
                remedy="pass --metric with one of them.",
            )
        else:
            self._study.tell(mark, value[0] if isinstance(value, list) else value, skip_if_finished=True)

    def follow(self, mark: Any, folder: Path | None) -> str:
        """After each epoch: whether its validation metric is below the median of the other trials at that epoch."""
        studies.renew_heartbeat(self._study, mark)
        lines, metric = self._report(mark, folder) if folder else [], self._search.metric
        ends = lines and mark.should_prune()
        return f"{PRUNED} after epoch {len(lines)}: {metric} {lines[-1][metric]:.3f}" if ends else ""

    def _report(self, mark: Any, folder: Path) -> list[dict[str, Any]]:
        """Tell the study of the epochs that it does not know yet; all of them."""
        lines = [line for line in records.read_history(folder) if self._search.metric in line]
        with suppress(self._optuna.exceptions.UpdateFinishedTrialError):  # we slept so long that others took it over
            for epoch, line in list(enumerate(lines, 1))[self._told[mark.number] :]:
                mark.report(line[self._search.metric], epoch)
        self._told[mark.number] = len(lines)
        return lines
