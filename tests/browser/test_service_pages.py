"""The service in a browser: the page predicts, says what is wrong, and the API page works without a network."""

import numpy as np
import pytest

from conftest import SCREENSHOTS
from talentlab.deployment import service


class Mood:
    """Answers by a word, so that the page has something to tell apart."""

    class_names = ("dissatisfied", "satisfied")

    def encode(self, texts):
        return [(text, len(text) > 1000) for text in texts]

    def predict_ids(self, ids):
        return self.predict(ids)

    def predict(self, texts):
        return np.array([[2.0, 0.0] if "not" in text else [0.0, 2.0] for text in texts])


@pytest.fixture
def visit(browser):
    """A page of the service, with everything that it asked for and every error that it logged."""
    with service.running(service.build_app(Mood(), token="secret")) as address:
        page = browser.new_page(viewport={"width": 900, "height": 900})
        page.set_default_timeout(300_000)  # only a guard against hanging
        asked, errors = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)

        def visit_(path):
            page.goto(address + path)
            return page

        yield visit_
        page.close()
    assert not errors and all(url.startswith(address) for url in asked)


def test_of_very_many_classes_the_page_names_twelve(browser):
    class Intents:
        class_names = tuple(f"intent {i:02}" for i in range(77))

        def predict(self, texts):
            return np.tile(np.arange(77.0), (len(texts), 1))

    with service.running(service.build_app(Intents())) as address:
        page = browser.new_page(viewport={"width": 760, "height": 900})
        page.goto(address)
        page.locator("#what", has_text="intent 11 and 65 more.").wait_for()
        assert "intent 12" not in page.locator("#what").inner_text()
        assert "intent 76" in page.locator("#what").get_attribute("title")
        page.locator("#text").fill("It works.")
        page.locator("#send").click()
        page.locator(".row.best > span:text-is('intent 76')").wait_for()
        assert page.locator(".row").count() == 12
        page.close()


def test_the_page_predicts_and_says_what_is_wrong(visit):
    page = visit("/")
    page.locator("#what", has_text="dissatisfied, satisfied").wait_for()
    page.locator("#text").fill("It works.")
    page.locator("#send").click()
    page.locator("#error", has_text="token").wait_for()
    page.locator("#token").fill("secret")
    for text, label, name in (("It works.", "satisfied", "good"), ("It does not work.", "dissatisfied", "bad")):
        page.locator("#text").fill(text)
        page.locator("#send").click()
        page.locator(f".row.best > span:text-is('{label}')").wait_for()
        assert "88.1 %" in page.locator(".row.best").inner_text() and not page.locator("#error").inner_text()
        page.screenshot(path=SCREENSHOTS / f"service_{name}.png")
    assert "its end was not read" not in page.locator("#answer").inner_text()
    page.locator("#text").fill("It works. " * 200)
    page.locator("#send").click()
    page.locator("#answer", has_text="its end was not read").wait_for()
    page.locator("#text").fill("   ")
    page.locator("#send").click()
    page.locator("#error", has_text="the text is empty").wait_for()
    assert page.locator(".row").count() == 0
    page.screenshot(path=SCREENSHOTS / "service_error.png")
    page.locator("#text").fill("It works.")
    gone, no_json = (lambda route: route.abort()), (lambda route: route.fulfill(status=500, body="x"))
    for happens, words in ((gone, "does not answer"), (no_json, "status 500")):
        page.route("**/predict", happens)
        page.locator("#send").click()
        page.locator("#error", has_text=words).wait_for()
        page.unroute("**/predict")
    page.locator("#text").press("Tab")  # by keyboard alone
    page.locator("#token").press("Tab")
    page.locator("#send").press("Enter")
    page.locator(".row.best").wait_for()
    assert not page.locator("#error").inner_text()


def test_the_api_page_lists_and_tries_every_path_without_a_network(visit):
    page = visit("/docs")
    page.locator("section").nth(3).wait_for()
    paths = {heading.split()[-1] for heading in page.locator("h2").all_inner_texts()}
    assert paths == {"/predict", "/predict_batch", "/health", "/live", "/ready", "/metrics"}
    box = page.locator("section", has_text="/predict_batch")
    box.locator("button").click()
    box.locator("pre", has_text="401").wait_for()
    page.locator("#token").fill("secret")
    box.locator("button").click()
    box.locator("pre", has_text="probabilities").wait_for()
    box.locator("summary").click()
    assert {"200", "401", "413", "422", "503"} <= set(box.locator("details td:first-child").all_inner_texts())
    page.screenshot(path=SCREENSHOTS / "service_api.png", full_page=True)


def test_a_chinese_browser_gets_chinese_pages(browser):
    with service.running(service.build_app(Mood(), token="secret")) as address:
        page = browser.new_page(viewport={"width": 900, "height": 900}, locale="zh-CN")
        page.set_default_timeout(300_000)
        page.goto(address)
        page.locator("#what", has_text="它认得的类别：dissatisfied、satisfied。").wait_for()
        assert page.title() == "Talent Lab：试用分类器" and page.locator("html").get_attribute("lang") == "zh"
        page.locator("#send").click()
        page.locator("#error", has_text="令牌没有给或不对").wait_for()
        page.locator("#token").fill("secret")
        page.locator("#send").click()
        page.locator("#error", has_text="text：文本是空的").wait_for()
        page.screenshot(path=SCREENSHOTS / "service_chinese.png")
        page.goto(f"{address}/docs")
        page.locator("section", has_text="几段文本的类别").wait_for()
        words = page.locator("body").inner_text()
        assert "最多" in words and "发送" in words and "The " not in words
        page.screenshot(path=SCREENSHOTS / "service_api_chinese.png", full_page=True)
        page.close()
