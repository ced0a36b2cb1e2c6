import os
import subprocess

import pytest

from talentlab.authoring.changed import changed_chapters, changed_files, changed_tests, library_files
from talentlab.errors import ChapterError
from talentlab.runtime import repository_root

FILES = {
    "lib/talentlab/__init__.py": "",
    "lib/talentlab/errors.py": "",
    "lib/talentlab/plots.py": "from talentlab import errors\n\n\ndef show():\n    raise errors.Bad\n",
    "lib/talentlab/data/__init__.py": (
        "from talentlab.data.batching import tokenize\nfrom talentlab.data.cleaning import strip\n"
    ),
    "lib/talentlab/data/batching.py": "def tokenize():\n    from talentlab import plots\n    plots.show()\n",
    "lib/talentlab/data/cleaning.py": "def strip(): ...\n",
    "lib/talentlab/data/rare.py": "from talentlab.data import strip\nstrip()\n",
    "lib/talentlab/chapters/__init__.py": "",
    "lib/talentlab/chapters/one.py": 'SOURCE = "own.csv"\n',
    "course/chapters/01_a.py": "from talentlab import data\ndata.tokenize()\n",
    "course/chapters/02_b.py": "from talentlab.data import strip as s, rare\nrare.f(s)\n",
    "course/chapters/03_c.py": "from talentlab import data as d, plots\nuse(d)\n",
    "course/chapters/04_d.py": (
        "from talentlab.chapters import one\nfrom talentlab.data.cleaning import strip\none.f(strip)\n"
    ),
    "course/checks/02_b.py": "from talentlab import errors\nerrors.f()\n",
    "tests/unit/data/test_batching.py": "",
    "tests/unit/test_layers.py": "",
    "tests/unit/conftest.py": "",
}


@pytest.fixture
def root(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "chapters"),
    [
        ("course/chapters/01_a.py", "1"),
        ("course/checks/02_b.py", "2"),
        ("notebooks/zh/03_c.ipynb", "3"),
        ("lib/talentlab/data/batching.py", "13"),  # through the face, by the name that is used
        ("lib/talentlab/data/cleaning.py", "234"),
        ("lib/talentlab/data/rare.py", "2"),
        ("lib/talentlab/data/__init__.py", "123"),
        ("lib/talentlab/plots.py", "13"),  # imported inside a function of a module that is used
        ("lib/talentlab/errors.py", "123"),
        ("lib/talentlab/chapters/one.py", "4"),
        ("course/data/own.csv", "4"),
        ("course/data/other.csv", ""),
        ("course/data/records/01.csv", "1"),
        ("course/data/own.md", ""),
        ("course/presets/gpu.yaml", ""),
        ("course/outline.yaml", "1234"),
        ("constraints.txt", "1234"),
        ("README.md", ""),
    ],
)
def test_a_change_touches_the_chapters_that_use_it(root, file, chapters):
    assert "".join(slug[1] for slug in changed_chapters(root, {file})) == chapters


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        ("lib/talentlab/data/batching.py", ["tests/unit/data/test_batching.py", "tests/unit/test_layers.py"]),
        ("lib/talentlab/data/cleaning.py", ["tests/unit/data", "tests/unit/test_layers.py"]),
        ("tests/unit/data/test_batching.py", ["tests/unit/data/test_batching.py"]),
        ("tests/unit/data/test_removed.py", []),
        ("tests/unit/conftest.py", ["tests/unit"]),
        ("README.md", []),
    ],
)
def test_a_changed_module_brings_the_tests_that_mirror_it(root, file, tests):
    assert changed_tests(root, {file}) == tests


def git(root, *arguments):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    plain = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}  # no signing, no hooks
    subprocess.run(command, cwd=root, check=True, text=True, env=os.environ | plain)


def test_what_changed_since_a_branch_parted_committed_or_not(root):
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "first")
    assert changed_files(root) == set()
    git(root, "checkout", "--quiet", "-b", "work")
    (root / "course/chapters/01_a.py").write_text("")
    git(root, "commit", "--quiet", "-am", "second")
    (root / "lib/talentlab/plots.py").unlink()
    (root / "lib/talentlab/说明.py").write_text("")
    uncommitted = {"lib/talentlab/plots.py", "lib/talentlab/说明.py"}
    assert changed_files(root) == uncommitted  # no origin/main: the last commit
    assert changed_files(root, "main") == {"course/chapters/01_a.py", *uncommitted}
    git(root, "update-ref", "refs/remotes/origin/main", "main")
    assert changed_files(root) == {"course/chapters/01_a.py", *uncommitted}
    with pytest.raises(ChapterError, match="no-such"):
        changed_files(root, "no-such")


def test_the_real_chapters_use_what_their_sources_say():
    root = repository_root()
    used = {str(path) for path in library_files(root, "course/chapters/05_project_practice.py")}
    assert {"lib/talentlab/training/loop.py", "lib/talentlab/data/readers.py", "lib/talentlab/errors.py"} <= used
    assert not any("/cli/" in path or "/authoring/" in path for path in used)
