"""Synthetic people in the files of national data sets: their columns, and the way back."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows.steps.synthetic_config import write_synthetic_config
from mltc.config import load_config
from mltc.sources import load_extract
from mltc.synthetic import SyntheticSettings, write_synthetic_icb
from mltc.synthetic.care import NO_CODE
from mltc.synthetic.layouts.carried import NOT_CARRIED, mark_not_carried
from mltc.synthetic.layouts.files import clip_days, financial_years
from mltc.synthetic.layouts.hes import hes_day
from mltc.synthetic.layouts.registry import Registry
from mltc.warehouse import open_warehouse

# Of the HES data dictionary, the NCDR library, GDPPR, civil registrations and OMOP CDM 5.4.
COLUMNS = {
    "hes": {
        "hes/apc/HES_APC_2526": (
            "TOKEN_PERSON_ID", "EPIKEY", "FYEAR", "PROVSPNOPS", "EPIORDER", "ADMIDATE", "DISDATE", "EPISTART", "EPIEND",
            "EPISTAT", "ADMIMETH", "ADMISORC", "DISDEST", "DISMETH", "CLASSPAT", "TRETSPEF", "PROCODE5", "PROCODET",
            "MYDOB", "SEX", "ETHNOS", "DIAG_01", "DIAG_20", "OPERTN_01", "OPERTN_24",
        ),
        "hes/op/2526/HES_OP": ("ATTENDKEY", "APPTDATE", "ATTENDED", "FIRSTATT", "TRETSPEF", "PROCODE5"),
        "ecds/emergency_care": ("PRIMARYKEY_ID", "attendance.arrival.date", "attendance.location.department_type"),
        "ecds/clinical_diagnoses_snomed": ("PRIMARYKEY_ID", "code", "sequence_number"),
        "gdppr/gdppr_journal": ("NHS_NUMBER_DEID", "PRACTICE", "DATE", "RECORD_DATE", "CODE", "VALUE1_CONDITION"),
        "deaths/civil_registration_deaths": ("REG_DATE_OF_DEATH", "S_UNDERLYING_COD_ICD10", "S_COD_CODE_15"),
    },
    "sus": {
        "sus/2526/tbl_Data_SEM_APCE": (
            "Der_Pseudo_NHS_Number", "APCE_Ident", "Der_Spell_ID", "Der_Episode_Number", "Admission_Date",
            "Episode_End_Date", "Admission_Method", "Der_Primary_Diagnosis_Code", "Der_Secondary_Diagnosis_Code_23",
        ),
        "sus/2526/tbl_Data_SEM_OPA": ("OPA_Ident", "Appointment_Date", "Attendance_Status", "First_Attendance"),
        "sus/ec/tbl_Data_SUS_EC": ("EC_Ident", "Arrival_Date", "Arrival_Time", "EC_AttendanceCategory", "Der_Dupe_Flag"),
        "sus/ec/tbl_Data_SUS_EC_Diagnosis": ("EC_Ident", "EC_Diagnosis_01", "EC_Diagnosis_24"),
    },
    "omop": {
        "omop/person": ("person_id", "gender_concept_id", "year_of_birth", "person_source_value", "race_source_value"),
        "omop/visit_occurrence": ("visit_occurrence_id", "visit_concept_id", "visit_start_date", "care_site_id"),
        "omop/visit_detail": ("visit_detail_id", "visit_detail_start_date", "visit_occurrence_id"),
        "omop/condition_occurrence": ("condition_occurrence_id", "condition_source_value", "condition_status_concept_id"),
        "omop/measurement": ("measurement_id", "value_as_number", "unit_source_value", "operator_concept_id"),
        "omop/observation": ("observation_id", "observation_source_concept_id"),
        "omop/drug_exposure": ("drug_exposure_id", "days_supply", "drug_source_value"),
        "omop/procedure_occurrence": ("procedure_occurrence_id", "procedure_source_value"),
        "omop/observation_period": ("observation_period_id", "observation_period_end_date"),
        "omop/death": ("person_id", "death_date", "cause_source_value"),
        "omop/concept": ("concept_id", "vocabulary_id", "concept_code"),
        "omop/care_site": ("care_site_id", "care_site_source_value"),
        "omop/location": ("location_id", "location_source_value"),
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same 500 people in every layout, without defects."""
    folders = {}
    for layout in ("canonical", *COLUMNS):
        folders[layout] = tmp_path_factory.mktemp(layout)
        settings = SyntheticSettings(500, 36, layout=layout, defect_rate=0)  # type: ignore[arg-type]
        write_synthetic_icb(settings, folders[layout])
        write_synthetic_config(settings, folders[layout])
    return folders


def read_back(folder: Path, table: str) -> pl.DataFrame:
    """A canonical table read by the configuration beside the files, without its trace columns."""
    config = load_config(folder / "mltc.toml")
    with open_warehouse(folder / "test.duckdb") as warehouse:
        load_extract(warehouse, config, table, folder / "landing")
        raw = warehouse.read(f"select * from raw.{table}")
    assert raw["_unread_columns"].null_count() == len(raw)
    return raw.select(name for name in raw.columns if not name.startswith("_"))


@pytest.mark.parametrize("layout", list(COLUMNS))
def test_files_have_the_national_column_names(written, layout):
    for name, columns in COLUMNS[layout].items():
        found = pl.scan_parquet(written[layout] / f"{name}.parquet").collect_schema().names()
        assert set(columns) <= set(found), name


def test_hes_has_one_file_a_financial_year_and_its_own_null_dates(written):
    years = sorted(path.stem for path in (written["hes"] / "hes" / "apc").glob("*.parquet"))
    assert years == ["HES_APC_2324", "HES_APC_2425", "HES_APC_2526", "HES_APC_2627"]  # 36 months to 1 October 2026
    episodes = pl.concat(pl.read_parquet(path) for path in (written["hes"] / "hes" / "apc").glob("*.parquet"))
    codes = pl.concat(episodes[f"DIAG_{number:02}"] for number in range(1, 21)).drop_nulls()
    assert not codes.str.contains(".", literal=True).any()
    assert codes.str.contains(r"^[A-Z]\d\dX$").any()  # three characters, filled up
    assert not codes.str.contains(r"^[A-Z]\d\d$").any()
    assert hes_day(pl.Series([date(2025, 1, 30), None])).to_list() == ["2025-01-30", "1801-01-01"]


LOST = {
    # What a layout has no column for; everything else comes back as it was.
    "hes": {"hospital_episode": ("cost_gbp", "diagnoses"), "outpatient": ("cost_gbp",), "emergency": (),
            "gp_event": ("value_unit", "value_comparator")},
    "sus": {"hospital_episode": ("cost_gbp",), "outpatient": ("cost_gbp",), "emergency": (),
            "gp_event": ("value_unit", "value_comparator")},
    "omop": {"hospital_episode": ("cost_gbp", "spell_id"), "outpatient": ("cost_gbp",), "emergency": ("cost_gbp",),
             "gp_event": ("episodicity",)},  # of measurements
}  # fmt: skip


@pytest.mark.parametrize("layout", list(LOST))
def test_what_was_written_reads_back_as_it_was(written, layout):
    for table, lost in LOST[layout].items():
        expected = as_text(as_carried(pl.read_parquet(written["canonical"] / f"{table}.parquet")).drop(lost))
        found = as_text(read_back(written[layout], table).drop(lost))
        if layout == "hes" and table == "hospital_episode":
            # The spell number is the provider's, so the provider's code comes before it.
            found = found.with_columns(pl.col("spell_id").str.replace("^[^-]*-", ""))
        assert len(found) == len(expected) > 300, table
        assert found.sort(pl.all()).equals(expected.sort(pl.all())), table


def as_carried(frame: pl.DataFrame) -> pl.DataFrame:
    """Entries of another terminology as the layouts write them, which cannot say of which one a code is."""
    if "code_system" not in frame.columns:
        return frame
    is_foreign = pl.col("code_system") != "snomed"
    assert frame.filter(is_foreign).height > 0
    return frame.with_columns(
        code=pl.when(is_foreign).then(pl.lit(NO_CODE)).otherwise("code"), code_system=pl.lit("snomed")
    )


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists joined, an empty one like none; columns by name; everything comparable and sortable."""
    lists = [name for name, kind in frame.schema.items() if kind == pl.List(pl.String)]
    joined = frame.with_columns(pl.col(name).list.join("|").replace("", None) for name in lists)
    return joined.select(pl.col(name).cast(pl.String) for name in sorted(joined.columns))


def test_canonical_files_lie_beside_what_the_layout_carries(written):
    for layout, expected in {"hes": "person", "sus": "person", "omop": "address"}.items():
        local = {path.stem for path in (written[layout] / "local").glob("*.parquet")}
        assert {expected, "registration", "opt_out", "gp_consultation", "organisation"} <= local
        assert not {"hospital_episode", "gp_event"} & local


def test_ledger_says_what_a_layout_does_not_show():
    log = pl.DataFrame(
        {
            "table": ["outpatient", "outpatient", "emergency"],
            "row_number": [1, 2, 3],
            "kind": ["negative_cost", "duplicate_row", "negative_cost"],
            "detail": ["cost_gbp", None, "cost_gbp"],
        }
    )
    assert mark_not_carried("canonical", log).equals(log)
    told = mark_not_carried("hes", log)
    assert told["kind"].to_list() == [
        NOT_CARRIED,
        "duplicate_row",
        "negative_cost",
    ]  # HES holds the tariff of ECDS only
    assert told["detail"].to_list() == ["negative_cost", None, "cost_gbp"]
    assert mark_not_carried("omop", log)["kind"].to_list() == [NOT_CARRIED, "duplicate_row", NOT_CARRIED]


def test_financial_years_begin_in_april_and_odd_dates_go_to_the_last():
    days = pl.Series(["2024-03-31", "2024-04-01", "1800-01-01", "31/02/2025", None])
    assert financial_years(clip_days(days, 2023, 2026)).to_list() == ["2324", "2425", "2627", "2627", "2627"]


def test_numbers_stay_from_chunk_to_chunk():
    registry = Registry(100)
    assert registry.number(pl.Series(["b", None, "a", "b"])).to_list() == [101, None, 100, 101]
    assert registry.number(pl.Series(["c", "a"])).to_list() == [102, 100]
