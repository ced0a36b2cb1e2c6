"""Tokenizer, masks, baselines and transfer, on texts small enough to count by hand."""

import math
import os
import subprocess
import sys
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

from talentlab import models
from talentlab.errors import DataError, ModelError
from talentlab.models import masked
from talentlab.models.masked import MaskedText
from talentlab.models.pretrained import save_model
from talentlab.training.loop import fit

TEXTS = [f"The {a} of the {b} is {c}." for a in ("mean", "shape", "rank") for b in ("array", "matrix", "vector")
         for c in ("returned", "raised", "printed", "ignored")]  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer():
    return masked.train_tokenizer(TEXTS * 3, 120)


@pytest.fixture
def bert(tokenizer):
    return masked.build_bert(tokenizer, hidden_size=64, num_hidden_layers=1, max_length=16, dropout=0.0)


def blocks(rows, length=102, vocabulary=50, **settings):
    """Rows of [CLS] (1), ordinary ids from 5 up, [SEP] (2); [MASK] is 4 and [PAD] 0."""
    random = np.random.default_rng(0)
    ids = [[1, *random.integers(5, vocabulary, length - 2).tolist(), 2] for _ in range(rows)]
    return MaskedText(ids, np.arange(vocabulary) > 4, mask_token_id=4, pad_token_id=0, **settings)


# --- tokenizer -------------------------------------------------------------------------------------------------------


def test_a_trained_tokenizer_gives_back_what_it_cut(tokenizer):
    ids = tokenizer("The mean of the array.")["input_ids"]
    assert (ids[0], ids[-1]) == (tokenizer.cls_token_id, tokenizer.sep_token_id)
    assert tokenizer.decode(ids, skip_special_tokens=True) == "the mean of the array."
    assert tokenizer.tokenize("array") == ["array"] and len(tokenizer) <= 120
    assert tokenizer.convert_tokens_to_ids(list(masked.SPECIAL_TOKENS)) == [0, 1, 2, 3, 4]


def test_a_saved_tokenizer_is_the_same_after_loading(tokenizer, bert, tmp_path):
    save_model(tmp_path, tokenizer, bert)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert loaded.get_vocab() == tokenizer.get_vocab()
    assert loaded(TEXTS)["input_ids"] == tokenizer(TEXTS)["input_ids"]
    assert loaded.mask_token_id == tokenizer.mask_token_id


def test_every_process_learns_the_same_vocabulary(tokenizer):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_masked as t; from talentlab.models import masked;"
        "print(sorted(masked.train_tokenizer(t.TEXTS * 3, 120).get_vocab().items()))"
    )
    command = [sys.executable, "-c", code, os.path.dirname(__file__)]  # noqa: PTH120
    seen = {subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)}
    assert seen == {f"{sorted(tokenizer.get_vocab().items())}\n"}


@pytest.mark.parametrize(("texts", "size"), [([], 100), (["a b c"], 100), (TEXTS, 6)])
def test_a_vocabulary_without_words_is_an_error(texts, size):
    with pytest.raises(DataError, match="vocab_size"):
        masked.train_tokenizer(texts, size)


# --- masks -----------------------------------------------------------------------------------------------------------


def test_15_percent_are_chosen_and_of_these_80_masked_10_random_10_kept():
    data = blocks(2000)
    fates, total = Counter(), 0
    for row in range(len(data)):
        seen, chosen = data.mask(row)
        original = np.array(data.input_ids[row])
        assert len(chosen) == 15 == len(set(chosen.tolist()))  # of 100 ordinary tokens
        assert set(original[chosen]) <= set(range(5, 50))  # never a special token
        untouched = np.setdiff1d(np.arange(102), chosen)
        assert (seen[untouched] == original[untouched]).all()
        fates["mask"] += int((seen[chosen] == 4).sum())
        fates["kept"] += int((seen[chosen] == original[chosen]).sum())
        total += len(chosen)
        assert not set(seen[chosen]) & {0, 1, 2, 3}
    # a random token is the original one in one of 45 cases, which counts as kept; 3 standard errors are 0.7 points
    assert fates["mask"] / total == pytest.approx(0.8, abs=0.007)
    assert fates["kept"] / total == pytest.approx(0.1 + 0.1 / 45, abs=0.006)


def test_what_becomes_of_the_chosen_can_be_set():
    blocks = [[1, *range(5, 25), 2]] * 20
    only_masks, only_others = (
        MaskedText(blocks, np.arange(50) > 4, 4, 0, fates=fates) for fates in ((1.0, 0.0), (0.0, 1.0))
    )
    for row in range(20):
        seen, chosen = only_masks.mask(row)
        assert (seen[chosen] == 4).all()
        seen, same = only_others.mask(row)
        assert (chosen == same).all() and (seen[chosen] != 4).all()


def test_masks_depend_on_seed_epoch_and_row_and_on_nothing_else():
    def drawn(seed=0, epoch=0, row=3):
        data = blocks(5, seed=seed)
        data.begin_epoch(epoch)
        return data.mask(row)[0].tolist()

    torch.manual_seed(1)
    first = drawn()
    np.random.seed(2)
    torch.manual_seed(5)
    assert drawn() == first
    assert drawn(seed=1) != first and drawn(epoch=1) != first
    data = blocks(5)
    together, alone = data.collate([data[1], data[3]]), data.collate([data[3]])
    assert torch.equal(together["input_ids"][1], alone["input_ids"][0])


def test_a_batch_asks_for_the_original_tokens_at_the_chosen_positions():
    data = MaskedText([[1, 7, 8, 9, 2], [1, *range(10, 40), 2]], np.arange(50) > 4, 4, 0)
    batch = data.collate([data[0], data[1]])
    assert batch["input_ids"].shape == (2, 32) and batch["attention_mask"].sum(1).tolist() == [5, 32]
    assert batch["input_ids"][0, 5:].tolist() == [0] * 27
    rows, columns = batch["positions"] // 32, batch["positions"] % 32
    assert torch.bincount(rows).tolist() == [1, round(0.15 * 30)]  # at least one
    expected = [data.input_ids[r][c] for r, c in zip(rows.tolist(), columns.tolist(), strict=True)]
    assert batch["labels"].tolist() == expected


def test_long_documents_become_several_blocks_and_tiny_rests_go(tokenizer):
    text = " ".join(["array"] * 10)  # one token each
    data = masked.mask_texts(tokenizer, [text, "array array"], max_length=6)
    assert data.lengths == [6, 6]  # 4 + 4 ordinary tokens; rests of 2 are left out, and the text of 2 too
    assert not data.is_ordinary[tokenizer.all_special_ids].any() and data.is_ordinary.sum() == len(tokenizer) - 5
    for texts in ([], ["array"]):
        with pytest.raises(DataError, match="no block"):
            masked.mask_texts(tokenizer, texts)


# --- the numbers -----------------------------------------------------------------------------------------------------


def test_the_guess_by_frequency_by_hand():
    """Training tokens: 5 ×3, 6 ×1, 7 ×0; with one added 4, 2, 1 of 7. Each validation block hides its only token."""
    train = MaskedText([[1, 5, 5, 5, 6, 2]], np.arange(8) > 4, 4, 0)
    validation = MaskedText([[1, 5, 2], [1, 7, 2]], np.arange(8) > 4, 4, 0)
    assert [validation.mask(i)[0][1] for i in (0, 1)] == [4, 4]  # what stays or becomes another token is not asked
    scores = masked.unigram_baseline(train, validation)
    loss = -(math.log(4 / 7) + math.log(1 / 7)) / 2
    assert scores == {"loss": pytest.approx(loss), "perplexity": pytest.approx(math.exp(loss)), "accuracy": 0.5}


def test_the_evaluation_equals_transformers_own_loss(tokenizer, bert, tmp_path):
    """The plain BertForMaskedLM, all positions, labels of -100 where nothing is asked, in one padded batch."""
    data = masked.mask_texts(tokenizer, TEXTS[:7], max_length=16)
    batch = data.collate([data[i] for i in range(len(data))])
    labels = torch.full(batch["input_ids"].shape, -100)
    labels.view(-1)[batch["positions"]] = batch["labels"]
    labels[batch["input_ids"] != tokenizer.mask_token_id] = -100
    plain = AutoModelForMaskedLM.from_pretrained(save_model(tmp_path, tokenizer, bert)).eval()
    with torch.inference_mode():
        out = plain(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=labels)
    scores = masked.evaluate_masked(bert.train(), data, batch_size=3, precision="fp32")
    assert scores["loss"] == pytest.approx(out.loss.item(), abs=1e-5)
    assert scores["accuracy"] == pytest.approx((out.logits.argmax(-1) == labels)[labels >= 0].float().mean().item())
    assert bert.training


def test_copying_what_can_be_seen_earns_nothing(tokenizer, bert):
    class Copier(torch.nn.Linear):
        def forward(self, input_ids, attention_mask, positions):
            seen = torch.nn.functional.one_hot(input_ids.flatten()[positions], len(tokenizer))
            return SimpleNamespace(logits=10.0 * seen)

    data = masked.mask_texts(tokenizer, TEXTS * 20, max_length=16)
    assert masked.evaluate_masked(Copier(1, 1), data, precision="fp32")["accuracy"] == 0


def test_context_is_learned(tokenizer, bert):
    data = masked.mask_texts(tokenizer, TEXTS, max_length=16)
    fit(bert, data, num_epochs=12, batch_size=4, learning_rate=3e-3, precision="fp32")
    scores = masked.evaluate_masked(bert, data, precision="fp32")
    assert scores["loss"] < 0.6 * masked.unigram_baseline(data, data)["loss"]
    (answers,) = masked.fill_mask(bert, tokenizer, "The mean [MASK] the array is returned.")
    assert next(iter(answers)) == "of" and 0.5 < answers["of"] <= 1 and len(answers) == 3
    with pytest.raises(DataError, match=r"No \[MASK\]"):
        masked.fill_mask(bert, tokenizer, "nothing hidden")
    with pytest.raises(ModelError, match=r"22 tokens .* 16 positions"):
        masked.fill_mask(bert, tokenizer, "[MASK] " * 20)


def test_fit_draws_new_masks_in_each_epoch(tokenizer, bert):
    class Recorder(MaskedText):
        def collate(self, rows):
            batch = super().collate(rows)
            drawn[self.epoch] += [(row["draw"][-1], tuple(self.mask(row["draw"][-1])[0])) for row in rows]
            return batch

    drawn = {0: [], 1: []}
    data = masked.mask_texts(tokenizer, TEXTS, max_length=16)
    recorder = Recorder(data.input_ids, data.is_ordinary, data.mask_token_id, data.pad_token_id)
    fit(bert, recorder, num_epochs=2, batch_size=8, precision="fp32")
    first, second = (dict(drawn[epoch]) for epoch in (0, 1))
    assert first.keys() == second.keys() == set(range(len(TEXTS)))
    assert sum(first[row] == second[row] for row in first) < len(TEXTS) / 2


@pytest.mark.parametrize("validations", [1, 2])
def test_an_interrupted_pretraining_goes_on_exactly(tokenizer, tmp_path, validations):
    class StoppedError(Exception):
        pass

    def train(checkpoint=None, stop_after=99):
        model = masked.build_bert(tokenizer, hidden_size=64, num_hidden_layers=1, max_length=16, dropout=0.1)
        calls = iter(range(100))

        def validate(_):
            if next(calls) == stop_after:
                raise StoppedError
            return {"accuracy": 0.0}

        settings = {"num_epochs": 3, "batch_size": 5, "checkpoint_steps": 3, "metric": "accuracy", "precision": "fp32"}
        history = fit(model, data, validate, checkpoint=checkpoint, **settings)
        return [step["loss"] for step in history.steps]

    data = masked.mask_texts(tokenizer, TEXTS, max_length=16)
    whole = train()
    with pytest.raises(StoppedError):
        train(tmp_path / "state.safetensors", stop_after=validations)
    assert train(tmp_path / "state.safetensors") == whole  # the same data set, left in the epoch of the interruption


# --- models ----------------------------------------------------------------------------------------------------------


def test_only_the_positions_asked_for_are_scored(tokenizer, bert):
    ids = torch.tensor(tokenizer(TEXTS[:3])["input_ids"])
    with torch.inference_mode():
        everywhere, two = bert(ids).logits, bert(ids, positions=torch.tensor([1, ids.shape[1] + 2])).logits
    assert everywhere.shape == (*ids.shape, len(tokenizer)) and two.shape == (2, len(tokenizer))
    assert torch.allclose(two, torch.stack([everywhere[0, 1], everywhere[1, 2]]), atol=1e-6)


def test_a_width_that_heads_do_not_divide_is_an_error(tokenizer):
    with pytest.raises(ModelError, match="multiple of 64"):
        masked.build_bert(tokenizer, hidden_size=100)


def test_a_classifier_takes_over_the_encoder_and_gives_it_back(tokenizer, bert):
    classifier = masked.to_classifier(bert, num_labels=3, seed=1)
    ids = torch.tensor(tokenizer(TEXTS[:2])["input_ids"])
    assert classifier(ids).logits.shape == (2, 3)
    with torch.inference_mode():
        assert torch.equal(classifier.bert(ids).last_hidden_state, bert.bert(ids).last_hidden_state)
    again = masked.to_masked(classifier, seed=2)
    assert torch.equal(again.bert.embeddings.word_embeddings.weight, again.cls.predictions.decoder.weight)
    other = masked.to_classifier(bert, num_labels=3, seed=2)
    assert not torch.equal(other.classifier.weight, classifier.classifier.weight)  # the head is by seed
    with torch.no_grad():
        again.bert.embeddings.word_embeddings.weight += 1
    head = classifier.classifier.weight.clone()
    masked.copy_encoder(again, classifier)
    assert torch.equal(classifier.bert.embeddings.word_embeddings.weight, again.bert.embeddings.word_embeddings.weight)
    assert torch.equal(classifier.classifier.weight, head)


def test_a_saved_pretrained_model_is_loaded_as_a_classifier(tokenizer, bert, tmp_path):
    _, loaded = models.load_pretrained(str(save_model(tmp_path, tokenizer, bert)))
    mine = bert.bert.encoder.layer[0].output.dense.weight
    assert torch.equal(loaded.bert.encoder.layer[0].output.dense.weight, mine)


@pytest.mark.parametrize(
    "shape", [{"hidden_size": 128, "num_hidden_layers": 1}, {"hidden_size": 64, "num_hidden_layers": 2}]
)
def test_encoders_of_other_shapes_are_refused(tokenizer, bert, shape):
    other = masked.build_bert(tokenizer, max_length=16, **shape)
    for pair in ((bert, other), (other, bert)):
        with pytest.raises(ModelError, match="encoders differ"):
            masked.copy_encoder(*pair)
