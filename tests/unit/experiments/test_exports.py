"""Runs on their way out: report, event files, MLflow."""

import re
import sys

import pytest

from talentlab.errors import RunError
from talentlab.experiments import exports, tables
from talentlab.runtime import repository_root

EXAMPLE = repository_root() / "course" / "data" / "example_runs"


@pytest.fixture(scope="module")
def few():
    return tables.select(EXAMPLE, where="learning_rate == 0.001")


def test_the_recorded_example_is_whole():
    table = tables.table(EXAMPLE)
    assert len(table) == 24 and (table["status"] == "completed").all() and table["sweep"].nunique() == 2
    assert sum(path.stat().st_size for path in EXAMPLE.rglob("*") if path.is_file()) < 60_000


def test_the_report_is_one_file_with_pictures_and_loads_nothing(tmp_path):
    where = "learning_rate >= 0.001"
    text = exports.write_report(tmp_path / "r.html", EXAMPLE, where=where, metric="accuracy").read_text()
    assert text.count("data:image/png;base64,") == 3
    assert not re.findall(r"""(?:src|href)=["']?(?!data:|#)[^"'> ]+""", text)
    assert f"{len(tables.select(EXAMPLE, where=where))} runs" in text and "accuracy" in text
    assert "plot_parallel" not in text and "talentlab board" not in text  # neither code nor advice for the notebook


def test_a_report_of_nothing_is_refused_before_a_kernel_starts(tmp_path):
    with pytest.raises(RunError, match="No run"):
        exports.write_report(tmp_path / "r.html", tmp_path)
    assert not (tmp_path / "r.html").exists()


def test_event_files_hold_curves_parameters_and_metrics(few, tmp_path):
    event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    assert exports.write_events(few, tmp_path) == 3
    events = event_accumulator.EventAccumulator(str(tmp_path / few[0]["id"]))
    events.Reload()
    curve = tables.epoch_table(few[:1])
    assert [(e.step, round(e.value, 4)) for e in events.Scalars("validation/f1")] == list(
        zip(curve["epoch"], curve["f1"], strict=True)
    )
    assert events.Scalars("metrics/f1")[0].value == pytest.approx(tables.metrics(few[0])["f1"])
    assert events.SummaryMetadata("_hparams_/session_start_info")


def test_event_files_are_written_once_renewed_with_their_record_and_removed_with_their_run(few, tmp_path):
    pytest.importorskip("tensorboard")
    import os

    exports.write_events(few, tmp_path)
    files = sorted(tmp_path.glob("*/*"))
    assert exports.write_events(few, tmp_path) == 0 and sorted(tmp_path.glob("*/*")) == files
    os.utime(tmp_path / few[1]["id"], (0, 0))  # older than its record
    (tmp_path / f"{few[2]['id']}.part").mkdir()  # what a killed process left
    assert exports.write_events(few[:2], tmp_path) == 1
    assert {path.name for path in tmp_path.iterdir()} == {record["id"] for record in few[:2]}


def test_a_second_training_in_a_run_has_curves_of_its_own(tmp_path):
    (tmp_path / "history.jsonl").write_text(
        '{"fit": "a"}\n{"step": 1, "loss": 2, "epoch": 1}\n{"epoch": 1, "f1": 0.5, "after_step": 1}\n'
        '{"fit": "b"}\n{"step": 1, "loss": 3}\n'
    )
    assert list(exports._curves({"folder": str(tmp_path)})) == [
        ("training/loss", 1, 2), ("validation/f1", 1, 0.5), ("training 2/loss", 1, 3)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("torch.utils.tensorboard", lambda few, folder: exports.write_events(few, folder)),
        ("mlflow", lambda few, folder: exports.export_to_mlflow(few, "http://127.0.0.1:1")),
    ],
)
def test_what_is_not_installed_is_named_with_its_extra(few, tmp_path, monkeypatch, module, call):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(RunError, match=r"not installed[\s\S]*pip install"):
        call(few, tmp_path)


def test_mlflow_gets_every_finished_run_once(few, tmp_path):
    tracking = pytest.importorskip("mlflow.tracking", reason="the extra `mlflow` has an environment of its own")
    address = f"sqlite:///{tmp_path}/mlflow.db"
    running = {**few[0], "id": "running", "status": "running"}
    assert exports.export_to_mlflow([*few, running], address) == 3
    client = tracking.MlflowClient(address)
    experiment = client.get_experiment_by_name("word_counts").experiment_id
    run = next(r for r in client.search_runs([experiment]) if r.data.tags["talentlab_run"] == few[0]["id"])
    assert run.data.params["learning_rate"] == "0.001" and run.info.status == "FINISHED"
    assert run.data.metrics["f1"] == pytest.approx(tables.metrics(few[0])["f1"])
    assert len(client.get_metric_history(run.info.run_id, "validation/f1")) == 8
    client.update_run(run.info.run_id, status="RUNNING")  # as an export leaves it that was cut off
    assert exports.export_to_mlflow(few, address) == 1 and exports.export_to_mlflow(few, address) == 0
    assert len(client.search_runs([experiment])) == 3
    with pytest.raises(RunError, match="a server that answers"):
        exports.export_to_mlflow(few, "http://127.0.0.1:1")
