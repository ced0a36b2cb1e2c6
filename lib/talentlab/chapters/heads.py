"""Many small networks trained side by side on the same batches, each with settings of its own."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from talentlab.errors import ParameterError


class Heads:
    """S networks on F given numbers, with Adam: a hidden layer of `width` (none for 0), then K classes.

    They begin alike, so that a difference between two of them is one of their settings. `learning_rate` and `dropout`
    [S] and the classes' `weights` [S, K] may be changed between two steps.

    Source: Adam is Kingma & Ba 2015, arXiv 1412.6980, algorithm 1; ReLU and He's start.
    """

    def __init__(self, features: int, width: int, classes: int, count: int, seed: int = 0) -> None:
        generator = torch.Generator().manual_seed(seed)
        sizes = [(features, width), (width, classes)] if width else [(features, classes)]
        self.layers: list[Tensor] = []  # weights and biases in turn, each [S, …]
        for rows, columns in sizes:
            start = torch.randn(rows, columns, generator=generator) * math.sqrt((2 if width else 1) / rows)
            self.layers += [start.repeat(count, 1, 1), torch.zeros(count, 1, columns)]
        for layer in self.layers:
            layer.requires_grad_()
        self.means = [torch.zeros_like(layer) for layer in self.layers]  # of the gradient, and of its square
        self.squares = [torch.zeros_like(layer) for layer in self.layers]
        self.steps = 0
        self.generator = generator
        self.learning_rate, self.dropout = torch.full((count,), 1e-3), torch.zeros(count)
        self.weights = torch.ones(count, classes)

    def logits(self, x: Tensor, dropout: bool = False) -> Tensor:
        """[N, F] → [S, N, K]."""
        x = torch.matmul(x, self.layers[0]) + self.layers[1]
        if len(self.layers) > 2:
            x = x.relu()
            if dropout and self.dropout.any():
                keep = (1 - self.dropout)[:, None, None]
                x = x * (torch.rand(x.shape, generator=self.generator) < keep) / keep
            x = torch.matmul(x, self.layers[2]) + self.layers[3]
        return x

    def step(self, x: Tensor, y: Tensor) -> Tensor:
        """One step of Adam on the batch [B, F], [B]; each network's loss before it, [S], in nats."""
        logs = self.logits(x, dropout=True).log_softmax(-1)  # [S, B, K]
        weights = self.weights[:, y]  # [S, B]
        loss = -(weights * logs[:, torch.arange(len(y)), y]).sum(1) / weights.sum(1)
        gradients = torch.autograd.grad(loss.sum(), self.layers)
        self.steps += 1
        rate = self.learning_rate[:, None, None] / (1 - 0.9**self.steps)
        with torch.no_grad():
            for layer, gradient, mean, square in zip(self.layers, gradients, self.means, self.squares, strict=True):
                mean.lerp_(gradient, 0.1)
                square.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
                layer.sub_(rate * mean / ((square / (1 - 0.999**self.steps)).sqrt() + 1e-8))
        return loss.detach()

    def copy(self, source: Sequence[int], target: Sequence[int]) -> None:
        """Overwrite the networks `target` by the networks `source`: weights and Adam's averages, not the settings."""
        with torch.no_grad():
            for tensor in (*self.layers, *self.means, *self.squares):
                tensor[list(target)] = tensor[list(source)]


def train_epoch(heads: Heads, x: Tensor, y: Tensor, batch_size: int, seed: int) -> None:
    """One pass over [N, F], [N] in an order of `seed`."""
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(seed))
    for rows in order.split(batch_size):
        heads.step(x[rows], y[rows])


def recalls(heads: Heads, x: Tensor, y: Tensor) -> npt.NDArray[np.float64]:
    """Share of each class that each network gets right: [S, K]. Its mean is the balanced accuracy."""
    with torch.inference_mode():
        right = (heads.logits(x).argmax(-1) == y).double()  # [S, N]
    of_class = nn.functional.one_hot(y).double()
    return (right @ of_class / of_class.sum(0)).numpy()


def balancing_weights(y: Tensor) -> Tensor:
    """Weight of each class [K] that makes all classes count alike: N / (K · its number)."""
    counts = torch.bincount(y)
    return len(y) / (len(counts) * counts)


def train_settings(
    parts: Mapping[str, tuple[Tensor, Tensor]],
    settings: Sequence[Mapping[str, float]],
    *,
    num_epochs: int,
    seed: int = 0,
) -> list[dict[str, float]]:
    """Train one network per setting, those of equal batch size and width side by side.

    Args:
        parts: `train`, `validation`, `test`, each numbers [N, F] and classes [N].
        settings: Each with `learning_rate`, `batch_size`, `width`, `dropout` and `class_weights` (1: balanced).
        num_epochs: Of each.
        seed: Of the start and of the order.

    Returns:
        For each setting its values, `seed`, `accuracy_1` … (balanced accuracy on validation after each epoch), and
        `test`: that on the test part after the epoch of the best validation, the earlier of equals.

    Raises:
        ParameterError: If the settings are not known by these names.
    """
    names = {"learning_rate", "batch_size", "width", "dropout", "class_weights"}
    if wrong := [dict(setting) for setting in settings if set(setting) != names]:
        raise ParameterError(f"Settings {wrong[0]}.", expected=f"exactly {sorted(names)}", remedy="name all five.")
    (x, y), valid, test = parts["train"], parts["validation"], parts["test"]
    found: dict[int, dict[str, float]] = {}
    for batch_size, width in sorted({(int(s["batch_size"]), int(s["width"])) for s in settings}):
        places = [k for k, s in enumerate(settings) if (s["batch_size"], s["width"]) == (batch_size, width)]
        group = [settings[k] for k in places]
        heads = Heads(x.shape[1], width, int(y.max()) + 1, len(group), seed)
        heads.learning_rate = torch.tensor([float(s["learning_rate"]) for s in group])
        heads.dropout = torch.tensor([float(s["dropout"]) for s in group])
        flat = torch.ones(heads.weights.shape[1])
        heads.weights = torch.stack([balancing_weights(y) if s["class_weights"] else flat for s in group])
        seen, tested = [], []
        for epoch in range(num_epochs):
            train_epoch(heads, x, y, batch_size, 1000 * seed + epoch)
            seen.append(recalls(heads, *valid).mean(1))
            tested.append(recalls(heads, *test).mean(1))
        for at, place in enumerate(places):
            values = [float(value[at]) for value in seen]
            found[place] = {**group[at], "seed": seed}
            found[place] |= {f"accuracy_{epoch}": round(value, 3) for epoch, value in enumerate(values, 1)}
            found[place]["test"] = round(float(tested[int(np.argmax(values))][at]), 4)
    return [found[place] for place in range(len(settings))]
