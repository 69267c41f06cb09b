"""Whole runs through the command, as CI does them once: the same bytes twice, and real layouts in."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mltc.disclosure import attack_release

ROOT = Path(__file__).parents[2]
TPP = ROOT.parent / "shared" / "data" / "opensafely_tpp"

pytestmark = pytest.mark.slow


def run_mltc(*arguments: str, home: Path) -> str:
    """Standard output of a command that must succeed."""
    result = subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", *arguments],
        cwd=ROOT,
        env={**os.environ, "PREFECT_HOME": str(home), "COLUMNS": "300"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def hash_release(out: Path) -> dict[str, str]:
    """Checksums of every released file; the history of runs holds times and durations, which differ."""
    release = out / "release"
    files = sorted(path for path in release.glob("2*/**/*") if path.is_file())
    return {path.relative_to(release).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.timeout(1_800)
def test_two_demos_release_the_same_bytes(tmp_path):
    told = [run_mltc("demo", "--persons", "5000", "--out", str(tmp_path / name), home=tmp_path / "p") for name in "ab"]
    assert told[0].splitlines()[-1].endswith("index.html")
    first, second = hash_release(tmp_path / "a"), hash_release(tmp_path / "b")
    assert len(first) > 30
    assert first == second
    # A second run on the same folder replaces its own release with the same bytes.
    run_mltc("demo", "--persons", "5000", "--out", str(tmp_path / "a"), home=tmp_path / "p")
    assert hash_release(tmp_path / "a") == first
    assert attack_release(tmp_path / "a" / "release" / "2026-10") == []
    _check_model(tmp_path / "a")


def _check_model(out: Path) -> None:
    """5,000 persons carry a model: its measures are those of a model that learned and did not peek."""
    from mltc.warehouse import open_warehouse

    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        chosen = warehouse.read(
            "select measure, estimate, lower, upper from risk.performance "
            "where outcome = 'unplanned_admission' and is_chosen = 'yes'"
        )
        people = warehouse.read(
            "select count(*) as n, count(distinct person_id) as d from risk.person_risk "
            "where outcome = 'unplanned_admission'"
        ).row(0)
        risks = warehouse.read("select min(predicted_risk), max(predicted_risk) from risk.person_risk").row(0)
    found = dict(chosen.select("measure", "estimate").iter_rows())
    assert 0.60 < found["c_statistic"] < 0.88
    assert 0.7 < found["observed_expected"] < 1.4
    assert (chosen["lower"] <= chosen["upper"]).all()
    assert people[0] == people[1] > 3_000
    assert 0 <= risks[0] < risks[1] <= 1


@pytest.mark.skipif(not TPP.is_dir(), reason="../shared/data/opensafely_tpp is not there")
@pytest.mark.timeout(900)
def test_tpp_layout_runs_and_every_row_reconciles(tmp_path):
    run_mltc("run", "--config", "config/opensafely_tpp.toml", "--out", str(tmp_path / "out"), home=tmp_path / "p")
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    rows = {entry["file"]: entry["rows_in"] for entry in record["row_account"]}
    assert rows == {
        "tpp/patients.csv": 1_000,
        "tpp/practice_registrations.csv": 1_074,
        "tpp/addresses.csv": 9_616,
        "tpp/ethnicity_from_sus.csv": 5,
        "tpp/clinical_events.csv": 64_933,
        "tpp/apcs.csv": 42,
        "tpp/emergency_care_attendances.csv": 120,
        "tpp/ons_deaths.csv": 155,
    }
    parts = ("rows_staged", "rows_dropped", "rows_quarantined", "rows_duplicate", "rows_opted_out")
    for entry in record["row_account"]:
        assert entry["rows_in"] == sum(entry[part] for part in parts), entry["file"]
    assert any("risk model could not be fitted" in note["note"] for note in record["notes"])
