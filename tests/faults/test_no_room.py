"""A full disk, a folder that cannot be written, too little memory: told with the folder and the need, nothing lost."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.faults import BEFORE, MONTH, find_faults, fingerprint, finish_run
from flows.cli import app
from flows.privacy import without_contents
from mltc.config import load_config
from mltc.errors import DiskFullError, ExtractError, ResourceError
from mltc.landing.landed import written_beside
from mltc.run_history import read_history
from mltc.warehouse import open_warehouse
from mltc.workspace import Workspace, hold_lock

CONFIG = Path(__file__).parents[2] / "config" / "demo.toml"
MANY = "select i as number, hash(i)::varchar as text from range(2000000) as numbers(i)"


def fill(folder: Path, leave: int) -> Path:
    """A file that leaves `leave` bytes free on the disk of the folder."""
    path = folder / "filling"
    with path.open("wb") as file:
        file.truncate(0)
        size = shutil.disk_usage(folder).free - leave
        for _ in range(size // 4096):
            file.write(b"\0" * 4096)
    return path


def read_only(folder: Path) -> None:
    """From now on nobody can write there, root neither."""
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], capture_output=True, check=True, timeout=30)


def check_told(message: str, *words: str) -> None:
    assert "\n" not in message.strip()
    assert "Traceback" not in message
    for word in words:
        assert word in message


def test_the_engine_says_which_disk_is_full(mount):
    disk = mount(4)
    with open_warehouse(disk / "warehouse.duckdb") as warehouse, pytest.raises(ResourceError) as told:
        warehouse.build("raw.numbers", MANY)
    check_told(str(told.value), f"The disk of {disk} is full", "MiB are free", "Free disk space", "--out")


def test_too_little_room_to_open_a_warehouse(mount):
    disk = mount(1)
    fill(disk, 8192)
    with pytest.raises(ResourceError, match="is full"), open_warehouse(disk / "warehouse.duckdb") as warehouse:
        warehouse.build("raw.numbers", MANY)


def test_too_little_room_to_spill(mount):
    disk = mount(24)
    with open_warehouse(disk / "warehouse.duckdb", memory_limit="40MB", threads=1) as warehouse:
        query = "select number, text from numbers order by text desc"
        with pytest.raises(ResourceError, match=r"is full|ran out of memory"):
            warehouse.build("raw.sorted", f"with numbers as ({MANY}) {query}")


def test_a_warehouse_that_could_not_be_written_to_its_end_is_not_committed(mount):
    """The engine closes such a file without a word; what is missing lies in its log beside it."""
    disk = mount(3)
    workspace = Workspace(disk, load_config(CONFIG))
    workspace.start_build()
    with open_warehouse(workspace.build_folder / "warehouse.duckdb") as warehouse:
        for number in range(200):  # small ones, which the log has room for and the file has not
            filled = fill(disk, 300_000) if number == 20 else None
            try:
                warehouse.execute(f"create table t{number} as select {number} as a, repeat('x', 2000) as b")
            except ResourceError:
                break
            del filled
    assert (workspace.build_folder / "warehouse.duckdb.wal").exists()
    with pytest.raises(ResourceError, match="is full"):
        workspace.commit()
    assert not workspace.warehouse.exists()


def test_a_full_disk_met_by_anything_is_told_with_its_folder(mount):
    disk = mount(1)
    fill(disk, 4096)
    with pytest.raises(ResourceError) as told, hold_lock(disk), (disk / "page.html").open("wb") as page:
        page.write(b"x" * 100_000)
    check_told(str(told.value), f"The disk of {disk} is full")
    with pytest.raises(DiskFullError), without_contents(), (disk / "other.html").open("wb") as page:
        page.write(b"x" * 100_000)


def test_a_landed_file_names_folder_and_remedy(mount):
    disk = mount(1)
    with (
        pytest.raises(ExtractError, match="Free disk space") as told,
        written_beside(disk / "a.csv", "a.csv") as part,
    ):
        part.write_bytes(b"x" * 3_000_000)
    assert str(disk) in str(told.value)
    assert list(disk.glob("*.csv")) == []


def test_a_disk_that_cannot_hold_the_next_warehouse_is_told_at_once(mount):
    disk = mount(12)
    workspace = Workspace(disk, load_config(CONFIG))
    with open_warehouse(workspace.warehouse) as warehouse:
        warehouse.build("raw.numbers", "select hash(i) as number from range(400000) as numbers(i)")
    fill(disk, 1_000_000)
    with pytest.raises(ResourceError) as told:
        workspace.start_run()
    check_told(str(told.value), str(disk), "MiB free", "beside the last one, which takes")
    (disk / "filling").unlink()
    workspace.start_run()


def test_memory_that_is_too_small_is_told_with_the_key_to_raise(tmp_path):
    with (
        open_warehouse(tmp_path / "warehouse.duckdb", memory_limit="20MB") as warehouse,
        pytest.raises(ResourceError) as told,
    ):
        warehouse.read(f"select list(text) as texts from ({MANY})")
    check_told(str(told.value), "[engine] memory_limit", "Raise it")


@pytest.mark.parametrize("limit", ["0MB", "0.001MB", "1MB"])
def test_memory_that_is_too_small_to_open_anything(tmp_path, limit):
    with (
        pytest.raises(ResourceError, match=r"\[engine\] memory_limit"),
        open_warehouse(tmp_path / "warehouse.duckdb", memory_limit=limit) as warehouse,
    ):
        warehouse.build("raw.numbers", MANY)


COMMANDS = {
    "run": ("run", "--config", str(CONFIG), "--out", "{out}"),
    "report": ("report", "--config", str(CONFIG), "--out", "{out}"),
    "demo": ("demo", "--persons", "500", "--out", "{out}"),
    "synthesise": ("synthesise", "--persons", "500", "--out", "{out}"),
    "lists": ("lists", "--out", "{out}"),
    "restore": ("restore", "2026-09", "--out", "{out}"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
@pytest.mark.parametrize("below", ["", "below"], ids=["the folder", "a folder to be made"])
def test_commands_on_a_folder_that_cannot_be_written(mount, command, below):
    """On a disk that is mounted for reading: root may write wherever a mode forbids it."""
    disk = mount(8)
    kept = disk / "earlier" / "2026-09"
    kept.mkdir(parents=True)
    (kept / "run.json").write_text('{"run": "2026-09"}', encoding="utf-8")
    (disk / "run.json").write_text(
        '{"run": "2026-10", "index_date": "2026-10-01", "definition": "x", "is_synthetic": true}', encoding="utf-8"
    )
    for folder in (disk, kept):
        open_warehouse(folder / "warehouse.duckdb").close()
    before = fingerprint(disk)
    read_only(disk)
    result = CliRunner().invoke(app, [part.format(out=disk / below) for part in command])
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert fingerprint(disk) == before


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_runs_on_a_disk_that_fills_up(icb, good, undisturbed, mount):
    """The next month finds the disk full half-way and says so; with room it is as if nothing had happened."""
    disk = mount(600)
    out = disk / "out"
    shutil.copytree(good, out)
    before = fingerprint(out / "release" / BEFORE)
    filled = fill(disk, (out / "warehouse.duckdb").stat().st_size + 12_000_000)
    done = finish_run(icb, MONTH, out)
    assert done.returncode == 2, done.stderr
    check_told(done.stderr.strip().splitlines()[-1], "is full", str(out), "MiB are free", "Free disk space")
    assert list(find_faults(out, before)) == []
    assert not (out / "release" / MONTH).exists()
    assert not (out / ".build").exists(), "what led nowhere makes room"
    assert read_history(out)[-1].error == "ResourceError"
    filled.unlink()
    done = finish_run(icb, MONTH, out)
    assert done.returncode == 0, done.stderr
    assert fingerprint(out / "release" / MONTH) == undisturbed.release
    assert fingerprint(out / "release" / BEFORE) == before


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_with_too_little_memory(icb, tmp_path):
    config = icb.folder / "tiny.toml"
    text = icb.config(MONTH).read_text(encoding="utf-8")
    config.write_text(f'{text}\n[engine]\nmemory_limit = "24MB"\nthreads = 1\n', encoding="utf-8")
    done = finish_run(icb, "tiny", tmp_path / "out")
    assert done.returncode == 2, done.stderr
    check_told(done.stderr.splitlines()[-1], "[engine] memory_limit", "Nothing was published")
    assert not (tmp_path / "out" / "warehouse.duckdb").exists()
    record = json.loads((tmp_path / "out" / "runs.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert record["error"] == "ResourceError"
