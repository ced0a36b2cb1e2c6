"""Chapter 5 with settings and texts that it was not tuned for: it says what happened, and goes to its end."""

import nbformat
import pandas as pd
import pytest

from talentlab.authoring import build
from talentlab.data import load_labelled_text
from talentlab.experiments import runs


@pytest.fixture(scope="module")
def chapter_5(tmp_path_factory):
    """The notebook that the source makes, not the built one."""
    source = next(path for path in build.sources() if path.stem.startswith("05_"))
    path = tmp_path_factory.mktemp("chapter") / f"{source.stem}.ipynb"
    nbformat.write(build.load_chapter(source).editions["learner"], path)
    return path


@pytest.fixture(scope="module")
def sorted_by_class(tmp_path_factory):
    """Eight classes of ten to twenty texts, each of one sector and one verdict, one class after the other."""
    frames = [load_labelled_text("reviews", label_column=column).frame for column in ("label", "sector")]
    frame = frames[0][["text"]].assign(label=frames[0]["label"] + 2 * frames[1]["label"])
    frame = pd.concat(part.head(10 + 2 * label) for label, part in frame.groupby("label"))
    path = tmp_path_factory.mktemp("data") / "sorted.csv"
    frame.to_csv(path, index=False)
    return path


def printed(done) -> str:
    notebook = nbformat.read(done.folder / "05_project_practice.ipynb", as_version=4)
    outputs = (output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs)
    return "".join(output.text for output in outputs if output.output_type == "stream")


def test_the_document_s_own_rate_is_told_and_measured(chapter_5, tmp_path):
    """A sweep keeps such a trial: it completes, with its low figure."""
    settings = {"learning_rate": "1e-5", "num_epochs": "1", "max_length": "32"}
    done = runs.run(chapter_5, settings, runs_folder=tmp_path, show_progress=False)
    assert done.record["status"] == "completed" and done.record["metrics"]["accuracy"][0] < 0.7
    assert "the loss has not fallen by a fifth" in printed(done)


def test_eight_small_classes_one_after_the_other_run_to_the_end(chapter_5, sorted_by_class, tmp_path):
    settings = {"dataset": str(sorted_by_class), "num_epochs": "1", "max_length": "32"}
    done = runs.run(chapter_5, settings, runs_folder=tmp_path, show_progress=False)
    assert done.record["status"] == "completed"
    assert "macro" in printed(done)
