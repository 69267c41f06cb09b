"""A clock that is set back or forward, midnight, and the change to and from summer time.

A test may not set the machine's clock, so that what a clock says is put in its place where a run reads it; everything
else is real. What matters is that nothing but a time stamp depends on it.
"""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.request import RunRequest
from flows.steps.history import publish_history, recorded_run
from mltc import intake, run_history, run_record
from mltc.checksums import hash_file
from mltc.config import load_config
from mltc.errors import GateFailure
from mltc.landing.landed import find_landed, record_landed
from mltc.run_history import end_entry, read_history, start_entry
from mltc.run_record import write_run_record

CONFIG = Path(__file__).parents[2] / "config" / "demo.toml"
ACCOUNT = dict.fromkeys(
    ("rows_in", "rows_staged", "rows_dropped", "rows_quarantined", "rows_duplicate", "rows_opted_out"), 7
)


class Clock(datetime):
    """A clock that shows the next of `shown` whenever it is read, and the last of them from then on."""

    shown: ClassVar[list[datetime]] = []

    @classmethod
    def now(cls, tz=None):
        found = cls.shown.pop(0) if len(cls.shown) > 1 else cls.shown[0]
        return found.astimezone(tz) if tz else found


def set_clock(monkeypatch: pytest.MonkeyPatch, *shown: str) -> None:
    Clock.shown = [datetime.fromisoformat(text) for text in shown]
    for module in (run_history, run_record, intake):
        monkeypatch.setattr(module, "datetime", Clock)


def write_good_run(out: Path) -> None:
    record = {"status": "passed", "row_account": [ACCOUNT], "stages": [{"stage": "gate", "seconds": 1.0}]}
    write_run_record(out / "run.json", record)


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-10-25T00:30:00+00:00", "2026-10-25T01:10:00+00:00"),  # British clocks show 01:30, then 01:10
        ("2027-03-28T00:50:00+00:00", "2027-03-28T01:10:00+00:00"),  # 00:50, then 02:10
        ("2026-10-31T23:59:59+00:00", "2026-11-01T00:00:01+00:00"),  # another day, month
        ("2026-12-31T23:59:59+00:00", "2027-01-01T00:00:01+00:00"),
        ("2026-11-22T12:00:00+00:00", "2026-11-22T11:00:00+00:00"),  # set back by an hour while it ran
        ("2026-11-22T12:00:00+00:00", "1970-01-01T00:00:00+00:00"),  # a battery ran out
        ("2026-11-22T12:00:00+00:00", "2099-01-01T00:00:00+00:00"),
    ],
)
def test_a_run_is_its_own_whatever_the_clock_does(tmp_path, monkeypatch, begin, end):
    """It took as long as it took, ended as it ended, and its run.json is known by its contents."""
    set_clock(monkeypatch, begin, end)
    with recorded_run(RunRequest(config_path=CONFIG, out=tmp_path)):
        write_good_run(tmp_path)
    [entry] = read_history(tmp_path)
    assert (entry.ending, entry.rows) == ("ok", ACCOUNT)
    assert entry.seconds is not None
    assert 0 <= entry.seconds < 60
    assert json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["finished_at"] == end


def test_the_record_of_another_run_is_nobody_elses(tmp_path, monkeypatch):
    """A run of a clock that was ahead left records; one that is stopped before it writes any has none."""
    set_clock(monkeypatch, "2099-01-01T00:00:00+00:00")
    write_good_run(tmp_path)
    (tmp_path / "stopped").mkdir()
    write_good_run(tmp_path / "stopped")
    set_clock(monkeypatch, "2026-11-22T12:00:00+00:00")
    with pytest.raises(GateFailure), recorded_run(RunRequest(config_path=CONFIG, out=tmp_path)):
        raise GateFailure("two rows")
    [entry] = read_history(tmp_path)
    assert (entry.ending, entry.rows, entry.stages) == ("stopped", None, ())


def test_history_is_in_the_order_in_which_runs_were_made(tmp_path, monkeypatch):
    days = ("2026-11-22T12:00:00+00:00", "2026-11-21T12:00:00+00:00", "1970-01-01T00:00:00+00:00")
    for number, day in enumerate(days, 1):
        set_clock(monkeypatch, day)
        end_entry(tmp_path, start_entry(tmp_path, f"2026-{number:02}", "0.1.0", "abc"), ending="ok", seconds=60.0)
    assert [entry.run for entry in read_history(tmp_path)] == ["2026-01", "2026-02", "2026-03"]
    publish_history(tmp_path, load_config(CONFIG))
    page = (tmp_path / "release" / "runs" / "index.html").read_text(encoding="utf-8")
    assert "3 runs were begun; 3 came to a release." in page
    shown = CliRunner().invoke(app, ["history", "--out", str(tmp_path), "--last", "1"])
    assert shown.exit_code == 0
    assert "2026-03" in shown.output
    assert "2026-01" not in shown.output


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has no time zone of a process")
@pytest.mark.parametrize("zone", ["Europe/London", "Pacific/Kiritimati", "America/St_Johns"])
def test_times_are_told_in_utc_wherever_the_machine_is(tmp_path, monkeypatch, zone):
    before = datetime.now(tz=UTC).replace(microsecond=0)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        start_entry(tmp_path, "2026-10", "0.1.0", "abc")
        [entry] = read_history(tmp_path)
        write_good_run(tmp_path)
    finally:
        monkeypatch.undo()
        time.tzset()
    started = datetime.fromisoformat(entry.started_at)
    assert started.utcoffset() == timedelta(0)
    assert timedelta(0) <= started - before < timedelta(minutes=1)
    assert os.environ.get("TZ") != zone


@pytest.mark.parametrize(("hours", "is_taken"), [(-1, True), (-71, True), (-73, False), (1, False), (24 * 365, False)])
def test_what_landed_at_a_time_that_cannot_be_is_pulled_again(tmp_path, hours, is_taken):
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    (tmp_path / ".landed").mkdir()
    record_landed(path, "a", "a.csv", {"kind": "query"}, 1, hash_file(path))
    file = tmp_path / ".landed" / "a.csv.json"
    record = json.loads(file.read_text(encoding="utf-8"))
    record["landed_at"] = (datetime.now(tz=UTC) + timedelta(hours=hours)).isoformat()
    file.write_text(json.dumps(record), encoding="utf-8")
    found = find_landed(path, "a", "a.csv", {"kind": "query"}, timedelta(hours=72))
    assert (found is not None) == is_taken


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"source": {"kind": "query"}, "landed_at": "soon"}'])
def test_a_damaged_landing_record_is_none(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    (tmp_path / ".landed").mkdir()
    (tmp_path / ".landed" / "a.csv.json").write_text(content, encoding="utf-8")
    assert find_landed(path, "a", "a.csv", {"kind": "query"}, timedelta(hours=72)) is None


def test_opt_outs_are_known_up_to_one_day_however_long_a_run_takes(monkeypatch):
    """The day is read once, where rows are set aside; an index date to come counts by itself."""
    index_date = datetime(2026, 10, 1, tzinfo=UTC).date()
    set_clock(monkeypatch, "2026-10-31T23:59:59+00:00", "2026-11-01T00:00:01+00:00")
    assert str(intake.read_opt_out_day(index_date)) == "2026-10-31"
    assert str(intake.read_opt_out_day(index_date)) == "2026-11-01"
    set_clock(monkeypatch, "1970-01-01T00:00:00+00:00")
    assert intake.read_opt_out_day(index_date) == index_date


@pytest.mark.parametrize("start", ["2026-10-23", "2027-03-26"], ids=["clocks go back", "clocks go forward"])
def test_a_schedule_keeps_its_hour_when_the_clocks_change(start):
    """Once a day at seven by the clock on the wall, which is another hour of UTC after the change."""
    import asyncio

    from prefect.server.schemas.schedules import CronSchedule

    from flows.schedule import read_schedule

    schedule = read_schedule("0 7 * * *", "Europe/London")
    london = ZoneInfo("Europe/London")
    begin = datetime.fromisoformat(start).replace(tzinfo=london)
    served = CronSchedule(cron=schedule.cron, timezone=schedule.timezone)
    found = [day.astimezone(london) for day in asyncio.run(served.get_dates(6, start=begin))]
    assert [day.hour for day in found] == [7] * 6
    assert [(day.date() - found[0].date()).days for day in found] == list(range(6))
    assert len({day.utcoffset() for day in found}) == 2, "the change lies in between"
