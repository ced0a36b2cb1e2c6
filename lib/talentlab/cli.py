"""The command line: a thin layer over the library's functions."""

import sys
from pathlib import Path

import click

from talentlab.errors import TalentLabError


class _Group(click.Group):
    """Errors of the kit are one clear message and exit status 2, never a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except TalentLabError as error:
            click.secho(f"error: {error}", fg="red", err=True)
            ctx.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Talent Lab: run, build and check the course."""


@main.command()
@click.argument("notebook")
@click.option("-p", "--parameter", "pairs", multiple=True, metavar="NAME=VALUE", help="Set a parameter; repeatable.")
@click.option("--preset", help="Parameters from course/presets: quick, laptop or gpu.")
@click.option("--runs-folder", type=click.Path(path_type=Path), default=Path("runs"), show_default=True)
@click.option("--cell-limit", default=14400, show_default=True, help="Longest time for one cell [s].")
def run(notebook: str, pairs: tuple[str, ...], preset: str | None, runs_folder: Path, cell_limit: int) -> None:
    """Execute NOTEBOOK headless: a chapter (05) or the path of any notebook with a parameters cell.

    \b
    talentlab run 05
    talentlab run 05 -p learning_rate=1e-4 -p seed=3
    talentlab run 05 -p dataset=mine.csv -p text_column=body -p label_column=topic
    """  # noqa: D301 (\b is click's mark for text that must not be wrapped)
    from talentlab import runs  # heavy imports only where they are needed, so that --help is quick

    values = dict(_pair(pair) for pair in pairs)
    done = runs.run(notebook, values, preset=preset, runs_folder=runs_folder, cell_limit_s=cell_limit)
    click.echo(_result_table(done.record))
    click.echo(f"\nexecuted notebook  {_short(done.notebook)}\nHTML copy          {_short(done.html)}")
    if (done.folder / "model").is_dir():
        click.echo(f"saved model        {_short(done.folder / 'model')}")
    click.echo("\nnext:\n  make lab      open the course in JupyterLab\n"
               f"  talentlab run {notebook} -p num_epochs=2      the same with another parameter")  # fmt: skip


@main.command()
@click.argument("notebook")
def params(notebook: str) -> None:
    """Print the parameters of NOTEBOOK: name, type, default, meaning."""
    from talentlab.parameters import read_parameters
    from talentlab.runs import find_notebook

    for parameter in read_parameters(find_notebook(notebook)).values():
        click.echo(f"{parameter.name}: {parameter.annotation} = {parameter.default!r}\n    {parameter.help}")


@main.command()
@click.argument("chapters", nargs=-1)
@click.option("--force", is_flag=True, help="Execute also what did not change.")
def build(chapters: tuple[str, ...], force: bool) -> None:
    """Make notebooks/ from course/chapters: all chapters that changed, or the CHAPTERS named."""
    from talentlab import authoring

    known = {source.stem for source in authoring.sources()}
    if unknown := set(chapters) - known:
        raise click.BadParameter(f"{sorted(unknown)}; there are {sorted(known)}")
    for path in authoring.build(list(chapters) or None, force=force):
        click.echo(_short(path))


@main.command()
def check() -> None:
    """Lint the chapter sources and compare the built notebooks with them."""
    from talentlab import authoring

    problems = authoring.check()
    for problem in problems:
        click.echo(f"✗ {problem}")
    click.echo("✓ sources and notebooks agree" if not problems else "run `make build` after correcting the sources")
    sys.exit(bool(problems))


@main.command()
def doctor() -> None:
    """Examine this machine and environment: one line each, ✓ or ✗ with the remedy."""
    from talentlab.doctor import examine

    findings = list(examine())
    for finding in findings:
        click.echo(str(finding))
    sys.exit(not all(finding.ok for finding in findings))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not of the form NAME=VALUE", param_hint="-p")
    return name.strip(), value


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _result_table(record: dict) -> str:
    """Metrics with their intervals, beside what the document states."""
    lines = [f"\n{'metric':<12}{'measured':>10}   {'95 % interval':<18}{'document':>9}"]
    for name, value in record["metrics"].items():
        middle, low, high = value if isinstance(value, list) else (value, None, None)
        interval = f"{low:.1%} – {high:.1%}" if low is not None else ""
        stated = record["references"].get(name)
        lines.append(f"{name:<12}{middle:>10.1%}   {interval:<18}{f'{stated:.0%}' if stated else '–':>9}")
    return "\n".join(lines) if record["metrics"] else "\n(the notebook reported no metrics)"
