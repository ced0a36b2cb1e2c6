"""A notebook in several processes: the losses of one with the larger batch, an end if one dies; a study of several."""

import os
import signal
import subprocess
import sys
import time

import nbformat
import optuna
import psutil
import pytest
import torch

from talentlab.errors import ParameterError, RunError
from talentlab.experiments import processes, records, runs

TALENTLAB = [sys.executable, "-c", "from talentlab.cli.main import main; main()"]
PARAMETERS = """
batch_size: int = 8  # sequences per forward [sequences]
mode: str = "train"  # train, raise, wait
output_folder: str | None = None  # where the model is saved
"""
# A small BERT without dropout, two trainings of it, an incomplete last batch; 67 rows on 16 leave 3.
BODY = """
import os, time, torch
from pathlib import Path
from transformers import BertConfig, BertForSequenceClassification
from talentlab import data, evaluation, training
from talentlab.course import claims

rank = int(os.environ.get("RANK", 0))
Path(output_folder).mkdir(exist_ok=True); Path(output_folder, "pid").write_text(str(os.getpid()))
torch.manual_seed(0)
sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
model = BertForSequenceClassification(BertConfig(
    vocab_size=40, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, **sizes))
rows = [[2, *torch.randint(5, 40, (3 + i % 9,)).tolist(), 3] for i in range(67)]
texts = data.TokenizedText(rows, [max(row) % 2 for row in rows], 0, 0.0)
"""
TRAIN = """
if mode == "raise" and rank == 1: raise ValueError("on purpose")
settings = {"precision": "fp32", "learning_rate": 1e-3, "num_epochs": 2, "batch_size": batch_size}
validate = evaluation.validator(texts, "fp32")
found = Path(output_folder, "state").exists()  # a checkpoint of an interrupted run
if mode == "wait" and rank == 1 and not Path(output_folder, "waits").exists():
    # the first time, the first process waits for this one inside a collective operation
    validate = lambda model: (Path(output_folder, "waits").touch(), time.sleep(600))
for seed in (0, 1):
    training.fit(
        model, texts, validate, seed=seed, checkpoint=Path(output_folder, "state"), checkpoint_steps=2, **settings)
"""
REPORT = """
claims.report(weight=float(model.classifier.weight.detach().abs().sum()), threads=torch.get_num_threads(), found=found)
Path(output_folder, "done").touch()
"""


@pytest.fixture
def notebook(tmp_path):
    cells = [nbformat.v4.new_code_cell(PARAMETERS.strip(), metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(source.strip()) for source in (BODY, TRAIN, REPORT)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = tmp_path / "mine.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def run(notebook, tmp_path, **keywords):
    values = {name: keywords.pop(name) for name in ("batch_size", "mode") if name in keywords}
    return runs.run(notebook, values, runs_folder=tmp_path / "runs", show_progress=False, **keywords)


def losses(done):
    return [line["loss"] for line in records.read_history(done.folder) if "loss" in line and "step" in line]


def test_two_processes_train_as_one_with_the_doubled_batch(notebook, tmp_path):
    one = run(notebook, tmp_path, batch_size=16)
    two = run(notebook, tmp_path, batch_size=8, processes=2, threads=2)
    assert len(losses(one)) == 2 * 2 * 5  # two trainings, two epochs, five steps of 16 of 67 rows
    assert losses(two) == pytest.approx(losses(one), abs=1e-4)
    assert losses(two)[0] != pytest.approx(losses(two)[-1], abs=1e-3)  # it learnt
    assert two.record["metrics"]["weight"] == pytest.approx(one.record["metrics"]["weight"], abs=1e-3)
    assert (one.record["processes"], two.record["processes"], two.record["metrics"]["threads"]) == (1, 2, 1)
    assert two.record["key"] != run(notebook, tmp_path, batch_size=8).record["key"]
    left = {path.name for path in two.folder.iterdir()} - {records.DIFF_FILE}  # of a tree with changes
    assert left == {"history.jsonl", "lock", "mine.html", "mine.ipynb", "model", "record.json"}


def test_an_error_of_the_second_process_ends_the_run_in_its_words(notebook, tmp_path):
    with pytest.raises(RunError, match=r"Cell 4 of mine\.ipynb failed in process 1: ValueError: on purpose") as error:
        run(notebook, tmp_path, mode="raise", processes=2)
    assert "process-1" in str(error.value)  # where its notebook is
    (record,) = records.read_all(tmp_path / "runs")
    assert record["status"] == "failed" and "on purpose" in record["error"]


def run_until_one_waits(notebook, tmp_path):
    """A runner in a process of its own, the folder of its run, and the kernels' numbers by their output folders."""
    arguments = ["run", str(notebook), "-p", "mode=wait", "--processes", "2", "--runs-folder", str(tmp_path / "runs")]
    runner = subprocess.Popen(
        [*TALENTLAB, *arguments], stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # tests in the background inherit it ignored
    )  # fmt: skip
    end = time.monotonic() + 600
    while not list(tmp_path.glob("runs/*/process-1/model/waits")):
        assert runner.poll() is None and time.monotonic() < end, runner.stderr.read()
        time.sleep(0.2)
    (folder,) = (tmp_path / "runs").iterdir()
    return runner, folder, {name: int((folder / name / "pid").read_text()) for name in ("model", "process-1/model")}


def lives(pid):
    """Whether a process does anything; one that is dead may wait for whoever collects it."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("victim", "sign", "status", "error"),
    [
        ("model", signal.SIGKILL, "failed", "mine.ipynb stopped: DeadKernelError"),
        ("process-1/model", signal.SIGKILL, "failed", "mine.ipynb stopped in process 1: DeadKernelError"),
        (None, signal.SIGINT, "interrupted", ""),
    ],
)
def test_the_death_of_one_process_and_ctrl_c_end_all(notebook, tmp_path, victim, sign, status, error):
    runner, folder, pids = run_until_one_waits(notebook, tmp_path)
    os.kill(pids.get(victim, runner.pid), sign)
    _, told = runner.communicate(timeout=300)  # the cell would sleep for twice as long
    assert not any(map(lives, pids.values()))
    assert records.read(folder)["status"] == status and error in told


def test_so_many_processes_cannot_be(monkeypatch):
    for count in (0, -1):
        with pytest.raises(ParameterError, match=rf"(?s)processes={count}\..*expected: a whole number from 1"):
            processes.divide_threads(None, count)
    monkeypatch.setattr(processes, "default_device", lambda: torch.device("cuda"))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert processes.divide_threads(8, 2) == 4
    with pytest.raises(ParameterError, match=r"(?s)processes=3\..*from 1 to 2"):
        processes.divide_threads(None, 3)


def test_each_process_sees_one_gpu_of_those_that_the_run_may_use(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    store = processes.open_store()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    group = [processes.join_group(store, rank, 2) for rank in (0, 1)]
    assert [(one["RANK"], one["LOCAL_RANK"], one["CUDA_VISIBLE_DEVICES"]) for one in group] == [
        ("0", "0", "3"), ("1", "0", "5"),
    ]  # fmt: skip
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert processes.join_group(store, 1, 2)["CUDA_VISIBLE_DEVICES"] == "1"
    assert processes.open_store().port != store.port


def test_a_run_whose_runner_was_killed_goes_on_in_both_processes(notebook, tmp_path):
    runner, folder, pids = run_until_one_waits(notebook, tmp_path)
    runner.kill()
    runner.communicate(timeout=300)
    end = time.monotonic() + 300
    while any(map(lives, pids.values())):  # kernels look after their parent
        assert time.monotonic() < end
        time.sleep(0.1)
    done = run(notebook, tmp_path, mode="wait", processes=2)
    assert (done.folder, done.record["metrics"]["found"]) == (folder, 1)
    assert losses(done) == pytest.approx(losses(run(notebook, tmp_path, batch_size=16)), abs=1e-4)


def test_two_sweeps_share_one_study(notebook, tmp_path):
    """Each in a process of its own, with a folder of its own; the trials are counted together."""
    cells = nbformat.read(notebook, 4)
    cells.cells[1:] = [nbformat.v4.new_code_cell(
        "from IPython.display import display\nmetrics = [['score', -((batch_size - 5) ** 2)]]\n"
        "display({'application/vnd.talentlab.run+json': {'metrics': metrics, 'references': {}}}, raw=True)"
    )]  # fmt: skip
    nbformat.write(cells, notebook)
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    arguments = ["sweep", str(notebook), "-g", "batch_size=1..9", "--bayes", "--metric", "score", "--trials", "6"]
    command = [*TALENTLAB, *arguments, "--storage", storage, "--runs-folder"]
    folders = [tmp_path / "one", tmp_path / "other"]
    sweeping = [subprocess.Popen([*command, str(folder)], stderr=subprocess.PIPE, text=True) for folder in folders]
    for process in sweeping:
        _, told = process.communicate(timeout=600)
        assert process.returncode == 0, told
    shares = [len([r for r in records.read_all(folder) if r["chapter"] == "mine"]) for folder in folders]
    states = [trial.state.name for trial in optuna.load_study(study_name=None, storage=storage).trials]
    assert set(states) == {"COMPLETE"} and 6 <= len(states) <= 7  # both may ask for the last one at once
    assert min(shares) > 0
