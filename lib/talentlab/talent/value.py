"""What a hire, a role or a training is worth: the plan solved with it and without, as days and money with bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from talentlab.errors import TalentError
from talentlab.evaluation.metrics import Interval
from talentlab.language import tr
from talentlab.talent.plan import Plan, solve
from talentlab.talent.risk import draw_factors, simulate, train
from talentlab.talent.tables import Startup
from talentlab.talent.views import money


def with_candidates(startup: Startup, names: Sequence[str]) -> Startup:
    """The same with only these candidates to choose from.

    Raises:
        TalentError: If a name is none of the candidates'.
    """
    unknown = [name for name in names if name not in {c.person for c in startup.candidates}]
    if unknown:
        raise TalentError(f"{unknown[0]!r} is no candidate.", remedy="correct the name.",
                          expected=f"one of {', '.join(c.person for c in startup.candidates) or 'none'}")  # fmt: skip
    return replace(startup, candidates=tuple(c for c in startup.candidates if c.person in names))


def days_saved(without: Plan, other: Plan, *, optional: bool = True) -> Interval:
    """How much earlier the `other` plan delivers: the difference of the two plans, and what their bounds leave open.

    Args:
        without: The plan that is compared with.
        other: The plan with the hire, the training or the budget.
        optional: Where what was added need not be used, nothing can get later: the interval ends at 0.
    """
    low, high = without.bound - other.end, without.end - other.bound
    if optional:
        low, high = max(0, low), max(0, high)
    value = without.end - other.end
    return Interval(float(np.clip(value, low, high)), float(low), float(high))


def compare(
    base: Plan, variants: Mapping[str, Startup], *, optional: bool = True, seconds: float = 5.0, workers: int = 2
) -> pd.DataFrame:
    """Solve each variant and hold it against the plan without.

    Args:
        base: The plan without any of them.
        variants: Name → start-up, such as of `with_candidates` or `risk.train`.
        optional: As in `days_saved`; what is found is then no later than `base`.
        seconds: For each.
        workers: Of the solver.

    Returns:
        Indexed by name, best first: `days, low, high` (saved), `money` (saved until delivery; negative: it costs more),
        `end, gap, hired, place`. Places differ only where the intervals are apart.
    """
    known = base if optional else None
    plans = {name: solve(s, seconds=seconds, workers=workers, known=known) for name, s in variants.items()}
    return compare_plans(base, plans, optional=optional)


def compare_plans(base: Plan, plans: Mapping[str, Plan], *, optional: bool = True) -> pd.DataFrame:
    """`compare` for plans that are solved already."""
    rows = {}
    before = money(base)["total"]
    for name, plan in plans.items():
        saved = days_saved(base, plan, optional=optional)
        rows[name] = (*saved, before - money(plan)["total"], plan.end, plan.gap, ", ".join(plan.hired))
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["days", "low", "high", "money", "end", "gap", "hired"]
    )
    table = table.sort_values(["days", "money"], ascending=False, kind="stable")
    return table.assign(place=[1 + sum(table["low"] > high) for high in table["high"]])


def hires(startup: Startup, base: Plan, *, seconds: float = 5.0, workers: int = 2) -> pd.DataFrame:
    """`compare` for each candidate alone, with `hiring_cost`: what the next hire is worth."""
    table = compare(base, {c.person: with_candidates(startup, [c.person]) for c in startup.candidates},
                    seconds=seconds, workers=workers)  # fmt: skip
    return table.assign(hiring_cost=pd.Series({c.person: c.hiring_cost for c in startup.candidates}))


def roles(base: Plan, *, seconds: float = 5.0, workers: int = 2) -> pd.DataFrame:
    """What each role is worth: the plan without any of its people, against the plan with them.

    Args:
        base: The plan with everybody.
        seconds: For each plan.
        workers: Of the solver.

    Returns:
        Indexed by role, the dearest loss first: `days, low, high` (that having it saves; NaN where nothing can be
        planned without), `money` (saved until delivery; negative: its people cost more than the later date), and
        `without`: the day of delivery, or what is missing.
    """
    team, rows = base.startup.people, {}
    for role in dict.fromkeys(person.role for person in team):
        try:
            found = solve(base.startup.with_people(p for p in team if p.role != role), seconds=seconds, workers=workers)
        except TalentError as error:
            rows[role] = (np.nan, np.nan, np.nan, np.nan, error.received)
            continue
        row = compare_plans(base, {role: found}, optional=False).loc[role]
        rows[role] = (-row["days"], -row["high"], -row["low"], -row["money"], tr("day {day}", day=found.end))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["days", "low", "high", "money", "without"])
    return table.rename_axis("role").sort_values("days", ascending=False, na_position="first", kind="stable")


def trainings(
    base: Plan, lessons: Sequence[tuple[str, str, int]], *, seconds: float = 5.0, workers: int = 2
) -> dict[str, Plan]:
    """The plan after each training alone, its first days spent on learning: for `compare_plans`, not optional.

    Args:
        base: The plan without any.
        lessons: Person, skill, and the level afterwards; `risk.cross_training` has some.
        seconds: For each.
        workers: Of the solver.
    """
    changed = {f"{who}: {skill} {level}": train(base.startup, who, skill, level) for who, skill, level in lessons}
    return {name: solve(startup, seconds=seconds, workers=workers) for name, startup in changed.items()}


def under_budget(base: Plan, plans: Mapping[str, Plan], budget: float) -> pd.DataFrame:
    """What to buy: `compare_plans`, of those that spend no more than a budget until delivery.

    Args:
        base: The plan without any of them.
        plans: Name → plan, of single hires, sets of hires, trainings.
        budget: Of all money until delivery [currency].

    Returns:
        Indexed by name, the earliest first: `days, low, high, money, spent, hired, place`; empty if all are too dear.
    """
    spent = {name: money(plan)["total"] for name, plan in plans.items()}
    table = compare_plans(base, {n: plan for n, plan in plans.items() if spent[n] <= budget}, optional=False)
    table = table.assign(spent=[spent[name] for name in table.index])
    return table[["days", "low", "high", "money", "spent", "hired", "place"]]


def hiring_sets(startup: Startup, base: Plan, *, seconds: float = 5.0, workers: int = 2) -> dict[frozenset[str], Plan]:
    """The best plan for every set of candidates who may be hired, the empty one included: 2ⁿ of n candidates.

    Few are solved: a plan that hires nobody outside a set is the best one of that set too, since a larger set has all
    plans of the smaller one.

    Args:
        startup: With all candidates.
        base: The plan without any.
        seconds: For each that is solved.
        workers: Of the solver.

    Raises:
        TalentError: If there are more than six candidates.
    """
    names = [c.person for c in startup.candidates]
    if len(names) > 6:
        raise TalentError(f"{len(names)} candidates make {2 ** len(names)} sets.", expected="at most six",
                          remedy="keep the six that `hires` ranks first.")  # fmt: skip
    found: dict[frozenset[str], Plan] = {}
    for size in range(len(names), 0, -1):
        for chosen in map(frozenset, combinations(names, size)):
            same = (plan for larger, plan in found.items() if chosen < larger and chosen.issuperset(plan.hired))
            found[chosen] = next(same, None) or solve(
                with_candidates(startup, sorted(chosen)), seconds=seconds, workers=workers, known=base
            )
    return found | {frozenset(): base}


def interactions(
    startup: Startup, base: Plan, table: pd.DataFrame, *, seconds: float = 5.0, workers: int = 2
) -> pd.DataFrame:
    """Two hires together against the sum of each alone.

    Args:
        startup: With all candidates.
        base: The plan without any.
        table: Of `hires`.
        seconds: For each pair.
        workers: Of the solver.

    Returns:
        Indexed by the pair: `together, low, high` (days saved), `sum` (of each alone), `more` (together − sum), and its
        ends `more_low, more_high`.
    """
    pairs = {f"{a} + {b}": (a, b) for a, b in combinations(table.index, 2)}
    found = compare(base, {name: with_candidates(startup, pair) for name, pair in pairs.items()},
                    seconds=seconds, workers=workers)  # fmt: skip
    return beyond_sum(found, table, pairs)


def beyond_sum(together: pd.DataFrame, table: pd.DataFrame, pairs: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """`interactions` of plans that are solved already.

    Args:
        together: Of `compare_plans`, indexed by the names of `pairs`.
        table: The same of each hire alone.
        pairs: Name → the two hires.
    """
    alone = {name: table.loc[list(pair), ["days", "low", "high"]].sum() for name, pair in pairs.items()}
    found = together[["days", "low", "high"]].rename(columns={"days": "together"})
    found["sum"] = [alone[name]["days"] for name in found.index]
    found["more"] = found["together"] - found["sum"]
    found["more_low"] = [low - alone[name]["high"] for name, low in found["low"].items()]
    found["more_high"] = [high - alone[name]["low"] for name, high in found["high"].items()]
    return found


def sensitivity(base: Plan, others: Mapping[str, Plan], *, runs: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Days saved where efforts come otherwise than the table says: both plans carried out on the same luck.

    Returns:
        Indexed by name: `days` (mean), `low, high` (its 95 % interval), `p10, p90` of single runs, and `better`: the
        share of runs in which the plan is earlier.
    """
    rows = {}
    quiet = {"sick_days": 0.0, "resignations": 0.0}  # only the efforts vary: illness would be drawn anew for each plan
    factors = draw_factors(base, runs, seed)[:, : len(base.startup.tasks)]
    before = simulate(base, runs=runs, seed=seed, factors=_padded(base, factors), **quiet).ends
    for name, plan in others.items():
        saved = before - simulate(plan, runs=runs, seed=seed, factors=_padded(plan, factors), **quiet).ends
        half = 1.96 * saved.std(ddof=1) / np.sqrt(runs)
        ends = np.quantile(saved, (0.1, 0.9))
        rows[name] = (saved.mean(), saved.mean() - half, saved.mean() + half, *ends, (saved > 0).mean())
    return pd.DataFrame.from_dict(rows, orient="index", columns=["days", "low", "high", "p10", "p90", "better"])


def _padded(plan: Plan, factors: np.ndarray) -> np.ndarray:
    """The onboarding of candidates takes what it takes."""
    return np.hstack([factors, np.ones((len(factors), len(plan.teams) - factors.shape[1]))])
