"""Counts that plausibility is judged by, from the register."""

import polars as pl
from conftest import draw

from mltc.quality.plausibility import COUNTS

PERSON = """
person_id | practice_code | age_years | age_band | sex
1         | A             | 16        | 10-17    | 1
2         | A             | 17        | 10-17    | 1
3         | A             | 17        | 10-17    |
4         | B             | 17        | 10-17    | 1
"""


def test_people_under_the_registers_age_are_counted_apart(warehouse):
    warehouse.write("register.person", draw(PERSON, age_years=pl.Int64))
    warehouse.write("register.person_condition", draw("person_id | condition\n2 | diabetes\n3 | diabetes\n1 | copd"))
    warehouse.write("codelist.membership", draw("definition | condition\nd | diabetes\nd | asthma\nother | copd"))
    published = draw("condition | minimum_age_years\ndiabetes | 17", minimum_age_years=pl.Int64)
    warehouse.write("codelist.qof_published", published)
    found = warehouse.read(COUNTS, {"definition": "d"})
    assert found.filter(pl.col("condition") == "diabetes").drop("condition", "age_band").rows() == [
        ("A", "1", False, 1, 0),  # 16 years
        ("A", "1", True, 1, 1),
        ("A", "not known", True, 1, 1),
        ("B", "1", True, 1, 0),
    ]
    assert found.filter(pl.col("condition") == "asthma")["persons"].sum() == 4  # no published figure, no age floor
    assert set(found["condition"]) == {"diabetes", "asthma"}
