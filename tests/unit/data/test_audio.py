"""Recordings of all kinds in: what comes out is mono at one rate, what is broken is named."""

import wave

import numpy as np
import pytest
from scipy.signal import resample_poly

from talentlab.data import audio
from talentlab.data.audio import load_clips, read_audio
from talentlab.errors import DataError

TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)


def write_wav(path, samples=TONE, *, rate=8000, width=2):
    """Samples [N] or [N, channels] between -1 and 1, as the standard library writes them."""
    samples = np.asarray(samples)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = np.round(samples * (2 ** (8 * width - 1) - 1)).astype("<i4")
    raw = (whole + 128).astype(np.uint8) if width == 1 else whole.reshape(-1, 1).view(np.uint8)[:, :width]
    with wave.open(str(path), "wb") as file:
        file.setparams((samples.shape[1] if samples.ndim > 1 else 1, width, rate, 0, "NONE", ""))
        file.writeframes(raw.tobytes())
    return path


@pytest.fixture(params=["soundfile", "standard library"])
def reader(request, monkeypatch):
    if request.param == "soundfile":
        pytest.importorskip("soundfile")
    else:
        monkeypatch.setattr(audio.importlib.util, "find_spec", lambda name: None)


@pytest.mark.parametrize(("width", "within"), [(1, 0.01), (2, 1e-4), (3, 1e-6), (4, 1e-6)])
def test_samples_of_each_width_come_back(tmp_path, reader, width, within):
    samples, notes = read_audio(write_wav(tmp_path / "a.wav", width=width))
    assert samples.dtype == np.float32 and np.abs(samples - TONE).max() < within
    assert len(notes) == (width == 1)


def test_stereo_of_8_bits_at_another_rate(tmp_path, reader):
    time = np.arange(22050) / 22050
    left = 0.5 * np.sin(2 * np.pi * 440 * time)
    samples, notes = read_audio(write_wav(tmp_path / "a.wav", np.stack([left, -0.5 * left], 1), rate=22050, width=1))
    assert len(samples) == 8000
    assert np.abs(samples[500:-500] - 0.125 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)[500:-500]).max() < 0.01
    assert [note.split()[0] for note in notes] == ["8", "2", "22050"]


def test_what_the_lower_rate_cannot_carry_is_filtered_out(tmp_path):
    high = np.sin(2 * np.pi * 6000 * np.arange(16000) / 16000)  # would become 2 kHz
    samples, _ = read_audio(write_wav(tmp_path / "a.wav", 0.9 * high, rate=16000))
    assert np.abs(samples[200:-200]).max() < 0.02
    assert np.allclose(audio.resample(high, 16000, 8000), resample_poly(high, 1, 2), atol=1e-6)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all, only words", None])
def test_a_broken_file_is_named(tmp_path, reader, content):
    path = write_wav(tmp_path / "broken.wav", np.zeros(0))
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match="broken"):
        read_audio(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere"):
        read_audio(tmp_path / "nowhere.wav")


def test_flac_wants_the_package(tmp_path, monkeypatch):
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(tmp_path / "a.flac", TONE, 8000)
    assert np.abs(read_audio(tmp_path / "a.flac")[0] - TONE).max() < 1e-4
    monkeypatch.setattr(audio.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="speech"):
        read_audio(tmp_path / "a.flac")


def test_a_folder_per_class_with_speakers(tmp_path):
    for name in ("yes/ann_1.wav", "yes/bob_1.wav", "no/ann_2.wav"):
        write_wav(tmp_path / name, rate=16000)
    clips = load_clips(tmp_path)
    assert clips.class_names == ("no", "yes") and clips.labels.tolist() == [0, 1, 1]
    assert clips.speakers.tolist() == ["ann", "ann", "bob"] and clips.splits is None
    assert clips.seconds.tolist() == [0.25, 0.25, 0.25]
    assert clips.notes == ("16000 Hz converted to 8000 Hz: 3",)
    ann = clips.take(clips.speakers == "ann")
    assert len(ann) == 2 and ann.labels.tolist() == [0, 1] and ann.class_names == clips.class_names


def test_names_without_underscore_tell_no_speaker(tmp_path):
    for name in ("yes/ann_1.wav", "no/2.wav"):
        write_wav(tmp_path / name)
    assert load_clips(tmp_path).speakers is None


def test_a_table_of_paths(tmp_path):
    write_wav(tmp_path / "deep" / "a.wav")
    write_wav(tmp_path / "b.wav")
    (tmp_path / "t.csv").write_text(
        "\ufeffpath,label,speaker,split\ndeep/a.wav,on,x,train\nb.wav,off,y,test\n", "utf-8"
    )
    clips = load_clips(tmp_path / "t.csv")
    assert clips.class_names == ("off", "on") and clips.labels.tolist() == [1, 0]
    assert clips.speakers.tolist() == ["x", "y"] and clips.splits.tolist() == ["train", "test"]


def test_broken_files_of_a_folder_are_named_all_at_once(tmp_path):
    write_wav(tmp_path / "yes" / "good.wav")
    for name in ("yes/bad.wav", "no/worse.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DataError, match=r"2 of 3 files.*worse\.wav.*bad\.wav"):
        load_clips(tmp_path)


def archive(path, **changes):
    audio_ = (np.concatenate([TONE, TONE[:1000]]) * 32767).astype(np.int16)
    arrays = {"audio": audio_, "offset": [0, 4000, 5000], "label": [7, 3], "sample_rate": 8000} | changes
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def test_an_archive_is_unpacked_once(tmp_path, monkeypatch):
    path, reads = archive(tmp_path / "a.npz", speaker=[1, 2], split=["test", "train"]), []
    original = np.lib.npyio.NpzFile.__getitem__
    monkeypatch.setattr(
        np.lib.npyio.NpzFile, "__getitem__", lambda self, name: reads.append(name) or original(self, name)
    )
    clips = load_clips(path)
    assert sorted(reads) == ["audio", "label", "offset", "sample_rate", "speaker", "split"]
    assert clips.class_names == ("3", "7") and clips.labels.tolist() == [1, 0]
    assert [len(samples) for samples in clips.samples] == [4000, 1000]
    assert np.abs(clips.samples[0] - TONE).max() < 1e-3
    assert clips.speakers.tolist() == ["1", "2"] and clips.splits.tolist() == ["test", "train"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"offset": None}, "no array offset"), ({"offset": [0, 4000]}, "2 offsets"),
     ({"offset": [0, 4000, 4000]}, "rising"),
     ({"offset": [0, 4000, 9000]}, "inside"), ({"label": [3, 3]}, "1 classes"),
     ({"label": np.array(["a", None], object)}, "a.npz")],
)  # fmt: skip
def test_a_bad_archive_is_refused(tmp_path, changes, said):
    with pytest.raises(DataError, match=said):
        load_clips(archive(tmp_path / "a.npz", **changes))


def test_no_archive_no_folder_no_column_no_class(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"x")
    (tmp_path / "a.csv").write_text("file,label\na,b\n")
    (tmp_path / "empty").mkdir()
    for name, said in (("a.npz", "a.npz"), ("a.csv", "no column path"), ("none", "not there"), ("empty", "0 classes")):
        with pytest.raises(DataError, match=said):
            load_clips(tmp_path / name)
