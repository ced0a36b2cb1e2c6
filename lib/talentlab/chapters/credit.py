"""Chapter 6.2's tables of credit: applicants drawn by a known rule, and German credit by path."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from talentlab.data.numbers import read_numbers

# What a model may see, in the order of the table.
COLUMNS = ["income", "years_employed", "debt_share", "burden", "late_payments", "months"]
# The rule of the draw: log-odds of default per unit of a column, and what they start from.
RULE = {"income": -0.01, "years_employed": -0.08, "debt_share": 3.0, "burden": 3.0, "late_payments": 0.6, "months": 0.0}
BASE = -2.7
NEW_AND_LATE = 0.9  # more for each late payment of somebody employed for less than two years: the planted interaction


def draw_applicants(n: int, seed: int = 0) -> pd.DataFrame:
    """Invented applicants for a loan, with what became of it.

    Default depends on the columns alone, by `RULE` and the interaction. `group`, which no model may see, is in no term
    of the rule; its members have lower incomes and have been employed for a shorter time.

    Args:
        n: Applicants.
        seed: Of the draw.

    Returns:
        `COLUMNS` (income in 1,000 a year, instalments of a year as a share of it as `burden`), `group` (0, 1), `risk`
        (the true probability of default) and `default` (0, 1).
    """
    draws = np.random.default_rng([seed, 62])
    group = (draws.random(n) < 0.3).astype(int)
    income = np.exp(draws.normal(np.log(38) - 0.25 * group, 0.35, n)).round(1)
    table = pd.DataFrame(
        {
            "income": income,
            "years_employed": np.minimum(draws.exponential(7 - 3 * group, n), 35).round(1),
            "debt_share": draws.beta(2, 4, n).round(2),
            "burden": np.minimum(draws.lognormal(np.log(4.5), 0.5, n) / income, 0.6).round(3),
            "late_payments": np.minimum(draws.poisson(0.6, n), 5),
            "months": draws.choice([12, 18, 24, 36, 48], n),
            "group": group,
        }
    )
    table["risk"] = expit(true_log_odds(table))
    return table.assign(default=(draws.random(n) < table["risk"]).astype(int))


def true_log_odds(table: pd.DataFrame) -> pd.Series:
    """The rule's log-odds of default for each applicant."""
    new_and_late = table["late_payments"] * (table["years_employed"] < 2)
    return BASE + sum(weight * table[column] for column, weight in RULE.items()) + NEW_AND_LATE * new_and_late


def describe(table: pd.DataFrame) -> list[str]:
    """Each row as a sentence of `column: value`, as one would hand it to a language model."""
    return [
        ", ".join(f"{str(name).replace('_', ' ')}: {value}" for name, value in row.items())
        for row in table.to_dict("records")
    ]


def read_german_credit(path: str | Path) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame]:
    """Columns that a model may see, defaults, and two groups by what it may not see.

    Args:
        path: UCI's Statlog table (Hofmann 1994) as CSV, with its codes and named columns; `credit_risk` 1 is good.

    Returns:
        The columns without sex and family status, age and origin; 1 where credit was bad; `women` and `under 26`.

    Raises:
        DataError: If the file has no such columns.
    """
    protected = ["personal_status_sex", "age", "foreign_worker"]
    named = "German credit with named columns: credit_risk, personal_status_sex, age, foreign_worker, …"
    table = read_numbers(path, {"credit_risk", *protected}, named)
    groups = pd.DataFrame({"women": table["personal_status_sex"].isin(("A92", "A95")), "under 26": table["age"] < 26})
    return table.drop(columns=["credit_risk", *protected]), (table["credit_risk"] == 2).astype(int), groups
