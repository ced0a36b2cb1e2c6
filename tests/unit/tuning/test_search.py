"""Studies that survive and are shared, pruning through `fit`'s validation, and replayed searches."""

import itertools
from types import SimpleNamespace

import numpy as np
import optuna
import pandas as pd
import pytest
import torch
from torch import nn

from talentlab import training, tuning
from talentlab.chapters import replay
from talentlab.data.batching import TokenizedText
from talentlab.errors import ParameterError
from talentlab.tuning import studies
from talentlab.tuning.studies import Range

SPACE = {"rate": Range(1e-5, 1e-2, log=True), "size": [8, 16, 32], "kind": ["b", "a"]}
NAMES = ["one", "two"]


def value(trial, settings):
    return settings["size"] - abs(np.log10(settings["rate"]) + 3)


def grid_table(curve=lambda one, two: [0.1 * one, 0.1 * one + 0.01 * two]):
    rows = [(one, two, *curve(one, two)) for one, two in itertools.product(range(5), (8, 16, 32))]
    return pd.DataFrame(rows, columns=[*NAMES, "accuracy_1", "accuracy_2"])


@pytest.fixture
def storage(tmp_path):
    return f"sqlite:///{tmp_path / 'study.db'}"


@pytest.mark.parametrize("sampler", ["random", "tpe", "gp"])
def test_settings_lie_in_their_space_and_a_seed_repeats_them(sampler):
    tables = [tuning.tune(tuning.open_study(SPACE, sampler=sampler, seed=3, startup_trials=4), value, 6) for _ in "12"]
    assert tables[0].equals(tables[1]) and list(tables[0].columns[:3]) == list(SPACE)
    for row in tables[0].itertuples():
        assert 1e-5 <= row.rate <= 1e-2 and row.size in (8, 16, 32) and row.kind in "ab"
        assert row.value == value(None, row._asdict()) and row.state == "complete"
    assert tables[0]["best"].tolist() == tables[0]["value"].cummax().tolist()


def test_a_grid_runs_every_point_once_and_then_ends():
    study = tuning.open_study({"size": [8, 16], "kind": ["b", "a", None]}, sampler="grid")
    table = tuning.tune(study, lambda trial, settings: settings["size"], 100)
    assert len(table) == 6 and not table.duplicated(["size", "kind"]).any()


def test_tpe_finds_the_good_region_where_random_choice_does_not():
    def shares(sampler):
        study = tuning.open_study({"x": Range(0.0, 1.0)}, sampler=sampler, direction="minimize", seed=0)
        table = tuning.tune(study, lambda trial, settings: (settings["x"] - 0.3) ** 2, 30)
        assert table["best"].is_monotonic_decreasing
        return (table["x"].iloc[10:] - 0.3).abs().median()

    assert shares("tpe") < shares("random") / 2


def test_an_interrupted_study_goes_on_with_the_settings_that_it_had_begun(storage):
    def interrupted(trial, settings):
        if trial.number == 2:
            raise KeyboardInterrupt
        return value(trial, settings)

    with pytest.raises(KeyboardInterrupt):
        tuning.tune(tuning.open_study(SPACE, storage=storage), interrupted, 5)
    begun = tuning.open_study(SPACE, storage=storage).trials[2].user_attrs["settings"]
    study, seen = tuning.open_study(SPACE, storage=storage), []
    tuning.tune(study, lambda trial, settings: (seen.append(settings), value(trial, settings))[1], 5)
    assert len(seen) == 3 and seen[0] == begun  # two were finished
    states = [trial.state.name for trial in study.trials]
    assert states.count("COMPLETE") == 5 and states.count("FAIL") == 1
    tuning.tune(study, lambda trial, settings: pytest.fail("nothing is missing"), 5)


def test_an_interrupted_grid_loses_no_point(storage):
    space = {"size": [8, 16], "kind": ["b", "a"]}
    for stop_at in (1, 2, 99):
        study = tuning.open_study(space, sampler="grid", storage=storage)

        def objective(trial, settings, stop_at=stop_at):
            if trial.number == stop_at:
                raise KeyboardInterrupt
            return 1.0

        try:
            table = tuning.tune(study, objective, 4)
        except KeyboardInterrupt:
            continue
    complete = table[table["state"] == "complete"]
    assert len(complete) == 4 and not complete.duplicated(["size", "kind"]).any()


def test_the_trial_of_a_killed_process_is_tried_again(storage, monkeypatch):
    monkeypatch.setattr(studies, "GRACE_S", 1)
    monkeypatch.setattr(studies, "HEARTBEAT_S", 1)
    killed = tuning.open_study(SPACE, storage=storage)
    trial = killed.ask()
    settings = studies.suggest(trial, SPACE)
    killed._storage.record_heartbeat(trial._trial_id)  # as its last sign of life; then kill -9
    seen = []
    study = tuning.open_study(SPACE, storage=storage)
    table = tuning.tune(study, lambda trial, settings: (seen.append(settings), 1.0)[1], 2)
    assert settings in seen and (table["state"] == "complete").sum() == 2


def test_an_error_of_the_objective_ends_the_search_and_does_not_count(storage):
    def broken(trial, settings):
        raise ZeroDivisionError

    study = tuning.open_study(SPACE, storage=storage)
    with pytest.raises(ZeroDivisionError):
        tuning.tune(study, broken, 2)
    table = tuning.tune(study, value, 2)
    assert table["state"].tolist() == ["fail", "complete", "complete"]


def test_a_stored_study_refuses_another_space_or_direction(storage):
    tuning.open_study(SPACE, storage=storage, name="mine")
    for other in ({"space": {"size": [8, 16]}}, {"direction": "minimize"}, {"space": SPACE | {"size": [8, 16, 64]}}):
        with pytest.raises(ParameterError, match="mine"):
            tuning.open_study(**({"space": SPACE} | other), storage=storage, name="mine")
    assert studies.space_of(tuning.open_study(SPACE, storage=storage, name="mine")) == SPACE


@pytest.mark.parametrize(
    ("space", "options", "word"),
    [
        ({}, {}, "empty space"),
        ({"x": []}, {}, r"x=\[\]"),
        ({"x": (1, 2)}, {}, r"x=\(1, 2\)"),
        ({"x": [{1}]}, {}, r"x=\[\{1\}\]"),
        ({"x": Range(2, 1)}, {}, "x=Range"),
        ({"x": Range(0, 1, log=True)}, {}, "x=Range"),
        ({"x": Range(0, 1)}, {"sampler": "grid"}, "x=Range"),
        ({"x": [1]}, {"sampler": "best"}, "sampler='best'"),
        ({"x": [1]}, {"pruner": "axe"}, "pruner='axe'"),
        ({"x": [1]}, {"pruner": "hyperband", "num_epochs": 2, "first_epoch": 3}, "first_epoch"),
        ({"x": [1]}, {"storage": "sqlite:////no/such/folder/study.db"}, "cannot be kept"),
    ],
)
def test_what_cannot_be_searched_is_refused(space, options, word, monkeypatch):
    monkeypatch.setattr(studies.time, "sleep", lambda seconds: None)
    with pytest.raises(ParameterError, match=word):
        tuning.open_study(space, **options)
    with pytest.raises(ParameterError, match="n_trials=0"):
        tuning.tune(tuning.open_study({"x": [1]}), value, 0)


def test_a_poor_trial_is_pruned_between_its_epochs_but_not_after_the_last():
    study = tuning.open_study({"quality": [1, 2]}, sampler="random", pruner="halving", num_epochs=4)
    seen = []

    def objective(trial, settings):
        report = tuning.reporting(trial, lambda model: {"f1": settings["quality"] + model}, "f1", 4)
        for epoch in range(4):
            seen.append(report(epoch)["f1"])
        return seen[-1]

    for place in (1, 0, 1):
        study.enqueue_trial({"quality": place})
    table = tuning.tune(study, objective, 3)
    assert table["quality"].tolist() == [2, 1, 2] and seen == [2, 3, 4, 5] * 2
    assert table["state"].tolist() == ["complete", "pruned", "complete"] and table["epochs"].tolist() == [4, 1, 4]


def test_nothing_is_pruned_before_the_first_epoch_that_was_named():
    for pruner in ("median", "halving", "hyperband"):
        study = tuning.open_study({"x": [1, 2, 3]}, sampler="random", pruner=pruner, num_epochs=4, first_epoch=2)

        def objective(trial, settings):
            report = tuning.reporting(trial, lambda model: {"f1": settings["x"]}, "f1", 4)
            return [report(None)["f1"] for _ in range(4)][-1]

        table = tuning.tune(study, objective, 25)
        pruned = table[table["state"] == "pruned"]
        assert len(pruned) and pruned["epochs"].min() >= 2


class Constant(nn.Module):
    """Two logits that do not look at the text."""

    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(2))

    def forward(self, input_ids, attention_mask):
        return SimpleNamespace(logits=self.bias.expand(len(input_ids), 2))


def test_fit_lets_a_pruned_trial_through():
    train, calls = TokenizedText([[5, 6]] * 8, [0, 1] * 4, 0, 0.0), []
    trial = SimpleNamespace(report=lambda value, step: calls.append(step), should_prune=lambda: True)

    def fit(num_epochs):
        validate = tuning.reporting(trial, lambda model: {"f1": 0.5}, "f1", num_epochs)
        return training.fit(Constant(), train, validate, num_epochs=num_epochs, batch_size=4, precision="fp32")

    with pytest.raises(optuna.TrialPruned, match="epoch 1"):
        fit(2)
    assert fit(1).epochs == [{"epoch": 1, "f1": 0.5}] and calls == [1, 1]
    with pytest.raises(ParameterError, match="'accuracy'"):
        tuning.reporting(trial, lambda model: {"f1": 0.5}, "accuracy", 1)(None)


@pytest.mark.parametrize(("sampler", "budget"), [("grid", 30), ("random", 30), ("tpe", 30), ("gp", 12)])
def test_a_replayed_search_without_pruning_pays_each_training_once(sampler, budget):
    table = grid_table()
    search = replay.replay(table, NAMES, sampler=sampler, budget=budget, startup_trials=4, seed=1)
    paid = search[search["epochs"] > 0]
    assert (paid["epochs"] == 2).all() and not paid["place"].duplicated().any()
    assert search["spent"].iloc[-1] == 2 * len(paid) <= budget
    for row in search.itertuples():
        assert row.value == table.loc[int(row.place), ["accuracy_1", "accuracy_2"]].max()
    if sampler == "grid":
        assert len(search) == 15 and search["best"].iloc[-1] == pytest.approx(0.72)


def test_a_replayed_search_never_exceeds_its_budget_and_pruning_saves_epochs():
    for pruner, budget in itertools.product(("none", "median", "halving", "hyperband"), (1, 7, 16)):
        search = replay.replay(grid_table(), NAMES, sampler="random", pruner=pruner, budget=budget, seed=2)
        assert search["spent"].max() <= budget
        assert search.loc[search["value"].notna() & (search["epochs"] > 0), "epochs"].eq(2).all()
    assert search["value"].isna().any() and replay.replay(
        grid_table(), NAMES, sampler="random", pruner="hyperband", budget=16, seed=2
    ).equals(search)


def test_a_search_that_only_repeats_itself_ends():
    search = replay.replay(grid_table(), NAMES, sampler="gp", budget=30, startup_trials=3, seed=0)
    ended = search["epochs"].iloc[-replay.REPEATS :].eq(0).all()
    assert ended or search["spent"].iloc[-1] == 30
    assert (search["epochs"].rolling(replay.REPEATS).sum().iloc[:-1] != 0).all()  # no earlier


def test_curves_are_steps_over_epochs_spent():
    search = pd.DataFrame({"spent": [2, 3, 5, 5], "best": [0.5, 0.5, 0.7, 0.7]})
    (curve,) = replay.best_so_far([search], 6)
    assert np.isnan(curve[0]) and curve[1:].tolist() == [0.5, 0.5, 0.5, 0.7, 0.7]
    reached = replay.epochs_to_reach(np.stack([curve, curve * 0]), 0.6)
    assert reached[0] == 5 and np.isnan(reached[1])


def test_shares_of_variance_by_hand():
    table = grid_table().assign(sum=lambda t: t["one"], product=lambda t: (t["one"] - 2) * (t["two"] - 56 / 3))
    assert replay.variance_shares(table, NAMES, "sum")["one"] == pytest.approx(1)
    shares = replay.variance_shares(table, NAMES, "product")
    assert shares.index[0] == "one × two" and shares.iloc[0] == pytest.approx(1) and shares.sum() == pytest.approx(1)


def test_importance_names_the_setting_that_decides():
    importance = replay.estimate_importance(grid_table().assign(v=lambda t: t["one"] + 0.01 * t["two"]), NAMES, "v")
    assert importance.index[0] == "one" and importance["one"] > 0.8 and importance.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda table: table.iloc[:-1], "15 points"),
        (lambda table: pd.concat([table, table.iloc[:1]]), "15 points"),
        (lambda table: table.drop(columns="two"), "'two'"),
        (lambda table: table.drop(columns=["accuracy_1", "accuracy_2"]), "'accuracy_1'"),
    ],
)
def test_a_table_that_is_no_grid_is_refused(change, word):
    with pytest.raises(ParameterError, match=word):
        replay.replay(change(grid_table()), NAMES, sampler="random", budget=4)
