"""Short recordings in: a WAV or FLAC file, a folder per class, a table of paths, or an archive of numpy."""

import importlib.util
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.signal import resample_poly

from talentlab.errors import DataError
from talentlab.language import tr

Samples = npt.NDArray[np.float32]
_ENDINGS = (".wav", ".flac", ".ogg")
_ARCHIVE = ("audio", "offset", "label", "sample_rate")


@dataclass(frozen=True)
class Clips:
    """Labelled recordings, all at one sample rate.

    Attributes:
        samples: N clips [N_i], between -1 and 1.
        labels: N classes, 0 … C-1.
        class_names: The C names.
        sample_rate: [Hz].
        speakers: Who speaks, N names, or None where that is not known.
        splits: N of "train" and "test" as the source has them, or None.
        notes: What was converted.
    """

    samples: list[Samples]
    labels: npt.NDArray[np.int64]
    class_names: tuple[str, ...]
    sample_rate: int
    speakers: npt.NDArray[np.str_] | None = None
    splits: npt.NDArray[np.str_] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def seconds(self) -> npt.NDArray[np.float64]:
        """Length of each clip [s]."""
        return np.array([len(clip) for clip in self.samples]) / self.sample_rate

    def take(self, rows: Sequence[int] | npt.NDArray[Any]) -> "Clips":
        """Some of the clips: row numbers, or N booleans."""
        chosen = np.arange(len(self))[np.asarray(rows)]
        speakers, splits = (None if part is None else part[chosen] for part in (self.speakers, self.splits))
        samples = [self.samples[row] for row in chosen]
        return Clips(samples, self.labels[chosen], self.class_names, self.sample_rate, speakers, splits, self.notes)


def load_clips(source: str | Path, *, sample_rate: int = 8000) -> Clips:
    """Labelled clips, read once and converted to one channel and one sample rate.

    Args:
        source: One of three.
            A folder with a folder for each class; if all file names have an underscore, who speaks stands before it
            (`left/anna_3.wav`).
            A `.csv` with the columns `path` (from the table's folder) and `label`, and if known `speaker` and `split`.
            An `.npz` with `audio` (all samples one after the other), `offset` (N + 1 places), `label`, `sample_rate`,
            and if known `speaker` and `split`.
        sample_rate: What all clips are converted to [Hz].

    Raises:
        DataError: If files are missing or broken (with their names), or there are fewer than two classes.
    """
    path = Path(source).expanduser()
    if not path.exists():
        raise DataError(f"{path}: not there.", expected="a folder, a .csv or an .npz", remedy="correct the path.")
    if path.suffix == ".npz":
        return _read_archive(path, sample_rate)
    table = pd.read_csv(path, dtype=str, encoding="utf-8-sig") if path.suffix == ".csv" else _list_folder(path)
    if missing := {"path", "label"} - set(table.columns):
        raise DataError(
            f"{path}: no column {', '.join(sorted(missing))}; it has {', '.join(table.columns)}.",
            expected="the columns path and label", remedy="name them so in the first line.",
        )  # fmt: skip
    found, broken = [], []
    for name in table["path"]:
        try:
            found.append(read_audio(path.parent / name if path.suffix == ".csv" else name, sample_rate=sample_rate))
        except DataError as error:
            broken.append(error.received)
    if broken:
        raise DataError(
            f"{len(broken)} of {len(table)} files cannot be read: {' '.join(broken[:3])}",
            expected="WAV files, or FLAC and OGG with the extra `speech`", remedy="mend or leave out these files.",
        )  # fmt: skip
    notes = pd.Series([note for _, of_clip in found for note in of_clip], dtype=str).value_counts()
    told = tuple(f"{note}: {count}" for note, count in notes.items())
    speakers, splits = [table[name].to_numpy(str) if name in table else None for name in ("speaker", "split")]
    return _labelled(
        path, [samples for samples, _ in found], table["label"].to_numpy(str), sample_rate, speakers, splits, told
    )


def read_audio(path: str | Path, *, sample_rate: int = 8000) -> tuple[Samples, list[str]]:
    """One recording as mono samples [N] between -1 and 1, and what was converted, in words.

    Args:
        path: A WAV file; with the package `soundfile` also FLAC and OGG.
        sample_rate: What it is converted to [Hz].

    Raises:
        DataError: If the file is missing, broken or empty.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise DataError(f"{path}: no such file.", expected="a WAV or FLAC file", remedy="correct the path.")
    try:
        frames, rate, bits = _decode(path)
    except (wave.Error, EOFError, RuntimeError) as error:  # soundfile's are RuntimeErrors
        raise DataError(
            f"{path.name}: {error}.", expected="a whole WAV or FLAC file", remedy="record or convert it again."
        ) from error
    notes = []
    if bits == 8:
        notes.append(tr("8 bits a sample (coarse)"))
    if frames.shape[1] > 1:
        notes.append(tr("{n} channels averaged", n=frames.shape[1]))
    samples = frames.mean(1)
    if not len(samples) or not np.isfinite(samples).all():
        what = "no samples" if not len(samples) else "samples that are no numbers"
        raise DataError(f"{path.name}: {what}.", expected="a recording", remedy="record it again.")
    if rate != sample_rate:
        notes.append(tr("{rate} Hz converted to {wanted} Hz", rate=rate, wanted=sample_rate))
    return resample(samples, rate, sample_rate), notes


def resample(samples: npt.ArrayLike, rate: int, wanted: int) -> Samples:
    """Samples at another rate [Hz]; what the lower rate cannot carry is filtered out first."""
    if rate == wanted:
        return np.asarray(samples, np.float32)
    ratio = Fraction(wanted, rate)
    return resample_poly(np.asarray(samples, float), ratio.numerator, ratio.denominator).astype(np.float32)


def _decode(path: Path) -> tuple[npt.NDArray[np.float64], int, int]:
    """Frames [N, channels], sample rate and bits per sample."""
    if importlib.util.find_spec("soundfile"):
        import soundfile

        frames, rate = soundfile.read(path, always_2d=True)
        return frames, rate, 8 if soundfile.info(path).subtype in ("PCM_U8", "PCM_S8") else 16
    if path.suffix.lower() != ".wav":
        raise DataError.not_installed(f"{path.name}: soundfile, which reads {path.suffix}", "speech")
    with wave.open(str(path)) as file:
        width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
        raw = np.frombuffer(file.readframes(file.getnframes()), np.uint8)
    raw = raw[: len(raw) // (width * channels) * width * channels].reshape(-1, width)
    whole = np.zeros((len(raw), 4), np.uint8)  # each sample as the high bytes of 32 bits
    whole[:, 4 - width :] = raw
    if width == 1:
        whole[:, 3] ^= 128  # 8 bits have no sign
    return whole.view("<i4").reshape(-1, channels) / 2**31, rate, 8 * width


def _list_folder(folder: Path) -> pd.DataFrame:
    """Path, label and, where all names tell it, speaker of each recording below a folder."""
    files = sorted(path for path in folder.glob("*/*") if path.suffix.lower() in _ENDINGS)
    table = pd.DataFrame({"path": map(str, files), "label": [path.parent.name for path in files]})
    if all("_" in path.stem for path in files):
        table["speaker"] = [path.stem.partition("_")[0] for path in files]
    return table


def _read_archive(path: Path, sample_rate: int) -> Clips:
    try:
        with np.load(path) as archive:
            arrays = {name: archive[name] for name in archive.files}  # once: each access unpacks the whole array
    except (ValueError, OSError, EOFError) as error:  # pickled objects are refused as well
        raise DataError(f"{path.name}: {error}.", expected="an .npz of plain arrays", remedy="save it anew.") from error
    if missing := [name for name in _ARCHIVE if name not in arrays]:
        raise DataError(
            f"{path.name}: no array {', '.join(missing)}; it has {', '.join(arrays)}.",
            expected=f"the arrays {', '.join(_ARCHIVE)}", remedy="save it with these names.",
        )  # fmt: skip
    audio, offset, rate = arrays["audio"], arrays["offset"], int(arrays["sample_rate"])
    if len(offset) != len(arrays["label"]) + 1 or offset[-1] > len(audio) or (np.diff(offset) <= 0).any():
        raise DataError(
            f"{path.name}: {len(offset)} offsets for {len(arrays['label'])} labels and {len(audio):,} samples.",
            expected="one more rising offset than labels, inside of the audio", remedy="save the offsets anew.",
        )  # fmt: skip
    scale = np.iinfo(audio.dtype).max + 1.0 if audio.dtype.kind == "i" else 1.0
    samples = [resample(audio[a:b] / scale, rate, sample_rate) for a, b in pairwise(offset)]
    speakers, splits = [arrays[name].astype(str) if name in arrays else None for name in ("speaker", "split")]
    notes = () if rate == sample_rate else (tr("{rate} Hz converted to {wanted} Hz", rate=rate, wanted=sample_rate),)
    return _labelled(path, samples, arrays["label"].astype(str), sample_rate, speakers, splits, notes)


def _labelled(
    path: Path, samples: list[Samples], names: Any, rate: int, speakers: Any, splits: Any, notes: Any
) -> Clips:
    """Class names in order become 0 … C-1."""
    class_names, labels = np.unique(names, return_inverse=True)
    if len(class_names) < 2:
        raise DataError(
            f"{path}: {len(samples)} recordings of {len(class_names)} classes.", expected="two classes or more",
            remedy="give a folder with a folder of recordings for each class, or a table with their labels.",
        )  # fmt: skip
    return Clips(samples, labels, tuple(map(str, class_names)), rate, speakers, splits, tuple(notes))
