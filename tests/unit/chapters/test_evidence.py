import re

import pytest

from talentlab.chapters import evidence
from talentlab.course import claims
from talentlab.errors import ChapterError


def test_an_effect_is_the_record_s_and_the_lesson_s_where_there_is_none():
    table = evidence.effects({"3.2-tuning": ("tuned", 4, "engineer"), "3.2-model": ("pretrained", 2, "engineer")})
    assert table["measured in"].to_dict() == {"tuned": "record", "pretrained": "lesson"}
    said = claims.recorded()["3.2-tuning"]["measured"]
    assert f"{table.loc['tuned', 'points']:+.1f}%" == re.findall(r"[+-][\d.]+%", said)[0]
    assert ((table["low"] <= table["points"]) & (table["points"] <= table["high"])).all()
    assert table["points"].is_monotonic_decreasing and table.loc["tuned", "step"] == 4


def test_a_claim_without_points_is_refused():
    with pytest.raises(ChapterError, match=r"3\.3-data-scarce"):
        evidence.effects({"3.3-data-scarce": ("more labels", 1, "scientist")})


def test_every_step_has_its_computing_and_reading_time():
    table = evidence.step_costs()
    assert list(table.index) == [1, 2, 3, 4, 5, 6] and (table[["compute", "reading"]] > 0).all(axis=None)
    assert table.loc[1, "chapter"] == "03_2a_data"
