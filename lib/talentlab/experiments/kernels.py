"""What papermill's kernels lack: a limit to what they put out, an end with their runner, cells that may raise."""

import os
import subprocess
from contextlib import suppress
from typing import Any

import nbformat
import papermill.execute
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from papermill.clientwrap import PapermillNotebookClient

from talentlab.language import tr

# ipykernel warns on every start that TCP is not encrypted; ipc instead mixed up parallel runs. Other kernels have not
# this flag.
QUIET_KERNEL = ["--IPKernelApp.log_level=CRITICAL"]
START_LIMIT_S = 300  # of a kernel, on a machine where a room starts theirs at once; nbclient gives up after 60 s
OUTPUT_LIMIT_S = 120  # a busy machine shows an output late; nbclient drops it after 4 s, and papermill gives up


class LimitedClient(PapermillNotebookClient):
    """Papermill's client; it keeps a limited output: a loop that prints would fill memory and disk."""

    def __init__(self, nb_man: Any, limit_mb: float, **settings: Any) -> None:
        super().__init__(nb_man, iopub_timeout=OUTPUT_LIMIT_S, startup_timeout=START_LIMIT_S, **settings)
        self._limit, self._kept = limit_mb * 1e6, 0
        self._lost: dict[int, tuple[int, Any]] = {}  # by cell: bytes not kept, and the output that says so

    def output(self, outs: Any, msg: dict[str, Any], display_id: Any, cell_index: int) -> Any:
        """Keep an output, or count it."""
        content, size = msg["content"], len(str(msg["content"]))
        room = max(0, int(self._limit - self._kept))
        whole = size <= room or msg["msg_type"] == "error"
        self._kept += size if whole else 0
        if whole:
            return super().output(outs, msg, display_id, cell_index)
        if msg["msg_type"] == "stream" and room:  # a loop that prints comes as one message of many megabytes
            self._kept, size = self._kept + room, size - room
            super().output(outs, msg | {"content": content | {"text": content["text"][:room]}}, display_id, cell_index)
        lost, note = self._lost.get(cell_index) or (0, nbformat.v4.new_output("stream", name="stderr"))
        if not lost:
            outs.append(note)
        self._lost[cell_index] = lost + size, note
        note.text = tr("\n[{lost} MB more were put out; a run keeps {kept} MB]\n",
                       lost=f"{(lost + size) / 1e6:,.1f}", kept=f"{self._limit / 1e6:g}")  # fmt: skip
        return None


def own_flags(kernel: str) -> list[str]:
    """What this kernel, and no other, wants on its command line."""
    return QUIET_KERNEL if any("ipykernel" in part for part in KernelSpecManager().get_kernel_spec(kernel).argv) else []


def language_of(kernel: str) -> str | None:
    """The language that a kernel speaks; None if there is no such kernel."""
    with suppress(NoSuchKernel):  # its start will say so
        return KernelSpecManager().get_kernel_spec(kernel).language
    return None


def _raise_for_errors(notebook: nbformat.NotebookNode, path: str) -> None:
    """Papermill's check of the executed cells, but of those that are tagged to raise."""
    tagged = [cell for cell in notebook.cells if "raises-exception" in cell.metadata.get("tags", [])]
    outputs = [cell.get("outputs", []) for cell in tagged]
    for cell, kept in zip(tagged, outputs, strict=True):
        cell.outputs = [output for output in kept if output.output_type != "error"]
    try:
        _raise_for_others(notebook, path)
    finally:
        for cell, kept in zip(tagged, outputs, strict=True):
            cell.outputs = kept


_raise_for_others = papermill.execute.raise_for_execution_errors
papermill.execute.raise_for_execution_errors = _raise_for_errors


def guard(pid: int) -> "subprocess.Popen[bytes]":
    """A process that ends the kernel and its children should this one be killed, when nobody else can.

    It waits for the end of its input, which comes when this process is gone. A kernel leads a group of its own.
    """
    wait_and_kill = f"cat > /dev/null; kill -s KILL -- -{os.getpgid(pid)} 2> /dev/null"
    return subprocess.Popen(["sh", "-c", wait_and_kill], stdin=subprocess.PIPE, start_new_session=True)
