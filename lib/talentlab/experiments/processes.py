"""One notebook in several processes: how many there can be, and how they find each other."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from talentlab.errors import ParameterError
from talentlab.experiments.records import describe_environment
from talentlab.runtime import cache_folder, default_device

if TYPE_CHECKING:  # imported where it is used: see runtime
    from torch.distributed import TCPStore


def divide_threads(threads: int | None, processes: int) -> int | None:
    """Threads of each process, if `threads` are the run's; None: the libraries' own choice, or the cores divided.

    Raises:
        ParameterError: If there cannot be so many processes.
    """
    if processes == 1:
        return threads
    import torch

    device = default_device().type
    most = {"cpu": processes, "cuda": torch.cuda.device_count()}.get(device, 1)
    if not 1 <= processes <= most:
        raise ParameterError(
            f"processes={processes}.",
            expected="a whole number from 1"
            if device == "cpu"
            else f"a whole number from 1 to {most}: each process takes one GPU",
            remedy="give fewer, or hide the GPU (CUDA_VISIBLE_DEVICES='') to train on the CPU."
            if processes > 1
            else "give 1, or 2 and more to share each step's batch out.",
        )
    return max(1, (threads or describe_environment()["cores"]) // processes)


@contextmanager
def take_a_place() -> Iterator[int]:
    """Be counted among the runs that are under way on this machine (of this user); yields how many others there are.

    A place is a lock, which the system frees when its process ends, however it ends.
    """
    folder, mine, others = cache_folder() / "running", None, 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name("running.lock")):  # one counts at a time: what another tries looks taken
            for file in folder.iterdir():
                try:
                    with FileLock(file).acquire(timeout=0):
                        pass
                except Timeout:
                    others += 1
                else:  # of a run that is over
                    file.unlink(missing_ok=True)
            mine = FileLock(folder / f"{secrets.token_hex(8)}.lock", thread_local=False)
            mine.acquire()
    except OSError:  # no cache to write to: nobody is counted
        pass
    try:
        yield others
    finally:
        if mine is not None:
            mine.release()


def target_of(rank: int, target: Path) -> Path:
    """Where a process writes its notebook: the first to `target`, the others into folders of their own beside it."""
    return target.parent / f"process-{rank}" / target.name if rank else target


def open_store() -> TCPStore:
    """Where the processes of a run meet. Held by the runner, as torchrun does it, so that no two runs take one port."""
    from torch.distributed import TCPStore

    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    return TCPStore("127.0.0.1", port, is_master=True, wait_for_workers=False, master_listen_fd=listening.detach())


def join_group(store: TCPStore, rank: int, processes: int) -> dict[str, str]:
    """The environment that makes a kernel one of the group: what `torchrun --virtual-local-rank` would set.

    On GPUs each process sees one, as number 0: so models and tensors that a notebook puts on "the GPU" are on its own.
    """
    import torch

    variables = {
        "MASTER_ADDR": store.host, "MASTER_PORT": str(store.port), "TORCHELASTIC_USE_AGENT_STORE": "True",
        "WORLD_SIZE": str(processes), "LOCAL_WORLD_SIZE": str(processes), "RANK": str(rank), "LOCAL_RANK": str(rank),
    }  # fmt: skip
    if torch.cuda.is_available():
        visible = os.environ.get("CUDA_VISIBLE_DEVICES") or ",".join(map(str, range(torch.cuda.device_count())))
        variables |= {"LOCAL_RANK": "0", "CUDA_VISIBLE_DEVICES": visible.split(",")[rank].strip()}
    return variables
