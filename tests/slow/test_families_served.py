"""Eleven families of models, from training to the answer of the service."""

import json
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import torch

from talentlab import deployment, models, training
from talentlab.data import tokenize
from talentlab.deployment import published, service
from talentlab.evaluation import predict

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
from families import FAMILIES, POSITIONS, TEXTS, build_family

LABELS = [1, 0, 1, 0, 1, 0, 1]


def ask(address, text):
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(f"{address}/predict", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)["probabilities"]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_service_says_what_the_trained_model_says(family, tmp_path):
    folder = tmp_path / "model"
    models.save_model(folder, *build_family(family))
    tokenizer, model = models.load_pretrained(str(folder), class_names=["bad", "good"])
    texts = tokenize(tokenizer, TEXTS, LABELS, models.usable_positions(model))
    training.fit(model, texts, num_epochs=2, batch_size=4, learning_rate=1e-3, precision="fp32")
    expected = predict(model, texts, precision="fp32")
    assert np.ptp(expected, axis=0).min() > 0.05
    models.save_model(folder, tokenizer, model)
    exported = published.publish(folder)
    for precision, tolerance in (("fp32", 1e-4), ("int8", 0.1)):  # seven bits, a scale for each column
        classifier = deployment.OnnxClassifier(exported, precision, 1)
        assert classifier.max_length == POSITIONS
        assert np.abs(classifier.predict(TEXTS) - expected).max() < tolerance * np.ptp(expected)
        with service.running(service.build_app(classifier)) as address:
            answers = [ask(address, text) for text in TEXTS]
        found = np.array([[answer[name] for name in ("bad", "good")] for answer in answers])
        assert np.abs(found - torch.tensor(expected).softmax(1).numpy()).max() < tolerance * max(1, np.ptp(expected))
