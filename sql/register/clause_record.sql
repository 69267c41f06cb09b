-- One row per person, clause on codes and index date by which records became known that were not known before.
-- The records that a clause looks at, gathered before they are held against each date: a record counts from the
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
        clause_evidence.kind,
        clause_evidence.evidence
    from codelist.clause as clause
    inner join codelist.clause_evidence as clause_evidence on clause_evidence.clause = clause.clause
    where clause.kind = 'code' and clause.at_least = 1
)

select
    evidence.person_id,
    wanted.clause,
    index_date.index_date as known_by,
    min(case when evidence.kind = 'code' then evidence.evidence_code end) as evidence_code,
    sum(case when evidence.kind = 'code' then 1 else 0 end) as evidence_count,
    max(case when evidence.kind = 'code' and evidence.source = 'gp' then 1 else 0 end) as in_gp,
    max(case when evidence.kind = 'code' and evidence.source = 'hospital' then 1 else 0 end) as in_hospital,
    min(case when evidence.kind = 'code' then evidence.event_date end) as first_date,
    max(case when evidence.kind = 'code' then evidence.event_date end) as last_date,
    min(case when evidence.kind = 'code' then evidence.known_date end) as first_known_date,
    max(case when evidence.kind = 'resolved' then evidence.event_date end) as resolved_date
from register.evidence as evidence
inner join wanted on wanted.kind = evidence.kind and wanted.evidence = evidence.evidence
inner join index_date
    on evidence.known_date <= index_date.index_date and evidence.known_date > index_date.previous_date
where evidence.kind = 'resolved' or wanted.since is null or evidence.event_date >= wanted.since
group by evidence.person_id, wanted.clause, index_date.index_date
