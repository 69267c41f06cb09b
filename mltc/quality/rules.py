"""Rules of the gate: those that the contract implies, and those written in `expectations/<table>.yml`."""

from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from mltc.contract import Column, Table, load_contract
from mltc.errors import ConfigError
from mltc.paths import EXPECTATIONS

Level = Literal["stop", "quarantine", "warn"]


class Rule(BaseModel):
    """One rule on one table: it fails on the rows for which `rows` is true.

    With `above_share`, it fails only where those rows are more than that share of the table.
    `{index_date}` stands for the configured date.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    level: Level
    why: str
    affects: tuple[str, ...]
    mend: str
    rows: str
    above_share: float | None = None

    def query(self, source: str, table: str, index_date: date) -> str:
        """Select of `_row_id` of the failing rows of `source`, which the condition knows as `table`."""
        condition = self.rows.replace("{index_date}", f"date '{index_date.isoformat()}'")
        named = f"with {table} as (select * from {source}) select {table}._row_id from {table} where ({condition})"
        if self.above_share is None:
            return named
        return (
            f"{named} and (select avg(case when {condition} then 1.0 else 0.0 end) from {table}) > {self.above_share}"
        )


class _Suite(BaseModel):
    model_config = ConfigDict(extra="forbid")

    table: str
    rules: tuple[Rule, ...]


def load_rules(table: Table, maximum_unreadable_share: float, folder: Path = EXPECTATIONS) -> list[Rule]:
    """All rules of a table: from the contract, then from its suite file.

    Raises ConfigError for a suite that is not valid.
    """
    path = folder / f"{table.table}.yml"
    rules = build_contract_rules(table, maximum_unreadable_share)
    if not path.exists():
        return rules
    try:
        suite = _Suite(**yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError, TypeError) as error:
        first = str(error).splitlines()[0]
        raise ConfigError(f"expectations/{path.name} is not a valid suite: {first}.") from None
    if suite.table != table.table:
        raise ConfigError(f"expectations/{path.name} names the table {suite.table}: it must be {table.table}.")
    rules += suite.rules
    names = [rule.rule for rule in rules]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ConfigError(f"expectations/{path.name}: the rule {repeated[0]} is given twice.")
    return rules


def build_contract_rules(table: Table, maximum_unreadable_share: float) -> list[Rule]:
    """Rules that follow from the contract: required columns, readable values, allowed codes and ranges."""
    rules: list[Rule] = []
    for column in table.column:
        if column.type not in {"text", "list"}:
            rules += _readable_rules(table, column, maximum_unreadable_share)
        if column.required:
            rules.append(_present_rule(table, column))
        rules += _range_rules(table, column)
    return rules


def _unread(table: Table, column: Column) -> str:
    return f"',' || coalesce({table.table}._unread_columns, '') || ',' like '%,{column.name},%'"


def _readable_rules(table: Table, column: Column, maximum_share: float) -> list[Rule]:
    unread = _unread(table, column)
    formats = ", ".join(column.date_formats) or "those of the source's date_formats"
    kind = f"a {column.type}" + (f" ({formats})" if column.type in {"date", "timestamp"} else "")
    per_row = Rule(
        rule=f"{column.name}_readable",
        level="quarantine" if column.required else "warn",
        rows=unread,
        why=f"{column.name} must be {kind}; a value that cannot be read is kept in raw as text and not used.",
        affects=(table.table,),
        mend=f"Look at raw.{table.table}._unread_text, then set date_formats or values of the mapping.",
    )
    if not column.required:
        return [per_row]
    whole = Rule(
        rule=f"{column.name}_mostly_readable",
        level="stop",
        rows=unread,
        above_share=maximum_share,
        why=f"More than {maximum_share:.0%} of {column.name} cannot be read as {kind}: the format has changed.",
        affects=(table.table, "every output"),
        mend=f"Set date_formats (or values) of [source.{table.table}] to what the file now holds.",
    )
    return [whole, per_row]


def _present_rule(table: Table, column: Column) -> Rule:
    return Rule(
        rule=f"{column.name}_present",
        level="quarantine",
        rows=f"{table.table}.{column.name} is null and not ({_unread(table, column)})",
        why=f"A row of {table.table} without {column.name} cannot be used: {column.description}.",
        affects=(table.table,),
        mend="Ask the sender why the column is empty on these rows.",
    )


def _range_rules(table: Table, column: Column) -> list[Rule]:
    name = f"{table.table}.{column.name}"
    conditions = []
    if column.allowed:
        listed = ", ".join(f"'{code}'" for code in column.allowed)
        conditions.append((f"{name} not in ({listed})", f"one of {', '.join(column.allowed)}"))
    if column.pattern:
        conditions.append((f"not regexp_matches({name}, '{column.pattern}')", f"like {column.pattern}"))
    if column.minimum is not None:
        conditions.append((f"{name} < {column.minimum:g}", f"at least {column.minimum:g}"))
    if column.maximum is not None:
        conditions.append((f"{name} > {column.maximum:g}", f"at most {column.maximum:g}"))
    if not conditions:
        return []
    return [
        Rule(
            rule=f"{column.name}_allowed",
            level="quarantine" if column.required else "warn",
            rows=" or ".join(f"({condition})" for condition, _ in conditions),
            why=f"{column.name} must be {' and '.join(words for _, words in conditions)}.",
            affects=(table.table,),
            mend="Map the code with `values` in the configuration, or ask the sender.",
        )
    ]


def check_suites(folder: Path = EXPECTATIONS) -> list[str]:
    """Tables that have a suite file; raises ConfigError for a file of no canonical table."""
    names = sorted(path.stem for path in folder.glob("*.yml"))
    strangers = sorted(set(names) - set(load_contract()))
    if strangers:
        raise ConfigError(f"expectations/{strangers[0]}.yml is of no canonical table.")
    return names
