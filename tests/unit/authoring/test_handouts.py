"""The sheet of a plan: does it have the plan's clock and a question for each chapter, and load nothing?"""

import re

import pytest
from click.testing import CliRunner

from talentlab.authoring import handouts, workshops
from talentlab.cli.main import main

ROOMS = [name for name, plan in workshops.plans().items() if "days" in plan]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ROOMS)
def test_a_sheet_has_the_clock_of_its_plan_and_what_is_asked_in_each_chapter(name, language):
    page = handouts.handout(name, language)
    rows = re.findall(r'<tr class="(\w+)"><td>(\d\d:\d\d)</td><td[^>]*>(.*?)</td>(?:<td>(.*?)</td>)?', page)
    planned = re.findall(r"^\| \*{0,2}(\d\d:\d\d)\*{0,2} \| [^|]*\| \*", workshops.plan(name, language), re.MULTILINE)
    assert [time for _, time, *_ in rows] == planned
    asked = [question for kind, *_, question in rows if kind == "chapter"]
    parts = [part for day in workshops.plans()[name]["days"] for part in day["parts"] if "chapter" in part]
    assert len(asked) == len(parts) - 1 and all(
        re.search("[?？]$", question) for question in asked
    )  # not the start page


def test_alone_every_chapter_has_its_box():
    page = handouts.handout("weeks", "zh")
    assert page.count("☐") == sum(map(len, workshops.weeks(180))) > 20 and "项目实践" in page


@pytest.mark.parametrize("name", workshops.plans())
def test_a_sheet_is_whole_and_loads_nothing(name):
    page = handouts.handout(name)
    assert not re.search(r"(?:src|href|url)\b", page) and not re.search(r"\{\w+\}", page) and "`" not in page


def test_the_command_writes_the_plans_named_with_their_clock(tmp_path):
    folder = tmp_path / "out"
    done = CliRunner().invoke(main, ["workshop", "handouts", "90min", "--start", "13:30", "-o", str(folder)])
    assert done.exit_code == 0 and [path.name for path in folder.iterdir()] == ["90min.html"]
    assert "<td>13:40</td><td>Project practice</td>" in (folder / "90min.html").read_text(encoding="utf-8")
    assert CliRunner().invoke(main, ["workshop", "handouts", "-o", str(folder)]).exit_code == 0
    assert len(list(folder.iterdir())) == len(workshops.plans())
    done = CliRunner().invoke(main, ["workshop", "handouts", "nine", "-o", str(tmp_path / "no")])
    assert done.exit_code == 2 and "nine" in done.output and not (tmp_path / "no").exists()
