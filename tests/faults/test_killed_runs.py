"""Whole runs that are killed, or that find the last warehouse damaged. `benchmarks.faults` does more of the former."""

import json
import shutil

import pytest

from benchmarks.faults import BEFORE, MONTH, fingerprint, finish_run, kill_and_recover
from mltc.disclosure import check_release
from mltc.run_history import read_history
from mltc.warehouse import open_warehouse, read_value

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9], ids=["early", "in the middle", "late"])
def test_a_killed_run_leaves_the_last_good_state_and_the_next_one_recovers(icb, good, undisturbed, tmp_path, share):
    kill = kill_and_recover(icb, good, tmp_path / "out", undisturbed, share)
    assert kill.was_running
    assert kill.faults == ()
    assert kill.exit_code == 0
    assert kill.is_equal
    endings = [entry.ending for entry in read_history(tmp_path / "out")]
    assert endings[0] != "unfinished"
    assert endings[-1] in {"ok", "failed_rows"}
    assert endings[1:-1] in ([], ["unfinished"]), "a kill before the first line leaves none"


def test_a_run_after_a_damaged_warehouse_builds_everything_and_says_so(icb, good, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(good, out)
    before = fingerprint(out / "release" / BEFORE)
    size = (out / "warehouse.duckdb").stat().st_size
    with (out / "warehouse.duckdb").open("r+b") as file:
        for place in range(12_288 + 1_000, size, 10 * 262_144):  # every tenth block: some hold no rows any more
            file.seek(place)
            file.write(b"\x5a" * 100)
    done = finish_run(icb, MONTH, out)
    assert done.returncode == 0, done.stderr
    assert "Warning: The last good warehouse could not be read and was set aside" in done.stderr
    assert "Traceback" not in done.stderr
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert "could not be read" in record["problems"][0]
    assert "could not be read" in read_history(out)[-1].problems[0]
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        assert read_value(warehouse, "select count(*) from register.person") > 100
        assert read_value(warehouse, "select count(*) from meta.last_run") == 0, "as on a first run"
    assert len(list((out / "damaged").glob("*/warehouse.duckdb"))) == 1
    assert check_release(out / "release" / MONTH).faults == ()
    assert fingerprint(out / "release" / BEFORE) == before
