"""LoRA and bottleneck adapters: what trains, how they start, saving and loading, merging."""

from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers import BertForMaskedLM

from talentlab import evaluation, models, training
from talentlab.errors import CheckpointError, ModelError
from talentlab.models.adapters import (
    WEIGHTS,
    Bottleneck,
    add_bottleneck,
    add_lora,
    load_adapter,
    merge_lora,
    save_adapter,
)

ADD = {"lora": lambda model: add_lora(model, 4, 8), "bottleneck": lambda model: add_bottleneck(model, 8)}
HIDDEN, LAYERS, HEAD = 32, 2, 32 * 32 + 32 + 32 * 2 + 2  # of conftest's model; the pooler counts as head


@pytest.fixture(params=sorted(ADD))
def add(request):
    return ADD[request.param]


@pytest.fixture(params=["plain", "minilm"])
def build(request, tiny_model):
    """A BertForSequenceClassification, and the bundled MeanPooledBert."""
    if request.param == "plain":
        return tiny_model
    return lambda **options: models.load_pretrained("minilm", **options)[1].eval()


def logits_of(model, data):
    return evaluation.predict(model, data, precision="fp32")


def shake(model, scale=0.1):
    """As if trained: every trainable number moves."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter += scale * torch.randn_like(parameter)
    return model


def test_both_keep_the_class_and_start_near_the_identity(add, build, tiny_texts):
    plain, adapted, data = build(), add(build()), tiny_texts(6)
    assert type(adapted) is type(plain)
    assert abs(logits_of(adapted, data) - logits_of(plain, data)).max() < 1e-2


def test_lora_starts_at_exactly_the_pretrained_answers(tiny_model, tiny_texts):
    data = tiny_texts(6)
    assert (logits_of(add_lora(tiny_model()), data) == logits_of(tiny_model(), data)).all()


@pytest.mark.parametrize("r", [1, 8])
def test_lora_trains_two_thin_matrices_per_target_and_the_head(tiny_model, r):
    census = models.parameter_census(add_lora(tiny_model(), r))
    assert census.at["layer 0", "trainable"] == 2 * (r * HIDDEN + HIDDEN * r)
    assert census.at["embeddings", "trainable"] == 0
    assert census.at["total", "trainable"] == LAYERS * 4 * r * HIDDEN + HEAD


@pytest.mark.parametrize("size", [1, 8])
def test_bottlenecks_train_with_the_layer_norms_and_the_head(tiny_model, size):
    census = models.parameter_census(add_bottleneck(tiny_model(), size))
    adapter, norm = 2 * HIDDEN * size + size + HIDDEN, 2 * HIDDEN
    assert census.at["layer 1", "trainable"] == 2 * (adapter + norm)
    assert census.at["embeddings", "trainable"] == norm
    assert census.at["total", "trainable"] == LAYERS * 2 * (adapter + norm) + norm + HEAD


def test_a_bottleneck_stands_after_both_sub_layers(tiny_model):
    names = {name for name, module in add_bottleneck(tiny_model(), 4).named_modules() if isinstance(module, Bottleneck)}
    expected = {f"bert.encoder.layer.{k}.{end}.dense" for k in range(2) for end in ("attention.output", "output")}
    assert names == expected


def test_a_masked_language_head_gets_no_bottleneck_though_it_has_the_same_parts(tiny_model):
    model = add_bottleneck(BertForMaskedLM(tiny_model().config), 4)
    assert not isinstance(model.cls.predictions.transform.dense, Bottleneck)
    assert sum(isinstance(module, Bottleneck) for module in model.modules()) == 2 * LAYERS


def test_a_bottleneck_computes_its_formula():
    layer = shake(Bottleneck(torch.nn.Linear(5, 6), 2), 1.0)
    x = torch.randn(3, 5)
    hidden = layer.base(x)
    inner = hidden @ layer.down.weight.T + layer.down.bias
    inner = 0.5 * inner * (1 + torch.erf(inner / 2**0.5))
    torch.testing.assert_close(layer(x), hidden + inner @ layer.up.weight.T + layer.up.bias)


def test_lora_scales_its_product_by_alpha_over_r(tiny_model):
    model = shake(add_lora(tiny_model(), 4, 2))
    query = model.bert.encoder.layer[0].attention.self.query
    x = torch.randn(3, HIDDEN)
    product = query.lora_B["default"].weight @ query.lora_A["default"].weight
    torch.testing.assert_close(query(x), query.base_layer(x) + (2 / 4) * x @ product.T)


def test_fit_moves_what_trains_and_nothing_else(add, tiny_model, tiny_texts):
    model, data = models.set_dropout(add(tiny_model()), 0.1), tiny_texts(64)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    training.fit(model, data, num_epochs=1, learning_rate=1e-2, precision="fp32")
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, before[name]) is not parameter.requires_grad, name


def test_the_seed_chooses_the_weights(add, tiny_model):
    seeded = {"lora": add_lora, "bottleneck": add_bottleneck}["lora" if add is ADD["lora"] else "bottleneck"]
    first, same, other = (dict(seeded(tiny_model(), 4, seed=s).named_parameters()) for s in (0, 0, 1))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_a_saved_adapter_answers_as_before_on_fresh_weights(add, build, tiny_texts, tmp_path):
    model, data = shake(add(build())), tiny_texts(6)
    folder = save_adapter(tmp_path / "new" / "adapter", model)
    fresh = build()
    torch.nn.init.normal_(fresh.classifier.weight)  # as fresh heads differ: the file's replaces it
    reloaded = load_adapter(folder, fresh)
    assert (logits_of(reloaded, data) == logits_of(model, data)).all()
    trainable = models.parameter_census(model).at["total", "trainable"]
    assert 4 * trainable < (folder / WEIGHTS).stat().st_size < 4 * trainable + 20_000  # fp32, and the names
    assert models.parameter_census(reloaded).equals(models.parameter_census(model))
    settings = ["adapter_config.json"] if add is ADD["lora"] else []
    assert sorted(p.name for p in folder.iterdir()) == [*settings, WEIGHTS]  # nothing half written is left


def test_the_file_keeps_rank_scale_and_targets(tiny_model, tiny_texts, tmp_path):
    model = shake(add_lora(tiny_model(), 3, 5.5, targets=["key", "value"]))
    reloaded = load_adapter(save_adapter(tmp_path / "a", model), tiny_model())
    assert (logits_of(reloaded, tiny_texts(4)) == logits_of(model, tiny_texts(4))).all()


def test_who_may_read_the_run_may_read_the_adapter(tiny_model, tmp_path):
    (tmp_path / "neighbour").touch()
    save_adapter(tmp_path / "adapter", add_lora(tiny_model()))
    assert {file.stat().st_mode for file in (tmp_path / "adapter").iterdir()} == {
        (tmp_path / "neighbour").stat().st_mode
    }


def test_the_file_holds_nothing_of_the_frozen_model(add, tiny_model, tmp_path):
    with safe_open(save_adapter(tmp_path / "a", add(tiny_model())) / WEIGHTS, framework="pt") as file:
        names = {name.removeprefix("base_model.model.") for name in file.keys()}  # noqa: SIM118
    assert names and not [name for name in names if "word_embeddings" in name or "base" in name]


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
def test_peft_reads_and_merges_a_saved_lora_to_the_same_answers(build, tiny_texts, tmp_path):
    """Whoever gets the folder needs nothing of ours."""
    model, data = shake(add_lora(build(), 3, 5.5, targets=["key", "value"])), tiny_texts(6)
    folder, expected = save_adapter(tmp_path / "a", model), logits_of(model, data)
    theirs = PeftModel.from_pretrained(build(), folder)
    assert (logits_of(theirs.get_base_model(), data) == expected).all()
    merged, ours = theirs.merge_and_unload(), merge_lora(model)
    assert type(merged) is type(ours)
    for (name, parameter), (own_name, own) in zip(merged.named_parameters(), ours.named_parameters(), strict=True):
        assert name == own_name and torch.equal(parameter, own)


def test_a_folder_that_is_written_again_holds_the_last_adapter(tiny_model, tiny_texts, tmp_path):
    for method in ("bottleneck", "lora", "bottleneck"):
        model = shake(ADD[method](tiny_model()))
        reloaded = load_adapter(save_adapter(tmp_path / "a", model), tiny_model())
        assert (logits_of(reloaded, tiny_texts(4)) == logits_of(model, tiny_texts(4))).all()
    assert [p.name for p in (tmp_path / "a").iterdir()] == [WEIGHTS]  # no settings of the LoRA before


def test_merged_lora_is_the_plain_model_with_the_same_logits(build, tiny_texts, tmp_path):
    model, data = shake(add_lora(build(), 4, 8)), tiny_texts(6)
    expected, plain = logits_of(model, data), build()
    merged = merge_lora(model)
    assert [name for name, _ in merged.named_parameters()] == [name for name, _ in plain.named_parameters()]
    assert abs(logits_of(merged, data) - expected).max() < 1e-4
    assert abs(expected - logits_of(plain, data)).max() > 1e-2  # the merge had something to do


def test_a_merged_model_is_saved_and_loaded_like_any_other(tiny_texts, tmp_path):
    tokenizer, model = models.load_pretrained("minilm")
    merged = merge_lora(shake(add_lora(model)))
    models.save_model(tmp_path, tokenizer, merged)
    _, reloaded = models.load_pretrained(str(tmp_path))
    assert (logits_of(reloaded, tiny_texts(4)) == logits_of(merged, tiny_texts(4))).all()
    add_lora(merged)  # and takes a new adapter


@pytest.mark.parametrize("method", sorted(ADD))
def test_an_unmerged_model_saved_as_a_whole_is_refused_on_loading(method, tmp_path):
    """Better than loading it without its adapter, which would answer something else."""
    tokenizer, model = models.load_pretrained("minilm")
    models.save_model(tmp_path, tokenizer, ADD[method](model))
    with pytest.raises(ModelError, match="weights of the encoder are missing"):
        models.load_pretrained(str(tmp_path))


@pytest.mark.parametrize(
    "call",
    [
        lambda m: add_lora(m, 0),
        lambda m: add_lora(m, 33),
        lambda m: add_lora(m, 2.5),
        lambda m: add_lora(m, alpha=0),
        lambda m: add_lora(m, alpha=float("nan")),
        lambda m: add_lora(m, targets=["nothing"]),
        lambda m: add_bottleneck(m, 0),
        lambda m: add_bottleneck(m, 33),
        lambda m: add_bottleneck(m, "8"),
        lambda m: add_lora(add_bottleneck(m, 4)),
        lambda m: add_bottleneck(add_lora(m), 4),
        lambda m: add_lora(add_lora(m)),
        lambda m: merge_lora(m),
        lambda m: merge_lora(add_bottleneck(m, 4)),
    ],
)
def test_what_makes_no_sense_is_refused(tiny_model, call):
    with pytest.raises(ModelError, match="what to do"):
        call(tiny_model())


def test_a_refused_setting_leaves_the_model_as_it_was(tiny_model):
    model = tiny_model()
    with pytest.raises(ModelError):
        add_lora(model, 0)
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_a_model_without_adapter_cannot_be_saved_as_one(tiny_model, tmp_path):
    with pytest.raises(ModelError, match="without an adapter"):
        save_adapter(tmp_path / "a", tiny_model())


def test_other_weights_other_heads_and_damaged_files_are_refused(add, tiny_model, tmp_path):
    folder = save_adapter(tmp_path / "a", add(tiny_model()))
    for other in (tiny_model(seed=1), tiny_model(num_labels=3), tiny_model(num_hidden_layers=1)):
        with pytest.raises(CheckpointError, match="does not fit"):
            load_adapter(folder, other)
    weights = (folder / WEIGHTS).read_bytes()
    for damage in (b"", weights[:50], weights[:-4]):
        (folder / WEIGHTS).write_bytes(damage)
        with pytest.raises(CheckpointError, match="no readable adapter"):
            load_adapter(folder, tiny_model())
    with pytest.raises(CheckpointError, match="no readable adapter"):
        load_adapter(tmp_path / "missing", tiny_model())


@pytest.mark.parametrize("settings", ["", "{", "[]", "{}", '{"r": 4, "lora_alpha": 8}', None])
def test_damaged_settings_of_a_lora_are_told_in_words(tiny_model, tmp_path, monkeypatch, settings):
    monkeypatch.chdir(tmp_path)  # "owner/name" could as well be a name on the Hub, which nobody asks
    folder = save_adapter(Path("owner") / "name", add_lora(tiny_model()))
    (folder / "adapter_config.json").unlink()
    if settings is not None:
        (folder / "adapter_config.json").write_text(settings)
    with pytest.raises(CheckpointError, match="no readable adapter"):
        load_adapter(folder, tiny_model())


def test_weights_of_elsewhere_are_refused(tiny_model, tmp_path):
    """A folder of peft's own does not say which pretrained weights it belongs to."""
    folder = save_adapter(tmp_path / "a", add_lora(tiny_model()))
    save_file(load_file(folder / WEIGHTS), folder / WEIGHTS)
    with pytest.raises(CheckpointError, match="no readable adapter"):
        load_adapter(folder, tiny_model())
