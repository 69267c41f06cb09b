"""What made the last good warehouse, as far as a list has to know: read from run.json."""

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mltc.errors import ConfigError

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class LastRun:
    """Name (the index month), index date and definition of a run, and whether its people are invented."""

    name: str
    index_date: date
    definition: str
    is_synthetic: bool


def read_last_run(out: Path) -> LastRun:
    """The last good run of a folder. Raises ConfigError where there is none, or its record cannot be read."""
    path = out / "run.json"
    if not path.exists() or not (out / "warehouse.duckdb").exists():
        raise ConfigError(f"There is no good run in {out}. Run `mltc run` first, or give its folder with --out.")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        run = LastRun(
            name=str(record["run"]),
            index_date=date.fromisoformat(record["index_date"]),
            definition=str(record["definition"]),
            is_synthetic=bool(record["is_synthetic"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ConfigError(f"{path} is not the record of a run of this version of mltc. Run `mltc run` again.") from None
    if not _RUN.fullmatch(run.name):
        raise ConfigError(f"{path} names a run that cannot be a folder. Run `mltc run` again.")
    return run
