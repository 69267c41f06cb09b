"""Time, rows a second and peak memory of landing a large table, each in a process of its own.

uv run python -m benchmarks.landing --rows 5000000

Starts a PostgreSQL server of its own (Debian: postgresql) with a table shaped like GP events, and a SQLite file of a
fifth of the rows for the way through SQLAlchemy. Peak memory is the whole process, libraries included.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.postgres_server import READER, READER_PASSWORD, PostgresServer, find_programs

TABLE = """
create table gp_event as
select 'SYN' || lpad((i % 600000)::text, 10, '0') as person_id,
    date '2020-01-01' + (i * 7919 % 2400)::int as event_date,
    (1000000000 + i * 104729 % 90000)::numeric(18, 0) as code,
    'snomed' as code_system,
    case when i % 3 = 0 then round((50 + i % 1000 / 10.0)::numeric, 1) end as value,
    case when i % 3 = 0 then 'mmol/mol' end as value_unit,
    'Y' || (i % 60)::text as practice_code,
    timestamptz '2020-01-01' + (i % 70000000) * interval '1 second' as recorded_at,
    gen_random_uuid() as consultation_id
from generate_series(1::bigint, {rows}) as i
"""
PULL = """
import json, resource, sys, time
from pathlib import Path
from mltc.config import DatabaseSettings
from mltc.landing import build_relation_request, land_query
request = build_relation_request("warehouse", DatabaseSettings(url_env="MLTC_BENCHMARK_URL"), "gp_event", "gp_event")
started = time.perf_counter()
landed = land_query(request, Path(sys.argv[1]), lambda step: None)
seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"rows": landed.rows, "seconds": seconds, "peak": peak, "bytes": landed.path.stat().st_size}))
"""


def measure(label: str, url: str, folder: Path) -> None:
    """Pull the table in a new process and print what it took."""
    done = subprocess.run(
        [sys.executable, "-c", PULL, str(folder)],
        env={**os.environ, "MLTC_BENCHMARK_URL": url}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    found = json.loads(done.stdout)
    speed = found["rows"] / found["seconds"]
    print(
        f"{label}: {found['rows']:,} rows in {found['seconds']:.1f} s ({speed:,.0f} rows/s), "
        f"peak memory {found['peak']:.0f} MiB, file {found['bytes'] / 2**20:.0f} MiB"
    )


def measure_postgres(rows: int, folder: Path) -> None:
    """Through ADBC."""
    programs = find_programs()
    if programs is None:
        raise SystemExit("PostgreSQL's server programs are not installed (Debian: postgresql).")
    server = PostgresServer(programs)
    try:
        server.start()
        server.query(f"create role {READER} login password '{READER_PASSWORD}'")
        for size in (rows // 5, rows):
            server.query(
                f"drop table if exists gp_event; {TABLE.format(rows=size)}; grant select on gp_event to {READER}"
            )
            measure("PostgreSQL by ADBC", server.url, folder / f"postgres-{size}")
    finally:
        server.remove()


def measure_sqlite(rows: int, folder: Path) -> None:
    """Through SQLAlchemy."""
    path = folder / "warehouse.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "create table gp_event (person_id text, event_date text, code integer, value real, unit text)"
        )
        connection.executemany(
            "insert into gp_event values (?, ?, ?, ?, ?)",
            (
                (f"SYN{i % 600000:010}", "2020-01-01", 10**17 + i, i / 10 if i % 3 else None, "mmol/mol")
                for i in range(rows)
            ),
        )
    measure("SQLite by SQLAlchemy", f"sqlite:///{path}", folder / "sqlite")


def main() -> None:
    """Measure both ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        measure_postgres(rows, Path(folder))
        measure_sqlite(rows // 5, Path(folder))


if __name__ == "__main__":
    main()
