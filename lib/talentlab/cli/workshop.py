"""The command for those who teach. `cli` gathers it."""

import sys
from pathlib import Path

import click

from talentlab import language
from talentlab.cli import group, share
from talentlab.cli.group import Group
from talentlab.language import tr


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


@workshop.command()
@click.argument("names", nargs=-1)
@click.option("--start", metavar="HH:MM", help="When each day begins, if not at the plan's own time.")
@click.option("-o", "--output", "folder", type=click.Path(path_type=Path, file_okay=False), default="handouts",
              show_default=True, help="Folder for the pages.")  # fmt: skip
def handouts(names: tuple[str, ...], start: str | None, folder: Path) -> None:
    """Write the plans NAMES as one printed page each, for those in the room; all of them if none is named.

    Each is an HTML file that fills one sheet of A4: the clock, the question of each chapter, space for an answer.
    """
    from talentlab.authoring import handouts as pages
    from talentlab.authoring import workshops

    made = {name: pages.handout(name, language.current(), start) for name in names or workshops.plans()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    click.echo(folder)


@workshop.command()
@click.option("--seats", type=click.IntRange(min=1), required=True, help="How many people work on this machine.")
@click.option("--chapter", default="05", show_default=True, help="What they run: a chapter or a notebook.")
@click.option("--stagger", type=click.FloatRange(min=0), default=5.0, show_default=True, help="Between two starts [s].")
@click.option("--threads", type=click.IntRange(min=1), help="Of each seat, if not its share of the cores.")
@click.option("--on", metavar="ADDRESS", default="", help="A hub whose seats run it: http://127.0.0.1:8000.")
@click.option("--token", help="Of that hub, if not the one that `make hub` left on this machine.")
def rehearse(seats: int, chapter: str, stagger: float, threads: int | None, on: str, token: str | None) -> None:
    """Run a chapter as a room would: all seats at once, each in a kernel of its own.

    Prints how long each seat waits, what it takes, what breaks first, and how many seats the machine carries. A hub
    gives its seats their threads itself.
    """
    from talentlab.experiments import rehearsal
    from talentlab.runtime import repository_root

    if on and not token:
        token = (repository_root() / ".hub" / "token").read_text(encoding="utf-8")
    seen = rehearsal.rehearse(seats, chapter, stagger_s=stagger, threads=threads, on=on, token=token or "")
    click.echo(share.format_table(rehearsal.table(seen), "text"))
    if why := rehearsal.first_trouble(seen):
        broken = sum(bool(seat.trouble) for seat in seen)
        click.secho(tr("{n} of {all} seats broke; the first: {why}", n=broken, all=seats, why=why), fg="red")
        sys.exit(group.FAILED)
    waits = sorted(seat.waited_s / 60 for seat in seen)
    half, most = waits[len(waits) // 2], waits[-1]
    click.echo(tr("half of the seats waited {half:.1f} min or longer, one {most:.1f} min", half=half, most=most))
    for minutes in (2, 5, 10):
        n = rehearsal.carried(seen, minutes * 60)
        click.echo(tr("all at once, nothing else running: {n} seats wait {minutes} min at most", n=n, minutes=minutes))
    click.echo(tr("the memory carries {n} seats", n=rehearsal.carried(seen)))
