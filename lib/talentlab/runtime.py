"""Where things are, what the machine can do, and how progress is shown."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from tqdm.auto import tqdm

from talentlab.errors import ParameterError, TalentLabError

if TYPE_CHECKING:  # imported where it is used: a runner, which only starts kernels, is ready two seconds sooner
    import torch

Precision = Literal["auto", "fp32", "bf16"]

# The runner sets this to a file; training then writes its progress there, and the runner shows it beside its own.
PROGRESS_FILE_VARIABLE = "TALENTLAB_PROGRESS_FILE"
# … and to this one the history of every training, a JSON object per line.
HISTORY_FILE_VARIABLE = "TALENTLAB_HISTORY_FILE"

# The bundled corpora and recorded tables by name: file below course/.
_DATA = Path(__file__).resolve().parents[2] / "course" / "data"
BUNDLED = {path.name.partition(".")[0]: f"data/{path.name}" for path in (*_DATA.glob("*.csv*"), *_DATA.glob("*.jsonl"))}


def repository_root() -> Path:
    """Folder of the checkout, which holds `course/` and `notebooks/`.

    Raises:
        TalentLabError: If the package was copied away from its checkout.
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / "course").is_dir():
        raise TalentLabError(
            f"No `course` folder in {root}.",
            expected="the package installed from its checkout, as `pip install -e .` does",
            remedy="clone the repository and run `make run` in it.",
        )
    return root


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to; it takes its place at the end, so a reader finds the old one or the new one."""
    part = path.with_name(f"{path.name}.part")
    part.touch()
    mode = part.stat().st_mode  # as other new files here; safetensors writes for the owner alone
    yield part
    part.chmod(mode)
    with part.open("r+b") as written:  # onto the disk before it is moved; Windows flushes only what is open for writing
        os.fsync(written.fileno())
    part.replace(path)


def corpus_file(name: str) -> Path:
    """Where the bundled corpus of this name lies; any other name is a path of the caller's own."""
    return repository_root() / "course" / BUNDLED[name] if name in BUNDLED else Path(name).expanduser()


def split_encoding(name: str) -> tuple[str, str | None]:
    """A data set's name, and the encoding that may stand behind it: `mine.csv?encoding=gb18030`."""
    path, mark, encoding = name.partition("?encoding=")
    return path, encoding if mark else None


def cache_folder() -> Path:
    """Where this user's machine keeps what can be made again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "talentlab"


def default_device() -> torch.device:
    """The accelerator if there is one, else the CPU."""
    import torch

    # check_available: a CUDA build names CUDA on a machine without a GPU too
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def has_bf16(device: torch.device | str = "cpu") -> bool:
    """Whether bfloat16 matrix products run in hardware on `device`.

    A CPU without AVX512-BF16 or AMX emulates them, which is slower than fp32.
    """
    import torch

    if torch.device(device).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def choose_precision(precision: Precision, device: torch.device | str) -> Literal["fp32", "bf16"]:
    """`auto` becomes bf16 where the hardware has it; an explicit choice is kept.

    Raises:
        ParameterError: If it is neither.
    """
    if precision not in get_args(Precision):
        raise ParameterError(
            f"precision={precision!r}.",
            expected=f"one of {', '.join(get_args(Precision))}",
            remedy="take auto: bf16 where the hardware has it.",
        )
    if precision != "auto":
        return precision
    return "bf16" if has_bf16(device) else "fp32"


def keep_freed_memory() -> bool:
    """Ask glibc to keep freed blocks in the process instead of handing them back.

    Each training step frees and asks again for the same few hundred MiB of activations. By default glibc returns
    large blocks to the kernel at once, and the next step pays for every page again: 1.25 times the step here.

    Returns:
        True where the C library took the settings (Linux with glibc), else False, and nothing is changed.
    """
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        return False
    trim_threshold, top_pad, mmap_threshold = -1, -2, -3  # names of <malloc.h>
    mallopt = ctypes.CDLL(None).mallopt
    one_gib = 1 << 30  # larger than any activation of this course; a single larger block still goes back
    return all([mallopt(mmap_threshold, one_gib), mallopt(trim_threshold, one_gib), mallopt(top_pad, 64 << 20)])


class Progress:
    """A tqdm bar that also tells a headless runner how far it is (at most five times a second)."""

    def __init__(self, description: str, total: int, unit: str, done: int = 0) -> None:
        self._path, self._description = os.environ.get(PROGRESS_FILE_VARIABLE), description
        self._bar = tqdm(
            desc=description, total=total, unit=unit, initial=done, leave=False, disable=self._path is not None
        )
        self._n, self._first, self._total = done, done, total
        self._start, self._told = time.monotonic(), 0.0

    def advance(self, **numbers: str) -> None:
        """One unit done; `numbers` (loss, tokens/s) stand behind the bar."""
        self._n += 1
        if self._path is None:
            self._bar.set_postfix(numbers, refresh=False)
            self._bar.update()
        elif (now := time.monotonic()) - self._told > 0.2 or self._n == self._total:
            self._told = now
            left_s = (now - self._start) / (self._n - self._first) * (self._total - self._n)
            line = {"desc": self._description, "n": self._n, "total": self._total, "left_s": left_s, **numbers}
            Path(self._path).write_text(json.dumps(line), encoding="utf-8")

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()
        if self._path is not None:
            Path(self._path).write_text("", encoding="utf-8")


def tell_history(line: Mapping[str, object]) -> None:
    """Add a line to the training history of a headless run; elsewhere nothing happens."""
    if path := os.environ.get(HISTORY_FILE_VARIABLE):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def progress(description: str, total: int, unit: str = "step", done: int = 0) -> closing[Progress]:
    """Show progress of long work: a bar in JupyterLab or a terminal, or the runner's own display.

    Args:
        description: What is being done.
        total: Number of units in all.
        unit: Name of one unit.
        done: Units that were done before (a resumed run).
    """
    return closing(Progress(description, total, unit, done))


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Hold back transformers' own bars and notices (shards, fresh heads), which tell a learner nothing."""
    from transformers.utils import logging as transformers_logging

    bar_was_on, verbosity = transformers_logging.is_progress_bar_enabled(), transformers_logging.get_verbosity()
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if bar_was_on:
            transformers_logging.enable_progress_bar()
