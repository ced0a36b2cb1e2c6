"""Many runs side by side: one table, and the comparison of two configurations over their seeds."""

import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from talentlab.errors import RunError
from talentlab.experiments import filters, records
from talentlab.experiments.records import Record

FACTS = ["chapter", "sweep", "tag", "status", "started", "seconds", "peak_memory_mib"]


def table(runs_folder: Path | str = "runs", *, where: str | None = None, sort: str | None = None) -> pd.DataFrame:
    """One row per run below a folder, oldest first.

    Args:
        runs_folder: Where the runs are.
        where: A condition on the columns, such as `f1 > 0.7 and seed == 1`: see `filters`.
        sort: A column, largest first; `-column`: smallest first.

    Returns:
        Indexed by the run's id: its facts (`seconds` [s], `peak_memory_mib` [MiB]), every parameter that some run was
        given, and every reported metric (without its interval). A record that cannot be read is a row too: its path,
        and the status `damaged`.

    Raises:
        RunError: If the condition or the column does not fit the table.
    """
    found, bad = records.look_through(Path(runs_folder))
    given = dict.fromkeys(name for record in found for name in record["parameters"] if name != "output_folder")
    rows = {}
    for record in found:
        row = {name: record.get(name) for name in FACTS}
        row |= {name: parameters(record).get(name) for name in given}
        rows[record["id"]] = row | {_apart(name, given): value for name, value in metrics(record).items()}
    rows |= {name if name not in rows else f"./{name}": dict.fromkeys(FACTS) | {"status": "damaged"} for name in bad}
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index.name = "run"
    frame = filters.select_rows(frame, where) if where else frame
    try:
        return frame.sort_values(sort.lstrip("-"), ascending=sort.startswith("-")) if sort and len(frame) else frame
    except (KeyError, TypeError, ValueError) as error:  # no such column, or one of texts and numbers
        raise RunError(
            f"The runs cannot be sorted by {sort!r}: {type(error).__name__}: {error}.",
            expected=f"one of the columns {', '.join(frame.columns)}, of numbers alone or of texts alone",
            remedy="correct the column.",
        ) from error


def parameters(record: Record) -> dict[str, Any]:
    """All parameters of a run, defaults included."""
    return {**record.get("defaults", {}), **record["parameters"]}


def metrics(record: Record) -> dict[str, float]:
    """The reported metrics of a run, without their intervals, and without those that are no number."""
    found = record.get("metrics", {}).items()
    return {name: value[0] if isinstance(value, list) else value for name, value in found if value is not None}


def select(runs_folder: Path | str = "runs", *, where: str | None = None, metric: str | None = None) -> list[Record]:
    """The records that meet a condition, oldest first; with `metric`, those that reported it.

    Raises:
        RunError: If there are none.
    """
    chosen = set(table(runs_folder, where=where).index)
    found = [record for record in records.read_all(Path(runs_folder)) if record["id"] in chosen]
    reported = dict.fromkeys(name for record in found for name in metrics(record))
    found = [record for record in found if metric is None or metric in metrics(record)]
    if not found:
        others = ", ".join(reported)
        raise RunError(
            f"No run in {runs_folder} (filter {where!r}, metric {metric!r}).",
            expected=f"at least one, and one of the metrics {others}" if others else "at least one",
            remedy="make some, `talentlab sweep 05 -g learning_rate=1e-4,2e-4 -g seed=0:3`, or ask for others.",
        )
    return found


def varying(runs: Sequence[Record]) -> list[str]:
    """The parameters, given to some run, in which these runs differ; the seed and folders for output aside."""
    given = dict.fromkeys(name for record in runs for name in record["parameters"])
    distinct = {name: {repr(parameters(record).get(name)) for record in runs} for name in given}
    return [name for name in given if len(distinct[name]) > 1 and name not in ("seed", "output_folder")]


def configurations(runs: Sequence[Record]) -> dict[str, str]:
    """Each run's id with its configuration in words: the parameters, and the notebook, in which these runs differ."""
    names, several = varying(runs), len({record["chapter"] for record in runs}) > 1
    found = {}
    for record in runs:
        values = {name: value for name, value in parameters(record).items() if name in names}
        words = [f"{name}={f'{v:.3g}' if isinstance(v, float) else v}" for name, v in values.items()]
        found[record["id"]] = ", ".join([record["chapter"]] * several + words) or "all the same"
    return found


def _apart(metric: str, given: dict[str, None]) -> str:
    return f"{metric} (metric)" if metric in given or metric in FACTS else metric


def find(run: str, runs_folder: Path | str = "runs") -> Record:
    """The record of a run by its id, the start or end of it, or its folder.

    Raises:
        RunError: If there is none, or several.
    """
    for folder in (Path(run), Path(runs_folder) / run):  # a damaged record says what is wrong with it
        if (folder / records.FILE).is_file():
            return records.read(folder)
    every = records.read_all(Path(runs_folder))
    found = [record for record in every if record["id"] == run] or [
        record for record in every if record["id"].startswith(run) or record["id"].endswith(run)
    ]
    if len(found) != 1:
        raise RunError(
            f"{len(found)} of the {len(every)} runs in {runs_folder} have an id that begins or ends with {run!r}.",
            expected="exactly one",
            remedy="give more of its id; `talentlab runs` lists them.",
        )
    return found[0]


def group(record: Record, runs_folder: Path | str = "runs", *, seed: str = "seed") -> list[Record]:
    """The completed runs that differ from this one by their seed alone, this one included.

    Args:
        record: Of the run.
        runs_folder: Where the others are.
        seed: Name of the parameter that is the seed.
    """
    configuration = _configuration(record, seed)
    same = [other for other in records.read_all(Path(runs_folder)) if _configuration(other, seed) == configuration]
    by_seed = {repr(parameters(other).get(seed)): other for other in same if other["status"] == "completed"}
    return list(by_seed.values())  # of a seed that ran twice, the newest


def _configuration(record: Record, seed: str) -> tuple[Any, ...]:
    values = {name: v for name, v in parameters(record).items() if name not in (seed, "output_folder")}
    return record["chapter"], record.get("data"), repr(sorted(values.items()))


def compare(one: Sequence[Record], other: Sequence[Record], *, seed: str = "seed") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two configurations, each with the runs of its seeds.

    The difference is taken within a seed where both have at least two seeds in common (they then share initial
    weights and order of the texts), else between the means (Welch). Its 95 % interval is Student's t over the seeds: it
    says how far the training's randomness reaches, and nothing about other data. One run each has no interval.

    Returns:
        The parameters that differ, and per metric: both means, `difference` (second minus first), `low`, `high`, and
        `n`, the number of seeds behind it.

    Raises:
        RunError: If one of them has no completed run, or they have no metric in common.
    """
    if not one or not other:
        raise RunError(
            "A configuration without a completed run cannot be compared.",
            expected="at least one completed run of each",
            remedy="look at their status with `talentlab runs`.",
        )
    first, second = parameters(one[0]), parameters(other[0])
    names = [n for n in {**first, **second} if first.get(n) != second.get(n) and n not in (seed, "output_folder")]
    differing = pd.DataFrame({"first": [first.get(n) for n in names], "second": [second.get(n) for n in names]}, names)
    rows = {}
    for name in metrics(one[0]):
        a, b = (
            {repr(parameters(r).get(seed)): metrics(r)[name] for r in runs if name in metrics(r)}
            for runs in (one, other)
        )
        if a and b:
            rows[name] = _difference(a, b)
    if not rows:
        have = (", ".join(dict.fromkeys(name for r in runs for name in metrics(r))) or "none" for runs in (one, other))
        raise RunError(
            "The two configurations have no metric in common: {} beside {}.".format(*have),
            expected="a metric that both reported as a number",
            remedy="compare runs of the same notebook; `talentlab runs` shows what each reported.",
        )
    return differing, pd.DataFrame.from_dict(rows, orient="index")


def _difference(a: dict[Any, float], b: dict[Any, float]) -> dict[str, float]:
    from scipy import stats  # half a second: only whoever compares waits for it

    common = [seed for seed in a if seed in b]
    first, second = np.array(list(a.values())), np.array(list(b.values()))
    if len(common) > 1:
        first, second = np.array([a[seed] for seed in common]), np.array([b[seed] for seed in common])
        test = partial(stats.ttest_rel, second, first)
    elif len(a) > 1 and len(b) > 1:
        test = partial(stats.ttest_ind, second, first, equal_var=False)
    else:
        test = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # equal differences have no spread: an interval of length 0
        low, high = test().confidence_interval(0.95) if test is not None else (np.nan, np.nan)
    means = {"first": first.mean(), "second": second.mean(), "difference": second.mean() - first.mean()}
    return {**means, "low": low, "high": high, "n": min(len(first), len(second))}


def epoch_table(runs: Sequence[Record]) -> pd.DataFrame:
    """The validation numbers of several runs, epoch by epoch, from their training histories.

    Returns:
        Columns `run`, `fit` (1, 2, … within a run), `epoch` and the numbers that validation returned.
    """
    rows = []
    for record in runs:
        fit = 0
        for line in records.read_history(Path(record["folder"])):
            fit += "fit" in line
            if "epoch" in line:
                rows.append({"run": record["id"], "fit": fit, **line})
    return pd.DataFrame(rows)
