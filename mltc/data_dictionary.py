"""The data dictionary: `sql/<layer>/columns.yml` beside the SQL, and the page made from it."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict

from mltc.contract import load_contract
from mltc.errors import ConfigError
from mltc.paths import ROOT, SQL
from mltc.warehouse import Warehouse
from mltc.warehouse.sql_model import RANKS, SqlModel, load_models


class TableEntry(BaseModel):
    """What is written of one table: its key, and a description (with unit) of every column in order.

    grain: what a row is, of a table that Python writes; the head of its SQL says it of every other.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    grain: str | None = None
    key: tuple[str, ...]
    columns: dict[str, str]


def load_dictionary(folder: Path = SQL) -> dict[str, TableEntry]:
    """Entries by schema-qualified table name. Staging columns are described by the contract."""
    entries = {}
    for path in sorted(folder.glob("*/columns.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for table, entry in content.items():
            entries[f"{path.parent.name}.{table}"] = TableEntry(**entry)
    return {**_staging_entries(), **entries}


def _staging_entries() -> dict[str, TableEntry]:
    row_id = {"row_id": "Number of the row in raw, unique within the table"}
    return {
        f"staging.{table.table}": TableEntry(
            key=("row_id",), columns=row_id | {column.name: column.description for column in table.column}
        )
        for table in load_contract().values()
    }


def describe_table(warehouse: Warehouse, name: str) -> pl.DataFrame:
    """Columns of a built table with type and description. Raises ConfigError for an unknown table."""
    columns = warehouse.columns(name) if "." in name else {}
    if not columns:
        raise ConfigError(f"There is no table {name}: give schema.table, e.g. register.mltc (\\d lists them).")
    entry = load_dictionary().get(name)
    told = entry.columns if entry else {}
    rows = [(column, kind, told.get(column, "")) for column, kind in columns.items()]
    return pl.DataFrame(rows, schema={"column": pl.String, "type": pl.String, "description": pl.String}, orient="row")


def render_dictionary() -> str:
    """The page `docs/data-dictionary.md`: every table in layer order, with what its head says and its columns."""
    models, entries = load_models(), load_dictionary()
    lines = [
        "# Data dictionary",
        "",
        "Made from the SQL models, `columns.yml` and the contract by `just docs`; do not edit by hand.",
    ]
    for layer in RANKS:
        names = sorted(name for name in entries if name.split(".", maxsplit=1)[0] == layer)
        if names:
            lines += ["", f"## {layer}"]
        for name in names:
            lines += _table_lines(name, models.get(name), entries[name])
    return "\n".join(lines) + "\n"


def _table_lines(name: str, model: SqlModel | None, entry: TableEntry) -> Iterator[str]:
    head = " ".join(read_header(model)) if model else f"{entry.grain} Written by Python."
    yield from ("", f"### {name}", "", head, "")
    yield f"Key: {', '.join(f'`{column}`' for column in entry.key)}."
    yield from ("", "| column | description |", "|---|---|")
    for column, description in entry.columns.items():
        yield f"| `{column}` | {description} |"


def read_header(model: SqlModel) -> list[str]:
    """The comment that opens a SQL file, without the dashes: grain first, then the rule in words."""
    lines = []
    for line in model.sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return lines


if __name__ == "__main__":
    (ROOT / "docs" / "data-dictionary.md").write_text(render_dictionary(), encoding="utf-8", newline="\n")
