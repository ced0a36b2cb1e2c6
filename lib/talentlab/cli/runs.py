"""The commands that list runs and keep them in order. `cli` gathers them."""

from pathlib import Path
from typing import Any

import click

from talentlab import language
from talentlab.cli import share
from talentlab.cli.group import Group
from talentlab.language import tr


@click.group("runs", cls=Group, invoke_without_command=True)
@share.folder_option
@share.where_option
@click.option("--sort", metavar="COLUMN", help="Largest first; -COLUMN: smallest first.")
@click.option("--format", "form", type=click.Choice(["text", "csv", "json", "md"]), default="text", show_default=True)
@click.option(
    "--parquet", type=click.Path(path_type=Path, dir_okay=False), help="Write the table to this file, with its types."
)
@click.pass_context
def runs(
    ctx: click.Context, runs_folder: Path, where: str | None, sort: str | None, form: str, parquet: Path | None
) -> None:
    """List the runs; `talentlab runs show ID` shows one."""
    from talentlab.experiments import tables

    ctx.obj = {"runs_folder": runs_folder, "where": where}
    if ctx.invoked_subcommand is not None:
        return
    table = tables.table(runs_folder, where=where, sort=sort)
    if parquet:
        mixed = table.select_dtypes(["object", "str"]).columns  # lists beside texts: a column of a file has one type
        table.convert_dtypes().astype(dict.fromkeys(mixed, "string")).to_parquet(parquet)
        click.echo(parquet)
    else:
        click.echo(share.format_table(table, form))


_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_run = click.argument("run")


def _find(listing: dict[str, Any], run: str) -> Any:
    from talentlab.experiments import tables

    return tables.find(run, listing["runs_folder"])


@runs.command()
@_run
@click.pass_obj
def show(listing: dict[str, Any], run: str) -> None:
    """The whole record of RUN: its id, the start or end of it, or its folder."""
    import yaml

    click.echo(yaml.safe_dump(_find(listing, run), sort_keys=False, allow_unicode=True, width=110))


@runs.command()
@click.argument("first")
@click.argument("second")
@click.pass_obj
def diff(listing: dict[str, Any], first: str, second: str) -> None:
    """What tells two runs apart: parameters, the notebook's code, changes of the library."""
    from talentlab.experiments import upkeep

    lines = "\n".join(upkeep.differences(_find(listing, first), _find(listing, second)))
    click.echo(lines or tr("the same parameters and code"))


@runs.command()
@_run
@click.argument("name")
@click.pass_obj
def tag(listing: dict[str, Any], run: str, name: str) -> None:
    """Give RUN a name, shown in the table; '' takes it off."""
    from talentlab.experiments import upkeep

    upkeep.annotate(_find(listing, run), tag=name)


@runs.command()
@_run
@click.argument("text")
@click.pass_obj
def note(listing: dict[str, Any], run: str, text: str) -> None:
    """Put a remark on the record of RUN; '' takes it off."""
    from talentlab.experiments import upkeep

    upkeep.annotate(_find(listing, run), note=text)


@runs.command()
@_run
@click.pass_obj
def stop(listing: dict[str, Any], run: str) -> None:
    """Ask RUN, which goes on, to stop."""
    from talentlab.experiments import upkeep

    upkeep.stop(_find(listing, run))


@runs.command()
@click.argument("names", metavar="RUN…", nargs=-1, required=True)
@_yes
@click.pass_obj
def rm(listing: dict[str, Any], names: tuple[str, ...], yes: bool) -> None:
    """Delete runs with all that they left."""
    from talentlab.experiments import upkeep

    for record in [_find(listing, name) for name in names]:
        if yes or click.confirm(tr("delete {folder}?", folder=record["folder"])):
            upkeep.remove(record, listing["runs_folder"])


@runs.command()
@click.argument("names", metavar="RUN…", nargs=-1, required=True)
@_yes
@click.pass_obj
def archive(listing: dict[str, Any], names: tuple[str, ...], yes: bool) -> None:
    """Pack runs into RUN.tar.gz, in place of their folders."""
    from talentlab.experiments import upkeep

    for record in [_find(listing, name) for name in names]:
        if yes or click.confirm(tr("pack {folder} and delete it?", folder=record["folder"])):
            click.echo(upkeep.archive(record, listing["runs_folder"]))


runs.add_command(share.export)


@click.command()
@click.argument("first")
@click.argument("second")
@share.folder_option
@click.option("--seed-name", default="seed", show_default=True, help="The parameter that is the seed.")
def compare(first: str, second: str, runs_folder: Path, seed_name: str) -> None:
    """Compare two configurations, each given by one of its runs, over all their seeds."""
    from talentlab.experiments import tables

    one, other = (tables.group(tables.find(run, runs_folder), runs_folder, seed=seed_name) for run in (first, second))
    differing, measured = tables.compare(one, other, seed=seed_name)
    click.echo(share.aligned(share.named(differing)) if len(differing) else tr("the same parameters"))
    click.echo("\n" + share.aligned(share.named(measured.rename(index=language.name)), float_format="{:.4f}".format))
    if measured["low"].isna().all():
        click.echo(
            tr("\nNo interval: it needs at least two seeds of each, for example `talentlab sweep … -g seed=0:3`.")
        )
