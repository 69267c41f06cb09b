"""Time and peak memory of the register and all scores, against the least that reading the same records can take.

    python -m benchmarks.register --persons 1000000 --months 36
    python -m benchmarks.register --extracts out/synthetic

The least: DuckDB scans the same Parquet once, joins every record to the code lists and groups it by person and list.
The register does that for six definitions, three index dates and every score. Each part runs in a process of its
own, in one run of this script. Memory limit of the engine: 6 GiB. Reading into staging, which comes before, is shown
and not counted. Rewrites benchmarks/REGISTER.md.
"""

import argparse
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks.parts import add_part_argument, measure_part, timed_part

RESULTS = Path(__file__).parent / "REGISTER.md"
LIMIT = "6GiB"
COUNTED = ("register and scores",)
CONFIG = """
[icb]
name = "Benchmark"
code = "QZZ"
synthetic = true
[run]
index_date = 2026-10-01
[engine]
memory_limit = "6GiB"
[lawful]
opt_outs_applied_upstream = "No person is real."
[extracts]
root = "{root}"
{sources}
"""
LEAST = """
    with record as (
        select person_id, code, code_system from read_parquet('{root}/gp_event.parquet')
        union all
        select person_id, code, code_system from read_parquet('{root}/gp_prescription.parquet')
        union all
        select person_id, unnest(diagnoses) as code, 'icd10' as code_system
        from read_parquet('{root}/hospital_episode.parquet')
    )
    select record.person_id, wanted.evidence, count(*) as records
    from record
    inner join wanted on wanted.code = record.code and wanted.code_system = record.code_system
    group by record.person_id, wanted.evidence
"""


def main() -> None:
    """Make the extracts if none are given, run every part, write the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--persons", type=int, default=1_000_000)
    arguments.add_argument("--months", type=int, default=36)
    arguments.add_argument("--extracts", type=Path, help="Parquet extracts that are there already")
    arguments.add_argument("--folder", type=Path, help="a place for some 30 GB; a temporary one if not given")
    add_part_argument(arguments, PARTS)
    given = arguments.parse_args()
    if given.part:
        PARTS[given.part](given.folder)
        return
    with tempfile.TemporaryDirectory(prefix="mltc-register-", ignore_cleanup_errors=True) as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        root = given.extracts or make_extracts(folder / "extracts", given.persons, given.months)
        write_config(folder, root.resolve())
        found = {part: measure_part("benchmarks.register", part, folder) for part in PARTS}
        _write_results(found, root)
    print(RESULTS.read_text(encoding="utf-8"))


def make_extracts(root: Path, persons: int, months: int) -> Path:
    """A synthetic ICB without defects in `root`."""
    from mltc.synthetic import SyntheticSettings, write_synthetic_icb

    write_synthetic_icb(SyntheticSettings(persons, months, defect_rate=0.0), root)
    return root


def write_config(folder: Path, root: Path) -> None:
    """`mltc.toml` in `folder` that reads every table in `root`."""
    sources = "\n".join(f'[source.{path.stem}]\npath = "{path.name}"' for path in sorted(root.glob("*.parquet")))
    text = CONFIG.format(root=root.as_posix(), sources=sources)
    (folder / "mltc.toml").write_text(text, encoding="utf-8")


def open_workspace(folder: Path):
    from mltc.config import load_config
    from mltc.workspace import Workspace

    return Workspace(folder / "out", load_config(folder / "mltc.toml"))


def _least(folder: Path) -> None:
    """One scan, one join, one group by: prefixes are resolved to whole codes before the clock starts."""
    import duckdb

    workspace = open_workspace(folder)
    root = Path(workspace.config.extracts.root).as_posix()
    with duckdb.connect(config={"memory_limit": LIMIT, "threads": 2}) as connection:
        with workspace.open_build() as warehouse:
            codes = warehouse.read("select evidence, code_system, code, is_prefix from codelist.evidence_code")
        connection.register("listed", codes.to_arrow())
        connection.execute(
            f"""
            create table wanted as
            with found as (
                select distinct code, code_system from read_parquet('{root}/gp_prescription.parquet')
                union
                select distinct unnest(diagnoses), 'icd10' from read_parquet('{root}/hospital_episode.parquet')
            )
            select evidence, code_system, code from listed where not is_prefix
            union
            select listed.evidence, found.code_system, found.code
            from found inner join listed
                on listed.is_prefix and listed.code_system = found.code_system
                and starts_with(found.code, listed.code)
            """
        )
        with timed_part():
            connection.execute(f"create table least as {LEAST.format(root=root)}")


def _read(folder: Path) -> None:
    from benchmarks.staging import stage_sound_extracts

    workspace = open_workspace(folder)
    with timed_part():
        stage_sound_extracts(workspace)


def _derive(folder: Path) -> None:
    """Layers register and scores, as the run builds them."""
    from mltc.codelists import load_codelists
    from mltc.derive import prepare_register
    from mltc.warehouse import build_models

    workspace = open_workspace(folder)
    codelists = load_codelists()
    with workspace.open_build() as warehouse, timed_part():
        parameters = prepare_register(warehouse, workspace, codelists, "a secret of the benchmark")
        build_models(warehouse, ["register", "scores"], parameters, progress=_Clock())


class _Clock:
    """Wall and processor seconds by model, on standard error."""

    def __init__(self) -> None:
        self.last: tuple[str, float, float] | None = None

    def __call__(self, name: str) -> None:
        now = time.perf_counter(), time.process_time()
        if self.last:
            told, wall, cpu = self.last
            print(f"  {told:40} {now[0] - wall:6.1f} s {now[1] - cpu:6.1f} s of CPU", file=sys.stderr)
        self.last = (name, *now)


def _write_results(found: dict[str, dict[str, float]], root: Path) -> None:
    import pyarrow.parquet as pq

    from mltc.run_record import read_code_version

    rows = {path.stem: pq.read_metadata(path).num_rows for path in sorted(root.glob("*.parquet"))}
    ratio = found["register and scores"]["seconds"] / found["least"]["seconds"]
    lines = [
        "# Register and scores",
        "",
        f"`uv run python -m benchmarks.register` on {datetime.now(tz=UTC):%Y-%m-%d}: {platform.system()} "
        f"{platform.machine()}, {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, "
        f"Python {platform.python_version()}, mltc {read_code_version()}.",
        "",
        f"{rows['person']:,} persons, {rows['gp_event']:,} GP events, {rows['gp_prescription']:,} prescriptions, "
        f"{rows['hospital_episode']:,} episodes; three index dates, six definitions, every score.",
        "",
        "| part | seconds | processor seconds | peak MiB |",
        "|---|---|---|---|",
        *(
            f"| {part} | {figures['seconds']:.1f} | {figures['cpu_seconds']:.1f} | {figures['peak_mib']:,.0f} |"
            for part, figures in found.items()
        ),
        "",
        f"Register and scores / least: {ratio:.2f}.",
        "",
        "Charlson and the frailty score beside two published packages: [COMORBIDITY.md](COMORBIDITY.md).",
    ]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


PARTS = {"read into staging": _read, "least": _least, "register and scores": _derive}

if __name__ == "__main__":
    main()
