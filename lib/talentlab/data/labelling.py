"""A small tool for labelling texts in a notebook. What is clicked is in a CSV file at once."""

import csv
import html
import os
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import ipywidgets
import pandas as pd
from IPython.display import display

from talentlab.errors import DataError
from talentlab.language import tr
from talentlab.runtime import PROGRESS_FILE_VARIABLE, repository_root

_COLUMNS = ["text", "label"]
_Labels = dict[str, str | None]  # by text, in the order in which they were given; None: skipped


def default_file(name: str) -> Path:
    """Where a learner's labels are kept between two sessions: `.local/labels/NAME.csv` of the checkout.

    A headless run or a test gets a new file in a temporary folder: its result must not hang on what somebody clicked.
    """
    if "PYTEST_CURRENT_TEST" in os.environ or PROGRESS_FILE_VARIABLE in os.environ:
        return Path(tempfile.mkdtemp(), f"{name}.csv")
    return repository_root() / ".local" / "labels" / f"{name}.csv"


def load_labels(path: Path | str, class_names: Sequence[str]) -> _Labels:
    """Labels by text, in the order in which they were given; None for a text that was skipped. Empty without a file.

    Raises:
        DataError: If the file is not one of this tool, or holds a class that is not among `class_names`.
    """
    path = Path(path).expanduser()
    if not path.exists():
        return {}
    try:
        # a carriage return inside a text is a line break for nobody but the reader of the file
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, lineterminator="\n", encoding_errors="surrogatepass"
        )
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors, and so is a wrong encoding
        raise _bad_file(path, f"cannot be read: {error}") from error
    if list(table.columns) != _COLUMNS:
        raise _bad_file(path, f"has the columns {list(table.columns)}")
    if unknown := sorted(set(table["label"]) - {*class_names, ""}):
        raise _bad_file(path, f"holds the labels {unknown[:3]}; the classes are {list(class_names)}")
    return {text: label or None for text, label in zip(table["text"], table["label"], strict=True)}


def save_labels(path: Path | str, labels: _Labels) -> None:
    """Write labels so that the file is, at every moment, the old one or the new one."""
    path = Path(path).expanduser()
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame([(text, label or "") for text, label in labels.items()], columns=_COLUMNS)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False) as part:
        pass
    try:
        table.to_csv(part.name, index=False, quoting=csv.QUOTE_ALL, lineterminator="\n", errors="surrogatepass")
        Path(part.name).replace(path)
    finally:
        Path(part.name).unlink(missing_ok=True)


def label_texts(texts: Sequence[str], class_names: Sequence[str], path: Path | str) -> ipywidgets.VBox:
    """Show one text after the other with a button per class, *skip* and *undo*.

    The file is the tool's only memory: it is read before each click and written after it. So the tool goes on where it
    stopped, and a second copy of it shows the same. Where there is no kernel the output shows the first open text.

    Args:
        texts: What is to be labelled, in this order; each text once.
        class_names: The classes.
        path: CSV file of `text` and `label` (empty: skipped). Labels of other texts in it are kept.

    Returns:
        The box: progress, text, class buttons, *skip* and *undo*, message; reachable for tests as `children`.

    Raises:
        DataError: If there is nothing to label, or the file is not of this tool or of other classes.
    """
    queue = _check(texts, class_names)
    load_labels(path, class_names)  # a wrong file is said before the first click
    progress, shown, message = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
    wide = ipywidgets.Layout(width="auto", min_width="9em")
    choices = [
        ipywidgets.Button(description=name, tooltip=tr("label as {name}", name=name), layout=wide)
        for name in class_names
    ]
    skip = ipywidgets.Button(description=tr("skip"), tooltip=tr("leave this text without a label"))
    undo = ipywidgets.Button(description=tr("undo"), tooltip=tr("take the last answer back"))

    def refresh() -> None:
        labels = load_labels(path, class_names)
        progress.value, shown.value = _page(queue, labels)
        for button in (*choices, skip):
            button.disabled = all(text in labels for text in queue)
        undo.disabled = not any(text in labels for text in queue)

    def act(change: Callable[[list[str], _Labels], str], _: object) -> None:
        try:
            labels = load_labels(path, class_names)
            said = change(queue, labels)
            save_labels(path, labels)
            refresh()
        except (OSError, DataError) as error:  # an error in a click would otherwise be seen by nobody
            said = tr("not saved: {error}", error=error)
        message.value = f"<small>{html.escape(said)}</small>"

    for button, label in zip((*choices, skip), (*class_names, None), strict=True):
        button.on_click(partial(act, partial(_answer, label)))
    undo.on_click(partial(act, _take_back))
    refresh()
    box = ipywidgets.VBox([progress, shown, ipywidgets.HBox(choices), ipywidgets.HBox([skip, undo]), message])
    box.add_class("talentlab-labelling")
    _show(box, class_names)
    return box


def _check(texts: Sequence[str], class_names: Sequence[str]) -> list[str]:
    """The texts, each once."""
    if not len(texts) or len(set(class_names)) < max(2, len(class_names)):
        raise DataError(
            f"{len(texts)} texts and the classes {list(class_names)}.",
            expected="at least one text, and two or more different classes",
            remedy="pass the texts, and the class names of the data set.",
        )
    return list(dict.fromkeys(texts))


def _answer(label: str | None, queue: list[str], labels: _Labels) -> str:
    """Give the first open text this label; what to say about it."""
    text = next((text for text in queue if text not in labels), None)
    if text is None:
        return tr("nothing is left to label")
    labels[text] = label
    return tr("saved: {label}", label=label or tr("skipped"))


def _take_back(queue: list[str], labels: _Labels) -> str:
    """Undo the last answer to a text of the queue; what to say about it."""
    given = [text for text in labels if text in queue]
    if not given:
        return tr("nothing to take back")
    return tr("taken back: {label}", label=labels.pop(given[-1]) or tr("skipped"))


def _page(queue: Sequence[str], labels: _Labels) -> tuple[str, str]:
    """Progress and text as HTML."""
    done = sum(text in labels for text in queue)
    skipped = sum(text in labels and labels[text] is None for text in queue)
    count = f"<b>{tr('{done} of {n}', done=done, n=len(queue))}</b>"
    count += tr(" ({n} skipped)", n=skipped) if skipped else ""
    text = next((text for text in queue if text not in labels), None)
    body = tr("All texts have been seen.") if text is None else html.escape(text)
    style = "font-size:1.1em;line-height:1.5;padding:0.6em;border-left:4px solid #0072B2;white-space:pre-wrap"
    return count, f'<div style="{style}">{body}</div>'


def _show(box: ipywidgets.VBox, class_names: Sequence[str]) -> None:
    """Display the box, with a still page for viewers without a kernel."""
    progress, shown = (part.value for part in box.children[:2])
    buttons = "".join(
        f"<button disabled>{html.escape(name)}</button> " for name in (*class_names, tr("skip"), tr("undo"))
    )
    bundle = box._repr_mimebundle_()
    bundle["text/html"] = (
        f"{progress}{shown}<p>{buttons}</p><p><em>{tr('The buttons work once the cell is run.')}</em></p>"
    )
    bundle["text/plain"] = tr(
        "a tool with the buttons {names}", names=", ".join((*class_names, tr("skip"), tr("undo")))
    )
    display(bundle, raw=True)


def _bad_file(path: Path, what: str) -> DataError:
    return DataError(
        f"{path} {what}.",
        expected="a CSV file with the columns text and label, written by the labelling tool for these classes",
        remedy="name another file, or move this one away to begin anew.",
    )
