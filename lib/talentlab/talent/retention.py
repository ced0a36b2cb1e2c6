"""Who stays how long: a hazard of leaving with the levers as covariates, and what a lever keeps for how much.

A fitted lever is an association in the data at hand. What a lever would do in your company is an assumption with a
range, of the table `levers.csv`; the rate of leaving is yours too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import cross_val_predict

from talentlab.errors import TalentError
from talentlab.evaluation.metrics import Interval, bootstrap_ends
from talentlab.talent.rows import Lever, refuse_protected

Floats = npt.NDArray[np.float64]
LEVERS = ("pay", "growth", "culture", "training")  # the document's four, as columns
# What stands for each in the fictional table; hours beyond the contract are a matter of culture here.
HR_MEASURES = {
    "pay": ["pay_residual"],
    "growth": ["JobInvolvement", "YearsSinceLastPromotion", "YearsInCurrentRole", "JobLevel"],
    "culture": [
        "OverTime", "EnvironmentSatisfaction", "RelationshipSatisfaction", "JobSatisfaction", "WorkLifeBalance",
        "YearsWithCurrManager",
    ],
    "training": ["TrainingTimesLastYear"],
}  # fmt: skip


@dataclass(frozen=True)
class Hazard:
    """A discrete-time hazard: the chance to leave within a month, for those who are still there.

    Attributes:
        odds: Per covariate: `odds_ratio, low, high` of leaving per unit, 95 % (Wald).
        intercept: Log odds where all covariates are 0.
        columns: The covariates, in order.
        months: Person-months that it was fitted on.
    """

    odds: pd.DataFrame
    intercept: float
    columns: tuple[str, ...]
    months: int

    def monthly(self, table: pd.DataFrame) -> Floats:
        """Chance to leave within a month, of each row."""
        logs = np.log(self.odds.loc[list(self.columns), "odds_ratio"].to_numpy())
        return expit(self.intercept + table[list(self.columns)].to_numpy(float) @ logs)


def person_months(careers: pd.DataFrame) -> pd.DataFrame:
    """One row per person and month at work, with `left` 1 in the month of leaving.

    Args:
        careers: One row per person: `first_month`, `last_month` (whole numbers, both at work) and `left` (1: left at
            the end of it; 0: still there when watching ended). Other columns are repeated.

    Raises:
        TalentError: If a column is missing, or somebody leaves before coming.
    """
    missing = {"first_month", "last_month", "left"} - set(careers)
    wrong = missing or (careers["last_month"] < careers["first_month"]).any() or not careers["left"].isin((0, 1)).all()
    if wrong or not len(careers):
        raise TalentError(
            f"{len(careers)} careers with the columns {', '.join(map(str, careers))}.",
            expected="first_month ≤ last_month, and left 0 or 1", remedy="name the columns so, and correct the rows.",
        )  # fmt: skip
    months = (careers["last_month"] - careers["first_month"] + 1).astype(int)
    rows = careers.loc[careers.index.repeat(months)].copy()
    last = ~rows.index.duplicated(keep="last")
    return rows.assign(tenure=rows.groupby(level=0).cumcount(), left=rows["left"].where(last, 0))


def fit_hazard(careers: pd.DataFrame, columns: Sequence[str] = LEVERS) -> Hazard:
    """Logistic regression over person-months, without a penalty: a hazard in discrete time.

    Args:
        careers: As in `person_months`, one row per person, with the covariates.
        columns: The covariates; none may be a protected attribute.

    Raises:
        TalentError: If a covariate is a protected attribute, or nobody left.

    Source: Singer & Willett 1993, Journal of Educational Statistics 18(2).
    """
    refuse_protected(columns, "The list of covariates")
    months = person_months(careers)
    if not 0 < months["left"].sum() < len(months):
        raise TalentError(f"{int(months['left'].sum())} of {len(careers)} people left.", remedy="watch for longer.",
                          expected="some who left, and some who stayed")  # fmt: skip
    x, y = months[list(columns)].to_numpy(float), months["left"].to_numpy(int)
    model = LogisticRegression(C=np.inf, max_iter=1000, tol=1e-8).fit(x, y)
    full = np.column_stack([np.ones(len(x)), x])
    chance = model.predict_proba(x)[:, 1]
    covariance = np.linalg.inv(full.T @ (full * (chance * (1 - chance))[:, None]))
    half = 1.959964 * np.sqrt(np.diag(covariance))[1:]
    logs = model.coef_[0]
    odds = pd.DataFrame({"odds_ratio": np.exp(logs), "low": np.exp(logs - half), "high": np.exp(logs + half)},
                        index=pd.Index(columns, name="covariate"))  # fmt: skip
    return Hazard(odds, float(model.intercept_[0]), tuple(columns), len(months))


def calibration(chance: npt.ArrayLike, left: npt.ArrayLike, bins: int = 5) -> pd.DataFrame:
    """Predicted against observed shares of leaving, in groups of equal size: `n, predicted, observed`."""
    table = pd.DataFrame({"chance": np.asarray(chance, float), "left": np.asarray(left, float)})
    groups = table.groupby(
        pd.qcut(table["chance"].rank(method="first"), bins, labels=range(1, bins + 1)), observed=True
    )
    table = groups.agg(n=("left", "size"), predicted=("chance", "mean"), observed=("left", "mean"))
    return table.rename_axis("bin")


def fairness(chance: npt.ArrayLike, left: npt.ArrayLike, protected: Sequence[object]) -> pd.DataFrame:
    """Predicted and observed shares by a protected attribute, which was never a covariate: `n, predicted, observed`."""
    table = pd.DataFrame(
        {"chance": np.asarray(chance, float), "left": np.asarray(left, float), "group": list(protected)}
    )
    return table.groupby("group").agg(n=("left", "size"), predicted=("chance", "mean"), observed=("left", "mean"))


def auc_interval(scores: npt.ArrayLike, left: npt.ArrayLike, *, resamples: int = 1000, seed: int = 0) -> Interval:
    """Area under the ROC curve, 95 % by bootstrap over people."""
    score, label = np.asarray(scores, float), np.asarray(left, int)

    def auc(rows: npt.NDArray[np.int64]) -> float:
        order = pd.Series(score[rows]).rank().to_numpy()
        ones = label[rows].sum()
        return (order[label[rows] == 1].sum() - ones * (ones + 1) / 2) / max(ones * (len(rows) - ones), 1)

    low, high = bootstrap_ends(auc, len(label), resamples=resamples, seed=seed)
    return Interval(float(auc(np.arange(len(label)))), low, high)


def held_out_chance(features: pd.DataFrame, left: npt.ArrayLike, *, folds: int = 5) -> Floats:
    """Chance of leaving of each person, by a logistic regression that did not see the person.

    Also the test of a proxy: with a protected attribute as `left`, `auc_interval` says how well the features give it
    away though it is not among them.

    Raises:
        TalentError: If a feature is a protected attribute.
    """
    refuse_protected(map(str, features), "The table of features")
    x = (features - features.mean()) / features.std().replace(0, 1)
    model = LogisticRegression(max_iter=1000)
    return cross_val_predict(model, x, np.asarray(left, int), cv=folds, method="predict_proba")[:, 1]


def hr_levers(table: pd.DataFrame) -> pd.DataFrame:
    """The four levers in the fictional IBM table of 1,470 people; associations there, nothing about anybody real.

    Returns:
        Columns `lever: measure`, of `HR_MEASURES`, at mean 0 and deviation 1. `pay` is the log of the income against
        what role, level and experience let expect. Left out: `StockOptionLevel`, which is 0 for everybody who is
        single and so gives marital status away; the rate columns, which are noise.
    """
    known = pd.get_dummies(table["JobRole"]).astype(float)
    known = known.assign(level=table["JobLevel"], years=table["TotalWorkingYears"])
    income = np.log(table["MonthlyIncome"])
    measured = table.assign(
        pay_residual=income - LinearRegression().fit(known, income).predict(known),
        OverTime=(table["OverTime"] == "Yes").astype(float),
    )
    columns = {f"{lever}: {column}": measured[column] for lever, row in HR_MEASURES.items() for column in row}
    return pd.DataFrame({name: (values - values.mean()) / values.std() for name, values in columns.items()})


def draw_careers(people: int = 240, months: int = 36, *, seed: int = 0) -> pd.DataFrame:
    """Invented careers with a known truth: each unit of a lever multiplies the odds of leaving within a month.

    `pay` is in tenths above the market (odds × 0.75 each), the others are scores around 0 (growth 0.7, culture 0.8,
    training 0.9); at 0 throughout, 2 % leave per month. People come during the first half; watching ends at `months`.
    """
    random = np.random.default_rng(seed)
    table = pd.DataFrame({lever: random.standard_normal(people).round(2) for lever in LEVERS})
    first = random.integers(1, months // 2 + 1, people)
    log_odds = np.log(0.02 / 0.98) + table.to_numpy() @ np.log([0.75, 0.7, 0.8, 0.9])
    stay = random.geometric(expit(log_odds))
    table["first_month"], table["last_month"] = first, np.minimum(first + stay - 1, months)
    return table.assign(left=(first + stay - 1 <= months).astype(int)).rename_axis("person").reset_index()


def kept_months(levers: Sequence[Lever], *, annual_rate: float, people: int, months: int) -> pd.DataFrame:
    """What each set of levers would keep, if the assumptions hold.

    Args:
        levers: With a factor on the rate of leaving, its range, and a cost per person and month.
        annual_rate: Share of people who leave per year without any; yours.
        people: Who get the levers.
        months: For how long.

    Returns:
        One row per set, cheapest first: `levers, cost, kept, low, high` (person-months more at work than without; who
        leaves is not replaced here), `leavers` (expected, with the levers) and `rate` (per year).

    Raises:
        TalentError: If the rate is no share.
    """
    if not 0 < annual_rate < 1:
        raise TalentError(
            f"annual_rate={annual_rate:g}.", expected="a share between 0 and 1", remedy="give 0.1 for 10 %."
        )

    def present(ratio: float) -> Floats:
        monthly = -np.log1p(-annual_rate) / 12 * ratio
        return np.exp(-monthly * np.arange(months + 1))

    rows = []
    for size in range(len(levers) + 1):
        for chosen in combinations(levers, size):
            ratios = [
                float(np.prod([getattr(lever, end) for lever in chosen])) for end in ("hazard_ratio", "high", "low")
            ]
            kept = [people * float((present(ratio) - present(1.0))[1:].sum()) for ratio in ratios]
            cost = sum(lever.cost_per_month for lever in chosen) * people * months
            gone = people * float(1 - present(ratios[0])[-1])
            rows.append((" + ".join(lever.lever for lever in chosen) or "none", cost, *kept, gone,
                         1 - (1 - annual_rate) ** ratios[0]))  # fmt: skip
    columns = ["levers", "cost", "kept", "low", "high", "leavers", "rate"]
    return pd.DataFrame(rows, columns=columns).sort_values(["cost", "levers"], kind="stable", ignore_index=True)


def best_spend(table: pd.DataFrame, budget: float) -> pd.Series:
    """Of `kept_months`, the row that keeps most within a budget; of equals, the cheapest."""
    return table[table["cost"] <= budget].sort_values(["kept", "cost"], ascending=[False, True]).iloc[0]
