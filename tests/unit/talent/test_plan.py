import dataclasses
import datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from startups import best_end, tiny_startup

from talentlab.errors import TalentError
from talentlab.talent import plan as planning
from talentlab.talent import problem as problems
from talentlab.talent.draw import draw_startup
from talentlab.talent.greedy import end_of
from talentlab.talent.problem import build, walk, work_days
from talentlab.talent.rows import Need, Person, Settings, Task
from talentlab.talent.tables import Startup
from talentlab.talent.verify import violations

pytest.importorskip("ortools")
from talentlab.talent import solver


def solve_here(startup, **asked):
    """The proved answer for a tiny problem, in this process: a child takes half a second to start."""
    answer = solver.solve(build(startup) | {"seconds": 20, "workers": 1, "seed": 0} | asked)
    assert answer["status"] in ("OPTIMAL", "INFEASIBLE")
    return answer


def planned(startup, answer):
    days = answer["starts"], answer["ends"]
    return planning._plan(startup, build(startup), "optimal", answer["bound"], answer["teams"], days, answer)


def changed(startup, **values):
    return dataclasses.replace(startup, settings=startup.settings.model_copy(update=values))


@pytest.mark.parametrize("block", range(10))
def test_the_optimum_is_that_of_trying_every_plan(block):
    """220 start-ups in all, with and without pausing; each plan passes the independent checker."""
    for seed in range(22 * block, 22 * block + 22):
        startup = tiny_startup(seed, tasks=3 + (seed % 3 == 0), people=2 + seed % 2)
        answer = solve_here(startup)
        plan = planned(startup, answer)
        assert answer["end"] == plan.end == best_end(startup), seed
        assert not violations(plan), seed


def test_interchangeable_people_are_shared_out_to_the_same_optimum():
    """Fixed tasks that need one or two of three people who are all the same: nobody is assigned while solving."""
    for seed in range(25):
        random = np.random.default_rng(seed)
        tasks = []
        for n in range(4):
            needs = (Need(skill="a", count=int(random.integers(1, 3))),)
            after = tuple(f"T{b}" for b in range(n) if random.random() < 0.3)
            tasks.append(task(f"T{n}", "a", float(random.integers(1, 9)), fixed=True, after=after).model_copy(
                update={"needs": needs}))  # fmt: skip
        startup = small([person(name, {"a": 3}) for name in "PQR"], tasks)
        assert len(solver._crews(build(startup))) == 1
        plan = planned(startup, solve_here(startup))
        assert plan.end == best_end(startup) and not violations(plan), seed


def test_the_worked_example_is_solved_and_verified(startup):
    plan = planning.solve(startup, seconds=120)
    by_hand = planning.plan_by_hand(startup)
    assert violations(plan) == violations(by_hand) == []
    assert plan.bound <= plan.end <= by_hand.end - 15 and plan.gap < 0.1
    assert plan.hired and not by_hand.hired
    assert plan.delivery == problems.date_of(startup.settings, plan.end - 1)


def person(name, levels, **more):
    return Person(person=name, role="r", cost_per_month=2100, skills=levels, **more)


def task(name, needs, effort, **more):
    return Task(task=name, name=name, step=1, needs=tuple(Need(skill=s) for s in needs), effort_days=effort, **more)


def small(people, tasks, candidates=(), **values):
    given = Settings(start="2026-01-05", horizon_days=100, **values)
    return Startup(tuple(people), tuple(tasks), given, {"a": "", "b": ""}, tuple(candidates))


@pytest.mark.parametrize(
    ("people", "tasks", "end"),
    [
        ([person("P", {"a": 3})], [task("T", "a", 7)], 7),  # level 3 does what the table says
        ([person("P", {"a": 2})], [task("T", "a", 7)], 10),
        ([person("P", {"a": 3}, availability=0.5)], [task("T", "a", 7)], 14),
        ([person("P", {"a": 3}), person("Q", {"a": 3})], [task("T", "a", 7)], 4),  # 7 / (2 - 0.1) = 3.7
        ([person("P", {"a": 3}), person("Q", {"a": 3})], [task("T", "a", 7, max_team=1)], 7),
        ([person("P", {"a": 3}), person("Q", {"a": 3})], [task("T", "a", 7, fixed=True)], 7),
        ([person("P", {"a": 3}), person("Q", {"b": 3})], [task("T", "ab", 7)], 7),  # Q sits beside
        ([person("P", {"a": 3})], [task("T", "a", 7, machine_days=2), task("U", "a", 1, after=("T",))], 10),
        ([person("P", {"a": 3})], [task("T", "a", 7, machine_days=2), task("U", "a", 1)], 9),  # U in the meantime
        ([person("P", {"a": 3}, leave=(("2026-01-07", "2026-01-08"),))], [task("T", "a", 7)], 9),
        ([person("P", {"a": 3}, start="2026-01-12")], [task("T", "a", 7)], 12),
        ([person("P", {"a": 3})], [Task(task="W", name="wait", step=1, effort_days=0, machine_days=3)], 3),
    ],
)  # fmt: skip
def test_durations_follow_levels_teams_leave_and_machines(people, tasks, end):
    startup = small(people, tasks)
    assert solve_here(startup)["end"] == end


def test_a_task_that_may_not_span_a_leave_waits_for_its_end():
    people = [person("P", {"a": 3}, leave=(("2026-01-07", "2026-01-08"),))]
    assert solve_here(small(people, [task("T", "a", 7)], pausing=False))["end"] == 11


def test_a_candidate_is_hired_where_it_helps_after_an_onboarding_with_a_mentor():
    tasks = [task(f"T{n}", "a", 10, max_team=1) for n in range(4)]
    hire = person("C", {"a": 3}, time_to_hire_days=2, onboarding_days=3, hiring_cost=50)
    startup = small([person("P", {"a": 3})], tasks, [hire])
    plan = planned(startup, solve_here(startup))
    assert plan.end == 25 and plan.hired == ["C"] and not violations(plan)  # P: 2 × 10 + 3 as mentor, C: 5 + 2 × 10
    late = small([person("P", {"a": 3})], tasks, [hire.model_copy(update={"time_to_hire_days": 60})])
    assert solve_here(late)["end"] == 40 and not solve_here(late)["hired"]


def test_of_plans_with_the_same_date_the_cheapest_is_taken():
    people = [person("P", {"a": 3}), person("X", {"a": 3}, contract="contractor")]
    tasks = [task("T", "a", 10, fixed=True), task("U", "a", 4, after=("T",), max_team=1)]
    startup = small(people, tasks)
    plan = planned(startup, solve_here(startup))
    assert plan.end == 14 and plan.teams == [[[0]], [[0]]]


def test_money_bounds_the_plan():
    """Of 2,100 a month, 100 a day: ten days of P cost 1,000; with X the same is done in six, for 1,200."""
    people = [person("P", {"a": 3}), person("X", {"a": 3}, contract="contractor")]
    tasks = [task("T", "a", 10)]
    assert solve_here(small(people, tasks, cash=1300))["end"] == 6
    assert solve_here(small(people, tasks, cash=1100))["end"] == 10
    with pytest.raises(TalentError, match=r"100 EUR are missing"):
        planning.solve(small(people[:1], tasks, cash=900), seconds=2)


@pytest.mark.parametrize(
    ("people", "tasks", "values", "says"),
    [
        ([person("P", {"a": 3})], [task("T", "b", 3)], {}, "needs 1 × b at level 1; 0 of the people"),
        ([person("P", {"a": 3, "b": 3})], [task("T", "ab", 3)], {}, "2 people at once"),
        ([person("P", {"a": 3})], [task("T", "a", 60), task("U", "a", 60, after=("T",))], {}, "takes 120 days"),
        ([person("P", {"a": 3})], [task(f"T{n}", "a", 60) for n in range(2)], {}, "The work on a is 120 days"),
        ([person("P", {"a": 3}, start="2027-01-05")], [task("T", "a", 3)], {}, "in time"),
        ([], [task("T", "a", 3)], {}, "nobody to do it"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_explained(people, tasks, values, says):
    with pytest.raises(TalentError, match=says):
        planning.check(small(people, tasks, **values))


def test_the_days_missing_in_the_horizon_are_told():
    people = [person("P", {"a": 3}), person("Q", {"a": 3})]
    tasks = [task(f"T{n}", "a", 40, max_team=1) for n in range(5)]  # three one after the other; 200 days are there
    with pytest.raises(TalentError, match=r"a plan was found 20 days later, and none can be earlier than 20 days"):
        planning.solve(small(people, tasks), seconds=2)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6), st.integers(0, 2), st.integers(0, 3))
def test_more_people_levels_or_money_never_make_the_proved_optimum_later(seed, who, what):
    startup = changed(tiny_startup(seed), cash=9000.0)
    before = solve_here(startup)
    people = list(startup.people)
    if what == 0:
        people.append(person("new", {"a": 1 + who, "b": who}))
        people[-1] = people[-1].model_copy(update={"cost_per_month": 0.0})
    elif what == 1:
        people[who] = people[who].model_copy(update={"skills": {"a": 4, "b": 4}})
    elif what == 2:
        people[who] = people[who].model_copy(update={"leave": ()})
    better = changed(startup.with_people(people), cash=9000.0 + 3000 * (what == 3))
    after = solve_here(better)
    assert before["status"] == "INFEASIBLE" or after["end"] <= before["end"]


@pytest.mark.parametrize("seed", range(3))
def test_plans_of_drawn_startups_pass_the_checker(seed):
    startup = draw_startup(12, 5, seed=seed)
    by_hand, plan = planning.plan_by_hand(startup), planning.solve(startup, seconds=1)
    assert not violations(by_hand) and not violations(plan) and plan.end <= by_hand.end


def test_the_checker_sees_each_kind_of_fault(startup):
    plan = planning.plan_by_hand(startup)

    def broken(**done):
        return violations(dataclasses.replace(plan, done=plan.done._replace(**done)))

    early = plan.done.starts.copy()
    early[0, 1] = 0
    assert any("before D1 is done" in fault for fault in broken(starts=early))
    assert any("days of work in the plan" in fault for fault in broken(ends=plan.done.ends + 1))
    for team, says in (([[5], [0]], "too little product"), ([[6, 6, 6], [0]], "3 people for product, 1 to 2 wanted")):
        wrong = dataclasses.replace(plan, teams=[team, *plan.teams[1:]])
        assert any(says in fault for fault in violations(wrong))
    stacked = dataclasses.replace(plan, done=plan.done._replace(starts=np.zeros_like(early)))
    assert any("is in two tasks" in fault for fault in violations(stacked))
    poor = dataclasses.replace(plan, startup=changed(startup, cash=1.0))
    assert any("are spent until delivery" in fault for fault in violations(poor))
    late = dataclasses.replace(plan, startup=changed(startup, horizon_days=20))
    assert any("after the horizon" in fault for fault in violations(late))


STUB = """
import json, os, signal, sys
problem = json.load(sys.stdin)
with open({log!r}, "a") as file:
    file.write(f"{{bool(problem['hint'])}} {{problem['workers']}}\\n")
if {dies}:
    os.kill(os.getpid(), signal.SIGABRT)
sys.path.insert(0, {folder!r})
import solver
json.dump(solver.solve(problem), sys.stdout)
"""


@pytest.mark.parametrize(
    ("dies", "attempts", "said"),
    [
        ("False", 1, "as asked"),
        ("problem['hint']", 2, "without a hint"),
        ("problem['workers'] > 1", 3, "without a hint, with one worker"),
    ],
)
def test_an_aborted_solver_is_asked_again_without_hint_then_with_one_worker(
    tmp_path, monkeypatch, dies, attempts, said
):
    log, folder = tmp_path / "log", str(planning._SOLVER.parent)
    (tmp_path / "stub.py").write_text(STUB.format(log=str(log), dies=dies, folder=folder))
    monkeypatch.setattr(planning, "_SOLVER", tmp_path / "stub.py")
    startup = small([person("P", {"a": 3}), person("Q", {"a": 2})], [task("T", "a", 7), task("U", "a", 3)])
    plan = planning.solve(startup, seconds=2)
    assert plan.attempt == said and plan.status == "optimal"
    assert log.read_text().splitlines() == ["True 2", "False 2", "False 1"][:attempts]


def test_a_solver_that_always_dies_or_is_missing_is_told(tmp_path, monkeypatch):
    startup = small([person("P", {"a": 3})], [task("T", "a", 7)])
    for script, says in (
        ("raise SystemExit(134)", "3 times with status 134"),
        ("import no_such_package", "not installed"),
    ):
        (tmp_path / "stub.py").write_text(script)
        monkeypatch.setattr(planning, "_SOLVER", tmp_path / "stub.py")
        with pytest.raises(TalentError, match=says):
            planning.solve(startup, seconds=2)


def test_a_plan_without_time_is_that_of_the_rule_with_its_bound(startup):
    plan = planning.solve(startup, seconds=0.0001)
    assert plan.status in ("greedy", "feasible") and plan.bound < plan.end and not violations(plan)


def test_days_and_dates_leave_weekends_and_holidays_out():
    given = Settings(start="2026-01-05", holidays="2026-01-06")
    assert problems.day_of(given, datetime.date(2026, 1, 5)) == 0
    assert problems.day_of(given, datetime.date(2026, 1, 7)) == 1
    assert problems.day_of(given, datetime.date(2026, 1, 9), after=True) == 4
    assert [str(problems.date_of(given, day)) for day in (0, 1, 4)] == ["2026-01-05", "2026-01-07", "2026-01-12"]


def test_a_walk_waits_for_who_is_away_and_goes_on_afterwards():
    startup = small([person("P", {"a": 3}, leave=(("2026-01-07", "2026-01-08"),))], [task("T", "a", 7)])
    built = build(startup)
    days = work_days(built, [[[0]]], np.ones((3, 1)))
    away = np.array([[1], [5], [90]]), np.array([[8], [6], [99]])
    done = walk(built, [[[0]]], [0], days, away)
    # day by day: 0 | 8 to 13; 0 1 | 4 | 6 to 9; as the calendar has it
    assert done.starts[:, 0].tolist() == [0, 0, 0] and done.ends[:, 0].tolist() == [14, 10, 9]
    assert end_of(built, done) == 14


def test_the_solver_needs_nothing_of_the_package():
    assert "talentlab" not in planning._SOLVER.read_text(encoding="utf-8")
