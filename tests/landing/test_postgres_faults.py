"""What goes wrong at the server: said clearly, tried again where that helps, resumed by table, and no secret told."""

import time
import traceback
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from postgres_server import READER, READER_PASSWORD, READER_PASSWORD_IN_URL

from mltc.config import DatabaseSettings
from mltc.errors import ConfigError, ExtractError
from mltc.landing import (
    MissingSourceError,
    build_relation_request,
    clear_landing,
    land_query,
    landing_folder,
    read_database_url,
)
from mltc.landing import batches as batches_module

WIDE_ROWS = 600_000
WIDE = f"select i::bigint as id, repeat('x', 200) || i as text from generate_series(1, {WIDE_ROWS}) as i"


class Listener:
    """Progress that remembers, and does something once at the first rows of a pull."""

    def __init__(self, then: Callable[[], object] | None = None) -> None:
        self.heard: list[str] = []
        self.then = then

    def __call__(self, step: str) -> None:
        self.heard.append(step)
        if self.then is not None and step.endswith(" rows"):
            then, self.then = self.then, None
            then()


@pytest.fixture(autouse=True)
def talkative(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress at every batch, so that a test can act in the middle of a pull."""
    monkeypatch.setattr(batches_module, "TELL_EVERY_ROWS", 1)


def assert_silent(error: BaseException, *also: str) -> None:
    """No user, password, host, port or URL in the message, or in anything that the error drags along."""
    told = "".join(traceback.format_exception(error)) + repr(error) + "".join(also)
    # source lines of a traceback are code, not data
    for secret in (READER, READER_PASSWORD, READER_PASSWORD_IN_URL, "127.0.0.1", "postgresql://icb"):
        assert secret not in told
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select * from nowhere", r'the table or view does not exist: relation "nowhere" does not exist'),
        ("select * from nowhere.apc", "the table or view does not exist"),
        ("select\n  1 as a,\n  missing\nfrom pg_class", r'a column does not exist: column "missing".*in line 3'),
        ("select 1 as a\nfrm pg_class\n where", r"the query is not valid in line \d: syntax error at or near"),
        ("select 1; select 2", "the query is not valid"),
        ("select * from secret_table", "permission is denied: permission denied for table secret_table"),
        ("select * from pg_authid", "permission is denied: permission denied for table pg_authid"),
        ("update open_table set id = 2 returning id", "permission is denied|would change the database"),
        ("show server_version", "the query is not valid"),
        ("select cast(name as integer) as a from open_table", r"fails on a value in the data \(SQLSTATE 22P02"),
        ("select 1 / (i - 400000) as a from generate_series(1, 500000) as i", r"SQLSTATE 22012"),
    ],
)
def test_a_wrong_query_is_said_once(postgres, query, tmp_path: Path, sql: str, says: str) -> None:
    postgres.query(
        "create table if not exists secret_table (id int); revoke all on secret_table from public, icb_reader"
    )
    postgres.query("create table if not exists open_table (id int, name text); grant all on open_table to icb_reader")
    postgres.query("truncate open_table; insert into open_table values (1, 'Edith Person')")
    progress = Listener()
    with pytest.raises(ExtractError, match=says) as caught:
        land_query(query(sql), tmp_path, progress)
    message = str(caught.value)
    assert isinstance(caught.value, MissingSourceError) == ("nowhere" in sql)
    assert message.startswith("warehouse query apc (apc.sql): ")
    assert "Edith" not in message
    assert not any("Attempt" in step for step in progress.heard)
    assert_silent(caught.value, *progress.heard)
    assert list(tmp_path.glob("*.parquet")) == [] == list((tmp_path / ".landed").iterdir())


@pytest.mark.parametrize(
    ("url", "says", "attempts"),
    [
        (
            "postgresql://icb_reader:wr0ng@127.0.0.1:{port}/postgres",
            "refused the user or password.*MLTC_WAREHOUSE_URL",
            1,
        ),
        ("postgresql://nobody_there:wr0ng@127.0.0.1:{port}/postgres", "refused the user or password", 1),
        ("postgresql://icb_reader:{password}@127.0.0.1:{port}/elsewhere", "no such database", 1),
        ("postgresql://icb_reader:{password}@127.0.0.1:{port}/postgres?sslmode=require", "no encrypted connection", 1),
        ("postgresql://icb_reader:{password}@127.0.0.1:1/postgres", "cannot be reached.*Tried 3 times", 3),
        ("postgresql://icb_reader:{password}@no-such-host.invalid/postgres", "host's name is not known", 3),
        ("postgresql://icb_reader:wr@/ng@127.0.0.1:x/postgres", "MLTC_WAREHOUSE_URL", None),
    ],
)
def test_a_connection_that_cannot_be_made(
    postgres, settings, monkeypatch, tmp_path: Path, url: str, says: str, attempts: int | None
) -> None:
    monkeypatch.setenv("MLTC_WAREHOUSE_URL", url.format(port=postgres.port, password=READER_PASSWORD_IN_URL))
    progress = Listener()
    with pytest.raises(ExtractError, match=says) as caught:
        land_query(build_relation_request("warehouse", settings, "apc", "apc"), tmp_path, progress)
    assert_silent(caught.value, *progress.heard)
    assert "wr0ng" not in str(caught.value)
    if attempts is not None:
        assert sum("Attempt" in step for step in progress.heard) == attempts - 1


def test_a_terminated_connection_is_tried_again(postgres, query, tmp_path: Path) -> None:
    end = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'mltc'"
    ended: list[str] = []
    progress = Listener(lambda: ended.append(postgres.query(end)))
    landed = land_query(query(WIDE), tmp_path, progress)
    assert ended == ["1"]
    assert any("connection" in step and "Attempt 2 of 3" in step for step in progress.heard)
    assert landed.rows == WIDE_ROWS
    assert pl.read_parquet(landed.path, columns=["id"])["id"].to_list() == list(range(1, WIDE_ROWS + 1))


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_server_that_dies_and_comes_back(running, query, tmp_path: Path, how: str) -> None:
    def restart() -> None:
        getattr(running, how)()
        running.start()

    progress = Listener(restart)
    landed = land_query(query(WIDE), tmp_path, progress)
    assert any("Attempt 2 of 3" in step for step in progress.heard)
    assert landed.rows == pl.read_parquet(landed.path, columns=["id"])["id"].n_unique() == WIDE_ROWS


def test_a_server_that_stays_down_and_the_run_after_it(running, canonical, relation, query, tmp_path: Path) -> None:
    """person and death landed, the third broke off: the next run pulls the third and fourth only."""
    folder = landing_folder(tmp_path, "2026-10", "warehouse")
    requests = [relation("person"), relation("death"), query(WIDE, "wide"), relation("opt_out")]
    progress = Listener()
    before = [land_query(request, folder, progress) for request in requests[:2]]
    progress.then = running.kill
    with pytest.raises(ExtractError, match=r"cannot be reached.*Tried 3 times\. What has landed is kept") as caught:
        land_query(requests[2], folder, progress)
    assert_silent(caught.value, *progress.heard)
    assert {path.name for path in folder.glob("*.parquet")} == {"person.parquet", "death.parquet"}
    assert not list((folder / ".landed").glob("*.part"))

    written = [(item.path.stat().st_mtime_ns, item.sha256) for item in before]
    running.start()
    asked_before = running.read_log().count("COPY (")
    after = [land_query(request, folder, progress) for request in requests]
    assert [item.resumed for item in after] == [True, True, False, False]
    assert [(item.path.stat().st_mtime_ns, item.sha256) for item in after[:2]] == written
    assert 'COPY (select * from "public"."opt_out"' in running.read_log()
    # two tables were asked for: `wide` and `opt_out` (each once; the schema query is another COPY (select ...))
    assert running.read_log().count("COPY (") - asked_before == 4
    assert after[0].rows == canonical["person"].height

    clear_landing(tmp_path)
    assert not (tmp_path / "landing").exists()
    clear_landing(tmp_path)


def test_what_makes_a_landed_table_be_pulled_again(postgres, query, settings, relation, tmp_path: Path) -> None:
    first = land_query(query("select 1 as id"), tmp_path)
    assert land_query(query("select 1 as id"), tmp_path).resumed
    assert not land_query(query("select 2 as id"), tmp_path).resumed, "the query was edited"
    assert land_query(query("select 2 as id"), tmp_path).resumed
    with first.path.open("ab") as file:
        file.write(b"x")
    assert not land_query(query("select 2 as id"), tmp_path).resumed, "the file was cut or changed"
    first.path.unlink()
    assert not land_query(query("select 2 as id"), tmp_path).resumed, "the file is gone"
    stale = settings.model_copy(update={"resume_within_hours": 0.0})
    request = build_relation_request("warehouse", stale, "klass", "pg_catalog.pg_class")
    land_query(request, tmp_path)
    time.sleep(1.1)
    assert not land_query(request, tmp_path).resumed, "it is older than resume_within_hours"


def test_records_hold_no_secret(postgres, query, tmp_path: Path) -> None:
    land_query(query("select 1 as id"), tmp_path)
    record = (tmp_path / ".landed" / "apc.parquet.json").read_text(encoding="utf-8")
    for secret in (READER, READER_PASSWORD, READER_PASSWORD_IN_URL, "127.0.0.1", str(postgres.port)):
        assert secret not in record
    assert READER not in repr(query("select 1 as id"))


def test_urls_come_from_the_environment_or_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = DatabaseSettings(url_env="MLTC_NOT_SET")
    monkeypatch.delenv("MLTC_NOT_SET", raising=False)
    with pytest.raises(ConfigError, match=r"MLTC_NOT_SET, which \[database.dw\] names, is not set"):
        read_database_url("dw", settings)
    monkeypatch.setenv("MLTC_NOT_SET", "host=10.1.2.3 password=hunter2")
    with pytest.raises(ConfigError, match="does not hold a URL") as caught:
        read_database_url("dw", settings)
    assert "hunter2" not in str(caught.value)
    block = DatabaseSettings(url_block="icb-warehouse")
    with pytest.raises(ConfigError, match="only a flow can read"):
        read_database_url("dw", block)
    url = read_database_url("dw", block, {"icb-warehouse": "postgresql://u:p@h/d"}.__getitem__)
    assert (url.get_secret_value(), str(url)) == ("postgresql://u:p@h/d", "**********")


@pytest.mark.parametrize("given", [{}, {"url_env": "A", "url_block": "b"}])
def test_exactly_one_place_holds_the_url(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="give either url_env or url_block"):
        DatabaseSettings(**given)
