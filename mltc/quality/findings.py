"""Results of checks that look at whole tables rather than at rows, kept beside those of the rules."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass

import polars as pl

from mltc.quality.results import RESULT_SCHEMA, join_results
from mltc.warehouse import Warehouse


@dataclass(frozen=True)
class Finding:
    """One result of level warn, in the words of `meta.gate_result`. `count` is of what `why` says, not of people."""

    table_name: str
    rule: str
    is_failed: bool
    count: int
    why: str
    affects: str
    mend: str


def write_findings(warehouse: Warehouse, rules: Iterable[str], findings: Iterable[Finding]) -> pl.DataFrame:
    """Replace the results of `rules` in `meta.gate_result`; what was written."""
    rows = []
    for finding in findings:
        table, rule, is_failed, count, *words = astuple(finding)
        rows.append((table, rule, "warn", "failed" if is_failed else "passed", count, *words))
    written = pl.DataFrame(rows, schema=RESULT_SCHEMA, orient="row")
    kept = []
    if warehouse.columns("meta.gate_result"):
        kept = [warehouse.read("select * from meta.gate_result").filter(~pl.col("rule").is_in(list(rules)))]
    warehouse.write("meta.gate_result", join_results([*kept, written]))
    return written
