"""Where failing rows are: file and row number, never what is in them."""

from datetime import date
from typing import Any

from mltc.quality.rule import Rule

# Enough to find the fault by hand; more would be a list to work through and belongs in quarantine.<table>.
EXAMPLES = 5
WHOLE_TABLE = "the whole table"


def find_first_rows(connection: Any, table: str, rule: Rule, failed: int, index_date: date) -> str:
    """Text like `gp_event_2.csv: 17, 45, 102 (+13 more)` of the rows that a failed rule found.

    Row numbers count the data rows of the file from 1, the header not counted. `connection` is of the engine.
    """
    if rule.whole_table:
        return WHOLE_TABLE
    query = rule.query(f"raw.{table}", table, index_date)
    rows = connection.exec_driver_sql(
        f"select _source_file, _source_row from raw.{table} as found where found._row_id in ({query}) "
        f"order by found._row_id limit {EXAMPLES}"
    ).fetchall()
    return say_where([(str(file), int(row)) for file, row in rows], failed)


def say_where(rows: list[tuple[str, int]], failed: int) -> str:
    """The rows by file in the order given, and how many more there are."""
    by_file: dict[str, list[str]] = {}
    for file, row in rows:
        by_file.setdefault(file, []).append(str(row))
    told = "; ".join(f"{file}: {', '.join(numbers)}" for file, numbers in by_file.items())
    more = failed - len(rows)
    return told + (f" (+{more:,} more)" if more > 0 else "")
