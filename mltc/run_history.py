"""`OUT/runs.jsonl`: one line when a run begins and one when it ends, whatever its end. Lines are added, never changed.

Counts, versions and timings; nothing about a person. A run that was killed has only its first line.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from os import SEEK_END
from pathlib import Path
from typing import Any

from mltc.audit import read_user
from mltc.quality.report import PASSED

NAME = "runs.jsonl"
UNFINISHED = "unfinished"
ENDINGS = ("ok", "failed_rows", "leakage", "stopped", "restored", UNFINISHED)
ROWS = ("rows_in", "rows_staged", "rows_dropped", "rows_quarantined", "rows_duplicate", "rows_opted_out")


@dataclass(frozen=True)
class RunEntry:
    """One run. `started_at`, `ended_at`: UTC. `seconds`, `peak_memory_mib`: None before the end, or where not known.

    `ending`: ok, failed_rows, leakage, stopped (by `error`, with `exit_code` and `reason`), restored (an earlier
    warehouse was put back), or unfinished: at work, or
    killed. `rows`: of all extracts together, by fate. `stages`: name, seconds, peak memory. `removed`: what retention
    took away. `problems`: what went wrong around the run without ending it, such as a message that nobody took.
    """

    id: str
    run: str
    started_at: str
    by: str
    code_version: str
    config_sha256: str
    ending: str = UNFINISHED
    ended_at: str | None = None
    seconds: float | None = None
    error: str | None = None
    exit_code: int | None = None
    reason: str | None = None
    codelist_version: str | None = None
    peak_memory_mib: int | None = None
    suppressed_cells: int | None = None
    rows: Mapping[str, int] | None = None
    stages: tuple[Mapping[str, Any], ...] = ()
    removed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def start_entry(out: Path, run: str, code_version: str, config_sha256: str) -> RunEntry:
    """Write down that a run begins."""
    entry = RunEntry(uuid.uuid4().hex[:12], run, _now(), read_user(), code_version, config_sha256)
    names = ("id", "run", "started_at", "by", "code_version", "config_sha256")
    _append(out, {name: getattr(entry, name) for name in names})
    return entry


def end_entry(out: Path, entry: RunEntry, **known: Any) -> RunEntry:
    """Write down how it ended; `known` are fields of RunEntry."""
    ended = RunEntry(**{**_as_dict(entry), "ended_at": _now(), **known})
    first = {"run", "started_at", "by", "code_version", "config_sha256"}
    _append(
        out, {name: value for name, value in _as_dict(ended).items() if name not in first and value not in (None, ())}
    )
    return ended


def add_problems(out: Path, entry: RunEntry, problems: tuple[str, ...]) -> None:
    """Write down what went wrong around a run that has ended."""
    if problems:
        _append(out, {"id": entry.id, "problems": problems})


def read_history(out: Path) -> list[RunEntry]:
    """All runs of a folder in the order of the file, which no clock can change; what is damaged is left out."""
    path = out / NAME
    if not path.exists():
        return []
    found: dict[str, dict[str, Any]] = {}
    known = {field.name for field in fields(RunEntry)}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            written = json.loads(line)
            found.setdefault(written["id"], {}).update(written)
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    entries = [_build_entry({name: value for name, value in run.items() if name in known}) for run in found.values()]
    return [entry for entry in entries if entry is not None]


def sum_up_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """What the history keeps of a `run.json`, that of a stopped run too."""
    account = record.get("row_account", [])
    return {
        "rows": {name: sum(int(file[name]) for file in account) for name in ROWS} if account else None,
        "stages": tuple(record.get("stages", ())),
        "codelist_version": record.get("codelist_version"),
        "peak_memory_mib": record.get("peak_memory_mib"),
        "problems": tuple(record.get("problems", ())),
    }


def ending_of(record: Mapping[str, Any]) -> str:
    """How a run ended that came to its end."""
    if record.get("risk_alarms") or record.get("feature_leaks"):
        return "leakage"
    return "ok" if record.get("status") == PASSED else "failed_rows"


def _build_entry(written: dict[str, Any]) -> RunEntry | None:
    """None for what no run has written: a line that a kill has cut short, or that somebody changed."""
    from pydantic import TypeAdapter, ValidationError

    try:
        entry = TypeAdapter(RunEntry).validate_python(written)
        datetime.fromisoformat(entry.started_at)
    except (ValidationError, ValueError):
        return None
    is_counted = entry.rows is None or set(ROWS) <= set(entry.rows)
    return entry if is_counted and entry.ending in ENDINGS and all("stage" in each for each in entry.stages) else None


def _append(out: Path, line: dict[str, Any]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with (out / NAME).open("a+b") as lines:
        if lines.tell():
            lines.seek(-1, SEEK_END)
            if lines.read(1) != b"\n":  # a kill has cut the last line short, which must not take this one with it
                lines.write(b"\n")
        lines.write(json.dumps(line, sort_keys=True, default=str).encode("utf-8") + b"\n")


def _as_dict(entry: RunEntry) -> dict[str, Any]:
    return {field.name: getattr(entry, field.name) for field in fields(RunEntry)}


def _now() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="seconds")
