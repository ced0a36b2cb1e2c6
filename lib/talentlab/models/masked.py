"""Masked-language pretraining from nothing: tokenizer, small BERT, masks, baselines, and the way to a classifier."""

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers.implementations import BertWordPieceTokenizer
from torch import Tensor, nn
from torch.utils.data import Dataset
from transformers import BertConfig, BertForMaskedLM, BertTokenizer, PreTrainedTokenizerBase
from transformers.modeling_outputs import MaskedLMOutput

from talentlab.data.batching import pad
from talentlab.errors import DataError, ModelError
from talentlab.models.inference import check_lengths, compute_rows
from talentlab.models.pretrained import MeanPooledBert
from talentlab.runtime import Precision

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def train_tokenizer(texts: Iterable[str], vocab_size: int = 6000) -> PreTrainedTokenizerBase:
    """A lower-casing WordPiece tokenizer, learned from `texts`; about a second per MB.

    Args:
        texts: Training documents only: a vocabulary learned from validation texts has seen them.
        vocab_size: Tokens in all, special ones included; fewer if the texts have too few pieces that occur twice.

    Raises:
        DataError: If the vocabulary would hold nothing but special tokens and single characters.

    Source: Schuster & Nakajima 2012; as used in Devlin et al. 2019 (arXiv 1810.04805), section 3.
    """
    texts, learner = list(texts), BertWordPieceTokenizer(lowercase=True)
    signs = Counter(learner.normalize(" ".join(texts))).most_common(max(1, vocab_size // 4))  # the rest becomes [UNK]
    alphabet = sorted(sign for sign, _ in signs if not sign.isspace())
    # The learner numbers what it is given first in that order, and all else as its hash tables have it: given the
    # alphabet, it breaks ties between equally frequent pieces alike in every process.
    learner.train_from_iterator(
        iter(texts), vocab_size=vocab_size, min_frequency=2, limit_alphabet=len(alphabet), show_progress=False,
        special_tokens=[*SPECIAL_TOKENS, *alphabet, *(f"##{sign}" for sign in alphabet)],
    )  # fmt: skip
    vocabulary = learner.get_vocab()
    if not any(len(token.removeprefix("##")) > 1 for token in vocabulary if token not in SPECIAL_TOKENS):
        raise DataError(
            f"vocab_size={vocab_size} leaves {len(vocabulary)} tokens, none longer than a character.",
            expected="more tokens than different characters, and texts in which pieces repeat",
            remedy="raise vocab_size (4000 to 30000 is usual), or give more text.",
        )
    return BertTokenizer(vocab=vocabulary, do_lower_case=True)


class MaskedBert(BertForMaskedLM):
    """`BertForMaskedLM` whose head scores only the positions asked for; weights and saved files are the same.

    The head is a product with the whole vocabulary. In a small model it costs more than the layers, and six of seven
    positions are not asked.
    """

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, positions: Tensor | None = None
    ) -> MaskedLMOutput:
        """Logits [M, V] at `positions` [M] of the flattened `input_ids` [B, T]; [B, T, V] without `positions`."""
        hidden = self.bert(input_ids, attention_mask=attention_mask).last_hidden_state  # [B, T, H]
        if positions is not None:
            hidden = hidden.flatten(0, 1)[positions]  # [M, H]
        return MaskedLMOutput(logits=self.cls(hidden))


def build_bert(
    tokenizer: PreTrainedTokenizerBase,
    *,
    hidden_size: int = 128,
    num_hidden_layers: int = 2,
    max_length: int = 128,  # longest input [tokens]
    dropout: float = 0.1,
    seed: int = 0,
) -> MaskedBert:
    """A BERT with random weights for `tokenizer`, with BERT's proportions: heads of 64, feed-forward layers of 4 H.

    Raises:
        ModelError: If `hidden_size` is not a multiple of 64.

    Source: Devlin et al. 2019 (arXiv 1810.04805), section 3; small shapes as in Turc et al. 2019 (arXiv 1908.08962).
    """
    if hidden_size % 64 or hidden_size <= 0:
        raise ModelError(f"hidden_size={hidden_size}.", expected="a multiple of 64", remedy="take 128, 256 or 768.")
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=hidden_size, num_hidden_layers=num_hidden_layers,
        num_attention_heads=hidden_size // 64, intermediate_size=4 * hidden_size, max_position_embeddings=max_length,
        hidden_dropout_prob=dropout, attention_probs_dropout_prob=0.0, pad_token_id=tokenizer.pad_token_id,
        # BERT's 0.02 suits a width of 768; kept for 128, the loss stands still at the guess by frequency for long
        initializer_range=0.02 * (768 / hidden_size) ** 0.5,
    )  # fmt: skip
    return _build(MaskedBert, config, seed)


def _build(kind: Any, config: BertConfig, seed: int) -> Any:
    torch.manual_seed(seed)
    model = kind(config)
    if not torch.accelerator.is_available():  # as in `models.load_pretrained`
        model.set_attn_implementation("eager")
    return model


@dataclass
class MaskedText(Dataset[dict[str, Any]]):
    """Blocks of tokens, some of which are hidden anew in each epoch.

    The choice depends on `seed`, epoch and row alone, so that a resumed training meets the same masks.

    Attributes:
        input_ids: One list of token ids per block, N lists of T_i.
        is_ordinary: For each of the V ids whether it is no special token: may be chosen, or put in another's place.
        mask_token_id: Id of [MASK].
        pad_token_id: Id that fills a batch up.
        seed: Of the choice.
        mask_share: Share of a block's ordinary tokens that is chosen; at least one.
        fates: Shares of the chosen that become [MASK], and another token; the rest stays.
        epoch: Set by `begin_epoch`; epoch 0 is the fixed mask of a validation set.

    Source: Devlin et al. 2019 (arXiv 1810.04805), section 3.1; a new choice per epoch as in Liu et al. 2019
        (arXiv 1907.11692), section 4.1.
    """

    input_ids: list[list[int]]
    is_ordinary: npt.NDArray[np.bool_]
    mask_token_id: int
    pad_token_id: int
    seed: int = 0
    mask_share: float = 0.15
    fates: tuple[float, float] = (0.8, 0.1)
    epoch: int = 0

    def __len__(self) -> int:
        return len(self.input_ids)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"input_ids": self.input_ids[index], "draw": [self.seed, self.mask_share, index]}

    @property
    def lengths(self) -> list[int]:
        """Tokens of each block, N numbers."""
        return [len(ids) for ids in self.input_ids]

    def begin_epoch(self, epoch: int) -> None:
        """Choose the masks of `epoch`; `training.fit` calls it."""
        self.epoch = epoch

    def mask(self, index: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """One block as the model sees it, and the chosen positions in it.

        By default 80 % of the chosen become [MASK], 10 % a random ordinary token, and 10 % stay as they are.
        """
        ids = np.array(self.input_ids[index])
        random = np.random.default_rng((self.seed, self.epoch, index))
        ordinary = np.flatnonzero(self.is_ordinary[ids])  # places in the block
        count = min(len(ordinary), max(1, round(self.mask_share * len(ordinary))))
        chosen = np.sort(random.permutation(ordinary)[:count])
        fate, other = random.random(count), random.choice(np.flatnonzero(self.is_ordinary), count)
        hidden, changed = self.fates[0], sum(self.fates)
        ids[chosen] = np.where(fate < hidden, self.mask_token_id, np.where(fate < changed, other, ids[chosen]))
        return ids, chosen

    def collate(self, rows: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
        """`input_ids`, `attention_mask` [B, T]; `positions` of the M chosen tokens in B·T, and their `labels` [M]."""
        masked = [self.mask(row["draw"][-1]) for row in rows]
        batch = pad([torch.from_numpy(ids) for ids, _ in masked], self.pad_token_id)
        width = batch["input_ids"].shape[1]
        positions = [n * width + chosen for n, (_, chosen) in enumerate(masked)]
        asked = [np.array(row["input_ids"])[chosen] for row, (_, chosen) in zip(rows, masked, strict=True)]
        batch["positions"], batch["labels"] = (torch.from_numpy(np.concatenate(part)) for part in (positions, asked))
        return batch


def mask_texts(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], max_length: int = 128, seed: int = 0
) -> MaskedText:
    """Tokenise documents once and cut them into blocks; the rest of a document is a shorter block.

    Args:
        tokenizer: The model's own tokenizer.
        texts: The documents.
        max_length: Tokens of a block, [CLS] and [SEP] included. Fewer than 3 ordinary tokens make no block.
        seed: Of the masks.

    Raises:
        DataError: If no block is left.
    """
    step = max_length - 2
    encoded = tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"] if len(texts) else []
    cls, sep = tokenizer.cls_token_id, tokenizer.sep_token_id
    pieces = [ids[start : start + step] for ids in encoded for start in range(0, len(ids), step)]
    blocks = [[cls, *piece, sep] for piece in pieces if len(piece) >= min(3, step)]
    if not blocks:
        raise DataError(
            f"{len(texts)} texts make no block of {max_length} tokens.",
            expected="texts of at least 3 tokens, and max_length of at least 3",
            remedy="give more text, or a larger max_length.",
        )
    ordinary = ~np.isin(np.arange(len(tokenizer)), tokenizer.all_special_ids)
    return MaskedText(blocks, ordinary, tokenizer.mask_token_id, tokenizer.pad_token_id, seed)


def evaluate_masked(
    model: nn.Module, data: MaskedText, *, batch_size: int = 64, precision: Precision = "auto"
) -> dict[str, float]:
    """How well hidden tokens are guessed: `loss` [nats/token], `perplexity` (its exponential) and `accuracy`.

    Only places that show [MASK] count: a token that stayed could be copied, without knowing anything of language. The
    masks are those of the data set's epoch: leave it at 0, and every model meets the same questions.
    """

    def judge(batch: dict[str, Tensor]) -> Tensor:
        """Per block: summed loss, right answers, questions [B, 3]."""
        shown = batch["input_ids"].flatten()[batch["positions"]] == data.mask_token_id
        positions, labels = batch["positions"][shown], batch["labels"][shown]  # [M]
        logits = model(batch["input_ids"], batch["attention_mask"], positions).logits.float()  # [M, V]
        losses = nn.functional.cross_entropy(logits, labels, reduction="none")
        answers = torch.stack([losses, logits.argmax(1) == labels, torch.ones_like(losses)], 1)
        blocks, width = batch["input_ids"].shape
        return answers.new_zeros(blocks, 3).index_add(0, positions // width, answers)

    texts: Any = data  # which has what is asked of it: lengths and collate
    loss, right, count = compute_rows(model, texts, judge, 3, batch_size=batch_size, precision=precision).sum(0)
    return _scores(loss / count, right / count)


def unigram_baseline(train: MaskedText, validation: MaskedText) -> dict[str, float]:
    """The numbers of `evaluate_masked` for a guess by frequency alone, whatever the context.

    A token's probability is its share of the training tokens, one added to each count; the answer is the most frequent
    token. A model that does not beat this has learned nothing from context.
    """
    counts = np.bincount(np.concatenate(train.input_ids), minlength=len(train.is_ordinary))
    counts = np.where(train.is_ordinary, counts + 1, 0)
    shown = (validation.mask(i)[0] == validation.mask_token_id for i in range(len(validation)))
    labels = np.concatenate([np.array(i)[at] for i, at in zip(validation.input_ids, shown, strict=True)])
    log_shares = np.log(counts[labels] / counts.sum())
    return _scores(-log_shares.mean(), (labels == counts.argmax()).mean())


def _scores(loss: float, accuracy: float) -> dict[str, float]:
    return {"loss": float(loss), "perplexity": float(np.exp(loss)), "accuracy": float(accuracy)}


def fill_mask(model: nn.Module, tokenizer: PreTrainedTokenizerBase, text: str, k: int = 3) -> list[dict[str, float]]:
    """For each [MASK] in `text`, the `k` likeliest tokens with their probabilities.

    Raises:
        DataError: If the text has no [MASK].
        ModelError: If it is longer than the model has positions for.
    """
    ids = tokenizer(text, return_tensors="pt")["input_ids"].to(next(model.parameters()).device)
    check_lengths(model, [ids.shape[1]])
    places = (ids.flatten() == tokenizer.mask_token_id).nonzero().flatten()
    if not len(places):
        raise DataError(f"No [MASK] in {text!r}.", expected="a text with [MASK] in it", remedy="hide a word.")
    was_training = model.training
    with torch.inference_mode():
        top = model.eval()(input_ids=ids, positions=places).logits.softmax(-1).topk(k)
    model.train(was_training)
    words = [tokenizer.convert_ids_to_tokens(row) for row in top.indices.tolist()]
    return [dict(zip(row, shares, strict=True)) for row, shares in zip(words, top.values.tolist(), strict=True)]


def copy_encoder(source: Any, target: Any) -> Any:
    """Put embeddings and layers of `source` into `target`, in place. Heads and pooler stay as they are.

    Raises:
        ModelError: If the two encoders are not of one shape.
    """
    given = {name: tensor for name, tensor in source.bert.state_dict().items() if "pooler" not in name}
    wanted = {name: tensor for name, tensor in target.bert.state_dict().items() if "pooler" not in name}
    unlike = {(n, t.shape) for n, t in given.items()} ^ {(n, t.shape) for n, t in wanted.items()}
    if unlike:
        raise ModelError(
            f"The encoders differ, for example in {min(unlike)[0]}.",
            expected="two models of the same shape and vocabulary",
            remedy="build both from one configuration.",
        )
    target.bert.load_state_dict(given, strict=False)  # what is not given is the pooler
    return target


def to_classifier(model: Any, num_labels: int = 2, seed: int = 0) -> MeanPooledBert:
    """A classifier with the encoder of a masked-language model, and a fresh pooler and head by `seed`."""
    config = deepcopy(model.config)
    config.num_labels = num_labels
    return copy_encoder(model, _build(MeanPooledBert, config, seed))


def to_masked(classifier: Any, seed: int = 0) -> MaskedBert:
    """A masked-language model with a classifier's encoder and a fresh head: to go on pretraining on one's own text."""
    return copy_encoder(classifier, _build(MaskedBert, deepcopy(classifier.config), seed))
