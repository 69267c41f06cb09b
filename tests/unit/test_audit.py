"""What an event of the audit log says, and what it never says."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.steps.audit_show import events_csv
from mltc.audit import AuditEvent, audit_head, check_audit, read_audit, record_event
from mltc.audit_facts import describe_counts
from mltc.config.operation import RetentionSettings
from mltc.retention import remove_old

RUN = {
    "icb": "QXX",
    "run": "2026-10",
    "code_version": "0.1.0+abc",
    "definition": "delphi-2022",
    "inputs": [{"sha256": "b"}, {"sha256": "a"}],
    "models": ["died/2026-10-elastic_net"],
    "opt_outs_as_of": "2026-11-22",
    "agreements": [{"permitted_use": ["commissioning", "direct_care"]}, {"permitted_use": ["commissioning"]}],
    "row_account": [
        {"rows_in": 10, "rows_opted_out": 2, "rows_quarantined": 1, "rows_staged": 7},
        {"rows_in": 5, "rows_opted_out": 0, "rows_quarantined": 0, "rows_staged": 5},
    ],
    "opt_out_ledger": [
        {"feed": "gp", "state": "allowed", "persons": 80},
        {"feed": "gp", "state": "opted_out", "persons": 15},
        {"feed": "gp", "state": "unknown", "persons": 5},
    ],
}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with a run on record."""
    (tmp_path / "run.json").write_text(json.dumps(RUN), encoding="utf-8")
    return tmp_path


def test_an_event_says_who_when_what_why_and_on_which_run(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "analyst")
    counted = {"P1": 12, "P2": 3}
    record_event(
        out, AuditEvent("lists_written", {"top": 50, "band": None}, {"lists": 2}, ["lists/2026-10/P1.csv"], counted)
    )
    (event,) = read_audit(out)
    assert event["by"] == "analyst"
    assert event["at"].endswith("+00:00")
    assert (event["what"], event["purpose"]) == ("lists_written", "direct_care")
    assert event["parameters"] == {"top": 50}  # what was not given is not said
    assert event["re_identified"] == counted
    known = {name: event[name] for name in ("icb", "run", "code_version", "definition", "models", "opt_outs_as_of")}
    assert known == {name: RUN[name] for name in known}
    assert event["inputs"] == 2
    assert event["permitted_use"] == ["commissioning"]  # what every agreement permits


def test_persons_and_rows_before_and_after_opt_outs() -> None:
    assert describe_counts(RUN) == {
        "rows_in": 10 + 5,
        "rows_opted_out": 2 + 0,
        "rows_quarantined": 1 + 0,
        "rows_staged": 7 + 5,
        "persons_before_opt_out": {"gp": 80 + 15 + 5},
        "persons_after_opt_out": {"gp": 80},
    }


@pytest.mark.parametrize("typed", ["9434765919", "943 476 5919", "943-476-5919", "north 9434765919"])
def test_a_number_that_may_be_a_persons_is_withheld(out: Path, typed: str) -> None:
    record_event(out, AuditEvent("capacity_planned", {"pcn": typed}))
    assert "5919" not in (out / "audit.jsonl").read_text(encoding="utf-8")
    assert "(withheld)" in read_audit(out)[0]["parameters"]["pcn"]


def test_what_a_run_has_kept_shows_that_the_end_was_cut_off(out: Path) -> None:
    record_event(out, AuditEvent("restored"))
    record_event(out, AuditEvent("restored"))
    (out / "run.json").write_text(json.dumps({**RUN, "audit": audit_head(out)}), encoding="utf-8")
    assert check_audit(out).fault is None
    first = (out / "audit.jsonl").read_bytes().splitlines(keepends=True)[0]
    (out / "audit.jsonl").write_bytes(first)
    assert "line 2 is missing" in str(check_audit(out).fault)
    (out / "audit.jsonl").unlink()
    gone = CliRunner().invoke(app, ["audit", "check", "--out", str(out)])
    assert gone.exit_code == 2
    assert "was changed after it was written: line 1 is missing" in " ".join(gone.output.split())


def test_what_retention_removes_is_on_record(out: Path) -> None:
    for month in ("2026-07", "2026-10"):
        (out / "lists" / month).mkdir(parents=True)
    assert remove_old(out, "2026-10", RetentionSettings(lists_months=2)) == ["lists/2026-07"]
    (event,) = read_audit(out)
    assert (event["what"], event["outputs"]) == ("removed", ["lists/2026-07"])
    assert event["parameters"]["lists_months"] == 2
    assert remove_old(out, "2026-10", RetentionSettings(lists_months=2)) == []
    assert len(read_audit(out)) == 1  # nothing was removed, and nothing is said


def test_the_command_shows_filters_exports_and_checks(out: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert run(app, ["audit", "--out", str(out)]).exit_code == 2  # no log yet
    record_event(out, AuditEvent("capacity_planned", {"places": 300}))
    record_event(out, AuditEvent("restored", {"restored": "2026-09"}))
    shown = run(app, ["audit", "--out", str(out)], env={"COLUMNS": "200"})
    assert "capacity planned" in shown.stdout
    assert "places 300" in shown.stdout
    assert "Nothing has happened" in run(app, ["audit", "--out", str(out), "--since", "2999-01-01"]).stdout
    file = tmp_path / "audit.csv"
    assert run(app, ["audit", "--out", str(out), "--csv", str(file)]).exit_code == 0
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert [row["what"] for row in rows] == ["capacity_planned", "restored"]
    assert "2 lines, each as it was written" in " ".join(run(app, ["audit", "check", "--out", str(out)]).stdout.split())
    log = out / "audit.jsonl"
    log.write_text(log.read_text(encoding="utf-8").replace("300", "900"), encoding="utf-8")
    spoilt = run(app, ["audit", "check", "--out", str(out)])
    assert spoilt.exit_code == 2
    assert "line 2 does not follow" in " ".join(spoilt.output.split())


def test_no_cell_of_the_export_is_run_by_a_spreadsheet() -> None:
    event = {"number": 1, "at": "", "by": "=cmd()", "what": "restored", "purpose": ""}
    (row,) = csv.DictReader(io.StringIO(events_csv([event]).decode("utf-8-sig")))
    assert row["by"] == "'=cmd()"
