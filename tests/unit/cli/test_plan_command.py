import pytest
from click.testing import CliRunner

from talentlab.cli.main import main
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
