"""GDPPR: one journal for coded entries and medicines."""

from datetime import date
from pathlib import Path

import polars as pl
from deliveries import read_raw, write_files

CONFIG = """
[source.person]
path = "person.csv"
[feed.gdppr]
dialect = "gdppr"
"""
JOURNAL = """
NHS_NUMBER_DEID,PRACTICE,GP_SYSTEM_SUPPLIER,YEAR_OF_BIRTH,SEX,ETHNIC,LSOA,DATE,RECORD_DATE,CODE,EPISODE_CONDITION,EPISODE_PRESCRIPTION,VALUE1_CONDITION,VALUE2_CONDITION,VALUE1_PRESCRIPTION,VALUE2_PRESCRIPTION,LINKS
P1,A81001,EMIS,1950,1,A,E01000001,2019-05-01,2019-06-01,1064891000000107,,,,,,,
P1,A81001,EMIS,1950,1,A,E01000001,2024-05-01,2024-05-01,1022431000000105,,,48.5,,,,
P1,A81001,EMIS,1950,1,A,E01000001,2024-05-02,2024-05-02,39726311000001101,,1,,,28,,
P2,A81001,TPP,1960,2,,E01000002,1800-01-01,2024-05-03,44054006,,,,,,,
P2,A81001,TPP,1960,2,,E01000002,2024-05-03,2024-05-03,0601022B0,,1,,,56,,
"""


def read_journal(folder: Path, table: str) -> pl.DataFrame:
    """Rows of a canonical table, in file order."""
    write_files(folder, {"2024-05/GDPPR_journal.csv": JOURNAL})
    return read_raw(folder, table, CONFIG)[1]


def test_entries_keep_long_codes_both_dates_and_values(tmp_path):
    rows = read_journal(tmp_path, "gp_event")
    assert rows["person_id"].to_list() == ["P1", "P1", "P2"]
    assert rows["code"].to_list() == ["1064891000000107", "1022431000000105", "44054006"]
    assert rows["code_system"].unique().to_list() == ["snomed"]
    assert rows["event_date"].to_list() == [date(2019, 5, 1), date(2024, 5, 1), None]
    assert rows["recorded_date"].to_list() == [date(2019, 6, 1), date(2024, 5, 1), date(2024, 5, 3)]
    assert rows["value"].to_list() == [None, 48.5, None]
    assert rows["practice_code"].unique().to_list() == ["A81001"]


def test_medicines_are_told_by_their_own_columns(tmp_path):
    rows = read_journal(tmp_path, "gp_prescription")
    assert rows["code"].to_list() == ["39726311000001101", "0601022B0"]
    assert rows["code_system"].to_list() == ["dmd", "bnf"]
    assert rows["issue_date"].to_list() == [date(2024, 5, 2), date(2024, 5, 3)]
    assert rows["quantity"].to_list() == [28, 56]
