"""The encoder–decoder: exact small cases, its search against trying everything, its training against a plain loop."""

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from sacrebleu.metrics import BLEU
from torch.nn.functional import cross_entropy

from talentlab.errors import CheckpointError, DataError, ModelError
from talentlab.models.seq2seq import END, PAD, START, UNKNOWN, Attention, PairedText, Seq2Seq, Vocabulary, beam_search
from talentlab.training.loop import fit, warmup_then_decay


def pairs(rows=24, words=6, longest=5):
    """Random sources; the target is the source turned round."""
    torch.manual_seed(0)
    sources = [torch.randint(4, 4 + words, (1 + row % longest,)).tolist() for row in range(rows)]
    return PairedText([[*ids, END] for ids in sources], [[*ids[::-1], END] for ids in sources])


def tiny(words=6, seed=0, **settings):
    return Seq2Seq(4 + words, 4 + words, hidden_size=32, num_layers=1, seed=seed, **{"dropout": 0.0} | settings)


def log_p(model, source, target):
    """Of a whole target, word by word [nats]."""
    given = torch.tensor([[START, *target[:-1]]])
    logits = model(torch.tensor([source]), torch.ones(1, len(source)), given).logits[0]
    return logits.log_softmax(-1)[range(len(target)), target].sum().item()


# --- words and batches -----------------------------------------------------------------------------------------------


def test_words_and_numbers():
    vocabulary = Vocabulary(["b a", "c b"])
    assert vocabulary.tokens[4:] == ["a", "b", "c"] and len(vocabulary) == 7
    assert vocabulary.encode("c never a") == [6, UNKNOWN, 4, END]
    assert vocabulary.decode([6, 4, END, 5]) == "c a"
    assert Vocabulary(["b a", "c b"], min_count=2).tokens[4:] == ["b"]


def test_a_vocabulary_of_nothing_is_refused():
    with pytest.raises(DataError, match="1 different words"):
        Vocabulary(["a"], min_count=2)


def test_a_batch_is_padded_and_shifted():
    data = PairedText([[4, 5, END], [6, END]], [[7, END], [8, 9, END]])
    batch = data.collate([data[0], data[1]])
    assert batch["input_ids"].tolist() == [[4, 5, END], [6, END, PAD]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 1, 0]]
    assert batch["decoder_input_ids"].tolist() == [[START, 7, PAD], [START, 8, 9]]
    assert batch["labels"].tolist() == [[7, END, -100], [8, 9, END]]
    assert data.lengths == [5, 5]


@pytest.mark.parametrize("texts", [([[4]], []), ([[4], []], [[4], [4]]), ([[4]], [[]])])
def test_pairs_that_are_none_are_refused(texts):
    with pytest.raises(DataError, match="empty"):
        PairedText(*texts)


# --- the model -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{"hidden_size": 48}, {"hidden_size": 0}, {"num_layers": 0}])
def test_sizes_that_do_not_fit_are_refused(settings):
    with pytest.raises(ModelError, match=f"{next(iter(settings))}={next(iter(settings.values()))}"):
        Seq2Seq(9, 9, **settings)


def test_no_score_depends_on_what_comes_after_it_or_on_padding():
    model = tiny().eval()
    source, mask = torch.tensor([[4, 5, 6, END]]), torch.ones(1, 4)
    given = torch.tensor([[START, 7, 8, 9]])
    scores = model(source, mask, given).logits
    other = model(source, mask, torch.tensor([[START, 7, 5, 4]])).logits
    assert torch.allclose(scores[:, :2], other[:, :2], atol=1e-6) and not torch.allclose(scores[:, 2], other[:, 2])
    longer = model(torch.tensor([[4, 5, 6, END, PAD, PAD]]), torch.tensor([[1, 1, 1, 1, 0, 0]]), given)
    assert torch.allclose(scores, longer.logits, atol=1e-5)
    assert longer.attention.shape == (1, 1, 4, 6) and longer.attention[..., 4:].abs().max() == 0
    assert torch.allclose(longer.attention.sum(-1), torch.ones(1, 1, 4))


def test_without_positions_the_order_of_the_source_says_nothing():
    source, turned, mask, given = (
        torch.tensor([[4, 5, 6]]),
        torch.tensor([[6, 4, 5]]),
        torch.ones(1, 3),
        torch.tensor([[START]]),
    )
    blind, seeing = tiny(positions=False).eval(), tiny().eval()
    assert torch.allclose(blind(source, mask, given).logits, blind(turned, mask, given).logits, atol=1e-6)
    assert not torch.allclose(seeing(source, mask, given).logits, seeing(turned, mask, given).logits, atol=1e-2)


# --- search ----------------------------------------------------------------------------------------------------------


def greedy(model, source, max_length):
    ids = [START]
    while len(ids) <= max_length and ids[-1] != END:
        scores = model(torch.tensor([source]), torch.ones(1, len(source)), torch.tensor([ids])).logits[0, -1]
        scores[[PAD, START]] = -torch.inf
        ids.append(int(scores.argmax()))
    return ids[1:]


@torch.no_grad()
@pytest.mark.parametrize("seed", range(3))
def test_a_beam_of_one_is_the_greedy_choice(seed):
    model, data = tiny(seed=seed).eval(), pairs()
    found, values = beam_search(model, data, width=1, max_length=7, batch_size=5)
    for source, ids, value in zip(data.sources, found, values, strict=True):
        assert ids == greedy(model, source, 7)
        assert value == pytest.approx(log_p(model, source, ids), abs=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("seed", range(4))
def test_a_wide_beam_finds_what_trying_everything_finds(seed):
    """Two words and [UNK], at most four steps: at most 3⁴ beginnings, of which a beam of 81 can lose none."""
    model = tiny(words=2, seed=seed).eval()
    for table in (model.target.weight, model.source.weight):
        table.mul_(3)  # scores that differ
    source = [4, 5, END]
    words, most = [UNKNOWN, 4, 5], 4
    texts = [[*text, END] for n in range(most) for text in itertools.product(words, repeat=n)]
    texts += [list(text) for text in itertools.product(words, repeat=most)]  # cut
    best = max(texts, key=lambda text: log_p(model, source, text))
    data = PairedText([source], [[END]])
    values = [beam_search(model, data, width=width, max_length=most)[1][0] for width in (1, 81)]
    (found,), (value,) = beam_search(model, data, width=81, max_length=most)
    assert found == best and value == pytest.approx(log_p(model, source, best), abs=1e-4)
    assert values[1] >= values[0] - 1e-6


def test_a_search_leaves_the_mode_and_refuses_no_width():
    model = tiny(dropout=0.5).train()
    first, again = (beam_search(model, pairs(), max_length=5) for _ in range(2))
    assert first == again and model.training
    with pytest.raises(ModelError, match="width=0"):
        beam_search(model, pairs(), width=0)


# --- training --------------------------------------------------------------------------------------------------------

SETTINGS = {"batch_size": 8, "learning_rate": 3e-3, "precision": "fp32", "checkpoint_steps": 2}


def test_a_step_of_fit_equals_a_plain_loop():
    data, ours, plain = pairs(8), tiny(), tiny()
    batch = data.collate([data[row] for row in range(8)])
    labels = batch.pop("labels")
    loss = cross_entropy(plain(**batch).logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
    torch.optim.AdamW(plain.parameters(), lr=3e-3 * warmup_then_decay(0, 1, 1), weight_decay=0.0).step()
    history = fit(ours, data, num_epochs=1, weight_decay=0.0, **SETTINGS)
    assert history.steps[0]["loss"] == pytest.approx(loss.item(), abs=1e-5)
    assert history.seen == sum(data.lengths)
    for one, other in zip(ours.parameters(), plain.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_it_learns_to_turn_a_text_round_with_positions_alone():
    data = pairs(60, words=4, longest=3)
    right = {}
    for positions in (True, False):
        model = tiny(words=4, positions=positions)
        fit(model, data, num_epochs=60, **SETTINGS | {"batch_size": 20, "learning_rate": 1e-2})
        found, _ = beam_search(model, data, max_length=6)
        right[positions] = sum(a == b for a, b in zip(found, data.targets, strict=True)) / len(data)
    assert right[True] > 0.95 > 0.8 > right[False]


class Deadly(PairedText):
    """Pairs whose sixth batch kills the process."""

    left = 6

    def collate(self, rows):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().collate(rows)


def live_and_die(checkpoint):
    data = pairs()
    fit(tiny(dropout=0.2), Deadly(data.sources, data.targets), num_epochs=3, checkpoint=Path(checkpoint), **SETTINGS)


def test_a_killed_training_goes_on_exactly(tmp_path):
    checkpoint = tmp_path / "state"
    code = f"import test_seq2seq; test_seq2seq.live_and_die({str(checkpoint)!r})"
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"})
    assert done.returncode == -signal.SIGKILL and checkpoint.exists()
    with pytest.raises(CheckpointError):
        fit(tiny(dropout=0.2), pairs(25), num_epochs=3, checkpoint=checkpoint, **SETTINGS)
    resumed, whole = tiny(dropout=0.2), tiny(dropout=0.2)
    history = fit(resumed, pairs(), num_epochs=3, checkpoint=checkpoint, **SETTINGS)
    expected = fit(whole, pairs(), num_epochs=3, **SETTINGS)
    assert history.steps == expected.steps and history.seen == expected.seen
    assert all(torch.equal(one, other) for one, other in zip(resumed.parameters(), whole.parameters(), strict=True))


# --- BLEU ------------------------------------------------------------------------------------------------------------


def test_bleu_is_what_is_counted_by_hand():
    """医生昨天买了两本书 against 医生昨天卖了两本新书, by characters.

    Of 9 characters 8 are in the reference, of 8 pairs 5 (not 天买, 买了, 本书), of 7 triples 3 (医生昨, 生昨天,
    了两本), of 6 fours 1 (医生昨天); and the answer is one character shorter: a factor of e^(1 − 10/9).
    """
    expected = 100 * (8 / 9 * 5 / 8 * 3 / 7 * 1 / 6) ** 0.25 * 2.718281828 ** (1 - 10 / 9)
    found = BLEU(tokenize="zh").corpus_score(["医生昨天买了两本书"], [["医生昨天卖了两本新书"]])
    assert found.score == pytest.approx(expected, abs=1e-3)


# --- variants --------------------------------------------------------------------------------------------------------


def test_heads_share_the_width_and_change_the_result():
    states, memory, allowed = torch.randn(1, 3, 32), torch.randn(1, 4, 32), torch.ones(1, 1, 3, 4, dtype=torch.bool)
    torch.manual_seed(0)
    one = Attention(32, 1)
    four = Attention(32, 4)
    four.load_state_dict(one.state_dict())  # as many weights, whatever the heads
    assert one(states, memory, allowed)[1].shape == (1, 1, 3, 4) and four(states, memory, allowed)[1].shape[1] == 4
    assert not torch.allclose(one(states, memory, allowed)[0], four(states, memory, allowed)[0])
    assert [layer.own.heads for layer in tiny(heads=8).encoder] == [8] and tiny().encoder[0].own.heads == 1


def test_the_norm_stands_after_each_part_as_in_the_paper():
    model = tiny(norm_first=False).eval()
    states, allowed = torch.randn(1, 3, 32), torch.ones(1, 1, 1, 3, dtype=torch.bool)
    layer = model.encoder[0]
    with torch.no_grad():
        mixed = layer.norms[0](states + layer.own(states, states, allowed)[0])
        by_hand = layer.norms[1](mixed + layer.feed(mixed))
        assert torch.allclose(layer(states, allowed)[0], by_hand, atol=1e-6)
        assert torch.allclose(by_hand.mean(-1), torch.zeros(1, 3), atol=1e-5)
    assert all(isinstance(norm, torch.nn.Identity) for norm in model.norms)


@pytest.mark.parametrize("heads", [0, 3])
def test_heads_that_do_not_divide_the_width_are_refused(heads):
    with pytest.raises(ModelError, match=f"heads={heads}"):
        tiny(heads=heads)
