"""What a run leaves on the disk: encrypted where that is asked for, its owner's alone, and on record."""

import os
import stat
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from mltc.audit import check_audit, read_audit
from mltc.encryption import is_encrypted
from mltc.private_files import PRIVATE
from mltc.warehouse import open_warehouse

KEY, NEXT_KEY = "0123456789abcdef" * 2, "fedcba9876543210" * 2
ENGINE = """encryption_key_env = "MLTC_WAREHOUSE_KEY"
encryption_library = "built_in"
"""


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory, extracts) -> Path:
    """Output folder of a whole run of the same extracts with an encrypted warehouse."""
    from prefect.testing.utilities import prefect_test_harness

    from flows.refresh import refresh
    from flows.request import RunRequest

    written = (extracts / "mltc.toml").read_text(encoding="utf-8")
    config = extracts / "encrypted.toml"
    has_section = "[engine]\n" in written
    config.write_text(
        written.replace("[engine]\n", f"[engine]\n{ENGINE}") if has_section else f"{written}\n[engine]\n{ENGINE}",
        encoding="utf-8",
    )
    out = tmp_path_factory.mktemp("encrypted")
    with pytest.MonkeyPatch.context() as patch, prefect_test_harness(server_startup_timeout=120):
        patch.setenv("MLTC_WAREHOUSE_KEY", KEY)
        refresh(RunRequest(config_path=config, out=out))
    return out


@pytest.mark.slow
def test_an_encrypted_run_gives_the_same_release(encrypted, finished):
    assert is_encrypted(encrypted / "warehouse.duckdb")
    plain, _ = finished
    assert not is_encrypted(plain / "warehouse.duckdb")
    releases = [_contents(out / "release" / "2026-10") for out in (encrypted, plain)]
    assert sorted(releases[0]) == sorted(releases[1])
    assert [name for name in releases[0] if releases[0][name] != releases[1][name]] == []


@pytest.mark.slow
def test_no_file_of_an_encrypted_run_holds_a_persons_id(encrypted, extracts, finished):
    persons = pl.read_parquet(next(extracts.rglob("person.parquet")))["person_id"].to_list()[:20]
    found = {
        path.name
        for path in encrypted.rglob("*")
        if path.is_file()
        for content in [path.read_bytes()]
        if any(str(person).encode() in content for person in persons)
    }
    assert found == set()
    plain = (finished[0] / "warehouse.duckdb").read_bytes()
    assert any(str(person).encode() in plain for person in persons)  # so that the search would have found them


@pytest.mark.slow
def test_commands_work_on_it_with_the_key_and_say_what_to_do_without(encrypted, monkeypatch):
    monkeypatch.setattr("mltc.encryption._written", {})  # as in another process
    query = ["sql", "--out", str(encrypted), "--query", "select count(*) as persons from register.person"]
    refused = CliRunner().invoke(app, query)
    assert refused.exit_code == 2
    assert "MLTC_WAREHOUSE_KEY" in refused.output
    monkeypatch.setenv("MLTC_WAREHOUSE_KEY", KEY)
    assert "persons" in CliRunner().invoke(app, query).stdout
    for command in (["lists", "--top", "5"], ["define", "asthma"], ["register", "--as-of", "2026-07-01"]):
        done = CliRunner().invoke(app, [*command, "--out", str(encrypted)])
        assert done.exit_code == 0, done.output


@pytest.mark.slow
def test_after_a_change_of_keys_the_one_before_reads(encrypted, monkeypatch):
    monkeypatch.setattr("mltc.encryption._written", {})
    monkeypatch.setenv("MLTC_WAREHOUSE_KEY", NEXT_KEY)
    monkeypatch.setenv("MLTC_WAREHOUSE_KEY_PREVIOUS", KEY)
    with open_warehouse(encrypted / "warehouse.duckdb", read_only=True) as warehouse:
        assert warehouse.read("select count(*) from register.person").item() > 0


@pytest.mark.skipif(os.name == "nt", reason="Windows does not know these permissions")
def test_what_a_run_leaves_is_its_owners_alone_but_for_the_release(finished):
    out, _ = finished
    assert _mode(out / "warehouse.duckdb") == 0o600
    private = [path for name in PRIVATE if (out / name).exists() for path in (out / name, *(out / name).rglob("*"))]
    assert len(private) > 5
    assert {path: oct(_mode(path)) for path in private if _mode(path) & 0o077} == {}
    release = [out / "release", *(out / "release").rglob("*")]
    unreadable = [path for path in release if _mode(path) & 0o044 != 0o044]
    assert unreadable == []


def test_a_run_is_on_record_from_beginning_to_end(finished):
    out, _ = finished
    events = read_audit(out)
    begun, released, ended = (
        next(event for event in events if event["what"] == what)
        for what in ("run_begun", "release_written", "run_ended")
    )
    assert begun["number"] < released["number"] < ended["number"]
    assert begun["parameters"]["run_id"] == ended["parameters"]["run_id"]
    counts = ended["counts"]
    assert counts["persons_before_opt_out"]["gp"] > counts["persons_after_opt_out"]["gp"] > 0
    assert counts["rows_in"] > counts["rows_staged"] > 0
    assert counts["suppressed_cells"] == released["counts"]["suppressed_cells"] > 0
    assert counts["manifest_sha256"] == released["counts"]["manifest_sha256"]
    assert released["outputs"] == ["release/2026-10"]
    assert {"by", "at", "icb", "purpose", "code_version", "inputs_sha256", "opt_outs_as_of", "definition"} <= set(ended)
    assert check_audit(out).fault is None


def test_no_line_of_the_log_names_a_person(finished, extracts):
    out, _ = finished
    written = (out / "audit.jsonl").read_text(encoding="utf-8")
    persons = pl.read_parquet(next(extracts.rglob("person.parquet")))["person_id"].to_list()
    assert [person for person in persons if str(person) in written] == []


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
