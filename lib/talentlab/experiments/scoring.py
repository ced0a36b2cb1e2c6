"""What an entry of a league is worth, found on this machine; and the same run again, before it counts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import nn

from talentlab import data, evaluation, models
from talentlab.data.readers import read_table
from talentlab.errors import RunError, TalentError
from talentlab.experiments import records, runs
from talentlab.experiments.execution import Limits
from talentlab.experiments.leagues import PLAN, STARTUP, TEXTS, League, Row, Scored, entries, ranked, surely_less
from talentlab.language import tr
from talentlab.talent.risk import simulate
from talentlab.talent.staffing import staff
from talentlab.talent.tables import Startup, load_startup
from talentlab.talent.verify import violations

_MODEL = Path("model", "model.safetensors")
_READ_WHOLE = ("record.json", PLAN)
_MOST_BYTES = 2**20  # of those


class Desk(NamedTuple):
    """What entries are compared with.

    Attributes:
        league: The rules.
        job: The league's own run, of this machine's notebook on the shared texts; None for plans.
        rows: The texts held back, `text` and `label`; empty for plans.
        classes: Names of the classes, in the order of their codes.
        startup: What is staffed; None for runs.
    """

    league: League
    job: runs.Job | None
    rows: pd.DataFrame
    classes: tuple[str, ...]
    startup: Startup | None


def open_desk(league: League, folder: Path, held_back: Path | None) -> Desk:
    """Read what the league compares with, once.

    Raises:
        RunError: If the held-back texts are missing, or of other classes than the shared ones.
    """
    if league.kind == "plans":
        return Desk(league, None, pd.DataFrame(), (), load_startup(folder / STARTUP))
    if held_back is None or not held_back.is_file():
        raise RunError(f"no held-back texts in {held_back}.", expected="the file that --start wrote",
                       remedy="give it with --held-back.")  # fmt: skip
    shared = folder / TEXTS
    classes = tuple(map(str, data.load_labelled_text(str(shared)).class_names))
    rows = read_table(held_back)[0]
    rows["label"] = rows["label"].astype(str)
    if strange := sorted(set(rows["label"]) - set(classes)):
        raise RunError(f"{held_back} has the label {strange[0]!r}.", expected=f"labels of {', '.join(classes)}",
                       remedy="take the file that --start wrote together with the shared texts.")  # fmt: skip
    return Desk(league, runs.resolve(league.chapter, league.fixed | {"dataset": str(shared.resolve())}), rows,
                classes, None)  # fmt: skip


def score(entry: Path, desk: Desk) -> Scored | str:
    """What an entry is worth, or why it does not count. Never raises for what an entry holds."""
    try:
        for name in (*_READ_WHOLE, _MODEL, _MODEL.parent):
            if (entry / name).is_symlink():
                return tr("{file} is a link", file=name)
        for name in _READ_WHOLE:
            if (path := entry / name).is_file() and path.stat().st_size > _MOST_BYTES:
                return tr("{file} is larger than {n} MB", file=name, n=_MOST_BYTES // 2**20)
        return _score_plan(entry, desk) if desk.startup else _score_run(entry, desk)
    except Exception as error:  # an entry is somebody else's file: it stops nothing
        received = getattr(error, "received", "") or f"{type(error).__name__}: {error}"
        return received.replace(str(entry), "…")[:300]


class Memory(NamedTuple):
    """What was found of entries, so that a board that is made again scores only what is new.

    Attributes:
        scores: Of an entry's files, as they were then.
        again: The same of the runs that were repeated: what the board says, and whether it is a fault.
    """

    scores: dict[tuple[Any, ...], Scored | str]
    again: dict[tuple[Any, ...], tuple[str, bool]]


def board(folder: Path, desk: Desk, memory: Memory, *, confirm: int = 0, scratch: Path = Path("runs")) -> list[Row]:
    """The rows of a league as it stands.

    Args:
        folder: The shared one.
        desk: From `open_desk`.
        memory: Of earlier boards; what is new is added.
        confirm: How many of the best entries are run again here; one that fails is out, and the next takes its turn.
        scratch: Where these runs are kept.
    """
    entered = dict(entries(folder, desk.league))
    stamps = {name: (entry, *map(_changed, (entry / PLAN, entry / "record.json", entry / _MODEL)))
              for name, entry in entered.items()}  # fmt: skip
    for name, stamp in stamps.items():
        if stamp not in memory.scores:
            memory.scores[stamp] = score(entered[name], desk)
    while True:
        again = {name: memory.again[stamp] for name, stamp in stamps.items() if stamp in memory.again}
        faults = {name: said for name, (said, is_fault) in again.items() if is_fault}
        if desk.league.kind == "plans":
            again = dict.fromkeys(entered, (tr("checked here"), False))
        rows = ranked({name: memory.scores[stamp] for name, stamp in stamps.items()} | faults,
                      {name: said for name, (said, _) in again.items()}, desk.league)  # fmt: skip
        todo = [row for row in rows[:confirm] if row.scored and row.name not in again]
        if not todo:
            return rows
        name, claimed = todo[0].name, todo[0].scored
        assert claimed is not None
        here, fault = run_again(entered[name], claimed, desk, scratch)
        memory.again[stamps[name]] = (fault or tr("run again here: {share:.1%}", share=here.value if here else 0),
                                      bool(fault))  # fmt: skip


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


def _score_run(entry: Path, desk: Desk) -> Scored:
    record = records.read(entry)
    used = _budget_used(record, desk)
    job = _again(record, desk)
    length = int(job.values.get("max_length", job.declared["max_length"].default))
    right = _right(entry / _MODEL, desk, length)
    return _scored(right, used)


def _budget_used(record: Mapping[str, Any], desk: Desk) -> float:
    """Share of the budget, from the record; whatever keeps a run from being compared is raised."""
    if record["status"] != "completed":
        raise _refused(tr("the run is {status}", status=record["status"]))
    if record["chapter"] != desk.league.chapter or desk.job is None:
        raise _refused(tr("a run of {chapter}", chapter=str(record["chapter"])[:40]))
    if record.get("data") != desk.job.data:
        raise _refused(tr("trained on other data than the league's texts"))
    if not str(record.get("device", "")).startswith("cpu"):
        raise _refused(tr("run on {device}, not on a CPU", device=str(record.get("device"))[:40]))
    seconds, threads = float(record.get("seconds", np.inf)), record.get("threads") or record.get("cores")
    spent = seconds * max(1, int(threads or 1)) * max(1, int(record.get("processes") or 1))
    if not 0 < spent <= desk.league.budget_cpu_s:
        raise _refused(tr("it took {spent:.0f} CPU s, {budget:.0f} are allowed", spent=spent,
                          budget=desk.league.budget_cpu_s))  # fmt: skip
    return spent / desk.league.budget_cpu_s


def _again(record: Mapping[str, Any], desk: Desk) -> runs.Job:
    """The league's run with the entry's values, checked; what the league fixes, and all files, stay the league's."""
    assert desk.job is not None
    given = {
        name: value for name, value in record["parameters"].items()
        if name in desk.job.declared and not desk.job.declared[name].is_data
        and name not in {"output_folder", *desk.league.fixed}
    }  # fmt: skip
    for name, value in desk.league.fixed.items():
        if record["parameters"].get(name, value) != value:
            raise _refused(tr("{name} is {value}, the league's is {fixed}", name=name,
                              value=str(record["parameters"][name])[:40], fixed=value))  # fmt: skip
    return desk.job.with_values(given)


def _right(weights: Path, desk: Desk, max_length: int) -> np.ndarray:
    """1 or 0 for each held-back text; the model is this machine's, only its numbers are the entry's."""
    codes = [desk.classes.index(label) for label in desk.rows["label"]]
    tokenizer, model = models.load_pretrained(
        desk.league.fixed.get("model_name", "minilm"), num_labels=len(desk.classes)
    )
    load_weights(model, weights)
    texts = data.tokenize(tokenizer, desk.rows["text"].astype(str).tolist(), codes, min(max(max_length, 3), 512))
    return (evaluation.predict(model, texts, precision="fp32").argmax(1) == np.array(codes)).astype(float)


def load_weights(model: nn.Module, path: Path) -> None:
    """Put the numbers of a safetensors file into a model of the same shapes; nothing else of it is used.

    Raises:
        RunError: If the file is missing, damaged, or of other shapes.
    """
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    if not path.is_file():
        raise _refused(tr("there is no {file}", file=_MODEL))
    try:
        with safe_open(path, framework="pt") as file:
            found = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        if found != expected:
            raise _refused(tr("its model is another one than the league's"))
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise _refused(tr("its model cannot be read: {error}", error=error)) from error
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise _refused(tr("its model holds values that are no numbers"))
    model.load_state_dict(tensors)


def run_again(entry: Path, claimed: Scored, desk: Desk, scratch: Path) -> tuple[Scored | None, str]:
    """The entry's run with its parameters, on this machine and within the budget.

    Returns:
        What it is worth here, and why that does not confirm the entry; empty where it does.
    """
    try:
        job = _again(records.read(entry), desk)
        limits = Limits(run_s=desk.league.budget_cpu_s)  # with one thread
        done = runs.run_job(job, runs_folder=scratch, limits=limits, threads=1, show_progress=False)
        here = _score_run(done.folder, desk)
    except Exception as error:
        received = getattr(error, "received", "") or f"{type(error).__name__}: {error}"
        return None, tr("run again here: {error}", error=received[:200])
    return here, surely_less(claimed, here)


def _scored(right: np.ndarray, used: float) -> Scored:
    share = evaluation.proportion_interval(int(right.sum()), len(right))
    return Scored(share.value, share.low, share.high, used, right)


def _score_plan(entry: Path, desk: Desk) -> Scored:
    """Working days to the delivery; the interval holds four of five simulated projects."""
    assert desk.startup is not None
    rows = read_table(entry / PLAN)[0]
    if missing := {"task", "people"} - set(rows.columns):
        raise _refused(tr("{file} has no column {name}", file=PLAN, name=min(missing)))
    rows = rows.astype({"task": str, "people": str})
    rows["people"] = [
        _sheet_form(task, people) for task, people in zip(rows["task"], rows["people"], strict=True)
    ]  # fmt: skip
    plan = staff(desk.startup, rows)
    if broken := violations(plan):
        raise TalentError(broken[0], expected="a plan that can be carried out", remedy="plan again.")
    late = simulate(plan, runs=2000, seed=0)
    from talentlab.talent.views import money

    settings = desk.startup.settings
    there = settings.cash + settings.cash_per_month * plan.end / 21
    low, high = late.quantile(0.1).value, late.quantile(0.9).value
    return Scored(plan.end, low, high, money(plan)["total"] / there, np.zeros(0))


def _sheet_form(task: str, people: str) -> str:
    """Names separated by `;`, as in a sheet; a report's table has commas, and the hire beside the mentor."""
    names = [name.strip() for name in people.replace(",", ";").split(";")]
    return "; ".join(name for name in names if task != f"onboarding {name}")


def _refused(why: str) -> RunError:
    return RunError(why, expected="an entry within the league's rules", remedy="hand in another one.")
