"""The parameters cell of a notebook: one typed line each, read without running anything."""

import ast
import difflib
import json
import re
import tokenize
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Literal, Optional

import nbformat
import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError

from talentlab.errors import ParameterError

_TYPES = {"int": int, "float": float, "bool": bool, "str": str, "list": list, "None": None,
          "Literal": Literal, "Optional": Optional}  # fmt: skip
# What pydantic says of a value, by form, for the catalogue.
PYDANTIC_SENTENCES = (
    "input should be a valid integer, unable to parse string as an integer.",
    "input should be a valid number, unable to parse string as a number.",
    "input should be a valid integer, got a number with a fractional part.",
    "input should be a valid boolean, unable to interpret input.",
    "input should be a finite number.",
    "input should be a valid string.",
    "input should be {1}.",
)

_DATA = re.compile(r"\b(?:files?|folders?|tables?)\b|文件|目录|表格")


@dataclass(frozen=True)
class Parameter:
    """One line `name: type = default  # help [unit]` of a parameters cell; the type may be left out."""

    name: str
    annotation: str
    default: Any
    help: str

    @property
    def unit(self) -> str:
        """What stands in brackets at the end of the help, or nothing."""
        found = re.search(r"\[([^\]]+)\]$", self.help)
        return found[1] if found else ""

    @property
    def is_data(self) -> bool:
        """Whether it names data: what stands there then is a part of what identifies a run.

        So it is with `dataset`, with a name that ends with `corpus`, and where the help says file, folder or table; but
        never with what a run writes: a name that begins with `out`.
        """
        named = self.name == "dataset" or self.name.endswith("corpus")
        return not self.name.startswith("out") and (named or bool(_DATA.search(self.help)))

    def validate(self, value: object) -> Any:
        """The value in the parameter's type. Text, as a command line gives it, is converted.

        Raises:
            ParameterError: If it does not fit.
        """
        if self.annotation == "Any":  # what papermill would make of it
            return yaml.safe_load(value) if isinstance(value, str) else value
        kind = eval(self.annotation, {"__builtins__": {}}, dict(_TYPES))  # names were checked when the cell was read
        optional = type(None) in typing.get_args(kind)
        if isinstance(value, str) and optional and value.lower() in ("none", "null", ""):
            return None
        if isinstance(value, str) and typing.get_origin(kind) is list:
            value = _split_list(value)
        if isinstance(value, bool) and "bool" not in self.annotation:
            value = str(value)  # True is no number here
        try:
            return TypeAdapter(kind, config=ConfigDict(allow_inf_nan=False)).validate_python(value)
        except ValidationError as error:
            raise ParameterError(
                f"{self.name}={value!r}: {error.errors()[0]['msg'].lower()}.",
                expected=f"{self.annotation}, for example {self.default!r} ({self.help})",
                remedy="correct the value.",
            ) from error


def _split_list(text: str) -> object:
    """`a,b` and `["a", "b"]` both mean a list; anything else is left for the type check to refuse."""
    try:
        return json.loads(text) if text.startswith("[") else text.split(",")
    except json.JSONDecodeError:
        return text


def read_notebook(path: Path) -> tuple[nbformat.NotebookNode, dict[str, Parameter]]:
    """A notebook without its outputs, and its parameters: the lines of its parameters cell that assign a constant.

    Raises:
        ParameterError: If the file is no notebook.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:  # missing, not JSON, not a notebook: nbformat raises several types
        raise ParameterError(
            f"{path} cannot be read as a notebook: {error}.",
            expected="an .ipynb file",
            remedy="check the path; `talentlab run --help` shows how chapters are named.",
        ) from error
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    tagged = [cell.source for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    return notebook, infer_parameters(tagged[0])[0] if tagged else {}


def read_parameters(path: Path) -> dict[str, Parameter]:
    """The parameters of a notebook by name, read as `read_notebook` does."""
    return read_notebook(path)[1]


def infer_parameters(source: str) -> tuple[dict[str, Parameter], list[str]]:
    """The parameters in the source of anybody's parameters cell, and the lines that declare none.

    A type that is left out, or is none of ours, is taken from the default.
    """
    # what IPython alone understands, line for line
    python = re.sub(r"^(\s*)[%!?].*$|^.*\?$", r"\1pass", source, flags=re.MULTILINE)
    try:
        statements, comments = ast.parse(python).body, _comments(source)
    except (SyntaxError, tokenize.TokenError):  # another language
        return {}, source.splitlines()
    parameters, others = {}, []
    for statement in statements:
        if isinstance(statement, ast.ImportFrom) and statement.module == "typing":
            continue  # Literal and Optional have to come from somewhere
        try:
            parameter = _parse_line(statement, comments)
            parameter.validate(parameter.default)
        except (ValueError, ParameterError):
            if (inferred := _infer(statement, comments)) is None:
                others += source.splitlines()[statement.lineno - 1 : statement.end_lineno]
                continue
            parameter = inferred
        parameters[parameter.name] = parameter
    return parameters, others


def _infer(statement: ast.stmt, comments: Mapping[int, str]) -> Parameter | None:
    """The parameter of `name = constant`, whatever type is noted; None if it is something else."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    target = statement.target if isinstance(statement, ast.AnnAssign) else target
    try:
        default = ast.literal_eval(statement.value)  # type: ignore[attr-defined]
    except (AttributeError, TypeError, ValueError):
        return None
    if not isinstance(target, ast.Name):
        return None
    kind = type(default).__name__ if type(default) in (int, float, bool, str) else "Any"
    return Parameter(target.id, kind, default, comments.get(statement.end_lineno or 0, ""))


def _comments(source: str) -> dict[int, str]:
    return {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokenize.generate_tokens(StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }


def parse_parameters(source: str, where: str) -> dict[str, Parameter]:
    """The parameters of a chapter's cell, each line of which declares one; errors name `where` it stands."""
    try:
        statements = ast.parse(source).body
        comments, parameters = _comments(source), {}
        for statement in statements:
            if isinstance(statement, ast.ImportFrom) and statement.module == "typing":
                continue
            parameter = _parse_line(statement, comments)
            parameters[parameter.name] = parameter
            parameter.validate(parameter.default)
    except (SyntaxError, ValueError, tokenize.TokenError) as error:
        raise ParameterError(
            f"{where}, parameters cell: {error}.",
            expected="lines of the form `name: type = default  # help [unit]`, the default a constant of that type",
            remedy="rewrite the line; anything computed belongs into the next cell.",
        ) from error
    return parameters


def _parse_line(statement: ast.stmt, comments: Mapping[int, str]) -> Parameter:
    line = f"line {statement.lineno}"
    if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name) or not statement.value:
        raise ValueError(f"{line} is not an annotated assignment")
    names = {node.id for node in ast.walk(statement.annotation) if isinstance(node, ast.Name)}
    if not names <= set(_TYPES) or any(isinstance(n, ast.Call | ast.Attribute) for n in ast.walk(statement.annotation)):
        raise ValueError(f"{line} has the type {ast.unparse(statement.annotation)}, which is none of {sorted(_TYPES)}")
    default = ast.literal_eval(statement.value)
    annotation = ast.unparse(statement.annotation)
    return Parameter(statement.target.id, annotation, default, comments.get(statement.end_lineno or 0, ""))


def validate_parameters(declared: Mapping[str, Parameter], given: Mapping[str, object]) -> dict[str, Any]:
    """`given` with every name known and every value in its type.

    Raises:
        ParameterError: For an unknown name (with the nearest one) or a value that does not fit.
    """
    for name in given:
        if name not in declared:
            near = difflib.get_close_matches(name, declared, n=1)
            raise ParameterError(
                f"Unknown parameter {name!r}.",
                expected=f"one of {', '.join(declared) or 'none: the notebook has no parameters cell'}",
                remedy=f"did you mean {near[0]!r}?" if near else "check the name.",
            )
    return {name: declared[name].validate(value) for name, value in given.items()}


def load_preset(folder: Path, preset: str, chapter: str) -> dict[str, Any]:
    """Parameters from a YAML file: `course/presets/<preset>.yaml`, or one of the user's, by its path.

    The file holds a section per chapter; a user's may also hold the names themselves.

    Raises:
        ParameterError: If there is no such file, or it is something else.
    """
    own = preset.endswith((".yaml", ".yml"))
    path = Path(preset) if own else folder / f"{preset}.yaml"
    if not path.is_file():
        raise ParameterError(
            f"Unknown preset {preset!r}.",
            expected=f"one of {', '.join(sorted(p.stem for p in folder.glob('*.yaml')))}, or the path of a YAML file",
            remedy="choose one of these, or write a file of your own.",
        )
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        found = dict(content.get(chapter) or (content if own else {}))
        if wrong := [name for name in [*content, *found] if not isinstance(name, str)]:
            raise ValueError(f"{wrong[0]!r} is no name; write it in quotes, or the chapter's whole name")
        return found
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, TypeError, ValueError) as error:
        raise ParameterError(
            f"{path} does not hold parameters: {error}.",
            expected="YAML with lines such as `learning_rate: 1.0e-4`, or a section of them per chapter",
            remedy="correct the file.",
        ) from error
