"""The CP-SAT model of a plan, as a script of its own: a problem in JSON on standard input, its answer on the output.

CP-SAT has been seen to abort the whole process, so `plan` runs this file in a child, by its path: it imports nothing of
the package. The problem is that of `problem.build`: days and money are whole numbers, speeds are hundredths.
"""

import itertools
import json
import sys
from types import ModuleType
from typing import Any

if __name__ == "__main__":  # OR-tools imports pandas for what is not called here; that takes longer than a small plan
    sys.modules["pandas"] = unused = ModuleType("pandas")
    vars(unused).update(Series=ModuleType, Index=ModuleType)
from ortools.sat.python import cp_model

Problem = dict[str, Any]
Solver = Any  # cp_model.CpSolver, which comes without types
MANY_SEATS = 1000  # people times tasks that they could do: from 100 tasks of 25 people on


def solve(problem: Problem) -> dict[str, Any]:
    """Smallest end, then smallest cost; `problem["objective"]` "shortfall" asks for the least missing money instead.

    Returns:
        `status`, `end` and `bound` [day], `seconds`, `history` of (seconds, end) and, if there is a plan, of each task
        its `teams` (people's numbers by seat), `starts` and `ends`, and the people that are `hired`.
    """
    model = cp_model.CpModel()
    parts = _build(model, problem)
    if problem.get("hint"):
        _hint(model, _completed(model, parts, problem["hint"], problem["seconds"]))
    wants_money = problem.get("objective") == "shortfall"
    model.minimize(parts["shortfall"] if wants_money else parts["end"])
    answer, values = _run(model, parts, problem, problem["seconds"])
    if values is None or wants_money:
        return answer | ({"objective": round(values.objective_value)} if values else {})
    model.add(parts["end"] <= answer["end"])
    _hint(model, values)
    # fewest people and contractors' days for the same date; one unit of money per assignment breaks ties
    model.minimize(parts["cost"] + sum(parts["assigned"].values()))
    cheaper, better = _run(model, parts, problem, 0.25 * problem["seconds"])
    answer["seconds"] += cheaper["seconds"]
    return answer | _read(better or values, parts, problem)


def _completed(model: cp_model.CpModel, parts: dict[str, Any], hint: Problem, seconds: float) -> Solver | None:
    """A known plan with every variable of the model: a hint of a part only may never be completed in a large one."""
    fixed = model.clone()
    inside = {tuple(key) for key, _ in hint["assigned"]}
    for key, literal in parts["assigned"].items():
        fixed.add(literal == (key in inside))
    for key, day in hint["start"]:
        fixed.add(parts["start"][tuple(key)] == day)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    return solver if solver.solve(fixed) in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None


def _hint(model: cp_model.CpModel, solver: Solver | None) -> None:
    """Every variable's value in a plan that was found."""
    model.clear_hints()
    for index, value in enumerate(solver.response_proto.solution if solver else ()):
        model.add_hint(model.get_int_var_from_proto_index(index), value)


def _run(model: cp_model.CpModel, parts: Problem, problem: Problem, seconds: float) -> tuple[Problem, Solver | None]:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = problem["workers"]
    solver.parameters.random_seed = problem["seed"]
    if len(parts["assigned"]) > MANY_SEATS:  # looking for what follows from what would take longer than the search
        solver.parameters.cp_model_probing_level = solver.parameters.symmetry_level = 0
    history = _History()
    status = solver.solve(model, history)
    answer: dict[str, Any] = {"status": solver.status_name(status), "seconds": solver.wall_time}
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return answer | {"bound": None, "history": []}, None
    bound = round(solver.best_objective_bound + 0.499)
    return answer | {"bound": bound, "history": history.found} | _read(solver, parts, problem), solver


class _History(cp_model.CpSolverSolutionCallback):
    """When each better plan was found."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[float, int]] = []

    def on_solution_callback(self) -> None:
        self.found.append((round(self.wall_time, 3), round(self.objective_value)))


def _read(solver: Solver, parts: dict[str, Any], problem: Problem) -> dict[str, Any]:
    chosen: dict[tuple[int, int], list[int]] = {}
    for (t, s, p), literal in parts["assigned"].items():
        if solver.value(literal):
            chosen.setdefault((t, s), []).append(p)
    teams = [[chosen.get((t, s), []) for s in range(len(task["seats"]))] for t, task in enumerate(problem["tasks"])]
    read = {name: [solver.value(parts[name][t,]) for t in range(len(teams))] for name in ("start", "finish")}
    _share_out(problem, parts, teams, read["start"], read["finish"])
    hired = [p for p in parts["hired"] if solver.value(parts["hired"][p])]
    return {"end": solver.value(parts["end"]), "teams": teams, "hired": hired, "starts": read["start"],
            "ends": read["finish"]}  # fmt: skip


def _build(model: cp_model.CpModel, problem: Problem) -> dict[str, Any]:
    people, tasks, horizon = problem["people"], problem["tasks"], problem["horizon"]
    kinds = ("start", "finish", "days", "assigned", "present", "spent", "interval", "length")
    parts: dict[str, Any] = {kind: {} for kind in kinds}
    parts["hired"] = {p: model.new_bool_var(f"hired {p}") for p, person in enumerate(people) if person["hire"]}
    parts["end"] = end = model.new_int_var(problem.get("lower", 0), problem.get("upper", horizon), "end")
    parts["crews"] = _crews(problem)
    busy: dict[int, list[Any]] = {p: [] for p in range(len(people))}
    for t, task in enumerate(tasks):
        parts["start"][t,] = model.new_int_var(task["release"], horizon, f"start {t}")
        parts["finish"][t,] = model.new_int_var(0, horizon, f"finish {t}")
    for t, task in enumerate(tasks):
        parts["present"][t] = True if task["hire"] is None else parts["hired"][task["hire"]]
        members = _add_task(model, parts, problem, t)
        start, finish, present = parts["start"][t,], parts["finish"][t,], parts["present"][t]
        size = parts["length"][t,]
        size = size if isinstance(size, int) else model.new_int_var(0, horizon, "")
        for p, literal in members.items():
            busy[p].append(model.new_optional_interval_var(start, size, finish, literal, ""))
        if present is True:
            parts["interval"][t] = model.new_interval_var(start, size, finish, "")
        if task["hire"] is None:
            model.add(end >= finish + task["lag"])
        for before in task["after"]:
            other = tasks[before]
            model.add(start >= parts["finish"][before,] + other["lag"]).only_enforce_if(present)
    _add_workload(model, parts, problem)
    for crew in parts["crews"]:
        needed = {t: sum(seat["min"] for seat in task["seats"] if frozenset(seat["people"]) == crew)
                  for t, task in enumerate(tasks)}  # fmt: skip
        model.add(len(crew) * parts["end"] >= sum(n * parts["length"][t,] for t, n in needed.items()))
        model.add_cumulative([parts["interval"][t] for t, n in needed.items() if n], [n for n in needed.values() if n],
                             len(crew))  # fmt: skip
    for p, person in enumerate(people):
        if not problem["pausing"]:
            busy[p] += [model.new_fixed_size_interval_var(a, b - a, "") for a, b in person["leave"]]
        model.add_no_overlap(busy[p])
    _add_money(model, parts, problem)
    return parts


def _add_task(model: cp_model.CpModel, parts: dict[str, Any], problem: Problem, t: int) -> dict[int, Any]:
    """Start, days of work and finish of a task, and the literals of its people."""
    task, people = problem["tasks"][t], problem["people"]
    start, finish, present = parts["start"][t,], parts["finish"][t,], parts["present"][t]
    literals: dict[int, list[Any]] = {}
    for s, seat in enumerate(task["seats"]):
        if frozenset(seat["people"]) in parts["crews"]:
            continue
        for p in map(int, seat["people"]):
            parts["assigned"][t, s, p] = literal = model.new_bool_var(f"{p} in {t}")
            literals.setdefault(p, []).append(literal)
        row = [parts["assigned"][t, s, int(p)] for p in seat["people"]]
        model.add(sum(row) >= seat["min"] * present)
        model.add(sum(row) <= seat["max"] * present)
    members = {p: row[0] if len(row) == 1 else model.new_bool_var("") for p, row in literals.items()}
    for p, row in literals.items():
        model.add(sum(row) == members[p])  # of several seats a person takes one
    days = parts["days"][t,] = _add_days(model, parts, problem, t)
    length = parts["length"][t,] = days + _add_pauses(model, parts, problem, t, members)
    model.add(finish == start + length)
    for p, literal in members.items():
        model.add(start >= people[p]["ready"]).only_enforce_if(literal)
        if people[p]["hire"] and task["hire"] != p:
            model.add_implication(literal, parts["hired"][p])
            if (onboarding := people[p]["onboarding"]) is not None:
                model.add(start >= parts["finish"][onboarding,]).only_enforce_if(literal)
    return members


def _crews(problem: Problem) -> set[frozenset[str]]:
    """Sets of people who are all the same, in fixed tasks only: how many are busy is the question, not who."""
    seats = [(frozenset(seat["people"]), task["fixed"] and task["hire"] is None and seat["min"] == seat["max"])
             for task in problem["tasks"] for seat in task["seats"]]  # fmt: skip
    same = {people for people, is_plain in seats if is_plain and len(people) > 1}
    mixed = {p for people, is_plain in seats if not is_plain or people not in same for p in people}
    mixed |= {p for a in same for b in same if a != b for p in a & b}
    mixed |= {str(p) for p, person in enumerate(problem["people"])
              if person["ready"] or person["leave"] or person["rate"] or person["hire"]}  # fmt: skip
    return {people for people in same if not people & mixed}


def _share_out(problem: Problem, parts: dict[str, Any], teams: list[Any], starts: list[int], ends: list[int]) -> None:
    """Fill the seats of crews: whoever is free, in the order of the starts."""
    free: dict[int, int] = {}
    for t in sorted(range(len(teams)), key=lambda t: starts[t]):
        for s, seat in enumerate(problem["tasks"][t]["seats"]):
            if frozenset(seat["people"]) in parts["crews"]:
                here = [p for p in map(int, seat["people"]) if free.get(p, 0) <= starts[t]]
                teams[t][s] = here[: seat["min"]]
                free |= dict.fromkeys(teams[t][s], ends[t])


def _add_days(model: cp_model.CpModel, parts: dict[str, Any], problem: Problem, t: int) -> Any:
    """Working days: fixed, or the work divided by the team's speed, looked up."""
    task = problem["tasks"][t]
    if task["fixed"] or not task["seats"]:
        return -(-task["work"] // 100)
    speeds = {int(p): speed for p, speed in task["seats"][0]["people"].items()}
    row = [parts["assigned"][t, 0, p] for p in speeds]
    overhead, most = problem["overhead"], task["seats"][0]["max"]
    top = sum(sorted(speeds.values())[-most:])
    speed = sum(s * literal for s, literal in zip(speeds.values(), row, strict=True)) - overhead * (sum(row) - 1)
    table = [-(-task["work"] // max(s, 1)) for s in range(top + 1)]
    days = model.new_int_var(table[-1], min(max(table), problem["horizon"]), f"days {t}")
    total = model.new_int_var(1, top, "")
    model.add(total == speed)
    model.add_element(total, table, days)
    return days


def _add_pauses(
    model: cp_model.CpModel, parts: dict[str, Any], problem: Problem, t: int, members: dict[int, Any]
) -> Any:
    """Days within the task on which one of its people is on leave; nobody's leave is cut into at an end of the task."""
    leaves = [(a, b, p) for p in members for a, b in problem["people"][p]["leave"] if a < problem["horizon"]]
    if not problem["pausing"] or not leaves:
        return 0
    start, finish = parts["start"][t,], parts["finish"][t,]
    ends = sorted({day for a, b, _ in leaves for day in (a, b)})
    covered: dict[tuple[int, int], list[Any]] = {}
    for a, b, p in leaves:
        before, after, across = (model.new_bool_var("") for _ in range(3))
        model.add(finish <= a).only_enforce_if(before)
        model.add(start >= b).only_enforce_if(after)
        model.add(start < a).only_enforce_if(across)
        model.add(finish > b).only_enforce_if(across)
        model.add(before + after + across == 1).only_enforce_if(members[p])
        model.add_implication(across, members[p])
        for piece in itertools.pairwise(ends):
            if a <= piece[0] < b:
                covered.setdefault(piece, []).append(across)
    total = 0
    for (a, b), literals in covered.items():
        paused = model.new_bool_var("")
        model.add_max_equality(paused, literals)
        total += (b - a) * paused
    return total


def _add_workload(model: cp_model.CpModel, parts: dict[str, Any], problem: Problem) -> None:
    """Days that each person spends on each task. Their sums follow from the rest of the model, and prove its bounds."""
    end, horizon, lower = parts["end"], problem["horizon"], problem.get("lower", 0)
    spent = parts["spent"]
    for (t, s, p), literal in parts["assigned"].items():
        if isinstance(parts["days"][t,], int):
            spent[t, s, p] = parts["days"][t,] * literal
            continue
        spent[t, s, p] = days = model.new_int_var(0, horizon, "")
        model.add(days == parts["days"][t,]).only_enforce_if(literal)
        model.add(days == 0).only_enforce_if(~literal)
    for t, task in enumerate(problem["tasks"]):
        if not task["fixed"] and task["seats"]:
            speeds = {int(p): speed for p, speed in task["seats"][0]["people"].items()}
            overhead = problem["overhead"]
            done = sum((speed - overhead) * spent[t, 0, p] for p, speed in speeds.items())
            model.add(done + overhead * parts["days"][t,] >= task["work"])
    for p, person in enumerate(problem["people"]):
        away = person["ready"]
        for a, b in person["leave"]:
            if a >= person["ready"] and b < horizon:
                past = model.new_bool_var("")
                model.add(end >= b).only_enforce_if(past)
                model.add(end < b).only_enforce_if(~past)
                away += (b - a) * past
        mine = [days for (t, _, q), days in spent.items() if q == p and problem["tasks"][t]["hire"] is None]
        if mine and person["ready"] < lower:
            model.add(sum(mine) + away <= end)


def _add_money(model: cp_model.CpModel, parts: dict[str, Any], problem: Problem) -> None:
    """What is spent until delivery, beside payroll known from the date: contractors' days, hires, later starters."""
    end, horizon, cost = parts["end"], problem["horizon"], problem["machine_cost"]
    for p, person in enumerate(problem["people"]):
        hired = parts["hired"].get(p, True)
        if person["hire"]:
            cost += person["hire"] * hired
        if person["pay"] and person["paid_from"] < horizon:
            paid = model.new_int_var(0, horizon, "")
            model.add(paid >= end - person["paid_from"]).only_enforce_if(hired)
            cost += person["pay"] * paid
    cost += sum(problem["people"][p]["rate"] * days for (_, _, p), days in parts["spent"].items())
    parts["cost"] = cost
    parts["shortfall"] = model.new_int_var(0, 10**12, "shortfall")
    if problem.get("objective") != "shortfall":
        model.add(parts["shortfall"] == 0)
    if problem["cash"] is not None:
        model.add(cost <= problem["cash"] + problem["income"] * end + parts["shortfall"])


if __name__ == "__main__":
    json.dump(solve(json.load(sys.stdin)), sys.stdout)
