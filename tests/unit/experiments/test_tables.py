"""Tables of runs, and the comparison of two configurations."""

import pytest

from talentlab.errors import RunError
from talentlab.experiments import tables


def test_runs_are_filtered_sorted_and_found_by_the_start_or_end_of_their_id(write_run, tmp_path):
    for f1 in (0.2, 0.3, 0.1):
        write_run(f1)
    assert list(tables.table(tmp_path, where="f1 > 0.1", sort="f1").index) == ["mine-01", "mine-00"]
    assert list(tables.table(tmp_path, sort="-f1").index) == ["mine-02", "mine-00", "mine-01"]
    assert tables.find("02", tmp_path)["id"] == tables.find("mine-02", tmp_path)["id"] == "mine-02"
    for run, number in (("mine", 3), ("nothing-like-it", 0)):
        with pytest.raises(RunError, match=f"{number} of the 3 runs .*{run}"):
            tables.find(run, tmp_path)


def test_a_folder_without_runs_still_wants_a_condition_that_can_be_read(tmp_path):
    assert not len(tables.table(tmp_path, where="f1 > 0.7 and chapter == 'x'", sort="f1"))
    with pytest.raises(RunError):
        tables.table(tmp_path, where="f1 >")


@pytest.mark.parametrize("sort", ["f2", "-", "mixed"])
def test_a_column_that_cannot_be_sorted_by_is_refused_in_words(write_run, tmp_path, sort):
    write_run(0.5, mixed=3)
    write_run(0.5, mixed="all")
    with pytest.raises(RunError, match=r"one of the columns .*f1"):
        tables.table(tmp_path, sort=sort)


def test_a_selection_of_nothing_is_refused(write_run, tmp_path):
    write_run(0.5)
    with pytest.raises(RunError, match="metrics f1"):
        tables.select(tmp_path, metric="f2")
    with pytest.raises(RunError, match="talentlab sweep"):
        tables.select(tmp_path / "none")


def test_configurations_are_named_by_what_differs_and_by_the_notebook(write_run, tmp_path):
    write_run(0.5, rate=0.1, k=1, seed=0)
    write_run(0.5, rate=0.25, k=1, seed=1)
    assert list(tables.configurations(tables.select(tmp_path)).values()) == ["rate=0.1", "rate=0.25"]
    write_run(0.5, chapter="other")
    runs = tables.select(tmp_path)
    assert tables.varying(runs) == ["rate", "k"] and set(tables.varying(runs)) <= set(tables.table(tmp_path))
    assert list(tables.configurations(runs).values())[1:] == ["mine, rate=0.25, k=1", "other"]
    assert list(tables.configurations(runs[:1]).values()) == ["all the same"]


@pytest.mark.parametrize(
    ("seeds", "n", "width"),
    [
        ((0, 1, 2), 3, 0),  # each seed says the same
        ((3, 4, 5), 3, 2 * 2.7764 * 0.001 * (2 / 3) ** 0.5),  # none in common: Welch, four degrees of freedom
        ((0,), 1, float("nan")),
    ],
)
def test_two_configurations_are_compared_within_their_seeds(write_run, tmp_path, seeds, n, width):
    for x, chosen in ((1, (0, 1, 2)), (2, seeds)):
        for seed in chosen:
            write_run(0.3 * x - 0.001 * seed, x=x, seed=seed)
    one, other = (tables.group(tables.find(run, tmp_path), tmp_path) for run in ("mine-00", "mine-03"))
    differing, measured = tables.compare(one, other)
    assert differing.to_dict("index") == {"x": {"first": 1, "second": 2}}
    row = measured.loc["f1"]
    assert row["difference"] == pytest.approx(0.3 - 0.001 * (sum(seeds) / n - 1)) and row["n"] == n
    assert row["high"] - row["low"] == pytest.approx(width, rel=1e-4, abs=1e-9, nan_ok=True)
    with pytest.raises(RunError):
        tables.compare(one, [])
