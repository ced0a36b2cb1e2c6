"""Is an export made again when one of its files is not what was made, and refused when it does not answer?"""

import numpy as np
import pytest
from families import build_family
from transformers.exporters import OnnxExporter

from talentlab.deployment import published
from talentlab.deployment.export import FILES, SETTINGS, export_onnx
from talentlab.errors import DeploymentError
from talentlab.models.pretrained import save_model

MADE = [*FILES.values(), "tokenizer.json", SETTINGS]


@pytest.fixture
def folder(tmp_path):
    return save_model(tmp_path / "model", *build_family("bert"))


@pytest.fixture
def exports(monkeypatch):
    """An exporter that writes a few bytes, whose export answers; each of its calls is listed."""
    made = []

    def write(model, tokenizer, to):
        made.append(type(model).__name__)
        to.mkdir(exist_ok=True)
        for name in MADE:
            (to / name).write_bytes(b"of this model")

    monkeypatch.setattr(published, "export_onnx", write)
    monkeypatch.setattr(published, "quantize_int8", lambda folder: folder)
    monkeypatch.setattr(published, "OnnxClassifier", lambda folder: None)
    monkeypatch.setattr(published, "check_parity", lambda *_: {"max_difference": 1e-6})
    return made


@pytest.mark.parametrize("name", [*MADE, "made_of.sha256"])
@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_an_export_with_a_damaged_file_is_made_again(folder, exports, name, harm):
    announced = []
    for _ in range(2):
        published.publish(folder, announced.append)
    assert len(exports) == len(announced) == 1
    file = folder / "onnx" / name
    right = file.read_bytes()
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(right[:5] if harm == "cut" else bytes([right[0] ^ 1]) + right[1:])
    for _ in range(2):
        published.publish(folder, announced.append)
    assert len(exports) == 2 and file.read_bytes() == right


def test_another_limit_or_another_model_is_another_export(folder, exports):
    for limit in (None, 16, 16, 8, None):
        published.publish(folder, max_length=limit)
    assert len(exports) == 4
    save_model(folder, *build_family("bert", seed=1))
    published.publish(folder)
    assert len(exports) == 5


@pytest.mark.parametrize("answer", [{"max_difference": 0.5}, {"max_difference": np.nan}, ValueError("too many values")])
def test_an_export_that_does_not_answer_as_the_model_is_not_served(folder, exports, monkeypatch, answer):
    def ask(*_):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(published, "check_parity", ask)
    with pytest.raises(DeploymentError, match=r"BertForSequenceClassification does not answer.*(0\.5|nan|too many)"):
        published.publish(folder)
    assert not (folder / "onnx" / "made_of.sha256").exists()


def test_a_model_that_onnx_cannot_describe_is_told_in_words(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("no operator of this name")

    monkeypatch.setattr(OnnxExporter, "export", fail)
    tokenizer, model = build_family("bert")
    with pytest.raises(DeploymentError, match=r"A BertForSequenceClassification cannot be exported .*no operator"):
        export_onnx(model, tokenizer, tmp_path)
