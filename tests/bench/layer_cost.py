"""What the layer over papermill costs, and what it saves: paired runs, alternating, ratios of wall time.

overhead  chapter 5 by `talentlab run` against the same notebook by `papermill` (aim: at most 1.05)
jobs      a sweep of eight fine-tunings with two jobs against one (aim: at most 1.0), and both against eight papermill
          processes started at once, which is what a shell loop does (aim: below 1.0)

On a quiet machine; seconds depend on it, ratios within a round hardly.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import nbformat
from tqdm.auto import tqdm

from talentlab.experiments import runs

BIN = Path(sys.executable).parent
FINE_TUNING = """
from talentlab import data, evaluation, models, training
from talentlab.course import claims

reviews = data.load_labelled_text("reviews")
tokenizer, model = models.load_pretrained("minilm", seed=seed)
models.set_dropout(models.freeze(model, "word_embeddings"), 0.1)
parts = {name: reviews.split(name) for name in ("train", "test")}
texts = {name: data.tokenize(tokenizer, part["text"], part["label"], 64) for name, part in parts.items()}
training.fit(model, texts["train"], num_epochs=1, learning_rate=2e-4, seed=seed)
right = evaluation.predict(model, texts["test"]).argmax(1) == texts["test"].labels
claims.report(accuracy=right.mean())
"""


def timed(*commands: list[str | Path], cwd: Path, limit_s: float = 3600) -> float:
    """Seconds until all commands, started at once, are done; `limit_s` if they are not by then, and are stopped."""
    start = time.monotonic()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    processes = [subprocess.Popen(command, cwd=cwd, **quiet) for command in commands]
    try:
        codes = [process.wait(max(0.0, start + limit_s - time.monotonic())) for process in processes]
    except subprocess.TimeoutExpired:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)  # their kernels see it and end, too
            process.wait()
        return limit_s
    if any(codes):
        raise SystemExit(f"failed: {commands[0]}")
    return time.monotonic() - start


def overhead(folder: Path, number: int) -> dict[str, float]:
    # The same work: `talentlab run` gives every run a folder for its model and checkpoints.
    same = ["-p", "output_folder", folder / "bare"]
    commands = [
        [BIN / "talentlab", "run", "05", "--runs-folder", folder / "runs"],
        [BIN / "papermill", runs.find_notebook("05"), folder / "bare.ipynb", *same],
    ]
    order = (0, 1) if number % 2 else (1, 0)  # whoever is first finds files that are not in memory yet
    seconds = {which: timed(commands[which], cwd=folder) for which in order}
    return {"talentlab / papermill": seconds[0] / seconds[1]}


def jobs(folder: Path, _number: int, count: int = 8) -> dict[str, float]:
    cells = [nbformat.v4.new_code_cell("seed: int = 0  # of everything", metadata={"tags": ["parameters"]})]
    cells.append(nbformat.v4.new_code_cell(FINE_TUNING.strip()))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "fine_tuning.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)

    def sweep(number: int) -> float:
        command = [BIN / "talentlab", "sweep", path, "-g", f"seed=0:{count}", "--jobs", str(number)]
        return timed([*command, "--runs-folder", folder / f"jobs-{number}"], cwd=folder)

    one, two = sweep(1), sweep(2)
    bare = timed(
        *[[BIN / "papermill", path, folder / f"{seed}.ipynb", "-p", "seed", str(seed)] for seed in range(count)],
        cwd=folder,
        limit_s=2 * one,  # eight trainings that wait for each other's threads take many times as long
    )
    return {"two jobs / one job": two / one, "one job / papermills at once (0.5: or less)": one / bare,
            "two jobs / papermills at once (or less)": two / bare}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["overhead", "jobs"])
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    measure: Callable[[Path, int], dict[str, float]] = {"overhead": overhead, "jobs": jobs}[arguments.what]
    rounds = []
    for number in tqdm(range(arguments.rounds), "rounds"):
        with tempfile.TemporaryDirectory(prefix="layer-cost-") as folder:
            rounds.append(measure(Path(folder), number))
        print(", ".join(f"{name} {ratio:.3f}" for name, ratio in rounds[-1].items()), flush=True)
    for name in rounds[0]:
        ratios = [ratios[name] for ratios in rounds]
        print(f"{name}: median {median(ratios):.3f} of {', '.join(f'{ratio:.3f}' for ratio in ratios)}")


if __name__ == "__main__":
    main()
