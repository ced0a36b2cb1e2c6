"""The command that serves a trained model. `cli` gathers it."""

import hashlib
import ipaddress
import logging
import multiprocessing
import os
import queue
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from talentlab.cli.share import folder_option
from talentlab.errors import RunError, TalentLabError
from talentlab.language import tr

_Value = TypeVar("_Value")
_OWN_NAMES = ("localhost", "127.0.0.1", "[::1]")
_SIGNALS = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]  # none on Windows


@click.command()
@click.argument("run")
@folder_option
@click.option("--precision", type=click.Choice(["int8", "fp32"]), default="int8", show_default=True,
              help="int8: faster, and hardly less exact.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0: reachable from other machines.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free one.")
@click.option("--token-file", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="A file whose only line is the token that predictions have to bring.")  # fmt: skip
@click.option("--threads", type=click.IntRange(1), help="Threads of a prediction; by default one per core.")
@click.option("--timeout-s", default=30.0, show_default=True, type=click.FloatRange(0, min_open=True),
              help="Longest time to an answer; then it is 503.")  # fmt: skip
@click.option("--max-queue-s", default=4.0, show_default=True, type=click.FloatRange(0, min_open=True),
              help="Who would have to wait longer gets 503 at once.")  # fmt: skip
@click.option("--drain-s", default=10.0, show_default=True, type=click.FloatRange(0),
              help="At the end, longest time to answer what was accepted.")  # fmt: skip
@click.option("--allowed-host", "allowed_hosts", multiple=True,
              help="A name that requests may call this machine by; may be repeated. "
                   "By default localhost where only this machine is served, else any.")  # fmt: skip
@click.option("--access-log", is_flag=True, help="Write a line for each request, without its text.")
def serve(run: str, runs_folder: Path, precision: str, host: str, port: int, token_file: Path | None,
          threads: int | None, timeout_s: float, max_queue_s: float, drain_s: float, allowed_hosts: tuple[str, ...],
          access_log: bool) -> None:  # fmt: skip
    """Serve the model of RUN over HTTP: a run's id (or its start or end), its folder, or a saved model's folder.

    \b
    talentlab run 05 && talentlab runs        # a run, and its id
    talentlab serve ID                        # http://127.0.0.1:8000: a page to try it; /docs: the API
    curl -X POST localhost:8000/predict -H 'Content-Type: application/json' -d '{"text": "It works."}'

    The first time, the model is exported to ONNX and quantised; that takes some seconds, and is kept beside the model.
    Ctrl-C, or SIGTERM, ends it: what is accepted is answered first. After SIGHUP, or POST /admin/reload with the token,
    the model as it is on disk by then answers. A token guards predictions and reloading; the pages and /openapi.json,
    /health, /live, /ready and /metrics stay open to whoever reaches the port.
    """  # noqa: D301
    from talentlab import deployment

    deployment.require_packages("fastapi", "uvicorn", "onnx", "onnxruntime")
    from talentlab.deployment import service

    if access_log:
        logging.basicConfig(format="%(asctime)s %(message)s")
        logging.getLogger("talentlab.access").setLevel(logging.INFO)
    token = token_file.read_bytes().decode("utf-8", "replace").strip() if token_file else None
    load = partial(_load, find_model(run, runs_folder), precision, threads)
    classifier, info = load()
    own = _is_own(host)
    allowed_hosts = allowed_hosts or ((*_OWN_NAMES, host) if own else ())
    app = service.build_app(classifier, token=token, info=info, load=load, timeout_s=timeout_s,
                            max_queue_s=max_queue_s, allowed_hosts=allowed_hosts)  # fmt: skip
    signals: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in _SIGNALS:
        signal.signal(number, lambda number, _: signals.put(number))
    with service.running(app, port, host, drain_s=drain_s) as address:
        if not own and not token:
            click.secho(tr("Anyone who reaches this machine can ask: give --token-file."), fg="yellow", err=True)
        folder = load.args[0]
        click.echo(tr("{folder}: {address} (the API: {address}/docs; Ctrl-C ends it)", folder=folder, address=address))
        _wait(app, signals)
    if app.state.batches.wedged:
        click.secho(tr("ended: the model does not come back from a batch"), fg="red", err=True)
        os._exit(1)  # its thread would keep an orderly end waiting
    if left := app.state.batches.given_up:
        click.echo(tr("ended: {n} requests were not answered within {s} s and got 503", n=left, s=f"{drain_s:g}"))
    else:
        click.echo(tr("ended: what was accepted is answered"))


def _wait(app: Any, signals: "queue.SimpleQueue[int]") -> None:
    """Until a signal ends the service, or its model is stuck; SIGHUP changes the model."""
    from talentlab.deployment import service

    while not app.state.batches.wedged:
        try:
            number = signals.get(timeout=0.5)
        except queue.Empty:
            continue
        if number != getattr(signal, "SIGHUP", None):
            return
        try:
            changed = service.reload(app)
        except TalentLabError as error:  # the old model serves on
            click.secho(str(error), fg="red", err=True)
        else:
            click.echo(tr("now answers: {model}, version {version}", **changed))


def _load(folder: Path, precision: Any, threads: int | None) -> tuple[Any, dict[str, str]]:
    """The classifier in `folder` as it is now, exported if it changed, and what is told of it."""
    from talentlab import deployment
    from talentlab.deployment import published

    exported = _apart(published.publish, folder, partial(click.echo, err=True), max_length=length_of_training(folder))
    classifier = deployment.OnnxClassifier(exported, precision, threads)
    with classifier.path.open("rb") as file:
        version = hashlib.file_digest(file, "sha256").hexdigest()[:12]
    name = folder.parent.name if folder.name == "model" else folder.name
    return classifier, {"model": name, "version": version, "precision": precision}


def _apart(function: Callable[..., _Value], *args: Any, **options: Any) -> _Value:
    """Call `function` in a process of its own: torch, which an export needs, leaves with it."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(function, *args, **options).result()


def _is_own(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost"


def find_model(run: str, runs_folder: Path) -> Path:
    """The model's folder: the one given, or that of the run which is named by its folder or id."""
    folder = Path(run).expanduser()
    if not (folder / "config.json").is_file():
        if (folder / "record.json").is_file():
            folder = folder / "model"
        elif len(folder.parts) == 1 or not folder.exists():  # else it is a path, and none of a model
            from talentlab.experiments import tables

            folder = Path(tables.find(run, runs_folder)["folder"]) / "model"  # of a sweep, it lies deeper
    return folder.resolve()


def length_of_training(model: Path) -> int | None:
    """The limit of a text [tokens] that the run trained with whose `model` this is; None where no run tells it.

    The model learned from texts that were cut there: of a longer one, it would get an end that it never met.
    """
    from talentlab.experiments import records, tables

    try:
        length = tables.parameters(records.read(model.parent)).get("max_length") if model.name == "model" else None
    except RunError:  # the folder is no run's, or its record is damaged; the model is whole all the same
        return None
    return length if isinstance(length, int) else None
