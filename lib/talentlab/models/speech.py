"""Speech: from samples to frames, one small network that answers per clip or per frame, and CTC's way to a text."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

Floats = npt.NDArray[np.float64]
BLANK = 0  # CTC's "nothing new"; the classes follow
_WINDOW_S, _HOP_S = 0.025, 0.010
_STRIDE = 4  # frames of the spectrogram to one of the network


def log_mel(samples: npt.ArrayLike, sample_rate: int, *, bands: int = 40) -> npt.NDArray[np.float32]:
    """How loud each band is every 10 ms: a log-mel spectrogram [T, bands], with mean 0 and standard deviation 1.

    Args:
        samples: Mono [N]; shorter than one window of 25 ms they are filled up.
        sample_rate: [Hz].
        bands: Equally wide in mel, up to half of the sample rate.
    """
    size, hop = round(_WINDOW_S * sample_rate), round(_HOP_S * sample_rate)
    samples = np.asarray(samples, float)
    samples = np.pad(samples, (0, max(0, size - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop] * np.hanning(size)  # [T, size]
    width = 1 << (size - 1).bit_length()
    power = np.abs(np.fft.rfft(frames, width)) ** 2 @ mel_filters(sample_rate, width, bands)
    level = np.log(power + 1e-6 * power.max() + 1e-12)  # 60 dB below the loudest counts as silence
    return ((level - level.mean()) / (level.std() + 1e-6)).astype(np.float32)


@cache
def mel_filters(sample_rate: int, width: int, bands: int) -> Floats:
    """Triangles over the frequencies of a Fourier transform of `width` samples [width / 2 + 1, bands].

    Source: mel(f) = 2595 log10(1 + f / 700), O'Shaughnessy 1987; triangles as in Davis & Mermelstein 1980.
    """
    top = 2595 * np.log10(1 + sample_rate / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, top, bands + 2) / 2595) - 1)
    frequency = np.fft.rfftfreq(width, 1 / sample_rate)[:, None]
    rising = (frequency - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - frequency) / (corners[2:] - corners[1:-1])
    return np.maximum(0, np.minimum(rising, falling))


@dataclass
class Spoken(Dataset[dict[str, Any]]):
    """Spectrograms with what is said in them.

    Attributes:
        features: N spectrograms [T_i, bands].
        labels: N classes; or N lists of classes, in the order in which they are said.
    """

    features: list[npt.NDArray[np.float32]]
    labels: list[Any]
    unit = "s of audio"

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"features": self.features[index], "labels": self.labels[index]}

    @property
    def lengths(self) -> list[float]:
        """Duration of each row [s]."""
        return [len(rows) * _HOP_S for rows in self.features]

    def collate(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """`features` [B, T, bands], `frames` [B] and `labels`: [B], or CTC's `targets` [sum of L] and `lengths` [B]."""
        parts = [torch.from_numpy(row["features"]) for row in rows]
        batch: dict[str, Any] = {
            "features": nn.utils.rnn.pad_sequence(parts, batch_first=True),
            "frames": torch.tensor([len(part) for part in parts]),
        }
        if np.ndim(rows[0]["labels"]) == 0:
            return batch | {"labels": torch.tensor([int(row["labels"]) for row in rows])}
        said = [torch.as_tensor(row["labels"], dtype=torch.long) for row in rows]
        labels = {"targets": torch.cat(said) + 1, "lengths": torch.tensor([len(part) for part in said])}
        return batch | {"labels": labels}


class SpeechOutput(NamedTuple):
    """What `SpeechNet` returns.

    Attributes:
        logits: [B, C], or of each frame [B, T', 1 + C].
        frames: How many of the T' belong to each row [B].
    """

    logits: Tensor
    frames: Tensor


class SpeechNet(nn.Module):
    """Convolutions over time and frequency, then an answer for each clip, or for each frame of 40 ms.

    What lies behind the end of a row is 0 in every layer, so an answer does not depend on the row's company.

    Args:
        classes: C.
        per_frame: One answer per frame, with a place more for the blank, instead of one per clip.
        bands: Of the spectrogram, a multiple of four.
        width: Channels of the last layers.
        dropout: Share of the last layer's inputs that are dropped in training.
        seed: Of the weights.
    """

    def __init__(
        self, classes: int, *, per_frame: bool = False, bands: int = 40, width: int = 64, dropout: float = 0.2,
        seed: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        torch.manual_seed(seed)
        self.per_frame = per_frame
        self.early = nn.Conv2d(1, width // 4, 5, stride=2, padding=2)
        self.middle = nn.Conv2d(width // 4, width // 2, 3, stride=2, padding=1)
        self.joined = nn.Linear(width // 2 * (bands // 4), width)
        self.context = nn.Conv1d(width, width, 5, padding=2)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, classes + per_frame)

    def forward(self, features: Tensor, frames: Tensor) -> SpeechOutput:
        """Logits of rows [B, T, bands] of which the first `frames` [B] are real."""
        rows = features[:, None]  # [B, 1, T, bands]
        for layer in (self.early, self.middle):
            frames = (frames + 1) // 2
            rows = layer(rows).relu()
            rows = rows * _inside(rows.shape[2], frames)[:, None, :, None]
        mask = _inside(rows.shape[2], frames)[..., None]
        states = self.joined(rows.transpose(1, 2).flatten(2)).relu() * mask  # [B, T', width]
        states = (states + self.context(states.mT).mT.relu()) * mask
        if self.per_frame:
            return SpeechOutput(self.head(self.dropout(states)), frames)
        mean, loudest = states.sum(1) / frames[:, None], states.amax(1)  # states are not below 0
        return SpeechOutput(self.head(self.dropout(mean + loudest)), frames)


def _inside(length: int, frames: Tensor) -> Tensor:
    """1 where a row is real, else 0 [B, length]."""
    return (torch.arange(length, device=frames.device) < frames[:, None]).float()


def ctc_task_loss(output: SpeechOutput, labels: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Sum of −log p(text | audio) over the rows [nats], and the number of classes said, as `training.fit` wants them.

    Source: Graves et al. 2006, Connectionist temporal classification (ICML).
    """
    log_p = output.logits.float().log_softmax(-1).transpose(0, 1)  # [T', B, 1 + C]
    # zero_infinity: a row with fewer frames than classes has no way to be said, and no gradient
    loss = nn.functional.ctc_loss(
        log_p, labels["targets"], output.frames, labels["lengths"], reduction="sum", zero_infinity=True
    )
    return loss, labels["lengths"].sum()


def frame_scores(model: SpeechNet, data: Spoken, *, batch_size: int = 64) -> list[Floats]:
    """Of each row, log-probabilities of blank and classes in each frame: N arrays [T'_i, 1 + C]."""
    found, was_training, device = [], model.training, model.head.weight.device
    model.eval()
    for start in range(0, len(data), batch_size):
        batch = data.collate([data[row] for row in range(start, min(start + batch_size, len(data)))])
        with torch.inference_mode():
            output = model(batch["features"].to(device), batch["frames"].to(device))
            scores = output.logits.double().log_softmax(-1).cpu().numpy()
        found += [rows[:n] for rows, n in zip(scores, output.frames.tolist(), strict=True)]
    model.train(was_training)
    return found


def collapse(path: Sequence[int]) -> list[int]:
    """CTC's rule: repeats are one, then blanks go. Classes from 0, so 1 is taken off."""
    kept = [now for before, now in zip([None, *path], path, strict=False) if now != before]
    return [int(place) - 1 for place in kept if place != BLANK]


def greedy(scores: npt.ArrayLike) -> list[int]:
    """The text of the likeliest path: the best place of each frame, collapsed. It need not be the likeliest text."""
    return collapse(np.asarray(scores).argmax(1).tolist())


def beam_search(scores: npt.ArrayLike, width: int = 8) -> list[tuple[list[int], float]]:
    """The likeliest texts with log p(text), summed over all their paths; the first is the best.

    Args:
        scores: Log-probabilities of blank and classes [T, 1 + C].
        width: How many beginnings are kept after each frame. With all of them the sum is exact.

    Source: Hannun et al. 2014 (arXiv 1408.2873), algorithm 1, without a language model.
    """
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -np.inf)}  # text → log p, ended by a blank or not
    for frame in np.asarray(scores, float):
        grown: dict[tuple[int, ...], list[float]] = defaultdict(lambda: [-np.inf, -np.inf])
        for text, (blank, other) in beams.items():
            both = np.logaddexp(blank, other)
            grown[text][0] = np.logaddexp(grown[text][0], both + frame[BLANK])
            if text:
                grown[text][1] = np.logaddexp(grown[text][1], other + frame[text[-1] + 1])
            for place in range(len(frame) - 1):
                # the same class again is a new one only after a blank
                before = blank if text and place == text[-1] else both
                longer = grown[(*text, place)]
                longer[1] = np.logaddexp(longer[1], before + frame[place + 1])
        possible = [item for item in grown.items() if max(item[1]) > -np.inf]
        best = sorted(possible, key=lambda item: -np.logaddexp(item[1][0], item[1][1]))[:width]
        beams = {text: (blank, other) for text, (blank, other) in best}
    return [(list(text), float(np.logaddexp(ends[0], ends[1]))) for text, ends in beams.items()]


def edit_distance(reference: Sequence[Any], found: Sequence[Any]) -> int:
    """Fewest insertions, deletions and substitutions that make `reference` of `found`.

    Source: Levenshtein 1966; the usual table, row by row (Wagner & Fischer 1974).
    """
    row = list(range(len(found) + 1))
    for i, wanted in enumerate(reference, 1):
        above, row = row, [i]
        for j, said in enumerate(found, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (wanted != said)))
    return row[-1]


def error_rate(references: Sequence[Sequence[Any]], found: Sequence[Sequence[Any]]) -> float:
    """Edits per symbol of the references: of characters CER, of words WER. It can pass 1."""
    edits = sum(edit_distance(wanted, said) for wanted, said in zip(references, found, strict=True))
    return edits / max(1, sum(map(len, references)))
