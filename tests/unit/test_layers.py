"""Imports inside the package go downwards only, and modules and functions keep their size."""

import ast
from pathlib import Path

import pytest

import talentlab

PACKAGE = Path(talentlab.__file__).parent
LAYERS = [
    {"errors"},
    {"runtime", "readers", "pooling", "corpora"},
    {"data", "models", "adapters"},
    {"batching", "checkpoints", "optimizers"},
    {"training", "evaluation", "pretraining", "corruption", "studies"},
    {"comparisons", "data_quality", "ensembling", "tuning", "deployment", "dynamic_batching", "gate"},
    {"plots", "claims", "service"},
    {"widgets", "exercises", "doctor", "parameters", "labelling", "cards"},
    {"records"},
    {"processes"},
    {"execution"},
    {"runs", "spaces", "tables"},
    {"sweeps", "run_plots", "exports"},
    {"authoring"},
    {"cli_compare", "cli_serve"},
    {"cli"},
]
LAYER_OF = {module: number for number, layer in enumerate(LAYERS) for module in layer}
MODULES = sorted(path for path in PACKAGE.glob("*.py") if path.stem != "__init__")


def imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "talentlab":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("talentlab."):
            found.add(node.module.split(".")[1])
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_imports_go_downwards(path):
    for module in imported_modules(path):
        assert LAYER_OF[module] < LAYER_OF[path.stem], f"{path.stem} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_modules_and_functions_stay_small(path):
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 300
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            has_docstring = ast.get_docstring(node) is not None
            start = node.body[0].end_lineno + 1 if has_docstring else node.lineno
            # a signature that is the configuration does not count as code; the body does
            lines = node.end_lineno - max(start, node.body[0].lineno) + 1
            assert lines <= (80 if node.name == "fit" else 40), f"{node.name} has {lines} lines"


def test_every_module_says_what_it_is_for():
    for path in MODULES:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path.stem


def test_the_library_never_prints():
    for path in MODULES:
        if path.stem in ("cli", "execution"):  # the runner's progress lines, on stderr
            continue
        calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
        assert not [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"], path.stem
