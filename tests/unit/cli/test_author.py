from pathlib import Path

import pytest
from click.testing import CliRunner

from talentlab.authoring import build, changed, tier
from talentlab.cli.main import main


def call(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def asked(monkeypatch):
    """What the command asked for; two files changed since `main`, and one chapter is touched by them."""
    asked = {}
    monkeypatch.setattr(changed, "changed_files", lambda root, since: asked.update(since=since) or {"a", "b"})
    monkeypatch.setattr(changed, "changed_chapters", lambda root, files: ["04_mathematics"])
    monkeypatch.setattr(changed, "changed_tests", lambda root, files: ["tests/unit/one", "tests/unit/other"])

    def write(chapters):
        asked.update(chapters=chapters)
        return [Path.cwd() / "build" / f"{chapter}.ipynb" for chapter in chapters or ["all"]]

    monkeypatch.setattr(tier, "write_combined", write)
    monkeypatch.setattr(tier, "timetable", lambda slugs: f"table of {slugs}")
    return asked


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), {"chapters": None}),
        (("05_project_practice",), {"chapters": ["05_project_practice"]}),
        (("--since",), {"chapters": ["04_mathematics"], "since": None}),
        (("--since", "HEAD~2"), {"chapters": ["04_mathematics"], "since": "HEAD~2"}),
    ],
)
def test_combine_prints_the_files_and_tells_their_seconds_beside(asked, arguments, expected):
    result = call("combine", *arguments)
    assert result.exit_code == 0 and asked == expected
    names = expected["chapters"] or ["all"]
    assert result.stdout.splitlines() == [f"build/{name}.ipynb" for name in names]  # what make hands on
    assert result.stderr == f"table of {names}\n"


def test_an_unknown_chapter_is_named(asked):
    assert "42_nothing" in call("combine", "42_nothing").stderr and not asked


@pytest.mark.parametrize(("arguments", "since"), [((), None), (("--since",), None), (("--since", "main"), "main")])
def test_changed_tests_are_printed_one_a_line(asked, arguments, since):
    result = call("changed-tests", *arguments)
    assert result.stdout == "tests/unit/one\ntests/unit/other\n" and asked == {"since": since}


@pytest.mark.parametrize(("problems", "status"), [([], 0), (["x differs"], 1)])
def test_a_slow_chapter_is_a_warning_and_no_failure(monkeypatch, problems, status):
    monkeypatch.setattr(build, "check", lambda: problems)
    monkeypatch.setattr(tier, "slow_chapters", lambda: ["05: slow"])
    result = call("check")
    assert result.exit_code == status and "! 05: slow" in result.stdout
    assert ("✗ x differs" in result.stdout) == bool(problems)
