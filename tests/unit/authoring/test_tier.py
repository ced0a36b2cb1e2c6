import re
from types import SimpleNamespace

import nbformat
import pytest

from talentlab.authoring import build, navigation, tier
from talentlab.authoring.combined import code_cells
from talentlab.errors import ChapterError


def cell(name, source, text, count, *tags):
    outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)] if text else []
    return nbformat.v4.new_code_cell(
        source, id=name, execution_count=count, outputs=outputs, metadata={"tags": list(tags)} if tags else {}
    )


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two chapters, one with an exercise; returns a function that writes an edition."""
    for module in (navigation, tier):
        monkeypatch.setattr(module, "repository_root", lambda: tmp_path)
    monkeypatch.setattr(tier, "sources", lambda: [SimpleNamespace(stem=slug) for slug in ("01_a", "02_b", "03_new")])

    def write(slug, edition, cells, cpu_s=None):
        metadata = {"talentlab": {"cells_cpu_s": cpu_s, "cells_s": 99.0}} if cpu_s else {}
        path = navigation.notebook_path(slug, edition)
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)

    write("01_a", "learner", [cell("p", "print(1)", "1\n", 1)], 4.0)
    write("02_b", "learner", [cell("e", "stub", "○", 1, "exercise"), cell("p", "print(1)", "1\n", 2)], 50.0)
    write("02_b", "solutions", [cell("e", "solved", "✓", 1, "exercise"), cell("p", "print(1)", "1\n", 2)], 50.0)
    return write


def test_what_is_tested_has_stub_and_solution_and_the_rest_once(course, tmp_path):
    stale = tmp_path / "build" / "nbval" / "old.ipynb"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}")
    written = tier.write_combined()
    assert [path.stem for path in written] == ["02_b", "01_a"]  # the longest first
    assert sorted(stale.parent.glob("*")) == sorted(written)
    cells = code_cells(nbformat.read(written[0], as_version=4))
    assert [(c.source, c.outputs[0].text) for c in cells] == [("stub", "○"), ("solved", "✓"), ("print(1)", "1\n")]
    assert len({c.id for c in cells}) == 3 and all(c.execution_count for c in cells)
    assert [path.stem for path in tier.write_combined(["01_a"])] == ["01_a"]
    assert len(list(stale.parent.iterdir())) == 1


@pytest.mark.parametrize(
    "cells",
    [
        [cell("e", "solved", "✓", 1, "exercise"), cell("p", "print(1)", "2\n", 2)],
        [cell("e", "solved", "✓", 1, "exercise"), cell("p", "print(2)", "1\n", 2)],
        [cell("e", "solved", "✓", 1, "exercise"), cell("p", "print(1)", "1\n", 2), cell("q", "more", "", 3)],
        [cell("e", "solved", "✓", 1), cell("p", "print(1)", "1\n", 2)],
    ],
    ids=["output", "source", "length", "no exercise"],
)
def test_editions_that_are_not_of_one_execution_are_refused(course, cells):
    course("02_b", "solutions", cells)
    with pytest.raises(ChapterError, match="02_b"):
        tier.write_combined()


def test_seconds_are_listed_summed_and_projected(course, monkeypatch):
    monkeypatch.setattr(tier.os, "cpu_count", lambda: 2)
    table = [" ".join(line.split()) for line in tier.timetable(["01_a", "02_b"]).splitlines()]
    assert table == ["01_a 4 s", "02_b 50 s", "sum 54 s, 0.5 min on 2 cores", "29 chapters like these 783 s, 6.5 min"]
    course("01_a", "learner", [])
    assert tier.timetable(["01_a"]).split() == ["01_a", "–", "s"]


def test_a_chapter_above_the_quick_size_is_named(course):
    assert tier.slow_chapters() == ["02_b: its cells take 50 s with one thread, the quick size is 45 s"]


MEASURED = {slug: seconds for slug, seconds in tier.cell_seconds().items() if seconds and slug[:2] != "00"}


@pytest.mark.parametrize("slug", MEASURED)
def test_a_title_promises_the_time_that_the_cells_take(slug):
    (source,) = [source for source in build.sources() if source.stem == slug]
    words = re.search(r"\*\*Time\*\* .*? try, (?:about |under )?(.+?) to run", source.read_text(encoding="utf-8"))
    promised = {"a quarter of a minute": 15, "half a minute": 30, "one minute": 60, "a minute and a half": 90}
    if words is None:  # a tool, such as compare_runs
        assert not slug[0].isdigit()
    else:
        assert (
            0.3 < MEASURED[slug] / promised[words[1]] < 1.5
        )  # a busy machine takes up to twice as long as a quiet one
