-- One row per index date, person and clause on codes that holds on that date, by what was known on it.
-- months: the last record lies in the months up to the date. new_within_months: the first record does.
-- unresolved: the last record is no earlier than the last code that says resolved; on the same day it stands.
-- Clauses that ask for more than one record are counted in register.clause_count.
-- Where the practice's feed has failed the months are counted back from then (register.failed_feed).
with known as (
    select
        observation.index_date,
        observation.person_id,
        record.clause,
        min(record.evidence_code) as evidence_code,
        cast(sum(record.evidence_count) as bigint) as evidence_count,
        max(record.in_gp) as in_gp,
        max(record.in_hospital) as in_hospital,
        min(record.first_date) as first_date,
        max(record.last_date) as last_date,
        min(record.first_known_date) as first_known_date,
        max(record.resolved_date) as resolved_date
    from register.clause_record as record
    inner join register.observation as observation
        on observation.person_id = record.person_id and record.known_by <= observation.index_date
    group by observation.index_date, observation.person_id, record.clause
),

windowed as (
    select
        known.*,
        clause.months,
        clause.new_within_months,
        coalesce(failed.gp_event_until, known.index_date) as until_date
    from known
    inner join codelist.clause as clause on clause.clause = known.clause
    left join register.failed_feed as failed
        on failed.person_id = known.person_id and failed.index_date = known.index_date
    where
        known.first_date is not null
        and (not clause.is_unresolved or known.resolved_date is null or known.last_date >= known.resolved_date)
)

select
    index_date,
    person_id,
    clause,
    evidence_code,
    evidence_count,
    in_gp,
    in_hospital,
    0 as in_prescription,
    0 as in_value,
    coalesce(last_date <= index_date - to_months(months), false)
    or coalesce(first_date <= index_date - to_months(new_within_months), false) as is_held_over,
    first_date,
    last_date,
    first_known_date
from windowed
where
    (months is null or last_date > until_date - to_months(months))
    and (new_within_months is null or first_date > until_date - to_months(new_within_months))
