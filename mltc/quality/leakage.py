"""Does any feature look into the future? What a past day's features would be, had the data ended on that day."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl

from mltc.register_as_of import find_ancestors
from mltc.risk_catalogue import FEATURE_KEYS
from mltc.warehouse import (
    LAST,
    Parameter,
    SqlModel,
    Warehouse,
    build_models,
    load_models,
    open_scratch,
)

FEATURES = "features.person_feature"
FEED_START = "features.feed_start"  # says of a feed, not of a person, since when it tells anything
LEAK_SCHEMA = {
    "index_date": pl.Date,
    "feature": pl.String,
    "persons_compared": pl.Int64,
    "persons_changed": pl.Int64,
}
TOLERANCE = 1e-9  # sums of fractions differ with the order of their rows
SAMPLE = 3000  # of everybody, and as many again of those about whom something was learnt later
# What was known of each staging table on $day; a column that tells of later is emptied, as is one without a date that
# may change with time. Every staging table that features read is here or in UNDATED (a test says so).
KNOWN = {
    "gp_event": ("", "greatest(coalesce(recorded_date, event_date), event_date) <= $day"),
    "gp_prescription": ("", "issue_date <= $day"),
    "gp_consultation": ("", "consultation_date <= $day"),
    "emergency": ("", "cast(arrival_at as date) <= $day"),
    "outpatient": ("", "appointment_date <= $day"),
    "hospital_episode": (
        "case when discharge_date <= $day then discharge_date end as discharge_date, "
        "case when episode_end <= $day then episode_end end as episode_end, "
        "case when coalesce(discharge_date, episode_end, admission_date) <= $day then patient_class end "
        "as patient_class, "
        "case when discharge_date <= $day then discharge_method end as discharge_method, "
        "case when discharge_date <= $day then discharge_destination end as discharge_destination, "
        "case when coalesce(discharge_date, episode_end, admission_date) <= $day then diagnoses end as diagnoses, "
        "case when coalesce(discharge_date, episode_end, admission_date) <= $day then procedures end as procedures",
        "admission_date <= $day and coalesce(episode_start, admission_date) <= $day",
    ),
    "hospital_diagnosis": (
        "",
        "admission_date <= $day and greatest(coalesce(known_date, admission_date), admission_date) <= $day",
    ),
    "registration": (
        "case when registered_to <= $day then registered_to end as registered_to",
        "registered_from <= $day",
    ),
    "person": (
        "case when registered_to <= $day then registered_to end as registered_to, "
        "case when death_date <= $day then death_date end as death_date, "
        "cast(null as boolean) as is_care_home, cast(null as boolean) as is_housebound",
        "true",
    ),
    "address": (
        "case when address_to <= $day then address_to end as address_to",
        "coalesce(address_from, $day) <= $day",
    ),
    "death": ("", "death_date <= $day"),
}
UNDATED = ("organisation_succession",)


def find_leaks(
    last: Path,
    day: date,
    parameters: Mapping[str, Parameter],
    *,
    models: Mapping[str, SqlModel] | None = None,
    sample: int = SAMPLE,
    memory_limit: str = "8GB",
    threads: int = 2,
) -> pl.DataFrame:
    """Build the features of `day` once more from what was known on it and compare them with those of the run.

    last: warehouse file of the run, which is only read and must not be open. day: an index date before that of the
    run. Compared are up to `sample` persons drawn from all and up to `sample` of those whose record of that day grew
    later (an entry recorded late, a stay not over): a feature that forgets the day on which something was known
    differs for them. Left out are people of whom a stay's end is concluded from a later admission.
    One row per feature: index_date, feature, persons_compared, persons_changed (0 where all is well).
    """
    known = dict(models or load_models())
    wanted = find_ancestors(known, FEATURES)
    wanted.pop(FEED_START, None)
    tables = [f"staging.{name}" for name in KNOWN]
    own = {*wanted, *tables, "meta.index_date"}
    with open_scratch(
        last, ("codelist", "meta", "staging"), leave_out=own, memory_limit=memory_limit, threads=threads
    ) as scratch:
        scratch.write("meta.index_date", pl.DataFrame({"role": ["current"], "index_date": [day]}))
        _draw_persons(scratch, day, sample)
        for name in KNOWN:
            _cut(scratch, name, day)
        scratch.build(FEED_START, f"select * from {LAST}.{FEED_START}")
        layers = {model.layer for model in wanted.values()}
        build_models(scratch, layers, {**parameters, "index_date": day}, models=wanted)
        return _compare(scratch, day)


def _draw_persons(scratch: Warehouse, day: date, sample: int) -> None:
    scratch.build(
        "meta.leak_person",
        f"""
        with episode as (
            select person_id, admission_date, discharge_date, coalesce(discharge_date, episode_end) as known_date
            from {LAST}.staging.hospital_episode
            where admission_date <= $day
        ),
        -- when such a stay ended is concluded from later admissions, on purpose (register.spell)
        concluded as (
            select person_id from episode where discharge_date is null
            union
            select still_in.person_id from episode as still_in
            inner join episode as later_one
                on later_one.person_id = still_in.person_id and later_one.admission_date > still_in.admission_date
            where still_in.discharge_date > $day
        ),
        spine as (
            select person_id, md5(person_id) as place from {LAST}.register.spine
            where index_date = $day and person_id not in (select person_id from concluded)
        ),
        learnt_later as (
            select person_id from {LAST}.staging.gp_event where event_date <= $day and recorded_date > $day
            union
            select person_id from episode where known_date > $day
        )
        select person_id from (select person_id from spine order by place, person_id limit $sample)
        union
        select person_id from (
            select spine.person_id from spine
            inner join learnt_later on learnt_later.person_id = spine.person_id
            order by spine.place, spine.person_id limit $sample
        )
        """,
        {"day": day, "sample": sample},
    )


def _cut(scratch: Warehouse, name: str, day: date) -> None:
    """One staging table as it was known on the day, of the persons drawn."""
    replaced, condition = KNOWN[name]
    columns = f"* replace ({replaced})" if replaced else "*"
    select = (
        f"select {columns} from {LAST}.staging.{name} "
        f"where person_id in (select person_id from meta.leak_person) and {condition}"
    )
    bound: dict[str, Parameter] = {"day": day} if "$day" in select else {}
    scratch.build(f"staging.{name}", select, bound)


def _compare(scratch: Warehouse, day: date) -> pl.DataFrame:
    types = scratch.columns(FEATURES)
    names = [name for name in types if name not in FEATURE_KEYS]
    changed = ", ".join(f"count(*) filter (where {_differs(name, types[name])}) as {name}" for name in names)
    counts = scratch.read(
        f"select count(*) as compared, {changed} from {FEATURES} as rebuilt "
        f"inner join {LAST}.{FEATURES} as used on used.person_id = rebuilt.person_id and used.index_date = $day",
        {"day": day},
    ).row(0, named=True)
    rows = [(day, name, counts["compared"], counts[name]) for name in names]
    return pl.DataFrame(rows, LEAK_SCHEMA, orient="row")


def _differs(name: str, kind: str) -> str:
    if kind in {"DOUBLE", "FLOAT"}:
        return (
            f"(used.{name} is null) <> (rebuilt.{name} is null) "
            f"or coalesce(abs(used.{name} - rebuilt.{name}) > {TOLERANCE}, false)"
        )
    return f"used.{name} is distinct from rebuilt.{name}"


def describe_leaks(warehouse: Warehouse) -> list[str]:
    """A note for the run where features look into the future; none where none does or nothing was compared."""
    if not warehouse.columns("meta.feature_leak"):
        return []
    leaks = warehouse.read("select distinct feature from meta.feature_leak where persons_changed > 0 order by feature")[
        "feature"
    ].to_list()
    if not leaks:
        return []
    shown = ", ".join(leaks[:10]) + (f" and {len(leaks) - 10} more" if len(leaks) > 10 else "")
    return [
        f"Features know what was recorded only after their index date: {shown}. Risk scores that use them look better "
        "than they will be; do not use them before the SQL of these features has been put right."
    ]
