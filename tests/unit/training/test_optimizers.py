"""Groups of AdamW: which parameters decay, and at what share of the rate each layer moves."""

import pytest
import torch
from builders import build_model, build_texts

from talentlab.errors import TrainingError
from talentlab.models.families import freeze, part_of
from talentlab.training.loop import fit
from talentlab.training.optimizers import build_adamw


def factors(model, layer_decay):
    groups = build_adamw(model, 0.1, layer_decay).param_groups
    of = {id(p): group for group in groups for p in group["params"]}
    return {name: of[id(p)] for name, p in model.named_parameters() if p.requires_grad}


def test_each_layer_has_its_share_of_the_rate_and_only_matrices_decay():
    model = build_model()
    depth = model.config.num_hidden_layers
    expected = {"embeddings": 0.5 ** (depth + 1), "pooler": 1.0, "head": 1.0}
    expected |= {f"layer {k}": 0.5 ** (depth - k) for k in range(depth)}
    for name, group in factors(model, 0.5).items():
        assert group["rate_factor"] == pytest.approx(expected[part_of(name)]), name
        assert group["weight_decay"] == (0.1 if model.get_parameter(name).ndim >= 2 else 0.0), name


def test_without_layer_decay_there_are_the_usual_two_groups():
    assert [group["rate_factor"] for group in build_adamw(build_model(), 0.1).param_groups] == [1.0, 1.0]


def test_freezing_does_not_change_the_shares_of_the_rest():
    whole, top = factors(build_model(), 0.5), factors(freeze(build_model(), "layers:1"), 0.5)
    assert top and all(group["rate_factor"] == whole[name]["rate_factor"] for name, group in top.items())


def test_lower_layers_move_less_by_their_factor():
    """AdamW's first step has the length of the rate, whatever the gradient."""
    model = build_model()
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    fit(model, build_texts(4), num_epochs=1, batch_size=4, weight_decay=0.0, layer_decay=0.1,
        learning_rate=1e-3, precision="fp32")  # fmt: skip
    moved = {part_of(name): 0.0 for name in before}
    for name, p in model.named_parameters():
        moved[part_of(name)] = max(moved[part_of(name)], (p - before[name]).abs().max().item())
    last = model.config.num_hidden_layers - 1
    assert moved[f"layer {last}"] / moved["head"] == pytest.approx(0.1, rel=0.05)
    assert moved["embeddings"] / moved[f"layer {last}"] == pytest.approx(0.1 ** (last + 1), rel=0.05)


@pytest.mark.parametrize("layer_decay", [0.0, 1.5, -1, float("nan")])
def test_a_share_outside_0_to_1_is_refused(layer_decay):
    with pytest.raises(TrainingError, match="layer_decay"):
        fit(build_model(), build_texts(4), layer_decay=layer_decay)


def test_the_optimizer_is_fused_and_moves_nothing_until_it_is_given_a_rate():
    defaults = build_adamw(build_model(), 0.1).defaults
    assert defaults["fused"] is True and defaults["lr"] == 0


def test_any_model_will_do_without_layers():
    groups = build_adamw(torch.nn.Linear(3, 2), 0.1, 0.5).param_groups
    assert [group["rate_factor"] for group in groups] == [1.0, 1.0]
