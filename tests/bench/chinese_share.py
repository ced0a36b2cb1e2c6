"""How much of what the Chinese notebooks display is English: python tests/bench/chinese_share.py [CHAPTER …] [--show].

Counted are the lines of text outputs and captions, the columns and rows of tables and the texts in figures, each once
a chapter, if they have a word. Counted apart is what a catalogue keeps in English on purpose (names, code), what Python
says itself, and what stands in the course's data; a PNG of an edition not yet run in Chinese has no texts to count.
"""

import html
import re
import sys

import nbformat

from talentlab import language
from talentlab.authoring import strings
from talentlab.authoring.navigation import notebook_path, sources
from talentlab.runtime import repository_root

PYTHON = re.compile(r"\w*(Error|Exception)\b|\[.*\]$|Python \d")  # an error, a list, a version
HAN, WORD = re.compile(r"[一-鿿]"), re.compile(r"[A-Za-z]{3,}")


def displayed(notebook: nbformat.NotebookNode) -> set[str]:
    """Every string with a word in it that the outputs of a notebook show."""
    found = set(strings.shown_names(notebook))
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        data = output.get("data", {})
        if "text/html" not in data and "image/png" not in data:
            text = output.get("text") or data.get("text/markdown") or data.get("text/plain", "")
            found |= {line.strip() for line in text.splitlines()}
        else:
            found |= {
                html.unescape(each).strip() for each in re.findall(r"<td[^>]*>([^<]*)<", data.get("text/html", ""))
            }
    return {text for text in found if HAN.search(text) or WORD.search(re.sub(r"`[^`]*`|<[^>]*>", "", text))}


def is_meant(text: str, names: set[str], data: str) -> bool:
    """What a catalogue keeps, alone or as a phrase in a line; what Python says; the end of a text of the data."""
    if text in names or PYTHON.match(text) or text[-30:] in data:
        return True
    return any(" " in name and name in text for name in names)


def kept(slug: str) -> set[str]:
    """What the catalogues leave in English on purpose."""
    messages = [*strings.read(language.of_a_chapter(slug)), *strings.read(language.LIBRARY)]
    return {str(message.id) for message in messages if "keep" in message.flags}


def main() -> None:
    asked = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    print(f"{'chapter':<34}{'strings':>8}{'English':>9}{'kept':>6}   share")
    data = "".join(path.read_text(encoding="utf-8") for path in (repository_root() / "course" / "data").glob("*.csv"))
    for slug in asked or [source.stem for source in sources()]:
        if not (path := notebook_path(slug, "zh")).is_file():
            continue
        shown, names = displayed(nbformat.read(path, as_version=4)), kept(slug)
        english = {text for text in shown if not HAN.search(text)}
        meant = {text for text in english if is_meant(text, names, data)}
        left = sorted(english - meant)
        print(f"{slug:<34}{len(shown):>8}{len(left):>9}{len(meant):>6}{len(left) / max(1, len(shown)):>8.1%}")
        if "--show" in sys.argv:
            print(*(f"    {text[:110]}" for text in left), sep="\n")


if __name__ == "__main__":
    main()
