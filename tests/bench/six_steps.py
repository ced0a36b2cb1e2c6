"""The document's six steps end to end on a data set of yours: what each step adds, and what it costs.

single     the course's recipe
tuned      the same with the settings that a search found on a part of the training texts (TPE, pruned)
ensemble   soft vote of several seeds of the tuned recipe; weighted and averaged weights beside it, and the best member
           on the validation texts
distilled  one model, trained on what the ensemble says of the training texts
int8       the distilled model, exported and quantised, as `talentlab serve` runs it

Accuracy and macro-F1 on the test texts with 95 % intervals, differences on the same texts, accuracy under typos,
training time relative to the single model, size, and speed relative to transformers' pipeline. What was trained is kept
beside the figures, so that an interrupted run goes on where it was.

python tests/bench/six_steps.py --dataset $DATA/sst2 --learning-rate 1e-4
"""

import argparse
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score
from transformers import pipeline

from talentlab import data, deployment, ensembling, evaluation, models, training, tuning
from talentlab.models.pretrained import save_model
from talentlab.runtime import repository_root


class Steps:
    """The data, and what is trained on it; each model's folder keeps its weights, seconds and settings."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.corpus = data.load_labelled_text(args.dataset)
        self.parts = {name: self.corpus.split(name) for name in data.SPLITS}
        settings = vars(args) | {"dataset": None}  # its texts count, not how the path is written
        key = hashlib.sha256(f"{self.corpus.fingerprint} {settings}".encode()).hexdigest()[:8]
        self.folder = repository_root() / "artifacts" / "bench" / f"six_steps-{Path(args.dataset).name[:20]}-{key}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tokenizer, _ = self.build(0)
        self.texts = {
            name: self.cut(part["text"].tolist(), part["label"].tolist()) for name, part in self.parts.items()
        }
        self.words = self.parts["test"]["text"].tolist()
        self.typed = data.add_typos(self.words, args.typos, seed=0)
        self.labels = np.array(self.texts["test"].labels)
        self.typos = self.cut(self.typed, self.labels)
        # probabilities [N, C] of the test texts, as they are and with typos
        self.answers: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def cut(self, texts: list[str], labels: Any) -> data.TokenizedText:
        return data.tokenize(self.tokenizer, texts, labels, self.args.max_length)

    def build(self, seed: int, dropout: float = 0.1) -> tuple[Any, Any]:
        names = self.corpus.class_names
        tokenizer, model = models.load_pretrained(self.args.model, num_labels=len(names), class_names=names, seed=seed)
        return tokenizer, models.set_dropout(models.freeze(model, "word_embeddings"), dropout)

    def train(self, name: str, seed: int, settings: dict[str, Any], soft_labels: Any = None) -> Any:
        """The model of this name: read back if it is there, else trained."""
        folder, told = self.folder / name, self.folder / name / "training.json"
        if told.is_file():
            return models.load_pretrained(str(folder), num_labels=len(self.corpus.class_names))[1]
        rest = {"learning_rate": self.args.learning_rate} | settings
        _, model = self.build(seed, rest.pop("dropout", 0.1))
        rows = self.texts["train"]
        rows = rows if soft_labels is None else replace(rows, labels=soft_labels.tolist())
        validate, state = evaluation.validator(self.texts["validation"]), self.folder / f"{name}.checkpoint"
        training.fit(
            model, rows, validate, num_epochs=self.args.epochs, metric="accuracy", seed=seed, checkpoint=state, **rest
        )
        save_model(folder, self.tokenizer, model)
        told.write_text(json.dumps({"seed": seed, **settings}))
        return model

    def search(self) -> tuple[dict[str, Any], float]:
        """The settings of the best trial, and what the search trained on, in passes over all training texts."""
        part = self.texts["train"]
        rows = np.random.default_rng(0).permutation(len(part))[: self.args.search_texts]
        part = replace(part, input_ids=[part.input_ids[r] for r in rows], labels=[part.labels[r] for r in rows])
        space = {"learning_rate": tuning.Range(2e-5, 1e-3, log=True), "batch_size": [8, 16, 32, 64],
                 "dropout": [0.0, 0.1, 0.2], "label_smoothing": [0.0, 0.1]}  # fmt: skip
        epochs = 2

        def objective(trial: Any, settings: dict[str, Any]) -> float:
            settings = dict(settings)
            _, model = self.build(0, settings.pop("dropout"))
            validate = tuning.reporting(trial, evaluation.validator(self.texts["validation"]), "accuracy", epochs)
            history = training.fit(model, part, validate, num_epochs=epochs, metric="accuracy", **settings)
            return float(history.epoch_table()["accuracy"].max())

        study = tuning.open_study(
            space, sampler="tpe", pruner="halving", num_epochs=epochs, startup_trials=5,
            storage=f"sqlite:///{self.folder / 'study.db'}",
        )  # fmt: skip
        done = tuning.tune(study, objective, self.args.trials)
        best = study.best_trial.user_attrs["settings"]
        return best, done["epochs"].sum() * len(part) / len(self.texts["train"])

    def judge(self, name: str, model: Any) -> None:
        """Keep what a model answers."""
        self.answers[name] = predict(model, self.texts["test"]), predict(model, self.typos)


def predict(model: Any, text: data.TokenizedText) -> np.ndarray:
    """Probabilities [N, C]."""
    return evaluation.probabilities(evaluation.predict(model, text))


def table(steps: Steps, cost: dict[str, float]) -> pd.DataFrame:
    """A row per answer: scores, differences to the single model and to the best member, robustness, cost."""
    rows, labels = {}, steps.labels
    base, base_typos = (answer.argmax(1) == labels for answer in steps.answers["single"])
    best = steps.answers["best member"][0].argmax(1) == labels
    for name, (test, typos) in steps.answers.items():
        right, right_typos = test.argmax(1) == labels, typos.argmax(1) == labels
        scores = evaluation.score_intervals(labels, test.argmax(1), num_classes=test.shape[1])
        # of two classes, score_intervals takes the second for the positive one
        f1 = scores["f1"] if test.shape[1] > 2 else f1_score(labels, test.argmax(1), average="macro")
        more, fewer, p = evaluation.mcnemar(right, base)
        rows[name] = {
            "accuracy": f"{scores['accuracy']:.1%}",
            "macro-F1": f"{f1:.1%}",
            "against single": f"{evaluation.difference(right, base):+.1%}",
            "only this / only single right, p": f"{more} / {fewer}, {p:.2g}",
            "against the best member": f"{evaluation.difference(right, best):+.1%}",
            "McNemar's p of that": f"{evaluation.mcnemar(right, best)[2]:.2g}",
            "with typos": f"{evaluation.mean_interval(right_typos):.1%}",
            "with typos, against single": f"{evaluation.difference(right_typos, base_typos):+.1%}",
            "texts trained on, single = 1": f"{cost[name]:.1f}",
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--dataset", default="reviews", help="`reviews`, or a file or folder of labelled texts")
    add("--model", default="minilm", help="`minilm`, a folder or a Hub id")
    add("--max-length", type=int, default=64, help="tokens kept of a text (default 64)")
    add("--learning-rate", type=float, default=2e-4, help="of the single model (default 2e-4)")
    add("--epochs", type=int, default=3, help="of every full training (default 3)")
    add("--members", type=int, default=4, help="of the ensemble (default 4)")
    add("--trials", type=int, default=12, help="of the search (default 12)")
    add("--search-texts", type=int, default=1500, help="training texts of a trial (default 1500)")
    add("--typos", type=float, default=0.2, help="share of the words that get one (default 0.2)")
    args = parser.parse_args()
    steps = Steps(args)
    print(steps.corpus.report.table().to_string(), {name: len(part) for name, part in steps.parts.items()}, sep="\n")

    single = steps.train("single", 0, {})
    steps.judge("single", single)
    settings, passes = steps.search()
    print("found by the search:", settings, flush=True)
    names = [f"member {number}" for number in range(args.members)]
    members = [steps.train(name, seed, settings) for seed, name in enumerate(names)]
    texts = steps.texts | {"typos": steps.typos}
    said = {part: np.stack([predict(m, text) for m in members]) for part, text in texts.items()}
    steps.answers["tuned"] = said["test"][0], said["typos"][0]
    best = int((said["validation"].argmax(2) == steps.texts["validation"].labels).mean(1).argmax())
    steps.answers["best member"] = said["test"][best], said["typos"][best]
    weights = ensembling.fit_weights(np.array(steps.texts["validation"].labels), said["validation"])
    for name, by in (("ensemble, soft vote", None), ("ensemble, weighted", weights)):
        steps.answers[name] = ensembling.soft_vote(said["test"], by), ensembling.soft_vote(said["typos"], by)
    steps.judge("averaged weights", ensembling.average_weights(members))
    distilled = steps.train("distilled", args.members, settings, ensembling.soft_vote(said["train"]))
    steps.judge("distilled", distilled)
    folder = deployment.export_onnx(distilled, steps.tokenizer, steps.folder / "onnx")
    deployment.quantize_int8(folder)
    int8 = deployment.OnnxClassifier(folder, "int8")
    on_words, on_typed = (evaluation.probabilities(int8.predict(texts)) for texts in (steps.words, steps.typed))
    steps.answers["int8"] = on_words, on_typed

    tuned = 1 + passes / args.epochs
    cost = {"single": 1.0, "tuned": tuned, "distilled": tuned + args.members, "int8": tuned + args.members}
    cost |= {name: tuned + args.members - 1 for name in steps.answers if name not in cost}
    found = table(steps, cost)
    print(found.T.to_string())
    plain = pipeline("text-classification", model=single, tokenizer=steps.tokenizer, device="cpu")
    fp32 = deployment.OnnxClassifier(folder)
    speed = deployment.measure_speed(
        {"pipeline": plain, "fp32": fp32.predict, "int8": int8.predict}, steps.words[:256], rounds=3
    )
    sizes = {path.name: f"{path.stat().st_size / 2**20:.0f} MiB" for path in folder.glob("*.onnx")}
    print(speed.to_string(), sizes, sep="\n")
    found.to_json(steps.folder / "table.json", orient="index", indent=1)


if __name__ == "__main__":
    main()
