"""How good plans are, how fast, and against what: everything that chapter 9 says of its solver.

    python tests/bench/planning.py gain  [--instances 100]   by hand against the solver, 24 × 8 (10 to 20 minutes);
                                                             --keep writes course/data/plan_gains.csv and the record
    python tests/bench/planning.py scale                     10 to 200 tasks: first plan, gap, the rule's (4 minutes)
    python tests/bench/planning.py milp  [--instances 10]    CP-SAT beside HiGHS on the same pausable problem
    python tests/bench/planning.py risk                      simulated delivery: seconds, and what 1,000 runs leave open
    python tests/bench/planning.py start                     the worked start-up: with and without each thing

Two threads; every plan is checked by `verify`. The lines are what chapters and `course/results.md` quote.
"""

import argparse
import dataclasses
import json
import time

import numpy as np
import pandas as pd
import record  # beside this file
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_array

from talentlab.course.claims import MEASURED
from talentlab.evaluation import mean_interval, proportion_interval, verdict
from talentlab.runtime import repository_root
from talentlab.talent import risk, value
from talentlab.talent.draw import draw_startup
from talentlab.talent.plan import Plan, plan_by_hand, solve
from talentlab.talent.problem import build
from talentlab.talent.tables import Startup, load_startup
from talentlab.talent.verify import violations


def workload(startup: Startup) -> float:
    """Person-days of level 3 per person: what hangs on the people, whatever the order."""
    return sum(task.effort_days for task in startup.tasks) / len(startup.people)


def checked(plan: Plan) -> Plan:
    assert not violations(plan), violations(plan)
    return plan


def gain(instances: int, seconds: float, keep: bool = False) -> None:
    """Days that the solver saves against the rule, and the share that it proves."""
    saved, shares, proved, times, rows = [], [], 0, [], []
    for seed in range(instances):
        startup = draw_startup(24, 8, seed=seed)
        by_hand, plan = checked(plan_by_hand(startup)), checked(solve(startup, seconds=seconds))
        saved.append(by_hand.end - plan.end)
        shares.append(saved[-1] / by_hand.end)
        proved += plan.status == "optimal"
        times.append(plan.history[-1][0] if plan.history else np.nan)
        row = {"seed": seed, "hand": by_hand.end, "plan": plan.end, "bound": plan.bound, "status": plan.status,
               "seconds": round(plan.seconds, 1), "workload": round(workload(startup), 1)}  # fmt: skip
        rows.append(row)
        print(json.dumps(row), flush=True)
    if keep:
        keep_gains(rows, seconds)
    print(f"days saved {mean_interval(saved):.1f}, share {mean_interval(shares):.3f}, n = {instances}; "
          f"proved in {seconds:g} s: {proportion_interval(proved, instances):.2f}; "
          f"last better plan after {np.nanmedian(times):.1f} s (median)")  # fmt: skip


def keep_gains(rows: list[dict[str, object]], seconds: float) -> None:
    """The table of chapter 9.1, and its line in the record."""
    table = pd.DataFrame(rows)
    table.to_csv(repository_root() / "course" / "data" / "plan_gains.csv", index=False, lineterminator="\n")
    saved = table["hand"] - table["plan"]
    days, share = mean_interval(saved), mean_interval(100 * saved / table["hand"])
    measured = f"a solver's plan delivers {days:.1f} working days earlier than the rule's, {share:.1f} % of its days"
    found = {"9.1-planning": {"measured": measured, "verdict": MEASURED[verdict(days, 0, seeds=len(rows))]}}
    command = f"python tests/bench/planning.py gain --instances {len(rows)} --seconds {seconds:g} --keep"
    record.keep("09_1_roles", found, {
        "data": f"{len(rows)} drawn start-ups of 24 tasks and 8 people, {seconds:g} s each", "command": command,
    })  # fmt: skip


def scale() -> None:
    """From 10 to 200 tasks."""
    print("tasks people  hand  plan bound    gap  first plan [s]  seconds  status  workload/person")
    for tasks, people, seconds in ((10, 4, 8), (24, 8, 8), (40, 10, 20), (60, 15, 30), (100, 25, 60), (200, 40, 60)):
        startup = draw_startup(tasks, people, seed=0)
        started = time.perf_counter()
        by_hand = checked(plan_by_hand(startup))
        rule_s = time.perf_counter() - started
        plan = checked(solve(startup, seconds=seconds))
        first = plan.history[0][0] if plan.history else float("nan")
        plans = f"{tasks:5} {people:6} {by_hand.end:5} {plan.end:5} {plan.bound:5} {plan.gap:6.1%}"
        print(
            f"{plans} {first:15.1f} {plan.seconds:8.1f}  {plan.status}  {workload(startup):.0f}  (rule: {rule_s:.1f} s)"
        )


def weekly_milp(startup: Startup, seconds: float) -> tuple[float, str]:
    """The same tables as another model, which may pause and split every task: weeks of each person on each task.

    x[t, p, w]: share of week w. A task's work must be done before its successors begin, so z[t, w] says whether t is
    done before week w. Returns the end in working days, and HiGHS' status.
    """
    problem, week = build(startup), 5
    tasks, people = problem["tasks"], problem["people"]
    weeks = -(-plan_by_hand(startup).end // week) + 1
    xs = [(t, int(p), w) for t, task in enumerate(tasks) for p in task["seats"][0]["people"] for w in range(weeks)]
    column = {key: n for n, key in enumerate(xs)}
    z = {(t, w): len(xs) + t * (weeks + 1) + w for t in range(len(tasks)) for w in range(weeks + 1)}
    end, count = len(xs) + len(z), len(xs) + len(z) + 1
    rows: list[tuple[dict[int, float], float, float]] = []
    for t, task in enumerate(tasks):
        speed = {int(p): s for p, s in task["seats"][0]["people"].items()}
        for w in range(1, weeks + 1):  # z[t, w] ≤ work done before week w / work
            done = {column[t, p, v]: speed[p] * week / task["work"] for p in speed for v in range(w)}
            rows.append(({**{k: -s for k, s in done.items()}, z[t, w]: 1.0}, -np.inf, 0.0))
            rows.append(({z[t, w - 1]: 1.0, z[t, w]: -1.0}, -np.inf, 0.0))
            rows.append(({end: 1.0, z[t, w]: float(w)}, float(w), np.inf))  # end ≥ w where t is not done before w
        rows.append(({z[t, weeks]: 1.0}, 1.0, 1.0))
        rows.append(({z[t, 0]: 1.0}, 0.0, 0.0))
        for w in range(weeks):
            rows.append(({column[t, p, w]: 1.0 for p in speed}, -np.inf, float(task["seats"][0]["max"])))
            for before in task["after"]:
                rows += [({column[t, p, w]: 1.0, z[before, w]: -1.0}, -np.inf, 0.0) for p in speed]
    for p, person in enumerate(people):
        for w in range(weeks):
            off = sum(max(0, min(b, (w + 1) * week) - max(a, w * week)) for a, b in person["leave"])
            mine = {column[t, p, w]: 1.0 for t in range(len(tasks)) if (t, p, w) in column}
            rows.append((mine, -np.inf, 1 - off / week))
    matrix = lil_array((len(rows), count))
    for r, (entries, _, _) in enumerate(rows):
        for k, v in entries.items():
            matrix[r, k] = v
    cost = np.zeros(count)
    cost[end] = 1
    integral = np.r_[np.zeros(len(xs)), np.ones(len(z)), 0]
    bounds = Bounds(np.zeros(count), np.r_[np.ones(len(xs) + len(z)), weeks])
    found = milp(cost, integrality=integral, bounds=bounds, options={"time_limit": seconds},
                 constraints=LinearConstraint(matrix.tocsr(), [r[1] for r in rows], [r[2] for r in rows]))  # fmt: skip
    return (found.x[end] * week if found.x is not None else float("nan")), found.message


def compare_models(instances: int, seconds: float) -> None:
    """CP-SAT (days, nothing split) and HiGHS (weeks, everything may pause and split), the same tables and seconds."""
    for tasks, people, count in ((30, 10, instances), (200, 40, 1)):
        for seed in range(count):
            startup = draw_startup(tasks, people, seed=seed)
            plan = checked(solve(startup, seconds=seconds))
            started = time.perf_counter()
            days, message = weekly_milp(startup, seconds)
            cp_sat = f"CP-SAT {plan.end} [{plan.bound}] {plan.status} {plan.seconds:.1f} s"
            highs = f"HiGHS {days:.0f} {time.perf_counter() - started:.1f} s: {message[:60]}"
            print(f"{tasks} × {people}, seed {seed}: {cp_sat}; {highs}", flush=True)


def risks() -> None:
    """Seconds of a simulation, its P50 and P90, the chance of the planned day; what 1,000 runs leave open."""
    for tasks, people in ((24, 8), (200, 40)):
        plan = plan_by_hand(draw_startup(tasks, people, seed=0))
        for runs in (1000, 10_000):
            started = time.perf_counter()
            forecast = risk.simulate(plan, runs=runs)
            took = 1000 * (time.perf_counter() - started)
            ends = f"P50 {forecast.quantile(0.5):.0f}, P90 {forecast.quantile(0.9):.0f}, kept {forecast.chance():.3f}"
            print(f"{tasks} × {people}, {runs:,} runs: {took:.0f} ms; planned {plan.end}, {ends}")


def worked_start_up() -> None:
    """The plan of course/data/startup: by hand, solved, with candidates, with tasks that may not span a leave."""
    startup = load_startup(repository_root() / "course" / "data" / "startup")
    alone = value.with_candidates(startup, [])
    stiff = dataclasses.replace(alone, settings=alone.settings.model_copy(update={"pausing": False}))
    print("workload per person", round(workload(startup), 1), "by hand", checked(plan_by_hand(alone)).end)
    for name, variant in (("alone", alone), ("with candidates", startup), ("no task spans a leave", stiff)):
        plan = checked(solve(variant, seconds=20))
        print(
            f"{name}: {plan.end} [{plan.bound}] {plan.status} {plan.seconds:.1f} s {plan.hired} {plan.delivery}",
            flush=True,
        )
        if name == "alone":
            base = plan
            print(risk.simulate(plan).summary())
            for rate in (0.0, 0.06, 0.12, 0.25):
                print(f"  resignations {rate:.0%}: P90 {risk.simulate(plan, resignations=rate).quantile(0.9):.0f}")
    print(value.hires(startup, base, seconds=8).to_string())
    print(value.sensitivity(base, {"with candidates": solve(startup, seconds=20)}).to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["gain", "scale", "milp", "risk", "start"])
    parser.add_argument("--instances", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--keep", action="store_true", help="gain: write the table and the record")
    given = parser.parse_args()
    if given.part == "gain":
        gain(given.instances or 100, given.seconds or 8, given.keep)
    elif given.part == "milp":
        compare_models(given.instances or 10, given.seconds or 20)
    else:
        {"scale": scale, "risk": risks, "start": worked_start_up}[given.part]()


if __name__ == "__main__":
    main()
