"""Data that others made, through the configurations that come with the product, as far as the register."""

from pathlib import Path

import polars as pl
import pytest

from mltc import intake
from mltc.codelists import load_codelists
from mltc.config import load_config
from mltc.contract import load_contract
from mltc.derive import derive_register
from mltc.paths import CONFIG
from mltc.workspace import Workspace

SHARED = CONFIG.parent.parent / "shared" / "data"
OMOP, CLINOSIM = SHARED / "omop_synthea27", SHARED / "clinosim"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def build_register(config_name: str, folder: Path) -> dict[str, pl.DataFrame]:
    """Register, conditions and the account of rows of one configuration."""
    workspace, codelists = Workspace(folder, load_config(CONFIG / config_name)), load_codelists()
    workspace.start_build()
    files = [file for table in load_contract() for file in intake.read_table(workspace, table)]
    intake.record_extracts(workspace, files, codelists)
    intake.refuse_failures(intake.gate_extracts(workspace))
    intake.stage_extracts(workspace)
    derive_register(workspace, codelists, "drawn " * 8)
    with workspace.open_build() as warehouse:
        return {
            "mltc": warehouse.read("select * from register.mltc where definition = 'delphi-2022'"),
            "condition": warehouse.read("select * from register.person_condition"),
            "fates": warehouse.read(
                "select table_name, fate, rule, count(*) as n from meta.row_exclusion group by all"
            ),
            "rows": pl.DataFrame([(item.table, item.rows) for item in files], ["table", "rows"], orient="row"),
        }


@pytest.mark.skipif(not OMOP.is_dir(), reason="../shared/data/omop_synthea27 is not there")
def test_omop_sample_reads_from_its_archive(tmp_path):
    found = build_register("omop.toml", tmp_path)
    rows = dict(found["rows"].group_by("table").agg(pl.col("rows").sum()).iter_rows())
    # 28 persons; 1,791 visits are 1,722 contacts, 56 emergencies and 13 inpatient visits, each with one detail
    assert (rows["person"], rows["death"]) == (28, 3)
    assert (rows["gp_consultation"], rows["emergency"], rows["hospital_episode"]) == (1_722, 56, 13)
    # observed on the index date: 28 but for 3 who died, 4 not seen since, 1 not yet born
    assert len(found["mltc"]) == 20
    assert set(found["condition"]["condition"]) >= {"hypertension", "diabetes"}
    dropped = found["fates"].filter(pl.col("fate") == "dropped")
    assert dropped["rule"].unique().to_list() == ["terminology that is not read"]  # LOINC and RxNorm


@pytest.mark.skipif(not CLINOSIM.is_dir(), reason="../shared/data/clinosim is not there")
def test_clinosim_states_every_condition_that_the_register_finds(tmp_path):
    from benchmarks.clinosim import CONDITIONS, compare, read_coded, read_truth

    found = build_register("clinosim.toml", tmp_path)
    assert len(found["mltc"]) == 603
    fates = {(table, fate): n for table, fate, _, n in found["fates"].iter_rows()}
    assert fates["person", "dropped"] == 7_193 - 603  # a person repeats on every encounter
    config = load_config(CONFIG / "clinosim.toml")
    register = found["condition"].filter(pl.col("condition").is_in(list(CONDITIONS.values())))
    table = compare(read_truth(config), read_coded(config), register.select("person_id", "condition"))
    overall = table.row(0, named=True)
    assert overall["precision"] > 0.98
    assert overall["recall_of_coded"] > 0.9
    assert 0.3 < overall["recall"] < 0.5  # most chronic conditions of the sample are in no encounter
