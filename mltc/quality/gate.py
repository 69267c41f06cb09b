"""Run the rules in the engine through Great Expectations, which never sees more than row numbers."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from mltc.quality.rules import Rule

RESULT_SCHEMA = {
    "table_name": pl.String,
    "rule": pl.String,
    "level": pl.String,
    "status": pl.String,
    "rows_failed": pl.Int64,
    "why": pl.String,
    "affects": pl.String,
    "mend": pl.String,
}


@dataclass(frozen=True)
class EngineAddress:
    """What Great Expectations needs to open the warehouse as the warehouse itself does."""

    path: Path
    settings: Mapping[str, str | int]


def check_rules(address: EngineAddress, rules: Mapping[str, Sequence[Rule]], index_date: date) -> pl.DataFrame:
    """Validate `raw.<table>` for every table in `rules`; one row per rule (schema RESULT_SCHEMA).

    The warehouse file must not be open elsewhere in this process: DuckDB refuses two configurations.
    `rows_failed` counts rows (all rows of the table for a rule on the whole table).
    """
    context, source = _open_context(address)
    try:
        rows = [
            row
            for table, of_table in rules.items()
            for row in _check_table(context, source, table, of_table, index_date)
        ]
    finally:
        # Two pools hold the file, one for tests of the source and one for queries: both must let go of it.
        source.get_execution_engine().close()
        source.get_execution_engine().engine.dispose()
        source.get_engine().dispose()
    return pl.DataFrame(rows, schema=RESULT_SCHEMA, orient="row")


def _open_context(address: EngineAddress) -> tuple[Any, Any]:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    # It sets its own logger to INFO when it is imported, to tell of temporary folders.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    # AUTOCOMMIT keeps results that would be dropped when the pooled connection is reset.
    source = context.data_sources.add_sql(
        "warehouse",
        connection_string=f"duckdb:///{address.path.as_posix()}",
        kwargs={
            "isolation_level": "AUTOCOMMIT",
            "skip_autocommit_rollback": True,
            "connect_args": {"config": dict(address.settings)},
        },
    )
    return context, source


def _check_table(
    context: Any, source: Any, table: str, rules: Sequence[Rule], index_date: date
) -> list[tuple[str | int, ...]]:
    import great_expectations as gx

    batch = source.add_table_asset(table, table_name=table, schema_name="raw").add_batch_definition_whole_table("all")
    suite = gx.ExpectationSuite(table)
    for rule in rules:
        # The query goes through str.format for {batch}: other braces must be doubled.
        query = rule.query("\0", table, index_date).replace("{", "{{").replace("}", "}}").replace("\0", "{batch}")
        suite.add_expectation(
            gx.expectations.UnexpectedRowsExpectation(
                unexpected_rows_query=query,
                description=rule.why,
                meta={"rule": rule.rule, "level": rule.level, "why": rule.why, "affects": list(rule.affects)},
            )
        )
    context.suites.add(suite)
    validation = gx.ValidationDefinition(name=table, data=batch, suite=suite)
    context.validation_definitions.add(validation)
    outcome = validation.run(result_format={"result_format": "BASIC", "partial_unexpected_count": 0})
    by_name = {rule.rule: rule for rule in rules}
    return [_result_row(table, by_name[result.expectation_config.meta["rule"]], result) for result in outcome.results]


def _result_row(table: str, rule: Rule, result: Any) -> tuple[str | int, ...]:
    from mltc.errors import ConfigError

    # A rule that cannot run is a fault of the suite; the engine's message may quote a row and is dropped.
    if "observed_value" not in result.result:
        raise ConfigError(f"The rule {rule.rule} of expectations/{table}.yml is not valid SQL for this engine.")
    failed = int(result.result["observed_value"])
    return (
        table,
        rule.rule,
        rule.level,
        "passed" if result.success else "failed",
        failed,
        rule.why,
        ", ".join(rule.affects),
        rule.mend,
    )
