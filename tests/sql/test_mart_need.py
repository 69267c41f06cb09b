"""Every indicator has its row of the whole area, also where the feed that says to whom it applies is absent."""

import polars as pl
from conftest import draw

CATALOGUE = draw("""
indicator                         | need | need_name | indicator_name | indicator_rule | applies_to                          | is_need
low_continuity                    | c    | C         | Continuity     | rule           | people with MLTC                    | yes
unplanned_admission_while_waiting | w    | W         | Admission      | rule           | people with MLTC on the waiting list | yes
""")  # fmt: skip


def build_need(build, states):
    """marts.need of one practice, from person and state of low_continuity alone; no indicator of the waiting list."""
    frame = pl.DataFrame(states, schema={"person_id": pl.String, "state": pl.String}, orient="row")
    people = pl.DataFrame({"person_id": ["p1", "p2"], "practice_code": ["A", "A"], "pcn_code": ["N", "N"]})
    inputs = {
        "needs.person_indicator": frame.with_columns(indicator=pl.lit("low_continuity")),
        "register.person": people,
        "register.practice": draw("practice_code | pcn_name \n A | North"),
        "codelist.indicator": CATALOGUE,
    }
    rows = build("marts.need", inputs, icb_code="Q", icb_name="Area")
    columns = ("geography_type", "geography_code", "indicator", "known_share", "known_persons", "present_persons")
    return sorted(tuple(row[column] for column in columns) for row in rows.to_dicts())


def test_an_indicator_that_applies_to_nobody_is_known_of_nobody_in_the_whole_area_alone(build):
    assert build_need(build, [("p1", "present"), ("p2", "absent")]) == [
        ("icb", "Q", "low_continuity", "all", 2, 1),
        ("icb", "Q", "unplanned_admission_while_waiting", "none", 0, 0),
        ("pcn", "N", "low_continuity", "all", 2, 1),
    ]


def test_without_anybody_there_is_no_row(build):
    assert build_need(build, []) == []
