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
from talentlab.language import columns, tr
from talentlab.models.packaged import minilm_folder
from talentlab.runtime import has_bf16, repository_root


class Finding(NamedTuple):
    """One line of the doctor's report."""

    ok: bool
    what: str
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        what = self.what + " " * (9 - columns(self.what))
        return f"{'✓' if self.ok else '✗'} {what} {self.found}" + (f": {self.remedy}" if not self.ok else "")


def pins() -> dict[str, str]:
    """`constraints.txt` as distribution name → version."""
    lines = (repository_root() / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==", 1) for line in lines if "==" in line and not line.startswith("#"))


def examine() -> Iterator[Finding]:
    """Look at Python, packages, cores, memory, precision, GPU, the bundled model and the kernel."""
    yield Finding(
        sys.version_info >= (3, 11, 5), "Python", platform.python_version(), tr("3.11.5 or newer is needed: make run")
    )
    yield _packages()
    cores = len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else psutil.cpu_count()
    found = tr("{n}, torch uses {threads}", n=cores, threads=torch.get_num_threads())
    yield Finding(cores >= 2, tr("cores"), found, tr("training will be slow"))
    free = psutil.virtual_memory().available / 2**30
    found, remedy = tr("{n:.1f} GiB free", n=free), tr("close other programs; training needs about 2 GiB")
    yield Finding(free >= 3, tr("memory"), found, remedy)
    yield Finding(True, "bf16", tr("in hardware") if has_bf16() else tr("not in this CPU: training runs in fp32"))
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    yield Finding(True, "GPU", gpu or tr("none: the CPU is enough for the quick size"))
    try:
        minilm_folder()
        yield Finding(True, tr("model"), tr("minilm is installed, its files have the right sha256"))
    except ModelError as error:
        yield Finding(False, tr("model"), error.received, error.remedy)
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
        yield Finding(True, tr("kernel"), spec.display_name)
    except NoSuchKernel:
        what = tr("no Jupyter kernel named python3")
        yield Finding(False, tr("kernel"), what, "python -m ipykernel install --sys-prefix")


def _packages() -> Finding:
    wrong, count = [], 0
    for name, pinned in pins().items():
        try:
            version = importlib.metadata.version(name).split("+")[0]  # 2.13.0+cpu is 2.13.0
        except importlib.metadata.PackageNotFoundError:
            continue  # `make run` installs less than `make test`
        count += 1
        if version != pinned:
            wrong.append(tr("{name} {version}, not {pinned}", name=name, version=version, pinned=pinned))
    found = ", ".join(wrong) or tr("{n} as pinned", n=count)
    return Finding(not wrong, tr("packages"), found, "pip install -c constraints.txt -e '.[dev]'")
