"""Generated speech: pitch and formants where they are asked for, noise as loud as asked for, the same from a seed."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import find_peaks

from talentlab.data.spoken_words import COMMANDS, DIGITS, add_noise, draw_clips, draw_voice, speak
from talentlab.errors import ParameterError


def plain_voice(pitch: float = 100.0, tract: float = 1.0):
    voice = draw_voice(np.random.default_rng(0), accent=0.0)
    return replace(voice, pitch=pitch, tract=tract, breath=0.0, microphone=np.zeros(5))


def spectrum(samples):
    """Loudness [dB] by frequency [Hz]."""
    width = 1 << 15
    return np.fft.rfftfreq(width, 1 / 8000), 20 * np.log10(
        np.abs(np.fft.rfft(samples * np.hanning(len(samples)), width))
    )


@pytest.mark.parametrize("pitch", [100, 200])
def test_the_harmonics_are_those_of_the_pitch(pitch):
    samples = speak("AA", plain_voice(pitch), np.random.default_rng(1))
    frequency, level = spectrum(samples)
    peaks = frequency[find_peaks(level, distance=0.6 * pitch / frequency[1], prominence=6)[0]]
    assert np.median(np.diff(peaks[peaks < 1500])) == pytest.approx(pitch, rel=0.2)


def test_a_short_tract_has_higher_formants():
    def middle(tract):
        frequency, level = spectrum(speak("IY", plain_voice(tract=tract), np.random.default_rng(1)))
        second = (frequency > 1500) & (frequency < 3000)
        return frequency[second][level[second].argmax()]

    assert middle(1.2) / middle(1.0) == pytest.approx(1.2, rel=0.08)


def test_hiss_lies_high_and_a_vowel_low():
    def share_above(sounds):
        frequency, level = spectrum(speak(sounds, plain_voice(), np.random.default_rng(1)))
        power = 10 ** (level / 10)
        return power[frequency > 2500].sum() / power.sum()

    assert share_above("S") > 0.9 and share_above("AA") < 0.1


@pytest.mark.parametrize("decibels", [-5, 0, 20])
def test_noise_is_as_loud_as_asked_for(decibels):
    random = np.random.default_rng(0)
    speech = random.standard_normal(4000)
    noise = add_noise(speech, decibels, random) - speech
    assert 10 * np.log10(np.mean(speech**2) / np.mean(noise**2)) == pytest.approx(decibels)
    assert np.array_equal(add_noise(speech, np.inf, random), speech)


def test_no_two_takes_are_equal_and_a_seed_brings_all_back():
    one, again = (draw_clips(DIGITS, speakers=2, takes=2, seed=3) for _ in range(2))
    assert len(one) == 2 * 10 * 2 and one.class_names == tuple(DIGITS)
    assert all(np.array_equal(a, b) for a, b in zip(one.samples, again.samples, strict=True))
    assert one.labels[:4].tolist() == [0, 0, 1, 1] and not np.array_equal(one.samples[0], one.samples[1])
    assert one.speakers.tolist() == ["speaker 1"] * 20 + ["speaker 2"] * 20
    assert not np.array_equal(one.samples[0], draw_clips(DIGITS, speakers=2, takes=2, seed=4).samples[0])


def test_every_word_can_be_said():
    clips = draw_clips(COMMANDS | DIGITS, speakers=1, takes=1, decibels=(np.inf, np.inf), silence=0.0)
    assert len(clips) == 20
    assert all(
        np.isfinite(samples).all() and 0.1 < seconds < 1.2
        for samples, seconds in zip(clips.samples, clips.seconds, strict=True)
    )


def test_an_unknown_sound_is_named():
    with pytest.raises(ParameterError, match="QQ"):
        speak("AA QQ", plain_voice(), np.random.default_rng(0))
