"""Names and texts that are programs, through everything that shows them in a browser: no dialog, no request."""

import nbformat
import numpy as np
import pandas as pd
import pytest

from conftest import SCREENSHOTS
from talentlab.deployment import service
from talentlab.experiments import exports, runs

NAMES = [
    "<script>alert(1)</script>",
    "yes|<svg onload=alert(2)>",
    "x<img src=x onerror=alert(3)>",
    "</td></table></textarea></title></style></script><script>alert(4)</script>",
    "[here](javascript:alert(5))",
    "![](http://tracker.invalid/a.png)",
    "&lt;iframe src=javascript:alert(6)&gt;",
    "<iframe srcdoc='<script>alert(7)</script>'>",
    "\" onmouseover=alert(8) autofocus onfocus=alert(8) x='",
    "{{constructor.constructor('alert(9)')()}}",
    "${alert(10)}",
    "$\\href{javascript:alert(11)}{x}$",
    "<details open ontoggle=alert(12)>",
    "<a href=javascript:alert(13)>click</a>",
    "`</code><script>alert(14)</script>`",
    "<math><mi xlink:href='javascript:alert(15)'>x</mi></math>",
    "\u2028<body onload=alert(16)>",
    "\x1b]8;;javascript:alert(17)\x07<b>",
    "<style>@import 'http://tracker.invalid/b.css'</style>",
]
CELLS = [
    "from pathlib import Path\nimport matplotlib.pyplot as plt\nfrom IPython.display import Markdown, display\n"
    "from talentlab import data, plots\nfrom talentlab.chapters import model_card\n"
    "from talentlab.course import claims\n"
    "from talentlab.data import labelling\nfrom talentlab.evaluation.metrics import Interval, slices\n"
    "corpus = data.load_labelled_text(dataset)\nclasses = corpus.class_names",
    "display(corpus.frame.head(40), corpus.report.table(), corpus.report.notes)",
    "claims.record('3.2-tuning', measured=' '.join(classes), reference=classes[0], holds=False)\nclaims.report(f1=0.5)",
    "plots.show(plt.figure(), alt=' '.join(classes))",
    "card = model_card.model_card(name=name, intended_use=name, corpus=corpus, source=dataset, settings={name: name},"
    " metrics={n: Interval(0.5, 0.1, 0.9) for n in classes}, slices={name: slices([*classes], [1] * len(classes),"
    " [1] * len(classes))}, calibration={n: 1.0 for n in classes}, limits=list(classes), licence=name)\n"
    "display(Markdown(card.text))",
    "_ = labelling.label_texts(list(classes), classes, 'labels.csv')",
    "print(*classes, sep='\\n')\nraise ValueError(name)",
]  # the last one raises, so that its error is on the page


@pytest.fixture
def visit(browser):
    """Open a page and give every chance to what is on it; dialogs and requests are checked at the end of the test."""
    page, dialogs, asked = browser.new_page(viewport={"width": 1000, "height": 900}), [], []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))

    def look(address):
        page.goto(address)
        page.wait_for_timeout(500)
        page.evaluate(
            "document.querySelectorAll('*').forEach((e) => ['focus', 'mouseover', 'toggle', 'error', 'load']"
            ".forEach((kind) => e.dispatchEvent(new Event(kind))))"
        )
        page.evaluate("document.querySelectorAll('a[href^=javascript]').forEach((e) => e.click())")
        assert page.locator("iframe, a[href^='javascript']").count() == 0
        return page

    yield look
    page.close()
    assert dialogs == [] and not [url for url in asked if "tracker" in url]


def test_names_that_are_programs_stay_text_from_run_to_report(visit, tmp_path):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    first = nbformat.v4.new_code_cell(
        "dataset: str = 'x.csv'  # texts\nname: str = 'x'  # <script>alert(20)</script>",
        metadata={"tags": ["parameters"]},
    )
    cells = [first, *map(nbformat.v4.new_code_cell, CELLS)]
    cells[-1].metadata["tags"] = ["raises-exception"]
    source = tmp_path / "x<img src=x onerror=alert(21)>.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), source)
    dataset = tmp_path / "y<img src=x onerror=alert(22)>.csv"
    rows = [(f"{name} {i}", name) for name in NAMES for i in range(3)]
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(dataset, index=False)
    folder = tmp_path / "runs<img src=x onerror=alert(23)>"
    done = runs.run(source, {"dataset": str(dataset), "name": NAMES[3]}, runs_folder=folder, show_progress=False)
    assert done.record["metrics"] == {"f1": 0.5}, done.record
    (copy,) = done.folder.glob("*.html")
    page = visit(copy.as_uri())
    words = " ".join(page.locator("body").inner_text().split())
    assert all(" ".join(name.split())[:12] in words for name in NAMES if name.isprintable())
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "hostile_run.png")
    report = exports.write_report(tmp_path / "report.html", folder, metric="f1")
    page = visit(report.as_uri())
    assert "onerror=alert(21)" in page.locator("body").inner_text()
    page.screenshot(path=SCREENSHOTS / "hostile_report.png")


def test_names_that_are_programs_stay_text_on_the_try_page(visit):
    class Hostile:
        class_names = tuple(NAMES)

        def predict(self, texts):
            return np.tile(np.arange(float(len(NAMES))), (len(texts), 1))

    with service.running(service.build_app(Hostile())) as address:
        page = visit(address)
        for text in NAMES[:3]:
            page.locator("#text").fill(text)
            page.locator("#send").click()
            page.locator(".row.best").wait_for()
        assert NAMES[-1].split("'")[0] in page.locator(".row.best").inner_text()
        visit(f"{address}/docs")
