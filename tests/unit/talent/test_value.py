from types import SimpleNamespace

import numpy as np
import pytest

from talentlab.errors import TalentError
from talentlab.talent import value
from talentlab.talent.plan import plan_by_hand, solve
from talentlab.talent.rows import Need, Person, Settings, Task
from talentlab.talent.tables import Startup

pytest.importorskip("ortools")


@pytest.mark.parametrize(
    ("without", "other", "optional", "expected"),
    [
        ((50, 50), (45, 45), True, (5, 5, 5)),  # both proved: exact
        ((50, 48), (45, 42), True, (5, 3, 8)),
        ((50, 40), (50, 39), True, (0, 0, 11)),
        ((50, 50), (54, 52), True, (0, 0, 0)),  # somebody whom nobody need hire makes nothing later
        ((50, 50), (54, 52), False, (-4, -4, -2)),
    ],
)
def test_days_saved_have_the_ends_that_the_bounds_leave(without, other, optional, expected):
    plans = [SimpleNamespace(end=end, bound=bound) for end, bound in (without, other)]
    assert tuple(value.days_saved(*plans, optional=optional)) == expected


@pytest.fixture(scope="module")
def team():
    """One person with four tasks of ten days; two candidates of the same use, and one of none."""

    def person(name, skills, **more):
        return Person(person=name, role="r", cost_per_month=2100, skills=skills, **more)

    tasks = [Task(task=f"T{n}", name="t", step=1, needs=(Need(skill="a"),), effort_days=10, low_days=8, high_days=15,
                  max_team=1) for n in range(4)]  # fmt: skip
    hired = {"time_to_hire_days": 2, "onboarding_days": 3, "hiring_cost": 500}
    candidates = [person("C", {"a": 3}, **hired), person("D", {"a": 3}, **hired), person("E", {"b": 3}, **hired)]
    settings = Settings(start="2026-01-05")
    return Startup((person("P", {"a": 3}),), tuple(tasks), settings, {"a": "", "b": ""}, tuple(candidates))


@pytest.fixture(scope="module")
def base(team):
    return solve(value.with_candidates(team, []), seconds=2)


@pytest.fixture(scope="module")
def hires(team, base):
    return value.hires(team, base, seconds=2)


def test_a_hire_is_worth_the_days_between_the_two_optima(base, hires):
    """Alone P takes 40 days; with one more, who starts after two days and takes three of both, 25."""
    assert base.end == 40 and base.status == "optimal"
    assert hires.loc["C", ["days", "low", "high", "end"]].tolist() == [15, 15, 15, 25]
    assert hires.loc["E", ["days", "low", "high"]].tolist() == [0, 0, 0] and hires.loc["E", "hired"] == ""
    assert hires["place"].to_dict() == {"C": 1, "D": 1, "E": 3}
    # 100 a day: 40 days of P against 25 of P, 23 of the hire and 500 for finding one
    assert hires.loc["C", "money"] == pytest.approx(4000 - 2500 - 2300 - 500)
    assert hires["hiring_cost"].tolist() == [500] * 3


def test_two_hires_of_the_same_use_are_worth_less_than_twice_one(team, base, hires):
    table = value.interactions(team, base, hires, seconds=2)
    row = table.loc["C + D"]
    assert row["sum"] == 30 and row["together"] < 30 and row["more"] == row["together"] - 30
    assert row["more_low"] <= row["more"] <= row["more_high"] < 0
    assert table.loc["C + E", "more"] == 0


def test_only_candidates_can_be_named(team):
    with pytest.raises(TalentError, match="one of C, D, E"):
        value.with_candidates(team, ["Z"])
    assert [c.person for c in value.with_candidates(team, ["D"]).candidates] == ["D"]


def test_on_the_same_luck_the_same_plan_saves_nothing_and_a_shorter_one_something(team, base):
    same = value.sensitivity(base, {"same": base}, runs=200)
    assert same.loc["same"].tolist() == [0] * 6
    shorter = solve(value.with_candidates(team, ["C"]), seconds=2)
    row = value.sensitivity(base, {"C": shorter}, runs=500).loc["C"]
    assert row["low"] < row["days"] < row["high"] and row["p10"] < row["days"] < row["p90"] and row["better"] > 0.9


def test_what_makes_things_worse_is_shown_so(team, base):
    slow = [person.model_copy(update={"availability": 0.5}) for person in team.people]
    variant = value.with_candidates(team, []).with_people(slow)
    assert value.compare(base, {"half": variant}, optional=False, seconds=2).loc["half", "days"] == -40


def test_a_plan_by_hand_can_be_compared_with(startup):
    base = plan_by_hand(value.with_candidates(startup, []))
    low, high = value.days_saved(base, base)[1:]
    assert low == 0 and high == base.end - base.bound


def test_a_search_without_time_falls_back_on_the_known_plan(team, base):
    found = solve(team, seconds=0.0001, known=base)
    assert found.end <= base.end and found.hired != ["E"]
    by_hand = plan_by_hand(value.with_candidates(team, []))
    assert solve(team, seconds=0.0001, known=by_hand).end <= by_hand.end


def test_every_set_of_candidates_has_its_best_plan_and_few_are_solved(team, base, monkeypatch):
    solved = []
    monkeypatch.setattr(value, "solve", lambda startup, **given: solved.append(startup) or solve(startup, **given))
    sets = value.hiring_sets(team, base, seconds=2, workers=1)
    assert len(sets) == 8 and sets[frozenset()] is base
    assert len(solved) < 7  # E is of no use: the sets with E are answered by those without, or the other way round
    for chosen, plan in sets.items():
        assert plan.end == solve(value.with_candidates(team, sorted(chosen)), seconds=2, workers=1).end
        assert chosen.issuperset(plan.hired)
    pair = value.compare_plans(base, {"C + D": sets[frozenset("CD")]})
    alone = value.compare_plans(base, {name: sets[frozenset(name)] for name in "CD"})
    found = value.beyond_sum(pair, alone, {"C + D": ("C", "D")}).loc["C + D"]
    assert found["sum"] == 30 and found["more"] == found["together"] - 30 < 0


def test_more_than_six_candidates_are_too_many_sets(team, base):
    many = type(team)(team.people, team.tasks, team.settings, team.skills, team.candidates * 3)
    with pytest.raises(TalentError, match="512 sets"):
        value.hiring_sets(many, base)


@pytest.fixture(scope="module")
def duo():
    """Two who do the work, one of them at level 1, in twelve days for two tasks; and one whom nobody can replace."""

    def person(name, role, skills):
        return Person(person=name, role=role, cost_per_month=2100, skills=skills)

    tasks = [
        Task(task=f"T{n}", name="t", step=1, needs=(Need(skill="a"),), effort_days=12, max_team=1) for n in range(2)
    ]
    tasks.append(Task(task="U", name="u", step=2, needs=(Need(skill="b"),), effort_days=6, max_team=1))
    people = person("P", "maker", {"a": 3}), person("Q", "helper", {"a": 1}), person("R", "seller", {"b": 3})
    settings = Settings(start="2026-01-05", training_days_per_level=2, level_speeds=(0.4, 0.7, 1.0, 1.3))
    return solve(Startup(people, tuple(tasks), settings, {"a": "", "b": ""}), seconds=2)


def test_a_role_is_worth_the_days_that_the_others_take_longer(duo):
    """P does both tasks in 24 days, Q alone would take 60; nobody else has skill b."""
    assert duo.end == 24
    table = value.roles(duo, seconds=2)
    assert table.loc["maker", ["days", "low", "high"]].tolist() == [36, 36, 36]
    assert table.loc["maker", "money"] == 60 * 200 - 24 * 300 and table.loc["maker", "without"] == "day 60"
    assert table.loc["helper", "days"] == 0 and table.loc["helper", "money"] == -24 * 100
    assert np.isnan(table.loc["seller", "days"]) and "needs 1 × b" in table.loc["seller", "without"]
    assert table.index[0] == "seller"


def test_a_training_costs_its_days_and_is_worth_what_the_level_saves(duo):
    """Q at level 3 does one of the tasks in 12 days, after two levels of two days each: 16."""
    plans = value.trainings(duo, [("Q", "a", 3), ("R", "b", 4)], seconds=2)
    table = value.compare_plans(duo, plans, optional=False)
    assert table["days"].to_dict() == {"Q: a 3": 8, "R: b 4": 0}
    assert table.loc["Q: a 3", "money"] == 8 * 300


def test_a_budget_pays_for_what_it_pays(team, base):
    """Without a hire 40 days at 100 are spent, with C 5,300."""
    plans = {"nobody": base, "C": solve(value.with_candidates(team, ["C"]), seconds=2)}
    found = value.under_budget(base, plans, 5301)
    assert found["spent"].round().to_dict() == {"C": 5300, "nobody": 4000} and found["days"].tolist() == [15, 0]
    assert list(value.under_budget(base, plans, 5200).index) == ["nobody"]
    assert value.under_budget(base, plans, 1).empty
