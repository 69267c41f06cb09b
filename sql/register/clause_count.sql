-- One row per index date, person and clause on medicines, or on repeated codes, that holds on that date.
-- at_least records in the months up to the date (no months: ever). Issues count, not days: two on one day are two.
-- first_known_date is the first day on which the rule was met: the record that made the number up.
-- Where the practice's feed has failed the months are counted back from then (register.failed_feed).
with record as (
    select
        evidence.person_id,
        clause.clause,
        clause.at_least,
        clause.months,
        clause.kind,
        evidence.source,
        evidence.event_date,
        evidence.known_date,
        evidence.evidence_code
    from register.evidence as evidence
    inner join codelist.clause_evidence as clause_evidence
        on clause_evidence.kind = evidence.kind and clause_evidence.evidence = evidence.evidence
    inner join codelist.clause as clause on clause.clause = clause_evidence.clause
    where
        (clause.kind = 'drug' or (clause.kind = 'code' and clause.at_least > 1 and evidence.kind = 'code'))
        and (clause.since is null or evidence.event_date >= clause.since)
),

index_date as (
    select distinct index_date from meta.index_date
),

counted as (
    select
        index_date.index_date,
        record.person_id,
        record.clause,
        record.at_least,
        min(record.evidence_code) as evidence_code,
        count(*) as evidence_count,
        max(case when record.source = 'gp' then 1 else 0 end) as in_gp,
        max(case when record.source = 'hospital' then 1 else 0 end) as in_hospital,
        max(case when record.source = 'prescription' then 1 else 0 end) as in_prescription,
        sum(
            case
                when
                    record.months is null or record.event_date > index_date.index_date - to_months(record.months)
                    then 1
                else 0
            end
        ) as calendar_count,
        min(record.event_date) as first_date,
        max(record.event_date) as last_date
    from record
    inner join index_date
        on record.event_date <= index_date.index_date and record.known_date <= index_date.index_date
    left join register.failed_feed as failed
        on failed.person_id = record.person_id and failed.index_date = index_date.index_date
    where
        record.months is null
        or record.event_date
        > coalesce(
            case when record.kind = 'drug' then failed.gp_prescription_until else failed.gp_event_until end,
            index_date.index_date
        )
        - to_months(record.months)
    group by index_date.index_date, record.person_id, record.clause, record.at_least
    having count(*) >= record.at_least
),

-- what a person has of a clause that holds on any date, in order of dates
dated as (
    select
        record.person_id,
        record.clause,
        max(record.at_least) as at_least,
        max(record.months) as months,
        list_sort(list(record.event_date)) as event_dates
    from record
    inner join (select distinct
        person_id,
        clause
    from counted) as held
        on held.person_id = record.person_id and held.clause = record.clause
    group by record.person_id, record.clause
),

-- the first date that has at_least - 1 records in the months before it
met as (
    select
        person_id,
        clause,
        list_min(
            list_transform(
                range(at_least, len(event_dates) + 1),
                lambda place: case
                    when
                        months is null
                        or event_dates[place - at_least + 1] > event_dates[place] - to_months(months)
                        then event_dates[place]
                end
            )
        ) as first_known_date
    from dated
)

select
    counted.index_date,
    counted.person_id,
    counted.clause,
    counted.evidence_code,
    counted.evidence_count,
    counted.in_gp,
    counted.in_hospital,
    counted.in_prescription,
    0 as in_value,
    counted.calendar_count < counted.at_least as is_held_over,
    counted.first_date,
    counted.last_date,
    met.first_known_date
from counted
inner join register.observation as observation
    on observation.index_date = counted.index_date and observation.person_id = counted.person_id
inner join met on met.person_id = counted.person_id and met.clause = counted.clause
