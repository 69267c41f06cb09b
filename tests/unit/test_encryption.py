"""An encrypted warehouse: what its files hold, and what is said where the key is not what it should be.

OpenSSL comes in an extension of the engine that a test machine need not have, so that these write with the engine's
own library, as a configuration with invented people may.
"""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from conftest import draw

from mltc.config import load_config
from mltc.encryption import Encryption, KeyPlace, find_place, is_encrypted, set_block_reader
from mltc.errors import ConfigError, DamagedError
from mltc.quality.gate import EngineAddress, check_rules
from mltc.quality.rule import Rule
from mltc.register_history import carry_nothing
from mltc.warehouse import (
    EngineError,
    attach_last,
    attached_columns,
    is_written_with,
    open_scratch,
    open_warehouse,
)
from mltc.workspace import Workspace

KEY, OTHER = "k" * 40, "o" * 40
CANARY = "CANARY-943-476-5919"
WRITING = Encryption(KEY, library="built_in")
CONFIG = """
[icb]
name = "Drawn"
code = "QZZ"
synthetic = true
[run]
index_date = 2026-10-01
[lawful]
opt_outs_applied_upstream = "drawn people"
[source.person]
path = "person.csv"
[source.gp_event]
path = "gp_event.csv"
"""
KILLED = """
import os, sys
from pathlib import Path
from mltc.encryption import Encryption
from mltc.warehouse import open_warehouse

warehouse = open_warehouse(Path(sys.argv[1]), memory_limit="120MB", encryption=Encryption(sys.argv[2], "", "built_in"))
warehouse.build("raw.person", f"select '{sys.argv[3]}' || i as person_id from range(1000) as t(i)")
warehouse.execute("set preserve_insertion_order = false")
warehouse.execute(
    f"create temp table big as select '{sys.argv[3]}' || md5(i::varchar) || md5((i + 1)::varchar) as x "
    "from range(4000000) as t(i)"
)
spilled = sum(path.stat().st_size for path in Path(sys.argv[1]).with_suffix(".spill").iterdir())
print(spilled, flush=True)
os._exit(9)
"""


@pytest.fixture
def path(tmp_path, monkeypatch) -> Path:
    """An encrypted warehouse of two persons, a view among its tables."""
    monkeypatch.delenv("MLTC_WAREHOUSE_KEY", raising=False)
    monkeypatch.delenv("MLTC_WAREHOUSE_KEY_PREVIOUS", raising=False)
    place = tmp_path / "it's" / "warehouse.duckdb"  # a quote in a folder's name must not end a statement
    place.parent.mkdir()
    with open_warehouse(place, encryption=WRITING) as warehouse:
        warehouse.write("raw.person", draw(f"person_id | is_late\n{CANARY} | no\ntwo | yes"))
        warehouse.build_view("staging.person", "select person_id from raw.person where not is_late")
    return place


def test_no_file_holds_a_value_of_a_person(path):
    assert is_encrypted(path)
    assert CANARY.encode() not in path.read_bytes()
    with open_warehouse(path, read_only=True, encryption=WRITING) as warehouse:
        assert warehouse.read("select person_id from staging.person").rows() == [(CANARY,)]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_neither_does_what_a_killed_run_leaves(tmp_path):
    place = tmp_path / "warehouse.duckdb"
    arguments = [sys.executable, "-c", KILLED, str(place), KEY, CANARY]
    killed = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=120)
    assert killed.returncode == 9, killed.stderr
    assert int(killed.stdout.split()[-1]) > 1_000_000  # the engine did write what did not fit into memory
    left = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert {"warehouse.duckdb", "warehouse.duckdb.wal"} < {each.name for each in left}
    assert [each.name for each in left if CANARY.encode() in each.read_bytes()] == []
    with open_warehouse(place, read_only=True, encryption=WRITING) as warehouse:
        assert warehouse.read("select count(*) from raw.person").item() == 1000  # from the log of changes alone


def test_the_plain_warehouse_does_hold_it(tmp_path):
    with open_warehouse(tmp_path / "plain.duckdb") as warehouse:
        warehouse.write("raw.person", draw(f"person_id\n{CANARY}"))
    assert CANARY.encode() in (tmp_path / "plain.duckdb").read_bytes()  # so that the search above would find it


def test_a_command_without_a_configuration_finds_the_key_by_its_variable(path, monkeypatch):
    monkeypatch.setenv("MLTC_WAREHOUSE_KEY", KEY)
    monkeypatch.setattr("mltc.encryption._written", {})  # as in another process
    with open_warehouse(path, read_only=True) as warehouse:
        assert warehouse.read("select count(*) from raw.person").item() == 2


def test_the_record_of_the_run_says_where_the_key_is(path, monkeypatch):
    monkeypatch.setattr("mltc.encryption._written", {})
    path.with_name("run.json").write_text('{"encryption": {"key_env": "ICB_KEY", "library": "built_in"}}')
    assert find_place(path) == KeyPlace("ICB_KEY", "", "built_in", "")
    with pytest.raises(ConfigError, match=r"is encrypted.*ICB_KEY.*is not set"):
        open_warehouse(path, read_only=True)
    monkeypatch.setenv("ICB_KEY", f"{KEY}\n")  # secrets in files end in a line end
    open_warehouse(path, read_only=True).close()


def test_a_key_may_come_from_a_block(monkeypatch):
    asked = []
    monkeypatch.setattr("mltc.encryption._blocks", {})
    monkeypatch.setattr("mltc.encryption._readers", [])
    place = KeyPlace(block="icb-key")
    with pytest.raises(ConfigError, match="only a command of mltc can"):
        place.read()
    set_block_reader(lambda name: asked.append(name) or KEY)
    assert place.read().key == KEY
    assert place.read().key == KEY
    assert asked == ["icb-key"]  # a server is asked once
    assert KEY not in str(place.describe())


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (None, "MLTC_WAREHOUSE_KEY, which holds the key of the warehouse, is not set"),
        ("short", "holds a key of 5 characters; the key of a warehouse needs 32 or more"),
        (OTHER, "The key does not fit the warehouse"),
    ],
)
def test_what_is_said_where_the_key_is_not_the_right_one(path, monkeypatch, key, said):
    monkeypatch.setattr("mltc.encryption._written", {})
    if key:
        monkeypatch.setenv("MLTC_WAREHOUSE_KEY", key)
    with pytest.raises(ConfigError, match=said) as told:
        open_warehouse(path, read_only=True)
    assert key == "short" or str(key) not in str(told.value)


def test_a_key_for_a_file_that_is_not_encrypted_is_refused(tmp_path):
    with open_warehouse(tmp_path / "plain.duckdb") as warehouse:
        warehouse.write("raw.person", draw("person_id\none"))
    with pytest.raises(ConfigError, match=r"is not encrypted.*`mltc run` writes an encrypted one"):
        open_warehouse(tmp_path / "plain.duckdb", encryption=WRITING)


def test_without_openssl_nothing_is_written_and_the_way_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"OpenSSL.*cannot be loaded from .*none.*docs/security.md"):
        open_warehouse(tmp_path / "w.duckdb", encryption=Encryption(KEY, extension=str(tmp_path / "none")))
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_could_not_write_does_not_begin(tmp_path, monkeypatch):
    file = tmp_path / "mltc.toml"
    file.write_text(CONFIG + '[engine]\nencryption_key_env = "ICB_KEY"\nencryption_extension = "no.file"\n')
    workspace = Workspace(tmp_path / "out", load_config(file))
    workspace.out.mkdir()
    monkeypatch.delenv("ICB_KEY", raising=False)
    with pytest.raises(ConfigError, match="ICB_KEY"):
        workspace.start_run()
    monkeypatch.setenv("ICB_KEY", KEY)
    with pytest.raises(ConfigError, match="OpenSSL"):
        workspace.start_run()
    assert list(workspace.out.iterdir()) == []


def test_a_changed_byte_is_damage_and_no_wrong_figure(path):
    content = bytearray(path.read_bytes())
    content[-5000] ^= 1
    path.write_bytes(content)
    with (
        pytest.raises(DamagedError),
        open_warehouse(path, read_only=True, encryption=WRITING) as warehouse,
    ):
        warehouse.read("select * from raw.person")


def test_a_reader_can_neither_change_nor_copy_out_nor_reach_other_files(path, tmp_path):
    with open_warehouse(path, read_only=True, encryption=WRITING) as warehouse:
        for statement in (
            "delete from raw.person",
            f"copy raw.person to '{(tmp_path / 'x.csv').as_posix()}'",
            "set enable_external_access = true",
            f"attach '{(tmp_path / 'x.duckdb').as_posix()}'",
        ):
            with pytest.raises((EngineError, ConfigError)):
                warehouse.execute(statement)
        assert warehouse.read("select value from duckdb_settings() where value like '%kkkk%'").is_empty()
    assert [each.name for each in tmp_path.iterdir()] == ["it's"]


@pytest.mark.parametrize("is_own_encrypted", [True, False], ids=["into encrypted", "into plain"])
def test_the_last_one_is_attached_whatever_its_key(path, tmp_path, monkeypatch, is_own_encrypted):
    """The key before reads the last one, the new key writes: so a key is changed, or encryption turned off."""
    monkeypatch.setattr("mltc.encryption._written", {})
    monkeypatch.setenv("MLTC_WAREHOUSE_KEY", OTHER if is_own_encrypted else KEY)
    monkeypatch.setenv("MLTC_WAREHOUSE_KEY_PREVIOUS", KEY)
    own = Encryption(OTHER, KEY, "built_in") if is_own_encrypted else None
    with open_warehouse(tmp_path / "own.duckdb", encryption=own) as warehouse:
        warehouse.write("raw.person", draw("person_id | is_late\nown | no"))
        with attach_last(warehouse, path):
            assert attached_columns(warehouse, "raw.person") == {"person_id", "is_late"}
            assert warehouse.read("select person_id from last_good.staging.person").rows() == [(CANARY,)]
            assert warehouse.read("select person_id from raw.person").rows() == [("own",)]
    assert is_encrypted(tmp_path / "own.duckdb") is is_own_encrypted


def test_a_trial_on_an_encrypted_warehouse_is_encrypted_too(path):
    with open_scratch(path, ["staging"]) as scratch:
        assert scratch.read("select * from staging.person").rows() == [(CANARY,)]
        scratch.build("register.person", "select person_id || '!' as person_id from staging.person")
        assert scratch.read("select * from register.person").rows() == [(f"{CANARY}!",)]
        carry_nothing(scratch)
        assert is_encrypted(scratch.path)
        files = [each for each in scratch.path.parent.rglob("*") if each.is_file()]
        assert not any(CANARY.encode() in each.read_bytes() for each in files)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_the_gate_reads_it_through_sqlalchemy(path):
    rule = Rule(rule="not_late", level="warn", why="Drawn.", affects=("risk",), mend="Draw again.", rows="is_late")
    with open_warehouse(path, encryption=WRITING) as warehouse:
        warehouse.build(
            "raw.person",
            "select *, null as _dropped, row_number() over () as _row_id, 'person.csv' as _source_file, "
            "1 as _source_row from raw.person",
        )
        address = EngineAddress(warehouse.path, warehouse.settings, warehouse.encryption)
    results = check_rules(address, {"person": [rule]}, date(2026, 10, 1))
    assert results.select("rule", "status", "rows_failed").rows() == [("not_late", "failed", 1)]
    with open_warehouse(path, encryption=WRITING) as warehouse:
        warehouse.write("meta.after", pl.DataFrame({"x": [1]}))  # the gate has let go of the file


def test_a_run_that_turns_it_on_reads_the_old_one_and_writes_a_new_one(tmp_path, monkeypatch):
    monkeypatch.setenv("MLTC_WAREHOUSE_KEY", KEY)
    file = tmp_path / "mltc.toml"
    engine = '[engine]\nencryption_key_env = "MLTC_WAREHOUSE_KEY"\nencryption_library = "built_in"\n'
    file.write_text(CONFIG + engine, encoding="utf-8")
    workspace = Workspace(tmp_path / "out", load_config(file))
    workspace.out.mkdir()
    with open_warehouse(workspace.warehouse) as warehouse:
        warehouse.write("raw.person", draw("person_id\none"))
    last = workspace.open_last()
    assert last is not None
    with last:
        assert last.read("select count(*) from raw.person").item() == 1
    workspace.start_build()
    with workspace.open_build() as warehouse:
        warehouse.write("raw.person", draw("person_id\none"))
    assert is_encrypted(workspace.build_folder / "warehouse.duckdb")
    workspace.commit()
    assert is_encrypted(workspace.warehouse)


def test_what_can_be_gone_on_with(path, tmp_path):
    with open_warehouse(tmp_path / "plain.duckdb") as warehouse:
        warehouse.write("raw.person", draw("person_id\none"))
    plain = tmp_path / "plain.duckdb"
    found = [is_written_with(file, how) for file in (path, plain) for how in (WRITING, Encryption(OTHER, KEY), None)]
    assert found == [True, False, False, False, False, True]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('encryption_key_env = "A"\nencryption_key_block = "b"', "either encryption_key_env or encryption_key_block"),
        ('encryption_key = "secret"', "encryption_key"),
        ('encryption_key_env = "A"\nencryption_library = "built_in"', "for invented people only"),
    ],
)
def test_what_a_configuration_may_not_say(tmp_path, lines, said):
    file = tmp_path / "mltc.toml"
    of_real = CONFIG.replace("synthetic = true", "synthetic = false")
    file.write_text(f"{of_real}[engine]\n{lines}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        load_config(file)


@pytest.mark.skipif(os.name == "nt", reason="Windows does not know these permissions")
def test_whatever_a_run_makes_is_its_owners_alone(tmp_path):
    from mltc.private_files import open_to_readers, writing_privately

    before = os.umask(0o022)
    try:
        with writing_privately():
            (tmp_path / "private").mkdir()
            (tmp_path / "private" / "file").write_text("", encoding="utf-8")
            (tmp_path / "release").mkdir()
            (tmp_path / "release" / "page.html").write_text("", encoding="utf-8")
            open_to_readers(tmp_path / "release")
        (tmp_path / "after").write_text("", encoding="utf-8")
    finally:
        os.umask(before)
    modes = {str(each.relative_to(tmp_path)): oct(each.stat().st_mode & 0o777) for each in sorted(tmp_path.rglob("*"))}
    assert modes == {
        "after": "0o644",
        "private": "0o700",
        "private/file": "0o600",
        "release": "0o755",
        "release/page.html": "0o644",
    }
