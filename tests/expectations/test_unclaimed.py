"""Rows that a layout gives to no table are told by file and count."""

import polars as pl
from conftest import draw

from mltc.quality.unclaimed import check_unclaimed

FILES = """
table_name       | feed | file      | rows_in | rows_in_file | rest
hospital_episode | omop | visit.csv | 10      | 100          |
outpatient       | omop | visit.csv | 80      | 100          |
person           | omop | p.csv     | 50      | 50           |
registration     | omop | p.csv     | 40      | 50           |
gp_event         | omop | o.csv     | 1       | 50           | laboratory codes
"""


def test_rows_of_no_table(warehouse):
    warehouse.write("meta.extract_file", draw(FILES, rows_in=pl.Int64, rows_in_file=pl.Int64))
    check_unclaimed(warehouse)
    results = warehouse.read("select table_name, status, rows_failed, why from meta.gate_result order by table_name")
    # 100 - 10 - 80 rows are of neither; of the persons' file one table takes every row.
    assert results.select("table_name", "status", "rows_failed").rows() == [
        ("gp_event", "passed", 0),  # the layout says why
        ("hospital_episode", "failed", 10),
        ("person", "passed", 0),
    ]
    assert "visit.csv" not in results["why"][1]  # the words reach the release; names of files do not
