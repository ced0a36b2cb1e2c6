"""Runs for those who look at them elsewhere: an HTML report, TensorBoard's event files, an MLflow server."""

import json
import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat

from talentlab import language
from talentlab.errors import RunError
from talentlab.experiments import pages, records, runs, tables
from talentlab.experiments.records import Record
from talentlab.language import tr

_MLFLOW_TAG = "talentlab_run"  # by which a run that was exported before is known
_MLFLOW_BATCH = 1000  # metrics that a server takes at once


def write_report(
    target: Path, runs_folder: Path | str = "runs", *, where: str | None = None, metric: str = "f1"
) -> Path:
    """One HTML file with tables and figures of many runs: the notebook `compare_runs`, executed, without its code.

    It loads nothing from elsewhere.

    Args:
        target: The file to write.
        runs_folder: Where the runs are.
        where: Which of them, see `tables.table`.
        metric: What they are compared by; larger is better.

    Raises:
        RunError: If no run reports the metric.
    """
    tables.select(runs_folder, where=where, metric=metric)  # refused here, before a kernel starts
    values = {"runs_folder": str(Path(runs_folder).resolve()), "where": where, "metric": metric, "rows": 1000}
    with tempfile.TemporaryDirectory() as scratch:
        edition = runs.in_language("compare_runs", language.current())
        done = runs.run(edition, values, runs_folder=Path(scratch), show_progress=False)
        notebook = nbformat.read(done.notebook, as_version=4)
    notebook.metadata["title"] = tr("Runs in {folder}", folder=runs_folder)
    notebook.cells = [cell for cell in notebook.cells if "notebook-only" not in cell.metadata.get("tags", [])]
    no_script = dict.fromkeys(("require_js_url", "jquery_url", "mathjax_url", "mermaid_js_url"), "")
    page = pages.to_html(notebook, exclude_input=True, **no_script)
    target.write_text(page.replace("</body>", f"{_sortable()}</body>"), encoding="utf-8")
    return target


def _sortable() -> str:
    """The script that sorts and filters the tables of a page, in the reader's language."""
    words = json.dumps({"sort": tr("sort by this column"), "all": tr("all")})
    script = (Path(__file__).parent / "static" / "tables.js").read_text(encoding="utf-8")
    style = "table.dataframe th { cursor: pointer } th[aria-sort=ascending]::after { content: ' ↑' } "
    style += "th[aria-sort=descending]::after { content: ' ↓' }"
    return f"<style>{style}</style><script>const words = {words};\n{script}</script>"


def write_events(chosen: Sequence[Record], folder: Path) -> int:
    """TensorBoard's event files: a folder per run, with its curves, parameters and metrics.

    `folder` holds these runs afterwards and nothing else; what is there and as new as its record is kept.

    Returns:
        How many runs were written.

    Raises:
        RunError: If TensorBoard is not installed, or `folder` is a link: what lies behind it is not ours to clear.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise RunError.not_installed("TensorBoard", "board") from error
    if folder.is_symlink():
        raise RunError(f"{folder} is a link.", expected="a folder of its own, or none yet", remedy="remove the link.")
    folder.mkdir(parents=True, exist_ok=True)
    named = {record["id"].replace("/", "~"): record for record in chosen}  # children of this folder, none deeper
    for child in folder.iterdir():
        if child.is_symlink() or not child.is_dir():
            child.unlink()
        elif child.name not in named:
            shutil.rmtree(child)
    written = 0
    for name, record in named.items():
        target, part = folder / name, folder / f"{name}.part"
        changed = (Path(record["folder"]) / records.FILE).stat().st_mtime
        if target.is_dir() and target.stat().st_mtime >= changed:
            continue
        shutil.rmtree(target, ignore_errors=True)
        with SummaryWriter(part) as writer:
            for name, step, value in _curves(record):
                writer.add_scalar(name, value, step)
            given = tables.parameters(record)
            values = {name: v if isinstance(v, int | float | str) else str(v) for name, v in given.items()}
            metrics = {f"metrics/{name}": value for name, value in tables.metrics(record).items()}
            writer.add_hparams(values, metrics, run_name=".")
        part.rename(target)
        written += 1
    return written


def export_to_mlflow(chosen: Sequence[Record], address: str) -> int:
    """Write finished runs to an MLflow server: parameters, metrics, curves; an experiment per notebook.

    A run that is there is left alone; one that an earlier export left unfinished is written again.

    Args:
        chosen: The runs; those that still run are left out.
        address: Of the server, such as `http://127.0.0.1:5000`.

    Returns:
        How many runs were written.

    Raises:
        RunError: If the client is not installed, or the server does not answer.
    """
    try:
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient
    except ImportError as error:
        raise RunError(
            "The MLflow client is not installed.",
            expected="the extra `mlflow` of this package, in an environment of its own",
            remedy="pip install -e '.[mlflow]' there",
        ) from error
    try:
        part = urlsplit(address)
        if part.scheme in ("http", "https"):  # the client itself would try for four minutes
            socket.create_connection((part.hostname, part.port or (443 if part.scheme == "https" else 80)), 10).close()
        client = MlflowClient(address)
        return sum(_export(record, client) for record in chosen if record["status"] != "running")
    except (MlflowException, OSError) as error:
        raise RunError(
            f"The MLflow server at {address} refused: {str(error)[:300]}.",
            expected="a server that answers and takes runs",
            remedy="start one with `mlflow server`, then export again: what is there is left alone.",
        ) from error


def _export(record: Record, client: Any) -> bool:
    from mlflow.entities import Metric, Param

    found = client.get_experiment_by_name(record["chapter"])
    experiment = found.experiment_id if found else client.create_experiment(record["chapter"])
    for earlier in client.search_runs([experiment], f"tags.{_MLFLOW_TAG} = '{record['id']}'"):
        if earlier.info.status != "RUNNING":
            return False
        client.delete_run(earlier.info.run_id)  # an export that was cut off
    started = round(datetime.fromisoformat(record["started"]).timestamp() * 1000)
    tags = {_MLFLOW_TAG: record["id"], "status": record["status"], "sweep": record.get("sweep") or "",
            "commit": record.get("git", {}).get("commit", "")}  # fmt: skip
    run = client.create_run(experiment, started, tags, record["id"]).info.run_id
    numbers = [Metric(name, value, started, 0) for name, value in tables.metrics(record).items()]
    numbers += [Metric(name, value, started, step) for name, step, value in _curves(record)]
    client.log_batch(run, params=[Param(name, str(value)) for name, value in tables.parameters(record).items()])
    for start in range(0, len(numbers), _MLFLOW_BATCH):
        client.log_batch(run, metrics=numbers[start : start + _MLFLOW_BATCH])
    status = {"completed": "FINISHED", "failed": "FAILED"}.get(record["status"], "KILLED")
    with redirect_stdout(StringIO()):  # the client prints two lines per run
        client.set_terminated(run, status, started + round(1000 * record.get("seconds", 0)))
    return True


def _curves(record: Record) -> Iterator[tuple[str, int, float]]:
    """Name, step or epoch, and value of each number in the training history; a second training is named so."""
    fit = 0
    for line in records.read_history(Path(record["folder"])):
        fit += "fit" in line
        axis = "step" if "step" in line else "epoch"
        kind = ("training" if axis == "step" else "validation") + (f" {fit}" if fit > 1 else "")
        for name, value in line.items():
            if isinstance(value, int | float) and name not in ("fit", "step", "epoch", "after_step"):
                yield f"{kind}/{name}", line[axis], value
