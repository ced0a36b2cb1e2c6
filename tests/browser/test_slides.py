"""Slides in a browser, as a file: keys turn them, the notes follow, and nothing is asked for."""

import pytest

from conftest import SCREENSHOTS
from talentlab.authoring import slides


@pytest.mark.parametrize(
    ("slug", "speaks", "first", "last"),
    [("05_project_practice", "en", "Project practice", "Recap"), ("04_mathematics", "zh", "数学", "小结")],
)
def test_keys_turn_the_slides_and_show_the_notes_without_a_network(browser, tmp_path, slug, speaks, first, last):
    path = tmp_path / "slides.html"
    path.write_text(slides.slides(slug, speaks), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.context.set_offline(True)
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    seen = page.locator("section:visible")
    assert seen.count() == 1 and first in seen.inner_text()
    page.keyboard.press("ArrowRight")
    assert seen.count() == 1 and page.url.endswith("#2") and seen.locator("img").count() == 1
    assert all(page.eval_on_selector_all("img", "all => all.map((image) => image.naturalWidth)"))
    page.keyboard.press("n")
    assert page.locator("#notes tr.now").count() == 1
    page.keyboard.press("End")
    assert last in seen.inner_text()
    assert seen.bounding_box()["width"] <= page.locator("#notes").bounding_box()["x"]  # beside it, not below
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"slides_{speaks}.png")
    page.emulate_media(media="print")
    assert page.locator("section:visible").count() == page.locator("section").count()
    page.close()
    assert not errors and all(url.startswith(("file:", "data:")) for url in asked)
