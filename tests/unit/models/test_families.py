"""Do freezing, counting, positions, padding and saving hold for models that are not BERT?"""

import numpy as np
import pytest
import torch
from families import FAMILIES, POSITIONS, TEXTS, build_family

from talentlab.data.batching import tokenize
from talentlab.errors import ModelError
from talentlab.evaluation.metrics import predict
from talentlab.models.adapters import add_lora
from talentlab.models.families import agree_on_padding, freeze, parameter_census, parts_of, usable_positions
from talentlab.models.pretrained import load_pretrained, save_model
from talentlab.training.loop import fit
from talentlab.training.optimizers import build_adamw

LABELS = [1, 0, 1, 0, 1, 0, 1]
ABOVE = {"bert": "pooler", "albert": "pooler", "modernbert": "final_norm", "gpt2": "ln_f", "qwen2": "norm"}
SHARED = {  # what is found outside the layers, beside tables of words and positions and their norm
    "mpnet": "mpnet.encoder.relative_attention_bias.weight", "deberta-v2": "deberta.encoder.rel_embeddings.weight",
    "albert": "albert.encoder.embedding_hidden_mapping_in.weight", "electra": "electra.embeddings_project.weight",
    "gpt2": "transformer.wpe.weight",
}  # fmt: skip
every_family = pytest.mark.parametrize("family", FAMILIES)


@every_family
def test_the_census_has_the_parts_that_the_family_has(family):
    _, model = build_family(family)
    census, layers = parameter_census(model), ["layer 0"] if family == "albert" else ["layer 0", "layer 1"]
    assert list(census.index) == ["embeddings", *layers, *filter(None, [ABOVE.get(family)]), "head", "total"]
    assert census.at["total", "total"] == sum(p.numel() for p in model.parameters())
    head = [p for module in model.children() if module is not model.base_model for p in module.parameters()]
    assert census.at["head", "total"] == sum(p.numel() for p in head) > 0
    if family in SHARED:
        assert parts_of(model)[SHARED[family]] == "embeddings"


@every_family
@pytest.mark.parametrize("parts", ["word_embeddings", "embeddings", "layers:1", "all_but_head"])
def test_what_is_frozen_stays_and_the_rest_trains(family, parts):
    """Seen from outside: after a training, which weights are others?"""
    tokenizer, model = build_family(family)
    agree_on_padding(tokenizer, model)
    freeze(model, parts)
    before, of = {name: p.detach().clone() for name, p in model.named_parameters()}, parts_of(model)
    fit(model, tokenize(tokenizer, TEXTS[:6], LABELS[:6], POSITIONS), num_epochs=2, batch_size=3, learning_rate=1e-3)
    changed = {name for name, p in model.named_parameters() if not torch.equal(p, before[name])}
    table = next(name for name, p in model.named_parameters() if p is model.get_input_embeddings().weight)
    still = {
        "word_embeddings": {table},
        "embeddings": {name for name in of if of[name] == "embeddings"},
        "layers:1": {name for name in of if of[name] in ("embeddings", "layer 0")},
        "all_but_head": {name for name in of if of[name] != "head"},
    }[parts]
    assert not changed & still
    # an additive bias of keys changes no attention, nor do types and distances that these texts do not have
    idle = {name for name in of if "key" in name or ".k." in name or "k_" in name}
    assert of.keys() - still - idle <= changed


@every_family
def test_a_family_is_trained_saved_and_read_again_to_the_last_bit(family, tmp_path):
    tokenizer, model = build_family(family)
    agree_on_padding(tokenizer, model)
    model.set_attn_implementation("eager")  # as it is read again
    texts = tokenize(tokenizer, TEXTS, LABELS, usable_positions(model))
    assert max(texts.lengths) == POSITIONS  # the longest text is cut there, and is read
    fit(model, texts, num_epochs=1, batch_size=4, precision="fp32")
    expected = predict(model, texts, precision="fp32")
    folder = save_model(tmp_path / "model", tokenizer, model)
    assert len({path.stat().st_mode for path in folder.iterdir()}) == 1  # the weights as their neighbours
    again, found = load_pretrained(str(folder))
    assert type(found) is type(model) and again.pad_token_id == tokenizer.pad_token_id == found.config.pad_token_id
    same = tokenize(again, TEXTS, LABELS, usable_positions(found))
    assert same.input_ids == texts.input_ids
    assert np.array_equal(predict(found, same, precision="fp32"), expected)


@every_family
def test_a_longer_text_than_there_are_positions_is_refused_in_words(family):
    tokenizer, model = build_family(family)
    agree_on_padding(tokenizer, model)
    with pytest.raises(ModelError, match=f"with {POSITIONS} positions"):
        predict(model, tokenize(tokenizer, TEXTS, LABELS, POSITIONS + 1))


@every_family
def test_deeper_layers_learn_at_a_lower_rate(family):
    _, model = build_family(family)
    of, factors = parts_of(model), {}
    for group in build_adamw(model, 0.1, 0.5).param_groups:
        factors |= {id(p): group["rate_factor"] for p in group["params"]}
    depth = len({part for part in of.values() if part.startswith("layer")})
    expected = {"embeddings": 0.5 ** (depth + 1)} | {f"layer {k}": 0.5 ** (depth - k) for k in range(depth)}
    assert all(factors[id(model.get_parameter(name))] == expected.get(part, 1) for name, part in of.items())


@pytest.mark.parametrize("family", ["gpt2", "qwen2"])
def test_a_model_that_names_no_padding_gets_one_when_it_is_loaded(family, tmp_path):
    """As it comes from the Hub: without, a batch of two texts is refused by transformers."""
    tokenizer, model = build_family(family)
    tokenizer.save_pretrained(tmp_path)
    model.save_pretrained(tmp_path)
    tokenizer, model = load_pretrained(str(tmp_path))
    assert tokenizer.pad_token == "<|endoftext|>" and model.config.pad_token_id == tokenizer.pad_token_id
    texts = tokenize(tokenizer, ["", *TEXTS[:2]], [0, 0, 0], POSITIONS)
    together = predict(model, texts, precision="fp32", batch_size=3)
    assert np.abs(together - predict(model, texts, precision="fp32", batch_size=1)).max() < 1e-5
    tokenizer.pad_token = tokenizer.eos_token = None
    with pytest.raises(ValueError, match="neither"):
        agree_on_padding(tokenizer, model)


def test_a_wrapped_model_has_the_same_parts():
    model = build_family("roberta")[1]
    wrapped = parts_of(torch.nn.ModuleDict({"inside": model}))
    assert wrapped == {f"inside.{name}": part for name, part in parts_of(model).items()}
    lora = {name.replace("base_model.model.", ""): part for name, part in parts_of(add_lora(model)).items()}
    assert {part for name, part in lora.items() if "lora_A" in name} == {"layer 0", "layer 1"}
