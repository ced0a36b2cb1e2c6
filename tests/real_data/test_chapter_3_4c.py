"""Chapter 3.4c on recordings of people: digits of six speakers, one of whom training does not hear."""

import numpy as np

from talentlab.data.audio import load_clips, read_audio


def test_the_archive_and_its_files_agree(real):
    clips = load_clips(real("fsdd") / "fsdd_8k.npz")
    assert len(clips) == 1500 and clips.class_names == tuple("0123456789")
    assert sorted(set(clips.speakers)) == list("123456") and (clips.splits == "test").sum() == 300
    first = np.flatnonzero((clips.speakers == "3") & (clips.labels == 7))[0]
    samples, notes = read_audio(real("fsdd") / "wav" / "7_s3_0.wav")
    assert notes == [] and np.abs(samples - clips.samples[first]).max() < 1e-4


def test_people_are_heard_and_a_new_voice_less_well(real, measure):
    source = real("fsdd") / "fsdd_8k.npz"
    metrics = measure("03_4c", commands=source, digits=source, new_speakers=1, decibels=[30.0, 40.0],
                      num_epochs=6)["metrics"]  # fmt: skip
    assert metrics["known_voices"][0] > 0.9
    assert metrics["known_voices"][0] > metrics["new_voices"][0] > 0.4
    assert metrics["cer_known"][0] < metrics["cer_new"][0]
