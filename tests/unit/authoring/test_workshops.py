"""Plans of workshops: do their clocks run true, and do the instructor's pages fill the minutes of their chapters?"""

import re

import pytest
from click.testing import CliRunner

from talentlab.authoring import workshops
from talentlab.authoring.navigation import sources
from talentlab.cli.main import main
from talentlab.course import claims
from talentlab.errors import ChapterError
from talentlab.runtime import repository_root

CHAPTERS = claims.outline()["chapters"]
ROOMS = [name for name, plan in workshops.plans().items() if "days" in plan]
TAUGHT = [source.stem for source in sources() if source.stem not in ("00_start", "compare_runs")]


def clock(text):
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("slug", TAUGHT)
def test_an_instructors_page_fills_the_minutes_of_its_chapter_without_a_gap(slug, language):
    steps = workshops.steps(slug, language)
    assert [step.start for step in steps] == [0, *(step.end for step in steps[:-1])]
    assert steps[-1].end == CHAPTERS[slug]["minutes"]
    assert [step[:2] for step in steps] == [step[:2] for step in workshops.steps(slug, "en")]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ROOMS)
def test_each_line_of_a_plan_begins_where_the_one_before_ended(name, language):
    days = re.split(r"^## .*$", workshops.plan(name, language), flags=re.MULTILINE)
    for day in [day for day in days if "|---" in day]:
        rows = re.findall(r"^\| (\*\*)?(\d\d:\d\d)(?:\*\*)? \| (?:\*\*)?(\d*)", day, re.MULTILINE)
        now = until = clock(rows[0][1])
        for bold, time, minutes in rows:
            if bold or clock(time) >= until:
                assert clock(time) == until, time
                until += int(minutes or 0)
                now = clock(time) if bold else until
            else:
                assert clock(time) == now, time
                now += int(minutes)
                assert now <= until


def test_a_plan_takes_what_its_name_says():
    minutes = {
        name: [sum(map(workshops.taken, day["parts"])) for day in workshops.plans()[name]["days"]] for name in ROOMS
    }
    assert minutes["90min"] == [90]
    assert all(taken <= 8 * 60 for taken in minutes["one_day"] + minutes["two_days"]) and len(minutes["two_days"]) == 2


@pytest.mark.parametrize("name", ROOMS)
def test_a_chapter_that_is_cut_short_ends_with_a_step(name):
    for day in workshops.plans()[name]["days"]:
        for part in day["parts"]:
            if "minutes" in part:
                assert part["minutes"] in [step.end for step in workshops.steps(part["chapter"], "en")]


def test_alone_no_week_is_longer_than_said_and_no_chapter_is_left_out():
    text = workshops.plan("weeks")
    assert all(int(minutes) <= 180 for minutes in re.findall(r"^## Week \d+: (\d+) min$", text, re.MULTILINE))
    assert len(re.findall(r"^- \[", text, re.MULTILINE)) == len(sources())


def test_the_pages_stand_as_made_and_their_links_lead_somewhere():
    assert workshops.outdated() == []
    folder = repository_root() / "course" / "workshops"
    for page in folder.glob("*.md"):
        for target in re.findall(r"\]\((?!\w+:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


def test_the_command_shifts_the_clock_and_refuses_what_is_none(tmp_path):
    path = tmp_path / "plan.md"
    done = CliRunner().invoke(main, ["workshop", "plan", "90min", "--start", "13:30", "-o", str(path)])
    assert done.exit_code == 0 and "| **13:30** | **10** |" in path.read_text() and "15:00" in path.read_text()
    for words, told in ((["nine"], "nine"), (["90min", "--start", "25:00"], "25:00")):
        done = CliRunner().invoke(main, ["workshop", "plan", *words])
        assert done.exit_code == 2 and told in done.output
    with pytest.raises(ChapterError, match="one_day"):
        workshops.plan("one day")
