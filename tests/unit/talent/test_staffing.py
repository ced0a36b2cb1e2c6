import pandas as pd
import pytest

from talentlab.errors import TalentError
from talentlab.talent import staffing
from talentlab.talent.plan import plan_by_hand, solve
from talentlab.talent.value import with_candidates
from talentlab.talent.verify import violations


@pytest.fixture(scope="module")
def alone(startup):
    return with_candidates(startup, [])


@pytest.fixture(scope="module")
def sheet(alone):
    return staffing.sheet(plan_by_hand(alone))


def test_a_filled_sheet_is_the_plan_that_it_was_made_of(alone, sheet):
    by_hand = plan_by_hand(alone)
    plan = staffing.staff(alone, sheet)
    assert list(sheet) == ["task", "name", "people"] and len(sheet) == 24
    assert plan.end <= by_hand.end  # at most earlier: who fits two seats gets the faster one
    assert [f for f in violations(plan) if "spent" not in f] == []


def test_a_hire_has_a_mentor_and_then_works(startup, sheet):
    first = pd.DataFrame([{"task": "onboarding Lou", "name": "", "people": "Hana"}])
    rows = pd.concat([first, sheet], ignore_index=True)
    rows.loc[rows["task"] == "D4", "people"] = "Hana; Bo; Lou"
    plan = staffing.staff(startup, rows)
    assert plan.hired == ["Lou"] and [f for f in violations(plan) if "spent" not in f] == []
    assert staffing.staff(startup, staffing.sheet(plan)).end == plan.end


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.assign(task=rows["task"].replace("D2", "D9")), "no such task"),
        (lambda rows: rows.iloc[:-1], "has no row"),
        (lambda rows: pd.concat([rows, rows.iloc[:1]]), "there twice"),
        (lambda rows: rows.assign(people=rows["people"].where(rows["task"] != "D2", "Zoe")), "nobody is called 'Zoe'"),
        (lambda rows: rows.assign(people=rows["people"].where(rows["task"] != "D2", "Ada; Ada")), "in it twice"),
        (lambda rows: rows.assign(people=rows["people"].where(rows["task"] != "M2", "Gus")), "modelling at level 3"),
        (lambda rows: rows.assign(people=rows["people"].where(rows["task"] != "D2", "")), "do not fit"),
        (lambda rows: rows.iloc[::-1], "stands below it"),
        (lambda rows: rows.assign(people=rows["people"].where(rows["task"] != "D2", "Ines")), "is a candidate"),
    ],
)
def test_a_sheet_that_cannot_be_carried_out_is_refused_with_its_row(startup, sheet, change, said):
    with pytest.raises(TalentError, match=said):
        staffing.staff(startup, change(sheet))


def test_the_scoreboard_puts_the_earliest_first_and_broken_rules_last(alone, sheet):
    slow = sheet.assign(people=[names.split(";")[0] if task == "D4" else names
                                for task, names in zip(sheet["task"], sheet["people"], strict=True)])  # fmt: skip
    rich = alone.settings.model_copy(update={"cash": 1e7})
    poor = alone.settings.model_copy(update={"cash": 1.0})
    startup = type(alone)(alone.people, alone.tasks, rich, alone.skills)
    broke = type(alone)(alone.people, alone.tasks, poor, alone.skills)
    plans = {"poor": staffing.staff(broke, sheet), "slow": staffing.staff(startup, slow),
             "rule": staffing.staff(startup, sheet)}  # fmt: skip
    table = staffing.scoreboard(plans, runs=200)
    assert list(table.index) == ["rule", "slow", "poor"] and table["place"].tolist() == [1, 2, 3]
    assert "are spent" in table.loc["poor", "broken"] and table.loc["rule", "broken"] == ""
    assert (table["P90"] > table["days"]).all() and table.loc["rule", "behind"] == 0 < table.loc["slow", "behind"]


def test_the_solver_stands_on_the_scoreboard_too(alone, sheet):
    pytest.importorskip("ortools")
    best = solve(alone, seconds=120, workers=1)
    table = staffing.scoreboard({"us": staffing.staff(alone, sheet)}, best, runs=200)
    assert table.index[0] == "solver" and table.loc["us", "behind"] == table.loc["us", "days"] - best.end > 0
    assert staffing.staff(alone, staffing.sheet(best)).end == best.end  # nobody beats a proved plan by hand
