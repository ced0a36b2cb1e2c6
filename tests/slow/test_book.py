"""`make book` as a whole: it passes without a warning, and no link of any page leads nowhere or to a network."""

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from talentlab.authoring.navigation import EDITIONS, language_of, notebook_path, sources

ROOT = Path(__file__).parents[2]


class Page(HTMLParser):
    """The ids of a page, what it links and what it loads."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loads, self.unsaid = set(), [], [], 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids |= {found["id"]} if "id" in found else set()
        self.unsaid += tag == "img" and not found.get("alt")
        if tag in ("a", "area"):
            self.links.append(found.get("href") or "")
        elif tag != "link" or found.get("rel") in ("stylesheet", "preload", "icon"):
            self.loads += [found[name] for name in ("src", "href") if found.get(name)]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "book"
    done = subprocess.run(["make", "book", f"BOOK={folder}"], cwd=ROOT, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder, {path: Page(path) for path in folder.rglob("*.html")}


def test_every_edition_of_every_chapter_is_a_page_with_its_notebook(built):
    folder, pages = built
    for source in sources():
        for edition in EDITIONS:
            notebook = notebook_path(source.stem, edition)
            if notebook.is_file():
                page = folder / language_of(edition) / notebook.relative_to(ROOT)
                links = pages[page.with_suffix(".html")].links
                (copy,) = {link for link in links if "_downloads" in link and link.endswith(notebook.name)}
                assert (page.parent / copy).read_bytes() == notebook.read_bytes()


def test_every_link_leads_to_what_is_there(built):
    folder, pages = built
    lost = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            if not target.is_file() or (anchor and target in pages and anchor not in pages[target].ids):
                lost.append((str(path.relative_to(folder)), link))
    assert not lost and sum(len(page.links) for page in pages.values()) > 10_000


def test_nothing_is_loaded_from_elsewhere_and_every_picture_has_words(built):
    _, pages = built
    for path, page in pages.items():
        assert not [url for url in page.loads if re.match(r"(\w+:)?//", url)], path
        assert not page.unsaid, path
