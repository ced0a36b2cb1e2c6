"""How much of what the Chinese notebooks display is English: python tests/bench/chinese_share.py [CHAPTER …] [--show].

Counted are the lines of text outputs and captions, the columns and rows of tables and the texts in figures, each once
a chapter, if they have a word. English is what somebody wrote for the course and left: a string that contains a phrase
of the chapter's code, of the library's or of the outline, or that is one of their words. Counted apart, as not ours to
translate: what a catalogue keeps on purpose (names, code), and all other English: texts of the data, their tokens and
names, numbers with units, and what Python says itself.
"""

import ast
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
PHRASE = re.compile(r"[A-Za-z]{2,} [A-Za-z]{3,}|[A-Za-z]{3,} [a-z]{2,}")


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


def phrases(slug: str) -> tuple[set[str], set[str]]:
    """What was written for a chapter: pieces of two words or more, and single words."""
    root = repository_root()
    paths = [*(root / "lib").rglob("*.py"), *(root / "course").glob(f"c*/{slug}.py")]
    nodes = [node for path in paths for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    documented = (ast.Module, ast.FunctionDef, ast.ClassDef)
    docstrings = {id(node.body[0].value) for node in nodes
                  if isinstance(node, documented) and ast.get_docstring(node) is not None}  # fmt: skip
    strings_ = [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    texts = [node.value for node in strings_ if id(node) not in docstrings]
    texts += re.findall(r"(?:text|title): (.+)", (root / "course" / "outline.yaml").read_text(encoding="utf-8"))
    pieces = {piece.strip(" .,:;()\"'") for text in texts for piece in re.split(r"[{}\n]", text)}
    pieces = {piece for piece in pieces if WORD.search(piece)}
    return {piece for piece in pieces if PHRASE.search(piece)}, {piece for piece in pieces if piece.isalpha()}


def is_ours(text: str, names: set[str], written: tuple[set[str], set[str]]) -> bool:
    """Whether it is English that was written for the course, and no catalogue keeps it."""
    bare = text.strip("#-| .:")
    if {text, bare} & names or PYTHON.match(text) or any(" " in name and name in text for name in names):
        return False
    return bare in written[1] or any(piece in text for piece in written[0])


def kept(slug: str) -> set[str]:
    """What the catalogues leave in English on purpose."""
    messages = [*strings.read(language.of_a_chapter(slug)), *strings.read(language.LIBRARY)]
    return {str(message.id) for message in messages if "keep" in message.flags}


def main() -> None:
    asked = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    print(f"{'chapter':<34}{'strings':>8}{'English':>9}{'others':>8}   share")
    for slug in asked or [source.stem for source in sources()]:
        if not (path := notebook_path(slug, "zh")).is_file():
            continue
        shown, names, written = displayed(nbformat.read(path, as_version=4)), kept(slug), phrases(slug)
        english = {text for text in shown if not HAN.search(text)}
        left = sorted(text for text in english if is_ours(text, names, written))
        share = len(left) / max(1, len(shown))
        print(f"{slug:<34}{len(shown):>8}{len(left):>9}{len(english) - len(left):>8}{share:>8.1%}")
        if "--show" in sys.argv:
            print(*(f"    {text[:110]}" for text in left), sep="\n")


if __name__ == "__main__":
    main()
