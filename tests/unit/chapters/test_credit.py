"""Applicants follow the rule that the module states; German credit is read without what no model may see."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from talentlab.chapters import credit
from talentlab.errors import DataError


@pytest.fixture(scope="module")
def many():
    return credit.draw_applicants(60_000, seed=3)


def test_a_draw_is_repeated_by_its_seed_and_no_other():
    one = credit.draw_applicants(50, seed=1)
    assert one.equals(credit.draw_applicants(50, seed=1))
    assert not one.equals(credit.draw_applicants(50, seed=2))
    assert list(one) == [*credit.COLUMNS, "group", "risk", "default"]


def test_the_rule_is_found_again_in_many_applicants(many):
    many = many.assign(new_and_late=many["late_payments"] * (many["years_employed"] < 2))
    x = many[[*credit.COLUMNS, "new_and_late"]]
    fitted = LogisticRegression(C=1e6, max_iter=5000).fit(x, many["default"])
    expected = [*(credit.RULE[column] for column in credit.COLUMNS), credit.NEW_AND_LATE]
    assert fitted.coef_[0] == pytest.approx(expected, abs=0.3)
    assert fitted.intercept_[0] == pytest.approx(credit.BASE, abs=0.2)


def test_risk_is_the_share_that_defaults(many):
    by_tenth = many.groupby(pd.qcut(many["risk"], 10))[["risk", "default"]].mean()
    assert (by_tenth["risk"] - by_tenth["default"]).abs().max() < 0.02
    assert 0.15 < many["default"].mean() < 0.3


def test_the_group_changes_the_columns_and_not_the_rule(many):
    means = many.groupby("group")[["income", "years_employed", "default"]].mean()
    assert means.loc[1, "income"] < means.loc[0, "income"] and means.loc[1, "default"] > means.loc[0, "default"]
    flipped = many.assign(group=1 - many["group"])
    assert np.array_equal(credit.true_log_odds(many), credit.true_log_odds(flipped))


def test_rows_are_described_in_words():
    table = pd.DataFrame({"late_payments": [2, 0], "income": [31.5, 40.0]})
    assert credit.describe(table) == ["late payments: 2, income: 31.5", "late payments: 0, income: 40.0"]


def test_german_credit_comes_without_what_a_model_may_not_see(tmp_path):
    file = tmp_path / "german.csv"
    file.write_text(
        "savings,personal_status_sex,age,foreign_worker,credit_risk\nA61,A92,22,A201,2\nA65,A93,40,A202,1\n"
    )
    seen, bad, groups = credit.read_german_credit(file)
    assert list(seen) == ["savings"] and bad.tolist() == [1, 0]
    assert groups.to_numpy().tolist() == [[True, True], [False, False]]


def test_another_table_is_refused(tmp_path):
    file = tmp_path / "other.csv"
    file.write_text("age,credit_risk\n22,1\n")
    with pytest.raises(DataError, match="foreign_worker"):
        credit.read_german_credit(file)
