"""`OUT/audit.jsonl`: who did what with the data of persons, when, why, and what came of it; lines are only added.

Counts, names and versions; never a person's value. Where something happens, it calls `record_event`, which adds the
user, the time and the last good run. The lines hang together by hashes (`mltc.audit_chain`).
"""

import getpass
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltc.audit_chain import Checked, append_line, check_chain, head, read_lines
from mltc.audit_facts import read_last_facts
from mltc.errors import ConfigError

if TYPE_CHECKING:
    from mltc.warehouse import DuckDBWarehouse

NAME = "audit.jsonl"
# Use of each event, a key of codelists/lawful_use.toml; empty where looking is all that is known.
USES = {
    "run_begun": "commissioning, risk_stratification",
    "run_ended": "commissioning, risk_stratification",
    "run_stopped": "commissioning, risk_stratification",
    "release_written": "commissioning",
    "release_checked": "commissioning",
    "removed": "commissioning",
    "restored": "commissioning",
    "warehouse_opened": "",
    "query_answered": "",
    "person_explained": "",
    "lists_written": "direct_care",
    "lists_read": "direct_care",
    "lists_summarised": "direct_care",
    "innovation_evaluated": "commissioning",
    "capacity_planned": "commissioning",
    "register_rebuilt": "needs_assessment",
}
Plain = str | int | float | bool | None
# A number of ten digits may be an NHS number: whoever typed one into an option must not find it here.
_TEN_DIGITS = re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{4}")


@dataclass(frozen=True)
class AuditEvent:
    """What happened. `what` is one of USES.

    parameters: options as given (no free text of persons). counts: rows and persons. outputs: paths relative to the
    folder. re_identified: practice by number of persons whom a list lets it know. known: what is said of the run
    (see `mltc.audit_facts`) where it is not the last good one.
    """

    what: str
    parameters: Mapping[str, Any] | None = None
    counts: Mapping[str, Any] | None = None
    outputs: Sequence[str] = ()
    re_identified: Mapping[str, int] | None = None
    known: Mapping[str, Any] | None = None


def record_event(out: Path, event: AuditEvent) -> int:
    """Add the event to the audit log of the folder; the number of its line.

    Raises ConfigError where the log cannot be written: what cannot be put on record must not be done.
    """
    line: dict[str, Any] = {
        "at": datetime.now(tz=UTC).isoformat(timespec="milliseconds"),
        "by": read_user(),
        "what": event.what,
        "purpose": USES[event.what] or "looked at; see permitted_use",
        **(read_last_facts(out) if event.known is None else event.known),
    }
    described = {
        "parameters": _without_persons(event.parameters),
        "counts": event.counts,
        "outputs": list(event.outputs),
        "re_identified": event.re_identified,
    }
    return append_line(out / NAME, line | {name: value for name, value in described.items() if value})


def open_recorded(out: Path, command: str) -> "DuckDBWarehouse":
    """The last good warehouse, read-only, for somebody to look at, which is put on record first.

    Raises ConfigError where there is none, or the audit log cannot be written.
    """
    from mltc.warehouse import open_warehouse

    path = out / "warehouse.duckdb"
    if not path.exists():
        raise ConfigError(f"There is no warehouse at {path}. Run `mltc run` first, or give its folder with --out.")
    record_event(out, AuditEvent("warehouse_opened", parameters={"command": command}))
    return open_warehouse(path, read_only=True)


def read_audit(out: Path) -> list[dict[str, Any]]:
    """All events of a folder, oldest first."""
    return read_lines(out / NAME)


def audit_head(out: Path) -> dict[str, Any]:
    """What `run.json` keeps of the log, so that lines taken off its end show."""
    return head(out / NAME)


def check_audit(out: Path) -> Checked:
    """Whether every line is as it was written, by the chain and by what the runs of the folder have kept of it."""
    heads = []
    for path in (out / "run.json", *sorted((out / "earlier").glob("*/run.json"))):
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))["audit"]
            heads.append({"lines": int(kept["lines"]), "sha256": str(kept["sha256"])})
        except (OSError, ValueError, KeyError, TypeError):
            continue  # of an earlier version of mltc, which kept none
    return check_chain(out / NAME, heads)


def read_user() -> str:
    """Name of the user of the operating system."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a service account without a name
        return "unknown"


def _without_persons(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """Options that were given, without what may be a number of the NHS."""
    return {
        name: _TEN_DIGITS.sub("(withheld)", value) if isinstance(value, str) else value
        for name, value in (parameters or {}).items()
        if value is not None
    }
