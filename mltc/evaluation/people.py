"""Treated people and those who may be compared with them, and their use of care by quarter before and after.

A comparison has no start of its own and is given one of the treated people's, in the order of a hash of the mltc_id,
so that both sides look at the same months and a repeated evaluation gives the same answer.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from mltc.evaluation.measures import KEYS, MEASURES
from mltc.warehouse import Parameter, Warehouse, require_tables

MONTHS = 12  # either side of the start
TABLES = (
    "coverage.practice_stay",
    "features.feed_start",
    "meta.practice_abstention",
    "register.mltc",
    "register.person_condition",
    "register.person_pseudonym",
    "register.spell",
    "staging.emergency",
    "staging.gp_consultation",
)
POPULATION = """
with asked as (
    select unnest($ids) as mltc_id, cast(unnest($starts) as date) as start_date
),

mltc as (
    select state.person_id, pseudonym.mltc_id, state.is_mltc
    from register.mltc as state
    inner join register.person_pseudonym as pseudonym on pseudonym.person_id = state.person_id
    where state.definition = $definition
),

treated as (
    select mltc.person_id, asked.start_date, mltc.is_mltc
    from asked
    inner join mltc on mltc.mltc_id = asked.mltc_id
),

start as (
    select
        start_date,
        row_number() over (order by start_date, person_id) - 1 as place,
        count(*) over () as persons
    from treated
),

offered as (
    select mltc.person_id, row_number() over (order by md5(mltc.mltc_id)) - 1 as place
    from mltc
    where
        mltc.is_mltc
        and not exists (select 1 from asked where asked.mltc_id = mltc.mltc_id)
        and not list_contains($others, mltc.mltc_id)
),

population as (
    select person_id, true as is_treated, is_mltc, start_date from treated
    union all
    select offered.person_id, false as is_treated, true as is_mltc, start.start_date
    from offered
    inner join start on start.place = offered.place % start.persons
),

windowed as (
    select
        *,
        cast(start_date - interval 12 month as date) as from_date,
        cast(start_date + interval 12 month as date) as to_date
    from population
),

registered as (
    select
        windowed.person_id,
        sum(
            least(stay.registered_to, cast(windowed.to_date - interval 1 day as date))
            - greatest(stay.registered_from, windowed.from_date) + 1
        ) as days
    from windowed
    inner join coverage.practice_stay as stay
        on
            stay.person_id = windowed.person_id
            and stay.registered_from < windowed.to_date
            and stay.registered_to >= windowed.from_date
    group by windowed.person_id
),

started as (
    select
        max(case when table_name = 'hospital_episode' then first_month end) as hospital_from,
        max(case when table_name = 'emergency' then first_month end) as emergency_from,
        max(case when table_name = 'gp_consultation' then first_month end) as gp_from
    from features.feed_start
),

failed as (
    select practice_code, min(from_month) as from_month
    from meta.practice_abstention
    where table_name = 'gp_consultation'
    group by practice_code
),

known_condition as (
    select windowed.person_id, count(*) as conditions
    from windowed
    inner join register.person_condition as status
        on status.person_id = windowed.person_id and status.first_known_date < windowed.start_date
    inner join codelist.membership as membership
        on membership.condition = status.condition and membership.definition = $definition
    group by windowed.person_id
),

described as (
    select
        windowed.*,
        person.practice_code,
        person.sex,
        person.age_band,
        person.age_years,
        person.imd_quintile,
        coalesce(known_condition.conditions, 0) as condition_count,
        cast(date_trunc('quarter', windowed.start_date) as date) as start_quarter,
        coalesce(started.hospital_from <= windowed.from_date, false) as is_hospital_known,
        coalesce(started.emergency_from <= windowed.from_date, false) as is_emergency_known,
        coalesce(started.gp_from <= windowed.from_date, false)
        and coalesce(failed.from_month >= windowed.to_date, true) as is_gp_known,
        case
            when not windowed.is_mltc then 'no MLTC on the index date'
            when windowed.to_date > $index_date then 'less than 12 months of records after the start'
            when not coalesce(started.hospital_from <= windowed.from_date, false)
                then 'hospital records begin less than 12 months before the start'
            when coalesce(registered.days, 0) < windowed.to_date - windowed.from_date
                then 'not registered throughout the 24 months'
        end as left_out
    from windowed
    inner join register.person as person on person.person_id = windowed.person_id
    cross join started
    left join registered on registered.person_id = windowed.person_id
    left join known_condition on known_condition.person_id = windowed.person_id
    left join failed on failed.practice_code = coalesce(person.succeeded_from, person.practice_code)
)
"""
PEOPLE = f"{POPULATION} select * exclude (from_date, to_date, is_mltc) from described order by person_id"
# Nights count by when they were spent, each once (register.spell has what earlier stays do not count).
ACTIVITY = f"""{POPULATION},

quarter as (
    select
        described.person_id,
        step.quarter,
        cast(described.start_date + to_months(cast(3 * step.quarter as integer)) as date) as from_date,
        cast(described.start_date + to_months(cast(3 * step.quarter + 3 as integer)) as date) as to_date
    from described
    cross join (select unnest(generate_series(-4, 3)) as quarter) as step
    where described.left_out is null
),

happened as (
    select
        person_id, admission_date as from_date, cast(admission_date + interval 1 day as date) as to_date,
        'unplanned_admissions' as measure
    from register.spell
    where is_unplanned
    union all
    select
        person_id,
        cast(least(coalesce(stay_end_date, $index_date), $index_date) as date) - cast(bed_days as integer) as from_date,
        cast(least(coalesce(stay_end_date, $index_date), $index_date) as date) as to_date,
        'unplanned_bed_days' as measure
    from register.spell
    where is_unplanned and bed_days > 0
    union all
    select
        person_id, cast(arrival_at as date) as from_date, cast(arrival_at as date) + 1 as to_date,
        'emergency_attendances' as measure
    from staging.emergency
    union all
    select
        person_id, consultation_date as from_date, consultation_date + 1 as to_date, 'gp_contacts' as measure
    from staging.gp_consultation
    where status = 'attended'
),

counted as (
    select
        quarter.person_id,
        quarter.quarter,
        happened.measure,
        sum(least(happened.to_date, quarter.to_date) - greatest(happened.from_date, quarter.from_date)) as amount
    from quarter
    inner join happened
        on
            happened.person_id = quarter.person_id
            and happened.from_date < quarter.to_date
            and happened.to_date > quarter.from_date
    group by quarter.person_id, quarter.quarter, happened.measure
)

select
    quarter.person_id,
    quarter.quarter,
    quarter.to_date - quarter.from_date as days,
    {", ".join(f"coalesce(sum(counted.amount) filter (where counted.measure = '{key}'), 0) as {key}" for key in KEYS)}
from quarter
left join counted on counted.person_id = quarter.person_id and counted.quarter = quarter.quarter
group by quarter.person_id, quarter.quarter, quarter.to_date - quarter.from_date
order by quarter.person_id, quarter.quarter
"""


@dataclass(frozen=True)
class Observed:
    """people: one row per person who can be followed, with before_<measure>, after_<measure> and days.

    A measure is null where the person's feed does not cover it. quarters: one row per person and quarter (-4 to 3) with
    each measure. asked: rows of the cohort. left_out: treated people by reason.
    """

    people: pl.DataFrame
    quarters: pl.DataFrame
    asked: int
    left_out: dict[str, int]


def observe(
    warehouse: Warehouse, cohort: pl.DataFrame, others: list[str], definition: str, index_date: date
) -> Observed:
    """Read everybody. `cohort`: mltc_id and start_date. `others`: ids that may be nobody's comparison."""
    require_tables(warehouse, TABLES)
    given: dict[str, Parameter] = {
        "ids": cohort["mltc_id"].to_list(),
        "starts": cohort["start_date"].dt.to_string("%Y-%m-%d").to_list(),
        "others": others,
        "definition": definition,
        "index_date": index_date,
    }
    everybody = warehouse.read(PEOPLE, given)
    activity = warehouse.read(ACTIVITY, given).with_columns(pl.col(*KEYS).cast(pl.Float64))
    people = everybody.filter(pl.col("left_out").is_null()).drop("left_out")
    treated = everybody.filter("is_treated")
    left_out = dict(treated.drop_nulls("left_out").group_by("left_out").len().sort("left_out").iter_rows())
    gone = cohort.height - treated.height
    if gone:
        left_out = {"not in the register now: died, left, opted out, or not an id of it": gone, **left_out}
    return Observed(_sum_sides(people, activity), activity, cohort.height, left_out)


def _sum_sides(people: pl.DataFrame, activity: pl.DataFrame) -> pl.DataFrame:
    """`people` with days and each measure before and after the start; null where it is not known."""
    is_before = pl.col("quarter") < 0
    sums = []
    for side, chosen in (("before", is_before), ("after", ~is_before)):
        sums += [pl.col(name).filter(chosen).sum().alias(f"{side}_{name}") for name in ("days", *KEYS)]
    last = pl.col("unplanned_admissions").filter(pl.col("quarter") == -1).sum().alias("last_quarter_admissions")
    joined = people.join(activity.group_by("person_id").agg(*sums, last), on="person_id", how="left")
    return joined.with_columns(
        pl.when(pl.col(measure.known)).then(pl.col(f"{side}_{measure.key}"))
        for measure in MEASURES
        for side in ("before", "after")
    ).sort("person_id")
