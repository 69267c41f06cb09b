"""Small deliveries drawn in a test, and what the reader makes of them."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from mltc.config import load_config
from mltc.sources import ExtractFile, load_extract
from mltc.warehouse import open_warehouse

HEAD = """
[icb]
name = "Drawn"
code = "QZZ"
synthetic = true
[run]
index_date = 2026-10-01
[lawful]
opt_outs_applied_upstream = "drawn people"
"""


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Files by their path below `folder`; text loses the indent and blank lines of a drawing."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else _without_indent(content).encode())


def _without_indent(drawing: str) -> str:
    return "\n".join(line.strip() for line in drawing.strip().splitlines()) + "\n"


def read_raw(folder: Path, table: str, config: str) -> tuple[list[ExtractFile], pl.DataFrame]:
    """The files read and the raw rows, in order, of one table, by HEAD and the rest of a configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "mltc.toml"
    path.write_text(HEAD + config, encoding="utf-8")
    with open_warehouse(folder / "test.duckdb") as warehouse:
        files = load_extract(warehouse, load_config(path), table, folder / "landing")
        return files, warehouse.read(f"select * from raw.{table} order by _row_id")
