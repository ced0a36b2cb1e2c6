"""Record real fine-tunings for chapter 3.2d: a whole grid of settings, each trained and validated after every epoch.

    python tests/bench/tuning_trials.py [--file FILE]            the grid at seed 0, then a few settings at more seeds
    python tests/bench/tuning_trials.py --file FILE --again 10   more seeds of these few settings, for the record
    python tests/bench/tuning_trials.py --file FILE --limit 1    one training only, to see what it costs
    python tests/bench/tuning_trials.py --replay [--seeds 20]    the searches over what FILE holds

A training takes seconds, the whole about half an hour on one core. What FILE holds already is skipped, and a row is
added in one write when its training has ended: stop it whenever you like, and call it again. The replayed searches
train nothing; they are written beside FILE, and take minutes because a Gaussian process thinks before each trial.
"""

import argparse
import csv
import io
import itertools
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from talentlab import data, evaluation, models, runtime, training
from talentlab.chapters import replay as replays

GRID: dict[str, list[Any]] = {
    "learning_rate": [5e-5, 1e-4, 2e-4, 4e-4, 8e-4],
    "batch_size": [8, 16, 32],
    "dropout": [0.0, 0.2],
    "warmup_ratio": [0.0, 0.2],
}
NUM_EPOCHS, MAX_LENGTH, TRAIN_TEXTS = 4, 48, 256
PRINTED = {"learning_rate": 1e-5, "batch_size": 32, "dropout": 0.1, "warmup_ratio": 0.0}  # the document's rate
DEFAULT = {"learning_rate": 2e-4, "batch_size": 32, "dropout": 0.1, "warmup_ratio": 0.1}  # what `fit` takes unasked
SETTINGS = (*GRID, "seed")
BUDGET = 120  # epochs of a replayed search: half of the grid's
SEARCHES: dict[str, dict[str, Any]] = {
    "random": {"sampler": "random"},
    "random + halving": {"sampler": "random", "pruner": "halving", "first_epoch": 2},
    "TPE": {"sampler": "tpe"},
    "TPE + Hyperband": {"sampler": "tpe", "pruner": "hyperband"},
    "TPE + halving": {"sampler": "tpe", "pruner": "halving", "first_epoch": 2},
    "GP": {"sampler": "gp"},
    "GP + halving": {"sampler": "gp", "pruner": "halving", "first_epoch": 2},
}
COLUMNS = [
    *SETTINGS, *(f"{name}_{epoch}" for name in ("accuracy", "loss") for epoch in range(1, NUM_EPOCHS + 1)),
    "best_epoch", "test_accuracy", "test_right", "seconds",
]  # fmt: skip


def load() -> tuple[Any, dict[str, data.TokenizedText]]:
    """The corpus and its three tokenised parts; the training part cut to its first texts of a seeded order."""
    corpus = data.load_labelled_text("course/data/reviews.csv")
    tokenizer, _ = models.load_pretrained("minilm", num_labels=len(corpus.class_names))
    parts = {name: corpus.split(name) for name in ("train", "validation", "test")}
    parts["train"] = parts["train"].sample(TRAIN_TEXTS, random_state=0)
    return corpus, {
        name: data.tokenize(tokenizer, frame["text"], frame["label"], MAX_LENGTH) for name, frame in parts.items()
    }


def train(corpus: Any, parts: dict[str, data.TokenizedText], settings: dict[str, Any]) -> dict[str, Any]:
    """One row of the file."""
    start, seed = time.monotonic(), settings["seed"]
    _, model = models.load_pretrained("minilm", num_labels=len(corpus.class_names), seed=seed)
    models.freeze(models.set_dropout(model, settings["dropout"]), "word_embeddings")
    names = ("learning_rate", "batch_size", "warmup_ratio", "seed")
    history = training.fit(
        model, parts["train"], evaluation.validator(parts["validation"]), num_epochs=NUM_EPOCHS, metric="accuracy",
        **{name: settings[name] for name in names},
    )  # fmt: skip
    right = evaluation.predict(model, parts["test"]).argmax(1) == np.asarray(parts["test"].labels)
    return {
        **settings,
        **{f"{name}_{e['epoch']}": round(e[name], 5) for e in history.epochs for name in ("accuracy", "loss")},
        "best_epoch": history.best_epoch,
        "test_accuracy": round(float(right.mean()), 5),
        "test_right": np.packbits(right).tobytes().hex(),
        "seconds": round(time.monotonic() - start, 1),
    }


def read(file: Path) -> list[dict[str, Any]]:
    """The rows that are there, numbers as numbers."""
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as text:
        return [{n: v if n == "test_right" else float(v) for n, v in row.items()} for row in csv.DictReader(text)]


def append(file: Path, row: dict[str, Any]) -> None:
    """Add one row in a single write, so that no kill leaves half of it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    if not file.exists():
        writer.writeheader()
    writer.writerow(row)
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(handle, text.getvalue().encode())
    os.close(handle)


def grid() -> list[dict[str, Any]]:
    """Every setting, in an order that is spread over the whole grid: a file that is not complete is of use too."""
    points = [dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())]
    return [{**points[number], "seed": 0} for number in np.random.default_rng(0).permutation(len(points))]


def again(rows: list[dict[str, Any]], seeds: int) -> list[dict[str, Any]]:
    """The winner of the grid (validation; of equals, the one of smaller loss) and two untuned settings, more seeds.

    A choice made at seed 0 is judged on others.
    """
    epochs = range(1, NUM_EPOCHS + 1)

    def rank(row: dict[str, Any]) -> tuple[float, float]:
        return max(row[f"accuracy_{epoch}"] for epoch in epochs), -min(row[f"loss_{epoch}"] for epoch in epochs)

    best = max((row for row in rows if row["seed"] == 0), key=rank)
    winner = {name: best[name] for name in GRID} | {"batch_size": int(best["batch_size"])}
    return [{**point, "seed": seed} for seed in range(1, seeds + 1) for point in (winner, DEFAULT, PRINTED)]


def record(file: Path, wanted: list[dict[str, Any]], limit: int | None, name: str) -> int:
    """Train what is missing of `wanted`; how many that were."""
    known = {tuple(row[setting] for setting in SETTINGS) for row in read(file)}
    missing = [point for point in wanted if tuple(point[setting] for setting in SETTINGS) not in known][:limit]
    corpus, parts = load()
    with runtime.progress(name, len(wanted), "training", done=len(wanted) - len(missing)) as bar:
        for point in missing:
            row = train(corpus, parts, point)
            append(file, row)
            bar.advance(test=f"{row['test_accuracy']:.3f}")
    return len(missing)


def replay(file: Path, seeds: int) -> Path:
    """Every search of `SEARCHES` with every seed, one row per trial that cost something, in a file of their own."""
    table = pd.read_csv(file).query("seed == 0")
    done = []
    with runtime.progress("replaying", len(SEARCHES) * seeds, "search") as bar:
        for name, options in SEARCHES.items():
            for seed in range(seeds):
                search = replays.replay(table, list(GRID), budget=BUDGET, seed=seed, **options)
                search = search.assign(search=name, seed=seed, trial=range(len(search)))
                done.append(search[search["epochs"] > 0])
                bar.advance()
    columns = ["search", "seed", "trial", "place", "value", "epochs", "spent", "best"]
    target = file.with_name("tuning_replays.csv")
    pd.concat(done)[columns].to_csv(target, index=False)
    return target


def main() -> None:
    """Read the command line and record, or replay."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--file", type=Path, default=runtime.repository_root() / "course/data/tuning_trials.csv")
    arguments.add_argument("--limit", type=int, help="train at most so many")
    arguments.add_argument("--again", type=int, default=4, help="seeds of the settings that are trained again")
    arguments.add_argument("--replay", action="store_true", help="replay the searches, train nothing")
    arguments.add_argument("--seeds", type=int, default=20, help="of each replayed search")
    given = arguments.parse_args()
    if given.replay:
        print(f"replayed searches in {replay(given.file, given.seeds)}")
        return
    done = record(given.file, grid(), given.limit, "grid")
    if given.limit is None:
        record(given.file, again(read(given.file), given.again), None, "more seeds")
    print(f"{done} trainings of the grid recorded in {given.file}: {len(read(given.file))} rows in all")


if __name__ == "__main__":
    main()
