"""Four runs of the real flow on one population: the first, the same again, a month later, and that month rebuilt."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.as_known import write_known
from benchmarks.register import make_extracts
from benchmarks.watched import run_watched

BEFORE, NOW = date(2026, 9, 1), date(2026, 10, 1)
MEMORY_LIMIT = "6GiB"
# What a run writes about itself, and what it read: every other table must be the same however it came to be.
NOT_COMPARED = ("raw", "staging", "quarantine", "meta")


@dataclass(frozen=True)
class Place:
    """Folder of one population: extracts that are kept, and what is removed when it has been measured."""

    folder: Path
    persons: int
    months: int

    @property
    def extracts(self) -> Path:
        return self.folder / "extracts"

    @property
    def before(self) -> Path:
        return self.folder / "extracts_a_month_earlier"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def rebuilt(self) -> Path:
        return self.folder / "rebuilt"

    def prepare(self) -> None:
        """Extracts, if they are not there: everybody, and as they were known a month earlier."""
        for folder, day in ((self.extracts, NOW), (self.before, BEFORE)):
            if (folder / "mltc.toml").exists():  # written last, so that the extracts are whole
                continue
            if day == NOW:
                make_extracts(folder, self.persons, self.months)
            else:
                write_known(self.extracts, folder, day)
            _write_config(folder, day)

    def clear(self) -> None:
        """Remove all but the extracts."""
        for path in self.folder.iterdir():
            if path not in (self.extracts, self.before):
                shutil.rmtree(path, ignore_errors=True)


def measure_first(place: Place) -> dict[str, Any]:
    """One run in an empty folder."""
    place.clear()
    return _run(place, place.out, place.before)


def measure_later(place: Place) -> dict[str, Any]:
    """The runs after the first, and whether a month later is the same as rebuilt."""
    found: dict[str, Any] = {"second": _run(place, place.out, place.before)}
    shutil.copytree(place.out, place.rebuilt)
    found["month more"] = _run(place, place.out, place.extracts)
    found["rebuild"] = _run(place, place.rebuilt, place.extracts, "--rebuild")
    found["differences"] = list_differences(place.out, place.rebuilt)
    shutil.rmtree(place.rebuilt, ignore_errors=True)
    return found


def _run(place: Place, out: Path, extracts: Path, *options: str) -> dict[str, Any]:
    config = str(extracts / "mltc.toml")
    return run_watched("run", "--config", config, "--out", str(out), *options, out=out, home=place.folder / "prefect")


def list_differences(one: Path, other: Path) -> list[str]:
    """Tables and files of the release that are not the same, by name."""
    from mltc.kept import hash_folder

    tables = [_hash_tables(out) for out in (one, other)]
    different = [name for name in sorted({*tables[0], *tables[1]}) if tables[0].get(name) != tables[1].get(name)]
    for path in sorted((one / "release").glob("????-??")):
        if hash_folder(path) != hash_folder(other / "release" / path.name):
            different.append(f"release/{path.name}")
    return different


def _hash_tables(out: Path) -> dict[str, str]:
    from mltc.warehouse import open_warehouse
    from mltc.warehouse.made import measure_rows

    skipped = ", ".join(f"'{name}'" for name in NOT_COMPARED)
    with open_warehouse(out / "warehouse.duckdb", read_only=True, memory_limit=MEMORY_LIMIT) as warehouse:
        names = warehouse.read(
            "select table_schema || '.' || table_name as name from information_schema.tables "
            f"where table_type = 'BASE TABLE' and table_schema not in ({skipped})"
        )["name"]
        return {name: measure_rows(warehouse, name) for name in names}


def _write_config(folder: Path, day: date) -> None:
    """The demo's configuration, beside the extracts, with a limit to the engine's memory."""
    from flows.steps.synthetic_config import write_synthetic_config
    from mltc.synthetic import SyntheticSettings

    path = write_synthetic_config(SyntheticSettings(index_date=day), folder)
    with path.open("a", encoding="utf-8") as file:
        file.write(f'\n[engine]\nmemory_limit = "{MEMORY_LIMIT}"\n')
