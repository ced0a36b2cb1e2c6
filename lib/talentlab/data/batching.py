"""Texts to batches: tokenise once, group by length, pad to the longest of the batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerBase


@dataclass
class TokenizedText(Dataset[dict[str, Any]]):
    """Tokenised texts with labels, unpadded.

    Attributes:
        input_ids: One list of token ids per text, N lists of T_i.
        labels: N class indices, or N distributions over the C classes (lists of C shares that sum to 1).
        pad_token_id: Id that fills a batch up.
        truncated_share: Share of the texts that were longer than the limit and lost their end.
    """

    input_ids: list[list[int]]
    labels: list[Any]
    pad_token_id: int
    truncated_share: float

    def __len__(self) -> int:
        return len(self.input_ids)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"input_ids": self.input_ids[index], "labels": self.labels[index]}

    @property
    def lengths(self) -> list[int]:
        """Tokens of each text, N numbers."""
        return [len(ids) for ids in self.input_ids]

    def collate(self, rows: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """Pad rows to the longest of them: `input_ids` and `attention_mask` [B, T], `labels` [B] or [B, C]."""
        batch = pad([torch.tensor(row["input_ids"]) for row in rows], self.pad_token_id)
        return batch | {"labels": torch.tensor([row["labels"] for row in rows])}


def pad(rows: list[Tensor], pad_token_id: int) -> dict[str, Tensor]:
    """Rows of token ids as `input_ids` and `attention_mask` [B, T], T being the length of the longest."""
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad_token_id)
    lengths = torch.tensor([len(row) for row in rows])
    return {"input_ids": padded, "attention_mask": (torch.arange(padded.shape[1]) < lengths[:, None]).long()}


def tokenize(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], labels: Sequence[int], max_length: int
) -> TokenizedText:
    """Tokenise all texts once, so that no epoch pays for it again.

    Args:
        tokenizer: The model's own tokenizer.
        texts: N texts.
        labels: N class indices.
        max_length: Limit, special tokens included [tokens]. Longer texts lose their end.
    """
    if not len(texts):  # the tokenizer fails on none
        return TokenizedText([], [], tokenizer.pad_token_id, 0.0)
    full = tokenizer(list(texts), truncation=False, verbose=False)["input_ids"]
    cut = tokenizer(list(texts), truncation=True, max_length=max_length)["input_ids"]
    truncated = sum(len(a) > len(b) for a, b in zip(full, cut, strict=True))
    cut = [ids or [tokenizer.pad_token_id] for ids in cut]  # GPT-2 makes nothing of an empty text
    return TokenizedText(cut, [int(label) for label in labels], tokenizer.pad_token_id, truncated / len(cut))


class LengthGroupedBatches:
    """Batches of similar lengths, in an order that is new in each epoch and the same for the same seed.

    The rows are shuffled, sorted by length inside windows of `window` batches, cut into batches, and the batches
    shuffled; the incomplete batch stays last. Of n processes, each gets every n-th row of batches n times as large: so
    n processes see together, step by step, what one process with the n-fold `batch_size` sees.

    Args:
        lengths: Tokens of each row.
        batch_size: Rows per batch, of each process.
        seed: Seed of the order.
        window: Batches per sorted window. Larger: less padding; smaller: more random batches.
        rank: Number of this process, from 0.
        processes: How many there are.
    """

    def __init__(
        self, lengths: Sequence[int], batch_size: int, seed: int, window: int = 50, rank: int = 0, processes: int = 1
    ) -> None:
        self.lengths, self.batch_size, self.seed, self.window = list(lengths), batch_size, seed, window
        self.rank, self.processes = rank, processes
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of `epoch` (0, 1, …) for the next iteration."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.lengths) // (self.batch_size * self.processes))

    def __iter__(self) -> Iterator[list[int]]:
        for batch in self._draw(self.batch_size * self.processes):
            # Fewer rows than processes: each row as often as there are processes, which leaves the mean as it is.
            yield (batch if len(batch) >= self.processes else batch * self.processes)[self.rank :: self.processes]

    def _draw(self, batch_size: int) -> Iterator[list[int]]:
        generator = torch.Generator().manual_seed(1_000_003 * self.seed + self.epoch)
        order = torch.randperm(len(self.lengths), generator=generator).tolist()
        full = len(order) - len(order) % batch_size
        rest = order[full:]
        span = batch_size * self.window
        batches = []
        for start in range(0, full, span):
            window = sorted(order[start : min(start + span, full)], key=self.lengths.__getitem__)
            batches += [window[i : i + batch_size] for i in range(0, len(window), batch_size)]
        for index in torch.randperm(len(batches), generator=generator).tolist():
            yield batches[index]
        if rest:
            yield rest


def padding_share(lengths: Sequence[int], batches: Sequence[Sequence[int]]) -> float:
    """Share of padding among all positions that the model computes.

    Args:
        lengths: Tokens of each row.
        batches: Row indices of each batch; each is padded to its longest row.
    """
    computed = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    return 1 - sum(lengths[i] for batch in batches for i in batch) / computed
