"""`run.json`: what made a warehouse and a release. Counts, versions and timings; nothing about a person."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from mltc.damaged import HASH, hash_warehouse
from mltc.paths import ROOT

LIBRARIES = ("duckdb", "great-expectations", "polars", "prefect", "scikit-learn")
STAGE_FILE = "stages.jsonl"
MIB = 1024 * 1024


@contextmanager
def timed_stage(build_folder: Path, stage: str) -> Iterator[None]:
    """Record wall time and peak memory of a stage, also when it fails."""
    started = time.perf_counter()
    try:
        yield
    finally:
        line = {"stage": stage, "seconds": round(time.perf_counter() - started, 2), "peak_memory_mib": peak_memory()}
        if build_folder.exists():
            with (build_folder / STAGE_FILE).open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(line) + "\n")


def peak_memory() -> int:
    """Highest resident memory of this process so far, MiB (of now, where the system keeps no peak)."""
    memory = psutil.Process().memory_info()
    if sys.platform == "win32":
        return int(memory.peak_wset // MIB)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak // MIB if sys.platform == "darwin" else peak // 1024)


def read_stages(build_folder: Path) -> list[dict[str, Any]]:
    """Stages recorded so far."""
    path = build_folder / STAGE_FILE
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_code_version() -> str:
    """Version of the package, with the commit where the checkout is a git repository."""
    number = version("mltc")
    try:
        found = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"],  # noqa: S607 - git from the PATH
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return number
    commit = found.stdout.strip()
    return f"{number}+{commit}" if found.returncode == 0 and commit else number


def hash_config(path: Path) -> str:
    """SHA-256 of the configuration file, line endings normalised."""
    text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read_library_versions() -> dict[str, str]:
    """Versions of the libraries that results depend on."""
    return {name: version(name) for name in LIBRARIES}


def write_run_record(path: Path, record: dict[str, Any]) -> None:
    """Write `run.json`, keys sorted, with the checksum of the warehouse beside it, which nobody writes any more."""
    stamped = {**record, "finished_at": datetime.now(tz=UTC).isoformat(timespec="seconds")}
    warehouse = path.with_name("warehouse.duckdb")
    if warehouse.exists():
        stamped[HASH] = hash_warehouse(warehouse)
    path.write_text(json.dumps(stamped, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8")
