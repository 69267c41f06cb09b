"""Configurations that somebody wrote to do harm, or by a slip: refused in one line, and nothing of them is run as SQL."""

import json
from pathlib import Path

import pytest
from mutations import CANONICAL
from typer.testing import CliRunner

from flows.cli import app
from mltc.config import load_config
from mltc.errors import ConfigError, ExtractError, MltcError
from mltc.sources import load_extract
from mltc.warehouse import open_warehouse

BASE = """
[icb]
name = "A"
code = "QAA"
synthetic = true
[run]
index_date = 2026-10-01
[lawful]
opt_outs_applied_upstream = "by the sender"
[source.person]
path = "person.csv"
[source.gp_event]
path = "gp_event.csv"
"""
DROP = '"; drop table raw.person; --'
INJECTIONS = (
    DROP,
    "'); drop table raw.person; --",
    "raw.person",
    "1 union select * from raw.person",
    "${x}",
    "{batch}",
)


def changed(old: str, new: str) -> str:
    assert old in BASE
    return BASE.replace(old, new, 1)


REFUSED = {
    "lists within lists": ("x = " + "[" * 5_000 + "]" * 5_000 + BASE, "too deep"),
    "tables within tables": ("[" + ".".join(["a"] * 3_000) + "]\n", "too deep"),
    "inline tables": ("x = " + "{a = " * 3_000 + "1" + "}" * 3_000 + BASE, "too deep"),
    "a number of 5,000 digits": (changed("2026-10-01", f"2026-10-01\nseed = {'9' * 5_000}"), "too many digits"),
    "a number beyond counting": (changed("2026-10-01", f"2026-10-01\nseed = {'9' * 300}"), "run.seed is a number beyond"),
    "a seed below zero": (changed("2026-10-01", "2026-10-01\nseed = -5"), "run.seed"),
    "a seed beyond 32 bits": (changed("2026-10-01", "2026-10-01\nseed = 4294967296"), "run.seed"),
    "a day of year 1": (changed("2026-10-01", "0001-01-01"), "run.index_date"),
    "a day of year 9999": (changed("2026-10-01", "9999-12-31"), "run.index_date"),
    "a word for a day": (changed("2026-10-01", '"today"'), "run.index_date"),
    "a time for a day": (changed("2026-10-01", "2026-10-01T10:00:00Z"), "run.index_date"),
    "a zero byte in a folder": (f'{BASE}[extracts]\nroot = "a\\u0000b"\n', "extracts.root holds control characters"),
    "a zero byte in a path": (changed('"person.csv"', '"a\\u0000.csv"'), "source.person.path holds control characters"),
    "a line end in a path": (changed('"person.csv"', '"a\\nb.csv"'), "source.person.path holds control characters"),
    "a screen code in a name": (changed('"A"', '"A\\u001b[2J"'), "icb.name holds control characters"),
    "a screen code in a key": (f'{BASE}["x\\u001b[2J"]\na = 1\n', "the name 'x\\x1b[2J' holds control characters"),
    "a line end in a key": (f'{BASE}["x\\ny"]\na = 1\n', "the name 'x\\ny' holds control characters"),
    "memory beyond any machine": (f'{BASE}[engine]\nmemory_limit = "{"9" * 20}GB"\n', "engine.memory_limit"),
    "memory and a statement": (f'{BASE}[engine]\nmemory_limit = "1GB\'; drop"\n', "engine.memory_limit"),
    "threads without end": (f"{BASE}[engine]\nthreads = 1e99\n", "engine.threads"),
    "starts without end": (f"{BASE}[clusters]\nstarts = 9007199254740992\n", "clusters.starts"),
    "no number": (f"{BASE}[gate]\nmaximum_quarantined_share = nan\n", "gate.maximum_quarantined_share"),
    "infinity": (f"{BASE}[gate]\nmaximum_quarantined_share = inf\n", "gate.maximum_quarantined_share"),
    "a list for a table": (changed('[icb]', "[[icb]]"), "icb is not written as the file has it"),
    "a text for tables": ('source = "x"\n' + BASE.partition("[source.person]")[0], "source: input should be a valid dict"),
    "a number for a path": (changed('"person.csv"', "7"), "source.person.path"),
    "a feed that leads elsewhere": (f'{BASE}[feed."../../x"]\ndialect = "hes_apc"\n', "should match pattern"),
    "a source whose feed leads elsewhere": (changed('"person.csv"', '"person.csv"\nfeed = "../x"'), "source.person.feed"),
    "a feed with a drive": (f"{BASE}[feed.'C:\\x']\ndialect = \"hes_apc\"\n", "should match pattern"),
    "a layout that leads elsewhere": (f'{BASE}[feed.x]\ndialect = "../../etc/passwd"\n', "There is no layout"),
    "a layout of 5,000 letters": (f'{BASE}[feed.x]\ndialect = "{"a" * 5_000}"\n', "There is no layout"),
    "a layout that is no layout": (f'{BASE}[feed.x]\ndialect = "c.toml"\n', "is not valid"),
    "a table that is a statement": (f'{BASE}[source."person; drop"]\npath = "a"\n', "is not a canonical table"),
    "a column that is a statement": (f"{BASE}[source.gp_event.columns]\n'x{DROP}' = \"a\"\n", "is not a column of"),
    "a delimiter that is a statement": (changed('"gp_event.csv"', "\"gp_event.csv\"\ndelimiter = \"'; drop\""), "delimiter"),
    "an encoding that runs code": (changed('"gp_event.csv"', '"gp_event.csv"\nencoding = "zip"'), "encoding"),
    "a variable that is none": (changed("synthetic = true", 'secret_env = "A B"'), "icb.secret_env"),
    "half a letter": (changed('"A"', '"\\ud800"'), "is not valid TOML"),
}  # fmt: skip


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "c.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def check_line(message: str) -> None:
    assert message.isprintable(), ascii(message)


@pytest.mark.parametrize(("text", "told"), REFUSED.values(), ids=list(REFUSED))
def test_it_is_refused_in_one_line(tmp_path, text, told):
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text))
    check_line(str(caught.value))
    assert told in str(caught.value)
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff\xfe\x00" * 100, b"\xff\xfeA\x00", b"PK\x03\x04", b"{}", b"\x80", ("# x\n" * 3_000_000).encode()],
    ids=["nothing", "bytes", "UTF-16", "zip", "JSON", "half a letter", "12 MB"],
)
def test_a_file_that_is_no_configuration(tmp_path, content):
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, content))
    check_line(str(caught.value))


@pytest.mark.parametrize("name", ["lists within lists", "a number of 5,000 digits", "a screen code in a key"])
@pytest.mark.parametrize("command", ["run", "check", "report", "notify"])
def test_commands_end_with_exit_2(tmp_path, command, name):
    path = write(tmp_path, REFUSED[name][0])
    result = CliRunner().invoke(app, [command, "--config", str(path)])
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)


def test_a_folder_or_a_device_is_no_configuration(tmp_path):
    for path in (tmp_path, Path("/dev/null")):
        result = CliRunner().invoke(app, ["check", "--config", str(path)])
        assert result.exit_code == 2, result.output


def load_both(folder: Path, text: str) -> int:
    """Rows of `raw.person` after `raw.gp_event` was loaded by this configuration, whatever became of that."""
    for table in ("person", "gp_event"):
        (folder / f"{table}.csv").write_text(CANONICAL[table], encoding="utf-8")
    config = load_config(write(folder, text))
    with open_warehouse(folder / "warehouse.duckdb") as warehouse:
        load_extract(warehouse, config, "person", folder / "landing")
        try:
            load_extract(warehouse, config, "gp_event", folder / "landing")
        except MltcError as error:
            assert isinstance(error, ExtractError | ConfigError), str(error)
            assert "\n" not in str(error)
        return int(warehouse.read("select count(*) from raw.person").item())


@pytest.mark.parametrize("injection", INJECTIONS)
@pytest.mark.parametrize(
    "mapping",
    [
        "code = {}",
        "code = {{ column = {} }}",
        "code = {{ constant = {} }}",
        "code = {{ first_of = [{}, 'code'] }}",
        "code = {{ list = [{}, 'code'] }}",
        "code = {{ label_of_first = {{ code = {} }} }}",
        "code = {{ column = 'code', values = {{ C10 = {} }} }}",
        "code = {{ column = 'code', split = {} }}",
        "event_date = {{ column = 'event_date', date_formats = [{}] }}",
    ],
    ids=["name", "column", "constant", "first of", "list", "label", "values", "split", "date format"],
)
def test_nothing_of_a_mapping_is_run(tmp_path, mapping, injection):
    """A mapping names columns and values: whatever stands there, it is a name or a value."""
    others = "" if mapping.startswith("event_date") else "event_date = 'event_date'\n"
    text = f"{BASE}[source.gp_event.columns]\nperson_id = 'person_id'\n{others}"
    assert load_both(tmp_path, text + mapping.format(json.dumps(injection))) == 4


@pytest.mark.parametrize(
    "expression",
    [
        '1) as varchar)); drop table raw.person; --', "1; drop table raw.person", "(select max(person_id) from raw.person)",
        "1 from raw.person", "1, 2", "1 --", "1 /* x", "(from read_text('/etc/passwd'))", "exists (from raw.person)", ")", "", "'",
    ],
)  # fmt: skip
def test_an_expression_is_one_expression(tmp_path, expression):
    """A layout may be somebody else's: what it computes a column by reads that row and nothing else."""
    mapping = f"code = {{ sql = {json.dumps(expression)} }}\n"
    with pytest.raises(ConfigError, match=r"expression|exactly one of") as caught:
        load_config(write(tmp_path, f"{BASE}[source.gp_event.columns]\nperson_id = 'person_id'\n{mapping}"))
    check_line(str(caught.value))


@pytest.mark.parametrize(
    "path",
    [
        "../person.csv", "a'; drop table raw.person; --.csv", 'a".csv', "C:\\x\\y.csv", "//x/share/y.csv",
        "/etc/passwd", "~/x.csv", "$HOME/x.csv", "%TEMP%\\x.csv", "*?[", "**/*.csv", "x" * 300 + ".csv", "CON", ".", "..",
    ],
)  # fmt: skip
def test_a_path_leads_to_a_file_or_to_an_error(tmp_path, path):
    """A path may lead anywhere that the user may read, but it is a path and nothing else."""
    text = changed('"gp_event.csv"', json.dumps(path))
    assert load_both(tmp_path, text) == 4


@pytest.mark.parametrize("name", ["it's", 'a"b', "a;drop table raw.person", "{x}", "[2026]", "*", "é", "a b", "--"])
def test_folders_of_any_name_are_read(tmp_path, name):
    """What a configuration may call a folder, a file system may too."""
    folder = tmp_path / name
    folder.mkdir()
    assert load_both(folder, BASE) == 4
    with open_warehouse(folder / "warehouse.duckdb", read_only=True) as warehouse:
        assert warehouse.read("select count(*) from raw.gp_event").item() > 0
