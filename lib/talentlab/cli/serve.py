"""The command that serves a trained model. `cli` gathers it."""

import ipaddress
import signal
import threading
from pathlib import Path

import click

from talentlab.cli.share import folder_option
from talentlab.errors import RunError
from talentlab.language import tr


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
def serve(run: str, runs_folder: Path, precision: str, host: str, port: int, token_file: Path | None,
          threads: int | None) -> None:  # fmt: skip
    """Serve the model of RUN over HTTP: a run's id (or its start or end), its folder, or a saved model's folder.

    \b
    talentlab run 05 && talentlab runs        # a run, and its id
    talentlab serve ID                        # http://127.0.0.1:8000: a page to try it; /docs: the API
    curl -X POST localhost:8000/predict -H 'Content-Type: application/json' -d '{"text": "It works."}'

    The first time, the model is exported to ONNX and quantised; that takes some seconds, and is kept beside the model.
    Ctrl-C, or SIGTERM, ends it: what is under way is answered first.
    """  # noqa: D301
    from talentlab import deployment

    deployment.require_packages("fastapi", "uvicorn", "onnx", "onnxruntime")
    from talentlab.deployment import published, service

    token = token_file.read_bytes().decode("utf-8", "replace").strip() if token_file else None
    folder = find_model(run, runs_folder)
    exported = published.publish(folder, lambda text: click.echo(text, err=True), max_length=length_of_training(folder))
    classifier = deployment.OnnxClassifier(exported, precision, threads)  # type: ignore[arg-type]
    info = {"model": folder.parent.name if folder.name == "model" else folder.name, "precision": precision}
    app = service.build_app(classifier, token=token, info=info)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with service.running(app, port, host) as address:
        if not _is_own(host) and not token:
            click.secho(tr("Anyone who reaches this machine can ask: give --token-file."), fg="yellow", err=True)
        click.echo(tr("{folder}: {address} (the API: {address}/docs; Ctrl-C ends it)", folder=folder, address=address))
        ended.wait()
    click.echo(tr("ended: what was under way is answered"))


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
