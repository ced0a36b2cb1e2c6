"""The command that serves a trained model. `cli` gathers it."""

import hashlib
import ipaddress
import json
import signal
import threading
from pathlib import Path

import click


@click.command()
@click.argument("run")
@click.option("--runs-folder", type=click.Path(path_type=Path), default=Path("runs"), show_default=True)
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

    deployment.require("fastapi", "uvicorn", "onnx", "onnxruntime")
    from talentlab import service

    token = token_file.read_bytes().decode("utf-8", "replace").strip() if token_file else None
    folder = find_model(run, runs_folder)
    exported = export(folder)
    classifier = deployment.OnnxClassifier(exported, precision, threads)  # type: ignore[arg-type]
    info = {"model": folder.parent.name if folder.name == "model" else folder.name, "precision": precision}
    app = service.build_app(classifier, token=token, info=info)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with service.running(app, port, host) as address:
        if not _is_own(host) and not token:
            click.secho("Anyone who reaches this machine can ask: give --token-file.", fg="yellow", err=True)
        click.echo(f"{folder}: {address} (the API: {address}/docs; Ctrl-C ends it)")
        ended.wait()
    click.echo("ended: what was under way is answered")


def _is_own(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost"


def find_model(run: str, runs_folder: Path) -> Path:
    """The folder of the classifier that a run kept.

    Raises:
        DeploymentError: If it kept none.
    """
    from talentlab.errors import DeploymentError

    folder = Path(run).expanduser()
    if not (folder / "config.json").is_file():
        if (folder / "record.json").is_file():
            folder = folder / "model"
        elif len(folder.parts) == 1:  # else it is a path, and none of a model
            from talentlab import tables

            folder = runs_folder / tables.find(run, runs_folder)["id"] / "model"
    if not (folder / "config.json").is_file() or not list(folder.glob("*.safetensors")):
        raise DeploymentError(
            f"{folder} holds no model.",
            expected="a run that completed and saves its model, as those of chapters 05 and 03_2f do",
            remedy="`talentlab run 05`, then `talentlab serve ID` with the id that `talentlab runs` shows.",
        )
    kinds = _config(folder).get("architectures") or []
    if not any(kind.endswith("ForSequenceClassification") or kind == "MeanPooledBert" for kind in kinds):
        raise DeploymentError(
            f"The model in {folder} is a {', '.join(kinds) or 'model of no named kind'}.",
            expected="a classifier with a trained head",
            remedy="fine-tune it first: `talentlab run 05 -p model_name=FOLDER`.",
        )
    return folder.resolve()


def export(folder: Path) -> Path:
    """The folder with the exported model, made anew if a file of the model changed."""
    from talentlab import deployment

    exported, changing = folder / "onnx", hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), *folder.glob("*.json")]):
        with path.open("rb") as file:
            changing.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    mark = exported / "made_of.sha256"
    made_of = mark.read_text(encoding="utf-8") if mark.is_file() else None
    whole = all((exported / name).is_file() for name in deployment.FILES.values())
    if not whole or made_of != changing.hexdigest():
        from talentlab.models import load_pretrained  # and with it torch, which the service itself does without

        click.echo("exporting the model (some seconds, once) …", err=True)
        mark.unlink(missing_ok=True)
        tokenizer, model = load_pretrained(str(folder), num_labels=len(_config(folder).get("id2label") or "01"))
        deployment.export_onnx(model, tokenizer, exported)
        deployment.quantize_int8(exported)
        mark.write_text(changing.hexdigest(), encoding="utf-8")  # last: a killed export is made again
    return exported


def _config(folder: Path) -> dict:
    from talentlab.errors import DeploymentError

    try:
        return dict(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except ValueError as error:
        raise DeploymentError(
            f"{folder / 'config.json'} is damaged ({error}).", expected="JSON", remedy="save the model again."
        ) from error
