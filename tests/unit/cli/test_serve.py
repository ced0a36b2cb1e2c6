"""Which model `talentlab serve` takes."""

import json
import shutil

import pytest
from click.testing import CliRunner

from talentlab import deployment
from talentlab.cli.main import main
from talentlab.cli.serve import find_model, length_of_training
from talentlab.deployment import published
from talentlab.errors import RunError
from talentlab.experiments import records

RUN = "05_project_practice-20260101-000000-abcdef"


@pytest.fixture
def sweep(tmp_path):
    """A runs folder with a sweep of one run, which saved a model; its record names other folders."""
    folder = tmp_path / "runs" / "sweep-05_project_practice-20260101-000000-123456" / RUN
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "config.json").write_text('{"architectures": ["BertForSequenceClassification"]}')
    (folder / "model" / "model.safetensors").write_bytes(b"")
    records.write(folder, {
        "id": "/etc", "folder": "/etc", "chapter": "05_project_practice", "status": "completed",
        "parameters": {"max_length": 48}, "defaults": {"max_length": 128, "seed": 0},
        "metrics": {"f1": 0.5}, "sweep": "../../etc", "started": "2026-01-01",
    })  # fmt: skip
    return folder


@pytest.mark.parametrize("name", [RUN, "05_project_practice-2026", "abcdef"])
def test_a_run_of_a_sweep_is_found_by_its_id(sweep, name, monkeypatch):
    runs = sweep.parent.parent
    assert find_model(name, runs) == find_model(str(sweep), runs) == find_model(str(sweep / "model"), runs)
    assert find_model(name, runs) == sweep / "model"
    monkeypatch.chdir(sweep.parent)  # in the sweep's folder
    assert find_model(RUN, runs) == sweep / "model"


def test_runs_of_one_name_are_found_by_their_sweep_and_name(sweep):
    runs = sweep.parent.parent
    shutil.copytree(sweep.parent, runs / "sweep-b")
    with pytest.raises(RunError, match="2 of the 2 runs"):
        find_model("abcdef", runs)
    assert find_model(f"sweep-b/{RUN}", runs) == runs / "sweep-b" / RUN / "model"


def test_the_command_serves_a_run_of_a_sweep(sweep, monkeypatch):
    asked = []

    def publish(folder, announce, max_length):
        asked.append((folder, max_length))
        raise RunError("far enough", expected="", remedy="")

    monkeypatch.setattr(deployment, "require_packages", lambda *_: None)
    monkeypatch.setattr(published, "publish", publish)
    monkeypatch.setattr("talentlab.cli.serve._apart", lambda function, *args, **options: function(*args, **options))
    result = CliRunner().invoke(main, ["serve", RUN, "--runs-folder", str(sweep.parent.parent)])
    assert asked == [(sweep / "model", 48)] and "far enough" in result.output


def test_the_record_on_disk_is_left_as_it_is(sweep):
    find_model(RUN, sweep.parent.parent)
    assert json.loads((sweep / records.FILE).read_text())["id"] == "/etc"


def test_the_limit_of_training_is_that_of_the_run_its_defaults_included(sweep):
    assert length_of_training(sweep / "model") == 48
    record = json.loads((sweep / records.FILE).read_text())
    records.write(sweep, record | {"parameters": {}})
    assert length_of_training(sweep / "model") == 128


@pytest.mark.parametrize("name", ["model", "another"])
def test_a_model_that_no_run_left_has_no_limit_of_training(tmp_path, name):
    (tmp_path / name).mkdir()
    assert length_of_training(tmp_path / name) is None
    (tmp_path / records.FILE).write_text("{")
    assert length_of_training(tmp_path / name) is None
