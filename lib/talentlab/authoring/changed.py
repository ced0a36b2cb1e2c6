"""What a change touches: the chapters whose outputs may be others now, and the unit tests of the changed modules."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

from talentlab.errors import ChapterError

_PACKAGE = "lib/talentlab"
# What every chapter depends on. Presets are not among them: the tests run the quick size.
_EVERYTHING = ("pyproject.toml", "constraints.txt", "course/outline.yaml", "tests/notebooks/")


def changed_files(root: Path, since: str | None = None) -> set[str]:
    """Files below `root` that differ from where its branch left another one, uncommitted and new ones included.

    Args:
        root: Top folder of a git checkout.
        since: A branch or commit; `origin/main` if None, or the last commit where there is none of that name.

    Raises:
        ChapterError: If git knows no such commit.
    """
    if since is None:
        since = "origin/main" if _git(root, "for-each-ref", "refs/remotes/origin/main") else "HEAD"
    (base,) = _git(root, "merge-base", since, "HEAD")
    return {*_git(root, "diff", "--name-only", base), *_git(root, "ls-files", "--others", "--exclude-standard")}


def _git(root: Path, *arguments: str) -> list[str]:
    done = subprocess.run(["git", "-c", "core.quotePath=off", *arguments], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise ChapterError(
            f"git {' '.join(arguments)}: {done.stderr.strip() or 'nothing found'}",
            expected="a branch or commit that shares history with this one, in a git checkout",
            remedy="name another, for example `make test-changed BASE=HEAD~3`.",
        )
    return done.stdout.splitlines()


def changed_chapters(root: Path, files: set[str]) -> list[str]:
    """The chapters whose source, checks, built notebooks, library modules or data files are among `files`."""
    slugs = [source.stem for source in sorted((root / "course" / "chapters").glob("*.py"))]
    if any(file.startswith(_EVERYTHING) for file in files):
        return slugs
    return [slug for slug in slugs if _is_touched(root, slug, files)]


def _is_touched(root: Path, slug: str, files: set[str]) -> bool:
    sources = [Path("course", folder, f"{slug}.py") for folder in ("chapters", "checks")]
    read = set(sources)
    for source in sources:
        read |= library_files(root, source)
    if files & {str(path) for path in (*read, Path("course", "quiz", f"{slug}.yaml"))} or any(
        file.endswith(f"/{slug}.ipynb") for file in files
    ):
        return True
    own = [*sources, *(path for path in read if path.parent.name == "chapters")]
    text = "".join((root / path).read_text(encoding="utf-8") for path in own if (root / path).is_file())
    return any(_is_data(file, slug, text) for file in files)


def _is_data(file: str, slug: str, text: str) -> bool:
    """Whether a file is data that a chapter names (`reviews.csv`, a folder `example_runs`), or its record."""
    if not file.startswith("course/data/") or file.endswith(".md"):
        return False
    first = Path(file).parts[2]
    return slug.startswith(Path(file).stem) if first == "records" else Path(first).stem in text


def library_files(root: Path, source: Path) -> set[Path]:
    """Files of the library that a source uses, directly or through others, as paths below `root`.

    A room's face (`from talentlab import data`) stands for the modules whose names are used of it (`data.tokenize`).
    """
    found: set[Path] = set()
    names = list(_used_names(root / source)) if (root / source).is_file() else []
    while names:
        path, left = _file_of(root, names.pop())
        if path is None or (path in found and not left):
            continue
        if path not in found:
            found.add(path)
            if path.name != "__init__.py":  # of a face, only what is used
                names += _used_names(root / path)
        if path.name == "__init__.py":
            names += _exported(root / path, left)
    return found


def _file_of(root: Path, name: str) -> tuple[Path | None, str]:
    """`talentlab.data.tokenize` → the face of `data`, `tokenize`; `talentlab.data.batching.f` → the module, nothing."""
    path, parts = Path("lib"), name.split(".")
    for number, part in enumerate(parts, start=1):
        path /= part
        if (root / path.with_suffix(".py")).is_file():
            return path.with_suffix(".py"), ""
        if not (root / path).is_dir():
            return path.parent / "__init__.py", ".".join(parts[number - 1 :])
    return path / "__init__.py", "*"


def _exported(face: Path, name: str) -> list[str]:
    """Where a face has a name from; everything that it imports if that cannot be told."""
    names = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(face.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    first = name.split(".")[0]
    return [names[first]] if first in names else list(names.values())


def _used_names(path: Path) -> Iterator[str]:
    """Every name of the library that a file uses, in full: `talentlab.data.tokenize`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    local: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "talentlab":
            local |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("talentlab."))
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    of_modules = {id(node.value) for node in attributes}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in local:
            yield f"{local[node.value.id]}.{node.attr}"
        elif isinstance(node, ast.Name) and node.id in local and id(node) not in of_modules:
            yield local[node.id]


def changed_tests(root: Path, files: set[str]) -> list[str]:
    """The unit tests that changed, or mirror a changed module; those of its room where there is no mirror."""
    tests: set[str] = set()
    for file in map(Path, files):
        if file.is_relative_to("tests/unit") and file.suffix == ".py":
            tests.add(str(file if file.name.startswith("test_") else file.parent))
        elif file.is_relative_to(_PACKAGE) and file.suffix == ".py":
            room = Path("tests/unit") / file.parent.relative_to(_PACKAGE)
            mirror = room / f"test_{file.name}"
            tests |= {"tests/unit/test_layers.py", str(mirror if (root / mirror).is_file() else room)}
        elif file.is_relative_to("course"):
            tests |= {"tests/unit/authoring", "tests/unit/course"}
        elif file.is_relative_to("tests/notebooks"):
            tests.add("tests/notebooks")
    return sorted(test for test in tests if (root / test).exists())
