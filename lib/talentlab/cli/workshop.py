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


@workshop.command()
@click.argument("chapters", nargs=-1)
@click.option("-o", "--output", "folder", type=click.Path(path_type=Path, file_okay=False), default="slides",
              show_default=True, help="Folder for the pages.")  # fmt: skip
def slides(chapters: tuple[str, ...], folder: Path) -> None:
    """Write CHAPTERS as slides, one HTML file each; all of them if none is named.

    They show what the document says, the pictures and figures, and what was measured, and load nothing. Arrow keys
    turn the page, n shows the instructor's page with the current minute marked, t sets its clock to 0.
    """
    from talentlab.authoring import navigation
    from talentlab.authoring import slides as pages
    from talentlab.course.working_copies import find_chapter
    from talentlab.runtime import progress, repository_root

    named = [find_chapter(chapter, repository_root()).stem for chapter in chapters]
    built = [path.stem for path in navigation.sources() if navigation.notebook_path(path.stem, "learner").is_file()]
    speaks = language.current()
    folder.mkdir(parents=True, exist_ok=True)
    with progress("slides", len(named or built), unit="chapter") as bar:
        for slug in named or built:
            (folder / f"{slug}.html").write_text(pages.slides(slug, speaks), encoding="utf-8")
            bar.advance(chapter=slug)
    click.echo(folder)
