"""A small encoder–decoder Transformer for pairs of texts: its data, the model, and beam search."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from talentlab.data.batching import pad
from talentlab.errors import DataError, ModelError

PAD, UNKNOWN, START, END = range(4)
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[START]", "[END]")


class Vocabulary:
    """Words separated by blanks ↔ numbers; the first four are the special tokens.

    Args:
        texts: Training texts only.
        min_count: Words that are rarer become [UNK].

    Raises:
        DataError: If no word is left.
    """

    def __init__(self, texts: Iterable[str], min_count: int = 1) -> None:
        counts = Counter(word for text in texts for word in text.split())
        words = sorted(word for word, count in counts.items() if count >= min_count)
        if not words:
            raise DataError(
                f"{len(counts)} different words, none of them {min_count} times.",
                expected="texts of words separated by blanks",
                remedy="lower min_count, or give more text.",
            )
        self.tokens = [*SPECIAL_TOKENS, *words]
        self.ids = {token: number for number, token in enumerate(self.tokens)}

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, text: str) -> list[int]:
        """Numbers of the words, and END."""
        return [*(self.ids.get(word, UNKNOWN) for word in text.split()), END]

    def decode(self, ids: Iterable[int]) -> str:
        """Words up to END, with single blanks."""
        words = []
        for number in ids:
            if number == END:
                break
            words.append(self.tokens[number])
        return " ".join(words)


@dataclass
class PairedText(Dataset[dict[str, Any]]):
    """Pairs of texts as numbers, each ended by END, unpadded.

    Attributes:
        sources: One list of ids per text, N lists.
        targets: The same of their translations.
    """

    sources: list[list[int]]
    targets: list[list[int]]

    def __post_init__(self) -> None:
        if len(self.sources) != len(self.targets) or not all(self.sources) or not all(self.targets):
            raise DataError(
                f"{len(self.sources)} sources and {len(self.targets)} targets, {self.sources.count([])} and "
                f"{self.targets.count([])} of them empty.",
                expected="as many of each, ended by END",
                remedy="make both with Vocabulary.encode, from the same rows.",
            )

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"input_ids": self.sources[index], "labels": self.targets[index]}

    @property
    def lengths(self) -> list[int]:
        """Tokens of each pair, N numbers."""
        return [len(source) + len(target) for source, target in zip(self.sources, self.targets, strict=True)]

    def collate(self, rows: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """`input_ids`, `attention_mask` [B, S]; `decoder_input_ids`, which begin with START, and `labels` [B, T]."""
        batch = pad([torch.tensor(row["input_ids"]) for row in rows], PAD)
        given = pad([torch.tensor([START, *row["labels"][:-1]]) for row in rows], PAD)["input_ids"]
        asked = pad([torch.tensor(row["labels"]) for row in rows], -100)["input_ids"]
        return batch | {"decoder_input_ids": given, "labels": asked}


class Scores(NamedTuple):
    """Of each next token: `logits` [B, T, V]; `attention` [B, heads, T, S]: the last layer's, to the source."""

    logits: Tensor
    attention: Tensor


class Attention(nn.Module):
    """Means over a memory, weighted by how well its keys fit the queries; several heads.

    Source: Vaswani et al. 2017 (arXiv 1706.03762), section 3.2.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width, bias=False) for _ in range(4))

    def forward(self, x: Tensor, memory: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor]:
        """Result [B, T, H] and weights [B, heads, T, S] of `x` [B, T, H] and `memory` [B, S, H]."""
        query, key, value = (
            layer(states).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # [B, heads, T or S, H / heads]
            for layer, states in ((self.query, x), (self.key, memory), (self.value, memory))
        )
        scores = query @ key.mT / query.shape[-1] ** 0.5
        weights = scores.masked_fill(~allowed, -math.inf).softmax(-1)
        return self.out((weights @ value).transpose(1, 2).flatten(2)), weights


class Layer(nn.Module):
    """Attention to the own text, in a decoder also to the source, and a feed-forward part; each added to its input."""

    def __init__(self, width: int, heads: int, dropout: float, *, crosses: bool, norm_first: bool = True) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3 if crosses else 2))
        self.own = Attention(width, heads)
        self.cross = Attention(width, heads) if crosses else None
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, allowed: Tensor, memory: Tensor | None = None, is_word: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """New states [B, T, H], and the weights of the last attention."""
        given = self._before(0, x)
        mixed, weights = self.own(given, given, allowed)
        x = self._added(0, x, mixed)
        if self.cross is not None and memory is not None and is_word is not None:
            mixed, weights = self.cross(self._before(1, x), memory, is_word)
            x = self._added(1, x, mixed)
        return self._added(-1, x, self.feed(self._before(-1, x))), weights

    def _before(self, part: int, x: Tensor) -> Tensor:
        return self.norms[part](x) if self.norm_first else x

    def _added(self, part: int, x: Tensor, result: Tensor) -> Tensor:
        x = x + self.dropout(result)
        return x if self.norm_first else self.norms[part](x)


class Seq2Seq(nn.Module):
    """An encoder–decoder Transformer with random weights.

    Args:
        num_source: V of the source.
        num_target: V of the target.
        hidden_size: Width H, a multiple of 32.
        num_layers: Of the encoder, and of the decoder.
        dropout: Share of each layer's results that is left out in training.
        positions: Whether places are told; without, the encoder sees a bag of words.
        heads: Of each attention; of width 32 if None.
        norm_first: Layer norm before each part; False: after it, as in the paper of 2017.
        seed: Of the weights.

    Raises:
        ModelError: If `hidden_size` does not fit, or does not divide by `heads`, or there is no layer.

    Source: Vaswani et al. 2017 (arXiv 1706.03762); the norm before each part: Xiong et al. 2020 (arXiv 2002.04745).
    """

    def __init__(
        self, num_source: int, num_target: int, *, hidden_size: int = 96, num_layers: int = 2, dropout: float = 0.1,
        positions: bool = True, heads: int | None = None, norm_first: bool = True, seed: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        heads = hidden_size // 32 if heads is None else heads
        if hidden_size < 32 or hidden_size % 32 or num_layers < 1 or heads < 1 or hidden_size % heads:
            raise ModelError(
                f"hidden_size={hidden_size}, num_layers={num_layers}, heads={heads}.",
                expected="a multiple of 32 that divides by the heads, and at least one layer",
                remedy="take 64, 96 or 128, 2 layers, and 1, 2 or 4 heads.",
            )
        torch.manual_seed(seed)
        self.positions = positions
        self.source = nn.Embedding(num_source, hidden_size, padding_idx=PAD)
        self.target = nn.Embedding(num_target, hidden_size, padding_idx=PAD)
        for table in (self.source, self.target):
            nn.init.normal_(table.weight, std=hidden_size**-0.5)
        part = partial(Layer, hidden_size, heads, dropout, norm_first=norm_first)
        self.encoder = nn.ModuleList(part(crosses=False) for _ in range(num_layers))
        self.decoder = nn.ModuleList(part(crosses=True) for _ in range(num_layers))
        self.norms = nn.ModuleList(nn.LayerNorm(hidden_size) if norm_first else nn.Identity() for _ in range(2))
        # Not the word vectors once more: a state is nearest to its own input, which at the start would be repeated.
        self.scores = nn.Linear(hidden_size, num_target, bias=False)

    def encode(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """States of the source [B, S, H]."""
        x, is_word = self._embed(self.source, input_ids), attention_mask.bool()[:, None, None]
        for layer in self.encoder:
            x, _ = layer(x, is_word)
        return self.norms[0](x)

    def decode(self, memory: Tensor, attention_mask: Tensor, decoder_input_ids: Tensor) -> Scores:
        """Scores of the token after each of `decoder_input_ids` [B, T]."""
        length = decoder_input_ids.shape[1]
        earlier = torch.ones(length, length, dtype=torch.bool, device=memory.device).tril()[None, None]
        x, is_word = self._embed(self.target, decoder_input_ids), attention_mask.bool()[:, None, None]
        for layer in self.decoder:
            x, weights = layer(x, earlier, memory, is_word)
        return Scores(self.scores(self.norms[1](x)), weights)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, decoder_input_ids: Tensor) -> Scores:
        """Both in one: `input_ids`, `attention_mask` [B, S], `decoder_input_ids` [B, T]."""
        return self.decode(self.encode(input_ids, attention_mask), attention_mask, decoder_input_ids)

    def _embed(self, table: nn.Embedding, ids: Tensor) -> Tensor:
        width = table.embedding_dim
        x = table(ids) * width**0.5
        if not self.positions:
            return x
        place = torch.arange(ids.shape[1], device=ids.device)[:, None]
        angle = place / 10_000 ** (torch.arange(0, width, 2, device=ids.device) / width)  # [T, H / 2]
        return x + torch.cat([angle.sin(), angle.cos()], -1)


@torch.inference_mode()
def beam_search(
    model: Seq2Seq, data: PairedText, *, width: int = 1, max_length: int = 40, batch_size: int = 128
) -> tuple[list[list[int]], list[float]]:
    """The likeliest target of each source that a beam finds; of width 1, the likeliest token at each step.

    After each step the `width` likeliest beginnings are kept; a finished one stays among them as it is.

    Args:
        model: In whatever mode; evaluation is set for the search.
        data: N pairs, of which only the sources are read.
        width: Beginnings that are kept.
        max_length: Where unfinished ones are cut [tokens].
        batch_size: Sources per forward.

    Returns:
        Ids without START, up to END, N lists; and their log-probabilities [nats].

    Raises:
        ModelError: If `width` or `max_length` is below 1.
    """
    if width < 1 or max_length < 1:
        raise ModelError(
            f"width={width}, max_length={max_length}.",
            expected="at least 1",
            remedy="1 is the greedy choice; 4 is usual.",
        )
    found: dict[int, tuple[list[int], float]] = {}
    order = sorted(range(len(data)), key=lambda row: len(data.sources[row]))
    device, was_training = next(model.parameters()).device, model.training
    model.eval()
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        batch = pad([torch.tensor(data.sources[row]) for row in rows], PAD)
        given, mask = (tensor.to(device) for tensor in batch.values())
        ids, log_p = _search(model, given, mask, width, max_length)
        for row, text, value in zip(rows, ids.tolist(), log_p.tolist(), strict=True):
            found[row] = (text[: text.index(END) + 1] if END in text else text, value)
    model.train(was_training)
    return [found[row][0] for row in range(len(data))], [found[row][1] for row in range(len(data))]


def _search(model: Seq2Seq, input_ids: Tensor, mask: Tensor, width: int, max_length: int) -> tuple[Tensor, Tensor]:
    """Best ids [B, ≤ max_length] and log-probabilities [B]."""
    size, memory = len(input_ids), model.encode(input_ids, mask)
    memory, mask = (tensor.repeat_interleave(width, 0) for tensor in (memory, mask))  # [B · width, …]
    ids = torch.full((size * width, 1), START, device=memory.device)
    log_p = torch.full((size, width), -math.inf, device=memory.device)
    log_p[:, 0] = 0  # at first all beginnings are the same one
    first = torch.arange(size, device=memory.device)[:, None] * width
    for _ in range(max_length):
        step = model.decode(memory, mask, ids).logits[:, -1].float().log_softmax(-1)  # [B · width, V]
        step[:, [PAD, START]] = -math.inf
        ended = (ids == END).any(1)
        step[ended] = -math.inf
        step[ended, PAD] = 0  # nothing more to say
        total = (log_p[..., None] + step.view(size, width, -1)).flatten(1)  # [B, width · V]
        log_p, best = total.topk(width)
        parent = (first + best // step.shape[1]).flatten()
        ids = torch.cat([ids[parent], (best % step.shape[1]).view(-1, 1)], 1)
        if (ids == END).any(1).all():
            break
    return ids.view(size, width, -1)[:, 0, 1:], log_p[:, 0]
