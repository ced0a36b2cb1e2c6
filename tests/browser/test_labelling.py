"""The labelling tool in JupyterLab: what is clicked is in the file at once, and a second run goes on from there."""

import csv

import nbformat

from conftest import ROOT
from test_jupyterlab import assert_ran, open_notebook, picture, run_all  # noqa: F401

TEXTS = ["The marking app lost my essay.", 'It said "no", <b>twice</b>.', "Fine work by the night nurse."]


def write_notebook(path, labels_file):
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    sources = [
        "from talentlab.data import labelling",
        f"_ = labelling.label_texts({TEXTS!r}, ['education', 'healthcare'], {str(labels_file)!r})",
        f"len(labelling.load_labels({str(labels_file)!r}, ['education', 'healthcare']))",
    ]
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(notebook, path)


def write_chapters_first_half(path, labels_file):
    """The chapter itself up to its tool, without its trainings; only the file of the labels is another one."""
    notebook = nbformat.read(ROOT / "notebooks" / "03_2a_data.ipynb", as_version=4)
    last = next(i for i, cell in enumerate(notebook.cells) if "labelling.label_texts(" in cell.source)
    notebook.cells = notebook.cells[: last + 1]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, []
            cell.source = cell.source.replace("labels_file: str | None = None", f"labels_file = {str(labels_file)!r}")
    nbformat.write(notebook, path)


def saved(labels_file):
    with labels_file.open(encoding="utf-8", newline="") as lines:
        return [(row["text"], row["label"]) for row in csv.DictReader(lines)]


def click(page, name, progress, text=""):
    """Click; wait for the progress and for the text shown next, which come in two messages."""
    tool = page.locator(".talentlab-labelling").last
    tool.get_by_role("button", name=name, exact=True).click()
    tool.locator("b", has_text=progress).first.wait_for()
    tool.locator("div", has_text=text).last.wait_for()
    return tool


def test_what_is_clicked_is_saved_and_a_second_run_goes_on(open_notebook, lab, tmp_path):  # noqa: F811
    labels_file = tmp_path / "labels.csv"
    write_notebook(lab[1] / "work" / "labelling.ipynb", labels_file)
    page, path = open_notebook("labelling.ipynb")
    assert_ran(run_all(page, path))
    assert not labels_file.exists()
    click(page, "education", "1 of 3")
    assert saved(labels_file) == [(TEXTS[0], "education")]
    click(page, "skip", "2 of 3", TEXTS[2])
    assert saved(labels_file)[1:] == [(TEXTS[1], "")]
    tool = click(page, "undo", "1 of 3", TEXTS[1])
    assert saved(labels_file) == [(TEXTS[0], "education")]
    picture(page, "labelling_tool", tool)
    cell = page.locator(".jp-CodeCell", has_text="= labelling.label_texts(")
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    cell.locator(".jp-InputPrompt", has_text="[4]").wait_for()  # the fourth run of this kernel
    click(page, "healthcare", "2 of 3", TEXTS[2])
    assert saved(labels_file) == [(TEXTS[0], "education"), (TEXTS[1], "healthcare")]
    tool = click(page, "healthcare", "3 of 3")
    tool.locator("button:disabled", has_text="education").wait_for()


def test_the_chapters_tool_saves_what_was_clicked(open_notebook, lab, tmp_path):  # noqa: F811
    labels_file = tmp_path / "mine.csv"
    write_chapters_first_half(lab[1] / "work" / "03_2a_first_half.ipynb", labels_file)
    page, path = open_notebook("03_2a_first_half.ipynb")
    assert_ran(run_all(page, path))
    click(page, "healthcare", "1 of 20")
    click(page, "finance", "2 of 20")
    assert [label for _, label in saved(labels_file)] == ["healthcare", "finance"]
    picture(page, "03_2a_tool", page.locator(".talentlab-labelling").last)
