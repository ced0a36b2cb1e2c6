"""What the library says to its users, found in its code: for `lib/talentlab/locale/zh.po`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from talentlab import language
from talentlab.course import translation
from talentlab.course.translation import Text
from talentlab.language import SENTENCE

_LOOKING_UP = {"tr", "_wrong"}  # functions that take a sentence before its fields are filled in
_ERROR = re.compile(r"(?<!^Assertion)(Error|BadParameter|not_installed)$")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def of_the_library() -> dict[tuple[str | None, str], Text]:
    """Its sentences, the parts of its errors, and its help texts, by context and English."""
    found: dict[tuple[str | None, str], Text] = {}
    for path in sorted(Path(language.__file__).parent.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {(None, text): Text(text) for text in looked_up(tree)}
        if path.parent != Path(__file__).parent:  # who writes chapters reads English
            found |= {(SENTENCE, text.text): text for text in [*of_errors(tree), *of_help(tree)]}
    return found


def looked_up(tree: ast.Module) -> Iterator[str]:
    """What stands as such in calls of `tr`, and of what passes it on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _called(node) in _LOOKING_UP:
            texts = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
            yield from (text for text in texts if re.search("[A-Za-z]{2}", re.sub(r"{.*?}", "", text)))


def of_errors(tree: ast.Module) -> Iterator[Text]:
    """Phrases of the functions that make an error, of calls of these, and of the constants that they name.

    Constants that are called `…_SENTENCES` hold what other packages say. The fields of an f-string are numbered, as in
    `{1} is not a folder.`, so that a renamed variable changes no entry.
    """
    functions = [node for node in ast.walk(tree) if isinstance(node, _Function)]
    making = [each for each in functions if any(_ERROR.search(_called(node)) for node in ast.walk(each))]
    names = {each.name for each in making}
    making += [each for each in functions if each not in making and _raised(each) & names]
    used = {node.id for each in making for node in ast.walk(each) if isinstance(node, ast.Name)}
    places: list[ast.AST] = [line for each in making for line in _without_docstring(each)]
    places += [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) in names]
    for line in tree.body:
        named = {node.id for node in getattr(line, "targets", []) if isinstance(node, ast.Name)}
        places += [line] * bool(named & used or any(name.endswith("_SENTENCES") for name in named))
    for text in (text for place in places for text in translation.texts(ast.unparse(_Quiet().visit(place)))):
        if text.wants_chinese and not text.is_word:
            fields: list[str] = []
            numbered = text.text.strip()
            for expression in text.expressions:
                fields.append(f"{{{len(fields) + 1}}}")
                numbered = numbered.replace(expression, fields[-1], 1)
            yield Text(numbered, SENTENCE, True, tuple(fields))


def of_help(tree: ast.Module) -> Iterator[Text]:
    """Help of options, and the paragraphs of what a command's docstring says."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = [each.value for each in node.keywords if each.arg == "help"]
            yield from (Text(str(each.value), SENTENCE) for each in given if isinstance(each, ast.Constant))
        elif isinstance(node, _Function) and any(map(_is_command, node.decorator_list)):
            for paragraph in (ast.get_docstring(node) or "").split("\n\n"):
                listed = paragraph.startswith("\b\n")  # click's mark for lines that stand as they are
                lines = map(str.strip, paragraph.split("\n")[1:]) if listed else [paragraph]
                yield from (Text(line, SENTENCE) for line in lines if line)


class _Quiet(ast.NodeTransformer):
    """Takes out what is no sentence of an error: what is looked up already, and regular expressions."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        is_said = _called(node) not in _LOOKING_UP and not ast.unparse(node.func).startswith("re.")
        return self.generic_visit(node) if is_said else ast.Constant(0)


def _called(node: ast.AST) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""


def _raised(function: _Function) -> set[str]:
    """Functions whose result is raised: `error` in `raise self.error(…)`."""
    return {_called(node.exc) for node in ast.walk(function) if isinstance(node, ast.Raise) and node.exc}


def _is_command(decorator: ast.expr) -> bool:
    return _called(decorator) in ("command", "group")


def _without_docstring(function: _Function) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function) is not None else function.body
