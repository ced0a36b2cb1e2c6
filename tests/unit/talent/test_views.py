from itertools import pairwise

import pytest

from talentlab.talent import views
from talentlab.talent.plan import plan_by_hand
from talentlab.talent.problem import work_days


@pytest.fixture(scope="module")
def plan(startup):
    return plan_by_hand(startup)


def test_the_schedule_has_every_task_once_in_order(plan, startup):
    table = views.schedule(plan)
    assert set(table.index) == {task.task for task in startup.tasks}  # nobody is hired: no onboarding
    assert table["first_day"].is_monotonic_increasing and table["end"].max() == plan.delivery
    last = table.iloc[-1]
    assert last["first_day"] + last["days"] + last["pause"] == plan.end


def test_load_counts_days_of_work_and_days_there(plan):
    table = views.load(plan)
    days = work_days(plan.problem, plan.teams)[0]
    assert table["assigned"].sum() == sum(int(days[t]) * sum(map(len, team)) for t, team in enumerate(plan.teams))
    assert table.loc["Gus", "there"] == plan.end - 10 and table.loc["Dara", "there"] < plan.end - 10
    assert ((table["share"] > 0) & (table["share"] <= 1)).all() and len(table) == 8


def test_the_responsibility_matrix_sums_to_the_load(plan):
    assert views.responsibility(plan).to_numpy().sum() == views.load(plan)["assigned"].sum()
    assert list(views.responsibility(plan)) == [1, 2, 3, 4, 5, 6]


def test_money_is_payroll_contractors_and_machines(plan, startup):
    spent = views.money(plan)
    assert spent["total"] == pytest.approx(sum(v for k, v in spent.items() if k != "total"))
    assert spent["machines"] == sum(task.machine_cost for task in startup.tasks) and spent["hiring"] == 0
    assert spent["contractors"] == pytest.approx(views.load(plan).loc["Hana", "assigned"] * 4800 / 21)
    fixed = [p for p in startup.people if p.contract == "employee"]
    late = next(p for p in startup.people if p.person == "Dara")
    days = sum(p.cost_per_month / 21 * plan.end for p in fixed) - late.cost_per_month / 21 * 15
    assert spent["payroll"] == pytest.approx(days)


def test_the_critical_path_is_gapless_from_the_first_day_to_the_last(plan):
    chain = views.critical_path(plan)
    number = {name: t for t, name in enumerate(plan.task_names)}
    assert plan.done.starts[0, number[chain[0][0]]] == 0
    assert plan.done.ends[0, number[chain[-1][0]]] == plan.end
    for (one, _), (two, why) in pairwise(chain):
        ready = plan.done.ends[0, number[one]] + plan.problem["tasks"][number[one]]["lag"]
        start = plan.done.starts[0, number[two]]
        assert start == ready or (start > ready and "then leave" in why)


def test_tightness_is_a_share_and_the_bottleneck_its_largest(plan, startup):
    table, tightest = views.tightness(plan), views.bottlenecks(plan)
    assert list(table) == list(startup.skills) and len(table) == -(-plan.end // 5)
    assert table.min(axis=None) >= 0 and table.max(axis=None) <= 1
    for week, row in tightest.iterrows():
        assert row["busy"] == table.loc[week].max() == table.loc[week, row["skill"]]


def test_the_assumptions_say_pausing_splitting_overhead_and_the_gap(plan):
    text = views.assumptions(plan)
    for said in ("on leave", "not split", "10% of one", f"gap {plan.gap:.0%}", "P50 and P90", str(plan.end)):
        assert said in text
