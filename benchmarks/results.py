"""Figures of every size, kept in benchmarks/results.json, so that sizes can be measured in separate calls."""

import json
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from mltc.run_record import read_code_version, read_library_versions

PLACE = Path(__file__).with_name("results.json")
Figures = dict[str, Any]


def load_results() -> Figures:
    """All figures by kind and, where there are several, by number of persons."""
    return json.loads(PLACE.read_text(encoding="utf-8")) if PLACE.exists() else {}


def keep(kind: str, persons: int | None, figures: Mapping[str, Any]) -> None:
    """Put figures in the place of earlier ones of the same kind and size, with day, machine, versions and command."""
    found = load_results()
    entry = {**figures, "measured": describe_now()}
    if persons is None:
        found[kind] = entry
    else:
        found.setdefault(kind, {})[str(persons)] = entry
    PLACE.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8", newline="\n")


def describe_now() -> dict[str, Any]:
    """When, where, with what and by which command something is measured."""
    return {
        "at": f"{datetime.now(tz=UTC):%Y-%m-%d %H:%M}",
        "machine": f"{platform.system()} {platform.machine()}, {psutil.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "versions": {"Python": platform.python_version(), "mltc": read_code_version(), **read_library_versions()},
        "command": " ".join(["uv run python -m benchmarks", *sys.argv[1:]]),
        "load": round(psutil.getloadavg()[0], 1),
    }


def list_sizes(found: Figures, kind: str) -> list[int]:
    """Numbers of persons that were measured, in order."""
    return sorted(int(size) for size in found.get(kind, {}))
