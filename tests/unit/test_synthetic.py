"""The synthetic ICB keeps its own promises: contract, determinism, targets, truth, defects."""

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mltc.codelists import load_codelists
from mltc.contract import load_contract
from mltc.errors import ConfigError
from mltc.synthetic import SyntheticSettings, chunks, write_synthetic_icb
from mltc.synthetic.defects import MAIN_DATES
from mltc.synthetic.facts import load_condition_facts, load_data, read_codes
from mltc.synthetic.register_truth import DEFINITION
from mltc.synthetic.writing import POLARS_TYPES

SETTINGS = SyntheticSettings(persons=4_000, months=30, seed=11, defect_rate=0.0)
TABLES = ("person", "registration", "opt_out", "gp_event", "gp_prescription", "gp_consultation",
          "hospital_episode", "outpatient", "emergency", "death", "mental_health_contact", "community_contact",
          "waiting_list", "organisation", "neighbourhood_lsoa")  # fmt: skip
INDEX = SETTINGS.index_date
YEAR_BEFORE = date(2025, 10, 1)


@pytest.fixture(scope="module")
def icb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("icb")
    counts = write_synthetic_icb(SETTINGS, folder)
    assert set(counts) == set(TABLES)
    return folder


def read(folder: Path, table: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{table}.parquet")


def hash_folder(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_same_settings_give_the_same_bytes_and_another_seed_does_not(tmp_path: Path, file_format: str) -> None:
    small = {"persons": 600, "months": 14, "file_format": file_format}
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_synthetic_icb(SyntheticSettings(seed=seed, **small), tmp_path / name)  # type: ignore[arg-type]
    first, again, other = (hash_folder(tmp_path / name) for name in "abc")
    assert first == again
    assert len(first) == len(TABLES) + 7
    assert all(first[name] != other[name] for name in first if not name.startswith(("organisation", "neighbourhood")))


@pytest.mark.slow
def test_the_number_of_workers_does_not_change_a_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_PERSONS", 150)  # seven chunks
    for workers in (1, 4):
        write_synthetic_icb(SyntheticSettings(persons=1_000, months=14), tmp_path / str(workers), workers=workers)
    assert hash_folder(tmp_path / "1") == hash_folder(tmp_path / "4")


@pytest.mark.parametrize("table", TABLES)
def test_tables_have_the_contract_columns_types_and_codes(icb: Path, table: str) -> None:
    contract = load_contract()[table]
    frame = read(icb, table)
    assert frame.schema == pl.Schema({column.name: POLARS_TYPES[column.type] for column in contract.column})
    for column in contract.column:
        values = frame[column.name]
        if column.required:
            assert values.null_count() == 0, column.name
        if column.allowed:
            assert set(values.drop_nulls()) <= set(column.allowed), column.name
        if column.minimum is not None and values.count():
            assert values.min() >= column.minimum, column.name
        if column.maximum is not None and values.count():
            assert values.max() <= column.maximum, column.name


def test_every_row_belongs_to_a_person_and_lies_between_birth_and_death(icb: Path) -> None:
    births = read(icb, "person").unique("person_id").select("person_id", "birth_date")
    deaths = read(icb, "death").select("person_id", pl.col("death_date").alias("died"))
    for table, column in MAIN_DATES.items():
        frame = read(icb, table).join(births, on="person_id", how="left").join(deaths, on="person_id", how="left")
        assert frame["birth_date"].null_count() == 0, table
        assert frame.filter(pl.col(column).dt.date() < pl.col("birth_date")).is_empty(), table
        assert frame.filter(pl.col(column).dt.date() > pl.col("died")).is_empty(), table
        assert frame[column].dt.date().max() < INDEX, table


def test_activity_lies_in_the_window_and_only_diagnoses_reach_further_back(icb: Path) -> None:
    start = date(2024, 4, 1)  # 30 months before 1 October 2026
    for table, column in MAIN_DATES.items():
        frame = read(icb, table)
        if table == "gp_event":
            frame = frame.filter(pl.col("episodicity") != "first")
        assert frame[column].dt.date().min() >= start, table


def test_spells_are_whole(icb: Path) -> None:
    frame = read(icb, "hospital_episode")
    assert frame.filter(pl.col("discharge_date") < pl.col("admission_date")).is_empty()
    assert frame.filter(pl.col("episode_start") < pl.col("admission_date")).is_empty()
    assert frame.filter(pl.col("episode_end") > pl.col("discharge_date")).is_empty()
    assert frame.select(pl.struct("spell_id", "episode_order").is_duplicated().any()).item() is False
    assert set(frame["episode_order"]) == {1, 2, 3}
    assert frame["diagnoses"].list.len().min() >= 1


def test_registrations_follow_one_another_and_agree_with_person(icb: Path) -> None:
    registration = read(icb, "registration").sort("person_id", "registered_from")
    assert registration.filter(pl.col("registered_to") < pl.col("registered_from")).is_empty()
    before = pl.col("registered_to").shift(1).over("person_id")
    assert registration.filter(pl.col("registered_from") <= before).is_empty()
    last = registration.group_by("person_id", maintain_order=True).last()
    person = read(icb, "person").join(last, on="person_id", suffix="_last")
    assert person["practice_code"].equals(person["practice_code_last"], check_names=False)
    assert person.height == SETTINGS.persons
    practices = set(read(icb, "organisation")["practice_code"])
    assert set(registration["practice_code"]) == practices


def test_prevalence_is_near_its_target(icb: Path) -> None:
    """GP coded prevalence among registered people: within 15 % or 4 standard errors, whichever is wider."""
    codes = load_codelists().verified_codes.filter(pl.col("code_system") == "snomed").select("key", "code")
    here = read(icb, "person").unique("person_id").filter(pl.col("registered_to").is_null())
    here = here.with_columns(((pl.lit(INDEX) - pl.col("birth_date")).dt.total_days() / 365.25).alias("age"))
    coded = read(icb, "gp_event").select("person_id", "code").unique().join(codes, on="code")
    coded = coded.join(here.select("person_id", "age"), on="person_id").unique(["person_id", "key"])
    checked = 0
    table = load_condition_facts().table.filter(pl.col("target_source").str.starts_with("QOF"))
    for key, target, youngest in table.select("condition", "target_percent", "target_min_age").iter_rows():
        people = here.filter(pl.col("age") >= youngest).height
        found = coded.filter(pl.col("key") == key, pl.col("age") >= youngest).height / people
        error = np.sqrt(target / 100 * (1 - target / 100) / people)
        assert abs(found - target / 100) < max(4 * error, 0.15 * target / 100), key
        checked += 1
    assert checked >= 15


def test_age_and_sex_are_those_of_england(icb: Path) -> None:
    here = read(icb, "person").unique("person_id").filter(pl.col("registered_to").is_null())
    age = (pl.lit(INDEX) - pl.col("birth_date")).dt.total_days() / 365.25
    england = load_data("population").with_columns(pl.col("registered_patients") / pl.col("registered_patients").sum())
    for first, last in ((0, 19), (20, 44), (45, 64), (65, 79), (80, 104)):
        in_band = pl.col("age_from") >= first, pl.col("age_to") <= last
        wanted = england.filter(*in_band)["registered_patients"].sum()
        found = here.filter(age >= first, age < last + 1).height / here.height
        assert abs(found - wanted) < 4 * np.sqrt(wanted * (1 - wanted) / here.height) + 0.1 * wanted, first


def test_true_risk_is_calibrated(icb: Path) -> None:
    """Sum of the true probabilities against the people admitted, within 4 standard errors, and it ranks them."""
    risk = read(icb / "truth", "risk").filter(pl.col("as_of") == YEAR_BEFORE)
    spells = read(icb, "hospital_episode").filter(
        pl.col("admission_method").is_in(["21", "22", "23", "24", "25", "28", "2A", "2B", "2C", "2D"]),
        pl.col("admission_date") >= YEAR_BEFORE,
        pl.col("admission_date") < INDEX,
    )
    admitted = risk["person_id"].is_in(spells["person_id"].unique().implode())
    probability = risk["probability"]
    assert probability.min() > 0 and probability.max() < 1
    error = np.sqrt((probability * (1 - probability)).sum())
    assert abs(admitted.sum() - probability.sum()) < 4 * error
    assert probability.filter(admitted).mean() > 2 * probability.filter(~admitted).mean()


def test_risk_from_the_index_date_covers_who_is_alive_and_registered(icb: Path) -> None:
    risk = read(icb / "truth", "risk").filter(pl.col("as_of") == INDEX)
    here = read(icb, "person").unique("person_id").filter(pl.col("registered_to").is_null())
    assert set(risk["person_id"]) == set(here["person_id"])


def test_truth_holds_true_onsets(icb: Path) -> None:
    onset = read(icb / "truth", "onset")
    people = read(icb, "person").unique("person_id").select("person_id", "birth_date")
    joined = onset.join(people, on="person_id", how="left")
    assert joined.filter(pl.col("onset_date") < pl.col("birth_date")).is_empty()
    assert onset["onset_date"].max() < INDEX
    assert set(onset["condition"]) <= set(load_condition_facts().keys)
    assert 0.85 < onset["is_coded"].mean() < 0.99
    assert 0.8 < onset["is_gp_coded"].mean() < 0.97
    patterns = read(icb / "truth", "pattern")
    assert patterns["person_id"].n_unique() == SETTINGS.persons
    has = onset.join(patterns, on="person_id")
    heart = has.filter(pl.col("condition") == "coronary_artery_disease")["pattern"].value_counts(normalize=True)
    share = dict(heart.iter_rows())["cardiometabolic"]
    assert share > 0.4  # the pattern holds 16 % of people


def test_without_defects_no_feed_stops(icb: Path) -> None:
    assert read(icb / "truth", "defects").is_empty()
    events = read(icb, "gp_event")
    assert events.group_by("practice_code").agg(pl.col("recorded_date").max())["recorded_date"].min() > date(2026, 9, 1)


def test_with_defects_one_practice_stops_three_months_before_the_index_date(tmp_path: Path) -> None:
    write_synthetic_icb(SyntheticSettings(persons=1_500, months=14, seed=11, defect_rate=0.0001), tmp_path)
    row = read(tmp_path / "truth", "defects").filter(pl.col("kind") == "feed_stopped").row(0, named=True)
    practice, last = row["detail"].split(" until ")
    assert last == "2026-06-30"
    events = read(tmp_path, "gp_event").filter(pl.col("recorded_date") < INDEX)  # one defect is a date of later
    latest = dict(events.group_by("practice_code").agg(pl.col("recorded_date").max()).iter_rows())
    assert latest.pop(practice) <= date(2026, 6, 30)
    assert min(latest.values()) > date(2026, 9, 1)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"persons": 10}, "persons"),
        ({"months": 3}, "months"),
        ({"defect_rate": 0.5}, "defect_rate"),
        ({"seed": -1}, "seed"),
    ],
)
def test_settings_out_of_range_are_named(wrong: dict[str, int], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        SyntheticSettings(**wrong)  # type: ignore[arg-type]


def test_filler_codes_are_on_no_list_of_the_default_definition() -> None:
    """Symptoms, measurements, deficits and causes that are no condition must not make anyone have a condition."""
    codelists, facts = load_codelists(), load_condition_facts()
    counted = {item.key for item in codelists.parsed if item.verified and DEFINITION in item.definitions}
    codes = read_codes(codelists, counted | set(facts.keys))
    snomed = {code for listed, _ in codes.values() for code in listed}
    for name, column in (("gp_codes", "code"), ("measurements", "code"), ("acute_causes", "snomed")):
        assert not snomed & set(load_data(name)[column]), name
    prefixes = tuple(prefix for _, listed in codes.values() for prefix in listed)
    assert not [code for code in load_data("acute_causes")["icd10"] if code.startswith(prefixes)]
    for condition, code in load_data("elective_causes").select("condition", "icd10").iter_rows():
        others = tuple(prefix for key, (_, listed) in codes.items() if key != condition for prefix in listed)
        assert not code.startswith(others), code


def test_a_code_stands_for_one_condition_only() -> None:
    facts = load_condition_facts()
    every = read_codes(facts.codelists, load_data("conditions")["condition"].to_list())
    for key, snomed, icd10 in zip(facts.keys, facts.snomed, facts.icd10, strict=True):
        others = [lists for other, lists in every.items() if other != key]
        assert not set(snomed) & {code for listed, _ in others for code in listed}, key
        assert not [code for code in icd10 if code.startswith(tuple(p for _, listed in others for p in listed))], key


def test_what_is_resolved_is_coded_no_more_unless_it_came_back(icb: Path) -> None:
    codelists = load_codelists()
    code = read_codes(codelists, ["hypertension"], "resolved")["hypertension"][0][0]
    over = read(icb, "gp_event").filter(pl.col("code") == code).select("person_id", pl.col("event_date").alias("over"))
    onset = read(icb / "truth", "onset").filter(pl.col("condition") == "hypertension").join(over, on="person_id")
    assert len(onset) == len(over) > 5
    assert onset.filter(pl.col("over") <= pl.col("onset_date")).is_empty()
    assert onset.filter(pl.col("last_coded_date") < pl.col("over")).height > 0.4 * len(onset)


def test_truth_of_the_register_is_a_part_of_what_is_coded(icb: Path) -> None:
    """Whoever is in it is registered and coded; without a window the other way round too (tests/back/test_truth.py)."""
    onset, register = read(icb / "truth", "onset"), read(icb / "truth", "register")
    here = read(icb / "truth", "person").filter("is_registered")
    assert set(register["person_id"]) <= set(here["person_id"])
    joined = register.join(onset, on=["person_id", "condition"], how="left", suffix="_true")
    assert joined["is_coded"].all() and joined["onset_date"].equals(joined["first_coded_date"], check_names=False)
    depression = joined.filter(pl.col("condition") == "depression")
    assert depression["last_date"].min() > date(2025, 10, 1)  # a code in the last 12 months
    assert not joined.unique(["person_id", "condition"]).height < joined.height
