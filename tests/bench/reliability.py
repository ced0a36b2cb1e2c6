"""What a sweep survives: each command does harm, counts what is left, and prints a number.

kills        20 × kill -9 of the sweep at random moments, each time resumed: completed runs lost, rows twice
disk         a file system that fills up before and during a run: a clear error, earlier records untouched
many         200 tiny runs, from 8 processes with 4 jobs each, into one folder: runs lost
misbehaving  notebooks that hang, exit, kill their kernel, eat memory: a failed record within the limit
shouting     a notebook that prints 200 MB: what its folder and its page hold
damaged      200 hostile records beside three good runs: tracebacks of the commands that read, good runs listed
orphans      20 × kill -9 of a run whose kernel has a child and does not listen: processes left
inputs       500 malformed parameters and axes, by seed: clear errors, tracebacks, kernels started

Exit status 1 if a number is not what it should be. Linux; `disk` needs the right to mount a small tmpfs.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import nbformat
from click.testing import CliRunner
from tqdm.auto import tqdm

from talentlab.cli import main as cli
from talentlab.experiments import records, runs

TALENTLAB = [str(Path(sys.executable).with_name("talentlab"))]
PARAMETERS = """
from typing import Literal

x: int = 0  # a whole number
rate: float = 0.5  # a number
flag: bool = False  # a truth value
mode: Literal["fine", "hang", "exit", "kill", "eat", "write", "shout", "breed"] = "fine"  # what the notebook does
sizes: list[int] = [1, 2]  # some whole numbers
size: int | None = None  # a whole number or nothing
output_folder: str | None = None  # where it writes
"""
# The message of `runs.report`, by hand: importing torch would be most of such a run.
BODY = '''
import os, signal, time
from IPython.display import display
if mode == "hang": time.sleep(3600)
if mode == "exit": os._exit(3)
if mode == "kill": os.kill(os.getpid(), signal.SIGKILL)
if mode == "eat":
    blocks = []
    while True: blocks.append(bytearray(50 << 20)); time.sleep(0.05)
if mode == "write": open(f"{output_folder}/large", "wb").write(bytes(64 << 20))
if mode == "shout":
    for _ in range(100_000): print("x" * 2000)
if mode == "breed":
    import subprocess, sys
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    open("pids", "w").write(f"{os.getpid()} {child.pid}")
    sum(iter(int, 1))  # a loop in C: no signal handler of Python runs
display({"application/vnd.talentlab.run+json": {"metrics": [["square", x * x]], "references": {}}}, raw=True)
'''  # fmt: skip


def write_notebook(folder: Path) -> Path:
    cells = [nbformat.v4.new_code_cell(PARAMETERS.strip(), metadata={"tags": ["parameters"]})]
    cells.append(nbformat.v4.new_code_cell(BODY.strip()))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "tiny.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def completed(runs_folder: Path) -> list[dict]:
    return [record for record in records.read_all(runs_folder) if record["status"] == "completed"]


def call(folder: Path, *words: str, **keywords) -> subprocess.CompletedProcess:
    return subprocess.run([*TALENTLAB, *words], cwd=folder, capture_output=True, text=True, check=False, **keywords)


def kills(folder: Path, times: int = 20, count: int = 60) -> dict[str, int]:
    words = [*TALENTLAB, "sweep", str(write_notebook(folder)), "-g", f"x=0:{count}", "--jobs", "2", "--resume"]
    random_moment, seen, lost = random.Random(0), set(), 0
    for _ in tqdm(range(times), "kill -9"):
        process = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(random_moment.uniform(1, 9))
        process.send_signal(signal.SIGKILL)
        process.wait()
        now = {record["id"] for record in completed(folder / "runs")}
        lost, seen = lost + len(seen - now), seen | now
    code = subprocess.run(words, cwd=folder, capture_output=True, check=False).returncode
    points = Counter(record["parameters"]["x"] for record in completed(folder / "runs"))
    return {"kills": times, "completed before the last resume": len(seen), "lost": lost + count - len(points),
            "twice": points.total() - len(points), "exit status of the last resume": code}  # fmt: skip


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "24m") -> Iterator[Path]:
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def disk(folder: Path) -> dict[str, int]:
    notebook, tracebacks, clear = str(write_notebook(folder)), 0, 0
    with small_disk(folder) as runs_folder:
        for x in "012":
            call(folder, "run", notebook, "-p", f"x={x}", "--runs-folder", str(runs_folder), timeout=120)
        before = {path: path.read_bytes() for path in runs_folder.rglob("record.json")}
        # the first fills the disk on its way, the others start on a full one
        for value in ("mode=write", "x=3", "x=4", "x=5"):
            done = call(folder, "run", notebook, "-p", value, "--runs-folder", str(runs_folder), timeout=120)
            tracebacks += "Traceback" in done.stderr
            clear += done.returncode != 0 and "error:" in done.stderr
            with contextlib.suppress(OSError), (runs_folder / "rest").open("ab", buffering=0) as rest:
                while True:
                    rest.write(bytes(4096))
        unharmed = sum(path.read_bytes() == content for path, content in before.items())
        whole = len(completed(runs_folder))
        (runs_folder / "rest").unlink()
        again = call(folder, "run", notebook, "-p", "x=9", "--runs-folder", str(runs_folder), timeout=120).returncode
    return {"runs on a full disk": 4, "clear errors": clear, "tracebacks": tracebacks, "earlier records": len(before),
            "untouched": unharmed, "completed": whole, "exit status with room again": again}  # fmt: skip


def many(folder: Path, processes: int = 8, count: int = 25) -> dict[str, int]:
    notebook = str(write_notebook(folder))
    started = []
    for number in range(processes):
        axis = f"x={number * count}:{(number + 1) * count}"
        words = [*TALENTLAB, "sweep", notebook, "-g", axis, "--jobs", "4"]
        started.append(subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    codes = [process.wait() for process in tqdm(started, "sweeps")]
    done = completed(folder / "runs")
    points = {record["parameters"]["x"] for record in done}
    wrong = sum(record["metrics"]["square"] != record["parameters"]["x"] ** 2 for record in done)
    return {"runs": processes * count, "lost": processes * count - len(points), "twice": len(done) - len(points),
            "wrong": wrong, "sweeps that failed": sum(map(bool, codes))}  # fmt: skip


def misbehaving(folder: Path, patience_s: float = 21.0) -> dict[str, str]:
    notebook, results = str(write_notebook(folder)), {}
    limits = {"hang": ("--cell-limit", "5"), "exit": (), "kill": (), "eat": ("--memory-limit", "600"),
              "hang, whole run": ("--run-limit", "6")}  # fmt: skip
    for case, words in limits.items():
        start = time.monotonic()
        call(folder, "run", notebook, "-p", f"mode={case.split(',')[0]}", *words, timeout=120)
        took = time.monotonic() - start
        newest = records.read_all(folder / "runs")[-1]
        ended = newest["status"] == "failed" and took < patience_s
        results[case] = f"{newest['status']} after {took:.0f} s: {newest['error'][:90]}" if ended else "NOT ENDED"
    return results


def shouting(folder: Path) -> dict[str, float]:
    call(folder, "run", str(write_notebook(folder)), "-p", "mode=shout", timeout=300)
    files = [file for file in (folder / "runs").rglob("*") if file.is_file()]
    return {
        "completed": len(completed(folder / "runs")),
        "largest file [MB]": round(max(file.stat().st_size for file in files) / 1e6, 1),
    }


def damaged(folder: Path, count: int = 200) -> dict[str, int]:
    notebook, chance = str(write_notebook(folder)), random.Random(0)
    call(folder, "sweep", notebook, "-g", "x=1:4", timeout=300)
    good = [json.dumps(record) for record in completed(folder / "runs")]
    junk = [None, [], {}, "", "<script>alert(1)</script>", "../../etc", -1, 1e400, [1], {"a": 1}, "\x1b[31m", True]
    for number in range(count):
        record = json.loads(chance.choice(good))
        for key in chance.sample(sorted(record), chance.randint(1, 4)):
            record[key] = chance.choice(junk)
            if chance.random() < 0.3:
                del record[key]
        text = json.dumps(record)
        text = text[: chance.randint(0, len(text))] if chance.random() < 0.2 else text
        place = folder / "runs" / f"bad-{number:03d}"
        place.mkdir()
        (place / records.FILE).write_text(text)
    ids = [json.loads(text)["id"] for text in good]
    commands = [
        ["runs"], ["runs", "--format", "json"], ["runs", "--filter", "square > 0"], ["runs", "--sort", "square"],
        ["runs", "show", ids[0]], ["compare", ids[0], ids[1]], ["board", "--help"], ["runs", "diff", ids[0], ids[1]],
        ["report", "--metric", "square"], ["sweep", notebook, "-g", "x=1:4", "--resume"],
    ]  # fmt: skip
    outcome: Counter[str] = Counter()
    for words in tqdm(commands, "damaged"):
        done = call(folder, *words, timeout=300)
        outcome["tracebacks"] += "Traceback" in done.stderr
        outcome["failed"] += done.returncode != 0
    listed = call(folder, "runs", timeout=60).stdout
    return {"commands": len(commands), "tracebacks": outcome["tracebacks"], "failed": outcome["failed"],
            "good runs listed": sum(name in listed for name in ids)}  # fmt: skip


def orphans(folder: Path, times: int = 20) -> dict[str, int]:
    notebook, left = str(write_notebook(folder)), 0
    for _ in tqdm(range(times), "orphans"):
        pids = folder / "pids"
        pids.unlink(missing_ok=True)
        words = [*TALENTLAB, "run", notebook, "-p", "mode=breed", "--cwd", str(folder)]
        runner = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not pids.is_file() or not pids.read_text():
            time.sleep(0.1)
        time.sleep(1)  # the kernel has reached its loop
        runner.send_signal(signal.SIGKILL)
        runner.wait()
        named = [int(pid) for pid in pids.read_text().split()]
        for _ in range(100):
            alive = [pid for pid in named if Path(f"/proc/{pid}").exists()]
            if not alive:
                break
            time.sleep(0.1)
        left += len(alive)
        for pid in alive:
            os.kill(pid, signal.SIGKILL)
    return {"killed runners": times, "processes left after 10 s": left}


def inputs(folder: Path, count: int = 500) -> dict[str, int]:
    notebook, chance, runner, outcome = str(write_notebook(folder)), random.Random(0), CliRunner(), Counter()
    junk = [
        "",
        " ",
        "one",
        "1.5.2",
        "0x",
        "1e",
        "--",
        "[1, ",
        "{}",
        "None None",
        "十",
        "true-ish",
        "\x00",
        "1;2",
        "nan?",
    ]
    axes = ["", ",", "1..", "..2", "3:3", "5:1", "1:2:3:4", "9..1", "0..1:log", "1..2:cubic", "a:b", "1,,2", "[1"]

    def bad_words() -> list[str]:
        name = chance.choice(["x", "rate", "flag", "mode", "sizes", "size"])
        value = chance.choice(junk) + chance.choice(["", "?", "z"])
        unknown = "".join(chance.choices("abcdefgh_", k=chance.randint(1, 9))) + "_"
        typed = {"x": "1.5", "rate": "fast", "flag": "perhaps", "mode": "Fine", "sizes": "1,b", "size": "nothing?"}
        return chance.choice([
            ["run", notebook, "-p", f"{name}={value or '?'}z"], ["run", notebook, "-p", f"{name}={typed[name]}"],
            ["run", notebook, "-p", f"{unknown}=1"], ["run", notebook, "-p", unknown],
            ["run", notebook, "--preset", unknown], ["run", f"{unknown}.ipynb"],
            ["sweep", notebook, "-g", f"x={chance.choice(axes)}"], ["sweep", notebook, "-g", f"{unknown}=1,2"],
            ["sweep", notebook, "-g", f"{name}={value or '?'}z"],
            ["sweep", notebook, "-g", "x=1,2", "-p", f"rate={value}z"],
        ])  # fmt: skip

    def no_kernel(*_, **__):
        outcome["kernels started"] += 1
        raise SystemExit(0)

    runs.execute = no_kernel  # type: ignore[assignment]
    os.chdir(folder)
    for _ in tqdm(range(count), "inputs"):
        words = bad_words()
        result = runner.invoke(cli.main, words)
        clear = result.exit_code == 2 and "error:" in result.output.lower()
        outcome["clear errors"] += clear
        outcome["tracebacks"] += bool(result.exception) and not isinstance(result.exception, SystemExit)
        if not clear:
            print(words, result.exit_code, repr(result.exception), result.output[-200:])
    return {"inputs": count, **{n: outcome[n] for n in ("clear errors", "tracebacks", "kernels started")}}


ARE_RIGHT = {
    "kills": lambda r: not (r["lost"] or r["twice"] or r["exit status of the last resume"]),
    "disk": lambda r: (r["clear errors"], r["tracebacks"], r["untouched"], r["completed"]) == (4, 0, 3, 3),
    "many": lambda r: not (r["lost"] or r["twice"] or r["wrong"] or r["sweeps that failed"]),
    "misbehaving": lambda r: "NOT ENDED" not in r.values(),
    "shouting": lambda r: r["completed"] == 1 and r["largest file [MB]"] < 45,
    "damaged": lambda r: (r["tracebacks"], r["failed"], r["good runs listed"]) == (0, 0, 3),
    "orphans": lambda r: not r["processes left after 10 s"],
    "inputs": lambda r: r["clear errors"] == r["inputs"] and not (r["tracebacks"] or r["kernels started"]),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("harm", nargs="*", choices=[*ARE_RIGHT, []], help="what to do; all if none is named")
    right = True
    for harm in arguments.parse_args().harm or ARE_RIGHT:
        with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
            result = globals()[harm](Path(folder))
        print(f"{harm}: " + "; ".join(f"{name} {value}" for name, value in result.items()), flush=True)
        right &= ARE_RIGHT[harm](result)
    sys.exit(not right)


if __name__ == "__main__":
    main()
