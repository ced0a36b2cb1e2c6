"""A job advert's skills and roles, by the course's own encoder, each with the sentence that it comes from.

Nothing here sees a person's text, and nothing ranks anybody: it says which skills a text asks for, and why.
"""

import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from torch import nn
from transformers import AutoModelForTokenClassification, PreTrainedModel, PreTrainedTokenizerBase

from talentlab import language
from talentlab.data.batching import TokenizedText, tokenize
from talentlab.language import tr
from talentlab.models.inference import compute_rows, embed
from talentlab.models.packaged import minilm_folder
from talentlab.runtime import quiet_transformers
from talentlab.talent.tables import Startup

TAGS = ("O", "B", "I")  # outside, begin, inside
_IGNORED = -100
# What an advert must not ask for, and the attribute that it touches.
_PHRASES = {
    "age": r"\b(?:under|over) (?:the age of )?\d\d(?=\s*(?:years|preferred|only|[.,;)]|$))|"
    r"\byoung\b|\byouthful\b|\bdigital native\b|\brecent graduates? only\b|年龄|岁以下|应届",
    "sex": r"\b(?:fe)?male\b|\b(?:wo)?m[ae]n\b|\bsalesm[ae]n\b|\bladies\b|\bgirls?\b|\bboys?\b|"
    r"限男|限女|男性|女性|性别",
    "origin": r"\bnative (?:\w+ )?speakers?\b|\bnationality\b|\bethnic|\brace\b(?! condition)|"
    r"籍贯|民族|国籍|户口",
    "family": r"\bunmarried\b|\bmarried\b|\bsingle (?:person|applicant)|\bpregnan|\bno children\b|"
    r"已婚|未婚|婚育|生育|子女",
    "religion": r"\bchristian|\bmuslim|\bjewish|\breligio|宗教",
    "health": r"\bable-bodied\b|\bin (?:good|perfect) health\b|\bdisabilit|残疾|身体健康|五官端正",
}


def protected_mentions(text: str) -> pd.DataFrame:
    """Phrases of an advert that touch a protected attribute, to be looked at by a person: `attribute, phrase`.

    A list of phrases finds what is on it. That it finds nothing is no proof of fairness.
    """
    found = [(language.name(attribute), match.group()) for attribute, pattern in _PHRASES.items()
             for match in re.finditer(pattern, text, re.IGNORECASE)]  # fmt: skip
    return pd.DataFrame(found, columns=["attribute", "phrase"])


def match_skills(
    text: str, skills: dict[str, str], model: nn.Module, tokenizer: PreTrainedTokenizerBase, *, max_length: int = 64
) -> pd.DataFrame:
    """How near each skill's description is to the nearest sentence of an advert.

    Args:
        text: The advert.
        skills: Name → description, such as `startup.skills`.
        model: An encoder or classifier of `models.load_pretrained`; used as it is.
        tokenizer: The model's own.
        max_length: Of a sentence [tokens].

    Returns:
        Indexed by skill, nearest first: `similarity` (cosine) and `because`, the sentence.
    """
    sentences = [part.strip() for part in re.split(r"(?<=[.!?;。！？；])\s*|\n+", text) if part.strip()]
    rows = [f"{name}: {description}" for name, description in skills.items()]
    vectors = [embed(model, tokenize(tokenizer, part, [0] * len(part), max_length), precision="fp32")
               for part in (rows, sentences or [""])]  # fmt: skip
    near = vectors[0] @ vectors[1].T  # [skills, sentences]
    table = pd.DataFrame({"similarity": near.max(1), "because": [(sentences or [""])[i] for i in near.argmax(1)]},
                         index=pd.Index(list(skills), name="skill"))  # fmt: skip
    return table.sort_values("similarity", ascending=False, kind="stable")


def match_roles(skills: pd.DataFrame, startup: Startup) -> pd.DataFrame:
    """How well each role of a start-up covers what an advert asks for.

    A role's score is the mean of its people's levels, of 4, weighted by how far each skill's similarity lies
    above the least one.

    Args:
        skills: Of `match_skills`, with the start-up's skills.
        startup: Whose roles, and the levels of the people in them.

    Returns:
        Indexed by role, best first: `score` from 0 to 1, and `because`: the three skills that add most.
    """
    weight = skills["similarity"] - skills["similarity"].min()
    weight = weight / weight.sum() if weight.sum() else weight
    rows = {}
    for role in dict.fromkeys(person.role for person in startup.people):
        people = [person for person in startup.people if person.role == role]
        level = {skill: float(np.mean([p.skills.get(skill, 0) for p in people])) for skill in weight.index}
        adds = {skill: weight[skill] * level[skill] / 4 for skill in weight.index}
        top = [skill for skill in sorted(adds, key=lambda s: -adds[s])[:3] if adds[skill] > 0]
        why = "; ".join(
            tr("{skill}: weight {weight:.2f} × level {level:.1f} of 4", skill=s, weight=weight[s], level=level[s])
            for s in top
        )
        rows[role] = (float(sum(adds.values())), why)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["score", "because"]).rename_axis("role")
    return table.sort_values("score", ascending=False, kind="stable")


@dataclass
class TaggedText:
    """Sentences of words with a tag each, tokenised; what `fit` trains a tagger on.

    Attributes:
        input_ids: Token ids of each sentence.
        labels: Of each token: its word's tag at the word's first piece, -100 elsewhere.
        pad_token_id: Fills a batch up.
        tags: Of each sentence's words that fit in, numbers into `TAGS`.
    """

    input_ids: list[list[int]]
    labels: list[list[int]]
    pad_token_id: int
    tags: list[list[int]]

    def __len__(self) -> int:
        return len(self.input_ids)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"input_ids": self.input_ids[index], "labels": self.labels[index]}

    @property
    def lengths(self) -> list[int]:
        """Tokens of each sentence."""
        return [len(ids) for ids in self.input_ids]

    def collate(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """`input_ids`, `attention_mask` and `labels`, all [B, T]."""
        width = max(len(row["labels"]) for row in rows)
        labels = torch.tensor([row["labels"] + [_IGNORED] * (width - len(row["labels"])) for row in rows])
        plain = TokenizedText([], [], self.pad_token_id, 0.0).collate([row | {"labels": 0} for row in rows])
        return plain | {"labels": labels}


def read_skillspan(
    path: Path, tokenizer: PreTrainedTokenizerBase, *, kind: Literal["skill", "knowledge"] = "skill",
    limit: int | None = None, max_length: int = 96,
) -> TaggedText:  # fmt: skip
    """Sentences of job adverts with tagged spans, from a file of SkillSpan (Zhang et al. 2022).

    Args:
        path: A `.jsonl.gz` with `tokens` and `tags_skill` or `tags_knowledge`.
        tokenizer: The tagger's own.
        kind: Which tags.
        limit: Sentences, from the start of the file.
        max_length: Longer sentences lose their end [tokens].
    """
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file][:limit]
    encoded = tokenizer(
        [row["tokens"] for row in rows], is_split_into_words=True, truncation=True, max_length=max_length
    )
    labels, kept = [], []
    for i, row in enumerate(rows):
        tags = [TAGS.index(tag) for tag in row[f"tags_{kind}"]]
        words = encoded.word_ids(i)
        first = [word is not None and word not in words[:at] for at, word in enumerate(words)]
        labels.append([tags[word] if new else _IGNORED for word, new in zip(words, first, strict=True)])
        kept.append([label for label in labels[-1] if label != _IGNORED])
    return TaggedText(encoded["input_ids"], labels, tokenizer.pad_token_id, kept)


def build_tagger(seed: int = 0) -> PreTrainedModel:
    """The bundled encoder with a fresh head of three tags per token."""
    torch.manual_seed(seed)
    with quiet_transformers():
        return AutoModelForTokenClassification.from_pretrained(
            minilm_folder(),
            num_labels=len(TAGS),
            use_safetensors=True,
            dtype=torch.float32,
            attn_implementation="eager",
        )


def predict_tags(model: nn.Module, data: TaggedText) -> list[list[int]]:
    """The most probable tag of each word."""
    width = max(data.lengths)

    def best(batch: dict[str, torch.Tensor]) -> torch.Tensor:
        logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
        return nn.functional.pad(logits.argmax(-1), (0, width - logits.shape[1]))  # [B, width]

    found = compute_rows(model, data, best, width).astype(int)  # type: ignore[arg-type]
    return [[int(tag) for tag, label in zip(row, labels, strict=False) if label != _IGNORED]
            for row, labels in zip(found, data.labels, strict=True)]  # fmt: skip


def spans(tags: Sequence[int]) -> set[tuple[int, int]]:
    """First and last + 1 word of each span; an I without a B before it begins one."""
    found: set[tuple[int, int]] = set()
    start: int | None = None
    for at, tag in enumerate([*tags, 0]):
        if start is not None and tag != 2:
            found.add((start, at))
            start = None
        if tag == 1 or (tag == 2 and start is None):
            start = at
    return found


def span_scores(true: Sequence[Sequence[int]], predicted: Sequence[Sequence[int]]) -> dict[str, float]:
    """Precision, recall and F1 of spans: one counts where both its ends are right."""
    pairs = [(spans(a), spans(b)) for a, b in zip(true, predicted, strict=True)]
    right = sum(len(a & b) for a, b in pairs)
    precision = right / max(1, sum(len(b) for _, b in pairs))
    recall = right / max(1, sum(len(a) for a, _ in pairs))
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(1e-12, precision + recall)}
