import json
import re

import nbformat
import pytest

from talentlab.course import catching_up, progress, working_copies
from talentlab.errors import ChapterError
from talentlab.runtime import repository_root

MARKDOWN, CODE = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell


def chapter(*, solved):
    tags = {"metadata": {"tags": ["exercise"]}}

    def exercise(number, right):
        answer = right if solved else "None  # your answer instead of None"
        return CODE(f'answer = {answer}\nexercises.check("{number}", answer)', id=f"x{number[-1]}", **tags)

    cells = [
        MARKDOWN("# 5 Practice", id="title"),
        CODE("rate = 1", id="parameters", metadata={"tags": ["parameters"]}),
        MARKDOWN("## 5.1 The 5.3 ways", id="first"),
        exercise("5.A", "7"),
        *([MARKDOWN("Seven, since", id="why", metadata={"tags": ["solution"]})] if solved else []),
        CODE("model = rate + 1", id="model"),
        MARKDOWN("It is there.\n\n## 5.3 Reading it", id="third"),
        exercise("5.1", "8"),
    ]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture
def root(tmp_path):
    for name in ("05_practice", "zh/05_practice"):
        for path, solved in ((name, False), (re.sub(r"(\w+)$", r"solutions/\1", name), True)):
            (tmp_path / "notebooks" / path).parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(chapter(solved=solved), tmp_path / "notebooks" / f"{path}.ipynb")
    return tmp_path


@pytest.fixture
def mine(root):
    """Changes a learner's copy: `change` gets its cells by id, and all of them."""
    working_copies.make(root)
    path = root / "work" / "05_practice.ipynb"

    def edit(change):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        change({cell["id"]: cell for cell in notebook["cells"]}, notebook["cells"])
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return path

    return edit


def cells(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return {cell.id: cell.source for cell in notebook.cells}


def test_exercises_before_the_section_are_filled_and_those_behind_it_are_not(root):
    working_copies.make(root)
    done = catching_up.catch_up("05", root, to="5.3")
    found = cells(done.copy)
    assert list(found) == ["title", "parameters", "first", "xA", "model", "catch-up-here", "third", "x1"]
    assert found["xA"] == 'answer = 7\nexercises.check("5.A", answer)' and "None" in found["x1"]
    assert (done.filled, cells(done.before)["xA"]) == (1, cells(root / "notebooks" / "05_practice.ipynb")["xA"])
    assert cells(catching_up.catch_up("05", root).copy)["x1"].startswith("answer = 8")
    assert cells(catching_up.catch_up("zh/05", root, to="5.1").copy)["xA"].startswith("answer = None")


def test_nothing_of_the_learners_is_lost(root, mine):
    def change(by_id, all_cells):
        by_id["xA"]["source"] = 'answer = 6\nexercises.check("5.A", answer)'
        by_id["parameters"]["source"] = "rate = oops("
        by_id["first"]["source"] += "\n\nmy note"
        by_id["x1"]["source"] = "my start"
        all_cells.remove(by_id["model"])
        all_cells.insert(4, {"cell_type": "code", "id": "own", "metadata": {}, "source": "1 / 0", "outputs": [],
                             "execution_count": None})  # fmt: skip

    path = mine(change)
    written = path.read_text(encoding="utf-8")
    done = catching_up.catch_up("05", root, to="5.3")
    found = cells(done.copy)
    assert done.before.read_text(encoding="utf-8") == written and done.copy == path
    assert found["xA"].startswith("answer = 7\n") and "\n# answer = 6\n" in found["xA"]
    assert found["parameters"] == "rate = 1\n\n# yours:\n# rate = oops("
    assert found["first"].endswith("my note") and found["x1"] == "my start"
    assert list(found).index("own") == list(found).index("xA") + 1 and found["model"] == "model = rate + 1"
    (own,) = [cell for cell in nbformat.read(path, as_version=4).cells if cell.id == "own"]
    assert own.metadata["tags"] == ["raises-exception"]
    exec(found["parameters"] + "\n" + found["model"], {})


def test_a_right_answer_stays_as_it_was_found(root, mine, monkeypatch):
    path = mine(lambda by_id, _: by_id["xA"].update(source='answer = 3 + 4\nexercises.check("5.A", answer)'))
    monkeypatch.setattr(progress, "read", lambda: {"passed": ["5.A"]})
    assert catching_up.catch_up("05", root).filled == 1
    assert cells(path)["xA"].startswith("answer = 3 + 4")


def test_doing_it_again_goes_on_from_there(root, mine):
    path = mine(lambda by_id, _: by_id["xA"].update(source="mine"))
    states = root / "states"
    catching_up.catch_up("05", root, to="5.3", states=states)
    first = cells(path)
    done = catching_up.catch_up("05", root, to="5.3", states=states)
    assert cells(path) == first and done.filled == 0
    assert list(first).index("catch-up-states") < list(first).index("parameters")
    assert f"kept_trainings.use({str(states)!r})" in first["catch-up-states"]
    assert len(list(path.parent.glob("05_practice-before-*.ipynb"))) == 2


@pytest.mark.parametrize("content", [None, "no notebook", '{"cells": []}'])
def test_a_copy_that_cannot_be_filled_in_is_moved_aside_whole(root, content):
    path = root / "work" / "05_practice.ipynb"
    if content:
        path.parent.mkdir()
        path.write_text(content)
    done = catching_up.catch_up("05", root, to="5.3")
    assert cells(path)["xA"].startswith("answer = 7")
    assert (done.before and done.before.read_text()) == content


def test_a_copy_of_an_older_edition_is_moved_aside(root, mine):
    path = mine(lambda by_id, _: by_id["x1"].update(source="mine"))
    newer = chapter(solved=False)
    newer.cells[0].source = "# 5 Practice, anew"
    nbformat.write(newer, root / "notebooks" / "05_practice.ipynb")
    done = catching_up.catch_up("05", root, to="5.3")
    assert cells(path)["title"] == "# 5 Practice, anew" and cells(done.before)["x1"] == "mine"


def test_an_unknown_section_changes_nothing_and_names_those_that_there_are(root, mine):
    path = mine(lambda by_id, _: None)
    written = path.read_text(encoding="utf-8")
    with pytest.raises(ChapterError, match=r"5\.3 Reading it"):
        catching_up.catch_up("05", root, to="5.9")
    assert path.read_text(encoding="utf-8") == written and list(path.parent.glob("*.ipynb")) == [path]


def test_every_chapter_can_be_caught_up(tmp_path):
    notebooks = repository_root() / "notebooks"
    (tmp_path / "notebooks").symlink_to(notebooks)
    for source in sorted(notebooks.rglob("solutions/*.ipynb")):
        name = source.relative_to(notebooks).as_posix().replace("solutions/", "")
        copy, before, filled = catching_up.catch_up(name, tmp_path)
        found = {cell["id"]: "".join(cell["source"]) for cell in json.loads(copy.read_text(encoding="utf-8"))["cells"]}
        solved = json.loads(source.read_text(encoding="utf-8"))["cells"]
        wanted = {c["id"]: "".join(c["source"]) for c in solved if "exercise" in c["metadata"].get("tags", [])}
        assert before is None and filled == len(wanted) > 0, name
        assert wanted.items() <= found.items(), name
