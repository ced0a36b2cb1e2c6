import json
import shutil

import pandas as pd
import pytest

from talentlab import language
from talentlab.errors import DataError, TalentError
from talentlab.runtime import repository_root
from talentlab.talent.rows import json_schema, protected_words, refuse_protected
from talentlab.talent.tables import load_startup

FOLDER = repository_root() / "course" / "data" / "startup"


@pytest.fixture
def edit(tmp_path):
    """`edit("people.csv", old, new)`: the worked example with one thing changed, as a folder."""
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)

    def change(name, old, new):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert old in text
        (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return tmp_path

    return change


def test_the_worked_example_is_eight_people_and_24_tasks_in_six_steps(startup):
    assert len(startup.people) == 8 and len(startup.tasks) == 24 and len(startup.candidates) == 4
    assert {task.step for task in startup.tasks} == {1, 2, 3, 4, 5, 6}
    assert startup.people[0].skills["data"] == 4 and startup.settings.level_speeds == (0.4, 0.7, 1.0, 1.3)
    first = startup.tasks[0]
    assert [(need.skill, need.level, need.count) for need in first.needs] == [("product", 3, 1), ("data", 1, 1)]


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("work.csv", "D1,agree", ",agree", "work.csv, row 3, column task"),
        ("work.csv", ",8,6,13,", ",-8,6,13,", "row 5, column effort_days: Input should be greater than or equal to 0"),
        ("work.csv", "data:3; product:1", "date:3; product:1", "row 5, column needs: 'date' is none of data, "),
        ("work.csv", "data:3; product:1", "data:7", "'data:7' is not of the form skill, skill:level"),
        ("work.csv", "data:3; product:1", "", "row 5, column needs: 8 person-days, and no skill that does them"),
        ("work.csv", ",8,6,13,", ",8,9,13,", "row 5, column low_days: low_days 9.0, effort_days 8, high_days 13.0"),
        ("work.csv", "D2; D3", "D2; D9", "row 6, column after: there is no task 'D9'"),
        ("work.csv", ",8,6,13,,2,D1,", ",8,6,13,,2,D5,", "D4 → D5 → D3 → D4 go round in a circle"),
        ("work.csv", "D3,write", "D2,write", "row 5, column task: 'D2' is there twice"),
        ("people.csv", "Bo,data scientist,6200", "Bo,data scientist,lots", "row 4, column cost_per_month"),
        ("people.csv", "2026-02-16..2026-02-27", "2026-02-27..2026-02-16", "row 4, column leave: 2026-02-27.."),
        ("people.csv", "employee,0.8", "employee,1.8", "row 8, column availability"),
        ("people.csv", "3,4,2,3,1,0,0", "3,5,2,3,1,0,0", "row 3, column data: Input should be less than or equal to 4"),
        ("people.csv", "operations,product", "operations,coffee", "column coffee: no such column"),
        ("candidates.csv", "Ines", "Ada", "row 3, column person: 'Ada' is there twice"),
        ("settings.csv", "team_overhead,0.1", "team_overhead,0.9", "settings.csv, column team_overhead"),
        ("settings.csv", "0.4; 0.7", "0.9; 0.7", "settings.csv, column level_speeds: (0.9, 0.7, 1.0, 1.3) do not rise"),
        ("settings.csv", "2026-01-12", "tomorrow", "settings.csv, column start"),
        ("levers.csv", "0.80,0.65,1.00", "0.80,0.85,1.00", "row 3, column low: low 0.85, hazard_ratio 0.8, high 1.0"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_file_row_and_column(edit, name, old, new, says):
    with pytest.raises(TalentError) as told:
        load_startup(edit(name, old, new))
    assert name in str(told.value) and says in str(told.value)


def test_all_faults_are_told_at_once_and_a_long_list_is_cut(edit):
    edit("work.csv", ",8,6,13,", ",-8,6,13,")
    with pytest.raises(TalentError, match=r"(?s)people.csv, row 8.*work.csv, row 5"):
        load_startup(edit("people.csv", "employee,0.8", "employee,1.8"))
    folder = edit("skills.csv", "data,", "date,")
    with pytest.raises(TalentError, match=r"… and \d+ more"):
        load_startup(folder)


def test_tables_without_rows_or_with_10000_are_refused(edit):
    folder = edit("work.csv", "task", "task")
    head, *rows = (folder / "work.csv").read_text(encoding="utf-8").splitlines()
    (folder / "work.csv").write_text("\n".join([head, rows[0]]))
    with pytest.raises(TalentError, match=r"work.csv: no row is filled"):
        load_startup(folder)
    (folder / "work.csv").write_text(head)
    with pytest.raises(DataError, match="0 rows"):
        load_startup(folder)
    (folder / "work.csv").write_text("\n".join([head, *[rows[1].replace("D1", f"D{n}") for n in range(10_000)]]))
    with pytest.raises(TalentError, match=r"10,000 rows; at most 500"):
        load_startup(folder)


def test_a_missing_folder_or_file_is_told(tmp_path):
    with pytest.raises(TalentError, match="plan init"):
        load_startup(tmp_path / "none")
    with pytest.raises(DataError, match=r"people\.csv cannot be read"):
        load_startup(tmp_path)


@pytest.mark.parametrize("column", ["Age", "MaritalStatus", "is_married", "性别", "date of birth"])
def test_protected_attributes_are_refused(edit, column):
    folder = edit("people.csv", "notice_months", column)
    with pytest.raises(TalentError, match="must not be judged by"):
        load_startup(folder)


def test_words_that_only_contain_a_protected_one_are_not_refused():
    refuse_protected(["language", "stage", "Percentage", "embrace", "manage"], "a table")
    assert protected_words("young, any age, unmarried or married") == ["age", "married"]


def test_measured_seconds_become_days_of_the_machine(startup):
    days = {task.task: task.machine_days for task in startup.with_machine_seconds({"F2": 86_401, "D1": 0}).tasks}
    assert days["F2"] == 2 and days["D1"] == 0 and days["T1"] == 4


def test_numbers_from_data_frames_are_taken_as_they_are(startup):
    from talentlab.talent.tables import build_startup

    people = pd.DataFrame({"person": ["A"], "role": ["r"], "cost_per_month": [5000.0], "ml": [3], "leave": [None]})
    work = pd.DataFrame({"task": ["T"], "name": ["t"], "step": [1], "needs": ["ml"], "effort_days": [2.5]})
    built = build_startup(people, work, pd.DataFrame({"skill": ["ml"]}),
                          pd.DataFrame({"setting": ["start"], "value": ["2026-01-05"]}))  # fmt: skip
    assert built.people[0].skills == {"ml": 3} and built.tasks[0].effort_days == 2.5


def test_the_schema_in_the_docs_is_the_one_in_force():
    written = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(json_schema()))


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("people.csv", ",7200,", ",many,", "people.csv 第 3 行，列 cost_per_month：应当是数"),
        ("work.csv", "modelling:3", "magic:3", "'magic' 不在"),
        ("settings.csv", "horizon_days,260", "horizon_days,0", "应当不小于 1"),
    ],
)
def test_a_fault_is_told_in_the_readers_language(edit, monkeypatch, name, old, new, says):
    monkeypatch.setenv(language.VARIABLE, "zh")
    with pytest.raises(TalentError) as refused:
        load_startup(edit(name, old, new))
    assert says in str(refused.value) and "表里有错" in str(refused.value) and "怎么办" in str(refused.value)
