"""The course as a book, one tree of pages per language: what its pages need that a notebook or GitHub does not."""

import base64
import hashlib
import json
import re
from collections.abc import Collection
from pathlib import PurePosixPath
from posixpath import normpath, relpath
from typing import Any

from talentlab.course import claims

START = {"en": "notebooks/00_start", "zh": "notebooks/zh/00_start"}
_TO_LOOK_UP = ("document", "claims", "glossary", "exercises", "results", "scale", "data/README")
_TWINS = re.compile(r"course/(?:results$|data/(?!zh/))")  # the pages that the Chinese tree has in Chinese
_SHARED = [f"course/{page}.md" for page in _TO_LOOK_UP if not _TWINS.match(f"course/{page}")]
# the files of each language's tree, as Sphinx selects them, and those of the other
PATTERNS = {
    "en": ["notebooks/*.ipynb", "notebooks/solutions/*.ipynb", "course/guide/*.md", "course/results.md",
           "course/data/**.md", *_SHARED],
    "zh": ["notebooks/zh/**.ipynb", "course/guide/zh/*.md", "course/results.zh.md", "course/data/zh/**.md", *_SHARED],
}  # fmt: skip
LEFT_OUT = {"en": ["course/data/zh"], "zh": []}
_CARDS = {"en": "course/data/README", "zh": "course/data/zh/README"}
_WORDS = {
    "en": {"chapters": "Chapters", "look up": "To look up", "download": "Download"},
    "zh": {"chapters": "章节", "look up": "查阅", "download": "下载"},
}
_LINK = re.compile(r"\]\((?!\w+:)([^)\s#]+\.(?:ipynb|md))(#[^)\s]*)?\)")
_HAN = "\u3400-\u9fff"
# JavaScript for what `words` does, of what a reader types
SPLIT_QUERY = r"""
var splitQuery = (query) => (query.match(/[\u3400-\u9fff]+|[^\u3400-\u9fff\s\p{P}\p{S}]+/gu) || []).flatMap((run) =>
  /[\u3400-\u9fff]{3}/.test(run) ? [...run].slice(1).map((_, place) => run.slice(place, place + 2)) : [run]);
"""


def is_aside(name: str) -> bool:
    """Whether a page is reached from its chapter alone: solutions, instructor's pages."""
    return "/solutions/" in name or name.startswith("course/guide/")


def page(text: str, name: str, speaks: str, there: Collection[str]) -> str:
    """A file's text as the book takes it.

    Args:
        text: Of a notebook or a Markdown page.
        name: Its path in the repository, without the ending.
        speaks: The tree, `en` or `zh`.
        there: The names of all pages of the tree.
    """
    if not text.startswith("{"):
        cards = sorted(other for other in there if other.startswith("course/data/") and other != name)
        return _markdown(text, name, speaks, there) + (_contents([], cards) if name == _CARDS[speaks] else "")
    notebook, words = json.loads(text), _WORDS[speaks]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = _markdown("".join(cell["source"]), name, speaks, there)
        for data in (output["data"] for output in cell.get("outputs", []) if "data" in output):
            for mime in [mime for mime in data if mime.startswith("application/vnd.")]:  # widgets, what is on record
                del data[mime]
            if shown := data.get("text/markdown"):
                data["text/markdown"] = _markdown("".join(shown), name, speaks, there)
        if cell["id"] == "navigation-top":
            cell["source"] += f" · [{words['download']}](path:{PurePosixPath(name).name}.ipynb)"
    if name == START[speaks]:
        folder = PurePosixPath(name).parent
        chapters = [page for slug in claims.outline()["chapters"] if (page := f"{folder}/{slug}") in there]
        others = [page for other in _TO_LOOK_UP if (page := _own(f"course/{other}", speaks)) in there]
        lists = _contents([f":caption: {words['chapters']}"], chapters[1:])
        lists += _contents([f":caption: {words['look up']}"], others)
        notebook["cells"].append({"cell_type": "markdown", "id": "contents", "metadata": {}, "source": lists})
    return json.dumps(notebook)


def alternatives(text: str) -> dict[str, str]:
    """Of a notebook's pictures the sentence that says what they show, by the SHA-256 of their bytes."""
    found = {}
    outputs: list[dict[str, Any]] = [out for cell in json.loads(text)["cells"] for out in cell.get("outputs", [])]
    for output in outputs:
        if picture := "".join(output.get("data", {}).get("image/png", "")):
            beside = "".join(output["data"].get("text/plain", ""))  # where a slider's picture has it
            said = output["metadata"].get("image/png", {}).get("alt") or ("" if beside.startswith("<") else beside)
            found[hashlib.sha256(base64.b64decode(picture)).hexdigest()] = said
    return found


def words(text: str) -> list[str]:
    """The words under which a page is found: of Chinese, which has no spaces, each two neighbouring characters."""
    runs = re.findall(rf"[{_HAN}]+|[^\W{_HAN}]+", text)
    return [word for run in runs for word in _pairs(run)]


def _pairs(run: str) -> list[str]:
    if len(run) > 2 and re.match(f"[{_HAN}]", run):
        return [run[place : place + 2] for place in range(len(run) - 1)]
    return [run]


def _contents(caption: list[str], pages: Collection[str]) -> str:
    """A list of pages for the side bar, hidden where it stands."""
    return "\n".join(["", "", "```{toctree}", ":hidden:", *caption, "", *(f"/{page}" for page in pages),
                      "```", ""])  # fmt: skip


def _markdown(text: str, name: str, speaks: str, there: Collection[str]) -> str:
    """With anchors that Sphinx knows, and links that lead to a page of this tree, to one of the other, or to a file."""
    folder = PurePosixPath(name).parent

    def lead(link: re.Match[str]) -> str:
        target, anchor = PurePosixPath(normpath(folder / link[1])), (link[2] or "").lower()  # as docutils writes names
        if (
            speaks == "zh" and _language(PurePosixPath(name)) is None
        ):  # a page of both trees leads to the chapters of its own
            target = PurePosixPath(re.sub("^notebooks/(?!zh/)", "notebooks/zh/", str(target)))
        if (own := _own(str(target.with_suffix("")), speaks)) in there and own != name:  # its own English is meant
            target = PurePosixPath(f"{own}{target.suffix}")
        if str(target.with_suffix("")) in there:
            return f"]({relpath(target, folder)}{anchor})"
        if _language(target) in (None, speaks):
            return f"](path:{relpath(target, folder)})"
        away = PurePosixPath("en" if speaks == "zh" else "zh", target).with_suffix(".html")
        return f"]({relpath(away, speaks / folder)}{anchor}){{.external}}"

    text = re.sub(r'<a id="([^"]+)"></a>', lambda anchor: f'[]{{id="{anchor[1].lower()}"}}', text)
    return _LINK.sub(lead, text)


def _own(name: str, speaks: str) -> str:
    """The page that a tree has in this one's place: its Chinese twin, or itself."""
    if speaks == "en" or not _TWINS.match(name):
        return name
    return "course/results.zh" if name == "course/results" else name.replace("data/", "data/zh/", 1)


def _language(path: PurePosixPath) -> str | None:
    """The one tree that has a file; None if both do, or neither."""
    if re.match(r"(notebooks|course/guide|course/data)/zh/|course/results\.zh", str(path)):
        return "zh"
    return "en" if re.match(r"notebooks/|course/(guide|data)/|course/results\.md", str(path)) else None
