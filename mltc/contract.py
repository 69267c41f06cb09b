"""The canonical contract, read from `contract/*.toml`: the one description of every table.

Readers, type rules, the data dictionary and error messages are all made from it.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from mltc.paths import CONTRACT

ColumnType = Literal["text", "date", "timestamp", "integer", "number", "boolean", "list"]

SQL_TYPES: dict[ColumnType, str] = {
    "text": "varchar",
    "date": "date",
    "timestamp": "timestamp",
    "integer": "bigint",
    "number": "double",
    "boolean": "boolean",
    "list": "varchar[]",
}


class Column(BaseModel):
    """One column of a canonical table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    type: ColumnType
    description: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    date_formats: tuple[str, ...] = ()

    @property
    def sql_type(self) -> str:
        """DuckDB type of the column once read."""
        return SQL_TYPES[self.type]


class Table(BaseModel):
    """One canonical table. `key` is empty where two rows are duplicates only if every column agrees."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    grain: str
    feed: Literal["gp", "hospital", "reference"]
    required: bool
    key: tuple[str, ...]
    column: tuple[Column, ...]

    @property
    def columns(self) -> dict[str, Column]:
        """Columns by name, in contract order."""
        return {column.name: column for column in self.column}

    @property
    def has_person(self) -> bool:
        """Whether rows belong to persons (and so fall under opt-outs)."""
        return "person_id" in self.columns


@cache
def load_contract(folder: Path = CONTRACT) -> dict[str, Table]:
    """All canonical tables by name, `person` first, then alphabetically."""
    tables = [Table(**tomllib.loads(path.read_text(encoding="utf-8"))) for path in folder.glob("*.toml")]
    return {table.table: table for table in sorted(tables, key=lambda t: (t.table != "person", t.table))}
