import pytest
from click.testing import CliRunner

from talentlab.cli import _result_table, main


def call(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("command", [(), ("run",), ("params",), ("build",), ("check",), ("doctor",)])
def test_help_is_there(command):
    result = call(*command, "--help")
    assert result.exit_code == 0 and "Usage" in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "05", "-p", "learning_rat=1"), "did you mean 'learning_rate'"),
        (("run", "05", "-p", "num_epochs=two"), "expected: int"),
        (("run", "05", "-p", "num_epochs"), "NAME=VALUE"),
        (("run", "05", "--preset", "huge"), "gpu, laptop, quick"),
        (("run", "42"), "05_project_practice"),
        (("run", "missing.ipynb"), "cannot be read as a notebook"),
        (("params", "missing.ipynb"), "cannot be read as a notebook"),
        (("build", "42_nothing"), "42_nothing"),
        (("frobnicate",), "No such command"),
    ],
)
def test_bad_input_is_one_clear_message_and_status_2(arguments, says):
    result = call(*arguments)
    assert result.exit_code == 2 and says in result.output and "Traceback" not in result.output


def test_params_prints_name_type_default_and_meaning():
    output = call("params", "05").output
    assert "learning_rate: float = 0.0002" in output and "peak of AdamW" in output


def test_the_table_shows_intervals_beside_the_documents_figures():
    record = {"metrics": {"precision": [0.8, 0.75, 0.86], "loss": 0.5}, "references": {"precision": 0.85}}
    table = _result_table(record)
    assert "80.0%   75.0% – 86.0%" in table and "85%" in table and "loss" in table
