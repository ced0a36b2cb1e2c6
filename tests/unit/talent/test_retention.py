import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from talentlab.errors import TalentError
from talentlab.runtime import repository_root
from talentlab.talent import retention
from talentlab.talent.rows import Lever

TRUTH = pd.Series({"pay": 0.75, "growth": 0.7, "culture": 0.8, "training": 0.9})


def careers_of(months, left, **columns):
    return pd.DataFrame({"first_month": 1, "last_month": months, "left": left, **columns})


def test_a_person_has_a_row_for_each_month_and_leaves_in_the_last():
    rows = retention.person_months(careers_of([3, 2], [1, 0], pay=[0.5, -1.0]))
    assert rows["left"].tolist() == [0, 0, 1, 0, 0] and rows["tenure"].tolist() == [0, 1, 2, 0, 1]
    assert rows["pay"].tolist() == [0.5] * 3 + [-1.0] * 2


def test_one_binary_covariate_has_the_closed_form_of_a_table_of_four():
    """Odds ratio and standard error from the counts of months and leavers in two groups."""
    random = np.random.default_rng(0)
    table = careers_of(random.integers(5, 30, 200), random.integers(0, 2, 200), group=np.repeat([0.0, 1.0], 100))
    hazard = retention.fit_hazard(table, ["group"])
    rows = retention.person_months(table)
    counts = rows.groupby(["group", "left"]).size().unstack().to_numpy()  # [group, stayed or left]
    ratio = counts[1, 1] * counts[0, 0] / (counts[1, 0] * counts[0, 1])
    error = np.sqrt((1 / counts).sum())
    expected = [ratio, ratio * np.exp(-1.959964 * error), ratio * np.exp(1.959964 * error)]
    assert hazard.odds.loc["group"].tolist() == pytest.approx(expected, rel=1e-3)
    assert hazard.months == len(rows)
    assert hazard.monthly(pd.DataFrame({"group": [0, 1]})) == pytest.approx(counts[:, 1] / counts.sum(1), rel=1e-3)


def test_the_fit_is_that_of_an_optimizer_on_the_likelihood():
    careers = retention.draw_careers(seed=3)
    rows = retention.person_months(careers)
    x = np.column_stack([np.ones(len(rows)), rows[list(retention.LEVERS)]])

    def loss(weights):
        z = x @ weights
        return np.logaddexp(0, z).sum() - z[rows["left"] == 1].sum()

    best = minimize(loss, np.zeros(5), method="BFGS").x
    hazard = retention.fit_hazard(careers)
    assert [hazard.intercept, *np.log(hazard.odds["odds_ratio"])] == pytest.approx(list(best), abs=2e-3)


def test_the_intervals_hold_the_truth_as_often_as_they_say():
    inside = []
    for seed in range(20):
        odds = retention.fit_hazard(retention.draw_careers(seed=seed)).odds
        inside += ((odds["low"] <= TRUTH) & (odds["high"] >= TRUTH)).tolist()
    assert 0.88 <= np.mean(inside) <= 0.99


def test_the_table_of_careers_is_the_one_drawn_here():
    written = pd.read_csv(repository_root() / "course" / "data" / "startup" / "careers.csv")
    pd.testing.assert_frame_equal(written, retention.draw_careers(), check_dtype=False)


@pytest.mark.parametrize("column", ["age", "gender", "MaritalStatus"])
def test_a_protected_attribute_is_no_covariate(column):
    careers = retention.draw_careers(60).assign(**{column: 0.0})
    for call in (lambda: retention.fit_hazard(careers, ["pay", column]),
                 lambda: retention.held_out_chance(careers[["pay", column]], careers["left"])):  # fmt: skip
        with pytest.raises(TalentError, match="must not be judged by"):
            call()


@pytest.mark.parametrize(
    "table",
    [careers_of([3, 2], [0, 0], pay=[1, 2]), careers_of([3, 0], [0, 1], pay=[1, 2]),
     careers_of([3, 2], [0, 7], pay=[1, 2]), pd.DataFrame({"pay": [1]}), careers_of([], [], pay=[])],
)  # fmt: skip
def test_tables_that_no_hazard_can_be_fitted_on_are_refused(table):
    with pytest.raises(TalentError):
        retention.fit_hazard(table, ["pay"])


def test_calibration_and_fairness_compare_the_predicted_with_the_observed():
    chance, left = np.linspace(0, 1, 100), np.repeat([0, 1], 50)
    table = retention.calibration(chance, left)
    assert table["n"].tolist() == [20] * 5 and table["observed"].tolist() == [0, 0, 0.5, 1, 1]
    assert table["predicted"].tolist() == pytest.approx([0.096, 0.298, 0.5, 0.702, 0.904], abs=1e-3)
    by_group = retention.fairness(chance, left, ["x"] * 50 + ["y"] * 50)
    assert by_group.loc["x", "observed"] == 0 and by_group.loc["y", "observed"] == 1
    assert by_group["predicted"].tolist() == pytest.approx([0.247, 0.753], abs=1e-3)


def test_auc_of_known_scores():
    found = retention.auc_interval([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], resamples=50)
    assert found.value == 0.75 and found.low <= 0.75 <= found.high


def test_held_out_chances_find_a_proxy_and_none_in_noise():
    random = np.random.default_rng(0)
    single = random.integers(0, 2, 400)
    proxy = pd.DataFrame({"options": np.where(single, 0, random.integers(0, 3, 400)), "noise": random.random(400)})
    assert retention.auc_interval(retention.held_out_chance(proxy, single), single, resamples=50).value > 0.75
    noise = retention.held_out_chance(proxy[["noise"]], single)
    assert retention.auc_interval(noise, single, resamples=50).value < 0.6


LEVERS = (Lever(lever="pay", hazard_ratio=0.5, low=0.4, high=1.0, cost_per_month=100),
          Lever(lever="growth", hazard_ratio=0.8, low=0.7, high=0.9, cost_per_month=30))  # fmt: skip


def test_kept_months_follow_from_the_rate_and_the_ratio():
    table = retention.kept_months(LEVERS, annual_rate=0.19, people=10, months=12).set_index("levers")
    assert list(table.index) == ["none", "growth", "pay", "pay + growth"]
    stay = 0.81 ** (1 / 12)
    pay = sum(stay ** (0.5 * m) - stay**m for m in range(1, 13)) * 10
    assert table.loc["pay", "kept"] == pytest.approx(pay) and table.loc["pay", "low"] == pytest.approx(0)
    assert table.loc["none", "leavers"] == pytest.approx(1.9) and table.loc["pay", "leavers"] == pytest.approx(1.0)
    assert table.loc["pay", "rate"] == pytest.approx(0.1) and table.loc["pay + growth", "cost"] == 15_600
    assert (table["low"] <= table["kept"]).all() and (table["kept"] <= table["high"]).all()


@pytest.mark.parametrize(("budget", "best"), [(0, "none"), (4000, "growth"), (12_000, "pay"), (10**9, "pay + growth")])
def test_the_best_spend_is_the_best_that_the_budget_pays(budget, best):
    table = retention.kept_months(LEVERS, annual_rate=0.19, people=10, months=12)
    assert retention.best_spend(table, budget)["levers"] == best
    with pytest.raises(TalentError, match="share between 0 and 1"):
        retention.kept_months(LEVERS, annual_rate=19, people=10, months=12)
