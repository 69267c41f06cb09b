"""The command as a user meets it: help, exit codes, one paragraph for an error, the last good state untouched."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]
COMMANDS = ("demo", "synthesise", "run", "check", "report", "schedule", "sql", "map")


def run_mltc(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`mltc` in a process of its own."""
    code = "from flows.cli import main; main()"
    # The settings of this session's test server must not reach the command.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**clean, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def fingerprint(folder: Path) -> dict[str, str]:
    """Contents of the last good state; the history of runs goes on, whatever becomes of a run."""
    history = folder / "release" / "runs"
    files = [folder / "warehouse.duckdb", folder / "run.json", *(folder / "release").rglob("*")]
    state = [path for path in files if path.is_file() and not path.is_relative_to(history)]
    return {path.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in state}


@pytest.fixture
def broken(extracts, tmp_path) -> Path:
    """A folder with the extracts as CSV of the first rows, to be broken by a test."""
    import polars as pl

    for path in extracts.glob("*.parquet"):
        frame = pl.read_parquet(path).head(2_000)
        lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
        frame.with_columns(pl.col(lists).list.join("|")).write_csv(tmp_path / f"{path.stem}.csv")
    text = (extracts / "mltc.toml").read_text(encoding="utf-8").replace(".parquet", ".csv")
    (tmp_path / "mltc.toml").write_text(text + "\n[gate]\nmaximum_quarantined_share = 1.0\n", encoding="utf-8")
    return tmp_path


def check_told(result: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr + result.stdout
    told = [line for line in result.stderr.splitlines() if line.strip()]
    assert len(told) == 1, result.stderr
    for word in words:
        assert word in told[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_an_example(command):
    result = run_mltc(command, "--help")
    assert result.returncode == 0
    assert f"Example: mltc {command}" in result.stdout


def test_help_lists_commands_and_exit_codes():
    shown = " ".join(run_mltc("--help").stdout.split())
    for command in COMMANDS:
        assert command in shown
    for code in ("0 ok", "2 configuration", "3 gate", "4 disclosure", "5 locked"):
        assert code in shown


def test_unknown_key_is_exit_2(extracts, tmp_path):
    text = (extracts / "mltc.toml").read_text(encoding="utf-8").replace("seed =", "sead =")
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    result = run_mltc("run", "--config", str(tmp_path / "c.toml"), "--out", str(tmp_path / "out"))
    check_told(result, 2, "unknown key run.sead (did you mean seed?)")
    assert not (tmp_path / "out").exists()


def test_missing_secret_is_exit_2(extracts, tmp_path):
    text = (extracts / "mltc.toml").read_text(encoding="utf-8").replace("synthetic = true", "synthetic = false")
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    check_told(run_mltc("run", "--config", str(tmp_path / "c.toml")), 2, "MLTC_SECRET is not set")


def test_names_in_brackets_survive_the_terminal(extracts, tmp_path):
    """[source.x] in a message must not be taken for a style of the terminal."""
    text = (extracts / "mltc.toml").read_text(encoding="utf-8").replace("[source.death]", "[source.deaths]")
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    check_told(run_mltc("check", "--config", str(tmp_path / "c.toml")), 2, "[source.deaths] is not a canonical table")


def test_second_run_at_once_is_exit_5(extracts, tmp_path):
    with FileLock(tmp_path / ".lock"):
        result = run_mltc("run", "--config", str(extracts / "mltc.toml"), "--out", str(tmp_path))
    check_told(result, 5, "Another run is at work")


def test_missing_column_is_exit_3(broken):
    path = broken / "gp_event.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("event_date", "eventdate", 1), encoding="utf-8")
    result = run_mltc("check", "--config", str(broken / "mltc.toml"))
    check_told(result, 3, "gp_event.csv lacks the column event_date", "Did it become eventdate?")


def test_empty_file_is_exit_3(broken):
    (broken / "person.csv").write_text("", encoding="utf-8")
    check_told(run_mltc("check", "--config", str(broken / "mltc.toml")), 3, "person.csv is empty")


def test_wrong_date_format_is_exit_3_and_the_last_good_state_stands(broken, finished, tmp_path_factory):
    """Through the whole flow, on a folder that holds a good run."""
    import shutil

    import polars as pl

    out = tmp_path_factory.mktemp("good")
    shutil.copytree(finished[0], out, dirs_exist_ok=True)
    before = fingerprint(out)
    frame = pl.read_csv(broken / "emergency.csv", infer_schema=False)
    day = pl.col("arrival_at").str.slice(0, 10).str.split("-").list.reverse().list.join("/")
    frame.with_columns(arrival_at=day).write_csv(broken / "emergency.csv")
    result = run_mltc("run", "--config", str(broken / "mltc.toml"), "--out", str(out))
    check_told(result, 3, "emergency: More than 5% of arrival_at cannot be read", "Set date_formats")
    assert fingerprint(out) == before
    record = json.loads((out / "stopped" / "run.json").read_text(encoding="utf-8"))
    assert (record["status"], record["exit_code"]) == ("stopped", 3)
    assert "arrival_at_mostly_readable" in {rule["rule"] for rule in record["failed_rules"]}
    assert (out / "stopped" / "data_docs" / "index.html").exists()
    assert str(out / "stopped" / "run.json") in result.stdout


def test_check_prints_what_failed_and_changes_nothing(extracts):
    before = sorted(path.name for path in extracts.iterdir())
    result = run_mltc("check", "--config", str(extracts / "mltc.toml"))
    assert result.returncode == 0, result.stderr
    assert "person_known" in result.stdout
    assert "gp_event" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("No stop rule failed")
    assert sorted(path.name for path in extracts.iterdir()) == before


def test_check_takes_one_file_or_a_configuration(tmp_path):
    check_told(run_mltc("check"), 2, "Give either FILE, to check it alone, or --config")
    check_told(run_mltc("check", str(tmp_path / "absent.csv"), "--table", "person"), 2, "There is no file")


def test_check_of_one_file_tells_machines_where_rows_fail(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("person_id,death_date\n1,2026-01-01\n,2026-01-01\n", encoding="utf-8")
    result = run_mltc("check", str(path), "--table", "death", "--index-date", "2026-10-01", "--json")
    told = json.loads(result.stdout)
    assert told["row_account"][0] | {"rows_in": 2, "quarantined": 1, "used": 1} == told["row_account"][0]
    failed = {rule["rule"]: rule["first_rows"] for rule in told["rules"] if rule["status"] == "failed"}
    assert failed["person_id_present"] == "d.csv: 2"


def test_report_writes_the_same_release_again(finished, extracts):
    out, _ = finished
    before = fingerprint(out)
    result = run_mltc("report", "--config", str(extracts / "mltc.toml"), "--out", str(out))
    assert result.returncode == 0, result.stderr
    assert fingerprint(out) == before


def test_sql_answers_and_cannot_write(finished):
    out, _ = finished
    answer = run_mltc("sql", "--out", str(out), "--query", "select count(*) as persons from register.person")
    assert "persons" in answer.stdout
    refused = run_mltc("sql", "--out", str(out), "--query", "create table register.x as select 1")
    check_told(refused, 2, "open for reading only")
    copied = out / "copied.csv"
    leak = run_mltc("sql", "--out", str(out), "--query", f"copy register.person to '{copied.as_posix()}'")
    check_told(leak, 2, "open for reading only")
    assert not copied.exists()
    assert "register.mltc" in run_mltc("sql", "--out", str(out), "--query", "\\d").stdout


def test_sql_without_a_warehouse_is_exit_2(tmp_path):
    check_told(run_mltc("sql", "--out", str(tmp_path)), 2, "There is no warehouse")


def test_wrong_cron_is_exit_2(extracts):
    result = run_mltc("schedule", "--config", str(extracts / "mltc.toml"), "--cron", "every morning")
    check_told(result, 2, "is not a cron schedule")
