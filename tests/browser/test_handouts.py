"""A handout as it leaves the printer: one sheet of A4, in both languages."""

import re

import pytest

from conftest import SCREENSHOTS
from talentlab.authoring import handouts, workshops


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", workshops.plans())
def test_a_plan_is_one_sheet(browser, name, language):
    page = browser.new_page()
    page.set_content(handouts.handout(name, language))
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    sheet = page.pdf(prefer_css_page_size=True, path=SCREENSHOTS / f"handout_{name}_{language}.pdf")
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
    width, height = map(float, re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", sheet).groups())
    assert (round(width), round(height)) in ((595, 842), (596, 842))
