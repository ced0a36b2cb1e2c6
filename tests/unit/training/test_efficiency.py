"""What a training costs: counts against the counter itself, and cached states against the whole model."""

import copy
from functools import partial

import pytest
import torch
from builders import build_model, build_texts
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

from talentlab import evaluation, models, training
from talentlab.training.efficiency import Counted, KeptForBackward, cache_states, count_flops, only_above


def checkpointed_forward(forward):
    return lambda *args, **named: checkpoint(partial(forward, **named), *args, use_reentrant=True)


def counted_by_torch(model, batch, trains=True):
    batch = {name: x for name, x in batch.items() if name != "labels"}
    with FlopCounterMode(display=False) as counter, torch.set_grad_enabled(trains):
        logits = model(**batch).logits
        if trains:
            logits.sum().backward()
    return counter.get_total_flops()


@pytest.mark.parametrize("frozen", ["none", "layers:1", "all_but_head"])
@pytest.mark.parametrize("trains", [True, False])
def test_flops_of_any_shape_are_those_of_the_counter(frozen, trains):
    model, texts = models.freeze(build_model(), frozen), build_texts(5)
    batch = texts.collate([texts[i] for i in range(5)])
    rows, tokens = batch["input_ids"].shape
    assert count_flops(model, texts, trains=trains)(rows, tokens) == counted_by_torch(model, batch, trains)


def test_flops_are_two_per_weight_and_token_forward_and_the_attention():
    """2 layers of 4·32² + 2·32·64 weights; scores and mixtures 2·(2·T²·32); pooler and head once per text."""
    model, texts = build_model(), build_texts(1)
    weights = 2 * (4 * 32**2 + 2 * 32 * 64)
    expected = 2 * weights * 10 + 2 * 2 * 2 * 10**2 * 32 + 2 * 32**2 + 2 * 32 * 2
    assert count_flops(model, texts, trains=False)(1, 10) == expected


def test_a_frozen_model_costs_less_and_keeps_its_weights():
    texts = build_texts(2)
    costs = [count_flops(models.freeze(build_model(), parts), texts)(1, 10) for parts in ("none", "layers:1")]
    assert costs[1] < costs[0]
    model = build_model()
    before = copy.deepcopy(model.state_dict())
    count_flops(model, texts)
    assert all(torch.equal(x, before[name]) for name, x in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())


def test_counted_notes_shapes_and_mixes_lengths_when_asked():
    texts = build_texts(12)
    batches = {grouped: Counted(texts, grouped) for grouped in (True, False)}
    for counted in batches.values():
        training.fit(build_model(), counted, num_epochs=1, batch_size=4)
        assert sum(rows for rows, _ in counted.shapes) == 12
    assert set(batches[False].lengths) == {max(texts.lengths)} and batches[True].lengths == texts.lengths
    positions = {grouped: sum(b * t for b, t in counted.shapes) for grouped, counted in batches.items()}
    assert sum(texts.lengths) <= positions[True] < positions[False]


def test_kept_bytes_of_one_product():
    layer, x = torch.nn.Linear(3, 2, bias=False), torch.ones(5, 3)
    with KeptForBackward(layer) as kept:
        y = layer(x)
        assert kept.now == 5 * 3 * 4  # the input, in fp32; the weight is a parameter
        y.sum().backward()
    del y
    assert (kept.now, kept.peak) == (0, 60)


def test_memory_that_two_operations_keep_counts_once():
    x = torch.ones(10, requires_grad=True)
    with KeptForBackward(torch.nn.Linear(1, 1)) as kept:
        hidden = x * 1  # keeps nothing of its own
        both = hidden * hidden
        assert kept.now == 40
    del hidden, both
    assert kept.now == 0


def test_checkpointing_keeps_less_and_changes_no_gradient():
    texts = build_texts(8, length=16)
    batch = texts.collate([texts[i] for i in range(8)])
    found = {}
    for checkpointed in (False, True):
        model = build_model(num_hidden_layers=6).train()
        if checkpointed:
            for layer in model.base_model.encoder.layer:
                layer.forward = checkpointed_forward(layer.forward)
        with KeptForBackward(model) as kept:
            model(**batch).loss.backward()
        assert kept.now == 0
        found[checkpointed] = kept.peak, [p.grad for p in model.parameters()]
    assert found[True][0] < 0.6 * found[False][0]
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(found[False][1], found[True][1], strict=True))


def test_cached_states_give_the_whole_models_logits():
    model, texts = build_model(), build_texts(9)
    whole = evaluation.predict(model, texts, precision="fp32")
    cached = cache_states(model, texts, 1, precision="fp32")
    with only_above(model, 1) as upper:
        assert evaluation.predict(upper, cached, precision="fp32") == pytest.approx(whole, abs=1e-6)
    assert (evaluation.predict(model, texts, precision="fp32") == whole).all()
    assert cached.flops > 0 and cached.lengths == texts.lengths


def test_training_above_trains_the_model_there_and_nowhere_else():
    model, texts = build_model(), build_texts(16)
    before = copy.deepcopy(model.state_dict())
    cached = cache_states(model, texts, 1)
    with only_above(model, 1) as upper:
        training.fit(upper, cached, num_epochs=1, batch_size=8)
    changed = {models.part_of(n) for n, x in model.state_dict().items() if not torch.equal(x, before[n])}
    assert "layer 1" in changed and not changed & {"embeddings", "layer 0"}
