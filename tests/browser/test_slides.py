"""Slides in a browser, as a file: keys turn them, the notes follow, and nothing is asked for."""

from conftest import SCREENSHOTS
from talentlab.authoring import slides


def test_keys_turn_the_slides_and_show_the_notes_without_a_network(browser, tmp_path):
    path = tmp_path / "slides.html"
    path.write_text(slides.slides("05_project_practice"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    seen = page.locator("section:visible")
    assert seen.count() == 1 and "Project practice" in seen.inner_text()
    page.keyboard.press("ArrowRight")
    assert seen.count() == 1 and page.url.endswith("#2") and seen.locator("img").count() == 1
    assert page.evaluate("document.querySelector('section.shown img').naturalWidth") > 100
    page.keyboard.press("n")
    assert page.locator("#notes tr.now").count() == 1
    page.keyboard.press("End")
    assert "Recap" in seen.inner_text()
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "slides.png")
    page.emulate_media(media="print")
    assert page.locator("section:visible").count() == page.locator("section").count()
    page.close()
    assert not errors and all(url.startswith(("file:", "data:")) for url in asked)
