"""The statement that puts the rows of one file into `raw`."""

from collections.abc import Mapping
from dataclasses import dataclass

from mltc.dialect import ColumnMapping
from mltc.dialect.mapping import quoted_names
from mltc.sources.noise import TOTALS_RULE, noise_cases
from mltc.sources.part import Part
from mltc.sources.reader import ROW_NUMBER, quote_name, quote_text
from mltc.sources.relation import Relation
from mltc.sources.typing_sql import TypedColumn, build_typed_column
from mltc.warehouse import Warehouse

TRACE_COLUMNS = {
    "_row_id": "bigint",
    "_source_file": "varchar",
    "_source_row": "bigint",
    "_feed": "varchar",
    "_dropped": "varchar",
    "_replay_key": "varchar",
    "_replay_order": "varchar",
    "_unread_columns": "varchar",
    "_unread_text": "varchar",
}
REPLAY_COLUMNS = ("_replay_key", "_replay_order")
UNIT_SEPARATOR = "chr(31)"


@dataclass(frozen=True)
class Origin:
    """Whose rows they are: part, file name for accounts, last row number taken.

    `names` are the columns of a text file, empty for other kinds. `is_replayed`: the table has deltas.
    """

    part: Part
    file: str
    offset: int
    names: tuple[str, ...] = ()
    is_replayed: bool = False


def insert_rows(
    warehouse: Warehouse, origin: Origin, whole: Relation, mappings: Mapping[str, ColumnMapping | None]
) -> None:
    """Insert every row of `whole` that is for the part's table. Raises EngineError."""
    part, types = origin.part, {name.casefold(): kind for name, kind in whole.types.items()}
    typed = [build_typed_column(column, mappings[column.name], part.options, types) for column in part.table.column]
    unread = [item for item in typed if item.is_unread != "false"]
    names = [f"case when {item.is_unread} then {quote_text(item.column.name)} end" for item in unread]
    texts = [f"case when {item.is_unread} then cast(text_{item.column.name} as varchar) end" for item in unread]
    # Only deltas are replayed: two empty columns of a large table are not free.
    replayed = ", replayed_key, replayed_order" if origin.is_replayed else ""
    replay = f"{_replay_key(part)} as replayed_key, {_replay_order(part)} as replayed_order, " if replayed else ""
    given = f"{ROW_NUMBER}, dropped_rule{replayed}"
    shown = [item.column.name for item in unread]
    steps = [
        f"select {ROW_NUMBER}, {_dropped(origin, types)} as dropped_rule, "
        f"{replay}{_step('raw', typed)} from {whole.select} as source"
        + (f" where {part.part.where}" if part.part.where else ""),
        f"select {given}, {_step('text', typed)} from arrived",
        f"select {given}, {_carry('text', shown)}{_step('parsed', typed)} from cleaned",
        f"select {given}, {_carry('text', shown)}{_carry('parsed', shown)}{_step('value', typed)} from read",
    ]
    # Column order is that of the table, so that nothing is matched by name twice.
    warehouse.execute(f"""
        insert into raw.{part.table.table}
        with arrived as ({steps[0]}), cleaned as ({steps[1]}), read as ({steps[2]}), valued as ({steps[3]})
        select
          {ROW_NUMBER} + {origin.offset},
          {quote_text(origin.file)},
          {ROW_NUMBER},
          {quote_text(part.feed)},
          dropped_rule{replayed},
          {_join_texts(unread, names, quote_text(","))},
          {_join_texts(unread, texts, UNIT_SEPARATOR)},
          {", ".join(f"value_{item.column.name}" for item in typed)}
        from valued
    """)


def _step(step: str, typed: list[TypedColumn]) -> str:
    return ", ".join(f"{getattr(item, step)} as {step}_{item.column.name}" for item in typed)


def _carry(step: str, names: list[str]) -> str:
    """Columns of an earlier step that the last one asks for."""
    return "".join(f"{step}_{name}, " for name in names)


def insert_footer(warehouse: Warehouse, origin: Origin, rows: int, lines: int) -> None:
    """Account for lines after the `rows` of a file that say what it holds, and are rows of nothing."""
    warehouse.execute(f"""
        insert into raw.{origin.part.table.table} (_row_id, _source_file, _source_row, _feed, _dropped)
        select
          {origin.offset} + {rows} + line,
          {quote_text(origin.file)},
          {rows} + line,
          {quote_text(origin.part.feed)},
          {quote_text(TOTALS_RULE)}
        from range(1, {lines} + 1) as footer (line)
    """)


def _dropped(origin: Origin, types: Mapping[str, str]) -> str:
    """Why the row is no record, or the first rule of the layout by which it is not for us."""
    rules = [
        rule
        for rule in origin.part.part.drop
        if not rule.optional or all(name.casefold() in types for name in quoted_names(rule.where))
    ]
    cases = noise_cases(origin.names, origin.part.names_in(origin.part.part.file))
    cases += [f"when {rule.where} then {quote_text(rule.rule)}" for rule in rules]
    return f"case {' '.join(cases)} end" if cases else "cast(null as varchar)"


def _replay_key(part: Part) -> str:
    if not part.spec.key:
        return "cast(null as varchar)"
    # Also the file's key in the layout: two files of one feed may number their records alike.
    columns = ", ".join(f"trim(cast({quote_name(name)} as varchar))" for name in part.spec.key)
    return f"concat_ws({UNIT_SEPARATOR}, {quote_text(part.part.file)}, {columns})"


def _replay_order(part: Part) -> str:
    if not part.spec.order_by:
        return "cast(null as varchar)"
    return f"trim(cast({quote_name(part.spec.order_by)} as varchar))"


def _join_texts(unread: list[TypedColumn], expressions: list[str], separator: str) -> str:
    """Texts of the columns that could not be read; null for the many rows where all could, which costs least."""
    if not unread:
        return "cast(null as varchar)"
    some = " or ".join(f"({item.is_unread})" for item in unread)
    return f"case when {some} then concat_ws({separator}, {', '.join(expressions)}) end"
