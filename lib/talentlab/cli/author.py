"""The commands of those who write the course: build, check, and what the tests run. `cli` gathers them."""

import sys

import click

from talentlab.cli.share import short
from talentlab.language import tr

_since = click.option(
    "--since", is_flag=False, flag_value="", metavar="[REF]",
    help="Only what changed since the branch left REF; without REF origin/main, else the last commit.",
)  # fmt: skip


@click.command()
@click.argument("chapters", nargs=-1)
@click.option("--force", is_flag=True, help="Execute also what did not change.")
@click.option("--language", type=click.Choice(["en", "zh"]), help="Of --force: this language alone.")
def build(chapters: tuple[str, ...], force: bool, language: str | None) -> None:
    """Make notebooks/ from course/chapters: all chapters that changed, or the CHAPTERS named."""
    from talentlab.authoring import build as builder  # heavy imports only where they are needed

    languages = [language] if language else ["en", "zh"]
    for path in builder.build(_known(chapters) or None, force=force, languages=languages):
        click.echo(short(path))


@click.command()
def check() -> None:
    """Lint the chapter sources and compare the built notebooks with them."""
    from talentlab.authoring import build as builder
    from talentlab.authoring import tier

    problems = builder.check()
    for problem in problems:
        click.echo(f"✗ {problem}")
    for slow in tier.slow_chapters():
        click.echo(f"! {slow}")
    click.echo(tr("run `make build` after correcting the sources") if problems else tr("✓ sources and notebooks agree"))
    sys.exit(bool(problems))


@click.command()
@click.argument("chapters", nargs=-1)
@_since
def combine(chapters: tuple[str, ...], since: str | None) -> None:
    """Write to build/nbval what the tests run: CHAPTERS or all, both editions in one notebook. Prints the files."""
    from talentlab.authoring import changed, tier
    from talentlab.runtime import repository_root

    chosen = _known(chapters) or None
    if since is not None:
        root = repository_root()
        chosen = changed.changed_chapters(root, changed.changed_files(root, since or None))
    files = tier.write_combined(chosen)
    click.echo(tier.timetable([file.stem for file in files]) or tr("no chapter is touched"), err=True)
    for file in files:
        click.echo(short(file))


@click.command()
@click.argument("chapters", nargs=-1)
def strings(chapters: tuple[str, ...]) -> None:
    """Bring course/zh/CHAPTER.po into step with the code; without CHAPTERS the library's own catalogue."""
    from talentlab.authoring import strings as catalogues

    for path, left in map(catalogues.update, _known(chapters)) if chapters else [catalogues.update_library()]:
        click.echo(f"{short(path)}: {tr('{n} entries want Chinese', n=left) if left else tr('complete')}")


@click.command()
@click.argument("chapters", nargs=-1, required=True)
def confirm(chapters: tuple[str, ...]) -> None:
    """Say that the Chinese texts of CHAPTERS fit their English, after both were read."""
    from talentlab.authoring import pairs

    for chapter in _known(chapters):
        pairs.keep(chapter, confirm=True)


@click.command("changed-tests")
@_since
def changed_tests(since: str | None) -> None:
    """Print the unit tests of the modules that changed, one a line."""
    from talentlab.authoring import changed
    from talentlab.runtime import repository_root

    root = repository_root()
    for test in changed.changed_tests(root, changed.changed_files(root, since or None)):
        click.echo(test)


def _known(chapters: tuple[str, ...]) -> list[str]:
    from talentlab.authoring import build as builder

    known = {source.stem for source in builder.sources()}
    if unknown := set(chapters) - known:
        raise click.BadParameter(f"{sorted(unknown)}; there are {sorted(known)}")
    return list(chapters)
