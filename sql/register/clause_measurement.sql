-- One row per index date, person and clause on a measured value that holds on that date, by what was known on it.
-- latest: all of the latest so many values are past the threshold. times: so many values are, the first and the last
-- of them at least days_apart days apart. Of two values on one day the higher is the later one.
with wanted as (
    select
        clause.*,
        clause_evidence.evidence as measure
    from codelist.clause as clause
    inner join codelist.clause_evidence as clause_evidence on clause_evidence.clause = clause.clause
    where clause.kind = 'measure'
),

judged_value as (
    select
        measurement.person_id,
        measurement.event_date,
        measurement.known_date,
        measurement.value,
        wanted.clause,
        wanted.latest,
        wanted.times,
        wanted.days_apart,
        wanted.months,
        coalesce(measurement.value < wanted.below, true)
        and coalesce(measurement.value >= wanted.from_value, true)
        and coalesce(measurement.value > wanted.above, true)
        and coalesce(measurement.value <= wanted.up_to, true) as is_past
    from register.measurement as measurement
    inner join wanted on wanted.measure = measurement.measure
),

-- who never had a value past the threshold needs no further look
candidate as (
    select distinct
        person_id,
        clause
    from judged_value
    where is_past
),

observed as (
    select
        observation.index_date,
        observation.person_id,
        coalesce(failed.gp_event_until, observation.index_date) as until_date
    from register.observation as observation
    left join register.failed_feed as failed
        on failed.person_id = observation.person_id and failed.index_date = observation.index_date
),

known as (
    select
        observed.index_date,
        observed.person_id,
        judged_value.clause,
        judged_value.latest,
        judged_value.times,
        judged_value.days_apart,
        judged_value.event_date,
        judged_value.known_date,
        judged_value.is_past,
        coalesce(judged_value.event_date <= observed.index_date - to_months(judged_value.months), false) as is_old,
        row_number() over (
            partition by observed.index_date, observed.person_id, judged_value.clause
            order by judged_value.event_date desc, judged_value.value desc
        ) as recency
    from judged_value
    inner join candidate
        on candidate.person_id = judged_value.person_id and candidate.clause = judged_value.clause
    inner join observed
        on
            observed.person_id = judged_value.person_id
            and judged_value.event_date <= observed.index_date
            and judged_value.known_date <= observed.index_date
    where
        (judged_value.is_past or judged_value.latest is not null)
        and (
            judged_value.months is null
            or judged_value.event_date > observed.until_date - to_months(judged_value.months)
        )
),

judged as (
    select
        index_date,
        person_id,
        clause,
        max(latest) as latest,
        max(times) as times,
        max(days_apart) as days_apart,
        count(*) filter (where is_past and recency <= latest) as latest_count,
        count(*) filter (where is_past) as evidence_count,
        count(*) filter (where is_past and not is_old) as calendar_count,
        min(event_date) filter (where is_past) as first_date,
        max(event_date) filter (where is_past) as last_date,
        max(known_date) filter (where is_past and recency <= latest) as latest_known_date
    from known
    group by index_date, person_id, clause
),

ranked as (
    select
        index_date,
        person_id,
        clause,
        event_date,
        known_date,
        times,
        days_apart,
        min(event_date) over (partition by index_date, person_id, clause) as first_date,
        row_number() over (
            partition by index_date, person_id, clause order by event_date, known_date
        ) as past_rank
    from known
    where is_past and latest is null
),

met as (
    select
        index_date,
        person_id,
        clause,
        min(known_date) as first_known_date
    from ranked
    where past_rank >= times and event_date - first_date >= days_apart
    group by index_date, person_id, clause
)

select
    judged.index_date,
    judged.person_id,
    judged.clause,
    cast(null as integer) as code_number,
    judged.evidence_count,
    8 as sources,
    judged.calendar_count < judged.times as is_held_over,
    judged.first_date,
    judged.last_date,
    coalesce(judged.latest_known_date, met.first_known_date) as first_known_date
from judged
left join met
    on met.index_date = judged.index_date and met.person_id = judged.person_id and met.clause = judged.clause
where
    (judged.latest is not null and judged.latest_count >= judged.latest)
    or (
        judged.latest is null
        and judged.evidence_count >= judged.times
        and judged.last_date - judged.first_date >= judged.days_apart
    )
