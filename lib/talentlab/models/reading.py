"""Passages and questions read by an encoder that stays as it is: what the head of `spans` is trained on.

It reads question and passage apart, so each is read once, however many questions a passage has and however long the
head is trained.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from talentlab.data.batching import TokenizedText, tokenize
from talentlab.data.questions import Question, sentence_spans, words
from talentlab.models.inference import Floats, compute_rows, embed
from talentlab.models.spans import SpanData


def read(
    tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel, questions: Sequence[Question], *,
    layer: int = 3, max_length: int = 256, temperature: float = 0.1,
) -> SpanData:  # fmt: skip
    """Let the encoder read questions, passages and the passages' sentences, each once.

    Args:
        tokenizer: The model's own.
        model: An encoder, or a classifier with one. Its last layer knows the sentence, middle ones the words.
        questions: N questions.
        layer: Whose states the head gets, 0 being the embeddings.
        max_length: Of a passage [tokens]; a longer one loses its end, and with it the answers there.
        temperature: Of the sentences' shares: softmax(cosine / temperature).
    """
    passages = list(dict.fromkeys(row.passage for row in questions))
    places = {passage: number for number, passage in enumerate(passages)}
    sentences = [sentence_spans(passage) for passage in passages]
    texts = [passage[a:b] for passage, spans in zip(passages, sentences, strict=True) for a, b in spans]
    asked = [row.question for row in questions]
    of_sentence = np.split(_embed(tokenizer, model, texts, max_length), np.cumsum([len(s) for s in sentences])[:-1])
    of_question = _embed(tokenizer, model, asked, max_length)
    states, offsets, cut = _states(tokenizer, model, passages, layer, max_length)
    means = [state.mean(0) for state in _states(tokenizer, model, asked, layer, max_length)[0]]
    hints, labels = [], []
    for row, vector in zip(questions, of_question, strict=True):
        place = places[row.passage]
        cosines = of_sentence[place] @ vector
        hints.append(_hints(row, offsets[place], sentences[place], cosines, temperature))
        labels.append(_find(row, offsets[place]))
    at = [places[row.passage] for row in questions]
    return SpanData(
        list(questions), [states[i] for i in at], torch.stack(means), hints, [offsets[i] for i in at], labels, cut
    )


def _embed(tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel, texts: list[str], max_length: int) -> Floats:
    return embed(model, tokenize(tokenizer, texts, [0] * len(texts), max_length), precision="fp32")


def _states(
    tokenizer: PreTrainedTokenizerBase, model: PreTrainedModel, texts: list[str], layer: int, max_length: int
) -> tuple[list[Tensor], list[list[tuple[int, int]]], float]:
    """Of each text: the layer's states without that of the closing token, the tokens' offsets; and the share cut."""
    encoded = tokenizer(texts, truncation=True, max_length=max_length, return_offsets_mapping=True)
    full = tokenizer(texts, verbose=False)["input_ids"]
    data = TokenizedText(encoded["input_ids"], list(range(len(texts))), tokenizer.pad_token_id, 0.0)
    lengths, states = data.lengths, [torch.empty(0)] * len(texts)
    encoder: Any = getattr(model, "base_model", model)

    def keep(batch: dict[str, Tensor]) -> Tensor:  # [B, 0]: texts have states of different lengths, kept here
        ids, mask = batch["input_ids"], batch["attention_mask"]
        found = encoder(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[layer]
        for row, of_row in zip(batch["labels"].tolist(), found.cpu(), strict=True):
            states[row] = of_row[: lengths[row] - 1].clone()
        return ids[:, :0]

    compute_rows(encoder, data, keep, 0, batch_size=32, precision="fp32")
    offsets = [[(0, 0), *spans[1:-1]] for spans in encoded["offset_mapping"]]
    return states, offsets, float(np.mean([len(a) > len(b) for a, b in zip(full, encoded["input_ids"], strict=True)]))


def _hints(
    row: Question, offsets: list[tuple[int, int]], sentences: list[tuple[int, int]], cosines: Floats, temperature: float
) -> Tensor:
    shares = torch.log_softmax(torch.from_numpy(cosines) / temperature, dim=0).tolist()
    ends, asked = [end for _, end in sentences], set(words(row.question))
    hints = [[0.0, 0.0, float(cosines.max())]]
    for start, end in offsets[1:]:
        sentence = min(int(np.searchsorted(ends, start, side="right")), len(ends) - 1)
        piece = set(words(row.passage[start:end]))
        hints.append([shares[sentence], float(bool(piece) and piece <= asked), 0.0])
    return torch.tensor(hints)


def _find(row: Question, offsets: list[tuple[int, int]]) -> tuple[int, int]:
    """First and last token of the first answer that has a start, if the tokens hold all of it."""
    for text, first in zip(row.answers, row.starts, strict=True):
        inside = [place for place, (a, b) in enumerate(offsets) if first >= 0 and a < first + len(text) and b > first]
        if inside and offsets[inside[-1]][1] >= first + len(text):
            return inside[0], inside[-1]
    return 0, 0
