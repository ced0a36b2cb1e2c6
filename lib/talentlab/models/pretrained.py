"""Pretrained models: find, load and save them; and BERT with the tokens' mean."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, distributed, nn
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertForSequenceClassification,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.modeling_outputs import SequenceClassifierOutput

from talentlab.errors import ModelError
from talentlab.models.families import agree_on_padding
from talentlab.models.packaged import PACKAGED
from talentlab.runtime import quiet_transformers


def load_pretrained(
    name: str = "minilm", *, num_labels: int = 2, class_names: Iterable[str] = (), seed: int = 0
) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """Tokenizer and encoder of a pretrained model, with a fresh classification head.

    Args:
        name: `minilm` (bundled, offline), `e5-zh` (Chinese, offline, with the extra `zh`), a local folder, or a Hub id
            such as `bert-base-uncased`. `e5-zh:6`: its lowest six layers alone.
        num_labels: Size of the head, C. A folder that this kit saved keeps its trained head if C agrees.
        class_names: C names, stored in the model's configuration and so in what is saved. Without them a saved model
            keeps its own.
        seed: Seed of the head's random weights.

    Raises:
        ModelError: If the model cannot be found, its files are damaged or lack weights of the encoder, it has fewer
            layers than asked for, or the number of names is not C.
    """
    name, depth = _split_depth(name)
    path = _resolve(name)
    head = _head(num_labels, list(class_names)) | ({"num_hidden_layers": depth} if depth else {})
    torch.manual_seed(seed)
    try:
        with quiet_transformers():  # it would announce the fresh head, which is the plan
            # never run somebody's code that lies beside the weights, nor wait for an answer whether to
            tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=False)
            config = AutoConfig.from_pretrained(path, trust_remote_code=False)
            mean = name in PACKAGED or MeanPooledBert.__name__ in (config.architectures or ())
            loader: Any = MeanPooledBert if mean else AutoModelForSequenceClassification
            model, report = loader.from_pretrained(
                path,
                **head,
                use_safetensors=True,  # never unpickle somebody's weights
                trust_remote_code=False,
                dtype=torch.float32,
                output_loading_info=True,
            )
            _check_weights(model, report["missing_keys"], config.architectures or ())
            agree_on_padding(tokenizer, model)
    except Exception as error:  # damaged JSON, wrong shapes, no network: transformers raises many types
        raise _not_loaded(name, error) from error
    if not torch.accelerator.is_available():
        # On a CPU the fused kernel takes no padding mask together with dropout; the plain formula is faster there.
        model.set_attn_implementation("eager")
    return tokenizer, model


def _split_depth(name: str) -> tuple[str, int]:
    """`e5-zh:6` → `e5-zh` and 6; 0 where all layers are meant."""
    base, _, depth = name.rpartition(":")
    return (base, int(depth)) if base and depth.isdecimal() and not Path(name).is_dir() else (name, 0)


def _head(num_labels: int, names: list[str]) -> dict[str, Any]:
    """What the configuration says of the head."""
    if not names:
        return {"num_labels": num_labels}
    if len(names) != num_labels:
        raise ModelError(
            f"num_labels={num_labels}, but class_names has {len(names)}: {names[:8]}.",
            expected="one name per label",
            remedy="pass num_labels=len(class_names).",
        )
    return {
        "num_labels": num_labels,
        "id2label": dict(enumerate(names)),
        "label2id": {label: code for code, label in enumerate(names)},
    }


def _check_weights(model: PreTrainedModel, missing: Iterable[str], saved_as: Iterable[str]) -> None:
    """Missing weights are filled with random numbers: for the head of an encoder that is meant, else it is damage."""
    names, base = set(missing), "" if model.base_model is model else f"{model.base_model_prefix}."
    encoder = {name for name in names if name.startswith(base) and "pooler" not in name.split(".")}
    for part, lost in (("encoder", encoder), ("classifier", names if type(model).__name__ in saved_as else set())):
        if lost:
            raise ValueError(f"{len(lost)} weights of the {part} are missing, such as {min(lost)}")


def _resolve(name: str) -> str:
    if name in PACKAGED:
        return str(PACKAGED[name]())
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file() or not list(path.glob("*.safetensors")):
            raise ModelError(
                f"The folder {path} holds {sorted(p.name for p in path.iterdir())[:8]}.",
                expected="a saved model: config.json and *.safetensors, with the tokenizer's files",
                remedy="name the folder that a run wrote; convert .bin weights to safetensors first.",
            )
        return str(path)
    if path.exists() or name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise ModelError(
            f"{name} is not a folder.",
            expected="`minilm`, `e5-zh`, an existing folder or a Hub id such as bert-base-uncased",
            remedy="check the path.",
        )
    return name


def _not_loaded(name: str, error: Exception) -> ModelError:
    reason = f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')[:200]}"
    if Path(name).expanduser().is_dir():
        return ModelError(
            f"The model in {name} cannot be loaded ({reason}).",
            expected="an undamaged folder whose head has as many labels as the data",
            remedy="save or copy it again; if only the number of labels differs, start from the pretrained model.",
        )
    return ModelError(
        f"The Hub model {name!r} cannot be loaded ({reason}).",
        expected="a network and a model with safetensors weights, or a copy in the local Hub cache",
        remedy="use `minilm`, which needs no network, or pass a local folder.",
    )


def save_model(folder: Path, tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel) -> Path:
    """Write model and tokenizer, as `models.load_pretrained(folder)` reads them.

    Of several processes that train together, the first writes, and all get its folder once everything is there.
    """
    together, shared = distributed.is_available() and distributed.is_initialized(), [folder]
    if together:
        distributed.broadcast_object_list(shared)
    if not together or distributed.get_rank() == 0:
        folder.mkdir(parents=True, exist_ok=True)
        with quiet_transformers():
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
        for weights in folder.glob("*.safetensors"):  # written for their owner alone
            shutil.copymode(folder / "config.json", weights)
    if together:
        distributed.barrier()
    return shared[0]


class MeanPooledBert(BertForSequenceClassification):
    """BERT with the mean of the tokens' states in place of [CLS] below pooler and head; the weights are the same.

    Sentence models such as `minilm` were pretrained with this mean, and their [CLS] state was left to itself: on the
    bundled reviews the mean is worth two to three points. A folder saved from this class names it in `architectures`,
    by which `models.load_pretrained` finds it again; plain transformers would load the weights with [CLS].

    Source: Reimers & Gurevych 2019 (arXiv 1908.10084), section 3, "MEAN-strategy".
    """

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        labels: Tensor | None = None,
        **kwargs: Tensor,
    ) -> SequenceClassifierOutput:
        """Logits [B, C] for `input_ids` and `attention_mask` [B, T]; with `labels` [B] also the loss [nats/example]."""
        hidden = self.bert(input_ids, attention_mask=attention_mask, **kwargs).last_hidden_state  # [B, T, H]
        if attention_mask is None:
            mean = hidden.mean(1)
        else:
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)  # [B, T, 1]
            mean = (hidden * mask).sum(1) / mask.sum(1)  # [B, H]
        pooled = torch.tanh(self.bert.get_submodule("pooler.dense")(mean))  # [B, H]
        logits = self.classifier(self.dropout(pooled))  # [B, C]
        loss = None if labels is None else nn.functional.cross_entropy(logits, labels)
        return SequenceClassifierOutput(loss=loss, logits=logits)
