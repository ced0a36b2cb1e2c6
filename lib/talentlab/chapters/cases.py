"""Chapter 9.3's dated public facts: read, checked row by row, and drawn on one line of time."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from talentlab import language
from talentlab.data.readers import read_table
from talentlab.errors import DataError
from talentlab.language import tr
from talentlab.plots import BLUE, GREEN, GREY, ORANGE

UNITS = {"people": ("people", "authors", "contributors"), "money": ("USD",)}  # of a fact's kind; the others have none
_ALLOWED = {
    "precision": ("day", "month", "year"),
    "kind": ("founding", "people", "money", "model", "release"),
    "form": ("dense", "sparse"),
    "certainty": ("primary", "reported", "at least"),
}
_MUST = {
    "facts": ("date", "precision", "organisation", "kind", "short", "what", "source", "address", "certainty"),
    "models": ("model", "date", "precision", "maker", "parameters_millions", "authors", "form", "source", "address",
               "certainty"),
}  # fmt: skip
COLORS = {"OpenAI": BLUE, "Hugging Face": ORANGE, "TensorFlow": GREEN, "Google": GREEN}
_MARKS = {"people": "o", "authors": "s", "contributors": "^"}


def load_cases(folder: Path | str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The facts about the three cases, and the table of language models; `date` is a timestamp, `value` a number.

    Args:
        folder: With `facts.csv` and `models.csv`, as `course/data/cases` has them.

    Raises:
        DataError: With file, row and column of each fault: no source, no ISO date, a value without its unit.
    """
    tables = {name: read_table(Path(folder) / f"{name}.csv")[0] for name in _MUST}
    faults = [f"{name}.csv, {fault}" for name, table in tables.items() for fault in _faults(name, table)]
    if faults:
        raise DataError(
            "\n  ".join(["The cases have faults:", *faults]),
            expected="every cell filled, dates as 2019-03-11, numbers with their unit",
            remedy="correct the cells named; rows are numbered as in the file, the header is row 1.",
        )
    facts, models = (table.assign(date=pd.to_datetime(table["date"])) for table in tables.values())
    facts["value"] = pd.to_numeric(facts["value"])
    models[["parameters_millions", "authors"]] = models[["parameters_millions", "authors"]].apply(pd.to_numeric)
    return facts.sort_values("date", kind="stable"), models.sort_values("date", kind="stable")


def listed(facts: pd.DataFrame) -> str:
    """The facts of `load_cases` as an HTML table, dates as exact as they are known; in Chinese what has it."""
    digits = {"day": 10, "month": 7, "year": 4}  # of a date such as 2019-03-11
    exact = [str(day)[: digits[known]] for day, known in zip(facts["date"], facts["precision"], strict=True)]
    amounts = [_amount(value, unit) for value, unit in zip(facts["value"], facts["unit"], strict=True)]
    shown = facts.assign(date=exact, value=amounts)
    if language.current() == "zh" and "chinese" in shown:
        shown["what"] = shown["chinese"]
    shown = shown[["date", "organisation", "kind", "what", "value", "certainty", "source"]]
    shown = shown.assign(**{column: shown[column].map(language.name) for column in ("kind", "certainty")})
    styled = shown.rename(columns=language.name).style.hide().format(escape="html")
    # a fixed name, so that the output is the same each time
    page = str(styled.set_properties(**{"text-align": "left"}).to_html(table_uuid="facts"))
    return page.replace("&#39;", "'")  # in the text of a cell it harms nothing


def _amount(value: float, unit: str) -> str:
    if pd.isna(value):
        return ""
    n = f"{value:,.0f}"
    said = {"people": tr("{n} people", n=n), "authors": tr("{n} authors", n=n),
            "contributors": tr("{n} contributors", n=n)}  # fmt: skip
    return said.get(unit, f"{n} {language.name(unit)}")


def _faults(name: str, table: pd.DataFrame) -> Iterator[str]:
    if missing := [column for column in _MUST[name] if column not in table]:
        yield f"row 1: no column {missing[0]!r}"
        return
    for number, cells in zip(table.index, table.to_dict("records"), strict=True):
        row = {str(k): "" if pd.isna(v) else str(v).strip() for k, v in cells.items()}
        for column in _MUST[name]:
            if fault := _wrong(column, row[column]):
                yield f"row {number}, column {column}: {fault}"
        if name == "facts":
            units = UNITS.get(row["kind"], ())
            value, unit = row.get("value", ""), row.get("unit", "")
            if bool(value) != bool(unit) or (unit and unit not in units) or (value and not _is_amount(value)):
                yield f"row {number}, column unit: {value!r} {unit!r} of the kind {row['kind']!r}"


def _wrong(column: str, cell: str) -> str:
    if not cell:
        return "is empty"
    if cell not in _ALLOWED.get(column, (cell,)):
        return f"{cell!r} is none of {', '.join(_ALLOWED[column])}"
    if column == "address" and not cell.startswith("https://"):
        return f"{cell!r} is no address"
    if column in ("parameters_millions", "authors") and not _is_amount(cell):
        return f"{cell!r} is no number above zero"
    if column == "date":
        try:
            date.fromisoformat(cell)
        except ValueError:
            return f"{cell!r} is no date such as 2019-03-11"
        if len(cell) != len("2019-03-11"):
            return f"{cell!r} is no date such as 2019-03-11"
    return ""


def _is_amount(cell: str) -> bool:
    try:
        return 0 < float(cell) < float("inf")
    except ValueError:
        return False


def plot_timeline(facts: pd.DataFrame, models: pd.DataFrame, named: tuple[str, ...] = ()) -> Figure:
    """Size of models, published numbers of people, and the other facts, one above the other on one line of time.

    Args:
        facts: Of `load_cases`.
        models: Of `load_cases`; those of the three cases are coloured, the others grey.
        named: Models whose names are written beside their points.
    """
    figure, (sizes, people, events) = plt.subplots(
        3, 1, figsize=(7.8, 7.6), sharex=True, layout="constrained", height_ratios=(1.15, 1, 0.85)
    )
    colors = [COLORS.get(maker, GREY) for maker in models["maker"]]
    sizes.scatter(models["date"], 1e6 * models["parameters_millions"], c=colors, s=28)
    for _, row in models[models["model"].isin(named)].iterrows():
        days, ratio = (row["date"] - models["date"]).dt.days, models["parameters_millions"] / row["parameters_millions"]
        crowded = (days.between(1, 300) & ratio.between(0.4, 2.5)).any()  # then the name goes to the right of its point
        sizes.annotate(row["model"], (row["date"], 1e6 * row["parameters_millions"]), xytext=(5 if crowded else -5, 4),
                       textcoords="offset points", fontsize=8.5, ha="left" if crowded else "right")  # fmt: skip
    sizes.set(yscale="log", ylabel="parameters of a model", ylim=(3e7, 6e12))
    counted = facts[facts["kind"] == "people"]
    for (organisation, unit), group in counted.groupby(["organisation", "unit"]):
        people.plot(group["date"], group["value"], marker=_MARKS[unit], color=COLORS[organisation],
                    linestyle="--" if unit == "people" else "none", linewidth=1,
                    label=f"{organisation}: {'staff' if unit == 'people' else unit}")  # fmt: skip
    people.set(yscale="log", ylabel="people")
    people.legend(frameon=False, fontsize=8.5, loc="upper left", ncols=2)
    people.set_ylim(top=9000)
    _plot_events(events, facts[facts["kind"].isin(("founding", "money", "release"))])
    events.set_xlim(
        left=facts["date"].min() - pd.Timedelta(days=250), right=facts["date"].max() + pd.Timedelta(days=250)
    )
    for axes in (sizes, people, events):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _plot_events(axes: plt.Axes, facts: pd.DataFrame) -> None:
    """One line per organisation; labels go above and below it by turns, so that neighbours do not cross."""
    organisations = list(dict.fromkeys(facts["organisation"]))
    for row, organisation in enumerate(organisations):
        mine = facts[facts["organisation"] == organisation]
        axes.plot(mine["date"], [row] * len(mine), "o-", color=COLORS[organisation], linewidth=0.8, markersize=5)
        for n, (_, fact) in enumerate(mine.iterrows()):
            # a sign of dollars would begin a formula
            axes.annotate(fact["short"].replace("$", r"\$"), (fact["date"], row), ha="center", fontsize=8,
                          xytext=(0, 7 if n % 2 else -14), textcoords="offset points")  # fmt: skip
    axes.set_yticks(range(len(organisations)), organisations)
    axes.set(ylim=(len(organisations) - 0.4, -0.6), xlabel="year")
