"""Time and peak memory of reading GP events from Parquet into staging, against DuckDB copying the same file.

    python -m benchmarks.reading --rows 100000000

Each part runs in a process of its own, in one run of this script, so that the figures can be compared: DuckDB
copying the file to another Parquet file, DuckDB copying it into a table, and this product reading it into `raw`,
setting rows aside, building staging, and reconciling every row. The gate's expectations are timed as a part of
their own. Memory limit of the engine: 3 GiB.
"""

import argparse
import tempfile
from datetime import date
from pathlib import Path

from benchmarks.parts import add_part_argument, measure_part, timed_part

LIMIT = "3GiB"
EVENTS_PER_PERSON = 100
DAY = "date '2021-10-01' + cast(hash(event + {salt}) % 1826 as integer)"
EVENTS = f"""
    copy (
        select
            'SYN' || lpad(cast((event // {EVENTS_PER_PERSON} * 2654435761) % 4294967296 as varchar), 10, '0')
                as person_id,
            {DAY.format(salt=1)} as event_date,
            cast(100000000 + (hash(event + 2) % 3000) * 977 as varchar) as code,
            'snomed' as code_system,
            case when hash(event + 3) % 3 = 0 then (hash(event + 4) % 2000) / 10.0 end as value,
            case when hash(event + 3) % 3 = 0 then 'mmol/L' end as value_unit,
            cast(null as varchar) as value_comparator,
            'other' as episodicity,
            'Y9' || lpad(cast(9000 + (event // {EVENTS_PER_PERSON}) % 190 as varchar), 4, '0') as practice_code,
            {DAY.format(salt=1)} + cast(hash(event + 5) % 20 as integer) as recorded_date
        from range({{rows}}) as made(event)
    ) to '{{path}}' (format parquet, compression zstd)
"""
PERSONS = """
    copy (
        select distinct
            'SYN' || lpad(cast((person * 2654435761) % 4294967296 as varchar), 10, '0') as person_id,
            date '1960-01-01' as birth_date
        from range({persons}) as made(person)
    ) to '{path}' (format parquet, compression zstd)
"""
CONFIG = """
[icb]
name = "Benchmark"
code = "QZZ"
synthetic = true
[run]
index_date = 2026-10-01
[engine]
memory_limit = "3GiB"
[lawful]
opt_outs_applied_upstream = "No person is real."
[source.person]
path = "person.parquet"
[source.gp_event]
path = "gp_event.parquet"
"""


def main() -> None:
    """Make the file, run every part in its own process, print one line each and the ratios."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=100_000_000)
    arguments.add_argument("--folder", type=Path, help="a place for some 30 GB; a temporary one if not given")
    add_part_argument(arguments, PARTS)
    given = arguments.parse_args()
    if given.part:
        PARTS[given.part](given.folder)
        return
    with tempfile.TemporaryDirectory(prefix="mltc-reading-", ignore_cleanup_errors=True) as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        _make(folder, given.rows)
        found = {part: measure_part("benchmarks.reading", part, folder) for part in PARTS}
    staged = found["read into staging"]["seconds"]
    for copy in ("copy to parquet", "copy to table"):
        print(f"read into staging / {copy}: {staged / found[copy]['seconds']:.2f}")


def _make(folder: Path, rows: int) -> None:
    with _connect() as connection:
        connection.execute(EVENTS.format(rows=rows, path=(folder / "gp_event.parquet").as_posix()))
        persons = PERSONS.format(persons=rows // EVENTS_PER_PERSON, path=(folder / "person.parquet").as_posix())
        connection.execute(persons)
    (folder / "mltc.toml").write_text(CONFIG, encoding="utf-8")
    size = (folder / "gp_event.parquet").stat().st_size
    print(f"{rows:,} rows, {size / 2**20:,.0f} MiB of Parquet", flush=True)


def _connect(path: Path | str = ":memory:"):
    import duckdb

    return duckdb.connect(str(path), config={"memory_limit": LIMIT, "threads": 2})


def _copy_to_parquet(folder: Path) -> None:
    source, target = (folder / name for name in ("gp_event.parquet", "copy.parquet"))
    with timed_part(), _connect() as connection:
        connection.execute(
            f"copy (select * from read_parquet('{source.as_posix()}')) to '{target.as_posix()}' "
            "(format parquet, compression zstd)"
        )
    target.unlink()


def _copy_to_table(folder: Path) -> None:
    target = folder / "copy.duckdb"
    target.unlink(missing_ok=True)
    with timed_part(), _connect(target) as connection:
        source = (folder / "gp_event.parquet").as_posix()
        connection.execute(f"create table gp_event as select * from read_parquet('{source}')")
    target.unlink()


def _read_into_staging(folder: Path) -> None:
    """Read, set aside, stage and reconcile; the rules' queries run once each, as the exclusion runs them."""
    from mltc import intake
    from mltc.codelists import load_codelists
    from mltc.config import load_config
    from mltc.contract import load_contract
    from mltc.quality import build_row_account, check_row_account, exclude_rows, load_rules
    from mltc.quality.rules import select_rules
    from mltc.warehouse import build_models
    from mltc.workspace import Workspace

    workspace = Workspace(folder / "out", load_config(folder / "mltc.toml"))
    workspace.start_build()
    tables = list(load_contract())
    for table in [table for table in tables if table != "gp_event"]:
        intake.read_table(workspace, table)
    with timed_part():
        files = intake.read_table(workspace, "gp_event")
        intake.record_extracts(workspace, files, load_codelists())
        config = workspace.config
        rules, _ = select_rules(
            {"gp_event": load_rules(load_contract()["gp_event"], config.gate.maximum_unreadable_share)}
        )
        with workspace.open_build() as warehouse:
            intake.prepare_rows(warehouse, config, ["gp_event"])
            exclude_rows(warehouse, config, rules, date(2026, 10, 1))
            build_models(warehouse, ["staging"], {})
            build_row_account(warehouse, ["gp_event"])
            check_row_account(warehouse)


def _check_expectations(folder: Path) -> None:
    """Great Expectations on the same table, as the gate runs it."""
    from mltc.config import load_config
    from mltc.contract import load_contract
    from mltc.quality import check_rules, load_rules
    from mltc.quality.gate import EngineAddress
    from mltc.quality.rules import select_rules
    from mltc.workspace import Workspace

    workspace = Workspace(folder / "out", load_config(folder / "mltc.toml"))
    with workspace.open_build() as warehouse:
        address = EngineAddress(warehouse.path, warehouse.settings)
    rules, _ = select_rules({"gp_event": load_rules(load_contract()["gp_event"], 0.05)})
    with timed_part():
        check_rules(address, rules, date(2026, 10, 1))


PARTS = {
    "copy to parquet": _copy_to_parquet,
    "copy to table": _copy_to_table,
    "read into staging": _read_into_staging,
    "check expectations": _check_expectations,
}

if __name__ == "__main__":
    main()
