"""Every canonical table read from the server into raw, as an analyst would configure it; a broken run goes on."""

from pathlib import Path

import polars as pl
import pytest

from mltc.config import load_config
from mltc.contract import load_contract
from mltc.errors import ExtractError
from mltc.landing import clear_landing
from mltc.sources import load_extract
from mltc.warehouse import DuckDBWarehouse, open_warehouse

HEAD = """
[icb]
name = "A"
code = "QAA"
synthetic = true
[run]
index_date = 2026-10-01
[extracts]
root = "extracts"
[database.warehouse]
url_env = "MLTC_WAREHOUSE_URL"
retries = 1
retry_wait_seconds = 0.1
"""
SECTION = '[source.{table}]\ndatabase = "warehouse"\nquery = "queries/{table}.sql"\n'


@pytest.fixture
def config_path(tmp_path: Path, canonical, settings) -> Path:
    """A configuration with a query file per table."""
    (tmp_path / "queries").mkdir()
    for table in canonical:
        (tmp_path / "queries" / f"{table}.sql").write_text(f"select * from {table}\n", encoding="utf-8")
    path = tmp_path / "mltc.toml"
    path.write_text(HEAD + "".join(SECTION.format(table=table) for table in canonical), encoding="utf-8")
    return path


def test_every_table_comes_through_as_from_files(tmp_path, canonical, config_path):
    (tmp_path / "extracts").mkdir()
    for table, frame in canonical.items():
        frame.write_parquet(tmp_path / "extracts" / f"{table}.parquet")
    text = HEAD + "".join(f'[source.{table}]\npath = "{table}.parquet"\n' for table in canonical)
    (tmp_path / "files.toml").write_text(text, encoding="utf-8")
    pulled, filed = load_config(config_path), load_config(tmp_path / "files.toml")
    with open_warehouse(tmp_path / "w.duckdb") as warehouse:
        for table, frame in canonical.items():
            (file,) = load_extract(warehouse, filed, table, tmp_path / "landing")
            expected = _rows(warehouse, table)
            (query,) = load_extract(warehouse, pulled, table, tmp_path / "landing")
            assert query.rows == file.rows == frame.height
            assert _rows(warehouse, table).equals(expected), table
    assert (tmp_path / "landing").exists()
    clear_landing(tmp_path)
    assert not (tmp_path / "landing").exists()


def test_what_was_pulled_before_the_server_went_away_is_not_pulled_again(tmp_path, canonical, config_path, running):
    config = load_config(config_path)
    landing = tmp_path / "landing"
    with open_warehouse(tmp_path / "w.duckdb") as warehouse:
        load_extract(warehouse, config, "person", landing)
        running.kill()
        with pytest.raises(ExtractError) as refused:
            load_extract(warehouse, config, "gp_event", landing)
        assert "warehouse" in str(refused.value)
        assert "postgresql://" not in str(refused.value)
        # The server is still down: what has landed is read from its file.
        (file,) = load_extract(warehouse, config, "person", landing)
        assert file.rows == canonical["person"].height
        running.start()
        (file,) = load_extract(warehouse, config, "gp_event", landing)
        assert file.rows == canonical["gp_event"].height


def _rows(warehouse: DuckDBWarehouse, table: str) -> pl.DataFrame:
    """Canonical columns of raw, sorted: a query gives rows in no order."""
    frame = warehouse.read(f"select {', '.join(load_contract()[table].columns)}, _unread_columns from raw.{table}")
    lists = [name for name, kind in frame.schema.items() if kind == pl.List(pl.String)]
    flat = frame.with_columns(pl.col(name).list.join("|") for name in lists)
    return flat.sort(flat.columns)
