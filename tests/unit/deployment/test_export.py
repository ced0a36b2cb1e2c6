"""Export, quantisation and the runtime without torch, on a tiny random BERT."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import numpy as np
import onnx
import pandas as pd
import pytest
import torch

from talentlab import deployment, evaluation
from talentlab.cli.serve import find_model
from talentlab.data.batching import tokenize
from talentlab.deployment import eight_bits, published
from talentlab.deployment.published import publish
from talentlab.errors import DeploymentError
from talentlab.models import masked
from talentlab.models.pretrained import save_model

TEXTS = [
    "it works", "the nurse was not told that the tool was wrong again", "fine", "", "slow slow slow",
    "a very long text " * 40, "no", "the tool works and the tool is slow",
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Tokenizer, model with three classes, and the folder it was exported to."""
    tokenizer = masked.train_tokenizer(TEXTS, 120)
    encoder = masked.build_bert(tokenizer, seed=0, hidden_size=64, num_hidden_layers=2, max_length=48, dropout=0.1)
    model = masked.to_classifier(encoder, num_labels=3, seed=0)
    with torch.no_grad():
        model.classifier.weight.mul_(40)  # a fresh head says the same of everything
    model.config.id2label = dict(enumerate(("bad", "so-so", "good")))
    model.train()
    folder = deployment.export_onnx(model, tokenizer, tmp_path_factory.mktemp("exported"))
    deployment.quantize_int8(folder)
    return tokenizer, model, folder


def test_the_exported_model_says_what_torch_says_for_any_batch_and_length(built):
    tokenizer, model, folder = built
    classifier = deployment.OnnxClassifier(folder)
    assert classifier.class_names == ("bad", "so-so", "good") and classifier.max_length == 48
    assert model.training  # as it was
    expected = evaluation.predict(model, tokenize(tokenizer, TEXTS, [0] * len(TEXTS), 48), precision="fp32")
    assert np.ptp(expected, axis=0).min() > 0.1  # else equality would show nothing
    for size in (1, 3, 32):
        assert np.abs(classifier.predict(TEXTS, batch_size=size) - expected).max() < 1e-4
    assert classifier.predict([]).shape == (0, 3)
    assert classifier.predict(TEXTS[::-1])[::-1] == pytest.approx(classifier.predict(TEXTS), abs=1e-5)


def test_a_batch_is_small_and_hardly_padded(built, monkeypatch):
    classifier, masks = deployment.OnnxClassifier(built[2]), []
    session = classifier._session

    class Spy:
        def run(self, names, feeds):
            masks.append(feeds["attention_mask"])
            return session.run(names, feeds)

    monkeypatch.setattr(classifier, "_session", Spy())
    texts = ["tool " * n for n in (1, 30, 2, 9, 3, 1, 31, 2)] * 3
    assert classifier.predict(texts, batch_size=4).shape == (24, 3)
    assert sum(len(mask) for mask in masks) == 24 and max(len(mask) for mask in masks) == 4
    assert all((mask == 0).sum(1).max() < 4 and mask.shape[1] % 4 == 0 for mask in masks)
    assert classifier.predict(["tool"] * 20).shape == (20, 3)
    assert [len(mask) for mask in masks[-3:]] == [8, 8, 4]


def test_eight_bits_are_close_and_smaller(built):
    tokenizer, model, folder = built
    parity = deployment.check_parity(model, tokenizer, deployment.OnnxClassifier(folder, "int8"), TEXTS)
    exact = deployment.check_parity(model, tokenizer, deployment.OnnxClassifier(folder), TEXTS)
    assert exact["max_difference"] < 1e-4 < parity["max_difference"] < 0.5
    assert exact["same_labels"] == 1 and parity["same_labels"] >= 7 / 8
    assert (folder / "model.int8.onnx").stat().st_size < 0.8 * (folder / "model.onnx").stat().st_size


@pytest.fixture(scope="module")
def by_block(built, tmp_path_factory):
    """The exported model, in eight bits with a scale per block."""
    folder = shutil.copytree(built[2], tmp_path_factory.mktemp("by_block"), dirs_exist_ok=True)
    deployment.quantize_int8(folder, "block")
    return folder


def test_a_scale_per_block_is_as_close(built, by_block):
    tokenizer, model, _ = built
    parity = deployment.check_parity(model, tokenizer, deployment.OnnxClassifier(by_block, "int8"), TEXTS)
    assert 1e-4 < parity["max_difference"] < 0.5 and parity["same_labels"] >= 7 / 8


def test_by_block_an_answer_hardly_depends_on_its_batch(built, by_block):
    classifier = deployment.OnnxClassifier(by_block, "int8")
    alone, together = classifier.predict(TEXTS, batch_size=1), classifier.predict(TEXTS)
    rounding = np.abs(together - deployment.OnnxClassifier(built[2]).predict(TEXTS)).max()  # of eight bits
    assert np.abs(together - alone).max() < 0.1 * rounding


def test_an_eight_bit_answer_is_the_same_bit_for_bit_in_any_company(built):
    folder = built[2]
    texts = [*TEXTS, *("the tool was slow and " * n for n in range(1, 9)), *TEXTS]
    alone = deployment.OnnxClassifier(folder, "int8", threads=1)
    expected = np.concatenate([alone.predict([text]) for text in texts])
    assert len(np.unique(expected, axis=0)) > 12  # else equality would show little
    for threads in (1, 3):
        classifier = deployment.OnnxClassifier(folder, "int8", threads=threads)
        for size in (1, 3, 32):
            assert (classifier.predict(texts, batch_size=size) == expected).all()
            assert (classifier.predict(texts[::-1], batch_size=size)[::-1] == expected).all()


def by_twos(whole, weights):
    """Product of unsigned and signed bytes as processors without VNNI make it: neighbours added in 16 bits, clipped."""
    pairs = whole[:, :, None].astype(int) * weights[None].astype(int)  # [M, K, N]
    return (pairs[:, ::2] + pairs[:, 1::2]).clip(-(2**15), 2**15 - 1).sum(1)


def test_eight_bits_overflow_on_no_processor(built, tmp_path, monkeypatch):
    whole, matrices = np.random.default_rng(0).integers(1, 256, (3, 64)), {}
    whole[0] = 255  # the worst case
    for largest in (eight_bits.LARGEST, 127):
        monkeypatch.setattr(eight_bits, "LARGEST", largest)
        shutil.copytree(built[2], tmp_path, dirs_exist_ok=True)
        graph = onnx.load(deployment.quantize_int8(tmp_path)).graph
        arrays = [onnx.numpy_helper.to_array(one) for one in graph.initializer if one.name.endswith(".int8")]
        matrices[largest] = [array for array in arrays if len(array) == 64]
        assert len(matrices[largest]) == 12 and max(abs(array).max() for array in arrays) == largest
    exact = [(by_twos(whole, array) == whole @ array.astype(int)).all() for array in matrices[63]]
    assert all(exact)
    assert not all((by_twos(whole, array) == whole @ array.astype(int)).all() for array in matrices[127])


def run_apart(code):
    """In a process of its own, where nothing is imported yet."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr


def test_quantising_leaves_logging_alone(built, tmp_path):
    folder = shutil.copytree(built[2], tmp_path / "onnx")
    code = (
        "import logging; from talentlab import deployment; "
        f"deployment.quantize_int8({str(folder)!r}, 'block'); "
        "assert not logging.root.handlers and logging.root.level == logging.WARNING, logging.root"
    )
    run_apart(code)


def test_the_runtime_needs_no_torch(built):
    code = (
        "import sys; from talentlab import deployment; "
        f"deployment.OnnxClassifier({str(built[2])!r}).predict(['it works']); "
        "assert not {'torch', 'transformers'} & set(sys.modules), 'imported'"
    )
    run_apart(code)


def test_speed_is_measured_in_rounds_and_relative_to_the_first(monkeypatch):
    calls, clock = [], [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def predictor(name, seconds):
        def predict(texts):
            calls.append((name, len(texts)))
            clock[0] += seconds

        return predict

    found = deployment.measure_speed(
        {"slow": predictor("slow", 0.008), "fast": predictor("fast", 0.001)}, ["x"] * 8, (1, 4), rounds=2
    )
    assert isinstance(found, pd.DataFrame) and found.loc["slow", ["latency", "throughput"]].tolist() == [1, 1]
    assert found.loc["fast", ["latency", "throughput"]].tolist() == pytest.approx([1 / 8, 8])
    assert found.loc["slow", ["p50_ms", "p95_ms", "texts_per_s"]].tolist() == pytest.approx([8, 8, 500])
    names = [name for name, size in calls if size == 4]
    assert names == ["slow", "fast"] + (["slow"] * 2 + ["fast"] * 2) * 2  # the first call of each is not counted


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: deployment.OnnxClassifier(f / "nothing"), "does not exist"),
        (lambda f: deployment.OnnxClassifier(f, "int4"), "int4"),
        (lambda f: deployment.quantize_int8(f / "nothing"), "export"),
        (lambda f: deployment.measure_speed({"a": len}, ["x"], (1, 32)), "1 texts"),
        (lambda f: deployment.require_packages("no_such_module_here"), "no_such_module_here"),
        (lambda f: find_model("05-x", f), "0 of the 0 runs"),
        (lambda f: publish(f), "holds no model"),
        (lambda f: publish(f / "nothing"), "holds no model"),
    ],
)
def test_bad_input_is_told_in_words(built, call, words):
    with pytest.raises(Exception, match=words) as caught:
        call(built[2])
    assert "what to do" in str(caught.value)


def test_a_damaged_export_is_told_in_words(built, tmp_path):
    for name in ("model.onnx", "tokenizer.json", "config.json"):
        for file in built[2].iterdir():
            (tmp_path / file.name).write_bytes(file.read_bytes() if file.name != name else b"{")
        with pytest.raises(DeploymentError, match="export the model again"):
            deployment.OnnxClassifier(tmp_path)


def test_a_saved_model_is_exported_once_and_again_when_it_changed(built, tmp_path, monkeypatch):
    """The export itself was tested above; here it copies what that made."""
    tokenizer, model, made = built
    copied = []

    def copy(model, tokenizer, folder):
        copied.append(folder)
        return shutil.copytree(made, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)

    monkeypatch.setattr(published, "export_onnx", copy)
    monkeypatch.setattr(published, "quantize_int8", lambda folder: folder)
    folder = tmp_path / "model"
    save_model(folder, tokenizer, model)
    assert publish(folder) == publish(folder) == folder / "onnx" and len(copied) == 1
    assert deployment.OnnxClassifier(folder / "onnx", "int8").class_names == ("bad", "so-so", "good")
    with (folder / "tokenizer.json").open("a", encoding="utf-8") as file:
        file.write("\n")
    publish(folder)
    assert len(copied) == 2
    (folder / "onnx" / "made_of.sha256").unlink()  # as after an export that was killed
    publish(folder)
    assert len(copied) == 3


def test_the_export_cuts_texts_where_training_did(built, tmp_path):
    """Another limit is another export; its answer to a long text is that to the text's beginning."""
    tokenizer, model, _ = built
    save_model(tmp_path, tokenizer, model)
    long, announced = "the cat sat on the mat " * 9, []
    beginning = tokenizer.decode(tokenizer(long)["input_ids"][1:7])
    for limit, same in ((None, False), (8, True), (8, True)):
        classifier = deployment.OnnxClassifier(publish(tmp_path, announced.append, max_length=limit), "fp32")
        assert classifier.max_length == (limit or 48)
        assert np.allclose(classifier.predict([beginning]), classifier.predict([long]), atol=1e-5) == same
    assert len(announced) == 2  # the third time, nothing is made


def test_what_is_no_trained_classifier_is_not_served(built, tmp_path):
    tokenizer, model, _ = built
    save_model(tmp_path / "encoder", tokenizer, model.bert)  # its head would be random
    with pytest.raises(DeploymentError, match="a BertModel") as caught:
        publish(tmp_path / "encoder")
    assert "fine-tune" in str(caught.value)
    (tmp_path / "encoder" / "config.json").write_text("{")
    with pytest.raises(DeploymentError, match="damaged"):
        publish(tmp_path / "encoder")


def test_the_command_serves_without_torch_and_ends_in_order(built, tmp_path):
    tokenizer, model, made = built
    folder = tmp_path / "model"
    save_model(folder, tokenizer, model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(published, "export_onnx", lambda model, tokenizer, to: shutil.copytree(made, to))
        publish(folder)
    code = (
        "import signal, sys; from talentlab.cli.main import main; "
        "heavy = lambda *_: print({'torch', 'transformers'} & set(sys.modules), flush=True); "
        "signal.signal(signal.SIGUSR1, heavy); main()"
    )
    command = [sys.executable, "-c", code, "serve", str(folder), "--port", "0", "--host", "0.0.0.0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = server.stdout.readline()
    port = re.search(r":(\d+) \(the API", line).group(1)
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/predict", b'{"text": "it works"}', {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=300) as response:
        assert set(json.load(response)["probabilities"]) == {"bad", "so-so", "good"}
    server.send_signal(signal.SIGUSR1)
    assert server.stdout.readline() == "set()\n"
    server.terminate()
    rest, errors = server.communicate(timeout=300)
    assert server.returncode == 0 and "ended" in rest and "--token-file" in errors
