"""The classifier whose pooler reads the mean of the tokens."""

import torch
from transformers import BertConfig

from talentlab import models
from talentlab.models.pretrained import MeanPooledBert


def tiny():
    config = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    torch.manual_seed(0)
    return MeanPooledBert(config).eval()


IDS = torch.tensor([[5, 6, 7, 0, 0], [8, 9, 10, 11, 12]])
MASK = (IDS > 0).long()


def test_the_mean_is_over_real_tokens_and_goes_through_pooler_and_head():
    model = tiny()
    hidden = model.bert(IDS, attention_mask=MASK).last_hidden_state
    mean = torch.stack([hidden[0, :3].mean(0), hidden[1].mean(0)])
    by_hand = torch.tanh(mean @ model.bert.pooler.dense.weight.T + model.bert.pooler.dense.bias)
    expected = by_hand @ model.classifier.weight.T + model.classifier.bias
    torch.testing.assert_close(model(IDS, MASK).logits, expected)


def test_padding_changes_nothing():
    model = tiny()
    alone = model(IDS[:1, :3], MASK[:1, :3]).logits
    torch.testing.assert_close(model(IDS, MASK).logits[:1], alone)
    torch.testing.assert_close(model(IDS[:1, :3]).logits, alone)


def test_with_labels_the_loss_is_the_mean_cross_entropy():
    model, labels = tiny(), torch.tensor([1, 0])
    output = model(IDS, MASK, labels=labels)
    expected = -output.logits.log_softmax(1)[[0, 1], labels].mean()
    torch.testing.assert_close(output.loss, expected)


def test_minilm_pools_by_mean_and_so_does_what_is_saved_of_it(tmp_path):
    tokenizer, model = models.load_pretrained("minilm")
    models.save_model(tmp_path, tokenizer, model)
    _, reloaded = models.load_pretrained(str(tmp_path))
    assert isinstance(model, MeanPooledBert) and isinstance(reloaded, MeanPooledBert)
