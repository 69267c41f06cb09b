"""Load the files of one canonical table into `raw`, a row in for a row there."""

import difflib
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from mltc.config import ColumnMapping, Config, SourceSettings
from mltc.contract import Table, load_contract
from mltc.errors import ExtractError
from mltc.sources.reader import build_reader, quote_name, quote_text, read_columns
from mltc.sources.typing_sql import TypedColumn, build_typed_column
from mltc.warehouse import EngineError, Warehouse, read_value

TRACE_COLUMNS = {
    "_row_id": "bigint",
    "_source_file": "varchar",
    "_source_row": "bigint",
    "_unread_columns": "varchar",
    "_unread_text": "varchar",
}
UNIT_SEPARATOR = "chr(31)"


@dataclass(frozen=True)
class ExtractFile:
    """One file that was read. `sha256` is of its bytes; `rows` counts its data rows."""

    table: str
    file: str
    sha256: str
    byte_count: int
    rows: int


def find_files(config: Config, table: str) -> list[Path]:
    """Files of a configured table, sorted by name.

    Raises ExtractError where none matches.
    """
    pattern = Path(config.source[table].path)
    folder = pattern.parent if pattern.is_absolute() else config.extract_root / pattern.parent
    single = folder / pattern.name
    files = [single] if single.is_file() else sorted(path for path in folder.glob(pattern.name) if path.is_file())
    if not files:
        raise ExtractError(
            f"No file for table {table}: nothing matches {single}. Check [source.{table}] path and "
            "[extracts] root, and that the extract has arrived."
        )
    return files


def load_extract(warehouse: Warehouse, config: Config, table_name: str) -> list[ExtractFile]:
    """(Re)create `raw.<table>` from its configured files, or empty where the config has none.

    Every source row becomes one raw row with its file, row number and whatever could not be read.
    Raises ExtractError for a missing, empty or unreadable file and for missing columns.
    """
    table = load_contract()[table_name]
    _create_raw_table(warehouse, table)
    if table_name not in config.source:
        return []
    files = find_files(config, table_name)
    return [_load_file(warehouse, table, config.source[table_name], path) for path in files]


def _create_raw_table(warehouse: Warehouse, table: Table) -> None:
    columns = TRACE_COLUMNS | {column.name: column.sql_type for column in table.column}
    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    warehouse.execute("create schema if not exists raw")
    warehouse.execute(f"create or replace table raw.{table.table} ({listed})")


def _load_file(warehouse: Warehouse, table: Table, source: SourceSettings, path: Path) -> ExtractFile:
    reader = build_reader(path, source)
    types = read_columns(warehouse, path, source, reader)
    mappings = _resolve_mappings(table, source, path, types)
    typed = [build_typed_column(column, mappings[column.name], source, types) for column in table.column]
    before = int(read_value(warehouse, f"select count(*) from raw.{table.table}"))
    try:
        warehouse.execute(_insert_statement(table, typed, reader, path, before))
    except EngineError as error:
        raise ExtractError(_explain_unreadable(path, source, error, len(types))) from None
    rows = int(read_value(warehouse, f"select count(*) from raw.{table.table}")) - before
    if rows == 0:
        raise ExtractError(
            f"{path.name} is empty: it has a header and no rows. Ask the sender for the file again, "
            f"or take [source.{table.table}] out of the configuration."
        )
    return ExtractFile(table.table, path.name, _hash_file(path), path.stat().st_size, rows)


def _explain_unreadable(path: Path, source: SourceSettings, error: EngineError, fields: int) -> str:
    """What may be wrong with a file that broke off while it was read."""
    told = f"{path.name} could not be read to its end ({error}): "
    if "at line" not in str(error):
        return f"{told}it may be damaged or cut short. Ask the sender for the file again."
    return (
        f"{told}that row may have too many or too few fields (a totals line?), or an unclosed quote. "
        f"Expected {fields} fields a row, delimiter {source.delimiter!r}."
    )


def _insert_statement(table: Table, typed: Iterable[TypedColumn], reader: str, path: Path, before: int) -> str:
    typed = list(typed)
    unread = [item for item in typed if item.column.type not in {"text", "list"}]
    names = [f"case when {item.failed} then {quote_text(item.column.name)} end" for item in unread]
    texts = [f"case when {item.failed} then {item.text} end" for item in unread]
    values = ",\n  ".join(f"{item.value} as {quote_name(item.column.name)}" for item in typed)
    return (
        f"insert into raw.{table.table}\nselect\n"
        f"  row_number() over () + {before} as _row_id,\n"
        f"  {quote_text(path.name)} as _source_file,\n"
        "  row_number() over () as _source_row,\n"
        f"  {_join_texts(names, quote_text(','))} as _unread_columns,\n"
        f"  {_join_texts(texts, UNIT_SEPARATOR)} as _unread_text,\n"
        f"  {values}\nfrom {reader}"
    )


def _join_texts(expressions: list[str], separator: str) -> str:
    if not expressions:
        return "cast(null as varchar)"
    return f"nullif(concat_ws({separator}, {', '.join(expressions)}), '')"


def _resolve_mappings(
    table: Table, source: SourceSettings, path: Path, types: dict[str, str]
) -> dict[str, ColumnMapping | None]:
    """Mapping by canonical column; without `columns` in the config, a column maps to its own name."""
    if not source.columns:
        present = {name: ColumnMapping(column=name) if name in types else None for name in table.columns}
        missing = [name for name, column in table.columns.items() if column.required and not present[name]]
        _refuse_missing(missing, path, types, [name for name in types if name not in table.columns])
        return present
    mappings = {name: source.mapping_of(name) for name in table.columns}
    unmapped = [name for name, column in table.columns.items() if column.required and mappings[name] is None]
    if unmapped:
        raise ExtractError(
            f"[source.{table.table}.columns] says nothing of {', '.join(unmapped)}, which {table.table} needs."
        )
    wanted = [name for mapping in mappings.values() if mapping for name in mapping.source_columns]
    unused = [name for name in types if name not in wanted]
    _refuse_missing([name for name in dict.fromkeys(wanted) if name not in types], path, types, unused)
    return mappings


def _refuse_missing(missing: list[str], path: Path, types: dict[str, str], unused: list[str]) -> None:
    if not missing:
        return
    close = difflib.get_close_matches(missing[0], unused, n=1)
    hint = f" Did it become {close[0]}?" if close else ""
    raise ExtractError(
        f"{path.name} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; it has "
        f"{', '.join(types)}.{hint} Mend the extract, or its mapping in the configuration."
    )


def _hash_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_frame(files: Iterable[ExtractFile]) -> pl.DataFrame:
    """One row per file, for `meta.extract_file`."""
    schema = {
        "table_name": pl.String,
        "file": pl.String,
        "sha256": pl.String,
        "byte_count": pl.Int64,
        "rows_in": pl.Int64,
    }
    rows = [(item.table, item.file, item.sha256, item.byte_count, item.rows) for item in files]
    return pl.DataFrame(rows, schema=schema, orient="row")
