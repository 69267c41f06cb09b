"""The whole run under Prefect: what it leaves, and that no person can be found in it."""

import csv
import json

import polars as pl
import pytest

from mltc.data_dictionary import load_dictionary
from mltc.disclosure import attack_release, scan_for_identifiers
from mltc.warehouse import load_models, open_warehouse


def test_leaves_warehouse_run_record_and_release(finished):
    out, _ = finished
    release = out / "release" / "2026-10"
    assert {path.name for path in out.iterdir()} >= {"warehouse.duckdb", "run.json", "release"}
    assert not (out / ".build").exists()
    for name in ("index.html", "manifest.json", "workbook.xlsx", "tables/prevalence.csv", "tables/need.csv"):
        assert (release / name).stat().st_size > 0, name


def test_run_record_tells_inputs_rows_gate_and_timings(finished, extracts):
    out, _ = finished
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "passed with failed rows"
    assert record["is_synthetic"] is True
    assert {entry["file"] for entry in record["inputs"]} == {path.name for path in extracts.glob("*.parquet")}
    for account in record["row_account"]:
        parts = ("rows_staged", "rows_dropped", "rows_quarantined", "rows_duplicate", "rows_opted_out")
        assert account["rows_in"] == sum(account[part] for part in parts), account["file"]
    assert {stage["stage"] for stage in record["stages"]} >= {"gate", "staging", "clusters", "risk", "release"}
    assert all(len(entry["sha256"]) == 64 for entry in record["inputs"])


def test_built_columns_are_the_documented_ones(finished):
    out, _ = finished
    documented = load_dictionary()
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        built = {name: list(warehouse.columns(name)) for name in load_models()}
    assert built == {name: list(documented[name].columns) for name in load_models()}


def test_documented_keys_are_unique(finished):
    out, _ = finished
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        keyed = {name: entry.key for name, entry in load_dictionary().items() if entry.key}
        for name, columns in keyed.items():  # without a key stands what has a row for each record
            key = ", ".join(columns)
            query = f"select count(*) - (select count(*) from (select distinct {key} from {name})) from {name}"
            assert warehouse.read(query).item() == 0, f"{name} is not unique by {key}"


def test_register_agrees_with_the_truth(finished, extracts):
    """But for the planted defects: tests/back/test_truth.py holds it to the truth exactly without them."""
    out, _ = finished
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        found = warehouse.read(
            "select status.person_id, status.condition from register.person_condition as status "
            "inner join codelist.membership as membership on membership.condition = status.condition "
            "where membership.definition = 'delphi-2022'"
        )
        people = warehouse.read("select person_id from register.person")
    truth = pl.read_parquet(extracts / "truth" / "register.parquet").join(people, on="person_id", how="semi")
    keys = ["person_id", "condition"]
    assert found.join(truth, on=keys, how="anti").height <= 0.02 * found.height
    assert truth.join(found, on=keys, how="anti").height <= 0.05 * truth.height


def test_release_withstands_the_attack(finished):
    out, _ = finished
    assert attack_release(out / "release" / "2026-10") == []


def test_too_few_people_for_a_model_is_said_and_not_invented(finished):
    """1,500 persons cannot carry a risk model; whether clusters can is for the floors of the configuration."""
    out, _ = finished
    with (out / "release" / "2026-10" / "tables" / "run_note.csv").open(encoding="utf-8", newline="") as lines:
        notes = [row["note"] for row in csv.DictReader(lines) if row["area"] == "risk"]
    assert any("A risk model could not be fitted" in note for note in notes)
    page = (out / "release" / "2026-10" / "risk.html").read_text(encoding="utf-8")
    assert "could not be fitted" in page


@pytest.fixture(scope="session")
def identifiers(extracts) -> set[str]:
    """Every key that a person could be found by."""
    found: set[str] = set()
    for path in extracts.glob("*.parquet"):
        frame = pl.read_parquet(path)
        for column in ("person_id", "spell_id"):
            if column in frame.columns:
                found |= set(frame[column].drop_nulls().to_list())
    return found


def test_no_person_reaches_the_release_or_the_run_record(finished, identifiers):
    out, _ = finished
    assert len(identifiers) > 1_000
    assert min(len(identifier) for identifier in identifiers) >= 6, "too short to mean something when found"
    assert scan_for_identifiers(out / "release", identifiers) == []
    record = (out / "run.json").read_text(encoding="utf-8")
    assert [identifier for identifier in identifiers if identifier in record] == []


def test_no_person_reaches_prefect(finished, identifiers):
    _, stored = finished
    assert "gate_extracts" in stored
    assert "mltc-gate" in stored
    assert [identifier for identifier in identifiers if identifier in stored] == []


def test_no_pseudonym_reaches_the_release(finished):
    out, _ = finished
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        pseudonyms = warehouse.read("select mltc_id from register.person_pseudonym")["mltc_id"].to_list()
    assert scan_for_identifiers(out / "release", pseudonyms) == []


def test_the_secret_is_stored_nowhere(finished):
    from mltc.config.secret import DEMO_SECRET

    out, stored = finished
    assert DEMO_SECRET not in stored
    holders = [path for path in out.rglob("*") if path.is_file() and DEMO_SECRET.encode() in path.read_bytes()]
    assert holders == []
