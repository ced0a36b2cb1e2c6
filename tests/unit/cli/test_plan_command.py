import pandas as pd
import pytest
from click.testing import CliRunner

from talentlab.cli.main import main
from talentlab.talent import staffing
from talentlab.talent.plan import plan_by_hand
from talentlab.talent.tables import load_startup


def call(*arguments):
    return CliRunner().invoke(main, ["plan", *map(str, arguments)])


def test_an_example_is_written_that_loads_and_never_over_tables_of_yours(tmp_path):
    folder = tmp_path / "mine"
    result = call("init", folder)
    assert result.exit_code == 0 and f"talentlab plan {folder}" in result.output
    assert len(load_startup(folder).tasks) == 24
    assert (folder / "people.csv").read_text(encoding="utf-8").splitlines()[1].startswith('"# Names are aliases')
    (folder / "work.csv").write_text("mine")
    result = call("init", folder)
    assert result.exit_code == 2 and "nothing was written" in result.output
    assert (folder / "work.csv").read_text() == "mine"


def test_a_folder_is_planned_to_a_page_and_tables(tmp_path):
    pytest.importorskip("ortools")
    call("init", tmp_path)
    kept = (tmp_path / "candidates.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "candidates.csv").write_text("\n".join([*kept[:2], kept[-1]]), encoding="utf-8")
    result = call(tmp_path, "--seconds", 1, "--runs", 200, "--hires")
    assert result.exit_code == 0, result.output
    assert "gap" in result.output and "nine in ten" in result.output
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "What the next hire is worth" in page and (tmp_path / "report" / "hires.csv").is_file()


def test_plans_made_by_hand_are_scored_and_a_wrong_sheet_is_named(tmp_path):
    pytest.importorskip("ortools")
    call("init", tmp_path)
    (tmp_path / "candidates.csv").unlink()
    right = staffing.sheet(plan_by_hand(load_startup(tmp_path))).assign(group="Blue")
    wrong = right.iloc[:-1].assign(group="Red")
    pd.concat([right, wrong]).to_csv(tmp_path / "groups.csv", index=False)
    result = call(tmp_path, "--score", tmp_path / "groups.csv", "--seconds", 120)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[1].startswith("solver") and "Blue" in result.output.splitlines()[2]
    assert "Red: R7 has no row" in result.output
    right.drop(columns="people").to_csv(tmp_path / "groups.csv", index=False)
    result = call(tmp_path, "--score", tmp_path / "groups.csv", "--seconds", 1)
    assert result.exit_code == 2 and "no column 'people'" in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [((), "Missing argument"), (("a", "b"), "one FOLDER"), (("init",), "init wants one FOLDER"),
     (("nowhere",), "talentlab plan init FOLDER"), ((".",), "people.csv"),
     (("a", "--seconds", "0"), "not in the range")],
)  # fmt: skip
def test_bad_input_is_one_clear_message_and_status_2(arguments, says, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = call(*arguments)
    assert result.exit_code == 2 and says in result.output and "Traceback" not in result.output
    assert not list(tmp_path.iterdir())
