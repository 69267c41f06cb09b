"""A last good warehouse whose bytes are no longer those that were written: found, told, set aside; never a traceback."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from flows.cli import app
from mltc.config import load_config
from mltc.damaged import HASH, hash_warehouse
from mltc.errors import ConfigError, DamagedError
from mltc.pseudonym import check_last_secret
from mltc.register_history import carry_last_run
from mltc.warehouse import attach_last, open_warehouse
from mltc.workspace import Workspace

CONFIG = Path(__file__).parents[2] / "config" / "demo.toml"
CANARY = "CANARY9999"


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """A folder whose last good warehouse holds some rows in tables that commands and runs ask for."""
    config = load_config(CONFIG)
    place = Workspace(tmp_path, config)
    with open_warehouse(place.warehouse) as warehouse:
        people = f"select '{CANARY}' || i as person_id, hash(i)::varchar as note from range(150000) as people(i)"
        warehouse.build("register.person", people)
        warehouse.build("raw.gp_event", people)
        warehouse.build("meta.index_date", "select 'current' as role, date '2026-10-01' as index_date")
        warehouse.build("meta.secret_fingerprint", "select 'x' as fingerprint")
    record = {
        "run": "2026-10", "index_date": "2026-10-01", "definition": "delphi-2022", "is_synthetic": True,
        HASH: hash_warehouse(place.warehouse),
    }  # fmt: skip
    place.run_file.write_text(json.dumps(record), encoding="utf-8")
    return place


def overwrite(start: float, count: int) -> Callable[[Path], None]:
    """Random bytes from a share of the file on."""

    def damage(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(int(start * path.stat().st_size))
            file.write(Random(1).randbytes(count))  # noqa: S311 - nothing here is secret

    return damage


def truncate(share: float) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, int(share * path.stat().st_size))


DAMAGES = {
    "zero length": truncate(0),
    "twelve bytes": lambda path: os.truncate(path, 12),
    "cut in the middle": truncate(0.5),
    "cut at the end": truncate(0.999),
    "start overwritten": overwrite(0, 4096),
    "header overwritten": overwrite(0.0005, 12_288),
    "a block overwritten": overwrite(0.4, 100),
    "everything overwritten": overwrite(0, 2_000_000),
    "no DuckDB file": lambda path: path.write_text(f"{CANARY} " * 10_000, encoding="utf-8"),
    "another kind of database": lambda path: path.write_bytes(b"SQLite format 3\x00" + b"\x00" * 100_000),
}
damages = pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))


def check_told(message: str) -> None:
    assert "\n" not in message.strip()
    assert CANARY not in message
    assert "Traceback" not in message


@damages
def test_a_run_sets_it_aside_and_says_what_it_lacks(workspace, damage):
    damage(workspace.warehouse)
    damaged = workspace.warehouse.read_bytes()
    workspace.start_run()
    assert workspace.open_last() is None, "everything is built as by a first run"
    told = workspace.last_loss()
    assert told is not None
    check_told(told)
    assert "mltc restore" in told
    [folder] = (workspace.out / "damaged").iterdir()
    assert (folder / "warehouse.duckdb").read_bytes() == damaged, "it may be what a history is saved from"
    assert (folder / "run.json").exists()
    assert str(folder) in told
    workspace.start_run()
    assert workspace.last_loss() == told, "as long as no good run has followed"


def test_a_whole_one_stays_and_nothing_is_said(workspace):
    before = workspace.warehouse.read_bytes()
    workspace.start_run()
    assert workspace.last_loss() is None
    assert workspace.warehouse.read_bytes() == before
    assert not (workspace.out / "damaged").exists()


@pytest.mark.parametrize("record", [None, b"", b"{", b"[]", b'{"warehouse_sha256": "0"}'])
def test_without_a_checksum_the_rows_tell(workspace, record):
    """A backup put back without its run.json is no damage; a damaged block is found by reading."""
    if record is None:
        workspace.run_file.unlink()
    else:
        workspace.run_file.write_bytes(record)
    workspace.start_run()
    assert workspace.last_loss() is None
    overwrite(0.4, 100)(workspace.warehouse)
    workspace.start_run()
    assert workspace.last_loss() is not None


def test_two_damaged_ones_within_a_second_are_both_kept(workspace):
    for content in ("one", "two"):
        workspace.warehouse.write_text(content, encoding="utf-8")
        workspace.recover()
    kept = {path.read_text(encoding="utf-8") for path in workspace.out.glob("damaged/*/warehouse.duckdb")}
    assert kept == {"one", "two"}


def test_a_good_run_after_it_ends_the_warning(workspace):
    truncate(0)(workspace.warehouse)
    workspace.start_run()
    with workspace.open_build() as warehouse:
        warehouse.build("meta.index_date", "select 'current' as role, date '2026-10-01' as index_date")
    workspace.commit()
    assert workspace.last_loss() is None


@damages
def test_whoever_reads_it_is_told_in_words(workspace, damage):
    """Where a run asks the last one, should it be damaged after the start."""
    damage(workspace.warehouse)
    with pytest.raises(ConfigError) as told:
        check_last_secret(workspace, "0123456789abcdef", rotate=False)
        with open_warehouse(workspace.warehouse, read_only=True) as last:
            last.read("select max(note), max(person_id) from register.person")
            last.read("select max(note), max(person_id) from raw.gp_event")
    check_told(str(told.value))
    # a block of which nothing is read is no trouble to those who do not read it
    if isinstance(told.value, DamagedError):
        assert "run `mltc run`" in str(told.value)


@pytest.mark.parametrize("kind", [kind for kind in DAMAGES if kind != "cut at the end"])  # where no rows were
def test_whoever_attaches_it_is_told_in_words(workspace, kind, tmp_path):
    DAMAGES[kind](workspace.warehouse)
    with open_warehouse(tmp_path / "other.duckdb") as warehouse:
        with pytest.raises(DamagedError) as told, attach_last(warehouse, workspace.warehouse):
            warehouse.read("select max(note), max(person_id) from last_good.register.person")
            warehouse.read("select max(note), max(person_id) from last_good.raw.gp_event")
        assert str(workspace.warehouse) in str(told.value)
        check_told(str(told.value))
        assert warehouse.read("select 1 as one").item() == 1, "the run's own warehouse goes on"


def test_carrying_the_last_run_names_the_damaged_file(workspace, tmp_path):
    truncate(0.5)(workspace.warehouse)
    with (
        open_warehouse(tmp_path / "other.duckdb") as warehouse,
        pytest.raises(DamagedError, match=r"warehouse\.duckdb"),
    ):
        carry_last_run(warehouse, workspace.warehouse, workspace.config.run.index_date)


COMMANDS = {
    "lists": ("lists", "--out", "{out}"),
    "lists summary": ("lists", "summary", "--out", "{out}"),
    "sql": ("sql", "--out", "{out}", "--query", "select max(note), max(person_id) from register.person"),
    "define": ("define", "--out", "{out}"),
    "explain": ("explain", "--out", "{out}", "--mltc-id", "x"),
    "capacity": ("capacity", "--out", "{out}"),
    "evaluate": ("evaluate", "--out", "{out}"),
    "report": ("report", "--config", str(CONFIG), "--out", "{out}"),
    "register": ("register", "--as-of", "2026-01-01", "--out", "{out}", "--config", str(CONFIG)),
}


@pytest.mark.parametrize("kind", ["zero length", "cut in the middle", "no DuckDB file", "header overwritten"])
@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_commands_say_it_in_one_paragraph(workspace, command, kind):
    DAMAGES[kind](workspace.warehouse)
    before = workspace.warehouse.read_bytes()
    result = CliRunner().invoke(app, [part.format(out=workspace.out) for part in command])
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert CANARY not in result.output
    assert workspace.warehouse.read_bytes() == before, "a command that only reads sets nothing aside"


@pytest.mark.parametrize("command", ["lists", "report", "sql"])
def test_the_ways_on_are_named(workspace, command):
    truncate(0.5)(workspace.warehouse)
    result = CliRunner().invoke(app, [part.format(out=workspace.out) for part in COMMANDS[command]])
    assert "is damaged" in result.output
    assert "mltc restore" in result.output
    assert "mltc run" in result.output


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"run": 1}', b"\xff\xfe\x00", b"[" * 100_000])
def test_commands_on_an_unreadable_record(workspace, content):
    workspace.run_file.write_bytes(content)
    result = CliRunner().invoke(app, ["lists", "--out", str(workspace.out)])
    assert result.exit_code == 2, result.output
    assert "is not the record of a run" in result.output


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"run": "2026-08"}'])
def test_restore_on_an_unreadable_record(workspace, content):
    """A kept month without its record is not put in the place of a good one."""
    kept = workspace.out / "earlier" / "2026-09"
    kept.mkdir(parents=True)
    (kept / "warehouse.duckdb").write_bytes(workspace.warehouse.read_bytes())
    if content is not None:
        (kept / "run.json").write_bytes(content)
    before = workspace.warehouse.read_bytes()
    result = CliRunner().invoke(app, ["restore", "2026-09", "--out", str(workspace.out)])
    assert result.exit_code == 2, result.output
    assert "is not the record of that month" in result.output
    assert workspace.warehouse.read_bytes() == before
