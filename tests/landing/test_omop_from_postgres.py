"""An OMOP database read by the shipped layout gives what the same tables give as CSV files."""

import zipfile
from pathlib import Path

import polars as pl
import pytest

from mltc.config import load_config
from mltc.contract import load_contract
from mltc.dialect import load_dialect
from mltc.paths import ROOT
from mltc.sources import load_extract
from mltc.warehouse import DuckDBWarehouse, open_warehouse

SAMPLE = ROOT.parent / "shared" / "data" / "omop_synthea27" / "Synthea27Nj_5.4.zip"
HEAD = """
[icb]
name = "OMOP"
code = "QZZ"
synthetic = true
[run]
index_date = 2022-01-01
[lawful]
opt_outs_applied_upstream = "Synthetic people; there is nobody to opt out"
"""
FILES = (
    HEAD
    + f'[extracts]\nroot = "{SAMPLE.parent.as_posix()}"\n[feed.omop]\ndialect = "omop_5_4"\narchive = "{SAMPLE.name}"\n'
)
DATABASE = (
    HEAD + '[database.warehouse]\nurl_env = "MLTC_WAREHOUSE_URL"\nschema = "cdm"\n'
    '[feed.omop]\ndialect = "omop_5_4"\ndatabase = "warehouse"\n'
)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the OMOP sample is not here")
def test_an_omop_schema_reads_as_its_files(tmp_path, postgres, settings):
    _load_sample(postgres)
    (tmp_path / "files.toml").write_text(FILES, encoding="utf-8")
    (tmp_path / "database.toml").write_text(DATABASE, encoding="utf-8")
    with open_warehouse(tmp_path / "w.duckdb") as warehouse:
        for table in load_dialect("omop_5_4").table:
            expected, actual = (_read(warehouse, tmp_path, name, table) for name in ("files.toml", "database.toml"))
            assert actual.equals(expected), table
        assert warehouse.read("select count(*) from raw.gp_event").item() > 10_000


def _read(warehouse: DuckDBWarehouse, folder: Path, config: str, table: str) -> pl.DataFrame:
    load_extract(warehouse, load_config(folder / config), table, folder / "landing" / config)
    columns = ", ".join(load_contract()[table].columns)
    frame = warehouse.read(f"select {columns}, _dropped, _unread_columns from raw.{table}")
    lists = [name for name, kind in frame.schema.items() if kind == pl.List(pl.String)]
    flat = frame.with_columns(pl.col(name).list.join("|") for name in lists)
    return flat.sort(flat.columns)


def _load_sample(server) -> None:
    """Every table of the layout into schema `cdm`, with the column types that OMOP's own scripts give keys."""
    wanted = {spec.relation or key for key, spec in load_dialect("omop_5_4").file.items()}
    server.query("create schema cdm; grant usage on schema cdm to public")
    with zipfile.ZipFile(SAMPLE) as archive:
        for member in archive.namelist():
            table = Path(member).stem.lower()
            if table in wanted and "__MACOSX" not in member:
                content = archive.read(member)
                names = content.split(b"\n", 1)[0].decode("utf-8-sig").strip().split(",")
                columns = ", ".join(f'"{name.strip().lower()}" text' for name in names)
                server.query(f'create table cdm."{table}" ({columns}); grant select on cdm."{table}" to public')
                server.query(f'copy cdm."{table}" from stdin (format csv, header true)', content)
