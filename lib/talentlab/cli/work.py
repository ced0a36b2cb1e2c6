"""The commands of those who learn: working copies of the notebooks. `cli` gathers them."""

import click

from talentlab import runtime
from talentlab.cli.share import short
from talentlab.course import working_copies
from talentlab.language import tr

_outputs = click.option(
    "--outputs", type=click.Choice(["clear", "keep"]), default="clear", is_flag=False, flag_value="keep",
    show_default=True, help="Whether new copies have the outputs of the course's notebooks.",
)  # fmt: skip


@click.command()
@_outputs
def work(outputs: str) -> None:
    """Make your working copies of the notebooks in work/: those that are missing; none is overwritten."""
    root = runtime.repository_root()
    if made := working_copies.make(root, outputs=outputs == "keep"):
        click.echo(tr("{n} working copies made in {folder}", n=len(made), folder=short(root / "work")))
    if older := working_copies.older(root):
        newer = tr("the course has newer text or code than {copies}: ", copies=", ".join(map(short, older)))
        click.echo(newer + tr("`talentlab reset NAME` gives the new one, and keeps yours"))


@click.command()
@click.argument("chapter")
@click.option("--keep", is_flag=True, help="Leave yours in its place, and give the fresh one a name of its own.")
@_outputs
def reset(chapter: str, keep: bool, outputs: str) -> None:
    """Get a fresh working copy of CHAPTER: 05, zh/05, solutions/05, or the path of yours.

    Yours is moved aside under a name with the time, never deleted.
    """
    root = runtime.repository_root()
    fresh, yours = working_copies.reset(chapter, root, keep=keep, outputs=outputs == "keep")
    click.echo(tr("fresh    {path}", path=short(fresh)) + (tr(" (open it anew)") if yours and not keep else ""))
    if yours:
        click.echo(tr("yours    {path}", path=short(yours)))
