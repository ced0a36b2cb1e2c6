"""The book in a browser, as files: formulas, a tool's still picture, links and the search work without a network."""

import os
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from conftest import ROOT, SCREENSHOTS

PAGES = {
    "en": ("notebooks/00_start.ipynb", "notebooks/03_2a_data.ipynb", "notebooks/04_mathematics.ipynb"),
    "zh": ("notebooks/zh/00_start.ipynb", "notebooks/zh/03_2a_data.ipynb", "notebooks/zh/04_mathematics.ipynb"),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Three chapters and the glossary of each language, made without a warning."""
    tool, folder = ROOT / ".workshop" / "bin" / "sphinx-build", tmp_path_factory.mktemp("book")
    if not tool.is_file():
        pytest.skip("no Sphinx: `make .workshop/.done` installs it")
    for speaks, pages in PAGES.items():
        command = [
            tool,
            "--quiet",
            "--fail-on-warning",
            "--conf-dir",
            "course/book",
            "--doctree-dir",
            folder / "trees" / speaks,
        ]
        command += ["-D", "include_patterns=" + ",".join((*pages, "course/glossary.md")), ".", folder / speaks]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "TALENTLAB_LANGUAGE": speaks}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
    return folder


@pytest.fixture
def page(browser):
    """A page that may ask for files alone, and must not fail."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.asked, page.errors = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    page.close()
    assert not page.errors and all(url.startswith(("file:", "data:")) for url in page.asked)


@pytest.mark.parametrize(("speaks", "scheme"), [("en", "light"), ("zh", "dark")])
def test_formulas_have_their_font_and_links_lead_to_files(built, page, speaks, scheme):
    page.emulate_media(color_scheme=scheme)
    path = (built / speaks / PAGES[speaks][2]).with_suffix(".html")
    page.goto(path.as_uri())
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('16px \"STIX Two Math\"')") and page.locator("math").count() > 100
    formula = page.locator("math[display=block] munder").first  # a sum over its index
    formula.scroll_into_view_if_needed()
    assert formula.bounding_box()["height"] > 25
    assert page.locator("nav .toc-tree, .toc-tree").inner_text() and page.locator(".related-pages").count() == 1
    there = [
        link for link in page.eval_on_selector_all("a[href]", "all => all.map((a) => a.href)") if link[:5] == "file:"
    ]
    assert all(Path(unquote(urlsplit(link).path)).is_file() for link in there)
    assert len(there) > 30
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"book_{speaks}_{scheme}.png")


def test_a_tool_is_its_still_picture_and_figures_are_loaded(built, page):
    page.goto((built / "en" / PAGES["en"][1]).with_suffix(".html").as_uri())
    assert page.locator("button[disabled]").count() > 3
    sizes = page.eval_on_selector_all("article img", "all => all.map((image) => image.naturalWidth)")
    assert len(sizes) > 3 and all(sizes)
    link = page.locator("a.download", has_text="Download").first  # a server's page is then saved, a file's shown
    assert link.get_attribute("download") is not None and link.get_attribute("href").endswith("/03_2a_data.ipynb")


@pytest.mark.parametrize(
    ("speaks", "query", "found"),
    [("en", "mojibake", "Step 1: data"), ("zh", "乱码", "第一步：数据"), ("zh", "softmax", "数学")],
)
def test_the_search_finds_the_chapter(built, page, speaks, query, found):
    page.goto((built / speaks / PAGES[speaks][0]).with_suffix(".html").as_uri())
    page.locator("input.sidebar-search").fill(query)
    page.keyboard.press("Enter")
    page.locator("#search-results li a", has_text=found).first.wait_for()
    assert page.locator("#search-results li").count() < 8
