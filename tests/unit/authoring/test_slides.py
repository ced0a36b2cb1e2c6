"""Slides of a chapter: do they hold what a room has to see, and nothing from elsewhere?"""

import re

import nbformat
import pytest
from click.testing import CliRunner

from talentlab.authoring import slides, workshops
from talentlab.authoring.navigation import notebook_path, sources
from talentlab.cli.main import main
from talentlab.errors import ChapterError

TAUGHT = [source.stem for source in sources() if source.stem not in ("00_start", "compare_runs")]


@pytest.mark.parametrize(
    ("speaks", "edition", "says"), [("en", "learner", "Project practice"), ("zh", "zh", "项目实践")]
)
def test_every_figure_before_the_recap_the_claims_and_the_question_are_shown(speaks, edition, says):
    page = slides.slides("05_project_practice", speaks)
    notebook = nbformat.read(notebook_path("05_project_practice", edition), as_version=4)
    outputs = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    assert page.count("data:image/png") == sum("image/png" in data for data in outputs) >= 5
    assert page.count("<table>") >= sum("application/vnd.talentlab.claim+json" in data for data in outputs) >= 3
    assert says in page and page.count("<section>") > 10 and "data:image/svg+xml" in page
    assert not re.findall(r"""(?:src|href)=["'](?!data:)""", page) and "¶" not in page
    assert not re.search(r"<h2>(Exercise|练习) ", page)


@pytest.mark.parametrize("speaks", ["en", "zh"])
@pytest.mark.parametrize("slug", TAUGHT)
def test_every_chapter_shows_what_the_document_says_a_picture_figures_and_its_one_question(slug, speaks):
    page = slides.slides(slug, speaks)
    assert (
        page.count("<section><blockquote>") == 1 and page.count('class="figure"') > 3 and "data:image/svg+xml" in page
    )
    assert page.count("<tr data-start=") == len(workshops.steps(slug, speaks)) > 3


def test_formulas_are_drawn_or_shown_as_they_are_written():
    assert "image/svg+xml" in slides._html(r"The loss is $-\log p_y$.")
    assert slides._html(r"$\begin{cases} a \end{cases}$").count("<code>") == 1


def test_text_of_a_notebook_is_never_html():
    assert "<script" not in slides._figure("data:,", 'a <script>alert(1)</script> "quoted"')


def test_the_command_writes_the_chapters_named(tmp_path):
    done = CliRunner().invoke(main, ["workshop", "slides", "04", "-o", str(tmp_path / "out")])
    assert done.exit_code == 0 and [path.name for path in (tmp_path / "out").iterdir()] == ["04_mathematics.html"]
    assert CliRunner().invoke(main, ["workshop", "slides", "77"]).exit_code == 2
    with pytest.raises(ChapterError, match="no_chapter"):
        slides.slides("no_chapter")
