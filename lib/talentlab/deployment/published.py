"""A saved classifier, exported once for the service, and again only when its files or those of the export change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talentlab.deployment.eight_bits import quantize_int8
from talentlab.deployment.export import FILES, SETTINGS, OnnxClassifier, check_parity, export_onnx
from talentlab.errors import DeploymentError

if TYPE_CHECKING:  # neither is needed where the export is there
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_PROBES = ("a", "a few words " * 200)  # of one token, and of as many as fit


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
    """The folder with the exported model, below that of the model; made anew if any file or the limit changed.

    Args:
        folder: Of a classifier, as `models.save_model` leaves it.
        announce: Told before work that takes some seconds.
        max_length: Limit of a text [tokens], as in training; that of tokenizer and model if None.

    Raises:
        DeploymentError: If there is no classifier in it, or one that ONNX cannot describe or answers otherwise with.
    """
    config, exported = _read_config(folder), folder / "onnx"
    mark = exported / "made_of.sha256"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != _digest(folder, exported, max_length):
        from talentlab.models import load_pretrained  # and with it torch, which the service itself does without

        announce("exporting the model (some seconds, once) …")
        mark.unlink(missing_ok=True)
        tokenizer, model = load_pretrained(str(folder), num_labels=len(config.get("id2label") or "01"))
        tokenizer.model_max_length = min(tokenizer.model_max_length, max_length or tokenizer.model_max_length)
        export_onnx(model, tokenizer, exported)
        _prove(model, tokenizer, exported)
        quantize_int8(exported)
        mark.write_text(_digest(folder, exported, max_length), encoding="utf-8")  # last: a killed export is made again
    return exported


def _digest(folder: Path, exported: Path, max_length: int | None) -> str:
    """Of the model's files and the limit, of the code that exports, and of what it made."""
    digest = hashlib.sha256(b"" if max_length is None else f"max_length {max_length}".encode())
    made = [exported / name for name in (*FILES.values(), "tokenizer.json", SETTINGS)]
    code = [Path(__file__).with_name(name) for name in ("export.py", "eight_bits.py")]
    for path in [*sorted([*folder.glob("*.safetensors"), *folder.glob("*.json")]), *code, *made]:
        digest.update(path.name.encode())
        if path.is_file():
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _prove(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, exported: Path) -> None:
    """Ask both the same: some families can be exported, and then fail at each text or answer otherwise."""
    try:
        difference = check_parity(model, tokenizer, OnnxClassifier(exported), _PROBES)["max_difference"]
        found = "" if difference < 0.01 else f"a logit differs by {difference:.2g}"
    except Exception as error:  # the runtime's own
        found = f"{type(error).__name__}: {str(error)[:200]}"
    if found:
        raise DeploymentError(
            f"The exported {type(model).__name__} does not answer as the model does ({found}).",
            expected="the same answers",
            remedy="train a model of another family; this one still answers through evaluation.predict.",
        )
