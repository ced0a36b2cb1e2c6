"""Ways to train on one task, each with what it costs: the trainings behind chapter 8.2's picture."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from transformers import PreTrainedModel

from talentlab import data, evaluation, models, training
from talentlab.models import adapters
from talentlab.training.efficiency import Counted, cache_states, count_flops, only_above

SMALL = 3  # layers of the small encoder
HELD_OUT = 1 / 6  # share of the labels that early stopping takes for itself
HEAD, RATE, LORA_RATE, BATCH, EPOCHS = 0.02, 5e-4, 3e-3, 16, 4


@dataclass(frozen=True)
class Task:
    """Texts of four sectors: which one is a review about?

    Attributes:
        start: The pretrained encoder with all its layers and a head.
        pool: Texts that each seed draws its own from.
        test: Texts that every model is judged on.
        train_texts: How many a seed draws.
    """

    start: PreTrainedModel
    pool: data.TokenizedText
    test: data.TokenizedText
    train_texts: int

    def draw(self, seed: int) -> data.TokenizedText:
        """The labelled texts of a seed."""
        return subset(self.pool, np.random.default_rng(seed).permutation(len(self.pool))[: self.train_texts])

    def fresh(self, seed: int, layers: int | None = SMALL) -> PreTrainedModel:
        """The pretrained encoder's lowest layers (None: all) with a random head; word vectors frozen."""
        model = copy.deepcopy(self.start)
        encoder: Any = model.base_model
        encoder.encoder.layer = encoder.encoder.layer[:layers]
        model.config.num_hidden_layers = len(encoder.encoder.layer)
        torch.manual_seed(seed)
        for name, weights in model.named_parameters():
            if models.part_of(name) == "head" and weights.ndim > 1:
                torch.nn.init.normal_(weights, std=HEAD)
        return models.freeze(model, "word_embeddings")


@dataclass(frozen=True)
class Outcome:
    """One training: which test texts it gets right [N], and what it cost."""

    right: npt.NDArray[np.bool_]
    flops: int
    seconds: float


Way = Callable[[Task, int], tuple[Any, int]]  # a model, or predictions [N]; and FLOPs


def load_task(train_texts: int = 256, max_length: int = 32, test_texts: int | None = None) -> Task:
    """The bundled reviews by sector; validation and test texts together judge, for they are only 600.

    Args:
        train_texts: Labels that a seed draws from the 1,000.
        max_length: Longer texts lose their end [tokens].
        test_texts: How many judge; all if None.
    """
    corpus = data.load_labelled_text("reviews", label_column="sector")
    tokenizer, start = models.load_pretrained("minilm", num_labels=len(corpus.class_names))
    judges = data.draw(pd.concat([corpus.split("validation"), corpus.split("test")]), test_texts, 0)
    pool, test = (
        data.tokenize(tokenizer, part["text"], part["label"], max_length) for part in (corpus.split("train"), judges)
    )
    return Task(start, pool, test, train_texts)


def subset(texts: data.TokenizedText, rows: Any) -> data.TokenizedText:
    """Some of the texts, in the order of `rows`."""
    ids, labels = [texts.input_ids[row] for row in rows], [texts.labels[row] for row in rows]
    return data.TokenizedText(ids, labels, texts.pad_token_id, texts.truncated_share)


def run(task: Task, way: Way, seed: int) -> Outcome:
    """Train by one way and judge it on the test texts. Seconds are CPU time of the training alone."""
    start = time.process_time()
    found, flops = way(task, seed)
    seconds = time.process_time() - start
    said = found if isinstance(found, np.ndarray) else evaluation.predict(found, task.test).argmax(1)
    return Outcome(said == np.array(task.test.labels), flops, seconds)


def train(model: PreTrainedModel, part: Any, seed: int, *, grouped: bool = True, **settings: Any) -> int:
    """`training.fit` with this chapter's settings unless others are given; returns its FLOPs."""
    counted: Any = Counted(part, grouped)
    settings = {"num_epochs": EPOCHS, "batch_size": BATCH, "learning_rate": RATE, "metric": "accuracy", **settings}
    training.fit(model, counted, seed=seed, **settings)
    flops = count_flops(model, part)
    return sum(flops(rows, tokens) for rows, tokens in counted.shapes)


def read_once(model: PreTrainedModel, part: Any) -> int:
    """FLOPs of one forward over all texts, in order of length, as `evaluation.predict` does it."""
    flops, lengths = count_flops(model, part, trains=False), sorted(part.lengths)
    return sum(flops(len(rows), rows[-1]) for rows in (lengths[i : i + 64] for i in range(0, len(lengths), 64)))


def plain(task: Task, seed: int, layers: int | None = SMALL, **settings: Any) -> tuple[Any, int]:
    """All layers are trained on all texts."""
    model = task.fresh(seed, layers)
    return model, train(model, task.draw(seed), seed, **settings)


def lora(task: Task, seed: int) -> tuple[Any, int]:
    """Low-rank products beside query and value are trained, and the head."""
    model = adapters.add_lora(task.fresh(seed), seed=seed)
    return model, train(model, task.draw(seed), seed, learning_rate=LORA_RATE)


def cached(task: Task, seed: int, layers: int | None, below: int, **settings: Any) -> tuple[Any, int]:
    """The lowest layers are frozen and computed once; those above are trained on their states."""
    model = task.fresh(seed, layers)
    states = cache_states(model, task.draw(seed), below)
    with only_above(model, below) as upper:
        flops = train(upper, states, seed, **settings)
    return model, states.flops + flops


def features(task: Task, seed: int, layers: int | None) -> tuple[Any, int]:
    """Each text is read once; a logistic regression on its sentence vector is the only thing that learns."""
    model, part = task.fresh(seed, layers), task.draw(seed)
    machine = LogisticRegression(C=10, max_iter=1000).fit(models.embed(model, part), part.labels)
    return machine.predict(models.embed(model, task.test)), read_once(model, part)


def curriculum(task: Task, seed: int) -> tuple[Any, int]:
    """Two passes over the shorter half, then three over all: as many steps as four passes over all."""
    model, part = task.fresh(seed), task.draw(seed)
    short = np.argsort(part.lengths, kind="stable")[: len(part) // 2]
    first = train(model, subset(part, short), seed, num_epochs=EPOCHS // 2)
    return model, first + train(model, part, seed, num_epochs=EPOCHS - 1)


def pruned(task: Task, seed: int, keep: str) -> tuple[Any, int]:
    """Half of the texts is kept: the `hard` or the `easy` ones of a model after one epoch, or a `random` half."""
    part, cost = task.draw(seed), 0
    order = np.random.default_rng([seed, 1]).permutation(len(part))
    if keep != "random":
        scorer = task.fresh(seed)
        cost = train(scorer, part, seed, num_epochs=1) + read_once(scorer, part)
        p = evaluation.probabilities(evaluation.predict(scorer, part))
        order = np.argsort(np.linalg.norm(p - np.eye(p.shape[1])[part.labels], axis=1))  # easy ones first
    rows = order[::-1] if keep == "hard" else order
    model = task.fresh(seed)
    return model, cost + train(model, subset(part, rows[: len(part) // 2]), seed)


def early_stopping(task: Task, seed: int) -> tuple[Any, int]:
    """At most six epochs; a sixth of the labels is not trained on but says when to stop."""
    model, part = task.fresh(seed), task.draw(seed)
    held = round(HELD_OUT * len(part))
    judged, rest, looks = subset(part, range(held)), subset(part, range(held, len(part))), []

    def validate(trained: Any) -> dict[str, float]:
        looks.append(1)
        said = evaluation.predict(trained, judged).argmax(1)
        return {"accuracy": float((said == np.array(judged.labels)).mean())}

    cost = train(model, rest, seed, num_epochs=6, patience=1, validate=validate)
    return model, cost + len(looks) * read_once(model, judged)


WAYS: dict[str, Way] = {
    "four epochs": plain,
    "features, all layers": partial(features, layers=None),
    "cached, top layer of six": partial(cached, layers=None, below=5, num_epochs=2),
    "one epoch": partial(plain, num_epochs=1),
    "two epochs": partial(plain, num_epochs=2),
    "cached, top two of six": partial(cached, layers=None, below=4),
    "random half": partial(pruned, keep="random"),
    "hard half": partial(pruned, keep="hard"),
    "LoRA": lora,
    "larger batches": partial(plain, batch_size=64, learning_rate=2 * RATE),
    "early stopping": early_stopping,
    "short texts first": curriculum,
    "features, three layers": partial(features, layers=SMALL),
    "cached, top layer of three": partial(cached, layers=SMALL, below=2),
    "easy half": partial(pruned, keep="easy"),
    "random batches": partial(plain, grouped=False),
    "all six layers trained": partial(plain, layers=None),
}
