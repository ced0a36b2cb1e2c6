"""Spoken words made by source and filter: speakers with a pitch, a vocal tract and habits of their own, and noise."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from talentlab.data.audio import Clips
from talentlab.errors import ParameterError

Floats = npt.NDArray[np.float64]

COMMANDS = {
    "yes": "Y EH S", "no": "N AO UH", "up": "AH P", "down": "D AA UH N", "left": "L EH F T", "right": "R AA IH T",
    "on": "AA N", "off": "AO F", "stop": "S T AA P", "go": "G AO UH",
}  # fmt: skip
DIGITS = {
    "0": "Z IH R AO UH", "1": "W AH N", "2": "T UW", "3": "TH R IY", "4": "F AO R", "5": "F AA IH V", "6": "S IH K S",
    "7": "S EH V AH N", "8": "EH IH T", "9": "N AA IH N",
}  # fmt: skip
# Of each sound: duration [ms], formants [Hz], loudness of the voice, loudness of the hiss, its centre and width [Hz].
# A stop is two sounds: the closed lips, and a burst. Vowels: Peterson & Barney 1952 (men), rounded.
_SOUNDS: dict[str, list[tuple[float, tuple[int, int, int], float, float, float, float]]] = {
    "IY": [(130, (270, 2290, 3010), 1.0, 0, 0, 1)], "IH": [(100, (390, 1990, 2550), 1.0, 0, 0, 1)],
    "EH": [(120, (530, 1840, 2480), 1.0, 0, 0, 1)], "AA": [(130, (730, 1090, 2440), 1.0, 0, 0, 1)],
    "AO": [(130, (570, 840, 2410), 1.0, 0, 0, 1)], "UH": [(100, (440, 1020, 2240), 1.0, 0, 0, 1)],
    "UW": [(150, (300, 870, 2240), 1.0, 0, 0, 1)], "AH": [(110, (640, 1190, 2390), 1.0, 0, 0, 1)],
    "N": [(80, (250, 1450, 2400), 0.35, 0, 0, 1)], "L": [(70, (360, 1100, 2600), 0.6, 0, 0, 1)],
    "R": [(80, (420, 1200, 1600), 0.6, 0, 0, 1)], "W": [(70, (300, 700, 2300), 0.5, 0, 0, 1)],
    "Y": [(60, (280, 2200, 3000), 0.6, 0, 0, 1)], "V": [(70, (300, 1100, 2300), 0.3, 0.10, 2500, 1500)],
    "Z": [(80, (300, 1500, 2500), 0.3, 0.25, 3600, 600)], "S": [(110, (300, 1500, 2500), 0, 0.45, 3600, 600)],
    "F": [(100, (300, 1100, 2300), 0, 0.12, 2500, 1500)], "TH": [(90, (300, 1400, 2500), 0, 0.09, 3000, 1500)],
    "T": [(50, (300, 1700, 2600), 0, 0, 0, 1), (25, (300, 1700, 2600), 0, 0.40, 3200, 900)],
    "K": [(50, (300, 1800, 2300), 0, 0, 0, 1), (25, (300, 1800, 2300), 0, 0.35, 1900, 500)],
    "P": [(50, (300, 900, 2200), 0, 0, 0, 1), (20, (300, 900, 2200), 0, 0.20, 900, 700)],
    "D": [(30, (300, 1700, 2600), 0.1, 0, 0, 1), (15, (300, 1700, 2600), 0.3, 0.25, 3000, 900)],
    "G": [(30, (300, 1900, 2300), 0.1, 0, 0, 1), (15, (300, 1900, 2300), 0.3, 0.20, 1900, 500)],
}  # fmt: skip
_HOP_S = 0.005  # one set of parameters each


@dataclass(frozen=True)
class Voice:
    """A speaker.

    Attributes:
        pitch: Of the vocal cords [Hz].
        tract: Factor of all formants: a shorter tract has higher ones.
        pace: Factor of all durations.
        breath: Loudness of breathing noise under the voice, relative to it.
        habits: Factors of the formants of each sound: an accent.
        microphone: Loudness that it gives to 0, 1, … 4 kHz [dB].
    """

    pitch: float
    tract: float
    pace: float
    breath: float
    habits: dict[str, Floats] = field(repr=False)
    microphone: Floats = field(repr=False)


def draw_voice(random: np.random.Generator, *, accent: float = 0.07) -> Voice:
    """A speaker by chance; high voices tend to have short tracts.

    Args:
        random: Source of chance.
        accent: Standard deviation of the factors by which the formants of a sound differ between speakers.
    """
    height = random.uniform(-1, 1)  # 1: a high voice with a short tract
    habits = {name: np.exp(accent * random.standard_normal(3)) for name in _SOUNDS}
    return Voice(
        pitch=140 * 2 ** (0.7 * height + 0.15 * random.standard_normal()),
        tract=float(np.exp(0.13 * height + 0.05 * random.standard_normal())),
        pace=float(np.exp(0.18 * random.standard_normal())),
        breath=random.uniform(0.0, 0.06),
        habits=habits,
        microphone=5 * random.standard_normal(5),
    )


def speak(sounds: str, voice: Voice, random: np.random.Generator, *, sample_rate: int = 8000) -> Floats:
    """One take of a word: no two are equal. Samples [N] with a root mean square of 0.1 over all of them.

    The voice is a sum of harmonics of the pitch, each as loud as the formants let it through; hiss is noise, filtered
    frame by frame.

    Args:
        sounds: Names of the sounds, with blanks between, as in `DIGITS`.
        voice: Whose.
        random: Source of chance.
        sample_rate: [Hz].

    Raises:
        ParameterError: If a sound is unknown.

    Source: Fant 1960, Acoustic Theory of Speech Production: source and filter; parameters by the sound as in Klatt 1980
    (JASA 67), in the frequency domain.
    """
    names = sounds.split()
    if unknown := [name for name in names if name not in _SOUNDS]:
        raise ParameterError(
            f"The sound {unknown[0]!r}.", expected=f"sounds of {' '.join(_SOUNDS)}", remedy="write it with these."
        )
    pace, rows = voice.pace * np.exp(0.1 * random.standard_normal()), []
    for name in names:
        shift = voice.tract * voice.habits[name] * np.exp(0.025 * random.standard_normal(3))
        stretch = pace * np.exp(0.12 * random.standard_normal())
        for ms, formants, *rest in _SOUNDS[name]:
            frames = max(2, round(ms / 1000 * stretch / _HOP_S))
            rows += [[*(shift * formants), *rest]] * frames
    edge = round(0.02 / _HOP_S)
    track = np.pad(np.asarray(rows), ((edge, edge), (0, 0)), mode="edge")  # [F, 7]
    track[:edge, 3:5] = track[-edge:, 3:5] = 0
    window = np.hanning(11)[1:-1] / np.hanning(11).sum()  # the mouth moves within some 40 ms
    moved = np.stack([np.convolve(np.pad(column, 4, mode="edge"), window, "valid") for column in track.T], 1)
    moved[:, 4] = track[:, 4]  # a burst is sudden
    samples = _voiced(moved, voice, random, sample_rate) + _hiss(moved, voice, random, sample_rate)
    frequency = np.fft.rfftfreq(len(samples), 1 / sample_rate)
    heard = 10 ** (np.interp(frequency, np.arange(5) * 1000, voice.microphone) / 20)
    samples = np.fft.irfft(np.fft.rfft(samples) * heard, len(samples))
    return 0.1 * samples / np.sqrt(np.mean(samples**2))


def _voiced(track: Floats, voice: Voice, random: np.random.Generator, sample_rate: int) -> Floats:
    """Harmonics of a falling pitch; those above the half of the sample rate are left out."""
    hop = round(_HOP_S * sample_rate)
    slope, bend = random.normal(-0.12, 0.06), 0.05 * random.standard_normal()
    x = np.linspace(0, 1, len(track))
    pitch = voice.pitch * np.exp(slope * x + bend * np.sin(np.pi * x) + 0.04 * random.standard_normal())  # [F]
    count = int(0.48 * sample_rate / pitch.min())
    frequency = pitch[:, None] * np.arange(1, count + 1)  # [F, K]
    loudness = track[:, 3:4] / frequency  # cords fall by 12 dB an octave, lips give 6 back
    higher = np.broadcast_to(voice.tract * np.array([3500.0, 4500.0]), (len(track), 2))  # not told apart by ear
    for formant, width in zip(np.hstack([track[:, :3], higher]).T, (80, 110, 170, 250, 300), strict=True):
        formant = formant[:, None]
        loudness = loudness * formant**2 / np.hypot(formant**2 - frequency**2, width * frequency)
    loudness[frequency > 0.48 * sample_rate] = 0
    time, frames = np.arange(len(track) * hop) / hop, np.arange(len(track))
    whole = np.minimum(time.astype(int), len(track) - 2)
    part = (time - whole).astype(np.float32)[:, None]
    soft = loudness.astype(np.float32)
    blend = soft[whole] * (1 - part) + soft[whole + 1] * part  # [N, K]
    phase = 2 * np.pi * np.cumsum(np.interp(time, frames, pitch)) / sample_rate
    angles = np.remainder(phase[:, None] * np.arange(1, count + 1), 2 * np.pi).astype(np.float32)
    return (blend * np.sin(angles)).sum(1).astype(float) * 60


def _hiss(track: Floats, voice: Voice, random: np.random.Generator, sample_rate: int) -> Floats:
    """Noise in overlapping frames, each with its own filter."""
    hop = round(_HOP_S * sample_rate)
    window = np.sin(np.pi * (np.arange(2 * hop) + 0.5) / (2 * hop))
    frequency = np.fft.rfftfreq(2 * hop, 1 / sample_rate)
    centre = np.minimum(track[:, 5:6] * voice.tract**0.5, 0.46 * sample_rate)
    gain = track[:, 4:5] * np.exp(-0.5 * ((frequency - centre) / track[:, 6:7]) ** 2) + voice.breath * track[:, 3:4]
    noise = random.standard_normal((len(track), 2 * hop)) * window
    frames = np.fft.irfft(np.fft.rfft(noise) * gain, 2 * hop) * window  # [F, 2 hop]
    samples = np.zeros((len(track) + 1) * hop)
    samples[:-hop] += frames[:, :hop].ravel()
    samples[hop:] += frames[:, hop:].ravel()
    return samples[: len(track) * hop]


def add_noise(samples: npt.ArrayLike, decibels: float, random: np.random.Generator) -> Floats:
    """`samples` [N] with noise that falls by 3 dB an octave, as in a room.

    Args:
        samples: The speech.
        decibels: How much louder the speech is than the noise: the ratio of their powers; infinite: no noise.
        random: Source of chance.
    """
    samples = np.asarray(samples, float)
    spectrum = np.fft.rfft(random.standard_normal(len(samples)))
    noise = np.fft.irfft(spectrum / np.sqrt(np.arange(len(spectrum)) + 1.0), len(samples))
    wanted = np.sqrt(np.mean(samples**2)) * 10 ** (-decibels / 20)
    return samples + wanted * noise / np.sqrt(np.mean(noise**2))


def draw_clips(
    words: dict[str, str],
    *,
    speakers: int = 12,
    takes: int = 8,
    decibels: tuple[float, float] = (0.0, 15.0),
    silence: float = 0.3,
    accent: float = 0.07,
    sample_rate: int = 8000,
    seed: int = 0,
) -> Clips:
    """Every speaker says every word several times, each take with noise of its own.

    Args:
        words: Class name → its sounds: `COMMANDS`, `DIGITS`, or your own.
        speakers: How many.
        takes: Of each word by each speaker.
        decibels: The ratio of speech to noise is drawn between these two; infinite: clean.
        silence: Longest before and after the word [s]; where the word stands in its clip is drawn.
        accent: As in `draw_voice`.
        sample_rate: [Hz].
        seed: Of everything.
    """
    random = np.random.default_rng(seed)
    voices = [draw_voice(random, accent=accent) for _ in range(speakers)]
    samples, labels, who = [], [], []
    for number, voice in enumerate(voices):
        for label, sounds in enumerate(words.values()):
            for _ in range(takes):
                word = speak(sounds, voice, random, sample_rate=sample_rate)
                clean = np.pad(word, random.integers(round(silence * sample_rate) + 1, size=2))
                level = random.uniform(*decibels) if np.isfinite(decibels).all() else np.inf
                samples.append(add_noise(clean, level, random).astype(np.float32))
                labels.append(label)
                who.append(f"speaker {number + 1}")
    return Clips(samples, np.array(labels), tuple(words), sample_rate, np.array(who))
