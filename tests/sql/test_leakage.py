"""Nothing that was recorded after an index date may change a feature of that date, and what does is caught."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from conftest import INDEX_DATE, draw
from drawn_persons import Person, write_raw
from registers import LAST_RUN
from shipped_register import PARAMETERS, models_for

from mltc.codelists import load_codelists
from mltc.errors import ConfigError
from mltc.quality.leakage import FEATURES, KNOWN, UNDATED, describe_leaks, find_leaks
from mltc.quality.supplied import write_supplied
from mltc.reference import write_reference
from mltc.register_as_of import find_ancestors
from mltc.warehouse import DuckDBWarehouse, SqlModel, build_models, load_models, open_warehouse

DAY = date(2025, 10, 1)
GIVEN = {**PARAMETERS, "definition": "delphi-2022", "comorbidity_lookback_months": 60, "horizon_months": 12}
SUPPLIED = ("person", "gp_event", "gp_prescription", "hospital_episode")
ASTHMA, COPD = "195967001", "13645005"
STEADY = {
    "known": f"snomed {COPD} 2020-01-01; value bmi 31 2025-01-01; bnf 0301011R0 2025-09-15",
    "stay": "icd10 I500 2025-09-20 until 2025-10-20; icd10 J441 2024-11-01 until 2024-11-04; "
    "icd10 I10 2023-05-01 until 2023-05-02; icd10 I500 2026-02-01 until 2026-02-05",
    "died": "value bmi 21 2024-01-01; died 2026-03-01",
    "well": "nothing",
}
# Each is dated before the day and was entered after it.
LATE = {
    "known": "value bmi 45 2025-09-30 entered 2025-10-02",
    "well": f"snomed {COPD} 2019-05-05 entered 2025-10-02; snomed {ASTHMA} 2024-05-05 entered 2026-09-01",
}
PLANTED = {
    "features.latest_value": (" and plausible.known_date <= index_date.index_date", "", "latest_bmi"),
    "features.hospital_use": (
        "spell.admission_date <= index_date.index_date\n            and ",
        "",
        "planned_admission_count_12m",
    ),
    "features.residence": (
        "    located.index_date,\n        located.person_id,\n        located.is_care_home,",
        "    located.index_date,\n        located.person_id,\n        (select max(is_care_home) from staging.person) "
        "as is_care_home,",
        "is_care_home",
    ),
}


def build_features(path: Path, records: dict[str, str]) -> Path:
    """A warehouse with the features of two index dates, from the records of these persons."""
    people = [Person("drawn", {"person": name, "age": "70", "record": record}) for name, record in records.items()]
    with open_warehouse(path) as warehouse:
        write_raw(warehouse, people)
        warehouse.execute("update raw.person set is_care_home = true where person_id = 'drawn: well'")
        write_reference(warehouse, load_codelists())
        dates = "role | index_date \n current | 2026-10-01 \n training | 2025-10-01"
        warehouse.write("meta.index_date", draw(dates))
        write_supplied(warehouse, SUPPLIED)
        warehouse.write("meta.row_exclusion", pl.DataFrame(schema={"table_name": pl.String, "row_id": pl.Int64}))
        names = ("table_name", "column_name", "written")
        warehouse.write("meta.sensitive_item", pl.DataFrame(schema=dict.fromkeys(names, pl.String)))
        failed = draw("practice_code | table_name | from_month_date").rename({"from_month_date": "from_month"})
        warehouse.write("meta.practice_abstention", failed)
        warehouse.write("meta.last_person_condition", draw(LAST_RUN, evidence_count=pl.Int64))
        models = models_for(FEATURES) | models_for("features.outcome")
        for name in KNOWN:
            models |= models_for(f"staging.{name}")
        build_models(warehouse, {model.layer for model in models.values()}, GIVEN, models=models)
    return path


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Steady records and late ones together."""
    both = {name: "; ".join(filter(None, (record, LATE.get(name)))) for name, record in STEADY.items()}
    both["well"] = LATE["well"]
    return build_features(tmp_path_factory.mktemp("late") / "warehouse.duckdb", both)


def read_day(warehouse: DuckDBWarehouse, table: str) -> pl.DataFrame:
    return warehouse.read(f"select * from {table} where index_date = $day order by all", {"day": DAY})


def test_back_dated_records_change_no_feature_of_the_day(built, tmp_path):
    steady = build_features(tmp_path / "warehouse.duckdb", STEADY)
    with open_warehouse(built) as late, open_warehouse(steady) as without:
        assert read_day(late, FEATURES).equals(read_day(without, FEATURES))
        now = late.read(f"select has_copd from {FEATURES} where index_date = $day and person_id = 'drawn: well'",
                        {"day": INDEX_DATE})  # fmt: skip
        assert now.item() == 1  # a year later it is known


def test_no_feature_looks_into_the_future(built):
    leaks = find_leaks(built, DAY, GIVEN)
    assert leaks["persons_compared"].unique().to_list() == [4]
    assert leaks.filter(pl.col("persons_changed") > 0)["feature"].to_list() == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_feature_that_forgets_the_known_date_is_caught(built, tmp_path, name):
    forgotten, instead, feature = PLANTED[name]
    models = load_models()
    planted = models[name].sql.replace(forgotten, instead)
    assert planted != models[name].sql
    models[name] = SqlModel(*name.split("."), planted)
    path = Path(shutil.copy(built, tmp_path / "warehouse.duckdb"))
    ours = {each: models[each] for each in (name, "features.use_count", FEATURES)}
    with open_warehouse(path) as warehouse:
        build_models(warehouse, ["features"], GIVEN, models=ours)
    leaks = find_leaks(path, DAY, GIVEN, models=models)
    changed = leaks.filter(pl.col("persons_changed") > 0)["feature"].to_list()
    assert feature in changed
    with open_warehouse(path) as warehouse:
        warehouse.write("meta.feature_leak", leaks)
        (note,) = describe_leaks(warehouse)
    assert feature in note and "only after their index date" in note


def test_there_is_no_note_where_nothing_leaks(warehouse, built):
    assert describe_leaks(warehouse) == []  # nothing was compared
    warehouse.write("meta.feature_leak", find_leaks(built, DAY, GIVEN, sample=1))
    assert describe_leaks(warehouse) == []


def test_every_staging_table_that_features_read_is_cut_to_the_day():
    ancestors = find_ancestors(load_models(), FEATURES).values()
    read = {table for model in ancestors for table in model.reads if table.startswith("staging.")}
    assert read == {f"staging.{name}" for name in (*KNOWN, *UNDATED)}


def test_without_a_warehouse_says_so(tmp_path):
    with pytest.raises(ConfigError, match="There is no warehouse"):
        find_leaks(tmp_path / "none.duckdb", DAY, GIVEN)
