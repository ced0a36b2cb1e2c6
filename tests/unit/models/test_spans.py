"""The head's scores, loss and spans on cases counted by hand; reading; and a training that `fit` resumes exactly."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from transformers.modeling_outputs import TokenClassifierOutput

from talentlab import models, training
from talentlab.data.questions import Question
from talentlab.models import reading, spans

SOUP = "Ann sells hot soup. Bob brings bread."
QUESTIONS = [
    Question("Who sells soup?", SOUP, ("Ann",), (0,), "train"),
    Question("What does Bob bring?", SOUP, ("cake", "bread"), (-1, 31), "train"),
    Question("Who is late?", SOUP, (), (), "train"),
    Question("What is blue?", "The roof is blue, the door is red.", ("The roof",), (0,), "train"),
]


@pytest.fixture(scope="module")
def pretrained():
    return models.load_pretrained()


@pytest.fixture(scope="module")
def data(pretrained):
    return reading.read(*pretrained, QUESTIONS)


def output(rows):
    return TokenClassifierOutput(logits=torch.tensor(rows, dtype=torch.float32))


# --- scores ----------------------------------------------------------------------------------------------------------


def test_the_loss_is_the_mean_of_start_and_end_summed_over_questions():
    """Two questions of three tokens: the first knows nothing (log 3 twice), the second is sure of its start only."""
    rows = [[[0.0, 0.0]] * 3, [[-math.inf, 0.0], [50.0, 0.0], [0.0, -math.inf]]]
    loss, count = spans.span_loss(output(rows), torch.tensor([[0, 2], [1, 1]]))
    assert loss.item() == pytest.approx((2 * math.log(3) + 0 + math.log(2)) / 2) and count.item() == 2


def test_the_best_span_does_not_run_backwards_nor_over_its_length():
    start = [0, 1, 0, 5]
    end = [0, 4, 2, 3]
    scores = np.array([start, end], float).T
    assert spans.best_span(scores) == (3, 3, 8.0)  # end 1 would score 9, before its start
    scores[3, 0] = 0
    assert spans.best_span(scores) == (1, 1, 5.0)
    scores = np.array([[0, 9, 0, 0, 0], [1, 0, 0, 0, 9]], float).T
    assert spans.best_span(scores, max_tokens=4) == (1, 4, 17.0)
    assert spans.best_span(scores, max_tokens=3)[:2] == (1, 1)  # 9 + 0, the earliest of several


def test_without_a_token_there_is_no_span():
    assert spans.best_span(np.zeros((1, 2))) == (0, 0, -math.inf)


def test_the_threshold_is_the_one_with_the_best_mean():
    margins, said = np.array([3.0, 2.0, 1.0, 0.0]), np.array([1.0, 0.5, 0.0, 0.0])
    silent = np.array([0.0, 0.0, 1.0, 1.0])
    assert spans.choose_threshold(margins, said, silent) == 1.0  # the two below are better left unsaid
    assert spans.choose_threshold(margins, said, np.zeros(4)) == -math.inf
    assert spans.choose_threshold(margins, np.zeros(4), np.ones(4)) == 3.0


def test_padding_cannot_be_chosen_and_the_head_begins_with_the_sentence():
    head = spans.SpanHead(4, rank=2).eval()
    mask = torch.tensor([[1, 1, 0]])
    hints = torch.zeros(1, 3, 3)
    plain = head(torch.zeros(1, 3, 4), torch.zeros(1, 4), hints, mask).logits
    assert plain.shape == (1, 3, 2) and torch.isinf(plain[0, 2]).all() and torch.isfinite(plain[0, :2]).all()
    hints[0, 1, 0] = 2.0
    moved = head(torch.zeros(1, 3, 4), torch.zeros(1, 4), hints, mask).logits
    assert (moved - plain)[0, 1].tolist() == pytest.approx([2, 2]) and (moved - plain)[0, 0].tolist() == [0.0, 0.0]


def test_the_scores_are_those_of_the_formula():
    head = spans.SpanHead(4, rank=2, seed=3).eval()
    states, question, hints = torch.randn(1, 2, 4), torch.randn(1, 4), torch.randn(1, 2, 3)
    with torch.no_grad():
        found = head(states, question, hints, torch.ones(1, 2)).logits[0]
        asked = head.asked(question[0]).view(2, 2)
        for token in range(2):
            for part in range(2):
                compared = head.token(states[0, token]) @ asked[part] / 2**0.5
                expected = head.hints(hints[0, token])[part] + head.kind(states[0, token])[part] + compared
                assert found[token, part].item() == pytest.approx(expected.item(), abs=1e-5)


# --- reading ---------------------------------------------------------------------------------------------------------


def test_labels_stand_at_the_tokens_of_the_answer(data):
    texts = [row.passage[offsets[first][0] : offsets[last][1]] if last else ""
             for row, offsets, (first, last) in zip(QUESTIONS, data.offsets, data.labels, strict=True)]  # fmt: skip
    assert texts == ["Ann", "bread", "", "The roof"]
    assert data.labels[2] == (0, 0) and data.offsets[0][0] == (0, 0) and data.cut_share == 0


def test_questions_of_one_passage_share_its_states(data):
    assert data.states[0] is data.states[2] and data.states[0] is not data.states[3]
    assert data.states[0].shape == (len(data.offsets[0]), 384) and data.lengths[0] == len(data.offsets[0])


def test_hints_name_the_likely_sentence_and_the_question_s_words(data):
    hints, offsets = data.hints[0], data.offsets[0]
    word = {SOUP[a:b]: hint.tolist() for (a, b), hint in zip(offsets[1:], hints[1:], strict=True)}
    assert word["sells"][1] == word["soup"][1] == 1 and word["Ann"][1] == word["."][1] == 0
    assert word["Ann"][0] == word["soup"][0] > word["Bob"][0]
    assert math.exp(word["Ann"][0]) + math.exp(word["Bob"][0]) == pytest.approx(1, abs=1e-5)
    assert 0 < hints[0, 2] <= 1 and hints[1:, 2].abs().sum() == 0


def test_a_state_does_not_depend_on_the_texts_beside_it(pretrained, data):
    alone = reading.read(*pretrained, QUESTIONS[:1])
    assert torch.allclose(alone.states[0], data.states[0], atol=1e-4)
    assert torch.allclose(alone.vectors[0], data.vectors[0], atol=1e-4)


def test_a_passage_over_the_limit_loses_its_end_and_the_answer_there(pretrained):
    cut = reading.read(*pretrained, QUESTIONS, max_length=8)
    assert cut.cut_share == 1 and max(cut.lengths) == 7  # eight tokens without the closing one
    assert cut.labels[0] == data_labels(pretrained)[0] and cut.labels[1] == (0, 0)


def data_labels(pretrained):
    return reading.read(*pretrained, QUESTIONS).labels


def test_a_batch_is_padded_and_masked(data):
    batch = data.collate([data[0], data[3]])
    longest = max(data.lengths)
    assert {name: tuple(part.shape) for name, part in batch.items()} == {
        "states": (2, longest, 384), "hints": (2, longest, 3), "question": (2, 384), "mask": (2, longest),
        "labels": (2, 2),
    }  # fmt: skip
    assert batch["mask"].sum(1).tolist() == [data.lengths[0], data.lengths[3]]


# --- training --------------------------------------------------------------------------------------------------------


def train(data, head, **settings):
    return training.fit(head, data, task_loss=spans.span_loss, learning_rate=3e-3, batch_size=2, **settings)


def test_a_head_learns_four_questions_by_heart_and_says_them(data):
    head = spans.SpanHead(dropout=0.0)
    history = train(data, head, num_epochs=40)
    assert history.steps[-1]["loss"] < 0.1 < history.steps[0]["loss"]
    texts, margins = spans.answer(head, data)
    assert [texts[0], texts[1], texts[3]] == ["Ann", "bread", "The roof"]
    assert margins[2] < 0 < min(margins[0], margins[1], margins[3])


def test_answers_do_not_depend_on_the_batch(data):
    head = spans.SpanHead()
    together, margins = spans.answer(head, data)
    alone = [spans.answer(head, part(data, [row])) for row in range(4)]
    assert together == [texts[0] for texts, _ in alone]
    assert margins == pytest.approx([float(margin[0]) for _, margin in alone], abs=1e-4)


def part(data, rows):
    lists = [[getattr(data, name)[i] for i in rows] for name in ("questions", "states")]
    rest = [[getattr(data, name)[i] for i in rows] for name in ("hints", "offsets", "labels")]
    return spans.SpanData(*lists, data.vectors[rows], *rest, 0.0)


class KilledError(Exception):
    pass


def test_a_training_that_was_killed_goes_on_exactly(data, tmp_path):
    whole = train(data, spans.SpanHead(seed=1), num_epochs=3)
    calls = []

    def killer(_: nn.Module) -> dict[str, float]:
        calls.append(1)
        if len(calls) == 2:
            raise KilledError
        return {"f1": 0.0}

    with pytest.raises(KilledError):
        train(
            data,
            spans.SpanHead(seed=1),
            num_epochs=3,
            validate=killer,
            checkpoint=tmp_path / "state",
            checkpoint_steps=1,
        )
    again = train(
        data, spans.SpanHead(seed=2), num_epochs=3, validate=lambda _: {"f1": 0.0}, checkpoint=tmp_path / "state",
        checkpoint_steps=1,
    )  # fmt: skip
    assert [step["loss"] for step in again.steps] == [step["loss"] for step in whole.steps]
