"""The page on what changed since the last run, of drawn published tables."""

import polars as pl

from mltc.disclosure import PROFILES, load_table_specs, protect
from mltc.report.change import change_sentences, change_table
from mltc.report.figures import load_rows

SPECS = load_table_specs()
WAYS = [
    ("last run", "all"), ("joined", "new code"), ("joined", "moved in"), ("joined", "records"),
    ("left", "condition ended"), ("left", "died"), ("left", "moved away"), ("left", "records"),
    ("stayed", "all"), ("held over", "all"),
]  # fmt: skip


def publish(*persons: int):
    """Tables of the counts of WAYS in order; the area has those who stayed and those who joined."""
    change = pl.DataFrame(WAYS, schema=["change", "why"], orient="row").with_columns(
        since=pl.lit("2026-09-01"), sort_key=pl.int_range(1, len(WAYS) + 1), persons=pl.Series(persons)
    )
    names = dict.fromkeys(("breakdown", "breakdown_value"), "all")
    area = pl.DataFrame(
        {"geography_type": "icb", "geography_code": "Q", "geography_name": "Q", **names, "sort_key": 1}
        | {"persons": 9_000, "mltc_persons": sum(persons[1:4]) + persons[8]}
        | {"complex_mltc_persons": 500, "physical_mental_persons": 500}
    )
    tables = protect({"change": change, "prevalence": area}, SPECS, PROFILES["hes"])
    return tables, load_rows(tables)


def test_what_moved_is_told_with_what_records_did():
    # before 1,885 + 20 + 15 + 30 + 50 = 2,000; now 1,885 + 100 + 40 + 25 = 2,050
    tables, rows = publish(2_000, 100, 40, 25, 20, 15, 30, 50, 1_885, 60)
    told = change_sentences(rows)
    assert told[0] == (
        "On 1 September 2026, at the last run, 2,000 people were known to live with MLTC; now 2,050. "
        "165 joined and 115 left."
    )
    assert told[1].startswith("Of those who joined or left, 75 did so because records changed")
    assert told[2].startswith("60 are counted by a condition that was on record until")
    view = change_table(tables, rows)
    assert [row[0].text for row in view.rows][:2] == ["With MLTC at the last run", "Joined: a condition newly recorded"]
    assert [row[1].text for row in view.rows][:2] == ["2,000", "100"]


def test_small_numbers_are_not_told_in_sentences():
    tables, rows = publish(2_000, 100, 40, 3, 30, 20, 30, 20, 1_900, 0)
    told = change_sentences(rows)
    assert told[0].endswith("Not every figure can be shown, because of small numbers.")
    assert len(told) == 2  # no sentence on records, none on people held over
    assert "[c]" in [row[1].text for row in change_table(tables, rows).rows]


def test_a_first_run_says_that_there_is_none_before():
    rows = load_rows(protect({}, SPECS, PROFILES["hes"]))
    assert change_sentences(rows) == [
        "There is no earlier run to compare with. From the next run on, this page says who joined, who left and why."
    ]
