import json
import re

import nbformat
import pytest

from talentlab.course import working_copies
from talentlab.errors import ChapterError

STAMP = r"\d{8}-\d{6}"


def write(root, name, source="1 + 1"):
    out = nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=3)
    cell = nbformat.v4.new_code_cell(source, id="a", outputs=[out], execution_count=3, metadata={"tags": ["x"]})
    text = nbformat.v4.new_markdown_cell("# Zwei 二", id="b")
    path = root / "notebooks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[text, cell], metadata={"talentlab": {"cells_s": 1.0}}), path)


@pytest.fixture
def root(tmp_path):
    for name in ("00_start", "03_2a_data", "03_2b_model", "05_project", "compare_runs", "zh/05_project"):
        write(tmp_path, f"{name}.ipynb")
    write(tmp_path, ".ipynb_checkpoints/05_project-checkpoint.ipynb")
    return tmp_path


def code(path):
    return nbformat.read(path, as_version=4).cells[1]


def test_copies_mirror_the_notebooks_without_outputs(root):
    made = working_copies.make(root)
    assert [path.relative_to(root).as_posix() for path in made] == [
        "work/00_start.ipynb", "work/03_2a_data.ipynb", "work/03_2b_model.ipynb", "work/05_project.ipynb",
        "work/compare_runs.ipynb", "work/zh/05_project.ipynb",
    ]  # fmt: skip
    cell = code(root / "work" / "zh" / "05_project.ipynb")
    assert (cell.source, cell.outputs, cell.execution_count, cell.metadata.tags) == ("1 + 1", [], None, ["x"])
    assert "二" in (root / "work" / "05_project.ipynb").read_text(encoding="utf-8")
    nbformat.validate(nbformat.read(made[0], as_version=4))
    assert code(root / "notebooks" / "05_project.ipynb").outputs  # the course's own stays as it is


def test_outputs_stay_where_asked_for(root):
    working_copies.make(root, outputs=True)
    assert code(root / "work" / "05_project.ipynb") == code(root / "notebooks" / "05_project.ipynb")


def test_a_copy_is_never_overwritten(root):
    working_copies.make(root)
    mine = root / "work" / "05_project.ipynb"
    mine.write_text("mine, and not even a notebook")
    (root / "work" / "00_start.ipynb").unlink()
    assert working_copies.make(root, outputs=True) == [root / "work" / "00_start.ipynb"]
    assert mine.read_text() == "mine, and not even a notebook"
    assert working_copies.older(root) == []


def test_a_copy_is_older_once_the_course_has_other_text_or_code_but_not_other_outputs(root):
    working_copies.make(root)
    mine = root / "work" / "05_project.ipynb"
    edited = nbformat.read(mine, as_version=4)
    edited.cells[1].source = "my own"
    nbformat.write(edited, mine)
    notebook = nbformat.read(root / "notebooks" / "05_project.ipynb", as_version=4)
    notebook.cells[1].outputs, notebook.metadata["talentlab"] = [], {"cells_s": 2.0}
    nbformat.write(notebook, root / "notebooks" / "05_project.ipynb")
    assert working_copies.older(root) == []
    write(root, "05_project.ipynb", "1 + 2")
    write(root, "zh/05_project.ipynb", "1 + 2")
    assert working_copies.older(root) == [mine, root / "work" / "zh" / "05_project.ipynb"]
    assert code(mine).source == "my own"
    working_copies.reset("05", root)
    assert working_copies.older(root) == [root / "work" / "zh" / "05_project.ipynb"]


@pytest.mark.parametrize(
    "name", ["05", "5", "05_project", "05_project.ipynb", "work/05_project.ipynb", "{root}/work/05"]
)
def test_reset_moves_the_old_copy_aside_and_makes_a_fresh_one(root, name):
    working_copies.make(root)
    mine = root / "work" / "05_project.ipynb"
    mine.write_text("mine")
    fresh, moved = working_copies.reset(name.format(root=root), root)
    assert fresh == mine and code(fresh).outputs == []
    assert re.fullmatch(rf"05_project-{STAMP}\.ipynb", moved.name) and moved.read_text() == "mine"


def test_resets_in_one_second_lose_nothing(root):
    working_copies.make(root)
    for number in range(3):
        (root / "work" / "05_project.ipynb").write_text(str(number))
        working_copies.reset("05", root)
    found = {path.read_text() for path in (root / "work").glob("05_project-*.ipynb")}
    assert found == {"0", "1", "2"}


def test_reset_may_leave_the_old_copy_in_its_place(root):
    working_copies.make(root)
    mine = root / "work" / "zh" / "05_project.ipynb"
    mine.write_text("mine")
    fresh, stayed = working_copies.reset("zh/05", root, keep=True, outputs=True)
    assert stayed == mine and mine.read_text() == "mine"
    assert fresh.parent == mine.parent and re.fullmatch(rf"05_project-fresh-{STAMP}\.ipynb", fresh.name)
    assert code(fresh).outputs


@pytest.mark.parametrize("keep", [False, True])
def test_reset_makes_a_copy_where_there_is_none(root, keep):
    fresh, moved = working_copies.reset("compare_runs", root, keep=keep)
    assert fresh == root / "work" / "compare_runs.ipynb" and fresh.is_file() and moved is None


@pytest.mark.parametrize("name", ["77", "03", "zh/03_2a", "solutions/05", "../05", "/elsewhere/05", "."])
def test_an_unknown_or_ambiguous_chapter_is_named_with_what_there_is(root, name):
    with pytest.raises(ChapterError, match="05_project") as caught:
        working_copies.reset(name, root)
    assert repr(name) in caught.value.received and not (root / "work").exists()


def test_a_broken_write_leaves_no_half_copy(root, monkeypatch):
    monkeypatch.setattr(json, "dumps", lambda *a, **k: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError):
        working_copies.make(root)
    monkeypatch.undo()
    assert len(working_copies.make(root)) == 6
    assert not [path for path in (root / "work").rglob("*") if path.is_file() and path.suffix != ".ipynb"]
