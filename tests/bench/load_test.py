"""The service under load: 64 clients, 5,000 requests, every answer compared with what the model says by itself.

Server and clients share this machine, and nothing leaves it. Prints requests lost and wrong (aim: 0 and 0), requests
per second, the median and the 99th percentile of a client's wait, and what server and clients cost in CPU time, with
dynamic batches and without; the load of the machine before. Exits with status 1 if an answer was lost or wrong, or if
the answers are so alike that a wrong one could not be told.

python tests/bench/load_test.py
python tests/bench/load_test.py --model <folder of a saved model> --dataset $DATA/sst2 --precision fp32
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
from itertools import count
from typing import Any

import numpy as np
import psutil
import torch
import uvloop
from tqdm.auto import tqdm

from talentlab import data, deployment, evaluation, models
from talentlab.deployment import service

# of a probability: what rounding, enlarged by eight bits, may do in another batch; by row softmax alone rounds
TOLERANCE = {"fp32": 1e-4, "block": 0.02, "row": 1e-12}


def serve(folder: str, precision: Any, max_wait_s: float, pipe: Any) -> None:
    """In a process of its own, so that the clients' Python does not wait for the server's."""
    app = service.build_app(deployment.OnnxClassifier(folder, precision), max_wait_s=max_wait_s)
    with service.running(app) as address:
        pipe.send(address)
        pipe.recv()  # until the clients are done


class Load:
    """Requests from many clients at once, each with a connection that it keeps; what came back, and how long it took.

    The clients share the server's machine, so they are cheap: one event loop, requests written beforehand, answers read
    after the last one has come.
    """

    def __init__(self, address: str, texts: list[str], requests: int) -> None:
        self.host, self.port = address.removeprefix("http://").split(":")
        bodies = [json.dumps({"text": text}).encode() for text in texts]
        head = f"POST /predict HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\nContent-Length: "
        self.messages = [f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies]
        self.requests, self.numbers = requests, count()
        self.seconds: list[float] = []
        self.answers: list[tuple[int, bytes]] = []  # row of the text, and what came for it
        self.lost: list[str] = []

    async def client(self, bar: tqdm) -> None:
        connection = None
        while (number := next(self.numbers)) < self.requests:
            row = number % len(self.messages)
            start = time.perf_counter()
            try:
                reader, writer = connection = connection or await asyncio.open_connection(self.host, self.port)
                writer.write(self.messages[row])
                async with asyncio.timeout(60):
                    head = await reader.readuntil(b"\r\n\r\n")
                    body = await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
                if b" 200 " not in head[:16]:
                    raise RuntimeError(head[:16])
            except Exception as error:
                connection = None
                self.lost.append(f"{type(error).__name__}: {error}")
            else:
                self.seconds.append(time.perf_counter() - start)
                self.answers.append((row, body))
            bar.update()

    def run(self, clients: int) -> tuple[float, float]:
        """Seconds that all requests took, and CPU seconds that the clients did."""

        async def all_clients() -> None:
            await asyncio.gather(*(self.client(bar) for _ in range(clients)))

        with tqdm(total=self.requests, unit="request", mininterval=1) as bar:
            start, cpu = time.perf_counter(), time.process_time()
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(all_clients())
            return time.perf_counter() - start, time.process_time() - cpu

    def answered(self) -> tuple[list[int], np.ndarray]:
        """Of each answer the row of its text [N], and its probabilities [N, C]."""
        shares = [list(json.loads(body)["probabilities"].values()) for _, body in self.answers]
        return [row for row, _ in self.answers], np.array(shares)


def measure(folder: str, wait_s: float, texts: list[str], expected: np.ndarray, tolerance: float, args: Any) -> dict:
    """One server, one load."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    server = spawn.Process(target=serve, args=(folder, args.precision, wait_s, theirs))
    server.start()
    address, observed = ours.recv(), psutil.Process(server.pid)
    load, before = Load(address, texts, args.requests), sum(observed.cpu_times()[:2])
    took_s, clients_s = load.run(args.clients)
    server_s, rss = sum(observed.cpu_times()[:2]) - before, observed.memory_info().rss
    ours.send("end")
    server.join()
    rows, found = load.answered()
    off = np.abs(found - expected[rows]).max(1)
    p50, p99 = np.quantile(load.seconds, [0.5, 0.99])
    for reason in load.lost[:3]:
        print(reason, file=sys.stderr)
    return {"answered": len(rows), "lost": len(load.lost), "wrong": int((off > tolerance).sum()),
            "furthest": f"{off.max():.1e}", "same label": f"{(found.argmax(1) == expected[rows].argmax(1)).mean():.2%}",
            "per s": f"{len(rows) / took_s:.0f}", "p50 [ms]": f"{1e3 * p50:.0f}", "p99 [ms]": f"{1e3 * p99:.0f}",
            "CPU per request, server [ms]": f"{1e3 * server_s / len(rows):.2f}",
            "clients [ms]": f"{1e3 * clients_s / len(rows):.2f}",
            "server's memory [MiB]": f"{rss / 2**20:.0f}"}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="minilm", help="`minilm` (a random head of four classes), or a saved model")
    parser.add_argument("--dataset", default="reviews", help="`reviews`, or a file or folder of labelled texts")
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--precision", choices=list(deployment.FILES), default="int8")
    parser.add_argument("--scales", choices=("row", "block"), default="row", help="of int8 (default row)")
    args = parser.parse_args()
    tolerance = TOLERANCE["fp32" if args.precision == "fp32" else args.scales]
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
        deployment.quantize_int8(folder, args.scales)
        alone = deployment.OnnxClassifier(folder, args.precision)
        expected = evaluation.probabilities(alone.predict(texts, batch_size=1))
        print(f"load average before: {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} cores", flush=True)
        swapped = np.abs(expected - np.roll(expected, 1, axis=0)).max(1) > tolerance
        print(f"{len(texts)} texts; a neighbour's answer would be told apart for {swapped.mean():.1%}", flush=True)
        failed = swapped.mean() < 0.5
        for name, wait_s in (("dynamic batches", 0.005), ("one by one", 0.0)):
            found = measure(folder, wait_s, texts, expected, tolerance, args)
            print(f"{name}: {found}", flush=True)
            failed |= bool(found["lost"] or found["wrong"])
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
