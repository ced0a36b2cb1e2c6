"""Write training texts by a small decoder, for chapter 8.1: what a model makes of the labelled texts that one has.

    python tests/bench/synthetic_reviews.py [--seeds 5] [--known 200] [--written 124] [--epochs 11 15] [--file FILE]

For each seed a decoder of chapter 3.1b's kind learns from `known` labelled reviews, each behind the name of its sector,
and then writes `written` new ones, each behind a name. It sees these texts alone, so that whoever trains on what it
wrote has used no further label. Of the two decoders of a seed one learns for a shorter time, one for a longer.
About half a minute a seed on one core; the result is `course/data/synthetic_reviews.csv`.
"""

import argparse
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM

from talentlab import data, runtime
from talentlab.models import masked

VOCAB, HIDDEN, LAYERS, LENGTH = 1200, 128, 2, 56  # [tokens], width, layers, longest text [tokens]


def train(texts: list[str], epochs: int, seed: int) -> tuple[Any, Any]:
    """Tokenizer and decoder of these texts, each of which begins with the name of its class."""
    tokenizer = masked.train_tokenizer(texts, VOCAB)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=HIDDEN // 64,
        intermediate_size=8 * HIDDEN // 3, max_position_embeddings=2 * LENGTH, tie_word_embeddings=True,
        initializer_range=0.02 * (768 / HIDDEN) ** 0.5, pad_token_id=tokenizer.pad_token_id, bos_token_id=None,
        eos_token_id=tokenizer.sep_token_id, attn_implementation="eager",
    )  # fmt: skip
    model = LlamaForCausalLM(config).train()
    rows = [
        [*tokenizer(text, add_special_tokens=False)["input_ids"][: LENGTH - 1], tokenizer.sep_token_id]
        for text in texts
    ]
    ids = torch.full((len(rows), LENGTH), tokenizer.pad_token_id)
    for row, tokens in enumerate(rows):
        ids[row, : len(tokens)] = torch.tensor(tokens)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.1)
    steps = epochs * -(-len(ids) // 16)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for _ in range(epochs):
        for batch in torch.randperm(len(ids)).split(16):
            labels = ids[batch, 1:].masked_fill(ids[batch, 1:] == tokenizer.pad_token_id, -100)
            loss = cross_entropy(model(ids[batch, :-1]).logits.mT, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    print(f"  {len(tokenizer):,} tokens in the vocabulary, last loss {loss.item():.2f} nats per token", flush=True)
    return tokenizer, model.eval()


def write(tokenizer: Any, model: Any, name: str, n: int, seed: int) -> list[str]:
    """`n` texts behind the class `name`, without it."""
    prompt = torch.tensor([tokenizer(name, add_special_tokens=False)["input_ids"]] * n)
    torch.manual_seed(seed)
    ids = model.generate(
        prompt, attention_mask=torch.ones_like(prompt), do_sample=True, temperature=0.9, top_p=0.9, top_k=0,
        max_new_tokens=LENGTH - prompt.shape[1],
    )  # fmt: skip
    return tokenizer.batch_decode(ids[:, prompt.shape[1] :], skip_special_tokens=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (("seeds", 5), ("known", 200), ("written", 124)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--epochs", type=int, nargs="+", default=[11, 15])
    parser.add_argument("--file", help="CSV to write; that of the lesson if left out")
    args = parser.parse_args()
    corpus = data.load_labelled_text("reviews", label_column="sector")
    known, names, rows = corpus.split("train"), corpus.class_names, []
    for seed, epochs in itertools.product(range(args.seeds), args.epochs):
        chosen = known.iloc[np.random.default_rng(seed).permutation(len(known))[: args.known]]
        tokenizer, model = train([f"{names[row.label]} {row.text}" for row in chosen.itertuples()], epochs, seed)
        seen = {" ".join(tokenizer.tokenize(text)) for text in chosen["text"]}
        for name in names:
            texts = write(tokenizer, model, name, args.written // len(names), seed)
            rows += [(seed, epochs, name, text, " ".join(tokenizer.tokenize(text)) in seen) for text in texts]
    table = pd.DataFrame(rows, columns=["seed", "epochs", "sector", "text", "copied"]).astype({"copied": int})
    print(table.groupby("epochs")["copied"].mean())
    path = Path(args.file) if args.file else runtime.repository_root() / "course" / "data" / "synthetic_reviews.csv"
    table.to_csv(path, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
