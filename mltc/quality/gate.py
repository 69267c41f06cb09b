"""Run the rules in the engine through Great Expectations, which never sees more than row numbers."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from mltc.encryption import Encryption
from mltc.errors import ConfigError
from mltc.quality.results import GATE_SCHEMA, RESULT_SCHEMA
from mltc.quality.rule import Rule
from mltc.quality.where import find_first_rows

__all__ = ["RESULT_SCHEMA", "EngineAddress", "check_rules"]

Results = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class EngineAddress:
    """What Great Expectations needs to open the warehouse as the warehouse itself does."""

    path: Path
    settings: Mapping[str, str | int]
    encryption: Encryption | None = None


def check_rules(
    address: EngineAddress, rules: Mapping[str, Sequence[Rule]], index_date: date, docs: Path | None = None
) -> pl.DataFrame:
    """Validate `raw.<table>` for every table in `rules`; one row per rule (schema GATE_SCHEMA).

    The warehouse file must not be open elsewhere in this process: DuckDB refuses two configurations.
    `rows_failed` counts rows (all rows of the table for a rule on the whole table). With `docs`, the Data Docs
    of the results are built in that folder.
    """
    with _attached(address):
        return _check_rules(address, rules, index_date, docs)


def _check_rules(
    address: EngineAddress, rules: Mapping[str, Sequence[Rule]], index_date: date, docs: Path | None
) -> pl.DataFrame:
    context, source = _open_context(address)
    try:
        outcomes = {table: _validate(context, source, table, of_table, index_date) for table, of_table in rules.items()}
        rows = [
            row
            for table, of_table in rules.items()
            for row in _rows(source, table, of_table, outcomes[table], index_date)
        ]
    finally:
        # Two pools hold the file, one for tests of the source and one for queries: both must let go of it.
        source.get_execution_engine().close()
        source.get_execution_engine().engine.dispose()
        source.get_engine().dispose()
    results = pl.DataFrame(rows, schema=GATE_SCHEMA, orient="row")
    if docs is not None:
        from mltc.quality.docs import build_data_docs

        build_data_docs(context, outcomes, results, index_date, docs)
    return results


@contextmanager
def _attached(address: EngineAddress) -> Iterator[None]:
    """Within the block, connections that are opened without a file see an encrypted warehouse, for reading."""
    if address.encryption is None:
        yield
        return
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    from mltc.warehouse import use_encrypted

    def attach(connection: Any, _record: Any) -> None:
        if type(connection).__module__.startswith("duckdb"):  # not those of Prefect's own database
            use_encrypted(connection, address.path, address.encryption, read_only=True)

    event.listen(Pool, "connect", attach)
    try:
        yield
    finally:
        event.remove(Pool, "connect", attach)


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
        connection_string=f"duckdb:///{':memory:' if address.encryption else address.path.as_posix()}",
        kwargs={
            "isolation_level": "AUTOCOMMIT",
            "skip_autocommit_rollback": True,
            "connect_args": {"config": dict(address.settings)},
        },
    )
    return context, source


def _validate(context: Any, source: Any, table: str, rules: Sequence[Rule], index_date: date) -> Any:
    """Validation result of one table. Results hold a count per rule and no rows (format BASIC, no examples)."""
    import great_expectations as gx

    from mltc.quality.expectation import ExpectGateRule

    batch = source.add_table_asset(table, table_name=table, schema_name="raw").add_batch_definition_whole_table("all")
    suite = gx.ExpectationSuite(table)
    for rule in rules:
        # The query goes through str.format for {batch}: other braces must be doubled.
        query = rule.query("\0", table, index_date).replace("{", "{{").replace("}", "}}").replace("\0", "{batch}")
        suite.add_expectation(ExpectGateRule(unexpected_rows_query=query, meta=rule.describe(index_date)))
    context.suites.add(suite)
    return batch.get_batch().validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0})


def _rows(
    source: Any, table: str, rules: Sequence[Rule], outcome: Any, index_date: date
) -> list[tuple[str | int, ...]]:
    by_name = {rule.rule: rule for rule in rules}
    with source.get_execution_engine().engine.connect() as connection:
        rows_in = connection.exec_driver_sql(f"select count(*) from raw.{table} where _dropped is null").scalar_one()
        found = []
        for result in outcome.results:
            rule = by_name[result.expectation_config.meta["rule"]]
            failed = _count(table, rule, result)
            first = "" if result.success else find_first_rows(connection, table, rule, failed, index_date)
            found.append(_result_row(table, rule, failed, rows_in, first))
    return found


def _count(table: str, rule: Rule, result: Any) -> int:
    # A rule that cannot run is a fault of the suite; the engine's message may quote a row and is dropped.
    if "observed_value" not in result.result:
        raise ConfigError(f"The rule {rule.rule} of expectations/{table}.yml is not valid SQL for this engine.")
    return int(result.result["observed_value"])


def _result_row(table: str, rule: Rule, failed: int, rows_in: int, first: str) -> tuple[str | int, ...]:
    return (
        table,
        rule.rule,
        rule.level,
        "failed" if failed else "passed",
        failed,
        rule.why,
        ", ".join(rule.affects),
        rule.mend,
        rows_in,
        first,
    )
