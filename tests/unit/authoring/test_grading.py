"""What lies in an inbox, and a page of feedback that loads nothing."""

import nbformat
import pytest

from talentlab.authoring import grading
from talentlab.authoring.assignments import assignment
from talentlab.errors import ChapterError


def test_each_name_has_one_notebook(tmp_path):
    names = ["ann.ipynb", "ann/other.ipynb", "ann/05_project_practice copy.ipynb", "b c$.ipynb", "note.txt"]
    names += [".hidden.ipynb", "eve+05+2026-01-01+x/n.ipynb", "eve+05+2026-01-02+y/n.ipynb", "nobody/a.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = grading._handed_in(tmp_path, "05_project_practice")
    assert {name: str(path.relative_to(tmp_path)) for name, path in found.items()} == {
        "ann": "ann/05_project_practice copy.ipynb", "ann_1": "ann.ipynb", "b_c_": "b c$.ipynb",
        "eve": "eve+05+2026-01-02+y/n.ipynb",
    }  # fmt: skip


def test_a_page_of_feedback_loads_nothing():
    page = grading.offline(
        "<html><head><script src='https://cdn/x.js'></script><link rel='stylesheet' href='https://cdn/a.css'></head>"
        "<body><img src='https://spy/a.png'><img src='data:image/png;base64,AA=='>2 points</body></html>"
    )
    assert "cdn" not in page and "spy" not in page and "data:image/png" in page and "2 points" in page


def test_an_assignment_is_made_before_it_is_graded(tmp_path):
    with pytest.raises(ChapterError, match="has no assignment"):
        grading.grade("05_project_practice", tmp_path, tmp_path)


def test_pages_of_those_graded_before_stay_offline(tmp_path, monkeypatch):
    """nbgrader writes the feedback of everybody anew, whoever is in the inbox."""
    slug = "05_project_practice"
    made = assignment(slug)
    (tmp_path / "source" / slug).mkdir(parents=True)
    nbformat.write(made.notebook, tmp_path / "source" / slug / f"{slug}.ipynb")
    page = tmp_path / "feedback" / "ann" / slug / f"{slug}.html"
    page.parent.mkdir(parents=True)
    page.write_text("<script src='https://cdn/x.js'></script>2 points")
    (tmp_path / "inbox").mkdir()
    monkeypatch.setattr(grading, "_nbgrader", lambda *_, **__: "")
    monkeypatch.setattr(grading, "_totals", lambda *_: {})
    assert grading.grade(slug, tmp_path, tmp_path / "inbox") == []
    assert page.read_text() == "2 points"
