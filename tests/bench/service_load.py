"""The service as its operator meets it: load, overload, slow clients, its end, another model; each answer is compared.

Starts `talentlab serve` in a process of its own; clients share the machine with it, and nothing leaves it. Prints what
was answered, refused (503), lost and wrong, waits in seconds, and the server's largest memory. Exits with status 1
where something was lost or wrong, or the memory passed its bound.

python tests/bench/service_load.py            # all of it, some minutes
python tests/bench/service_load.py drain --model <folder of a saved model>
"""

import argparse
import asyncio
import json
import multiprocessing
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from talentlab import data, deployment
from talentlab.deployment import published, service

MOST_MIB, TOLERANCE = 700, 0.02  # memory; of a probability, as in load_test.py
NAMES = ["a", "b", "c", "d"]
LARGEST = json.dumps({"texts": ["word " * 2_000] * 64}).encode()


def bundled(folder: Path) -> Path:
    """The bundled model with a random head, which says something different of each text."""
    import torch

    from talentlab import models

    tokenizer, model = models.load_pretrained("minilm", num_labels=4, class_names=NAMES)
    with torch.no_grad():
        model.get_submodule("classifier").weight.mul_(20)
    models.save_model(folder, tokenizer, model)
    return folder


class Client:
    """One connection, kept as long as the server keeps it."""

    def __init__(self, port: int) -> None:
        self.port, self.streams = port, None

    async def ask(self, path: str, body: bytes, extra: str = "") -> tuple[int, dict[str, str], Any]:
        """Status, headers and answer. A ConnectionError: there is none."""
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{extra}"
        try:
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:-2])}
            answer = await reader.readexactly(int(headers["content-length"]))
        except (asyncio.IncompleteReadError, OSError) as error:
            self.close()
            raise ConnectionError(str(error)) from error
        if headers.get("connection") == "close":
            self.close()
        return int(lines[0].split()[1]), headers, json.loads(answer) if answer[:1] in b"[{" else answer

    def close(self) -> None:
        """Let the connection go."""
        if self.streams:
            self.streams[1].close()
        self.streams = None


class Tally:
    """What came back, and how long it took."""

    def __init__(self, texts: list[str], expected: np.ndarray) -> None:
        self.texts, self.expected, self.next = texts, expected, 0
        self.seconds: list[float] = []
        self.refused = self.wrong = 0
        self.lost: list[str] = []

    async def one(self, client: Client, size: int = 1, body: bytes | None = None) -> int | None:
        """Ask for the next texts; the status, or None if there was no answer."""
        rows = [(self.next + i) % len(self.texts) for i in range(size)]
        self.next += size
        asked = body or json.dumps({"texts": [self.texts[row] for row in rows]}).encode()
        start = time.perf_counter()
        try:
            status, _, found = await client.ask("/predict_batch", asked)
        except ConnectionError as error:
            self.lost.append(f"no answer: {error}")
            return None
        if status == 200:
            self.seconds.append(time.perf_counter() - start)
            if body is None:
                said = np.array([list(answer["probabilities"].values()) for answer in found])
                self.wrong += int((np.abs(said - self.expected[rows]).max(1) > TOLERANCE).sum())
        elif status == 503:
            self.refused += 1
        else:
            self.lost.append(f"{status}: {found}")
        return status

    def shown(self) -> dict[str, Any]:
        """The row of the table."""
        p50, p99 = np.quantile(self.seconds or [np.nan], [0.5, 0.99])
        return {"answered": len(self.seconds), "refused": self.refused, "lost": len(self.lost), "wrong": self.wrong,
                "p50 [s]": f"{p50:.2f}", "p99 [s]": f"{p99:.2f}"}  # fmt: skip


@contextmanager
def served(model: Path, *options: str) -> Any:
    """`talentlab serve` of `model`: its process, its port and the file of its log."""
    with tempfile.NamedTemporaryFile() as log:
        command = [str(Path(sys.executable).with_name("talentlab")), "serve", str(model), "--port", "0", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            port = int(process.stdout.readline().split(" (the API")[0].rsplit(":", 1)[1])
            yield process, port, Path(log.name)
        finally:
            process.kill()
            process.wait()


async def watch(process: Any, peaks: list[float]) -> None:
    """The largest memory of the process so far [MiB], and at the end what it has then."""
    while True:
        with suppress(psutil.Error):
            now = psutil.Process(process.pid).memory_info().rss / 2**20
            peaks[:] = [max(now, *peaks), now]
        await asyncio.sleep(0.1)


async def load(process: Any, port: int, log: Path, tally: Tally, args: Any) -> dict[str, Any]:
    """`--clients` clients ask for `--requests` texts."""
    start = time.perf_counter()

    async def client() -> None:
        one = Client(port)
        while tally.next < args.requests:
            await tally.one(one)
        one.close()

    await asyncio.gather(*(client() for _ in range(args.clients)))
    return tally.shown() | {"per s": round(len(tally.seconds) / (time.perf_counter() - start))}


async def overload(process: Any, port: int, log: Path, tally: Tally, args: Any) -> dict[str, Any]:
    """512 clients ask for eight texts each, every fiftieth for as much as a request may hold; then one asks alone."""
    end = time.perf_counter() + args.seconds

    async def client(number: int) -> None:
        one = Client(port)
        while time.perf_counter() < end:
            if await tally.one(one, 8, LARGEST if number % 50 == 0 else None) != 200:
                await asyncio.sleep(1)  # as Retry-After says
        one.close()

    await asyncio.gather(*(client(number) for number in range(512)))
    shown, start = tally.shown(), time.perf_counter()
    while await tally.one(one := Client(port)) != 200:
        one.close()
        await asyncio.sleep(0.1)
    return shown | {"recovered after [s]": f"{time.perf_counter() - start:.2f}"}


async def slow(process: Any, port: int, log: Path, tally: Tally, args: Any) -> dict[str, Any]:
    """1,100 half headers and 150 bodies that do not end, while one client asks on."""
    streams = []
    for number in range(1_250):
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /predict HTTP/1.1\r\nHost: localhost\r\n")
            if number >= 1_100:
                writer.write(b"Content-Length: 2600000\r\n\r\n" + b"x" * 2_500_000)
            streams.append(writer)
    end = time.perf_counter() + 15
    while time.perf_counter() < end:
        await tally.one(one := Client(port))
        one.close()
        await asyncio.sleep(0.05)
    for writer in streams:
        writer.close()
    return tally.shown() | {"log [kB]": round(log.stat().st_size / 1e3, 1)}


async def drain(process: Any, port: int, log: Path, tally: Tally, args: Any) -> dict[str, Any]:
    """SIGTERM while 64 clients with kept connections wait for answers; they ask on until they cannot connect."""
    ended_s, unreachable = 0.0, 0

    async def client() -> None:
        nonlocal unreachable
        one = Client(port)
        while True:
            try:
                if one.streams is None:
                    one.streams = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                unreachable += 1
                return
            await tally.one(one, 4)

    clients = [asyncio.ensure_future(client()) for _ in range(64)]
    await asyncio.sleep(3)
    start = time.perf_counter()
    process.send_signal(signal.SIGTERM)
    await asyncio.gather(*clients)
    said = await asyncio.to_thread(process.communicate)
    ended_s = time.perf_counter() - start
    return tally.shown() | {"could not connect": unreachable, "ended after [s]": f"{ended_s:.1f}",
                            "status": process.returncode, "said": said[0].strip()}  # fmt: skip


def serve_in_turns(folders: list[str], pipe: Any) -> None:
    """A service whose every reload takes the other folder; in a process of its own."""
    turn = [0]

    def load() -> tuple[Any, dict[str, str]]:
        turn[0] = 1 - turn[0]
        return deployment.OnnxClassifier(folders[turn[0]], "int8"), {"model": "m", "version": str(turn[0])}

    app = service.build_app(
        deployment.OnnxClassifier(folders[0], "int8"), token="t", load=load, info={"model": "m", "version": "0"}
    )
    with service.running(app) as address:
        pipe.send(int(address.rsplit(":", 1)[1]))
        pipe.recv()


async def reload(port: int, tally: Tally, args: Any) -> dict[str, Any]:
    """Ten changes of the model under 64 clients; the other model has the classes in another order."""
    bearer, counts, done = "Authorization: Bearer t\r\n", {"0": 0, "1": 0}, False

    async def client(number: int) -> None:
        one, row = Client(port), number
        while not done:
            row = (row + 64) % len(tally.texts)
            start = time.perf_counter()
            try:
                status, headers, found = await one.ask(
                    "/predict", json.dumps({"text": tally.texts[row]}).encode(), bearer
                )
            except ConnectionError as error:
                tally.lost.append(str(error))
                continue
            if status != 200:
                tally.lost.append(f"{status}: {found}")
                continue
            tally.seconds.append(time.perf_counter() - start)
            version = headers["x-model-version"]
            counts[version] += 1
            names = NAMES if version == "0" else NAMES[1:] + NAMES[:1]
            said = [found["probabilities"][name] for name in names]
            tally.wrong += bool(np.abs(said - tally.expected[row]).max() > TOLERANCE)
        one.close()

    clients = [asyncio.ensure_future(client(number)) for number in range(64)]
    for _ in range(10):
        await asyncio.sleep(1)
        status, _, found = await Client(port).ask("/admin/reload", b"", bearer)
        assert status == 200, found
    done = True
    await asyncio.gather(*clients)
    return tally.shown() | {"by model": counts}


def with_other_order(exported: Path, folder: Path) -> Path:
    """A copy whose classes have each other's names."""
    shutil.copytree(exported, folder)
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    names = list(settings["id2label"].values())
    settings["id2label"] = dict(zip(settings["id2label"], names[1:] + names[:1], strict=True))
    (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def measure_reload(exported: Path, tally: Tally, args: Any) -> tuple[dict[str, Any], list[float]]:
    """`reload` against a service that has two models."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        folders = [str(exported), str(with_other_order(exported, Path(folder) / "other"))]
        process = spawn.Process(target=serve_in_turns, args=(folders, theirs))
        process.start()
        port, peaks = ours.recv(), [0.0]

        async def run() -> dict[str, Any]:
            watching = asyncio.ensure_future(watch(process, peaks))
            try:
                return await reload(port, tally, args)
            finally:
                watching.cancel()

        shown = asyncio.run(run())
        ours.send("end")
        process.join()
    return shown, peaks


def measure(mode: Any, model: Path, tally: Tally, args: Any) -> tuple[dict[str, Any], list[float]]:
    """One mode against a service of its own; overloaded, it promises an answer within five seconds or none."""
    with served(model, *(["--timeout-s", "5"] if mode is overload else [])) as (process, port, log):
        peaks = [0.0]

        async def run() -> dict[str, Any]:
            watching = asyncio.ensure_future(watch(process, peaks))
            try:
                return await mode(process, port, log, tally, args)
            finally:
                watching.cancel()

        return asyncio.run(run()), peaks


def main() -> None:
    modes = {"load": load, "overload": overload, "slow": slow, "drain": drain, "reload": None}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modes", nargs="*", choices=[*modes, []], help="all of them if none is named")
    parser.add_argument(
        "--model", type=Path, help="of the four classes a, b, c and d; the bundled one if none is given"
    )
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=60)
    args = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        model = args.model or bundled(Path(folder) / "model")
        texts = data.load_labelled_text("reviews").frame["text"].tolist()[:400]
        exported = published.publish(model)
        logits = deployment.OnnxClassifier(exported, "int8").predict(texts)
        expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        swapped = np.abs(expected - np.roll(expected, 1, axis=0)).max(1) > TOLERANCE
        print(f"{len(texts)} texts; a neighbour's answer would be told apart for {swapped.mean():.1%}", flush=True)
        for name in args.modes or modes:
            tally = Tally(texts, expected)
            mode = modes[name]
            shown, peaks = measure(mode, model, tally, args) if mode else measure_reload(exported, tally, args)
            print(f"{name}: {shown | {'memory, most and last [MiB]': [round(peak) for peak in peaks]}}", flush=True)
            for reason in tally.lost[:3]:
                print("  ", reason[:200], file=sys.stderr)
            failed |= bool(tally.lost or tally.wrong or peaks[0] > MOST_MIB)
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
