"""Put the last good state of an earlier month back."""

import json
import re
import shutil
from pathlib import Path

from mltc.audit import AuditEvent, record_event
from mltc.errors import ConfigError, DamagedError
from mltc.retention import EARLIER, keep_earlier
from mltc.run_history import end_entry, start_entry
from mltc.workspace import COMMIT_FILE, hold_lock

FILES = ("warehouse.duckdb", "run.json")


def restore_run(out: Path, run: str) -> str:
    """Make the kept warehouse of the month `run` the last good one; the month that it takes the place of.

    What it replaces is kept in `earlier/`, so that a restore can be undone by another. Releases stay as they are.
    Raises ConfigError where no such month is kept, or a run's swap was broken off.
    """
    kept = sorted(path.name for path in (out / EARLIER).glob("*") if (path / FILES[0]).is_file())
    if not re.fullmatch(r"\d{4}-\d{2}", run) or run not in kept:
        there = f"kept are {', '.join(kept)}" if kept else "none is kept; [retention] earlier_warehouses keeps them"
        raise ConfigError(f"There is no earlier warehouse {run} in {out}: {there}.")
    with hold_lock(out):
        if (out / ".build" / COMMIT_FILE).exists():
            raise ConfigError(f"The last run in {out} was broken off while it took its place: run it again first.")
        record = _read_record(out / EARLIER / run / FILES[1])
        current = _name_of_current(out)
        record_event(out, AuditEvent("restored", parameters={"restored": run, "replaced": current or None}))
        if current and current != run:
            keep_earlier(out, current, tuple(out / name for name in FILES))
        for name in FILES:
            beside = out / f"{name}.restoring"
            shutil.copyfile(out / EARLIER / run / name, beside)
            beside.replace(out / name)
        entry = start_entry(out, run, str(record.get("code_version", "")), str(record.get("config_sha256", "")))
        end_entry(out, entry, ending="restored")
    return current


def _read_record(path: Path) -> dict[str, object]:
    """The kept run.json. Raises DamagedError: without it nobody could say what the warehouse is."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["run"] == path.parent.name:
            return dict(record)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    raise DamagedError(f"{path} is not the record of that month. Put a whole copy of the folder back, or leave it.")


def _name_of_current(out: Path) -> str:
    try:
        return str(json.loads((out / "run.json").read_text(encoding="utf-8"))["run"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""
