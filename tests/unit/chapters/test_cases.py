"""The dated public facts of chapter 9.3: complete, sourced, and a fault in them is named by file, row and column."""

import pandas as pd
import pytest

from talentlab import language
from talentlab.chapters import cases
from talentlab.errors import DataError
from talentlab.runtime import repository_root

FOLDER = repository_root() / "course" / "data" / "cases"


@pytest.fixture
def copies(tmp_path):
    """The two tables as text, and a way to load changed ones."""

    def load(name: str, column: str, cell: str, row: int = 0):
        for table in ("facts", "models"):
            frame = pd.read_csv(FOLDER / f"{table}.csv", dtype=str, keep_default_na=False)
            if table == name:
                frame.loc[row, column] = cell
            frame.to_csv(tmp_path / f"{table}.csv", index=False)
        return cases.load_cases(tmp_path)

    return load


def test_the_tables_load_in_the_order_of_time():
    facts, models = cases.load_cases(FOLDER)
    assert len(facts) >= 20 and len(models) >= 20
    assert facts["date"].is_monotonic_increasing and models["date"].is_monotonic_increasing
    assert set(facts["organisation"]) == {"OpenAI", "Hugging Face", "TensorFlow"} == set(cases.COLORS) - {"Google"}
    assert not models["model"].duplicated().any()


def test_sizes_and_authors_are_those_of_the_papers():
    models = cases.load_cases(FOLDER)[1].set_index("model")
    known = {"GPT": (117, 4), "BERT": (340, 4), "GPT-2": (1542, 6), "T5": (11_000, 9), "GPT-3": (175_000, 31)}
    for model, row in known.items():
        assert tuple(models.loc[model, ["parameters_millions", "authors"]]) == row
    assert models.loc["BLOOM", "certainty"] == "at least"  # its authors were not counted


def test_what_is_not_public_is_left_empty():
    facts = cases.load_cases(FOLDER)[0]
    assert facts.query("organisation == 'TensorFlow' and unit == 'people'").empty
    assert facts.query("short == 'GPT-4'")["value"].isna().all()


@pytest.mark.parametrize(
    ("table", "column", "cell", "said"),
    [
        ("facts", "source", "", "is empty"),
        ("facts", "address", "openai.com", "no address"),
        ("facts", "date", "11 March 2019", "no date"),
        ("facts", "date", "20190311", "no date"),
        ("facts", "kind", "rumour", "none of founding"),
        ("facts", "certainty", "sure", "none of primary"),
        ("models", "parameters_millions", "large", "no number"),
        ("models", "authors", "0", "no number"),
        ("models", "form", "mixed", "none of dense"),
    ],
)
def test_a_fault_is_named_by_file_row_and_column(copies, table, column, cell, said):
    with pytest.raises(DataError, match=f"{table}.csv, row 2, column {column}: .*{said}"):
        copies(table, column, cell)


@pytest.mark.parametrize(("column", "cell"), [("unit", "EUR"), ("unit", ""), ("value", ""), ("value", "many")])
def test_a_number_has_the_unit_of_its_kind(copies, column, cell):
    row = pd.read_csv(FOLDER / "facts.csv")["kind"].eq("money").idxmax()
    with pytest.raises(DataError, match=f"facts.csv, row {row + 2}, column unit"):
        copies("facts", column, cell, row)


def test_a_missing_column_is_named(tmp_path):
    for name in ("facts", "models"):
        pd.read_csv(FOLDER / f"{name}.csv").drop(columns="source").to_csv(tmp_path / f"{name}.csv", index=False)
    with pytest.raises(DataError, match="no column 'source'"):
        cases.load_cases(tmp_path)


def test_every_dated_fact_stands_at_its_date_in_the_figure():
    facts, models = cases.load_cases(FOLDER)
    sizes, people, events = cases.plot_timeline(facts, models, ("GPT", "BLOOM")).axes
    assert len(sizes.collections[0].get_offsets()) == len(models)
    assert {text.get_text() for text in sizes.texts} == {"GPT", "BLOOM"}
    assert sum(len(line.get_xdata()) for line in people.lines) == (facts["kind"] == "people").sum()
    shown = facts["kind"].isin(("founding", "money", "release")).sum()
    assert sum(len(line.get_xdata()) for line in events.lines) == len(events.texts) == shown
    assert {axes.get_yscale() for axes in (sizes, people)} == {"log"}


def test_the_facts_are_listed_as_exactly_as_they_are_known_in_both_languages(monkeypatch):
    facts = cases.load_cases(FOLDER)[0]
    page = cases.listed(facts)
    assert "2018-11<" in page and "2015-11-09<" in page and "235,000,000 USD" in page and "Staff" in page
    assert page.count("<tr>") == len(facts) + 1
    monkeypatch.setenv(language.VARIABLE, "zh")
    chinese = cases.listed(facts)
    assert "员工" in chinese and "235,000,000 美元" in chinese and "Staff" not in chinese and "出处" in chinese
    assert facts["chinese"].str.contains("[\u4e00-\u9fff]").all()
