"""Rows of a file that no table takes: what a layout gives to none of its tables is said, and not lost in silence."""

from mltc.quality.findings import Finding, write_findings
from mltc.quality.outputs import outputs_of_table
from mltc.warehouse import Warehouse

RULE = "rows_of_no_table"
_UNCLAIMED = """
    select
        min(table_name) as table_name, feed, file,
        case when max(rest) is null then max(rows_in_file) - sum(rows_in) else 0 end as rows_left
    from meta.extract_file
    group by feed, file
    order by table_name, feed, file
"""


def check_unclaimed(warehouse: Warehouse) -> None:
    """Add a result per table whose files have rows that none of the layout's conditions takes."""
    files = warehouse.read(_UNCLAIMED)
    findings = []
    for (table,), of_table in files.group_by("table_name", maintain_order=True):
        left = of_table.filter(of_table["rows_left"] > 0)
        why = "Every row of a file should belong to a table; what belongs to none is counted nowhere else."
        mend = (
            "See rows_in_file and rows_in of meta.extract_file, and the `where` of the layout's parts: a new code of a "
            "kind may belong to one of them."
        )
        count = int(left["rows_left"].sum())
        affects = ", ".join(outputs_of_table(str(table)))
        findings.append(Finding(str(table), RULE, count > 0, count, why, affects, mend))
    write_findings(warehouse, [RULE], findings)
