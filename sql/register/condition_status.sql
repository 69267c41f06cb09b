-- One row per index date, person and condition that holds on that date, by what was known on that date.
-- Rule `ever`: any record. Rule `within_months`: a record in the months up to the index date.
-- A condition with a minimum age counts from that age on.
with known as (
    select
        spine.index_date,
        spine.person_id,
        event.condition,
        min(event.event_date) as first_date,
        max(event.event_date) as last_date,
        min(event.known_date) as first_known_date,
        max(case when event.source = 'gp' then 1 else 0 end) as in_gp,
        max(case when event.source = 'hospital' then 1 else 0 end) as in_hospital,
        min(event.evidence_code) as evidence_code,
        sum(event.evidence_count) as evidence_count,
        max(spine.age_years) as age_years
    from register.spine as spine
    inner join register.condition_event as event
        on
            event.person_id = spine.person_id
            and event.known_date <= spine.index_date
            and event.event_date <= spine.index_date
    group by spine.index_date, spine.person_id, event.condition
)

select
    known.index_date,
    known.person_id,
    known.condition,
    case
        when known.in_gp = 1 and known.in_hospital = 1 then 'gp, hospital'
        when known.in_gp = 1 then 'gp'
        else 'hospital'
    end as source,
    known.evidence_code,
    cast(known.evidence_count as bigint) as evidence_count,
    known.first_date,
    known.last_date,
    known.first_known_date
from known
inner join codelist.condition as condition on condition.key = known.condition
where
    known.age_years >= coalesce(condition.minimum_age_years, 0)
    and (
        condition.rule = 'ever'
        or known.last_date > known.index_date - to_months(cast(condition.lookback_months as integer))
    )
