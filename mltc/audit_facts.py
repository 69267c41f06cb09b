"""What the audit log repeats of a run and of a release: counts, hashes and versions, read from what they wrote."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def read_last_facts(out: Path) -> dict[str, Any]:
    """Of the last good run of the folder, by its `run.json`; empty where there is none."""
    try:
        record = json.loads((out / "run.json").read_text(encoding="utf-8"))
        return describe_record(record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def describe_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit log repeats of a `run.json`: enough to find the run, its data and its models again."""
    hashes = sorted(str(file["sha256"]) for file in record.get("inputs", []))
    facts = {
        "icb": record.get("icb"),
        "run": record.get("run"),
        "code_version": record.get("code_version"),
        "codelist_version": record.get("codelist_version"),
        "config_sha256": record.get("config_sha256"),
        "definition": record.get("definition"),
        "inputs": len(hashes) or None,
        "inputs_sha256": hashlib.sha256("\n".join(hashes).encode("utf-8")).hexdigest() if hashes else None,
        "models": record.get("models"),
        "opt_outs_as_of": record.get("opt_outs_as_of"),
        "permitted_use": _common_uses(record.get("agreements", [])),
    }
    return {name: value for name, value in facts.items() if value is not None}


def describe_counts(record: Mapping[str, Any]) -> dict[str, Any]:
    """Rows by fate, and persons before and after opt-outs by kind of feed, of a `run.json`."""
    account = record.get("row_account", [])
    ledger = record.get("opt_out_ledger", [])
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for row in ledger:
        before[row["feed"]] = before.get(row["feed"], 0) + int(row["persons"])
        if row["state"] == "allowed":
            after[row["feed"]] = after.get(row["feed"], 0) + int(row["persons"])
    counts: dict[str, Any] = {
        name: sum(int(file[name]) for file in account)
        for name in ("rows_in", "rows_opted_out", "rows_quarantined", "rows_staged")
        if account
    }
    return counts | ({"persons_before_opt_out": before, "persons_after_opt_out": after} if ledger else {})


def describe_release(release: Path) -> dict[str, Any]:
    """Of a release: rows of its tables, counts that it suppresses, and the hash of its manifest, which names its files.

    Empty where there is none.
    """
    try:
        content = (release / "manifest.json").read_bytes()
        tables = json.loads(content)["suppression"].values()
        return {
            "published_cells": sum(int(table["cells"]) for table in tables),
            "suppressed_cells": sum(int(table["small"]) + int(table["to_protect_others"]) for table in tables),
            "manifest_sha256": hashlib.sha256(content).hexdigest(),
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _common_uses(agreements: Sequence[Mapping[str, Any]]) -> list[str] | None:
    """Uses that every feed's agreement permits; None where none says anything, as of invented people."""
    stated = [set(row["permitted_use"]) for row in agreements if row.get("permitted_use")]
    return sorted(set.intersection(*stated)) if stated else None
