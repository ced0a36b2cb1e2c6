"""The command that serves a trained model. `cli` gathers it."""

from pathlib import Path

import click


@click.command()
@click.argument("run")
@click.option("--runs-folder", type=click.Path(path_type=Path), default=Path("runs"), show_default=True)
@click.option("--precision", type=click.Choice(["int8", "fp32"]), default="int8", show_default=True,
              help="int8: three to four times as fast, and hardly less exact.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0: reachable from other machines.")
@click.option("--port", default=8000, show_default=True, help="0: any free one.")
@click.option("--token-file", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="A file whose only line is the token that predictions have to bring.")  # fmt: skip
@click.option("--threads", type=int, help="Threads of a prediction; by default one per core.")
def serve(run: str, runs_folder: Path, precision: str, host: str, port: int, token_file: Path | None,
          threads: int | None) -> None:  # fmt: skip
    """Serve the model of RUN over HTTP: a run's id (or its start or end), its folder, or a saved model's folder.

    \b
    talentlab run 05 && talentlab runs        # a run, and its id
    talentlab serve ID                        # http://127.0.0.1:8000: a page to try it; /docs: the API
    curl -X POST localhost:8000/predict -H 'Content-Type: application/json' -d '{"text": "It works."}'

    The first time, the model is exported to ONNX and quantised; that takes some seconds, and is kept beside the model.
    """  # noqa: D301
    from talentlab import deployment

    deployment.require("fastapi", "uvicorn", "onnx", "onnxruntime")
    import time

    from talentlab import service

    token = token_file.read_text(encoding="utf-8").strip() if token_file else None
    if token_file and not token:
        raise click.BadParameter(f"{token_file} is empty", param_hint="--token-file")
    folder = find_model(run, runs_folder)
    exported = export(folder)
    classifier = deployment.OnnxClassifier(exported, precision, threads)  # type: ignore[arg-type]
    app = service.build_app(classifier, token=token, info={"model": folder.parent.name, "precision": precision})
    with service.running(app, port, host) as address:
        if host not in ("127.0.0.1", "localhost", "::1") and not token:
            click.secho("Anyone who reaches this machine can ask: give --token-file.", fg="yellow", err=True)
        click.echo(f"{folder}: {address} (the API: {address}/docs; Ctrl-C ends it)")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            click.echo("ended: what was under way is answered")


def find_model(run: str, runs_folder: Path) -> Path:
    """The folder of the model that a run kept.

    Raises:
        DeploymentError: If it kept none.
    """
    from talentlab import tables
    from talentlab.errors import DeploymentError

    folder = Path(run).expanduser()
    if not (folder / "config.json").is_file():
        if (folder / "record.json").is_file():
            folder = folder / "model"
        else:
            folder = runs_folder / tables.find(run, runs_folder)["id"] / "model"
    if not (folder / "config.json").is_file():
        raise DeploymentError(
            f"{folder} holds no model.",
            expected="a run that completed and saves its model, as those of chapters 05 and 03_2f do",
            remedy="`talentlab run 05`, then `talentlab serve ID` with the id that `talentlab runs` shows.",
        )
    return folder.resolve()


def export(folder: Path) -> Path:
    """The folder with the exported model, made anew if the weights are younger."""
    from talentlab import deployment
    from talentlab.models import load_pretrained

    exported, weights = folder / "onnx", max(path.stat().st_mtime for path in folder.glob("*.safetensors"))
    done = [exported / name for name in deployment.FILES.values()]
    if not all(path.is_file() and path.stat().st_mtime >= weights for path in done):
        click.echo("exporting the model (some seconds, once) …", err=True)
        tokenizer, model = load_pretrained(str(folder), num_labels=_count_labels(folder))
        deployment.export_onnx(model, tokenizer, exported)
        deployment.quantize_int8(exported)
    return exported


def _count_labels(folder: Path) -> int:
    import json

    return len(json.loads((folder / "config.json").read_text(encoding="utf-8")).get("id2label", {0: "", 1: ""}))
