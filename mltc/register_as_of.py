"""The register of a past day once more, by what had been recorded by then, beside what the run of that day said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from mltc.errors import ConfigError
from mltc.register_history import HISTORY, LAST_RUN, carry_nothing
from mltc.warehouse import (
    LAST,
    Parameter,
    SqlModel,
    Warehouse,
    attached_columns,
    build_models,
    load_models,
    open_scratch,
)

RESULT = "register.mltc"
SHOWN = ("codelist", "raw", "meta", "staging")
# The keyed pseudonym names nobody here, so that the rebuild needs no secret.
NAMELESS = SqlModel(
    "register", "person_pseudonym", "select person_id, cast(null as varchar) as mltc_id from register.person"
)


@dataclass(frozen=True)
class Rebuilt:
    """What the register of a day is by today's records and lists, and what was published then.

    counts: one row per definition: definition, persons, mltc_persons, complex_mltc_persons (rebuilt); the same with
        prefix published_, null where history has no run of that day; only_rebuilt_persons and
        only_published_persons (MLTC in one and not in the other); held_over_persons (of those published, with a
        condition that was held over for a failed feed); is_version_changed.
    runs: index dates of which history has a run, in order.
    """

    as_of: date
    counts: pl.DataFrame
    runs: list[date]


def rebuild_register(
    last: Path,
    as_of: date,
    parameters: Mapping[str, Parameter],
    *,
    memory_limit: str = "8GB",
    threads: int = 2,
    progress: Callable[[str], None] | None = None,
) -> Rebuilt:
    """Build `register.mltc` of the day `as_of` in a scratch warehouse on the last good one, which is only read.

    What counts are records known by that day (recorded dates), registrations and deaths as they stand today, and
    today's code lists; people who have opted out are in neither side. `parameters` are those that the models of the
    register bind, but for the index date. Raises ConfigError where there is no warehouse, where it cannot say
    anything of the day (it is later than its own index date), or where an older release built it.
    """
    models = find_ancestors({**load_models(), NAMELESS.name: NAMELESS}, RESULT)
    own = {*models, "meta.index_date", *(table.target for table in (*LAST_RUN, *HISTORY))}
    with open_scratch(last, SHOWN, leave_out=own, memory_limit=memory_limit, threads=threads) as scratch:
        check_day(scratch, as_of)
        scratch.write("meta.index_date", pl.DataFrame({"role": ["current"], "index_date": [as_of]}))
        carry_nothing(scratch)
        given = {**parameters, "index_date": as_of}
        build_models(scratch, {model.layer for model in models.values()}, given, progress, models)
        runs = scratch.read(f"select distinct as_of from {LAST}.history.run order by as_of")["as_of"].to_list()
        return Rebuilt(as_of, compare(scratch, as_of), runs)


def find_ancestors(models: Mapping[str, SqlModel], wanted: str) -> dict[str, SqlModel]:
    """The model `wanted` and all that it is built from, but for what the last warehouse shows."""
    found: dict[str, SqlModel] = {}
    waiting = [wanted]
    while waiting:
        name = waiting.pop()
        if name in found or name not in models or models[name].layer in SHOWN:
            continue
        found[name] = models[name]
        waiting += sorted(models[name].reads)
    return found


def check_day(scratch: Warehouse, as_of: date) -> None:
    """Raise ConfigError where the last warehouse keeps no history or ends before `as_of`."""
    if not attached_columns(scratch, "history.run"):
        raise ConfigError("The warehouse holds no history: an earlier version of mltc made it. Run `mltc run` once.")
    described: date = scratch.read(f"select index_date from {LAST}.meta.index_date where role = 'current'").item()
    if as_of > described:
        raise ConfigError(
            f"The last good run describes {described} and knows nothing of {as_of}. Give --as-of a day up to that."
        )


def compare(scratch: Warehouse, as_of: date) -> pl.DataFrame:
    """Counts by definition, rebuilt and published (see Rebuilt.counts)."""
    return scratch.read(
        f"""
        with rebuilt as (
            select
                definition,
                max(definition_version) as version,
                count(*) as persons,
                count(case when is_mltc then 1 end) as mltc_persons,
                count(case when is_complex_mltc then 1 end) as complex_mltc_persons
            from register.mltc
            group by definition
        ),
        published as (
            select * from {LAST}.history.run where as_of = $as_of
        ),
        moved as (
            select
                coalesce(mltc.definition, then_mltc.definition) as definition,
                count(case when then_mltc.person_id is null then 1 end) as only_rebuilt_persons,
                count(case when mltc.person_id is null then 1 end) as only_published_persons
            from (select person_id, definition from register.mltc where is_mltc) as mltc
            full outer join (
                select person_id, definition from {LAST}.history.mltc
                where is_mltc and valid_from <= $as_of and coalesce(valid_to, date '9999-12-31') > $as_of
            ) as then_mltc
                on then_mltc.person_id = mltc.person_id and then_mltc.definition = mltc.definition
            group by coalesce(mltc.definition, then_mltc.definition)
        ),
        held as (
            select definition, count(distinct person_id) as held_over_persons
            from {LAST}.history.change
            where as_of = $as_of and change = 'held over'
            group by definition
        )
        select
            rebuilt.definition,
            rebuilt.persons,
            rebuilt.mltc_persons,
            rebuilt.complex_mltc_persons,
            published.persons as published_persons,
            published.mltc_persons as published_mltc_persons,
            published.complex_mltc_persons as published_complex_mltc_persons,
            case when published.persons is not null then coalesce(moved.only_rebuilt_persons, 0) end
                as only_rebuilt_persons,
            case when published.persons is not null then coalesce(moved.only_published_persons, 0) end
                as only_published_persons,
            case when published.persons is not null then coalesce(held.held_over_persons, 0) end as held_over_persons,
            published.definition_version <> rebuilt.version as is_version_changed
        from rebuilt
        left join published on published.definition = rebuilt.definition
        left join moved on moved.definition = rebuilt.definition
        left join held on held.definition = rebuilt.definition
        order by rebuilt.definition
        """,
        {"as_of": as_of},
    )
