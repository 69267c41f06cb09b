"""The canonical contract, read from `contract/*.toml`: the one description of every table.

Readers, type rules, the data dictionary and error messages are all made from it.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from mltc.paths import CONTRACT

ColumnType = Literal["text", "date", "timestamp", "integer", "number", "boolean", "list"]

# Who sends the rows. A Type 1 opt-out covers `gp` alone, the national opt-out every kind with persons.
FeedKind = Literal["gp", "hospital", "mental_health", "community", "social_care", "patient_reported", "reference"]

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
    """One canonical table. `key` is empty where two rows are duplicates only if every column agrees.

    `main_date` is the column that places a row in time; `fresh_days` is how many days before the index date
    its newest value may lie. Both are empty where the table has no such column or comes too seldom to judge.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    grain: str
    feed: FeedKind
    required: bool
    key: tuple[str, ...]
    main_date: str | None = None
    fresh_days: int | None = None
    column: tuple[Column, ...]

    @model_validator(mode="after")
    def _check_main_date(self) -> Self:
        dates = {column.name for column in self.column if column.type in {"date", "timestamp"}}
        if self.main_date and self.main_date not in dates:
            raise ValueError(f"main_date {self.main_date} of {self.table} is not a date column of it")
        if self.fresh_days is not None and not self.main_date:
            raise ValueError(f"fresh_days of {self.table} needs a main_date")
        return self

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
