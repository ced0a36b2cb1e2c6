"""The report of runs in a browser, as a file: its tables sort and filter, and it asks for nothing."""

from pathlib import Path

from conftest import SCREENSHOTS
from talentlab.experiments import exports
from talentlab.runtime import repository_root

RUNS = repository_root() / "course" / "data" / "example_runs"


def column(page, name):
    """The texts of a column of the first table that has it, of the rows that are seen."""
    return page.evaluate(
        """(name) => { for (const table of document.querySelectorAll("table.dataframe")) {
            const column = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent.trim() === name);
            if (column >= 0) return [...table.tBodies[0].rows].filter((row) => !row.hidden)
                .map((row) => row.cells[column].textContent.trim()); } }""",
        name,
    )


def test_the_tables_of_a_report_sort_and_filter_without_a_network(browser, tmp_path):
    path = exports.write_report(tmp_path / "report.html", RUNS, metric="accuracy")
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(Path(path).as_uri())
    before = [float(value) for value in column(page, "accuracy")]
    head = page.locator("table.dataframe th", has_text="accuracy").first
    head.click()
    assert [float(value) for value in column(page, "accuracy")] == sorted(before)
    head.press("Enter")
    assert [float(value) for value in column(page, "accuracy")] == sorted(before, reverse=True)
    menu = page.locator("select").first
    name = menu.locator("..").evaluate("label => label.firstChild.textContent.trim()")
    value = menu.locator("option").nth(1).text_content()
    menu.select_option(index=1)
    assert set(column(page, name)) == {value} and len(column(page, name)) < len(before)
    menu.select_option(index=0)
    assert len(column(page, name)) == len(before)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "report.png")
    page.close()
    assert not errors and asked == [Path(path).as_uri()]
