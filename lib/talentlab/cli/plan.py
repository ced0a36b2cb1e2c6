"""`talentlab plan`: who does what when, from a folder of tables. `cli` gathers it."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talentlab import language
from talentlab.language import tr

if TYPE_CHECKING:
    from talentlab.talent.plan import Plan
    from talentlab.talent.tables import Startup


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="[init] FOLDER")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), help="FOLDER/report, if not given.")
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(0.1, 3600), help="For the search.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Threads of the solver.")
@click.option("--hires/--no-hires", default=False, help="Also value each candidate alone: a search more for each.")
@click.option(
    "--runs", default=10_000, show_default=True, type=click.IntRange(100, 100_000), help="Simulated projects."
)
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--score",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Score plans made by hand instead: a table with group, task and people, in each group's order.",
)
def plan(
    words: tuple[str, ...],
    output: Path | None,
    seconds: float,
    workers: int,
    hires: bool,
    runs: int,
    seed: int,
    score: Path | None,
) -> None:
    """Plan who does what when, from the tables in FOLDER: a page that opens offline, and tables as CSV.

    \b
    talentlab plan init FOLDER      writes an example with comments, to be filled in
    talentlab plan FOLDER           plans what is in it
    talentlab plan FOLDER --score groups.csv
                                    plans made by hand, on a scoreboard

    A folder that is called init: ./init
    """  # noqa: D301
    if words[0] == "init":
        if len(words) != 2:
            raise click.UsageError("init wants one FOLDER: `talentlab plan init FOLDER`")
        click.echo(tr("fill in the tables in {folder}, then: talentlab plan {given}",
                      folder=_init(Path(words[1])), given=words[1]))  # fmt: skip
        return
    if len(words) != 1:
        raise click.UsageError("one FOLDER at a time")
    from talentlab.talent import plan as planning
    from talentlab.talent import report, risk, value
    from talentlab.talent.tables import load_startup

    folder = Path(words[0])
    startup = load_startup(folder)
    found = planning.solve(startup, seconds=seconds, workers=workers, seed=seed)
    if score:
        click.echo(_scored(startup, found, score))
        return
    forecast = risk.simulate(found, runs=runs, seed=seed)
    table = None
    if hires and startup.candidates:
        without = planning.solve(value.with_candidates(startup, []), seconds=seconds, workers=workers, seed=seed)
        table = value.hires(startup, without, seconds=seconds, workers=workers)
    page = report.write_report(found, output or folder / "report", forecast=forecast, hires=table)
    said, status = forecast.summary(), language.name(found.status)
    click.echo(tr("{delivery}: {status}, gap {gap:.1%}. {forecast}\n{page}", delivery=found.delivery, status=status,
                  gap=found.gap, forecast=said, page=page))  # fmt: skip


def _scored(startup: "Startup", best: "Plan", path: Path) -> str:
    """The scoreboard of a table of groups; a sheet that cannot be carried out is named, and not scored."""
    from talentlab.data.readers import read_table
    from talentlab.errors import TalentError
    from talentlab.talent import staffing

    rows, plans, refused = read_table(path)[0], {}, []
    if missing := [column for column in ("group", "task", "people") if column not in rows]:
        raise TalentError(f"{path} has no column {missing[0]!r}.", expected="columns group, task, people",
                          remedy="write one row per task and group; people are separated by ;")  # fmt: skip
    for group, sheet in rows.groupby("group", sort=False):
        try:
            plans[str(group)] = staffing.staff(startup, sheet)
        except TalentError as error:
            refused.append(f"{group}: {error}")
    return "\n".join([staffing.scoreboard(plans, best).to_string(), *refused])


def _init(folder: Path) -> Path:
    """The worked example's tables, copied into a folder that holds none of them yet."""
    from talentlab.errors import TalentError
    from talentlab.runtime import repository_root

    tables = ("people", "work", "candidates", "skills", "settings", "levers")
    if there := [name for name in tables if (folder / f"{name}.csv").exists()]:
        raise TalentError(f"{folder} has a {there[0]}.csv.", expected="a folder without tables",
                          remedy="name another folder; nothing was written.")  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    for name in tables:
        shutil.copyfile(repository_root() / "course" / "data" / "startup" / f"{name}.csv", folder / f"{name}.csv")
    return folder
