"""Every relative link of the built notebooks, and of the page that they lead to: file and place exist."""

import os
import re
from pathlib import Path

import nbformat
import pytest

from talentlab.course import working_copies
from talentlab.runtime import repository_root

ROOT = repository_root()
NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_" not in str(path))
CODE = re.compile(r"^```.*?^```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$", re.DOTALL | re.MULTILINE)


def markdown(path: Path) -> str:
    """The text of a page, or of a notebook's Markdown with what its cells show as such."""
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    shown = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    return "\n\n".join(texts + [data["text/markdown"] for data in shown if "text/markdown" in data])


def links(path: Path) -> list[tuple[Path, str]]:
    """File and place of each relative link."""
    text = CODE.sub("", markdown(path))
    targets = re.findall(r"\]\(([^()\s]*)(?: [^)]*)?\)", text) + re.findall(r'(?:src|href)="([^"]*)"', text)
    relative = [target for target in targets if not re.match(r"[a-z]+:", target)]
    parts = [target.partition("#") for target in relative]
    return [(Path(os.path.normpath(path.parent / file)) if file else path, place) for file, _, place in parts]


def places(path: Path) -> set[str]:
    """What a `#` may lead to: not to a heading, which GitHub and JupyterLab name differently."""
    return set(re.findall(r'<a id="([^"]+)"></a>', markdown(path)))


def broken(path: Path) -> list[str]:
    """Links of a file that lead nowhere."""
    return [
        f"{target.relative_to(ROOT)}#{place}"
        for target, place in links(path)
        if not target.exists() or (place and place not in places(target))
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_notebook_leads_somewhere(path):
    assert broken(path) == []
    assert len(links(path)) >= 4


def test_every_link_of_the_page_about_the_document_leads_somewhere():
    assert len(links(ROOT / "course" / "document.md")) >= 20 and broken(ROOT / "course" / "document.md") == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_in_a_working_copy_a_link_to_a_chapter_leads_to_another_working_copy(path):
    """The same depth: what is below notebooks/ is mirrored, the rest is where it was."""
    copy = working_copies.place(path, ROOT)
    for target, _ in links(path):
        moved = Path(os.path.normpath(copy.parent / os.path.relpath(target, path.parent)))
        inside = target.is_relative_to(ROOT / "notebooks")
        assert moved == (working_copies.place(target, ROOT) if inside else target)


def test_a_broken_link_would_be_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    (tmp_path / "b.md").write_text('<a id="there"></a>\n\n## 3.1\n')
    text = "[x](b.md#there) [x](b.md#31) [x](c.md) ![x](d.svg) [x](https://e.org/f.md) `[x](g.md)` $x[1](h)$"
    cell = nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("display_data", {"text/markdown": "[x](i)"})])
    cells = [nbformat.v4.new_markdown_cell(text), cell]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a.ipynb")
    assert broken(tmp_path / "a.ipynb") == ["b.md#31", "c.md#", "d.svg#", "i#"]
