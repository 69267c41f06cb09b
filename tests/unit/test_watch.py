"""A run that never began or was killed: somebody is told, and the command fails."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner
from web_listener import listening

from flows.cli import app
from flows.steps.watch import find_killed, watch_runs
from mltc.errors import ConfigError
from mltc.run_history import end_entry, start_entry

ZONE = "Europe/London"
YEARLY, EVERY_MINUTE = "0 7 1 1 *", "* * * * *"
HOLD = "import sys; from pathlib import Path; from mltc.workspace import hold_lock\nwith hold_lock(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"


def begin(out: Path, ending: str | None = None, ago: timedelta = timedelta(0), **known) -> None:
    """A run on record that began so long ago; without an ending it has left its first line alone."""
    entry = start_entry(out, "2026-10", "1.0", "abc")
    if ending:
        end_entry(out, entry, ending=ending, **known)
    lines = (out / "runs.jsonl").read_text(encoding="utf-8")
    started = (datetime.fromisoformat(entry.started_at) - ago).isoformat(timespec="seconds")
    (out / "runs.jsonl").write_text(lines.replace(f'"started_at": "{entry.started_at}"', f'"started_at": "{started}"'))


def watch(out: Path, *given: str):
    return CliRunner().invoke(app, ["watch", "--config", "config/demo.toml", "--out", str(out), *given])


def test_a_run_that_ended_well_is_no_news(tmp_path):
    begin(tmp_path, "ok")
    assert watch_runs(tmp_path, YEARLY, ZONE).ending == "ok"


def test_no_run_at_all_is_missed(tmp_path):
    assert watch_runs(tmp_path, None, ZONE).ending == "missed"
    assert watch_runs(tmp_path, YEARLY, ZONE).ending == "missed"


def test_a_good_run_before_the_due_time_does_not_count(tmp_path):
    begin(tmp_path, "ok", ago=timedelta(minutes=3))
    assert watch_runs(tmp_path, EVERY_MINUTE, ZONE).ending == "missed"
    assert watch_runs(tmp_path, None, ZONE).ending == "ok"


def test_the_due_time_goes_by_the_clock_of_the_zone(tmp_path):
    """Due in a zone at the minute when the run of two minutes ago had begun: due once more in no other hour."""
    begin(tmp_path, "ok", ago=timedelta(minutes=3))
    due = datetime.now(tz=UTC) - timedelta(minutes=1)
    assert watch_runs(tmp_path, f"{due.minute} {due.hour} * * *", "UTC").ending == "missed"
    assert watch_runs(tmp_path, f"{due.minute} {due.hour} * * *", "Asia/Tokyo").ending == "ok"  # nine hours ago


def test_a_killed_run_is_told_from_one_at_work(tmp_path):
    begin(tmp_path)
    assert watch_runs(tmp_path, YEARLY, ZONE).ending == "killed"
    assert find_killed(tmp_path).run == "2026-10"
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline().strip() == "held"
        assert watch_runs(tmp_path, YEARLY, ZONE).ending == "running"
        assert find_killed(tmp_path) is None
        holder.communicate("")
    assert watch_runs(tmp_path, YEARLY, ZONE).ending == "killed"


def test_a_warehouse_put_back_is_no_run(tmp_path):
    begin(tmp_path)
    begin(tmp_path, "restored")
    assert watch_runs(tmp_path, None, ZONE).ending == "killed"


@pytest.mark.parametrize(
    ("ending", "given", "told"),
    [
        (None, (), "killed"),
        ("stopped", (), "stopped"),
        ("ok", ("--cron", EVERY_MINUTE), "missed"),
    ],
)
def test_the_address_is_told_and_the_command_fails(tmp_path, monkeypatch, ending, given, told):
    begin(
        tmp_path,
        ending,
        ago=timedelta(minutes=3),
        **({"error": "GateFailure", "exit_code": 3} if ending == "stopped" else {}),
    )
    with listening() as listener:
        monkeypatch.setenv("MLTC_WEBHOOK_URL", listener.url)
        result = watch(tmp_path, *given)
    assert result.exit_code == 7
    assert [message["ending"] for message in listener.messages] == [told]
    assert "2026-10" in listener.messages[0]["text"]


def test_nothing_is_sent_when_all_is_well(tmp_path, monkeypatch):
    begin(tmp_path, "ok")
    with listening() as listener:
        monkeypatch.setenv("MLTC_WEBHOOK_URL", listener.url)
        assert watch(tmp_path, "--cron", YEARLY).exit_code == 0
    assert listener.messages == []


def test_without_an_address_the_command_still_fails(tmp_path, monkeypatch):
    monkeypatch.delenv("MLTC_WEBHOOK_URL", raising=False)
    begin(tmp_path)
    result = watch(tmp_path)
    assert result.exit_code == 7
    assert "MLTC_WEBHOOK_URL is not set" in result.output


def test_a_schedule_that_is_none_is_refused(tmp_path):
    begin(tmp_path, "ok")
    with pytest.raises(ConfigError, match="not a cron schedule"):
        watch_runs(tmp_path, "monthly", ZONE)
