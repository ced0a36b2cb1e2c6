"""The commands of a room: who is where, who is brought where, and the trainings kept for that. `cli` gathers them."""

import time
from pathlib import Path

import click

from talentlab import runtime
from talentlab.cli import share
from talentlab.cli.group import Group
from talentlab.course.progress import ROOM_VARIABLE
from talentlab.language import tr

_folder = click.Path(path_type=Path, file_okay=False)
_states = click.option(
    "--states", type=_folder, envvar="TALENTLAB_STATES", help="Folder of the kept trainings, if not .local/states."
)


@click.command("catch-up")
@click.argument("chapter")
@click.option("--to", metavar="SECTION", help="Stop before this section or exercise: 5.3, 5.A. The end, if not given.")
@_states
def catch_up(chapter: str, to: str | None, states: Path | None) -> None:
    """Bring your working copy of CHAPTER to a section: exercises filled in, trainings read back, your own text kept.

    The copy as it was stays beside it. Trainings come from what `talentlab workshop states` has kept.
    """
    from talentlab.course import catching_up, kept_trainings, working_copies

    root = runtime.repository_root()
    folder = (states or root / ".local" / "states").absolute() / working_copies.origin(chapter, root).stem
    found = kept_trainings.kept(folder)
    done = catching_up.catch_up(chapter, root, to=to, states=folder if found.trainings else None)
    filled = tr("{n} exercises filled in; open it anew, and follow the line there", n=done.filled)
    click.echo(tr("caught up  {path}: ", path=share.short(done.copy)) + filled)
    if done.before:
        click.echo(tr("before     {path}", path=share.short(done.before)))
    if found.trainings:
        click.echo(tr("trainings  ") + _told(found))
    elif folder.is_dir():
        click.echo(tr("trainings  the chapter has none that could be kept; its cells run as ever"))
    else:
        none = tr("trainings  none are kept in {folder}, so they run; ", folder=share.short(folder))
        click.echo(none + tr("an instructor keeps them by `talentlab workshop states {chapter}`", chapter=chapter))


@click.command()
@click.argument("chapters", nargs=-1, required=True)
@_states
def states(chapters: tuple[str, ...], states: Path | None) -> None:
    """Run CHAPTERS once, and keep their finished trainings for `talentlab catch-up`.

    A training whose loss or validation is the chapter's own cannot be kept: it runs as ever. Copy the folder to the
    seats, or put it where all can read it and name it: TALENTLAB_STATES=FOLDER.
    """
    from talentlab.experiments import kept_states

    for chapter in chapters:
        found = kept_states.keep(chapter, states or runtime.repository_root() / ".local" / "states")
        click.echo(f"{chapter}: {_told(found)}")


def _told(found: "tuple[int, int, float]") -> str:
    trainings, size, seconds = found
    return tr("{n} kept, {mib:.0f} MiB, {s:.0f} s of training", n=trainings, mib=size / 2**20, s=seconds)


@click.group(cls=Group)
def room() -> None:
    """Who is where in a room."""


@room.command()
@click.argument("folder", type=_folder, envvar=ROOM_VARIABLE)
@click.option("--anonymous", is_flag=True, help="Numbers instead of names.")
@click.option("--watch", is_flag=True, help="Show it anew every ten seconds, until Ctrl-C.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Also a page that loads itself.")
def status(folder: Path, anonymous: bool, watch: bool, output: Path | None) -> None:
    """Show which seat is at which exercise, from the files in FOLDER.

    A seat writes there if it was started with TALENTLAB_ROOM=FOLDER make lab: its name (TALENTLAB_SEAT, or user and
    machine), the exercise, guess or quiz it is at, the wrong answers there, and what it has solved. No answers.
    """
    from talentlab.course import room as seated

    while True:
        found, foreign = seated.seats(folder)
        rows, line = seated.table(found, anonymous=anonymous), seated.summary(found, foreign)
        if output:
            with runtime.written_whole(output) as part:
                part.write_text(seated.page(rows, line), encoding="utf-8")
        if watch:
            click.clear()
        click.echo(f"{line}\n{share.aligned(rows) if found else ''}".rstrip())
        if not watch:
            return
        try:
            time.sleep(seated.REFRESH_S)
        except KeyboardInterrupt:
            return
