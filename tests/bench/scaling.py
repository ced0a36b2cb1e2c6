"""Tiny letter models of seven sizes: loss on held-out text against parameters and training letters.

    python tests/bench/scaling.py course/data/scaling.csv

Each model sees the sixteen letters before and gives a probability to each that may follow (Bengio et al. 2003): a table
of letter vectors, one hidden layer, one score per letter. The text is the documentation of installed packages; the last
tenth of it is held out. Chapter 1 fits its scaling law to the table.
"""

import argparse
import time
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn

from talentlab.data.docstring_corpus import load_docstring_corpus

BEFORE, VECTOR, BATCH, RATE = 16, 12, 512, 4e-3  # letters seen, numbers per letter, letters per step, peak of the rate
WIDTHS = (4, 8, 16, 32, 64, 128, 256)
LETTERS = 40  # the most frequent ones of the text in lower case; one more stands for all others


def read_text() -> tuple[Tensor, Tensor]:
    """Numbers of the training letters and of the held-out ones."""
    text = "\n".join(load_docstring_corpus().texts).lower()
    counts = pd.Series(list(text)).value_counts()
    numbers = {letter: n + 1 for n, letter in enumerate(sorted(counts.index[:LETTERS]))}
    ids = torch.tensor([numbers.get(letter, 0) for letter in text])
    return ids[: len(ids) * 9 // 10], ids[len(ids) * 9 // 10 :]


def windows(ids: Tensor, starts: Tensor) -> tuple[Tensor, Tensor]:
    """The letters before, [B, 16], and the next one, [B]."""
    rows = ids[starts[:, None] + torch.arange(BEFORE + 1)]
    return rows[:, :-1], rows[:, -1]


def train(width: int, letters: int, seed: int, training: Tensor, held_out: Tensor) -> dict[str, float]:
    """One model, trained once; its row of the table."""
    torch.manual_seed(seed)
    model = nn.Sequential(
        nn.Embedding(LETTERS + 1, VECTOR),
        nn.Flatten(),
        nn.Linear(BEFORE * VECTOR, width),
        nn.GELU(),
        nn.Linear(width, LETTERS + 1),
    )
    steps, draw = letters // BATCH, torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.1)
    clock = time.process_time()
    for _ in range(steps):
        seen, following = windows(training, torch.randint(len(training) - BEFORE, (BATCH,), generator=draw))
        loss = nn.functional.cross_entropy(model(seen), following)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        parts = torch.arange(0, len(held_out) - BEFORE, 2).split(8192)
        losses = [
            nn.functional.cross_entropy(model(x), y, reduction="none")
            for x, y in (windows(held_out, part) for part in parts)
        ]
    parameters = sum(weight.numel() for weight in model.parameters())
    row = {"width": width, "parameters": parameters, "letters": steps * BATCH, "seed": seed}
    return row | {"loss": round(torch.cat(losses).mean().item(), 4), "seconds": round(time.process_time() - clock, 1)}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("table", type=Path)
    options.add_argument("--letters", type=int, default=1_000_000, help="training letters of the largest run")
    options.add_argument("--seeds", type=int, default=2)
    chosen = options.parse_args()
    torch.set_num_threads(1)
    training, held_out = read_text()
    print(f"{len(training):,} training letters, {len(held_out):,} held out", flush=True)
    plan = [(width, chosen.letters) for width in WIDTHS] + [(WIDTHS[-1], chosen.letters >> k) for k in range(1, 6)]
    rows = []
    for width, letters in plan:
        for seed in range(chosen.seeds):
            rows.append(train(width, letters, seed, training, held_out))
            print(rows[-1], flush=True)
            pd.DataFrame(rows).to_csv(chosen.table, index=False)


if __name__ == "__main__":
    main()
