"""What a warehouse can do. DuckDB is the first implementation; another engine needs only these verbs."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import polars as pl

from mltc.errors import ConfigError, MltcError

if TYPE_CHECKING:
    from mltc.warehouse.made import Made

Parameter = str | int | float | bool | date | bytes | list[str] | None


class EngineError(MltcError):
    """The engine refused a statement. The message names the model and never holds a row's contents."""

    exit_code: ClassVar[int] = 1


class Warehouse(Protocol):
    """A store of schemas and tables that builds SQL models and exchanges frames."""

    path: Path
    made: "Made"
    """Fingerprints of its tables."""

    def execute(self, statement: str, parameters: Mapping[str, Parameter] | None = None) -> None:
        """Run one statement for its effect."""
        ...

    def read(self, query: str, parameters: Mapping[str, Parameter] | None = None) -> pl.DataFrame:
        """Rows of a query, small enough for memory."""
        ...

    def build(self, name: str, select: str, parameters: Mapping[str, Parameter] | None = None) -> int:
        """Create or replace table `name` from one select; number of rows built."""
        ...

    def build_view(self, name: str, select: str) -> None:
        """Create or replace view `name` over one select, which binds nothing."""
        ...

    def write(self, name: str, frame: pl.DataFrame) -> int:
        """Create or replace table `name` from a frame; number of rows written."""
        ...

    def columns(self, name: str) -> dict[str, str]:
        """Column names and engine types of a table, in order; empty when there is no such table."""
        ...

    def describe_files(self, reader: str) -> dict[str, str]:
        """Column names and engine types that a file-reading expression yields."""
        ...

    def attach(self, path: Path, name: str) -> None:
        """Let the tables of another warehouse file be read as `<name>.<schema>.<table>`, whatever key it has."""
        ...

    def close(self) -> None:
        """Flush and let go of the file."""
        ...


def require_tables(warehouse: Warehouse, names: Iterable[str]) -> None:
    """Raise ConfigError where a warehouse lacks one of these tables."""
    missing = [name for name in names if not warehouse.columns(name)]
    if missing:
        raise ConfigError(
            f"The warehouse lacks {', '.join(missing)}: an earlier version of mltc made it, or something else did. "
            "Run `mltc run` once, or give another folder with --out."
        )


def read_value(warehouse: Warehouse, query: str, parameters: Mapping[str, Parameter] | None = None) -> Any:
    """The single value of a one-row, one-column query."""
    return warehouse.read(query, parameters).item()
