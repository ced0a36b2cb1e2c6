"""The service under load: 64 clients, 5,000 requests, every answer compared with what the model says by itself.

Server and clients share this machine, and nothing leaves it. Prints requests lost and wrong (aim: 0 and 0), requests
per second, and the median and the 99th percentile of a client's wait, with dynamic batches and without.
"""

import argparse
import json
import multiprocessing
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from talentlab import data, deployment, evaluation, models, service


def serve(folder: str, precision: Any, max_wait_s: float, pipe: Any) -> None:
    """In a process of its own, so that the clients' Python does not wait for the server's."""
    app = service.build_app(deployment.OnnxClassifier(folder, precision), max_wait_s=max_wait_s)
    with service.running(app) as address:
        pipe.send(address)
        pipe.recv()  # until the clients are done


def load(address: str, texts: list[str], expected: np.ndarray, clients: int, requests: int) -> dict[str, Any]:
    """Requests from as many threads at once; what came back, and how long each took."""
    todo: Queue[int] = Queue()
    for number in range(requests):
        todo.put(number)
    seconds, wrong, lost = [], [], []
    with tqdm(total=requests, unit="request") as bar:

        def client() -> None:
            while True:
                try:
                    number = todo.get_nowait()
                except Empty:
                    return
                row = number % len(texts)
                body = json.dumps({"text": texts[row]}).encode()
                request = urllib.request.Request(f"{address}/predict", body, {"Content-Type": "application/json"})
                start = time.perf_counter()
                try:
                    with urllib.request.urlopen(request, timeout=60) as response:
                        found = list(json.load(response)["probabilities"].values())
                    seconds.append(time.perf_counter() - start)
                    if np.abs(np.array(found) - expected[row]).max() > 0.02:  # int8 rounds by the batch's range
                        wrong.append(number)
                except Exception:
                    lost.append(number)
                bar.update()

        threads = [threading.Thread(target=client) for _ in range(clients)]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    p50, p99 = np.quantile(seconds, [0.5, 0.99])
    rate = len(seconds) / (time.perf_counter() - start)
    return {"answered": len(seconds), "lost": len(lost), "wrong": len(wrong), "per s": f"{rate:.0f}",
            "p50 [ms]": f"{1e3 * p50:.0f}", "p99 [ms]": f"{1e3 * p99:.0f}"}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="minilm", help="`minilm` (with a fresh head) or a saved model's folder")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--precision", choices=["int8", "fp32"], default="int8")
    args = parser.parse_args()
    texts = data.load_labelled_text("reviews").frame["text"].tolist()
    tokenizer, model = models.load_pretrained(args.model, class_names=["no", "yes"])
    with tempfile.TemporaryDirectory() as folder:
        deployment.export_onnx(model, tokenizer, folder)
        deployment.quantize_int8(folder)
        alone = deployment.OnnxClassifier(folder, args.precision)
        expected = evaluation.probabilities(alone.predict(texts, batch_size=1))
        for name, wait in (("dynamic batches", 0.005), ("one by one", 0.0)):
            ours, theirs = multiprocessing.get_context("spawn").Pipe()
            server = multiprocessing.get_context("spawn").Process(
                target=serve, args=(str(Path(folder)), args.precision, wait, theirs)
            )
            server.start()
            found = load(ours.recv(), texts, expected, args.clients, args.requests)
            ours.send("end")
            server.join()
            print(f"{name}: {found}", flush=True)


if __name__ == "__main__":
    main()
