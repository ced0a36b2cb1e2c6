"""The service under load: 64 clients, 5,000 requests, every answer compared with what the model says by itself.

Server and clients share this machine, and nothing leaves it. Prints requests lost and wrong (aim: 0 and 0), requests
per second, and the median and the 99th percentile of a client's wait, with dynamic batches and without. Exits with
status 1 if an answer was lost or wrong, or if the answers are so alike that a wrong one could not be told.

python tests/bench/load_test.py
python tests/bench/load_test.py --model <folder of a saved model> --dataset $DATA/sst2 --precision fp32
"""

import argparse
import http.client
import json
import multiprocessing
import sys
import tempfile
import threading
import time
from itertools import count
from typing import Any

import numpy as np
import torch
from tqdm.auto import tqdm

from talentlab import data, deployment, evaluation, models
from talentlab.deployment import service

# of a probability: what rounding, enlarged by eight bits, may do to an answer in another batch
TOLERANCE = {"fp32": 1e-4, "int8": 0.02}


def serve(folder: str, precision: Any, max_wait_s: float, pipe: Any) -> None:
    """In a process of its own, so that the clients' Python does not wait for the server's."""
    app = service.build_app(deployment.OnnxClassifier(folder, precision), max_wait_s=max_wait_s)
    with service.running(app) as address:
        pipe.send(address)
        pipe.recv()  # until the clients are done


class Load:
    """Requests from many threads at once, each with a connection that it keeps; what came back, and how long it took.

    A single thread's list operations are atomic, so they need no lock.
    """

    def __init__(self, address: str, texts: list[str], expected: np.ndarray, requests: int) -> None:
        self.address, self.texts, self.expected = address.removeprefix("http://"), texts, expected
        self.requests, self.numbers = requests, count()
        self.seconds: list[float] = []
        self.off: list[float] = []  # distance of the probabilities from the expected ones
        self.labels: list[bool] = []
        self.lost: list[str] = []

    def client(self, bar: tqdm) -> None:
        connection = http.client.HTTPConnection(self.address, timeout=60)
        while (number := next(self.numbers)) < self.requests:
            row = number % len(self.texts)
            start = time.perf_counter()
            try:
                body = json.dumps({"text": self.texts[row]}).encode()
                connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                answer = json.loads(response.read())
                found = np.array(list(answer["probabilities"].values()))
            except Exception as error:
                connection.close()
                self.lost.append(f"{type(error).__name__}: {error}")
            else:
                self.seconds.append(time.perf_counter() - start)
                self.off.append(float(np.abs(found - self.expected[row]).max()))
                self.labels.append(bool(found.argmax() == self.expected[row].argmax()))
            bar.update()
        connection.close()

    def run(self, clients: int) -> float:
        """Seconds that all requests took."""
        with tqdm(total=self.requests, unit="request", mininterval=1) as bar:
            threads = [threading.Thread(target=self.client, args=(bar,)) for _ in range(clients)]
            start = time.perf_counter()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return time.perf_counter() - start


def measure(folder: str, precision: str, wait_s: float, texts: list[str], expected: np.ndarray, args: Any) -> dict:
    """One server, one load."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    server = spawn.Process(target=serve, args=(folder, precision, wait_s, theirs))
    server.start()
    load = Load(ours.recv(), texts, expected, args.requests)
    took_s = load.run(args.clients)
    ours.send("end")
    server.join()
    p50, p99 = np.quantile(load.seconds, [0.5, 0.99])
    wrong = sum(off > TOLERANCE[precision] for off in load.off)
    for reason in load.lost[:3]:
        print(reason, file=sys.stderr)
    return {"answered": len(load.seconds), "lost": len(load.lost), "wrong": wrong,
            "furthest": f"{max(load.off):.4f}", "same label": f"{np.mean(load.labels):.2%}",
            "per s": f"{len(load.seconds) / took_s:.0f}", "p50 [ms]": f"{1e3 * p50:.0f}",
            "p99 [ms]": f"{1e3 * p99:.0f}"}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="minilm", help="`minilm` (a random head of four classes), or a saved model")
    parser.add_argument("--dataset", default="reviews", help="`reviews`, or a file or folder of labelled texts")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--precision", choices=list(deployment.FILES), default="int8")
    args = parser.parse_args()
    corpus = data.load_labelled_text(args.dataset)
    texts = corpus.frame["text"].tolist()[: args.requests]
    if args.model == "minilm":
        tokenizer, model = models.load_pretrained("minilm", num_labels=4, class_names=["a", "b", "c", "d"])
        with torch.no_grad():  # a fresh head says nearly the same of everything
            model.get_submodule("classifier").weight.mul_(20)
    else:
        tokenizer, model = models.load_pretrained(args.model, num_labels=len(corpus.class_names))
    with tempfile.TemporaryDirectory() as folder:
        deployment.export_onnx(model, tokenizer, folder)
        deployment.quantize_int8(folder)
        alone = deployment.OnnxClassifier(folder, args.precision)
        expected = evaluation.probabilities(alone.predict(texts, batch_size=1))
        swapped = np.abs(expected - np.roll(expected, 1, axis=0)).max(1) > TOLERANCE[args.precision]
        print(f"{len(texts)} texts; a neighbour's answer would be told apart for {swapped.mean():.1%}", flush=True)
        failed = swapped.mean() < 0.5
        for name, wait_s in (("dynamic batches", 0.005), ("one by one", 0.0)):
            found = measure(folder, args.precision, wait_s, texts, expected, args)
            print(f"{name}: {found}", flush=True)
            failed |= bool(found["lost"] or found["wrong"])
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
