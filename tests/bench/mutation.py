"""How many planted faults do the unit tests notice? mutmut plants one at a time and runs the tests that reach it.

    pip install 'mutmut>=3.8'
    python tests/bench/mutation.py                       # evaluation, training, readers, ensembling: one or two hours
    python tests/bench/mutation.py ensembling --show     # one of them, and the changes that no test noticed

Works on a copy. The words of error messages are left out: they are for people, and the tests look at the facts in them.
A share of 100 % is no aim. Some changes change nothing: `strict=` where the lengths are equal, a name in capitals that
pandas takes as well, a starting point of a convex search, names of devices that this machine lacks.
"""

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = {  # part of the library: its files, its tests
    "evaluation": ("evaluation/*.py", ["evaluation"]),
    "training": ("training/*.py", ["training"]),
    "readers": ("data/readers.py", ["data/test_readers.py"]),
    "ensembling": ("ensembling.py", ["test_ensembling.py"]),
}
MESSAGES = [r"(raise|return) \w+Error\(", r"^\s*(expected|remedy)=", r'^\s*f"', r'^\s*"[^"]*",?$']  # lines of them
NOTICED = {"killed", "timeout", "segfault"}


def copy_to(folder: Path, part: str) -> None:
    """What mutmut needs of the checkout. The sources must not lie in `lib`, which it would find on the path again."""
    files, tests = PARTS[part]
    shutil.copytree(ROOT / "lib", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("course", "tests/unit"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    settings = {
        "source_paths": ["src"],
        "only_mutate": [f"src/talentlab/{files}"],
        "do_not_mutate_patterns": MESSAGES,
        "also_copy": ["course"],
        "pytest_add_cli_args": ["--tb=native"],  # pytest's own reads the mutated module anew for every line it shows
        "pytest_add_cli_args_test_selection": [f"tests/unit/{test}" for test in tests],
        "timeout_multiplier": 4,  # of what the tests take without a fault
        "use_git_change_detection": False,
        "track_dependencies": False,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]  # JSON's lists and strings are TOML's
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (folder / "pyproject.toml").write_text("\n".join([project, "[tool.mutmut]", *lines, ""]), encoding="utf-8")


def mutmut(folder: Path, *arguments: str) -> str:
    """What mutmut prints."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def measure(part: str, processes: int, show: bool) -> None:
    """Plant faults in one part of the library, and print how many were noticed."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        folder = Path(name)
        copy_to(folder, part)
        mutmut(folder, "run", "--max-children", str(processes))
        results = [line.strip().split(": ") for line in mutmut(folder, "results", "--all", "true").splitlines() if line]
        outcomes = Counter(outcome for _, outcome in results)
        noticed = sum(outcomes[outcome] for outcome in NOTICED)
        print(
            f"{part}: {noticed} of {len(results)} noticed, {noticed / len(results):.1%}; {dict(outcomes)}", flush=True
        )
        for fault, outcome in results if show else []:
            if outcome not in NOTICED:
                print(f"\n{outcome}: {mutmut(folder, 'show', fault)}", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("part", nargs="*", choices=[*PARTS, []], help="of the library; all if none is named")
    arguments.add_argument("--processes", type=int, default=1, help="how many faults are tested at once")
    arguments.add_argument("--show", action="store_true", help="show the faults that no test noticed")
    given = arguments.parse_args()
    if importlib.util.find_spec("mutmut") is None:
        sys.exit("mutmut is not installed in this environment.\n  what to do: pip install 'mutmut>=3.8'")
    for part in given.part or PARTS:
        measure(part, given.processes, given.show)


if __name__ == "__main__":
    main()
