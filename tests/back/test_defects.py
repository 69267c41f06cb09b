"""Every planted defect meets the fate that `data/defect_kinds.csv` says, and no other row does."""

from pathlib import Path

import polars as pl
import pytest

from flows.steps.synthetic_config import write_synthetic_config
from mltc import intake
from mltc.codelists import load_codelists
from mltc.config import load_config
from mltc.contract import load_contract
from mltc.synthetic import SyntheticSettings, write_synthetic_icb
from mltc.synthetic.defects import TEXT, DefectKind, load_defect_kinds
from mltc.workspace import Workspace

pytestmark = pytest.mark.slow
PERSONS, MONTHS = 3_000, 36
CASES = [("parquet", 0.02), ("csv", 0.02)]


def run_gate(folder: Path, settings: SyntheticSettings) -> Workspace:
    """Reads a synthetic ICB, gates it and stages it."""
    write_synthetic_icb(settings, folder)
    workspace = Workspace(folder / "out", load_config(write_synthetic_config(settings, folder)))
    workspace.start_build()
    files = [file for table in load_contract() for file in intake.read_table(workspace, table)]
    intake.record_extracts(workspace, files, load_codelists())
    intake.refuse_failures(intake.gate_extracts(workspace))
    intake.stage_extracts(workspace)
    return workspace


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case[0])
def gated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    file_format, rate = request.param
    settings = SyntheticSettings(PERSONS, MONTHS, seed=7, file_format=file_format, defect_rate=rate)
    return run_gate(tmp_path_factory.mktemp(file_format), settings)


def read_fates(workspace: Workspace, table: str) -> pl.DataFrame:
    """Fate and rule of every row of a table that was set aside, with its number in the file."""
    with workspace.open_build() as warehouse:
        return warehouse.read(
            "select exclusion.fate, exclusion.rule, raw_row._source_row as row_number "
            f"from meta.row_exclusion as exclusion inner join raw.{table} as raw_row "
            "on raw_row._row_id = exclusion.row_id where exclusion.table_name = $table",
            {"table": table},
        )


def read_log(workspace: Workspace, table: str) -> pl.DataFrame:
    """Planted defects of a table: row number and kind."""
    log = pl.read_parquet(workspace.out.parent / "truth" / "defects.parquet")
    return log.filter(pl.col("table") == table, pl.col("row_number").is_not_null())


def kinds_of(table: str) -> list[DefectKind]:
    return [kind for kind in load_defect_kinds() if kind.table == table]


TABLES = sorted({kind.table for kind in load_defect_kinds()})


@pytest.mark.parametrize("table", TABLES)
def test_each_defect_meets_its_fate(gated: Workspace, table: str) -> None:
    fates, log = read_fates(gated, table), read_log(gated, table)
    for kind in kinds_of(table):
        planted = log.filter(pl.col("kind") == kind.kind).join(fates, on="row_number", how="left")
        set_aside = planted.filter(pl.col("fate").is_in(["quarantined", "duplicate", "dropped"]))
        if kind.fate == "quarantined":
            assert set_aside.height == planted.height, kind.kind
            assert set_aside.filter(~pl.col("rule").str.split(", ").list.contains(kind.rule)).is_empty(), kind.kind
        elif kind.fate == "duplicate":
            assert set_aside.filter(pl.col("fate") == "duplicate").height == planted.height, kind.kind
        else:
            assert set_aside.is_empty(), (kind.kind, set_aside.select("fate", "rule").rows())


@pytest.mark.parametrize("table", TABLES)
def test_nothing_else_is_set_aside(gated: Workspace, table: str) -> None:
    fates, log = read_fates(gated, table), read_log(gated, table)
    clean = fates.join(log, on="row_number", how="anti")
    assert set(clean["fate"]) <= {"opted_out"}


@pytest.mark.parametrize("table", TABLES)
def test_warnings_count_the_rows_planted(gated: Workspace, table: str) -> None:
    log = read_log(gated, table)
    with gated.open_build() as warehouse:
        results = warehouse.read("select rule, rows_failed from meta.gate_result where table_name = $t", {"t": table})
    failed = dict(results.iter_rows())
    for kind in kinds_of(table):
        if kind.fate == "warned":
            assert failed[kind.rule] == log.filter(pl.col("kind") == kind.kind).height, kind.kind


def test_values_that_stand_for_none_are_none_and_dressed_codes_are_clean(gated: Workspace) -> None:
    for kind in load_defect_kinds():
        if kind.fate not in ("nulled", "cleaned"):
            continue
        planted = set(read_log(gated, kind.table).filter(pl.col("kind") == kind.kind)["row_number"])
        with gated.open_build() as warehouse:
            staged = warehouse.read(
                f"select raw_row._source_row as row_number, staged.{kind.column} as value from staging.{kind.table} "
                f"as staged inner join raw.{kind.table} as raw_row on raw_row._row_id = staged.row_id"
            )
        values = staged.filter(pl.col("row_number").is_in(list(planted)))["value"]
        if kind.fate == "nulled":
            assert values.null_count() == len(values), kind.kind
        else:
            assert values.list.first().str.contains("^[A-Z][0-9]{2}[0-9A-Z]?[0-9]?$").all(), kind.kind


def test_all_kinds_were_planted(gated: Workspace) -> None:
    as_text = (gated.out.parent / "person.csv").exists()
    for table in TABLES:
        found = set(read_log(gated, table)["kind"])
        assert found == {kind.kind for kind in kinds_of(table) if as_text or kind.change != TEXT}, table


def test_every_row_is_accounted_for(gated: Workspace) -> None:
    with gated.open_build() as warehouse:
        account = warehouse.read("select * from meta.row_account")
    outcomes = [name for name in account.columns if name.startswith("rows_") and not name.startswith("rows_in")]
    assert account.filter(pl.col("rows_in") != pl.sum_horizontal(outcomes)).is_empty()
    assert account["rows_in"].sum() > 100_000


def test_without_defects_nothing_is_set_aside(tmp_path: Path) -> None:
    workspace = run_gate(tmp_path, SyntheticSettings(PERSONS, MONTHS, seed=8, defect_rate=0.0))
    with workspace.open_build() as warehouse:
        fates = warehouse.read("select table_name, fate, count(*) as rows from meta.row_exclusion group by all")
        failed = warehouse.read("select table_name, rule, rows_failed from meta.gate_result where status = 'failed'")
    assert set(fates["fate"]) == {"opted_out"}, fates
    # Months of practices and providers are judged apart.
    assert failed.filter(~pl.col("rule").str.ends_with("_coverage")).is_empty(), failed.rows()
