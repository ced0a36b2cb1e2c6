"""Notebooks that others test their tools with, through papermill and through `talentlab run`: do both end alike?

    pip download --no-deps --no-binary :all: papermill nbclient nbval && for file in *.tar.gz; do tar xzf $file; done
    python tests/bench/foreign_notebooks.py FOLDER

prints a line per notebook. Nothing of these notebooks is part of the course.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

LIMIT_S = 120  # some of them wait for ever, on purpose


def ends(command: list[str], cwd: Path) -> str:
    """How a command ends: `completed`, `failed`, or `stopped` at the limit."""
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return "stopped"
    if "Traceback" in done.stderr and "talentlab" in Path(command[0]).name:
        tail = done.stderr.strip().splitlines()[-1]
        return "completed" if done.returncode == 0 else f"failed (traceback: {tail[:80]})"
    return "completed" if done.returncode == 0 else "failed"


def main(folder: Path) -> None:
    """Print the outcomes, then how often both agree."""
    programs = Path(sys.executable).parent
    outcomes: Counter[str] = Counter()
    for notebook in sorted(folder.rglob("*.ipynb")):
        with tempfile.TemporaryDirectory() as scratch:
            theirs = ends(
                [
                    str(programs / "papermill"),
                    "-k",
                    "python3",
                    "--cwd",
                    ".",
                    "--execution-timeout",
                    "60",
                    str(notebook),
                    f"{scratch}/out.ipynb",
                ],
                notebook.parent,
            )
            ours = ends(
                [str(programs / "talentlab"), "run", str(notebook), "--runs-folder", f"{scratch}/runs",
                 "--kernel", "python3", "--cell-limit", "60"],
                notebook.parent,
            )  # fmt: skip
        outcomes["alike" if theirs == ours else f"papermill {theirs}, talentlab {ours}"] += 1
        print(f"{notebook.relative_to(folder)}: papermill {theirs}, talentlab {ours}", flush=True)
    print(dict(outcomes))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
