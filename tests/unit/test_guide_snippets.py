"""Code, commands and sections that the instructors' pages name: does a room find them in the chapter?"""

import ast
import builtins
import inspect
import re
from functools import cache
from pathlib import Path

import click
import pytest

from talentlab.cli.main import main

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "course" / "guide").rglob("*.md"))
SHEETS = sorted((ROOT / "course" / "workshops").glob("*.md"))
ANYONE = pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
FILE = re.compile(r"[\w./<>-]+\.(csv|tsv|wav|npz|json|jsonl|md|py|ipynb|yaml|txt)")


def source(page):
    return (ROOT / "course" / "chapters" / f"{page.stem}.py").read_text(encoding="utf-8")


def spans(page):
    """What stands in backticks, each on one line."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]


def parsed(code):
    """Of Python that calls or reaches into something the tree; None for a word, a file, a command."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    deep = any(isinstance(node, ast.Call | ast.Attribute) for node in ast.walk(tree))
    return tree if deep and not FILE.fullmatch(code) else None


@cache
def chapter_names(code):
    """What the chapter's cells bind, exercises left out: of a name that is imported what it is, of any other None."""
    cells = re.split(r"^# %%", code, flags=re.MULTILINE)
    names = dict.fromkeys(dir(builtins))
    for cell in cells:
        head, _, body = cell.partition("\n")
        if "[markdown]" in head or "exercise" in head:
            continue
        for node in ast.walk(ast.parse(body)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.setdefault(node.id)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                names[node.name] = None
            elif isinstance(node, ast.Import | ast.ImportFrom):
                names |= imported(node)
    return names


def imported(node):
    """What an import binds; its names alone where it is not of the library."""
    found = {}
    if (getattr(node, "module", None) or node.names[0].name).startswith("talentlab"):
        exec(ast.unparse(node), found)
    return {name: found.get(name) for alias in node.names for name in [(alias.asname or alias.name).split(".")[0]]}


def resolved(node, names):
    """The real thing behind `evaluation.difference`; None where it is made when the chapter runs."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute) and (parent := resolved(node.value, names)) is not None:
        return getattr(parent, node.attr)
    return None


def check(code, chapter):
    """Fails where a snippet names what the chapter does not have, or calls it with other arguments than it takes."""
    tree, names = parsed(code), chapter_names(chapter)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            assert node.id in names, f"{code}: the chapter has no {node.id}"
        resolved(node, names)
        if isinstance(node, ast.Call) and (called := resolved(node.func, names)) is not None:
            named = {word.arg: None for word in node.keywords if word.arg}
            bind = inspect.signature(called).bind if len(named) == len(node.keywords) else None
            (bind or inspect.signature(called).bind_partial)(*node.args, **named)


@ANYONE
def test_snippets_name_what_the_chapter_has(page):
    chapter = source(page)
    for code in spans(page):
        if (tree := parsed(code)) is None or code in chapter:  # a quotation needs no names
            continue
        path = code.split(".")
        if all(map(str.isidentifier, path)) and path[0] not in chapter_names(chapter):
            assert all(f".{part}" in library() for part in path[1:]), code  # where a model of one's own has its layers
            continue
        check(code, chapter)
        called = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        if called and all(chapter_names(chapter)[node.id] for node in ast.walk(tree) if isinstance(node, ast.Name)):
            exec(code, dict(chapter_names(chapter)))  # all of it is the library's, so it runs here


@pytest.mark.parametrize(
    "code",
    ["gap('head', 'bottleneck')", "evaluation.difference_of(right, right)", "evaluation.difference(right)",
     "evaluation.difference(right, right, spread=1)"],
)  # fmt: skip
def test_a_snippet_that_cannot_run_is_noticed(code):
    with pytest.raises((AssertionError, AttributeError, TypeError)):
        check(code, source(ROOT / "02_core_concepts.md"))


@ANYONE
def test_single_words_of_code_stand_in_the_chapter_or_the_library(page):
    for code in spans(page):
        if re.fullmatch(r"[A-Za-z_]\w+", code) and not re.search(rf"\b{code}\b", source(page)):
            assert re.search(rf"\b{code}\b", library()), code


@cache
def library():
    return "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "lib" / "talentlab").rglob("*.py"))


@ANYONE
def test_sections_of_a_page_are_those_of_its_chapter(page):
    text = re.sub(r"document's sections? \d+", "", page.read_text(encoding="utf-8"))
    headings = set(re.findall(r"^## (\d+)(?= )", source(page), re.MULTILINE))
    groups = re.findall(r"[Ss]ections? ((?:\d+(?:, | and | to )?)+)(?![.\d])", text) + re.findall(
        r"第 ([\d、和到 ]+) 节", text
    )
    named = {number for group in groups for number in re.findall(r"\d+", group)}
    assert named <= headings or not headings, named - headings


@pytest.mark.parametrize("page", [*PAGES, *SHEETS], ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_commands_and_their_options_exist(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in [*spans(page), *re.findall(r"^talentlab .*", page.read_text(encoding="utf-8"), re.MULTILINE)]:
        first, *words = line.partition("#")[0].split()
        if first == "make" and words:
            assert re.search(rf"^{words[0]}:", makefile, re.MULTILINE), line
        elif first == "talentlab" and words:
            command = main
            while isinstance(command, click.Group) and not (command.invoke_without_command and words[0][0] == "-"):
                assert words[0] in command.commands, line
                command = command.commands[words.pop(0)]
            taken = {option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]}
            given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
            assert given <= taken | {"--help"}, (line, given - taken)


@ANYONE
def test_a_room_can_be_brought_where_a_page_says(page):
    for chapter, section in re.findall(r"talentlab catch-up (\S+) --to (\S+)`", page.read_text(encoding="utf-8")):
        assert page.stem.startswith(f"{chapter.removeprefix('zh/')}_")
        assert re.search(rf"^##+ {re.escape(section)}(?= )", source(page), re.MULTILINE), section


@ANYONE
def test_a_page_counts_the_guesses_as_the_chapter_asks_them(page):
    asked = len(re.findall(r"guesses\.guess\(", source(page)))
    counted = re.findall(
        r"(two|three|four|both) (?:guesses|ranges)|(?<!第)([两三四])[个次]猜测", page.read_text(encoding="utf-8")
    )
    words = {"two": 2, "both": 2, "两": 2, "three": 3, "三": 3, "four": 4, "四": 4}
    assert {words[english or chinese] for english, chinese in counted} <= {asked}
