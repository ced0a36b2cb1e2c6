"""Do freezing, counting, adapters, dropout, positions, padding and saving hold for models that are not BERT?"""

import numpy as np
import pytest
import torch
from families import FAMILIES, POSITIONS, TEXTS, build_family
from peft.tuners.lora import LoraLayer
from torch import nn

from talentlab.data.batching import tokenize
from talentlab.errors import ModelError
from talentlab.evaluation.metrics import predict
from talentlab.models.adapters import Bottleneck, add_bottleneck, add_lora, load_adapter, merge_lora, save_adapter
from talentlab.models.dropout import ByteDropout, set_dropout
from talentlab.models.families import agree_on_padding, freeze, parameter_census, parts_of, usable_positions
from talentlab.models.pretrained import load_pretrained, save_model
from talentlab.training.efficiency import cache_states, only_above
from talentlab.training.loop import fit
from talentlab.training.optimizers import build_adamw

LABELS = [1, 0, 1, 0, 1, 0, 1]
ABOVE = {"bert": "pooler", "albert": "pooler", "modernbert": "final_norm", "gpt2": "ln_f", "qwen2": "norm"}
SHARED = {  # what is found outside the layers, beside tables of words and positions and their norm
    "mpnet": "mpnet.encoder.relative_attention_bias.weight", "deberta-v2": "deberta.encoder.rel_embeddings.weight",
    "albert": "albert.encoder.embedding_hidden_mapping_in.weight", "electra": "electra.embeddings_project.weight",
    "gpt2": "transformer.wpe.weight",
}  # fmt: skip
QUERY_AND_VALUE = {
    "mpnet": {"q", "v"}, "distilbert": {"q_lin", "v_lin"}, "deberta-v2": {"query_proj", "value_proj"},
    "qwen2": {"q_proj", "v_proj"}, "modernbert": {"Wqkv"}, "gpt2": {"c_attn"},  # the last two have one matrix for all
}  # fmt: skip
ENDS = {  # of both sub-layers
    "albert": {"dense", "ffn_output"}, "mpnet": {"o", "dense"}, "distilbert": {"out_lin", "lin2"},
    "modernbert": {"Wo"}, "gpt2": {"c_proj"}, "qwen2": {"o_proj", "down_proj"},
}  # fmt: skip
ATTENTION_DROPOUT = {"albert": "attention.attention_dropout", "gpt2": "attn.attn_dropout", "mpnet": "attn.dropout",
                     "distilbert": "attention.dropout", "modernbert": None, "qwen2": None}  # fmt: skip
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


def last_names(model, kind):
    return {name.rpartition(".")[2] for name, module in model.named_modules() if isinstance(module, kind)}


@every_family
@pytest.mark.parametrize("method", ["lora", "bottleneck"])
def test_adapters_find_their_places_train_alone_and_are_put_back(family, method, tmp_path):
    tokenizer, model = build_family(family)
    agree_on_padding(tokenizer, model)
    texts, add = tokenize(tokenizer, TEXTS, LABELS, POSITIONS), {"lora": add_lora, "bottleneck": add_bottleneck}[method]
    start = predict(model, texts, precision="fp32")
    add(model, 4)
    if method == "lora":
        assert last_names(model, LoraLayer) == QUERY_AND_VALUE.get(family, {"query", "value"})
        assert np.array_equal(predict(model, texts, precision="fp32"), start)
    else:
        assert last_names(model, Bottleneck) == ENDS.get(family, {"dense"})
        assert sum(isinstance(module, Bottleneck) for module in model.modules()) == (2 if family == "albert" else 4)
        assert 0 < np.abs(predict(model, texts, precision="fp32") - start).max() < 0.1
    of, before = parts_of(model), {name: p.detach().clone() for name, p in model.named_parameters()}
    own = ("lora_",) if method == "lora" else (".up.", ".down.", "norm", "ln_")
    fit(model, texts, num_epochs=3, batch_size=4, learning_rate=1e-2, precision="fp32")
    for name, parameter in model.named_parameters():
        inside = of[name] == "embeddings" or of[name].startswith("layer ")
        assert parameter.requires_grad == (not inside or any(part in name.lower() for part in own)), name
        assert parameter.requires_grad or torch.equal(parameter, before[name]), name
    trained = predict(model, texts, precision="fp32")
    assert np.abs(trained - start).max() > 0.05
    again = load_adapter(save_adapter(tmp_path, model), build_family(family)[1])
    agree_on_padding(tokenizer, again)
    assert np.array_equal(predict(again, texts, precision="fp32"), trained)
    if method == "lora":
        assert np.abs(predict(merge_lora(model), texts, precision="fp32") - trained).max() < 1e-4
        assert dict(model.named_parameters()).keys() == dict(build_family(family)[1].named_parameters()).keys()


@every_family
def test_dropout_is_set_where_the_family_has_it(family):
    tokenizer, model = build_family(family)
    agree_on_padding(tokenizer, model)
    texts = tokenize(tokenizer, TEXTS, LABELS, POSITIONS)
    batch = texts.collate([texts[i] for i in range(4)])
    own = ATTENTION_DROPOUT.get(family, "attention.self.dropout")

    def disturbed(p, attention_p):
        set_dropout(model, p, attention_p)
        plain = [name for name, module in model.named_modules() if type(module) is nn.Dropout]
        assert len(plain) == (0 if own is None else 1 if family == "albert" else 2)
        assert all(name.endswith(own) for name in plain)
        with torch.no_grad():
            return not torch.allclose(model.train()(**batch).logits, model.eval()(**batch).logits, atol=1e-6)

    assert not disturbed(0.0, 0.0) and disturbed(0.0, 0.5)
    if family == "qwen2":
        with pytest.raises(ModelError, match="no dropout of hidden states"):
            set_dropout(model, 0.1)
    else:
        assert disturbed(0.5, 0.0)
        assert not [
            name for name, module in model.named_modules() if isinstance(module, nn.Identity) and "drop" in name
        ]


@every_family
def test_cached_states_give_the_same_logits_or_the_family_is_refused(family):
    tokenizer, model = build_family(family)
    agree_on_padding(tokenizer, model)
    texts = tokenize(tokenizer, TEXTS, LABELS, POSITIONS)
    whole, before = predict(model, texts, precision="fp32"), str(model)
    if family in ("albert", "gpt2", "qwen2"):  # repeats its layer; find the last token by its number
        with pytest.raises(ModelError, match="what to do"):
            cache_states(model, texts, 1, precision="fp32")
    else:
        states = cache_states(model, texts, 1, precision="fp32")
        with only_above(model, 1) as upper:
            assert np.abs(predict(upper, states, precision="fp32") - whole).max() < 1e-5
        for layers in (3, -1):
            with pytest.raises(ModelError, match="layers="):
                cache_states(model, texts, layers)
    assert str(model) == before and np.array_equal(predict(model, texts, precision="fp32"), whole)


def test_what_has_no_layers_gets_no_adapter_and_no_cache():
    model = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.3))
    for act in (add_lora, add_bottleneck, lambda model: cache_states(model, None, 1)):
        with pytest.raises(ModelError, match="what to do"):
            act(model)
    assert isinstance(set_dropout(model, 0.1)[1], ByteDropout)
    with pytest.raises(ModelError, match="attention"):
        set_dropout(model, 0.1, 0.1)
