"""Machine, precision, progress."""

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from talentlab import runtime
from talentlab.errors import ParameterError, TalentLabError


def test_the_repository_root_holds_the_course_and_this_test():
    root = runtime.repository_root()
    assert (root / "course").is_dir()
    assert (root / "tests" / "unit" / "test_runtime.py").is_file()


def test_a_bundled_corpus_is_known_by_its_name_and_anything_else_is_a_path():
    folder = runtime.repository_root() / "course" / "data"
    assert runtime.corpus_file("reviews") == folder / "reviews.csv" and runtime.corpus_file("passages").is_file()
    assert runtime.corpus_file("mine.csv") == Path("mine.csv")


def test_a_package_copied_away_from_its_checkout_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "__file__", str(tmp_path / "lib" / "talentlab" / "runtime.py"))
    with pytest.raises(TalentLabError, match="No `course` folder"):
        runtime.repository_root()


def test_a_cuda_build_on_a_machine_without_gpu_works_on_the_cpu(monkeypatch):
    """torch names the accelerator that it was built for, unless asked whether it is there."""

    def built_for_cuda(check_available: bool = False) -> torch.device | None:
        return None if check_available else torch.device("cuda")

    monkeypatch.setattr(torch.accelerator, "current_accelerator", built_for_cuda)
    assert runtime.default_device() == torch.device("cpu")


def test_an_accelerator_that_is_there_is_taken(monkeypatch):
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda check_available=False: torch.device("cuda"))
    assert runtime.default_device() == torch.device("cuda")


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({"avx2": True}, False), ({}, False)],
)
def test_a_cpu_has_bf16_only_with_the_instructions_for_it(monkeypatch, capabilities, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert runtime.has_bf16("cpu") is expected
    assert runtime.choose_precision("auto", "cpu") == ("bf16" if expected else "fp32")


def test_emulated_bf16_of_a_gpu_does_not_count(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    assert not runtime.has_bf16("cuda")


@pytest.mark.parametrize("wanted", ["fp32", "bf16"])
@pytest.mark.parametrize("supported", [True, False])
def test_an_explicit_precision_is_kept_whatever_the_hardware(monkeypatch, wanted, supported):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": supported})
    assert runtime.choose_precision(wanted, "cpu") == wanted


def test_an_unknown_precision_is_refused_not_taken_for_fp32():
    with pytest.raises(ParameterError, match=r"^precision='bfloat16'\.\n.*auto, fp32, bf16"):
        runtime.choose_precision("bfloat16", "cpu")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's own setting")
def test_glibc_takes_the_settings_that_keep_memory():
    assert runtime.keep_freed_memory() is True


@pytest.mark.parametrize(("system", "library"), [("darwin", ""), ("linux", "musl"), ("win32", "")])
def test_other_systems_keep_their_memory_settings(monkeypatch, system, library):
    monkeypatch.setattr(runtime.sys, "platform", system)
    monkeypatch.setattr(runtime.platform, "libc_ver", lambda: (library, ""))
    monkeypatch.setattr(runtime.ctypes, "CDLL", lambda _: pytest.fail("the C library was called"))
    assert runtime.keep_freed_memory() is False


def test_progress_tells_a_headless_runner_where_it_is(tmp_path, monkeypatch, capsys):
    told = tmp_path / "progress.json"
    monkeypatch.setenv(runtime.PROGRESS_FILE_VARIABLE, str(told))
    with runtime.progress("training", total=3, done=1) as bar:
        bar.advance(loss="0.7")
        bar.advance(loss="0.5")  # the last unit is told at once, however little time has passed
        line = json.loads(told.read_text())
    assert (line["desc"], line["n"], line["total"], line["loss"]) == ("training", 3, 3, "0.5")
    assert line["left_s"] == 0
    assert told.read_text() == ""  # closed
    assert capsys.readouterr().err == ""  # no bar beside the runner's own


def test_the_time_left_counts_only_what_this_process_did(tmp_path, monkeypatch):
    """Resumed at 80 of 100, one unit in 2 s: 19 units of 2 s are left, not 19 of 2/81 s."""
    told, clock = tmp_path / "progress.json", iter([100.0, 102.0])
    monkeypatch.setenv(runtime.PROGRESS_FILE_VARIABLE, str(told))
    monkeypatch.setattr(runtime.time, "monotonic", lambda: next(clock))
    with runtime.progress("training", total=100, done=80) as bar:
        bar.advance()
        assert json.loads(told.read_text())["left_s"] == pytest.approx(38)


def test_progress_is_a_bar_on_stderr_without_a_runner(monkeypatch, capsys):
    monkeypatch.delenv(runtime.PROGRESS_FILE_VARIABLE, raising=False)
    with runtime.progress("validation", total=2) as bar:
        bar.advance()
        bar.advance()
    shown = capsys.readouterr()
    assert "validation" in shown.err
    assert shown.out == ""


def test_progress_is_taken_away_after_an_error(tmp_path, monkeypatch):
    told = tmp_path / "progress.json"
    monkeypatch.setenv(runtime.PROGRESS_FILE_VARIABLE, str(told))
    with pytest.raises(ZeroDivisionError), runtime.progress("training", total=1) as bar:
        bar.advance()
        assert told.read_text() != ""
        raise ZeroDivisionError
    assert told.read_text() == ""


def test_an_ending_interpreter_searches_no_objects_and_still_keeps_its_files(tmp_path):
    code = (
        "import atexit, gc, sys; written = open(sys.argv[1], 'w'); written.write('kept'); "
        "atexit.register(lambda: print(gc.get_freeze_count() > 1000)); import talentlab.runtime"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "file"], check=True, capture_output=True, text=True)
    assert done.stdout == "True\n" and (tmp_path / "file").read_text() == "kept"
