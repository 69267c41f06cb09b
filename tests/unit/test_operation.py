"""History, retention, restore and messages: what is kept of a run, what is removed, who is told."""

import json
import stat
import sys
from pathlib import Path

import pytest
from web_listener import listening

from flows.steps.history import publish_history, tell_ending
from flows.steps.restore import restore_run
from mltc import notify
from mltc.config import load_config
from mltc.config.operation import NotifySettings, RetentionSettings
from mltc.disclosure import attack_release, check_release
from mltc.errors import ConfigError, DisclosureError
from mltc.report.runs import load_run_specs
from mltc.retention import remove_old
from mltc.run_history import NAME, end_entry, ending_of, read_history, start_entry, sum_up_record
from mltc.workspace import COMMIT_FILE, Workspace

CONFIG = Path(__file__).parents[2] / "config" / "demo.toml"
HOSTILE = "<script>alert(1)</script>"
ACCOUNT = {
    "rows_in": 1_012, "rows_staged": 1_000, "rows_dropped": 0, "rows_quarantined": 3, "rows_duplicate": 0,
    "rows_opted_out": 9,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "WAIT_SECONDS", 0.0)


def write_history(out: Path) -> None:
    """A killed run, a stopped one, and a good one."""
    start_entry(out, "2026-08", "0.1.0", "abc")
    stopped = start_entry(out, "2026-09", HOSTILE, "abc")
    reason = "gp_event.csv is empty"
    end_entry(out, stopped, ending="stopped", error="ExtractError", exit_code=3, reason=reason, seconds=4.2)
    good = start_entry(out, "2026-09", "0.1.0", "abc")
    record = {"row_account": [ACCOUNT, ACCOUNT], "stages": [{"stage": "gate", "seconds": 1.5, "peak_memory_mib": 800}]}
    end_entry(out, good, ending="ok", seconds=200.0, **sum_up_record(record))


def test_history_keeps_every_run_and_how_it_ended(tmp_path):
    write_history(tmp_path)
    killed, stopped, good = read_history(tmp_path)
    assert (killed.ending, killed.seconds) == ("unfinished", None)
    assert (stopped.ending, stopped.error, stopped.reason) == ("stopped", "ExtractError", "gp_event.csv is empty")
    assert good.rows is not None
    assert good.rows["rows_in"] == 2_024  # 1,012 + 1,012
    assert good.stages[0]["stage"] == "gate"


def test_a_line_cut_short_by_a_kill_is_left_out(tmp_path):
    write_history(tmp_path)
    with (tmp_path / NAME).open("a", encoding="utf-8") as lines:
        lines.write('{"id": "half')
    assert len(read_history(tmp_path)) == 3


@pytest.mark.parametrize(
    ("record", "ending"),
    [
        ({"status": "passed"}, "ok"),
        ({"status": "passed with failed rows"}, "failed_rows"),
        ({"status": "passed with failed rows", "risk_alarms": [{}]}, "leakage"),
        ({"status": "passed with failed rows", "feature_leaks": [{}]}, "leakage"),
    ],
)
def test_endings(record, ending):
    assert ending_of(record) == ending


def test_the_history_is_published_through_the_door(tmp_path):
    write_history(tmp_path)
    publish_history(tmp_path, load_config(CONFIG))
    folder = tmp_path / "release" / "runs"
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "3 runs were begun; 1 came to a release." in page
    assert "3 minutes" in page  # 200 s
    assert "gp_event.csv is empty" not in page, "the message of an error may name what the sender calls things"
    assert "<script" not in page
    table = (folder / "tables" / "run.csv").read_text(encoding="utf-8").splitlines()
    # the third run: 2,024 -> 2,025 in, 2,000 used, 6 set aside -> [c], 18 opted out -> 20
    assert ",2025,2000,[c],[c],[c],20," in table[3]
    assert attack_release(folder, specs=load_run_specs()) == []
    assert check_release(folder, specs=load_run_specs()).faults == ()
    publish_history(tmp_path, load_config(CONFIG))  # in place of the last one


def release(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"files": {}}', encoding="utf-8")


def test_retention_removes_what_is_older_and_nothing_else(tmp_path):
    for name in ("2025-09", "2025-10", "2025-11", "2026-10"):
        release(tmp_path / "release" / name)
        (tmp_path / "data_docs" / name).mkdir(parents=True)
    (tmp_path / "release" / "2020-01").mkdir()  # without a manifest: nobody knows whose it is
    release(tmp_path / "release" / "runs")
    for name in ("2026-06", "2026-07", "2026-08"):
        (tmp_path / "lists" / name).mkdir(parents=True)
        (tmp_path / "earlier" / name).mkdir(parents=True)
    (tmp_path / "decisions").mkdir()
    kept = RetentionSettings(release_months=12, lists_months=3, earlier_warehouses=1)
    assert remove_old(tmp_path, "2026-10", kept) == [
        "release/2025-09",
        "release/2025-10",  # twelve months before: its month is not among the last twelve
        "data_docs/2025-09",
        "data_docs/2025-10",
        "lists/2026-06",
        "lists/2026-07",
        "earlier/2026-07",
        "earlier/2026-06",
    ]
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("*/*") if path.is_dir()}
    assert left == {
        "release/2025-11", "release/2026-10", "release/2020-01", "release/runs", "data_docs/2025-11",
        "data_docs/2026-10", "lists/2026-08", "earlier/2026-08",
    }  # fmt: skip


def test_without_a_key_nothing_is_removed(tmp_path):
    release(tmp_path / "release" / "1999-01")
    assert remove_old(tmp_path, "2026-10", RetentionSettings()) == []


def month(out: Path, name: str, kept: int = 2) -> Workspace:
    """A good run of a month whose warehouse holds the month's name."""
    config = load_config(CONFIG)
    year, number = name.split("-")
    run = config.run.model_copy(update={"index_date": config.run.index_date.replace(int(year), int(number))})
    update = {"run": run, "retention": RetentionSettings(earlier_warehouses=kept)}
    workspace = Workspace(out, config.model_copy(update=update))
    workspace.start_build()
    (workspace.build_folder / "warehouse.duckdb").write_text(name, encoding="utf-8")
    (workspace.build_folder / "run.json").write_text(json.dumps({"run": name}), encoding="utf-8")
    workspace.commit()
    return workspace


def test_earlier_warehouses_are_kept_and_can_be_put_back(tmp_path):
    month(tmp_path, "2026-08")
    month(tmp_path, "2026-09")
    month(tmp_path, "2026-09")  # run again: the month's own is replaced, not kept
    workspace = month(tmp_path, "2026-10")
    assert sorted(path.name for path in (tmp_path / "earlier").iterdir()) == ["2026-08", "2026-09"]
    assert restore_run(tmp_path, "2026-09") == "2026-10"
    assert workspace.warehouse.read_text(encoding="utf-8") == "2026-09"
    assert json.loads(workspace.run_file.read_text(encoding="utf-8")) == {"run": "2026-09"}
    assert restore_run(tmp_path, "2026-10") == "2026-09"  # a restore is undone by another
    assert workspace.warehouse.read_text(encoding="utf-8") == "2026-10"
    assert [entry.ending for entry in read_history(tmp_path)] == ["restored", "restored"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not know these permissions")
def test_earlier_warehouses_are_for_their_owner_alone(tmp_path):
    month(tmp_path, "2026-08")
    month(tmp_path, "2026-09")
    assert stat.S_IMODE((tmp_path / "earlier").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "earlier" / "2026-08").stat().st_mode) == 0o700


def test_none_is_kept_unless_asked_for(tmp_path):
    month(tmp_path, "2026-08", kept=0)
    month(tmp_path, "2026-09", kept=0)
    assert not (tmp_path / "earlier").exists()
    with pytest.raises(ConfigError, match="none is kept"):
        restore_run(tmp_path, "2026-08")


@pytest.mark.parametrize("name", ["2026-01", "../earlier", "runs"])
def test_restore_refuses_what_is_not_kept(tmp_path, name):
    month(tmp_path, "2026-08")
    month(tmp_path, "2026-09")
    with pytest.raises(ConfigError, match="kept are 2026-08"):
        restore_run(tmp_path, name)


def test_restore_waits_for_a_broken_swap(tmp_path):
    month(tmp_path, "2026-08")
    month(tmp_path, "2026-09")
    (tmp_path / ".build").mkdir()
    (tmp_path / ".build" / COMMIT_FILE).write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="broken off"):
        restore_run(tmp_path, "2026-08")


FACTS = {"run": "2026-10", "error": "ExtractError", "exit_code": 3, "reason": "gp_event.csv is empty", "seconds": 4.2}


def test_a_message_says_the_ending_and_not_the_reason(monkeypatch):
    with listening() as listener:
        monkeypatch.setenv("MLTC_WEBHOOK_URL", listener.url)
        tell_ending(NotifySettings(), "QZZ", "stopped", FACTS)
        tell_ending(NotifySettings(), "QZZ", "ok", FACTS)  # not among those that are told
        tell_ending(NotifySettings(on=("ok",), with_reason=True), "QZZ", "ok", FACTS)
    first, second = listener.messages
    assert first["text"] == (
        "mltc QZZ: stopped, nothing was published; the last good state stands. run 2026-10. error ExtractError. "
        "exit code 3. seconds 4.2."
    )
    assert "reason" not in first
    assert second["reason"] == "gp_event.csv is empty"


def test_a_server_in_trouble_is_asked_again(monkeypatch):
    with listening(503, 429, 200) as listener:
        monkeypatch.setenv("MLTC_WEBHOOK_URL", listener.url)
        tell_ending(NotifySettings(), "QZZ", "stopped", FACTS)
    assert len(listener.messages) == 3


@pytest.mark.parametrize(("answer", "times"), [(404, 1), (500, 3)])
def test_a_message_that_nobody_takes_is_told_without_the_address(monkeypatch, answer, times):
    with listening(answer) as listener:
        monkeypatch.setenv("MLTC_WEBHOOK_URL", f"{listener.url}?key=hidden")
        with pytest.raises(ConfigError, match=f"not taken by 127.0.0.1 \\(it answered {answer}\\)") as told:
            tell_ending(NotifySettings(), "QZZ", "stopped", FACTS)
    assert "hidden" not in str(told.value)
    assert len(listener.messages) == times


def test_nobody_listens(monkeypatch):
    with listening() as listener:
        url = listener.url
    monkeypatch.setenv("MLTC_WEBHOOK_URL", url)
    with pytest.raises(ConfigError, match="ConnectionRefusedError"):
        tell_ending(NotifySettings(), "QZZ", "stopped", FACTS)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "hooks.example", "ftp://a.example/b"])
def test_only_web_addresses(monkeypatch, url):
    monkeypatch.setenv("MLTC_WEBHOOK_URL", url)
    with pytest.raises(ConfigError, match="no web address"):
        tell_ending(NotifySettings(), "QZZ", "stopped", FACTS)


def test_a_release_that_was_touched_is_found(tmp_path):
    write_history(tmp_path)
    publish_history(tmp_path, load_config(CONFIG))
    folder, specs = tmp_path / "release" / "runs", load_run_specs()
    (folder / "index.html").write_text("other", encoding="utf-8")
    (folder / "added.csv").write_text("a", encoding="utf-8")
    (folder / "tables" / "run_stage.parquet").unlink()
    checked = check_release(folder, specs=specs)
    assert checked.faults == (
        "added.csv: no release wrote it",
        "tables/run_stage.parquet: it is missing",
        "index.html: it was changed after the release",
    )
    with pytest.raises(DisclosureError, match=r"3 files are not as manifest\.json says"):
        checked.refuse()
    text = (folder / "tables" / "run.csv").read_text(encoding="utf-8")
    (folder / "tables" / "run.csv").write_text(text.replace("[c],[c],[c],20", "[c],6,[c],20"), encoding="utf-8")
    exposed = check_release(folder, specs=specs)
    assert "shown although small" in {exposure.reason for exposure in exposed.exposures}
    with pytest.raises(DisclosureError, match="numbers in run can be worked out"):
        exposed.refuse()


def test_what_is_no_release(tmp_path):
    with pytest.raises(ConfigError, match=r"Looked for .*manifest\.json, which every release has"):
        check_release(tmp_path)
    with pytest.raises(ConfigError, match="is no folder"):
        check_release(tmp_path / "nothing")
    (tmp_path / "2026-10").mkdir()
    (tmp_path / "2026-10" / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="There is one in: 2026-10"):
        check_release(tmp_path)
    assert ConfigError.exit_code == 2
    (tmp_path / "manifest.json").write_text('{"files": {"../x": {"sha256": ""}}}', encoding="utf-8")
    with pytest.raises(DisclosureError, match="is no path for a release file"):
        check_release(tmp_path)
