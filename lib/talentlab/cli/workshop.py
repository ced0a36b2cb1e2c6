"""The command for those who teach. `cli` gathers it."""

from pathlib import Path

import click

from talentlab import language
from talentlab.cli.group import Group


@click.group(cls=Group)
def workshop() -> None:
    """Plans for a room, minute by minute."""


@workshop.command()
@click.argument("name")
@click.option("--start", metavar="HH:MM", help="When each day begins, if not at the plan's own time.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of the screen.")
def plan(name: str, start: str | None, output: Path | None) -> None:
    """Print the plan NAME with its clock: 90min, one_day, two_days, weeks.

    What happens in a chapter comes from its instructor's page, how long it takes from the outline of the course.
    """
    from talentlab.authoring import workshops

    text = workshops.plan(name, language.current(), start)
    if output:
        output.write_text(text, encoding="utf-8")
    click.echo(output or text, nl=bool(output))
