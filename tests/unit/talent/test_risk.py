import dataclasses

import numpy as np
import pytest

from talentlab.errors import TalentError
from talentlab.talent import risk
from talentlab.talent.draw import draw_startup
from talentlab.talent.plan import check, plan_by_hand
from talentlab.talent.rows import Need, Person, Settings, Task
from talentlab.talent.tables import Startup

NOTHING = {"sick_days": 0.0, "resignations": 0.0}


@pytest.fixture(scope="module")
def one_task():
    """One person, one task of ten days."""
    person = Person(person="P", role="r", cost_per_month=2100, skills={"a": 3, "b": 1}, notice_months=0)
    task = Task(task="T", name="t", step=1, needs=(Need(skill="a"),), effort_days=10, low_days=8, high_days=15)
    settings = Settings(start="2026-01-05", replacement_days=30)
    return plan_by_hand(Startup((person,), (task,), settings, {"a": "", "b": ""}))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("pausing", [True, False])
def test_without_uncertainty_every_run_is_the_plan(seed, pausing):
    startup = draw_startup(18, 5, seed=seed)
    plan = plan_by_hand(dataclasses.replace(startup, settings=startup.settings.model_copy(update={"pausing": pausing})))
    forecast = risk.simulate(plan, runs=3, factors=1.0, **NOTHING)
    assert forecast.ends.tolist() == [plan.end] * 3 and forecast.planned == plan.end


def test_efforts_are_the_tables_in_the_middle_and_its_low_and_high_one_time_in_ten_each(one_task):
    factors = risk.draw_factors(one_task, runs=40_000)[:, 0]
    assert np.quantile(factors, [0.1, 0.5, 0.9]) == pytest.approx([0.8, 1.0, 1.5], abs=0.02)
    assert (risk.draw_factors(one_task, runs=10) == risk.draw_factors(one_task, runs=10)).all()


def test_one_task_has_the_quantiles_of_its_effort(one_task):
    forecast = risk.simulate(one_task, runs=20_000, **NOTHING)
    assert forecast.quantile(0.5).value == 10 and forecast.quantile(0.9).value in (15, 16)
    assert forecast.chance().value == pytest.approx(0.5, abs=0.02)  # whole days: a factor up to 1 keeps the tenth
    assert forecast.chance(10**6).value == 1.0


def test_illness_delays_by_its_mean(one_task):
    forecast = risk.simulate(one_task, runs=40_000, factors=1.0, sick_days=25.2, resignations=0.0)
    assert forecast.ends.mean() == pytest.approx(10 + 10 * 25.2 / 252, abs=0.05)


def test_resignations_delay_as_often_as_the_closed_form_says(one_task):
    """Without notice, somebody is missed in ten days with 1 - 0.7 ** (10 / 252), and then for 30 days."""
    forecast = risk.simulate(one_task, runs=40_000, factors=1.0, sick_days=0.0, resignations=0.3)
    share = 1 - 0.7 ** (10 / 252)
    assert (forecast.ends > 10).mean() == pytest.approx(share, abs=0.003)
    assert set(forecast.ends) == {10, 40}
    with pytest.raises(TalentError, match="resigns per year"):
        risk.simulate(one_task, resignations=1.2)


def test_more_of_anything_bad_is_later(startup):
    plan = plan_by_hand(startup)
    assert risk.simulate(plan, runs=50, factors=1.0, **NOTHING).ends.tolist() == [plan.end] * 50
    calm = risk.simulate(plan, runs=2000, **NOTHING)
    leaving = [risk.simulate(plan, runs=2000, sick_days=0, resignations=rate).ends.mean() for rate in (0.05, 0.2, 0.5)]
    assert calm.ends.mean() < leaving[0] < leaving[1] < leaving[2]
    low, middle, high = *risk.simulate(plan, runs=2000).quantile(0.9)[1:], calm.quantile(0.9).value
    assert high <= middle and low <= middle
    assert "nine in ten" in calm.summary() and f"Planned: {plan.end}" in calm.summary()


def test_the_interval_of_a_quantile_covers_it_as_often_as_it_says():
    """Of uniform days the nine-in-ten quantile is known: 95 % of the intervals hold it."""
    random = np.random.default_rng(0)
    inside = 0
    for _ in range(400):
        value, low, high = risk.Forecast(random.integers(0, 10_000, 500), 0).quantile(0.9)
        inside += low <= 9000 <= high
        assert low <= value <= high
    assert 0.92 <= inside / 400 <= 0.985


def test_bus_factors_name_who_is_alone_with_a_skill(startup):
    table = risk.bus_factors(startup)
    for skill, row in table.iterrows():
        needed = max(n.level for task in startup.tasks for n in task.needs if n.skill == skill)
        names = [p.person for p in startup.people if p.skills.get(skill, 0) >= needed]
        assert (row["level"], row["people"], row["names"]) == (needed, len(names), ", ".join(names))
    assert table["people"].min() == 1 and table["people"].is_monotonic_increasing


def test_cross_training_is_the_cheapest_and_removes_every_single_point(startup):
    plan = risk.cross_training(startup)
    trained = startup
    for _, row in plan.iterrows():
        need, others = row["to_level"], [p for p in startup.people if p.skills[row["skill"]] < row["to_level"]]
        per_day = {p.person: (need - p.skills[row["skill"]]) * 15 * p.cost_per_month / 21 for p in others}
        assert row["cost"] == pytest.approx(min(per_day.values())) == pytest.approx(per_day[row["person"]])
        trained = risk.train(trained, row["person"], row["skill"], row["to_level"])
    assert len(plan) and risk.bus_factors(trained)["people"].min() >= 2
    check(trained)


def test_a_training_takes_its_days_and_gives_the_level(startup):
    trained = risk.train(startup, "Gus", "data", 2)
    before, after = (next(p for p in s.people if p.person == "Gus") for s in (startup, trained))
    assert after.skills["data"] == 2 and before.skills["data"] == 1
    assert str(after.leave[-1][0]) == "2026-01-12" and str(after.leave[-1][1]) == "2026-01-30"  # fifteen working days
    for person, skill, level in (("Nobody", "data", 3), ("Gus", "magic", 3), ("Gus", "product", 4)):
        with pytest.raises(TalentError, match="is to learn"):
            risk.train(startup, person, skill, level)


def test_an_empty_place_costs_at_most_its_length_and_less_to_who_knows_of_it(one_task):
    assert risk.end_with_gap(one_task, "P", 4, 34) == 40  # four days of work, thirty without, six of work
    assert risk.end_with_gap(one_task, "P", 10, 40) == 10
    known = plan_by_hand(risk.with_gap(one_task.startup, "P", 4, 34))
    assert known.end == 40 and known.problem["people"][0]["leave"] == [[4, 34]]
    for person, first, last in (("Q", 1, 2), ("P", 2, 2), ("P", -1, 2)):
        with pytest.raises(TalentError, match="is missing from day"):
            risk.with_gap(one_task.startup, person, first, last)


@pytest.mark.parametrize("seed", range(6))
def test_a_gap_of_one_run_is_that_of_the_simulation(seed):
    """The same walk with the same days away; a gap after the delivery changes nothing."""
    plan = plan_by_hand(draw_startup(18, 5, seed=seed))
    name = plan.startup.people[seed % 5].person
    assert risk.end_with_gap(plan, name, plan.end, plan.end + 60) == plan.end
    assert plan.end <= risk.end_with_gap(plan, name, 20, 50) <= plan.end + 30
