"""Run a notebook headless: checked parameters, a folder with everything the run left, a record."""

import json
import logging
import os
import secrets
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import papermill
from IPython.display import display
from nbconvert import HTMLExporter
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from tqdm import tqdm

from talentlab import claims
from talentlab.errors import RunError
from talentlab.parameters import load_preset, read_parameters, validate_parameters
from talentlab.runtime import PROGRESS_FILE_VARIABLE, repository_root

MIME = "application/vnd.talentlab.run+json"
# ipykernel warns on every start that TCP is not encrypted; ipc instead mixed up parallel runs.
QUIET_KERNEL = ["--IPKernelApp.log_level=CRITICAL"]
_WIDGET_MIME = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class Run:
    """What one run left behind.

    Attributes:
        folder: Everything below is in here.
        notebook: The executed notebook.
        html: Its HTML copy.
        record: `record.json`: chapter, parameters, metrics, references, claims, status, seconds.
    """

    folder: Path
    notebook: Path
    html: Path
    record: dict[str, Any]


def report(*, references: Mapping[str, float] | None = None, **metrics: Any) -> None:
    """Put metrics of the notebook on record, where the runner finds them.

    Args:
        references: Values that the document states, by metric.
        **metrics: Numbers, or `evaluation.Interval`s.
    """
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in metrics.items()}
    text = "on record: " + ", ".join(metrics)
    data = {"metrics": list(values.items()), "references": dict(references or {})}  # pairs: a notebook sorts its keys
    display({MIME: data, "text/plain": text}, raw=True)


def find_notebook(name: str) -> Path:
    """The notebook of a chapter (`05`, `5`, `05_project_practice`), or the file of that path.

    Raises:
        RunError: If there is none, or several.
    """
    if name.endswith(".ipynb"):
        return Path(name)
    folder = repository_root() / "notebooks"
    padded = f"0{name}" if name[:1].isdigit() and not name[1:2].isdigit() else name
    found = [p for p in sorted(folder.glob("*.ipynb")) if p.stem == padded or p.stem.startswith(f"{padded}_")]
    if len(found) != 1:
        raise RunError(
            f"No single chapter {name!r}: found {[p.stem for p in found]}.",
            expected=f"one of {', '.join(p.stem for p in sorted(folder.glob('*.ipynb')))}, or a path to an .ipynb",
            remedy="name the chapter by its number, for example `talentlab run 05`.",
        )
    return found[0]


def run(
    notebook: str | Path,
    parameters: Mapping[str, object] | None = None,
    *,
    preset: str | None = None,
    runs_folder: Path | None = None,
    cell_limit_s: int = 4 * 3600,
    show_progress: bool = True,
) -> Run:
    """Execute a notebook with parameters, in a kernel of its own.

    Names and types are checked against the notebook's parameters cell before a kernel starts. Relative paths in
    parameters are taken from the caller's folder.

    Args:
        notebook: A chapter's number or name, or a path to any notebook.
        parameters: Values by name; text is converted to the parameter's type.
        preset: Name of a file in `course/presets`, applied before `parameters`.
        runs_folder: Where the run's folder is made; `runs` below the caller's folder if None.
        cell_limit_s: Longest time for one cell [s].
        show_progress: Show cells and training steps on stderr.

    Raises:
        ParameterError: If a name or value does not fit.
        RunError: If the notebook cannot be found or a cell fails; the folder keeps what was done.
    """
    source = find_notebook(str(notebook))
    declared = read_parameters(source)
    given = load_preset(repository_root() / "course" / "presets", preset, source.stem) if preset else {}
    values = validate_parameters(declared, {**given, **(parameters or {})})
    started = datetime.now(UTC)
    name = f"{source.stem}-{started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    folder = (runs_folder or Path("runs")).resolve() / name
    folder.mkdir(parents=True)
    if "output_folder" in declared:
        values.setdefault("output_folder", str(folder / "model"))
    record: dict[str, Any] = {
        "chapter": source.stem,
        "parameters": values,
        "started": started.isoformat(),
        "status": "failed",
    }
    target, html = folder / source.name, folder / f"{source.stem}.html"
    clock = time.monotonic()
    try:
        _execute(source, target, values, cell_limit_s, show_progress)
        record["status"] = "completed"
    except BaseException as error:  # a failing cell, kernel death, time limit, Ctrl-C: all end as a failed record
        record["error"] = f"{type(error).__name__}: {error}"
        raise _failure(error, source, target, cell_limit_s) from error
    finally:
        record["seconds"] = round(time.monotonic() - clock, 1)
        _finish(target, html, folder, record)
    return Run(folder, target, html, record)


def _failure(error: BaseException, source: Path, target: Path, cell_limit_s: int) -> BaseException:
    """What the caller gets to see: a `RunError` in plain words, or the interruption itself."""
    if not isinstance(error, Exception):
        return error
    if isinstance(error, PapermillExecutionError):
        return RunError(
            f"Cell {error.exec_count} of {source.name} failed: {error.ename}: {error.evalue}",
            expected="a notebook that runs to its end with these parameters",
            remedy=f"open {target} and look at the marked cell.",
        )
    return RunError(
        f"{source.name} stopped: {type(error).__name__}: {str(error)[:300]}",
        expected=f"a kernel that lives, and cells that take at most {cell_limit_s} s each",
        remedy=f"look at {target}; free memory, or raise the cell limit.",
    )


def _execute(source: Path, target: Path, values: dict[str, Any], cell_limit_s: int, show_progress: bool) -> None:
    progress_file = target.parent / "progress.json"
    logging.getLogger("papermill").setLevel(logging.ERROR)  # it calls parameters unknown that we have checked
    with _display(progress_file) if show_progress else _silent() as tell_cell:
        papermill.execute_notebook(
            source, target, values, engine_name="talentlab", cwd=Path.cwd(), progress_bar=False,
            execution_timeout=cell_limit_s, env={**os.environ, PROGRESS_FILE_VARIABLE: str(progress_file)},
            tell_cell=tell_cell,
        )  # fmt: skip
    progress_file.unlink(missing_ok=True)


class _Engine(NBClientEngine):
    """papermill's engine with an environment for the kernel and a call before each cell."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, env: dict[str, str], tell_cell: Any, execution_timeout: int, **_: Any
    ) -> Any:
        cell_start = nb_man.cell_start

        def start(cell: Any, cell_index: int) -> None:
            tell_cell(cell_index, len(nb_man.nb.cells))
            cell_start(cell, cell_index)

        nb_man.cell_start = start
        client = PapermillNotebookClient(
            nb_man, kernel_name=kernel_name, timeout=execution_timeout, extra_arguments=QUIET_KERNEL
        )
        return client.execute(env=env)


papermill_engines.register("talentlab", _Engine)


@contextmanager
def _silent() -> Iterator[Any]:
    yield lambda index, total: None


@contextmanager
def _display(progress_file: Path) -> Iterator[Any]:
    """Cells and, inside a training cell, its steps: two bars in a terminal, else a line now and then."""
    state = {"cell": 0, "total": 1}
    stop = threading.Event()
    painter = threading.Thread(target=_paint, args=(progress_file, state, stop), daemon=True)
    painter.start()
    try:
        yield lambda index, total: state.update(cell=index + 1, total=total)
    finally:
        stop.set()
        painter.join()


def _paint(progress_file: Path, state: dict[str, int], stop: threading.Event) -> None:
    terminal = sys.stderr.isatty()
    bar = tqdm(
        total=1, unit="cell", desc="cells", disable=not terminal, bar_format="{l_bar}{bar}| {n}/{total} {postfix}"
    )
    told, last = time.monotonic(), ""
    while True:
        finished = stop.wait(0.5)
        cell, total, inner = state["cell"], state["total"], _inner_progress(progress_file)
        bar.total, bar.n = total, cell if finished else max(0, cell - 1)
        bar.set_postfix_str(inner)
        line = f"cell {cell}/{total}" + (f" · {inner}" if inner else "")
        # Without a terminal: a line when something new can be said, at most every five seconds.
        if not terminal and line != last and (finished or time.monotonic() - told > 5):
            print(line, file=sys.stderr, flush=True)
            told, last = time.monotonic(), line
        if finished:
            bar.close()
            return


def _inner_progress(progress_file: Path) -> str:
    try:
        step = json.loads(progress_file.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return ""
    left = f"{int(step['left_s']) // 60}:{int(step['left_s']) % 60:02d} left"
    numbers = [f"{name} {step[name]}" for name in step if name not in ("desc", "n", "total", "left_s")]
    return " · ".join([f"{step['desc']} {step['n']}/{step['total']}", *numbers, left]).replace(
        "tokens_per_s", "tokens/s"
    )


def _finish(target: Path, html: Path, folder: Path, record: dict[str, Any]) -> None:
    """Collect what the notebook reported; write the HTML copy and, last and whole, the record."""
    if target.is_file():
        notebook = nbformat.read(target, as_version=4)
        record.update(collect(notebook))
        html.write_text(to_html(notebook), encoding="utf-8")
    unfinished = folder / "record.json.part"
    unfinished.write_text(json.dumps(record, indent=1, ensure_ascii=False), encoding="utf-8")
    unfinished.replace(folder / "record.json")


def collect(notebook: nbformat.NotebookNode) -> dict[str, Any]:
    """Metrics, references and claims that an executed notebook put on record."""
    found: dict[str, Any] = {"metrics": {}, "references": {}, "claims": []}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if MIME in data:
                found["metrics"].update(dict(data[MIME]["metrics"]))
                found["references"].update(data[MIME]["references"])
            if claims.MIME in data:
                found["claims"].append(data[claims.MIME])
    return found


def strip_live_widgets(notebook: nbformat.NotebookNode) -> None:
    """Leave the picture of each widget: without its kernel the live form shows nothing, and its ids are random."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output["data"].pop(_WIDGET_MIME, None)
    notebook.metadata.pop("widgets", None)


def to_html(notebook: nbformat.NotebookNode) -> str:
    """A single HTML file with the pictures inside."""
    copy = nbformat.from_dict(notebook)
    strip_live_widgets(copy)
    body, _ = HTMLExporter(exclude_input_prompt=True, exclude_output_prompt=True).from_notebook_node(copy)
    return body
