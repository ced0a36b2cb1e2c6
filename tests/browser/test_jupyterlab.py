"""A learner's way through JupyterLab: follow the links, Run All, move a slider, fail and pass an exercise."""

import ast
import builtins
import time

import nbformat
import pytest

from conftest import KERNEL_IS_READY, ROOT, SCREENSHOTS
from talentlab.authoring.names import bound_names, read_names

CHAPTERS = ("02_core_concepts", "04_mathematics", "05_project_practice")  # with a slider each


@pytest.fixture
def open_notebook(browser, lab):
    pages = []

    def open_(name):
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        pages.append(page)
        address, root = lab
        workspace = time.monotonic_ns()  # of its own: one that was used opens its tabs again
        page.goto(f"{address}/lab/workspaces/{workspace}/tree/work/{name}", wait_until="domcontentloaded")
        wait_until_ready(page)
        return page, root / "work" / name

    yield open_
    for page in pages:  # its kernels, too: forty of them fill the memory of a machine
        headers = {"X-XSRFToken": next(c["value"] for c in page.context.cookies() if c["name"] == "_xsrf")}
        for session in page.request.get(f"{lab[0]}/api/sessions").json():
            assert page.request.delete(f"{lab[0]}/api/sessions/{session['id']}", headers=headers).ok
        page.close()


def wait_until_ready(page):
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell", timeout=300_000)
    page.wait_for_function(KERNEL_IS_READY, timeout=300_000)


def run_all(page, path):
    """Run → Run All Cells; returns the saved notebook once its last cell has run.

    On a busy machine the page sometimes does not reach its kernel: then it is loaded again.
    """
    for attempt in range(3):
        if attempt:
            picture(page, f"{path.stem[:2]}_stuck_{attempt}")
            page.reload()
            wait_until_ready(page)
        if all_cells_ran(page):
            break
    before = path.stat().st_mtime_ns
    page.keyboard.press("Control+s")
    for _ in range(600):
        time.sleep(0.5)
        # the server empties the file, writes it, and removes a copy named .~ at the end
        if path.stat().st_mtime_ns != before and not path.with_name(f".~{path.name}").exists():
            break
    return nbformat.read(path, as_version=4)


def all_cells_ran(page):
    """Click, and wait at most twenty minutes; False if no cell waits after ten seconds, or none has run after 120.

    Working copies have no execution counts: a number in a prompt is one of this run.
    """
    page.locator(".lm-MenuBar-item", has_text="Run").first.click()
    page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
    for half_seconds in range(2400):
        time.sleep(0.5)
        texts = [text.strip("[]: ") for text in prompts.all_inner_texts()]
        if texts and all(text.isdigit() for text in texts):
            return True
        if half_seconds >= (240 if any(texts) else 20) and not any(text.isdigit() for text in texts):
            return False
    return False


def picture(page, name, locator=None):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (locator or page).screenshot(path=SCREENSHOTS / f"{name}.png")


def assert_ran(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    errors = [o for cell in code for o in cell.outputs if o.output_type == "error"]
    assert not errors, errors[0]
    assert sorted(cell.execution_count for cell in code) == list(range(1, len(code) + 1))


def test_the_start_page_shows_doctor_and_map_and_asks(open_notebook):
    page, path = open_notebook("00_start.ipynb")
    assert_ran(run_all(page, path))
    assert page.locator("a", has_text="Project practice").count() >= 1
    page.locator(".widget-radio-box label", has_text="0.6").last.click()  # to question 4, behind the wrong −0.6
    page.locator(".widget-html", has_text="✓ right").wait_for()
    page.locator(".widget-html", has_text="right so far: 1 of 5").wait_for()
    picture(page, "00_start")
    picture(page, "00_quiz", page.locator(".widget-vbox").first)


def visible(page, selector, **having):
    """Of the open tabs, what the one in front shows."""
    return page.locator(f".jp-MainAreaWidget:not(.lm-mod-hidden) {selector}", **having).first


def test_the_links_lead_from_working_copy_to_working_copy_and_to_the_document(open_notebook, lab):
    page, _ = open_notebook("02_core_concepts.ipynb")
    visible(page, "blockquote").wait_for()
    picture(page, "02_opened")
    visible(page, "a", has_text="Background").click()
    visible(page, "h1", has_text="1 ·").wait_for()
    page.wait_for_url("**/tree/work/01_background.ipynb")
    visible(page, "a", has_text="中文").click()
    page.wait_for_url("**/tree/work/zh/01_background.ipynb")
    visible(page, "blockquote").wait_for()
    picture(page, "01_zh_opened")
    visible(page, "blockquote a", has_text="1-3").click()
    heading = visible(page, ".jp-MarkdownViewer [data-jupyter-id='section-1']")
    heading.wait_for(state="attached")
    page.wait_for_function("e => e.getBoundingClientRect().top < 300", arg=heading.element_handle())
    picture(page, "document_opened")


def test_talentlab_is_found_in_a_notebook_and_in_the_terminal(open_notebook, lab):
    path = lab[1] / "work" / "command.ipynb"
    cells = [nbformat.v4.new_code_cell("!talentlab params 05 | head -1")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    page, path = open_notebook(path.name)
    assert "dataset: str" in run_all(page, path).cells[0].outputs[0].text
    page.locator(".lm-MenuBar-item", has_text="File").first.click()
    page.locator(".lm-Menu-item", has_text="New").first.hover()
    page.locator('.lm-Menu-item[data-command="terminal:create-new"]').click()
    page.locator(".jp-Terminal .xterm-screen").wait_for()
    page.locator(".jp-Terminal .xterm-screen").click()
    page.keyboard.insert_text("talentlab params 05 > said.txt; touch ready\n")
    page.keyboard.press("Enter")
    for _ in range(3000):
        time.sleep(0.1)
        if (lab[1] / "ready").exists():
            break
    assert "dataset: str" in (lab[1] / "said.txt").read_text()


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_runs_its_slider_moves_and_an_exercise_is_failed_then_passed(open_notebook, name):
    page, path = open_notebook(f"{name}.ipynb")
    assert_ran(run_all(page, path))
    figures = page.locator(".jp-RenderedImage img").all()
    for number, image in enumerate(figures):
        image.scroll_into_view_if_needed()
        picture(page, f"{name[:2]}_figure_{number}", image)
    captions = page.locator(".jp-OutputArea .jp-RenderedMarkdown em").count()
    assert captions >= len(figures) > 0  # JupyterLab drops the pictures' `alt`
    move_first_slider(page, name[:2])
    picture(page, f"{name[:2]}_page")
    fail_and_pass_first_exercise(page, name)


def move_first_slider(page, chapter):
    """Four steps to the right, or to the left where that is the end: picture and sentence have to change."""
    widget = page.locator(".widget-vbox:has(img)").first
    widget.scroll_into_view_if_needed()
    image = widget.locator("img")
    source, sentence = image.get_attribute("src"), widget.locator("em").inner_text()
    picture(page, f"{chapter}_widget_before", widget)
    handle = widget.locator(".noUi-handle").first
    handle.focus()
    at_end = handle.get_attribute("aria-valuenow") == handle.get_attribute("aria-valuemax")
    for _ in range(4):
        page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")
    page.wait_for_function("old => document.querySelector('.widget-vbox:has(img) em').innerText != old", arg=sentence)
    page.wait_for_function(
        "old => document.querySelector('.widget-vbox:has(img) img').getAttribute('src') != old", arg=source
    )
    picture(page, f"{chapter}_widget_after", widget)


def fail_and_pass_first_exercise(page, name):
    """A wrong answer, then the one of the solutions edition."""
    fail_and_pass(page, exercises_of(name)[0], name[:2], ("not yet", "correct"))


def exercises_of(name):
    """The solved cells of the solutions edition."""
    cells = nbformat.read(ROOT / "notebooks" / "solutions" / f"{name}.ipynb", as_version=4).cells
    return [cell.source for cell in cells if "exercise" in cell.metadata.get("tags", [])]


def fail_and_pass(page, solution, picture_name, verdicts):
    check = next(line for line in solution.splitlines() if line.startswith("exercises.check("))
    cell = page.locator(".jp-CodeCell", has_text=check.split(",")[0]).first
    for source, verdict in zip((f"answer = -1\n{check}", solution), verdicts, strict=True):
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(source)
        page.keyboard.press("Control+Enter")
        cell.locator(".jp-OutputArea-output", has_text=verdict).wait_for()
        picture(page, f"{picture_name}_exercise_{verdict.split()[0]}", cell)


LESSONS = sorted(path.stem for path in (ROOT / "notebooks" / "solutions").glob("*.ipynb"))


def change_theme(page, theme):
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
    page.wait_for_function("name => document.body.dataset.jpThemeName == name", arg=theme)


def alone(name):
    """An exercise whose answer needs nothing but the cells of the parameters and of the imports, and those cells."""
    cells = nbformat.read(ROOT / "notebooks" / "zh" / f"{name}.ipynb", as_version=4).cells
    first = [cell.source for cell in cells if cell.cell_type == "code"][:2]
    known = bound_names(*map(ast.parse, first)) | set(dir(builtins))
    for solution in exercises_of(name):
        tree = ast.parse(solution)
        if read_names(tree) <= known | bound_names(tree) and "training.fit" not in solution:
            return solution, first
    raise AssertionError(f"no exercise of {name} stands alone")


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_seen_in_both_languages_and_themes_and_an_exercise_is_done_in_chinese(open_notebook, name):
    page, _ = open_notebook(f"{name}.ipynb")
    page.set_viewport_size({"width": 760, "height": 1000})
    change_theme(page, "JupyterLab Dark")
    drawn = page.locator(".jp-RenderedMarkdown img").first
    drawn.wait_for()
    page.wait_for_function("image => image.complete && image.naturalWidth > 300", arg=drawn.element_handle())
    drawn.scroll_into_view_if_needed()
    picture(page, f"{name}_760_dark")
    change_theme(page, "JupyterLab Light")
    page, _ = open_notebook(f"zh/{name}.ipynb")
    picture(page, f"{name}_zh")
    solution, first = alone(name)
    for source in first:
        page.locator(".jp-CodeCell", has_text=source.splitlines()[0]).first.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
    fail_and_pass(page, solution, f"{name}_zh", ("还不对", "答对了"))


@pytest.mark.parametrize("name", ["04_mathematics.ipynb", "zh/04_mathematics.ipynb"])
def test_the_formulas_of_chapter_4_are_rendered(open_notebook, name):
    page, _ = open_notebook(name)
    page.wait_for_function("document.querySelectorAll('mjx-container').length >= 40")
    page.wait_for_function(  # the rest follows
        r"![...document.querySelectorAll('.jp-MarkdownCell')].some(cell => /\$|\\frac/.test(cell.innerText))"
    )
    cells = page.locator(".jp-MarkdownCell .jp-RenderedMarkdown")
    assert page.locator("mjx-container").count() >= 40 and page.locator("mjx-merror").count() == 0
    assert not [text for text in cells.all_inner_texts() if "$" in text or "\\frac" in text]
    for number, cell in enumerate(cells.filter(has=page.locator("mjx-container")).all()):
        cell.scroll_into_view_if_needed()
        picture(page, f"04_formulas_{name[:2]}_{number:02}", cell)
