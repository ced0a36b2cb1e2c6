"""The command for those who teach. `cli` gathers it."""

import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talentlab import language
from talentlab.cli import group, share
from talentlab.cli.group import Group
from talentlab.language import tr
from talentlab.runtime import written_whole

if TYPE_CHECKING:
    from talentlab.experiments import leagues


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


_COURSE = click.option("--course", type=click.Path(path_type=Path, file_okay=False), default="assignments",
                       show_default=True, help="Folder of the nbgrader course.")  # fmt: skip


@workshop.command()
@click.argument("chapter")
@_COURSE
def assignment(chapter: str, course: Path) -> None:
    """Make an nbgrader assignment of the exercises of CHAPTER, and print the notebook to hand out.

    Exercises that work on what the chapter trains are not in it; its first cell names them.
    """
    from talentlab.authoring import grading
    from talentlab.course.working_copies import find_chapter
    from talentlab.runtime import repository_root

    slug = find_chapter(chapter, repository_root()).stem
    click.echo(grading.prepare(slug, course, language.current()))


@workshop.command()
@click.argument("chapter")
@click.argument("inbox", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_COURSE
@click.option("--limit", "limit_s", type=click.FloatRange(min=1), default=300.0, show_default=True,
              help="Longest time for one submission [s].")  # fmt: skip
def grade(chapter: str, inbox: Path, course: Path, limit_s: float) -> None:
    """Grade what lies in INBOX, NAME.ipynb or NAME/…ipynb, against the assignment of CHAPTER.

    Writes a page of feedback for each, which opens offline, and a table of the marks. What people hand in is run here:
    grade where nothing else is kept.
    """
    from talentlab.authoring import grading
    from talentlab.course.working_copies import find_chapter
    from talentlab.runtime import repository_root

    slug = find_chapter(chapter, repository_root()).stem
    marks = grading.grade(slug, course, inbox, limit_s=limit_s)
    for mark in marks:
        click.echo(f"{mark.name}: {mark.points:g} {mark.trouble}".rstrip())
    bad = sum(bool(mark.trouble) for mark in marks)
    path = course / f"marks_{slug}.csv"
    click.echo(tr("{n} graded, {bad} could not be: {path}", n=len(marks) - bad, bad=bad, path=path))


@workshop.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--start", "begin", metavar="NAME", help="Begin one in FOLDER: chapter_5, startup, or a file of yours.")
@click.option("--held-back", type=click.Path(path_type=Path, dir_okay=False),
              help="The labels held back: --start writes them there, outside of FOLDER.")  # fmt: skip
@click.option("--texts", help="With --start: a table of texts and labels instead of the bundled one.")
@click.option("--confirm", type=click.IntRange(min=0), default=0, show_default=True,
              help="Run so many of the best entries again here.")  # fmt: skip
@click.option("--watch", type=click.FloatRange(min=1), metavar="SECONDS", help="Look again and again, until Ctrl-C.")
def league(
    folder: Path, begin: str | None, held_back: Path | None, texts: str | None, confirm: int, watch: float | None
) -> None:
    """Score what seats handed in below FOLDER, and write its page, league.html.

    \b
    talentlab workshop league room --start chapter_5 --held-back ~/labels.csv
    talentlab workshop league room --held-back ~/labels.csv --confirm 3
    """  # noqa: D301
    from talentlab.experiments import league_page, leagues, scoring

    if begin:
        rules = leagues.start(begin, folder, held_back, texts=texts, seed=secrets.randbits(32))
        click.echo(_how_to_enter(rules, folder))
        return
    rules = leagues.load(folder / leagues.SETTINGS)
    desk, memory = scoring.open_desk(rules, folder, held_back), scoring.Memory({}, {})
    while True:
        rows = scoring.board(folder, desk, memory, confirm=confirm)
        with written_whole(folder / "league.html") as part:
            part.write_text(league_page.page(rules, rows), encoding="utf-8")
        if not watch:
            break
        time.sleep(watch)
    for row in rows:
        click.echo(f"{row.place or '–'} {row.name}: {row.trouble or leagues.shown(row, rules)}")
    click.echo(folder / "league.html")


def _how_to_enter(rules: "leagues.League", folder: Path) -> str:
    if rules.kind == "plans":
        return tr("Each seat plans from {folder}/startup and hands in {folder}/NAME/plan.csv.", folder=folder)
    return tr(
        "Each seat runs: talentlab run {chapter} --threads 1 -p dataset={folder}/texts.csv --runs-folder {folder}/NAME",
        chapter=rules.chapter, folder=folder.resolve(),
    )  # fmt: skip
