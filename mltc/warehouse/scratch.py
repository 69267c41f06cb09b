"""A warehouse for trying something out on the last good one, which stays as it is, and gone when the trial ends."""

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from mltc.encryption import find_encryption, is_encrypted
from mltc.errors import ConfigError, DamagedError
from mltc.warehouse.duckdb_engine import DuckDBWarehouse, open_warehouse
from mltc.warehouse.faults import describe_damaged
from mltc.warehouse.made import MADE
from mltc.warehouse.protocol import EngineError, Warehouse

LAST = "last_good"  # catalogue under which the last good warehouse is attached, read-only
GIVEN = ("codelist", "raw", "meta", "staging")


@contextmanager
def open_scratch(
    last: Path,
    schemas: Collection[str] = GIVEN,
    *,
    leave_out: Collection[str] = (),
    memory_limit: str = "8GB",
    threads: int = 2,
) -> Iterator[DuckDBWarehouse]:
    """An empty warehouse that sees every table of `schemas` of the warehouse file `last` under its own name.

    Tables in `leave_out` (schema-qualified) are not shown, so that the trial can write its own under that name;
    nothing can be written under a name that is shown. Any table of the last warehouse can be read as
    `last_good.<schema>.<table>`. The scratch file lies beside `last`, since it holds rows of persons, and is
    removed at the end. Raises ConfigError where there is no such warehouse or its folder cannot be written.
    """
    if not last.exists():
        raise ConfigError(f"There is no warehouse at {last}. Run `mltc run` first, or give its folder with --out.")
    try:
        folder = tempfile.TemporaryDirectory(prefix=".scratch-", dir=last.parent, ignore_cleanup_errors=True)
    except OSError as error:
        raise ConfigError(f"The folder {last.parent} cannot be written ({type(error).__name__}).") from None
    encryption = find_encryption(last) if is_encrypted(last) else None  # a trial holds rows of persons as well
    with (
        folder as path,
        open_warehouse(
            Path(path) / "scratch.duckdb", memory_limit=memory_limit, threads=threads, encryption=encryption
        ) as scratch,
        attach_last(scratch, last),
    ):
        _show_tables(scratch, schemas, leave_out)
        yield scratch


@contextmanager
def attach_last(warehouse: Warehouse, last: Path) -> Iterator[None]:
    """Within the block `warehouse` can read the tables of the file `last` as `last_good.<schema>.<table>`."""
    try:
        warehouse.attach(last.resolve(), LAST)
    except DamagedError:
        raise DamagedError(describe_damaged(last)) from None
    except EngineError:
        raise ConfigError(
            f"The warehouse {last} cannot be opened: it is no warehouse of mltc, or in use by another program."
        ) from None
    try:
        yield
    except DamagedError:  # the engine does not say which of the two files; the older one is the likelier
        raise DamagedError(describe_damaged(last)) from None
    finally:
        warehouse.execute(f"detach {LAST}")


def attached_columns(warehouse: Warehouse, name: str) -> set[str]:
    """Column names of a table of the attached warehouse; empty where it has no such table."""
    schema, table = name.split(".")
    query = (
        "select column_name from information_schema.columns "
        "where table_catalog = $last and table_schema = $schema and table_name = $table"
    )
    return set(warehouse.read(query, {"last": LAST, "schema": schema, "table": table})["column_name"])


def _show_tables(scratch: DuckDBWarehouse, schemas: Collection[str], leave_out: Collection[str]) -> None:
    found = scratch.read(
        "select distinct table_schema || '.' || table_name as name from information_schema.tables "
        "where table_catalog = $last and list_contains($schemas, table_schema) order by name",
        {"last": LAST, "schemas": sorted(schemas)},
    )
    for name in found["name"]:
        if name not in leave_out and name != MADE:  # what the trial writes has fingerprints of its own
            scratch.build_view(name, f"select * from {LAST}.{name}")
