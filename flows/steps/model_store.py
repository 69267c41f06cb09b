"""The registry of fitted models in the work folder: OUT/models/<outcome>/<version>/ and champion.json beside them.

A run copies the registry into its build folder, adds to the copy, and swaps it in with everything else. It looks only
at what earlier months left: a month that is run again finds what it found the first time.
"""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from mltc.checksums import hash_file
from mltc.errors import DamagedError
from mltc.workspace import Workspace

CHAMPION_FILE = "champion.json"
MODEL_FILE, MANIFEST_FILE, CARD_FILE, REFERENCE_FILE = "model.skops", "manifest.json", "card.json", "reference.json"


def start_registry(workspace: Workspace) -> Path:
    """The registry of the run at work: what the last good run left, without what this month itself has left."""
    folder, month = workspace.build_models, workspace.config.run.name
    shutil.rmtree(folder, ignore_errors=True)
    if workspace.models.exists():
        shutil.copytree(workspace.models, folder)
    folder.mkdir(parents=True, exist_ok=True)
    for champion in sorted(folder.glob(f"*/{CHAMPION_FILE}")):
        history = [each for each in read_history(folder, champion.parent.name) if each["run"] != month]
        kept = {each["version"] for each in history}
        if not history:  # as before the first run of this month
            shutil.rmtree(champion.parent)
            continue
        write_json(champion, history)
        for version in sorted(champion.parent.glob(f"{month}-*")):
            if version.name not in kept:
                shutil.rmtree(version)
    return folder


def read_history(folder: Path, outcome: str) -> list[dict[str, Any]]:
    """What was in force after each run: run, version (null: nobody was scored), checksums, decision; oldest first."""
    path = folder / outcome / CHAMPION_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        if not all({"run", "version"} <= set(each) for each in found):
            raise ValueError
        return sorted(found, key=lambda each: str(each["run"]))
    except (ValueError, TypeError, RecursionError):
        raise DamagedError(
            f"models/{outcome}/{CHAMPION_FILE}, which says what is in force, cannot be read. Put a whole copy of "
            f"it back in the work folder, or delete the folder models/{outcome}: the run then fits a new model."
        ) from None


def find_champion(folder: Path, outcome: str, month: str) -> dict[str, Any] | None:
    """The entry in force after the latest run of an earlier month that scored somebody."""
    earlier = [each for each in read_history(folder, outcome) if each["run"] < month and each["version"]]
    return earlier[-1] if earlier else None


def read_held_out(folder: Path, outcome: str, entry: dict[str, Any] | None) -> tuple[str, ...]:
    """Practices that the champion has not seen; () without one, or where its manifest is absent or broken."""
    path = folder / outcome / str(entry["version"] if entry else None) / MANIFEST_FILE
    try:
        return tuple(json.loads(path.read_text(encoding="utf-8"))["held_out_practices"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def list_models(folder: Path, month: str) -> list[str]:
    """`<outcome>/<version>` of every model in force in a month."""
    return sorted(
        f"{path.parent.name}/{entry['version']}"
        for path in folder.glob(f"*/{CHAMPION_FILE}")
        for entry in read_history(folder, path.parent.name)
        if entry["run"] == month and entry["version"]
    )


def find_card(folder: Path, outcome: str, month: str) -> Path:
    """The card of the model in force in a month; a path that does not exist where none is."""
    entry = next((each for each in read_history(folder, outcome) if each["run"] == month), None)
    return folder / outcome / str(entry["version"] if entry else None) / CARD_FILE


def write_version(folder: Path, outcome: str, version: str, content: bytes, records: dict[str, Any]) -> None:
    """Write the model and its records (file name: plain value)."""
    place = folder / outcome / version
    place.mkdir(parents=True, exist_ok=True)
    (place / MODEL_FILE).write_bytes(content)
    for name, record in records.items():
        write_json(place / name, record)


def enter_champion(folder: Path, outcome: str, month: str, version: str | None, decision: str) -> None:
    """Record what is in force after this run, with the checksums that the next run compares."""
    place = folder / outcome
    place.mkdir(parents=True, exist_ok=True)
    entry = {
        "run": month,
        "version": version,
        "decision": decision,
        "model_sha256": hash_model_file(place / version / MODEL_FILE) if version else None,
        "manifest_sha256": hash_model_file(place / version / MANIFEST_FILE) if version else None,
    }
    write_json(place / CHAMPION_FILE, [*read_history(folder, outcome), entry])


def hash_model_file(path: Path) -> str:
    """SHA-256 of a file; "absent" where there is none."""
    return hash_file(path) if path.exists() else "absent"


def write_json(path: Path, record: Any) -> None:
    """Plain values, keys sorted, so that the same record gives the same bytes."""
    text = json.dumps(record, indent=2, sort_keys=True, default=_plain)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no place in a manifest")
