"""A read-only prompt on the warehouse: queries, and the data dictionary for names."""

from pathlib import Path

from flows import terminal
from mltc.audit import AuditEvent, open_recorded, record_event
from mltc.errors import ConfigError, MltcError
from mltc.warehouse import EngineError, Warehouse, tracing

HELP = "Type one query a line. \\d lists tables, \\d schema.table its columns, \\q leaves."


def answer_queries(path: Path, query: str | None) -> None:
    """Answer one query, or prompt until the end. Raises ConfigError where there is no warehouse."""
    with open_recorded(path.parent, "sql") as warehouse:
        if query is not None:
            try:
                _answer(warehouse, query)
            except EngineError as error:
                raise ConfigError(
                    f"{error}. The warehouse is open for reading only, and nothing outside it can be reached."
                ) from None
            return
        terminal.out.print(HELP)
        _prompt(warehouse)


def _prompt(warehouse: Warehouse) -> None:
    while True:
        try:
            line = input("mltc> ").strip().rstrip(";")
        except EOFError:
            return
        if line in {"\\q", "exit", "quit"}:
            return
        if line:
            try:
                _answer(warehouse, line)
            except MltcError as error:
                terminal.err.print(str(error), style="red", highlight=False)


def _answer(warehouse: Warehouse, line: str) -> None:
    if line == "\\d":
        listing = (
            "select table_schema || '.' || table_name as name, count(*) as columns from information_schema.columns "
            "group by table_schema, table_name order by name"
        )
        tables = warehouse.read(listing)
        terminal.show_frame(tables, limit=tables.height)
    elif line.startswith("\\d "):
        from mltc.data_dictionary import describe_table

        terminal.show_frame(describe_table(warehouse, line.removeprefix("\\d ").strip()))
    else:
        with tracing() as trace:
            found = warehouse.read(line)
        tables = [name for name in sorted(trace.read) if warehouse.columns(name)]
        record_event(
            warehouse.path.parent,
            AuditEvent("query_answered", parameters={"tables": ", ".join(tables)}, counts={"rows": found.height}),
        )
        terminal.show_frame(found)
