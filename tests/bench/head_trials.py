"""Record small heads on frozen numbers for chapter 8.3: twelve data sets, 120 settings, five seeds, every epoch.

    export DATA=../shared/data
    python tests/bench/head_trials.py            trains everything: course/data/head_trials.csv.gz and head_tasks.csv
    python tests/bench/head_trials.py --replay   searches over what is recorded: course/data/head_replays.csv
    python tests/bench/head_trials.py --populations   population-based training: course/data/head_populations.csv

Two of the data sets are the course's own, ten are public and read from $DATA. Seven are texts, seen through the bundled
encoder, which is not trained; of the other five the numbers are taken as they are. Each command
takes one to four minutes on one core.
"""

import argparse
import itertools
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from talentlab import data, models, runtime
from talentlab.chapters import heads, replay

GRID: dict[str, list[float]] = {
    "learning_rate": [3e-4, 1e-3, 3e-3, 1e-2, 3e-2],
    "batch_size": [8, 32, 128],
    "width": [0, 64],
    "dropout": [0.0, 0.3],
    "class_weights": [0, 1],
}
DEFAULT = {"learning_rate": 1e-3, "batch_size": 32, "width": 64, "dropout": 0.0, "class_weights": 0}
NUM_EPOCHS, SEEDS = 8, (0, 1, 2, 3, 4)
SIZES = {"train": 500, "validation": 300, "test": 800}  # at most
SEARCHES: dict[str, dict[str, Any]] = {
    "random": {"sampler": "random"},
    "TPE": {"sampler": "tpe"},
    "GP": {"sampler": "gp"},
    "random + halving": {"sampler": "random", "pruner": "halving"},
    "TPE + Hyperband": {"sampler": "tpe", "pruner": "hyperband"},
}
MEMBERS = 12  # of a population
BUDGET = 160  # epochs of a replayed search: 20 whole trainings
SHARED = Path(os.environ.get("DATA", "../shared/data"))
Raw = tuple[np.ndarray, np.ndarray, np.ndarray]  # numbers [N, F], classes [N], whether a row is a test row [N]


def embed(texts: list[str], max_length: int = 64) -> np.ndarray:
    """The frozen encoder's vectors, scaled to a mean square of 1."""
    tokenizer, model = models.load_pretrained("minilm", num_labels=2)
    vectors = models.embed(model, data.tokenize(tokenizer, texts, [0] * len(texts), max_length))
    return vectors * np.sqrt(vectors.shape[1])


def draw(frame: pd.DataFrame, is_test: pd.Series) -> pd.DataFrame:
    """At most as many rows as are used, chosen before anything is computed; `is_test`: whether for testing."""
    parts = [frame.assign(is_test=is_test)[is_test == value] for value in (False, True)]
    sizes = (SIZES["train"] + SIZES["validation"], SIZES["test"])
    return pd.concat(
        [part.sample(min(size, len(part)), random_state=0) for part, size in zip(parts, sizes, strict=True)]
    )


def texts(frame: pd.DataFrame, text: str, label: str, is_test: pd.Series) -> Raw:
    rows = draw(frame, is_test)
    return embed(rows[text].tolist()), pd.factorize(rows[label], sort=True)[0], rows["is_test"].to_numpy(bool)


def course_corpus(name: str) -> Raw:
    corpus = data.load_labelled_text(name)
    frame = pd.concat([corpus.split(part).assign(part=part) for part in data.SPLITS])
    return texts(frame, "text", "label", frame["part"] == "test")


def public_texts(folder: str, text: str, label: str, train: str, test: str, sep: str = "\t") -> Raw:
    read = {"sep": sep, "quoting": 3} if sep == "\t" else {}
    frame = pd.concat([pd.read_csv(SHARED / folder / name, **read).assign(part=name) for name in (train, test)])
    return texts(frame, text, label, frame["part"] == test)


def phrasebank() -> Raw:
    frame = pd.read_csv(SHARED / "financial_phrasebank/sentences_50agree.csv.gz")
    return texts(frame, "sentence", "label", frame["split"] == "test")


def skill_sentences() -> Raw:
    parts = [
        pd.read_json(SHARED / f"skillspan/{part}.jsonl.gz", lines=True).assign(part=part) for part in ("train", "test")
    ]
    frame = pd.concat(parts)
    frame["text"] = frame["tokens"].str.join(" ")
    frame["label"] = [any(tag != "O" for tag in tags) for tags in frame["tags_skill"] + frame["tags_knowledge"]]
    return texts(frame, "text", "label", frame["part"] == "test")


def short_answers() -> Raw:
    frame = pd.read_csv(SHARED / "mohler/all.csv.gz")
    rows = draw(frame, frame["split"] == "test")
    one, other = embed(rows["desired_answer"].tolist()), embed(rows["student_answer"].tolist())
    return (
        np.hstack([abs(one - other), one * other]),
        (rows["score_avg"] >= 4).to_numpy(int),
        rows["is_test"].to_numpy(bool),
    )


def spoken_digits() -> Raw:
    file = np.load(SHARED / "fsdd/fsdd_8k.npz")
    cut, audio = file["offset"], file["audio"].astype(float)
    rows = []
    for start, end in itertools.pairwise(cut):  # 8 stretches of time × 32 bands: mean log energy
        pieces = np.array_split(audio[start:end], 8)
        power = [np.abs(np.fft.rfft(piece, 512)[:256]) ** 2 for piece in pieces]
        rows.append(np.log1p(np.array(power).reshape(8, 32, 8).mean(-1)).ravel())
    return np.array(rows), file["label"].astype(int), file["split"].astype(str) == "test"


def tiles() -> Raw:
    file = np.load(SHARED / "magnetic_tile/magnetic_tile_128.npz")
    small = file["image"].reshape(-1, 16, 8, 16, 8).mean((2, 4)).reshape(len(file["image"]), -1)  # 16 × 16 pixels
    return small, file["label"].astype(int), file["split"].astype(str) == "test"


def table(name: str, target: str, positive: int | None = None) -> Raw:
    frame = pd.read_csv(SHARED / "tabular" / name).sample(frac=1, random_state=0)
    wanted = frame.pop(target)
    labels = (wanted >= positive).to_numpy(int) if positive is not None else pd.factorize(wanted, sort=True)[0]
    numbers = pd.get_dummies(frame).astype(float)
    numbers = numbers.fillna(numbers.median())
    return numbers.to_numpy(), labels, np.arange(len(frame)) >= 0.6 * len(frame)


TASKS: dict[str, Any] = {
    "reviews": lambda: course_corpus("reviews"),
    "finance": lambda: course_corpus("finance"),
    "films": lambda: public_texts("sst2", "sentence", "label", "train.tsv.gz", "test.tsv.gz"),
    "financial news": phrasebank,
    "abstracts": lambda: public_texts("medical_abstracts", "text", "label", "train.csv.gz", "test.csv.gz", ","),
    "job adverts": skill_sentences,
    "short answers": short_answers,
    "spoken digits": spoken_digits,
    "magnetic tiles": tiles,
    "steel plates": lambda: table("steel_plates_faults.csv.gz", "fault"),
    "hearts": lambda: table("heart_cleveland.csv", "num", 1),
    "attrition": lambda: table("hr_attrition.csv.gz", "Attrition"),
}
TEXTS = 7  # of them, the first ones


def split(raw: Raw, scale: bool) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Train, validation and test, at most `SIZES`; where rows are few, a third of those not for testing validates."""
    numbers, labels, is_test = raw
    order = np.random.default_rng(0).permutation(len(labels))
    rest, test = order[~is_test[order]], order[is_test[order]]
    cut = min(SIZES["train"], len(rest) * 2 // 3)
    rows = {"train": rest[:cut], "validation": rest[cut : cut + SIZES["validation"]], "test": test[: SIZES["test"]]}
    if scale:
        known = numbers[rows["train"]]
        numbers = (numbers - known.mean(0)) / np.where(known.std(0) > 0, known.std(0), 1)
        numbers = numbers.clip(-5, 5)
    return {
        name: (torch.tensor(numbers[at], dtype=torch.float32), torch.tensor(labels[at], dtype=torch.long))
        for name, at in rows.items()
    }


def describe(name: str, number: int, parts: dict[str, tuple[torch.Tensor, torch.Tensor]]) -> dict[str, Any]:
    """What may be known of a task before a training, and what the default reaches, with its standard error."""
    (x, y), (_, tested) = parts["train"], parts["test"]
    counts = torch.bincount(y)
    network = heads.Heads(x.shape[1], 64, len(counts), 1, seed=0)
    for epoch in range(NUM_EPOCHS):
        heads.train_epoch(network, x, y, 32, epoch)
    recall, of_class = heads.recalls(network, *parts["test"])[0], torch.bincount(tested).numpy()
    return {
        "task": name, "kind": "text" if number < TEXTS else "numbers", "train": len(y), "features": x.shape[1],
        "validation": len(parts["validation"][1]), "test": len(tested), "classes": len(counts),
        "smallest_share": round(float(counts.min() / len(y)), 4), "balanced_accuracy": round(float(recall.mean()), 4),
        "standard_error": round(float(np.sqrt((recall * (1 - recall) / of_class).sum()) / len(recall)), 4),
    }  # fmt: skip


def record(folder: Path) -> None:
    settings = [dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())]
    rows, tasks = [], []
    with runtime.progress("tasks", len(TASKS), "task") as bar:
        for number, (name, load) in enumerate(TASKS.items()):
            parts = split(load(), scale=number >= TEXTS)
            tasks.append(describe(name, number, parts))
            for seed in SEEDS:
                found = heads.train_settings(parts, settings, num_epochs=NUM_EPOCHS, seed=seed)
                rows += [{"task": name, **row} for row in found]
            bar.advance()
    pd.DataFrame(rows).to_csv(folder / "head_trials.csv.gz", index=False)
    pd.DataFrame(tasks).to_csv(folder / "head_tasks.csv", index=False)


def search(folder: Path) -> None:
    """Search number s sees the trainings of seed s, so that the luck of a training is another one, too."""
    recorded, done = pd.read_csv(folder / "head_trials.csv.gz"), []
    with runtime.progress("replaying", len(SEARCHES) * len(TASKS), "search") as bar:
        for name, options in SEARCHES.items():
            for task, of_task in recorded.groupby("task", sort=False):
                for seed in SEEDS:
                    of_seed = of_task[of_task["seed"] == seed].reset_index(drop=True)
                    found = replay.replay(of_seed, list(GRID), budget=BUDGET, seed=seed, **options)
                    done.append(found[found["epochs"] > 0].assign(search=name, task=task, seed=seed))
                bar.advance()
    columns = ["search", "task", "seed", "place", "value", "epochs", "spent"]
    pd.concat(done)[columns].to_csv(folder / "head_replays.csv", index=False)


def population(parts: dict[str, Any], seed: int, exploit: bool) -> tuple[np.ndarray, np.ndarray]:
    """Twelve heads with random settings, trained side by side; with `exploit` the worst quarter is replaced each epoch.

    Returns the validation accuracies at the end [S], and the probabilities of the test rows [S, N, K].
    """
    (x, y), generator, quarter = parts["train"], np.random.default_rng(seed), MEMBERS // 4
    team = heads.Heads(x.shape[1], 64, int(y.max()) + 1, MEMBERS, seed)
    team.learning_rate = torch.tensor(10 ** generator.uniform(-3.5, -1.5, MEMBERS), dtype=torch.float32)
    team.dropout = torch.tensor(generator.uniform(0, 0.5, MEMBERS), dtype=torch.float32)
    team.weights = heads.balancing_weights(y).repeat(MEMBERS, 1)
    for epoch in range(NUM_EPOCHS):
        heads.train_epoch(team, x, y, 32, 1000 * seed + epoch)
        score = heads.recalls(team, *parts["validation"]).mean(1)
        if exploit and epoch < NUM_EPOCHS - 1:
            order = np.argsort(-score, kind="stable")
            best, worst = order[:quarter].tolist(), order[-quarter:].tolist()
            team.copy(best, worst)
            for values in (team.learning_rate, team.dropout):
                factors = torch.tensor(generator.choice([0.5, 1, 2], quarter), dtype=torch.float32)
                values[worst] = values[best] * factors
            team.dropout.clamp_(max=0.8)
    with torch.inference_mode():
        return score, team.logits(parts["test"][0]).softmax(-1).numpy()


def populations(folder: Path) -> None:
    """Test accuracy (balanced) of the best by validation, and of five together, per data set and seed."""
    rows = []
    with runtime.progress("tasks", len(TASKS), "task") as bar:
        for number, (name, load) in enumerate(TASKS.items()):
            parts = split(load(), scale=number >= TEXTS)
            truth = parts["test"][1].numpy()
            for seed in SEEDS:
                for method, exploit in (("random", False), ("PBT", True)):
                    score, probs = population(parts, seed, exploit)
                    order = np.argsort(-score, kind="stable")
                    said = {method: probs[order[0]]}
                    said |= {} if exploit else {"five together": probs[order[:5]].mean(0)}
                    for what, answer in said.items():
                        right = answer.argmax(1) == truth
                        value = np.mean([right[truth == label].mean() for label in np.unique(truth)])
                        rows.append({"task": name, "seed": seed, "method": what, "test": round(float(value), 4)})
            bar.advance()
    pd.DataFrame(rows).to_csv(folder / "head_populations.csv", index=False)


def main() -> None:
    """Read the command line and record, or replay."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--folder", type=Path, default=runtime.repository_root() / "course/data")
    arguments.add_argument("--replay", action="store_true", help="replay the searches, train nothing")
    arguments.add_argument("--populations", action="store_true", help="train populations with and without exchange")
    given = arguments.parse_args()
    (search if given.replay else populations if given.populations else record)(given.folder)


if __name__ == "__main__":
    main()
