"""Votes, weights, stacking, soups and diversity: values worked out by hand, and properties that make them useful."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from talentlab import ensembling, evaluation, training
from talentlab.errors import EnsembleError


@pytest.fixture
def three_members():
    """Probabilities [3, 2, 3]: votes of the first text 0, 0, 1, of the second 0, 1, 2."""
    return np.array(
        [
            [[0.4, 0.35, 0.25], [0.5, 0.3, 0.2]],
            [[0.4, 0.35, 0.25], [0.1, 0.8, 0.1]],
            [[0.0, 1.0, 0.0], [0.2, 0.2, 0.6]],
        ]
    )


def draw_members(rows: int, skills: list[float], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels [N] and probabilities [M, N, 2] of calibrated members that see the truth through noise of their own."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(2, size=rows)
    evidence = np.array([(2 * labels - 1) * s**2 / 2 * 4 + 2 * s * generator.normal(size=rows) for s in skills])
    positive = 1 / (1 + np.exp(-evidence))  # log-odds with mean 2s² and variance 4s²: the posterior is the sigmoid
    return labels, np.stack([1 - positive, positive], axis=2)


def test_a_soft_vote_is_the_mean_and_a_hard_vote_the_majority(three_members):
    soft = ensembling.soft_vote(three_members)
    assert soft == pytest.approx(np.array([[0.8, 1.7, 0.5], [0.8, 1.3, 0.9]]) / 3)
    # the first text: two of three say 0 though the mean says 1; the second: one vote each, the mean decides
    assert ensembling.hard_vote(three_members).tolist() == [0, 1] and soft.argmax(1).tolist() == [1, 1]


def test_weights_are_scaled_and_zero_leaves_a_member_out(three_members):
    assert ensembling.soft_vote(three_members, [0, 5, 0]) == pytest.approx(three_members[1])
    assert ensembling.soft_vote(three_members, [3, 1, 0]) == pytest.approx(
        0.75 * three_members[0] + 0.25 * three_members[1]
    )


def test_the_log_loss_of_the_mean_is_at_most_the_mean_log_loss():
    for seed in range(5):
        labels, probs = draw_members(50, [0.2, 0.5, 1.0], seed)
        assert log_loss(labels, ensembling.soft_vote(probs)) <= np.mean([log_loss(labels, p) for p in probs])


def test_fitted_weights_leave_nothing_to_gain():
    """At the optimum the mean of p_member / p_mixture is 1 for each member with a weight, and below for the others."""
    labels, probs = draw_members(400, [0.3, 0.6, 0.45])
    contrary = np.where(np.arange(400)[:, None] % 2, probs[1], probs[1, :, ::-1])  # right on every second row
    members = np.stack([*probs, contrary])
    weights = ensembling.fit_weights(labels, members)
    given = members[:, np.arange(400), labels]
    gain = (given / (weights @ given)).mean(1)
    assert gain[weights > 1e-6] == pytest.approx(1, abs=1e-4) and (gain < 1 + 1e-4).all()
    assert weights[1] > 0.3 and weights[3] < 1e-6
    assert weights.sum() == pytest.approx(1) and (weights >= 0).all()


def test_weights_can_be_fitted_to_certain_members_and_without_one_of_the_classes():
    """A probability of 0 for the truth counts as one in a million: the member that is never so wrong has the weight."""
    certain, careful = [[1, 0, 0], [1, 0, 0], [0, 1, 0]], [[0.6, 0.4, 0], [0.4, 0.6, 0], [0.2, 0.8, 0]]
    weights = ensembling.fit_weights([0, 1, 1], [certain, careful])
    # of one row each: log(w + 0.6 (1 - w)) + log(0.6 (1 - w)) + log(w + 0.8 (1 - w)) falls with w already at 0
    assert weights == pytest.approx([0, 1], abs=1e-4)
    assert ensembling.fit_weights([0, 0], [[[0, 1], [0, 1]], [[0, 1], [0, 1]]]).sum() == pytest.approx(1)


def test_a_member_that_guesses_gets_no_weight_and_copies_share_it():
    labels, probs = draw_members(400, [0.7])
    guesses = np.random.default_rng(1).dirichlet([1, 1], size=400)
    weights = ensembling.fit_weights(labels, [probs[0], guesses])
    assert weights[0] > 0.9
    assert log_loss(labels, ensembling.soft_vote([probs[0]] * 3, ensembling.fit_weights(labels, [probs[0]] * 3))) == (
        pytest.approx(log_loss(labels, probs[0]))
    )


def test_a_leaky_stack_trusts_the_memoriser_and_a_leak_free_one_does_not():
    generator = np.random.default_rng(2)
    signal = generator.normal(size=(600, 3))
    labels = (signal.sum(1) + generator.normal(size=600) > 0).astype(int)
    train, test = np.arange(300), np.arange(300, 600)

    def memorise(train_rows, rows):  # certain of what it saw, a guess elsewhere
        guess = generator.random(len(rows))
        positive = np.where(np.isin(rows, train_rows), 0.98 * labels[rows] + 0.01, guess)
        return np.stack([1 - positive, positive], axis=1)

    def learn(train_rows, rows):
        return LogisticRegression().fit(signal[train_rows], labels[train_rows]).predict_proba(signal[rows])

    def out_of_fold(member):
        parts = [(np.delete(train, rows), rows) for rows in np.split(train, 3)]
        return np.concatenate([member(others, rows) for others, rows in parts])

    members = [memorise, learn]
    on_test = np.stack([member(train, test) for member in members])
    clean = np.stack([out_of_fold(member) for member in members])
    leaky = np.stack([member(train, train) for member in members])
    accuracy = {
        name: np.mean(ensembling.stack(ensembling.fit_stack(labels[train], probs), on_test).argmax(1) == labels[test])
        for name, probs in {"clean": clean, "leaky": leaky}.items()
    }
    assert accuracy["clean"] > 0.75 and accuracy["leaky"] < accuracy["clean"] - 0.1


def test_stacking_mends_an_over_confident_member():
    labels, probs = draw_members(2000, [0.4, 0.4])
    sharp = probs**4 / (probs**4).sum(2, keepdims=True)
    half = slice(0, 1000), slice(1000, 2000)
    model = ensembling.fit_stack(labels[half[0]], sharp[:, half[0]])
    stacked = ensembling.stack(model, sharp[:, half[1]])
    assert (
        log_loss(labels[half[1]], stacked) < log_loss(labels[half[1]], ensembling.soft_vote(sharp[:, half[1]])) - 0.02
    )


def test_certain_members_can_be_stacked():
    """A probability of 0 would be a coefficient times minus infinity."""
    labels = np.array([0, 1] * 5)
    certain = np.eye(2)[labels][None]
    stacked = ensembling.stack(ensembling.fit_stack(labels, certain), certain)
    assert np.isfinite(stacked).all() and (stacked.argmax(1) == labels).all()


def test_one_snapshot_is_one_training_with_seed_0(tiny_model, tiny_texts):
    settings = {"num_epochs": 1, "batch_size": 8, "precision": "fp32"}
    (one,) = ensembling.snapshots(tiny_model(), tiny_texts(16), cycles=1, **settings)
    expected = tiny_model()
    training.fit(expected, tiny_texts(16), seed=0, **settings)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), expected.parameters(), strict=True))


def test_snapshots_are_the_states_at_the_end_of_each_cycle(tiny_model, tiny_texts):
    settings = {"num_epochs": 1, "batch_size": 8, "precision": "fp32", "learning_rate": 1e-3}
    train, model = tiny_texts(16), tiny_model()
    first, second = ensembling.snapshots(model, train, cycles=2, seed=3, **settings)
    once = tiny_model()
    training.fit(once, train, seed=3, **settings)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), once.parameters(), strict=True))
    training.fit(once, train, seed=4, **settings)
    for a, b, c in zip(second.parameters(), once.parameters(), model.parameters(), strict=True):
        assert torch.equal(a, b) and torch.equal(a, c) and a is not c
    assert not torch.equal(first.classifier.weight, second.classifier.weight)


def test_a_soup_is_the_mean_of_the_weights_and_leaves_the_members_alone(tiny_model, tiny_texts):
    one, other = tiny_model(seed=0), tiny_model(seed=1)
    before = one.classifier.weight.detach().clone()
    soup = ensembling.average_weights([one, other])
    assert torch.allclose(soup.classifier.weight, (one.classifier.weight + other.classifier.weight) / 2)
    assert torch.equal(one.classifier.weight, before)
    data = tiny_texts(5)
    same = ensembling.average_weights([one, one, one])
    assert evaluation.predict(same, data) == pytest.approx(evaluation.predict(one, data), abs=1e-6)


def test_the_mean_of_the_weights_is_taken_in_double_precision():
    """(1e8 + 1 - 1e8) / 3: in single precision the 1 is lost."""
    members = [torch.nn.Linear(1, 1, bias=False) for _ in range(3)]
    for member, value in zip(members, (1e8, 1.0, -1e8), strict=True):
        torch.nn.init.constant_(member.weight, value)
    assert ensembling.average_weights(members).weight.item() == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("values", "score_of", "chosen"),
    [
        ((3.0, 1.0, 2.0), lambda value: value, [0]),  # each other lowers the mean: the best stays alone
        ((3.0, 1.0, 2.0), lambda value: 0.0, [0, 1, 2]),  # a score that does not fall is good enough
    ],
    ids=["alone", "ties"],
)
def test_a_greedy_soup_without_gain(values, score_of, chosen):
    members = [torch.nn.Linear(1, 1) for _ in values]
    for member, value in zip(members, values, strict=True):
        torch.nn.init.constant_(member.bias, value)
    soup, taken = ensembling.greedy_soup(members, lambda model: score_of(model.bias.item()))
    assert taken == chosen and soup.bias.item() == pytest.approx(np.mean([values[index] for index in chosen]))


def test_a_greedy_soup_takes_in_only_what_does_not_hurt(tiny_model):
    members = [tiny_model() for _ in range(3)]
    for member, value in zip(members, (1.0, 5.0, 2.0), strict=True):
        torch.nn.init.constant_(member.classifier.bias, value)

    def closeness(model):
        return -abs(model.classifier.bias.mean().item() - 1.6)

    soup, chosen = ensembling.greedy_soup(members, closeness)
    assert chosen == [2, 0] and soup.classifier.bias.mean().item() == pytest.approx(1.5)


def test_diversity_of_a_hand_made_pair():
    labels = [0, 0, 1, 1, 2, 2, 2, 2]
    one, other = [0, 1, 1, 0, 2, 2, 2, 0], [0, 1, 0, 2, 2, 2, 2, 2]  # wrong at 1 3 7, and at 1 2 3
    table = ensembling.diversity(labels, {"one": one, "other": other, "same": one})
    assert table.loc["one · other", "disagreement"] == 3 / 8  # rows 2, 3 and 7
    assert table.loc["one · other", "double_fault"] == 2 / 8
    assert table.loc["one · other", "error_correlation"] == pytest.approx((2 / 8 - 9 / 64) / (15 / 64))
    assert table.loc["one · same"].tolist() == pytest.approx([0, 3 / 8, 1])


def test_errors_that_are_none_or_all_correlate_with_nothing(recwarn):
    right, wrong, mixed = [0, 1, 1], [1, 0, 0], [0, 0, 1]
    table = ensembling.diversity(right, {"right": right, "wrong": wrong, "mixed": mixed})
    assert table["error_correlation"].isna().all() and len(recwarn) == 0
    assert table["double_fault"].tolist() == pytest.approx([0, 0, 1 / 3])
    assert ensembling.diversity(right, {"two": right, "are enough": mixed})["disagreement"].tolist() == [1 / 3]


GOOD = np.full((2, 4, 2), 0.5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ensembling.soft_vote(GOOD[0]), r"shape \(4, 2\)"),
        (lambda: ensembling.soft_vote([GOOD[0], GOOD[0, :3]]), r"\(4, 2\), \(3, 2\)"),
        (lambda: ensembling.hard_vote(GOOD * 3), "not distributions"),
        (lambda: ensembling.hard_vote(GOOD * 1.1), "not distributions"),
        (lambda: ensembling.hard_vote(np.full((2, 4, 2), np.nan)), "not distributions"),
        (lambda: ensembling.hard_vote(np.full((2, 4, 2), [1.5, -0.5])), "not distributions"),
        (lambda: ensembling.hard_vote(GOOD[:0]), r"shape \(0, 4, 2\)\."),
        (lambda: ensembling.hard_vote(np.ones((2, 4, 1))), r"shape \(2, 4, 1\)\."),
        (lambda: ensembling.hard_vote([[["a", "b"]]]), r"members of the shapes \[\(1, 2\)\]"),
        (lambda: ensembling.soft_vote(GOOD, [1, -1]), "weights="),
        (lambda: ensembling.soft_vote(GOOD, [1, np.nan]), "finite"),
        (lambda: ensembling.soft_vote(GOOD, [1, 1, 1]), "for 2 members"),
        (lambda: ensembling.soft_vote(GOOD, [0, 0]), "not all zero"),
        (lambda: ensembling.fit_weights([0, 1, 2, 1], GOOD), "one class from 0 to 1"),
        (lambda: ensembling.fit_weights([0, 1], GOOD), "2 labels"),
        (lambda: ensembling.fit_stack([0, 0, 0, 0], GOOD), "rows of each"),
        (lambda: ensembling.stack(ensembling.fit_stack([0, 1, 0, 1], GOOD), GOOD[:1]), r"2 columns"),
        (lambda: ensembling.average_weights([]), "No members"),
        (lambda: ensembling.greedy_soup([], lambda model: 0.0), "No members"),
        (lambda: ensembling.snapshots(torch.nn.Linear(1, 1), None, cycles=0), "cycles=0"),
        (lambda: ensembling.diversity([0, 1], {"one": [0, 1]}), "at least two members"),
        (lambda: ensembling.diversity([0, 1], {"a": [0, 1], "b": [0]}), "one answer per label"),
    ],
)
def test_what_cannot_be_combined_is_refused_with_what_to_do(call, words):
    with pytest.raises(EnsembleError, match=words) as caught:
        call()
    assert "what to do" in str(caught.value)


def test_models_of_unequal_shape_make_no_soup(tiny_model):
    with pytest.raises(EnsembleError, match="classifier"):
        ensembling.average_weights([tiny_model(), tiny_model(num_labels=3)])
    with pytest.raises(EnsembleError, match="differ"):
        ensembling.average_weights([tiny_model(), tiny_model(num_hidden_layers=1)])
