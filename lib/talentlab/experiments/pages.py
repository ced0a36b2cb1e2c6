"""An executed notebook as one page for a browser."""

import re
from html import escape
from typing import Any

import nbformat

from talentlab.language import tr
from talentlab.runtime import repository_root

NAVIGATION = "navigation"  # tag of the cells with which the builder links the chapters
_WIDGET_MIME = "application/vnd.jupyter.widget-view+json"


def strip_live_widgets(notebook: nbformat.NotebookNode) -> None:
    """Leave the picture of each widget: without its kernel the live form shows nothing, and its ids are random."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if {"image/png", "text/markdown"} & set(output.get("data", {})):
                output["data"].pop(_WIDGET_MIME, None)
    notebook.metadata.pop("widgets", None)


def to_html(notebook: nbformat.NotebookNode, **options: Any) -> str:
    """A single HTML file with the pictures inside; `options` are those of nbconvert's HTMLExporter."""
    from nbconvert import HTMLExporter  # half a second that the start of a run need not wait for

    copy = nbformat.from_dict(notebook)
    strip_live_widgets(copy)
    copy.cells = [cell for cell in copy.cells if NAVIGATION not in cell.metadata.get("tags", [])]  # leads nowhere there
    for cell in copy.cells:
        if cell.cell_type == "markdown":  # pictures come in, words stay without their links to files
            cell.source = re.sub(r"\]\((?:\.\./)+course/", f"]({repository_root()}/course/", cell.source)
            cell.source = re.sub(r"(?<!!)\[([^\]]+)\]\((?![a-z]+:|#)[^)]*\)", r"\1", cell.source)
    chinese = any('language.use("zh"' in cell.source for cell in copy.cells if cell.cell_type == "code")
    exporter = HTMLExporter(
        language_code="zh" if chinese else "en",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        embed_images=True,
        **options,
    )
    try:
        return exporter.from_notebook_node(copy)[0]
    except nbformat.ValidationError as error:  # odd metadata: a copy to look at is no reason to lose a run
        return f"<!doctype html><meta charset='utf-8'><p>{escape(tr('no HTML copy: {error}', error=error.message))}"
