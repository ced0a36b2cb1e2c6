"""Question answering by spans: a head that says of each token whether the answer starts or ends there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers.modeling_outputs import TokenClassifierOutput

from talentlab.data.questions import Question
from talentlab.models.inference import Floats, compute_rows

HINTS = 3


class SpanHead(nn.Module):
    """Scores of start and end for each token, and for the place 0, which stands for "the passage does not say".

    score(t) = w · hints(t) + v · h(t) + U h(t) · V q: what the hints say, what kind of word it is, and whether this
    kind is what the question asks for.

    Args:
        hidden_size: Width of the encoder's states, H.
        rank: Width in which token and question are compared.
        dropout: On the states, in training.
        seed: Of the weights.
    """

    def __init__(self, hidden_size: int = 384, rank: int = 32, dropout: float = 0.5, seed: int = 0) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.hints, self.kind = nn.Linear(HINTS, 2), nn.Linear(hidden_size, 2)
        self.token, self.asked = nn.Linear(hidden_size, rank), nn.Linear(hidden_size, 2 * rank)
        self.dropout = nn.Dropout(dropout)
        with torch.no_grad():  # it begins with trust in the sentence alone
            self.hints.weight.copy_(torch.tensor([[1.0, 0.0, 0.0]]).expand(2, HINTS))
            self.kind.weight.mul_(0.1)

    def forward(self, states: Tensor, question: Tensor, hints: Tensor, mask: Tensor) -> TokenClassifierOutput:
        """`logits` [B, T, 2], -inf at padding.

        Args:
            states: Of the passage's tokens [B, T, H].
            question: [B, H].
            hints: [B, T, 3].
            mask: [B, T], 0 at padding.
        """
        states = self.dropout(states)
        asked = self.asked(question).unflatten(1, (2, -1))  # [B, 2, R]
        fit = torch.einsum("btr,bcr->btc", self.token(states), asked) / asked.shape[-1] ** 0.5
        logits = self.hints(hints) + self.kind(states) + fit
        return TokenClassifierOutput(logits=logits.masked_fill(~mask.bool().unsqueeze(-1), -torch.inf))


@dataclass
class SpanData:
    """Questions with the encoder's states of their passages: a data set for `fit`.

    Attributes:
        questions: N questions.
        states: N tensors [T, H], the same one for all questions of a passage; row 0 is the first, special token.
        vectors: [N, H], the mean state of each question.
        hints: N tensors [T, 3]: log of the share of the token's sentence in the question's attention; 1 if the word
            stands in the question; at place 0 alone the cosine of the best sentence.
        offsets: For each token the characters of the passage that it stands for.
        labels: First and last token of the first answer; (0, 0) where the tokens do not hold it.
        cut_share: Share of the passages that were longer than the limit and lost their end.
        unit: Of `lengths`.
    """

    questions: list[Question]
    states: list[Tensor]
    vectors: Tensor
    hints: list[Tensor]
    offsets: list[list[tuple[int, int]]]
    labels: list[tuple[int, int]]
    cut_share: float
    unit: str = "tokens"

    def __len__(self) -> int:
        return len(self.questions)

    def __getitem__(self, index: int) -> dict[str, Any]:
        names = ("states", "question", "hints", "labels")
        rows = (self.states[index], self.vectors[index], self.hints[index], self.labels[index])
        return dict(zip(names, rows, strict=True))

    @property
    def lengths(self) -> list[int]:
        """Tokens of each passage, N numbers."""
        return [len(states) for states in self.states]

    def collate(self, rows: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """`states` [B, T, H], `question` [B, H], `hints` [B, T, 3], `mask` [B, T] and `labels` [B, 2]."""
        padded = {
            name: nn.utils.rnn.pad_sequence([row[name] for row in rows], batch_first=True)
            for name in ("states", "hints")
        }
        ends = torch.tensor([len(row["states"]) for row in rows])
        mask = (torch.arange(padded["states"].shape[1]) < ends[:, None]).long()
        question = torch.stack([row["question"] for row in rows])
        return padded | {"question": question, "mask": mask, "labels": torch.tensor([row["labels"] for row in rows])}


def span_loss(output: TokenClassifierOutput, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy of the start and of the end over the tokens, halved: its sum, and the number of questions.

    Args:
        output: With `logits` [B, T, 2].
        labels: [B, 2], the tokens of start and end.
    """
    assert output.logits is not None
    scores = output.logits.float().transpose(1, 2).flatten(0, 1)  # [2 B, T]
    loss = nn.functional.cross_entropy(scores, labels.flatten(), reduction="sum") / 2
    return loss, torch.tensor(len(labels), device=loss.device)


def best_span(scores: Floats, max_tokens: int = 12) -> tuple[int, int, float]:
    """The span whose start and end scores add up to the most, and by how much it beats silence, the place 0.

    Args:
        scores: [T, 2] of start and end, place 0 first.
        max_tokens: The longest span.

    Returns:
        First and last token (from 1 on, first <= last), and the margin over scores[0].sum(); (0, 0, -inf) if T is 1.
    """
    if len(scores) < 2:
        return 0, 0, -np.inf
    sums = scores[1:, :1] + scores[1:, 1]  # [start, end]
    valid = np.triu(np.ones_like(sums)) * np.tril(np.ones_like(sums), max_tokens - 1)
    first, last = np.unravel_index(np.where(valid, sums, -np.inf).argmax(), sums.shape)
    return int(first) + 1, int(last) + 1, float(sums[first, last] - scores[0].sum())


def answer(head: nn.Module, data: Any, max_tokens: int = 12) -> tuple[list[str], Floats]:
    """The best span of each question's passage, as text, and its margin over silence [N]."""
    width = max(data.lengths, default=0)

    def logits(batch: dict[str, Tensor]) -> Tensor:
        found = head(**{name: part for name, part in batch.items() if name != "labels"}).logits
        return nn.functional.pad(found, (0, 0, 0, width - found.shape[1])).flatten(1)  # [B, 2 width]

    rows = compute_rows(head, data, logits, 2 * width).reshape(-1, width, 2)
    found = [best_span(row[:length], max_tokens) for row, length in zip(rows, data.lengths, strict=True)]
    texts = []
    for question, offsets, (first, last, _) in zip(data.questions, data.offsets, found, strict=True):
        texts.append(question.passage[offsets[first][0] : offsets[last][1]])
    return texts, np.array([margin for *_, margin in found])


def choose_threshold(margins: Floats, if_said: Floats, if_silent: Floats) -> float:
    """The margin above which to answer, so that the mean score is highest; of several the lowest.

    Args:
        margins: [N], of validation questions.
        if_said: [N], what each answer would score.
        if_silent: [N], what silence would.
    """
    candidates = [-np.inf, *np.sort(margins)]
    return float(max(candidates, key=lambda least: np.where(margins > least, if_said, if_silent).mean()))
