"""Keep runs in order: name, note, stop, pack away or remove them. Nothing outside a runs folder changes."""

import difflib
import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from talentlab.errors import RunError
from talentlab.experiments import records, sweeps, tables
from talentlab.experiments.records import Record
from talentlab.runtime import written_whole


def annotate(record: Record, **words: str) -> None:
    """Put a `tag` or a `note` on record, in place of an earlier one; an empty text takes it off.

    Raises:
        RunError: If the run still goes on, whose process would write its record anew.
    """
    folder = _at_rest(record)
    kept = json.loads((folder / records.FILE).read_text(encoding="utf-8")) | words
    records.write(folder, {name: value for name, value in kept.items() if name not in words or value})


def remove(record: Record, runs_folder: Path) -> None:
    """Delete a run with all that it left.

    Raises:
        RunError: If the run still goes on, or its folder is a link or lies outside of `runs_folder`.
    """
    shutil.rmtree(_inside(_at_rest(record), runs_folder))


def archive(record: Record, runs_folder: Path) -> Path:
    """Pack a run into `ID.tar.gz` in its folder's place.

    Returns:
        The file.

    Raises:
        RunError: As `remove` does, or if there is such a file already.
    """
    folder = _inside(_at_rest(record), runs_folder)
    target = folder.with_name(f"{folder.name}.tar.gz")
    if target.exists():
        raise RunError(f"{target} is there already.", expected="a name that is free", remedy="move that file away.")
    with written_whole(target) as part, tarfile.open(part, "w:gz") as file:
        file.add(folder, folder.name)
    shutil.rmtree(folder)
    return target


def stop(record: Record) -> None:
    """Ask a run to stop; within seconds its record says `stopped`.

    Raises:
        RunError: If it does not run.
    """
    if record["status"] != "running":
        raise RunError(
            f"{record['id']} is {record['status']}.", expected="a run that goes on", remedy="there is nothing to stop."
        )
    sweeps.stop(Path(record["folder"]), "it was stopped from the command line")


def differences(one: Record, other: Record) -> Iterator[str]:
    """Lines that tell two runs apart: their parameters, their notebooks' code, their library's changes.

    Yields:
        Lines of a unified diff, without their ends.
    """
    for name, lines in {"parameters": _parameters, "code": _code, records.DIFF_FILE: _library}.items():
        first, second = (f"{record['id']}/{name}" for record in (one, other))
        yield from difflib.unified_diff(lines(one), lines(other), first, second, lineterm="")


def _parameters(record: Record) -> list[str]:
    given: dict[str, Any] = {name: v for name, v in tables.parameters(record).items() if name != "output_folder"}
    return [f"{name} = {value!r}" for name, value in sorted(given.items())]


def _code(record: Record) -> list[str]:
    found = sorted(Path(record["folder"]).glob("*.ipynb"))
    cells = nbformat.read(found[0], as_version=4).cells if found else []
    injected = [cell for cell in cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    return [line for cell in injected if cell.cell_type == "code" for line in [*cell.source.splitlines(), ""]]


def _library(record: Record) -> list[str]:
    path = Path(record["folder"]) / records.DIFF_FILE
    commit = record.get("git", {}).get("commit", "unknown")
    return [f"commit {commit}", *(path.read_text(encoding="utf-8").splitlines() if path.is_file() else ())]


def _at_rest(record: Record) -> Path:
    if record["status"] == "running":
        raise RunError(
            f"{record['id']} is still going on.",
            expected="a run that has ended",
            remedy=f"wait for it, or `talentlab runs stop {record['id']}`.",
        )
    return Path(record["folder"])


def _inside(folder: Path, runs_folder: Path) -> Path:
    whole, runs = folder.resolve(), runs_folder.resolve()
    if folder.is_symlink() or runs == whole or not whole.is_relative_to(runs):
        raise RunError(
            f"{folder} is no folder of its own inside of {runs_folder}.",
            expected="a run in the runs folder, not a link",
            remedy="give --runs-folder, or remove it by hand.",
        )
    return folder
