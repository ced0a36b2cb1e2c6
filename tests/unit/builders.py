"""A model and texts small enough that a training takes a fraction of a second."""

from typing import Any

import numpy as np
import torch
from transformers import BertConfig, BertForSequenceClassification

from talentlab.data.batching import TokenizedText

VOCABULARY = 200


def build_model(*, num_labels: int = 2, dropout: float = 0.0, seed: int = 0, **config: Any) -> Any:
    """A BERT of two layers with 32 hidden units; weights by `seed`."""
    torch.manual_seed(seed)
    sizes: dict[str, Any] = {
        "vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 64, "max_position_embeddings": 64, "attn_implementation": "eager",
        "num_labels": num_labels, "hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout,
    }  # fmt: skip
    return BertForSequenceClassification(BertConfig(**sizes | config)).eval()


def build_texts(rows: int, *, num_labels: int = 2, length: int | None = None, seed: int = 0) -> TokenizedText:
    """Random ids, whose range tells the class; 4 to 20 tokens, or `length` tokens each."""
    random = np.random.default_rng(seed)
    labels = random.integers(num_labels, size=rows).tolist()
    width = (VOCABULARY - 5) // num_labels  # ids below 5 are for special tokens
    lengths = [length or int(random.integers(4, 21)) for _ in range(rows)]
    ids = [
        [1, *random.integers(5 + width * label, 5 + width * (label + 1), size=n - 1).tolist()]
        for label, n in zip(labels, lengths, strict=True)
    ]
    return TokenizedText(ids, labels, pad_token_id=0, truncated_share=0.0)
