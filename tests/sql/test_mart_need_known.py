"""Shares of an indicator leave out practices whose feed failed, where only what was found can be told."""

import polars as pl
from conftest import draw

CATALOGUE = draw("""
indicator | need | need_name | indicator_name | indicator_rule | applies_to | is_need | sort_key
waits     | n    | N         | Waits          | rule           | all        | yes     | 1
""", sort_key=pl.Int64)  # fmt: skip


def count(build, states):
    """Known and present of the whole area; `states` are one person a letter, by practice: + present, - absent, ? not."""
    words = {"+": "present", "-": "absent", "?": "not_known"}
    people = [(f"{code}{n}", code, words[mark]) for code, marks in states.items() for n, mark in enumerate(marks)]
    frame = pl.DataFrame(people, schema=["person_id", "practice_code", "state"], orient="row")
    inputs = {
        "needs.person_indicator": frame.select("person_id", "state", indicator=pl.lit("waits")),
        "register.person": frame.select("person_id", "practice_code", pcn_code=pl.lit("N")),
        "register.practice": frame.select("practice_code", pcn_name=pl.lit("North")).unique(),
        "codelist.indicator": CATALOGUE,
    }
    rows = build("marts.need", inputs, icb_code="Q", icb_name="Area")
    (area,) = rows.filter(pl.col("geography_type") == "icb").to_dicts()
    return area["known_persons"], area["present_persons"], area["known_share"]


def test_a_practice_that_can_tell_of_presence_alone_counts_as_not_known(build):
    assert count(build, {"A": "+-------", "B": "++??????"}) == (8, 1, "not all")


def test_a_practice_that_can_tell_of_absence_alone_counts_as_not_known(build):
    assert count(build, {"A": "++++++--", "B": "--??????"}) == (8, 6, "not all")


def test_fewer_than_a_fifth_not_known_leaves_a_practice_in(build):
    assert count(build, {"A": "+----", "B": "----------?"}) == (15, 1, "not all")  # 1 of 11 is less than a fifth
    assert count(build, {"A": "+----", "B": "----?"}) == (5, 1, "not all")  # 1 of 5 is a fifth


def test_both_states_keep_a_practice_in_whatever_is_not_known(build):
    assert count(build, {"B": "+-??????"}) == (2, 1, "not all")


def test_an_absent_feed_makes_nobody_known(build):
    assert count(build, {"A": "+???", "B": "????"}) == (0, 0, "none")
