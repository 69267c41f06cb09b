"""Fitted models as bytes, and the manifest that says what they were fitted on. No file is touched here.

skops instead of pickle: loading builds only the types listed here, and refuses everything else.
"""

import datetime as dt
import hashlib
import io
import json
import platform
import zipfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import skops.io

from models.clusters import PatternClusters
from models.count_model import CountModel
from models.errors import StoredModelError
from models.risk_model import RiskModel

# Types that skops does not trust by itself and that a fitted model of ours is made of.
TRUSTED_TYPES = (
    "models.count_model.CountModel",
    "models.clusters.PatternClusters",
    "models.risk_core.BoostedCore",
    "models.risk_core.LinearCore",
    "models.risk_features.LinearDesign",
    "models.risk_model.RiskModel",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
_LIBRARIES = ("numpy", "polars", "scikit-learn", "scipy", "skops")
_NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say


def dump_model(model: PatternClusters | RiskModel | CountModel) -> bytes:
    """A skops file in memory; the same fitted model gives the same bytes in every run."""
    return _strip_run_marks(skops.io.dumps(model))


def load_model(content: bytes) -> Any:
    """The model that `dump_model` stored. Raises `StoredModelError` for any type not in `TRUSTED_TYPES`."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise StoredModelError("This is not a stored model: expected a skops file.")
    try:
        unknown = sorted(set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED_TYPES))
    except (KeyError, json.JSONDecodeError) as error:
        raise StoredModelError("This is not a stored model: the skops file has no readable schema.") from error
    if unknown:
        raise StoredModelError(
            f"The stored model holds types that are not allowed: {', '.join(unknown)}. Fit it again with this "
            "version; do not load a model from elsewhere."
        )
    try:
        return skops.io.loads(content, trusted=list(TRUSTED_TYPES))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoredModelError(
            "The stored model cannot be put together again: another version of mltc or of scikit-learn wrote it."
        ) from error


def compute_feature_checksum(feature_names: Sequence[str]) -> str:
    """SHA-256 (64 hexadecimal digits) of the names in order: a model reads columns by position."""
    return hashlib.sha256(json.dumps(list(feature_names)).encode("utf-8")).hexdigest()


def training_manifest(
    *,
    model_key: str,
    model_name: str,
    outcome: str,
    feature_names: Sequence[str],
    codelist_version: str,
    training_date: dt.date,
    validation_date: dt.date | None,
    horizon_months: int | None,
    person_count: int,
    event_count: int | None,
    seed: int,
    model_bytes: bytes,
    decisions: Mapping[str, str] | None = None,
    complexity: int | None = None,
    available_features: Sequence[str] | None = None,
    held_out_practices: Sequence[str] = (),
    sample: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """What a later run compares before it uses the model; plain values for JSON, no time stamp.

    `available_features`: all that could be chosen from (default: those of the model). `sample`: people of each part
    before the sample was drawn, and `maximum_persons`.

    Counts are exact: the manifest stays in the work folder, only the model card is published.
    """
    return {
        "model_key": model_key,
        "model_name": model_name,
        "outcome": outcome,
        "horizon_months": horizon_months,
        "feature_names": list(feature_names),
        "feature_checksum": compute_feature_checksum(feature_names),
        "available_features": list(available_features or feature_names),
        "complexity": complexity,
        "held_out_practices": list(held_out_practices),
        "sample": dict(sample or {}),
        "codelist_version": codelist_version,
        "training_date": training_date.isoformat(),
        "validation_date": None if validation_date is None else validation_date.isoformat(),
        "person_count": person_count,
        "event_count": event_count,
        "seed": seed,
        "model_sha256": hashlib.sha256(model_bytes).hexdigest(),
        "decisions": dict(decisions or {}),
        "library_versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in _LIBRARIES},
        },
    }


def find_manifest_differences(
    manifest: Mapping[str, Any], *, feature_names: Sequence[str], codelist_version: str, model_bytes: bytes
) -> list[str]:
    """Sentences that say why a scoring run may not use the model; empty if it may.

    `feature_names`: all that the run has to choose from. Another set of features is another population of models to
    choose from, even where this one does not read the feature that differs.
    """
    expected = manifest["available_features"]
    differences = []
    if list(feature_names) != expected:
        absent = [each for each in expected if each not in feature_names]
        extra = [each for each in feature_names if each not in expected]
        detail = f"absent: {', '.join(absent) or 'none'}; not known to the model: {', '.join(extra) or 'none'}"
        differences.append(f"Features differ ({detail}; order counts).")
    if codelist_version != manifest["codelist_version"]:
        differences.append(f"Codelists differ: trained on {manifest['codelist_version']}, found {codelist_version}.")
    if hashlib.sha256(model_bytes).hexdigest() != manifest["model_sha256"]:
        differences.append("The model file is not the one that the manifest describes (checksum).")
    return differences


def _strip_run_marks(content: bytes) -> bytes:
    """skops names parts by memory address and stamps them with the time: numbered and undated instead."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        schema = json.loads(archive.read("schema.json"))
        parts = {name: archive.read(name) for name in archive.namelist() if name != "schema.json"}
    numbers: dict[int, int] = {}
    names: dict[str, str] = {}
    schema = _renumber(schema, numbers, names)
    stripped = io.BytesIO()
    with zipfile.ZipFile(stripped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts, key=lambda each: names[each]):
            archive.writestr(zipfile.ZipInfo(names[name], _NO_TIME), parts[name], zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("schema.json", _NO_TIME), json.dumps(schema, indent=1), zipfile.ZIP_DEFLATED)
    return stripped.getvalue()


def _renumber(node: Any, numbers: dict[int, int], names: dict[str, str]) -> Any:
    """The schema with addresses replaced by the order in which they are first met."""
    if isinstance(node, list):
        return [_renumber(each, numbers, names) for each in node]
    if not isinstance(node, dict):
        return node
    renumbered: dict[str, Any] = {}
    for key, value in node.items():
        if key == "__id__":
            renumbered[key] = numbers.setdefault(value, len(numbers) + 1)
        elif key == "file" and isinstance(value, str):
            suffix = value.rpartition(".")[2]
            renumbered[key] = names.setdefault(value, f"{len(names) + 1:06d}.{suffix}")
        else:
            renumbered[key] = _renumber(value, numbers, names)
    return renumbered
