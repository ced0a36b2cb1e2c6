"""What lies in an inbox, and a page of feedback that loads nothing."""

import pytest

from talentlab.authoring import grading
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
