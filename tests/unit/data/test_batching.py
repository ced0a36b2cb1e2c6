"""Tokenising, padding, grouping by length."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from talentlab.data.batching import LengthGroupedBatches, TokenizedText, padding_share, tokenize
from talentlab.models.packaged import minilm_folder


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(minilm_folder())


@pytest.fixture
def lengths():
    """As of short reviews: most are short, a few long."""
    return np.random.default_rng(0).geometric(1 / 20, size=1003).clip(3, 128).tolist()


def batches_of(sampler, epoch=0):
    sampler.set_epoch(epoch)
    return list(sampler)


def test_tokenised_rows_carry_special_tokens_labels_and_lengths(tokenizer):
    data = tokenize(tokenizer, ["good", "not good at all"], [1, 0], max_length=16)
    assert data.input_ids[0] == [
        tokenizer.cls_token_id,
        tokenizer.convert_tokens_to_ids("good"),
        tokenizer.sep_token_id,
    ]
    assert data.lengths == [3, 6]  # one word, four words, and two special tokens each
    assert len(data) == 2
    assert data[1] == {"input_ids": data.input_ids[1], "labels": 0}
    assert data.pad_token_id == tokenizer.pad_token_id


def test_truncated_share_counts_the_texts_that_lost_their_end(tokenizer):
    """Limit 5 with two special tokens: three words fit, four do not; so one text of four is cut."""
    data = tokenize(tokenizer, ["good", "a good day", "one two three four", "fine"], [0] * 4, max_length=5)
    assert data.truncated_share == 0.25
    assert data.lengths == [3, 5, 5, 3]
    assert data.input_ids[2][-1] == tokenizer.sep_token_id  # the end of the text is lost, not the end mark


def test_labels_become_plain_integers(tokenizer):
    data = tokenize(tokenizer, ["a", "b"], np.array([1, 0]), max_length=8)
    assert [type(label) for label in data.labels] == [int, int]


def test_no_texts_make_an_empty_data_set(tokenizer):
    data = tokenize(tokenizer, [], [], max_length=8)
    assert (len(data), data.truncated_share) == (0, 0.0)


def test_collate_pads_to_the_longest_row_and_masks_the_padding():
    data = TokenizedText([[5, 6, 7], [8], [9, 3]], [1, 0, 2], pad_token_id=3, truncated_share=0.0)
    batch = data.collate([data[i] for i in range(3)])
    assert batch["input_ids"].tolist() == [[5, 6, 7], [8, 3, 3], [9, 3, 3]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0], [1, 1, 0]]  # by length, not by the id
    assert batch["labels"].tolist() == [1, 0, 2]
    assert {tensor.dtype for tensor in batch.values()} == {torch.int64}


@pytest.mark.parametrize("rows", [1, 15, 16, 17, 1003])
@pytest.mark.parametrize("window", [1, 3, 50])
def test_every_row_comes_exactly_once_per_epoch(lengths, rows, window):
    sampler = LengthGroupedBatches(lengths[:rows], 16, seed=1, window=window)
    for epoch in (0, 1):
        batches = batches_of(sampler, epoch)
        assert sorted(i for batch in batches for i in batch) == list(range(rows))
        assert len(batches) == len(sampler)


def test_the_incomplete_batch_comes_last(lengths):
    sampler = LengthGroupedBatches(lengths, 16, seed=0)
    for epoch in range(5):
        sizes = [len(batch) for batch in batches_of(sampler, epoch)]
        assert sizes == [16] * 62 + [11]  # 1003 = 62 · 16 + 11


def test_rows_of_a_batch_have_similar_lengths(lengths):
    """Inside a window the batches are slices of one sorted list: their ranges of lengths do not overlap."""
    sampler = LengthGroupedBatches(lengths[:800], 16, seed=0, window=50)  # 800 rows: one window
    ranges = sorted((min(lengths[i] for i in b), max(lengths[i] for i in b)) for b in batches_of(sampler))
    assert all(high <= next_low for (_, high), (next_low, _) in pairwise(ranges))


def test_batches_do_not_come_in_order_of_length(lengths):
    longest = [max(lengths[i] for i in batch) for batch in batches_of(LengthGroupedBatches(lengths, 16, seed=0))]
    assert abs(np.corrcoef(longest, np.arange(len(longest)))[0, 1]) < 0.4


def test_the_order_depends_on_seed_and_epoch_alone(lengths):
    one, twin, other = (LengthGroupedBatches(lengths, 16, seed=seed) for seed in (3, 3, 4))
    first = batches_of(one, 0)
    second = batches_of(one, 1)
    torch.manual_seed(99)  # the global generator plays no part
    assert batches_of(twin, 1) == second
    assert batches_of(one, 0) == first
    assert first != second
    assert batches_of(other, 0) != first


def test_reshuffling_brings_other_rows_together(lengths):
    """New batches in each epoch, not the old batches in a new order."""
    sampler = LengthGroupedBatches(lengths, 16, seed=0)
    first, second = ({frozenset(batch) for batch in batches_of(sampler, epoch)} for epoch in (0, 1))
    assert len(first & second) < 5


def test_padding_share_by_hand():
    """[2, 4] padded to 4 and [3] to 3: 8 + 3 = 11 positions, 9 of them tokens: 2/11 is padding."""
    assert padding_share([2, 4, 3], [[0, 1], [2]]) == pytest.approx(2 / 11)
    assert padding_share([5, 5], [[0, 1]]) == 0


def test_grouping_leaves_a_small_part_of_random_batches_padding(lengths):
    shuffled = np.random.default_rng(1).permutation(len(lengths))
    at_random = padding_share(lengths, [shuffled[i : i + 16].tolist() for i in range(0, len(shuffled), 16)])
    grouped = padding_share(lengths, batches_of(LengthGroupedBatches(lengths, 16, seed=0)))
    assert at_random > 0.5
    assert grouped < at_random / 4


@pytest.mark.parametrize("rows", [96, 97, 99, 110])
def test_processes_share_out_the_batches_of_one_with_the_larger_batch(lengths, rows):
    """The last batch of 97 rows has one row for two processes: both get it, and the mean over them is as it was."""
    whole = batches_of(LengthGroupedBatches(lengths[:rows], 16, seed=1))
    shares = [batches_of(LengthGroupedBatches(lengths[:rows], 8, seed=1, rank=rank, processes=2)) for rank in (0, 1)]
    assert [len(share) for share in shares] == [len(whole)] * 2
    for batch, one, other in zip(whole, *shares, strict=True):
        assert sorted(one + other) == sorted(batch * (2 if len(batch) == 1 else 1))
