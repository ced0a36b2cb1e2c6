"""A saved classifier, exported once for the service, and again only when its files change."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from talentlab.deployment.export import FILES, export_onnx, quantize_int8
from talentlab.errors import DeploymentError


def _read_config(folder: Path) -> dict[str, Any]:
    """The configuration of the classifier in `folder`.

    Raises:
        DeploymentError: If there is no model, or one without a classification head.
    """
    if not (folder / "config.json").is_file() or not list(folder.glob("*.safetensors")):
        raise DeploymentError(
            f"{folder} holds no model.",
            expected="a run that completed and saves its model, as those of chapters 05 and 03_2f do",
            remedy="`talentlab run 05`, then `talentlab serve ID` with the id that `talentlab runs` shows.",
        )
    try:
        config = dict(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except ValueError as error:
        raise DeploymentError(
            f"{folder / 'config.json'} is damaged ({error}).", expected="JSON", remedy="save the model again."
        ) from error
    kinds = config.get("architectures") or []
    if not any(kind.endswith("ForSequenceClassification") or kind == "MeanPooledBert" for kind in kinds):
        raise DeploymentError(
            f"The model in {folder} is a {', '.join(kinds) or 'model of no named kind'}.",
            expected="a classifier with a trained head",
            remedy="fine-tune it first: `talentlab run 05 -p model_name=FOLDER`.",
        )
    return config


def publish(
    folder: Path, announce: Callable[[str], None] = lambda text: None, *, max_length: int | None = None
) -> Path:
    """The folder with the exported model, below that of the model; made anew if the model's files or the limit changed.

    Args:
        folder: Of a classifier, as `models.save_model` leaves it.
        announce: Told before work that takes some seconds.
        max_length: Limit of a text [tokens], as in training; that of tokenizer and model if None.

    Raises:
        DeploymentError: If there is no classifier in it.
    """
    config = _read_config(folder)
    exported, changing = folder / "onnx", hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), *folder.glob("*.json")]):
        with path.open("rb") as file:
            changing.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    changing.update(b"" if max_length is None else f"max_length {max_length}".encode())
    mark = exported / "made_of.sha256"
    made_of = mark.read_text(encoding="utf-8") if mark.is_file() else None
    whole = all((exported / name).is_file() for name in FILES.values())
    if not whole or made_of != changing.hexdigest():
        from talentlab.models import load_pretrained  # and with it torch, which the service itself does without

        announce("exporting the model (some seconds, once) …")
        mark.unlink(missing_ok=True)
        tokenizer, model = load_pretrained(str(folder), num_labels=len(config.get("id2label") or "01"))
        tokenizer.model_max_length = min(tokenizer.model_max_length, max_length or tokenizer.model_max_length)
        export_onnx(model, tokenizer, exported)
        quantize_int8(exported)
        mark.write_text(changing.hexdigest(), encoding="utf-8")  # last: a killed export is made again
    return exported
