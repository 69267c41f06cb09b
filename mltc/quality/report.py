"""What the gate found, in words that an analyst can act on."""

import polars as pl

from mltc.config import Config
from mltc.quality.outputs import EVERYTHING
from mltc.quality.where import WHOLE_TABLE
from mltc.warehouse import Warehouse

# What a run can end as, by what its gate found. Only the last one ends in an error.
PASSED = "passed"
PASSED_WITH_FAILED_ROWS = "passed with failed rows"
STOPPED = "stopped"


def read_gate_results(warehouse: Warehouse) -> pl.DataFrame:
    """Results of the last gate, failures first, stop before quarantine before warn."""
    return warehouse.read(
        "select * from meta.gate_result order by status, "
        "case level when 'stop' then 1 when 'quarantine' then 2 else 3 end, table_name, rule"
    )


def describe_failures(results: pl.DataFrame) -> str:
    """One short paragraph on the stop rules that failed; empty when none did."""
    failed = results.filter((pl.col("status") == "failed") & (pl.col("level") == "stop"))
    if failed.is_empty():
        return ""
    told = [f"{row['table_name']}: {row['why']} {row['mend']}" for row in failed.iter_rows(named=True)]
    return " ".join(told)


def read_status(results: pl.DataFrame) -> str:
    """Status of a run by its gate: PASSED, PASSED_WITH_FAILED_ROWS or STOPPED."""
    failed = results.filter(pl.col("status") == "failed")
    if failed.is_empty():
        return PASSED
    return STOPPED if (failed["level"] == "stop").any() else PASSED_WITH_FAILED_ROWS


def share_results(warehouse: Warehouse, config: Config, tables: list[str]) -> list[tuple[str | int, ...]]:
    """One stop rule per table: not more than the configured share of its rows may be quarantined."""
    limit = config.gate.maximum_quarantined_share
    why = f"More than {limit:.0%} of the rows were quarantined: the extract is not what the contract describes."
    rows: list[tuple[str | int, ...]] = []
    for table in tables:
        count = f"select (select count(*) from raw.{table}), (select count(*) from quarantine.{table})"
        rows_in, held = warehouse.read(count).row(0)
        status = "failed" if held > limit * rows_in else "passed"
        mend = f"See quarantine.{table} and the quarantine rules that failed; mend the extract, or raise the limit."
        rows.append((table, "quarantined_share", "stop", status, held, why, EVERYTHING, mend, rows_in, WHOLE_TABLE))
    return rows
