"""Three papers remade small: `course/data/papers.csv`, one row for each training, which chapter 7 reads.

    python tests/bench/papers.py attention --seeds 0 1 2 3 4
    python tests/bench/papers.py bert --seeds 0 1 2
    python tests/bench/papers.py adapters --seeds 0 1 2 3 4 --data ../shared/data/sst2

Rows of the same paper, variant and seed are replaced. Only numbers are kept, no text of the data.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd

from talentlab import data, evaluation, models, training
from talentlab.data import corpora, docstring_corpus, grammar
from talentlab.models import adapters, masked, seq2seq
from talentlab.runtime import repository_root

TABLE = repository_root() / "course" / "data" / "papers.csv"
Row = dict[str, str | int | float]


def attention(seed: int, folder: Path | None) -> Iterator[tuple[str, Callable[[], Row]]]:
    """Chapter 3.4a's translator with one thing changed: heads, places, norm. Judged on sentences it has not seen."""
    pairs = grammar.draw_pairs(4000, 200, seed)
    train = pairs[pairs["split"] == "train"]
    english, chinese = (seq2seq.Vocabulary(train[name]) for name in ("en", "zh"))

    def encode(rows: pd.DataFrame) -> seq2seq.PairedText:
        return seq2seq.PairedText([*map(english.encode, rows["en"])], [*map(chinese.encode, rows["zh"])])

    test = encode(pairs[pairs["split"] == grammar.KINDS[0]])

    def measure(**changed: bool | int) -> Row:
        model = seq2seq.Seq2Seq(len(english), len(chinese), hidden_size=64, dropout=0.0, seed=seed, **changed)
        settings = {"learning_rate": 3e-3, "batch_size": 16, "num_epochs": 2, "precision": "fp32", "seed": seed}
        history = training.fit(model, encode(train), **settings)
        found, _ = seq2seq.beam_search(model, test)
        losses = [step["loss"] for step in history.steps]
        right = np.mean([made == there for made, there in zip(found, test.targets, strict=True)])
        return {"trained": count(model), "accuracy": float(right), "loss": float(np.mean(losses[-50:]))}

    for name, changed in {
        "2 heads": {}, "1 head": {"heads": 1}, "16 heads": {"heads": 16},
        "no positions": {"positions": False}, "norm after": {"norm_first": False},
    }.items():  # fmt: skip
        yield name, lambda changed=changed: measure(**changed)


def bert(seed: int, folder: Path | None) -> Iterator[tuple[str, Callable[[], Row]]]:
    """Chapter 3.1's pretraining with other fates of the chosen tokens, then its near task: which package?"""
    documents = docstring_corpus.load_docstring_corpus(["numpy", "scikit-learn"])
    texts, held_out = corpora.split_corpus(documents, 0.2, 0)
    tokenizer = masked.train_tokenizer(texts.texts, 3000)
    names = sorted(set(held_out.sources))
    labels = [names.index(source) for source in held_out.sources]
    near = {
        part: data.tokenize(tokenizer, held_out.texts[rows], labels[rows], 48)
        for part, rows in {"train": slice(0, 200), "test": slice(350, None)}.items()
    }

    def measure(fates: tuple[float, float] | None) -> Row:
        model = masked.build_bert(tokenizer, max_length=48, dropout=0.0, seed=seed)
        if fates is not None:
            blocks = masked.mask_texts(tokenizer, texts.texts, 32, seed)
            blocks.input_ids, blocks.mask_share, blocks.fates = blocks.input_ids[:6000], 0.4, fates
            training.fit(model, blocks, learning_rate=2e-3, num_epochs=3, batch_size=24, seed=seed)
        questions = masked.mask_texts(tokenizer, held_out.texts[:400], 32, 0)
        loss = masked.evaluate_masked(model, questions)["loss"]
        classifier = masked.to_classifier(model, len(names), seed)
        training.fit(classifier, near["train"], learning_rate=1e-3, num_epochs=3, seed=seed)
        right = evaluation.predict(classifier, near["test"]).argmax(1) == np.array(near["test"].labels)
        return {"trained": count(model), "accuracy": float(right.mean()), "loss": loss}

    for name, fates in {
        "80 / 10 / 10": (0.8, 0.1), "100 / 0 / 0": (1.0, 0.0), "0 / 0 / 100": (0.0, 1.0), "no pretraining": None,
    }.items():  # fmt: skip
        yield name, lambda fates=fates: measure(fates)


def bottlenecks(seed: int, folder: Path | None) -> Iterator[tuple[str, Callable[[], Row]]]:
    """The bundled model on SST-2: bottlenecks of several widths, and the whole model."""
    corpus = data.load_labelled_text(str(folder))
    given = {"train": data.draw(corpus.split("train"), 480, seed), "test": corpus.split("test").head(800)}

    def measure(width: int | None) -> Row:
        tokenizer, model = models.load_pretrained("minilm", num_labels=2, class_names=corpus.class_names, seed=seed)
        parts = {
            name: data.tokenize(tokenizer, part["text"].tolist(), part["label"].tolist(), 64)
            for name, part in given.items()
        }
        if width == 0:
            models.freeze(model, f"layers:{model.config.num_hidden_layers}")
        elif width:
            adapters.add_bottleneck(model, width, seed=seed)
        rate = 2e-4 if width is None else 2e-3
        training.fit(model, parts["train"], learning_rate=rate, num_epochs=2, batch_size=32, seed=seed)
        right = evaluation.predict(model, parts["test"]).argmax(1) == np.array(parts["test"].labels)
        return {"trained": count(model), "accuracy": float(right.mean())}

    for width in (0, 2, 8, 64, 256, None):
        yield "full" if width is None else f"{width}", lambda width=width: measure(width)


def count(model: object) -> int:
    """Numbers that train."""
    return int(models.parameter_census(model).at["total", "trainable"])


def keep(rows: list[Row]) -> None:
    """Write rows into the table; those of the same training are replaced."""
    known = pd.read_csv(TABLE) if TABLE.exists() else pd.DataFrame()
    table = pd.concat([known, pd.DataFrame(rows)])
    table = table.drop_duplicates(["paper", "variant", "seed"], keep="last").sort_values(["paper"], kind="stable")
    table.round({"accuracy": 4, "loss": 4, "cpu_s": 1}).to_csv(TABLE, index=False)


def main() -> None:
    papers = {"attention": attention, "bert": bert, "adapters": bottlenecks}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("paper", choices=papers)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--only", nargs="+", help="variants; all if left out")
    parser.add_argument("--data", type=Path, help="folder of SST-2, for the adapters")
    args = parser.parse_args()
    if args.paper == "adapters" and args.data is None:
        parser.error("adapters: --data is the folder of SST-2")
    for seed in args.seeds:
        for variant, measure in papers[args.paper](seed, args.data):
            if args.only and variant not in args.only:
                continue
            start = process_time()
            row = {"paper": args.paper, "variant": variant, "seed": seed} | measure()
            keep([row | {"cpu_s": process_time() - start, "threads": int(os.environ.get("OMP_NUM_THREADS", 0))}])
            print(row, f"{process_time() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
