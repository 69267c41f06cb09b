"""Builds the register once more on the last good warehouse, under other code lists, in a scratch database."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

import polars as pl

from mltc.codelist_diff.content import compare_content
from mltc.codelist_diff.persons import count_moves
from mltc.codelists import Codelists, load_codelists
from mltc.config.schema import RunSettings
from mltc.errors import ConfigError
from mltc.reference import write_reference
from mltc.warehouse import (
    LAST,
    SqlModel,
    Warehouse,
    build_models,
    load_models,
    open_scratch,
    open_warehouse,
    read_value,
    require_tables,
)

# What a release of code lists decides, and the tables in which the decision ends.
DEFINING = ("condition", "definition", "membership", "clause", "clause_evidence", "rule", "evidence_code", "code")
RESULTS = ("register.person_condition", "register.mltc")
# Shown of the last run for its index date alone; the dates of the risk models are not needed.
DATED = ("register.observation", "register.spine")
NEEDED = ("needs.toml", "qof_published.csv")


@dataclass(frozen=True)
class RunValues:
    """What [run] says and the SQL of the register binds: complex MLTC is at least so many conditions from so many
    body systems; comorbidity scores look back so many months."""

    complex_conditions: int
    complex_systems: int
    comorbidity_lookback_months: int

    @classmethod
    def read(cls, run: RunSettings | None) -> Self:
        """Of a configuration, or the defaults."""
        names = ("complex_minimum_conditions", "complex_minimum_body_systems", "comorbidity_lookback_months")
        fields = RunSettings.model_fields
        return cls(*(getattr(run, name) if run else fields[name].default for name in names))


@dataclass(frozen=True)
class Difference:
    """What a release would change: codes and rules (mltc.codelist_diff.content), and exact counts of persons
    (mltc.codelist_diff.persons), which are for use inside the secure setting only."""

    index_date: date
    codes: pl.DataFrame
    rules: pl.DataFrame
    persons: pl.DataFrame


def try_release(
    last: Path,
    folder: Path,
    values: RunValues,
    *,
    memory_limit: str = "8GB",
    threads: int = 2,
    progress: Callable[[str], None] | None = None,
) -> Difference:
    """Compare the last good run with what it would have been under the code lists of `folder`.

    The warehouse file `last` is read only. Persons, records and feeds are those of that run; its own code lists are
    those that it was built with, whatever `codelists/` holds by now.
    Raises CodelistError for a faulty folder; ConfigError where there is no such run, where an earlier version of
    mltc made it, or where it was made with other values.
    """
    codelists = load_whole_copy(folder)
    changed_scores = read_last_run(last, values, codelists)
    models = find_rebuilt(load_models(), changed_scores)
    schemas = {name.split(".", maxsplit=1)[0] for model in models.values() for name in model.reads}
    own = {*models, *DATED, "meta.index_date"}
    shown = (schemas | {"register", "meta"}) - {"codelist"}
    with open_scratch(last, shown, leave_out=own, memory_limit=memory_limit, threads=threads) as scratch:
        index_date = set_index_dates(scratch)
        write_reference(scratch, codelists, folder)
        check_reference(scratch, models, folder)
        parameters = {"index_date": index_date, **vars(values)}
        build_models(scratch, {model.layer for model in models.values()}, parameters, progress, models)
        codes, rules = compare_content(lambda query: scratch.read(_of_last(query)), scratch.read)
        return Difference(index_date, codes, rules, count_moves(scratch))


def load_whole_copy(folder: Path) -> Codelists:
    """The code lists of a folder that holds all that `codelists/` does. Raises ConfigError where it does not."""
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {folder}. Copy codelists/, change the copy, and name it with --with.")
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise _not_whole(folder, missing)
    return load_codelists(folder)


def read_last_run(last: Path, values: RunValues, codelists: Codelists) -> list[str]:
    """Scores whose weights differ from those of the last run.

    Raises ConfigError for a run that this version or these values cannot repeat.
    """
    if not last.exists():
        raise ConfigError(f"There is no warehouse at {last}. Run `mltc run` first, or give its folder with --out.")
    with open_warehouse(last, read_only=True) as warehouse:
        require_tables(warehouse, ("codelist.rule", "codelist.definition", *RESULTS, *DATED))
        check_values(warehouse, values)
        return [name for name, frame in codelists.tables.items() if differs(warehouse, f"codelist.{name}", frame)]


def check_values(warehouse: Warehouse, values: RunValues) -> None:
    """Raise ConfigError where the last run counted complex MLTC otherwise."""
    other = read_value(
        warehouse,
        "select count(*) from register.mltc where is_complex_mltc <> "
        "(condition_count >= $complex_conditions and body_system_count >= $complex_systems)",
        {"complex_conditions": values.complex_conditions, "complex_systems": values.complex_systems},
    )
    if other:
        raise ConfigError(
            "The last run counted complex MLTC by other thresholds than [run] complex_minimum_conditions and "
            "complex_minimum_body_systems say: give the configuration of that run with --config."
        )


def differs(warehouse: Warehouse, name: str, frame: pl.DataFrame) -> bool:
    """Whether a table of the warehouse is not there or holds other rows."""
    if not warehouse.columns(name):
        return True
    found = warehouse.read(f"select * from {name}")
    return found.columns != frame.columns or not found.cast(frame.schema, strict=False).equals(frame)


def find_rebuilt(models: Mapping[str, SqlModel], scores: Iterable[str]) -> dict[str, SqlModel]:
    """Models on the way from the code lists to the register: they lead to RESULTS and stem from what may differ."""
    defining = {f"codelist.{name}" for name in (*DEFINING, *scores)}
    leading: set[str] = set()
    waiting = list(RESULTS)
    while waiting:
        name = waiting.pop()
        if name in models and name not in leading:
            leading.add(name)
            waiting += models[name].reads
    stemming: set[str] = set()
    while found := {name for name in leading - stemming if models[name].reads & (defining | stemming)}:
        stemming |= found
    return {name: models[name] for name in sorted(stemming)}


def set_index_dates(scratch: Warehouse) -> date:
    """Show the last run on its current index date (and that of the run before, for what is held over) alone."""
    dates = scratch.read(f"select role, index_date from {LAST}.meta.index_date where role in ('current', 'last_run')")
    scratch.write("meta.index_date", dates)
    for name in DATED:
        scratch.build_view(
            name, f"select * from {LAST}.{name} where index_date in (select index_date from meta.index_date)"
        )
    current: date = dates.filter(role="current")["index_date"].item()
    return current


def check_reference(scratch: Warehouse, models: Mapping[str, SqlModel], folder: Path) -> None:
    """Raise ConfigError where the folder lacks a table that the models read, such as the weights of a score."""
    read = {name for model in models.values() for name in model.reads if name.startswith("codelist.")}
    missing = sorted(name.removeprefix("codelist.") for name in read if not scratch.columns(name))
    if missing:
        raise _not_whole(folder, [f"{name}.csv" for name in missing])


def _not_whole(folder: Path, missing: list[str]) -> ConfigError:
    return ConfigError(f"{folder} lacks {', '.join(missing)}: it must be a whole copy of codelists/, changed.")


def _of_last(query: str) -> str:
    return query.replace("from codelist.", f"from {LAST}.codelist.")
