"""A learner's way through JupyterLab: Run All, move a slider, fail and pass an exercise."""

import time

import nbformat
import pytest

from conftest import SCREENSHOTS


@pytest.fixture
def open_notebook(browser, lab):
    pages = []

    def open_(name):
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        pages.append(page)
        address, root = lab
        page.goto(
            f"{address}/lab/workspaces/{root.name}{len(pages)}{name[:2]}/tree/{name}", wait_until="domcontentloaded"
        )
        page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell", timeout=90_000)
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=90_000, state="attached")
        return page, root / name

    yield open_
    for page in pages:
        page.close()


def run_all(page, path):
    """Run → Run All Cells; returns the saved notebook once its last cell has run."""
    before = path.stat().st_mtime_ns
    page.locator(".lm-MenuBar-item", has_text="Run").first.click()
    page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
    last = page.locator(".jp-CodeCell .jp-InputPrompt").last
    for _ in range(600):
        time.sleep(0.5)
        if last.inner_text().strip("[]: ").isdigit() and page.locator(".jp-InputPrompt", has_text="[*]").count() == 0:
            break
    page.keyboard.press("Control+s")
    for _ in range(60):
        time.sleep(0.5)
        if path.stat().st_mtime_ns != before:
            break
    return nbformat.read(path, as_version=4)


def picture(page, name, locator=None):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (locator or page).screenshot(path=SCREENSHOTS / f"{name}.png")


def assert_ran(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    errors = [o for cell in code for o in cell.outputs if o.output_type == "error"]
    assert not errors, errors[0]
    assert sorted(cell.execution_count for cell in code) == list(range(1, len(code) + 1))


def test_the_start_page_shows_doctor_and_map(open_notebook):
    page, path = open_notebook("00_start.ipynb")
    assert_ran(run_all(page, path))
    assert page.locator("a", has_text="Project practice").count() >= 1
    picture(page, "00_start")


def test_chapter_5_runs_its_slider_moves_and_an_exercise_is_failed_then_passed(open_notebook):
    page, path = open_notebook("05_project_practice.ipynb")
    assert_ran(run_all(page, path))
    for number, image in enumerate(page.locator(".jp-RenderedImage img").all()):
        image.scroll_into_view_if_needed()
        picture(page, f"05_figure_{number}", image)
    captions = page.locator(".jp-OutputArea .jp-RenderedMarkdown em").count()
    assert captions >= number + 1  # JupyterLab drops the pictures' `alt`

    widget = page.locator(".widget-vbox").first
    widget.scroll_into_view_if_needed()
    image = widget.locator("img")
    source, sentence = image.get_attribute("src"), widget.locator("em").inner_text()
    picture(page, "05_widget_before", widget)
    widget.locator(".noUi-handle").first.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "old => document.querySelector('.widget-vbox em').innerText != old", arg=sentence, timeout=20_000
    )
    assert image.get_attribute("src") != source
    picture(page, "05_widget_after", widget)
    page.wait_for_timeout(3000)  # each step of the slider draws a figure
    picture(page, "05_page")

    for answer, verdict in (("(0.9, 0.75)", "the two are swapped"), ("(36 / 48, 36 / 40)", "correct")):
        cell = page.locator(".jp-CodeCell", has_text='exercises.check("5.1"').first
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(f'answer = {answer}\nexercises.check("5.1", answer)')
        page.keyboard.press("Control+Enter")
        cell.locator(".jp-OutputArea-output", has_text=verdict).wait_for(timeout=20_000)
    picture(page, "05_exercise", cell)
