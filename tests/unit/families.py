"""A small model with random weights of each of eleven families, with a tokenizer of its kind."""

from typing import Any

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers, processors, trainers
from tokenizers.models import BPE
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedModel, PreTrainedTokenizerFast

TEXTS = [
    "the tool works and the nurse is glad", "the tool is slow and the nurse was not told", "fine", "no",
    "it works", "slow slow slow", "a very long text " * 60,
]  # fmt: skip
POSITIONS = 40  # tokens that each can read
_SIZES: dict[str, Any] = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64,
    "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0,
    "initializer_range": 0.15,  # with the usual 0.02 so narrow a model says the same of all texts
}  # fmt: skip
_AFTER_PADDING = {"max_position_embeddings": POSITIONS + 2, "pad_token_id": 1}  # positions are counted from there
FAMILIES: dict[str, dict[str, Any]] = {
    "bert": {},
    "roberta": _AFTER_PADDING,
    "xlm-roberta": _AFTER_PADDING,
    "mpnet": _AFTER_PADDING,
    "albert": {"embedding_size": 16, "classifier_dropout_prob": 0.0},
    "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64, "dropout": 0.0},
    "electra": {"embedding_size": 16},
    "modernbert": {"global_attn_every_n_layers": 2, "local_attention": 16},
    "deberta-v2": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_biased_input": False,
                   "norm_rel_ebd": "layer_norm", "share_att_key": True, "position_buckets": 16},
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": POSITIONS, "resid_pdrop": 0.0,
             "embd_pdrop": 0.0, "attn_pdrop": 0.0},
    "qwen2": {"num_key_value_heads": 1},
}  # fmt: skip
_SPECIAL = {
    "bert": {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"},
    "roberta": {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"},
    "gpt2": {"eos_token": "<|endoftext|>"},  # and none to fill up with
}


def build_family(name: str, seed: int = 0) -> tuple[PreTrainedTokenizerFast, PreTrainedModel]:
    """Tokenizer and classifier of two classes."""
    kind = {"gpt2": "gpt2", "qwen2": "gpt2"} | dict.fromkeys(("roberta", "xlm-roberta", "mpnet"), "roberta")
    tokenizer = _build_tokenizer(_SPECIAL[kind.get(name, "bert")])
    own = {"pad_token_id": tokenizer.pad_token_id, "max_position_embeddings": POSITIONS}
    ids = {f"{token}_token_id": getattr(tokenizer, f"{token}_token_id") for token in ("bos", "eos")}
    sizes = {"vocab_size": len(tokenizer), **own, **ids, **_SIZES, **FAMILIES[name]}
    renamed = ("hidden_size", "num_hidden_layers", "num_attention_heads", "max_position_embeddings")
    for key in {"distilbert": renamed[:3], "gpt2": renamed}.get(name, ()):
        del sizes[key]
    torch.manual_seed(seed)
    return tokenizer, AutoModelForSequenceClassification.from_config(AutoConfig.for_model(name, **sizes))


def _build_tokenizer(special: dict[str, str]) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    learner = trainers.BpeTrainer(
        vocab_size=330, special_tokens=list(special.values()), show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    tokenizer.train_from_iterator(TEXTS, learner)
    first, last = special.get("cls_token") or special.get("bos_token"), special.get("sep_token") or special["eos_token"]
    if first:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{first} $A {last}", special_tokens=[(t, tokenizer.token_to_id(t)) for t in (first, last)]
        )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **special)
