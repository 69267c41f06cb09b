"""The audit log at the terminal and as CSV."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from flows import terminal
from mltc.audit import NAME, check_audit, read_audit
from mltc.disclosure.written import FORMULA_STARTS
from mltc.errors import ConfigError, DamagedError

FIRST_COLUMNS = ("number", "at", "by", "icb", "what", "purpose", "run")


def show_audit(out: Path, since: date | None, last: int, csv: Path | None) -> None:
    """The latest events, newest first; with `csv`, all of them with every field. Raises ConfigError."""
    events = [event for event in _read(out) if since is None or str(event["at"])[:10] >= since.isoformat()]
    if csv is not None:
        try:
            csv.write_bytes(events_csv(events))
        except OSError as error:
            raise ConfigError(f"{csv} cannot be written ({type(error).__name__}).") from None
        terminal.out.print(f"{len(events)} events are in {csv}.", soft_wrap=True, highlight=False)
        return
    if not events:
        terminal.out.print(f"Nothing has happened since {since}.", highlight=False)
        return
    rows = [
        {
            "line": event["number"],
            "when (UTC)": str(event["at"])[:19].replace("T", " "),
            "by": event["by"],
            "what": str(event["what"]).replace("_", " "),
            "purpose": event["purpose"],
            "run": event.get("run", ""),
            "of it": describe(event),
        }
        for event in reversed(events[-last:])
    ]
    terminal.show_frame(pl.DataFrame(rows), limit=last)


def describe(event: dict[str, Any]) -> str:
    """Options, counts and outputs of an event in one line."""
    named = event.get("re_identified") or {}
    parts = [f"{name} {value}" for name, value in {**event.get("parameters", {}), **event.get("counts", {})}.items()]
    if named:
        parts.append(f"{sum(named.values())} persons named on {len(named)} lists")
    return "; ".join([*parts, *event.get("outputs", [])])


def events_csv(events: list[dict[str, Any]]) -> bytes:
    """One row per event, every field; what holds several values is JSON. No cell that a spreadsheet would run."""
    names = [*FIRST_COLUMNS, *sorted({name for event in events for name in event} - set(FIRST_COLUMNS))]
    rows = [{name: _cell(event.get(name)) for name in names} for event in events]
    return b"\xef\xbb\xbf" + pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String)).write_csv().encode("utf-8")


def check_log(out: Path) -> None:
    """Say that the log is whole, or raise DamagedError that names the first line that is not as it was written."""
    checked = check_audit(out)
    if not checked.fault:
        _read(out)  # nothing was done yet
    if checked.fault:
        raise DamagedError(
            f"{out / NAME} was changed after it was written: {checked.fault}. Put a copy from a backup beside it, "
            "compare the two, and ask who could write the folder."
        )
    terminal.out.print(
        f"{checked.lines} lines, each as it was written. The last one has the hash {checked.head}: kept elsewhere, it "
        "shows later that no line was taken off the end.",
        soft_wrap=True,
        highlight=False,
    )
    if checked.broken:
        numbers = ", ".join(map(str, checked.broken))
        terminal.out.print(f"Cut short by a program that was stopped while it wrote: {numbers}.", highlight=False)


def _read(out: Path) -> list[dict[str, Any]]:
    if not (out / NAME).is_file():
        raise ConfigError(f"There is no {NAME} in {out}: nothing has been done there yet, or by an earlier version.")
    return read_audit(out)


def _cell(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text[:1] in FORMULA_STARTS and text else text
