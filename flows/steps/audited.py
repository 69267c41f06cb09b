"""What the audit log says of a run: that it began, what it released, how it ended."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mltc.audit import AuditEvent, record_event
from mltc.audit_facts import describe_counts, describe_record, describe_release
from mltc.run_history import RunEntry
from mltc.workspace import Workspace


def audit_beginning(workspace: Workspace, entry: RunEntry) -> None:
    """Put on record that a run begins. Raises ConfigError where that cannot be: it does not begin then."""
    record_event(
        workspace.out,
        AuditEvent("run_begun", parameters={"run_id": entry.id}, known=_of_entry(workspace, entry)),
    )


def audit_ending(
    workspace: Workspace, entry: RunEntry, ending: str, known: Mapping[str, Any], record: Mapping[str, Any]
) -> None:
    """Put on record how a run ended; `record` is its run.json, empty where it left none."""
    facts = {**describe_record(record), **_of_entry(workspace, entry)}
    is_stopped = ending == "stopped"
    released = {} if is_stopped else describe_release(workspace.release)
    record_event(
        workspace.out,
        AuditEvent(
            "run_stopped" if is_stopped else "run_ended",
            parameters={"run_id": entry.id, "ending": ending, "error": known.get("error")},
            counts={**describe_counts(record), **released},
            outputs=[] if is_stopped else [workspace.warehouse.name, f"release/{entry.run}"],
            known=facts,
        ),
    )


def audit_release(workspace: Workspace, folder: Path, record: Mapping[str, Any] | None = None) -> None:
    """Put on record that a release is about to take its place, built in `folder`; `record` where it is a new run's."""
    record_event(
        workspace.out,
        AuditEvent(
            "release_written",
            parameters={"disclosure_profile": workspace.config.run.disclosure_profile},
            counts=describe_release(folder),
            outputs=[f"release/{workspace.config.run.name}"],
            known=describe_record(record) if record else None,
        ),
    )


def _of_entry(workspace: Workspace, entry: RunEntry) -> dict[str, Any]:
    """Of the run itself and not of the last good one."""
    return {
        "icb": workspace.config.icb.code,
        "run": entry.run,
        "code_version": entry.code_version,
        "config_sha256": entry.config_sha256,
        "definition": workspace.config.run.definition,
    }
