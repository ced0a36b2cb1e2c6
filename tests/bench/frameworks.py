"""One small network in torch, and in Keras on another backend, installed apart: `course/data/frameworks.csv`.

    python tests/bench/frameworks.py make /tmp/net.npz                                    # with torch
    python -m venv tf && tf/bin/pip install 'tensorflow-cpu>=2.21'
    KERAS_BACKEND=tensorflow tf/bin/python tests/bench/frameworks.py compare /tmp/net.npz

`make` writes weights, inputs, and torch's outputs before and after 20 steps of SGD; `compare` prints one row: how far
Keras is from them, and how large its environment is. Nothing of the course is imported: the other one lacks it.
"""

import csv
import importlib.metadata
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

STEPS, RATE = 20, 0.1


def make(path: Path) -> None:
    """The reference, by torch alone."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    x, y = torch.randn(200, 64), torch.randint(0, 10, (200,))
    kept = {f"weight{number}": p.detach().numpy().copy() for number, p in enumerate(net.parameters())}
    kept |= {"x": x.numpy(), "y": y.numpy(), "before": net(x).detach().numpy()}
    optimizer = torch.optim.SGD(net.parameters(), RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimizer.step()
    np.savez(path, **kept, after=net(x).detach().numpy())


def compare(path: Path) -> None:
    """One row of the table on standard output."""
    start = perf_counter()
    import keras

    seconds, kept = perf_counter() - start, np.load(path)
    net = keras.Sequential([keras.Input((64,)), keras.layers.Dense(32, activation="relu"), keras.layers.Dense(10)])
    net.set_weights([kept["weight0"].T, kept["weight1"], kept["weight2"].T, kept["weight3"]])
    before = np.abs(keras.ops.convert_to_numpy(net(kept["x"])) - kept["before"]).max()
    net.compile(keras.optimizers.SGD(RATE), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    net.fit(kept["x"], kept["y"], batch_size=200, epochs=STEPS, shuffle=False, verbose=0)
    after = np.abs(keras.ops.convert_to_numpy(net(kept["x"])) - kept["after"]).max()
    backend = keras.backend.backend()
    name = {"tensorflow": "tensorflow-cpu", "torch": "torch"}[backend]
    found = list(importlib.metadata.distributions())
    size = sum(file.stat().st_size for file in Path(np.__file__).parents[1].rglob("*") if file.is_file()) / 1e6
    row = [f"Keras {keras.__version__}", backend, importlib.metadata.version(name), len(found), round(size),
           f"{before:.1e}", f"{after:.1e}", round(seconds, 1)]  # fmt: skip
    csv.writer(sys.stdout).writerow(row)


if __name__ == "__main__":
    {"make": make, "compare": compare}[sys.argv[1]](Path(sys.argv[2]))
