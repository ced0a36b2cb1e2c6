import pytest

from talentlab.course import claims, progress, start_page


@pytest.fixture
def solved(monkeypatch):
    def solve(*numbers):
        monkeypatch.setattr(progress, "read", lambda: {"passed": list(numbers)})

    monkeypatch.setattr(start_page, "_exercises", lambda: {"00_start": {}, "01_background": {"1.1": 4, "1.2": 5},
                                                           "05_project_practice": {"5.1": 30}})  # fmt: skip
    return solve


def test_the_map_counts_what_is_solved_and_says_what_is_next(solved):
    solved("1.1", "99.1")
    text = start_page._map("en")
    assert "| 1 | [Background](01_background.ipynb) | 1 | 40 | 1 of 2 |" in text
    assert "**1 of 3** exercises solved. **Next:** [Background](01_background.ipynb)." in text
    solved("1.1", "1.2")
    assert "**Next:** [Project practice]" in start_page._map("en")
    solved("1.1", "1.2", "5.1")
    assert "Every exercise" in start_page._map("en") and "全部做对" in start_page._map("zh")


def test_planned_chapters_are_folded_away_without_a_link(solved):
    solved()
    text = start_page._map("zh")
    assert "3.4b 计算机视觉" in text.partition("<details>")[2] and "(03_4b" not in text


def test_a_routes_hours_are_the_sum_of_its_open_chapters(solved):
    minutes = {slug: chapter["minutes"] for slug, chapter in claims.outline()["chapters"].items()}
    hours = (minutes["00_start"] + minutes["05_project_practice"]) / 60
    assert f"| 90 minutes | 0, 5 | {hours:.1f} | {hours + 0.5:.1f} |" in start_page._routes("en")
    assert "| 自学，每周三小时 | 已开放的所有章 |" in start_page._routes("zh")


def test_every_chapter_of_a_route_is_in_the_outline():
    outline = claims.outline()
    assert {slug for route in outline["routes"] for slug in route["chapters"]} <= set(outline["chapters"])


NUMBERS = {"00_start": "0", "03_2e_ensembling": "3.2e", "10_experiments": "10", "compare_runs": "", "09_1_roles": "9.1"}


@pytest.mark.parametrize(("slug", "number"), NUMBERS.items())
def test_a_chapters_number_is_that_of_its_exercises(slug, number):
    assert start_page.number(slug) == number
    assert not number or claims.slug(number) == slug


def test_every_exercise_of_the_sources_is_found_with_its_minutes():
    found = start_page._exercises()
    assert set(found["05_project_practice"]) == {"5.A", "5.B", "5.1", "5.2", "5.3", "5.4", "5.5", "5.6"}
    assert all(minutes > 0 for chapter in found.values() for minutes in chapter.values())
    assert sum(map(len, found.values())) > 100
