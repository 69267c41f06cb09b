-- One row per index date, person and clause on codes that holds on that date, by what was known on it.
-- months: the last record lies in the months up to the date. new_within_months: the first record does.
-- unresolved: the last record is no earlier than the last code that says resolved; on the same day it stands.
-- Clauses that ask for more than one record are counted in register.clause_count.
-- Where the practice's feed has failed the months are counted back from then (register.failed_feed).
-- The records are gathered to persons and clauses before they are held against each date: a record counts from the
-- first index date on or after the day when it was known.
with index_date as (
    select
        index_date,
        coalesce(lag(index_date) over (order by index_date), date '0001-01-01') as previous_date
    from (select distinct index_date from meta.index_date) as described
),

wanted as (
    select
        clause.clause,
        clause.since,
        listed.code_number,
        listed.kind = 'code' as is_diagnosis,
        case when listed.source = 'gp' then 1 else 2 end as source_bit
    from codelist.clause as clause
    inner join codelist.clause_evidence as clause_evidence on clause_evidence.clause = clause.clause
    inner join register.listed_code as listed
        on listed.kind = clause_evidence.kind and listed.evidence = clause_evidence.evidence
    where clause.kind = 'code' and clause.at_least = 1
),

gathered as (
    select
        record.person_id,
        wanted.clause,
        index_date.index_date as known_by,
        min(case when wanted.is_diagnosis then wanted.code_number end) as code_number,
        sum(case when wanted.is_diagnosis then 1 else 0 end) as evidence_count,
        bit_or(case when wanted.is_diagnosis then wanted.source_bit else 0 end) as sources,
        min(case when wanted.is_diagnosis then record.event_date end) as first_date,
        max(case when wanted.is_diagnosis then record.event_date end) as last_date,
        min(case when wanted.is_diagnosis then record.known_date end) as first_known_date,
        max(case when not wanted.is_diagnosis then record.event_date end) as resolved_date
    from register.listed_record as record
    inner join wanted on wanted.code_number = record.code_number
    inner join index_date
        on record.known_date <= index_date.index_date and record.known_date > index_date.previous_date
    where not wanted.is_diagnosis or wanted.since is null or record.event_date >= wanted.since
    group by record.person_id, wanted.clause, index_date.index_date
),

known as (
    select
        observation.index_date,
        observation.person_id,
        gathered.clause,
        min(gathered.code_number) as code_number,
        cast(sum(gathered.evidence_count) as bigint) as evidence_count,
        bit_or(gathered.sources) as sources,
        min(gathered.first_date) as first_date,
        max(gathered.last_date) as last_date,
        min(gathered.first_known_date) as first_known_date,
        max(gathered.resolved_date) as resolved_date
    from gathered
    inner join register.observation as observation
        on observation.person_id = gathered.person_id and gathered.known_by <= observation.index_date
    group by observation.index_date, observation.person_id, gathered.clause
),

-- the dates after which the last record, or the first, must lie
period as (
    select
        clause.clause,
        clause.is_unresolved,
        clause.months,
        clause.new_within_months,
        index_date.index_date,
        cast(index_date.index_date - to_months(clause.months) as date) as last_after,
        cast(index_date.index_date - to_months(clause.new_within_months) as date) as first_after
    from codelist.clause as clause
    cross join index_date
),

windowed as (
    select
        known.*,
        period.months,
        period.new_within_months,
        coalesce(known.last_date > period.last_after, true)
        and coalesce(known.first_date > period.first_after, true) as is_in_calendar
    from known
    inner join period on period.clause = known.clause and period.index_date = known.index_date
    where
        known.first_date is not null
        and (not period.is_unresolved or known.resolved_date is null or known.last_date >= known.resolved_date)
)

select
    index_date,
    person_id,
    clause,
    code_number,
    evidence_count,
    sources,
    false as is_held_over,
    first_date,
    last_date,
    first_known_date
from windowed
where is_in_calendar
union all
select
    windowed.index_date,
    windowed.person_id,
    windowed.clause,
    windowed.code_number,
    windowed.evidence_count,
    windowed.sources,
    true as is_held_over,
    windowed.first_date,
    windowed.last_date,
    windowed.first_known_date
from windowed
inner join register.failed_feed as failed
    on failed.person_id = windowed.person_id and failed.index_date = windowed.index_date
where
    not windowed.is_in_calendar
    and coalesce(windowed.last_date > failed.gp_event_until - to_months(windowed.months), windowed.months is null)
    and coalesce(
        windowed.first_date > failed.gp_event_until - to_months(windowed.new_within_months),
        windowed.new_within_months is null
    )
