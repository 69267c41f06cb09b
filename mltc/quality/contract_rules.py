"""Rules that follow from the columns of the contract: present, readable, allowed."""

from mltc.contract import Column, Table
from mltc.quality.outputs import EVERYTHING, outputs_of_table
from mltc.quality.rule import Rule


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
        affects=outputs_of_table(table.table),
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
        affects=(EVERYTHING,),
        mend=f"Set date_formats (or values) of the mapping, in [source.{table.table}] or in the "
        "layout of the feed, to what the file now holds.",
    )
    return [whole, per_row]


def _present_rule(table: Table, column: Column) -> Rule:
    return Rule(
        rule=f"{column.name}_present",
        level="quarantine",
        rows=f"{table.table}.{column.name} is null and not ({_unread(table, column)})",
        why=f"A row of {table.table} without {column.name} cannot be used: {column.description}.",
        affects=outputs_of_table(table.table),
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
            affects=outputs_of_table(table.table),
            mend="Map the code with `values` in the configuration, or ask the sender.",
        )
    ]
