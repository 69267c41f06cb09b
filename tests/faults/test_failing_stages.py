"""Whatever stage a run fails in, and whatever the failing library says of it: no person gets out.

In the middle of a real run a column of a table is replaced by texts made of person ids. The stage that reads it next
fails by itself, in the engine, in polars or in scikit-learn, whose messages quote what they could not convert. What
Prefect keeps and logs, run.json, Data Docs, the history, and the terminal are then searched for those texts and ids.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from benchmarks.faults import MONTH, ROOT, Icb
from mltc.damaged import HASH
from mltc.run_history import read_history

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
MARK = "CANARY9999"
# The stage that must fail; what is being done when the column is spoiled; table and column.
SPOILED = (
    ("gate", "checking expectations", "raw.gp_event", "event_date"),
    ("staging", "staging.hospital_episode", "raw.hospital_episode", "admission_date"),
    ("register, features, needs", "features.person_feature", "register.person", "age_years"),
    ("clusters", "fitting condition clusters", "register.mltc", "is_mltc"),
    ("risk", "reading features", "features.person_feature", "age_years"),
    ("planning", "planning.", "register.mltc", "is_mltc"),
    ("cohorts", "standardised rates", "cohort.stratum", "persons"),
    ("marts", "marts.", "register.mltc", "is_mltc"),
    ("release", "protecting small numbers", "marts.prevalence", "persons"),
)
# The run, as the command starts it, with somebody who watches its progress and spoils a table at the right moment.
SCRIPT = """
import sys
from pathlib import Path
from mltc.progress import watched_by
from mltc.warehouse import open_warehouse

step, table, column, folder, *arguments = sys.argv[1:]
done = []

def spoil(told):
    if told.startswith(step) and not done:
        done.append(told)
        with open_warehouse(Path(folder) / ".build" / "warehouse.duckdb") as warehouse:
            given = "person_id" if "person_id" in warehouse.columns(table) else "(select max(person_id) from raw.person)"
            warehouse.execute(
                f"create or replace table {table} as select * replace ('CANARY' || '9999 ' || {given} as {column}) "
                f"from {table}"
            )

sys.argv = ["mltc", *arguments]
with watched_by(spoil):
    from flows.cli import main
    main()
"""


@pytest.fixture(scope="module")
def identifiers(icb) -> set[bytes]:
    """Every key that a person could be found by."""
    found: set[str] = set()
    for path in icb.folder.glob("*.parquet"):
        frame = pl.read_parquet(path)
        for column in {"person_id", "spell_id"} & set(frame.columns):
            found |= set(frame[column].drop_nulls().to_list())
    assert len(found) > 1_000
    return {identifier.encode() for identifier in found}


def run_spoiled(icb: Icb, out: Path, home: Path, *spoiled: str) -> "subprocess.CompletedProcess[bytes]":
    import os

    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    arguments = ("run", "--config", str(icb.config(MONTH)), "--out", str(out))
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, *spoiled, str(out), *arguments],
        cwd=ROOT,
        env={**kept, "PREFECT_HOME": str(home), "PREFECT_LOGGING_LEVEL": "DEBUG", "COLUMNS": "200"},
        capture_output=True,
        timeout=800,
        check=False,
    )


@pytest.mark.parametrize(("stage", "step", "table", "column"), SPOILED, ids=[spoiled[0] for spoiled in SPOILED])
def test_no_person_gets_out_of_a_stage_that_fails(icb, tmp_path, identifiers, stage, step, table, column):
    out, home = tmp_path / "out", tmp_path / "prefect"
    done = run_spoiled(icb, out, home, step, table, column)
    assert done.returncode != 0, "nothing failed"
    [entry] = read_history(out)
    assert entry.ending == "stopped"
    assert entry.stages[-1]["stage"] == stage, entry.reason
    assert not (out / "warehouse.duckdb").exists(), "nothing was published"
    assert not (out / ".build").exists(), "rows of persons must not lie about"
    record = json.loads((out / "stopped" / "run.json").read_text(encoding="utf-8"))
    assert record["status"] == "stopped"
    assert HASH not in record
    files = [path for folder in (out, home) for path in folder.rglob("*") if path.is_file()]
    assert any(path.name.startswith("prefect.db") for path in files)
    for name, content in [("terminal", done.stdout + done.stderr), *((path, path.read_bytes()) for path in files)]:
        assert MARK.encode() not in content, name
        assert not identifiers & set(re.findall(rb"[A-Za-z0-9-]{6,}", content)), name
