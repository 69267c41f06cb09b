"""What is around a run: a stopped one is on record and told; a scheduled one runs by itself."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from web_listener import listening

from mltc.disclosure import check_release
from mltc.report.runs import load_run_specs
from mltc.run_history import read_history

ROOT = Path(__file__).parents[2]
CODE = "from flows.cli import main; main()"


@pytest.fixture
def config(tmp_path) -> Path:
    """A configuration whose extracts are not there."""
    text = (ROOT / "config" / "demo.toml").read_text(encoding="utf-8")
    path = tmp_path / "mltc.toml"
    path.write_text(text.replace('root = "../out/demo/extracts"', 'root = "nowhere"'), encoding="utf-8")
    return path


def environment(url: str) -> dict[str, str]:
    # The settings of this session's test server must not reach the command.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {**clean, "MLTC_WEBHOOK_URL": url, "COLUMNS": "200", "NO_COLOR": "1"}


def run_mltc(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        cwd=ROOT, env=environment(url), capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip


def check_recorded(out: Path, messages: list[dict]) -> None:
    """One stopped run is in the history, on its page and in one message, the reason in the history alone."""
    [entry] = [run for run in read_history(out) if run.ending == "stopped"]
    assert (entry.run, entry.error, entry.exit_code) == ("2026-10", "ExtractError", 3)
    assert entry.reason is not None
    assert "person.parquet" in entry.reason
    page = (out / "release" / "runs" / "index.html").read_text(encoding="utf-8")
    assert "stopped" in page
    assert "ExtractError" in page
    assert "person.parquet" not in page
    checked = check_release(out / "release" / "runs", specs=load_run_specs())
    assert (checked.faults, checked.exposures) == ((), ())
    assert messages[0]["ending"] == "stopped"
    assert messages[0]["error"] == "ExtractError"
    assert "person.parquet" not in json.dumps(messages)


def test_a_stopped_run_is_on_record_and_told(config, tmp_path):
    out = tmp_path / "out"
    with listening() as listener:
        result = run_mltc(listener.url, "run", "--config", str(config), "--out", str(out))
    assert result.returncode == 3, result.stderr
    check_recorded(out, listener.messages)
    assert len(listener.messages) == 1
    shown = run_mltc("", "history", "--out", str(out))
    assert shown.returncode == 0, shown.stderr
    assert "ExtractError" not in shown.stdout
    assert "stopped" in shown.stdout
    assert "[source.person]" in shown.stdout
    assert run_mltc("", "disclose", "check", str(out / "release" / "runs")).returncode == 0


def test_a_message_can_be_tried(config):
    with listening() as listener:
        result = run_mltc(listener.url, "notify", "--config", str(config))
    assert result.returncode == 0, result.stderr
    assert [message["ending"] for message in listener.messages] == ["test"]
    result = run_mltc("", "notify", "--config", str(config))
    assert result.returncode == 2
    assert "MLTC_WEBHOOK_URL is not set" in result.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--cron", "every morning"), "is not a cron schedule"),
        (("--cron", "0 7 1 * *", "--timezone", "Mars/Base"), "is no time zone"),
    ],
)
def test_a_wrong_schedule_is_told_before_it_is_served(config, options, words):
    result = run_mltc("", "schedule", "--config", str(config), *options)
    assert result.returncode == 2
    assert words in result.stderr


def test_a_missing_secret_is_told_before_anything_is_served(config):
    config.write_text(
        config.read_text(encoding="utf-8").replace("synthetic = true", "synthetic = false"), encoding="utf-8"
    )
    result = run_mltc("", "schedule", "--config", str(config), "--cron", "0 7 1 * *")
    assert result.returncode == 2
    assert "MLTC_SECRET" in result.stderr


@contextmanager
def served(config: Path, out: Path, home: Path, cron: str, url: str) -> Iterator[subprocess.Popen]:
    """`mltc schedule` at work, with a Prefect folder of its own, stopped with the block as by Ctrl+C."""
    command = ["schedule", "--config", str(config), "--cron", cron, "--out", str(out)]
    server = subprocess.Popen(
        [sys.executable, "-c", CODE, *command], cwd=ROOT, env={**environment(url), "PREFECT_HOME": str(home)},
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield server
    finally:
        os.killpg(server.pid, signal.SIGINT)
        try:
            server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def wait_until(is_reached: Callable[[], bool], server: subprocess.Popen, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not is_reached() and time.monotonic() < end and server.poll() is None:
        time.sleep(2)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="stops the server by a signal")
def test_a_schedule_runs_by_itself_and_tells_how_it_ended(config, tmp_path):
    out = tmp_path / "out"
    with listening() as listener, served(config, out, tmp_path / "prefect", "* * * * *", listener.url) as server:
        wait_until(lambda: bool(listener.messages), server, 300)
    assert listener.messages, "no run was told within five minutes"
    check_recorded(out, listener.messages)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.skipif(sys.platform == "win32", reason="stops the server by a signal")
def test_a_run_that_is_longer_than_its_interval_is_waited_for(tmp_path):
    """Due every twenty seconds, which no first run keeps to: runs follow one another, and each ends well."""
    from flows.steps.synthetic_config import write_synthetic_config
    from mltc.synthetic import SyntheticSettings, write_synthetic_icb

    drawn, out = SyntheticSettings(persons=500), tmp_path / "out"
    write_synthetic_icb(drawn, tmp_path / "extracts")
    config = write_synthetic_config(drawn, tmp_path / "extracts")
    with served(config, out, tmp_path / "prefect", "* * * * * */20", "") as server:
        wait_until(lambda: sum(run.ended_at is not None for run in read_history(out)) >= 3, server, 900)
    ended = [run for run in read_history(out) if run.ended_at is not None]
    assert len(ended) >= 3
    assert {run.ending for run in ended} <= {"ok", "failed_rows"}
    assert ended[0].seconds > 20
    assert all(later.started_at >= run.ended_at for run, later in pairwise(ended))
