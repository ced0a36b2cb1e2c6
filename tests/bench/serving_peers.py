"""The kit's int8 beside other people's: OpenVINO in fp32, bf16 and int8, and the same file served by LitServe.

Two tables of one model. The first, in one process and in alternating rounds: transformers' pipeline as documented, ONNX
Runtime in fp32 and in the kit's int8, OpenVINO with the same ONNX file, and OpenVINO with NNCF's int8, calibrated on
training texts; ratios to the pipeline, accuracy, and what company changes: the largest change of a probability between
a text alone and in a batch of 32, and the share of other labels. The second: 64 clients and 5,000 requests, answered by
the kit's service, and by LitServe with the same classifier in batches of 32; twice in turn.

pip install openvino nncf litserve     what the kit itself does not need
python tests/bench/serving_peers.py --model <folder of a saved model> --dataset $DATA/sst2
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import litserve
import nncf
import numpy as np
import openvino
import pandas as pd
import psutil
import transformers
from deployment_speed import cpu_ms_per_text, in_company
from load_test import Load

from talentlab import data, deployment, evaluation, models

CALIBRATION_TEXTS = 300  # NNCF's own default


class OpenVino(deployment.OnnxClassifier):
    """The kit's classifier, its session replaced by OpenVINO's."""

    def __init__(self, folder: str, precision: str, calibration: Sequence[str] = ()) -> None:
        super().__init__(folder)
        core = openvino.Core()
        network = core.read_model(self.path)
        if precision == "int8":
            rows = [self._inputs([text]) for text in calibration]
            network = nncf.quantize(network, nncf.Dataset(rows), model_type=nncf.ModelType.TRANSFORMER,
                                    preset=nncf.QuantizationPreset.MIXED)  # fmt: skip
        kind = "bf16" if precision == "bf16" else "f32"
        self._compiled = core.compile_model(
            network, "CPU", {"INFERENCE_PRECISION_HINT": kind, "PERFORMANCE_HINT": "LATENCY"}
        )

    def _inputs(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        ids = [ids for ids, _ in self.encode(texts)]
        width = max(map(len, ids))
        rows = np.array([row + [self._pad] * (width - len(row)) for row in ids])
        return {"input_ids": rows, "attention_mask": np.array([[1] * len(r) + [0] * (width - len(r)) for r in ids])}

    def predict(self, texts: Sequence[str], batch_size: int = 32) -> np.ndarray:
        """Logits [N, C], in batches of texts of like length, as the kit's own are."""
        order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        logits = np.zeros((len(texts), len(self.class_names)))
        for first in range(0, len(order), batch_size):
            rows = order[first : first + batch_size]
            logits[rows] = next(iter(self._compiled(self._inputs([texts[row] for row in rows])).values()))
        return logits


def measure_forms(folder: str, plain: Any, parts: dict[str, pd.DataFrame], count: int, rounds: int) -> pd.DataFrame:
    """The first table."""
    texts, labels = parts["test"]["text"].tolist(), parts["test"]["label"].to_numpy()
    calibration = parts["train"]["text"].tolist()[:CALIBRATION_TEXTS]
    forms = {
        "ONNX Runtime fp32": deployment.OnnxClassifier(folder),
        "ONNX Runtime int8 by row (the kit)": deployment.OnnxClassifier(folder, "int8"),
        **{f"OpenVINO {kind}": OpenVino(folder, kind, calibration) for kind in ("fp32", "bf16", "int8")},
    }
    table = deployment.measure_speed(
        {"pipeline": plain, **{name: form.predict for name, form in forms.items()}}, texts[:count], rounds=rounds
    )
    hits = {name: form.predict(texts).argmax(1) == labels for name, form in forms.items()}
    for name, form in forms.items():
        table.loc[name, "CPU per text [ms]"] = cpu_ms_per_text(form.predict, texts[:count])
        table.loc[name, "accuracy"] = f"{hits[name].mean():.1%}"
        table.loc[name, "against fp32"] = f"{evaluation.difference(hits[name], hits['ONNX Runtime fp32']):+.2%}"
        table.loc[name, "in a batch"] = "{:.4f}, {:.2%}".format(*in_company(form.predict, texts))
    return table.round(2).astype(object).fillna("")


OURS = """
import os, sys, time
from talentlab.deployment import OnnxClassifier, server, service
with server.running(service.build_app(OnnxClassifier(os.environ["MODEL_FOLDER"], "int8")), int(sys.argv[1])):
    time.sleep(1e6)
"""


class Api(litserve.LitAPI):
    """The kit's classifier behind LitServe."""

    def setup(self, device: str) -> None:
        self.classifier = deployment.OnnxClassifier(os.environ["MODEL_FOLDER"], "int8")

    def decode_request(self, request: dict[str, str]) -> str:
        return request["text"]

    def predict(self, texts: list[str]) -> list[list[float]]:
        return evaluation.probabilities(self.classifier.predict(texts)).tolist()

    def encode_response(self, shares: list[float]) -> dict[str, dict[str, float]]:
        return {"probabilities": dict(zip(self.classifier.class_names, shares, strict=True))}


def serve_by_litserve(port: int) -> None:
    """In a process of its own, until it is ended."""
    server = litserve.LitServer(Api(max_batch_size=32, batch_timeout=0.005), accelerator="cpu", timeout=60)
    server.run(host="127.0.0.1", port=port, log_level="error", generate_client_file=False)


def measure_served(name: str, command: list[str], folder: str, texts: list[str], expected: Any) -> dict:
    """A row of the second table: 5,000 requests of 64 clients."""
    port = free_port()
    environment = os.environ | {"MODEL_FOLDER": folder}
    server = subprocess.Popen([sys.executable, *command, str(port)], env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        while True:
            with suppress(OSError), urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
                if answer.status == 200:
                    break
            time.sleep(0.2)
        for warm_up in (True, False):
            load = Load(address, texts, 200 if warm_up else 5_000)
            took_s, _ = load.run(64)
        family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
        memory = sum(process.memory_full_info().pss for process in family)
        rows, found = load.answered()
        off = np.abs(found - expected[rows]).max(1)
    finally:
        for process in psutil.Process(server.pid).children(recursive=True):
            process.terminate()
        server.terminate()
        server.wait()
    p50, p99 = np.quantile(load.seconds, [0.5, 0.99])
    return {"server": name, "answered": len(rows), "lost": len(load.lost), "furthest": f"{off.max():.1e}",
            "other labels": f"{(found.argmax(1) != expected[rows].argmax(1)).mean():.2%}",
            "per s": round(len(rows) / took_s), "p50 [ms]": round(1e3 * p50),
            "p99 [ms]": round(1e3 * p99), "processes": len(family), "memory [MiB]": round(memory / 2**20)}  # fmt: skip


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a saved model's folder")
    parser.add_argument("--dataset", default="reviews", help="`reviews`, or a file or folder of labelled texts")
    parser.add_argument("--texts", type=int, default=192, help="of which the speed is measured (default 192)")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    transformers.logging.set_verbosity_error()
    corpus = data.load_labelled_text(args.dataset)
    parts = {name: corpus.split(name) for name in ("train", "test")}
    tokenizer, model = models.load_pretrained(args.model, num_labels=len(corpus.class_names))
    with tempfile.TemporaryDirectory() as folder:
        deployment.export_onnx(model.eval(), tokenizer, folder)
        deployment.quantize_int8(folder)
        plain = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
        print(f"load average before: {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores")
        print(measure_forms(folder, plain, parts, args.texts, args.rounds).to_string())
        texts = parts["test"]["text"].tolist()
        alone = deployment.OnnxClassifier(folder, "int8")
        expected = evaluation.probabilities(alone.predict(texts, batch_size=1))
        commands = {"the kit": ["-c", OURS], "LitServe": [__file__, "--serve"]}
        rows = [measure_served(*server, folder, texts, expected) for _ in range(2) for server in commands.items()]
        print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve_by_litserve(int(sys.argv[2]))
    else:
        main()
