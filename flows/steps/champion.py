"""The champion of an outcome: read it, or say why this run may not use it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.steps.model_store import (
    MANIFEST_FILE,
    MODEL_FILE,
    REFERENCE_FILE,
    find_champion,
    hash_model_file,
    read_history,
)


@dataclass(frozen=True)
class Champion:
    """The model in force after the last run of an earlier month.

    `candidate` is None where the run refuses it; `refusals` are the sentences that say why. `reference`: bins of its
    training people, for the population stability index.
    """

    version: str
    since: str
    candidate: Any
    manifest: dict[str, Any]
    reference: dict[str, Any]
    refusals: tuple[str, ...]


def read_champion(
    folder: Path, outcome: str, month: str, available: tuple[str, ...], codelist_version: str
) -> Champion | None:
    """The champion, checked against the features that this run has and the code lists that it uses; None if none is.

    Refused where a byte of the model or of its manifest differs from what was entered, where a feature is absent, new
    or renamed, and where the version of the code lists differs.
    """
    entry = find_champion(folder, outcome, month)
    if entry is None:
        return None
    place = folder / outcome / entry["version"]
    changed = _find_changes(place, entry)
    if changed:
        return Champion(entry["version"], entry["run"], None, {}, {}, tuple(changed))
    from models.errors import StoredModelError
    from models.registry import find_manifest_differences

    manifest = json.loads((place / MANIFEST_FILE).read_text(encoding="utf-8"))
    content = (place / MODEL_FILE).read_bytes()
    refusals = find_manifest_differences(
        manifest, feature_names=available, codelist_version=codelist_version, model_bytes=content
    )
    candidate = None
    if not refusals:
        try:
            candidate = _build_candidate(manifest, content)
        except StoredModelError as error:
            refusals = [str(error)]
    reference = read_reference(place)
    if reference is None:
        return Champion(entry["version"], entry["run"], None, {}, {}, (f"The file {REFERENCE_FILE} cannot be read.",))
    return Champion(entry["version"], entry["run"], candidate, manifest, reference, tuple(refusals))


def read_version(folder: Path, outcome: str, version: str) -> tuple[Any, dict[str, Any]] | None:
    """Candidate and manifest of a model of an earlier run, whichever features and code lists this run has.

    None where it is not there, cannot be put together, or is not what was entered: it could tell nothing.
    """
    entry = next((each for each in read_history(folder, outcome) if each["version"] == version), None)
    place = folder / outcome / version
    if entry is None or _find_changes(place, entry):
        return None
    from models.errors import StoredModelError

    manifest = json.loads((place / MANIFEST_FILE).read_text(encoding="utf-8"))
    try:
        return _build_candidate(manifest, (place / MODEL_FILE).read_bytes()), manifest
    except StoredModelError:
        return None


def _build_candidate(manifest: dict[str, Any], content: bytes) -> Any:
    from models.registry import load_model
    from models.risk_candidates import Candidate

    return Candidate(
        key=manifest["model_key"],
        name=manifest["model_name"],
        complexity=manifest["complexity"],
        feature_names=tuple(manifest["feature_names"]),
        model=load_model(content),
        training_person_count=manifest["person_count"],
        training_event_count=manifest["event_count"],
    )


def read_reference(place: Path) -> dict[str, Any] | None:
    """Bins of a model's training people; None where they cannot be read."""
    try:
        return dict(json.loads((place / REFERENCE_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def _find_changes(place: Path, entry: dict[str, Any]) -> list[str]:
    """Files that are not those that were entered: one changed byte is enough."""
    told = []
    for name, key in ((MODEL_FILE, "model_sha256"), (MANIFEST_FILE, "manifest_sha256")):
        found = hash_model_file(place / name)
        if found == "absent":
            told.append(f"The file {name} is absent.")
        elif found != entry[key]:
            told.append(f"The file {name} is not the one that was entered as champion (checksum).")
    return told
