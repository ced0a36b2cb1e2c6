import ast
import copy
import subprocess
import sys

import nbformat
import pytest

from talentlab.authoring import build, lint, pairs
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

# %% [markdown] tags=["solution"]
# One more than before.

# %% [markdown] tags=["solution"] lang="zh"
# 比原来多一。

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


def test_one_source_makes_a_learners_and_a_solutions_edition_in_both_languages(chapter):
    editions = chapter().editions
    assert list(editions) == ["learner", "solutions", "zh", "zh_solutions"]
    assert sources(editions["learner"])[2] == lint._STUB + 'exercises.check("5.1", answer)'
    assert sources(editions["solutions"])[2] == 'answer = x + 1\nexercises.check("5.1", answer)'
    assert sources(editions["zh"])[0] == "# 标题" and sources(editions["learner"])[0] == "# Title"
    assert sources(editions["zh_solutions"])[2] == sources(editions["solutions"])[2]
    assert "<summary>理由</summary>\n\n比原来多一。" in sources(editions["zh_solutions"])[3]
    assert "<summary>The reason</summary>\n\nOne more than before." in sources(editions["solutions"])[3]
    assert not any(
        "多一" in text or "One more" in text for name in ("learner", "zh") for text in sources(editions[name])
    )


def test_a_reason_without_its_chinese_is_refused(chapter):
    english = SOURCE.replace('# %% [markdown] tags=["solution"] lang="zh"\n# 比原来多一。\n\n', "")
    with pytest.raises(ChapterError, match="no Chinese twin after 'One more than before"):
        chapter(english)


def test_editions_share_code_cells_and_their_ids(chapter):
    editions = chapter().editions
    code = {name: [(c.id, c.source) for c in nb.cells if c.cell_type == "code"] for name, nb in editions.items()}
    assert [id for id, _ in code["learner"]] == [id for id, _ in code["zh"]]
    assert code["learner"][0] == code["zh"][0] and "把 None 换成你的答案" in code["zh"][1][1]


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
        ("answer = x + 1", "answer = (", "no Python"),
        ("answer = x + 1", "x.y = answer = 1", "'5.1' changes `x`"),
        ('# %% [markdown]\n"""\n## Recap', '# %%\nprint(answer)\n\n# %% [markdown]\n"""\n## Recap', "reads `answer`"),
    ],
)
def test_the_lint_names_each_departure_from_the_form(chapter, old, new, problem):
    assert old in SOURCE
    with pytest.raises(ChapterError, match=problem):
        chapter(SOURCE.replace(old, new, 1))


@pytest.fixture
def built_in(monkeypatch, tmp_path):
    """Notebooks are written to a folder of the test's own."""
    monkeypatch.setattr(build, "notebook_path", lambda slug, edition: tmp_path / edition / f"{slug}.ipynb")
    return tmp_path


def test_a_failing_cell_is_an_error_that_shows_it(chapter, built_in):
    with pytest.raises(ChapterError, match="ZeroDivisionError"):
        build.execute(chapter(RUN.replace("answer = x + 1", "answer = x / 0")))


RUN = SOURCE.replace('exercises.check("5.1", answer)', 'answer  # exercises.check("5.1", answer)').replace(
    '# %% [markdown]\n"""\n## Recap',
    "# %%\nimport os, torch\n\nprint('other', torch.get_num_threads(), end='')\nx\n\n# %% [markdown]\n\"\"\"\n## Recap",
)


def test_one_execution_makes_both_editions_of_a_language(chapter, built_in, monkeypatch):
    """The exercise as a stub for the learner, then solved; everything else once."""
    runs = []
    client = build.NotebookClient
    monkeypatch.setattr(build, "NotebookClient", lambda *a, **k: runs.append(1) or client(*a, **k))
    loaded = chapter(RUN)
    assert len(build._build_chapter(loaded, ())) == 4 and runs == [1, 1]
    found = build.committed(loaded)
    code = {name: build.code_cells(notebook) for name, notebook in found.items()}
    assert [cell.execution_count for cell in code["learner"]] == [1, 2, 3]
    assert [cell.execution_count for cell in code["solutions"]] == [1, 2, 3]
    for english, chinese in (("learner", "zh"), ("solutions", "zh_solutions")):
        assert [cell.outputs for cell in code[english]] == [cell.outputs for cell in code[chinese]]
    assert code["learner"][1].outputs == []  # None shows nothing
    assert code["solutions"][1].outputs[0].data["text/plain"] == "2"
    assert code["solutions"][1].outputs[0].execution_count == 2
    assert code["learner"][2] == code["solutions"][2]
    assert code["learner"][2].outputs[0].text == "other 1"  # one thread, as in the tests
    for notebook in found.values():
        assert set(notebook.metadata[build.SECONDS]) == {"cells_cpu_s", "cells_s"}
        assert all(seconds >= 0 for seconds in notebook.metadata[build.SECONDS].values())
    assert build.drift(chapter(RUN)) == []


BURN = "import time\nwhile time.process_time() < 0.3: pass"
WAIT = "print(1, flush=True)\ninput()"


@pytest.mark.parametrize(
    "code",
    [
        f"{BURN}\n{WAIT}",
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r} + chr(10) + {WAIT!r}])",
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])\n{WAIT}",
    ],
    ids=["itself", "running child", "ended child"],
)
def test_the_kernels_cpu_time_is_measured_with_its_childrens(code):
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert build._cpu_s(process.pid) > 0.25  # counted in ticks of 10 ms
        process.communicate(b"\n")


def test_changed_text_keeps_the_outputs_and_changed_code_does_not(chapter, monkeypatch, built_in):
    executed = []

    def execute(loaded, edition):
        executed.append(edition)
        return {name: run(loaded.editions[name]) for name in (edition, build.PAIRS[edition])}

    def run(notebook):
        notebook = copy.deepcopy(notebook)
        notebook.metadata[build.SECONDS] = {"cells_cpu_s": 1.0, "cells_s": 2.0}
        for count, cell in enumerate(build.code_cells(notebook), start=1):
            cell.execution_count = count
        return notebook

    monkeypatch.setattr(build, "execute", execute)
    english, chinese = "learner", "zh"
    for source, force, runs in (
        (SOURCE, (), [english, chinese]),
        (SOURCE.replace("# Title", "# Another title"), (), []),
        (SOURCE.replace("One more", "Still one more"), (), []),
        (SOURCE, ("en", "zh"), [english, chinese]),
        (SOURCE, ("zh",), [chinese]),
        (SOURCE.replace("a number", "one number"), (), [english, chinese]),
        (SOURCE.replace("answer = x + 1", "answer = 1 + x"), (), [english, chinese]),
    ):
        executed.clear()
        build._build_chapter(chapter(source), force)
        assert executed == runs
        assert build.drift(chapter(source)) == []
        assert all(nb.metadata[build.SECONDS]["cells_s"] == 2.0 for nb in build.committed(chapter()).values())


def test_editions_of_two_executions_are_drift_and_executed_again(chapter, monkeypatch, built_in):
    build._build_chapter(chapter(RUN), ())
    path = build.notebook_path("99_sample", "solutions")
    path.write_text(path.read_text().replace("other 1", "other 2"))
    (problem,) = build.drift(chapter(RUN))
    assert "99_sample: two editions differ in a cell that is no exercise, 'import os, torch'" in problem
    build._build_chapter(chapter(RUN), ())
    assert build.drift(chapter(RUN)) == []


def test_drift_is_found_in_text_counts_and_errors(chapter, built_in):
    loaded = chapter()
    assert len(build.drift(loaded)) == 4  # nothing built yet
    for name, notebook in loaded.editions.items():
        for count, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
            cell.execution_count = count
        path = build.notebook_path(loaded.slug, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
    assert build.drift(chapter()) == []
    path = build.notebook_path(loaded.slug, "learner")
    changed = nbformat.read(path, 4)
    changed.cells[0].source += " by hand"
    changed.cells[1].execution_count = None
    nbformat.write(changed, path)
    assert len(build.drift(chapter())) == 2


@pytest.mark.parametrize("source", build.sources(), ids=lambda path: path.stem)
def test_the_chinese_edition_differs_in_words_only(source):
    """Without its strings and comments its code is the English code, and what it prints has the same numbers."""
    found = build.committed(build.load_chapter(source))
    pairs_of_cells = zip(*(build.code_cells(found[name]) for name in ("learner", "zh")), strict=True)
    differing = [
        (wordless(chinese.source), wordless(english.source))
        for english, chinese in pairs_of_cells
        if wordless(chinese.source) != wordless(english.source)
    ]
    assert all(chinese.endswith("from talentlab import language\nlanguage.use('', '')") for chinese, _ in differing)
    assert all(chinese.startswith(english) for chinese, english in differing) and len(differing) <= 1
    assert not list(pairs.differing_numbers(found["learner"], found["zh"]))


def wordless(code):
    """Code without comments and the text of its strings; expressions in f-strings in an order of their own."""

    class Blank(ast.NodeTransformer):
        def visit_Constant(self, node):
            return ast.Constant("") if isinstance(node.value, str) else node

        def visit_JoinedStr(self, node):
            parts = [part for part in node.values if isinstance(part, ast.FormattedValue)]
            specs = [ast.dump(part.format_spec) if part.format_spec else "" for part in parts]
            fields = {(ast.dump(self.visit(part.value)), spec) for part, spec in zip(parts, specs, strict=True)}
            return ast.Constant(repr(sorted(fields)))

    return ast.unparse(ast.fix_missing_locations(Blank().visit(ast.parse(code))))


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
