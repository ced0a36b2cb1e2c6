from click.testing import CliRunner

from talentlab import models
from talentlab.cli.main import main


def call(*arguments):
    return CliRunner().invoke(main, ["models", *arguments])


def test_a_packaged_model_is_made_ready_and_its_folder_printed(monkeypatch, tmp_path):
    monkeypatch.setitem(models.packaged.PACKAGED, "e5-zh", lambda: tmp_path / "e5-zh")
    done = call("add", "e5-zh")
    assert (done.exit_code, done.output) == (0, f"{tmp_path / 'e5-zh'}\n")


def test_another_name_is_refused_with_those_that_there_are():
    done = call("add", "bert-base-chinese")
    assert done.exit_code == 2
    assert "'bert-base-chinese' is no packaged model" in done.output
    assert "one of minilm, e5-zh" in done.output
