import copy

import nbformat
import pytest

from talentlab.authoring import build
from talentlab.errors import ChapterError
from talentlab.runtime import repository_root

SOURCE = '''# %% [markdown]
"""
# Title
"""

# %% [markdown] lang="zh"
"""
# 标题
"""

# %% tags=["parameters"]
x: int = 1  # a number

# %% tags=["exercise"]
### BEGIN SOLUTION
answer = x + 1
### END SOLUTION
exercises.check("5.1", answer)

# %% [markdown]
"""
## Recap
## Check yourself
## Sources
## Next
"""

# %% [markdown] lang="zh"
"""
## 小结
## 自测
## 资料来源
## 下一步
"""
'''


@pytest.fixture
def chapter(tmp_path):
    def load(source=SOURCE):
        path = tmp_path / "99_sample.py"
        path.write_text(source, encoding="utf-8")
        return build.load_chapter(path)

    return load


def sources(notebook):
    return [cell.source for cell in notebook.cells]


def test_one_source_makes_three_editions(chapter):
    editions = chapter().editions
    assert list(editions) == ["learner", "solutions", "zh"]
    assert sources(editions["learner"])[2] == build._STUB + 'exercises.check("5.1", answer)'
    assert sources(editions["solutions"])[2] == 'answer = x + 1\nexercises.check("5.1", answer)'
    assert sources(editions["zh"])[0] == "# 标题" and sources(editions["learner"])[0] == "# Title"


def test_editions_share_code_cells_and_their_ids(chapter):
    editions = chapter().editions
    code = {name: [(c.id, c.source) for c in nb.cells if c.cell_type == "code"] for name, nb in editions.items()}
    assert code["learner"] == code["zh"]


def test_a_rebuild_gives_the_same_notebook(chapter):
    assert chapter().editions == chapter().editions
    ids = [cell.id for cell in chapter().editions["learner"].cells]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("# Title", "Title", "no title"),
        ('# %% [markdown] lang="zh"\n"""\n# 标题\n"""\n', "", "no Chinese twin"),
        ("# 标题", "# 标题\n\n## 多出的一节", "other headings"),
        ('tags=["parameters"]', "", "not exactly one cell tagged"),
        ("x: int = 1", "x = 1", "not an annotated assignment"),
        ("### BEGIN SOLUTION", "# solution", "needs a solution region"),
        ('exercises.check("5.1", answer)', "plots.x();", "ends in `;`"),
        ('exercises.check("5.1", answer)', "plt.show()", "plots.show"),
        ('exercises.check("5.1", answer)', 'claims.record("no-such", measured="")', "unknown claim"),
        ('exercises.check("5.1", answer)', "y = 1\n" * 26, "lines of code"),
        ("## Recap", "## Summary", "no section '## Recap'"),
    ],
)
def test_the_lint_names_each_departure_from_the_form(chapter, old, new, problem):
    assert old in SOURCE
    with pytest.raises(ChapterError, match=problem):
        chapter(SOURCE.replace(old, new, 1))


def test_a_failing_cell_is_an_error_that_shows_it(chapter, monkeypatch, tmp_path):
    monkeypatch.setattr(build, "notebook_path", lambda slug, edition: tmp_path / "out" / f"{slug}.ipynb")
    with pytest.raises(ChapterError, match="ZeroDivisionError"):
        build.execute(chapter(SOURCE.replace("answer = x + 1", "answer = x / 0")), "solutions")


def test_changed_text_keeps_the_outputs_and_changed_code_does_not(chapter, monkeypatch, tmp_path):
    executed = []

    def execute(loaded, edition):
        executed.append(edition)
        notebook = copy.deepcopy(loaded.editions[edition])
        for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
            cell.execution_count = count
        return notebook

    monkeypatch.setattr(build, "notebook_path", lambda slug, edition: tmp_path / edition / f"{slug}.ipynb")
    monkeypatch.setattr(build, "execute", execute)
    for source, force, runs in (
        (SOURCE, False, ["learner", "solutions"]),
        (SOURCE.replace("# Title", "# Another title"), False, []),
        (SOURCE, True, ["learner", "solutions"]),
        (SOURCE.replace("answer = x + 1", "answer = 1 + x"), False, ["learner", "solutions"]),
    ):
        executed.clear()
        build._build_chapter(chapter(source), force)
        assert executed == runs
        assert build.drift(chapter(source)) == []


def test_drift_is_found_in_text_counts_and_errors(chapter, monkeypatch, tmp_path):
    monkeypatch.setattr(build, "notebook_path", lambda slug, edition: tmp_path / edition / f"{slug}.ipynb")
    loaded = chapter()
    assert len(build.drift(loaded)) == 3  # nothing built yet
    for name, notebook in loaded.editions.items():
        for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
            cell.execution_count = count
        path = build.notebook_path(loaded.slug, name)
        path.parent.mkdir()
        nbformat.write(notebook, path)
    assert build.drift(chapter()) == []
    path = build.notebook_path(loaded.slug, "learner")
    changed = nbformat.read(path, 4)
    changed.cells[0].source += " by hand"
    changed.cells[1].execution_count = None
    nbformat.write(changed, path)
    assert len(build.drift(chapter())) == 2


@pytest.mark.parametrize("source", build.sources(), ids=lambda path: path.stem)
def test_the_chinese_edition_has_the_english_ones_code_and_outputs(source):
    """So that running one edition proves both."""
    english, chinese = (nbformat.read(build.notebook_path(source.stem, edition), 4) for edition in ("learner", "zh"))
    code = [[cell for cell in notebook.cells if cell.cell_type == "code"] for notebook in (english, chinese)]
    assert code[0] == code[1] and code[0]


@pytest.mark.parametrize("source", build.sources(), ids=lambda path: path.stem)
def test_every_chapter_has_an_instructors_page_and_stands_in_the_outline(source):
    from talentlab.course import claims

    assert (repository_root() / "course" / "guide" / f"{source.stem}.md").is_file()
    assert source.stem in claims.outline()["chapters"]


def test_every_section_of_the_document_has_a_chapter():
    from talentlab.course import claims

    sections = {section for chapter in claims.outline()["chapters"].values() for section in chapter["sections"]}
    expected = {"1", "2.1", "2.2", "3.1", "3.2", "3.3", "3.4", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "5.4", "6",
                "7.1", "7.2", "7.3", "8.1", "8.2", "8.3", "8.4", "9 Q1", "9 Q2", "9 Q3"}  # fmt: skip
    assert sections == expected
