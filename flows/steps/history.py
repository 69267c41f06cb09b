"""What is done around every run, whatever its end: its line in the history, retention, the history page, a message."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from flows.request import RunRequest
from flows.steps.audited import audit_beginning, audit_ending
from flows.steps.publish import choose_profile
from flows.steps.watch import Watched, find_killed, tell_watched
from mltc.config import Config
from mltc.config.operation import NotifySettings
from mltc.disclosure import ReleaseDoor, protect
from mltc.errors import MltcError
from mltc.notify import build_message, read_webhook, send_message
from mltc.report.runs import build_run_frames, load_run_specs, render_run_page
from mltc.retention import remove_old
from mltc.run_history import (
    RunEntry,
    add_problems,
    end_entry,
    ending_of,
    read_history,
    start_entry,
    sum_up_record,
)
from mltc.run_record import hash_config, read_code_version
from mltc.workspace import Workspace, hold_lock

HISTORY = "runs"
Result = TypeVar("Result")


@contextmanager
def recorded_run(request: RunRequest) -> Iterator[None]:
    """Put a run on record and tell how it ended. Whatever goes wrong here never hides how the run itself ended."""
    try:
        workspace = request.workspace()
    except MltcError as error:
        # Without a configuration nobody knows whom to tell but by the default variable.
        facts = _of_error(error)
        _attempt([], lambda: tell_ending(NotifySettings(), request.config_path.stem, "stopped", facts))
        raise
    begun = time.monotonic()
    config_hash = hash_config(request.config_path)
    _attempt([], lambda: _tell_killed(workspace))
    entry = start_entry(workspace.out, workspace.config.run.name, read_code_version(), config_hash)
    audit_beginning(workspace, entry)
    records = (workspace.run_file, workspace.stopped / workspace.run_file.name)
    before = [_read_bytes(path) for path in records]
    try:
        yield
    except BaseException as error:
        found = _read_record(records[1], before[1])
        _finish(workspace, entry, begun, "stopped", {**sum_up_record(found), **_of_error(error)}, found)
        raise
    record = _read_record(records[0], before[0])
    _finish(workspace, entry, begun, ending_of(record), sum_up_record(record), record)


def _tell_killed(workspace: Workspace) -> None:
    """A run that was killed could not say so itself: the next one does."""
    if killed := find_killed(workspace.out):
        tell_watched(workspace.config, Watched("killed", killed))


def _finish(
    workspace: Workspace,
    entry: RunEntry,
    begun: float,
    ending: str,
    known: dict[str, Any],
    record: Mapping[str, Any],
) -> None:
    problems: list[str] = []
    config, out = workspace.config, workspace.out
    known = {**known, "ending": ending, "seconds": round(time.monotonic() - begun, 1)}
    if ending != "stopped":
        known["removed"] = _attempt(problems, lambda: _remove(workspace)) or ()
        known["suppressed_cells"] = count_suppressed(workspace.release)
    _attempt(problems, lambda: end_entry(out, entry, **known))
    _attempt(problems, lambda: audit_ending(workspace, entry, ending, known, record))
    _attempt(problems, lambda: publish_history(out, config))
    facts = {"run": entry.run, **{key: known.get(key) for key in ("error", "exit_code", "reason", "seconds")}}
    _attempt(problems, lambda: tell_ending(config.notify, config.icb.code, ending, facts))
    _attempt([], lambda: add_problems(out, entry, tuple(problems)))


def tell_ending(settings: NotifySettings, icb: str, ending: str, facts: dict[str, Any]) -> None:
    """Send a message, if this ending is to be told and there is an address. Raises ConfigError where nobody took it."""
    url = read_webhook(settings) if ending in (*settings.on, "test") else None
    if url:
        told = facts if settings.with_reason else {**facts, "reason": None}
        send_message(url, build_message(icb, ending, told))


def publish_history(out: Path, config: Config) -> None:
    """`release/runs/`: the history as page and tables, through the same door as every other release."""
    specs, profile = load_run_specs(), choose_profile(config)
    tables = protect(build_run_frames(read_history(out)), specs, profile)
    with hold_lock(out), ReleaseDoor(out / "release" / HISTORY, profile, specs=specs) as door:
        for table in tables.values():
            door.write_table(table)
        door.write_text("index.html", render_run_page(config.icb.name, config.icb.synthetic, tables))


def count_suppressed(release: Path) -> int | None:
    """Counts that a release shows as suppressed, by its manifest."""
    try:
        manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
        return sum(table["small"] + table["to_protect_others"] for table in manifest["suppression"].values())
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _remove(workspace: Workspace) -> tuple[str, ...]:
    with hold_lock(workspace.out):
        return tuple(remove_old(workspace.out, workspace.config.run.name, workspace.config.retention))


def _of_error(error: BaseException) -> dict[str, Any]:
    """Kind and exit code; the message of our own errors alone, since others may quote a row."""
    is_ours = isinstance(error, MltcError)
    return {
        "error": type(error).__name__,
        "exit_code": error.exit_code if isinstance(error, MltcError) else 1,
        "reason": str(error) if is_ours else None,
    }


def _read_record(path: Path, before: bytes) -> dict[str, Any]:
    """A run.json that this run wrote, since it is another than before; empty where it wrote none.

    Times cannot tell: the clock may have been set back meanwhile.
    """
    content = _read_bytes(path)
    try:
        record = json.loads(content) if content != before else {}
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _attempt(problems: list[str], act: Callable[[], Result]) -> Result | None:
    try:
        return act()
    except MltcError as error:
        problems.append(f"{type(error).__name__}: {error}")
    except Exception as error:  # noqa: BLE001 - its message may hold anything, and the run has its own ending
        problems.append(f"unexpected {type(error).__name__} after the run")
    return None
