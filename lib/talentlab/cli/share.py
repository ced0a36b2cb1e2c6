"""The commands that hand runs on: a report, TensorBoard, MLflow; options, tables and paths of several commands."""

import json
import math
import os
import sys
from pathlib import Path
from typing import Any

import click

from talentlab import language
from talentlab.escaping import markdown_text, spreadsheet_csv
from talentlab.language import tr

folder_option = click.option("--runs-folder", type=click.Path(path_type=Path), default=Path("runs"), show_default=True)
where_option = click.option(
    "--filter", "where", metavar="CONDITION", help="For example \"f1 > 0.7 and chapter == 'mine'\"."
)


@click.command()
@folder_option
@where_option
@click.option("--metric", default="f1", show_default=True, help="What the runs are compared by; larger is better.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="report.html beside the runs.")
def report(runs_folder: Path, where: str | None, metric: str, output: Path | None) -> None:
    """Write one HTML file with tables and figures of the runs, for people without Jupyter."""
    from talentlab.experiments import exports

    click.echo(exports.write_report(output or runs_folder / "report.html", runs_folder, where=where, metric=metric))


@click.command()
@folder_option
@where_option
@click.option("--port", default=6006, show_default=True)
@click.option("--serve/--no-serve", default=True, help="Start TensorBoard, or print the command that does.")
def board(runs_folder: Path, where: str | None, port: int, serve: bool) -> None:
    """Show the runs' curves, parameters and metrics in TensorBoard, on this machine only."""
    from talentlab.experiments import exports, tables

    folder = runs_folder / ".tensorboard"
    exports.write_events(tables.select(runs_folder, where=where), folder)
    served = ["--logdir", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, "-m", "tensorboard.main", *served]
    if not serve:
        click.echo(" ".join(command))
        return
    click.echo(tr("TensorBoard: http://127.0.0.1:{port} (Ctrl-C ends it)", port=port))
    os.execv(sys.executable, command)  # in this process' place: what ends it ends TensorBoard


@click.command()
@click.option("--mlflow", "address", required=True, metavar="ADDRESS", help="For example http://127.0.0.1:5000.")
@click.pass_obj
def export(listing: dict[str, Any], address: str) -> None:
    """Write the runs to an MLflow server; those that are there are left alone."""
    from talentlab.experiments import exports, tables

    chosen = tables.select(**listing)
    written = exports.export_to_mlflow(chosen, address)
    click.echo(tr("{n} of {all} runs written to {address}", n=written, all=len(chosen), address=address))


def format_table(table: Any, form: str) -> str:
    """A table for people (text, md) or, with all digits, for programs (csv, json)."""
    table = table.convert_dtypes()  # whole numbers stay so beside a gap
    if form == "csv":
        return spreadsheet_csv(table).rstrip()
    if form == "json":
        records = table.reset_index().to_dict("records")
        records = [{name: None if _is_missing(value) else value for name, value in one.items()} for one in records]
        return json.dumps(records, indent=1, ensure_ascii=False, default=lambda number: number.item())
    if not len(table):
        return tr("no runs")
    table = table.dropna(axis="columns", how="all").map(_short_value)
    table = table.assign(status=table["status"].map(language.name)) if "status" in table else table
    if form == "text":
        table = table.drop(columns="started", errors="ignore")
        renamed = [f"{each} {language.name(each)}" for each in table.columns if language.name(each) != each]
        keys = tr("\n\n--filter and --sort take the columns by these names: {names}", names=", ".join(renamed))
        return aligned(named(table)) + keys * bool(renamed)
    table = named(table)
    rows = [
        [language.name("run"), *table.columns],
        ["---"] * (1 + len(table.columns)),
        *table.reset_index().values.tolist(),
    ]
    return "\n".join(f"| {' | '.join(map(markdown_text, row))} |" for row in rows)


def _is_missing(value: Any) -> bool:
    import pandas as pd

    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _short_value(value: Any) -> Any:
    return "–" if _is_missing(value) else f"{value:.4g}" if isinstance(value, float) else value


def named(table: Any) -> Any:
    """A table with its columns, and its index' title, in the language in use."""
    return table.rename(columns=language.name).rename_axis(index=language.name)


def aligned(table: Any, **settings: Any) -> str:
    """A table as text whose columns stand below each other, with Chinese in it too."""
    import pandas as pd

    with pd.option_context("display.unicode.east_asian_width", True):
        return table.to_string(**settings)


def short(path: Path) -> str:
    """A path as it is shown: from the current folder, if it lies there."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
