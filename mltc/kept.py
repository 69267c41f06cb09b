"""Work of a run that is not done again where nothing that it depends on has changed: `meta.step`.

A step depends on the values that it is given (settings, versions), on the tables that it reads, and on this program.
What it read is taken from its own statements. Its tables are in the warehouse, which began as a copy of the last good
one; a folder that it wrote is taken over from the last good run, if it still is what was written then.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from mltc.checksums import hash_folder
from mltc.config import Config
from mltc.errors import ConfigError
from mltc.paths import CONTRACT, DIALECTS, EXPECTATIONS, REPORTS, ROOT
from mltc.progress import tell
from mltc.run_record import read_library_versions
from mltc.warehouse import MADE, Warehouse, combine, is_written_with, load_models, tracing
from mltc.workspace import Workspace

STEP = "meta.step"
_PROGRAM = "program"
SQL_ALONE = frozenset(
    ["staging", "register", "scores", "history", "coverage", "utilisation", "features", "needs", "planning", "marts"]
)
"""Layers of which every table is one SQL file."""
_SCHEMA = {"step": pl.String, "record": pl.String}
# Sections that change where a run works and whom it tells, and no figure.
_WORKING = {"engine", "notify", "retention", "extracts", "database", "storage"}
Result = TypeVar("Result")


@dataclass(frozen=True)
class Folder:
    """A folder that a step writes: where this run has it, and where the last good run left it."""

    built: Path
    last: Path


def take_over_last(workspace: Workspace) -> bool:
    """Let the warehouse of the run at work begin as a copy of the last good one; whether there is one to begin from.

    One that another version of this program made is not taken over, nor one that cannot be opened with the key of now.
    """
    last = workspace.open_last()
    if last is None:
        return False
    with last as warehouse:
        if not is_written_with(workspace.warehouse, workspace.encryption):  # another key, encryption turned on or off
            return False
        if read_step(warehouse, _PROGRAM) != {"given": read_program()}:
            return False
    tell("taking over the last run")
    shutil.copyfile(workspace.warehouse, workspace.build_folder / workspace.warehouse.name)
    try:
        with workspace.open_build() as warehouse:
            _drop_strangers(warehouse)
    except ConfigError:  # the key of the warehouse has changed since, or encryption was turned on
        (workspace.build_folder / workspace.warehouse.name).unlink()
        return False
    return True


def _drop_strangers(warehouse: Warehouse) -> None:
    """Remove what a SQL file made that is no longer there: nobody would build it anew, and it would grow old."""
    found = warehouse.read("select table_schema, table_name, table_type from information_schema.tables order by all")
    models = load_models()
    for schema, table, kind in found.iter_rows():
        if schema in SQL_ALONE and f"{schema}.{table}" not in models:
            warehouse.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {schema}.{table}")


def note_program(warehouse: Warehouse) -> None:
    """Put on record which version of this program made a warehouse."""
    _write_step(warehouse, _PROGRAM, {"given": read_program()})


def keep_or_make(
    workspace: Workspace,
    step: str,
    values: Mapping[str, Any],
    make: Callable[[], Result],
    *,
    reads: Collection[str] | None = None,
    folder: Folder | None = None,
) -> Result:
    """What `make` gives back (plain values), or gave back when what it made is kept.

    values: what it depends on beside tables, plain values, of which a fingerprint is stored. reads: tables that it
    depends on, where its statements do not tell.
    """
    given = combine(values)
    with workspace.open_build() as warehouse:
        record = read_step(warehouse, step)
        if record and record["given"] == given and _stands(warehouse, record, folder):
            tell(f"kept, since nothing has changed: {step}")
            _write_step(warehouse, step, {**record, "is_kept": True})
            result: Result = record["result"]
            return result
    with tracing() as trace:
        result = make()
    names = trace.read - {STEP, MADE} if reads is None else set(reads)
    with workspace.open_build() as warehouse:
        record = {
            "given": given,
            "read": {name: warehouse.made.read(name) for name in sorted(names)},
            "folder": hash_folder(folder.built) if folder else None,
            "result": result,
            "is_kept": False,
        }
        _write_step(warehouse, step, record)
    return result


def _stands(warehouse: Warehouse, record: Mapping[str, Any], folder: Folder | None) -> bool:
    """Whether all that was read is as it was, and the folder that was written too, which is then taken over."""
    if any(warehouse.made.read(name) != fingerprint for name, fingerprint in record["read"].items()):
        return False
    if not folder:
        return True
    if record["folder"] != hash_folder(folder.last):
        return False
    shutil.rmtree(folder.built, ignore_errors=True)
    if folder.last.exists():
        shutil.copytree(folder.last, folder.built)
    return True


def read_step(warehouse: Warehouse, step: str) -> dict[str, Any] | None:
    """What is on record of a step; None where nothing is."""
    if not warehouse.columns(STEP):
        return None
    found = warehouse.read(f"select record from {STEP} where step = $step", {"step": step})
    return dict(json.loads(found["record"][0])) if found.height else None


def list_kept(warehouse: Warehouse) -> list[str]:
    """Steps that the run at work has kept, by name."""
    if not warehouse.columns(STEP):
        return []
    records = warehouse.read(f"select step, record from {STEP} order by step").iter_rows()
    return [step for step, record in records if json.loads(record).get("is_kept")]


def _write_step(warehouse: Warehouse, step: str, record: Mapping[str, Any]) -> None:
    before = warehouse.read(f"select * from {STEP}") if warehouse.columns(STEP) else pl.DataFrame(schema=_SCHEMA)
    row = pl.DataFrame([(step, json.dumps(record, sort_keys=True))], schema=_SCHEMA, orient="row")
    warehouse.write(STEP, pl.concat([before.filter(pl.col("step") != step), row]).sort("step"))


def read_settings(config: Config) -> dict[str, Any]:
    """Settings that figures depend on, in plain values."""
    return config.model_dump(mode="json", exclude=_WORKING)


def read_sql(*layers: str) -> str:
    """Fingerprint of the SQL of layers."""
    return combine({name: model.sql for name, model in load_models().items() if model.layer in layers})


@cache
def read_program() -> str:
    """Fingerprint of this program and its libraries, but for SQL and code lists, of which tables know themselves."""
    digest = hashlib.sha256(json.dumps(read_library_versions(), sort_keys=True).encode("utf-8"))
    folders = (ROOT / "mltc", ROOT / "models", ROOT / "flows", CONTRACT, DIALECTS, EXPECTATIONS, REPORTS)
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            digest.update(path.relative_to(ROOT).as_posix().encode("utf-8") + b"\0" + path.read_bytes())
    return digest.hexdigest()
