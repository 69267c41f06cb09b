"""What a run keeps of the last one: after any sequence of changes it is as if everything had been made anew."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from steps_alone import run_steps

from mltc.paths import SQL
from mltc.warehouse import MADE, open_warehouse, sql_model
from mltc.warehouse.made import measure_rows

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

PERSONS = 500
SEQUENCES = int(os.environ.get("MLTC_TEST_SEQUENCES", "3"))  # a whole run takes some twenty seconds
# What a run writes of itself: fingerprints, and which steps were kept.
OF_THE_RUN = {MADE, "meta.step"}


@pytest.fixture(scope="module")
def population(tmp_path_factory) -> Path:
    from flows.steps.synthetic_config import write_synthetic_config
    from mltc.synthetic import SyntheticSettings, write_synthetic_icb

    folder = tmp_path_factory.mktemp("population")
    drawn = SyntheticSettings(persons=PERSONS)
    write_synthetic_icb(drawn, folder)
    write_synthetic_config(drawn, folder)
    return folder


def rewrite(folder: Path, table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    path = folder / f"{table}.parquet"
    frame = change(pl.read_parquet(path))
    frame.write_parquet(path)


def say_otherwise(folder: Path, old: str, new: str) -> None:
    path = folder / "mltc.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(old, new) if old in text else text.replace(new, old), encoding="utf-8")


def add_month(folder: Path) -> None:
    """Entries of the last thirty days once more, as if made a day before."""
    day = pl.col("event_date")
    later = (day - pl.duration(days=1)).cast(pl.Date)
    rewrite(
        folder, "gp_event", lambda frame: pl.concat([frame, frame.filter(day > date(2026, 9, 1)).with_columns(later)])
    )


def correct_late(folder: Path) -> None:
    """A tenth of the admissions turn out to have been planned."""
    is_tenth = pl.int_range(pl.len()) % 10 == 0
    method = pl.when(is_tenth).then(pl.lit("11")).otherwise("admission_method").alias("admission_method")
    rewrite(folder, "hospital_episode", lambda frame: frame.with_columns(method))


def lose_persons(folder: Path) -> None:
    rewrite(folder, "person", lambda frame: frame.filter(pl.int_range(pl.len()) % 37 != 5))


def send_again(folder: Path) -> None:
    """The same rows packed otherwise: another file, and no change."""
    path = folder / "outpatient.parquet"
    frame = pl.read_parquet(path)
    frame.write_parquet(path, compression="gzip")


def opt_out(folder: Path) -> None:
    some = pl.int_range(pl.len()) % 11 == 3
    stated = pl.when(some).then(pl.lit("dissent")).otherwise("type1").alias("type1")
    rewrite(folder, "opt_out", lambda frame: frame.with_columns(stated))


def drop_feed(folder: Path) -> None:
    say_otherwise(folder, '[source.emergency]\npath = "emergency.parquet"', "# no emergency feed")


def change_setting(folder: Path) -> None:
    say_otherwise(folder, "seed = 20261001", "seed = 20261001\ncomplex_minimum_conditions = 3")


def change_month(folder: Path) -> None:
    say_otherwise(folder, "index_date = 2026-10-01", "index_date = 2026-09-01")


def change_sql(folder: Path) -> None:
    """MLTC begins with three conditions: told by a file beside the extracts, since the SQL is everybody's."""
    marker = folder / "changed_sql"
    marker.unlink() if marker.exists() else marker.touch()


MLTC = "coalesce(held.condition_count, 0) >= 2 as is_mltc"  # of sql/register/mltc.sql
CHANGES = (
    add_month, correct_late, lose_persons, send_again, opt_out, drop_feed, change_setting, change_month, change_sql,
)  # fmt: skip


def use_sql(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    models = sql_model._load(SQL)
    if (folder / "changed_sql").exists():
        rule = models["register.mltc"]
        assert MLTC in rule.sql
        models[rule.name] = replace(rule, sql=rule.sql.replace(MLTC, MLTC.replace("2", "3")))
    monkeypatch.setattr(sql_model, "_load_shipped", lambda: models)


def describe(out: Path) -> dict[str, str]:
    """Fingerprint of the rows of every table, and of every file of the release but those on runs."""
    found = {}
    with open_warehouse(out / "warehouse.duckdb", read_only=True) as warehouse:
        names = warehouse.read(
            "select table_schema || '.' || table_name as name from information_schema.tables order by name"
        )["name"]
        for name in names:
            if name not in OF_THE_RUN:
                found[name] = measure_rows(warehouse, name)
    for path in sorted((out / "release").glob("2*/**/*")):
        if path.is_file():
            found[path.relative_to(out).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def kept_of(out: Path) -> list[str]:
    return json.loads((out / "run.json").read_text(encoding="utf-8"))["kept"]


@pytest.fixture(scope="module")
def first(population, tmp_path_factory) -> Path:
    """Extracts and folder of a first run, which every sequence starts from."""
    folder = tmp_path_factory.mktemp("first")
    shutil.copytree(population, folder / "extracts")
    run_steps(folder / "extracts" / "mltc.toml", folder / "out")
    return folder


@settings(
    max_examples=SEQUENCES, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(changes=st.lists(st.sampled_from(CHANGES), min_size=2, max_size=2))
def test_after_any_changes_it_is_as_if_made_anew(first, tmp_path_factory, changes):
    folder = tmp_path_factory.mktemp("sequence")
    extracts, out, anew = folder / "extracts", folder / "out", folder / "anew"
    shutil.copytree(first, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        for change in changes:
            change(extracts)
            use_sql(patch, extracts)
            shutil.rmtree(anew, ignore_errors=True)
            shutil.copytree(out, anew)
            run_steps(extracts / "mltc.toml", anew, rebuild=True)
            run_steps(extracts / "mltc.toml", out)
            expected, found = describe(anew), describe(out)
            assert found.keys() == expected.keys(), change.__name__
            assert [name for name in found if found[name] != expected[name]] == [], change.__name__
    shutil.rmtree(folder)


def test_nothing_changed_and_the_same_rows_again(population, tmp_path):
    extracts, out = tmp_path / "extracts", tmp_path / "out"
    shutil.copytree(population, extracts)
    run_steps(extracts / "mltc.toml", out)
    assert kept_of(out) == []
    before = describe(out)
    run_steps(extracts / "mltc.toml", out)
    assert {"read gp_event", "gate", "staging", "leakage", "clusters", "risk", "cohorts", "release"} <= set(
        kept_of(out)
    )
    assert describe(out) == before
    send_again(extracts)
    run_steps(extracts / "mltc.toml", out)
    kept = set(kept_of(out))
    assert "read outpatient" not in kept
    assert {"read gp_event", "clusters", "risk", "cohorts", "release"} <= kept
