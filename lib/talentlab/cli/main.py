"""The command line: a thin layer over the library's functions."""

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from talentlab import language
from talentlab.cli import author, group, models, plan, room, runs, serve, share, work, workshop
from talentlab.cli.group import Group
from talentlab.language import columns, tr


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Talent Lab: run, build and check the course."""


_POSITIVE = click.FloatRange(min=0, min_open=True)


def _limits(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of how a notebook is executed; of these `execution.Limits` are the limits."""
    for option in (
        click.option("--threads", type=click.IntRange(1), help="Threads of a run; its share of the cores by default."),
        click.option(
            "--cwd", "folder", type=click.Path(path_type=Path, file_okay=False, exists=True),
            help="Where the kernel works: by default here for a chapter, beside it for another notebook.",
        ),
        click.option("--kernel", help="Name of the kernel, if not the notebook's own."),
        click.option(
            "--output-limit", "output_mb", type=_POSITIVE, default=20.0, show_default=True,
            help="Largest output of a run that is kept [MB].",
        ),
        click.option("--memory-limit", "memory_mib", type=_POSITIVE, help="Largest memory of a run [MiB]."),
        click.option("--run-limit", "run_s", type=_POSITIVE, help="Longest time for a whole run [s]."),
        click.option(
            "--cell-limit", "cell_s", type=click.IntRange(1), default=14400, show_default=True,
            help="Longest time for one cell [s].",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def _split_pairs(ctx: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} is not of the form NAME=VALUE")
        if not text.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in text):
            raise click.BadParameter(f"{text!r} holds bytes that are no UTF-8")
        pairs[name.strip()] = value
    return pairs


_pairs = partial(click.option, multiple=True, callback=_split_pairs)
_dry_run = click.option("--dry-run", is_flag=True, help="Say what would run, and what is there already.")
_preset = click.option("--preset", help="Parameters from course/presets (quick, laptop, gpu, zh), or from a YAML file.")


@main.command()
@click.argument("notebook", required=False)
@_pairs("-p", "--parameter", "values", metavar="NAME=VALUE", help="Set a parameter; repeatable.")
@_preset
@click.option("--like", metavar="RUN", help="Notebook and parameters of an earlier run, but for those given.")
@_dry_run
@click.option("--follow", is_flag=True, help="Show what the cells print.")
@click.option("--processes", default=1, show_default=True, help="Train in so many processes, each with a GPU if any.")
@click.option(
    "--language", "speaks", type=click.Choice(["en", "zh"]), help="Of the chapter; the reader's if not given."
)
@share.folder_option
@_limits
def run(
    notebook: str | None, values: dict[str, str], preset: str | None, like: str | None, dry_run: bool, follow: bool,
    processes: int, speaks: str | None, runs_folder: Path, threads: int | None, kernel: str | None,
    folder: Path | None, **limits: Any,
) -> None:  # fmt: skip
    """Execute NOTEBOOK headless: a chapter (05) or the path of any notebook with a parameters cell.

    \b
    talentlab run 05
    talentlab run 05 -p learning_rate=1e-4 -p seed=3
    talentlab run 05 -p dataset=mine.csv -p text_column=body -p label_column=topic
    talentlab run 05 -p 'dataset=mine.csv?encoding=gbk'    if its encoding is in doubt, or taken wrongly
    talentlab run zh/05    (or: run 05 --language zh) its Chinese edition
    """  # noqa: D301 (\b is click's mark for text that must not be wrapped)
    from talentlab.experiments import runs as execution  # heavy imports only where needed: --help is quick
    from talentlab.experiments import tables
    from talentlab.experiments.execution import Limits

    if (notebook is None) == (like is None):
        raise click.UsageError("either NOTEBOOK or --like RUN says what to run")
    settings: dict[str, Any] = {"preset": preset, "processes": processes, "kernel": kernel, "folder": folder}
    if notebook is None:
        job = execution.like(tables.find(str(like), runs_folder), values, **settings)
    else:
        job = execution.resolve(execution.in_language(notebook, speaks or language.current()), values, **settings)
    if dry_run:
        click.echo(_plan([job], runs_folder))
        return
    with group.interruptible(tr("the same command goes on at the last checkpoint of its training")):
        done = execution.run_job(job, runs_folder=runs_folder, limits=Limits(**limits), threads=threads, follow=follow)
    click.echo(_result_table(done.record))
    left = {
        tr("executed notebook"): done.notebook,
        tr("HTML copy"): done.html,
        tr("saved model"): done.folder / "model",
    }
    click.echo()
    for what, path in left.items():
        if path.exists():
            click.echo(f"{what}{' ' * (18 - columns(what))} {share.short(path)}")
    values = {**{name: parameter.default for name, parameter in job.declared.items()}, **job.values}
    click.echo(tr("\nnext:\n  make lab      open the course in JupyterLab\n"
                  "  talentlab run {notebook} -p {change}      the same with another parameter",
                  notebook=notebook or job.source.stem, change=_change(values)))  # fmt: skip


@main.command()
@click.argument("notebook")
@_pairs(
    "-g", "--grid", "axes", metavar="NAME=AXIS", required=True,
    help="An axis: values (1e-5,3e-5), whole numbers (0:5), a range (1e-5..1e-3 or 1e-5..1e-3:log); lists (1,2;3).",
)  # fmt: skip
@_pairs("-p", "--parameter", "values", metavar="NAME=VALUE", help="The same in all runs.")
@_preset
@click.option("--sample", type=click.IntRange(1), help="Run this many random points instead of the whole grid.")
@click.option("--bayes", is_flag=True, help="Search with Optuna, which learns from the trials before.")
@click.option("--trials", default=30, show_default=True, type=click.IntRange(1), help="Trials of --bayes.")
@click.option("--metric", default="f1", show_default=True, help="What --bayes makes large.")
@click.option("--minimize", is_flag=True, help="Make the metric of --bayes small: a loss, an error.")
@_dry_run
@click.option("--prune/--no-prune", default=True, help="Stop trials of --bayes that fall behind.")
@click.option("--storage", metavar="URL", help="Database of the study of --bayes, which other sweeps may share.")
@click.option("--search-seed", default=0, help="Of the choice of points.")
@click.option("--jobs", type=click.IntRange(1), help="Runs at the same time: 1, or what the cluster can take.")
@click.option("--processes", default=1, show_default=True, help="Processes of each run: see `talentlab run`.")
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local", show_default=True)
@click.option("--address", help="Of the dask scheduler, such as tcp://10.0.0.1:8786.")
@click.option("--cpus", default=0, help="CPUs of a run: its threads, and the resource CPU of a dask worker.")
@click.option("--gpus", default=0, help="GPUs of a run: the resource GPU of a dask worker.")
@click.option("--resume", is_flag=True, help="Go on with the newest sweep of the same description.")
@click.option("--max-failures", type=click.IntRange(1), help="End the sweep when so many runs have failed.")
@share.folder_option
@_limits
def sweep(
    notebook: str, axes: dict[str, str], values: dict[str, str], preset: str | None, sample: int | None, bayes: bool,
    trials: int, metric: str, minimize: bool, dry_run: bool, prune: bool, storage: str | None, search_seed: int,
    jobs: int | None, processes: int, engine: str, address: str | None, cpus: int, gpus: int, resume: bool,
    runs_folder: Path, threads: int | None, kernel: str | None, folder: Path | None, max_failures: int | None,
    **limits: Any,
) -> None:  # fmt: skip
    """Run NOTEBOOK with many parameters: a grid, random points, or a Bayesian search.

    \b
    talentlab sweep 05 -g learning_rate=1e-4,2e-4 -g seed=0:3
    talentlab sweep 05 -g learning_rate=1e-5..1e-3:log -g dropout=0..0.3 --sample 20
    talentlab sweep 05 -g learning_rate=1e-5..1e-3:log --bayes --metric f1 --trials 30

    A failing run is recorded and the others go on. After Ctrl-C or a power cut, the same command with --resume runs
    what is missing. Exit code 0: all runs completed; 1: some failed; 2: wrong usage; 130: Ctrl-C.
    """  # noqa: D301
    from talentlab.experiments import runs, spaces, sweeps
    from talentlab.experiments.execution import Limits

    if bayes and sample:
        raise click.UsageError("--sample and --bayes exclude each other")
    if not bayes and click.get_current_context().get_parameter_source("trials") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--trials is how many --bayes makes; --sample N takes N random points")
    if minimize and not bayes:
        raise click.UsageError("--minimize says where --bayes goes; `talentlab runs --sort -METRIC` sorts")
    if storage and not bayes:
        raise click.UsageError("--storage is where --bayes keeps its study")
    if (engine == "dask") != bool(address):
        raise click.UsageError("--engine dask and --address belong together")
    if both := sorted(set(axes) & set(values)):
        raise click.UsageError(tr("both an axis and a fixed value: {names}", names=", ".join(both)))
    job = runs.resolve(notebook, values, preset, processes, kernel=kernel, folder=folder)
    space = spaces.parse_space(job.declared, axes)
    search = spaces.Search("bayes", trials, metric, prune, search_seed, minimize) if bayes else None
    if sample:
        search = spaces.Search("random", sample, seed=search_seed)
    described = spaces.Sweep(job, space, search)
    if dry_run:
        points = [] if bayes else spaces.plan(described)
        click.echo(_plan([job.with_values(point) for point in points] or [job] * trials, runs_folder, known=not bayes))
        return
    if resume and not sweeps.find_earlier(described, runs_folder.resolve()):
        click.echo(tr("nothing to resume: {folder} holds no sweep of this description, so it starts anew",
                      folder=runs_folder), err=True)  # fmt: skip
    place = sweeps.connect(address, cpus=cpus, gpus=gpus) if address else nullcontext((None, 1))
    kept = tr("finished runs are kept in {folder}; the same command with --resume runs the others", folder=runs_folder)
    with group.interruptible(kept), place as (cluster, slots):
        table = sweeps.run_sweep(
            described, runs_folder=runs_folder, resume=resume, jobs=jobs or slots, limits=Limits(**limits),
            cluster=cluster, threads=threads or cpus or None, storage=storage, max_failures=max_failures,
        )  # fmt: skip
    click.echo(share.format_table(table, "text"))
    if failed := (table["status"] == "failed").sum():
        click.secho(tr("{n} runs failed: `talentlab runs show ID` says why", n=failed), fg="red", err=True)
        sys.exit(group.FAILED)


for command in (
    runs.runs, runs.compare, share.report, share.board, models.models, serve.serve, plan.plan, work.work, work.reset,
    workshop.workshop, author.build, author.check, author.combine, author.changed_tests, author.strings, author.confirm,
    room.catch_up, room.room,
):  # fmt: skip
    main.add_command(command)
workshop.workshop.add_command(room.states)


@main.command()
@click.argument("notebook")
def params(notebook: str) -> None:
    """Print the parameters of NOTEBOOK: name, type, default, meaning."""
    from talentlab.experiments.parameters import read_parameters
    from talentlab.experiments.runs import find_notebook

    for parameter in read_parameters(find_notebook(notebook)).values():
        click.echo(f"{parameter.name}: {parameter.annotation} = {parameter.default!r}\n    {parameter.help}")


@main.command()
def doctor() -> None:
    """Examine this machine and environment: one line each, ✓ or ✗ with the remedy."""
    from talentlab.doctor import examine

    findings = list(examine())
    for finding in findings:
        click.echo(str(finding))
    sys.exit(not all(finding.ok for finding in findings))


def _plan(jobs: Sequence[Any], runs_folder: Path, *, known: bool = True) -> str:
    """What would run: values and key of each job, whether it is there, and about how long the others take."""
    from talentlab.experiments import records

    found = [record for record in records.read_all(runs_folder) if record["status"] == "completed"]
    done = {record.get("key"): record["id"] for record in found}
    lines = []
    for job in jobs if known else ():
        given = " ".join(f"{name}={value!r}" for name, value in job.values.items())
        state = tr("there: {run}", run=done[job.key]) if job.key in done else tr("to run")
        lines.append(f"{job.key[:6]}  {state}  {given}")
    left = sum(job.key not in done for job in jobs) if known else len(jobs)
    lines.append(tr("{n} of {all} to run", n=left, all=len(jobs)))
    times = [record["seconds"] for record in found if record["chapter"] == jobs[0].source.stem and "seconds" in record]
    if times and left:
        seconds = left * statistics.median(times)
        lines.append(tr("about {minutes} min one after the other, as {n} earlier runs of this notebook",
                        minutes=f"{seconds / 60:.1f}", n=len(times)))  # fmt: skip
    return "\n".join(lines)


def _change(values: Mapping[str, Any]) -> str:
    """One of these parameters with another value, as `-p` takes it: epochs, the seed, or else the first number."""
    numbers = [name for name, value in values.items() if type(value) in (int, float)]
    name = next((name for name in ("num_epochs", "seed", *numbers) if name in numbers), None)
    if name is None:
        return "NAME=VALUE"
    return f"{name}={values[name] + 1 if isinstance(values[name], int) else values[name] / 2:g}"


def _result_table(record: dict) -> str:
    """Metrics with their intervals, beside what the document states; shares in per cent."""
    if not record["metrics"]:
        return "\n" + tr("(the notebook reported no metrics)")
    rows = [(tr("metric"), tr("measured"), tr("95 % interval"), tr("document"))]
    for name, value in record["metrics"].items():
        if value is None:  # what was reported is no number
            rows.append((language.name(name), "–", "", ""))
            continue
        middle, *ends = value if isinstance(value, list) else [value]
        stated = record["references"].get(name)
        is_share = bool(ends or stated) and all(abs(number) <= 1 for number in (middle, *ends, stated or 0))
        show = "{:.1%}".format if is_share else "{:.4g}".format
        reference = "–" if stated is None else f"{stated:.0%}" if is_share else show(stated)
        rows.append((language.name(name), show(middle), " – ".join(map(show, ends)), reference))
    wide = max(11, *(columns(name) for name, *_ in rows))
    return "\n" + "\n".join(
        f"{name}{' ' * (wide - columns(name))} {' ' * (10 - columns(middle))}{middle}   "
        f"{ends}{' ' * (18 - columns(ends))}{' ' * (9 - columns(reference))}{reference}"
        for name, middle, ends, reference in rows
    )
