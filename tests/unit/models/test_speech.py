"""Speech: frames, the network's independence of its company, CTC by brute force over alignments, edits by hand."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.audio_utils import mel_filter_bank

from talentlab.models import speech
from talentlab.models.speech import SpeechNet, Spoken
from talentlab.training import fit


def spoken(rows: int = 12, *, seed: int = 0, text: bool = True) -> Spoken:
    """Spectrograms of 20 to 60 frames with 8 bands; of each class another band is loud."""
    random = np.random.default_rng(seed)
    said = [random.integers(3, size=random.integers(1, 4)).tolist() for _ in range(rows)]
    features = []
    for labels in said:
        parts = [0.3 * random.standard_normal((random.integers(16, 21), 8)) for _ in labels]
        for part, label in zip(parts, labels, strict=True):
            part[4:-4, 2 * label] += 2
        features.append(np.concatenate(parts).astype(np.float32))
    return Spoken(features, said if text else [labels[0] for labels in said])


def small_net(seed: int = 0, *, per_frame: bool = True, dropout: float = 0.2) -> SpeechNet:
    return SpeechNet(3, per_frame=per_frame, bands=8, width=16, dropout=dropout, seed=seed)


def random_scores(frames: int, classes: int, seed: int) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(0, 2, (frames, 1 + classes))
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def texts_by_brute_force(scores: np.ndarray) -> dict[tuple[int, ...], float]:
    """p of every text: the sum over all paths that collapse to it, each path written out."""
    found: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(scores.shape[1]), repeat=len(scores)):
        without_repeats = [key for key, _ in itertools.groupby(path)]
        text = tuple(place - 1 for place in without_repeats if place)
        p = np.exp(sum(frame[place] for frame, place in zip(scores, path, strict=True)))
        found[text] = found.get(text, 0.0) + p
    return found


def test_the_filters_are_those_of_transformers():
    theirs = mel_filter_bank(129, 20, 0.0, 4000.0, 8000, norm=None, mel_scale="htk")
    assert np.allclose(speech.mel_filters(8000, 256, 20), theirs, atol=1e-6)


def test_a_tone_is_loud_in_its_band_and_in_its_frames():
    time = np.arange(8000) / 8000
    tone = np.where(time > 0.5, np.sin(2 * np.pi * 1000 * time), 0.0)
    rows = speech.log_mel(tone, 8000)
    assert rows.shape == (98, 40) and rows.dtype == np.float32
    assert rows.mean() == pytest.approx(0, abs=1e-5) and rows.std() == pytest.approx(1, abs=1e-3)
    top = 2595 * np.log10(1 + 4000 / 700)
    band = 2595 * np.log10(1 + 1000 / 700) / (top / 41) - 1  # corners are equally far apart in mel
    assert abs(rows[80].argmax() - band) < 1
    assert rows[:45].max() < rows[55:].max() - 1


def test_a_clip_shorter_than_a_window_has_one_frame():
    assert speech.log_mel(np.ones(5), 8000).shape == (1, 40)
    assert np.isfinite(speech.log_mel(np.zeros(400), 8000)).all()


@pytest.mark.parametrize("per_frame", [True, False])
def test_an_answer_does_not_depend_on_its_company(per_frame):
    data, model = spoken(5), small_net(per_frame=per_frame).eval()
    batch = data.collate([data[row] for row in range(5)])
    with torch.inference_mode():
        together = model(batch["features"], batch["frames"])
        for row in range(5):
            one = data.collate([data[row]])
            alone = model(one["features"], one["frames"])
            n = int(alone.frames)
            assert n == int(together.frames[row]) == -(-len(data.features[row]) // 4)
            expected = together.logits[row, :n] if per_frame else together.logits[row]
            assert torch.allclose(alone.logits[0], expected, atol=1e-5)


def test_frame_scores_are_log_probabilities_and_leave_the_mode_alone():
    data, model = spoken(5), small_net().train()
    scores = speech.frame_scores(model, data, batch_size=2)
    assert model.training
    assert [len(rows) for rows in scores] == [-(-len(rows) // 4) for rows in data.features]
    assert all(np.allclose(np.exp(rows).sum(1), 1) for rows in scores)


@pytest.mark.parametrize(
    ("path", "text"),
    [([], []), ([0, 0], []), ([1, 1, 1], [0]), ([1, 0, 1], [0, 0]), ([0, 3, 3, 0, 0, 2, 3], [2, 1, 2])],
)
def test_repeats_are_one_and_blanks_go(path, text):
    assert speech.collapse(path) == text


def test_greedy_takes_the_best_path_and_beam_search_the_best_text():
    """Blank 0.6 and class 0.4 in both frames: the best path says nothing, three paths together say the class."""
    scores = np.log([[0.6, 0.4], [0.6, 0.4]])
    assert speech.greedy(scores) == []
    (text, log_p), *_ = speech.beam_search(scores)
    assert text == [0] and np.exp(log_p) == pytest.approx(0.4 * 0.4 + 2 * 0.4 * 0.6)


@pytest.mark.parametrize("seed", range(5))
def test_beam_search_with_all_beginnings_is_the_sum_over_alignments(seed):
    scores = random_scores(5, 2, seed)
    exact = texts_by_brute_force(scores)
    found = speech.beam_search(scores, width=1000)
    assert found[0][0] == list(max(exact, key=exact.get))
    assert len(found) == len(exact)
    for text, log_p in found:
        assert np.exp(log_p) == pytest.approx(exact[tuple(text)], rel=1e-9)
    assert sum(np.exp(log_p) for _, log_p in found) == pytest.approx(1)


def test_a_narrow_beam_keeps_as_many_texts():
    assert len(speech.beam_search(random_scores(6, 3, 0), width=3)) == 3


def test_the_loss_is_minus_log_p_of_brute_force():
    """Two rows of different lengths, one with a repeat, in one batch."""
    texts, lengths = [[0, 0], [1]], [4, 5]
    rows = [random_scores(n, 2, seed) for seed, n in enumerate(lengths)]
    logits = torch.zeros(2, 5, 3)
    for number, scores in enumerate(rows):
        logits[number, : len(scores)] = torch.tensor(scores)
    labels = {"targets": torch.tensor([1, 1, 2]), "lengths": torch.tensor([2, 1])}
    total, weight = speech.ctc_task_loss(speech.SpeechOutput(logits, torch.tensor(lengths)), labels)
    expected = [-np.log(texts_by_brute_force(scores)[tuple(text)]) for scores, text in zip(rows, texts, strict=True)]
    assert weight == 3 and total.item() == pytest.approx(sum(expected), rel=1e-5)


def test_a_row_with_too_few_frames_costs_nothing_instead_of_infinity():
    labels = {"targets": torch.tensor([1, 1]), "lengths": torch.tensor([2])}
    total, _ = speech.ctc_task_loss(speech.SpeechOutput(torch.zeros(1, 2, 3), torch.tensor([2])), labels)
    assert total.item() == 0


def test_collate_makes_what_the_loss_wants():
    data = Spoken([np.ones((3, 8), np.float32), np.ones((5, 8), np.float32)], [[2, 0], [1]])
    batch = data.collate([data[0], data[1]])
    assert batch["features"].shape == (2, 5, 8) and batch["features"][0, 3:].abs().max() == 0
    assert batch["frames"].tolist() == [3, 5]
    assert batch["labels"]["targets"].tolist() == [3, 1, 2] and batch["labels"]["lengths"].tolist() == [2, 1]
    assert data.lengths == pytest.approx([0.03, 0.05]) and data.unit == "s of audio"
    assert Spoken(data.features, [2, 0]).collate([{"features": data.features[0], "labels": 2}])["labels"].tolist() == [
        2
    ]


@pytest.mark.parametrize(
    ("reference", "found", "edits"),
    [("", "", 0), ("407", "", 3), ("", "47", 2), ("407", "47", 1), ("407", "4007", 1), ("kitten", "sitting", 3)],
)
def test_edits_counted_by_hand(reference, found, edits):
    assert speech.edit_distance(reference, found) == edits == speech.edit_distance(found, reference)


@given(st.text("ab", max_size=5), st.text("abc", max_size=5))
def test_edits_agree_with_the_definition(one, other):
    def fewest(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        return min(fewest(a[1:], b) + 1, fewest(a, b[1:]) + 1, fewest(a[1:], b[1:]) + (a[0] != b[0]))

    assert speech.edit_distance(one, other) == fewest(one, other)


def test_the_error_rate_weighs_long_texts_more_and_can_pass_one():
    assert speech.error_rate(["1234", "5"], ["1234", "6"]) == 1 / 5
    assert speech.error_rate([[7]], [[1, 2, 3]]) == 3


def test_fit_takes_the_same_step_as_a_plain_loop():
    data, (ours, plain) = spoken(6), (small_net(dropout=0.0) for _ in range(2))
    fit(ours, data, task_loss=speech.ctc_task_loss, num_epochs=1, batch_size=6, learning_rate=1e-2,
        weight_decay=0.0, max_grad_norm=1e9, precision="fp32")  # fmt: skip
    optimizer = torch.optim.AdamW(plain.parameters(), lr=1e-2, weight_decay=0.0)
    batch = data.collate([data[row] for row in range(6)])
    total, weight = speech.ctc_task_loss(plain(batch["features"], batch["frames"]), batch["labels"])
    (total / weight).backward()
    optimizer.step()
    for one, other in zip(ours.parameters(), plain.parameters(), strict=True):
        # AdamW's first step divides the gradient by its size: where it is nearly 0, rounding decides
        assert (one - other).abs().median() < 1e-6 and torch.isclose(one, other, atol=1e-4).float().mean() > 0.98


def test_training_learns_to_transcribe():
    data, model = spoken(80), small_net()
    history = fit(model, data, task_loss=speech.ctc_task_loss, num_epochs=25, batch_size=8, learning_rate=1e-2,
                  precision="fp32")  # fmt: skip
    assert history.unit == "s of audio" and history.seen == pytest.approx(25 * sum(data.lengths), rel=1e-4)
    new = spoken(30, seed=1)
    assert speech.error_rate(new.labels, [speech.greedy(rows) for rows in speech.frame_scores(model, new)]) < 0.2


def train_to_the_end(checkpoint: Path, stop: int = 0) -> list[float]:
    """Losses of a training of nine steps; the process dies at the batch numbered `stop`, with nothing tidied up."""
    data, batches = spoken(), itertools.count(1)

    def collate(rows):
        if next(batches) == stop:
            os._exit(9)
        return Spoken.collate(data, rows)

    data.collate = collate
    history = fit(small_net(), data, task_loss=speech.ctc_task_loss, num_epochs=3, batch_size=4, learning_rate=1e-2,
                  precision="fp32", checkpoint=checkpoint, checkpoint_steps=2)  # fmt: skip
    return [step["loss"] for step in history.steps]


def test_a_killed_training_goes_on_exactly(tmp_path):
    code = (
        "import sys; from pathlib import Path; import test_speech; test_speech.train_to_the_end(Path(sys.argv[1]), 6)"
    )
    state = tmp_path / "state.safetensors"
    died = subprocess.run([sys.executable, "-c", code, str(state)], cwd=Path(__file__).parent, check=False)
    assert died.returncode == 9 and state.is_file()
    assert train_to_the_end(state) == train_to_the_end(tmp_path / "other.safetensors")
    assert not state.exists()
