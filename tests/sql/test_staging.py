"""Cleaning of codes in staging: real feeds write one ICD-10 code in many ways."""

import polars as pl
import pytest

from mltc.sources.insert import TRACE_COLUMNS


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("I10", "I10"),
        ("I10X", "I10"),
        ("I10-", "I10"),
        ("E11.9", "E119"),
        (" e119 ", "E119"),
        ("E114D", "E114"),  # dagger
        ("G590A", "G590"),  # asterisk
        ("M0690", "M0690"),  # a fifth character that is a digit stays
        ("I10XD", "I10"),
        ("X59", "X59"),  # an X in front is part of the code
        ("D50A", "D50"),
    ],
)
def test_icd10_is_one_code_however_it_is_written(warehouse, written, clean):
    from mltc.contract import load_contract
    from mltc.warehouse import load_models

    table = load_contract()["hospital_episode"]
    columns = TRACE_COLUMNS | {column.name: column.sql_type for column in table.column}
    warehouse.execute("create schema raw")
    warehouse.execute(f"create table raw.hospital_episode ({', '.join(f'{k} {v}' for k, v in columns.items())})")
    warehouse.execute("insert into raw.hospital_episode (_row_id, diagnoses) values (1, [$code])", {"code": written})
    warehouse.write("meta.row_exclusion", pl.DataFrame(schema={"table_name": pl.String, "row_id": pl.Int64}))
    names = ("table_name", "column_name", "written")
    warehouse.write("meta.sensitive_item", pl.DataFrame(schema=dict.fromkeys(names, pl.String)))
    warehouse.build("staging.hospital_episode", load_models()["staging.hospital_episode"].sql)
    assert warehouse.read("select diagnoses[1] from staging.hospital_episode").item() == clean
