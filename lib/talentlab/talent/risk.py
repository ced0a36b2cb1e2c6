"""What could come: delivery over many simulated projects, who is missed most, and the cheapest way to be safer."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta

from talentlab.errors import TalentError
from talentlab.evaluation.metrics import Interval, proportion_interval
from talentlab.language import tr
from talentlab.talent.greedy import end_of
from talentlab.talent.plan import Plan
from talentlab.talent.problem import DAYS_PER_MONTH, DAYS_PER_YEAR, date_of, walk, work_days
from talentlab.talent.tables import Startup

Floats = npt.NDArray[np.float64]
_TEN_PER_CENT = 1.2815515655446004  # of a normal distribution lie above so many standard deviations
SPELL_DAYS = 3  # of an illness


@dataclass(frozen=True)
class Forecast:
    """Simulated delivery: `ends` [R] working days, and the `planned` one."""

    ends: npt.NDArray[np.int64]
    planned: int

    def quantile(self, share: float, level: float = 0.95) -> Interval:
        """The day by which `share` of the runs have delivered, with the interval that the number of runs leaves."""
        runs = len(self.ends)
        tail = (1 - level) / 2
        ranks = (share, *(beta.ppf(p, share * runs, (1 - share) * runs + 1) for p in (tail, 1 - tail)))
        return Interval(*(float(np.quantile(self.ends, rank, method="higher")) for rank in ranks))

    def chance(self, day: int | None = None) -> Interval:
        """Share of the runs that deliver by a day; by the planned one where none is given."""
        return proportion_interval(int((self.ends <= (self.planned if day is None else day)).sum()), len(self.ends))

    def summary(self) -> str:
        """The sentence that belongs beside every date."""
        low, high = self.quantile(0.5), self.quantile(0.9)
        return tr(
            "Planned: {planned} working days. Half of {runs:,} simulated projects take at most {p50:.0f}, nine in ten "
            "{p90:.0f}; the plan's day is kept in {kept:.1%}.",
            planned=self.planned, runs=len(self.ends), p50=low.value, p90=high.value, kept=self.chance().value,
        )  # fmt: skip


def draw_factors(plan: Plan, runs: int = 10_000, seed: int = 0) -> Floats:
    """Factors on every effort [R, T]: 1 in the middle, the table's low and high one time in ten each.

    Lognormal on either side. The same seed gives a task the same factors in every plan of the same table: plans are
    then compared on the same luck.
    """
    random = np.random.default_rng(seed)
    factors = np.ones((runs, len(plan.problem["tasks"])))
    for t, task in enumerate(plan.startup.tasks):
        deviations = random.standard_normal(runs) / _TEN_PER_CENT
        low, high = task.low_days or task.effort_days, task.high_days or task.effort_days
        if task.effort_days and low > 0:
            factors[:, t] = np.where(deviations < 0, (task.effort_days / low) ** deviations,
                                     (high / task.effort_days) ** deviations)  # fmt: skip
    return factors


def simulate(
    plan: Plan, *, runs: int = 10_000, seed: int = 0, factors: npt.ArrayLike | None = None,
    sick_days: float | None = None, resignations: float | npt.ArrayLike | None = None,
) -> Forecast:  # fmt: skip
    """Carry out a plan many times: teams and order stay, everything else may come otherwise.

    Efforts vary as in `draw_factors`. Illness stops a task for some days. Who resigns is missing from the end of the
    notice until `replacement_days` later, when somebody of the same level goes on; a task waits meanwhile. Nobody plans
    anew, which a real team would: read P90 as what happens if it does not.

    Args:
        plan: Of `plan.solve`.
        runs: R simulated projects.
        seed: Of all draws.
        factors: On the efforts, [R, T] or one number, instead of drawing them; 1.0 means as in the table.
        sick_days: Per person and year; the table's where none are given.
        resignations: Share of people per year, one for all or one per person; the table's where none is given.
    """
    settings, count = plan.startup.settings, len(plan.people)
    drawn = draw_factors(plan, runs, seed) if factors is None else np.broadcast_to(
        factors, (runs, len(plan.teams)))  # fmt: skip
    random = np.random.default_rng([seed, 1])
    days = work_days(plan.problem, plan.teams, drawn)
    rate = (settings.sick_days_per_year if sick_days is None else sick_days) / SPELL_DAYS / DAYS_PER_YEAR
    members = np.array([sum(map(len, team)) for team in plan.teams])
    days = days + SPELL_DAYS * random.poisson(rate * days * members)
    yearly = np.broadcast_to(settings.resignations_per_year if resignations is None else resignations, count)
    if (yearly < 0).any() or (yearly >= 1).any():
        raise TalentError(f"A share of {yearly.max():g} resigns per year.", expected="shares from 0 to below 1",
                          remedy="give 0.1 for ten of a hundred people.")  # fmt: skip
    hazard = -np.log1p(-yearly) / DAYS_PER_YEAR  # per working day
    quits = random.standard_exponential((runs, count)) / np.maximum(hazard, 1e-12)
    notice = np.array([person.notice_months * DAYS_PER_MONTH for person in plan.people])
    first = np.minimum(quits + notice, 10**8).astype(np.int64)
    done = walk(plan.problem, plan.teams, plan.order, days, (first, first + settings.replacement_days))
    work = [t for t, task in enumerate(plan.problem["tasks"]) if task["hire"] is None]
    lags = np.array([plan.problem["tasks"][t]["lag"] for t in work])
    return Forecast((done.ends[:, work] + lags).max(axis=1), plan.end)


def with_gap(startup: Startup, person: str, first: int, last: int) -> Startup:
    """The same start-up where somebody's place is empty from day `first` until day `last`, known from the start.

    Raises:
        TalentError: If nobody has this name, or the gap ends before it begins.
    """
    _number(startup, person, first, last)
    away = (date_of(startup.settings, first), date_of(startup.settings, last - 1))
    return startup.with_people(
        p.model_copy(update={"leave": (*p.leave, away)}) if p.person == person else p for p in startup.people
    )


def end_with_gap(plan: Plan, person: str, first: int, last: int) -> int:
    """Delivery [working day] where the plan is kept as it is, and the tasks of who is missing wait.

    Raises:
        TalentError: As in `with_gap`.
    """
    number, count = _number(plan.startup, person, first, last), len(plan.people)
    away = np.full((1, count), 10**8), np.full((1, count), 10**8)
    away[0][0, number], away[1][0, number] = first, last
    done = walk(plan.problem, plan.teams, plan.order, work_days(plan.problem, plan.teams), away)
    return end_of(plan.problem, done)


def _number(startup: Startup, person: str, first: int, last: int) -> int:
    names = [p.person for p in startup.people]
    if person not in names or not 0 <= first < last:
        raise TalentError(f"{person!r} is missing from day {first} to {last}.", remedy="correct name or days.",
                          expected=f"one of {', '.join(names)}; 0 ≤ first < last")  # fmt: skip
    return names.index(person)


def bus_factors(startup: Startup) -> pd.DataFrame:
    """Per skill that some task needs: the `level` needed, and `people` who have it; 1 is a single point of failure.

    Returns:
        Indexed by skill, fewest first: `level, people, names`.
    """
    levels: dict[str, int] = {}
    for task in startup.tasks:
        for need in task.needs:
            levels[need.skill] = max(need.level, levels.get(need.skill, 0))
    rows = {}
    for skill, level in levels.items():
        names = [p.person for p in startup.people if p.skills.get(skill, 0) >= level]
        rows[skill] = (level, len(names), ", ".join(names))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["level", "people", "names"])
    return table.rename_axis("skill").sort_values("people", kind="stable")


def cross_training(startup: Startup, at_least: int = 2) -> pd.DataFrame:
    """The cheapest training that gives every needed skill `at_least` people: who learns what, for how much.

    A level takes the settings' days, at the learner's own cost per day. Skills are filled one by one, and no training
    serves two, so that the cheapest for each is the cheapest for all.

    Returns:
        One row per training: `skill, person, from_level, to_level, days, cost`.
    """
    rows = []
    for skill, row in bus_factors(startup).iterrows():

        def steps(person, skill=skill, level=row["level"]):  # type: ignore[no-untyped-def]
            return level - person.skills.get(skill, 0)

        learners = [person for person in startup.people if steps(person) > 0]
        per_level = startup.settings.training_days_per_level
        learners.sort(key=lambda p: steps(p) * p.cost_per_month)
        for person in learners[: max(0, at_least - row["people"])]:
            days = steps(person) * per_level
            rows.append((skill, person.person, person.skills.get(skill, 0), row["level"], days,
                         days * person.cost_per_month / DAYS_PER_MONTH))  # fmt: skip
    return pd.DataFrame(rows, columns=["skill", "person", "from_level", "to_level", "days", "cost"])


def train(startup: Startup, person: str, skill: str, to_level: int) -> Startup:
    """The same start-up after a training: at the new level, and busy with it for the first days.

    Raises:
        TalentError: If there is no such person or skill, or the level is no higher.
    """
    learner = next((p for p in startup.people if p.person == person), None)
    level = learner.skills.get(skill, 0) if learner else 0
    if learner is None or skill not in startup.skills or not level < to_level <= 4:
        raise TalentError(
            f"{person!r} is to learn {skill!r} up to level {to_level}, from {level}.",
            expected=f"one of {', '.join(p.person for p in startup.people)}; of {', '.join(startup.skills)}",
            remedy="correct the name, or give a higher level.",
        )
    last = date_of(startup.settings, (to_level - level) * startup.settings.training_days_per_level - 1)
    leave = (*learner.leave, (startup.settings.start, last))
    changed = learner.model_copy(update={"skills": {**learner.skills, skill: to_level}, "leave": leave})
    return replace(startup, people=tuple(changed if p is learner else p for p in startup.people))
