"""What this machine and environment are, one line each, with the remedy where something is wrong."""

import importlib.metadata
import platform
import sys
from collections.abc import Iterator
from typing import NamedTuple

import psutil
import torch
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from talentlab.errors import ModelError
from talentlab.models.packaged import minilm_folder
from talentlab.runtime import has_bf16, repository_root


class Finding(NamedTuple):
    """One line of the doctor's report."""

    ok: bool
    what: str
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{'✓' if self.ok else '✗'} {self.what:<9} {self.found}" + (f": {self.remedy}" if not self.ok else "")


def pins() -> dict[str, str]:
    """`constraints.txt` as distribution name → version."""
    lines = (repository_root() / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==", 1) for line in lines if "==" in line and not line.startswith("#"))


def examine() -> Iterator[Finding]:
    """Look at Python, packages, cores, memory, precision, GPU, the bundled model and the kernel."""
    yield Finding(
        sys.version_info >= (3, 11, 5), "Python", platform.python_version(), "3.11.5 or newer is needed: make run"
    )
    yield _packages()
    cores = len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else psutil.cpu_count()
    yield Finding(cores >= 2, "cores", f"{cores}, torch uses {torch.get_num_threads()}", "training will be slow")
    free = psutil.virtual_memory().available / 2**30
    yield Finding(free >= 3, "memory", f"{free:.1f} GiB free", "close other programs; training needs about 2 GiB")
    yield Finding(True, "bf16", "in hardware" if has_bf16() else "not in this CPU: training runs in fp32")
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "none: the CPU is enough for the quick size"
    yield Finding(True, "GPU", gpu)
    try:
        minilm_folder()
        yield Finding(True, "model", "minilm is installed, its weights have the right sha256")
    except ModelError as error:
        yield Finding(False, "model", error.received, error.remedy)
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
        yield Finding(True, "kernel", spec.display_name)
    except NoSuchKernel:
        yield Finding(False, "kernel", "no Jupyter kernel named python3", "python -m ipykernel install --sys-prefix")


def _packages() -> Finding:
    wrong, count = [], 0
    for name, pinned in pins().items():
        try:
            version = importlib.metadata.version(name).split("+")[0]  # 2.13.0+cpu is 2.13.0
        except importlib.metadata.PackageNotFoundError:
            continue  # `make run` installs less than `make test`
        count += 1
        if version != pinned:
            wrong.append(f"{name} {version}, not {pinned}")
    return Finding(
        not wrong, "packages", ", ".join(wrong) or f"{count} as pinned", "pip install -c constraints.txt -e '.[dev]'"
    )
